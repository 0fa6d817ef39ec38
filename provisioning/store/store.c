/*
 * store: rounds of requests over the database.
 *
 * In:   requests with their operations.
 * Out:  results that are on the disk, and changes to tell about.
 * Not:  no sockets (store_server.c), no rules about phones or sites (their own files).
 */
#include "provisioning/store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/model/merge.h"
#include "provisioning/store/store_audit.h"
#include "provisioning/store/store_copy.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_scope.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_search.h"
#include "provisioning/store/store_secret.h"

#define KEY_CHECK_TEXT "provost store"
#define SEAL_TROUBLE "a sealed value does not open, it was changed or moved from outside"
#define CHANGES_MAX 512

struct change {
        char kind[12];
        char key[68];
};

struct store {
        struct store_db *db;
        struct store_seal seal;
        int64_t (*wall_ms)(void);
        uint64_t (*monotonic_ms)(void);
        store_changed changed;
        void *changed_userdata;
        struct change changes[CHANGES_MAX];
        size_t n_changes;               /* CHANGES_MAX + 1: too many, tell everything */
        char (*fetches)[MAC_TEXT_SIZE]; /* phones that should fetch */
        size_t n_fetches, fetches_room;
        bool is_fetch_lost;             /* no memory: everybody is told */
        bool no_trace;
        struct store_events *events;
        struct store_layers *layers;
        struct store_rollout *rollout;
        struct store_replace *replace;
        struct store_search *search;
        struct merge *merge;
};

/* --- life ---------------------------------------------------------------- */

/* Seals a known text at the first start and opens it at each later one. */
static int check_key(struct store *store)
{
        static const struct store_place place = {.table = "key_check", .row = "1", .name = "sealed"};
        uint8_t sealed[sizeof KEY_CHECK_TEXT + STORE_SEAL_EXTRA];
        struct sqlite3_stmt *rows = store_db_query(store->db, "SELECT sealed FROM key_check WHERE id = 1", "");
        int r = store_db_next(store->db, rows);

        if (r > 0) {
                char *text = NULL;
                size_t size;
                const void *data = store_db_blob(rows, 0, &size);

                r = store_seal_open(&store->seal, &place, data, size, &text);
                store_seal_forget(text);
                store_db_end(rows);
                return r;
        }
        if (r == 0)
                r = store_seal_close(&store->seal, &place, KEY_CHECK_TEXT, strlen(KEY_CHECK_TEXT), sealed);
        if (r == 0)
                r = store_db_run(store->db, "INSERT INTO key_check (id, sealed) VALUES (1, ?)", "b", sealed,
                                 strlen(KEY_CHECK_TEXT) + STORE_SEAL_EXTRA);
        return r;
}

int store_open(const char *database_path, const char *key_path, struct store **ret_store)
{
        struct store *store = calloc(1, sizeof *store);
        int r;

        if (!store)
                return PV_ENOMEM;
        store->wall_ms = clock_wall_ms;
        store->monotonic_ms = clock_monotonic_ms;
        r = store_seal_load(key_path, &store->seal);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "key-failed", "%s must hold the 32 bytes of the store's key: %s", key_path,
                           pv_error_text(r));
                goto out;
        }
        r = store_db_open(database_path, &store->db);
        if (r < 0)
                goto out;
        r = check_key(store);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "key-failed",
                           "the key %s does not fit the database %s: bring back the key it was made with", key_path, database_path);
                goto out;
        }
        r = store_events_new(store->db, &store->events);
        if (r == 0)
                r = store_layers_new(&store->layers);
        if (r == 0)
                r = store_rollout_new(&store->rollout);
        if (r == 0)
                r = store_replace_new(&store->replace);
        if (r == 0)
                r = merge_new(&store->merge);
        if (r == 0)
                r = store_scope_complete(store);
        if (r == 0)
                r = store_audit_complete(store);
        if (r == 0)
                r = store_search_new(store->db, &store->search);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "database-failed", "%s", store_db_trouble(store->db));
                goto out;
        }
        if (store_secret_complete(store) < 0)
                log_reason(LOG_LEVEL_WARNING, "secrets-missing", "passwords that an update needs could not be made, it is tried again at the next "
                           "start: %s", store_db_trouble(store->db));
        store_copy_forget(store);
        *ret_store = store;
        store = NULL;
