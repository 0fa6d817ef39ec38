/*
 * backup_restore: the state of the appliance changes places with another one.
 *
 * In:   a folder with five parts; what became of them so far (a file and marks in the parts).
 * Out:  the same parts where the stations look for theirs.
 * Not:  whether it works is judged elsewhere (restore_main).
 */
#include "appliance/backup/backup_restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_machine.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

#define MARK ".restored"                /* in each part that came out of a backup */

static const struct part {
        const char *staged, *live;
} parts[] = {
        {"credentials", "credentials"},
        {"store", "var/lib/provost/store"},
        {"pki", "var/lib/provost/pki"},
        {"firmware", "var/lib/provost/firmware"},
        {"keep", "backup/keep"},
};
#define N_PARTS (sizeof parts / sizeof parts[0])

static const char *const phases[] = {"none", "staged", "swapping", "trying", "back"};

void (*backup_restore_step)(void);

static void step(void)
{
        if (backup_restore_step)
                backup_restore_step();
}

/* "home/folder/name". */
static int place(char ret[static BACKUP_FILES_PATH], const char *home, const char *folder, const char *name)
{
        return snprintf(ret, BACKUP_FILES_PATH, "%s/%s/%s", home, folder, name) < BACKUP_FILES_PATH ? 0 : PV_ETOOLARGE;
}

/* --- how far it is ------------------------------------------------------------------ */

static int save(const char *home, const struct backup_restore *restore)
{
        char path[BACKUP_FILES_PATH], *manifest = NULL, *text = NULL;
        sd_json_variant *object = NULL;
        int r = place(path, home, "restore", "state.json");

        if (r == 0)
                r = backup_content_write(&restore->content, &manifest);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&object, SD_JSON_BUILD_PAIR_STRING("phase", phases[restore->phase]),
                        SD_JSON_BUILD_PAIR_INTEGER("starts", restore->starts), SD_JSON_BUILD_PAIR_STRING("content", manifest),
                        SD_JSON_BUILD_PAIR_INTEGER("size", restore->content.size), SD_JSON_BUILD_PAIR_STRING("why", restore->why)));
        if (r == 0)
                r = pv_error_from_errno(sd_json_variant_format(object, 0, &text));
        if (r == 0) {
                step();
                r = backup_files_write(path, text);
        }
        free(text);
        free(manifest);
        sd_json_variant_unref(object);
        return r;
}

static int take(sd_json_variant *object, struct backup_restore *ret)
{
        const char *phase = service_field_text(object, "phase"), *content = service_field_text(object, "content");
        const char *why = service_field_text(object, "why");
        struct backup_restore restore = {.starts = service_field_integer(object, "starts", 0)};

        for (size_t i = 1; i < sizeof phases / sizeof phases[0]; i++)
                if (text_equal(phase, phases[i]))
                        restore.phase = (enum backup_restore_phase)i;
        if (restore.phase == BACKUP_RESTORE_NONE || !content || backup_content_read(content, &restore.content) < 0)
                return PV_EMALFORMED;
        restore.content.size = service_field_integer(object, "size", 0);
        (void)snprintf(restore.why, sizeof restore.why, "%s", why ? why : "");
        *ret = restore;
        return 0;
}

int backup_restore_load(const char *home, struct backup_restore *ret_restore)
{
        char path[BACKUP_FILES_PATH], *text = NULL;
        sd_json_variant *object = NULL;
        size_t size = 0;
        int r = place(path, home, "restore", "state.json");

        if (r == 0)
                r = backup_files_read(path, &text, &size);
        if (r == PV_EUNSET) {
                *ret_restore = (struct backup_restore){0};
                return 0;
        }
        if (r == 0)
                r = sd_json_parse(text, 0, &object, NULL, NULL) < 0 ? PV_EMALFORMED : take(object, ret_restore);
        sd_json_variant_unref(object);
        free(text);
        return r;
}

