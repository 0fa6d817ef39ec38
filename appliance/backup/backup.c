/*
 * backup: what the station does, one thing at a time.
 *
 * In:   what people ask for, the clock.
 * Out:  work for a thread, its end, outcomes, alarms.
 * Not:  no Varlink server (main), no work of its own (backup_work).
 */
#include "appliance/backup/backup.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_history.h"
#include "appliance/backup/backup_machine.h"
#include "appliance/backup/backup_restore.h"
#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

#define STORE "/run/provost/store"
#define BOX "/run/provost/box"
#define CALL_MS 5000
#define TICK_US 500000                  /* progress, while something is done */
#define IDLE_US 30000000
#define LOOK_US 60000000                /* at the clock, while there is a schedule */
#define RESTART_US 1000000              /* for the answer to reach whoever asked */
#define PASSWORD_FILE BACKUP_FILES_KEEP "/" BACKUP_FILES_PASSWORD

struct backup {
        struct service *service;
        backup_changed changed;
        void *userdata;
        struct backup_progress progress;
        struct backup_schedule schedule;
        struct backup_uploads in, out;
        sd_event_source *tick, *idle, *look, *ended, *restart;
        int ended_fd;
        pthread_t thread;
        struct backup_work *work;       /* NULL: nothing is done */
        backup_worked worked;
        void *worked_userdata;
};

static void tell(struct backup *b)
{
        if (b->changed)
                b->changed(b->userdata);
}

struct backup_uploads *backup_uploads_in(struct backup *b)
{
        return &b->in;
}

struct backup_uploads *backup_uploads_out(struct backup *b)
{
        return &b->out;
}

bool backup_has_passphrase(const struct backup *b)
{
        return b->schedule.has_key;
}

bool backup_is_scheduled(const struct backup *b)
{
        return b->schedule.to != BACKUP_SCHEDULE_OFF;
}

/* --- the state --------------------------------------------------------------------------- */

static bool has_password(void)
{
        return access(PASSWORD_FILE, F_OK) == 0;
}

static int schedule_json(const struct backup *b, sd_json_variant **ret)
{
        const struct backup_schedule *s = &b->schedule;
        int64_t next = backup_schedule_next(s, clock_wall_s());

        return pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("to", backup_schedule_to_text(s->to)),
                SD_JSON_BUILD_PAIR_STRING("url", s->url), SD_JSON_BUILD_PAIR_STRING("user", s->user), SD_JSON_BUILD_PAIR_STRING("at", s->at),
                SD_JSON_BUILD_PAIR_INTEGER("keep", s->keep), SD_JSON_BUILD_PAIR_BOOLEAN("has_passphrase", s->has_key),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_password", has_password()),
                SD_JSON_BUILD_PAIR_CONDITION(next > 0, "next_at", SD_JSON_BUILD_INTEGER(next))));
}

static int staged_json(sd_json_variant **ret)
{
        struct backup_restore restore = {0};
        int r = backup_restore_load("/data", &restore);

        return r < 0 || restore.phase == BACKUP_RESTORE_NONE ? pv_error_from_errno(sd_json_variant_new_null(ret)) : backup_content_json(&restore.content, ret);
}

int backup_state_json(struct backup *b, sd_json_variant **ret)
{
        sd_json_variant *schedule = NULL, *staged = NULL, *last = NULL;
        char step[16], text[160];
        int percent = 0, r = schedule_json(b, &schedule);

        (void)backup_progress_get(&b->progress, step, &percent, text);
        if (r == 0)
                r = staged_json(&staged);
        if (r == 0)
                r = backup_history_json(BACKUP_FILES_LAST, &last);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("step", *step ? step : "idle"), SD_JSON_BUILD_PAIR_INTEGER("percent", percent),
                        SD_JSON_BUILD_PAIR_STRING("text", text), SD_JSON_BUILD_PAIR_VARIANT("staged", staged), SD_JSON_BUILD_PAIR_VARIANT("last", last),
                        SD_JSON_BUILD_PAIR_VARIANT("schedule", schedule)));
        sd_json_variant_unref(schedule);
        sd_json_variant_unref(staged);
        sd_json_variant_unref(last);
        return r;
}

