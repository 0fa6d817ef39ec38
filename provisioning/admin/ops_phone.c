/*
 * ops_phone: one phone: what it is, what it gets, what it waits for.
 *
 * In:   a MAC and what is asked of this phone.
 * Out:  the phone, its timeline with the first step that is missing, settings, tunnel.
 * Not:  putting it out is ops_out's, its secrets are ops_secrets'.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_resync.h"

#include <stdlib.h>

#include "appliance/base/text.h"
#include "provisioning/admin/phone_way.h"

static const struct field mac_fields[] = {
        FIELD_PATH_MAC,
        FIELDS_END,
};

static const struct field change_phone_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, TEXT, "name", .max = 128),
        FIELD(BODY, TEXT, "model", .max = 31, .role = ROLE_ADMIN),
        FIELD(BODY, TEXTS, "profiles", .max = 64, .role = ROLE_ADMIN),
        FIELD(BODY, TEXT, "key_type", .max = 16, .role = ROLE_ADMIN),
        FIELD(BODY, TEXT, "lan_address", .max = 15, .role = ROLE_ADMIN),
        FIELD(BODY, TEXT, "sip_user", .max = 128, .role = ROLE_ADMIN),
        FIELD(BODY, TEXT, "sip_secret", .max = 256, .role = ROLE_ADMIN),
        FIELD(BODY, WORD, "vpn_class", .words = "modern legacy", .role = ROLE_ADMIN),
        FIELDS_END,
};

static const struct field open_window_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, INTEGER, "seconds", .required = true, .max = 86400),
        FIELDS_END,
};

static const struct field replace_phone_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, MAC, "new", .required = true),
        FIELD(BODY, FLAG, "without_certificate"),
        FIELDS_END,
};

static const struct field undo_replace_fields[] = {
        FIELD_PATH_MAC,
        FIELD_REASON,
        FIELDS_END,
};

static const struct field resync_phone_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, FLAG, "reboot"),
        FIELDS_END,
};

static const struct field get_timeline_fields[] = {
        FIELD_PATH_MAC,
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field list_phone_receipts_fields[] = {
        FIELD_PATH_MAC,
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field set_seal_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, TEXT, "number", .max = 64),
        FIELD(BODY, TEXT, "place", .max = 64),
        FIELD(BODY, FLAG, "inspected"),
        FIELDS_END,
};

static void get_phone(struct call *call)
{
        ops_read(call, mac_fields, STATION_STORE, "GetPhone", "phone");
}

static void change_phone(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (ops_parameters(call, change_phone_fields, &parameters) < 0 || ops_change(call, "ChangePhone", parameters, ops_phone, &reply) < 0)
                return;
        ops_reply(call, 200, sd_json_variant_by_key(reply, "phone"));
        sd_json_variant_unref(reply);
}

static void approve_phone(struct call *call)
{
        ops_write(call, mac_fields, STATION_STORE, "ApprovePhone", "phone");
}

static void open_window(struct call *call)
{
        ops_write(call, open_window_fields, STATION_STORE, "OpenWindow", "phone");
}

static void set_seal(struct call *call)
{
        ops_write(call, set_seal_fields, STATION_STORE, "SetSeal", NULL);
}

/* --- replacing --------------------------------------------------------------------- */

static void replace_phone(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (ops_parameters(call, replace_phone_fields, &parameters) < 0 || ops_without(call, &parameters, "mac") < 0 ||
            ops_add_text(call, &parameters, "old", call_text(call, "mac")) < 0 ||
            call_station(call, STATION_STORE, "ReplacePhone", parameters, CALL_AS_ACTOR, &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

static void undo_replace(struct call *call)
{
        ops_write(call, undo_replace_fields, STATION_STORE, "UndoReplace", "replacement");
}

/* --- what it does now ----------------------------------------------------------------- */

static void resync_phone(struct call *call)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;

        if (ops_resync(call, call_text(call, "mac"), call_flag(call, "reboot"), &reply, &error) < 0)
                call_refuse_error(call, error, reply);
        else
                call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
        free(error);
}

static void get_timeline(struct call *call)
{
        sd_json_variant *parameters = NULL, *timeline = NULL, *evidence = NULL, *site = NULL, *answer = NULL, *missing = NULL;

        if (ops_add_text(call, &parameters, "mac", call_text(call, "mac")) < 0 ||
            call_station(call, STATION_STORE, "GetEvidence", parameters, 0, &evidence) < 0)
                return;
        parameters = NULL;
        if (ops_parameters(call, get_timeline_fields, &parameters) < 0 || call_station(call, STATION_STORE, "Timeline", parameters, 0, &timeline) < 0 ||
            call_station(call, STATION_STORE, "GetSite", NULL, 0, &site) < 0)
                goto out;
        if (phone_way_missing(evidence, timeline, site, &missing) < 0 ||
            sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("events", sd_json_variant_by_key(timeline, "events")),
                           SD_JSON_BUILD_PAIR_VARIANT("first_missing", missing)) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
out:
        sd_json_variant_unref(answer);
        sd_json_variant_unref(missing);
        sd_json_variant_unref(site);
        sd_json_variant_unref(evidence);
        sd_json_variant_unref(timeline);
}

static void get_evidence(struct call *call)
{
        ops_read(call, mac_fields, STATION_STORE, "GetEvidence", NULL);
}

static void get_phone_settings(struct call *call)
{
        ops_read(call, mac_fields, STATION_STORE, "PreviewDocument", NULL);
}

static void get_phone_diff(struct call *call)
{
        ops_read(call, mac_fields, STATION_STORE, "DiffDocument", NULL);
}

static void list_phone_receipts(struct call *call)
{
        ops_read(call, list_phone_receipts_fields, STATION_STORE, "ListReceipts", NULL);
}

const struct operation ops_phone_operations[] = {
        {"GET", "/phones/{mac}", "getPhone", ROLE_READER, 0, mac_fields, get_phone},
        {"PATCH", "/phones/{mac}", "changePhone", ROLE_HELPDESK, OPERATION_MATCH, change_phone_fields, change_phone},
        {"POST", "/phones/{mac}/approve", "approvePhone", ROLE_HELPDESK, 0, mac_fields, approve_phone},
        {"POST", "/phones/{mac}/window", "openWindow", ROLE_HELPDESK, 0, open_window_fields, open_window},
        {"POST", "/phones/{mac}/replace", "replacePhone", ROLE_ADMIN, 0, replace_phone_fields, replace_phone},
        {"POST", "/phones/{mac}/undo-replace", "undoReplace", ROLE_ADMIN, 0, undo_replace_fields, undo_replace},
        {"POST", "/phones/{mac}/resync", "resyncPhone", ROLE_HELPDESK, 0, resync_phone_fields, resync_phone},
        {"GET", "/phones/{mac}/timeline", "getTimeline", ROLE_READER, 0, get_timeline_fields, get_timeline},
        {"GET", "/phones/{mac}/evidence", "getEvidence", ROLE_READER, 0, mac_fields, get_evidence},
        {"GET", "/phones/{mac}/settings", "getPhoneSettings", ROLE_READER, 0, mac_fields, get_phone_settings},
        {"GET", "/phones/{mac}/diff", "getPhoneDiff", ROLE_READER, 0, mac_fields, get_phone_diff},
        {"GET", "/phones/{mac}/receipts", "listPhoneReceipts", ROLE_READER, 0, list_phone_receipts_fields, list_phone_receipts},
        {"PUT", "/phones/{mac}/seal", "setSeal", ROLE_HELPDESK, 0, set_seal_fields, set_seal},
        OPERATIONS_END,
};
