/*
 * renewal: the keeper, so that nothing lapses.
 *
 * In:   what pki says of its authorities, its certificates and the time; which phones the store finds due.
 * Out:  the same told to the store; next certificates, made by pki and kept by the store.
 * Not:  no decision who is due (store_renewal_plan) or when (renewal_plan); no phone is served here (bootstrap).
 *
 * One round: GetTimes → GetSite → GetAuthorities → SetAuthorities → GetEnds → ReportEnds → ListRenewals, and for each phone of the
 * list IssueClient → GetAuthorities → SetEnrolment. One call at a time; whatever fails ends the round, and the next one finds what is
 * left. A power cut loses a certificate that nobody had yet, and nothing else.
 */
#include "vpn/bootstrap/renewal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/store/store_client.h"
#include "vpn/bootstrap/bootstrap_answers.h"
#include "vpn/bootstrap/renewal_plan.h"

#define STORE "io.provost.Store."
#define PKI "io.provost.Pki."
#define CALL_MS 20000

struct renewal {
        struct service *service;
        struct service_peer *store, *pki;
        sd_event_source *timer, *clock;
        int clock_fd;
        uint64_t planned_ms, ended_ms;
        bool stopped, running, again;   /* again: something changed during this round, of which again_cause is the most urgent */
        enum renewal_cause again_cause;
        bool told_stuck;                /* the alarm may be open */
        void (*step)(struct renewal *keeper, sd_json_variant *answer);
        bool may_refuse;                /* the present step is about one phone: a refusal is about it alone */
        int64_t floor_s;
        struct site site;
        sd_json_variant *authorities_answer, *list, *issued;
        struct bootstrap_authorities authorities;
        size_t next, n_made;
};

static void plan(struct renewal *keeper, enum renewal_cause cause);
static void next_phone(struct renewal *keeper);

/* --- a round ends ---------------------------------------------------------- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static void set_timer(struct renewal *keeper, uint64_t at_ms)
{
        keeper->timer = sd_event_source_disable_unref(keeper->timer);
        keeper->planned_ms = at_ms;
        if (sd_event_add_time(service_event(keeper->service), &keeper->timer, CLOCK_MONOTONIC, at_ms * 1000, 1000, on_timer, keeper) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void alarm_call(struct renewal *keeper, const char *method, const char *detail)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", "renewal-stuck"), SD_JSON_BUILD_PAIR_STRING("subject", "pki"),
                           SD_JSON_BUILD_PAIR_CONDITION(detail != NULL, "detail", SD_JSON_BUILD_STRING(detail))) >= 0)
                service_errand(keeper->service, keeper->store, method, parameters, CALL_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static void forget_round(struct renewal *keeper)
{
        keeper->authorities_answer = sd_json_variant_unref(keeper->authorities_answer);
        keeper->list = sd_json_variant_unref(keeper->list);
        keeper->issued = sd_json_variant_unref(keeper->issued);
        keeper->running = false;
}

static void end_round(struct renewal *keeper, enum renewal_end end)
{
        uint64_t now_ms = clock_monotonic_ms();
        char made[16];

        forget_round(keeper);
        if (keeper->stopped)
                return;
        (void)snprintf(made, sizeof made, "%zu", keeper->n_made);
        if (keeper->n_made)
                log_event(LOG_LEVEL_NOTICE, "renewed", "phones", made, NULL);
        if (end == RENEWAL_END_DONE && keeper->told_stuck)
                alarm_call(keeper, STORE "ClearAlarm", NULL);
        if (end == RENEWAL_END_DONE)
                keeper->told_stuck = false;
        keeper->ended_ms = now_ms;
        set_timer(keeper, now_ms + renewal_pause_ms(end));
        if (keeper->again)
                plan(keeper, keeper->again_cause);
}

/* What a person has to look at: pki or store does not do what a phone needs in time. */
static void stuck(struct renewal *keeper, const char *why)
{
        char detail[256];

        (void)snprintf(detail, sizeof detail, "Certificates are not renewed: %s; see the journal of provost-pki and provost-bootstrap.", why);
        log_reason(LOG_LEVEL_ERROR, "renewal-stuck", "%s", why);
        alarm_call(keeper, STORE "RaiseAlarm", detail);
        keeper->told_stuck = true;
        end_round(keeper, RENEWAL_END_REFUSED);
}

/* --- asking ------------------------------------------------------------------ */

static bool is_about_phone(const char *error)
{
        return text_equal(error, STORE "NotAllowed") || text_equal(error, STORE "NoSuchPhone");
}