/* --- the schedule ---------------------------------------------------------------------------- */

static int keep_schedule(struct backup *b)
{
        char *text = NULL;
        int r = backup_schedule_write(&b->schedule, false, &text);

        if (r == 0)
                r = backup_files_write(BACKUP_FILES_SCHEDULE, text);
        free(text);
        return r;
}

static void load_schedule(struct backup *b)
{
        char *text = NULL;
        size_t size = 0;
        int r = backup_files_read(BACKUP_FILES_SCHEDULE, &text, &size);

        backup_schedule_default(&b->schedule);
        if (r == 0)
                r = backup_schedule_read(text, &b->schedule);
        if (r < 0 && r != PV_EUNSET)
                log_reason(LOG_LEVEL_ERROR, "schedule-lost", "The schedule of backups cannot be read (%s); set it again.", pv_error_text(r));
        free(text);
}

static int take_passphrase(struct backup_schedule *s, const char *passphrase, struct backup_refusal *refusal)
{
        if (!passphrase)
                return 0;
        if (strlen(passphrase) < BACKUP_KEY_PASSPHRASE_MIN || strlen(passphrase) > BACKUP_KEY_PASSPHRASE_MAX)
                return backup_refuse(refusal, "passphrase", "passphrase", "The passphrase needs %d bytes and more: four or five words.", BACKUP_KEY_PASSPHRASE_MIN);
        if (backup_key_make(passphrase, &s->key) < 0)
                return backup_refuse(refusal, "", "", "There is not enough memory for the key of a passphrase (64 MiB); try again later.");
        s->has_key = true;
        return 0;
}

static int take_password(const char *password, struct backup_refusal *refusal)
{
        if (!password)
                return 0;
        if (!*password)
                return unlink(PASSWORD_FILE) < 0 && errno != ENOENT ? backup_refuse_system(refusal, "The password cannot be forgotten") : 0;
        return backup_machine_seal(BACKUP_FILES_PASSWORD, password, strlen(password), PASSWORD_FILE) < 0
                       ? backup_refuse(refusal, "", "password", "The password cannot be sealed for this machine; the journal has more.") : 0;
}

static int plan_look(struct backup *b);

int backup_set_schedule(struct backup *b, sd_json_variant *parameters, struct backup_refusal *ret_refusal)
{
        const char *password = service_field_text(parameters, "password");
        struct backup_schedule s = b->schedule;
        bool is_elsewhere;
        int r = backup_schedule_change(&s, parameters, ret_refusal);

        if (r == 0 && password && (strlen(password) >= BACKUP_SCHEDULE_WORD || !text_is_printable(password)))
                r = backup_refuse(ret_refusal, "", "password", "The password must be of at most %d printable bytes.", BACKUP_SCHEDULE_WORD - 1);
        if (r == 0)
                r = take_passphrase(&s, service_field_text(parameters, "passphrase"), ret_refusal);
        if (r == 0)
                r = backup_schedule_check(&s, password ? *password != 0 : has_password(), ret_refusal);
        if (r == 0)
                r = take_password(password, ret_refusal);
        if (r < 0)
                return r;
        is_elsewhere = s.to != b->schedule.to || !text_equal(s.url, b->schedule.url);
        if (is_elsewhere)
                s.n_sent = 0;           /* what lies at the former place stays there */
        s.set_at = clock_wall_s();
        b->schedule = s;
        backup_key_forget(&s, sizeof s);
        if (keep_schedule(b) < 0)
                return backup_refuse_system(ret_refusal, "The schedule cannot be kept");
        tell(b);
        return plan_look(b) < 0 ? backup_refuse(ret_refusal, "", "", "There is not enough memory.") : 0;
}

