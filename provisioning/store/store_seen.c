/*
 * store_seen: what stations saw of phones, and who is let in by a rule.
 *
 * In:   sightings of responder, bootstrap and settings, with what the phone said and showed.
 * Out:  phones that are seen, that wait, or, listed and within the admin's rules, are approved in the same transaction.
 * Not:  no look at a certificate: whether it is the maker's for this MAC is bootstrap's word, and nobody else's.
 */
#include "provisioning/store/store_seen.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/model/evidence.h"
#include "provisioning/model/phone.h"
#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_evidence.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_window.h"

#define FIRMWARE_MAX 80
#define SEEN_AGAIN_S 60                 /* a sighting that says nothing new is not written more often */
#define WAITS_S 86400                   /* who was not heard for so long waits no more when others need the place */

struct sighting {
        char mac[MAC_TEXT_SIZE];
        const char *model, *firmware, *how;     /* NULL: not said */
        const char *proof;                      /* "none" "invalid" "factory"; NULL: none was asked for */
        sd_json_variant *evidence;
        bool is_phone;                          /* it asked over HTTPS, and as a phone does */
        char model_space[STORE_PHONE_MODEL_MAX + 1], firmware_space[FIRMWARE_MAX + 1], how_space[160];
};

/* --- what was said ------------------------------------------------------- */

/* What a phone says of itself, made fit for tables and terminals. */
static const char *said(const struct store_request *request, const char *name, char *ret, size_t size)
{
        const char *text = store_in_text(request, name);

        return text ? text_escape(ret, size, text, strlen(text)) : NULL;
}

static bool says_snom(sd_json_variant *evidence)
{
        for (size_t i = 0, n = sd_json_variant_elements(evidence); i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(evidence, i);

                if (text_equal(store_item_text(item, "kind"), "agent") && strcasestr(store_item_text(item, "value"), "snom"))
                        return true;
        }
        return false;
}

static int read_proof(struct store_request *request, struct sighting *sighting)
{
        const char *proof = store_in_text(request, "proof");

        if (!proof && store_in_bool(request, "proven"))
                proof = "factory";
        if (!proof)
                return 0;
        if (!text_equal(request->actor, "bootstrap"))
                return store_refuse(request, "NotAllowed", "Only bootstrap sees what a phone shows; %s cannot say what it proved.", request->actor);
        if (!text_equal(proof, "none") && !text_equal(proof, "invalid") && !text_equal(proof, "factory"))
                return store_invalid(request, "proof", "The proof must be none, invalid or factory.");
        sighting->proof = proof;
        return 0;
}

static int read_sighting(struct store_request *request, struct sighting *sighting)
{
        int r = store_in_mac(request, sighting->mac);

        sighting->model = said(request, "model", sighting->model_space, sizeof sighting->model_space);
        sighting->firmware = said(request, "firmware", sighting->firmware_space, sizeof sighting->firmware_space);
        sighting->how = said(request, "how", sighting->how_space, sizeof sighting->how_space);
        sighting->evidence = store_in_array(request, "evidence");
        if (r == 0)
                r = store_evidence_check(request, sighting->evidence);
        if (r == 0)
                r = read_proof(request, sighting);
        if (r == 0)
                sighting->is_phone = text_equal(request->actor, "bootstrap") &&
                                     ((sighting->proof && !text_equal(sighting->proof, "none")) || sighting->model || sighting->firmware ||
                                      says_snom(sighting->evidence));
        return r;
}

/* --- strangers ----------------------------------------------------------- */

#define FORGOTTEN "(SELECT mac FROM phone WHERE stranger = 1 AND mac <> ?1 ORDER BY proven_at IS NOT NULL, trust, seen_at LIMIT ?2)"

/*
 * Anyone on the LAN can make rows here: beyond the ceiling one is forgotten, and not the one that just came. First those that proved
 * nothing, and of these those only heard of; then whoever was seen longest ago.
 */
