/*
 * store_secret: the secrets of single phones.
 *
 * In:   what the admin gives; approvals, rotations, and reports of what was fetched.
 * Out:  sealed rows with their former values; one secret in clear when an admin says why, and everything for a document.
 * Not:  no letters drawn (store_generate), no sealing (store_seal), no settings an admin wrote (store_scope), but their end at a revoke.
 */
#include "provisioning/store/store_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_generate.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_seal.h"

#define BOOT_LOADER "uboot_lock"
#define REASON_MAX 200
#define PIN_TRIES 100
#define SETTING_NAME_SIZE 80
#define SLICE 250                       /* phones whose secrets are rotated in one round */

enum kind { GIVEN, PASSWORD, PIN };

static const struct secret {
        const char *name;
        enum kind kind;
        size_t offset;                  /* in struct merge_secrets */
} secrets[] = {
        {STORE_SECRET_SIP, GIVEN, offsetof(struct merge_secrets, sip_secret)},
        {"http_pass", PASSWORD, offsetof(struct merge_secrets, http_pass)},
        {"admin_mode_password", PASSWORD, offsetof(struct merge_secrets, admin_mode_password)},
        {"service_mode_pass", PASSWORD, offsetof(struct merge_secrets, service_mode_pass)},
        {"keyboard_lock_pw", PIN, offsetof(struct merge_secrets, keyboard_lock_pw)},
        {BOOT_LOADER, PIN, offsetof(struct merge_secrets, uboot_lock)},
        {"webserver_user_password", PASSWORD, offsetof(struct merge_secrets, webserver_user_password)},
        {"webserver_admin_password", PASSWORD, offsetof(struct merge_secrets, webserver_admin_password)},
};
#define N_SECRETS (sizeof secrets / sizeof secrets[0])

static const struct secret *find(const char *name)
{
        for (size_t i = 0; i < N_SECRETS; i++)
                if (text_equal(secrets[i].name, name))
                        return &secrets[i];
        return NULL;
}

static struct store_place place_of(const char *mac, const char *name)
{
        return (struct store_place){.table = "secret", .row = mac, .name = name};
}

/* --- one secret ---------------------------------------------------------- */

/*
 * The phone may use the old value only when it fetched a revision that had it;
 * otherwise what it may use is what was before that, or nothing.
 */
int store_secret_set(struct store *store, const char *mac, const char *name, const char *text, int64_t revision)
{
        const struct store_place place = place_of(mac, name);
        uint8_t digest[STORE_DIGEST_SIZE];
        bool has_digest = find(name) != NULL;
        void *sealed = NULL;
        size_t size = 0;
        int r = store_sealed(store, &place, text, &sealed, &size);

        if (r == 0 && has_digest)
                r = store_digest(store, text, digest);
        if (r == 0)
                r = store_db_run(store_db(store),
                                 "INSERT INTO secret (mac, name, sealed, digest, made_at, set_revision) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, CASE WHEN ?6 < 0 THEN (SELECT revision FROM phone WHERE mac = ?1) ELSE ?6 END) "
                                 "ON CONFLICT (mac, name) DO UPDATE SET former = CASE WHEN excluded.digest IS NOT NULL AND "
                                 "(SELECT revision_served FROM phone WHERE mac = ?1) >= max(secret.set_revision, 1) THEN secret.sealed "
                                 "ELSE secret.former END, sealed = excluded.sealed, digest = excluded.digest, made_at = excluded.made_at, "
                                 "set_revision = excluded.set_revision WHERE secret.digest IS NULL OR secret.digest <> excluded.digest",
                                 "ssbbii", mac, name, sealed, size, has_digest ? digest : NULL, sizeof digest, store_now_s(store), revision);
        free(sealed);
        return r;
}

static int open_column(struct store *store, struct sqlite3_stmt *row, int column, const struct store_place *place, char **ret_text)
{
        size_t size;
        const void *sealed = store_db_blob(row, column, &size);

        return store_opened(store, place, sealed, size, ret_text);
}

