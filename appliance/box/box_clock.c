/*
 * box_clock: the wall clock, watched.
 *
 * In:   what was decided at boot (provost-clock-floor), the kernel's word whether chrony is in step, jumps of the
 *       clock, pki's floor, a moment that a person gives.
 * Out:  /data/clock/last, TellTime to pki, the alarm "clock" and events to the store.
 * Not:  the clock is never set from here: CAP_SYS_TIME belongs to chrony, and to provost-clock-floor for a moment.
 *
 * A jump wakes us up (a timer the kernel cancels). That chrony is in step is told by nobody, so it is looked at
 * every 15 s. The kernel forgets it by itself when chrony has had no answer for hours.
 */
#include "appliance/box/box_clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/writer.h"
#include "appliance/box/apply_file.h"
#include "appliance/service/service_field.h"

#define LOOK_US (15 * 1000000ULL)
#define KEEP_MS (10 * 60 * 1000)
#define TELL_MS (3600 * 1000)
#define CALL_MS 5000
#define ALARM_MS 60000          /* said twice it would count twice, and a slow machine is slow right after its start */
#define JUMP_MS INT64_C(60000)
#define PKI_SLACK_S 3600        /* pki's floor may be a little ahead of a clock that NTP turned back */
#define UNIT_SET "provost-clock-set.service"
#define STATE "/run/provost/clock/source"

enum told { TOLD_NOTHING, TOLD_GOOD, TOLD_ALARM };

struct box_clock {
        struct service *service;
        struct service_peer *store, *pki;
        struct units *units;
        struct box_clock_callbacks callbacks;
        void *userdata;
        sd_event_source *look, *jump;
        int jump_fd;

        struct clock_floor_boot boot;
        enum clock_source source;
        enum clock_floor_verdict verdict;
        bool is_container, is_in_step;
        int64_t said, kept, pki_floor, confirmed_at;
        int64_t known;                  /* the newest moment that was believed */
        int64_t wall_ms;                /* at the last look, with the monotonic clock beside it */
        uint64_t monotonic_ms, kept_ms, told_ms;
        bool must_tell, corrects, is_telling, is_alarming, is_asking;
        enum told told;

        bool is_setting, is_floor_wanted;
        int64_t wanted;
        box_clock_set_done done;
        void *done_userdata;
};

static void look(struct box_clock *clock);
static void ask_pki(struct box_clock *clock);

bool box_clock_is_floor(const struct box_clock *clock)
{
        return clock->source == CLOCK_SOURCE_FLOOR;
}

static int64_t floor_of(const struct box_clock *clock)
{
        int64_t floor = clock->kept > clock->boot.floor ? clock->kept : clock->boot.floor;

        return clock->pki_floor > floor ? clock->pki_floor : floor;
}

/* pki begins certificates two days before its floor. While it is being told or asked nothing is known. */
static bool is_floor_wrong(const struct box_clock *clock)
{
        return clock->source == CLOCK_SOURCE_NTP && clock->is_in_step && !clock->must_tell && !clock->is_telling && !clock->is_asking &&
               clock->pki_floor > clock_wall_s() + CLOCK_FLOOR_DAY;
}

struct clock_say_facts box_clock_facts(const struct box_clock *clock)
{
        return (struct clock_say_facts){
                .source = clock->source, .verdict = clock->verdict, .is_container = clock->is_container, .is_in_step = clock->is_in_step,
                .now = clock_wall_s(), .said = clock->said, .floor = floor_of(clock), .confirmed_at = clock->confirmed_at,
                .is_floor_wrong = is_floor_wrong(clock),
        };
}

/* --- what has passed ----------------------------------------------------------- */

/* What this moment's word is worth. */
enum worth {
        WORTH_OWN,              /* the machine's clock goes on */
        WORTH_SERVER,           /* a time server says so: it counts also when it is before what was kept */
        WORTH_DECIDED,          /* a person says so, or a server to a clock that was not believed: it counts also when it leapt */
};

/*
 * One wrong or forged time server must not move the floor of certificates by years: that would outlast it. What it
 * says is followed and raises an alarm, but is not kept and not told to pki until a person says the same.
 */
static bool is_leap(const struct box_clock *clock)
{
        return clock_floor_is_leap(clock->known, clock_wall_s());
}

static enum worth server_worth(const struct box_clock *clock)
{
        return clock->is_in_step ? WORTH_SERVER : WORTH_OWN;
}

