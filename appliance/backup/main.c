/*
 * provost-backup: the station's process and its Varlink methods.
 *
 * In:   io.provost.Backup calls from root and from station admin.
 * Out:  backups and reports, piece by piece; the state, once or as a stream.
 * Not:  no work of its own, see backup.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/backup/backup.h"
#include "appliance/backup/backup_files.h"
#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "gen/io.provost.Backup.h"

#define N_WATCHERS_MAX 16
#define N_LOOKERS_MAX 16
#define INTERFACE "io.provost.Backup."
#define PIECE_MAX (4 << 20)

struct station {
        struct backup *backup;
        sd_varlink *watchers[N_WATCHERS_MAX];
        bool is_looking;                        /* at the sticks */
        sd_varlink *lookers[N_LOOKERS_MAX];     /* who came meanwhile, and gets the same answer */
};

/* --- answers ------------------------------------------------------------------------ */

static int refuse(sd_varlink *link, const struct backup_refusal *refusal)
{
        if (!*refusal->code && !*refusal->field)
                return service_refuse(link, INTERFACE "Trouble", "%s", refusal->reason);
        return sd_varlink_errorbo(link, INTERFACE "Refused", SD_JSON_BUILD_PAIR_STRING("reason", refusal->reason),
                                  SD_JSON_BUILD_PAIR_STRING("field", refusal->field), SD_JSON_BUILD_PAIR_STRING("code", refusal->code));
}

static int refuse_busy(sd_varlink *link, int r)
{
        return r == PV_EBUSY ? service_refuse(link, INTERFACE "NotNow", "A backup is being made or looked at already; wait until it is done.")
                             : service_refuse(link, INTERFACE "Trouble", "It cannot be begun: %s.", pv_error_text(r));
}

static int refuse_unknown(sd_varlink *link, const char *field, const char *what)
{
        return sd_varlink_errorbo(link, INTERFACE "Refused", SD_JSON_BUILD_PAIR_STRING("reason", what), SD_JSON_BUILD_PAIR_STRING("field", field),
                                  SD_JSON_BUILD_PAIR_STRING("code", ""));
}

static int reply_state(struct station *station, sd_varlink *link, bool is_stream)
{
        sd_json_variant *state = NULL, *reply = NULL;
        int r = backup_state_json(station->backup, &state);

        if (r == 0)
                r = sd_json_buildo(&reply, SD_JSON_BUILD_PAIR_VARIANT("state", state));
        if (r >= 0)
                r = is_stream ? sd_varlink_notify(link, reply) : sd_varlink_reply(link, reply);
        else if (!is_stream)
                r = service_refuse(link, INTERFACE "Trouble", "The state cannot be told: %s.", pv_error_text(r));
        sd_json_variant_unref(state);
        sd_json_variant_unref(reply);
        return r;
}

static void on_changed(void *userdata)
{
        struct station *station = userdata;

        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (station->watchers[i])
                        (void)reply_state(station, station->watchers[i], true);
}

static void on_disconnected(sd_varlink *link, void *userdata)
{
        struct station *station = userdata;

        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (station->watchers[i] == link)
                        station->watchers[i] = sd_varlink_unref(link);
        for (size_t i = 0; i < N_LOOKERS_MAX; i++)
                if (station->lookers[i] == link)
                        station->lookers[i] = sd_varlink_unref(link);
}

/* libsystemd checked names and types against the interface; this much is left. */
#define METHOD(name) static int method_##name(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)

METHOD(status)
{
        (void)parameters;
        (void)flags;
        return reply_state(userdata, link, false);
}

METHOD(watch)
{
        struct station *station = userdata;

        (void)parameters;
        if (!(flags & SD_VARLINK_METHOD_MORE))
                return sd_varlink_error(link, SD_VARLINK_ERROR_EXPECTED_MORE, NULL);
        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (!station->watchers[i]) {
                        station->watchers[i] = sd_varlink_ref(link);
                        return reply_state(station, link, true);
                }
        return service_refuse(link, INTERFACE "Trouble", "Too many watch already (%d).", N_WATCHERS_MAX);
}

METHOD(set_schedule)
{
        struct station *station = userdata;
        struct backup_refusal refusal = {0};

        (void)flags;
        return backup_set_schedule(station->backup, parameters, &refusal) < 0 ? refuse(link, &refusal) : sd_varlink_reply(link, NULL);
}

/* --- making -------------------------------------------------------------------------- */

/* A call that waits for the end of the work. */
struct waiting {
        struct station *station;
        sd_varlink *link;
        struct backup_upload *file;
};

static struct waiting *waiting_new(struct station *station, sd_varlink *link, struct backup_upload *file)
{
        struct waiting *w = calloc(1, sizeof *w);

