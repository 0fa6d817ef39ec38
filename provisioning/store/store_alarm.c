/*
 * store_alarm: what a person must look at.
 *
 * In:   what stations noticed, caused by strangers as often as they like; what an admin found.
 * Out:  one open alarm for each kind and subject, counted; lines of the timeline, seldom.
 * Not:  no judgement of its own: stations say what is one.
 */
#include "provisioning/store/store_alarm.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"

#define SUBJECT_SIZE 81
#define DETAIL_SIZE 401
#define NOTE_MAX 400
#define LISTED_MAX 1000

static const char *const kinds[] = {
        "rogue-dhcp",          "rogue-pnp",         "mac-scan",  "second-place", "stolen-certificate", "revoked-certificate",
        "replayed-enrolment",  "tunnel-flapping",   "ends-soon", "ended",        "clock",              "renewal-stuck",
        "wrong-certificate",   "disk-full", "backup",       "update-fell-back",   "update-waits",
        "data-low",            "recovery-key",      "backup-late",
};

static bool is_kind(const char *text)
{
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (text_equal(text, kinds[i]))
                        return true;
        return false;
}

/* --- raising ------------------------------------------------------------- */

/* The open one goes on; told: whether the timeline should hear of it again. */
static int go_on(struct store *store, const char *kind, const char *subject, const char *detail, bool *ret_is_open, bool *ret_tell)
{
        int64_t now = store_now_s(store), told_at = 0;
        int r = store_db_number(store_db(store), "SELECT told_at FROM alarm WHERE kind = ? AND subject = ? AND closed_at IS NULL", &told_at,
                                "ss", kind, subject);

        *ret_is_open = r == 0;
        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        *ret_tell = now - told_at >= STORE_ALARM_TOLD_AGAIN_S || now < told_at;
        return store_db_run(store_db(store),
                            "UPDATE alarm SET detail = ?3, last_at = ?4, count = count + 1, told_at = CASE WHEN ?5 THEN ?4 ELSE told_at END "
                            "WHERE kind = ?1 AND subject = ?2 AND closed_at IS NULL", "sssii", kind, subject, detail, now, (int64_t)*ret_tell);
}

static int is_full(struct store *store, const char *kind, bool *ret_is_full)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM alarm WHERE kind = ? AND closed_at IS NULL", &n, "s", kind);

        *ret_is_full = n >= STORE_ALARMS_OPEN_MAX;
        return r;
}

static int open_one(struct store *store, const char *kind, const char *subject, const char *detail)
{
        return store_db_run(store_db(store), "INSERT INTO alarm (kind, subject, detail, first_at, last_at, told_at, count) VALUES (?1, ?2, ?3, ?4, "
                            "?4, ?4, 1)", "sssi", kind, subject, detail, store_now_s(store));
}

static int raise_as(struct store *store, const char *kind, const char *subject, const char *detail, bool *ret_tell)
{
        bool is_open = false, full = false;
        int r = go_on(store, kind, subject, detail, &is_open, ret_tell);

        if (r < 0 || is_open)
                return r;
        r = is_full(store, kind, &full);
        if (r == 0 && full && !text_equal(subject, STORE_ALARM_OTHERS))
                return raise_as(store, kind, STORE_ALARM_OTHERS, detail, ret_tell);
        *ret_tell = true;
        return r < 0 ? r : open_one(store, kind, subject, detail);
}

/* Whoever has what a stolen phone had is told of by that name. */
static int name_of(struct store *store, const char **kind, const char *subject)
{
        int64_t one;
        int r = text_equal(*kind, "revoked-certificate")
                        ? store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND stolen = 1", &one, "s", subject) : PV_EUNSET;

        if (r == 0)
                *kind = "stolen-certificate";
        return r == PV_EUNSET ? 0 : r;
}

int store_alarm_raise(struct store *store, const char *kind, const char *subject, const char *detail)
{
        char kept_subject[SUBJECT_SIZE], kept_detail[DETAIL_SIZE], mac[MAC_TEXT_SIZE] = "";
        struct mac parsed;
        bool tell = false;
        int r;

        if (mac_parse_text(subject, &parsed) == 0)
                subject = mac_format(&parsed, mac);
        (void)text_escape(kept_subject, sizeof kept_subject, subject, strlen(subject));
        (void)text_escape(kept_detail, sizeof kept_detail, detail, strlen(detail));
        r = name_of(store, &kind, kept_subject);
        if (r == 0)
                r = raise_as(store, kind, kept_subject, kept_detail, &tell);
        if (r < 0)
                return r;
        store_change(store, "alarm", kept_subject);
        return tell ? store_event_now(store, mac, "alarm", "%s %s: %s", kind, kept_subject, kept_detail) : 0;
}

int store_op_raise_alarm(struct store *store, struct store_request *request)
{
        const char *kind = store_in_text(request, "kind"), *subject = store_in_text(request, "subject"), *detail = store_in_text(request, "detail");

        if (!is_kind(kind))
                return store_invalid(request, "kind", "There is no such kind of alarm; see io.provost.Store.Alarm.");
        if (!subject || !*subject || strlen(subject) >= SUBJECT_SIZE)
                return store_invalid(request, "subject", "The subject of an alarm must be 1 to %d bytes.", SUBJECT_SIZE - 1);
        return store_alarm_raise(store, kind, subject, detail ? detail : "");
}

