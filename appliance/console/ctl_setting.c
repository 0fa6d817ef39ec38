/*
 * ctl_setting: one setting as a person writes it.
 *
 * In:   NAME[1]:R=VALUE.
 * Out:  a ProfileChange of io.provost.Store.
 * Not:  whether a phone knows the setting.
 */
#include "appliance/console/ctl_setting.h"

#include <string.h>

#include "appliance/base/text.h"

static bool is_permission(const char *text)
{
        return text_equal(text, "R") || text_equal(text, "RW") || text_equal(text, "!");
}

static int copy(char *ret, size_t size, const char *from, size_t length)
{
        if (!length || length >= size)
                return PV_EMALFORMED;
        memcpy(ret, from, length);
        ret[length] = 0;
        return 0;
}

int ctl_setting_parse(const char *word, bool is_removal, struct ctl_setting *ret_setting)
{
        size_t left = is_removal ? strlen(word) : strcspn(word, "=");
        struct ctl_setting s = {.value = is_removal ? NULL : word + left + 1};
        size_t name = strcspn(word, "[]:=");
        const char *at = word + name;
        char digits[12];

        if ((!is_removal && word[left] != '=') || name > left || copy(s.name, sizeof s.name, word, name) < 0)
                return PV_EMALFORMED;
        if (*at == '[' && at < word + left) {
                size_t n = strcspn(++at, "]=");

                if (at[n] != ']' || copy(digits, sizeof digits, at, n) < 0 ||
                    text_to_u32(digits, 65535, &s.index) < 0)
                        return PV_EMALFORMED;
                s.has_index = true;
                at += n + 1;
        }
        if (*at == ':' && at < word + left) {
                at++;
                if (copy(s.permission, sizeof s.permission, at, (size_t)(word + left - at)) < 0 ||
                    !is_permission(s.permission))
                        return PV_EMALFORMED;
                at = word + left;
        }
        if (at != word + left || !text_is_printable(s.name))
                return PV_EMALFORMED;
        *ret_setting = s;
        return 0;
}

static int add(struct ctl *ctl, const char *word, bool is_removal, sd_json_variant **list)
{
        struct ctl_setting s;
        sd_json_variant *v = NULL;
        int r;

        if (ctl_setting_parse(word, is_removal, &s) < 0)
                return ctl_misused(ctl, "\"%s\" is not a setting like NAME=VALUE, NAME[1]=VALUE or NAME:R=VALUE.",
                                   text_is_printable(word) ? word : "?");
        r = sd_json_buildo(&v, SD_JSON_BUILD_PAIR_STRING("name", s.name),
                           SD_JSON_BUILD_PAIR_CONDITION(s.has_index, "index", SD_JSON_BUILD_UNSIGNED(s.index)),
                           SD_JSON_BUILD_PAIR_CONDITION(!!s.value, "value", SD_JSON_BUILD_STRING(s.value)),
                           SD_JSON_BUILD_PAIR_STRING("permission", s.permission));
        if (r >= 0)
                r = sd_json_variant_append_array(list, v);
        sd_json_variant_unref(v);
        return r < 0 ? ctl_misused(ctl, "\"%s\" is not UTF-8 text.", s.name) : CTL_OK;
}

int ctl_setting_add_all(struct ctl *ctl, const struct args *args, size_t first, sd_json_variant **parameters)
{
        sd_json_variant *list = NULL;
        int r = CTL_OK;

        for (size_t i = first; i < args->n_words && r == CTL_OK; i++)
                r = add(ctl, args->words[i], false, &list);
        for (size_t i = 0; i < args->n_options && r == CTL_OK; i++)
                if (args->options[i].name_size == strlen("--remove") && text_starts(args->options[i].name, "--remove"))
                        r = add(ctl, args->options[i].value, true, &list);
        if (r == CTL_OK && !list)
                r = ctl_misused(ctl, "There is no setting to change.");
        if (r == CTL_OK && sd_json_variant_set_field(parameters, "settings", list) < 0)
                r = ctl_fail(ctl, "no memory");
        sd_json_variant_unref(list);
        return r;
}
