/*
 * store_phone_json: phones as they are told.
 *
 * In:   rows of table phone and what stands beside them.
 * Out:  Phone and PhoneRow of io.provost.Store; states and sentences are derived (provisioning/model).
 * Not:  nothing is changed; which phones stand on a page is store_search's.
 */
#include "provisioning/store/store_phone_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/evidence.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"

#define PROFILE_NAME_SIZE 64

/* Its own, or by its class or model: old phones, and those that the site's rsa_models names, cannot use elliptic curves. */
#define KEY_TYPE                                                                                                        \
        "CASE WHEN key_type <> '' THEN key_type WHEN vpn_class = 'legacy' THEN 'rsa2048' WHEN model <> '' AND "               \
        "instr(' ' || lower((SELECT value FROM site WHERE name = 'rsa_models')) || ' ', "                               \
        "' ' || lower(model) || ' ') > 0 THEN 'rsa2048' ELSE 'p256' END"

#define PROFILE_SEPARATOR "\x1f"
#define PROFILES "(SELECT group_concat(profile, char(31) ORDER BY position) FROM phone_profile WHERE phone_profile.mac = phone.mac)"

/* Always the last ones. */
#define LAST_COLUMNS                                                                                                 \
        ", delivered, generation, (SELECT serial FROM renewal WHERE renewal.mac = phone.mac), "                          \
        "(SELECT not_after FROM renewal WHERE renewal.mac = phone.mac), version"
#define N_LAST_COLUMNS 5

/* What is said of a phone that is not let in yet, and of its replacement: 25 to 34. */
#define EVIDENCE_OF(kind) \
        "CASE WHEN trust < 2 THEN (SELECT value FROM evidence WHERE evidence.mac = phone.mac AND kind = '" kind "' ORDER BY last_at DESC LIMIT 1) END"
#define EVIDENCE_COLUMNS                                                                                                \
        "expected, asked_at IS NOT NULL, proven_at IS NOT NULL, vpn_class, coalesce(" EVIDENCE_OF("certificate") ", proof), "   \
        EVIDENCE_OF("issuer") ", " EVIDENCE_OF("subject") ", " EVIDENCE_OF("certificate_ends") ", "                       \
        "(SELECT old FROM replacement WHERE new = phone.mac AND state = 'pending'), "                                    \
        "(SELECT new FROM replacement WHERE old = phone.mac AND state = 'pending')"

#define PHONE_COLUMNS                                                                                                   \
        "mac, name, model, firmware, trust, " PROFILES ", " KEY_TYPE ", lan_address, tunnel_address, sip_user, "                 \
        "EXISTS (SELECT 1 FROM secret WHERE secret.mac = phone.mac AND secret.name = 'sip_secret'), "                   \
        "certificate_serial, certificate_sha256, certificate_not_after, window_until, revision, revision_served, "      \
        "added_at, seen_at, approved_at, enrolled_at, connected_at, served_at, revoked_at, tunnel_up, " EVIDENCE_COLUMNS LAST_COLUMNS

/* --- as JSON ------------------------------------------------------------- */

static sd_json_variant *number_or_null(struct sqlite3_stmt *row, int column)
{
        sd_json_variant *number = NULL;

        if (!store_db_is_null(row, column))
                (void)sd_json_variant_new_integer(&number, store_db_int(row, column));
        return number;
}

static const char *address_or_null(struct sqlite3_stmt *row, int column, char ret[static TEXT_IPV4_SIZE])
{
        return store_db_is_null(row, column) ? NULL : text_from_ipv4((uint32_t)store_db_int(row, column), ret);
}

static const char *first_text(sd_json_variant *list)
{
        return sd_json_variant_elements(list) ? sd_json_variant_string(sd_json_variant_by_index(list, 0)) : "";
}

/* Times of PHONE_COLUMNS, null when it never happened. */
#define NUMBER_OR_NULL(name, column) SD_JSON_BUILD_PAIR(name, SD_JSON_BUILD_VARIANT(numbers[column]))

static int profiles_json(const char *joined, sd_json_variant **ret)
{
        char space[STORE_PHONE_PROFILES_MAX * (PROFILE_NAME_SIZE + 1)], *rest = space, *names[STORE_PHONE_PROFILES_MAX + 1] = {0};

        if (joined && text_copy(space, sizeof space, joined) < 0)
                return -E2BIG;
        for (size_t i = 0; joined && i < STORE_PHONE_PROFILES_MAX && rest; i++)
                names[i] = strsep(&rest, PROFILE_SEPARATOR);
        return sd_json_variant_new_array_strv(ret, names);
}

