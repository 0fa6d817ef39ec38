/*
 * store_replace: one phone takes the place of another one.
 *
 * In:   an admin who says which; reports that make the new phone current, or time that passes without.
 * Out:  one transaction that moves name, profiles, settings, account and addresses and revokes the old phone; later its end: settled,
 *       or everything as it was.
 * Not:  no tunnel closed and no address unblocked here: session does, from the list of tunnels.
 *
 * What undo needs is kept sealed in the replacement's row, and nowhere else: meanwhile the old phone is revoked like any other.
 */
#include "provisioning/store/store_replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/phone.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_revoke.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_site.h"
#include "provisioning/store/store_snapshot.h"
#include "provisioning/store/store_version.h"

#define SAVE_MS 5000                    /* the time waited is written so often */
#define REASON_SIZE 400
#define REASON_MAX 200

struct store_replace {
        bool is_loaded, is_pending;
        uint64_t since_ms;              /* monotonic: waited_ms of all is written up to here */
        int64_t least_ms;               /* the shortest that is left of one, then */
};

struct pending {
        int64_t id, base, wait_s, waited_ms;
        char old[MAC_TEXT_SIZE], new[MAC_TEXT_SIZE];
};

/* --- memory -------------------------------------------------------------- */

int store_replace_new(struct store_replace **ret_replace)
{
        struct store_replace *replace = calloc(1, sizeof *replace);

        if (!replace)
                return PV_ENOMEM;
        *ret_replace = replace;
        return 0;
}

void store_replace_free(struct store_replace *replace)
{
        free(replace);
}

void store_replace_undone(struct store_replace *replace)
{
        replace->is_loaded = false;
}

static void count_from_now(struct store *store)
{
        store_replace(store)->since_ms = store_monotonic_ms(store);
}

bool store_replace_runs(struct store *store)
{
        struct store_replace *replace = store_replace(store);
        struct sqlite3_stmt *row;

        if (replace->is_loaded)
                return replace->is_pending;
        row = store_db_query(store_db(store), "SELECT count(*), coalesce(min(wait_s * 1000 - waited_ms), 0) FROM replacement WHERE state = 'pending'", "");
        if (store_db_next(store_db(store), row) <= 0)
                return false;
        if (!replace->since_ms || store_db_int(row, 0) == 0)
                count_from_now(store);
        replace->is_pending = store_db_int(row, 0) > 0;
        replace->least_ms = store_db_int(row, 1);
        replace->is_loaded = true;
        store_db_end(row);
        return replace->is_pending;
}

#define IS_CURRENT "phone.trust = 2 AND phone.enrolled_at IS NOT NULL AND phone.tunnel_up = 1 AND phone.revision_served = phone.revision"

bool store_replace_is_due(struct store *store)
{
        int64_t passed, one;

        if (!store_replace_runs(store))
                return false;
        passed = (int64_t)(store_monotonic_ms(store) - store_replace(store)->since_ms);
        return passed >= SAVE_MS || passed >= store_replace(store)->least_ms ||
               store_db_number(store_db(store), "SELECT 1 FROM replacement JOIN phone ON phone.mac = replacement.new WHERE replacement.state = 'pending' AND "
                               IS_CURRENT " LIMIT 1", &one, "") == 0;
}

/* --- reading ------------------------------------------------------------- */

static void read_pending(struct sqlite3_stmt *row, struct pending *ret)
{
        ret->id = store_db_int(row, 0);
        ret->base = store_db_int(row, 1);
        ret->wait_s = store_db_int(row, 2);
        ret->waited_ms = store_db_int(row, 3);
        (void)text_copy(ret->old, sizeof ret->old, store_db_text(row, 4));
        (void)text_copy(ret->new, sizeof ret->new, store_db_text(row, 5));
}

#define PENDING "SELECT id, base, wait_s, waited_ms, old, new FROM replacement WHERE state = 'pending' AND "

/* PV_EUNSET: there is none. */
static int one_pending(struct store *store, struct sqlite3_stmt *row, struct pending *ret)
{
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        read_pending(row, ret);
        store_db_end(row);
        return 0;
}

static int find_pending(struct store *store, const char *mac, struct pending *ret)
{
        return one_pending(store, store_db_query(store_db(store), PENDING "(old = ?1 OR new = ?1)", "s", mac), ret);
}

/* The first one after `id`. */
static int next_pending(struct store *store, int64_t id, struct pending *ret)
{
        return one_pending(store, store_db_query(store_db(store), PENDING "id > ? ORDER BY id LIMIT 1", "i", id), ret);
}