static void on_answer(sd_json_variant *answer, const char *error, void *userdata)
{
        struct renewal *keeper = userdata;

        if (keeper->stopped)
                forget_round(keeper);
        else if (!error)
                keeper->step(keeper, answer);
        else if (keeper->may_refuse && is_about_phone(error))
                next_phone(keeper);             /* revoked or deleted a moment ago */
        else if (text_equal(error, "io.provost.Unreachable") || text_equal(error, "io.provost.Timeout"))
                end_round(keeper, RENEWAL_END_AWAY);
        else
                stuck(keeper, error);
}

static void ask(struct renewal *keeper, struct service_peer *peer, const char *method, sd_json_variant *parameters,
                void (*step)(struct renewal *, sd_json_variant *))
{
        keeper->step = step;
        service_errand(keeper->service, peer, method, parameters, CALL_MS, on_answer, keeper);
}

/* Takes the parameters over; built: the result of sd_json_buildo. */
static void ask_with(struct renewal *keeper, struct service_peer *peer, const char *method, int built, sd_json_variant *parameters,
                     void (*step)(struct renewal *, sd_json_variant *))
{
        if (built < 0)
                end_round(keeper, RENEWAL_END_AWAY);
        else
                ask(keeper, peer, method, parameters, step);
        sd_json_variant_unref(parameters);
}

/* --- each phone, the last step first ----------------------------------------- */

static int on_pace(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct renewal *keeper = userdata;

        (void)source, (void)usec;
        keeper->timer = sd_event_source_disable_unref(keeper->timer);
        next_phone(keeper);
        return 0;
}

static void when_kept(struct renewal *keeper, sd_json_variant *answer)
{
        (void)answer;
        keeper->n_made++;
        keeper->timer = sd_event_source_disable_unref(keeper->timer);
        if (sd_event_add_time_relative(service_event(keeper->service), &keeper->timer, CLOCK_MONOTONIC, RENEWAL_PACE_MS * 1000, 1000, on_pace, keeper) < 0)
                end_round(keeper, RENEWAL_END_AWAY);
}

static sd_json_variant *phone_at_hand(const struct renewal *keeper)
{
        return sd_json_variant_by_index(keeper->list, keeper->next - 1);
}

/* What the phone sends along must fit its certificate, so it is asked for after that was made. */
static void with_authorities_again(struct renewal *keeper, sd_json_variant *answer)
{
        sd_json_variant *phone = phone_at_hand(keeper), *parameters = NULL;
        struct bootstrap_authorities now;
        struct bootstrap_issue issue = {.mac = service_field_text(phone, "mac"), .is_legacy = text_equal(service_field_text(phone, "vpn_class"), "legacy"),
                                        .next = true};

        if (bootstrap_answers_authorities(answer, &now)) {
                stuck(keeper, "pki's answer to GetAuthorities lacks something");
                return;
        }
        if (!text_equal(now.chain, keeper->authorities.chain) || service_field_integer(keeper->issued, "generation", 1) != now.generation) {
                end_round(keeper, RENEWAL_END_CHANGED);
                return;
        }
        issue.issuing = now.issuing;
        if (bootstrap_answers_issued(keeper->issued, &issue, &parameters)) {
                stuck(keeper, "pki's answer to IssueClient lacks something");
                return;
        }
        keeper->may_refuse = true;
        ask_with(keeper, keeper->store, STORE "SetEnrolment", 0, parameters, when_kept);
}

static void with_issued(struct renewal *keeper, sd_json_variant *answer)
{
        sd_json_variant_unref(keeper->issued);
        keeper->issued = sd_json_variant_ref(answer);
        keeper->may_refuse = false;
        /* It would be due again at once, and so on for ever. */
        if (service_field_integer(answer, "not_after", 0) < renewal_before(clock_wall_s(), keeper->floor_s, keeper->site.renew_days))
                stuck(keeper, "new certificates end within the days in which they are renewed (renew_days)");
        else
                ask(keeper, keeper->pki, PKI "GetAuthorities", NULL, with_authorities_again);
}

static bool may_be_renewed(const struct renewal *keeper, sd_json_variant *phone)
{
        return service_field_text(phone, "mac") && (keeper->site.legacy || !text_equal(service_field_text(phone, "vpn_class"), "legacy"));
}

