/*
 * update: what is going on with the slots, and what is remembered of it.
 *
 * In:   what an earlier process left; the slots as the disk's program sees them.
 * Out:  steps, outcomes, the file that outlives power cuts.
 * Not:  no bundle (update_intake), no writing (update_install), no health (update_health).
 */
#include "appliance/update/update.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/update/durable.h"
#include "appliance/update/update_health.h"
#include "appliance/update/update_install.h"
#include "appliance/update/update_intake.h"

#define STATE "state.json"
/* systemd(1): starts reboot.target. */
#define SIGNAL_REBOOT (SIGRTMIN + 5)
#define LOOK_MS 20000

int update_refused(sd_varlink *link, const char *reason, const char *field)
{
        return sd_varlink_errorbo(link, "io.provost.Update.Refused", SD_JSON_BUILD_PAIR("reason", SD_JSON_BUILD_STRING(reason)),
                                  SD_JSON_BUILD_PAIR("field", SD_JSON_BUILD_STRING(field)));
}

int update_not_now(sd_varlink *link, const char *reason)
{
        return service_refuse(link, "io.provost.Update.NotNow", "%s", reason);
}

int update_trouble(sd_varlink *link, const char *reason)
{
        return service_refuse(link, "io.provost.Update.Trouble", "%s", reason);
}

void update_go(struct update *update, enum update_step step, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(update->text, sizeof update->text, format, arguments);
        va_end(arguments);
        update->step = step;
        update->percent = 0;
        service_status(update->service, "%s", update->text);
        update->changed(update->userdata);
}

void update_percent(struct update *update, int percent)
{
        if (percent == update->percent)
                return;
        update->percent = percent;
        update->changed(update->userdata);
}

int update_keep(struct update *update)
{
        char *text = NULL;
        int r = update->place < 0 ? PV_EUNSET : update_state_text(&update->state, &text);

        if (r == 0)
                r = durable_write(update->place, STATE, text);
        if (r < 0)
                log_event(LOG_LEVEL_ERROR, "state-not-kept", "reason", r == PV_ESYSTEM ? strerror(errno) : pv_error_text(r), NULL);
        free(text);
        return r;
}

void update_note(struct update *update, const char *from, const char *to, enum update_result result, const char *text)
{
        update_state_note(&update->state, clock_wall_s(), from, to, result, text);
        log_event(result == UPDATE_RESULT_COMMITTED || result == UPDATE_RESULT_WENT_BACK ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "outcome", "result",
                  update_result_text(result), "from", from, "to", to, "reason", text, NULL);
        (void)update_keep(update);
}

const char *update_busy(const struct update *update)
{
        switch (update->step) {
        case UPDATE_STEP_IDLE:
        case UPDATE_STEP_WAITING:
                return NULL;
        case UPDATE_STEP_TRYING:
                return "A version runs for the first time; wait until it is known whether it stays.";
        case UPDATE_STEP_RESTARTING:
                return "The appliance restarts.";
        default:
                return "Something is being done already; wait for its end.";
        }
}

const char *update_unsupported(const struct update *update)
{
        if (update->machine.is_container)
                return "This is a container: its host brings new versions. Put the new root in the place of the old one, and start it again.";
        if (!update->machine.has_slots)
                return "The start of this machine did not say where its slots are, so they cannot be changed.";
        return update->place < 0 ? "The folder " UPDATE_PLACE " cannot be used." : NULL;
}

bool update_may_end(const struct update *update)
{
        return !update->waiting && !intake_is_open(update) && (update->step == UPDATE_STEP_IDLE || update->step == UPDATE_STEP_WAITING) &&
               !health_is_needed(update);
}

void update_restart_machine(struct update *update)
{
        update_go(update, UPDATE_STEP_RESTARTING, "The appliance restarts.");
        if (kill(1, SIGNAL_REBOOT) < 0)
                log_event(LOG_LEVEL_ERROR, "restart-failed", "reason", strerror(errno), NULL);
}

/* --- the slots ------------------------------------------------------------- */

void update_look(struct update *update)
{
        sd_json_variant *request = NULL, *found = NULL;

        if (update_unsupported(update) ||
            sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING("look"))) < 0)
                return;
        if (job_once(UPDATE_DISK_PATH, request, LOOK_MS, &found) < 0 || slots_parse(found, &update->slots) < 0)
                log_event(LOG_LEVEL_ERROR, "slots-unknown", "reason", "The slots cannot be read; the journal of provost-update-disk has more.", NULL);
        sd_json_variant_unref(request);
        sd_json_variant_unref(found);
}

void update_rest(struct update *update)
{
        if (update->state.phase == UPDATE_PHASE_WRITTEN)
                update_go(update, UPDATE_STEP_WAITING, "Version %s is in the other slot and starts when you say so.", update->state.to);
        else if (update->has_bundle)
                update_go(update, UPDATE_STEP_IDLE, "Version %s is here and was checked; it can be installed.", update->bundle.version);
        else
                update_go(update, UPDATE_STEP_IDLE, "Nothing is going on.");
}

/* --- the first moments ------------------------------------------------------- */

static void load(struct update *update)
{
        char *text = NULL;
        int r = update->place < 0 ? PV_EUNSET : durable_read(update->place, STATE, UPDATE_STATE_MAX, &text);

        if (r == 0 && update_state_parse(text, &update->state) < 0)
                log_event(LOG_LEVEL_ERROR, "state-lost", "reason", "The file " UPDATE_PLACE "/" STATE " cannot be read; what was known of former updates is lost.",
                          NULL);
        free(text);
}

int update_begin(struct update *update)
{
        char usual[UPDATE_VERSION_SIZE];

        update->place = open(UPDATE_PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        machine_read(&update->machine);
        load(update);
        memcpy(usual, update->state.usual, sizeof usual);
        enum update_phase left = update->state.phase;
        enum update_begin begin = update_unsupported(update) ? UPDATE_BEGIN_NOTHING
                                                             : update_state_begin(&update->state, update->machine.version, clock_wall_s());

        bool is_other = !text_equal(usual, update->state.usual);
        if (update->state.phase != left || (*usual && is_other)) {
                const struct update_outcome *outcome = &update->state.last[0];

                log_event(LOG_LEVEL_ERROR, "outcome", "result", update_result_text(outcome->result), "from", outcome->from, "to", outcome->to, "reason",
                          outcome->text, NULL);
        }
        if (update->state.phase != left || is_other)
                (void)update_keep(update);
        if (left == UPDATE_PHASE_TRYING && update->state.phase == UPDATE_PHASE_IDLE && update->place >= 0)
                (void)durable_remove(update->place, "trial");
        update_look(update);
        if (intake_new(update, &update->intake) < 0 || health_new(update, &update->health) < 0)
                return PV_ENOMEM;
        update_rest(update);
        if (begin == UPDATE_BEGIN_CLEAR)
                install_clear(update);
        if (begin == UPDATE_BEGIN_TRIAL)
                health_begin_trial(update);
        return 0;
}

void update_done(struct update *update)
{
        intake_free(update->intake);
        health_free(update->health);
        sd_varlink_unref(update->waiting);
        if (update->place >= 0)
                close(update->place);
}
