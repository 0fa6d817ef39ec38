/*
 * ops_update: updates of the appliance.
 *
 * In:   a bundle in parts, or where one is; what to do with it.
 * Out:  station update does it, mostly in the background; the audit has who wanted it.
 * Not:  nothing of a bundle is looked at or kept here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_piece.h"

#define BUNDLE_MAX INT64_C(1073741824)

static const struct field begin_update_fields[] = {
        FIELD(BODY, INTEGER, "size", .required = true, .min = 1, .max = BUNDLE_MAX),
        FIELD(BODY, TEXT, "sha256", .required = true, .min = 64, .max = 64),
        FIELDS_END,
};

static const struct field append_update_fields[] = {
        FIELD(PATH, TEXT, "upload", .required = true, .min = 1, .max = 64),
        FIELD(BODY, INTEGER, "offset", .required = true, .max = BUNDLE_MAX),
        FIELD(BODY, PROSE, "content", .required = true, .min = 1, .max = OPS_PIECE_BASE64),
        FIELDS_END,
};

static const struct field finish_update_fields[] = {
        FIELD(PATH, TEXT, "upload", .required = true, .min = 1, .max = 64),
        FIELDS_END,
};

static const struct field download_update_fields[] = {
        FIELD(BODY, TEXT, "url", .min = 1, .max = 512, .nullable = true),
        FIELDS_END,
};

static const struct field take_update_fields[] = {
        FIELD(BODY, TEXT, "device", .required = true, .min = 1, .max = 64),
        FIELD(BODY, TEXT, "name", .required = true, .min = 1, .max = 255),
        FIELDS_END,
};

static const struct field install_update_fields[] = {
        FIELD(BODY, FLAG, "restart"),
        FIELDS_END,
};

static void get_update(struct call *call)
{
        ops_read(call, NULL, STATION_UPDATE, "Status", "state");
}

/* --- a bundle comes -------------------------------------------------------------- */

static void begin_update(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (ops_tell(call, begin_update_fields, STATION_UPDATE, "BeginUpload", &reply) < 0)
                return;
        call_reply(call, 201, reply);
        sd_json_variant_unref(reply);
}

static void append_update(struct call *call)
{
        ops_piece_append(call, append_update_fields, STATION_UPDATE);
}

static void finish_update(struct call *call)
{
        sd_json_variant *reply = NULL, *bundle;

        if (ops_tell(call, finish_update_fields, STATION_UPDATE, "FinishUpload", &reply) < 0)
                return;
        bundle = sd_json_variant_by_key(reply, "bundle");
        if (ops_note(call, "update-uploaded", reply_text(bundle, "version"), "") >= 0)
                call_reply(call, 200, bundle);
        sd_json_variant_unref(reply);
}

static void download_update(struct call *call)
{
        const char *url = call_text(call, "url");

        if (ops_tell(call, download_update_fields, STATION_UPDATE, "Download", NULL) >= 0)
                ops_begins(call, "update-download", url ? url : "", "");
}

static void list_update_sticks(struct call *call)
{
        ops_read(call, NULL, STATION_UPDATE, "ListSticks", NULL);
}

static void take_update(struct call *call)
{
        if (ops_tell(call, take_update_fields, STATION_UPDATE, "TakeFromStick", NULL) >= 0)
                ops_begins(call, "update-taken", call_text(call, "name"), call_text(call, "device"));
}

/* --- what becomes of it ------------------------------------------------------------ */

static void install_update(struct call *call)
{
        if (ops_tell(call, install_update_fields, STATION_UPDATE, "Install", NULL) >= 0)
                ops_begins(call, "update-install", "", call_flag(call, "restart") ? "restart" : "");
}

/* What ends this system stands in the audit before it happens. */
static void restart_into(struct call *call, const char *action, const char *method)
{
        if (ops_note(call, action, "", "") >= 0 && ops_tell(call, NULL, STATION_UPDATE, method, NULL) >= 0)
                ops_accept(call);
}

static void restart_update(struct call *call)
{
        restart_into(call, "update-restart", "Restart");
}

static void go_back(struct call *call)
{
        restart_into(call, "update-back", "GoBack");
}

static void discard_update(struct call *call)
{
        if (ops_tell(call, NULL, STATION_UPDATE, "Discard", NULL) >= 0)
                ops_begins(call, "update-discard", "", "");
}

const struct operation ops_update_operations[] = {
        {"GET", "/update", "getUpdate", ROLE_READER, 0, NULL, get_update},
        {"POST", "/update/uploads", "beginUpdate", ROLE_ADMIN, 0, begin_update_fields, begin_update},
        {"PUT", "/update/uploads/{upload}", "appendUpdate", ROLE_ADMIN, OPERATION_LARGE, append_update_fields, append_update},
        {"POST", "/update/uploads/{upload}/finish", "finishUpdate", ROLE_ADMIN, 0, finish_update_fields, finish_update},
        {"POST", "/update/download", "downloadUpdate", ROLE_ADMIN, 0, download_update_fields, download_update},
        {"GET", "/update/sticks", "listUpdateSticks", ROLE_ADMIN, 0, NULL, list_update_sticks},
        {"POST", "/update/sticks", "takeUpdate", ROLE_ADMIN, 0, take_update_fields, take_update},
        {"POST", "/update/install", "installUpdate", ROLE_ADMIN, OPERATION_FRESH, install_update_fields, install_update},
        {"POST", "/update/restart", "restartUpdate", ROLE_ADMIN, OPERATION_FRESH, NULL, restart_update},
        {"POST", "/update/back", "goBack", ROLE_ADMIN, OPERATION_FRESH, NULL, go_back},
        {"POST", "/update/discard", "discardUpdate", ROLE_ADMIN, 0, NULL, discard_update},
        OPERATIONS_END,
};