/* What the site says of phones that are not let in yet. */
struct store_phone_context {
        bool rule_by_itself, window_open, legacy_on;
        int64_t now_s;
};

static int load_context(struct store *store, struct store_phone_context *ret_context)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store),
                                                  "SELECT coalesce((SELECT value FROM site WHERE name = 'listed_phones'), '') <> 'ask', "
                                                  "coalesce((SELECT value FROM site WHERE name = 'legacy'), '') = 'on', "
                                                  "EXISTS (SELECT 1 FROM enrolment WHERE opened_at <= ?1 AND open_until > ?1 AND phones_left > 0)",
                                                  "i", store_now_s(store));
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_ESYSTEM;
        *ret_context = (struct store_phone_context){store_db_int(row, 0) != 0, store_db_int(row, 2) != 0, store_db_int(row, 1) != 0, store_now_s(store)};
        store_db_end(row);
        return 0;
}

/* at: where EVIDENCE_COLUMNS begin. */
static char *waiting_for(struct sqlite3_stmt *row, int trust, int at, const struct store_phone_context *context, char ret[static EVIDENCE_SENTENCE_SIZE])
{
        const struct evidence_facts facts = {
                .trust = (enum phone_trust)store_db_int(row, trust),
                .is_expected = store_db_int(row, at) != 0,
                .has_asked = store_db_int(row, at + 1) != 0,
                .was_proven = store_db_int(row, at + 2) != 0,
                .rule_by_itself = context->rule_by_itself,
                .window_open = context->window_open,
                .legacy_on = context->legacy_on,
                .is_legacy = text_equal(store_db_text(row, at + 3), "legacy"),
                .certificate = store_db_text(row, at + 4),
                .issuer = store_db_text(row, at + 5),
                .subject = store_db_text(row, at + 6),
                .certificate_ends = store_db_text(row, at + 7),
        };

        return evidence_waiting_for(&facts, ret);
}

static int add_last(struct sqlite3_stmt *row, sd_json_variant **phone)
{
        int at = store_db_columns(row) - N_LAST_COLUMNS;
        sd_json_variant *not_after = number_or_null(row, at + 3);
        int r = sd_json_variant_merge_objectbo(phone, SD_JSON_BUILD_PAIR_STRING("delivered", store_db_text(row, at)),
                                               SD_JSON_BUILD_PAIR_INTEGER("generation", store_db_int(row, at + 1)),
                                               SD_JSON_BUILD_PAIR_STRING("next_serial", store_db_text(row, at + 2)),
                                               SD_JSON_BUILD_PAIR("next_not_after", SD_JSON_BUILD_VARIANT(not_after)),
                                               SD_JSON_BUILD_PAIR_INTEGER("version", store_db_int(row, at + 4)));

        sd_json_variant_unref(not_after);
        return r;
}

