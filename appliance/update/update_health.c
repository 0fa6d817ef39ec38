/*
 * update_health: whether the version that runs does what it should.
 *
 * In:   box (ready? which units run?), session (which phones are there?), the site's update_share and update_wait.
 * Out:  the counter of our kernel image set back, a trial committed, or given up with its reason.
 * Not:  no decision of its own: trial.c has it.
 */
#include "appliance/update/update_health.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/update/durable.h"
#include "appliance/update/trial.h"
#include "appliance/update/update_install.h"
#include "appliance/update/update_intake.h"

#define AGAIN_US 2000000
#define AGAIN_SLACK_US 100000
#define ASK_MS 5000
/* So long after the start of a version that is not tried its health is looked for. */
#define PATIENCE_MS (10 * 60 * 1000)
#define SHARE 90
#define WAIT_S 600

struct health {
        struct update *update;
        struct service_peer *box, *session, *store;
        sd_event_source *again;
        bool is_trial, is_settled, has_site;
        int64_t restarts;               /* of all units, when last looked at; -1: not yet */
        int64_t since;
        uint64_t begin_ms;
        unsigned share, wait_s;
        size_t back;
        const char *sick;
        char why[UPDATE_TEXT_SIZE];
        void (*on_phones)(void *userdata);
};

/* --- phones ------------------------------------------------------------------ */

static const char *up_mac(sd_json_variant *tunnel)
{
        const char *mac = service_field_text(tunnel, "mac");

        return mac && text_equal(service_field_text(tunnel, "state"), "up") ? mac : NULL;
}

static int order(const void *a, const void *b)
{
        return strcmp(a, b);
}

static void on_phones_now(sd_json_variant *reply, const char *error, void *userdata)
{
        struct health *h = userdata;
        struct update_state *state = &h->update->state;
        sd_json_variant *tunnels = error ? NULL : service_field_list(reply, "tunnels");
        void (*on)(void *) = h->on_phones;

        state->n_before = 0;
        for (size_t i = 0; tunnels && i < sd_json_variant_elements(tunnels) && state->n_before < UPDATE_PHONES_MAX; i++) {
                const char *mac = up_mac(sd_json_variant_by_index(tunnels, i));

                if (mac && text_copy(state->before[state->n_before], MAC_TEXT_SIZE, mac) == 0)
                        state->n_before++;
        }
        qsort(state->before, state->n_before, MAC_TEXT_SIZE, order);
        h->on_phones = NULL;
        if (on)
                on(h->update);
}

void health_note_phones(struct update *update, void (*on)(void *userdata))
{
        update->health->on_phones = on;
        service_peer_call(update->health->session, "io.provost.Session.Status", NULL, ASK_MS, on_phones_now, update->health);
}

static size_t count_back(const struct update_state *state, sd_json_variant *tunnels)
{
        size_t back = 0;

        for (size_t i = 0; tunnels && i < sd_json_variant_elements(tunnels); i++) {
                const char *mac = up_mac(sd_json_variant_by_index(tunnels, i));

                back += mac && bsearch(mac, state->before, state->n_before, MAC_TEXT_SIZE, order) != NULL;
        }
        return back;
}

/* --- the end of a trial, or of a start ---------------------------------------------- */

static void settle(struct health *h)
{
        h->is_settled = true;
        h->is_trial = false;
        h->again = sd_event_source_disable_unref(h->again);
}

static void commit(struct health *h, const char *text)
{
        struct update *update = h->update;
        struct update_state *state = &update->state;

        /* The loader takes the newest that has a start left, so a newer one that was left keeps none. */
        int other_left = update_version_compare(state->from, update->machine.version) > 0 ? 0 : INSTALL_TRIES;

        /* First what makes it stay, then what says so: a power cut in between repeats the judgement. */
        if (install_mark(update, update->machine.version, INSTALL_TRIES, state->from, other_left) < 0)
                return;
        state->phase = UPDATE_PHASE_IDLE;
        state->n_before = 0;
        (void)text_copy(state->usual, sizeof state->usual, update->machine.version);
        if (update_version_compare(state->next_floor, state->floor) > 0)
                (void)text_copy(state->floor, sizeof state->floor, state->next_floor);
        update_note(update, state->from, state->to, UPDATE_RESULT_COMMITTED, text);
        (void)durable_remove(update->place, "trial");
        settle(h);
        install_loader(update);
        update_rest(update);
}

