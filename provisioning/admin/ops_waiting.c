/*
 * ops_waiting: the phones that wait for somebody.
 *
 * In:   a page of them.
 * Out:  each with what is known of it, side by side.
 * Not:  nobody is let in here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdlib.h>

#include "appliance/base/text.h"

static const struct field list_waiting_fields[] = {
        FIELD(QUERY, TEXT, "after", .max = 512),
        FIELD_LIMIT(100),
        FIELDS_END,
};

/* One phone with its evidence; one that was deleted meanwhile is left out. */
static int add_evidence(struct call *call, const char *mac, sd_json_variant **list)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *error = NULL;
        int r = 0;

        if (ops_add_text(call, &parameters, "mac", mac) < 0)
                return PV_EREFUSED;
        if (call_station_try(call, STATION_STORE, "GetEvidence", parameters, 0, &reply, &error) < 0) {
                if (!text_equal(error, "io.provost.Store.NoSuchPhone")) {
                        call_refuse_error(call, error, reply);
                        r = PV_EREFUSED;
                }
        } else if (sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_VARIANT("phone", sd_json_variant_by_key(reply, "phone")),
                                                  SD_JSON_BUILD_PAIR_VARIANT("evidence", sd_json_variant_by_key(reply, "evidence")),
                                                  SD_JSON_BUILD_PAIR_STRING("verdict", reply_text(reply, "verdict")),
                                                  SD_JSON_BUILD_PAIR_STRING("vendor", reply_text(reply, "vendor")),
                                                  SD_JSON_BUILD_PAIR_VARIANT("sentences", sd_json_variant_by_key(reply, "missing"))) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(reply);
        free(error);
        return r;
}

static int load_page(struct call *call, sd_json_variant **ret_page)
{
        sd_json_variant *parameters = NULL, *states = NULL;
        int r;

        if (ops_parameters(call, list_waiting_fields, &parameters) < 0)
                return PV_EREFUSED;
        r = sd_json_build(&states, SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_STRING("waiting"), SD_JSON_BUILD_STRING("seen")));
        if (r >= 0)
                r = sd_json_variant_set_field(&parameters, "states", states);
        sd_json_variant_unref(states);
        if (r < 0) {
                sd_json_variant_unref(parameters);
                return ops_no_memory(call);
        }
        return call_station(call, STATION_STORE, "SearchPhones", parameters, 0, ret_page);
}

static void list_waiting(struct call *call)
{
        sd_json_variant *page = NULL, *list = NULL, *answer = NULL, *row;
        int r = load_page(call, &page);

        if (r < 0)
                return;
        if (sd_json_variant_new_array(&list, NULL, 0) < 0)
                r = ops_no_memory(call);
        for (size_t i = 0; r >= 0 && (row = reply_item(page, "phones", i)); i++)
                r = add_evidence(call, reply_text(row, "mac"), &list);
        if (r >= 0 && sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("phones", list),
                                     SD_JSON_BUILD_PAIR_VARIANT("next", sd_json_variant_by_key(page, "next")),
                                     SD_JSON_BUILD_PAIR_INTEGER("total", reply_number(page, "total"))) < 0)
                r = ops_no_memory(call);
        if (r >= 0)
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(list);
        sd_json_variant_unref(page);
}

const struct operation ops_waiting_operations[] = {
        {"GET", "/waiting", "listWaiting", ROLE_READER, 0, list_waiting_fields, list_waiting},
        OPERATIONS_END,
};