/* until: while it is pending what is left counts from now, whatever the clock did meanwhile. */
#define COLUMNS                                                                                                         \
        "old, new, state, started_at, CASE WHEN state = 'pending' THEN ?1 + wait_s - (waited_ms + ?2) / 1000 ELSE started_at + wait_s END, "           \
        "ended_at, reason"

static int row_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("old", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("new", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("state", store_db_text(row, 2)), SD_JSON_BUILD_PAIR_INTEGER("started_at", store_db_int(row, 3)),
                              SD_JSON_BUILD_PAIR_INTEGER("until", store_db_int(row, 4)),
                              SD_JSON_BUILD_PAIR_CONDITION(!store_db_is_null(row, 5), "ended_at", SD_JSON_BUILD_INTEGER(store_db_int(row, 5))),
                              SD_JSON_BUILD_PAIR_STRING("reason", store_db_text(row, 6)));
}

static int64_t unwritten_ms(struct store *store)
{
        return store_replace_runs(store) ? (int64_t)(store_monotonic_ms(store) - store_replace(store)->since_ms) : 0;
}

static int replacement_json(struct store *store, int64_t id, sd_json_variant **ret)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT " COLUMNS " FROM replacement WHERE id = ?3", "iii", store_now_s(store),
                                                  unwritten_ms(store), id);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_ESYSTEM;
        r = row_json(row, NULL, ret);
        store_db_end(row);
        return pv_error_from_errno(r);
}

int store_op_list_replacements(struct store *store, struct store_request *request)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT " COLUMNS " FROM replacement ORDER BY id DESC", "ii", store_now_s(store),
                                                   unwritten_ms(store));

        return store_list_answer(store, request, "replacements", rows, row_json, NULL);
}

/* Often enough that a restart gives a new phone hardly more time. */
static int write_waited(struct store *store)
{
        int64_t passed = unwritten_ms(store);

        count_from_now(store);
        store_replace_undone(store_replace(store));
        return store_db_run(store_db(store), "UPDATE replacement SET waited_ms = waited_ms + ? WHERE state = 'pending'", "i", passed);
}

/* --- what undo needs ----------------------------------------------------- */

static struct store_place place_of(const char *old)
{
        return (struct store_place){.table = "replacement", .row = old, .name = "undo"};
}

static int take_both(struct store *store, const char *old, const char *new, sd_json_variant **ret)
{
        sd_json_variant *was_old = NULL, *was_new = NULL;
        int r = store_snapshot_take(store, old, &was_old);

        if (r == 0)
                r = store_snapshot_take(store, new, &was_new);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR("old", SD_JSON_BUILD_VARIANT(was_old)),
                                                       SD_JSON_BUILD_PAIR("new", SD_JSON_BUILD_VARIANT(was_new))));
        if (r == 0)
                sd_json_variant_sensitive(*ret);
        sd_json_variant_unref(was_old);
        sd_json_variant_unref(was_new);
        return r;
}

static int write_pending(struct store *store, const struct site *site, const char *old, const char *new, sd_json_variant *both, int64_t *ret_id)
{
        const struct store_place place = place_of(old);
        void *sealed = NULL;
        size_t size = 0;
        char *text = NULL;
        int r = pv_error_from_errno(sd_json_variant_format(both, 0, &text));

        if (r >= 0)
                r = store_sealed(store, &place, text, &sealed, &size);
        if (r == 0)
                r = write_waited(store);
        if (r == 0)
                r = store_db_number(store_db(store),
                                    "INSERT INTO replacement (old, new, state, started_at, wait_s, base, undo) VALUES (?1, ?2, 'pending', ?3, ?4, "
                                    "(SELECT value FROM meta WHERE name = 'base'), ?5) RETURNING id", ret_id, "ssiib", old, new, store_now_s(store),
                                    (int64_t)site->replace_wait_s, sealed, size);
        store_seal_forget(text);
        free(sealed);
        store_replace_undone(store_replace(store));
        return r;
}

static int open_undo(struct store *store, const struct pending *p, sd_json_variant **ret_both)
{
        const struct store_place place = place_of(p->old);
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT undo FROM replacement WHERE id = ?", "i", p->id);
        int r = store_db_next(store_db(store), row);
        char *text = NULL;
        size_t size;

        if (r <= 0)
                return r < 0 ? r : PV_ESYSTEM;
        const void *sealed = store_db_blob(row, 0, &size);
        r = store_opened(store, &place, sealed, size, &text);
        store_db_end(row);
        if (r == 0)
                r = pv_error_from_errno(sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, ret_both, NULL, NULL));
        store_seal_forget(text);
        return r;
}

