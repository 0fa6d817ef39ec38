/*
 * provost-update: the station's process and its Varlink methods.
 *
 * In:   io.provost.Update calls of root and of station admin; a timer soon after each start of the machine.
 * Out:  answers, and the state as a stream; it ends when nobody asked for a minute and nothing is going on.
 * Not:  no work of its own, see update and its parts.
 */
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "appliance/base/log.h"
#include "appliance/update/update.h"
#include "appliance/update/update_install.h"
#include "appliance/update/update_intake.h"
#include "appliance/update/update_json.h"
#include "appliance/update/update_place.h"
#include "gen/io.provost.Update.h"

#define N_WATCHERS_MAX 16
#define IDLE_US (60ULL * 1000000)
#define IDLE_SLACK_US 5000000

static struct station {
        struct update update;
        sd_varlink *watchers[N_WATCHERS_MAX];
        sd_event_source *idle;
} station;

static int reply_state(sd_varlink *link, bool is_stream)
{
        sd_json_variant *reply = NULL;
        int r = update_json_state(&station.update, &reply);

        if (r == 0)
                r = is_stream ? sd_varlink_notify(link, reply) : sd_varlink_reply(link, reply);
        sd_json_variant_unref(reply);
        return r;
}

static void on_changed(void *userdata)
{
        (void)userdata;
        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (station.watchers[i])
                        (void)reply_state(station.watchers[i], true);
}

static int no_parameters(sd_varlink *link, sd_json_variant *parameters)
{
        static const sd_json_dispatch_field none[] = {{0}};

        return sd_varlink_dispatch(link, parameters, none, NULL);
}

/* --- methods ------------------------------------------------------------------ */

#define METHOD(name) \
        static int method_##name(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)

METHOD(status)
{
        int r = no_parameters(link, parameters);

        (void)flags;
        (void)userdata;
        return r != 0 ? r : reply_state(link, false);
}

METHOD(watch)
{
        int r = no_parameters(link, parameters);

        (void)userdata;
        if (r != 0)
                return r;
        if (!(flags & SD_VARLINK_METHOD_MORE))
                return sd_varlink_error(link, SD_VARLINK_ERROR_EXPECTED_MORE, NULL);
        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (!station.watchers[i]) {
                        station.watchers[i] = sd_varlink_ref(link);
                        return reply_state(link, true);
                }
        return service_refuse(link, "io.provost.Update.Trouble", "Too many watch already (%d).", N_WATCHERS_MAX);
}

/* What the calls bring. */
struct wanted {
        const char *upload, *url, *device, *name, *sha256;
        sd_json_variant *data;
        int64_t size, offset;
        int flag;
};

#define TEXT(field, more) {#field, SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct wanted, field), more}
#define NUMBER(field) {#field, SD_JSON_VARIANT_INTEGER, sd_json_dispatch_int64, offsetof(struct wanted, field), SD_JSON_MANDATORY}
#define FLAG(text) {text, SD_JSON_VARIANT_BOOLEAN, sd_json_dispatch_tristate, offsetof(struct wanted, flag), SD_JSON_MANDATORY}

/* One method: its fields, and what is called with them as `w`. */
#define CALL(name, call, ...) \
        METHOD(name) \
        { \
                static const sd_json_dispatch_field fields[] = {__VA_ARGS__ __VA_OPT__(,) {0}}; \
                struct update *u = &station.update; \
                struct wanted w = {0}; \
                int r = sd_varlink_dispatch(link, parameters, fields, &w); \
                (void)flags; \
                (void)userdata; \
                return r != 0 ? r : call; \
        }

CALL(begin_upload, intake_begin(u, link, w.size, w.sha256), NUMBER(size), TEXT(sha256, SD_JSON_MANDATORY))
CALL(append_upload, intake_append(u, link, w.upload, w.offset, w.data), TEXT(upload, SD_JSON_MANDATORY), NUMBER(offset),
     {"data", SD_JSON_VARIANT_STRING, sd_json_dispatch_variant_noref, offsetof(struct wanted, data), SD_JSON_MANDATORY})
