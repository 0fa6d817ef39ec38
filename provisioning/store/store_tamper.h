#ifndef PROVOST_STORE_TAMPER_H
#define PROVOST_STORE_TAMPER_H

#include "provisioning/store/store.h"

/* Tamper seals on phones: which number, where, and when a person last looked. A phone cannot check this itself. */
struct store_tamper {
        bool is_good;                   /* it has one and its inspection is not overdue */
        bool is_overdue;
};

/* site_days: the site's seal_days. */
int store_tamper_of(struct store *store, const char *mac, unsigned site_days, struct store_tamper *ret) PV_MUST_CHECK;

int store_op_set_seal(struct store *store, struct store_request *request);
int store_op_list_seals(struct store *store, struct store_request *request);

#endif
