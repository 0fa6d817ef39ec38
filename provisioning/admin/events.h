#ifndef PROVOST_ADMIN_EVENTS_H
#define PROVOST_ADMIN_EVENTS_H

#include "appliance/http/http.h"

/*
 * Who hears of changes as they happen (Server-Sent Events): at most EVENTS_MAX listeners. A listener that does not keep up is told
 * "everything may have changed" (kind and key empty) once it reads again, instead of what it missed.
 */
#define EVENTS_MAX 64
#define EVENTS_OF_ONE_MAX 8

struct events;

/* Whether the listener may go on: its session holds still. userdata: the listener's own. */
typedef bool (*events_check)(void *listener, void *userdata);

int events_new(sd_event *event, events_check check, void *userdata, struct events **ret_events) PV_MUST_CHECK;
void events_free(struct events *events);
/* Answers the request with a stream. PV_EBUSY: there are too many, or too many of this name. listener goes to the check; events_leave() ends it. */
int events_join(struct events *events, struct http_request *request, const char *name, void *listener) PV_MUST_CHECK;
/* The request ends; not being in it is no error. */
void events_leave(struct events *events, const void *listener);
/* kind and key "": everything. */
void events_tell(struct events *events, const char *kind, const char *key);
unsigned events_count(const struct events *events);

#endif
