/*
 * store_evidence: what was heard of a phone.
 *
 * In:   pieces of evidence from responder, bootstrap and session: words of strangers.
 * Out:  rows, bounded; everything of one phone, with what follows from it (provisioning/model/evidence.h).
 * Not:  nobody is let in here (store_seen).
 */
#include "provisioning/store/store_evidence.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/evidence.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_site.h"

static const char *const kinds[] = {
        "how",          "vendor_class", "hostname",    "client_id", "parameters", "relay",       "circuit_id",       "remote_id",
        "pnp_vendor",   "pnp_model",    "pnp_version", "lan_address", "agent",    "vpn_header",  "certificate",      "issuer",
        "subject",      "certificate_ends", "fingerprint", "tunnel_version", "tunnel_ciphers",
};

static bool is_kind(const char *text)
{
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (text_equal(text, kinds[i]))
                        return true;
        return false;
}

/* --- keeping ------------------------------------------------------------- */

int store_evidence_check(struct store_request *request, sd_json_variant *items)
{
        size_t n = sd_json_variant_elements(items);

        if (n > STORE_EVIDENCE_PER_CALL)
                return store_invalid(request, "evidence", "At most %d pieces of evidence go into one call.", STORE_EVIDENCE_PER_CALL);
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(items, i);

                if (!is_kind(store_item_text(item, "kind")) || !store_item_text(item, "value"))
                        return store_invalid(request, "evidence", "Piece %zu is of no known kind; see io.provost.Store.EvidenceItem.", i + 1);
        }
        return 0;
}

/* Who changes what it says can push out neither how it came first nor other kinds. */
static int trim(struct store *store, const char *mac, const char *kind)
{
        int r = store_db_run(store_db(store),
                             "DELETE FROM evidence WHERE mac = ?1 AND kind = ?2 AND value IN (SELECT value FROM evidence WHERE mac = ?1 AND kind = ?2 AND "
                             "value <> (SELECT value FROM evidence WHERE mac = ?1 AND kind = ?2 ORDER BY first_at, last_at LIMIT 1) "
                             "ORDER BY last_at DESC, first_at DESC LIMIT -1 OFFSET ?3)", "ssi", mac, kind, (int64_t)STORE_EVIDENCE_PER_KIND - 1);

        return r < 0 ? r : store_db_run(store_db(store),
                                        "DELETE FROM evidence WHERE mac = ?1 AND (kind, value) IN (SELECT kind, value FROM evidence AS one WHERE mac = ?1 "
                                        "AND (SELECT count(*) FROM evidence WHERE mac = ?1 AND kind = one.kind) > 1 ORDER BY last_at "
                                        "LIMIT max(0, (SELECT count(*) FROM evidence WHERE mac = ?1) - ?2))", "si", mac,
                                        (int64_t)STORE_EVIDENCE_PER_MAC);
}

static int add(struct store *store, const char *mac, const char *kind, const char *value, bool *ret_is_new)
{
        char kept[STORE_EVIDENCE_VALUE_MAX + 1];
        int64_t now = store_now_s(store);
        int r = store_db_run(store_db(store),
                             "UPDATE evidence SET last_at = CASE WHEN abs(?4 - last_at) >= ?5 THEN ?4 ELSE last_at END, "
                             "count = count + (abs(?4 - last_at) >= ?5) WHERE mac = ?1 AND kind = ?2 AND value = ?3", "sssii", mac, kind,
                             text_escape(kept, sizeof kept, value, strlen(value)), now, (int64_t)STORE_EVIDENCE_AGAIN_S);

        if (r < 0 || store_db_changes(store_db(store)))
                return r;
        *ret_is_new = true;
        r = store_db_run(store_db(store), "INSERT INTO evidence (mac, kind, value, first_at, last_at, count) VALUES (?1, ?2, ?3, ?4, ?4, 1)", "sssi",
                         mac, kind, kept, now);
        return r < 0 ? r : trim(store, mac, kind);
}

int store_evidence_add(struct store *store, const char *mac, sd_json_variant *items, bool *ret_is_new)
{
        int r = 0;

        *ret_is_new = false;
        for (size_t i = 0, n = sd_json_variant_elements(items); r == 0 && i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(items, i);

                r = add(store, mac, store_item_text(item, "kind"), store_item_text(item, "value"), ret_is_new);
        }
        return r;
}

