/*
 * backup_drill: would it work.
 *
 * In:   an unpacked backup, its keys.
 * Out:  a report.
 * Not:  no judgement of its own about databases and certificates; nothing of the running appliance is asked or touched.
 */
#include "appliance/backup/backup_drill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"

#define STORE_CHECK "/run/provost/store-check"
#define PKI_CHECK "/run/provost/pki-check"
#define CHECK_MS (10 * 60 * 1000)

struct drill {
        struct backup_report report;
        struct backup_refusal *refusal;
};

static int add(struct drill *d, const char *name, bool is_ok, const char *text)
{
        sd_json_variant *check = NULL;
        int r = sd_json_buildo(&check, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_BOOLEAN("ok", is_ok),
                               SD_JSON_BUILD_PAIR_STRING("text", text));

        if (r >= 0)
                r = sd_json_variant_append_array(&d->report.checks, check);
        sd_json_variant_unref(check);
        if (!is_ok && !*d->report.first_bad)
                (void)snprintf(d->report.first_bad, sizeof d->report.first_bad, "%s", text);
        return pv_error_from_errno(r);
}

/* --- a program that checks --------------------------------------------------------- */

static int hear(struct drill *d, int connection)
{
        for (;;) {
                sd_json_variant *packet = NULL;
                const char *name, *text;
                int r = chore_next(connection, CHECK_MS, &packet);

                if (r < 0)
                        return backup_refuse(d->refusal, "", "", "The check of the backup ended early (%s); the journal has more.", pv_error_text(r));
                if (service_field_is_true(packet, "is_over")) {
                        d->report.is_newer |= service_field_is_true(packet, "newer");
                        sd_json_variant_unref(packet);
                        return 0;
                }
                name = service_field_text(packet, "name");
                text = service_field_text(packet, "text");
                r = add(d, name ? name : "", service_field_is_true(packet, "ok"), text ? text : "");
                sd_json_variant_unref(packet);
                if (r < 0)
                        return backup_refuse(d->refusal, "", "", "There is not enough memory for the report.");
        }
}

static int ask(struct drill *d, const char *path, const char *database, const int *fds, size_t n_fds)
{
        sd_json_variant *request = NULL;
        int connection = -1, r = sd_json_buildo(&request, SD_JSON_BUILD_PAIR_STRING("database", database));

        r = r < 0 ? PV_ENOMEM : chore_ask(path, request, fds, n_fds, &connection);
        sd_json_variant_unref(request);
        if (r < 0)
                return backup_refuse(d->refusal, "", "", "The check of the backup cannot be started (%s).", strerror(errno));
        r = hear(d, connection);
        close(connection);
        return r;
}

/* --- what they are handed ------------------------------------------------------------ */

/* In memory, where nothing of it reaches a disk. */
static int in_memory(const char *name, const void *data, size_t size)
{
        int fd = memfd_create(name, MFD_CLOEXEC);

        if (fd >= 0 && size && (write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)) {
                close(fd);
                fd = -1;
        }
        return fd;
}

static int with_pki(struct drill *d, const struct backup_opened *opened, const char *folder, int certificates)
{
        char path[BACKUP_FILES_PATH];
        int fds[3] = {-1, -1, certificates}, r;

        r = backup_files_path(path, folder, "pki");
        fds[0] = in_memory("pki.key", opened->pki_key, sizeof opened->pki_key);
        fds[1] = r == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        r = fds[0] < 0 || fds[1] < 0 || lseek(certificates, 0, SEEK_SET) < 0 ? backup_refuse_system(d->refusal, "The check of the backup cannot be started")
                                                                             : ask(d, PKI_CHECK, "", fds, 3);
        for (size_t i = 0; i < 2; i++)
                if (fds[i] >= 0)
                        close(fds[i]);
        return r;
}

static int with_store(struct drill *d, const struct backup_opened *opened, const char *folder, int certificates)
{
        char path[BACKUP_FILES_PATH];
        int fds[2] = {in_memory("store.key", opened->store_key, sizeof opened->store_key), certificates};
        int r = backup_files_path(path, folder, "store/provost.db");

        r = fds[0] < 0 || r < 0 ? backup_refuse_system(d->refusal, "The check of the backup cannot be started") : ask(d, STORE_CHECK, path, fds, 2);
        if (fds[0] >= 0)
                close(fds[0]);
        return r;
}

static int first_lines(struct drill *d, const struct backup_opened *opened)
{
        char text[256], own[64];
        int r;

        backup_content_own_version(own, sizeof own);
        (void)snprintf(text, sizeof text, "The file is whole: every one of its %lld KiB is as it was written.", (long long)((opened->content.size + 1023) >> 10));
        r = add(d, "file", true, text);
        (void)snprintf(text, sizeof text, "It was made by version %s; this is version %s.", opened->content.version, own);
        return r < 0 ? r : add(d, "version", true, text);
}

int backup_drill(const struct backup_opened *opened, const char *folder, struct backup_progress *progress, struct backup_report *ret_report,
                 struct backup_refusal *ret_refusal)
{
        struct drill d = {.refusal = ret_refusal};
        int certificates = in_memory("certificates", NULL, 0);
        int r = certificates < 0 ? backup_refuse_system(ret_refusal, "The check of the backup cannot be started") : 0;

        backup_progress_set(progress, "checking", 92, "The database is being checked.");
        if (r == 0 && first_lines(&d, opened) < 0)
                r = backup_refuse(ret_refusal, "", "", "There is not enough memory for the report.");
        if (r == 0)
                r = with_store(&d, opened, folder, certificates);
        backup_progress_set(progress, "checking", 96, "The certificates are being checked.");
        if (r == 0)
                r = with_pki(&d, opened, folder, certificates);
        if (certificates >= 0)
                close(certificates);
        if (r < 0) {
                backup_report_done(&d.report);
                return r;
        }
        d.report.is_ok = !*d.report.first_bad;
        *ret_report = d.report;
        return 0;
}

void backup_report_done(struct backup_report *report)
{
        report->checks = sd_json_variant_unref(report->checks);
}
