/*
 * provost-responder: answers DHCP and SIP PnP on the phone LAN.
 *
 * In:   frames of the LAN interface; site, sources, phones and leases from the store; io.provost.Responder.
 * Out:  DHCP answers, PnP answers; leases, events and sightings to the store; alarms about other hosts that answer phones.
 * Not:  no decision (dhcp_policy, pnp_policy); no socket of the kernel's IP stack.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/packet/packet.h"
#include "appliance/service/service.h"
#include "gen/io.provost.Responder.h"
#include "provisioning/model/evidence.h"
#include "provisioning/responder/dhcp_server.h"
#include "provisioning/responder/pnp_message.h"
#include "provisioning/responder/pnp_policy.h"
#include "provisioning/responder/pnp_server.h"
#include "provisioning/responder/rogue_watch.h"
#include "provisioning/responder/sightings.h"
#include "provisioning/responder/store_link.h"

enum { LEASES_MAX = 16384, OPEN_AGAIN_MS = 2000 };

struct responder {
        struct service *service;
        struct directory *directory;
        struct dhcp_lease_table *leases;
        struct dhcp_server *server;
        struct pnp_server *pnp;
        struct rogue_watch *watch;
        struct sightings *sightings;
        struct store_link *store;
        struct packet *packet;
        struct packet_options options;          /* of the packet that is open */
        char interface[SITE_INTERFACE_MAX];
        sd_event_source *timer, *flush, *open_again;
};

static const char *const STORE_PATH = "/run/provost/store";

/* --- what the servers ask for --- */

static int send_datagram(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata)
{
        struct responder *r = userdata;

        return r->packet ? packet_send(r->packet, 67, to, port, mac, payload, size) : PV_EBUSY;
}

static int send_sip(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata)
{
        struct responder *r = userdata;

        return r->packet ? packet_send(r->packet, PNP_PORT, to, port, mac, payload, size) : PV_EBUSY;
}

static int ask_dhcp(const void *payload, size_t size, void *userdata)
{
        struct responder *r = userdata;

        return r->packet ? packet_send_as_client(r->packet, payload, size) : PV_EBUSY;
}

static int ask_pnp(const void *payload, size_t size, void *userdata)
{
        return send_sip(PNP_POLICY_GROUP, PNP_PORT, NULL, payload, size, userdata);
}

/* What stands behind a port of a switch, or a relay, is found by these. */
static void describe_way(const struct rogue *rogue, char *ret, size_t size)
{
        char relay[TEXT_IPV4_SIZE];
        int used = 0;

        *ret = '\0';
        if (rogue->relay)
                used = snprintf(ret, size, " relay=%s", text_from_ipv4(rogue->relay, relay));
        if (*rogue->circuit_id)
                (void)snprintf(ret + used, size - (size_t)used, " circuit=%s", rogue->circuit_id);
}

/* "another DHCP server ...: address=192.0.2.9 mac=3c22fb000001 ...": one sentence for the log, the alarm and the site's timeline. */
static void alarm_about(const struct rogue *rogue, void *userdata)
{
        static const char *const sentences[] = {
                [ROGUE_SOURCE] = "another DHCP server names a provisioning source that is not trusted",
                [ROGUE_SERVER] = "another DHCP server answers on the phone LAN",
                [ROGUE_PNP] = "another host answers SIP PnP",
        };
        struct responder *r = userdata;
        char detail[STORE_LINK_DETAIL_SIZE], mac[MAC_TEXT_SIZE], server[TEXT_IPV4_SIZE], way[ROGUE_CIRCUIT_SIZE + 40];
        const char *vendor = evidence_vendor(&rogue->mac);

        mac_format(&rogue->mac, mac);
        text_from_ipv4(rogue->server, server);
        describe_way(rogue, way, sizeof way);
        (void)snprintf(detail, sizeof detail, "%s: address=%s mac=%s prefix=%.6s%s%s%s%s; find it at the switch, or `provostctl rogue known %s`%s%s",
                       sentences[rogue->kind], server, mac, mac, *vendor ? " (" : "", vendor, *vendor ? ")" : "", way, mac,
                       *rogue->offered ? "; it offers " : "", rogue->offered);
        log_event(LOG_LEVEL_WARNING, "rogue", "kind", rogue_kind_text(rogue->kind), "mac", mac, "address", server, "offered",
                  rogue->offered, NULL);
        store_link_event(r->store, NULL, "rogue", detail);
        store_link_raise(r->store, rogue_kind_alarm(rogue->kind), mac, detail);
}