static void keep(struct box_clock *clock, enum worth worth)
{
        int64_t now = clock_wall_s();
        char text[64];

        clock->kept_ms = clock_monotonic_ms();
        if (worth != WORTH_DECIDED && is_leap(clock))
                return;
        if (worth == WORTH_OWN && (now < clock->kept || (clock->is_container && clock->verdict != CLOCK_FLOOR_GOOD)))
                return;
        (void)snprintf(text, sizeof text, "last=%lld\n", (long long)now);
        if (apply_file_keep(CLOCK_FLOOR_LAST, text) < 0) {
                log_event(LOG_LEVEL_WARNING, "write-failed", "path", CLOCK_FLOOR_LAST, "detail", strerror(errno), NULL);
                return;
        }
        clock->kept = clock->known = now;
        if (worth != WORTH_OWN && now < clock->boot.floor)
                clock->boot.floor = now > clock->boot.build ? now : clock->boot.build;
}

static void on_told_pki(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box_clock *clock = userdata;

        (void)reply;
        clock->is_telling = false;
        if (error) {
                log_event(LOG_LEVEL_WARNING, "pki-failed", "method", "TellTime", "error", error, NULL);
                return;
        }
        clock->must_tell = clock->corrects = false;
        clock->told_ms = clock_monotonic_ms();
        ask_pki(clock);
}

/* A confirmed moment, for pki. Said again at the next look when pki does not answer. */
static void tell_pki(struct box_clock *clock)
{
        sd_json_variant *parameters = NULL;

        if (!clock->must_tell || clock->is_telling)
                return;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("now", SD_JSON_BUILD_INTEGER(clock_wall_s())),
                           SD_JSON_BUILD_PAIR_CONDITION(clock->corrects, "corrects", SD_JSON_BUILD_BOOLEAN(true))) < 0)
                return;
        clock->is_telling = true;
        service_peer_call(clock->pki, "io.provost.Pki.TellTime", parameters, CALL_MS, on_told_pki, clock);
        sd_json_variant_unref(parameters);
}

/* --- the store is told ---------------------------------------------------------- */

static void on_event_told(sd_json_variant *reply, const char *error, void *userdata)
{
        (void)reply;
        (void)userdata;
        if (error)
                log_event(LOG_LEVEL_WARNING, "store-failed", "method", "AddEvents", "error", error, NULL);
}

static void event(struct box_clock *clock, const char *word, const char *detail)
{
        sd_json_variant *parameters = NULL;

        log_event(LOG_LEVEL_NOTICE, word, "detail", detail, NULL);
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("events", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                                   SD_JSON_BUILD_PAIR("at_ms", SD_JSON_BUILD_INTEGER(clock_wall_ms())),
                                   SD_JSON_BUILD_PAIR("mac", SD_JSON_BUILD_STRING("")),
                                   SD_JSON_BUILD_PAIR("station", SD_JSON_BUILD_STRING("box")),
                                   SD_JSON_BUILD_PAIR("word", SD_JSON_BUILD_STRING(word)),
                                   SD_JSON_BUILD_PAIR("detail", SD_JSON_BUILD_STRING(detail)))))) < 0)
                return;
        service_peer_call(clock->store, "io.provost.Store.AddEvents", parameters, CALL_MS, on_event_told, clock);
        sd_json_variant_unref(parameters);
}

static enum told wanted_alarm(const struct box_clock *clock)
{
        struct clock_say_facts facts = box_clock_facts(clock);

        return clock_say_is_alarm(&facts) ? TOLD_ALARM : TOLD_GOOD;
}

static void on_alarm_told(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box_clock *clock = userdata;

        (void)reply;
        clock->is_alarming = false;
        if (!error)
                return;
        clock->told = TOLD_NOTHING;
        log_event(LOG_LEVEL_WARNING, "store-failed", "method", "RaiseAlarm", "error", error, NULL);
}

/* One alarm while nobody knows the time; it ends when somebody does. Said again at the next look when the store is away. */
static void tell_alarm(struct box_clock *clock)
{
        struct clock_say_facts facts = box_clock_facts(clock);
        enum told wanted = wanted_alarm(clock);
        sd_json_variant *parameters = NULL;
        char text[CLOCK_SAY_SIZE];

        if (clock->is_alarming || clock->told == wanted)
                return;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("kind", SD_JSON_BUILD_STRING("clock")),
                           SD_JSON_BUILD_PAIR("subject", SD_JSON_BUILD_STRING("appliance")),
                           SD_JSON_BUILD_PAIR_CONDITION(wanted == TOLD_ALARM, "detail", SD_JSON_BUILD_STRING(clock_say(&facts, text)))) < 0)
                return;
        clock->is_alarming = true;
        clock->told = wanted;
        service_peer_call(clock->store, wanted == TOLD_ALARM ? "io.provost.Store.RaiseAlarm" : "io.provost.Store.ClearAlarm", parameters,
                          ALARM_MS, on_alarm_told, clock);
        sd_json_variant_unref(parameters);
}

