/*
 * upkeep: what goes on with updates, data and backups.
 *
 * In:   answers and streams of update and backup; the store's alarms.
 * Out:  a copy of what they say, for the numbers; words for listening pages; alarms.
 * Not:  nothing is decided here that upkeep_policy decides; a station that is absent is not waited for.
 */
#include "provisioning/admin/upkeep.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/people/reply.h"

#define STORE "io.provost.Store."
#define FIRST_MS 60000                  /* after the judgement of a trial, and after everything else has begun */
#define AGAIN_MS (10 * 60 * 1000)
#define SOON_MS 1000
#define LINGER_MS 30000                 /* a page that is loaded anew listens again in a moment */
#define TELL_MS 500                     /* no more often than this, however fast a step goes on */
#define CALL_MS 15000

enum side { SIDE_UPDATE, SIDE_BACKUP, SIDES };
static const char *const names[SIDES] = {[SIDE_UPDATE] = "update", [SIDE_BACKUP] = "backup"};
static const char *const watches[SIDES] = {[SIDE_UPDATE] = "io.provost.Update.Watch", [SIDE_BACKUP] = "io.provost.Backup.Watch"};

/* One of the two stations, while a page listens. */
struct watched {
        struct upkeep *upkeep;
        enum side side;
        struct service_peer *peer;
        sd_event_source *timer;
        uint64_t told_at_ms;
};

/* What a look waits for, one after the other. */
enum step { STEP_REST, STEP_UPDATE, STEP_DATA, STEP_BACKUP, STEP_BEGINNING, STEP_ALARMS };

struct upkeep {
        struct service *service;
        struct service_peer *store;
        char run_dir[100];
        upkeep_tell tell;
        void *userdata;
        sd_event_source *timer, *linger;
        struct watched watched[SIDES];
        struct service_peer *peer;      /* of the step */
        enum step step;
        struct upkeep_state state;      /* of this look */
        int64_t last_at, since;
        bool again;                     /* another look was wanted meanwhile */
        bool is_ending;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct upkeep_state seen;

void upkeep_read(struct upkeep_state *ret_state)
{
        (void)pthread_mutex_lock(&lock);
        *ret_state = seen;
        (void)pthread_mutex_unlock(&lock);
}

static void keep(const struct upkeep_state *state)
{
        (void)pthread_mutex_lock(&lock);
        seen = *state;
        (void)pthread_mutex_unlock(&lock);
}

static void arm(sd_event_source *source, uint64_t ms)
{
        (void)sd_event_source_set_time_relative(source, ms * 1000);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* A socket is there when the system was built with the station. */
static bool path_of(const struct upkeep *upkeep, enum side side, char ret[static 128])
{
        (void)snprintf(ret, 128, "%s/%s", upkeep->run_dir, names[side]);
        return access(ret, F_OK) == 0;
}

/* --- a look: one question after the other ------------------------------------------ */

static void next(struct upkeep *upkeep);

static void on_alarm(sd_json_variant *reply, const char *error, void *userdata)
{
        (void)reply, (void)userdata;
        if (error)
                log_event(LOG_LEVEL_WARNING, "alarm-failed", "error", error, NULL);
}

static void raise_one(struct upkeep *upkeep, const struct upkeep_alarm *alarm)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", alarm->kind), SD_JSON_BUILD_PAIR_STRING("subject", alarm->subject),
                           SD_JSON_BUILD_PAIR_STRING("detail", alarm->detail)) >= 0)
                service_peer_call(upkeep->store, STORE "RaiseAlarm", parameters, CALL_MS, on_alarm, upkeep);
        sd_json_variant_unref(parameters);
}

static void clear_one(struct upkeep *upkeep, sd_json_variant *one)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", reply_text(one, "kind")),
                           SD_JSON_BUILD_PAIR_STRING("subject", reply_text(one, "subject"))) >= 0)
                service_peer_call(upkeep->store, STORE "ClearAlarm", parameters, CALL_MS, on_alarm, upkeep);
        sd_json_variant_unref(parameters);
}

static void set_alarms(struct upkeep *upkeep, sd_json_variant *listed)
{
        struct upkeep_alarm alarms[UPKEEP_ALARMS_MAX];
        size_t n = upkeep_alarms(&upkeep->state, clock_wall_s(), alarms);
        sd_json_variant *one;

        for (size_t i = 0; i < n; i++)
                if (upkeep_is_new(&alarms[i], listed))
                        raise_one(upkeep, &alarms[i]);
        for (size_t i = 0; (one = reply_item(listed, "alarms", i)); i++)
                if (upkeep_is_over(one, &upkeep->state, alarms, n))
                        clear_one(upkeep, one);
}