int store_secret_get(struct store *store, const char *mac, const char *name, char **ret_text)
{
        const struct store_place place = place_of(mac, name);
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT sealed FROM secret WHERE mac = ? AND name = ?", "ss", mac, name);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = open_column(store, row, 0, &place, ret_text);
        store_db_end(row);
        return r;
}

int store_secret_remove(struct store *store, const char *mac, const char *name)
{
        return store_db_run(store_db(store), "DELETE FROM secret WHERE mac = ? AND name = ?", "ss", mac, name);
}

int store_secret_reused(struct store *store, const char *mac, const char *text, char ret_mac[static MAC_TEXT_SIZE])
{
        uint8_t digest[STORE_DIGEST_SIZE];
        struct sqlite3_stmt *row;
        int r = store_digest(store, text, digest);

        if (r < 0)
                return r;
        row = store_db_query(store_db(store),
                             "SELECT phone.mac FROM secret JOIN phone USING (mac) WHERE secret.digest = ?2 AND phone.mac <> ?1 AND "
                             "phone.sip_user <> coalesce((SELECT sip_user FROM phone WHERE mac = ?1), '') LIMIT 1", "sb", mac, digest,
                             sizeof digest);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = text_copy(ret_mac, MAC_TEXT_SIZE, store_db_text(row, 0));
        store_db_end(row);
        return r;
}

/* --- making them --------------------------------------------------------- */

/* A PIN is short: that no other phone has it is looked up, not left to chance. */
static int is_taken(struct store *store, const char *text)
{
        uint8_t digest[STORE_DIGEST_SIZE];
        int64_t one;
        int r = store_digest(store, text, digest);

        return r < 0 ? r : store_db_number(store_db(store), "SELECT 1 FROM secret WHERE digest = ? LIMIT 1", &one, "b", digest, sizeof digest);
}

static int draw_pin(struct store *store, char ret[static STORE_GENERATE_PIN + 1])
{
        int r = 0;

        for (int tries = 0; r == 0 && tries < PIN_TRIES; tries++) {
                r = store_generate_pin(ret);
                if (r == 0)
                        r = is_taken(store, ret);
        }
        return r == PV_EUNSET ? 0 : r;          /* so many phones that nearly all are taken: the last one will do */
}

static int make_one(struct store *store, const char *mac, const struct secret *secret)
{
        char text[STORE_GENERATE_PASSWORD + 1];
        int r = secret->kind == PIN ? draw_pin(store, text) : store_generate_password(text);

        if (r == 0)
                r = store_secret_set(store, mac, secret->name, text, STORE_SECRET_NOW);
        explicit_bzero(text, sizeof text);
        return r;
}

/* One bit for each secret the phone has. */
static int load_present(struct store *store, const char *mac, unsigned *ret_present)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT name FROM secret WHERE mac = ?", "s", mac);
        int r;

        *ret_present = 0;
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                const struct secret *secret = find(store_db_text(rows, 0));

                if (secret)
                        *ret_present |= 1U << (secret - secrets);
        }
        return r;
}

int store_secret_make(struct store *store, const char *mac)
{
        unsigned present = 0;
        int r = load_present(store, mac, &present);

        for (size_t i = 0; r == 0 && i < N_SECRETS; i++)
                if (secrets[i].kind != GIVEN && !(present & 1U << i))
                        r = make_one(store, mac, &secrets[i]);
        return r;
}

int store_secret_load_all(struct store *store, const char *mac, struct merge_secrets *ret_secrets)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT name, sealed FROM secret WHERE mac = ?", "s", mac);
        int r;

        *ret_secrets = (struct merge_secrets){0};
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                const struct secret *secret = find(store_db_text(rows, 0));

                if (!secret)
                        continue;
                const struct store_place place = place_of(mac, secret->name);
                r = open_column(store, rows, 1, &place, (char **)((char *)ret_secrets + secret->offset));
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

void store_secret_forget_all(struct merge_secrets *all)
{
        for (size_t i = 0; i < N_SECRETS; i++)
                store_seal_forget(*(char **)((char *)all + secrets[i].offset));
        *all = (struct merge_secrets){0};
}

/* --- their end ----------------------------------------------------------- */

