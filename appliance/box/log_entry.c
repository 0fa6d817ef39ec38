/*
 * log_entry: one line of the journal, for a person.
 *
 * In:   fields of the journal: some hold what phones and browsers said of themselves.
 * Out:  whose line it is, and the line with what a terminal or a page would obey escaped.
 * Not:  no journal is read here (see log_read).
 */
#include "appliance/box/log_entry.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"

#define SUFFIX ".service"

bool log_entry_unit_name(const char *asked, char ret[static 128])
{
        size_t size = strlen(asked), suffix = strlen(SUFFIX);
        bool has_suffix = size > suffix && text_equal(asked + size - suffix, SUFFIX);

        if (size == 0 || size > 100)
                return false;
        for (const char *p = asked; *p; p++)
                if (!isalnum((unsigned char)*p) && !strchr("-_.@:\\", *p))
                        return false;
        (void)snprintf(ret, 128, "%s%s", asked, has_suffix ? "" : SUFFIX);
        return true;
}

const char *log_entry_whose(const char *unit, const char *about_unit, const char *transport, const char *identifier,
                            char ret[static LOG_ENTRY_UNIT_SIZE])
{
        /* systemd's own lines are about a unit: those are looked for there. */
        const char *whose = about_unit ? about_unit : unit ? unit : text_equal(transport, "kernel") ? "kernel" : identifier ? identifier : "";
        size_t size = strlen(whose), suffix = strlen(SUFFIX);

        if (size > suffix && text_equal(whose + size - suffix, SUFFIX))
                size -= suffix;
        return text_escape(ret, LOG_ENTRY_UNIT_SIZE, whose, size);
}

bool log_entry_holds(const void *line, size_t size, const char *words)
{
        const char *at = line;
        size_t wanted = strlen(words);

        for (; size >= wanted; at++, size--)
                if (strncasecmp(at, words, wanted) == 0)
                        return true;
        return false;
}

const char *log_entry_text(const void *line, size_t size, char ret[static LOG_ENTRY_TEXT_SIZE])
{
        /* A quotation mark is harmless here, where each line is a value of its own. */
        if (size < LOG_ENTRY_TEXT_SIZE) {
                memcpy(ret, line, size);
                ret[size] = 0;
                if (strlen(ret) == size && text_is_printable(ret))
                        return ret;
        }
        return text_escape(ret, LOG_ENTRY_TEXT_SIZE, line, size);
}