static void alarm_over(const char *kind, const struct mac *mac, void *userdata)
{
        struct responder *r = userdata;
        char text[MAC_TEXT_SIZE];

        mac_format(mac, text);
        log_event(LOG_LEVEL_INFO, "rogue-gone", "kind", kind, "mac", text, "reason", "it was not heard any more, or is known", NULL);
        store_link_clear(r->store, kind, text);
}

static void on_alarm_left(const char *kind, const struct mac *mac, void *userdata)
{
        struct responder *r = userdata;

        rogue_watch_adopt(r->watch, kind, mac, clock_monotonic_ms());
}

static int send_probe(uint32_t address, void *userdata)
{
        struct responder *r = userdata;

        return r->packet ? packet_probe(r->packet, address) : PV_EBUSY;
}

static void commit(const struct dhcp_lease *leases, size_t n_leases, void *userdata)
{
        struct responder *r = userdata;

        store_link_commit(r->store, leases, n_leases);
}

static void event(const struct mac *mac, const char *word, const char *detail, void *userdata)
{
        struct responder *r = userdata;

        store_link_event(r->store, mac, word, detail);
}

static void heard_dhcp(const struct dhcp_message *message, uint64_t now_ms, void *userdata)
{
        struct responder *r = userdata;

        if (!rogue_watch_is_made_up(r->watch, &message->header.mac))
                sightings_dhcp(r->sightings, message, now_ms);
}

static void heard_pnp(const struct pnp_message *message, uint32_t from, uint64_t now_ms, void *userdata)
{
        struct responder *r = userdata;

        sightings_pnp(r->sightings, message, from, now_ms);
}

static void tell_sighting(const struct sighting *sighting, void *userdata)
{
        struct responder *r = userdata;

        store_link_seen(r->store, sighting);
}

static void on_seen_lost(const struct mac *mac, void *userdata)
{
        struct responder *r = userdata;

        sightings_lost(r->sightings, mac);
}

/* Tags and branches only have to be new and unknown to others; it does not fail for so few bytes once the system is up. */
static void make_random(void *bytes, size_t size, void *userdata)
{
        (void)userdata;
        if (getrandom(bytes, size, 0) != (ssize_t)size)
                abort();
}

/* --- when the servers are to be called --- */