CALL(finish_upload, intake_finish(u, link, w.upload), TEXT(upload, SD_JSON_MANDATORY))
CALL(download, intake_download(u, link, w.url), TEXT(url, SD_JSON_NULLABLE))
CALL(list_sticks, place_list_sticks(u, link))
CALL(take_from_stick, intake_from_stick(u, link, w.device, w.name), TEXT(device, SD_JSON_MANDATORY), TEXT(name, SD_JSON_MANDATORY))
CALL(install, install_bundle(u, link, w.flag == 1), FLAG("restart"))
CALL(restart, install_restart(u, link))
CALL(discard, intake_discard(u, link))
CALL(go_back, install_go_back(u, link))
CALL(get_data, place_get_data(u, link))
CALL(new_recovery_key, place_new_recovery_key(u, link))
CALL(list_disks, place_list_disks(u, link))
CALL(install_on, place_install_on(u, link, w.device, w.flag == 1), TEXT(device, SD_JSON_MANDATORY), FLAG("erase"))
CALL(factory_reset, place_factory_reset(u, link))

#define PERSON (SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN)

static const struct service_method methods[] = {
        {"io.provost.Update.Status", PERSON, method_status},
        {"io.provost.Update.Watch", PERSON, method_watch},
        {"io.provost.Update.BeginUpload", PERSON, method_begin_upload},
        {"io.provost.Update.AppendUpload", PERSON, method_append_upload},
        {"io.provost.Update.FinishUpload", PERSON, method_finish_upload},
        {"io.provost.Update.Download", PERSON, method_download},
        {"io.provost.Update.ListSticks", PERSON, method_list_sticks},
        {"io.provost.Update.TakeFromStick", PERSON, method_take_from_stick},
        {"io.provost.Update.Install", PERSON, method_install},
        {"io.provost.Update.Restart", PERSON, method_restart},
        {"io.provost.Update.Discard", PERSON, method_discard},
        {"io.provost.Update.GoBack", PERSON, method_go_back},
        {"io.provost.Update.GetData", PERSON, method_get_data},
        {"io.provost.Update.NewRecoveryKey", PERSON, method_new_recovery_key},
        {"io.provost.Update.ListDisks", PERSON, method_list_disks},
        {"io.provost.Update.InstallOn", PERSON, method_install_on},
        {"io.provost.Update.FactoryReset", PERSON, method_factory_reset},
        {0},
};

/* --- the process ------------------------------------------------------------------ */

static void rest(void);

/* systemd holds the socket: whoever comes after this is answered by the next process. */
static int end_or_rest(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        (void)userdata;
        if (service_is_idle(station.update.service) && update_may_end(&station.update))
                service_end(station.update.service, EXIT_SUCCESS);
        else
                rest();
        return 0;
}

static void rest(void)
{
        station.idle = sd_event_source_disable_unref(station.idle);
        (void)sd_event_add_time_relative(service_event(station.update.service), &station.idle, CLOCK_MONOTONIC, IDLE_US, IDLE_SLACK_US, end_or_rest,
                                         NULL);
}

static void disconnected(sd_varlink *link, void *userdata)
{
        (void)userdata;
        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (station.watchers[i] == link)
                        station.watchers[i] = sd_varlink_unref(link);
        rest();
}

int main(void)
{
        const struct service_spec spec = {
                .station = "update",
                .interface = &vl_interface_io_provost_Update,
                .methods = methods,
                .disconnected = disconnected,
                .userdata = &station,
        };
        int code = EXIT_FAILURE;

        station.update.place = -1;
        station.update.changed = on_changed;
        if (service_new(&spec, &station.update.service) < 0)
                return code;
        rest();
        if (update_begin(&station.update) < 0)
                log_event(LOG_LEVEL_ERROR, "start-failed", "reason", "There is not enough memory.", NULL);
        else
                code = service_run(station.update.service);
        sd_event_source_disable_unref(station.idle);
        update_done(&station.update);
        service_free(station.update.service);
        return code;
}
