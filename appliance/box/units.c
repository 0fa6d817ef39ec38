/*
 * units: jobs for systemd and the state of its units.
 *
 * In:   names of units; systemd's replies and signals (it is trusted).
 * Out:  one call per ended job, one per change of state.
 * Not:  no decision what to start.
 */
#include "appliance/box/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"

#define MANAGER "org.freedesktop.systemd1.Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define UNIT_PATH "/org/freedesktop/systemd1/unit"
#define SERVICE "org.freedesktop.systemd1"
#define N_WATCHED_MAX 8
#define N_JOBS_MAX 8
#define AGAIN_US (100 * 1000)

struct watched {
        struct units *units;
        const char *name;
        char *path;
        enum units_state state;
};

struct job {
        struct units *units;
        const char *unit;
        char *path;             /* NULL until systemd named it */
        units_done done;        /* NULL: free */
        void *userdata;
};

/* Rows that are being filled: two questions each. */
struct asked {
        struct units *units;
        struct units_row row;
};

struct describing {
        units_described described;      /* NULL: none runs */
        void *userdata;
        struct asked asked[UNITS_ROWS_MAX];
        size_t n, n_open;
};

struct units {
        struct describing describing;
        sd_event *event;
        sd_event_source *again;
        sd_bus *bus;
        units_changed changed;
        void *userdata;
        struct watched watched[N_WATCHED_MAX];
        size_t n_watched;
        struct job jobs[N_JOBS_MAX];
};

static int connect_bus(struct units *units);

static void describe_end(struct describing *d)
{
        units_described described = d->described;
        struct units_row rows[UNITS_ROWS_MAX];

        for (size_t i = 0; i < d->n; i++)
                rows[i] = d->asked[i].row;
        d->described = NULL;
        if (described)
                described(rows, d->n, d->userdata);
}

static void job_end(struct job *job, const char *result)
{
        units_done done = job->done;

        free(job->path);
        job->path = NULL;
        job->done = NULL;
        if (done)
                done(text_equal(result, "done"), result, job->userdata);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        (void)connect_bus(userdata);
        return 0;
}

static void connect_later(struct units *units)
{
        units->again = sd_event_source_disable_unref(units->again);
        if (sd_event_add_time_relative(units->event, &units->again, CLOCK_MONOTONIC, AGAIN_US, 0, on_again, units) < 0)
                log_event(LOG_LEVEL_ERROR, "units-timer-failed", NULL);
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct units *units = userdata;

        (void)m;
        (void)error;
        units->bus = sd_bus_close_unref(units->bus);
        for (size_t i = 0; i < units->n_watched; i++)
                units->watched[i].state = UNITS_STATE_UNKNOWN;
        for (size_t i = 0; i < N_JOBS_MAX; i++)
                if (units->jobs[i].done)
                        job_end(&units->jobs[i], "unreachable");
        describe_end(&units->describing);
        connect_later(units);
        units->changed(units->userdata);
        return 0;
}

static void set_state(struct watched *watched, const char *word)
{
        /* "reloading" still serves. */
        bool is_active = text_equal(word, "active") || text_equal(word, "reloading") || text_equal(word, "refreshing");
        enum units_state state = is_active ? UNITS_STATE_ACTIVE : UNITS_STATE_DOWN;

        if (watched->state == state)
                return;
        watched->state = state;
        watched->units->changed(watched->units->userdata);
}

static int on_state(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        const char *word = NULL;

        (void)error;
        if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "v", "s", &word) >= 0)
                set_state(userdata, word);
        return 0;
}

static void ask_state(struct watched *watched)
{
        if (watched->units->bus)
                (void)sd_bus_call_method_async(watched->units->bus, NULL, SERVICE, watched->path,
                                               "org.freedesktop.DBus.Properties", "Get", on_state, watched, "ss",
                                               "org.freedesktop.systemd1.Unit", "ActiveState");
}