int backup_restore_discard(const char *home)
{
        char path[BACKUP_FILES_PATH];
        int r = place(path, home, "restore", "state.json");

        if (r < 0)
                return r;
        step();
        if (unlink(path) < 0 && errno != ENOENT)
                return PV_ESYSTEM;
        step();
        r = backup_files_path(path, home, "restore");
        return r < 0 ? r : backup_files_clear(path, false);
}

/* --- staging --------------------------------------------------------------------------- */

static int seal_keys(const char *folder, const struct backup_opened *opened)
{
        char path[BACKUP_FILES_PATH];
        int r = backup_files_path(path, folder, "credentials");

        if (r == 0)
                r = backup_files_make(path, "root", "root", 0700);
        if (r == 0)
                r = backup_files_path(path, folder, "credentials/store.key");
        if (r == 0)
                r = backup_machine_seal("store.key", opened->store_key, sizeof opened->store_key, path);
        if (r == 0)
                r = backup_files_path(path, folder, "credentials/pki.key");
        return r < 0 ? r : backup_machine_seal("pki.key", opened->pki_key, sizeof opened->pki_key, path);
}

/* The share's password is sealed for this machine as well. */
static int seal_password(const char *folder, const struct backup_opened *opened)
{
        char path[BACKUP_FILES_PATH];
        int r = *opened->password ? backup_files_path(path, folder, "keep/" BACKUP_FILES_PASSWORD) : 0;

        return r < 0 || !*opened->password ? r : backup_machine_seal(BACKUP_FILES_PASSWORD, opened->password, strlen(opened->password), path);
}

static int put_marks(const char *folder)
{
        char path[BACKUP_FILES_PATH];
        int r = 0;

        for (size_t i = 0; r == 0 && i < N_PARTS; i++) {
                int fd;

                r = place(path, folder, parts[i].staged, MARK);
                fd = r == 0 ? open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
                if (r == 0 && fd < 0)
                        r = PV_ESYSTEM;
                if (fd >= 0)
                        close(fd);
        }
        return r;
}

static int sync_all(const char *folder)
{
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

        if (fd < 0)
                return PV_ESYSTEM;
        r = syncfs(fd) < 0 ? PV_ESYSTEM : 0;
        close(fd);
        return r;
}

static int move_to_stage(const char *home, const char *folder, const struct backup_opened *opened)
{
        struct backup_restore restore = {.phase = BACKUP_RESTORE_STAGED, .content = opened->content};
        char path[BACKUP_FILES_PATH];
        int r = backup_files_path(path, home, "restore");

        if (r == 0 && mkdir(path, 0700) < 0 && errno != EEXIST)
                r = PV_ESYSTEM;
        if (r == 0)
                r = backup_restore_discard(home);
        if (r == 0)
                r = backup_files_path(path, home, "restore/staged");
        if (r == 0) {
                step();
                r = rename(folder, path) < 0 ? PV_ESYSTEM : 0;
        }
        if (r == 0)
                r = sync_all(path);
        return r < 0 ? r : save(home, &restore);
}

int backup_restore_stage(const char *home, const char *folder, const struct backup_opened *opened, struct backup_refusal *ret_refusal)
{
        int r = seal_keys(folder, opened);

        if (r == 0)
                r = seal_password(folder, opened);
        if (r == PV_EREFUSED)
                return backup_refuse(ret_refusal, "", "", "The keys of the backup cannot be sealed for this machine; the journal has more.");
        if (r == 0)
                r = put_marks(folder);
        if (r == 0)
                r = sync_all(folder);
        if (r == 0)
                r = move_to_stage(home, folder, opened);
        return r < 0 ? backup_refuse_system(ret_refusal, "The restore cannot be prepared") : 0;
}

/* --- changing places ----------------------------------------------------------------------- */

static int is_restored(const char *home, const struct part *part, bool *ret_is)
{
        char path[BACKUP_FILES_PATH];
        int r = place(path, home, part->live, MARK);

        if (r == 0)
                *ret_is = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        return r;
}

