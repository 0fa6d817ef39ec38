/*
 * backup_work: one backup, drill or restore from its beginning to its end.
 *
 * In:   what a person or the clock wants.
 * Out:  a file, a report, a staged restore; or a refusal.
 * Not:  no Varlink, no state of the station.
 */
#include "appliance/backup/backup_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_place.h"
#include "appliance/backup/backup_restore.h"

const char *backup_work_kind_text(const struct backup_work *w)
{
        return w->kind == BACKUP_WORK_DRILL ? "drill" : w->kind == BACKUP_WORK_RESTORE ? "restore" : "backup";
}

const char *backup_work_place(const struct backup_work *w)
{
        return w->kind == BACKUP_WORK_CREATE ? "download" : w->kind == BACKUP_WORK_SCHEDULED ? backup_schedule_to_text(w->schedule.to) : "";
}

/* --- making --------------------------------------------------------------------------- */

static int key_of(struct backup_work *w, struct backup_key *ret_key)
{
        int r;

        if (!w->passphrase) {
                *ret_key = w->schedule.key;
                return 0;
        }
        backup_progress_set(w->progress, "collecting", 0, "The key is made from the passphrase.");
        r = backup_key_make(w->passphrase, ret_key);
        return r < 0 ? backup_refuse(&w->refusal, "", "", "There is not enough memory for the key of a passphrase (64 MiB); try again later.") : 0;
}

static int create(struct backup_work *w)
{
        struct backup_key key;
        int r = key_of(w, &key);

        if (r == 0)
                r = backup_make(&key, w->path, w->progress, &w->made, &w->refusal);
        backup_key_forget(&key, sizeof key);
        return r;
}

static int scheduled(struct backup_work *w)
{
        int r = create(w);

        if (r == 0)
                r = backup_place_put(w);
        (void)unlink(w->path);
        return r;
}

/* --- looking ----------------------------------------------------------------------------- */

static int look(struct backup_work *w, bool with_firmware)
{
        const struct backup_open_how how = {.fd = w->fd, .passphrase = w->passphrase, .folder = BACKUP_FILES_SCRATCH, .with_firmware = with_firmware,
                                            .progress = w->progress};
        int r = backup_open(&how, &w->opened, &w->refusal);

        if (r == 0)
                r = backup_drill(&w->opened, BACKUP_FILES_SCRATCH, w->progress, &w->report, &w->refusal);
        if (r == 0 && w->report.is_newer)
                r = backup_refuse(&w->refusal, "newer", "upload", "%s", w->report.first_bad);
        return r;
}

static int drill(struct backup_work *w)
{
        int r = look(w, false);

        (void)backup_files_clear(BACKUP_FILES_SCRATCH, false);
        return r;
}

static int restore(struct backup_work *w)
{
        int r = look(w, true);

        if (r == 0 && !w->report.is_ok)
                r = backup_refuse(&w->refusal, "damaged", "upload", "The backup opens, but would not work: %s", w->report.first_bad);
        if (r == 0) {
                backup_progress_set(w->progress, "restoring", 98, "The restore is being prepared.");
                r = backup_restore_stage("/data", BACKUP_FILES_SCRATCH, &w->opened, &w->refusal);
        }
        (void)backup_files_clear(BACKUP_FILES_SCRATCH, false);
        return r;
}

/* --- all ----------------------------------------------------------------------------------- */

void backup_work_run(struct backup_work *w)
{
        switch (w->kind) {
        case BACKUP_WORK_CREATE: w->result = create(w); break;
        case BACKUP_WORK_SCHEDULED: w->result = scheduled(w); break;
        case BACKUP_WORK_DRILL: w->result = drill(w); break;
        case BACKUP_WORK_RESTORE: w->result = restore(w); break;
        case BACKUP_WORK_TAKE: w->result = backup_place_take(w); break;
        case BACKUP_WORK_LIST: w->result = backup_place_list(w); break;
        }
}

void backup_work_done(struct backup_work *w)
{
        if (w->fd >= 0)
                close(w->fd);
        if (w->passphrase) {
                backup_key_forget(w->passphrase, strlen(w->passphrase));
                free(w->passphrase);
        }
        backup_report_done(&w->report);
        sd_json_variant_unref(w->files);
        backup_key_forget(w, sizeof *w);
}