/* The flush waits until all frames that are there were read: one group for all of them. */
static void plan(struct responder *r)
{
        uint64_t next = dhcp_server_next_ms(r->server), next_pnp = pnp_server_next_ms(r->pnp);
        uint64_t next_ask = rogue_watch_next_ms(r->watch), next_sighting = sightings_next_ms(r->sightings);

        if (next_pnp < next)
                next = next_pnp;
        if (next_ask < next)
                next = next_ask;
        if (next_sighting < next)
                next = next_sighting;
        (void)sd_event_source_set_enabled(r->flush, SD_EVENT_ONESHOT);
        if (next == UINT64_MAX)
                return;
        (void)sd_event_source_set_time(r->timer, next * 1000);
        (void)sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static int on_flush(sd_event_source *source, void *userdata)
{
        struct responder *r = userdata;

        (void)source;
        dhcp_server_flush(r->server, clock_monotonic_ms());
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *userdata)
{
        struct responder *r = userdata;

        (void)source;
        (void)now_us;
        dhcp_server_tick(r->server, clock_monotonic_ms());
        pnp_server_tick(r->pnp, clock_monotonic_ms());
        rogue_watch_tick(r->watch, clock_monotonic_ms());
        sightings_tick(r->sightings, clock_monotonic_ms());
        plan(r);
        return 0;
}

static void on_sip(struct responder *r, const struct packet_datagram *d)
{
        struct pnp_server_datagram datagram = {
                .source = d->source,
                .destination = d->destination,
                .source_port = d->source_port,
                .source_mac = d->source_mac,
                .payload = d->payload,
                .size = d->size,
        };

        if (!rogue_watch_sip(r->watch, d->source, &d->source_mac, d->payload, d->size, clock_monotonic_ms()))
                pnp_server_input(r->pnp, &datagram, clock_monotonic_ms());
        plan(r);
}

static void on_overheard(const struct packet_datagram *d, void *userdata)
{
        struct responder *r = userdata;

        rogue_watch_dhcp(r->watch, d->source, &d->source_mac, d->payload, d->size, clock_monotonic_ms());
        plan(r);
}

static void on_datagram(const struct packet_datagram *d, void *userdata)
{
        struct responder *r = userdata;

        if (d->port == PNP_PORT) {
                on_sip(r, d);
                return;
        }
        struct dhcp_server_datagram datagram = {
                .source = d->source,
                .source_mac = d->source_mac,
                .payload = d->payload,
                .size = d->size,
        };

        dhcp_server_input(r->server, &datagram, clock_monotonic_ms());
        plan(r);
}

static void on_arp(uint32_t address, const struct mac *mac, void *userdata)
{
        struct responder *r = userdata;

        dhcp_server_arp_seen(r->server, address, mac, clock_monotonic_ms());
        plan(r);
}

static void on_committed(bool is_done, void *userdata)
{
        struct responder *r = userdata;

        dhcp_server_committed(r->server, is_done, clock_monotonic_ms());
        plan(r);
}

/* --- the state as a whole --- */

/* Somebody else is the DHCP server here, and phones are answered by PnP alone. */
static bool is_pnp_only(const struct responder *r)
{
        const struct site *site = directory_site(r->directory);

        return pnp_server_is_on(r->pnp) && site->dhcp_mode == SITE_DHCP_MODE_OFF;
}

static bool is_serving(const struct responder *r, const char **ret_reason)
{
        *ret_reason = "";
        if (!is_pnp_only(r) && !dhcp_server_is_serving(r->server, ret_reason))
                return false;
        if (!r->packet)
                *ret_reason = "no packet socket could be opened: the service needs CAP_NET_RAW";
        else if (!packet_is_up(r->packet))
                *ret_reason = "the LAN interface is missing or down";
        else
                return true;
        return false;
}

static void show_status(struct responder *r)
{
        const char *reason, *what = is_pnp_only(r) ? "PnP" : pnp_server_is_on(r->pnp) ? "DHCP and PnP" : "DHCP";

        if (is_serving(r, &reason))
                service_status(r->service, "Serving %s on %s, %zu phones are told where", what, r->interface,
                               directory_count_trusted(r->directory));
        else
                service_status(r->service, "Silent: %s", reason);
}

static void on_link(bool is_up, void *userdata)
{
        (void)is_up;
        show_status(userdata);
}

/* --- site --- */

static void open_packet(struct responder *r);

static int on_open_again(sd_event_source *source, uint64_t now_us, void *userdata)
{
        struct responder *r = userdata;

        (void)source;
        (void)now_us;
        r->open_again = sd_event_source_disable_unref(r->open_again);
        open_packet(r);
        show_status(r);
        return 0;
}

static void open_packet(struct responder *r)
{
        struct packet_handlers handlers = {
                .received = on_datagram,
                .overheard = on_overheard,
                .arp_seen = on_arp,
                .link_changed = on_link,
                .userdata = r,
        };

        if (r->packet || packet_new(service_event(r->service), &r->options, &handlers, &r->packet) == 0)
                return;
        log_reason(LOG_LEVEL_ERROR, "packet-refused", "no packet socket on %s (%s); the service needs CAP_NET_RAW, trying again",
                   r->interface, strerror(errno));
        if (!r->open_again)
                (void)sd_event_add_time_relative(service_event(r->service), &r->open_again, CLOCK_MONOTONIC,
                                                 OPEN_AGAIN_MS * 1000, 0, on_open_again, r);
}

/* The watch hears what is said to its made-up phone on the same port. */
static uint32_t group_of(const struct site *site)
{
        return site->pnp_mode == SITE_PNP_MODE_ON || site->rogue_watch == SITE_ROGUE_WATCH_ON ? PNP_POLICY_GROUP : 0;
}

static bool is_open_as(const struct responder *r, const struct site *site)
{
        return r->packet && text_equal(r->interface, site->lan_interface) && r->options.address == site->lan_address &&
               r->options.prefix == site->lan_prefix && r->options.gateway == site->router &&
               r->options.group == group_of(site);
}

static void follow_interface(struct responder *r, const struct site *site)
{
        bool is_wanted = site && site->complete && (site->dhcp_mode == SITE_DHCP_MODE_SERVER || group_of(site));

        if (is_wanted && is_open_as(r, site))
                return;
        packet_free(r->packet);
        r->packet = NULL;
        pnp_server_forget(r->pnp);
        if (!is_wanted)
                return;
        (void)!text_copy(r->interface, sizeof r->interface, site->lan_interface);
        r->options = (struct packet_options){
                .interface = r->interface,
                .address = site->lan_address,
                .prefix = site->lan_prefix,
                .gateway = site->router,
                .group = group_of(site),
                .group_port = PNP_PORT,
        };
        open_packet(r);
}

static bool is_reserved(uint32_t address, const struct mac *mac, void *userdata)
{
        return directory_is_reserved(userdata, address, mac);
}

static void exclude(struct dhcp_lease_pool *pool, uint32_t address)
{
        if (address && pool->n_excluded < sizeof pool->excluded / sizeof *pool->excluded)
                pool->excluded[pool->n_excluded++] = address;
}

static void follow_pool(struct responder *r, const struct site *site)
{
        struct dhcp_lease_pool pool = {.is_reserved = is_reserved, .userdata = r->directory};

        if (site && site->complete) {
                pool.first = site->pool_first;
                pool.last = site->pool_last;
                pool.mask = text_ipv4_mask(site->lan_prefix);
                pool.network = site->lan_address & pool.mask;
                pool.n_trusted = directory_count_trusted(r->directory);
                exclude(&pool, site->lan_address);
                exclude(&pool, site->router);
                exclude(&pool, site->option_120);
                for (size_t i = 0; i < site->n_dns; i++)
                        exclude(&pool, site->dns[i]);
                for (size_t i = 0; i < site->n_ntp; i++)
                        exclude(&pool, site->ntp[i]);
        }
        dhcp_lease_table_set_pool(r->leases, &pool);
}

static void on_site_changed(void *userdata)
{
        struct responder *r = userdata;
        const struct site *site = directory_site(r->directory);
        const char *why_not;

        follow_pool(r, site);
        follow_interface(r, site);
        if (site && site->complete && !directory_source(r->directory, &why_not))
                log_reason(LOG_LEVEL_WARNING, "source-refused", "no phone is told a source: %s; see `provostctl source list`", why_not);
        rogue_watch_tick(r->watch, clock_monotonic_ms());
        show_status(r);
        plan(r);
}

static void on_phones_changed(void *userdata)
{
        struct responder *r = userdata;

        follow_pool(r, directory_site(r->directory));
        show_status(r);
}

static void on_leases_read(void *userdata)
{
        struct responder *r = userdata;

        dhcp_server_set_ready(r->server, true);
        log_reason(LOG_LEVEL_INFO, "leases-read", "%zu leases are bound", dhcp_lease_count_bound(r->leases, clock_monotonic_ms()));
        show_status(r);
}

/* --- Varlink --- */

static int on_status(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct responder *r = userdata;
        struct dhcp_server_counts counts = dhcp_server_counts(r->server);
        struct pnp_server_counts pnp = pnp_server_counts(r->pnp);
        const char *reason;
        bool serves = is_serving(r, &reason);

        (void)parameters;
        (void)flags;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_BOOLEAN("serving", serves),
                                  SD_JSON_BUILD_PAIR_STRING("reason", reason),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("requests", counts.requests),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("answers", counts.answers),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("refused", counts.refused),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("leases", dhcp_lease_count_bound(r->leases, clock_monotonic_ms())),
                                  SD_JSON_BUILD_PAIR_BOOLEAN("pnp", pnp_server_is_on(r->pnp)),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("pnp_requests", pnp.requests),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("pnp_answers", pnp.answers),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("pnp_refused", pnp.refused));
}

