/*
 * store_phone: the phones and what the admin decides about them.
 *
 * In:   decisions of the admin, sightings of the stations.
 * Out:  rows; approval and its end as one transaction each.
 * Not:  no certificates (store_enrolment), no tunnels (store_tunnel), no settings (store_setting).
 */
#include "provisioning/store/store_phone.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/lint.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_site.h"
#include "provisioning/store/store_version.h"

#define NAME_MAX_BYTES 128
#define SIP_USER_MAX 128
#define SIP_SECRET_MAX 256
#define WINDOW_MAX_S 86400

/* --- small steps --------------------------------------------------------- */

int store_phone_unknown(struct store_request *request, const char *mac)
{
        return store_refuse(request, "NoSuchPhone", "The phone %s is not known; `provostctl phone list` shows those that are.", mac);
}

int store_phone_trust(struct store *store, struct store_request *request, const char *mac, enum phone_trust *ret_trust)
{
        int64_t trust;
        int r = store_db_number(store_db(store), "SELECT trust FROM phone WHERE mac = ?", &trust, "s", mac);

        if (r == PV_EUNSET)
                return store_phone_unknown(request, mac);
        if (r == 0)
                *ret_trust = (enum phone_trust)trust;
        return r;
}

int store_phone_known(struct store *store, struct store_request *request, const char *mac, char ret_model[static STORE_PHONE_MODEL_SIZE],
                      char ret_sip_user[static STORE_PHONE_SIP_USER_SIZE])
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT model, sip_user FROM phone WHERE mac = ?", "s", mac);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : store_phone_unknown(request, mac);
        r = text_copy(ret_model, STORE_PHONE_MODEL_SIZE, store_db_text(row, 0));
        if (r == 0)
                r = text_copy(ret_sip_user, STORE_PHONE_SIP_USER_SIZE, store_db_text(row, 1));
        store_db_end(row);
        return r;
}

int store_phone_must_be_approved(struct store *store, struct store_request *request, const char *mac, const char *what)
{
        enum phone_trust trust;
        int r = store_phone_trust(store, request, mac, &trust);

        if (r == 0 && trust != PHONE_TRUST_APPROVED)
                return store_refuse(request, "NotAllowed", "The phone %s may not %s: it is %s.", mac, what,
                                    trust == PHONE_TRUST_REVOKED ? "revoked" : "not approved");
        return r;
}

int store_phone_revise(struct store *store, const char *mac)
{
        int64_t revision, one;
        int r = store_next(store, "revision", &revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET revision = ? WHERE mac = ?", "is", revision, mac);
        if (r < 0)
                return r;
        store_change(store, "phone", mac);
        r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND trust = 2 AND tunnel_up = 1", &one, "s", mac);
        if (r == 0)
                store_tell_fetch(store, mac);
        return r == PV_EUNSET ? 0 : r;
}

/* --- checks of what the admin gives -------------------------------------- */

static int check_text(struct store_request *request, const char *field, size_t max)
{
        const char *text = store_in_text(request, field);

        if (text && (strlen(text) > max || !text_is_printable(text)))
                return store_invalid(request, field, "The %s must be at most %zu printable bytes.", field, max);
        return 0;
}

/* The names given, in order; "profile" is a list of one. PV_EUNSET: none were. */
static int given_profiles(struct store_request *request, const char **ret_names, size_t *ret_n)
{
        sd_json_variant *list = store_in_array(request, "profiles");
        const char *one = store_in_text(request, "profile");
        size_t n = list ? sd_json_variant_elements(list) : 1;

        if (!list && !one)
                return PV_EUNSET;
        if (list && one)
                return store_invalid(request, "profile", "Give the phone's profiles as a list or as one, not both.");
        if (n > STORE_PHONE_PROFILES_MAX)
                return store_invalid(request, "profiles", "A phone has at most %d profiles.", STORE_PHONE_PROFILES_MAX);
        for (size_t i = 0; i < n; i++) {
                ret_names[i] = list ? sd_json_variant_string(sd_json_variant_by_index(list, i)) : one;
                if (!ret_names[i])
                        return store_invalid(request, "profiles", "The list must hold names of profiles.");
                for (size_t k = 0; k < i; k++)
                        if (text_equal(ret_names[i], ret_names[k]))
                                return store_invalid(request, "profiles", "The profile %s stands in the list twice.", ret_names[i]);
        }
        *ret_n = n;
        return 0;
}

static int check_profile(struct store *store, struct store_request *request, const char *name)
{
        int64_t one;
        int r;

        if (text_equal(name, STORE_PROFILE_DEFAULT))
                return 0;
        r = store_db_number(store_db(store), "SELECT 1 FROM profile WHERE name = ?", &one, "s", name);
        if (r == PV_EUNSET)
                return store_refuse(request, "NoSuchName", "There is no profile of that name; make it with `provostctl profile set` first.");
        return r;
}

/* Whether the phone has just these, in this order. */
static int has_profiles(struct store *store, const char *mac, const char *const *names, size_t n, bool *ret_has)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT profile FROM phone_profile WHERE mac = ? ORDER BY position", "s", mac);
        size_t i = 0;
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0 && i < n && text_equal(store_db_text(rows, 0), names[i]))
                i++;
        *ret_has = r == 0 && i == n;
        if (r > 0)
                store_db_end(rows);
        return r < 0 ? r : 0;
}