out:
        store_close(store);
        return r;
}

void store_close(struct store *store)
{
        if (!store)
                return;
        store_events_free(store->events);
        store_layers_free(store->layers);
        store_rollout_free(store->rollout);
        store_replace_free(store->replace);
        store_search_free(store->search);
        merge_free(store->merge);
        free(store->fetches);
        store_db_close(store->db);
        store_seal_done(&store->seal);
        free(store);
}

void store_on_change(struct store *store, store_changed changed, void *userdata)
{
        store->changed = changed;
        store->changed_userdata = userdata;
}

void store_set_clock(struct store *store, int64_t (*wall_ms)(void))
{
        store->wall_ms = wall_ms;
}

void store_set_monotonic(struct store *store, uint64_t (*monotonic_ms)(void))
{
        store->monotonic_ms = monotonic_ms;
}

uint64_t store_monotonic_ms(const struct store *store)
{
        return store->monotonic_ms();
}

struct store_layers *store_layers(struct store *store)
{
        return store->layers;
}

struct store_rollout *store_rollout(struct store *store)
{
        return store->rollout;
}

struct store_replace *store_replace(struct store *store)
{
        return store->replace;
}

struct store_search *store_search(struct store *store)
{
        return store->search;
}

struct merge *store_merge(struct store *store)
{
        return store->merge;
}

struct store_db *store_db(struct store *store)
{
        return store->db;
}

struct store_events *store_events(struct store *store)
{
        return store->events;
}

int64_t store_now_ms(const struct store *store)
{
        return store->wall_ms();
}

int64_t store_now_s(const struct store *store)
{
        return store->wall_ms() / 1000;
}

/* --- rounds -------------------------------------------------------------- */

/* Every failure that is no refusal is trouble with the storage. */
static int settle(struct store *store, struct store_request *request, int result)
{
        if (result == 0)
                return 0;
        request->out = sd_json_variant_unref(request->out);
        if (result == PV_EREFUSED && *request->error)
                return result;
        const char *why = result == PV_ESYSTEM && *store_db_trouble(store->db) ? store_db_trouble(store->db) : pv_error_text(result);
        (void)store_refuse(request, "StorageTrouble", "Nothing was changed, the store could not do it: %s. %s", why,
                           text_equal(why, SEAL_TROUBLE) ? "Revoke and approve the phone again, or restore a backup."
                                                         : "Check the free space of the data partition and try again.");
        log_reason(LOG_LEVEL_ERROR, "storage-trouble", "%s", request->reason);
        return result == PV_EREFUSED ? PV_ESYSTEM : result;
}

int store_read(struct store *store, store_operation operation, struct store_request *request)
{
        store_db_set_trouble(store->db, "");
        return settle(store, request, operation(store, request));
}

/* What was undone in the database must not live on in memory. */
static void forget_memory(struct store *store, size_t n_changes, size_t n_fetches)
{
        store->n_changes = n_changes;
        store->n_fetches = n_fetches;
        store_layers_forget(store->layers);
        store_rollout_undone(store->rollout);
        store_replace_undone(store->replace);
}

/* One write in its own part of the transaction; on return the part is kept or undone. */
static int run_part(struct store *store, struct store_write *write)
{
        size_t n_changes = store->n_changes, n_fetches = store->n_fetches;
        int64_t n_rows = store_events_rows(store->events);
        int r = store_db_part_begin(store->db);

        if (r < 0)
                return r;
        write->request.again = write->request.undo = false;
        write->result = write->operation(store, &write->request);
        if (write->result == 0 && !write->request.undo)
                return store_db_part_keep(store->db);
        store_events_undone(store->events, n_rows);
        forget_memory(store, n_changes, n_fetches);
        if (!store_db_in_transaction(store->db))
                return PV_ESYSTEM;
        write->result = settle(store, &write->request, write->result);
        return store_db_part_undo(store->db);
}