/*
 * A property of some unit changed: which one matters little, the state is
 * asked again. UnitNew is not a reason to ask: asking loads an idle unit,
 * which systemd announces and forgets at once, and so on without end.
 */
static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct units *units = userdata;
        const char *path = sd_bus_message_get_path(m), *interface = NULL;

        (void)error;
        if (sd_bus_message_read(m, "s", &interface) < 0 || !text_equal(interface, "org.freedesktop.systemd1.Unit"))
                return 0;
        for (size_t i = 0; i < units->n_watched; i++)
                if (text_equal(units->watched[i].path, path))
                        ask_state(&units->watched[i]);
        return 0;
}

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct units *units = userdata;
        const char *path, *unit, *result;
        uint32_t id;

        (void)error;
        if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
                return 0;
        for (size_t i = 0; i < units->n_watched; i++)
                if (text_equal(units->watched[i].name, unit))
                        ask_state(&units->watched[i]);
        for (size_t i = 0; i < N_JOBS_MAX; i++)
                if (units->jobs[i].path && text_equal(units->jobs[i].path, path))
                        job_end(&units->jobs[i], result);
        return 0;
}

static int add_matches(struct units *units)
{
        sd_bus *bus = units->bus;
        int r = sd_bus_match_signal(bus, NULL, NULL, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                    "Disconnected", on_disconnected, units);

        if (r >= 0)
                r = sd_bus_match_signal(bus, NULL, NULL, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                        on_properties, units);
        if (r >= 0)
                r = sd_bus_match_signal(bus, NULL, NULL, MANAGER_PATH, MANAGER, "JobRemoved", on_job_removed, units);
        return r;
}

static int connect_bus(struct units *units)
{
        int r = sd_bus_new(&units->bus);

        if (r >= 0)
                r = sd_bus_set_address(units->bus, "unix:path=/run/systemd/private");
        if (r >= 0)
                r = sd_bus_set_bus_client(units->bus, false);
        if (r >= 0)
                r = sd_bus_start(units->bus);
        if (r >= 0)
                r = sd_bus_attach_event(units->bus, units->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = add_matches(units);
        if (r < 0) {
                units->bus = sd_bus_close_unref(units->bus);
                connect_later(units);
                return pv_error_from_errno(r);
        }
        for (size_t i = 0; i < units->n_watched; i++)
                ask_state(&units->watched[i]);
        return 0;
}

int units_new(sd_event *event, const char *const *names, units_changed changed, void *userdata,
              struct units **ret_units)
{
        struct units *units = calloc(1, sizeof *units);

        if (!units)
                return PV_ENOMEM;
        units->event = sd_event_ref(event);
        units->changed = changed;
        units->userdata = userdata;
        for (; names[units->n_watched] && units->n_watched < N_WATCHED_MAX; units->n_watched++) {
                struct watched *watched = &units->watched[units->n_watched];

                *watched = (struct watched){.units = units, .name = names[units->n_watched]};
                if (sd_bus_path_encode(UNIT_PATH, watched->name, &watched->path) < 0) {
                        units_free(units);
                        return PV_ENOMEM;
                }
        }
        (void)connect_bus(units);       /* tried again by itself */
        *ret_units = units;
        return 0;
}

void units_free(struct units *units)
{
        if (!units)
                return;
        for (size_t i = 0; i < N_JOBS_MAX; i++)
                free(units->jobs[i].path);
        for (size_t i = 0; i < N_WATCHED_MAX; i++)
                free(units->watched[i].path);
        sd_event_source_disable_unref(units->again);
        sd_bus_close_unref(units->bus);
        sd_event_unref(units->event);
        free(units);
}

enum units_state units_state(const struct units *units, const char *name)
{
        for (size_t i = 0; i < units->n_watched; i++)
                if (text_equal(units->watched[i].name, name))
                        return units->watched[i].state;
        return UNITS_STATE_UNKNOWN;
}

static int on_job(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct job *job = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        const char *path;

        (void)error;
        if (!job->done)
                return 0;
        if (e) {
                log_event(LOG_LEVEL_WARNING, "job-refused", "unit", job->unit, "reason", e->message, NULL);
                job_end(job, "refused");
        } else if (sd_bus_message_read(m, "o", &path) < 0 || !(job->path = strdup(path))) {
                job_end(job, "unreachable");
        }
        return 0;
}

void units_job(struct units *units, const char *verb, const char *unit, const char *mode, units_done done,
               void *userdata)
{
        struct job *job = NULL;

        for (size_t i = 0; i < N_JOBS_MAX && !job; i++)
                if (!units->jobs[i].done)
                        job = &units->jobs[i];
        if (!job || !units->bus) {
                done(false, "unreachable", userdata);
                return;
        }
        *job = (struct job){.units = units, .unit = unit, .done = done, .userdata = userdata};
        if (sd_bus_call_method_async(units->bus, NULL, SERVICE, MANAGER_PATH, MANAGER, verb, on_job, job, "ss", unit,
                                     mode) < 0)
                job_end(job, "unreachable");
}

/* --- for people -------------------------------------------------------------- */

static void answered(struct asked *asked)
{
        struct describing *d = &asked->units->describing;

        if (d->described && --d->n_open == 0)
                describe_end(d);
}

static int on_since(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct asked *asked = userdata;
        uint64_t at_us = 0;

        (void)error;
        if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "v", "t", &at_us) >= 0)
                asked->row.since = (int64_t)(at_us / 1000000);
        answered(asked);
        return 0;
}

