#ifndef PROVOST_STORE_EVENT_H
#define PROVOST_STORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/store/store.h"

/* The timeline: events wait in memory and are written in groups, bounded per MAC and in all. */
struct store_events;

int store_events_new(struct store_db *db, struct store_events **ret_events) PV_MUST_CHECK;
void store_events_free(struct store_events *events);
struct store_events *store_events(struct store *store);
size_t store_events_waiting(const struct store_events *events);
/* Inside a round's transaction. Nothing is forgotten until store_events_round_ended(): failed events wait on, within bounds. */
int store_events_write(struct store_events *events) PV_MUST_CHECK;
void store_events_round_ended(struct store_events *events, bool committed);
/* How many there are; what was undone since counts no more. */
int64_t store_events_rows(const struct store_events *events);
void store_events_undone(struct store_events *events, int64_t n_rows);
/* One event of the store itself, in the transaction at hand. */
int store_event_now(struct store *store, const char *mac, const char *word, const char *format, ...)
        __attribute__((format(printf, 4, 5))) PV_MUST_CHECK;
/* Removes the events of a deleted phone; late ones of other stations are dropped for a while. */
int store_events_forget(struct store *store, const char *mac) PV_MUST_CHECK;
/* The phone is known again: its events count. */
void store_events_welcome(struct store *store, const char *mac);

int store_op_add_events(struct store *store, struct store_request *request);
int store_op_timeline(struct store *store, struct store_request *request);

#endif