static void give_up(struct health *h, const char *text)
{
        struct update *update = h->update;

        (void)text_copy(update->state.verdict, sizeof update->state.verdict, text);
        (void)update_keep(update);
        log_event(LOG_LEVEL_ERROR, "given-up", "version", update->machine.version, "reason", text, NULL);
        if (install_mark(update, update->machine.version, 0, update->state.from, INSTALL_TRIES) < 0)
                log_event(LOG_LEVEL_ERROR, "restart-anyway", "reason", "Each further start counts down this version by itself.", NULL);
        settle(h);
        update_restart_machine(update);
}

static void stay(struct health *h)
{
        struct update *update = h->update;
        const struct slot *own = slots_find(&update->slots, update->machine.version);

        if (own && own->tries_left >= 0 && own->tries_left < INSTALL_TRIES)
                (void)!install_mark(update, update->machine.version, INSTALL_TRIES, "", 0);
        log_event(LOG_LEVEL_INFO, "well", "version", update->machine.version, NULL);
        settle(h);
}

static void judge(struct health *h)
{
        struct update *update = h->update;
        char text[TRIAL_TEXT_SIZE];

        if (!h->is_trial) {
                if (!h->sick)
                        stay(h);
                else if (clock_monotonic_ms() > h->begin_ms + PATIENCE_MS) {
                        log_event(LOG_LEVEL_WARNING, "not-well", "reason", h->sick, NULL);
                        settle(h);
                }
                return;
        }
        const struct trial_facts facts = {
                .version = update->machine.version, .before = update->state.n_before, .back = h->back, .share = h->share, .sick = h->sick,
                .now_ms = clock_monotonic_ms(), .until_ms = h->begin_ms + (uint64_t)h->wait_s * 1000};

        switch (trial_decide(&facts, text)) {
        case TRIAL_COMMIT:
                commit(h, text);
                break;
        case TRIAL_GIVE_UP:
                give_up(h, text);
                break;
        default:
                if (!text_equal(update->text, text))
                        update_go(update, UPDATE_STEP_TRYING, "%s", text);
        }
}

/* --- asking ------------------------------------------------------------------------------ */

static void look(struct health *h);

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        look(userdata);
        return 0;
}

static void again(struct health *h)
{
        h->again = sd_event_source_disable_unref(h->again);
        if (!h->is_settled)
                (void)sd_event_add_time_relative(service_event(h->update->service), &h->again, CLOCK_MONOTONIC, AGAIN_US, AGAIN_SLACK_US, on_again, h);
}

static void __attribute__((format(printf, 2, 3))) sick(struct health *h, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(h->why, sizeof h->why, format, arguments);
        va_end(arguments);
        h->sick = h->why;
}

static void on_session(sd_json_variant *reply, const char *error, void *userdata)
{
        struct health *h = userdata;

        if (error)
                sick(h, "Station session does not answer.");
        else
                h->back = count_back(&h->update->state, service_field_list(reply, "tunnels"));
        judge(h);
        again(h);
}

static const char *sick_unit(sd_json_variant *units, int64_t *ret_restarts)
{
        const char *name = NULL;

        for (size_t i = 0; units && i < sd_json_variant_elements(units); i++) {
                sd_json_variant *unit = sd_json_variant_by_index(units, i);
                const char *state = service_field_text(unit, "state"), *of = service_field_text(unit, "name");

                *ret_restarts += service_field_integer(unit, "restarts", 0);

                /* What is started for one thing (a stick looked at, a file fetched) may fail. */
                if (!name && of && !strchr(of, '@') && (text_equal(state, "failed") || text_equal(state, "activating")))
                        name = of;
        }
        return name;
}

