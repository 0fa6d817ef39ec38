/*
 * ctl_setting: one setting as a person writes it.
 *
 * In:   NAME[1]{label=Anna}:R=VALUE.
 * Out:  a SettingChange of io.provost.Store.
 * Not:  whether a phone knows the setting.
 */
#include "appliance/console/ctl_setting.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "appliance/console/ctl_catalogue.h"

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

/* --- parts: each reads at *at and moves it past what it took ------------------------- */

static int take_name(const char **at, struct ctl_setting *s)
{
        size_t n = strcspn(*at, "[]{}:=");
        int r = copy(s->name, sizeof s->name, *at, n);

        if (r < 0 || !text_is_printable(s->name))
                return PV_EMALFORMED;
        *at += n;
        return 0;
}

static int take_index(const char **at, struct ctl_setting *s)
{
        char digits[12];
        size_t n;

        if (**at != '[')
                return 0;
        n = strcspn(*at + 1, "]=");
        if ((*at)[1 + n] != ']' || copy(digits, sizeof digits, *at + 1, n) < 0 || text_to_u32(digits, 65535, &s->index) < 0)
                return PV_EMALFORMED;
        s->has_index = true;
        *at += n + 2;
        return 0;
}

/* Characters up to one of `stops`, a backslash before one of them or another takes its meaning. */
static int take_until(const char **at, const char *stops, char *ret, size_t size)
{
        struct writer w = writer_of(ret, size);

        while (**at && !strchr(stops, **at)) {
                if (**at == '\\' && !*++*at)
                        return PV_EMALFORMED;
                writer_u8(&w, (uint8_t)*(*at)++);
        }
        return **at ? writer_finish_text(&w) : PV_EMALFORMED;
}

static bool is_told(const struct ctl_setting *s, const char *name)
{
        for (size_t i = 0; i < s->n_attributes; i++)
                if (text_equal(s->attributes[i].name, name))
                        return true;
        return false;
}

static int take_attribute(const char **at, struct ctl_setting *s)
{
        char name[sizeof s->attributes->name];

        if (s->n_attributes == CTL_SETTING_ATTRIBUTES_MAX)
                return PV_ETOOLARGE;
        if (take_until(at, "={},", name, sizeof name) < 0 || **at != '=' || !*name || !text_is_printable(name) || is_told(s, name))
                return PV_EMALFORMED;
        ++*at;
        if (take_until(at, ",}", s->attributes[s->n_attributes].value, sizeof s->attributes->value) < 0)
                return PV_EMALFORMED;
        return text_copy(s->attributes[s->n_attributes++].name, sizeof name, name);
}

static int take_attributes(const char **at, struct ctl_setting *s)
{
        int r;

        if (**at != '{')
                return 0;
        do {
                ++*at;
                r = take_attribute(at, s);
        } while (r == 0 && **at == ',');
        if (r < 0 || **at != '}')
                return r < 0 ? r : PV_EMALFORMED;
        ++*at;
        return 0;
}

static int take_permission(const char **at, struct ctl_setting *s)
{
        size_t n;

        if (**at != ':')
                return 0;
        n = strcspn(*at + 1, "=");
        if (copy(s->permission, sizeof s->permission, *at + 1, n) < 0 || !is_permission(s->permission))
                return PV_EMALFORMED;
        *at += n + 1;
        return 0;
}

int ctl_setting_parse(const char *word, bool is_removal, struct ctl_setting *ret_setting)
{
        struct ctl_setting s = {0};
        const char *at = word;
        int r = take_name(&at, &s);

        if (r == 0)
                r = take_index(&at, &s);
        if (r == 0 && !is_removal)
                r = take_attributes(&at, &s);
        if (r == 0 && !is_removal)
                r = take_permission(&at, &s);
        if (r < 0)
                return r;
        if (*at != (is_removal ? 0 : '='))
                return PV_EMALFORMED;
        s.value = is_removal ? NULL : at + 1;
        *ret_setting = s;
        return 0;
}

/* --- as the store takes it ------------------------------------------------------------- */