/* A time server that moves a clock nobody doubted by more than a year is worth a look, whoever is right. */
static void alarm_leap(struct box_clock *clock, int64_t from_s, int64_t to_s)
{
        char from[CLOCK_SAY_TIME_SIZE], to[CLOCK_SAY_TIME_SIZE], detail[CLOCK_SAY_SIZE];
        sd_json_variant *parameters = NULL;

        (void)snprintf(detail, sizeof detail,
                       "The clock leapt from %s to %s though nothing was wrong with it before: check the time, and the time servers the uplink offers.%s",
                       clock_say_time(from_s, from), clock_say_time(to_s, to),
                       is_leap(clock) ? " Certificates do not count from there until provostctl clock set says the same." : "");
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("kind", SD_JSON_BUILD_STRING("clock")),
                           SD_JSON_BUILD_PAIR("subject", SD_JSON_BUILD_STRING("leap")),
                           SD_JSON_BUILD_PAIR("detail", SD_JSON_BUILD_STRING(detail))) < 0)
                return;
        service_peer_call(clock->store, "io.provost.Store.RaiseAlarm", parameters, CALL_MS, on_event_told, clock);
        sd_json_variant_unref(parameters);
}

/* --- over a restart of this process ------------------------------------------ */

static void remember(const struct box_clock *clock)
{
        char text[CLOCK_FLOOR_TEXT_SIZE];
        struct writer w = writer_of(text, sizeof text);

        writer_format(&w, "source=%d\nverdict=%d\nsaid=%lld\nconfirmed_at=%lld\n", (int)clock->source, (int)clock->verdict,
                      (long long)clock->said, (long long)clock->confirmed_at);
        if (writer_finish_text(&w) < 0 || apply_file_write(STATE, text) < 0)
                log_event(LOG_LEVEL_WARNING, "write-failed", "path", STATE, "detail", strerror(errno), NULL);
}

static void recall(struct box_clock *clock)
{
        char text[CLOCK_FLOOR_TEXT_SIZE];
        int64_t source, verdict;

        clock_floor_file(STATE, text, sizeof text);
        source = clock_floor_number(text, "source", -1);
        verdict = clock_floor_number(text, "verdict", -1);
        if (source < CLOCK_SOURCE_RTC || source > CLOCK_SOURCE_HAND || verdict < CLOCK_FLOOR_GOOD || verdict > CLOCK_FLOOR_AFTER)
                return;
        clock->source = (enum clock_source)source;
        clock->verdict = (enum clock_floor_verdict)verdict;
        clock->said = clock_floor_number(text, "said", 0);
        clock->confirmed_at = clock_floor_number(text, "confirmed_at", 0);
}

/* --- where the time comes from --------------------------------------------------- */

static void become(struct box_clock *clock, enum clock_source source)
{
        bool was_floor = box_clock_is_floor(clock);
        struct clock_say_facts facts;
        char text[CLOCK_SAY_SIZE];

        clock->source = source;
        if (source != CLOCK_SOURCE_FLOOR)
                clock->verdict = CLOCK_FLOOR_GOOD;
        remember(clock);
        facts = box_clock_facts(clock);
        event(clock, "clock", clock_say(&facts, text));
        if (box_clock_is_floor(clock) != was_floor)
                clock->callbacks.changed(clock->userdata);
}

/* Somebody knows the time: it counts, also against what was believed before. */
static void confirm(struct box_clock *clock, enum clock_source source, enum worth worth, bool corrects)
{
        clock->confirmed_at = clock_wall_s();
        clock->must_tell = worth == WORTH_DECIDED || !is_leap(clock);
        clock->corrects = corrects;
        become(clock, source);
        keep(clock, worth);
}

