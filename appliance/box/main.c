/*
 * provost-box: the station's process and its Varlink methods.
 *
 * In:   io.provost.Box calls from root and from station admin.
 * Out:  the status, once or as a stream; the clock; what people want to know; reboot and power off.
 * Not:  no work of its own, see box and people.
 */
#include <stddef.h>
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/box/box.h"
#include "appliance/box/people.h"
#include "gen/io.provost.Box.h"

#define N_WATCHERS_MAX 16

struct station {
        struct box *box;
        struct people *people;
        sd_varlink *watchers[N_WATCHERS_MAX];
};

static int reply_status(sd_varlink *link, const struct box_status *status, bool is_stream)
{
        sd_json_variant *reply = NULL;
        int r = sd_json_buildo(&reply, SD_JSON_BUILD_PAIR("ready", SD_JSON_BUILD_BOOLEAN(status->ready)),
                               SD_JSON_BUILD_PAIR("applied", SD_JSON_BUILD_UNSIGNED(status->applied)),
                               SD_JSON_BUILD_PAIR("waiting_for", SD_JSON_BUILD_STRING(status->waiting_for)));

        if (r >= 0)
                r = is_stream ? sd_varlink_notify(link, reply) : sd_varlink_reply(link, reply);
        sd_json_variant_unref(reply);
        return r;
}

static void on_changed(struct box *box, void *userdata)
{
        struct station *station = userdata;

        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (station->watchers[i])
                        (void)reply_status(station->watchers[i], box_status(box), true);
}

/* Who watches asks for the file then. */
static void on_seed(void *userdata)
{
        struct station *station = userdata;

        on_changed(station->box, station);
}

static int no_parameters(sd_varlink *link, sd_json_variant *parameters)
{
        static const sd_json_dispatch_field none[] = {{0}};

        return sd_varlink_dispatch(link, parameters, none, NULL);
}

static int method_status(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct station *station = userdata;
        int r = no_parameters(link, parameters);

        (void)flags;
        return r != 0 ? r : reply_status(link, box_status(station->box), false);
}

static int method_watch(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct station *station = userdata;
        int r = no_parameters(link, parameters);

        if (r != 0)
                return r;
        if (!(flags & SD_VARLINK_METHOD_MORE))
                return sd_varlink_error(link, SD_VARLINK_ERROR_EXPECTED_MORE, NULL);
        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (!station->watchers[i]) {
                        station->watchers[i] = sd_varlink_ref(link);
                        return reply_status(link, box_status(station->box), true);
                }
        return service_refuse(link, "io.provost.Box.Trouble", "Too many watch already (%d).", N_WATCHERS_MAX);
}

static void on_disconnected(sd_varlink *link, void *userdata)
{
        struct station *station = userdata;

        for (size_t i = 0; i < N_WATCHERS_MAX; i++)
                if (station->watchers[i] == link)
                        station->watchers[i] = sd_varlink_unref(link);
        people_disconnected(station->people, link);
}

static void on_power(bool is_done, const char *result, void *userdata)
{
        (void)userdata;
        if (!is_done)
                log_event(LOG_LEVEL_ERROR, "power-failed", "result", result, NULL);
}

static int power(sd_varlink *link, sd_json_variant *parameters, struct station *station, const char *target)
{
        int r = no_parameters(link, parameters);

        if (r != 0)
                return r;
        r = sd_varlink_reply(link, NULL);
        box_power(station->box, target, on_power, NULL);
        return r;
}

static int method_reboot(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags;
        return power(link, parameters, userdata, "reboot.target");
}

static int method_power_off(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags,
                            void *userdata)
{
        (void)flags;
        return power(link, parameters, userdata, "poweroff.target");
}

/* --- the clock ----------------------------------------------------------------- */

