/*
 * store_enrolment: the certificate of a phone and the moment it was taken.
 *
 * In:   certificates from bootstrap (made by pki).
 * Out:  the same again for approved phones; the key is sealed in between.
 * Not:  no look into a certificate; what the next one is, store_renewal knows.
 */
#include "provisioning/store/store_enrolment.h"

#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"

#define PEM_MAX 16384

static int enrolment_reply(struct store *store, struct store_request *request, const char *mac, sd_json_variant *phone)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store),
                                                  "SELECT certificate, certificate_not_after, certificate_serial FROM phone WHERE mac = ?", "s", mac);
        sd_json_variant *not_after = NULL;
        char *key = NULL;
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        bool there = !store_db_is_null(row, 0);
        r = there ? store_secret_get(store, mac, STORE_SECRET_VPN_KEY, &key) : 0;
        if (r == 0 && there)
                r = pv_error_from_errno(sd_json_variant_new_integer(&not_after, store_db_int(row, 1)));
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(
                        &request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                        SD_JSON_BUILD_PAIR_STRING("certificate", there ? store_db_text(row, 0) : NULL),
                        SD_JSON_BUILD_PAIR_STRING("private_key", key), SD_JSON_BUILD_PAIR("not_after", SD_JSON_BUILD_VARIANT(not_after)),
                        SD_JSON_BUILD_PAIR_STRING("serial", there ? store_db_text(row, 2) : NULL)));
        if (r == 0)
                sd_json_variant_sensitive(request->out);
        store_db_end(row);
        store_seal_forget(key);
        sd_json_variant_unref(not_after);
        return r == PV_EUNSET ? PV_ESYSTEM : r;
}

static int next_reply(struct store *store, struct store_request *request, const char *mac, sd_json_variant *phone)
{
        struct store_renewal renewal = {0};
        int r = store_renewal_load(store, mac, &renewal);

        if (r == PV_EUNSET)
                return pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone))));
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(
                        &request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                        SD_JSON_BUILD_PAIR_STRING("certificate", renewal.certificate), SD_JSON_BUILD_PAIR_STRING("private_key", renewal.private_key),
                        SD_JSON_BUILD_PAIR_INTEGER("not_after", renewal.not_after), SD_JSON_BUILD_PAIR_STRING("serial", renewal.serial)));
        if (r == 0)
                sd_json_variant_sensitive(request->out);
        store_renewal_done(&renewal);
        return r;
}

/* Whose tunnel address this is; NoTunnel unless it is up. */
static int find_by_address(struct store *store, struct store_request *request, const char *text, char ret_mac[static MAC_TEXT_SIZE])
{
        struct sqlite3_stmt *row;
        uint32_t address;
        bool is_up;
        int r;

        if (text_to_ipv4(text, &address) < 0)
                return store_invalid(request, "tunnel_address", "The tunnel address must be like 10.64.0.2.");
        row = store_db_query(store_db(store), "SELECT mac, trust = 2 AND tunnel_up = 1 FROM phone WHERE tunnel_address = ?", "i", (int64_t)address);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchPhone", "No phone has the tunnel address %s.", text);
        r = text_copy(ret_mac, MAC_TEXT_SIZE, store_db_text(row, 0));
        is_up = store_db_int(row, 1) != 0;
        store_db_end(row);
        return r < 0 || is_up ? r : store_refuse(request, "NoTunnel", "No tunnel of the phone %s is known.", ret_mac);
}

int store_op_get_enrolment(struct store *store, struct store_request *request)
{
        const char *address = store_in_text(request, "tunnel_address");
        sd_json_variant *phone = NULL;
        char mac[MAC_TEXT_SIZE];
        int r = address ? find_by_address(store, request, address, mac) : store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_json(store, request, mac, &phone);
        if (r == 0)
                r = store_in_bool(request, "next") ? next_reply(store, request, mac, phone) : enrolment_reply(store, request, mac, phone);
        sd_json_variant_unref(phone);
        return r;
}

static bool is_hex(const char *text, size_t min, size_t max)
{
        size_t size = text ? strlen(text) : 0;

        return size >= min && size <= max && strspn(text, "0123456789abcdef") == size;
}

static int check_parts(struct store_request *request)
{
        const char *certificate = store_in_text(request, "certificate"), *key = store_in_text(request, "private_key");

        if (!certificate || strlen(certificate) > PEM_MAX || !text_starts(certificate, "-----BEGIN CERTIFICATE-----"))
                return store_invalid(request, "certificate", "The certificate must be PEM.");
        if (!key || strlen(key) > PEM_MAX || !text_starts(key, "-----BEGIN "))
                return store_invalid(request, "private_key", "The key must be PEM.");
        if (!is_hex(store_in_text(request, "serial"), 2, 40))
                return store_invalid(request, "serial", "The serial must be lower-case hex.");
        if (!is_hex(store_in_text(request, "sha256"), 64, 64))
                return store_invalid(request, "sha256", "The digest must be 64 lower-case hex digits.");
        const char *authority = store_in_text(request, "authority");
        if (authority && !text_equal(authority, "modern") && !text_equal(authority, "legacy"))
                return store_invalid(request, "authority", "The authority must be modern or legacy.");
        return 0;
}

/* Where the bundle of its present certificate is handed out stands in its settings. */
static int write_delivered(struct store *store, const char *mac, const char *where)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET delivered = ?2 WHERE mac = ?1 AND delivered <> ?2", "ss", mac, where);

        return r < 0 || store_db_changes(store_db(store)) == 0 ? r : store_phone_revise(store, mac);
}