static void look_at_ntp(struct box_clock *clock)
{
        struct timex status = {0};
        bool is_in_step = adjtimex(&status) >= 0 && !(status.status & STA_UNSYNC);
        bool was_in_step = clock->is_in_step;

        clock->is_in_step = is_in_step;
        if (!is_in_step)
                return;
        clock->confirmed_at = clock_wall_s();
        if (!was_in_step || clock->source != CLOCK_SOURCE_NTP)
                confirm(clock, CLOCK_SOURCE_NTP, clock->source == CLOCK_SOURCE_FLOOR ? WORTH_DECIDED : WORTH_SERVER, false);
        else if (clock_monotonic_ms() - clock->told_ms >= TELL_MS)
                clock->must_tell = !is_leap(clock);
}

/* In a container somebody else may have mended the clock, or broken it. */
static void judge_host(struct box_clock *clock)
{
        struct clock_floor_facts facts = {.build = clock->boot.build, .last = clock->kept > clock->boot.floor ? clock->kept : clock->boot.floor};

        clock->said = clock_wall_s();
        clock->verdict = clock_floor_judge(&facts, clock->said);
}

static void look_for_jump(struct box_clock *clock)
{
        int64_t wall = clock_wall_ms();
        uint64_t monotonic = clock_monotonic_ms();
        int64_t expected = clock->wall_ms + (int64_t)(monotonic - clock->monotonic_ms), by = wall - expected;
        char from[CLOCK_SAY_TIME_SIZE], to[CLOCK_SAY_TIME_SIZE], detail[128];

        clock->wall_ms = wall;
        clock->monotonic_ms = monotonic;
        if (by > -JUMP_MS && by < JUMP_MS)
                return;
        (void)snprintf(detail, sizeof detail, "The clock was moved from %s to %s.", clock_say_time(expected / 1000, from),
                       clock_say_time(wall / 1000, to));
        event(clock, "clock-moved", detail);
        if (clock->is_container && clock->source == CLOCK_SOURCE_RTC)
                judge_host(clock);
        else if (clock->source != CLOCK_SOURCE_FLOOR && !clock->is_setting &&
                 (by > CLOCK_FLOOR_AHEAD * 1000 || by < -CLOCK_FLOOR_AHEAD * 1000))
                alarm_leap(clock, expected / 1000, wall / 1000);
        clock->callbacks.jumped(clock->userdata);
}

