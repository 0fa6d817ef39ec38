/*
 * ops_backup: backups, and what becomes of them.
 *
 * In:   a schedule, passphrases, a backup in parts.
 * Out:  station backup does it; the audit has who wanted it; a backup for download, to the session that made it.
 * Not:  no passphrase is kept, said again or written down.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_piece.h"

#include <stdatomic.h>
#include <stdio.h>

#include "provisioning/admin/backup_made.h"

#define BACKUP_MAX INT64_C(17179869184)

static const struct field set_backup_schedule_fields[] = {
        FIELD(BODY, WORD, "to", .words = "off stick share"),
        FIELD(BODY, TEXT, "url", .max = 512),
        FIELD(BODY, TEXT, "user", .max = 128),
        FIELD(BODY, TEXT, "at", .min = 5, .max = 5),
        FIELD(BODY, INTEGER, "keep", .min = 1, .max = 365),
        FIELD(BODY, TEXT, "passphrase", .min = 12, .max = 256),
        FIELD(BODY, TEXT, "password", .max = 256),
        FIELD(BODY, PROSE, "authorities", .max = 65536),
        FIELDS_END,
};

static const struct field create_backup_fields[] = {
        FIELD(BODY, TEXT, "passphrase", .min = 12, .max = 256, .nullable = true),
        FIELDS_END,
};

static const struct field read_backup_fields[] = {
        FIELD(PATH, TEXT, "backup", .required = true, .min = 1, .max = 64),
        FIELDS_END,
};

static const struct field begin_restore_fields[] = {
        FIELD(BODY, INTEGER, "size", .required = true, .min = 1, .max = BACKUP_MAX),
        FIELD(BODY, TEXT, "sha256", .required = true, .min = 64, .max = 64),
        FIELDS_END,
};

static const struct field append_restore_fields[] = {
        FIELD(PATH, TEXT, "upload", .required = true, .min = 1, .max = 64),
        FIELD(BODY, INTEGER, "offset", .required = true, .max = BACKUP_MAX),
        FIELD(BODY, PROSE, "content", .required = true, .min = 1, .max = OPS_PIECE_BASE64),
        FIELDS_END,
};

static const struct field take_backup_fields[] = {
        FIELD(BODY, TEXT, "device", .required = true, .min = 1, .max = 64),
        FIELD(BODY, TEXT, "name", .required = true, .min = 1, .max = 255),
        FIELDS_END,
};

static const struct field open_backup_fields[] = {
        FIELD(BODY, TEXT, "upload", .required = true, .min = 1, .max = 64),
        FIELD(BODY, TEXT, "passphrase", .required = true, .min = 1, .max = 256),
        FIELDS_END,
};

/* One at a time is made, tried or restored: each may take a worker for minutes. */
static atomic_bool is_at_work;

static bool begin_work(struct call *call)
{
        if (!atomic_exchange(&is_at_work, true))
                return true;
        call_refuse(call, 409, "not-now", NULL, "A backup is being made, tried or restored just now: wait until that is over.");
        return false;
}

static void end_work(void)
{
        atomic_store(&is_at_work, false);
}

static void get_backup(struct call *call)
{
        ops_read(call, NULL, STATION_BACKUP, "Status", "state");
}

static void set_backup_schedule(struct call *call)
{
        const char *to = call_text(call, "to");

        if (ops_tell(call, set_backup_schedule_fields, STATION_BACKUP, "SetSchedule", NULL) >= 0 &&
            ops_note(call, "backup-schedule", to ? to : "", call_text(call, "passphrase") ? "another passphrase" : "") >= 0)
                get_backup(call);
}

/* --- made for download --------------------------------------------------------------- */

static void answer_created(struct call *call, sd_json_variant *reply)
{
        int64_t size = reply_number(reply, "size");

        if (backup_made_keep(reply_text(reply, "backup"), reply_text(reply, "name"), call_session(call), size > 0 ? (uint64_t)size : 0) < 0)
                call_refuse(call, 503, "trouble", NULL, "The backup's name cannot be used; the log of station backup says it.");
        else if (ops_note(call, "backup-created", reply_text(reply, "name"), "download") >= 0)
                call_reply(call, 200, reply);
}