static int attributes_of(const struct ctl_setting *s, sd_json_variant **ret_object)
{
        sd_json_variant *object = NULL;
        int r = 0;

        for (size_t i = 0; i < s->n_attributes && r >= 0; i++)
                r = sd_json_variant_set_field_string(&object, s->attributes[i].name, s->attributes[i].value);
        if (r < 0) {
                sd_json_variant_unref(object);
                return r;
        }
        *ret_object = object;
        return 0;
}

static int append(struct ctl *ctl, const struct ctl_setting *s, const char *value, sd_json_variant **list)
{
        sd_json_variant *v = NULL, *attributes = NULL;
        int r = attributes_of(s, &attributes);

        if (r >= 0)
                r = sd_json_buildo(&v, SD_JSON_BUILD_PAIR_STRING("name", s->name),
                                   SD_JSON_BUILD_PAIR_CONDITION(s->has_index, "index", SD_JSON_BUILD_UNSIGNED(s->index)),
                                   SD_JSON_BUILD_PAIR_CONDITION(!!value, "value", SD_JSON_BUILD_STRING(value)),
                                   SD_JSON_BUILD_PAIR_STRING("permission", s->permission),
                                   SD_JSON_BUILD_PAIR_CONDITION(!!attributes, "attributes", SD_JSON_BUILD_VARIANT(attributes)));
        if (r >= 0)
                r = sd_json_variant_append_array(list, v);
        sd_json_variant_unref(v);
        sd_json_variant_unref(attributes);
        return r < 0 ? ctl_misused(ctl, "\"%s\" is not UTF-8 text.", s->name) : CTL_OK;
}

/* The value of a setting: what the word says, or what the file it names holds, without the line end at its end. */
static int append_with_file(struct ctl *ctl, const struct ctl_setting *s, sd_json_variant **list)
{
        char *text = NULL;
        size_t size;
        int r = ctl_read(ctl, s->value + 1, false, &text);

        if (r != CTL_OK)
                return r;
        size = strlen(text);
        while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
                text[--size] = 0;
        r = append(ctl, s, text, list);
        explicit_bzero(text, size);
        free(text);
        return r;
}

static int add(struct ctl *ctl, const char *word, bool is_removal, sd_json_variant **list)
{
        struct ctl_setting s;
        int r = ctl_setting_parse(word, is_removal, &s);

        if (r == PV_ETOOLARGE)
                return ctl_misused(ctl, "A setting can have %d values in braces, not more.", CTL_SETTING_ATTRIBUTES_MAX);
        if (r < 0 && is_removal)
                return ctl_misused(ctl, "\"%s\" is not the name of a setting like NAME or NAME[1].",
                                   text_is_printable(word) ? word : "?");
        if (r < 0)
                return ctl_misused(ctl, "\"%.*s\" is not a setting like NAME=VALUE, NAME[1]=VALUE, NAME:R=VALUE or"
                                   " 'NAME[1]{label=TEXT}:RW=VALUE'.", (int)strcspn(word, "="),
                                   text_is_printable(word) ? word : "?");
        if (!s.value || *s.value != '@') {
                if (s.value && *s.value && !ctl->is_remote && ctl_catalogue_is_secret(s.name))
                        fprintf(ctl->err, "provostctl: %s is a secret: better write %s=@- and give it on standard input;"
                                " a command line can be read by others.\n", s.name, s.name);
                return append(ctl, &s, s.value, list);
        }
        return s.value[1] == '@' ? append(ctl, &s, s.value + 1, list) : append_with_file(ctl, &s, list);
}

static int finish(struct ctl *ctl, int r, sd_json_variant *list, sd_json_variant **parameters)
{
        if (r == CTL_OK && !list)
                r = ctl_misused(ctl, "There is no setting to change.");
        if (r == CTL_OK && sd_json_variant_set_field(parameters, "settings", list) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK)
                sd_json_variant_sensitive(*parameters);
        sd_json_variant_unref(list);
        return r;
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
        return finish(ctl, r, list, parameters);
}

int ctl_setting_add_removals(struct ctl *ctl, const struct args *args, size_t first, sd_json_variant **parameters)
{
        sd_json_variant *list = NULL;
        int r = CTL_OK;

        for (size_t i = first; i < args->n_words && r == CTL_OK; i++)
                r = add(ctl, args->words[i], true, &list);
        return finish(ctl, r, list, parameters);
}