static void take(struct upkeep *upkeep, sd_json_variant *reply)
{
        switch (upkeep->step) {
        case STEP_UPDATE:
                upkeep_take_update(&upkeep->state, sd_json_variant_by_key(reply, "state"));
                break;
        case STEP_DATA:
                upkeep_take_data(&upkeep->state, sd_json_variant_by_key(reply, "data"));
                break;
        case STEP_BACKUP:
                upkeep_take_backup(&upkeep->state, sd_json_variant_by_key(reply, "state"));
                break;
        case STEP_BEGINNING:
                upkeep->since = reply_number(sd_json_variant_by_key(reply, "revision"), "at");
                break;
        case STEP_ALARMS:
                set_alarms(upkeep, reply);
                break;
        case STEP_REST:
                break;
        }
}

static void on_answer(sd_json_variant *reply, const char *error, void *userdata)
{
        struct upkeep *upkeep = userdata;

        if (!error)
                take(upkeep, reply);
        next(upkeep);
}

static void ask(struct upkeep *upkeep, struct service_peer *peer, const char *method, sd_json_variant *parameters)
{
        service_peer_call(peer, method, parameters, CALL_MS, on_answer, upkeep);
        sd_json_variant_unref(parameters);
}

/* Of update or backup, whose connection is closed after the step. */
static bool ask_side(struct upkeep *upkeep, enum side side, const char *method)
{
        char path[128];

        if (!path_of(upkeep, side, path) || service_peer_new(upkeep->service, path, &upkeep->peer))
                return false;
        ask(upkeep, upkeep->peer, method, NULL);
        return true;
}

static bool ask_store(struct upkeep *upkeep, const char *method, const char *name, sd_json_variant *value)
{
        sd_json_variant *parameters = NULL;
        bool fine = value && sd_json_variant_set_field(&parameters, name, value) >= 0;

        sd_json_variant_unref(value);
        if (fine)
                ask(upkeep, upkeep->store, method, parameters);
        return fine;
}

static bool begin(struct upkeep *upkeep)
{
        sd_json_variant *value = NULL;

        switch (upkeep->step) {
        case STEP_UPDATE:
                return ask_side(upkeep, SIDE_UPDATE, "io.provost.Update.Status");
        case STEP_DATA:
                return ask_side(upkeep, SIDE_UPDATE, "io.provost.Update.GetData");
        case STEP_BACKUP:
                return ask_side(upkeep, SIDE_BACKUP, "io.provost.Backup.Status");
        case STEP_BEGINNING:
                (void)sd_json_variant_new_integer(&value, 1);
                return !upkeep->since && ask_store(upkeep, STORE "GetRevision", "number", value);
        case STEP_ALARMS:
                upkeep->state.since = upkeep->since;
                keep(&upkeep->state);
                upkeep->last_at = upkeep->state.last_at;
                (void)sd_json_variant_new_boolean(&value, false);
                return ask_store(upkeep, STORE "ListAlarms", "open", value);
        case STEP_REST:
                break;
        }
        return true;
}

/* Goes to the next step that has somebody to ask. */
static void next(struct upkeep *upkeep)
{
        struct service_peer *done = upkeep->peer;

        if (upkeep->is_ending)
                return;
        upkeep->peer = NULL;
        service_peer_free(done);
        do
                upkeep->step = upkeep->step == STEP_ALARMS ? STEP_REST : upkeep->step + 1;
        while (!begin(upkeep));
        if (upkeep->step == STEP_REST)
                arm(upkeep->timer, upkeep->again ? SOON_MS : AGAIN_MS);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct upkeep *upkeep = userdata;

        (void)source, (void)usec;
        if (upkeep->step != STEP_REST)
                return 0;
        upkeep->again = false;
        upkeep->state = (struct upkeep_state){0};
        next(upkeep);
        return 0;
}

void upkeep_look(struct upkeep *upkeep)
{
        if (upkeep->step == STEP_REST)
                arm(upkeep->timer, SOON_MS);
        upkeep->again = true;
}

/* --- while a page listens -------------------------------------------------------------- */

static int on_tell(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct watched *watched = userdata;

        (void)source, (void)usec;
        watched->told_at_ms = clock_monotonic_ms();
        watched->upkeep->tell(names[watched->side], watched->upkeep->userdata);
        return 0;
}