static int keep_ceiling(struct store *store, const char *newest)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE stranger = 1", &n, "");

        if (r < 0 || n <= STORE_SEEN_MAX)
                return r;
        r = store_db_run(store_db(store), "DELETE FROM event WHERE mac IN " FORGOTTEN, "si", newest, n - STORE_SEEN_MAX);
        return r < 0 ? r : store_db_run(store_db(store), "DELETE FROM phone WHERE mac IN " FORGOTTEN, "si", newest, n - STORE_SEEN_MAX);
}

/* Room for one more that waits though it proved nothing: one that has gone away gives its place, one that is here does not. */
static int has_room_to_wait(struct store *store, bool *ret_has)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE stranger = 1 AND proven_at IS NULL AND trust = 1", &n, "");

        *ret_has = n < STORE_STRANGERS_WAITING_MAX;
        if (r < 0 || *ret_has)
                return r;
        r = store_db_run(store_db(store),
                         "UPDATE phone SET trust = 0 WHERE mac = (SELECT mac FROM phone WHERE stranger = 1 AND proven_at IS NULL AND trust = 1 "
                         "ORDER BY seen_at LIMIT 1) AND abs(?1 - seen_at) > ?2", "ii", store_now_s(store), (int64_t)WAITS_S);
        *ret_has = r == 0 && store_db_changes(store_db(store)) > 0;
        return r;
}

/* It asked for its settings as a phone does: now there is something to decide. */
static int let_wait(struct store *store, const struct sighting *sighting)
{
        int64_t proven = 0;
        bool has_room = true;
        int r = store_db_number(store_db(store), "SELECT proven_at IS NOT NULL FROM phone WHERE mac = ? AND trust = 0", &proven, "s", sighting->mac);

        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        if (!proven)
                r = has_room_to_wait(store, &has_room);
        if (r < 0 || !has_room)
                return r;
        r = store_db_run(store_db(store), "UPDATE phone SET trust = 1 WHERE mac = ?", "s", sighting->mac);
        if (r == 0)
                r = store_event_now(store, sighting->mac, "waiting", "it asked for its settings, and nobody has decided about it");
        store_change(store, "phone", sighting->mac);
        return r;
}

/* --- the row ------------------------------------------------------------- */

/* What an approved phone gets depends on its model and its firmware: after an update it is due other settings. */
static int is_other_document(struct store *store, const struct sighting *sighting, int64_t *ret_is_other)
{
        return store_db_number(store_db(store), "SELECT trust = 2 AND (" STORE_LAYER_MODEL_SQL("model") " <> coalesce(" STORE_LAYER_MODEL_SQL("?2")
                               ", " STORE_LAYER_MODEL_SQL("model") ") OR firmware <> coalesce(?3, firmware)) FROM phone WHERE mac = ?1", ret_is_other,
                               "sss", sighting->mac, sighting->model, sighting->firmware);
}

/* Hearsay fills in what is not known of an approved phone, and changes nothing. */
static int keep_known(struct store *store, struct sighting *sighting)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT model <> '', firmware <> '' FROM phone WHERE mac = ? AND trust = 2", "s",
                                                  sighting->mac);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r;
        if (store_db_int(row, 0))
                sighting->model = NULL;
        if (store_db_int(row, 1))
                sighting->firmware = NULL;
        store_db_end(row);
        return 0;
}

/* On the LAN anybody can say so, unless it comes with the phone's factory certificate; in its tunnel a phone's word is its own. */
static bool is_hearsay(const struct store_request *request, const struct sighting *sighting)
{
        return text_equal(request->actor, "responder") || (text_equal(request->actor, "bootstrap") && !text_equal(sighting->proof, "factory"));
}