static int write_profile(struct store *store, const char *mac, size_t position, const char *name)
{
        return store_db_run(store_db(store), "INSERT INTO phone_profile (mac, position, profile) VALUES (?, ?, ?)", "sis", mac, (int64_t)position,
                            name);
}

static int write_profiles(struct store *store, struct store_request *request, const char *mac, bool *ret_changed)
{
        const char *names[STORE_PHONE_PROFILES_MAX];
        bool has = false;
        size_t n = 0;
        int r = given_profiles(request, names, &n);

        if (r == 0)
                r = has_profiles(store, mac, names, n, &has);
        if (r < 0 || has)
                return r == PV_EUNSET ? 0 : r;
        *ret_changed = true;
        r = store_db_run(store_db(store), "DELETE FROM phone_profile WHERE mac = ?", "s", mac);
        for (size_t i = 0; r == 0 && i < n; i++) {
                r = check_profile(store, request, names[i]);
                if (r == 0)
                        r = write_profile(store, mac, i, names[i]);
        }
        return r;
}

/* A reservation on the phone LAN: ours alone, and nobody else's. "" takes it away; ret_address is -1 then. */
static int check_reservation(struct store *store, struct store_request *request, const struct site *site, const char *mac, int64_t *ret_address)
{
        const char *text = store_in_text(request, "lan_address");
        uint32_t address, mask = text_ipv4_mask(site->lan_prefix);
        int64_t one;
        int r;

        *ret_address = -1;
        if (!text || !*text)
                return 0;
        if (text_to_ipv4(text, &address) < 0)
                return store_invalid(request, "lan_address", "The address must be like 192.168.1.20, or empty for none.");
        if (site->lan_address && ((address & mask) != (site->lan_address & mask) || (address & ~mask) == 0 || (address & ~mask) == ~mask ||
                                  address == site->lan_address || address == site->router))
                return store_invalid(request, "lan_address", "%s is not a free host address of the phone LAN.", text);
        r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE lan_address = ? AND mac <> ?", &one, "is", (int64_t)address, mac);
        if (r == 0)
                return store_invalid(request, "lan_address", "%s is reserved for another phone.", text);
        *ret_address = address;
        return r == PV_EUNSET ? 0 : r;
}

static int check_values(struct store_request *request)
{
        const char *key_type = store_in_text(request, "key_type"), *vpn_class = store_in_text(request, "vpn_class");
        int r = check_text(request, "name", NAME_MAX_BYTES);

        if (r == 0)
                r = check_text(request, "model", STORE_PHONE_MODEL_MAX);
        if (r == 0)
                r = check_text(request, "sip_user", SIP_USER_MAX);
        if (r == 0)
                r = check_text(request, "sip_secret", SIP_SECRET_MAX);
        if (r == 0 && vpn_class && !text_equal(vpn_class, "modern") && !text_equal(vpn_class, "legacy"))
                r = store_invalid(request, "vpn_class", "The class must be modern or legacy (the old phones' OpenVPN).");
        if (r == 0 && key_type && *key_type && !text_equal(key_type, "p256") && !text_equal(key_type, "rsa2048"))
                r = store_invalid(request, "key_type", "The key type must be p256 or rsa2048, or empty: as its model needs.");
        return r;
}

/* The SIP secret as the setting it becomes, beside the phone's MAC and extension; either of them may be new. */
static int check_account(struct store *store, struct store_request *request, const char *mac)
{
        const char *given = store_in_text(request, "sip_secret");
        char model[STORE_PHONE_MODEL_SIZE], extension[STORE_PHONE_SIP_USER_SIZE], *kept = NULL;
        struct lint_finding finding;
        int r;

        if (!given && !store_in_text(request, "sip_user"))
                return 0;
        r = store_phone_known(store, request, mac, model, extension);
        if (r == 0 && !given)
                r = store_secret_get(store, mac, STORE_SECRET_SIP, &kept);
        if (r == 0 && lint_check_setting(&(struct lint_setting){"user_pass", 1, given ? given : kept, "R"},
                                         &(struct lint_phone){mac, model, extension}, &finding))
                r = store_invalid(request, given ? "sip_secret" : "sip_user", "%s", finding.sentence);
        store_seal_forget(kept);
        return r == PV_EUNSET ? 0 : r;
}

