#ifndef PROVOST_IMPORT_SETTINGS_TEXT_H
#define PROVOST_IMPORT_SETTINGS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * The settings file of firmware before XML: a line for each setting, "name&: value", bare or inside <html><pre>. The
 * letter before the colon is the permission: & or none R, $ RW, ! is !. Indexes are part of the name: user_name1.
 * Lines that begin with # are comments. Text is UTF-8 as encoding_reader leaves it.
 */
#define SETTINGS_TEXT_NAME_MAX 64
#define SETTINGS_TEXT_VALUE_MAX 4096

struct settings_text_line {
        unsigned line;
        char name[SETTINGS_TEXT_NAME_MAX + 1];
        const char *permission;
        char value[SETTINGS_TEXT_VALUE_MAX + 1];
};

struct settings_text {
        const char *at, *end;
        unsigned line;
        bool is_html;           /* values have &amp; &lt; &gt; &quot; for what they mean */
};

struct settings_text settings_text_of(const char *text, size_t size);
/* 1: a setting is in *ret; 0: no more; PV_EMALFORMED: ret->line holds none, *ret_reason says why (static), go on with the next. */
int settings_text_next(struct settings_text *text, struct settings_text_line *ret, const char **ret_reason) PV_MUST_CHECK;
/* Whether this looks like such a file: its first line that is neither empty nor a comment nor HTML is a setting. */
bool settings_text_is(const char *text, size_t size);

#endif