/* --- their end ----------------------------------------------------------- */

/* Closed ones are history: the oldest of a kind go. */
static int trim_closed(struct store *store, const char *kind)
{
        return store_db_run(store_db(store),
                            "DELETE FROM alarm WHERE kind = ?1 AND closed_at IS NOT NULL AND id <= (SELECT id FROM alarm WHERE kind = ?1 AND "
                            "closed_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?2)", "si", kind, (int64_t)STORE_ALARMS_CLOSED_MAX);
}

int store_alarm_clear(struct store *store, const char *kind, const char *subject, const char *by)
{
        int r = store_db_run(store_db(store), "UPDATE alarm SET closed_at = ?3, closed_by = ?4, note = 'it is over' WHERE kind = ?1 AND subject = ?2 AND "
                             "closed_at IS NULL", "ssis", kind, subject, store_now_s(store), by);

        if (r < 0 || store_db_changes(store_db(store)) == 0)
                return r;
        store_change(store, "alarm", subject);
        return trim_closed(store, kind);
}

int store_op_clear_alarm(struct store *store, struct store_request *request)
{
        const char *kind = store_in_text(request, "kind"), *subject = store_in_text(request, "subject");
        char kept[SUBJECT_SIZE], mac[MAC_TEXT_SIZE];
        struct mac parsed;

        if (!is_kind(kind) || !subject)
                return store_invalid(request, "kind", "There is no such kind of alarm; see io.provost.Store.Alarm.");
        if (mac_parse_text(subject, &parsed) == 0)
                subject = mac_format(&parsed, mac);
        return store_alarm_clear(store, kind, text_escape(kept, sizeof kept, subject, strlen(subject)), request->actor);
}

static int find(struct store *store, struct store_request *request, int64_t id, char ret_kind[static SUBJECT_SIZE],
                char ret_subject[static SUBJECT_SIZE])
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT kind, subject FROM alarm WHERE id = ? AND closed_at IS NULL", "i", id);
        int r = store_db_next(store_db(store), row);

        if (r < 0)
                return r;
        if (r == 0)
                return store_refuse(request, "NoSuchName", "There is no open alarm %lld; `provostctl alarm list` shows those that are.", (long long)id);
        (void)text_copy(ret_kind, SUBJECT_SIZE, store_db_text(row, 0));
        (void)text_copy(ret_subject, SUBJECT_SIZE, store_db_text(row, 1));
        store_db_end(row);
        return 0;
}

int store_op_close_alarm(struct store *store, struct store_request *request)
{
        const char *note = store_in_text(request, "note");
        int64_t id = store_in_int(request, "id", 0);
        char kind[SUBJECT_SIZE], subject[SUBJECT_SIZE], told[DETAIL_SIZE + SUBJECT_SIZE];
        int r = find(store, request, id, kind, subject);

        if (r == 0 && (!note || !*note || strlen(note) > NOTE_MAX || !text_is_printable(note)))
                r = store_invalid(request, "note", "Say what was found, in 1 to %d printable bytes.", NOTE_MAX);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE alarm SET closed_at = ?2, closed_by = ?3, note = ?4 WHERE id = ?1", "iiss", id,
                                 store_now_s(store), request->actor, note);
        if (r < 0)
                return r;
        (void)snprintf(told, sizeof told, "%s: %s", kind, note);
        store_change(store, "alarm", subject);
        r = store_audit(store, request, "close-alarm", subject, told);
        return r < 0 ? r : trim_closed(store, kind);
}

/* --- as JSON ------------------------------------------------------------- */

static int alarm_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        bool is_closed = !store_db_is_null(row, 7);

        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("id", store_db_int(row, 0)), SD_JSON_BUILD_PAIR_STRING("kind", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("subject", store_db_text(row, 2)),
                              SD_JSON_BUILD_PAIR_STRING("detail", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_INTEGER("first_at", store_db_int(row, 4)),
                              SD_JSON_BUILD_PAIR_INTEGER("last_at", store_db_int(row, 5)), SD_JSON_BUILD_PAIR_INTEGER("count", store_db_int(row, 6)),
                              SD_JSON_BUILD_PAIR_CONDITION(is_closed, "closed_at", SD_JSON_BUILD_INTEGER(store_db_int(row, 7))),
                              SD_JSON_BUILD_PAIR_STRING("closed_by", store_db_text(row, 8)), SD_JSON_BUILD_PAIR_STRING("note", store_db_text(row, 9)));
}

/* No history may push open ones out of the answer. */
int store_op_list_alarms(struct store *store, struct store_request *request)
{
        struct sqlite3_stmt *rows;

        rows = store_db_query(store_db(store),
                              "SELECT * FROM (SELECT id, kind, subject, detail, first_at, last_at, count, closed_at, closed_by, note FROM alarm "
                              "WHERE ?1 = 0 OR closed_at IS NULL ORDER BY closed_at IS NOT NULL, last_at DESC, id DESC LIMIT ?2) "
                              "ORDER BY last_at DESC, id DESC", "ii", (int64_t)store_in_bool(request, "open"), (int64_t)LISTED_MAX);
        return store_list_answer(store, request, "alarms", rows, alarm_json, NULL);
}