/* One secret that two accounts share is known to whoever knows one of them. */
static int check_reuse(struct store *store, struct store_request *request, const char *mac)
{
        const char *secret = store_in_text(request, "sip_secret");
        char other[MAC_TEXT_SIZE];
        int r = secret && *secret ? store_secret_reused(store, mac, secret, other) : PV_EUNSET;

        if (r == 0)
                return store_invalid(request, "sip_secret", "The phone %s has this secret already for another account; give each account its own.",
                                     other);
        return r == PV_EUNSET ? 0 : r;
}

static int write_row(struct store *store, struct store_request *request, const char *mac, bool *ret_changed)
{
        int r = store_db_run(store_db(store),
                             "UPDATE phone SET name = coalesce(?2, name), model = coalesce(?3, model), "
                             "key_type = coalesce(?4, key_type), sip_user = coalesce(?5, sip_user), vpn_class = coalesce(?6, vpn_class) WHERE mac = ?1 AND "
                             "(name, model, key_type, sip_user, vpn_class) <> (coalesce(?2, name), coalesce(?3, model), coalesce(?4, key_type), "
                             "coalesce(?5, sip_user), coalesce(?6, vpn_class))", "ssssss", mac, store_in_text(request, "name"),
                             store_in_text(request, "model"), store_in_text(request, "key_type"), store_in_text(request, "sip_user"),
                             store_in_text(request, "vpn_class"));

        *ret_changed |= r == 0 && store_db_changes(store_db(store)) > 0;
        return r;
}

static int write_reservation(struct store *store, const char *mac, int64_t lan_address, bool *ret_changed)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET lan_address = nullif(?2, -1) WHERE mac = ?1 AND lan_address IS NOT nullif(?2, -1)",
                             "si", mac, lan_address);

        *ret_changed |= r == 0 && store_db_changes(store_db(store)) > 0;
        return r;
}

static int write_secret(struct store *store, struct store_request *request, const char *mac, int64_t revision, bool *ret_changed)
{
        const char *secret = store_in_text(request, "sip_secret");
        int r = 0;

        if (secret && *secret)
                r = store_secret_set(store, mac, STORE_SECRET_SIP, secret, revision);
        else if (secret)
                r = store_secret_remove(store, mac, STORE_SECRET_SIP);
        *ret_changed |= secret && r == 0 && store_db_changes(store_db(store)) > 0;
        return r;
}

int store_phone_write(struct store *store, struct store_request *request, const struct site *site, const char *mac, int64_t revision,
                      bool *ret_changed)
{
        int64_t lan_address = -1;
        int r = check_values(request);

        *ret_changed = false;
        if (r == 0)
                r = check_reservation(store, request, site, mac, &lan_address);
        if (r == 0)
                r = write_row(store, request, mac, ret_changed);
        if (r == 0)
                r = write_profiles(store, request, mac, ret_changed);
        if (r == 0)
                r = check_account(store, request, mac);
        if (r == 0)
                r = check_reuse(store, request, mac);
        if (r == 0 && store_in_text(request, "lan_address"))
                r = write_reservation(store, mac, lan_address, ret_changed);
        return r < 0 ? r : write_secret(store, request, mac, revision, ret_changed);
}

/* --- adding and changing ------------------------------------------------- */

int store_phone_insert(struct store *store, const char *mac, enum phone_trust trust)
{
        int r = store_db_run(store_db(store), "INSERT INTO phone (mac, trust, added_at, stranger) VALUES (?1, ?2, ?3, ?2 = 0)", "sii", mac,
                             (int64_t)trust, store_now_s(store));

        store_events_welcome(store, mac);
        if (r == 0)
                r = store_version_of_phone_grows(store, mac);
        return r < 0 ? r : write_profile(store, mac, 0, STORE_PROFILE_DEFAULT);
}

static int write_given(struct store *store, struct store_request *request, const char *mac)
{
        struct store_site site;
        bool changed;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        r = store_phone_write(store, request, &site.site, mac, STORE_SECRET_NOW, &changed);
        store_site_done(&site);
        return r;
}

int store_phone_expect(struct store *store, const char *mac)
{
        return store_db_run(store_db(store), "UPDATE phone SET expected = 1 WHERE mac = ? AND trust = 1 AND expected = 0", "s", mac);
}