static int write_seen(struct store *store, struct store_request *request, struct sighting *sighting)
{
        int64_t now = store_now_s(store), is_other = 0;
        int r = is_hearsay(request, sighting) ? keep_known(store, sighting) : 0;

        if (r == 0)
                r = is_other_document(store, sighting, &is_other);
        if (r == 0)
                r = store_db_run(store_db(store),
                                 "UPDATE phone SET model = coalesce(?2, model), firmware = coalesce(?3, firmware), seen_at = ?4 WHERE mac = ?1 AND "
                                 "(seen_at IS NULL OR seen_at < ?4 - ?5 OR model <> coalesce(?2, model) OR firmware <> coalesce(?3, firmware))",
                                 "sssii", sighting->mac, sighting->model, sighting->firmware, now, (int64_t)SEEN_AGAIN_S);
        if (r < 0)
                return r;
        if (store_db_changes(store_db(store)))
                store_change(store, "phone", sighting->mac);
        return is_other ? store_phone_revise(store, sighting->mac) : 0;
}

/* That it once proved itself stays, whoever comes later with less; what it showed last is shown. */
static int write_proof(struct store *store, const struct sighting *sighting)
{
        int r = store_db_run(store_db(store),
                             "UPDATE phone SET proof = coalesce(?2, proof), proven_at = CASE WHEN ?2 = 'factory' THEN coalesce(proven_at, ?3) ELSE proven_at "
                             "END, asked_at = CASE WHEN ?4 THEN coalesce(asked_at, ?3) ELSE asked_at END WHERE mac = ?1 AND "
                             "(proof <> coalesce(?2, proof) OR (?2 = 'factory' AND proven_at IS NULL) OR (?4 AND asked_at IS NULL))", "ssii",
                             sighting->mac, sighting->proof, store_now_s(store), (int64_t)sighting->is_phone);

        if (r == 0 && store_db_changes(store_db(store)))
                store_change(store, "phone", sighting->mac);
        return r;
}

static int write_evidence(struct store *store, const struct sighting *sighting)
{
        bool is_new;
        int r = store_evidence_add(store, sighting->mac, sighting->evidence, &is_new);

        if (r == 0 && is_new)
                store_change(store, "phone", sighting->mac);
        return r;
}

/* --- the rules ----------------------------------------------------------- */

struct rule {
        const char *name;               /* "" none lets it in */
        const char *why;
        int64_t window_until;           /* its own window as well; 0 none */
};

static int by_itself(struct store *store, int64_t *ret_yes)
{
        return store_db_number(store_db(store), "SELECT coalesce((SELECT value FROM site WHERE name = 'listed_phones'), '') <> 'ask'", ret_yes, "");
}

/* bootstrap turns it away whatever a rule says: it would only use up a window. */
static bool shows_other_name(const struct sighting *sighting)
{
        for (size_t i = 0, n = sd_json_variant_elements(sighting->evidence); i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(sighting->evidence, i);

                if (text_equal(store_item_text(item, "kind"), "certificate") && evidence_names_other(store_item_text(item, "value")))
                        return true;
        }
        return false;
}

/* A window is the admin's own word for so many listed phones: one that proves itself may use it as well, and needs none of its own then. */
static int find_rule(struct store *store, const struct sighting *sighting, struct rule *ret_rule)
{
        bool is_proven = text_equal(sighting->proof, "factory");
        int64_t listed, yes = 0, until = 0;
        int r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND expected = 1 AND trust = 1", &listed, "s", sighting->mac);

        if (r == 0 && is_proven)
                r = by_itself(store, &yes);
        if (r == 0 && yes) {
                *ret_rule = (struct rule){"listed-certificate", "it is on the list and showed its factory certificate", 0};
                return 0;
        }
        if (r == 0)
                r = shows_other_name(sighting) ? PV_EUNSET : store_window_is_open(store, &until);
        if (r == 0)
                *ret_rule = (struct rule){"listed-window", "it is on the list and an enrolment window is open", is_proven ? 0 : until};
        return r == PV_EUNSET ? 0 : r;
}