static void next_phone(struct renewal *keeper)
{
        size_t n = sd_json_variant_elements(keeper->list);
        sd_json_variant *phone, *parameters = NULL;
        const char *key_type;
        int r;

        keeper->may_refuse = false;
        while (keeper->next < n && !may_be_renewed(keeper, sd_json_variant_by_index(keeper->list, keeper->next)))
                keeper->next++;
        if (keeper->next == n) {
                end_round(keeper, n == RENEWAL_LIST && keeper->n_made ? RENEWAL_END_MORE : RENEWAL_END_DONE);
                return;
        }
        phone = sd_json_variant_by_index(keeper->list, keeper->next++);
        key_type = service_field_text(phone, "key_type");
        r = bootstrap_answers_issue_parameters(service_field_text(phone, "mac"), key_type && *key_type ? key_type : "p256",
                                               text_equal(service_field_text(phone, "vpn_class"), "legacy"), &parameters);
        ask_with(keeper, keeper->pki, PKI "IssueClient", r, parameters, with_issued);
}

/* --- what comes before the phones, last first -------------------------------- */

static void with_list(struct renewal *keeper, sd_json_variant *answer)
{
        keeper->list = sd_json_variant_ref(service_field_list(answer, "phones"));
        if (keeper->list)
                next_phone(keeper);
        else
                stuck(keeper, "store's answer to ListRenewals lacks something");
}

static void when_reported(struct renewal *keeper, sd_json_variant *answer)
{
        sd_json_variant *parameters = NULL;
        int r = sd_json_buildo(&parameters,
                               SD_JSON_BUILD_PAIR_INTEGER("before", renewal_before(clock_wall_s(), keeper->floor_s, keeper->site.renew_days)),
                               SD_JSON_BUILD_PAIR_INTEGER("generation", keeper->authorities.generation),
                               SD_JSON_BUILD_PAIR_INTEGER("limit", RENEWAL_LIST));

        (void)answer;
        ask_with(keeper, keeper->store, STORE "ListRenewals", r, parameters, with_list);
}

/* Without what the store's contract does not know. */
static int ends_for_store(sd_json_variant *answer, sd_json_variant **ret)
{
        sd_json_variant *ends = service_field_list(answer, "ends");
        sd_json_variant *items[32];
        size_t n = 0;
        int r = ends ? 0 : -EBADMSG;

        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(ends) && n < sizeof items / sizeof *items; i++) {
                sd_json_variant *one = sd_json_variant_by_index(ends, i);

                items[n] = NULL;
                r = sd_json_buildo(&items[n], SD_JSON_BUILD_PAIR_STRING("subject", service_field_text(one, "subject")),
                                   SD_JSON_BUILD_PAIR_INTEGER("not_after", service_field_integer(one, "not_after", 0)));
                n += r >= 0;
        }
        if (r >= 0)
                r = sd_json_variant_new_array(ret, items, n);
        for (size_t i = 0; i < n; i++)
                sd_json_variant_unref(items[i]);
        return r;
}

static void with_ends(struct renewal *keeper, sd_json_variant *answer)
{
        sd_json_variant *ends = NULL, *parameters = NULL;
        int r = ends_for_store(answer, &ends);

        if (r == -EBADMSG) {
                stuck(keeper, "pki's answer to GetEnds lacks something");
                return;
        }
        if (r >= 0)
                r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("ends", SD_JSON_BUILD_VARIANT(ends)),
                                   SD_JSON_BUILD_PAIR_INTEGER("generation", keeper->authorities.generation),
                                   SD_JSON_BUILD_PAIR_INTEGER("floor", keeper->floor_s));
        sd_json_variant_unref(ends);
        ask_with(keeper, keeper->store, STORE "ReportEnds", r, parameters, when_reported);
}

static void when_told(struct renewal *keeper, sd_json_variant *answer)
{
        (void)answer;
        ask(keeper, keeper->pki, PKI "GetEnds", NULL, with_ends);
}

static void with_authorities(struct renewal *keeper, sd_json_variant *answer)
{
        sd_json_variant *parameters = NULL;
        int r;

        keeper->authorities_answer = sd_json_variant_ref(answer);
        if (bootstrap_answers_authorities(answer, &keeper->authorities)) {
                stuck(keeper, "pki's answer to GetAuthorities lacks something");
                return;
        }
        r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("roots", keeper->authorities.roots),
                           SD_JSON_BUILD_PAIR_INTEGER("generation", keeper->authorities.generation),
                           SD_JSON_BUILD_PAIR_CONDITION(keeper->authorities.legacy != NULL, "legacy", SD_JSON_BUILD_STRING(keeper->authorities.legacy)));
        ask_with(keeper, keeper->store, STORE "SetAuthorities", r, parameters, when_told);
}