static int row_json(struct sqlite3_stmt *row, const struct store_phone_context *context, sd_json_variant **ret)
{
        sd_json_variant *profiles = NULL;
        char lan[TEXT_IPV4_SIZE], tunnel[TEXT_IPV4_SIZE], waiting[EVIDENCE_SENTENCE_SIZE];
        sd_json_variant *numbers[29] = {0};
        struct phone_facts facts = {
                .trust = (enum phone_trust)store_db_int(row, 4),
                .is_expected = store_db_int(row, 25) != 0,
                .has_asked = store_db_int(row, 26) != 0,
                .enrolled = !store_db_is_null(row, 20),
                .tunnel_up = store_db_int(row, 24) != 0,
                .revision = store_db_int(row, 15),
                .revision_served = store_db_int(row, 16),
        };
        int r = profiles_json(store_db_text(row, 5), &profiles);

        if (r < 0)
                return r;
        for (int i = 13; i < 24; i++)
                numbers[i] = number_or_null(row, i);
        if (store_db_int(row, 14) - context->now_s > STORE_PHONE_WINDOW_MAX_S)
                numbers[14] = sd_json_variant_unref(numbers[14]);
        r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 0)),
                           SD_JSON_BUILD_PAIR_STRING("name", store_db_text(row, 1)),
                           SD_JSON_BUILD_PAIR_STRING("model", store_db_text(row, 2)),
                           SD_JSON_BUILD_PAIR_STRING("firmware", store_db_text(row, 3)),
                           SD_JSON_BUILD_PAIR_STRING("state", phone_state_text(phone_state_of(&facts))),
                           SD_JSON_BUILD_PAIR_STRING("profile", first_text(profiles)),
                           SD_JSON_BUILD_PAIR("profiles", SD_JSON_BUILD_VARIANT(profiles)),
                           SD_JSON_BUILD_PAIR_STRING("key_type", store_db_text(row, 6)),
                           SD_JSON_BUILD_PAIR_BOOLEAN("expected", facts.is_expected),
                           SD_JSON_BUILD_PAIR_STRING("waiting_for", waiting_for(row, 4, 25, context, waiting)),
                           SD_JSON_BUILD_PAIR_STRING("vpn_class", store_db_text(row, 28)),
                           SD_JSON_BUILD_PAIR_STRING("replaces", store_db_text(row, 33)),
                           SD_JSON_BUILD_PAIR_STRING("replaced_by", store_db_text(row, 34)),
                           SD_JSON_BUILD_PAIR_STRING("lan_address", address_or_null(row, 7, lan)),
                           SD_JSON_BUILD_PAIR_STRING("tunnel_address", address_or_null(row, 8, tunnel)),
                           SD_JSON_BUILD_PAIR_STRING("sip_user", store_db_text(row, 9)),
                           SD_JSON_BUILD_PAIR_BOOLEAN("has_sip_secret", store_db_int(row, 10) != 0),
                           SD_JSON_BUILD_PAIR_STRING("certificate_serial", store_db_text(row, 11)),
                           SD_JSON_BUILD_PAIR_STRING("certificate_sha256", store_db_text(row, 12)),
                           NUMBER_OR_NULL("certificate_not_after", 13), NUMBER_OR_NULL("window_until", 14),
                           SD_JSON_BUILD_PAIR_INTEGER("revision", facts.revision),
                           SD_JSON_BUILD_PAIR_INTEGER("revision_served", facts.revision_served),
                           SD_JSON_BUILD_PAIR_INTEGER("added_at", store_db_int(row, 17)), NUMBER_OR_NULL("seen_at", 18),
                           NUMBER_OR_NULL("approved_at", 19), NUMBER_OR_NULL("enrolled_at", 20), NUMBER_OR_NULL("connected_at", 21),
                           NUMBER_OR_NULL("served_at", 22), NUMBER_OR_NULL("revoked_at", 23));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
                sd_json_variant_unref(numbers[i]);
        sd_json_variant_unref(profiles);
        return r < 0 ? r : add_last(row, ret);
}

int store_phone_json(struct store *store, struct store_request *request, const char *mac, sd_json_variant **ret_phone)
{
        struct store_phone_context context;
        struct sqlite3_stmt *row;
        int r = load_context(store, &context);

        if (r < 0)
                return r;
        row = store_db_query(store_db(store), "SELECT " PHONE_COLUMNS " FROM phone WHERE mac = ?", "s", mac);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : store_phone_unknown(request, mac);
        r = row_json(row, &context, ret_phone);
        store_db_end(row);
        return pv_error_from_errno(r);
}

int store_phone_reply(struct store *store, struct store_request *request, const char *mac)
{
        sd_json_variant *phone = NULL;
        int r = store_phone_json(store, request, mac, &phone);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone))));
        sd_json_variant_unref(phone);
        return r;
}

int store_op_get_phone(struct store *store, struct store_request *request)
{
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        return r < 0 ? r : store_phone_reply(store, request, mac);
}

static int item_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        return row_json(row, userdata, ret_item);
}

int store_op_list_phones(struct store *store, struct store_request *request)
{
        struct store_phone_context context;
        int r = load_context(store, &context);

        return r < 0 ? r : store_list_answer(store, request, "phones", store_db_query(store_db(store), "SELECT " PHONE_COLUMNS " FROM phone ORDER BY mac", ""),
                                             item_json, &context);
}

/* --- a row of a table ---------------------------------------------------- */

/* The fewest columns that do: what is looked up of a hundred phones at a time. */
#define TABLE_COLUMNS                                                                                                   \
        "mac, name, model, firmware, trust, " PROFILES ", lan_address, tunnel_address, sip_user, tunnel_up, revision, revision_served, " \
        "enrolled_at IS NOT NULL, seen_at, served_at, version, "                                                        \
        "(SELECT count(*) FROM alarm WHERE alarm.subject = phone.mac AND closed_at IS NULL), " EVIDENCE_COLUMNS
#define TABLE_EVIDENCE 17

int store_phone_json_begin(struct store *store, struct store_phone_context **ret_context)
{
        struct store_phone_context *context = calloc(1, sizeof *context);
        int r = context ? load_context(store, context) : PV_ENOMEM;

        if (r < 0)
                free(context);
        else
                *ret_context = context;
        return r;
}

void store_phone_json_end(struct store_phone_context *context)
{
        free(context);
}

