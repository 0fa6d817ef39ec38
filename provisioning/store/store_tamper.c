/*
 * store_tamper: tamper seals and their inspections.
 *
 * In:   what people saw.
 * Out:  one row per sealed phone; which inspections are overdue, by the site's seal_days.
 * Not:  nothing that a phone reports.
 */
#include "provisioning/store/store_tamper.h"

#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_site.h"

#define NUMBER_MAX 64
#define PLACE_MAX 128
#define DAY_S INT64_C(86400)

/* A seal counts as looked at when it is put on. ?1: seal_days in seconds. */
#define DUE "coalesce(inspected_at, set_at) + ?1"
#define COLUMNS "SELECT seal.mac, phone.name, number, place, inspected_at, " DUE " AS due FROM seal JOIN phone USING (mac) "

static int seal_period(struct store *store, int64_t *ret_s)
{
        struct store_site site;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        *ret_s = site.site.seal_days * DAY_S;
        store_site_done(&site);
        return 0;
}

int store_tamper_of(struct store *store, const char *mac, unsigned site_days, struct store_tamper *ret)
{
        int64_t due = 0;
        int r = store_db_number(store_db(store), "SELECT " DUE " FROM seal WHERE mac = ?2", &due, "is", site_days * DAY_S, mac);

        *ret = (struct store_tamper){.is_good = r == 0 && due > store_now_s(store), .is_overdue = r == 0 && due <= store_now_s(store)};
        return r == PV_EUNSET ? 0 : r;
}

static int row_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        struct store *store = userdata;
        sd_json_variant *inspected = NULL;
        int r = store_db_is_null(row, 4) ? 0 : sd_json_variant_new_integer(&inspected, store_db_int(row, 4));

        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 0)),
                                   SD_JSON_BUILD_PAIR_STRING("name", store_db_text(row, 1)),
                                   SD_JSON_BUILD_PAIR_STRING("number", store_db_text(row, 2)),
                                   SD_JSON_BUILD_PAIR_STRING("place", store_db_text(row, 3)),
                                   SD_JSON_BUILD_PAIR("inspected_at", SD_JSON_BUILD_VARIANT(inspected)),
                                   SD_JSON_BUILD_PAIR_INTEGER("due_at", store_db_int(row, 5)),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("overdue", store_db_int(row, 5) <= store_now_s(store)));
        sd_json_variant_unref(inspected);
        return r;
}

/* The one that is due first comes first. */
int store_op_list_seals(struct store *store, struct store_request *request)
{
        struct sqlite3_stmt *rows;
        int64_t period_s = 0;
        int r = seal_period(store, &period_s);

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), COLUMNS "WHERE due <= ?2 OR NOT ?3 ORDER BY due, seal.mac", "iii", period_s, store_now_s(store),
                              (int64_t)store_in_bool(request, "overdue"));
        return store_list_answer(store, request, "seals", rows, row_json, store);
}

/* --- changing ------------------------------------------------------------ */

static int check_text(struct store_request *request, const char *field, size_t max)
{
        const char *text = store_in_text(request, field);

        if (text && (strlen(text) > max || !text_is_printable(text)))
                return store_invalid(request, field, "The %s of a seal must be at most %zu printable bytes.", field, max);
        return 0;
}

/* A new number is a new seal: what was seen of the old one does not count for it. */
static int write_seal(struct store *store, struct store_request *request, const char *mac)
{
        const char *number = store_in_text(request, "number"), *place = store_in_text(request, "place");
        int64_t now = store_now_s(store), one;
        int r = number ? 0 : store_db_number(store_db(store), "SELECT 1 FROM seal WHERE mac = ?", &one, "s", mac);

        if (r == PV_EUNSET)
                return store_invalid(request, "number", "The phone %s has no seal yet; give the number of the one that was put on.", mac);
        if (r == 0 && number)
                r = store_db_run(store_db(store),
                                 "INSERT INTO seal (mac, number, place, set_at) VALUES (?1, ?2, '', ?3) ON CONFLICT (mac) DO UPDATE SET "
                                 "inspected_at = CASE WHEN number = excluded.number THEN inspected_at END, "
                                 "set_at = CASE WHEN number = excluded.number THEN set_at ELSE excluded.set_at END, number = excluded.number",
                                 "ssi", mac, number, now);
        if (r == 0 && place)
                r = store_db_run(store_db(store), "UPDATE seal SET place = ? WHERE mac = ?", "ss", place, mac);
        if (r == 0 && store_in_bool(request, "inspected"))
                r = store_db_run(store_db(store), "UPDATE seal SET inspected_at = ? WHERE mac = ?", "is", now, mac);
        return r;
}

static int change_seal(struct store *store, struct store_request *request, const char *mac)
{
        const char *number = store_in_text(request, "number");
        bool removes = number && !*number;
        int r = removes ? store_db_run(store_db(store), "DELETE FROM seal WHERE mac = ?", "s", mac) : write_seal(store, request, mac);
        const char *action = removes ? "remove-seal" : store_in_bool(request, "inspected") ? "inspect-seal" : "set-seal";

        if (r == 0)
                r = store_event_now(store, mac, "seal", "%s%s%s by %s", removes ? "removed" : store_in_bool(request, "inspected") ? "inspected" : "set",
                                    number && *number ? " number=" : "", number ? number : "", request->actor);
        if (r == 0)
                r = store_audit(store, request, action, mac, number ? number : "");
        if (r == 0)
                store_change(store, "phone", mac);
        return r;
}

static int reply(struct store *store, struct store_request *request, const char *mac)
{
        sd_json_variant *seal = NULL;
        struct sqlite3_stmt *row;
        int64_t period_s = 0;
        int r = seal_period(store, &period_s);

        if (r < 0)
                return r;
        row = store_db_query(store_db(store), COLUMNS "WHERE seal.mac = ?2", "is", period_s, mac);
        r = store_db_next(store_db(store), row);
        if (r > 0) {
                r = pv_error_from_errno(row_json(row, store, &seal));
                store_db_end(row);
        }
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("seal", SD_JSON_BUILD_VARIANT(seal))));
        sd_json_variant_unref(seal);
        return r;
}

int store_op_set_seal(struct store *store, struct store_request *request)
{
        char mac[MAC_TEXT_SIZE];
        enum phone_trust trust;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r == 0)
                r = check_text(request, "number", NUMBER_MAX);
        if (r == 0)
                r = check_text(request, "place", PLACE_MAX);
        if (r == 0)
                r = change_seal(store, request, mac);
        return r < 0 ? r : reply(store, request, mac);
}