/* --- outcomes ------------------------------------------------------------------------------------ */

static void call_store(const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;

        if (service_call_once(STORE, method, parameters, CALL_MS, &reply, &error) < 0 || error)
                log_reason(LOG_LEVEL_WARNING, "alarm-untold", "%s", error ? error : "Station store does not answer.");
        free(error);
        sd_json_variant_unref(reply);
}

/* Nobody looks at a backup that is made by itself: that it failed must be seen. */
static void raise_or_clear(const struct backup_work *w)
{
        sd_json_variant *parameters = NULL;
        int r = w->result < 0 ? sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", "backup"),
                                               SD_JSON_BUILD_PAIR_STRING("subject", backup_work_place(w)),
                                               SD_JSON_BUILD_PAIR_STRING("detail", w->refusal.reason))
                              : sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", "backup"),
                                               SD_JSON_BUILD_PAIR_STRING("subject", backup_work_place(w)));

        if (r >= 0)
                call_store(w->result < 0 ? "io.provost.Store.RaiseAlarm" : "io.provost.Store.ClearAlarm", parameters);
        sd_json_variant_unref(parameters);
}

static const char *said(const struct backup_work *w, char room[static 400])
{
        if (w->result < 0)
                return w->refusal.reason;
        if (w->kind == BACKUP_WORK_DRILL && !w->report.is_ok)
                return w->report.first_bad;
        if (w->kind == BACKUP_WORK_DRILL)
                return "It would work: everything in it was tried.";
        if (w->kind == BACKUP_WORK_RESTORE)
                return "It is ready, and takes its place at the next start.";
        (void)snprintf(room, 400, "%lld phones, %lld KiB.", (long long)w->made.content.phones, (long long)((w->made.content.size + 1023) >> 10));
        return room;
}

static void note(const struct backup_work *w)
{
        char room[400];
        const struct backup_outcome outcome = {.at = clock_wall_s(), .kind = backup_work_kind_text(w), .place = backup_work_place(w),
                                               .is_done = w->result == 0 && (w->kind != BACKUP_WORK_DRILL || w->report.is_ok), .name = w->made.name,
                                               .text = said(w, room)};

        log_event(outcome.is_done ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, outcome.kind, "result", outcome.is_done ? "done" : "failed", "place", outcome.place,
                  "name", outcome.name, "text", outcome.text, NULL);
        if (backup_history_add(BACKUP_FILES_LAST, &outcome) < 0)
                log_reason(LOG_LEVEL_WARNING, "outcome-untold", "The list of outcomes cannot be written (%s).", strerror(errno));
}

/* --- the thread ------------------------------------------------------------------------------------ */

static void *run(void *userdata)
{
        struct backup *b = userdata;
        uint64_t one = 1;

        backup_work_run(b->work);
        while (write(b->ended_fd, &one, sizeof one) < 0 && errno == EINTR)
                continue;
        return NULL;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct backup *b = userdata;
        char step[16], text[160];
        int percent;

        (void)usec;
        if (!b->work)
                return 0;
        if (backup_progress_get(&b->progress, step, &percent, text))
                tell(b);
        (void)sd_event_source_set_time_relative(source, TICK_US);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void end_work(struct backup *b)
{
        struct backup_work *w = b->work;
        backup_worked worked = b->worked;
        void *worked_userdata = b->worked_userdata;

        (void)pthread_join(b->thread, NULL);
        b->work = NULL;
        if (w->kind == BACKUP_WORK_SCHEDULED) {
                /* Somebody may have changed the schedule meanwhile. */
                if (w->schedule.to == b->schedule.to && text_equal(w->schedule.url, b->schedule.url)) {
                        memcpy(b->schedule.sent, w->schedule.sent, sizeof b->schedule.sent);
                        b->schedule.n_sent = w->schedule.n_sent;
                }
                if (keep_schedule(b) < 0)
                        log_reason(LOG_LEVEL_WARNING, "schedule-not-kept", "The schedule cannot be written (%s).", strerror(errno));
                raise_or_clear(w);
        }
        if (w->kind != BACKUP_WORK_LIST && w->kind != BACKUP_WORK_TAKE)
                note(w);
        backup_progress_set(&b->progress, "idle", 0, "");
        if (worked)
                worked(w, worked_userdata);
        backup_work_done(w);
        free(w);
        tell(b);
}

static int on_ended(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct backup *b = userdata;
        uint64_t n;

        (void)source;
        (void)events;
        if (read(fd, &n, sizeof n) == sizeof n && b->work)
                end_work(b);
        return 0;
}

static int start_thread(struct backup *b)
{
        sigset_t all, before;
        int r;

        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&b->thread, NULL, run, b);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return r == 0 ? 0 : PV_ENOMEM;
}

