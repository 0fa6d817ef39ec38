/*
 * ops_tunnels: the open tunnels, and one phone's.
 *
 * In:   a page, or a MAC.
 * Out:  session's tunnels by MAC; how the phone answers in its tunnel.
 * Not:  nothing is closed here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

static const struct field list_tunnels_fields[] = {
        FIELD(QUERY, TEXT, "after", .max = 12),
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field get_phone_tunnel_fields[] = {
        FIELD_PATH_MAC,
        FIELD(QUERY, FLAG, "try"),
        FIELDS_END,
};

static int compare(const void *a, const void *b)
{
        return strcmp(reply_text(*(sd_json_variant *const *)a, "mac"), reply_text(*(sd_json_variant *const *)b, "mac"));
}

/* Up to limit of those behind `after`. */
static int page_of(sd_json_variant **sorted, size_t n, const char *after, int64_t limit, sd_json_variant **ret_page, const char **ret_next)
{
        size_t first = 0, count;
        int r;

        while (after && first < n && strcmp(reply_text(sorted[first], "mac"), after) <= 0)
                first++;
        count = n - first < (size_t)limit ? n - first : (size_t)limit;
        r = sd_json_variant_new_array(ret_page, sorted + first, count);
        *ret_next = r >= 0 && first + count < n ? reply_text(sorted[first + count - 1], "mac") : NULL;
        return r;
}

static int build(struct call *call, sd_json_variant *status, sd_json_variant **ret_answer)
{
        size_t n = reply_items(status, "tunnels");
        sd_json_variant **sorted = calloc(n + 1, sizeof *sorted), *page = NULL;
        const char *next = NULL;
        int r = sorted ? 0 : -1;

        for (size_t i = 0; r >= 0 && i < n; i++)
                sorted[i] = reply_item(status, "tunnels", i);
        if (r >= 0) {
                qsort(sorted, n, sizeof *sorted, compare);
                r = page_of(sorted, n, call_text(call, "after"), call_integer(call, "limit", OPS_LIMIT_DEFAULT), &page, &next);
        }
        if (r >= 0)
                r = sd_json_buildo(ret_answer, SD_JSON_BUILD_PAIR_BOOLEAN("server_up", reply_flag(status, "server_up")),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("legacy_up", reply_flag(status, "legacy_up")),
                                   SD_JSON_BUILD_PAIR_VARIANT("tunnels", page), SD_JSON_BUILD_PAIR_STRING("next", next),
                                   SD_JSON_BUILD_PAIR_UNSIGNED("total", n));
        sd_json_variant_unref(page);
        free(sorted);
        return r;
}

static void list_tunnels(struct call *call)
{
        sd_json_variant *status = NULL, *answer = NULL;

        if (call_station(call, STATION_SESSION, "Status", NULL, 0, &status) < 0)
                return;
        if (build(call, status, &answer) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(status);
}

/* --- of one phone -------------------------------------------------------------------- */

/* In thousandths of a second; null when nothing was heard. */
static int add_ms(sd_json_variant **object, const char *name, sd_json_variant *tried, const char *member)
{
        return reply_number(tried, "answered") ? sd_json_variant_set_fieldb(object, name, SD_JSON_BUILD_REAL((double)reply_number(tried, member) / 1000.0))
                                               : sd_json_variant_set_field(object, name, NULL);
}

static int quality_of(sd_json_variant *tried, sd_json_variant **ret_quality)
{
        int r = sd_json_buildo(ret_quality, SD_JSON_BUILD_PAIR_INTEGER("sent", reply_number(tried, "sent")),
                               SD_JSON_BUILD_PAIR_INTEGER("answered", reply_number(tried, "answered")));

        if (r >= 0)
                r = add_ms(ret_quality, "least_ms", tried, "least_us");
        if (r >= 0)
                r = add_ms(ret_quality, "mean_ms", tried, "mean_us");
        return r < 0 ? r : add_ms(ret_quality, "most_ms", tried, "most_us");
}

/* Only through an open tunnel, and only when settings can ask. */
static int try_tunnel(struct call *call, sd_json_variant **ret_quality)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *error = NULL;
        int r = 0;

        if (ops_add_text(call, &parameters, "mac", call_text(call, "mac")) < 0)
                return PV_EREFUSED;
        if (call_station_try(call, STATION_SETTINGS, "TryTunnel", parameters, 0, &reply, &error) >= 0 && quality_of(reply, ret_quality) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(reply);
        free(error);
        return r;
}

static void get_phone_tunnel(struct call *call)
{
        sd_json_variant *parameters = NULL, *phone = NULL, *reply = NULL, *tunnel, *quality = NULL, *answer = NULL;
        int64_t version;

        if (ops_phone(call, &phone, &version) < 0)
                return;
        if (ops_add_text(call, &parameters, "mac", call_text(call, "mac")) < 0 ||
            call_station(call, STATION_SESSION, "GetTunnel", parameters, 0, &reply) < 0)
                goto out;
        tunnel = sd_json_variant_by_key(reply, "tunnel");
        if (text_equal(reply_text(tunnel, "state"), "up") && call_flag(call, "try") && try_tunnel(call, &quality) < 0)
                goto out;
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("tunnel", tunnel), SD_JSON_BUILD_PAIR_VARIANT("quality", quality)) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
out:
        sd_json_variant_unref(answer);
        sd_json_variant_unref(quality);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(phone);
}

const struct operation ops_tunnels_operations[] = {
        {"GET", "/phones/{mac}/tunnel", "getPhoneTunnel", ROLE_READER, 0, get_phone_tunnel_fields, get_phone_tunnel},
        {"GET", "/tunnels", "listTunnels", ROLE_READER, 0, list_tunnels_fields, list_tunnels},
        OPERATIONS_END,
};
