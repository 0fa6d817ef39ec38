/*
 * store_end: what will end, and who is told of it in time.
 *
 * In:   the certificates of phones; the ends of pki's own, from bootstrap.
 * Out:  a list for people; one alarm for each subject, raised anew 30, 14 and 3 days before and at the end, and cleared by itself.
 * Not:  no decision what is to be said (store_renewal_plan), no renewal (store_renewal).
 *
 * A next certificate that waits for its phone does not quiet the warnings: what counts is the one the phone comes with.
 */
#include "provisioning/store/store_end.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_renewal_plan.h"

#define SUBJECT_SIZE 40
#define SENTENCE_SIZE 384
#define NAME_SIZE 132
#define OWN_MAX 16
#define ENDS_MAX 10000
#define STUCK_S 86400                   /* so long after it took the next one's bundle a phone may still come with the former one */

struct ending {
        char subject[SUBJECT_SIZE], name[NAME_SIZE];
        bool is_phone, has_next, was_fetched;
        int64_t not_after, connected_at;
        struct end_note note;
};

/* Phones whose certificate says something, and ours. */
#define ENDINGS                                                                                                         \
        "SELECT phone.mac, phone.name, 1, renewal.mac IS NOT NULL, fetched_at IS NOT NULL, certificate_not_after AS ends, connected_at, "   \
        "end_note.not_after, level FROM phone LEFT JOIN renewal USING (mac) LEFT JOIN end_note ON subject = phone.mac "  \
        "WHERE trust = 2 AND certificate_sha256 IS NOT NULL "                                                           \
        "UNION ALL SELECT own_end.subject, '', 0, 0, 0, own_end.not_after AS ends, NULL, end_note.not_after, level FROM own_end "  \
        "LEFT JOIN end_note ON end_note.subject = own_end.subject "

static void read_ending(struct sqlite3_stmt *row, struct ending *ret)
{
        *ret = (struct ending){
                .is_phone = store_db_int(row, 2) != 0, .has_next = store_db_int(row, 3) != 0, .was_fetched = store_db_int(row, 4) != 0,
                .not_after = store_db_int(row, 5), .connected_at = store_db_int(row, 6),
                .note = {store_db_int(row, 7), (enum end_level)store_db_int(row, 8)},
        };
        (void)text_copy(ret->subject, sizeof ret->subject, store_db_text(row, 0));
        (void)text_copy(ret->name, sizeof ret->name, store_db_text(row, 1));
}

/* --- in words ------------------------------------------------------------ */

static const char *day_of(int64_t at_s, char ret[static 16])
{
        time_t at = (time_t)at_s;
        struct tm tm;

        if (!gmtime_r(&at, &tm) || strftime(ret, 16, "%Y-%m-%d", &tm) == 0)
                (void)snprintf(ret, 16, "?");
        return ret;
}

static bool is_any_of(const char *subject, const char *const *names)
{
        for (; *names; names++)
                if (text_equal(subject, *names))
                        return true;
        return false;
}

/* Made anew by pki alone; roots are not. */
static bool renews_by_itself(const struct ending *e)
{
        static const char *const names[] = {"vpn-server", "edge", "issuing", "legacy", NULL};

        return !e->is_phone && is_any_of(e->subject, names);
}

static const char *what_it_is(const struct ending *e, char *ret, size_t size)
{
        if (e->is_phone)
                (void)snprintf(ret, size, "The certificate of the phone %.12s%s%.40s%s", e->subject, *e->name ? " (" : "", e->name, *e->name ? ")" : "");
        else if (text_equal(e->subject, "legacy"))
                (void)snprintf(ret, size, "The authority of old phones");
        else if (text_equal(e->subject, "page"))
                (void)snprintf(ret, size, "The certificate of the page");
        else if (text_equal(e->subject, "vpn-server") || text_equal(e->subject, "edge"))
                (void)snprintf(ret, size, "The certificate of %s", text_equal(e->subject, "edge") ? "the HTTPS server" : "the OpenVPN server");
        else
                (void)snprintf(ret, size, "The %s authority", text_equal(e->subject, "issuing") ? "issuing" : "root");
        return ret;
}

static const char *advice_of_phone(const struct ending *e, bool is_close, char *ret, size_t size)
{
        char day[16];

        if (!is_close && !e->has_next)
                return "its next one is made by itself in time";
        if (!is_close)
                return e->was_fetched ? "it took its next one and uses it from its next connection on"
                                      : "its next one waits until it fetches its settings in the tunnel";
        (void)snprintf(ret, size, "%s%s: connect it, so that it fetches its next one; after the end it gets a new one on the phone LAN, with its factory "
                       "certificate or in its one-time window", e->connected_at ? "it was connected last on " : "it was never connected",
                       e->connected_at ? day_of(e->connected_at, day) : "");
        return ret;
}