static int open_own_window(struct store *store, const char *mac, int64_t until)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET window_until = ?2 WHERE mac = ?1", "si", mac, until);

        return r < 0 ? r : store_event_now(store, mac, "window-open", "what is left of the enrolment window: seconds=%lld",
                                           (long long)(until - store_now_s(store)));
}

static int approve_by(struct store *store, const char *mac, const struct rule *rule, struct store_request *one)
{
        int r = store_approve(store, one, mac);

        if (r == 0 && rule->window_until)
                r = open_own_window(store, mac, rule->window_until);
        if (r == 0 && text_equal(rule->name, "listed-window"))
                r = store_window_use(store, mac);
        return r < 0 ? r : store_audit(store, one, "approve", mac, rule->why);
}

/* What keeps an approval from being made, such as a tunnel network that is full, keeps nothing of the sighting away. */
static int apply_rules(struct store *store, const struct sighting *sighting, const char **ret_rule)
{
        struct rule rule = {.name = ""};
        char actor[40];
        struct store_request one = {.actor = actor};
        int r = sighting->proof ? find_rule(store, sighting, &rule) : 0;

        *ret_rule = "";
        if (r < 0 || !*rule.name)
                return r;
        (void)snprintf(actor, sizeof actor, "rule %s", rule.name);
        r = approve_by(store, sighting->mac, &rule, &one);
        if (r == PV_EREFUSED && *one.error)
                return store_event_now(store, sighting->mac, "rule-failed", "%s would let it in, but: %s", rule.name, one.reason);
        if (r == 0)
                *ret_rule = rule.name;
        return r;
}

/* --- the call ------------------------------------------------------------ */

static int watch_stolen(struct store *store, const struct sighting *sighting)
{
        int64_t one;
        int r = text_equal(sighting->proof, "factory")
                        ? store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND trust = 3 AND stolen = 1", &one, "s", sighting->mac)
                        : PV_EUNSET;

        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        return store_alarm_raise(store, "stolen-certificate", sighting->mac, "The stolen phone is on the phone LAN: it showed its factory certificate and "
                                 "asked for its settings. It got nothing; look for it (its evidence has the address and the switch port).");
}

static int reply(struct store *store, struct store_request *request, const char *mac, const char *rule)
{
        sd_json_variant *phone = NULL;
        int r = store_phone_json(store, request, mac, &phone);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                                                       SD_JSON_BUILD_PAIR_STRING("rule", rule)));
        sd_json_variant_unref(phone);
        return r;
}

static int make_known(struct store *store, struct store_request *request, const struct sighting *sighting, bool *ret_is_new)
{
        int64_t one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ?", &one, "s", sighting->mac);

        *ret_is_new = r == PV_EUNSET;
        if (r != PV_EUNSET)
                return r;
        r = store_phone_insert(store, sighting->mac, PHONE_TRUST_SEEN);
        return r < 0 ? r : store_event_now(store, sighting->mac, "seen", "by %s how=%s", request->actor, sighting->how ? sighting->how : "");
}

int store_op_report_seen(struct store *store, struct store_request *request)
{
        struct sighting sighting = {0};
        const char *rule = "";
        bool is_new = false;
        int r = read_sighting(request, &sighting);

        if (r == 0)
                r = make_known(store, request, &sighting, &is_new);
        if (r == 0)
                r = write_seen(store, request, &sighting);
        if (r == 0)
                r = write_evidence(store, &sighting);
        if (r == 0)
                r = write_proof(store, &sighting);
        if (r == 0 && sighting.is_phone)
                r = let_wait(store, &sighting);
        if (r == 0)
                r = apply_rules(store, &sighting, &rule);
        if (r == 0)
                r = watch_stolen(store, &sighting);
        if (r == 0 && is_new)
                r = keep_ceiling(store, sighting.mac);
        return r < 0 ? r : reply(store, request, sighting.mac, rule);
}