int store_op_add_phone(struct store *store, struct store_request *request)
{
        bool approve = store_in_bool(request, "approve"), expected = store_in_bool(request, "expected");
        char mac[MAC_TEXT_SIZE];
        int64_t stranger = 0;
        int r = store_in_mac(request, mac);

        if (r == 0 && approve && expected)
                r = store_invalid(request, "expected", "A phone is expected or approved, not both: an approved one waits for nothing.");
        if (r < 0)
                return r;
        r = store_db_number(store_db(store), "SELECT stranger FROM phone WHERE mac = ?", &stranger, "s", mac);
        if (r == 0 && !stranger)
                return store_refuse(request, "AlreadyThere", "The phone %s is known already; use `provostctl phone approve` or `phone delete`.", mac);
        if (r == PV_EUNSET)
                r = store_phone_insert(store, mac, PHONE_TRUST_WAITING);
        else if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET trust = 1, stranger = 0 WHERE mac = ?", "s", mac);
        if (r == 0)
                r = write_given(store, request, mac);
        if (r == 0 && expected)
                r = store_phone_expect(store, mac);
        if (r == 0)
                r = store_event_now(store, mac, "added", "by %s%s", request->actor, expected ? ", expected" : "");
        if (r == 0)
                r = store_audit(store, request, approve ? "add-approve" : expected ? "add-expected" : "add", mac, "");
        if (r == 0 && approve)
                r = store_approve(store, request, mac);
        if (r == 0)
                store_change(store, "phone", mac);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}

/* Session closes its tunnel: the certificate it came with is no longer the one of the list. One that is out gets its address when it
 * comes back. */
static int change_class(struct store *store, struct store_request *request, const char *mac, enum phone_trust trust)
{
        int r = store_replace_refuse(store, request, mac, "change its class");

        if (r == 0 && trust != PHONE_TRUST_APPROVED)
                return store_approve_yield(store, mac);
        if (r == 0)
                r = store_approve_anew(store, request, mac);
        if (r == 0)
                r = store_event_now(store, mac, "vpn-class", "%s by %s: it has to fetch its bundle again", store_in_text(request, "vpn_class"),
                                    request->actor);
        return r;
}

int store_op_change_phone(struct store *store, struct store_request *request)
{
        static const char *const fields[] = {"name", "model", "profile", "profiles", "key_type", "lan_address", "sip_user", "sip_secret",
                                             "vpn_class"};
        char mac[MAC_TEXT_SIZE], told[128] = "";
        int64_t other_class = 0;
        enum phone_trust trust = PHONE_TRUST_SEEN;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r == 0)
                r = store_version_check_phone(store, request, mac);
        if (r == 0 && trust == PHONE_TRUST_REVOKED && store_in_text(request, "sip_secret"))
                r = store_refuse(request, "NotAllowed", "The phone %s is revoked and keeps no secrets; approve it first.", mac);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT tunnel_address IS NOT NULL AND vpn_class <> coalesce(?2, vpn_class) FROM phone WHERE mac = ?1", &other_class,
                                    "ss", mac, store_in_text(request, "vpn_class"));
        if (r == 0)
                r = store_phone_revise(store, mac);
        if (r == 0)
                r = write_given(store, request, mac);
        /* Whom somebody gave a name is no stranger, and not forgotten for others. */
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET stranger = 0 WHERE mac = ? AND trust = 1", "s", mac);
        if (r == 0 && other_class)
                r = change_class(store, request, mac, trust);
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
                if (store_in_text(request, fields[i]) || store_in_array(request, fields[i])) {
                        strncat(told, *told ? " " : "", sizeof told - strlen(told) - 1);
                        strncat(told, fields[i], sizeof told - strlen(told) - 1);
                }
        if (r == 0)
                r = store_version_of_phone_grows(store, mac);
        if (r == 0)
                r = store_audit(store, request, "change", mac, told);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}

int store_op_open_window(struct store *store, struct store_request *request)
{
        int64_t seconds = store_in_int(request, "seconds", -1);
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0 && (seconds < 0 || seconds > WINDOW_MAX_S))
                r = store_invalid(request, "seconds", "The window must be open for 1 to %d seconds, or 0 to close it.", WINDOW_MAX_S);
        if (r == 0)
                r = store_phone_must_be_approved(store, request, mac, "enrol in a window");
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET window_until = CASE WHEN ?2 > 0 THEN ?3 + ?2 ELSE NULL END WHERE mac = ?1",
                                 "sii", mac, seconds, store_now_s(store));
        if (r == 0)
                r = store_event_now(store, mac, seconds ? "window-open" : "window-closed", "seconds=%lld by %s", (long long)seconds, request->actor);
        if (r == 0)
                r = store_audit(store, request, seconds ? "open-window" : "close-window", mac, "");
        if (r == 0)
                store_change(store, "phone", mac);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}