static void create_backup(struct call *call)
{
        sd_json_variant *reply = NULL;
        int r;

        if (!begin_work(call))
                return;
        r = ops_tell(call, create_backup_fields, STATION_BACKUP, "Create", &reply);
        end_work();
        if (r >= 0)
                answer_created(call, reply);
        sd_json_variant_unref(reply);
}

static void run_backup(struct call *call)
{
        if (ops_tell(call, NULL, STATION_BACKUP, "RunNow", NULL) >= 0)
                ops_begins(call, "backup-run", "", "");
}

/* --- the way back ----------------------------------------------------------------------- */

static void begin_restore(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (ops_tell(call, begin_restore_fields, STATION_BACKUP, "BeginUpload", &reply) < 0)
                return;
        call_reply(call, 201, reply);
        sd_json_variant_unref(reply);
}

static void append_restore(struct call *call)
{
        ops_piece_append(call, append_restore_fields, STATION_BACKUP);
}

static void list_backup_sticks(struct call *call)
{
        ops_read(call, NULL, STATION_BACKUP, "ListSticks", NULL);
}

static void take_backup(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (ops_tell(call, take_backup_fields, STATION_BACKUP, "TakeFromStick", &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

/* The whole report comes back, whatever it says. */
static int open_backup(struct call *call, const char *method, sd_json_variant **ret_reply)
{
        int r;

        if (!begin_work(call))
                return PV_EBUSY;
        r = ops_tell(call, open_backup_fields, STATION_BACKUP, method, ret_reply);
        end_work();
        return r;
}

static void drill_backup(struct call *call)
{
        sd_json_variant *reply = NULL, *report;

        if (open_backup(call, "Drill", &reply) < 0)
                return;
        report = sd_json_variant_by_key(reply, "report");
        if (ops_note(call, "backup-drill", reply_text(sd_json_variant_by_key(report, "content"), "site"), reply_flag(report, "ok") ? "good" : "not good") >= 0)
                call_reply(call, 200, report);
        sd_json_variant_unref(reply);
}

/* In the audit of this system before it is another one's; what the report says does not hold stages nothing. */
static void restore_backup(struct call *call)
{
        sd_json_variant *reply = NULL, *report;

        if (ops_note(call, "backup-restore", call_text(call, "upload"), "") < 0 || open_backup(call, "Restore", &reply) < 0)
                return;
        report = sd_json_variant_by_key(reply, "report");
        call_reply(call, reply_flag(report, "ok") ? 202 : 200, report);
        sd_json_variant_unref(reply);
}

const struct operation ops_backup_operations[] = {
        {"GET", "/backup", "getBackup", ROLE_READER, 0, NULL, get_backup},
        {"PUT", "/backup/schedule", "setBackupSchedule", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, set_backup_schedule_fields, set_backup_schedule},
        {"POST", "/backup", "createBackup", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, create_backup_fields, create_backup},
        {"GET", "/backup/{backup}", "readBackup", ROLE_OWNER, OPERATION_SESSION | OPERATION_STREAM, read_backup_fields, NULL},
        {"POST", "/backup/run", "runBackup", ROLE_ADMIN, 0, NULL, run_backup},
        {"POST", "/backup/uploads", "beginRestore", ROLE_OWNER, 0, begin_restore_fields, begin_restore},
        {"PUT", "/backup/uploads/{upload}", "appendRestore", ROLE_OWNER, OPERATION_LARGE, append_restore_fields, append_restore},
        {"GET", "/backup/sticks", "listBackupSticks", ROLE_OWNER, 0, NULL, list_backup_sticks},
        {"POST", "/backup/sticks", "takeBackup", ROLE_OWNER, 0, take_backup_fields, take_backup},
        {"POST", "/backup/drill", "drillBackup", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, open_backup_fields, drill_backup},
        {"POST", "/backup/restore", "restoreBackup", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, open_backup_fields, restore_backup},
        OPERATIONS_END,
};