static int exchange(const char *home, const struct part *part)
{
        char staged[BACKUP_FILES_PATH], live[BACKUP_FILES_PATH];
        int r = place(staged, home, "restore/staged", part->staged);

        if (r == 0)
                r = backup_files_path(live, home, part->live);
        if (r < 0)
                return r;
        /* A part that this appliance never had: something for the other side of the exchange. */
        if (mkdir(live, 0700) < 0 && errno != EEXIST)
                return PV_ESYSTEM;
        step();
        return renameat2(AT_FDCWD, staged, AT_FDCWD, live, RENAME_EXCHANGE) < 0 ? PV_ESYSTEM : 0;
}

/* Each part ends up as it should, however many of them did before. */
static int exchange_all(const char *home, bool to_restored)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < N_PARTS; i++) {
                bool is = false;

                r = is_restored(home, &parts[i], &is);
                if (r == 0 && is != to_restored)
                        r = exchange(home, &parts[i]);
        }
        return r < 0 ? r : sync_all(home);
}

/* Nothing was exchanged yet: marks in use are of an earlier restore that was kept. */
static int remove_marks(const char *home)
{
        char path[BACKUP_FILES_PATH];
        int r = 0;

        for (size_t i = 0; r == 0 && i < N_PARTS; i++) {
                r = place(path, home, parts[i].live, MARK);
                if (r == 0)
                        step();
                if (r == 0 && unlink(path) < 0 && errno != ENOENT)
                        r = PV_ESYSTEM;
        }
        return r;
}

static int go_on(const char *home, struct backup_restore *restore)
{
        int r = 0;

        if (restore->phase == BACKUP_RESTORE_STAGED) {
                restore->phase = BACKUP_RESTORE_SWAPPING;
                r = remove_marks(home);
                if (r == 0)
                        r = save(home, restore);
        }
        if (r == 0)
                r = exchange_all(home, true);
        if (r < 0)
                return r;
        restore->phase = BACKUP_RESTORE_TRYING;
        restore->starts = 1;
        return save(home, restore);
}

static int go_back(const char *home, struct backup_restore *restore, bool *ret_went_back)
{
        int r = exchange_all(home, false);

        if (r == 0)
                r = backup_restore_discard(home);
        if (r == 0)
                *ret_went_back = true;
        (void)restore;
        return r;
}

int backup_restore_start(const char *home, struct backup_restore *ret_restore, bool *ret_went_back)
{
        struct backup_restore restore = {0};
        int r = backup_restore_load(home, &restore);

        *ret_went_back = false;
        if (r == 0 && (restore.phase == BACKUP_RESTORE_STAGED || restore.phase == BACKUP_RESTORE_SWAPPING))
                r = go_on(home, &restore);
        else if (r == 0 && restore.phase == BACKUP_RESTORE_TRYING && ++restore.starts <= BACKUP_RESTORE_STARTS_MAX)
                r = save(home, &restore);
        else if (r == 0 && restore.phase == BACKUP_RESTORE_TRYING) {
                restore.phase = BACKUP_RESTORE_BACK;
                (void)snprintf(restore.why, sizeof restore.why, "the appliance was started %d times without working with it", BACKUP_RESTORE_STARTS_MAX);
                r = save(home, &restore);
        }
        if (r == 0 && restore.phase == BACKUP_RESTORE_BACK)
                r = go_back(home, &restore, ret_went_back);
        if (r == 0)
                *ret_restore = restore;
        return r;
}

int backup_restore_keep(const char *home)
{
        int r = backup_restore_discard(home);

        return r < 0 ? r : remove_marks(home);
}

int backup_restore_give_up(const char *home, const char *why)
{
        struct backup_restore restore = {0};
        int r = backup_restore_load(home, &restore);

        if (r < 0 || restore.phase != BACKUP_RESTORE_TRYING)
                return r < 0 ? r : PV_EREFUSED;
        restore.phase = BACKUP_RESTORE_BACK;
        (void)snprintf(restore.why, sizeof restore.why, "%s", why);
        return save(home, &restore);
}