static int run_round(struct store *store, struct store_write *writes, size_t n_writes)
{
        int r = store_db_begin(store->db);

        if (r == 0)
                r = store_events_write(store->events);
        for (size_t i = 0; r == 0 && i < n_writes; i++)
                r = run_part(store, &writes[i]);
        if (r == 0)
                r = store_db_commit(store->db);
        if (r < 0)
                store_db_rollback(store->db);
        return r;
}

static void tell_changes(struct store *store)
{
        size_t n = store->n_changes;
        static const char *const all[] = {"site", "sources", "profile", "phone", "leases", "rollout", "alarm", "reach"};

        store->n_changes = 0;
        if (!store->changed)
                return;
        for (size_t i = 0; n <= CHANGES_MAX && i < n; i++)
                store->changed(store->changes[i].kind, store->changes[i].key, store->changed_userdata);
        for (size_t i = 0; n > CHANGES_MAX && i < sizeof all / sizeof all[0]; i++)
                store->changed(all[i], "", store->changed_userdata);
        for (size_t i = 0; i < store->n_fetches; i++)
                store->changed("settings", store->fetches[i], store->changed_userdata);
        if (store->is_fetch_lost)
                store->changed("settings", "", store->changed_userdata);
        store->n_fetches = 0;
}

void store_write_round(struct store *store, struct store_write *writes, size_t n_writes)
{
        int r;

        store->n_changes = store->n_fetches = 0;
        store->no_trace = store->is_fetch_lost = false;
        store_db_set_trouble(store->db, "");
        r = run_round(store, writes, n_writes);
        store_events_round_ended(store->events, r == 0);
        if (r < 0) {
                forget_memory(store, 0, 0);
                for (size_t i = 0; i < n_writes; i++) {
                        /* A refusal stands; what would have been done was not. */
                        if (writes[i].result == PV_EREFUSED && *writes[i].request.error)
                                continue;
                        *writes[i].request.error = 0;
                        writes[i].request.again = false;
                        writes[i].result = settle(store, &writes[i].request, r == PV_EREFUSED ? PV_ESYSTEM : r);
                }
                if (!n_writes)
                        log_reason(LOG_LEVEL_ERROR, "storage-trouble", "events were lost: %s", store_db_trouble(store->db));
                return;
        }
        if (store->no_trace)
                store_db_checkpoint(store->db);
        tell_changes(store);
}

bool store_has_waiting_events(const struct store *store)
{
        return store_events_waiting(store->events) > 0;
}

void store_request_done(struct store_request *request)
{
        request->out = sd_json_variant_unref(request->out);
        (request->state_free ? request->state_free : free)(request->state);
        request->state = NULL;
}

/* --- for the operations -------------------------------------------------- */

int store_refuse(struct store_request *request, const char *error, const char *format, ...)
{
        va_list args;

        (void)text_copy(request->error, sizeof request->error, error);
        va_start(args, format);
        (void)vsnprintf(request->reason, sizeof request->reason, format, args);
        va_end(args);
        return PV_EREFUSED;
}

int store_invalid(struct store_request *request, const char *field, const char *format, ...)
{
        va_list args;

        (void)text_copy(request->error, sizeof request->error, "InvalidValue");
        (void)text_escape(request->field, sizeof request->field, field, strlen(field));
        va_start(args, format);
        (void)vsnprintf(request->reason, sizeof request->reason, format, args);
        va_end(args);
        return PV_EREFUSED;
}

void store_change(struct store *store, const char *kind, const char *key)
{
        for (size_t i = 0; i < store->n_changes && i < CHANGES_MAX; i++)
                if (text_equal(store->changes[i].kind, kind) && text_equal(store->changes[i].key, key))
                        return;
        if (store->n_changes >= CHANGES_MAX) {
                store->n_changes = CHANGES_MAX + 1;
                return;
        }
        struct change *change = &store->changes[store->n_changes++];
        (void)text_copy(change->kind, sizeof change->kind, kind);
        change->key[0] = 0;
        (void)text_copy(change->key, sizeof change->key, key);
}