int store_secret_served(struct store *store, const char *mac, int64_t revision)
{
        return store_db_run(store_db(store), "UPDATE secret SET former = NULL WHERE mac = ? AND former IS NOT NULL AND set_revision <= ?", "si", mac,
                            revision);
}

/* A setting of the phone's own, such as the password of a second account, is as secret as what we made. */
static int wipe_settings(struct store *store, const char *mac)
{
        char name[SETTING_NAME_SIZE] = "";

        for (;;) {
                struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT name FROM phone_setting WHERE mac = ? AND name > ? ORDER BY name LIMIT 1",
                                                          "ss", mac, name);
                int r = store_db_next(store_db(store), row);

                if (r <= 0)
                        return r;
                r = text_copy(name, sizeof name, store_db_text(row, 0));
                store_db_end(row);
                if (r == 0 && catalogue_is_secret(catalogue_builtin(), name) && !text_equal(name, BOOT_LOADER))
                        r = store_db_run(store_db(store), "DELETE FROM phone_setting WHERE mac = ? AND name = ?", "ss", mac, name);
                if (r < 0)
                        return r;
        }
}

int store_secret_wipe(struct store *store, const char *mac)
{
        int r = store_db_run(store_db(store), "DELETE FROM secret WHERE mac = ? AND name <> ?", "ss", mac, BOOT_LOADER);

        return r < 0 ? r : wipe_settings(store, mac);
}

/* --- after an update ----------------------------------------------------- */

static int complete_digests(struct store *store)
{
        for (;;) {
                char mac[MAC_TEXT_SIZE], *text = NULL;
                uint8_t digest[STORE_DIGEST_SIZE];
                struct sqlite3_stmt *row = store_db_query(store_db(store),
                                                          "SELECT mac FROM secret WHERE name = ? AND digest IS NULL LIMIT 1", "s", STORE_SECRET_SIP);
                int r = store_db_next(store_db(store), row);

                if (r <= 0)
                        return r;
                (void)text_copy(mac, sizeof mac, store_db_text(row, 0));
                store_db_end(row);
                r = store_secret_get(store, mac, STORE_SECRET_SIP, &text);
                if (r == 0)
                        r = store_digest(store, text, digest);
                store_seal_forget(text);
                if (r == 0)
                        r = store_db_run(store_db(store), "UPDATE secret SET digest = ? WHERE mac = ? AND name = ?", "bss", digest, sizeof digest,
                                         mac, STORE_SECRET_SIP);
                if (r < 0)
                        return r;
        }
}

/* The next approved phone that lacks one, after `mac`. */
static int next_incomplete(struct store *store, char mac[static MAC_TEXT_SIZE])
{
        struct sqlite3_stmt *row = store_db_query(store_db(store),
                                                  "SELECT mac FROM phone WHERE trust = 2 AND mac > ?1 AND (SELECT count(*) FROM secret WHERE "
                                                  "secret.mac = phone.mac AND secret.name NOT IN (?2, ?3)) < ?4 ORDER BY mac LIMIT 1", "sssi", mac,
                                                  STORE_SECRET_SIP, STORE_SECRET_VPN_KEY, (int64_t)N_SECRETS - 1);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = text_copy(mac, MAC_TEXT_SIZE, store_db_text(row, 0));
        store_db_end(row);
        return r;
}

static int complete(struct store *store, unsigned *ret_n)
{
        char mac[MAC_TEXT_SIZE] = "";
        int r = complete_digests(store);

        while (r == 0 && (r = next_incomplete(store, mac)) == 0) {
                r = store_phone_revise(store, mac);
                if (r == 0)
                        r = store_secret_make(store, mac);
                ++*ret_n;
        }
        return r == PV_EUNSET ? 0 : r;
}

int store_secret_complete(struct store *store)
{
        unsigned n = 0;
        char text[16];
        int r = store_db_begin(store_db(store));

        if (r == 0)
                r = complete(store, &n);
        if (r == 0)
                r = store_db_commit(store_db(store));
        if (r < 0) {
                store_db_rollback(store_db(store));
                return r;
        }
        (void)snprintf(text, sizeof text, "%u", n);
        if (n)
                log_event(LOG_LEVEL_NOTICE, "secrets-made", "phones", text, NULL);
        return 0;
}

