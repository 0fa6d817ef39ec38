/*
 * pki_watch: the stream of io.provost.Pki.Watch, and renewal by itself.
 *
 * In:   word of the station that something changed; the passing of an hour.
 * Out:  one message to each who watches; certificates renewed when they are due.
 * Not:  no secrets in a message: who watches asks for what it may have.
 */
#include "vpn/pki/pki_watch.h"

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "vpn/pki/pki_reply.h"

#define HOUR_US (UINT64_C(3600) * 1000 * 1000)

static int send(const struct pki_watch *watch, sd_varlink *link)
{
        return sd_varlink_notifybo(link, SD_JSON_BUILD_PAIR_INTEGER("generation", watch->station->authority.newest.number),
                                   SD_JSON_BUILD_PAIR_INTEGER("serial", watch->serial));
}

static void forget(struct pki_watch *watch, size_t i)
{
        sd_varlink *link = watch->links[i];

        watch->links[i] = watch->links[--watch->n_links];
        sd_varlink_unref(link);
}

void pki_watch_disconnected(struct pki_watch *watch, sd_varlink *link)
{
        for (size_t i = watch->n_links; i-- > 0;)
                if (watch->links[i] == link)
                        forget(watch, i);
}

/* One that does not read is cut off; it comes back and asks for everything then. */
static void tell_all(void *userdata)
{
        struct pki_watch *watch = userdata;

        watch->serial++;
        for (size_t i = watch->n_links; i-- > 0;) {
                sd_varlink *link = watch->links[i];

                if (send(watch, link) >= 0)
                        continue;
                (void)sd_varlink_ref(link);
                (void)sd_varlink_close(link);           /* comes back as pki_watch_disconnected() */
                sd_varlink_unref(link);
        }
}

static int on_hour(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pki_watch *watch = userdata;

        (void)usec;
        if (!*watch->station->trouble && pki_station_renew(watch->station, clock_wall_s()) < 0)
                log_reason(LOG_LEVEL_ERROR, "renewal-failed", "Certificates that are due could not be renewed; check the data "
                           "partition's space and health. The next try is in an hour.");
        if (sd_event_source_set_time_relative(source, HOUR_US) < 0 || sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        return 0;
}

int pki_watch_open(struct pki_watch *watch, struct pki_station *station, sd_event *event)
{
        *watch = (struct pki_watch){.station = station, .serial = 1};
        station->changed = tell_all;
        station->userdata = watch;
        /* The first look is at once: the appliance may have been off for years. */
        return pv_error_from_errno(sd_event_add_time_relative(event, &watch->timer, CLOCK_MONOTONIC, 0, 1000, on_hour, watch));
}

void pki_watch_close(struct pki_watch *watch)
{
        while (watch->n_links > 0)
                forget(watch, 0);
        watch->timer = sd_event_source_disable_unref(watch->timer);
        if (watch->station)
                watch->station->changed = NULL;
}

int pki_watch_serve(struct pki_watch *watch, sd_varlink *link, sd_varlink_method_flags_t flags)
{
        if (!(flags & SD_VARLINK_METHOD_MORE))
                return sd_varlink_error(link, SD_VARLINK_ERROR_EXPECTED_MORE, NULL);
        if (watch->n_links == PKI_WATCH_MAX)
                return service_refuse(link, "io.provost.Pki.NotAllowed", "There are %d watchers already.", PKI_WATCH_MAX);
        watch->links[watch->n_links++] = sd_varlink_ref(link);
        return send(watch, link);
}
