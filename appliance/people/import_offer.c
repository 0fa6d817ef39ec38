/*
 * import_offer: what was read from a file, as the store takes it.
 *
 * In:   the answer of io.provost.Import.Read.
 * Out:  the parameters of io.provost.Store.ImportPhones, or the settings of SetSettings.
 * Not:  no judgement of what is in it; no station is asked.
 */
#include "appliance/people/import_offer.h"

#include <stdlib.h>

#include "appliance/base/text.h"
#include "appliance/people/reply.h"

size_t import_offer_errors(sd_json_variant *read)
{
        sd_json_variant *v;
        size_t n = 0;

        for (size_t i = 0; (v = reply_item(read, "problems", i)); i++)
                n += !text_equal(reply_text(v, "severity"), "warning");
        return n;
}

bool import_offer_has_shared(sd_json_variant *read, const struct import_offer *offer)
{
        return offer->with_shared && reply_items(read, "shared");
}

bool import_offer_has_any(sd_json_variant *read, const struct import_offer *offer)
{
        return reply_items(read, "phones") || import_offer_has_shared(read, offer);
}

/* A setting without the number of its line. */
static int change_of(sd_json_variant *setting, sd_json_variant **ret_change)
{
        char *line[] = {(char[]){"line"}, NULL};
        sd_json_variant *change = sd_json_variant_ref(setting);
        int r = sd_json_variant_filter(&change, line);

        if (r < 0) {
                sd_json_variant_unref(change);
                return r;
        }
        *ret_change = change;
        return 0;
}

static void unref_all(sd_json_variant **items, size_t n)
{
        for (size_t i = 0; i < n; i++)
                sd_json_variant_unref(items[i]);
        free(items);
}

/* The array `list` of `object`, each item turned by `turn`. */
static int each_of(sd_json_variant *object, const char *list, int (*turn)(sd_json_variant *, sd_json_variant **), sd_json_variant **ret_list)
{
        size_t n = reply_items(object, list), i = 0;
        sd_json_variant **items = calloc(n + 1, sizeof *items);
        int r = items ? 0 : -1;

        for (; r >= 0 && i < n; i++)
                r = turn(reply_item(object, list, i), &items[i]);
        if (r >= 0)
                r = sd_json_variant_new_array(ret_list, items, n);
        if (items)
                unref_all(items, n);
        return r < 0 ? PV_ENOMEM : 0;
}

/* A phone whose settings have no line either. */
static int phone_of(sd_json_variant *found, sd_json_variant **ret_phone)
{
        sd_json_variant *phone = sd_json_variant_ref(found), *settings = NULL;
        int r = 0;

        if (reply_items(found, "settings")) {
                r = each_of(found, "settings", change_of, &settings);
                if (r == 0)
                        r = sd_json_variant_set_field(&phone, "settings", settings);
                sd_json_variant_unref(settings);
        }
        if (r < 0) {
                sd_json_variant_unref(phone);
                return r;
        }
        *ret_phone = phone;
        return 0;
}

static int shared_of(sd_json_variant *file, sd_json_variant **ret_shared)
{
        const char *model = reply_text(file, "model");
        sd_json_variant *settings = NULL;
        int r = each_of(file, "settings", change_of, &settings);

        if (r == 0)
                r = sd_json_buildo(ret_shared, SD_JSON_BUILD_PAIR_STRING("scope", *model ? "model" : "site"),
                                   SD_JSON_BUILD_PAIR_STRING("owner", model), SD_JSON_BUILD_PAIR_VARIANT("settings", settings),
                                   SD_JSON_BUILD_PAIR_STRING("origin", reply_text(file, "file")));
        sd_json_variant_unref(settings);
        return r;
}

static int add_shared(sd_json_variant *read, const struct import_offer *offer, sd_json_variant **parameters)
{
        sd_json_variant *shared = NULL;
        int r = each_of(read, "shared", shared_of, &shared);

        if (r == 0)
                r = sd_json_variant_set_field(parameters, "shared", shared);
        if (r >= 0)
                r = sd_json_variant_set_field_string(parameters, "reason", offer->reason);
        sd_json_variant_unref(shared);
        return r;
}

int import_offer_phones(sd_json_variant *read, const struct import_offer *offer, sd_json_variant **ret_parameters)
{
        sd_json_variant *parameters = NULL, *phones = NULL;
        int r = each_of(read, "phones", phone_of, &phones);

        if (r == 0)
                r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("phones", phones), SD_JSON_BUILD_PAIR_BOOLEAN("approve", offer->approve),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("dry_run", offer->is_dry),
                                   SD_JSON_BUILD_PAIR_CONDITION(offer->is_expected, "expected", SD_JSON_BUILD_BOOLEAN(true)));
        sd_json_variant_unref(phones);
        if (r >= 0 && import_offer_has_shared(read, offer))
                r = add_shared(read, offer, &parameters);
        if (r < 0) {
                sd_json_variant_unref(parameters);
                return PV_ENOMEM;
        }
        sd_json_variant_sensitive(parameters);
        *ret_parameters = parameters;
        return 0;
}

int import_offer_settings(sd_json_variant *read, sd_json_variant **ret_settings)
{
        return each_of(read, "settings", change_of, ret_settings);
}
