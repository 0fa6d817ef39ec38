#ifndef PROVOST_STORE_WINDOW_H
#define PROVOST_STORE_WINDOW_H

#include "provisioning/store/store.h"

/* The enrolment window of the site: listed phones that show no certificate are let in, so many of them, for so long. */

/* Until when it is open for one more; PV_EUNSET: it is closed. */
int store_window_is_open(struct store *store, int64_t *ret_until) PV_MUST_CHECK;
/* This phone came in by it. */
int store_window_use(struct store *store, const char *mac) PV_MUST_CHECK;

int store_op_open_enrolment(struct store *store, struct store_request *request);
int store_op_get_enrolment_window(struct store *store, struct store_request *request);

#endif