        if (w)
                *w = (struct waiting){.station = station, .link = sd_varlink_ref(link), .file = file};
        if (w && file)
                file->is_busy = true;
        return w;
}

static void waiting_done(struct waiting *w)
{
        if (w->file)
                w->file->is_busy = false;
        sd_varlink_unref(w->link);
        free(w);
}

static int begin(struct station *station, sd_varlink *link, struct backup_work *work, struct backup_upload *file, backup_worked worked)
{
        struct waiting *w = waiting_new(station, link, file);
        int r;

        if (!w) {
                backup_work_done(work);
                return refuse_busy(link, PV_ENOMEM);
        }
        r = backup_begin(station->backup, work, worked, w);
        if (r == 0)
                return 1;
        waiting_done(w);
        return refuse_busy(link, r);
}

static void on_created(struct backup_work *work, void *userdata)
{
        struct waiting *w = userdata;
        int r = -1;

        if (work->result < 0)
                (void)refuse(w->link, &work->refusal);
        else {
                w->file->size = w->file->at = work->made.content.size;
                w->file->used_ms = clock_monotonic_ms();
                r = sd_varlink_replybo(w->link, SD_JSON_BUILD_PAIR_STRING("backup", w->file->id), SD_JSON_BUILD_PAIR_STRING("name", work->made.name),
                                       SD_JSON_BUILD_PAIR_INTEGER("size", work->made.content.size), SD_JSON_BUILD_PAIR_STRING("sha256", work->made.sha256));
        }
        /* Nobody waits for it any more. */
        if (r < 0)
                backup_upload_remove(w->file);
        waiting_done(w);
}

METHOD(create)
{
        struct station *station = userdata;
        const char *passphrase = service_field_text(parameters, "passphrase");
        struct backup_work work = {.kind = BACKUP_WORK_CREATE, .fd = -1};
        struct backup_upload *file = NULL;
        int r;

        (void)flags;
        if (!passphrase && !backup_has_passphrase(station->backup))
                return refuse_unknown(link, "passphrase", "No passphrase is set for scheduled backups; say one for this backup.");
        if (passphrase && (strlen(passphrase) < BACKUP_KEY_PASSPHRASE_MIN || strlen(passphrase) > BACKUP_KEY_PASSPHRASE_MAX))
                return refuse_unknown(link, "passphrase", "The passphrase needs 12 bytes and more: four or five words.");
        if (passphrase && !(work.passphrase = strdup(passphrase)))
                return refuse_busy(link, PV_ENOMEM);
        r = backup_upload_new(backup_uploads_out(station->backup), clock_monotonic_ms(), &file);
        if (r < 0) {
                backup_work_done(&work);
                return refuse_busy(link, r);
        }
        (void)text_copy(work.path, sizeof work.path, file->path);
        r = begin(station, link, &work, file, on_created);
        if (r != 1)
                backup_upload_remove(file);
        return r;
}

METHOD(run_now)
{
        struct station *station = userdata;
        int r;

        (void)parameters;
        (void)flags;
        if (!backup_is_scheduled(station->backup))
                return service_refuse(link, INTERFACE "NotNow", "No place for backups is set; choose a stick or a share first.");
        r = backup_begin_scheduled(station->backup);
        return r < 0 ? refuse_busy(link, r) : sd_varlink_reply(link, NULL);
}

static int read_piece(sd_varlink *link, struct backup_upload *file, int64_t offset, size_t length)
{
        uint8_t *bytes = malloc(length + 1);
        int fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r;
        ssize_t n = bytes && fd >= 0 ? pread(fd, bytes, length, offset) : -1;

        if (n < 0)
                r = service_refuse(link, INTERFACE "Trouble", "The backup cannot be read; make it again.");
        else
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("data", SD_JSON_BUILD_BASE64(bytes, (size_t)n)));
        if (fd >= 0)
                close(fd);
        free(bytes);
        /* Read to its end: nothing of it stays here. */
        if (n > 0 && offset + n >= file->size)
                backup_upload_remove(file);
        return r;
}

METHOD(read_backup)
{
        struct station *station = userdata;
        struct backup_upload *file = backup_upload_find(backup_uploads_out(station->backup), service_field_text(parameters, "backup"), clock_monotonic_ms());
        int64_t offset = service_field_integer(parameters, "offset", -1), length = service_field_integer(parameters, "length", -1);

        (void)flags;
        if (!file || file->is_busy)
                return refuse_unknown(link, "backup", "This backup is not here any more (it is kept for 15 minutes, and until it was read once); make it again.");
        if (offset < 0 || offset > file->size)
                return refuse_unknown(link, "offset", "There is no such place in this backup.");
        if (length < 1 || length > PIECE_MAX)
                return refuse_unknown(link, "length", "A piece has 1 byte to 4 MiB.");
        return read_piece(link, file, offset, (size_t)length);
}

