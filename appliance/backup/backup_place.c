/*
 * backup_place: sticks and shares.
 *
 * In:   a file of ours and a schedule; or what is on a stick.
 * Out:  it is there, and old ones are not.
 * Not:  no device and no network: others have those.
 */
#include "appliance/backup/backup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/stick.h"
#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"
#include "appliance/transfer/transfer_client.h"

#define TRANSFER_MS 120000              /* without a word */
#define STICK_MS (10 * 60 * 1000)

/* --- a share -------------------------------------------------------------------------- */

static int hear(struct backup_work *w, int connection, const char *text)
{
        struct transfer_news news;

        for (;;) {
                if (transfer_next(connection, TRANSFER_MS, &news) < 0)
                        return backup_refuse(&w->refusal, "", "", "The share does not answer any more.");
                if (news.is_over)
                        return news.is_done ? 0 : backup_refuse(&w->refusal, "", "url", "%s", news.text);
                if (text)
                        backup_progress_set(w->progress, "writing", news.total > 0 ? (int)(news.done * 100 / news.total) : 0, text);
        }
}

static int transfer(struct backup_work *w, const char *verb, const char *name, int fd, const char *text)
{
        char url[BACKUP_SCHEDULE_URL + BACKUP_SCHEDULE_NAME];
        size_t n = strlen(w->schedule.url);
        const struct transfer_job job = {.verb = verb, .url = url, .user = w->schedule.user, .password = w->password,
                                         .authorities = w->schedule.authorities, .fd = fd};
        int connection = -1, r;

        (void)snprintf(url, sizeof url, "%s%s%s", w->schedule.url, n && w->schedule.url[n - 1] == '/' ? "" : "/", name);
        if (transfer_start(&job, &connection) < 0)
                return backup_refuse(&w->refusal, "", "", "Files cannot be sent: provost-transfer cannot be started (%s).", strerror(errno));
        r = hear(w, connection, text);
        close(connection);
        return r;
}

static int put_on_share(struct backup_work *w, int fd)
{
        return transfer(w, "put", w->made.name, fd, "The backup goes to the share.");
}

/* --- a stick ---------------------------------------------------------------------------- */

/* ret_reply may be NULL. */
static int ask_stick(struct backup_work *w, const char *verb, const char *device, const char *name, int fd, sd_json_variant **ret_reply)
{
        sd_json_variant *request = NULL, *reply = NULL;
        const char *text;
        int connection = -1, r = sd_json_buildo(&request, SD_JSON_BUILD_PAIR_STRING("verb", verb), SD_JSON_BUILD_PAIR_STRING("device", device),
                                                SD_JSON_BUILD_PAIR_STRING("name", name));

        r = r < 0 ? PV_ENOMEM : chore_ask(STICK_PATH, request, &fd, fd >= 0, &connection);
        sd_json_variant_unref(request);
        if (r < 0)
                return backup_refuse(&w->refusal, "", "", "Sticks cannot be looked at (%s).", strerror(errno));
        r = chore_next(connection, STICK_MS, &reply);
        close(connection);
        if (r < 0)
                return backup_refuse(&w->refusal, "", "", "The stick does not answer; plug it in again.");
        text = service_field_text(reply, "text");
        if (text && *text) {
                const char *code = service_field_text(reply, "code");

                r = backup_refuse(&w->refusal, text_equal(code, "full") ? "full" : "", text_equal(verb, "put") ? "" : "device", "%s", text);
        }
        if (r == 0 && ret_reply)
                *ret_reply = sd_json_variant_ref(reply);
        sd_json_variant_unref(reply);
        return r;
}

int backup_place_list(struct backup_work *w)
{
        sd_json_variant *reply = NULL, *files;
        int r = ask_stick(w, "list", "", "", -1, &reply);

        if (r < 0)
                return r;
        files = service_field_list(reply, "files");
        if (files)
                w->files = sd_json_variant_ref(files);
        else
                r = pv_error_from_errno(sd_json_variant_new_array(&w->files, NULL, 0));
        sd_json_variant_unref(reply);
        return r < 0 ? backup_refuse(&w->refusal, "", "", "There is not enough memory.") : 0;
}

int backup_place_take(struct backup_work *w)
{
        int fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r;

        if (fd < 0)
                return backup_refuse_system(&w->refusal, "The backup cannot be kept");
        backup_progress_set(w->progress, "collecting", 0, "The backup is being read from the stick.");
        r = ask_stick(w, "get", w->device, w->name, fd, NULL);
        close(fd);
        if (r < 0)
                (void)unlink(w->path);
        return r;
}

/* --- both --------------------------------------------------------------------------------- */

static int put_somewhere(struct backup_work *w, int fd)
{
        backup_progress_set(w->progress, "writing", 0, "The backup goes to its place.");
        return w->schedule.to == BACKUP_SCHEDULE_SHARE ? put_on_share(w, fd) : ask_stick(w, "put", "", w->made.name, fd, NULL);
}

/* One that cannot be removed is no failure of the new one: its name is forgotten, a person finds it there. */
static void remove_old(struct backup_work *w, int fd)
{
        char name[BACKUP_SCHEDULE_NAME];

        while (backup_schedule_take_old(&w->schedule, name)) {
                struct backup_refusal kept = w->refusal;

                if (w->schedule.to == BACKUP_SCHEDULE_SHARE ? transfer(w, "delete", name, fd, NULL) < 0 : ask_stick(w, "delete", "", name, -1, NULL) < 0)
                        w->refusal = kept;
        }
}

int backup_place_put(struct backup_work *w)
{
        int fd = open(w->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r;

        if (fd < 0)
                return backup_refuse_system(&w->refusal, "The backup cannot be read");
        r = put_somewhere(w, fd);
        if (r == 0) {
                backup_schedule_note_sent(&w->schedule, w->made.name);
                remove_old(w, fd);
        }
        close(fd);
        return r;
}
