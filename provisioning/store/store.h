#ifndef PROVOST_STORE_STORE_H
#define PROVOST_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * What the store does, without its socket: requests in, answers out, changes
 * to tell about. Writing requests run in rounds: one transaction and one sync
 * for all of a round, each request undone alone when it fails.
 */

#define STORE_TUNNEL_REST_S 3600        /* a deleted phone's tunnel address is nobody's for so long */
#define STORE_SEEN_MAX 4096             /* phones nobody decided about; the oldest is forgotten */
#define STORE_STRANGERS_WAITING_MAX 512 /* of those: shown as waiting though they proved nothing */
#define STORE_EVENTS_PER_MAC 500
#define STORE_EVENTS_PER_WORD 50        /* of one MAC: so that no flood of one kind pushes out the others */
#define STORE_SERVED_AGAIN_S 60         /* the same revision, fetched again: not written more often */
#define STORE_EVENTS_MAX 200000
#define STORE_LEASES_MAX 65536
#define STORE_SETTINGS_MAX 1024         /* of one profile or phone */
#define STORE_NAMES_MAX 256             /* profiles, sources */

struct store;
struct store_db;
struct store_layers;
struct store_rollout;
struct store_replace;
struct store_search;
struct merge;

/* One call. `in` and `actor` are borrowed; the rest is filled in. */
struct store_request {
        sd_json_variant *in;
        const char *actor;              /* "root", "admin" or the station's name, or for whom it speaks (store_actor.h) */
        sd_json_variant *out;           /* owned; NULL means an empty answer */
        char error[48];                 /* "" or the name after "io.provost.Store." */
        char field[40];                 /* InvalidValue: which one */
        char reason[400];
        int64_t version;                /* Conflict: the present one */
        /* A long operation does a part in each round: with `again` set it is called anew in the next one, and what it did so far is kept. */
        bool again;
        bool undo;                      /* set by an operation that only tried: it is answered, and nothing of it is kept */
        void *state;                    /* its own from round to round */
        void (*state_free)(void *state);        /* NULL: free() */
};

/* 0, or PV_EREFUSED with error and reason filled, or another pv_error (StorageTrouble). */
typedef int (*store_operation)(struct store *store, struct store_request *request);

/* Told after the commit. kind and key as in io.provost.Store.Subscribe. */
typedef void (*store_changed)(const char *kind, const char *key, void *userdata);

/* key_path: 32 bytes. Failure is logged. */
int store_open(const char *database_path, const char *key_path, struct store **ret_store) PV_MUST_CHECK;
void store_close(struct store *store);
void store_on_change(struct store *store, store_changed changed, void *userdata);
/* Tests put a clock of their own here. */
void store_set_clock(struct store *store, int64_t (*wall_ms)(void));
void store_set_monotonic(struct store *store, uint64_t (*monotonic_ms)(void));

/* Reads: at once, outside of a transaction. Fills request->error in any case of failure. */
int store_read(struct store *store, store_operation operation, struct store_request *request) PV_MUST_CHECK;

struct store_write {
        store_operation operation;
        struct store_request request;
        int result;
};
/* One round. Every result is final (on the disk, or StorageTrouble) when this returns; changes were told then.
 * What has request.again set belongs into the next round and is not answered yet. */
void store_write_round(struct store *store, struct store_write *writes, size_t n_writes);

/* Events wait here until the next round, or store_write_round(store, NULL, 0). True when some wait. */
bool store_has_waiting_events(const struct store *store);
/* Frees what a request holds. */
void store_request_done(struct store_request *request);

/* --- for the operations ------------------------------------------------- */

struct store_db *store_db(struct store *store);
int64_t store_now_ms(const struct store *store);
int64_t store_now_s(const struct store *store);
uint64_t store_monotonic_ms(const struct store *store);
/* What is kept in memory for speed: opened layers, the place where documents are merged, the clock of a roll-out. */
struct store_layers *store_layers(struct store *store);
struct merge *store_merge(struct store *store);
struct store_rollout *store_rollout(struct store *store);
struct store_replace *store_replace(struct store *store);
struct store_search *store_search(struct store *store);
/* Ends a request with an error of io.provost.Store; returns PV_EREFUSED. */
int store_refuse(struct store_request *request, const char *error, const char *format, ...) __attribute__((format(printf, 3, 4)));
int store_invalid(struct store_request *request, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Remembers a change for the subscribers; told after the commit, dropped with the request. */
void store_change(struct store *store, const char *kind, const char *key);
/* The same at once, outside of a round: nothing was written. */
void store_tell(struct store *store, const char *kind, const char *key);
/* The phone should fetch what it should have: told as "settings". Once for each phone in a request. */
void store_tell_fetch(struct store *store, const char *mac);
/* A new number of its own in meta ("revision", "site_revision"). */
int store_next(struct store *store, const char *counter, int64_t *ret_number) PV_MUST_CHECK;
int store_audit(struct store *store, const struct store_request *request, const char *action, const char *subject,
                const char *detail) PV_MUST_CHECK;
/* Empties the write-ahead log after this round: something must leave no trace. */
void store_leave_no_trace(struct store *store);

/* Parameters. NULL or the default when absent or null. */
const char *store_in_text(const struct store_request *request, const char *name);
int64_t store_in_int(const struct store_request *request, const char *name, int64_t otherwise);
bool store_in_bool(const struct store_request *request, const char *name);
sd_json_variant *store_in_array(const struct store_request *request, const char *name);
/* The parameter "mac" as it is kept. */
int store_in_mac(struct store_request *request, char ret[static MAC_TEXT_SIZE]) PV_MUST_CHECK;
const char *store_item_text(sd_json_variant *item, const char *name);
int64_t store_item_int(sd_json_variant *item, const char *name, int64_t otherwise);
/* Checks a name people gave: 1..max bytes, printable, no blanks at the ends. */
int store_check_name(struct store_request *request, const char *field, const char *name, size_t max) PV_MUST_CHECK;

/* Secrets. */
struct store_place;
int store_sealed(struct store *store, const struct store_place *place, const char *text, void **ret_bytes, size_t *ret_size) PV_MUST_CHECK;
/* Keyed; equal for equal texts. STORE_DIGEST_SIZE bytes. */
int store_digest(struct store *store, const char *text, uint8_t *ret_digest) PV_MUST_CHECK;
/* The way back; freed with store_seal_forget(). PV_ESYSTEM when it was changed or moved from outside. */
int store_opened(struct store *store, const struct store_place *place, const void *sealed, size_t size, char **ret_text) PV_MUST_CHECK;

#endif