static int method_get_clock(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct station *station = userdata;
        struct clock_say_facts f = box_clock_facts(box_clock_of(station->box));
        int r = no_parameters(link, parameters);
        char text[CLOCK_SAY_SIZE];

        (void)flags;
        if (r != 0)
                return r;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("now", SD_JSON_BUILD_INTEGER(f.now)),
                                  SD_JSON_BUILD_PAIR("source", SD_JSON_BUILD_STRING(clock_say_source(f.source))),
                                  SD_JSON_BUILD_PAIR_CONDITION(f.source == CLOCK_SOURCE_FLOOR, "said", SD_JSON_BUILD_INTEGER(f.said)),
                                  SD_JSON_BUILD_PAIR("floor", SD_JSON_BUILD_INTEGER(f.floor)),
                                  SD_JSON_BUILD_PAIR("settable", SD_JSON_BUILD_BOOLEAN(!f.is_container)),
                                  SD_JSON_BUILD_PAIR("text", SD_JSON_BUILD_STRING(clock_say(&f, text))));
}

static void on_clock_set(const char *problem, void *userdata)
{
        sd_varlink *link = userdata;

        if (*problem)
                (void)service_refuse(link, "io.provost.Box.Trouble", "%s", problem);
        else
                (void)sd_varlink_reply(link, NULL);
        sd_varlink_unref(link);
}

static int method_set_clock(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct wanted { int64_t now; int force; } wanted = {0};
        static const sd_json_dispatch_field fields[] = {
                {"now", SD_JSON_VARIANT_INTEGER, sd_json_dispatch_int64, offsetof(struct wanted, now), SD_JSON_MANDATORY},
                {"force", SD_JSON_VARIANT_BOOLEAN, sd_json_dispatch_tristate, offsetof(struct wanted, force), SD_JSON_NULLABLE},
                {0},
        };
        struct station *station = userdata;
        struct box_clock *clock = box_clock_of(station->box);
        struct clock_say_facts f = box_clock_facts(clock);
        char reason[CLOCK_SAY_SIZE];
        int r = sd_varlink_dispatch(link, parameters, fields, &wanted);

        (void)flags;
        if (r != 0)
                return r;
        if (*clock_say_refusal(&f, wanted.now, wanted.force == 1, reason))
                return service_refuse(link, "io.provost.Box.NotAllowed", "%s", reason);
        box_clock_set(clock, wanted.now, wanted.force == 1, on_clock_set, sd_varlink_ref(link));
        return 1;
}

/* --- for people ------------------------------------------------------------------ */

#define FOR_PEOPLE(name) \
        static int method_##name(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata) \
        { \
                (void)flags; \
                return people_##name(((struct station *)userdata)->people, link, parameters); \
        }

FOR_PEOPLE(list_cards)
FOR_PEOPLE(get_page)
FOR_PEOPLE(get_facts)
FOR_PEOPLE(read_log)
FOR_PEOPLE(get_seed)

#define PERSON (SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN)

static const struct service_method methods[] = {
        {"io.provost.Box.Status", PERSON, method_status},
        {"io.provost.Box.Watch", PERSON, method_watch},
        {"io.provost.Box.GetClock", PERSON, method_get_clock},
        {"io.provost.Box.SetClock", PERSON, method_set_clock},
        {"io.provost.Box.ListCards", PERSON, method_list_cards},
        {"io.provost.Box.GetPage", PERSON, method_get_page},
        {"io.provost.Box.GetFacts", PERSON, method_get_facts},
        {"io.provost.Box.ReadLog", PERSON, method_read_log},
        {"io.provost.Box.GetSeed", PERSON, method_get_seed},
        {"io.provost.Box.Reboot", PERSON, method_reboot},
        {"io.provost.Box.PowerOff", PERSON, method_power_off},
        {0},
};

int main(void)
{
        static struct station station;
        struct service_spec spec = {
                .station = "box",
                .interface = &vl_interface_io_provost_Box,
                .methods = methods,
                .disconnected = on_disconnected,
                .userdata = &station,
        };
        struct service *service = NULL;
        int exit_code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return EXIT_FAILURE;
        if (box_new(service, on_changed, &station, &station.box) < 0 || people_new(service, station.box, on_seed, &station, &station.people) < 0)
                log_event(LOG_LEVEL_ERROR, "start-failed", "reason", "Not enough memory or no netlink socket.", NULL);
        else
                exit_code = service_run(service);
        people_free(station.people);
        box_free(station.box);
        service_free(service);
        return exit_code;
}
