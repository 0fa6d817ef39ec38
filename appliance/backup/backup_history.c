/*
 * backup_history: how backups, drills and restores ended.
 *
 * In:   outcomes, of the station and of the restore at boot.
 * Out:  a file, and the same as JSON.
 * Not:  no secret, no URL.
 */
#include "appliance/backup/backup_history.h"

#include <stdlib.h>

#include "appliance/backup/backup_files.h"

#define KEPT 20

int backup_history_json(const char *path, sd_json_variant **ret)
{
        sd_json_variant *list = NULL;
        char *text = NULL;
        size_t size = 0;
        int r = backup_files_read(path, &text, &size);

        if (r == 0 && (sd_json_parse(text, 0, &list, NULL, NULL) < 0 || !sd_json_variant_is_array(list)))
                list = sd_json_variant_unref(list);
        free(text);
        if (!list)
                return pv_error_from_errno(sd_json_variant_new_array(ret, NULL, 0));
        *ret = list;
        return 0;
}

static int entry_json(const struct backup_outcome *o, sd_json_variant **ret)
{
        return pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("at", o->at), SD_JSON_BUILD_PAIR_STRING("kind", o->kind),
                SD_JSON_BUILD_PAIR_STRING("place", o->place), SD_JSON_BUILD_PAIR_STRING("result", o->is_done ? "done" : "failed"),
                SD_JSON_BUILD_PAIR_STRING("name", o->name), SD_JSON_BUILD_PAIR_STRING("text", o->text)));
}

int backup_history_add(const char *path, const struct backup_outcome *outcome)
{
        sd_json_variant *old = NULL, *entry = NULL, *list = NULL;
        char *text = NULL;
        int r = backup_history_json(path, &old);

        if (r == 0)
                r = entry_json(outcome, &entry);
        if (r == 0)
                r = pv_error_from_errno(sd_json_variant_append_array(&list, entry));
        for (size_t i = 0; r == 0 && i < sd_json_variant_elements(old) && i < KEPT - 1; i++)
                r = pv_error_from_errno(sd_json_variant_append_array(&list, sd_json_variant_by_index(old, i)));
        if (r == 0)
                r = pv_error_from_errno(sd_json_variant_format(list, 0, &text));
        if (r == 0)
                r = backup_files_write(path, text);
        free(text);
        sd_json_variant_unref(list);
        sd_json_variant_unref(entry);
        sd_json_variant_unref(old);
        return r;
}