/* --- moving -------------------------------------------------------------- */

/* The same text, sealed for the new phone's row. NULL stays NULL. */
static int seal_anew(struct store *store, const struct store_place *from, const struct store_place *to, const void *sealed, size_t size, void **ret_bytes,
                     size_t *ret_size)
{
        char *text = NULL;
        int r;

        *ret_bytes = NULL;
        *ret_size = 0;
        if (!sealed)
                return 0;
        r = store_opened(store, from, sealed, size, &text);
        if (r == 0)
                r = store_sealed(store, to, text, ret_bytes, ret_size);
        store_seal_forget(text);
        return r;
}

static int move_one_setting(struct store *store, struct sqlite3_stmt *row, const char *old, const char *new)
{
        char name[160], other[180];
        int64_t index = store_db_int(row, 1);
        size_t sealed_size, attributes_size, digest_size, new_sealed_size = 0, new_attributes_size = 0;
        const void *sealed = store_db_blob(row, 2, &sealed_size), *attributes = store_db_blob(row, 4, &attributes_size);
        const void *digest = store_db_blob(row, 5, &digest_size);
        void *new_sealed = NULL, *new_attributes = NULL;
        int r = text_copy(name, sizeof name, store_db_text(row, 0));

        (void)snprintf(other, sizeof other, "%s/attributes", name);
        if (r == 0)
                r = seal_anew(store, &(struct store_place){"phone_setting", old, name, index}, &(struct store_place){"phone_setting", new, name, index},
                              sealed, sealed_size, &new_sealed, &new_sealed_size);
        if (r == 0)
                r = seal_anew(store, &(struct store_place){"phone_setting", old, other, index}, &(struct store_place){"phone_setting", new, other, index},
                              attributes, attributes_size, &new_attributes, &new_attributes_size);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO phone_setting (mac, name, idx, sealed, permission, attributes, digest) VALUES "
                                 "(?, ?, ?, ?, ?, ?, ?)", "ssibsbb", new, name, index, new_sealed, new_sealed_size, store_db_text(row, 3), new_attributes,
                                 new_attributes_size, digest, digest_size);
        free(new_sealed);
        free(new_attributes);
        return r;
}

static int move_settings(struct store *store, const char *old, const char *new)
{
        struct sqlite3_stmt *rows;
        int r = store_db_run(store_db(store), "DELETE FROM phone_setting WHERE mac = ?", "s", new);

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT name, idx, sealed, permission, attributes, digest FROM phone_setting WHERE mac = ? ORDER BY name, idx",
                              "s", old);
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = move_one_setting(store, rows, old, new);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

static int move_lists(struct store *store, const char *old, const char *new)
{
        int r = store_db_run(store_db(store), "DELETE FROM phone_profile WHERE mac = ?", "s", new);

        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO phone_profile (mac, position, profile) SELECT ?2, position, profile FROM phone_profile "
                                 "WHERE mac = ?1", "ss", old, new);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM phone_row WHERE mac = ?", "s", new);
        if (r == 0)
                r = store_version_of_phone_grows(store, new);
        return r < 0 ? r : store_db_run(store_db(store), "INSERT INTO phone_row (mac, row, is_on, reason, actor, at) SELECT ?2, row, is_on, reason, actor, at "
                                        "FROM phone_row WHERE mac = ?1", "ss", old, new);
}

/* Addresses are unique: the old phone loses them first. One that the new phone was given stays its own when the old one had none. */
static int move_row(struct store *store, sd_json_variant *both, const char *old, const char *new)
{
        sd_json_variant *was = sd_json_variant_by_key(both, "old");
        int r = store_db_run(store_db(store), "UPDATE phone SET lan_address = NULL, tunnel_address = NULL WHERE mac = ?", "s", old);

        return r < 0 ? r : store_db_run(store_db(store),
                                        "UPDATE phone SET (name, sip_user, vpn_class) = (SELECT name, sip_user, vpn_class FROM phone WHERE mac = ?1), "
                                        "lan_address = coalesce(nullif(?3, -1), lan_address), tunnel_address = nullif(?4, -1) WHERE mac = ?2", "ssii",
                                        old, new, store_snapshot_number(was, "lan_address", -1), store_snapshot_number(was, "tunnel_address", -1));
}