int backup_begin(struct backup *b, struct backup_work *work, backup_worked worked, void *userdata)
{
        struct backup_work *w = b->work ? NULL : malloc(sizeof *w);

        if (!w) {
                int r = b->work ? PV_EBUSY : PV_ENOMEM;

                backup_work_done(work);
                return r;
        }
        *w = *work;
        w->progress = &b->progress;
        w->schedule = b->schedule;
        b->work = w;
        b->worked = worked;
        b->worked_userdata = userdata;
        if (start_thread(b) < 0) {
                b->work = NULL;
                backup_work_done(w);
                free(w);
                return PV_ENOMEM;
        }
        (void)sd_event_source_set_time_relative(b->tick, TICK_US);
        (void)sd_event_source_set_enabled(b->tick, SD_EVENT_ONESHOT);
        return 0;
}

/* --- by the clock ------------------------------------------------------------------------------------ */

static int open_password(struct backup_work *w)
{
        size_t size = 0;
        int r = has_password() ? backup_machine_open(BACKUP_FILES_PASSWORD, PASSWORD_FILE, w->password, sizeof w->password - 1, &size) : 0;

        w->password[r == 0 ? size : 0] = 0;
        return r;
}

int backup_begin_scheduled(struct backup *b)
{
        struct backup_work work = {.kind = BACKUP_WORK_SCHEDULED, .fd = -1};
        struct backup_upload *file = NULL;
        int r;

        if (b->work)
                return PV_EBUSY;
        r = backup_upload_new(&b->out, clock_monotonic_ms(), &file);
        if (r < 0)
                return r;
        (void)text_copy(work.path, sizeof work.path, file->path);
        *file = (struct backup_upload){0};      /* the work removes it */
        b->schedule.tried_at = clock_wall_s();
        if (keep_schedule(b) < 0 || open_password(&work) < 0)
                log_reason(LOG_LEVEL_WARNING, "schedule-not-kept", "The schedule or the share's password cannot be used; the journal has more.");
        return backup_begin(b, &work, NULL, NULL);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct backup *b = userdata;

        (void)source;
        (void)usec;
        if (backup_schedule_is_due(&b->schedule, clock_wall_s()) && backup_begin_scheduled(b) < 0 && !b->work)
                log_event(LOG_LEVEL_ERROR, "backup-not-begun", NULL);
        return plan_look(b);
}

