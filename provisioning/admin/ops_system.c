/*
 * ops_system: the box: facts, clock, journal, restart.
 *
 * In:   a moment, filters of the journal.
 * Out:  box's answers; what was done by hand stands in the audit before it is done.
 * Not:  nothing is done here but asking box.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdio.h>
#include <stdlib.h>

#include "appliance/base/text.h"

static const struct field set_clock_fields[] = {
        FIELD(BODY, INTEGER, "now", .required = true, .max = 4102444800),
        FIELD(BODY, FLAG, "force"),
        FIELDS_END,
};

static const struct field read_logs_fields[] = {
        FIELD(QUERY, TEXT, "unit", .max = 64),
        FIELD(QUERY, INTEGER, "priority", .max = 7),
        FIELD(QUERY, TEXT, "text", .max = 128),
        FIELD(QUERY, TEXT, "after", .max = 512),
        FIELD_LIMIT(500),
        FIELDS_END,
};

static void get_system(struct call *call)
{
        static const struct { const char *member, *method; } parts[] = {
                {"facts", "GetFacts"}, {"clock", "GetClock"}, {"page", "GetPage"}, {"box", "Status"},
        };
        sd_json_variant *answer = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < sizeof parts / sizeof *parts; i++) {
                sd_json_variant *reply = NULL;

                r = call_station(call, STATION_BOX, parts[i].method, NULL, 0, &reply);
                if (r >= 0 && sd_json_variant_set_field(&answer, parts[i].member, reply) < 0)
                        r = ops_no_memory(call);
                sd_json_variant_unref(reply);
        }
        if (r >= 0)
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

static void set_clock(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char text[48];

        (void)snprintf(text, sizeof text, "now=%lld%s", (long long)call_integer(call, "now", 0), call_flag(call, "force") ? " force" : "");
        if (ops_parameters(call, set_clock_fields, &parameters) < 0 || call_station(call, STATION_BOX, "SetClock", parameters, 0, &reply) < 0)
                return;
        sd_json_variant_unref(reply);
        if (ops_note(call, "clock-set", "", text) >= 0)
                call_reply_empty(call);
}

static void end_box(struct call *call, const char *action, const char *method)
{
        sd_json_variant *reply = NULL, *nothing = NULL;

        if (ops_note(call, action, "", "") < 0 || call_station(call, STATION_BOX, method, NULL, 0, &reply) < 0)
                return;
        if (sd_json_variant_new_object(&nothing, NULL, 0) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 202, nothing);
        sd_json_variant_unref(nothing);
        sd_json_variant_unref(reply);
}

static void reboot(struct call *call)
{
        end_box(call, "reboot", "Reboot");
}

static void power_off(struct call *call)
{
        end_box(call, "power-off", "PowerOff");
}

/* box says of filters that cannot be used that they are not allowed; here they are values of the request. */
static void refuse_filter(struct call *call, const char *error, sd_json_variant *reply)
{
        if (text_equal(error, "io.provost.Box.NotAllowed"))
                call_refuse(call, 422, "invalid-value", NULL, "%s", *reply_text(reply, "reason") ? reply_text(reply, "reason") : "There is no such log.");
        else
                call_refuse_error(call, error, reply);
}

static void read_logs(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *error = NULL;

        if (ops_parameters(call, read_logs_fields, &parameters) < 0 || ops_without(call, &parameters, "after") < 0 ||
            ops_add_text(call, &parameters, "before", call_text(call, "after")) < 0)
                return;
        if (call_station_try(call, STATION_BOX, "ReadLog", parameters, 0, &reply, &error) < 0)
                refuse_filter(call, error, reply);
        else if (!sd_json_variant_by_key(reply, "next") && sd_json_variant_set_field(&reply, "next", NULL) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
        free(error);
}

const struct operation ops_system_operations[] = {
        {"GET", "/system", "getSystem", ROLE_READER, 0, NULL, get_system},
        {"POST", "/system/clock", "setClock", ROLE_ADMIN, OPERATION_FRESH, set_clock_fields, set_clock},
        {"POST", "/system/reboot", "reboot", ROLE_ADMIN, OPERATION_FRESH, NULL, reboot},
        {"POST", "/system/power-off", "powerOff", ROLE_ADMIN, OPERATION_FRESH, NULL, power_off},
        {"GET", "/logs", "readLogs", ROLE_ADMIN, 0, read_logs_fields, read_logs},
        OPERATIONS_END,
};
