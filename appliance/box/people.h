#ifndef PROVOST_BOX_PEOPLE_H
#define PROVOST_BOX_PEOPLE_H

#include "appliance/box/box.h"

/* The calls of io.provost.Box that show people what the machine is and does. */
struct people;

/* seeded: there is another file of an unattended site now. */
int people_new(struct service *service, struct box *box, void (*seeded)(void *userdata), void *userdata, struct people **ret_people) PV_MUST_CHECK;
void people_free(struct people *people);
/* A caller went away. */
void people_disconnected(struct people *people, sd_varlink *link);

int people_list_cards(struct people *people, sd_varlink *link, sd_json_variant *parameters);
int people_get_page(struct people *people, sd_varlink *link, sd_json_variant *parameters);
int people_get_facts(struct people *people, sd_varlink *link, sd_json_variant *parameters);
int people_read_log(struct people *people, sd_varlink *link, sd_json_variant *parameters);
int people_get_seed(struct people *people, sd_varlink *link, sd_json_variant *parameters);

#endif