static void with_site(struct renewal *keeper, sd_json_variant *answer)
{
        struct site_problem problem;

        if (store_client_site(answer, &keeper->site, &problem)) {
                stuck(keeper, problem.reason);
                return;
        }
        keeper->site.phone_ca = "";             /* borrowed from an answer that goes */
        ask(keeper, keeper->pki, PKI "GetAuthorities", NULL, with_authorities);
}

static void with_times(struct renewal *keeper, sd_json_variant *answer)
{
        keeper->floor_s = service_field_integer(answer, "floor", 0);
        ask(keeper, keeper->store, STORE "GetSite", NULL, with_site);
}

/* --- a round begins ---------------------------------------------------------- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct renewal *keeper = userdata;

        (void)source, (void)usec;
        keeper->timer = sd_event_source_disable_unref(keeper->timer);
        keeper->planned_ms = 0;
        keeper->running = true;
        keeper->again = keeper->may_refuse = false;
        keeper->next = keeper->n_made = 0;
        ask(keeper, keeper->pki, PKI "GetTimes", NULL, with_times);
        return 0;
}

static void plan(struct renewal *keeper, enum renewal_cause cause)
{
        if (keeper->stopped)
                return;
        if (keeper->running) {
                keeper->again_cause = keeper->again && keeper->again_cause < cause ? keeper->again_cause : cause;
                keeper->again = true;
        } else {
                set_timer(keeper, renewal_plan(cause, clock_monotonic_ms(), keeper->ended_ms, keeper->planned_ms));
        }
}

static void on_store_change(sd_json_variant *message, void *userdata)
{
        struct renewal *keeper = userdata;
        const char *kind = message ? service_field_text(message, "kind") : "site";

        if (kind && text_equal(kind, "site"))
                plan(keeper, RENEWAL_CAUSE_SITE);
        else if (kind && text_equal(kind, "phone"))
                plan(keeper, RENEWAL_CAUSE_PHONE);
}

static void on_pki_change(sd_json_variant *message, void *userdata)
{
        (void)message;
        plan(userdata, RENEWAL_CAUSE_PKI);
}

/* --- the clock ------------------------------------------------------------------ */

#define NEVER_S INT64_C(8000000000)    /* the year 2223; the kernel counts nanoseconds in 63 bits */

/* Never rings; a read of it ends with ECANCELED when the wall clock is set. */
static int arm_clock(int fd)
{
        const struct itimerspec never = {.it_value.tv_sec = NEVER_S};

        return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? PV_ESYSTEM : 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct renewal *keeper = userdata;
        uint64_t n;

        (void)source, (void)revents;
        if (read(fd, &n, sizeof n) < 0 && errno != ECANCELED)
                return 0;
        log_event(LOG_LEVEL_NOTICE, "clock-set", NULL);
        if (arm_clock(fd) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        plan(keeper, RENEWAL_CAUSE_PKI);
        return 0;
}

/* --- life ------------------------------------------------------------------------ */

int renewal_new(struct service *service, struct service_peer *store, struct service_peer *pki, struct renewal **ret_renewal)
{
        struct renewal *keeper = calloc(1, sizeof *keeper);
        int r;

        if (!keeper)
                return PV_ENOMEM;
        *keeper = (struct renewal){.service = service, .store = store, .pki = pki, .told_stuck = true,
                                   .clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
        r = keeper->clock_fd < 0 ? PV_ESYSTEM : arm_clock(keeper->clock_fd);
        if (r == 0)
                r = pv_error_from_errno(sd_event_add_io(service_event(service), &keeper->clock, keeper->clock_fd, EPOLLIN, on_clock, keeper));
        if (r == 0)
                r = service_peer_subscribe(store, STORE "Subscribe", NULL, on_store_change, keeper);
        if (r == 0)
                r = service_peer_subscribe(pki, PKI "Watch", NULL, on_pki_change, keeper);
        if (r < 0) {
                renewal_free(keeper);
                return r;
        }
        plan(keeper, RENEWAL_CAUSE_START);
        *ret_renewal = keeper;
        return 0;
}

void renewal_stop(struct renewal *keeper)
{
        if (!keeper)
                return;
        keeper->stopped = true;
        keeper->timer = sd_event_source_disable_unref(keeper->timer);
        keeper->clock = sd_event_source_disable_unref(keeper->clock);
}

void renewal_free(struct renewal *keeper)
{
        if (!keeper)
                return;
        renewal_stop(keeper);
        forget_round(keeper);
        if (keeper->clock_fd >= 0)
                close(keeper->clock_fd);
        free(keeper);
}
