/*
 * update_install: a checked bundle into the slot that does not run, and from one slot to the other.
 *
 * In:   the bundle in /data/update/ready, the slots.
 * Out:  the slot written, the counters of the kernel images, the restart.
 * Not:  no disk is touched here: provost-update-disk does. Whether a version stays, update_health says.
 *
 * What is written has no start left (+0), so a power cut brings up what ran before. Only Restart gives it some.
 */
#include "appliance/update/update_install.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/update/durable.h"
#include "appliance/update/manifest_json.h"
#include "appliance/update/update_health.h"
#include "appliance/update/update_intake.h"

#define SLOTS_ARE_AS_BEFORE "What runs was not touched."
#define MARK_MS 30000

static void set_phase(struct update_state *state, enum update_phase phase, const char *from, const char *to)
{
        state->phase = phase;
        (void)text_copy(state->from, sizeof state->from, from);
        (void)text_copy(state->to, sizeof state->to, to);
}

/* --- writing ------------------------------------------------------------------ */

static void on_written(const struct job_news *news, void *userdata)
{
        struct update *update = userdata;
        char text[UPDATE_TEXT_SIZE];

        if (news->percent >= 0) {
                update_percent(update, news->percent);
                return;
        }
        if (!news->done) {
                (void)snprintf(text, sizeof text, "Version %s was not written: %s " SLOTS_ARE_AS_BEFORE, update->state.to, news->error);
                update->state.phase = UPDATE_PHASE_IDLE;
                update_note(update, update->state.from, update->state.to, UPDATE_RESULT_REFUSED, text);
                update_look(update);
                update_rest(update);
                return;
        }
        update->state.phase = UPDATE_PHASE_WRITTEN;
        update_look(update);
        update_rest(update);
        if (update_keep(update) == 0 && update->has_restart)
                (void)install_restart(update, NULL);
}

static int start_writing(struct update *update)
{
        sd_json_variant *manifest = NULL, *request = NULL;
        int r = manifest_json_build(&update->bundle, &manifest);

        if (r == 0 && sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING("write")),
                                     SD_JSON_BUILD_PAIR("manifest", SD_JSON_BUILD_VARIANT(manifest))) < 0)
                r = PV_ENOMEM;
        if (r == 0)
                r = job_start(service_event(update->service), UPDATE_DISK_PATH, request, NULL, 0, on_written, update, NULL);
        sd_json_variant_unref(manifest);
        sd_json_variant_unref(request);
        return r;
}

static const char *refusal(const struct update *update, char ret[static BUNDLE_REASON_SIZE])
{
        const struct bundle_policy policy = {
                .product = "provost", .architecture = update->machine.architecture, .floor = update->state.floor, .now = clock_wall_s()};

        if (text_equal(update->bundle.version, update->machine.version)) {
                (void)snprintf(ret, BUNDLE_REASON_SIZE, "Version %s is what runs already.", update->bundle.version);
                return ret;
        }
        return bundle_manifest_refusal(&update->bundle, &policy, ret);
}

int install_bundle(struct update *update, sd_varlink *link, bool has_restart)
{
        const char *problem = update_unsupported(update);
        char reason[BUNDLE_REASON_SIZE];

        if (problem)
                return service_refuse(link, "io.provost.Update.NotAllowed", "%s", problem);
        if ((problem = update_busy(update)))
                return update_not_now(link, problem);
        if (!update->has_bundle)
                return update_not_now(link, "There is no checked bundle: upload one, fetch it, or take it from a stick.");
        if (*refusal(update, reason))
                return update_refused(link, reason, "");
        set_phase(&update->state, UPDATE_PHASE_WRITING, update->machine.version, update->bundle.version);
        (void)text_copy(update->state.next_floor, sizeof update->state.next_floor, update->bundle.floor);
        if (update_keep(update) < 0) {
                update->state.phase = UPDATE_PHASE_IDLE;
                return update_trouble(link, "The data partition cannot be written, so nothing was begun.");
        }
        if (start_writing(update) < 0) {
                update->state.phase = UPDATE_PHASE_IDLE;
                (void)update_keep(update);
                return update_trouble(link, "The program that writes slots cannot be started; the journal has more.");
        }
        update->has_restart = has_restart;
        update_go(update, UPDATE_STEP_WRITING, "Version %s is being written into the other slot.", update->bundle.version);
        return sd_varlink_reply(link, NULL);
}

/* --- counters -------------------------------------------------------------------- */

