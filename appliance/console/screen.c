/*
 * screen: the lines of the first screen that ask for somebody.
 *
 * In:   alarms, phones and ends, as the store answers; the page, as station admin says.
 * Out:  one sentence each with the command that says more; "" when nobody is needed. Where the page is, as text and QR code.
 * Not:  no calls, no output (first_screen).
 */
#include "appliance/console/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define NAMED_MAX 3

void screen_alarms(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE])
{
        size_t n = ctl_show_n(reply, "alarms");
        sd_json_variant *newest = table_item(reply, "alarms", 0);

        *ret = '\0';
        if (n)
                (void)snprintf(ret, SCREEN_LINE_SIZE, "%zu open %s (provostctl alarm list); the newest: %.160s", n, ctl_show_many((int64_t)n, "alarm", "alarms"),
                               table_text(newest, "detail"));
}

/* Adds "MAC (name)" to a list that stops at NAMED_MAX. */
static void name_one(const char *mac, const char *name, size_t n_before, char *ret, size_t size)
{
        size_t used = strlen(ret);

        if (n_before < NAMED_MAX)
                (void)snprintf(ret + used, size - used, "%s%.20s%s%.24s%s", n_before ? ", " : "", mac, *name ? " (" : "", name, *name ? ")" : "");
        else if (n_before == NAMED_MAX)
                (void)snprintf(ret + used, size - used, ", ...");
}

void screen_waiting(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE])
{
        char names[200] = "";
        sd_json_variant *v;
        size_t n = 0;

        for (size_t i = 0; (v = table_item(reply, "phones", i)); i++)
                if (text_equal(table_text(v, "state"), "waiting"))
                        name_one(table_text(v, "mac"), table_text(v, "name"), n++, names, sizeof names);
        *ret = '\0';
        if (n)
                (void)snprintf(ret, SCREEN_LINE_SIZE, "%zu %s for somebody (provostctl phone list waiting): %s", n,
                               ctl_show_many((int64_t)n, "phone waits", "phones wait"), names);
}

void screen_install(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE])
{
        sd_json_variant *v, *stick = NULL, *disk = NULL;

        for (size_t i = 0; (v = table_item(reply, "disks", i)); i++) {
                if (table_flag(v, "running") && table_flag(v, "removable"))
                        stick = v;
                if (!table_flag(v, "running") && !table_flag(v, "removable") && !disk)
                        disk = v;
        }
        *ret = '\0';
        if (stick && disk)
                (void)snprintf(ret, SCREEN_LINE_SIZE, "this runs from the stick %.40s: \"disk install %.40s\" at the prompt installs it on the disk %.60s of this machine",
                               table_text(stick, "device"), table_text(disk, "device"), table_text(disk, "model"));
}

static bool is_pressing(sd_json_variant *end)
{
        const char *state = table_text(end, "state");

        return text_equal(state, "soon") || text_equal(state, "urgent") || text_equal(state, "ended");
}

void screen_ends(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE])
{
        char names[200] = "";
        sd_json_variant *v;
        size_t n = 0;

        for (size_t i = 0; (v = table_item(reply, "ends", i)); i++)
                if (is_pressing(v))
                        name_one(table_text(v, "subject"), table_text(v, "name"), n++, names, sizeof names);
        *ret = '\0';
        if (n)
                (void)snprintf(ret, SCREEN_LINE_SIZE, "%zu %s soon or %s over (provostctl ends): %s", n,
                               ctl_show_many((int64_t)n, "certificate ends", "certificates end"), ctl_show_many((int64_t)n, "is", "are"), names);
}

/* --- the page ------------------------------------------------------------------ */

#define QUIET 4
#define COLOURS "\x1b[37;40m"
#define NO_COLOURS "\x1b[0m"

static bool is_light(const struct qr *code, int row, int column)
{
        int side = (int)code->side;

        return row < 0 || column < 0 || row >= side || column >= side || !code->dark[row][column];
}

void screen_qr(struct writer *w, const struct qr *code)
{
        /* By the upper and the lower module of a cell: a light one is what is drawn. */
        static const char *const cells[2][2] = {{" ", "\xe2\x96\x84"}, {"\xe2\x96\x80", "\xe2\x96\x88"}};
        int end = (int)code->side + QUIET;

        for (int row = -QUIET; row < end; row += 2) {
                writer_text(w, COLOURS);
                for (int column = -QUIET; column < end; column++)
                        writer_text(w, cells[is_light(code, row, column)][is_light(code, row + 1, column)]);
                writer_text(w, NO_COLOURS "\n");
        }
}

static const char *url_at(sd_json_variant *setup, size_t i)
{
        sd_json_variant *url = table_item(setup, "urls", i);

        return url && sd_json_variant_is_string(url) ? sd_json_variant_string(url) : NULL;
}

const char *screen_page_url(sd_json_variant *setup)
{
        const char *best = NULL, *url;

        for (size_t i = 0; (url = url_at(setup, i)); i++) {
                if (!text_starts(url, "https://169.254.") && !strstr(url, ".local"))
                        return url;
                if (!best || strstr(best, ".local"))
                        best = url;
        }
        return best;
}

static void others(struct writer *w, sd_json_variant *setup, const char *first)
{
        const char *url;
        size_t n = 0;

        for (size_t i = 0; (url = url_at(setup, i)); i++)
                if (!text_equal(url, first))
                        writer_format(w, "%s%s", n++ ? ", " : " (also ", url);
        writer_text(w, n ? ")\n" : "\n");
}

static void code_line(struct writer *w, sd_json_variant *setup, int64_t now)
{
        time_t until = (time_t)table_number(setup, "until");
        int64_t minutes = (until - now + 59) / 60;
        struct tm tm;
        char at[16];

        if (!gmtime_r(&until, &tm) || strftime(at, sizeof at, "%H:%M", &tm) == 0)
                at[0] = 0;
        writer_format(w, "provost: setup code %s, good for %lld %s (until %s UTC)\n", table_text(setup, "code"), (long long)minutes,
                      ctl_show_many(minutes, "minute", "minutes"), at);
}

static void qr_of(struct writer *w, const char *url)
{
        struct qr *code = malloc(sizeof *code);

        if (code && qr_encode(url, code) == 0)
                screen_qr(w, code);
        free(code);
}

void screen_page(sd_json_variant *setup, int64_t now, char ret[static SCREEN_PAGE_SIZE])
{
        const char *url = screen_page_url(setup), *sha256 = table_text(setup, "sha256"), *seed = table_text(setup, "seed");
        char escaped[600];
        bool needed = table_flag(setup, "needed");
        struct writer w = writer_of(ret, SCREEN_PAGE_SIZE);

        if (*seed)
                writer_format(&w, "provost: %s\n", text_escape(escaped, sizeof escaped, seed, strlen(seed)));
        if (!url || !*sha256 || (needed && !*table_text(setup, "code"))) {
                if (writer_finish_text(&w) < 0)
                        *ret = 0;
                return;
        }
        if (needed)
                qr_of(&w, url);
        writer_format(&w, "provost: %s %s", needed ? "set this appliance up at" : "the page is at", url);
        others(&w, setup, url);
        writer_format(&w, "provost: certificate SHA-256 %s\n", sha256);
        if (needed)
                code_line(&w, setup, now);
        if (writer_finish_text(&w) < 0)
                *ret = 0;
}
