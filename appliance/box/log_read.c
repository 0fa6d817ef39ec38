/*
 * log_read: lines of the journal for a person.
 *
 * In:   a question; the journal's files.
 * Out:  entries, newest first, and where to go on.
 * Not:  nothing is written; no more than one slice of work at a time.
 */
#include "appliance/box/log_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/box/log_entry.h"

#define SLICE_MS 5
#define LOOK_AT_MOST 200000             /* lines for one answer, when few of them fit */

struct log_read {
        sd_journal *journal;
        sd_event_source *source;
        sd_json_variant *entries;
        char text[LOG_READ_TEXT_MAX + 1];
        size_t limit, n_entries, n_looked_at;
        bool must_skip;                 /* the line `before` names was told already */
        char before[LOG_READ_BEFORE_MAX + 1];
        log_read_done done;
        void *userdata;
};

static void end(struct log_read *read, const char *next, const char *problem)
{
        log_read_done done = read->done;
        void *userdata = read->userdata;
        sd_json_variant *entries = sd_json_variant_ref(read->entries);

        log_read_free(read);
        done(entries, next, problem, userdata);
        sd_json_variant_unref(entries);
}

/* One field of the present line as text of its own; NULL when it is absent. */
static const char *field(sd_journal *journal, const char *name, char *ret, size_t size)
{
        size_t length, skip = strlen(name) + 1;
        const void *data;

        if (sd_journal_get_data(journal, name, &data, &length) < 0 || length < skip || length - skip >= size)
                return NULL;
        memcpy(ret, (const char *)data + skip, length - skip);
        ret[length - skip] = 0;
        return ret;
}

static int append(struct log_read *read, const char *message, size_t size)
{
        char unit[128], about[128], transport[32], identifier[64], priority[8], whose[LOG_ENTRY_UNIT_SIZE], text[LOG_ENTRY_TEXT_SIZE];
        const char *level = field(read->journal, "PRIORITY", priority, sizeof priority);
        uint64_t at_us = 0;

        (void)sd_journal_get_realtime_usec(read->journal, &at_us);
        log_entry_whose(field(read->journal, "_SYSTEMD_UNIT", unit, sizeof unit), field(read->journal, "UNIT", about, sizeof about),
                        field(read->journal, "_TRANSPORT", transport, sizeof transport),
                        field(read->journal, "SYSLOG_IDENTIFIER", identifier, sizeof identifier), whose);
        return sd_json_variant_append_arraybo(&read->entries, SD_JSON_BUILD_PAIR_UNSIGNED("at_ms", at_us / 1000),
                                              SD_JSON_BUILD_PAIR_STRING("unit", whose),
                                              SD_JSON_BUILD_PAIR_INTEGER("priority", level ? atoi(level) : 6),
                                              SD_JSON_BUILD_PAIR_STRING("text", log_entry_text(message, size, text)));
}

static int take_line(struct log_read *read)
{
        const size_t skip = strlen("MESSAGE=");
        const void *data;
        size_t size;
        int r;

        if (sd_journal_get_data(read->journal, "MESSAGE", &data, &size) < 0 || size < skip)
                return 0;
        if (!log_entry_holds((const char *)data + skip, size - skip, read->text))
                return 0;
        r = append(read, (const char *)data + skip, size - skip);
        read->n_entries += r >= 0;
        return r;
}

static void end_here(struct log_read *read)
{
        char next[LOG_READ_BEFORE_MAX + 1] = "";
        char *cursor = NULL;

        if (sd_journal_get_cursor(read->journal, &cursor) >= 0)
                (void)text_copy(next, sizeof next, cursor);
        free(cursor);
        end(read, next, "");
}

static int on_slice(sd_event_source *source, void *userdata)
{
        struct log_read *read = userdata;
        uint64_t until_ms = clock_monotonic_ms() + SLICE_MS;

        (void)source;
        do {
                int r = sd_journal_previous(read->journal);

                if (r == 0) {
                        end(read, "", "");
                        return 0;
                }
                if (r > 0 && read->must_skip && sd_journal_test_cursor(read->journal, read->before) > 0)
                        read->n_looked_at++;
                else if (r > 0)
                        r = take_line(read);
                read->must_skip = false;
                if (r < 0) {
                        end(read, "", "The journal cannot be read; its files may be damaged.");
                        return 0;
                }
                if (read->n_entries == read->limit || ++read->n_looked_at >= LOOK_AT_MOST) {
                        end_here(read);
                        return 0;
                }
        } while (clock_monotonic_ms() < until_ms);
        return 0;
}

/* Lines of a unit, and what systemd says of it. Terms of the same field are alternatives. */
static int add_matches(sd_journal *journal, const struct log_read_question *q)
{
        char name[128], match[160];
        int r = 0;

        for (int64_t level = 0; level <= q->priority && q->priority < 7 && r >= 0; level++) {
                (void)snprintf(match, sizeof match, "PRIORITY=%d", (int)level);
                r = sd_journal_add_match(journal, match, 0);
        }
        if (r < 0 || !*q->unit)
                return r;
        if (!log_entry_unit_name(q->unit, name))
                return -EINVAL;
        r = sd_journal_add_conjunction(journal);
        (void)snprintf(match, sizeof match, "_SYSTEMD_UNIT=%s", name);
        if (r >= 0)
                r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_add_disjunction(journal);
        (void)snprintf(match, sizeof match, "UNIT=%s", name);
        if (r >= 0)
                r = sd_journal_add_match(journal, match, 0);
        return r < 0 ? r : sd_journal_add_match(journal, "_PID=1", 0);
}

static int begin(struct log_read *read, sd_event *event, const struct log_read_question *q)
{
        int r = sd_journal_open(&read->journal, SD_JOURNAL_LOCAL_ONLY);

        if (r >= 0)
                r = add_matches(read->journal, q);
        if (r >= 0)
                r = *q->before ? sd_journal_seek_cursor(read->journal, q->before) : sd_journal_seek_tail(read->journal);
        if (r >= 0)
                r = sd_event_add_defer(event, &read->source, on_slice, read);
        if (r >= 0)
                r = sd_event_source_set_priority(read->source, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_source_set_enabled(read->source, SD_EVENT_ON);
        return r;
}

int log_read_new(sd_event *event, const struct log_read_question *q, log_read_done done, void *userdata, struct log_read **ret_read)
{
        struct log_read *read = calloc(1, sizeof *read);
        int r;

        if (!read)
                return PV_ENOMEM;
        *read = (struct log_read){.limit = q->limit, .must_skip = *q->before, .done = done, .userdata = userdata};
        if (text_copy(read->text, sizeof read->text, q->text) < 0 || text_copy(read->before, sizeof read->before, q->before) < 0) {
                log_read_free(read);
                return PV_ETOOLARGE;
        }
        r = begin(read, event, q);
        if (r < 0) {
                log_read_free(read);
                return r == -EINVAL ? PV_EMALFORMED : PV_ESYSTEM;
        }
        *ret_read = read;
        return 0;
}

void log_read_free(struct log_read *read)
{
        if (!read)
                return;
        sd_event_source_disable_unref(read->source);
        sd_journal_close(read->journal);
        sd_json_variant_unref(read->entries);
        free(read);
}