int install_mark(struct update *update, const char *version, int left, const char *other, int other_left)
{
        sd_json_variant *request = NULL, *done = NULL;
        int r = sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING("mark")),
                               SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(version)), SD_JSON_BUILD_PAIR("left", SD_JSON_BUILD_INTEGER(left)),
                               SD_JSON_BUILD_PAIR("other", SD_JSON_BUILD_STRING(other)), SD_JSON_BUILD_PAIR("other_left", SD_JSON_BUILD_INTEGER(other_left)));

        r = r < 0 ? PV_ENOMEM : job_once(UPDATE_DISK_PATH, request, MARK_MS, &done);
        sd_json_variant_unref(request);
        sd_json_variant_unref(done);
        if (r < 0)
                log_event(LOG_LEVEL_ERROR, "slots-not-marked", "version", version, "reason", "The boot partition cannot be written.", NULL);
        update_look(update);
        return r;
}

void install_clear(struct update *update)
{
        const struct slot *other = slots_other(&update->slots, update->machine.version);

        if (other && *other->version)
                (void)!install_mark(update, other->version, 0, "", 0);
}

/* The bundle has done its work then, whether the loader could be replaced or not: each of them starts each version. */
static void on_loader(const struct job_news *news, void *userdata)
{
        struct update *update = userdata;

        if (news->percent >= 0)
                return;
        if (!news->done)
                log_event(LOG_LEVEL_ERROR, "loader-not-replaced", "reason", news->error, NULL);
        intake_forget(update);
        update_rest(update);
}

void install_loader(struct update *update)
{
        sd_json_variant *manifest = NULL, *request = NULL;

        if (!update->has_bundle || !text_equal(update->bundle.version, update->machine.version) || manifest_json_build(&update->bundle, &manifest) < 0)
                return;
        if (sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING("loader")),
                           SD_JSON_BUILD_PAIR("manifest", SD_JSON_BUILD_VARIANT(manifest))) < 0 ||
            job_start(service_event(update->service), UPDATE_DISK_PATH, request, NULL, 0, on_loader, update, NULL) < 0)
                log_event(LOG_LEVEL_ERROR, "loader-not-replaced", "reason", "The program that writes slots cannot be started.", NULL);
        sd_json_variant_unref(manifest);
        sd_json_variant_unref(request);
}

/* --- starting what was written ----------------------------------------------------- */

/* The loader takes the newest version that has a start left; an older one is taken when the newer has none. */
static int begin_trial(struct update *update)
{
        const char *to = update->state.to, *from = update->machine.version;
        bool is_newer = update_version_compare(to, from) > 0;

        set_phase(&update->state, UPDATE_PHASE_TRYING, from, to);
        *update->state.verdict = 0;
        if (update_keep(update) < 0 || durable_write(update->place, "trial", to) < 0 ||
            install_mark(update, to, INSTALL_TRIAL_TRIES, from, is_newer ? INSTALL_TRIES : 0) < 0) {
                update->state.phase = UPDATE_PHASE_WRITTEN;
                (void)update_keep(update);
                return PV_ESYSTEM;
        }
        return 0;
}

static void on_phones(void *userdata)
{
        struct update *update = userdata;
        sd_varlink *link = update->waiting;

        update->waiting = NULL;
        if (begin_trial(update) < 0) {
                update_rest(update);
                if (link)
                        (void)update_trouble(link, "The boot partition or the data partition cannot be written, so the version was not started.");
        } else {
                if (link)
                        (void)sd_varlink_reply(link, NULL);
                update_restart_machine(update);
        }
        sd_varlink_unref(link);
}

int install_restart(struct update *update, sd_varlink *link)
{
        const char *problem = update_busy(update);
        const struct slot *slot = slots_find(&update->slots, update->state.to);

        if (problem || update->state.phase != UPDATE_PHASE_WRITTEN || !slot || !slot->has_kernel) {
                problem = problem ? problem : "No version was written that could be started: install one first.";
                return link ? update_not_now(link, problem) : 0;
        }
        update->waiting = sd_varlink_ref(link);
        update_go(update, UPDATE_STEP_RESTARTING, "The appliance restarts with version %s.", update->state.to);
        health_note_phones(update, on_phones);
        return 1;
}

/* --- the way back ---------------------------------------------------------------------- */

int install_go_back(struct update *update, sd_varlink *link)
{
        const char *problem = update_unsupported(update), *running = update->machine.version;
        const struct slot *other = slots_other(&update->slots, running);

        if (problem)
                return service_refuse(link, "io.provost.Update.NotAllowed", "%s", problem);
        if ((problem = update_busy(update)))
                return update_not_now(link, problem);
        if (!other || !text_equal(slots_state(other, running), "good"))
                return update_not_now(link, "The other slot holds nothing that would start.");
        set_phase(&update->state, UPDATE_PHASE_BACK, running, other->version);
        if (update_keep(update) < 0 || install_mark(update, update->state.to, INSTALL_TRIES, running, 0) < 0) {
                update->state.phase = UPDATE_PHASE_IDLE;
                (void)update_keep(update);
                return update_trouble(link, "The boot partition or the data partition cannot be written, so nothing was changed.");
        }
        int r = sd_varlink_reply(link, NULL);

        update_restart_machine(update);
        return r;
}