static void tell_soon(struct watched *watched)
{
        uint64_t now_ms = clock_monotonic_ms(), next_ms = watched->told_at_ms + TELL_MS;
        int enabled = SD_EVENT_OFF;

        if (sd_event_source_get_enabled(watched->timer, &enabled) >= 0 && enabled == SD_EVENT_OFF)
                arm(watched->timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

/* An outcome, of an update or a backup, may open or end an alarm. */
static void on_watch(sd_json_variant *message, void *userdata)
{
        struct watched *watched = userdata;
        struct upkeep *upkeep = watched->upkeep;
        sd_json_variant *state = sd_json_variant_by_key(message, "state");
        struct upkeep_state now = {0};

        tell_soon(watched);
        if (!state)
                return;
        if (watched->side == SIDE_BACKUP)
                upkeep_take_backup(&now, state);
        else
                upkeep_take_update(&now, state);
        if (now.last_at != upkeep->last_at && now.has_update)
                upkeep_look(upkeep);
        upkeep->last_at = now.has_update ? now.last_at : upkeep->last_at;
        if (now.has_backup && now.backup_at != seen.backup_at && seen.has_backup)
                upkeep_look(upkeep);
}

static void watch(struct watched *watched)
{
        char path[128];

        if (watched->peer || !path_of(watched->upkeep, watched->side, path) || service_peer_new(watched->upkeep->service, path, &watched->peer))
                return;
        if (service_peer_subscribe(watched->peer, watches[watched->side], NULL, on_watch, watched) < 0) {
                service_peer_free(watched->peer);
                watched->peer = NULL;
        }
}

static int on_linger(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct upkeep *upkeep = userdata;

        (void)source, (void)usec;
        for (size_t i = 0; i < SIDES; i++) {
                service_peer_free(upkeep->watched[i].peer);
                upkeep->watched[i].peer = NULL;
        }
        return 0;
}

void upkeep_listen(struct upkeep *upkeep, unsigned n)
{
        (void)sd_event_source_set_enabled(upkeep->linger, SD_EVENT_OFF);
        if (!n)
                arm(upkeep->linger, LINGER_MS);
        for (size_t i = 0; n && i < SIDES; i++)
                watch(&upkeep->watched[i]);
}

/* --- life ---------------------------------------------------------------------------------- */

static int add_timer(struct upkeep *upkeep, sd_event_source **ret_source, sd_event_time_handler_t handler, void *userdata)
{
        if (sd_event_add_time_relative(service_event(upkeep->service), ret_source, CLOCK_MONOTONIC, 0, 0, handler, userdata) < 0)
                return PV_ESYSTEM;
        (void)sd_event_source_set_enabled(*ret_source, SD_EVENT_OFF);
        return 0;
}

int upkeep_new(struct service *service, const char *run_dir, struct service_peer *store, upkeep_tell tell, void *userdata, struct upkeep **ret_upkeep)
{
        struct upkeep *upkeep = calloc(1, sizeof *upkeep);
        int r;

        if (!upkeep)
                return PV_ENOMEM;
        *upkeep = (struct upkeep){.service = service, .store = store, .tell = tell, .userdata = userdata};
        (void)snprintf(upkeep->run_dir, sizeof upkeep->run_dir, "%s", run_dir);
        r = add_timer(upkeep, &upkeep->timer, on_timer, upkeep);
        if (!r)
                r = add_timer(upkeep, &upkeep->linger, on_linger, upkeep);
        for (enum side side = 0; side < SIDES && !r; side++) {
                upkeep->watched[side] = (struct watched){.upkeep = upkeep, .side = side};
                r = add_timer(upkeep, &upkeep->watched[side].timer, on_tell, &upkeep->watched[side]);
        }
        if (r) {
                upkeep_free(upkeep);
                return r;
        }
        arm(upkeep->timer, FIRST_MS);
        *ret_upkeep = upkeep;
        return 0;
}

void upkeep_free(struct upkeep *upkeep)
{
        if (!upkeep)
                return;
        upkeep->is_ending = true;
        for (size_t i = 0; i < SIDES; i++) {
                service_peer_free(upkeep->watched[i].peer);
                sd_event_source_disable_unref(upkeep->watched[i].timer);
        }
        service_peer_free(upkeep->peer);
        sd_event_source_disable_unref(upkeep->timer);
        sd_event_source_disable_unref(upkeep->linger);
        free(upkeep);
}
