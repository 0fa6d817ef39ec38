/*
 * import_answer: an import_result as JSON.
 *
 * In:   an import_result.
 * Out:  what io.provost.Import.Read answers.
 * Not:  nothing is left out or decided here.
 */
#include "provisioning/import/import_answer.h"

#include <stdlib.h>

typedef int (*make_one)(const void *list, size_t i, sd_json_variant **ret);

static int make_list(const void *list, size_t n, make_one make, sd_json_variant **ret)
{
        sd_json_variant **items = calloc(n + 1, sizeof(sd_json_variant *));
        int r = items ? 0 : -12;
        size_t made = 0;

        for (; r >= 0 && made < n; made += r >= 0)
                r = make(list, made, &items[made]);
        if (r >= 0)
                r = sd_json_variant_new_array(ret, items, n);
        while (items && made)
                sd_json_variant_unref(items[--made]);
        free(items);
        return r;
}

static int make_attributes(const struct import_setting *setting, sd_json_variant **ret)
{
        sd_json_variant *items[2 * IMPORT_ATTRIBUTES_MAX];
        size_t made = 0;
        int r = 0;

        for (; r >= 0 && made < 2 * setting->n_attributes; made += r >= 0) {
                const struct import_attribute *attribute = &setting->attributes[made / 2];

                r = sd_json_variant_new_string(&items[made], made % 2 ? attribute->value : attribute->name);
        }
        if (r >= 0)
                r = sd_json_variant_new_object(ret, items, made);
        while (made)
                sd_json_variant_unref(items[--made]);
        return r;
}

static int make_setting(const void *list, size_t i, sd_json_variant **ret)
{
        const struct import_setting *setting = (const struct import_setting *)list + i;
        sd_json_variant *attributes = NULL;
        int r = setting->n_attributes ? make_attributes(setting, &attributes) : 0;

        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("line", setting->line), SD_JSON_BUILD_PAIR_STRING("name", setting->name),
                                   SD_JSON_BUILD_PAIR_CONDITION(setting->index >= 0, "index", SD_JSON_BUILD_INTEGER(setting->index)),
                                   SD_JSON_BUILD_PAIR_STRING("value", setting->value),
                                   SD_JSON_BUILD_PAIR_STRING("permission", setting->permission),
                                   SD_JSON_BUILD_PAIR_CONDITION(!!attributes, "attributes", SD_JSON_BUILD_VARIANT(attributes)));
        sd_json_variant_unref(attributes);
        return r;
}

static int make_settings(const struct import_settings *settings, sd_json_variant **ret)
{
        return make_list(settings->list, settings->n, make_setting, ret);
}

static int make_text(const void *list, size_t i, sd_json_variant **ret)
{
        return sd_json_variant_new_string(ret, ((const char *const *)list)[i]);
}

#define PAIR_TEXT(name, text) SD_JSON_BUILD_PAIR_CONDITION(!!(text), name, SD_JSON_BUILD_STRING(text))

static int make_phone(const void *list, size_t i, sd_json_variant **ret)
{
        const struct import_phone *phone = (const struct import_phone *)list + i;
        sd_json_variant *settings = NULL, *profiles = NULL;
        char mac[MAC_TEXT_SIZE];
        int r = make_settings(&phone->settings, &settings);

        if (r >= 0 && phone->n_profiles)
                r = make_list(phone->profiles, phone->n_profiles, make_text, &profiles);
        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("line", phone->line),
                                   SD_JSON_BUILD_PAIR_STRING("mac", mac_format(&phone->mac, mac)), PAIR_TEXT("name", phone->name),
                                   PAIR_TEXT("model", phone->model),
                                   SD_JSON_BUILD_PAIR_CONDITION(!!profiles, "profiles", SD_JSON_BUILD_VARIANT(profiles)),
                                   PAIR_TEXT("key_type", phone->key_type), PAIR_TEXT("lan_address", phone->lan_address),
                                   PAIR_TEXT("sip_user", phone->sip_user), PAIR_TEXT("sip_secret", phone->sip_secret),
                                   SD_JSON_BUILD_PAIR_CONDITION(phone->settings.n > 0, "settings", SD_JSON_BUILD_VARIANT(settings)));
        sd_json_variant_unref(settings);
        sd_json_variant_unref(profiles);
        return r;
}

static int make_shared(const void *list, size_t i, sd_json_variant **ret)
{
        const struct import_shared *shared = (const struct import_shared *)list + i;
        sd_json_variant *settings = NULL;
        int r = make_settings(&shared->settings, &settings);

        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("file", shared->file), SD_JSON_BUILD_PAIR_STRING("model", shared->model),
                                   SD_JSON_BUILD_PAIR_VARIANT("settings", settings));
        sd_json_variant_unref(settings);
        return r;
}

static int make_problem(const void *list, size_t i, sd_json_variant **ret)
{
        const struct import_problem *problem = (const struct import_problem *)list + i;

        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("file", problem->file), SD_JSON_BUILD_PAIR_INTEGER("line", problem->line),
                              SD_JSON_BUILD_PAIR_STRING("severity", problem->is_error ? "error" : "warning"),
                              SD_JSON_BUILD_PAIR_STRING("what", problem->what), SD_JSON_BUILD_PAIR_STRING("reason", problem->reason));
}

int import_answer_new(const struct import_result *result, sd_json_variant **ret_answer)
{
        sd_json_variant *settings = NULL, *phones = NULL, *shared = NULL, *problems = NULL, *answer = NULL;
        int r = make_settings(&result->settings, &settings);

        if (r >= 0)
                r = make_list(result->phones, result->n_phones, make_phone, &phones);
        if (r >= 0)
                r = make_list(result->shared, result->n_shared, make_shared, &shared);
        if (r >= 0)
                r = make_list(result->problems, result->n_problems, make_problem, &problems);
        if (r >= 0)
                r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("found", result->found), SD_JSON_BUILD_PAIR_VARIANT("settings", settings),
                                   SD_JSON_BUILD_PAIR_VARIANT("phones", phones), SD_JSON_BUILD_PAIR_VARIANT("shared", shared),
                                   SD_JSON_BUILD_PAIR_VARIANT("problems", problems));
        sd_json_variant_unref(settings);
        sd_json_variant_unref(phones);
        sd_json_variant_unref(shared);
        sd_json_variant_unref(problems);
        if (r < 0)
                return pv_error_from_errno(r);
        sd_json_variant_sensitive(answer);
        *ret_answer = answer;
        return 0;
}