/* Once a minute: the wall clock may jump, and a minute is what people say. */
static int plan_look(struct backup *b)
{
        if (!backup_is_scheduled(b))
                return sd_event_source_set_enabled(b->look, SD_EVENT_OFF);
        (void)sd_event_source_set_time_relative(b->look, LOOK_US);
        return sd_event_source_set_enabled(b->look, SD_EVENT_ONESHOT);
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct backup *b = userdata;
        uint64_t now_ms = clock_monotonic_ms();
        bool is_holding = backup_uploads_tidy(&b->in, now_ms);

        (void)usec;
        is_holding |= backup_uploads_tidy(&b->out, now_ms);
        if (!b->work && !is_holding && !backup_is_scheduled(b) && service_is_idle(b->service))
                service_end(b->service, EXIT_SUCCESS);
        (void)sd_event_source_set_time_relative(source, IDLE_US);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_restart(sd_event_source *source, uint64_t usec, void *userdata)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;

        (void)source;
        (void)usec;
        (void)userdata;
        if (service_call_once(BOX, "io.provost.Box.Reboot", NULL, CALL_MS, &reply, &error) < 0 || error)
                log_reason(LOG_LEVEL_ERROR, "restart-failed", "The appliance did not start anew; do that by hand, the restore is ready.");
        free(error);
        sd_json_variant_unref(reply);
        return 0;
}

void backup_restart(struct backup *b)
{
        (void)sd_event_source_set_time_relative(b->restart, RESTART_US);
        (void)sd_event_source_set_enabled(b->restart, SD_EVENT_ONESHOT);
}

/* --- life ------------------------------------------------------------------------------------------------ */

static int make_timers(struct backup *b)
{
        sd_event *event = service_event(b->service);
        int r = sd_event_add_io(event, &b->ended, b->ended_fd, EPOLLIN, on_ended, b);
        const struct { sd_event_source **source; uint64_t usec; sd_event_time_handler_t handler; bool is_on; } timers[] = {
                {&b->tick, TICK_US, on_tick, false}, {&b->idle, IDLE_US, on_idle, true},
                {&b->look, LOOK_US, on_look, false}, {&b->restart, RESTART_US, on_restart, false},
        };

        for (size_t i = 0; r >= 0 && i < sizeof timers / sizeof timers[0]; i++) {
                r = sd_event_add_time_relative(event, timers[i].source, CLOCK_MONOTONIC, timers[i].usec, 0, timers[i].handler, b);
                if (r >= 0 && !timers[i].is_on)
                        r = sd_event_source_set_enabled(*timers[i].source, SD_EVENT_OFF);
        }
        return pv_error_from_errno(r);
}

/* What an end in the middle left. A restore that is under way is left alone. */
static void clean_up(void)
{
        struct backup_restore restore = {0};

        (void)backup_files_clear(BACKUP_FILES_SCRATCH, false);
        if (backup_restore_load("/data", &restore) == 0 && restore.phase == BACKUP_RESTORE_NONE)
                (void)backup_files_clear(BACKUP_FILES_RESTORE, false);
}

int backup_new(struct service *service, backup_changed changed, void *userdata, struct backup **ret_backup)
{
        struct backup *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return PV_ENOMEM;
        b->service = service;
        b->changed = changed;
        b->userdata = userdata;
        (void)pthread_mutex_init(&b->progress.lock, NULL);
        backup_progress_set(&b->progress, "idle", 0, "");
        b->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = b->ended_fd < 0 ? PV_ESYSTEM : backup_uploads_init(&b->in, BACKUP_FILES_IN);
        if (r == 0)
                r = backup_uploads_init(&b->out, BACKUP_FILES_OUT);
        if (r == 0)
                r = make_timers(b);
        if (r < 0) {
                backup_free(b);
                return r;
        }
        clean_up();
        load_schedule(b);
        if (plan_look(b) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        *ret_backup = b;
        return 0;
}

void backup_free(struct backup *b)
{
        if (!b)
                return;
        if (b->work)
                end_work(b);
        sd_event_source_disable_unref(b->tick);
        sd_event_source_disable_unref(b->idle);
        sd_event_source_disable_unref(b->look);
        sd_event_source_disable_unref(b->ended);
        sd_event_source_disable_unref(b->restart);
        if (b->ended_fd >= 0)
                close(b->ended_fd);
        (void)pthread_mutex_destroy(&b->progress.lock);
        backup_key_forget(&b->schedule, sizeof b->schedule);
        free(b);
}
