/*
 * store_client: what several stations ask of the store in the same way.
 *
 * In:   answers of io.provost.Store; events.
 * Out:  plain structs; calls.
 * Not:  nothing of the store itself: this is the other side of its socket.
 */
#include "provisioning/store/store_client.h"

#include <stdio.h>

#include "appliance/base/clock.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"

#define VALUES_MAX 128
#define EVENT_MS 30000

int store_client_site(sd_json_variant *answer, struct site *ret_site, struct site_problem *ret_problem)
{
        sd_json_variant *list = service_field_list(answer, "values");
        struct site_value values[VALUES_MAX];
        size_t n = sd_json_variant_elements(list);
        bool is_sound = list && n <= VALUES_MAX;

        for (size_t i = 0; is_sound && i < n; i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);

                values[i] = (struct site_value){service_field_text(one, "name"), service_field_text(one, "value")};
                is_sound = values[i].name && values[i].value;
        }
        if (is_sound)
                return site_from_values(values, n, ret_site, ret_problem);
        *ret_problem = (struct site_problem){.reason = "store's answer to GetSite lacks something"};
        return PV_EMALFORMED;
}

void store_client_event(struct service *service, struct service_peer *store, const char *station, const char *mac,
                        const char *word, const char *detail)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters,
                           SD_JSON_BUILD_PAIR("events", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                                   SD_JSON_BUILD_PAIR_INTEGER("at_ms", clock_wall_ms()),
                                   SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("station", station),
                                   SD_JSON_BUILD_PAIR_STRING("word", word), SD_JSON_BUILD_PAIR_STRING("detail", detail))))) >= 0)
                service_errand(service, store, "io.provost.Store.AddEvents", parameters, EVENT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}