static int append_rogue(sd_json_variant **list, const struct rogue *rogue, uint64_t now_ms, int64_t wall_ms)
{
        char mac[MAC_TEXT_SIZE], server[TEXT_IPV4_SIZE], relay[TEXT_IPV4_SIZE];

        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("kind", rogue_kind_text(rogue->kind)), SD_JSON_BUILD_PAIR_STRING("mac", mac_format(&rogue->mac, mac)),
                SD_JSON_BUILD_PAIR_STRING("address", text_from_ipv4(rogue->server, server)),
                SD_JSON_BUILD_PAIR_STRING("offered", rogue->offered), SD_JSON_BUILD_PAIR_BOOLEAN("known", rogue->is_known),
                SD_JSON_BUILD_PAIR_STRING("relay", rogue->relay ? text_from_ipv4(rogue->relay, relay) : ""),
                SD_JSON_BUILD_PAIR_STRING("circuit_id", rogue->circuit_id),
                SD_JSON_BUILD_PAIR_INTEGER("first_at", (wall_ms - (int64_t)(now_ms - rogue->first_ms)) / 1000),
                SD_JSON_BUILD_PAIR_INTEGER("last_at", (wall_ms - (int64_t)(now_ms - rogue->last_ms)) / 1000),
                SD_JSON_BUILD_PAIR_UNSIGNED("count", rogue->count));
}

