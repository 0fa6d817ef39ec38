/*
 * sampler: asks what went through the tunnels.
 *
 * In:   session's counters, every ten seconds.
 * Out:  samples of traffic().
 * Not:  no rates are worked out here.
 */
#include "provisioning/admin/sampler.h"

#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/people/reply.h"
#include "provisioning/admin/traffic.h"

#define STEP_US (TRAFFIC_FINE_S * UINT64_C(1000000))
#define SLACK_US 200000
#define CALL_MS 5000

struct sampler {
        struct service_peer *session;
        sd_event_source *timer;
};

static void take(sd_json_variant *reply, const char *error, void *userdata)
{
        (void)userdata;
        if (!error)
                traffic_add(traffic(), clock_monotonic_ms(), clock_wall_s(), (uint64_t)reply_number(reply, "tunnels"),
                            (uint64_t)reply_number(reply, "bytes_in"), (uint64_t)reply_number(reply, "bytes_out"));
}

static int ask(sd_event_source *timer, uint64_t usec, void *userdata)
{
        struct sampler *sampler = userdata;

        (void)usec;
        service_peer_call(sampler->session, "io.provost.Session.CountTunnels", NULL, CALL_MS, take, sampler);
        (void)sd_event_source_set_time_relative(timer, STEP_US);
        return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

int sampler_new(struct service *service, const char *path, struct sampler **ret_sampler)
{
        struct sampler *sampler = calloc(1, sizeof *sampler);

        if (!sampler)
                return PV_ENOMEM;
        if (service_peer_new(service, path, &sampler->session) < 0 ||
            sd_event_add_time_relative(service_event(service), &sampler->timer, CLOCK_MONOTONIC, 0, SLACK_US, ask, sampler) < 0) {
                sampler_free(sampler);
                return PV_ESYSTEM;
        }
        *ret_sampler = sampler;
        return 0;
}

void sampler_free(struct sampler *sampler)
{
        if (!sampler)
                return;
        sd_event_source_disable_unref(sampler->timer);
        service_peer_free(sampler->session);
        free(sampler);
}
