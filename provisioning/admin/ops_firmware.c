/*
 * ops_firmware: firmware of phones, taken in parts.
 *
 * In:   what a file is; its parts, base64.
 * Out:  station settings keeps it; the store knows it when it is complete.
 * Not:  no part is kept here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdio.h>

static const struct field begin_firmware_fields[] = {
        FIELD(BODY, TEXT, "model", .required = true, .min = 1, .max = 31),
        FIELD(BODY, TEXT, "version", .required = true, .min = 1, .max = 63),
        FIELD(BODY, WORD, "kind", .required = true, .words = "firmware vpn-feature"),
        FIELD(BODY, TEXT, "file", .required = true, .min = 1, .max = 128),
        FIELD(BODY, INTEGER, "size", .required = true, .min = 1, .max = 1073741824),
        FIELD(BODY, TEXT, "sha256", .required = true, .min = 64, .max = 64),
        FIELDS_END,
};

static const struct field append_firmware_fields[] = {
        FIELD(PATH, INTEGER, "upload", .required = true, .min = 1, .max = INT64_MAX),
        FIELD(BODY, INTEGER, "offset", .required = true, .max = 1073741824),
        FIELD(BODY, PROSE, "content", .required = true, .min = 1, .max = 1398104),
        FIELDS_END,
};

static const struct field finish_firmware_fields[] = {
        FIELD(PATH, INTEGER, "upload", .required = true, .min = 1, .max = INT64_MAX),
        FIELDS_END,
};

static const struct field remove_firmware_fields[] = {
        FIELD(PATH, TEXT, "file", .required = true, .min = 1, .max = 128),
        FIELDS_END,
};

/* settings knows no people: the audit is told here, when it is done. */
static void note(struct call *call, const char *action, const char *subject)
{
        if (ops_note(call, action, subject, "") >= 0)
                call_reply_empty(call);
}

static void list_firmware(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListFirmware", NULL);
}

static int tell_settings(struct call *call, const struct field *fields, const char *method, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;

        if (ops_parameters(call, fields, &parameters) < 0)
                return PV_EREFUSED;
        return call_station(call, STATION_SETTINGS, method, parameters, 0, ret_reply);
}

static void begin_firmware(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (tell_settings(call, begin_firmware_fields, "BeginFirmware", &reply) < 0)
                return;
        call_reply(call, 201, reply);
        sd_json_variant_unref(reply);
}

static void append_firmware(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (tell_settings(call, append_firmware_fields, "AppendFirmware", &reply) < 0)
                return;
        sd_json_variant_unref(reply);
        call_reply_empty(call);
}

/* The line of settings, just before it in the audit, has the file's name. */
static void finish_firmware(struct call *call)
{
        sd_json_variant *reply = NULL;
        char upload[40];

        if (tell_settings(call, finish_firmware_fields, "FinishFirmware", &reply) < 0)
                return;
        sd_json_variant_unref(reply);
        (void)snprintf(upload, sizeof upload, "upload %lld", (long long)call_integer(call, "upload", 0));
        note(call, "firmware-added", upload);
}

static void remove_firmware(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (tell_settings(call, remove_firmware_fields, "RemoveFirmware", &reply) < 0)
                return;
        sd_json_variant_unref(reply);
        note(call, "firmware-removed", call_text(call, "file"));
}

const struct operation ops_firmware_operations[] = {
        {"GET", "/firmware", "listFirmware", ROLE_READER, 0, NULL, list_firmware},
        {"POST", "/firmware", "beginFirmware", ROLE_ADMIN, 0, begin_firmware_fields, begin_firmware},
        {"PUT", "/firmware/uploads/{upload}", "appendFirmware", ROLE_ADMIN, OPERATION_LARGE, append_firmware_fields, append_firmware},
        {"POST", "/firmware/uploads/{upload}/finish", "finishFirmware", ROLE_ADMIN, 0, finish_firmware_fields, finish_firmware},
        {"DELETE", "/firmware/{file}", "removeFirmware", ROLE_ADMIN, 0, remove_firmware_fields, remove_firmware},
        OPERATIONS_END,
};
