/*
 * log: one line per happening, for journald.
 *
 * In:   an event word and key-value pairs; values may be foreign text.
 * Out:  "<level>station event key=value ..." on stderr, written at once.
 * Not:  no files, no rate limits (journald has them), no secrets.
 */
#include "appliance/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define LINE_SIZE 2048
#define VALUE_SIZE 512

static char station_name[32] = "provost";

void log_open(const char *station)
{
        (void)text_copy(station_name, sizeof station_name, station);
}

static void start(struct writer *w, enum log_level level, const char *event)
{
        writer_format(w, "<%d>%s %s", (int)level, station_name, event);
}

static void add(struct writer *w, const char *key, const char *value)
{
        char escaped[VALUE_SIZE];
        bool quote;

        text_escape(escaped, sizeof escaped, value, strlen(value));
        quote = !*value || strpbrk(escaped, " \\=");
        if (writer_left(w) > strlen(key) + strlen(escaped) + 8)
                writer_format(w, " %s=%s%s%s", key, quote ? "\"" : "", escaped, quote ? "\"" : "");
}

/* A single write(), so that lines of several threads or processes do not mix. */
static void finish(struct writer *w, char *line)
{
        writer_u8(w, '\n');
        (void)!write(STDERR_FILENO, line, writer_used(w));
}

void log_event(enum log_level level, const char *event, ...)
{
        char line[LINE_SIZE];
        struct writer w = writer_of(line, sizeof line);
        const char *key;
        va_list args;

        start(&w, level, event);
        va_start(args, event);
        while ((key = va_arg(args, const char *))) {
                const char *value = va_arg(args, const char *);
                if (value)
                        add(&w, key, value);
        }
        va_end(args);
        finish(&w, line);
}

void log_reason(enum log_level level, const char *event, const char *format, ...)
{
        char line[LINE_SIZE], reason[VALUE_SIZE];
        struct writer w = writer_of(line, sizeof line);
        va_list args;

        va_start(args, format);
        (void)vsnprintf(reason, sizeof reason, format, args);
        va_end(args);
        start(&w, level, event);
        add(&w, "reason", reason);
        finish(&w, line);
}
