/*
 * screen: the lines of the first screen that ask for somebody.
 *
 * In:   alarms, phones and ends, as the store answers.
 * Out:  one sentence each with the command that says more; "" when nobody is needed.
 * Not:  no calls, no output (first_screen).
 */
#include "appliance/console/screen.h"

#include <stdio.h>
#include <string.h>

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
