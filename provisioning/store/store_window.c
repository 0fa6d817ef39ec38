/*
 * store_window: the enrolment window of the site.
 *
 * In:   an admin who opens or closes it; phones that came in by it.
 * Out:  whether it is open just now, for how many more, and who came.
 * Not:  no rule who may come in by it (store_seen); no window of a single phone (store_phone).
 */
#include "provisioning/store/store_window.h"

#include <stdio.h>

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"

#define SECONDS_MAX 86400
#define PHONES_MAX 1000

/* A clock set back before it was opened closes it: nobody gets more time by that. */
int store_window_is_open(struct store *store, int64_t *ret_until)
{
        return store_db_number(store_db(store), "SELECT open_until FROM enrolment WHERE opened_at <= ?1 AND open_until > ?1 AND phones_left > 0",
                               ret_until, "i", store_now_s(store));
}

int store_window_use(struct store *store, const char *mac)
{
        int r = store_db_run(store_db(store), "UPDATE enrolment SET phones_left = phones_left - 1", "");

        return r < 0 ? r : store_db_run(store_db(store), "INSERT INTO enrolment_phone (mac) VALUES (?)", "s", mac);
}

static int list_let_in(struct store *store, sd_json_variant **ret_list)
{
        return store_list_array(store, store_db_query(store_db(store), "SELECT mac FROM enrolment_phone ORDER BY position", ""), store_list_text, NULL,
                                ret_list);
}

static int reply(struct store *store, struct store_request *request)
{
        sd_json_variant *let_in = NULL, *enrolment = NULL;
        int64_t until = 0, left = 0;
        int r = store_window_is_open(store, &until);
        bool is_open = r == 0;

        if (is_open)
                r = store_db_number(store_db(store), "SELECT phones_left FROM enrolment", &left, "");
        if (r == 0 || r == PV_EUNSET)
                r = list_let_in(store, &let_in);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&enrolment,
                                                       SD_JSON_BUILD_PAIR_CONDITION(is_open, "open_until", SD_JSON_BUILD_INTEGER(until)),
                                                       SD_JSON_BUILD_PAIR_INTEGER("phones_left", left),
                                                       SD_JSON_BUILD_PAIR("let_in", SD_JSON_BUILD_VARIANT(let_in))));
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("enrolment", SD_JSON_BUILD_VARIANT(enrolment))));
        sd_json_variant_unref(let_in);
        sd_json_variant_unref(enrolment);
        return r;
}

int store_op_get_enrolment_window(struct store *store, struct store_request *request)
{
        return reply(store, request);
}

/* Who came in before is told until the next one is opened. */
static int open_window(struct store *store, int64_t seconds, int64_t phones)
{
        int r = store_db_run(store_db(store), "DELETE FROM enrolment_phone", "");

        return r < 0 ? r : store_db_run(store_db(store),
                                        "INSERT INTO enrolment (id, opened_at, open_until, phones_left) VALUES (1, ?1, ?1 + ?2, ?3) ON CONFLICT (id) "
                                        "DO UPDATE SET opened_at = excluded.opened_at, open_until = excluded.open_until, "
                                        "phones_left = excluded.phones_left", "iii", store_now_s(store), seconds, phones);
}

int store_op_open_enrolment(struct store *store, struct store_request *request)
{
        int64_t seconds = store_in_int(request, "seconds", -1), phones = store_in_int(request, "phones", 1);
        char told[64] = "closed";
        int r;

        if (seconds < 0 || seconds > SECONDS_MAX)
                return store_invalid(request, "seconds", "The window must be open for 1 to %d seconds, or 0 to close it.", SECONDS_MAX);
        if (phones < 1 || phones > PHONES_MAX)
                return store_invalid(request, "phones", "The window must be for 1 to %d phones.", PHONES_MAX);
        r = seconds ? open_window(store, seconds, phones) : store_db_run(store_db(store), "UPDATE enrolment SET phones_left = 0", "");
        if (seconds)
                (void)snprintf(told, sizeof told, "seconds=%lld phones=%lld", (long long)seconds, (long long)phones);
        if (r == 0)
                r = store_event_now(store, "", seconds ? "enrolment-open" : "enrolment-closed", "%s by %s", told, request->actor);
        if (r == 0)
                r = store_audit(store, request, "open-enrolment", "site", told);
        return r < 0 ? r : reply(store, request);
}