/* --- for people ---------------------------------------------------------- */

int store_op_list_secrets(struct store *store, struct store_request *request)
{
        struct store_list list = {0};
        struct sqlite3_stmt *rows;
        enum phone_trust trust;
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT name, made_at, former IS NOT NULL FROM secret WHERE mac = ? ORDER BY name", "s", mac);
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                sd_json_variant *item = NULL;

                if (!find(store_db_text(rows, 0)))
                        continue;
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", store_db_text(rows, 0)),
                                   SD_JSON_BUILD_PAIR_INTEGER("made_at", store_db_int(rows, 1)),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("former", store_db_int(rows, 2) != 0));
                r = store_list_add(&list, r, item);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return store_list_reply(&list, r, request, "secrets");
}

static int check_reason(struct store_request *request, const char **ret_reason)
{
        const char *reason = store_in_text(request, "reason");

        if (reason && (strlen(reason) > REASON_MAX || !text_is_printable(reason)))
                return store_invalid(request, "reason", "The reason must be at most %d printable bytes.", REASON_MAX);
        *ret_reason = reason ? reason : "";
        return 0;
}

/* "http_pass: why", for the audit. */
static int audit(struct store *store, struct store_request *request, const char *action, const char *subject, const char *names)
{
        const char *reason = NULL;
        char detail[REASON_MAX + 300];
        int r = check_reason(request, &reason);

        if (r < 0)
                return r;
        (void)snprintf(detail, sizeof detail, "%s%s%s", names, *reason ? ": " : "", reason);
        return store_audit(store, request, action, subject, detail);
}

static int load_both(struct store *store, const char *mac, const char *name, char **ret_value, char **ret_former)
{
        const struct store_place place = place_of(mac, name);
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT sealed, former FROM secret WHERE mac = ? AND name = ?", "ss", mac, name);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = open_column(store, row, 0, &place, ret_value);
        if (r == 0 && !store_db_is_null(row, 1))
                r = open_column(store, row, 1, &place, ret_former);
        store_db_end(row);
        return r;
}

/* The line in the audit is on the disk before the answer leaves. */
int store_op_reveal_secret(struct store *store, struct store_request *request)
{
        const struct secret *secret = find(store_in_text(request, "name"));
        char mac[MAC_TEXT_SIZE], *value = NULL, *former = NULL;
        enum phone_trust trust;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r == 0)
                r = secret ? load_both(store, mac, secret->name, &value, &former) : PV_EUNSET;
        if (r == PV_EUNSET)
                r = store_refuse(request, "NoSuchName", "The phone %s has no such secret; `provostctl secret list %s` shows those it has.", mac, mac);
        if (r == 0)
                r = audit(store, request, "reveal-secret", mac, secret->name);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_STRING("value", value),
                                                       SD_JSON_BUILD_PAIR_STRING("former", former)));
        if (r == 0)
                sd_json_variant_sensitive(request->out);
        store_seal_forget(value);
        store_seal_forget(former);
        return r;
}

/* --- rotation ------------------------------------------------------------ */

/* What goes on from round to round: the secrets to make anew, and where in the list of phones it is. */
struct rotation {
        bool wanted[N_SECRETS];
        char names[256];
        char after[MAC_TEXT_SIZE];
        int64_t phones, revision;
};

static int read_wanted(struct store_request *request, struct rotation *rotation)
{
        sd_json_variant *list = store_in_array(request, "names");
        size_t n = list ? sd_json_variant_elements(list) : 0;

        for (size_t i = 0; i < N_SECRETS; i++)
                rotation->wanted[i] = !list && secrets[i].kind != GIVEN;
        for (size_t i = 0; i < n; i++) {
                const char *name = sd_json_variant_string(sd_json_variant_by_index(list, i));
                const struct secret *secret = find(name);

                if (!secret)
                        return store_invalid(request, "names", "There is no such secret; `provostctl secret list MAC` shows those of a phone.");
                if (secret->kind == GIVEN)
                        return store_invalid(request, "names", "%s comes from the telephone system: change it there and with "
                                             "`provostctl phone change MAC --sip-secret-file`.", name);
                rotation->wanted[secret - secrets] = true;
        }
        for (size_t i = 0; i < N_SECRETS; i++)
                if (rotation->wanted[i]) {
                        strcat(rotation->names, *rotation->names ? " " : "");
                        strcat(rotation->names, secrets[i].name);
                }
        return *rotation->names ? 0 : store_invalid(request, "names", "Name at least one secret, or none for all.");
}