static void look(struct box_clock *clock)
{
        look_for_jump(clock);
        look_at_ntp(clock);
        if (clock_monotonic_ms() - clock->kept_ms >= KEEP_MS)
                keep(clock, server_worth(clock));
        tell_pki(clock);
        tell_alarm(clock);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct box_clock *clock = userdata;

        (void)usec;
        look(clock);
        if (sd_event_source_set_time_relative(source, LOOK_US) < 0 || sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        return 0;
}

/* Armed far away; the kernel cancels it whenever the wall clock is set. */
static int arm_jump(struct box_clock *clock)
{
        struct itimerspec far = {.it_value = {.tv_sec = INT32_MAX * INT64_C(1000)}};

        return timerfd_settime(clock->jump_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) < 0 && errno != ECANCELED ?
                       PV_ESYSTEM :
                       0;
}

static int on_jump(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct box_clock *clock = userdata;
        uint64_t n;

        (void)revents;
        if (read(fd, &n, sizeof n) < 0 && errno != ECANCELED)
                return 0;
        if (arm_jump(clock) < 0) {
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        }
        look(clock);
        return 0;
}

/* --- setting -------------------------------------------------------------------- */

static void end_setting(struct box_clock *clock, const char *problem)
{
        box_clock_set_done done = clock->done;

        clock->is_setting = false;
        clock->done = NULL;
        if (done)
                done(problem, clock->done_userdata);
}

static void on_set(bool is_done, const char *result, void *userdata)
{
        struct box_clock *clock = userdata;

        if (!is_done) {
                log_event(LOG_LEVEL_ERROR, "set-failed", "unit", UNIT_SET, "result", result, NULL);
                end_setting(clock, "The clock was not set: the journal of " UNIT_SET " says why.");
                return;
        }
        look_for_jump(clock);
        if (clock->is_floor_wanted) {
                clock->verdict = CLOCK_FLOOR_BEFORE;
                become(clock, CLOCK_SOURCE_FLOOR);
        } else {
                confirm(clock, CLOCK_SOURCE_HAND, WORTH_DECIDED, clock->corrects);
        }
        end_setting(clock, "");
        look(clock);
}

static void start_setting(struct box_clock *clock, int64_t now, bool is_floor)
{
        char text[CLOCK_FLOOR_TEXT_SIZE];
        struct writer w = writer_of(text, sizeof text);

        clock->is_setting = true;
        clock->is_floor_wanted = is_floor;
        writer_format(&w, "now=%lld\nmonotonic_ms=%llu\n", (long long)now, (unsigned long long)clock_monotonic_ms());
        if (writer_finish_text(&w) < 0 || apply_file_write(CLOCK_FLOOR_WANTED, text) < 0) {
                end_setting(clock, "The clock was not set: /run is full.");
                return;
        }
        units_job(clock->units, "StartUnit", UNIT_SET, "replace", on_set, clock);
}

void box_clock_set(struct box_clock *clock, int64_t now, bool corrects, box_clock_set_done done, void *userdata)
{
        if (clock->is_setting) {
                done("The clock is being set already; try again.", userdata);
                return;
        }
        clock->corrects = corrects;
        clock->done = done;
        clock->done_userdata = userdata;
        start_setting(clock, now, false);
}

/* --- pki's floor ------------------------------------------------------------------ */

/* Certificates exist that begin later than the clock says: it is behind, whatever the data partition remembers. */
static void on_times(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box_clock *clock = userdata;
        int64_t now = clock_wall_s();

        clock->is_asking = false;
        if (error) {
                log_event(LOG_LEVEL_WARNING, "pki-failed", "method", "GetTimes", "error", error, NULL);
                return;
        }
        clock->pki_floor = service_field_integer(reply, "floor", 0);
        if (now >= clock->pki_floor - PKI_SLACK_S || clock->is_setting || clock->source == CLOCK_SOURCE_NTP ||
            clock->source == CLOCK_SOURCE_HAND)
                return;
        clock->said = now;
        if (clock->is_container) {
                clock->verdict = CLOCK_FLOOR_BEFORE;
                tell_alarm(clock);
        } else {
                start_setting(clock, clock->pki_floor, true);
        }
}

static void ask_pki(struct box_clock *clock)
{
        if (clock->is_asking)
                return;
        clock->is_asking = true;
        service_peer_call(clock->pki, "io.provost.Pki.GetTimes", NULL, CALL_MS, on_times, clock);
}

void box_clock_pki_is_there(struct box_clock *clock)
{
        ask_pki(clock);
        tell_pki(clock);
}

void box_clock_store_is_there(struct box_clock *clock)
{
        tell_alarm(clock);
}

/* --- life --------------------------------------------------------------------------- */

static void begin(struct box_clock *clock)
{
        char text[CLOCK_FLOOR_TEXT_SIZE];

        clock->is_container = access("/run/systemd/container", F_OK) == 0;
        clock_floor_file(CLOCK_FLOOR_BOOT, text, sizeof text);
        clock_floor_boot_read(text, &clock->boot);
        clock_floor_file(CLOCK_FLOOR_LAST, text, sizeof text);
        clock->kept = clock_floor_number(text, "last", 0);
        clock->known = clock_floor_known(&clock->boot, clock->kept);
        clock->said = clock->boot.said;
        clock->verdict = clock->boot.verdict;
        clock->source = clock->boot.is_floor ? CLOCK_SOURCE_FLOOR : CLOCK_SOURCE_RTC;
        recall(clock);
        clock->wall_ms = clock_wall_ms();
        clock->monotonic_ms = clock_monotonic_ms();
}

int box_clock_new(struct service *service, struct service_peer *store, struct service_peer *pki, struct units *units,
                  const struct box_clock_callbacks *callbacks, void *userdata, struct box_clock **ret_clock)
{
        struct box_clock *clock = calloc(1, sizeof *clock);

        if (!clock)
                return PV_ENOMEM;
        *clock = (struct box_clock){.service = service, .store = store, .pki = pki, .units = units, .callbacks = *callbacks,
                                    .userdata = userdata, .jump_fd = -1};
        begin(clock);
        clock->jump_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        if (clock->jump_fd < 0 || arm_jump(clock) < 0 ||
            sd_event_add_io(service_event(service), &clock->jump, clock->jump_fd, EPOLLIN, on_jump, clock) < 0 ||
            sd_event_add_time_relative(service_event(service), &clock->look, CLOCK_MONOTONIC, 1000000, 0, on_look, clock) < 0) {
                box_clock_free(clock);
                return PV_ESYSTEM;
        }
        *ret_clock = clock;
        return 0;
}

void box_clock_free(struct box_clock *clock)
{
        if (!clock)
                return;
        if (clock->look)
                keep(clock, server_worth(clock));
        sd_event_source_disable_unref(clock->look);
        sd_event_source_disable_unref(clock->jump);
        if (clock->jump_fd >= 0)
                close(clock->jump_fd);
        free(clock);
}
