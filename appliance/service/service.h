#ifndef PROVOST_SERVICE_SERVICE_H
#define PROVOST_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>
#include <systemd/sd-json.h>
#include <systemd/sd-varlink.h>
#include <systemd/sd-varlink-idl.h>

#include "appliance/base/error.h"

/*
 * The frame of one station: event loop, Varlink server on the socket systemd
 * handed over, readiness, watchdog, clean end on SIGTERM. libsystemd types are
 * used as they are; no other library is seen here.
 */

/* Who may call. A caller is known by the user id of its end of the socket. */
enum service_caller {
        SERVICE_CALLER_ROOT      = 1 << 0,      /* uid 0: provostctl, box */
        SERVICE_CALLER_STORE     = 1 << 1,      /* users provost-store ... */
        SERVICE_CALLER_PKI       = 1 << 2,
        SERVICE_CALLER_RESPONDER = 1 << 3,
        SERVICE_CALLER_BOOTSTRAP = 1 << 4,
        SERVICE_CALLER_SESSION   = 1 << 5,
        SERVICE_CALLER_SETTINGS  = 1 << 6,
        SERVICE_CALLER_ADMIN     = 1 << 7,
};

struct service_method {
        const char *name;               /* "io.provost.Store.GetSite" */
        uint32_t callers;               /* mask of enum service_caller; anyone else gets PermissionDenied before a parameter is read */
        sd_varlink_method_t handler;    /* userdata is service_spec.userdata */
};

struct service_spec {
        const char *station;                            /* "store" */
        const sd_varlink_interface *interface;          /* generated from io.provost.<Station>.varlink; NULL: no server */
        const struct service_method *methods;           /* ends with .name == NULL */
        void (*disconnected)(sd_varlink *link, void *userdata); /* a caller went away; may be NULL */
        void *userdata;
};

struct service;

/*
 * Opens the log, makes the loop, takes the descriptor named "varlink" from
 * sd_listen_fds (none: no server, for tests use service_listen()), sets up
 * SIGTERM/SIGINT and the watchdog. Must live until service_free().
 */
int service_new(const struct service_spec *spec, struct service **ret_service) PV_MUST_CHECK;
void service_free(struct service *service);
sd_event *service_event(struct service *service);
/* For tests and tools: serve on this path too. */
int service_listen(struct service *service, const char *path) PV_MUST_CHECK;
/* The descriptor systemd handed over under this name (FileDescriptorName=), or -1. The caller owns it. */
int service_take_descriptor(struct service *service, const char *name);
/* Tells systemd READY=1, then runs until SIGTERM or service_end(). Returns the exit code for main(). */
int service_run(struct service *service);
void service_end(struct service *service, int exit_code);
/* Whether nobody is connected to the station's own socket. */
bool service_is_idle(const struct service *service);
/* One line for `systemctl status`. */
void service_status(struct service *service, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The mask bit of this caller, 0 for a stranger. */
uint32_t service_caller_of(sd_varlink *link);
/* Ends a call with the error io.provost.<...>.<name> and the field reason: a sentence for a person. Returns what a handler returns. */
int service_refuse(sd_varlink *link, const char *error, const char *reason_format, ...) __attribute__((format(printf, 3, 4)));

/*
 * A station that we call. Connects when first needed and again, with back-off
 * (50 ms to 2 s), whenever the connection is lost. Calls are asynchronous,
 * pipelined and have a deadline.
 */
struct service_peer;

/* path: "/run/provost/store". */
int service_peer_new(struct service *service, const char *path, struct service_peer **ret_peer) PV_MUST_CHECK;
void service_peer_free(struct service_peer *peer);

/* reply is borrowed, NULL when the call never reached an answer. error: NULL on success, else the Varlink error
 * name ("io.provost.Store.NoSuchPhone"), or "io.provost.Unreachable" / "io.provost.Timeout". */
typedef void (*service_reply)(sd_json_variant *reply, const char *error, void *userdata);

/* Always ends in exactly one call of `reply`, also on failure; may be called before this returns. parameters is borrowed, may be NULL. */
void service_peer_call(struct service_peer *peer, const char *method, sd_json_variant *parameters,
                       uint64_t deadline_ms, service_reply reply, void *userdata);

/*
 * A stream ("more"): each message is handed to `update`; after every (re)connect
 * `update` is called once with NULL first, meaning "read everything anew".
 */
typedef void (*service_update)(sd_json_variant *message, void *userdata);
int service_peer_subscribe(struct service_peer *peer, const char *method, sd_json_variant *parameters,
                           service_update update, void *userdata) PV_MUST_CHECK;

/* One blocking call, for tools only. ret_reply and ret_error are owned by the caller (sd_json_variant_unref, free). */
int service_call_once(const char *path, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
                      sd_json_variant **ret_reply, char **ret_error) PV_MUST_CHECK;

#endif