static int read_account(struct store *store, const char *old, char **ret_secret)
{
        int r = store_secret_get(store, old, STORE_SECRET_SIP, ret_secret);

        return r == PV_EUNSET ? 0 : r;
}

/* The old one is revoked before the new one gets its account: one secret is never that of two phones. */
static int move(struct store *store, struct store_request *request, sd_json_variant *both, const char *old, const char *new)
{
        char *secret = NULL;
        int r = read_account(store, old, &secret);

        if (r == 0)
                r = move_row(store, both, old, new);
        if (r == 0)
                r = move_lists(store, old, new);
        if (r == 0)
                r = move_settings(store, old, new);
        if (r == 0)
                r = store_revoke(store, old);
        if (r == 0)
                r = store_secret_remove(store, new, STORE_SECRET_SIP);
        if (r == 0)
                r = store_approve(store, request, new);
        if (r == 0 && secret)
                r = store_secret_set(store, new, STORE_SECRET_SIP, secret, STORE_SECRET_NOW);
        store_seal_forget(secret);
        return r;
}

/* --- the call ------------------------------------------------------------ */

static int read_macs(struct store_request *request, char old[static MAC_TEXT_SIZE], char new[static MAC_TEXT_SIZE])
{
        const char *old_text = store_in_text(request, "old"), *new_text = store_in_text(request, "new");
        struct mac mac;

        if (!old_text || mac_parse_text(old_text, &mac) < 0)
                return store_invalid(request, "old", "The MAC of the old phone must be 12 hex digits such as 000413aabbcc.");
        mac_format(&mac, old);
        if (!new_text || mac_parse_text(new_text, &mac) < 0)
                return store_invalid(request, "new", "The MAC of the new phone must be 12 hex digits such as 000413aabbcc.");
        mac_format(&mac, new);
        if (text_equal(old, new))
                return store_invalid(request, "new", "A phone cannot take its own place; the new one has another MAC.");
        return 0;
}

int store_replace_refuse(struct store *store, struct store_request *request, const char *mac, const char *what)
{
        struct pending p;
        int r = find_pending(store, mac, &p);

        if (r == 0)
                return store_refuse(request, "NotAllowed", "The phone %s is taking the place of %s just now; undo that first (`provostctl phone replace undo %s`), "
                                    "or wait until it is settled, to %s.", p.new, p.old, p.old, what);
        return r == PV_EUNSET ? 0 : r;
}

static int check_new(struct store *store, struct store_request *request, const char *new)
{
        int64_t trust;
        int r = store_db_number(store_db(store), "SELECT trust FROM phone WHERE mac = ?", &trust, "s", new);

        if (r == PV_EUNSET)
                return store_phone_insert(store, new, PHONE_TRUST_SEEN);
        if (r == 0 && trust == PHONE_TRUST_APPROVED)
                return store_refuse(request, "NotAllowed", "The phone %s is approved already and has settings of its own; delete it first, or take another one.",
                                    new);
        if (r == 0 && trust == PHONE_TRUST_REVOKED)
                return store_refuse(request, "NotAllowed", "The phone %s is revoked; delete it first if it is to come back in the place of another one.", new);
        return r;
}

static int check_both(struct store *store, struct store_request *request, const char *old, const char *new)
{
        int64_t n = 0;
        int r = store_phone_must_be_approved(store, request, old, "be replaced");

        if (r == 0)
                r = store_replace_refuse(store, request, old, "replace it");
        if (r == 0)
                r = store_replace_refuse(store, request, new, "use it for another one");
        if (r == 0)
                r = check_new(store, request, new);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM replacement WHERE state = 'pending'", &n, "");
        if (r == 0 && n >= STORE_REPLACE_PENDING_MAX)
                r = store_refuse(request, "NotAllowed", "%d phones are being replaced already; wait until some of them are settled.",
                                 STORE_REPLACE_PENDING_MAX);
        return r;
}

static int open_window(struct store *store, struct store_request *request, const struct site *site, const char *new)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET window_until = ?2 WHERE mac = ?1", "si", new, store_now_s(store) + site->replace_wait_s);

        return r < 0 ? r : store_event_now(store, new, "window-open", "seconds=%u by %s, in place of another phone", (unsigned)site->replace_wait_s,
                                           request->actor);
}

static int trim(struct store *store)
{
        return store_db_run(store_db(store), "DELETE FROM replacement WHERE state <> 'pending' AND id <= (SELECT id FROM replacement WHERE state <> 'pending' "
                            "ORDER BY id DESC LIMIT 1 OFFSET ?)", "i", (int64_t)STORE_REPLACE_KEPT_MAX);
}