void store_tell(struct store *store, const char *kind, const char *key)
{
        if (store->changed)
                store->changed(kind, key, store->changed_userdata);
}

void store_tell_fetch(struct store *store, const char *mac)
{
        if (store->n_fetches == store->fetches_room) {
                size_t room = store->fetches_room ? 2 * store->fetches_room : 64;
                char (*larger)[MAC_TEXT_SIZE] = reallocarray(store->fetches, room, sizeof *larger);

                if (!larger) {
                        store->is_fetch_lost = true;
                        return;
                }
                store->fetches = larger;
                store->fetches_room = room;
        }
        store->fetches[store->n_fetches][0] = 0;
        (void)text_copy(store->fetches[store->n_fetches++], MAC_TEXT_SIZE, mac);
}

int store_next(struct store *store, const char *counter, int64_t *ret_number)
{
        return store_db_number(store->db, "UPDATE meta SET value = value + 1 WHERE name = ? RETURNING value", ret_number, "s", counter);
}

void store_leave_no_trace(struct store *store)
{
        store->no_trace = true;
}

const char *store_item_text(sd_json_variant *item, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(item, name);

        return value && sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;
}

int64_t store_item_int(sd_json_variant *item, const char *name, int64_t otherwise)
{
        sd_json_variant *value = sd_json_variant_by_key(item, name);

        return value && sd_json_variant_is_integer(value) ? sd_json_variant_integer(value) : otherwise;
}

const char *store_in_text(const struct store_request *request, const char *name)
{
        return store_item_text(request->in, name);
}

int64_t store_in_int(const struct store_request *request, const char *name, int64_t otherwise)
{
        return store_item_int(request->in, name, otherwise);
}

bool store_in_bool(const struct store_request *request, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(request->in, name);

        return value && sd_json_variant_is_boolean(value) && sd_json_variant_boolean(value);
}

sd_json_variant *store_in_array(const struct store_request *request, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(request->in, name);

        return value && sd_json_variant_is_array(value) ? value : NULL;
}

int store_in_mac(struct store_request *request, char ret[static MAC_TEXT_SIZE])
{
        const char *text = store_in_text(request, "mac");
        struct mac mac;

        if (!text || mac_parse_text(text, &mac) < 0)
                return store_invalid(request, "mac", "The MAC must be 12 hex digits such as 000413aabbcc, and no group address.");
        mac_format(&mac, ret);
        return 0;
}

int store_check_name(struct store_request *request, const char *field, const char *name, size_t max)
{
        size_t size = name ? strlen(name) : 0;

        if (!size || size > max || !text_is_printable(name) || name[0] == ' ' || name[size - 1] == ' ')
                return store_invalid(request, field, "The %s must be 1 to %zu printable bytes, without blanks at its ends.", field, max);
        return 0;
}

int store_sealed(struct store *store, const struct store_place *place, const char *text, void **ret_bytes, size_t *ret_size)
{
        size_t size = strlen(text);
        uint8_t *bytes = malloc(size + STORE_SEAL_EXTRA);
        int r = bytes ? store_seal_close(&store->seal, place, text, size, bytes) : PV_ENOMEM;

        if (r < 0) {
                free(bytes);
                return r;
        }
        *ret_bytes = bytes;
        *ret_size = size + STORE_SEAL_EXTRA;
        return 0;
}

int store_digest(struct store *store, const char *text, uint8_t *ret_digest)
{
        return store_seal_digest(&store->seal, text, ret_digest);
}

int store_opened(struct store *store, const struct store_place *place, const void *sealed, size_t size, char **ret_text)
{
        int r = store_seal_open(&store->seal, place, sealed, size, ret_text);

        if (r != PV_EREFUSED)
                return r;
        store_db_set_trouble(store->db, SEAL_TROUBLE);
        return PV_ESYSTEM;
}