/* --- uploads ---------------------------------------------------------------------------- */

METHOD(begin_upload)
{
        struct station *station = userdata;
        struct backup_refusal refusal = {0};
        struct backup_upload *file = NULL;

        (void)flags;
        if (backup_upload_begin(backup_uploads_in(station->backup), service_field_integer(parameters, "size", 0), service_field_text(parameters, "sha256"),
                                clock_monotonic_ms(), &file, &refusal) < 0)
                return refuse(link, &refusal);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("upload", file->id));
}

static struct backup_upload *find_upload(struct station *station, sd_json_variant *parameters)
{
        return backup_upload_find(backup_uploads_in(station->backup), service_field_text(parameters, "upload"), clock_monotonic_ms());
}

static int no_upload(sd_varlink *link)
{
        return refuse_unknown(link, "upload", "This upload is not here any more (it is kept for 15 minutes); upload the backup again.");
}

METHOD(append_upload)
{
        struct station *station = userdata;
        struct backup_upload *file = find_upload(station, parameters);
        struct backup_refusal refusal = {0};
        void *bytes = NULL;
        size_t size = 0;
        int r;

        (void)flags;
        if (!file || file->is_busy)
                return no_upload(link);
        if (sd_json_variant_unbase64(sd_json_variant_by_key(parameters, "data"), &bytes, &size) < 0)
                return refuse_unknown(link, "data", "A piece is written in base64.");
        r = backup_upload_append(file, service_field_integer(parameters, "offset", -1), bytes, size, &refusal);
        free(bytes);
        return r < 0 ? refuse(link, &refusal) : sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_INTEGER("offset", file->at));
}

/* --- sticks -------------------------------------------------------------------------------- */

static void reply_listed(sd_varlink *link, const struct backup_work *work)
{
        (void)(work->result < 0 ? refuse(link, &work->refusal) : sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("files", work->files)));
}

static void on_listed(struct backup_work *work, void *userdata)
{
        struct waiting *w = userdata;
        struct station *station = w->station;

        station->is_looking = false;
        reply_listed(w->link, work);
        for (size_t i = 0; i < N_LOOKERS_MAX; i++)
                if (station->lookers[i]) {
                        reply_listed(station->lookers[i], work);
                        station->lookers[i] = sd_varlink_unref(station->lookers[i]);
                }
        waiting_done(w);
}

/* Two people who look at once see the same. */
METHOD(list_sticks)
{
        struct backup_work work = {.kind = BACKUP_WORK_LIST, .fd = -1};
        struct station *station = userdata;
        int r;

        (void)parameters;
        (void)flags;
        for (size_t i = 0; station->is_looking && i < N_LOOKERS_MAX; i++)
                if (!station->lookers[i]) {
                        station->lookers[i] = sd_varlink_ref(link);
                        return 1;
                }
        r = begin(station, link, &work, NULL, on_listed);
        station->is_looking |= r == 1;
        return r;
}

static void on_taken(struct backup_work *work, void *userdata)
{
        struct waiting *w = userdata;
        int64_t size = 0;
        char sum[65];
        int fd = work->result < 0 ? -1 : open(w->file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r = -1;

        if (work->result < 0)
                (void)refuse(w->link, &work->refusal);
        else if (fd < 0 || backup_files_sum(fd, sum, &size) < 0)
                (void)service_refuse(w->link, INTERFACE "Trouble", "The backup cannot be read.");
        else {
                w->file->size = w->file->at = size;
                w->file->used_ms = clock_monotonic_ms();
                r = sd_varlink_replybo(w->link, SD_JSON_BUILD_PAIR_STRING("upload", w->file->id));
        }
        if (fd >= 0)
                close(fd);
        if (r < 0)
                backup_upload_remove(w->file);
        waiting_done(w);
}

METHOD(take_from_stick)
{
        struct station *station = userdata;
        struct backup_work work = {.kind = BACKUP_WORK_TAKE, .fd = -1};
        struct backup_upload *file = NULL;
        int r;

        (void)flags;
        if (text_copy(work.device, sizeof work.device, service_field_text(parameters, "device")) < 0 ||
            text_copy(work.name, sizeof work.name, service_field_text(parameters, "name")) < 0)
                return refuse_unknown(link, "name", "There is no such file on a stick.");
        r = backup_upload_new(backup_uploads_in(station->backup), clock_monotonic_ms(), &file);
        if (r < 0)
                return refuse_busy(link, r);
        (void)text_copy(work.path, sizeof work.path, file->path);
        r = begin(station, link, &work, file, on_taken);
        if (r != 1)
                backup_upload_remove(file);
        return r;
}

/* --- drills and restores ---------------------------------------------------------------------- */

static int report_json(const struct backup_work *work, sd_json_variant **ret)
{
        sd_json_variant *content = NULL;
        int r = backup_content_json(&work->opened.content, &content);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR_VARIANT("content", content),
                                                       SD_JSON_BUILD_PAIR_VARIANT("checks", work->report.checks),
                                                       SD_JSON_BUILD_PAIR_BOOLEAN("ok", work->report.is_ok)));
        sd_json_variant_unref(content);
        return r;
}