static int tell(struct store *store, struct store_request *request, const char *old, const char *new)
{
        int r = store_event_now(store, old, "replaced", "by %s, said %s", new, request->actor);

        if (r == 0)
                r = store_event_now(store, new, "replaces", "%s, said %s", old, request->actor);
        if (r == 0)
                r = store_audit(store, request, "replace", old, new);
        store_change(store, "phone", old);
        store_change(store, "phone", new);
        return r;
}

static int replace(struct store *store, struct store_request *request, const struct site *site, const char *old, const char *new, int64_t *ret_id)
{
        sd_json_variant *both = NULL;
        int r = take_both(store, old, new, &both);

        if (r == 0)
                r = write_pending(store, site, old, new, both, ret_id);
        if (r == 0)
                r = move(store, request, both, old, new);
        if (r == 0 && store_in_bool(request, "without_certificate"))
                r = open_window(store, request, site, new);
        if (r == 0)
                r = tell(store, request, old, new);
        sd_json_variant_unref(both);
        return r < 0 ? r : trim(store);
}

static int reply(struct store *store, struct store_request *request, int64_t id, const char *mac)
{
        sd_json_variant *replacement = NULL, *phone = NULL;
        int r = replacement_json(store, id, &replacement);

        if (r == 0 && mac)
                r = store_phone_json(store, request, mac, &phone);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("replacement", SD_JSON_BUILD_VARIANT(replacement)),
                                                       SD_JSON_BUILD_PAIR_CONDITION(!!mac, "phone", SD_JSON_BUILD_VARIANT(phone))));
        sd_json_variant_unref(replacement);
        sd_json_variant_unref(phone);
        return r;
}

int store_op_replace_phone(struct store *store, struct store_request *request)
{
        char old[MAC_TEXT_SIZE], new[MAC_TEXT_SIZE];
        struct store_site site;
        int64_t id = 0;
        int r = read_macs(request, old, new);

        if (r == 0)
                r = check_both(store, request, old, new);
        if (r < 0)
                return r;
        r = store_site_load(store, &site);
        if (r < 0)
                return r;
        r = replace(store, request, &site.site, old, new, &id);
        store_site_done(&site);
        return r < 0 ? r : reply(store, request, id, new);
}

/* --- its end ------------------------------------------------------------- */

static int end(struct store *store, const struct pending *p, const char *state, const char *reason)
{
        int r = store_db_run(store_db(store), "UPDATE replacement SET state = ?2, ended_at = ?3, reason = ?4, undo = NULL WHERE id = ?1", "isis", p->id, state,
                             store_now_s(store), reason);

        store_replace_undone(store_replace(store));
        store_leave_no_trace(store);
        store_change(store, "phone", p->old);
        store_change(store, "phone", p->new);
        return r;
}

static int settle(struct store *store, const struct pending *p, const char *reason)
{
        int r = end(store, p, "done", reason);

        return r < 0 ? r : store_event_now(store, p->new, "replace-done", "it has taken the place of %s", p->old);
}

/* Addresses are unique: both lose theirs before each gets its own. */
static int yield_addresses(struct store *store, const struct pending *p)
{
        return store_db_run(store_db(store), "UPDATE phone SET lan_address = NULL, tunnel_address = NULL, tunnel_up = 0 WHERE mac IN (?1, ?2)", "ss", p->old,
                            p->new);
}

/* A reservation that somebody else was given meanwhile is not taken from him. */
static int restore(struct store *store, const char *mac, sd_json_variant *was)
{
        int64_t one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE lan_address = ?2 AND mac <> ?1", &one, "si", mac,
                                store_snapshot_number(was, "lan_address", -1));

        return r < 0 && r != PV_EUNSET ? r : store_snapshot_restore(store, mac, was, r == 0 ? "lan_address" : NULL);
}

/* Byte for byte, but for its tunnel: that was closed when it was revoked. When shared settings or the authorities changed meanwhile
 * its document did. */
static int restore_old(struct store *store, const struct pending *p, sd_json_variant *was)
{
        bool followed_all = store_snapshot_number(was, "shared_revision", -1) == -1;
        int64_t base = 0, authorities = 0;
        int r = restore(store, p->old, was);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET tunnel_up = 0, shared_revision = NULL WHERE mac = ?", "s", p->old);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT value FROM meta WHERE name = 'base'", &base, "");
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT coalesce((SELECT value FROM meta WHERE name = 'authorities'), 0)", &authorities, "");
        if (r == 0 && authorities > store_snapshot_number(was, "revision", 0))
                followed_all = false;
        return r < 0 || (base == p->base && followed_all) ? r : store_phone_revise(store, p->old);
}