static const char *advice(const struct ending *e, bool is_close, char *ret, size_t size)
{
        if (e->is_phone)
                return advice_of_phone(e, is_close, ret, size);
        if (renews_by_itself(e))
                return is_close ? "it should have been renewed by now: see the journal of provost-pki" : "it is made anew by itself in time";
        /* Ours is made anew eight months before its end: what ends soon was uploaded. */
        if (text_equal(e->subject, "page"))
                return "upload its next one, or remove it: the appliance's own takes its place";
        return text_equal(e->subject, "former-root") ? "finish the rollover of the authority before" : "a rollover of the authority takes its place";
}

static void sentence(const struct ending *e, int64_t now, char ret[static SENTENCE_SIZE])
{
        char what[112], day[16], more[200], when[40];
        bool is_close = end_level_of(now, e->not_after) != END_LEVEL_NONE;
        long long days = (long long)end_days(now, e->not_after);

        (void)snprintf(when, sizeof when, days == 1 ? "in 1 day" : "in %lld days", days);
        (void)snprintf(ret, SENTENCE_SIZE, "%s %s on %s%s%s; %s.", what_it_is(e, what, sizeof what), days ? "ends" : "ended", day_of(e->not_after, day),
                       days ? ", " : "", days ? when : "", advice(e, is_close, more, sizeof more));
}

/* --- looking ------------------------------------------------------------- */

int store_end_over(struct store *store, const char *subject)
{
        int r = store_db_run(store_db(store), "DELETE FROM end_note WHERE subject = ?", "s", subject);

        if (r < 0 || store_db_changes(store_db(store)) == 0)
                return r;
        r = store_alarm_clear(store, "ends-soon", subject, "store");
        return r < 0 ? r : store_alarm_clear(store, "ended", subject, "store");
}

static int say(struct store *store, const struct ending *e, enum end_level level, int64_t now)
{
        char text[SENTENCE_SIZE];
        int r = 0;

        sentence(e, now, text);
        if (level == END_LEVEL_ENDED)
                r = store_alarm_clear(store, "ends-soon", e->subject, "store");
        return r < 0 ? r : store_alarm_raise(store, level == END_LEVEL_ENDED ? "ended" : "ends-soon", e->subject, text);
}

static int look_at(struct store *store, const struct ending *e, int64_t now)
{
        struct end_step step = end_step_of(&e->note, now, e->not_after);
        int r = step.clear ? store_end_over(store, e->subject) : 0;

        if (r == 0 && step.say)
                r = say(store, e, step.level, now);
        if (r == 0 && step.say)
                r = store_db_run(store_db(store), "INSERT OR REPLACE INTO end_note (subject, not_after, level) VALUES (?, ?, ?)", "sii", e->subject,
                                 e->not_after, (int64_t)step.level);
        return r;
}

/* First gathered, then written: writing while reading would disturb the query. */
static int gather(struct sqlite3_stmt *rows, struct store *store, int64_t now, struct ending **ret_endings, size_t *ret_n)
{
        struct ending *endings = NULL, e;
        size_t n = 0, room = 0;
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                struct end_step step;

                read_ending(rows, &e);
                step = end_step_of(&e.note, now, e.not_after);
                if (!step.say && !step.clear)
                        continue;
                if (n == room) {
                        struct ending *larger = reallocarray(endings, room = room ? 2 * room : 16, sizeof *larger);

                        if (!larger) {
                                r = PV_ENOMEM;
                                break;
                        }
                        endings = larger;
                }
                endings[n++] = e;
        }
        if (r == PV_ENOMEM)
                store_db_end(rows);
        *ret_endings = endings;
        *ret_n = n;
        return r;
}

static int look_at_all(struct store *store, int64_t now)
{
        struct ending *endings = NULL;
        size_t n = 0;
        int r = gather(store_db_query(store_db(store), ENDINGS, ""), store, now, &endings, &n);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = look_at(store, &endings[i], now);
        free(endings);
        return r;
}

/* Whoever was revoked or deleted, or got a whole new certificate, or an authority that is gone. */
static int forget_gone(struct store *store)
{
        for (;;) {
                char subject[SUBJECT_SIZE];
                struct sqlite3_stmt *row = store_db_query(store_db(store),
                        "SELECT subject FROM end_note WHERE subject NOT IN (SELECT subject FROM own_end) AND subject NOT IN "
                        "(SELECT mac FROM phone WHERE trust = 2 AND certificate_sha256 IS NOT NULL) LIMIT 1", "");
                int r = store_db_next(store_db(store), row);

                if (r <= 0)
                        return r;
                (void)text_copy(subject, sizeof subject, store_db_text(row, 0));
                store_db_end(row);
                r = store_end_over(store, subject);
                if (r < 0)
                        return r;
        }
}

