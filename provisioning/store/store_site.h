#ifndef PROVOST_STORE_SITE_H
#define PROVOST_STORE_SITE_H

#include "provisioning/model/site.h"
#include "provisioning/store/store.h"

/* The site as it is kept, and the trusted sources. */

#define STORE_SITE_VALUES_MAX 96

/* Values with storage of their own, in the order of site_value_name(). */
struct store_site {
        struct site site;
        struct site_value values[STORE_SITE_VALUES_MAX];
        size_t n_values;
};

int store_site_load(struct store *store, struct store_site *ret_site) PV_MUST_CHECK;
void store_site_done(struct store_site *site);
/* Another value in place of one; keeps the old one when there is no memory. PV_EUNSET: no such name. `site` is read anew by store_site_read(). */
int store_site_put(struct store_site *site, const char *name, const char *value) PV_MUST_CHECK;
int store_site_read(struct store_site *site) PV_MUST_CHECK;

int store_op_get_site(struct store *store, struct store_request *request);
int store_op_set_site(struct store *store, struct store_request *request);
int store_op_list_sources(struct store *store, struct store_request *request);
int store_op_set_source(struct store *store, struct store_request *request);
int store_op_remove_source(struct store *store, struct store_request *request);

#endif