/* One that was not known before, and was not heard of since, is not known. */
static int restore_new(struct store *store, const struct pending *p, sd_json_variant *was)
{
        int r = store_rollout_leave(store, p->new);

        if (r == 0)
                r = restore(store, p->new, was);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM phone WHERE mac = ? AND stranger = 1 AND seen_at IS NULL", "s", p->new);
        return r;
}

static int undo(struct store *store, const struct pending *p, const char *reason)
{
        sd_json_variant *both = NULL;
        int r = open_undo(store, p, &both);

        if (r == 0)
                r = yield_addresses(store, p);
        if (r == 0)
                r = restore_new(store, p, sd_json_variant_by_key(both, "new"));
        if (r == 0)
                r = restore_old(store, p, sd_json_variant_by_key(both, "old"));
        sd_json_variant_unref(both);
        if (r == 0)
                r = end(store, p, "undone", reason);
        if (r == 0)
                r = store_event_now(store, p->old, "replace-undone", "%s is not in its place: %s", p->new, reason);
        return r < 0 ? r : store_event_now(store, p->new, "replace-undone", "%s is in its place again: %s", p->old, reason);
}

int store_op_undo_replace(struct store *store, struct store_request *request)
{
        const char *given = store_in_text(request, "reason");
        char mac[MAC_TEXT_SIZE], reason[REASON_SIZE];
        struct pending p;
        int r = store_in_mac(request, mac);

        if (r == 0 && given && (strlen(given) > REASON_MAX || !text_is_printable(given)))
                r = store_invalid(request, "reason", "The reason must be at most %d printable bytes.", REASON_MAX);
        if (r == 0)
                r = find_pending(store, mac, &p);
        if (r == PV_EUNSET)
                return store_refuse(request, "NotAllowed", "The phone %s is in no replacement that could be undone; `provostctl phone replace list` shows them.",
                                    mac);
        if (r < 0)
                return r;
        (void)snprintf(reason, sizeof reason, "undone by %s%s%s", request->actor, given && *given ? ": " : "", given ? given : "");
        r = undo(store, &p, reason);
        if (r == 0)
                r = store_audit(store, request, "replace-undo", p.old, reason);
        return r < 0 ? r : reply(store, request, p.id, NULL);
}

int store_replace_leave(struct store *store, struct store_request *request, const char *mac)
{
        char reason[REASON_SIZE];
        struct pending p;
        int r = find_pending(store, mac, &p);

        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        (void)snprintf(reason, sizeof reason, "%s put out the phone %s", request->actor, mac);
        return text_equal(mac, p.new) ? undo(store, &p, reason) : settle(store, &p, reason);
}

/* --- time ---------------------------------------------------------------- */

static int is_current(struct store *store, const char *mac, bool *ret_is)
{
        int64_t one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND " IS_CURRENT, &one, "s", mac);

        *ret_is = r == 0;
        return r == PV_EUNSET ? 0 : r;
}

static int give_up(struct store *store, struct store_request *request, const struct pending *p)
{
        sd_json_variant *phone = NULL, *both = NULL;
        char reason[REASON_SIZE];
        int r = open_undo(store, p, &both);

        sd_json_variant_unref(both);
        if (r < 0)
                return settle(store, p, "the new phone did not come, but what undo needs does not open any more: the old phone stays revoked");
        r = store_phone_json(store, request, p->new, &phone);

        (void)snprintf(reason, sizeof reason, "the new phone was not current within %lld minutes: it got as far as %s", (long long)p->wait_s / 60,
                       r == 0 ? store_item_text(phone, "state") : "nothing");
        sd_json_variant_unref(phone);
        r = undo(store, p, reason);
        return r < 0 ? r : store_audit(store, request, "replace-undo", p->old, reason);
}

int store_op_tick_replace(struct store *store, struct store_request *request)
{
        struct pending p = {0};
        int r = write_waited(store);

        while (r == 0 && (r = next_pending(store, p.id, &p)) == 0) {
                bool current = false;

                r = is_current(store, p.new, &current);
                if (r == 0 && current)
                        r = settle(store, &p, "the new phone is current");
                else if (r == 0 && p.waited_ms >= p.wait_s * 1000)
                        r = give_up(store, request, &p);
        }
        return r == PV_EUNSET ? 0 : r;
}