/* A phone that took the bundle of its next certificate, and a day later still comes with the former one. */
static int find_stuck(struct store *store)
{
        for (;;) {
                char mac[MAC_TEXT_SIZE];
                struct sqlite3_stmt *row = store_db_query(store_db(store),
                        "SELECT mac FROM renewal JOIN phone USING (mac) WHERE stuck_at IS NULL AND fetched_at < ? AND connected_at > fetched_at LIMIT 1",
                        "i", store_now_s(store) - STUCK_S);
                int r = store_db_next(store_db(store), row);

                if (r <= 0)
                        return r;
                (void)text_copy(mac, sizeof mac, store_db_text(row, 0));
                store_db_end(row);
                r = store_db_run(store_db(store), "UPDATE renewal SET stuck_at = ? WHERE mac = ?", "is", store_now_s(store), mac);
                if (r == 0)
                        r = store_alarm_raise(store, "renewal-stuck", mac, "It took the bundle of its next certificate and still connects with the former "
                                              "one: restart it; when that does not help, let it start anew on the phone LAN.");
                if (r < 0)
                        return r;
        }
}

int store_op_look_at_ends(struct store *store, struct store_request *request)
{
        int64_t now = 0;
        int r = store_renewal_now(store, &now);

        (void)request;
        if (r == 0)
                r = forget_gone(store);
        if (r == 0)
                r = look_at_all(store, now);
        return r < 0 ? r : find_stuck(store);
}

/* --- reports and lists --------------------------------------------------- */

static int write_own_end(struct store *store, struct store_request *request, sd_json_variant *item, size_t number)
{
        const char *subject = store_item_text(item, "subject");

        if (!subject || !*subject || strlen(subject) >= SUBJECT_SIZE || !text_is_printable(subject))
                return store_invalid(request, "ends", "Entry %zu has no sound name.", number);
        return store_db_run(store_db(store), "INSERT INTO own_end (subject, not_after) VALUES (?1, ?2) ON CONFLICT (subject) DO UPDATE SET "
                            "not_after = excluded.not_after WHERE not_after <> excluded.not_after", "si", subject, store_item_int(item, "not_after", 0));
}

/* The same again, which it mostly is, writes nothing to the disk. */
static int write_own(struct store *store, struct store_request *request)
{
        sd_json_variant *list = store_in_array(request, "ends");
        size_t n = list ? sd_json_variant_elements(list) : 0;
        int64_t n_kept = 0;
        int r = n > OWN_MAX ? store_invalid(request, "ends", "There are at most %d.", OWN_MAX) : 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = write_own_end(store, request, sd_json_variant_by_index(list, i), i + 1);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM own_end", &n_kept, "");
        if (r < 0 || n_kept == (int64_t)n)
                return r;
        r = store_db_run(store_db(store), "DELETE FROM own_end", "");
        for (size_t i = 0; r == 0 && i < n; i++)
                r = write_own_end(store, request, sd_json_variant_by_index(list, i), i + 1);
        return r;
}

int store_op_report_ends(struct store *store, struct store_request *request)
{
        int64_t floor = store_in_int(request, "floor", -1);
        int r = write_own(store, request);

        if (r == 0 && floor >= 0)
                r = store_db_run(store_db(store), "UPDATE meta SET value = ?1 WHERE name = 'floor' AND value <> ?1", "i", floor);
        return r < 0 ? r : store_op_look_at_ends(store, request);
}

static int end_json(const struct ending *e, int64_t now, sd_json_variant **ret)
{
        char text[SENTENCE_SIZE];

        sentence(e, now, text);
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("subject", e->subject),
                              SD_JSON_BUILD_PAIR_STRING("kind", e->is_phone ? "phone" : "own"), SD_JSON_BUILD_PAIR_STRING("name", e->name),
                              SD_JSON_BUILD_PAIR_INTEGER("not_after", e->not_after),
                              SD_JSON_BUILD_PAIR_STRING("state", end_state_text(now, e->not_after, e->has_next || renews_by_itself(e))),
                              SD_JSON_BUILD_PAIR_STRING("text", text));
}

/* userdata: now. */
static int item_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        struct ending e;

        read_ending(row, &e);
        return end_json(&e, *(const int64_t *)userdata, ret);
}

static int list_ends(struct store *store, int64_t now, int64_t limit, struct store_list *list)
{
        return store_list_read(store, list, store_db_query(store_db(store), ENDINGS "ORDER BY ends LIMIT ?", "i", limit), item_json, &now);
}

int store_op_list_ends(struct store *store, struct store_request *request)
{
        int64_t limit = store_in_int(request, "limit", 0), now = 0;
        struct store_list list = {0};
        sd_json_variant *ends = NULL;
        int r = store_renewal_now(store, &now);

        if (r == 0)
                r = list_ends(store, now, limit < 1 || limit > ENDS_MAX ? ENDS_MAX : limit, &list);
        if (r == 0)
                r = store_list_take(&list, &ends);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("ends", SD_JSON_BUILD_VARIANT(ends)),
                                                       SD_JSON_BUILD_PAIR_INTEGER("now", now)));
        store_list_done(&list);
        sd_json_variant_unref(ends);
        return r;
}