/* What dies and is started again looks well in between: nothing may have been restarted since the last look. */
static void on_units(sd_json_variant *reply, const char *error, void *userdata)
{
        struct health *h = userdata;
        int64_t restarts = 0;
        const char *unit = sick_unit(service_field_list(reply, "units"), &restarts);

        if (error)
                sick(h, "Station box does not answer.");
        else if (unit)
                sick(h, "%.64s does not run.", unit);
        else if (restarts != h->restarts && !h->sick)
                sick(h, h->restarts < 0 ? "It is being looked at." : "Stations are being restarted again and again.");
        h->restarts = error ? h->restarts : restarts;
        service_peer_call(h->session, "io.provost.Session.Status", NULL, ASK_MS, on_session, h);
}

static void on_box(sd_json_variant *reply, const char *error, void *userdata)
{
        struct health *h = userdata;
        const char *missing = service_field_text(reply, "waiting_for");

        if (error)
                sick(h, "Station box does not answer.");
        else if (h->has_site && !service_field_is_true(reply, "ready"))
                sick(h, "%.200s", missing && *missing ? missing : "The appliance is not ready.");
        service_peer_call(h->box, "io.provost.Box.GetFacts", NULL, ASK_MS, on_units, h);
}

static unsigned number(sd_json_variant *values, const char *name, unsigned otherwise)
{
        for (size_t i = 0; values && i < sd_json_variant_elements(values); i++) {
                sd_json_variant *row = sd_json_variant_by_index(values, i);
                const char *text = service_field_text(row, "value");
                uint32_t value;

                if (text && text_equal(service_field_text(row, "name"), name) && text_to_u32(text, UINT32_MAX, &value) == 0)
                        return value;
        }
        return otherwise;
}

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct health *h = userdata;
        sd_json_variant *values = service_field_list(reply, "values");
        bool is_blind = h->update->machine.has_slots && !h->update->slots.n;

        h->sick = NULL;
        /* Just after a start of a slow machine the disk's program may not have answered in time. */
        if (is_blind)
                update_look(h->update);
        if (error)
                sick(h, "Station store does not answer.");
        else if (is_blind)
                sick(h, "The slots cannot be read.");
        else {
                h->share = number(values, "update_share", SHARE);
                h->wait_s = number(values, "update_wait", WAIT_S);
                h->has_site = service_field_is_true(reply, "complete");
        }
        service_peer_call(h->box, "io.provost.Box.Status", NULL, ASK_MS, on_box, h);
}

static void look(struct health *h)
{
        service_peer_call(h->store, "io.provost.Store.GetSite", NULL, ASK_MS, on_site, h);
}

/* --- the station's first moments ------------------------------------------------------------ */

void health_begin_trial(struct update *update)
{
        struct health *h = update->health;

        h->is_trial = true;
        h->since = clock_wall_s();
        update_go(update, UPDATE_STEP_TRYING, "Version %s runs for the first time.", update->machine.version);
}

bool health_is_needed(const struct update *update)
{
        return !update->health->is_settled;
}

struct health_trial health_trial(const struct update *update)
{
        const struct health *h = update->health;

        return (struct health_trial){.since = h->since, .until = h->since + h->wait_s, .back = h->back,
                                     .needed = trial_needed(update->state.n_before, h->share)};
}

int health_new(struct update *update, struct health **ret)
{
        struct health *h = calloc(1, sizeof *h);
        int r = h ? 0 : PV_ENOMEM;

        if (r == 0)
                r = service_peer_new(update->service, "/run/provost/box", &h->box);
        if (r == 0)
                r = service_peer_new(update->service, "/run/provost/session", &h->session);
        if (r == 0)
                r = service_peer_new(update->service, "/run/provost/store", &h->store);
        if (r < 0) {
                health_free(h);
                return r;
        }
        h->update = update;
        h->share = SHARE;
        h->wait_s = WAIT_S;
        h->restarts = -1;
        h->begin_ms = clock_monotonic_ms();
        h->is_settled = update_unsupported(update) != NULL;
        again(h);
        *ret = h;
        return 0;
}

void health_free(struct health *h)
{
        if (!h)
                return;
        sd_event_source_disable_unref(h->again);
        service_peer_free(h->box);
        service_peer_free(h->session);
        service_peer_free(h->store);
        free(h);
}
