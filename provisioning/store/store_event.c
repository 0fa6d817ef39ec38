/*
 * store_event: the timeline.
 *
 * In:   events of all stations, foreign text among them.
 * Out:  rows, at most 50 of a word and 500 in all for a MAC, and 200,000 in all; the oldest of strangers go first.
 * Not:  no log lines: the stations write their own.
 */
#include "provisioning/store/store_event.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"

#define WAITING_MAX 4096
#define FORGOTTEN_MAX 64
#define FORGOTTEN_MS 30000
#define TRIM_AT_ONCE 1000
#define LIMIT_MAX 1000

struct event {
        int64_t at_ms;
        char mac[MAC_TEXT_SIZE];
        char station[12];
        char word[40];
        char detail[512];
};

struct forgotten {
        char mac[MAC_TEXT_SIZE];
        int64_t until_ms;
};

struct store_events {
        struct store_db *db;
        struct event *waiting;
        size_t n_waiting, room;
        int64_t n_rows, n_rows_before;
        struct forgotten forgotten[FORGOTTEN_MAX];
        size_t next_forgotten;
};

int store_events_new(struct store_db *db, struct store_events **ret_events)
{
        struct store_events *events = calloc(1, sizeof *events);
        int r;

        if (!events)
                return PV_ENOMEM;
        events->db = db;
        r = store_db_number(db, "SELECT count(*) FROM event", &events->n_rows, "");
        if (r < 0) {
                free(events);
                return r;
        }
        *ret_events = events;
        return 0;
}

void store_events_free(struct store_events *events)
{
        if (!events)
                return;
        free(events->waiting);
        free(events);
}

size_t store_events_waiting(const struct store_events *events)
{
        return events->n_waiting;
}

/* A phone chooses how often it is refused: that must not cost the line that says who approved it. */
static int trim_word(struct store_events *events, const char *mac, const char *word)
{
        int r = !*mac ? PV_EUNSET : store_db_run(events->db,
                             "DELETE FROM event WHERE mac = ?1 AND word = ?2 AND id <= (SELECT id FROM event WHERE mac = ?1 AND word = ?2 "
                             "ORDER BY id DESC LIMIT 1 OFFSET ?3)", "ssi", mac, word, (int64_t)STORE_EVENTS_PER_WORD);

        if (r == 0)
                events->n_rows -= store_db_changes(events->db);
        return r == PV_EUNSET ? 0 : r;
}

