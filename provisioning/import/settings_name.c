/*
 * settings_name: what names in files of elsewhere mean.
 *
 * In:   names of settings, models and files.
 * Out:  the same in this system's words.
 * Not:  no value is looked at.
 */
#include "provisioning/import/settings_name.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"

/* --- settings -------------------------------------------------------------------- */

/* Settings that were one line each and are attributes now (docs/import.md). */
static const struct {
        const char *old_name, *name, *part;
} parts[] = {
        {"fkey_context", "fkey", "context"}, {"fkey_label", "fkey", "label"}, {"fkey_short_label", "fkey", "short_label"},
        {"tn_", "tbook", "name"}, {"tu_", "tbook", ""}, {"tc_", "tbook", "type"}, {"to_", "tbook", "context"},
};

/* Whether numbers at the end of this name are an index. */
static bool takes_index(const char *base)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), base);

        return entry ? entry->index != CATALOGUE_INDEX_NONE : text_starts(base, "user_") && base[5];
}

void settings_name_split(const char *name, struct settings_name *ret)
{
        size_t size = strlen(name), base = size;
        long index;

        *ret = (struct settings_name){.index = -1};
        (void)snprintf(ret->name, sizeof ret->name, "%s", name);
        while (base && name[base - 1] >= '0' && name[base - 1] <= '9')
                base--;
        if (!base || base == size || size - base > 4 || size >= sizeof ret->name || catalogue_find(catalogue_builtin(), name))
                return;
        index = strtol(name + base, NULL, 10);
        ret->name[base] = 0;
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
                if (strcmp(ret->name, parts[i].old_name) == 0) {
                        *ret = (struct settings_name){.index = (int)index};
                        (void)snprintf(ret->name, sizeof ret->name, "%s", parts[i].name);
                        (void)snprintf(ret->part, sizeof ret->part, "%s", parts[i].part);
                        return;
                }
        if (takes_index(ret->name))
                ret->index = (int)index;
        else
                (void)snprintf(ret->name, sizeof ret->name, "%s", name);
}

/* --- models ---------------------------------------------------------------------- */

/* The types that snom.md 4 lists: 300, D785, M700, MP, PA1. */
static bool is_type(const char *text, size_t size)
{
        size_t letters = 0;

        while (letters < size && isalpha((unsigned char)text[letters]))
                letters++;
        if (size == 2 && strncasecmp(text, "MP", 2) == 0)
                return true;
        if (size == 3 && strncasecmp(text, "PA1", 3) == 0)
                return true;
        if (letters > 1 || (letters == 1 && !strchr("DMdm", text[0])) || size < letters + (letters ? 1 : 3) || size > letters + 4)
                return false;
        for (size_t i = letters; i < size; i++)
                if (!isdigit((unsigned char)text[i]))
                        return false;
        return true;
}

bool settings_name_model(const char *text, size_t size, char ret[static SETTINGS_NAME_MODEL_SIZE])
{
        if (size > 4 && strncasecmp(text, "snom", 4) == 0) {
                text += 4;
                size -= 4;
                while (size && strchr(" -_", *text)) {
                        text++;
                        size--;
                }
        }
        if (!size || !is_type(text, size))
                return false;
        (void)snprintf(ret, SETTINGS_NAME_MODEL_SIZE, "snom%.*s", (int)size, text);
        for (char *c = ret + 4; *c; c++)
                *c = (char)toupper((unsigned char)*c);
        return true;
}

/* --- files ----------------------------------------------------------------------- */

/* Without its ending; 0: an ending that is none of settings. */
static size_t stem_size(const char *name)
{
        static const char *const endings[] = {".xml", ".htm", ".html", ".cfg", ".txt"};
        size_t size = strlen(name);

        for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
                size_t ending = strlen(endings[i]);

                if (size > ending && strcasecmp(name + size - ending, endings[i]) == 0)
                        return size - ending;
        }
        return 0;
}

enum settings_name_file settings_name_of_file(const char *path, struct mac *ret_mac, char ret_model[static SETTINGS_NAME_MODEL_SIZE])
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        size_t size = stem_size(name);

        ret_model[0] = 0;
        if (!size || *name == '.')
                return SETTINGS_NAME_OTHER;
        if (mac_parse(name, size, ret_mac) == 0)
                return SETTINGS_NAME_PHONE;
        /* snomD785-000413AABBCC, cfg000413AABBCC */
        if (size > 12 && mac_parse(name + size - 12, 12, ret_mac) == 0 && !isxdigit((unsigned char)name[size - 13])) {
                size_t before = size - 12;

                while (before && strchr("-_ ", name[before - 1]))
                        before--;
                (void)settings_name_model(name, before, ret_model);
                return SETTINGS_NAME_PHONE;
        }
        return settings_name_model(name, size, ret_model) ? SETTINGS_NAME_MODEL : SETTINGS_NAME_ALL;
}