static int rotate_phone(struct store *store, const struct rotation *rotation, const char *mac)
{
        int r = store_phone_revise(store, mac);

        for (size_t i = 0; r == 0 && i < N_SECRETS; i++)
                if (rotation->wanted[i])
                        r = make_one(store, mac, &secrets[i]);
        return r < 0 ? r : store_event_now(store, mac, "secrets", "made anew: %s", rotation->names);
}

/* The next approved phones after rotation->after, at most `max`. */
static int next_phones(struct store *store, const struct rotation *rotation, char (*ret_macs)[MAC_TEXT_SIZE], size_t max, size_t *ret_n)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac FROM phone WHERE trust = 2 AND mac > ? ORDER BY mac LIMIT ?", "si",
                                                   rotation->after, (int64_t)max);
        int r;

        *ret_n = 0;
        while ((r = store_db_next(store_db(store), rows)) > 0)
                (void)text_copy(ret_macs[(*ret_n)++], MAC_TEXT_SIZE, store_db_text(rows, 0));
        return r;
}

static int rotate_slice(struct store *store, struct rotation *rotation, bool *ret_more)
{
        char macs[SLICE][MAC_TEXT_SIZE];
        size_t n = 0;
        int r = next_phones(store, rotation, macs, SLICE, &n);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = rotate_phone(store, rotation, macs[i]);
        if (r < 0)
                return r;
        rotation->phones += (int64_t)n;
        if (n)
                (void)text_copy(rotation->after, sizeof rotation->after, macs[n - 1]);
        *ret_more = n == SLICE;
        return 0;
}

static int reply(struct store *store, struct store_request *request, const struct rotation *rotation)
{
        int64_t revision = 0;
        int r = store_db_number(store_db(store), "SELECT value FROM meta WHERE name = ?", &revision, "s", "revision");

        return r < 0 ? r : pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("phones", rotation->phones),
                                                              SD_JSON_BUILD_PAIR_INTEGER("revision", revision)));
}

static int rotate_one(struct store *store, struct store_request *request, struct rotation *rotation)
{
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_must_be_approved(store, request, mac, "get new secrets");
        if (r == 0)
                r = audit(store, request, "rotate-secrets", mac, rotation->names);
        if (r == 0)
                r = rotate_phone(store, rotation, mac);
        rotation->phones = 1;
        return r < 0 ? r : reply(store, request, rotation);
}

/* All phones: a slice in each round, so that others' calls have their turn in between. */
static int rotate_all(struct store *store, struct store_request *request, struct rotation *rotation)
{
        bool more = false;
        int r = *rotation->after ? 0 : audit(store, request, "rotate-secrets", "all", rotation->names);

        if (r == 0)
                r = rotate_slice(store, rotation, &more);
        if (r < 0 && r != PV_EREFUSED && rotation->phones)
                return store_refuse(request, "StorageTrouble", "%lld phones have new secrets, the others could not be done (%s); free some space and "
                                    "rotate once more.", (long long)rotation->phones, store_db_trouble(store_db(store)));
        if (r < 0 || more) {
                request->again = r == 0;
                return r;
        }
        return reply(store, request, rotation);
}

int store_op_rotate_secrets(struct store *store, struct store_request *request)
{
        struct rotation *rotation = request->state;

        if (!rotation) {
                int r;

                rotation = request->state = calloc(1, sizeof *rotation);
                if (!rotation)
                        return PV_ENOMEM;
                r = read_wanted(request, rotation);
                if (r < 0)
                        return r;
        }
        return store_in_text(request, "mac") ? rotate_one(store, request, rotation) : rotate_all(store, request, rotation);
}