static int on_restarts(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct asked *asked = userdata;
        uint32_t n = 0;

        (void)error;
        if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "v", "u", &n) >= 0)
                asked->row.restarts = n;
        answered(asked);
        return 0;
}

static bool ask(struct asked *asked, const char *path, const char *interface, const char *property, sd_bus_message_handler_t on_answer)
{
        return sd_bus_call_method_async(asked->units->bus, NULL, SERVICE, path, "org.freedesktop.DBus.Properties", "Get", on_answer, asked,
                                        "ss", interface, property) >= 0;
}

static void describe_row(struct units *units, const char *name, const char *state, const char *path)
{
        struct describing *d = &units->describing;
        struct asked *asked = &d->asked[d->n];

        if (d->n == UNITS_ROWS_MAX)
                return;
        *asked = (struct asked){.units = units};
        (void)snprintf(asked->row.name, sizeof asked->row.name, "%.*s", (int)strcspn(name, "."), name);
        (void)snprintf(asked->row.state, sizeof asked->row.state, "%s", state);
        d->n++;
        d->n_open += ask(asked, path, "org.freedesktop.systemd1.Unit", "StateChangeTimestamp", on_since);
        d->n_open += ask(asked, path, "org.freedesktop.systemd1.Service", "NRestarts", on_restarts);
}

static int on_list(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct units *units = userdata;
        const char *name, *state, *path, *job;
        uint32_t job_id;

        (void)error;
        if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_enter_container(m, 'a', "(ssssssouso)") >= 0)
                while (sd_bus_message_read(m, "(ssssssouso)", &name, NULL, NULL, &state, NULL, NULL, &path, &job_id, NULL, &job) > 0)
                        describe_row(units, name, state, path);
        if (units->describing.n_open == 0)
                describe_end(&units->describing);
        return 0;
}

int units_describe(struct units *units, units_described described, void *userdata)
{
        struct describing *d = &units->describing;
        int r;

        if (d->described)
                return PV_EBUSY;
        if (!units->bus)
                return PV_ESYSTEM;
        *d = (struct describing){.described = described, .userdata = userdata};
        r = sd_bus_call_method_async(units->bus, NULL, SERVICE, MANAGER_PATH, MANAGER, "ListUnitsByPatterns", on_list, units, "asas", 0, 2,
                                     "provost-*.service", "systemd-networkd.service");
        if (r < 0)
                d->described = NULL;
        return r < 0 ? PV_ESYSTEM : 0;
}
