/*
 * pki_life: the calls about time and generations.
 *
 * In:   parameters whose types libsystemd has checked, from callers that may.
 * Out:  ends, the floor of time, the state of a rollover.
 * Not:  no count of phones: whether a step would lose one is asked of the store, by the caller.
 */
#include "vpn/pki/pki_life.h"

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "vpn/pki/pki_ends.h"
#include "vpn/pki/pki_methods.h"
#include "vpn/pki/pki_reply.h"

#define NOT_ALLOWED "io.provost.Pki.NotAllowed"
/* Between the clock and the floor, which moves up to the clock now and then: NTP may turn it back a little. */
#define SLACK_S 60
/* 9999-12-31 */
#define LAST INT64_C(253402300799)

static struct pki_station *station_of(void *userdata)
{
        return ((struct pki_methods_data *)userdata)->station;
}

static int append_end(sd_json_variant **ends, const struct pki_end *end)
{
        sd_json_variant *row = NULL;
        int result = sd_json_buildo(&row, SD_JSON_BUILD_PAIR_STRING("subject", end->subject),
                                    SD_JSON_BUILD_PAIR_INTEGER("not_before", end->span.not_before),
                                    SD_JSON_BUILD_PAIR_INTEGER("not_after", end->span.not_after),
                                    SD_JSON_BUILD_PAIR_BOOLEAN("renews", end->renews));

        if (result >= 0)
                result = sd_json_variant_append_array(ends, row);
        sd_json_variant_unref(row);
        return result;
}

int pki_life_get_ends(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);
        struct pki_times times = pki_station_times(station, clock_wall_s());
        struct pki_end ends[PKI_ENDS_MAX];
        sd_json_variant *list = NULL;
        size_t n;
        int result = 0;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        n = pki_ends(&station->vault, &station->authority, &times, ends);
        for (size_t i = 0; i < n && result >= 0; i++)
                result = append_end(&list, &ends[i]);
        if (result >= 0)
                result = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("ends", list));
        sd_json_variant_unref(list);
        return result;
}

int pki_life_get_times(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);
        struct pki_times times = pki_station_times(station, clock_wall_s());

        (void)parameters, (void)flags;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_INTEGER("now", times.now),
                                  SD_JSON_BUILD_PAIR_INTEGER("floor", times.floor),
                                  SD_JSON_BUILD_PAIR_BOOLEAN("trusted", times.now >= times.floor - SLACK_S));
}

struct told {
        int64_t now;
        int corrects;           /* -1: not said */
};

int pki_life_tell_time(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"now", SD_JSON_VARIANT_INTEGER, sd_json_dispatch_int64, offsetof(struct told, now), SD_JSON_MANDATORY},
                {"corrects", SD_JSON_VARIANT_BOOLEAN, sd_json_dispatch_tristate, offsetof(struct told, corrects), SD_JSON_NULLABLE},
                {0},
        };
        struct pki_station *station = station_of(userdata);
        struct told told = {.corrects = -1};
        int result = sd_varlink_dispatch(link, parameters, fields, &told);

        (void)flags;
        if (result != 0)
                return result;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        if (told.now < 0 || told.now > LAST)
                return pki_reply_invalid(link, "The moment must be in the years 1970 to 9999.");
        result = pki_station_tell(station, told.now, told.corrects > 0);
        if (result == 0)
                result = pki_station_renew(station, clock_wall_s());
        if (result < 0)
                return pki_reply_failed(link, "floor of time", result);
        return sd_varlink_reply(link, NULL);
}

static const char *const states[] = {
        [PKI_ROLLOVER_NONE] = "none", [PKI_ROLLOVER_SPREADING] = "spreading", [PKI_ROLLOVER_SWITCHED] = "switched",
};

/* Null where there is none. */
static int build_moment(sd_json_variant **ret, int64_t moment)
{
        return moment ? sd_json_variant_new_integer(ret, moment) : sd_json_variant_new_null(ret);
}

static int reply_rollover(sd_varlink *link, const struct pki_authority *authority)
{
        sd_json_variant *former = NULL, *started = NULL, *switched = NULL, *rollover = NULL;
        int result = build_moment(&former, authority->former.number);

        if (result >= 0)
                result = build_moment(&started, authority->started_at);
        if (result >= 0)
                result = build_moment(&switched, authority->switched_at);
        if (result >= 0)
                result = sd_json_buildo(&rollover, SD_JSON_BUILD_PAIR_STRING("state", states[authority->rollover]),
                                        SD_JSON_BUILD_PAIR_INTEGER("generation", authority->newest.number),
                                        SD_JSON_BUILD_PAIR_VARIANT("former", former),
                                        SD_JSON_BUILD_PAIR_VARIANT("started_at", started),
                                        SD_JSON_BUILD_PAIR_VARIANT("switched_at", switched));
        if (result >= 0)
                result = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("rollover", rollover));
        sd_json_variant_unref(former);
        sd_json_variant_unref(started);
        sd_json_variant_unref(switched);
        sd_json_variant_unref(rollover);
        return result;
}

int pki_life_get_rollover(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);

        (void)parameters, (void)flags;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        return reply_rollover(link, &station->authority);
}

static const struct {
        const char *word, *wrong;       /* wrong: the sentence when it may not be done now */
} steps[] = {
        [PKI_AUTHORITY_START] = {"start", "A rollover runs already; finish it first."},
        [PKI_AUTHORITY_SWITCH] = {"switch", "There is nothing to switch to: a rollover must be started first, and is switched once."},
        [PKI_AUTHORITY_FINISH] = {"finish", "Only a rollover that was switched can be finished."},
        [PKI_AUTHORITY_BACK] = {"back", "Only a rollover that was started and not switched yet can go back."},
};

static int step_to(sd_varlink *link, struct pki_station *station, enum pki_authority_step step)
{
        struct pki_times times = pki_station_times(station, clock_wall_s());
        int result;

        if (!pki_authority_may(&station->authority, step))
                return service_refuse(link, NOT_ALLOWED, "%s", steps[step].wrong);
        result = pki_authority_step(&station->authority, &station->vault, &times, step);
        if (result < 0)
                return pki_reply_failed(link, "authority", result);
        log_event(LOG_LEVEL_NOTICE, "rollover", "step", steps[step].word, "state", states[station->authority.rollover], NULL);
        pki_station_changed(station);
        return reply_rollover(link, &station->authority);
}

int pki_life_step_rollover(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"step", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, 0, SD_JSON_MANDATORY},
                {0},
        };
        struct pki_station *station = station_of(userdata);
        const char *word = NULL;
        int result = sd_varlink_dispatch(link, parameters, fields, &word);

        (void)flags;
        if (result != 0)
                return result;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
                if (text_equal(word, steps[i].word))
                        return step_to(link, station, (enum pki_authority_step)i);
        return pki_reply_invalid(link, "The step must be start, switch, finish or back.");
}
