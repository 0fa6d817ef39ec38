/*
 * ctl_show: lines, lists and spans of time for a person.
 *
 * In:   texts of stations, in which others may have chosen bytes; numbers.
 * Out:  the same, fit for a terminal or a Markdown table.
 * Not:  no meaning of any of it.
 */
#include "appliance/console/ctl_show.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/people/reply.h"

#define SENTENCE_MAX 1024

void ctl_show_sentence(FILE *out, const char *text)
{
        char escaped[SENTENCE_MAX];

        fputs(text_is_printable(text) ? text : text_escape(escaped, sizeof escaped, text, strlen(text)), out);
}

void ctl_show_line(FILE *out, const char *label, const char *value)
{
        char escaped[256];

        if (*value)
                fprintf(out, "%-22s %s\n", label, text_escape(escaped, sizeof escaped, value, strlen(value)));
}

void ctl_show_line_own(FILE *out, const char *label, const char *sentence)
{
        if (!*sentence)
                return;
        fprintf(out, "%-22s ", label);
        ctl_show_sentence(out, sentence);
        fputc('\n', out);
}

static const char *text_at(sd_json_variant *list, size_t i)
{
        sd_json_variant *v = sd_json_variant_by_index(list, i);

        return sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "";
}

static size_t n_in(sd_json_variant *list)
{
        return list && sd_json_variant_is_array(list) ? sd_json_variant_elements(list) : 0;
}

void ctl_show_line_list(FILE *out, const char *label, sd_json_variant *list)
{
        char text[1024] = "";
        size_t used = 0;

        for (size_t i = 0; i < n_in(list) && used < sizeof text; i++)
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "", text_at(list, i));
        ctl_show_line(out, label, text);
}

size_t ctl_show_bullets(FILE *out, const char *head, sd_json_variant *list)
{
        size_t n = n_in(list);

        for (size_t i = 0; i < n; i++) {
                fputs(i ? "  - " : head, out);
                if (!i)
                        fputs("  - ", out);
                ctl_show_sentence(out, text_at(list, i));
                fputc('\n', out);
        }
        return n;
}

char *ctl_show_span(int64_t seconds, char ret[static CTL_SHOW_SPAN_SIZE])
{
        static const struct { int64_t from, unit; const char *name; } units[] = {
                {2 * 86400, 86400, "day"}, {2 * 3600, 3600, "hour"}, {120, 60, "minute"}, {0, 1, "second"},
        };
        size_t i = 0;

        if (seconds < 0)
                seconds = 0;
        while (seconds < units[i].from)
                i++;
        (void)snprintf(ret, CTL_SHOW_SPAN_SIZE, "%lld %s%s", (long long)(seconds / units[i].unit), units[i].name,
                       seconds / units[i].unit == 1 ? "" : "s");
        return ret;
}

const char *ctl_show_many(int64_t n, const char *one, const char *many)
{
        return n == 1 ? one : many;
}

size_t ctl_show_n(sd_json_variant *object, const char *list)
{
        return reply_items(object, list);
}

void ctl_show_markdown(FILE *out, const char *text)
{
        char escaped[SENTENCE_MAX];

        if (!text_is_printable(text))
                text = text_escape(escaped, sizeof escaped, text, strlen(text));
        for (; *text; text++) {
                if (strchr("\\`*_[]<>|#~&!$", *text))
                        fputc('\\', out);
                fputc(*text, out);
        }
}
