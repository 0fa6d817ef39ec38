/*
 * service_errand: calls repeated over the restart of the station called.
 *
 * In:   a call that may be done twice without harm.
 * Out:  exactly one reply.
 * Not:  no repetition after an answer, also not after an error the station gave.
 */
#include "appliance/service/service_errand.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"

#define PAUSE_MS 100

struct errand {
        struct errand *next, **link;
        bool over;                      /* never again */
        struct service *service;
        struct service_peer *peer;
        char *method;
        sd_json_variant *parameters;
        uint64_t until_ms;
        service_reply reply;
        void *userdata;
        sd_event_source *pause;
};

static struct errand *errands;         /* all of this process */

static void send_it(struct errand *errand);

static void end(struct errand *errand, sd_json_variant *answer, const char *error)
{
        service_reply reply = errand->reply;
        void *userdata = errand->userdata;

        *errand->link = errand->next;
        if (errand->next)
                errand->next->link = errand->link;
        sd_event_source_disable_unref(errand->pause);
        sd_json_variant_unref(errand->parameters);
        free(errand->method);
        free(errand);
        if (reply)
                reply(answer, error, userdata);
}

static int on_pause(sd_event_source *source, uint64_t now, void *userdata)
{
        struct errand *errand = userdata;

        (void)source, (void)now;
        errand->pause = sd_event_source_disable_unref(errand->pause);
        send_it(errand);
        return 0;
}

static int pause_then_send(struct errand *errand)
{
        return sd_event_add_time_relative(service_event(errand->service), &errand->pause, CLOCK_MONOTONIC, PAUSE_MS * 1000, 1000,
                                          on_pause, errand);
}

static void on_reply(sd_json_variant *answer, const char *error, void *userdata)
{
        struct errand *errand = userdata;
        bool again = error && text_equal(error, "io.provost.Unreachable") && !errand->over &&
                     clock_monotonic_ms() + PAUSE_MS < errand->until_ms;

        if (!again || pause_then_send(errand) < 0)
                end(errand, answer, error);
}

static void send_it(struct errand *errand)
{
        uint64_t now_ms = clock_monotonic_ms();

        service_peer_call(errand->peer, errand->method, errand->parameters,
                          errand->until_ms > now_ms ? errand->until_ms - now_ms : 1, on_reply, errand);
}

void service_errand(struct service *service, struct service_peer *peer, const char *method, sd_json_variant *parameters,
                    uint64_t deadline_ms, service_reply reply, void *userdata)
{
        struct errand *errand = calloc(1, sizeof *errand);

        if (errand)
                *errand = (struct errand){.service = service, .peer = peer, .method = strdup(method),
                                          .parameters = sd_json_variant_ref(parameters),
                                          .until_ms = clock_monotonic_ms() + deadline_ms, .reply = reply,
                                          .userdata = userdata};
        if (!errand) {
                if (reply)
                        reply(NULL, "io.provost.Unreachable", userdata);
                return;
        }
        errand->next = errands;
        errand->link = &errands;
        if (errand->next)
                errand->next->link = &errand->next;
        errands = errand;
        if (errand->method)
                send_it(errand);
        else
                end(errand, NULL, "io.provost.Unreachable");
}

void service_errand_end_all(struct service *service)
{
        struct errand *errand;

        for (errand = errands; errand; errand = errand->next)
                errand->over = errand->over || errand->service == service;
        do {
                for (errand = errands; errand && !(errand->over && errand->pause); errand = errand->next)
                        ;
                if (errand)
                        end(errand, NULL, "io.provost.Unreachable");
        } while (errand);
}