/* A tunnel that is up has the certificate before this one: session closes it, and one that was away must not take it over. */
static int write_present(struct store *store, struct store_request *request, const char *mac)
{
        int r = store_db_run(store_db(store),
                             "UPDATE phone SET certificate = ?2, certificate_serial = ?3, certificate_sha256 = ?4, certificate_not_before = ?5, "
                             "certificate_not_after = ?6, generation = ?7, certificate_class = coalesce(?8, 'modern'), tunnel_up = 0 "
                             "WHERE mac = ?1", "ssssiiis", mac, store_in_text(request, "certificate"), store_in_text(request, "serial"),
                             store_in_text(request, "sha256"), store_in_int(request, "not_before", 0), store_in_int(request, "not_after", 0),
                             store_in_int(request, "generation", 1), store_in_text(request, "authority"));

        if (r == 0)
                r = write_delivered(store, mac, "");
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM renewal WHERE mac = ?", "s", mac);
        if (r == 0)
                r = store_secret_set(store, mac, STORE_SECRET_VPN_KEY, store_in_text(request, "private_key"), STORE_SECRET_NOW);
        if (r == 0)
                r = store_event_now(store, mac, "certificate", "serial=%s", store_in_text(request, "serial"));
        if (r == 0)
                store_change(store, "phone", mac);
        return r;
}

/* One that its OpenVPN process does not know is worth nothing, so the next one takes its place at once. */
static int has_present(struct store *store, const char *mac, int64_t *ret_has)
{
        return store_db_number(store_db(store), "SELECT certificate_sha256 IS NOT NULL AND certificate_class = vpn_class FROM phone WHERE mac = ?",
                               ret_has, "s", mac);
}

int store_op_set_enrolment(struct store *store, struct store_request *request)
{
        char mac[MAC_TEXT_SIZE];
        int64_t has = 0;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = check_parts(request);
        if (r == 0)
                r = store_phone_must_be_approved(store, request, mac, "get a certificate");
        if (r == 0 && store_in_bool(request, "next"))
                r = has_present(store, mac, &has);
        if (r == 0)
                r = has ? store_renewal_keep(store, request, mac) : write_present(store, request, mac);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}

/* Two at once may find the window open; only the first of them uses it up. */
static int must_have_window(struct store *store, struct store_request *request, const char *mac)
{
        int64_t one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ?1 AND window_until > ?2 AND window_until - ?2 <= ?3", &one, "sii",
                                mac, store_now_s(store), (int64_t)STORE_PHONE_WINDOW_MAX_S);

        return r == PV_EUNSET ? store_refuse(request, "NotAllowed", "The window of the phone %s is closed or was used.", mac) : r;
}

static int take_present(struct store *store, const char *mac, const char *where)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET enrolled_at = ?2, window_until = NULL WHERE mac = ?1", "si", mac, store_now_s(store));

        if (r == 0 && where)
                r = write_delivered(store, mac, where);
        if (r == 0)
                r = store_event_now(store, mac, "enrolled", "it took its VPN bundle");
        return r;
}

/* A certificate that is neither the present nor the next one was the phone's before it was put out and let in again. */
static int is_former(struct store *store, const char *mac, const char *serial, int64_t *ret_is_former)
{
        *ret_is_former = 0;
        return !serial ? 0 : store_db_number(store_db(store), "SELECT coalesce(certificate_serial, '') <> ?2 AND NOT EXISTS (SELECT 1 FROM renewal WHERE "
                                             "renewal.mac = phone.mac AND serial = ?2) FROM phone WHERE mac = ?1", ret_is_former, "ss", mac, serial);
}

/* Whoever took the next one's bundle is enrolled as well, and a window is used up by it. */
static int take_next(struct store *store, const char *mac, const char *serial, const char *where)
{
        int r = store_renewal_fetched(store, mac, serial, where);

        return r < 0 ? r : store_db_run(store_db(store), "UPDATE phone SET enrolled_at = coalesce(enrolled_at, ?2), window_until = NULL WHERE mac = ?1",
                                        "si", mac, store_now_s(store));
}

int store_op_mark_enrolled(struct store *store, struct store_request *request)
{
        const char *serial = store_in_text(request, "serial"), *where = store_in_text(request, "delivered");
        char mac[MAC_TEXT_SIZE];
        int64_t former = 0;
        int r = store_in_mac(request, mac);

        if (r == 0 && where && !text_equal(where, "lan") && !text_equal(where, "tunnel"))
                r = store_invalid(request, "delivered", "A bundle is delivered on the lan or in the tunnel.");
        if (r == 0)
                r = store_phone_must_be_approved(store, request, mac, "enrol");
        if (r == 0 && store_in_bool(request, "window"))
                r = must_have_window(store, request, mac);
        if (r == 0)
                r = is_former(store, mac, serial, &former);
        if (r == 0 && former && store_in_bool(request, "window"))
                r = store_refuse(request, "NotAllowed", "The certificate %s is not one of the phone %s any more.", serial, mac);
        if (r < 0 || former)
                return r < 0 ? r : store_phone_reply(store, request, mac);
        r = serial && where ? take_next(store, mac, serial, where) : PV_EUNSET;
        if (r == PV_EUNSET)
                r = take_present(store, mac, where);
        if (r == 0)
                store_change(store, "phone", mac);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}
