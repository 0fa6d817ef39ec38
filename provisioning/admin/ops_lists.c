/*
 * ops_lists: enrolment, replacements, receipts, seals and alarms of all phones.
 *
 * In:   filters; what somebody says of an alarm.
 * Out:  the store's lists.
 * Not:  nothing of a single phone.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

static const struct field open_enrolment_fields[] = {
        FIELD(BODY, INTEGER, "seconds", .required = true, .max = 86400),
        FIELD(BODY, INTEGER, "phones", .min = 1, .max = 10000),
        FIELDS_END,
};

static const struct field list_receipts_fields[] = {
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field list_seals_fields[] = {
        FIELD(QUERY, FLAG, "overdue"),
        FIELDS_END,
};

static const struct field list_alarms_fields[] = {
        FIELD(QUERY, FLAG, "open"),
        FIELDS_END,
};

static const struct field close_alarm_fields[] = {
        FIELD(PATH, INTEGER, "id", .required = true, .min = 1, .max = INT64_MAX),
        FIELD(BODY, TEXT, "note", .required = true, .max = 512),
        FIELDS_END,
};

static void get_enrolment(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "GetEnrolmentWindow", "enrolment");
}

static void open_enrolment(struct call *call)
{
        ops_write(call, open_enrolment_fields, STATION_STORE, "OpenEnrolment", "enrolment");
}

static void list_replacements(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListReplacements", NULL);
}

static void list_receipts(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (ops_parameters(call, list_receipts_fields, &parameters) < 0 || ops_add_text(call, &parameters, "mac", "") < 0 ||
            call_station(call, STATION_STORE, "ListReceipts", parameters, 0, &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

static void list_seals(struct call *call)
{
        ops_read(call, list_seals_fields, STATION_STORE, "ListSeals", NULL);
}

static void list_alarms(struct call *call)
{
        ops_read(call, list_alarms_fields, STATION_STORE, "ListAlarms", NULL);
}

static void close_alarm(struct call *call)
{
        ops_do(call, close_alarm_fields, STATION_STORE, "CloseAlarm");
}

const struct operation ops_lists_operations[] = {
        {"GET", "/enrolment", "getEnrolment", ROLE_READER, 0, NULL, get_enrolment},
        {"PUT", "/enrolment", "openEnrolment", ROLE_HELPDESK, 0, open_enrolment_fields, open_enrolment},
        {"GET", "/replacements", "listReplacements", ROLE_READER, 0, NULL, list_replacements},
        {"GET", "/receipts", "listReceipts", ROLE_READER, 0, list_receipts_fields, list_receipts},
        {"GET", "/seals", "listSeals", ROLE_READER, 0, list_seals_fields, list_seals},
        {"GET", "/alarms", "listAlarms", ROLE_READER, 0, list_alarms_fields, list_alarms},
        {"POST", "/alarms/{id}/close", "closeAlarm", ROLE_HELPDESK, 0, close_alarm_fields, close_alarm},
        OPERATIONS_END,
};
