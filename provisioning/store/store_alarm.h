#ifndef PROVOST_STORE_ALARM_H
#define PROVOST_STORE_ALARM_H

#include "provisioning/store/store.h"

/*
 * Alarms: what a person must look at. One open alarm for each kind and subject, counted. Strangers can cause them, so they are
 * bounded: 100 open ones of a kind (what comes then is counted by the one whose subject is "others"), 200 closed ones.
 */
#define STORE_ALARMS_OPEN_MAX 100
#define STORE_ALARMS_CLOSED_MAX 200
#define STORE_ALARM_OTHERS "others"
#define STORE_ALARM_TOLD_AGAIN_S 60     /* the timeline has one line of the same alarm in this time */

/* In the transaction at hand. kind: of the list in io.provost.Store. subject: a MAC as it is kept, or any text. */
int store_alarm_raise(struct store *store, const char *kind, const char *subject, const char *detail) PV_MUST_CHECK;
/* Closes it when it is open. */
int store_alarm_clear(struct store *store, const char *kind, const char *subject, const char *by) PV_MUST_CHECK;

int store_op_raise_alarm(struct store *store, struct store_request *request);
int store_op_list_alarms(struct store *store, struct store_request *request);
int store_op_close_alarm(struct store *store, struct store_request *request);
int store_op_clear_alarm(struct store *store, struct store_request *request);

#endif