static int on_list_rogues(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct responder *r = userdata;
        sd_json_variant *list = NULL;
        const struct rogue *rogue;
        int result = sd_json_variant_new_array(&list, NULL, 0);

        (void)parameters;
        (void)flags;
        for (size_t i = 0; result >= 0 && (rogue = rogue_watch_at(r->watch, i)); i++)
                result = append_rogue(&list, rogue, clock_monotonic_ms(), clock_wall_ms());
        if (result >= 0)
                result = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("rogues", list));
        sd_json_variant_unref(list);
        return result;
}

static int on_ask_rogues(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct responder *r = userdata;

        (void)parameters;
        (void)flags;
        if (rogue_watch_ask(r->watch, clock_monotonic_ms()) < 0)
                return service_refuse(link, "io.provost.Responder.NotAllowed", "The watch for other servers is off: `provostctl site set rogue_watch=on`.");
        plan(r);
        return sd_varlink_reply(link, NULL);
}

static const struct service_method METHODS[] = {
        {"io.provost.Responder.AskRogues", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, on_ask_rogues},
        {"io.provost.Responder.ListRogues", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, on_list_rogues},
        {"io.provost.Responder.Status", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, on_status},
        {0},
};

/* --- life --- */

static int prepare(struct responder *r, const char *store_path)
{
        const struct dhcp_server_ops ops = {
                .send = send_datagram,
                .probe = send_probe,
                .commit = commit,
                .event = event,
                .seen = heard_dhcp,
                .userdata = r,
        };
        const struct pnp_server_ops pnp_ops = {
                .send = send_sip,
                .event = event,
                .seen = heard_pnp,
                .random = make_random,
                .userdata = r,
        };
        const struct rogue_watch_ops watch_ops = {
                .ask_dhcp = ask_dhcp,
                .ask_pnp = ask_pnp,
                .alarm = alarm_about,
                .over = alarm_over,
                .random = make_random,
                .userdata = r,
        };
        const struct store_link_handlers handlers = {
                .site_changed = on_site_changed,
                .phones_changed = on_phones_changed,
                .leases_read = on_leases_read,
                .committed = on_committed,
                .seen_lost = on_seen_lost,
                .alarm_left = on_alarm_left,
                .userdata = r,
        };
        sd_event *loop = service_event(r->service);

        if (directory_new(&r->directory) < 0 || sightings_new(r->directory, tell_sighting, r, &r->sightings) < 0 || dhcp_lease_table_new(LEASES_MAX, &r->leases) < 0 ||
            dhcp_server_new(r->directory, r->leases, &ops, &r->server) < 0 ||
            pnp_server_new(r->directory, &pnp_ops, &r->pnp) < 0 || rogue_watch_new(r->directory, &watch_ops, &r->watch) < 0)
                return PV_ENOMEM;
        if (sd_event_add_defer(loop, &r->flush, on_flush, r) < 0 ||
            sd_event_source_set_priority(r->flush, SD_EVENT_PRIORITY_NORMAL + 1) < 0 ||
            sd_event_source_set_enabled(r->flush, SD_EVENT_OFF) < 0 ||
            sd_event_add_time(loop, &r->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, r) < 0 ||
            sd_event_source_set_enabled(r->timer, SD_EVENT_OFF) < 0)
                return PV_ESYSTEM;
        return store_link_new(r->service, store_path, r->directory, r->leases, &handlers, &r->store);
}

static void clean_up(struct responder *r)
{
        store_link_free(r->store);      /* first: leases on their way end, and the server is told so */
        packet_free(r->packet);
        sd_event_source_disable_unref(r->timer);
        sd_event_source_disable_unref(r->flush);
        sd_event_source_disable_unref(r->open_again);
        dhcp_server_free(r->server);
        pnp_server_free(r->pnp);
        rogue_watch_free(r->watch);
        sightings_free(r->sightings);
        dhcp_lease_table_free(r->leases);
        directory_free(r->directory);
        service_free(r->service);
}

int main(int argc, char **argv)
{
        static struct responder responder;
        const struct service_spec spec = {
                .station = "responder",
                .interface = &vl_interface_io_provost_Responder,
                .methods = METHODS,
                .userdata = &responder,
        };
        int code = EXIT_FAILURE;

        if (argc > 2) {
                fprintf(stderr, "usage: %s [STORE-SOCKET]\n", argv[0]);
                return EXIT_FAILURE;
        }
        if (service_new(&spec, &responder.service) < 0)
                return EXIT_FAILURE;
        if (prepare(&responder, argc > 1 ? argv[1] : STORE_PATH) < 0)
                log_reason(LOG_LEVEL_ERROR, "start-failed", "no memory, or no event loop");
        else
                code = service_run(responder.service);
        clean_up(&responder);
        return code;
}