int store_evidence_add_one(struct store *store, const char *mac, const char *kind, const char *value)
{
        bool is_new = false;

        return add(store, mac, kind, value, &is_new);
}

/* --- what follows from it ------------------------------------------------ */

#define NEWEST(kind) "(SELECT value FROM evidence WHERE evidence.mac = phone.mac AND kind = '" kind "' ORDER BY last_at DESC LIMIT 1)"

static int judge(struct sqlite3_stmt *row, const struct site *site, const char **ret_verdict, sd_json_variant **ret_missing)
{
        char sentences[EVIDENCE_MISSING_MAX][EVIDENCE_SENTENCE_SIZE], *list[EVIDENCE_MISSING_MAX + 1] = {0};
        const struct evidence_facts facts = {
                .trust = (enum phone_trust)store_db_int(row, 0),
                .is_expected = store_db_int(row, 1) != 0,
                .has_asked = store_db_int(row, 2) != 0,
                .was_proven = store_db_int(row, 3) != 0,
                .legacy_on = site->legacy,
                .is_legacy = text_equal(store_db_text(row, 4), "legacy"),
                .model = store_db_text(row, 5),
                .firmware = store_db_text(row, 6),
                .certificate = store_db_text(row, 7),
                .issuer = store_db_text(row, 8),
                .subject = store_db_text(row, 9),
                .certificate_ends = store_db_text(row, 10),
                .agent = store_db_text(row, 11),
                .vpn_header = store_db_text(row, 12),
        };
        size_t n = evidence_missing(&facts, sentences);

        for (size_t i = 0; i < n; i++)
                list[i] = sentences[i];
        *ret_verdict = evidence_verdict_text(evidence_verdict_of(&facts));
        return sd_json_variant_new_array_strv(ret_missing, list);
}

static int load_judgement(struct store *store, const char *mac, const char **ret_verdict, sd_json_variant **ret_missing)
{
        struct store_site site;
        struct sqlite3_stmt *row;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        row = store_db_query(store_db(store),
                             "SELECT trust, expected, asked_at IS NOT NULL, proven_at IS NOT NULL, vpn_class, model, firmware, coalesce(" NEWEST("certificate")
                             ", proof), " NEWEST("issuer") ", " NEWEST("subject") ", " NEWEST("certificate_ends") ", " NEWEST("agent") ", "
                             NEWEST("vpn_header") " FROM phone WHERE mac = ?", "s", mac);
        r = store_db_next(store_db(store), row);
        r = r < 0 ? r : r == 0 ? PV_ESYSTEM : pv_error_from_errno(judge(row, &site.site, ret_verdict, ret_missing));
        store_db_end(row);
        store_site_done(&site);
        return r;
}

static int item_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("kind", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("value", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_INTEGER("first_at", store_db_int(row, 2)),
                              SD_JSON_BUILD_PAIR_INTEGER("last_at", store_db_int(row, 3)),
                              SD_JSON_BUILD_PAIR_INTEGER("count", store_db_int(row, 4)));
}

static int list_evidence(struct store *store, const char *mac, sd_json_variant **ret_list)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT kind, value, first_at, last_at, count FROM evidence WHERE mac = ? "
                                                   "ORDER BY kind, last_at DESC", "s", mac);

        return store_list_array(store, rows, item_json, NULL, ret_list);
}

int store_op_get_evidence(struct store *store, struct store_request *request)
{
        sd_json_variant *phone = NULL, *list = NULL, *missing = NULL;
        const char *verdict = "";
        char mac[MAC_TEXT_SIZE];
        struct mac parsed;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_json(store, request, mac, &phone);
        if (r == 0)
                r = list_evidence(store, mac, &list);
        if (r == 0)
                r = load_judgement(store, mac, &verdict, &missing);
        if (r == 0)
                r = mac_parse_text(mac, &parsed);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                                                       SD_JSON_BUILD_PAIR("evidence", SD_JSON_BUILD_VARIANT(list)),
                                                       SD_JSON_BUILD_PAIR_STRING("verdict", verdict),
                                                       SD_JSON_BUILD_PAIR_STRING("vendor", evidence_vendor(&parsed)),
                                                       SD_JSON_BUILD_PAIR("missing", SD_JSON_BUILD_VARIANT(missing))));
        sd_json_variant_unref(phone);
        sd_json_variant_unref(list);
        sd_json_variant_unref(missing);
        return r;
}