static void on_looked(struct backup_work *work, void *userdata)
{
        struct waiting *w = userdata;
        sd_json_variant *report = NULL;

        if (work->result < 0)
                (void)refuse(w->link, &work->refusal);
        else if (report_json(work, &report) < 0)
                (void)service_refuse(w->link, INTERFACE "Trouble", "There is not enough memory for the report.");
        else
                (void)sd_varlink_replybo(w->link, SD_JSON_BUILD_PAIR_VARIANT("report", report));
        sd_json_variant_unref(report);
        if (work->result == 0 && work->kind == BACKUP_WORK_RESTORE) {
                backup_upload_remove(w->file);
                w->file = NULL;
                backup_restart(w->station->backup);
        }
        waiting_done(w);
}

static int look(struct station *station, sd_varlink *link, sd_json_variant *parameters, enum backup_work_kind kind)
{
        const char *passphrase = service_field_text(parameters, "passphrase");
        struct backup_upload *file = find_upload(station, parameters);
        struct backup_work work = {.kind = kind, .fd = -1};
        struct backup_refusal refusal = {0};

        if (!file)
                return no_upload(link);
        if (file->is_busy)
                return refuse_busy(link, PV_EBUSY);
        if (!passphrase || !*passphrase || strlen(passphrase) > BACKUP_KEY_PASSPHRASE_MAX)
                return sd_varlink_errorbo(link, INTERFACE "Refused", SD_JSON_BUILD_PAIR_STRING("reason", "The backup does not open with this passphrase."),
                                          SD_JSON_BUILD_PAIR_STRING("field", "passphrase"), SD_JSON_BUILD_PAIR_STRING("code", "passphrase"));
        if (backup_upload_open(file, &work.fd, &refusal) < 0)
                return refuse(link, &refusal);
        work.passphrase = strdup(passphrase);
        if (!work.passphrase) {
                backup_work_done(&work);
                return refuse_busy(link, PV_ENOMEM);
        }
        return begin(station, link, &work, file, on_looked);
}

METHOD(drill)
{
        (void)flags;
        return look(userdata, link, parameters, BACKUP_WORK_DRILL);
}

METHOD(restore)
{
        (void)flags;
        return look(userdata, link, parameters, BACKUP_WORK_RESTORE);
}

/* --- the process ---------------------------------------------------------------------------------- */

#define PERSON (SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN)

static const struct service_method methods[] = {
        {INTERFACE "Status", PERSON, method_status},
        {INTERFACE "Watch", PERSON, method_watch},
        {INTERFACE "SetSchedule", PERSON, method_set_schedule},
        {INTERFACE "Create", PERSON, method_create},
        {INTERFACE "ReadBackup", PERSON, method_read_backup},
        {INTERFACE "RunNow", PERSON, method_run_now},
        {INTERFACE "BeginUpload", PERSON, method_begin_upload},
        {INTERFACE "AppendUpload", PERSON, method_append_upload},
        {INTERFACE "ListSticks", PERSON, method_list_sticks},
        {INTERFACE "TakeFromStick", PERSON, method_take_from_stick},
        {INTERFACE "Drill", PERSON, method_drill},
        {INTERFACE "Restore", PERSON, method_restore},
        {0},
};

int main(void)
{
        static struct station station;
        const struct service_spec spec = {
                .station = "backup",
                .interface = &vl_interface_io_provost_Backup,
                .methods = methods,
                .disconnected = on_disconnected,
                .userdata = &station,
        };
        struct service *service = NULL;
        int code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return code;
        if (backup_new(service, on_changed, &station, &station.backup) < 0)
                log_event(LOG_LEVEL_ERROR, "start-failed", "reason", "Not enough memory, or " BACKUP_FILES_HOME " is not there.", NULL);
        else
                code = service_run(service);
        backup_free(station.backup);
        service_free(service);
        return code;
}