/* The oldest of a MAC beyond its share. */
static int trim_mac(struct store_events *events, const char *mac)
{
        int r = store_db_run(events->db,
                             "DELETE FROM event WHERE mac = ?1 AND id <= (SELECT id FROM event WHERE mac = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                             "si", mac, (int64_t)STORE_EVENTS_PER_MAC);

        if (r == 0)
                events->n_rows -= store_db_changes(events->db);
        return r;
}

/* The oldest in all: first those of MACs that nobody decided about, so that strangers cannot push out the phones' history. */
static int trim_all(struct store_events *events)
{
        int r = store_db_run(events->db,
                             "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE mac <> '' AND mac NOT IN "
                             "(SELECT mac FROM phone WHERE stranger = 0) ORDER BY id LIMIT ?)", "i", (int64_t)TRIM_AT_ONCE);

        if (r == 0 && store_db_changes(events->db) == 0)
                r = store_db_run(events->db, "DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?)", "i",
                                 (int64_t)TRIM_AT_ONCE);
        if (r == 0)
                events->n_rows -= store_db_changes(events->db);
        return r;
}

static int write_one(struct store_events *events, const struct event *e)
{
        int r = store_db_run(events->db, "INSERT INTO event (at_ms, mac, station, word, detail) VALUES (?, ?, ?, ?, ?)", "issss",
                             e->at_ms, e->mac, e->station, e->word, e->detail);

        if (r < 0)
                return r;
        events->n_rows++;
        r = trim_word(events, e->mac, e->word);
        if (r == 0)
                r = trim_mac(events, e->mac);
        return r == 0 && events->n_rows > STORE_EVENTS_MAX ? trim_all(events) : r;
}

int store_events_write(struct store_events *events)
{
        int r = 0;

        events->n_rows_before = events->n_rows;
        for (size_t i = 0; r == 0 && i < events->n_waiting; i++)
                r = write_one(events, &events->waiting[i]);
        return r;
}

void store_events_round_ended(struct store_events *events, bool committed)
{
        if (committed)
                events->n_waiting = 0;
        else
                events->n_rows = events->n_rows_before;
}

int64_t store_events_rows(const struct store_events *events)
{
        return events->n_rows;
}

void store_events_undone(struct store_events *events, int64_t n_rows)
{
        events->n_rows = n_rows;
}

int store_event_now(struct store *store, const char *mac, const char *word, const char *format, ...)
{
        struct event e = {.at_ms = store_now_ms(store), .station = "store"};
        char detail[sizeof e.detail];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(detail, sizeof detail, format, args);
        va_end(args);
        (void)text_copy(e.mac, sizeof e.mac, mac);
        (void)text_copy(e.word, sizeof e.word, word);
        (void)text_escape(e.detail, sizeof e.detail, detail, strlen(detail));
        return write_one(store_events(store), &e);
}

int store_events_forget(struct store *store, const char *mac)
{
        struct store_events *events = store_events(store);
        struct forgotten *f = &events->forgotten[events->next_forgotten++ % FORGOTTEN_MAX];
        int r = store_db_run(events->db, "DELETE FROM event WHERE mac = ?", "s", mac);

        (void)text_copy(f->mac, sizeof f->mac, mac);
        f->until_ms = store_now_ms(store) + FORGOTTEN_MS;
        if (r == 0)
                events->n_rows -= store_db_changes(events->db);
        return r;
}

void store_events_welcome(struct store *store, const char *mac)
{
        struct store_events *events = store_events(store);

        for (size_t i = 0; i < FORGOTTEN_MAX; i++)
                if (text_equal(events->forgotten[i].mac, mac))
                        events->forgotten[i].mac[0] = 0;
}

/* Stations report the end of a deleted phone a moment later; that is no history to keep. */
static bool is_forgotten(const struct store_events *events, const char *mac, int64_t now_ms)
{
        for (size_t i = 0; *mac && i < FORGOTTEN_MAX; i++)
                if (text_equal(events->forgotten[i].mac, mac) && now_ms < events->forgotten[i].until_ms)
                        return true;
        return false;
}

static struct event *room_for_one(struct store_events *events)
{
        if (events->n_waiting == events->room) {
                size_t room = events->room ? 2 * events->room : 64;
                struct event *larger = room <= WAITING_MAX ? reallocarray(events->waiting, room, sizeof *larger) : NULL;

                if (!larger)
                        return NULL;
                events->waiting = larger;
                events->room = room;
        }
        return &events->waiting[events->n_waiting];
}

/* A station speaks for itself only; root may name the station it speaks for. */
static int read_event(struct store *store, struct store_request *request, sd_json_variant *item, struct event *ret)
{
        const char *mac_text = store_item_text(item, "mac"), *station = store_item_text(item, "station");
        const char *word = store_item_text(item, "word"), *detail = store_item_text(item, "detail");
        struct mac mac;

        *ret = (struct event){.at_ms = store_item_int(item, "at_ms", 0)};
        if (!mac_text || (*mac_text && mac_parse_text(mac_text, &mac) < 0))
                return store_invalid(request, "mac", "The MAC of an event must be 12 hex digits or empty.");
        if (*mac_text)
                mac_format(&mac, ret->mac);
        if (!word || !*word || strlen(word) >= sizeof ret->word || !text_is_printable(word))
                return store_invalid(request, "word", "The word of an event must be 1 to %zu printable bytes.", sizeof ret->word - 1);
        (void)text_copy(ret->word, sizeof ret->word, word);
        if (!text_equal(request->actor, "root") || !station)
                station = request->actor;
        (void)text_escape(ret->station, sizeof ret->station, station, strlen(station));
        (void)text_escape(ret->detail, sizeof ret->detail, detail ? detail : "", detail ? strlen(detail) : 0);
        /* A clock that was set in between must not order the timeline wrongly for long. */
        if (ret->at_ms <= 0 || ret->at_ms > store_now_ms(store) + 60000)
                ret->at_ms = store_now_ms(store);
        return 0;
}

int store_op_add_events(struct store *store, struct store_request *request)
{
        struct store_events *events = store_events(store);
        sd_json_variant *list = store_in_array(request, "events");
        size_t n = list ? sd_json_variant_elements(list) : 0, n_before = events->n_waiting;

        for (size_t i = 0; i < n; i++) {
                struct event *e = room_for_one(events);

                if (!e) {
                        events->n_waiting = n_before;
                        return store_refuse(request, "StorageTrouble", "Too many events wait to be written; send them again later.");
                }
                int r = read_event(store, request, sd_json_variant_by_index(list, i), e);
                if (r < 0) {
                        events->n_waiting = n_before;
                        return r;
                }
                if (!is_forgotten(events, e->mac, store_now_ms(store)))
                        events->n_waiting++;
        }
        return 0;
}

static int64_t limit_of(const struct store_request *request)
{
        int64_t limit = store_in_int(request, "limit", LIMIT_MAX);

        return limit < 1 || limit > LIMIT_MAX ? LIMIT_MAX : limit;
}

static int event_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("at_ms", store_db_int(row, 0)), SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("station", store_db_text(row, 2)), SD_JSON_BUILD_PAIR_STRING("word", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_STRING("detail", store_db_text(row, 4)));
}

/* By when it happened: stations send their events in groups, so they are written in another order. */
int store_op_timeline(struct store *store, struct store_request *request)
{
        const char *wanted = store_in_text(request, "mac");
        char mac[MAC_TEXT_SIZE] = "";
        int r = wanted && *wanted ? store_in_mac(request, mac) : 0;

        return r < 0 ? r : store_list_answer(store, request, "events", store_db_query(store_db(store),
                                             "SELECT at_ms, mac, station, word, detail FROM (SELECT * FROM event WHERE mac = ? ORDER BY id DESC LIMIT ?) "
                                             "ORDER BY at_ms, id", "si", mac, limit_of(request)), event_json, NULL);
}
