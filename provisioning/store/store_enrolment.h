#ifndef PROVOST_STORE_ENROLMENT_H
#define PROVOST_STORE_ENROLMENT_H

#include "provisioning/store/store.h"

/* Bundles: the certificate and key that bootstrap hands to an approved phone. */

int store_op_get_enrolment(struct store *store, struct store_request *request);
int store_op_set_enrolment(struct store *store, struct store_request *request);
int store_op_mark_enrolled(struct store *store, struct store_request *request);

#endif