static enum phone_state state_of(struct sqlite3_stmt *row)
{
        const struct phone_facts facts = {
                .trust = (enum phone_trust)store_db_int(row, 4),
                .is_expected = store_db_int(row, TABLE_EVIDENCE) != 0,
                .has_asked = store_db_int(row, TABLE_EVIDENCE + 1) != 0,
                .enrolled = store_db_int(row, 12) != 0,
                .tunnel_up = store_db_int(row, 9) != 0,
                .revision = store_db_int(row, 10),
                .revision_served = store_db_int(row, 11),
        };

        return phone_state_of(&facts);
}

static int table_json(struct sqlite3_stmt *row, const struct store_phone_context *context, struct store_table_score score, sd_json_variant **ret)
{
        char lan[TEXT_IPV4_SIZE], tunnel[TEXT_IPV4_SIZE], waiting[EVIDENCE_SENTENCE_SIZE];
        enum phone_state state = state_of(row);
        sd_json_variant *profiles = NULL, *seen = number_or_null(row, 13), *served = number_or_null(row, 14);
        int r = profiles_json(store_db_text(row, 5), &profiles);

        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("name", store_db_text(row, 1)),
                                   SD_JSON_BUILD_PAIR_STRING("model", store_db_text(row, 2)), SD_JSON_BUILD_PAIR_STRING("firmware", store_db_text(row, 3)),
                                   SD_JSON_BUILD_PAIR_STRING("state", phone_state_text(state)),
                                   SD_JSON_BUILD_PAIR_STRING("waiting_for", waiting_for(row, 4, TABLE_EVIDENCE, context, waiting)),
                                   SD_JSON_BUILD_PAIR("profiles", SD_JSON_BUILD_VARIANT(profiles)),
                                   SD_JSON_BUILD_PAIR_STRING("lan_address", address_or_null(row, 6, lan)),
                                   SD_JSON_BUILD_PAIR_STRING("tunnel_address", address_or_null(row, 7, tunnel)),
                                   SD_JSON_BUILD_PAIR_STRING("sip_user", store_db_text(row, 8)),
                                   SD_JSON_BUILD_PAIR_STRING("vpn_class", store_db_text(row, TABLE_EVIDENCE + 3)),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("connected", state == PHONE_STATE_CONNECTED || state == PHONE_STATE_CURRENT),
                                   SD_JSON_BUILD_PAIR_CONDITION(score.total >= 0, "score", SD_JSON_BUILD_INTEGER(score.met)),
                                   SD_JSON_BUILD_PAIR_CONDITION(score.total >= 0, "score_total", SD_JSON_BUILD_INTEGER(score.total)),
                                   SD_JSON_BUILD_PAIR_INTEGER("alarms", store_db_int(row, 16)), SD_JSON_BUILD_PAIR("seen_at", SD_JSON_BUILD_VARIANT(seen)),
                                   SD_JSON_BUILD_PAIR("served_at", SD_JSON_BUILD_VARIANT(served)),
                                   SD_JSON_BUILD_PAIR_INTEGER("version", store_db_int(row, 15)));
        sd_json_variant_unref(profiles);
        sd_json_variant_unref(seen);
        sd_json_variant_unref(served);
        return r;
}

int store_phone_json_row(struct store *store, const struct store_phone_context *context, const char *mac, struct store_table_score score,
                         struct store_list *list)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT " TABLE_COLUMNS " FROM phone WHERE mac = ?", "s", mac);
        sd_json_variant *item = NULL;
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r;
        r = table_json(row, context, score, &item);
        store_db_end(row);
        return store_list_add(list, r, item);
}

int store_phone_json_known(struct store *store, const char *mac, struct store_phone_known *ret, struct sqlite3_stmt **ret_row)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT mac, name, model, firmware, trust, " PROFILES ", lan_address, tunnel_address, "
                                                  "sip_user, tunnel_up, revision, revision_served, enrolled_at IS NOT NULL, seen_at, NULL, NULL, NULL, "
                                                  "expected, asked_at IS NOT NULL FROM phone WHERE mac = ?", "s", mac);
        const char *lan, *tunnel, *profiles;
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        lan = address_or_null(row, 6, ret->lan);
        tunnel = address_or_null(row, 7, ret->tunnel);
        profiles = store_db_text(row, 5);
        ret->phone = (struct store_table_phone){
                .state = state_of(row), .name = store_db_text(row, 1), .model = store_db_text(row, 2), .sip_user = store_db_text(row, 8),
                .lan = lan ? lan : "", .tunnel = tunnel ? tunnel : "", .profiles = profiles ? profiles : "", .seen_at = store_db_int(row, 13)};
        r = text_copy(ret->phone.mac, sizeof ret->phone.mac, store_db_text(row, 0));
        *ret_row = row;
        return r;
}
