/*
 * box: network, firewall, clock and edge follow the site.
 *
 * In:   the site from the store, certificates from pki, states of units, addresses of the machine.
 * Out:  files in /run, rules in the kernel, jobs for systemd; a status.
 * Not:  no text is made here (see the *_text files), no order decided (see plan). Parts, site and certificates: box_part, box_site,
 *       box_certificates.
 *
 * Everything is driven by events: nothing sleeps, nothing polls. Any event ends
 * in box_step(), which compares what is with what should be, so that a restart of
 * this process, of systemd's units or of the store settles by itself.
 */
#include "appliance/box/box_internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/option.h"
#include "appliance/base/writer.h"
#include "appliance/box/clock_text.h"
#include "appliance/box/edge_text.h"
#include "appliance/box/firewall.h"
#include "appliance/box/firewall_text.h"
#include "appliance/box/links.h"
#include "appliance/box/network_text.h"
#include "appliance/box/plan.h"

#define TEXT_SIZE (32 * 1024)
#define CERTIFICATES_AGAIN_MS (6 * 3600 * 1000)

static const char *const watched_units[] = {UNIT_NETWORK, UNIT_CLOCK, UNIT_EDGE, UNIT_OPENVPN, UNIT_OPENVPN_KERNEL,
                                              UNIT_OPENVPN_LEGACY, UNIT_NAME, NULL};

/* So many failed starts of the edge with the phone_ca, then as many without it, in turn. */
#define PHONE_CA_TRIES 3

/* --- trying again -------------------------------------------------------- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct box *box = userdata;

        (void)source;
        (void)usec;
        if (box->read_retry.wait_ms && !box->is_reading && retry_may(&box->read_retry))
                box_read_site(box);
        box_step(box);
        return 0;
}

static void earlier(uint64_t *at_ms, const struct retry *retry)
{
        if (retry->wait_ms && retry->at_ms < *at_ms)
                *at_ms = retry->at_ms;
}

/* One timer for the earliest of all that waits; what is under way comes back by itself. */
static void arm_timer(struct box *box)
{
        uint64_t now = clock_monotonic_ms(), at_ms = now + CERTIFICATES_AGAIN_MS;

        if (!box->is_reading)
                earlier(&at_ms, &box->read_retry);
        earlier(&at_ms, &box->firewall_retry);
        earlier(&at_ms, &box->links_retry);
        earlier(&at_ms, &box->tunnel.retry);
        earlier(&at_ms, &box->tunnel_legacy.retry);
        earlier(&at_ms, &box->later.retry);
        if (!box->is_preparing)
                earlier(&at_ms, &box->certificates_retry);
        for (size_t i = 0; i < N_PARTS; i++)
                if (!box->parts[i].is_busy)
                        earlier(&at_ms, &box->parts[i].retry);
        if (at_ms < now)
                at_ms = now;
        box->timer = sd_event_source_disable_unref(box->timer);
        if (sd_event_add_time_relative(service_event(box->service), &box->timer, CLOCK_MONOTONIC,
                                       (at_ms - now) * 1000 + 1000, 0, on_timer, box) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

/* --- the wanted texts ------------------------------------------------------ */

typedef void (*render)(struct writer *w, const struct box_model *m);

/* A text of the model on the heap; NULL without memory or when it outgrew TEXT_SIZE (no model can do that). */
static char *rendered(render text, const struct box_model *m)
{
        char *buffer = malloc(TEXT_SIZE), *result = NULL;
        struct writer w;

        if (!buffer)
                return NULL;
        w = writer_of(buffer, TEXT_SIZE);
        text(&w, m);
        if (writer_finish_text(&w) == 0)
                result = strdup(buffer);
        free(buffer);
        return result;
}

static bool is_phone_ca_refused(const struct box *box)
{
        return box->has_model && *box->model.phone_ca && box->parts[PART_EDGE].n_failures / PHONE_CA_TRIES % 2 == 1;
}

void box_want_edge(struct box *box)
{
        struct part *edge = &box->parts[PART_EDGE];
        struct retry retry = edge->retry;
        struct box_model m = box->model;

        if (!box->has_model)
                return;
        if (is_phone_ca_refused(box))
                m.phone_ca = (char *)"";
        part_want(edge, 0, rendered(edge_text, &m));
        part_want(edge, 1, *m.phone_ca ? strdup(m.phone_ca) : NULL);
        if (edge->n_failures)
                edge->retry = retry;    /* another try of the same site, not a new one */
}

static void want_clock(struct box *box)
{
        struct part *clock = &box->parts[PART_CLOCK];

        part_want(clock, 0, rendered(clock_text, &box->model));
        part_want(clock, 1, rendered(clock_text_environment, &box->model));
}

/* Where the kernel has tunnels of its own, OpenVPN makes the phones' device (docs/session.md); session asks the same of /sys. */
static bool has_kernel_tunnel(const struct box_model *m)
{
        return IS_ENABLED(PROVOST_KERNEL_VPN) && !m->is_container && access("/sys/module/ovpn", F_OK) == 0;
}

static void want_all(struct box *box)
{
        const struct box_model *m = &box->model;
        struct part *network = &box->parts[PART_NETWORK];
        char *text = rendered(firewall_text, m);

        if (!text_equal(text, box->firewall_text)) {
                box->is_firewall_applied = false;
                box->firewall_retry = (struct retry){0};
        }
        free(box->firewall_text);
        box->firewall_text = text;
        part_want(network, 0, m->is_setup ? NULL : rendered(network_text_lan, m));
        part_want(network, 1, m->is_setup ? NULL : rendered(network_text_uplink, m));
        part_want(network, 2, m->is_setup || has_kernel_tunnel(m) ? NULL : rendered(network_text_tunnel_device, m));
        part_want(network, 3, m->is_setup ? NULL : rendered(network_text_tunnel, m));
        part_want(network, 4, m->is_legacy ? rendered(network_text_legacy_device, m) : NULL);
        part_want(network, 5, m->is_legacy ? rendered(network_text_legacy, m) : NULL);
        part_want(network, 6, m->is_setup ? rendered(network_text_setup, m) : NULL);
        part_want(network, 7, m->is_setup ? NULL : rendered(network_text_others, m));
        part_want(network, 8, m->is_setup ? rendered(network_text_setup_first, m) : NULL);
        if (!m->is_setup)
                want_clock(box);
        box->parts[PART_EDGE].n_failures = 0;
        box_want_edge(box);
}

static bool same_certificate_names(const struct box_model *a, const struct box_model *b)
{
        return a->n_names == b->n_names && a->n_addresses == b->n_addresses &&
               memcmp(a->names, b->names, sizeof a->names) == 0 &&
               memcmp(a->addresses, b->addresses, sizeof a->addresses) == 0;
}

void box_take_model(struct box *box, struct box_model *model, uint64_t revision)
{
        model->is_container = access("/run/systemd/container", F_OK) == 0;
        model->has_reach = box->has_reach;
        model->is_clock_a_floor = box_clock_is_floor(box->clock);
        if (!box->has_model || !same_certificate_names(&box->model, model) || box->model.is_legacy != model->is_legacy ||
            box->model.is_setup != model->is_setup) {
                box->has_certificates = false;
                box->must_prepare_again = box->is_preparing;
                box->certificates_retry = (struct retry){0};
        }
        box_model_done(&box->model);
        box->model = *model;
        box->has_model = true;
        box->revision = revision;
        if (!model->is_setup)
                *box->site_problem = 0;
        want_all(box);
}

/* --- time ---------------------------------------------------------------------- */

/* Another time: certificates may have ended or not begun yet. */
static void on_clock_jump(void *userdata)
{
        struct box *box = userdata;

        box->is_certificate_due = true;
        box->must_prepare_again = box->is_preparing;
        box->certificates_retry = (struct retry){0};
        box_step(box);
}

static void on_clock_change(void *userdata)
{
        struct box *box = userdata;

        if (!box->has_model || box->model.is_setup)
                return;
        box->model.is_clock_a_floor = box_clock_is_floor(box->clock);
        want_clock(box);
        box_step(box);
}

/* --- one box_step ------------------------------------------------------------------ */

static void load_firewall(struct box *box)
{
        char problem[256] = "";

        if (!retry_may(&box->firewall_retry))
                return;
        if (!box->firewall_text || firewall_load(box->firewall_text, problem, sizeof problem) < 0) {
                log_event(LOG_LEVEL_ERROR, "firewall-failed", "detail", problem,
                          "reason", "The rules were not loaded, the ones before stay in force; tried again.", NULL);
                retry_later(&box->firewall_retry);
                return;
        }
        box->is_firewall_applied = true;
        box->firewall_retry = (struct retry){0};
        log_event(LOG_LEVEL_INFO, "applied", "part", "firewall", NULL);
}

/* The cards between which packets pass when there is a rule of reach; NULL at the end. */
static const char *forwarding_card(const struct box_model *m, size_t i)
{
        const char *const cards[] = {m->lan_interface, DEVICE, m->is_legacy ? DEVICE_LEGACY : NULL,
                                     m->uplink != BOX_MODEL_UPLINK_NONE ? m->uplink_interface : NULL};

        for (size_t k = 0; k < sizeof cards / sizeof *cards; k++)
                if (cards[k] && i-- == 0)
                        return cards[k];
        return NULL;
}

static bool is_forwarding_right(const struct box_model *m)
{
        const char *card;

        for (size_t i = 0; (card = forwarding_card(m, i)); i++)
                if (links_exist(card) && links_forward(card) != m->has_reach)
                        return false;
        return true;
}

static void switch_forwarding(struct box *box)
{
        const struct box_model *m = &box->model;
        const char *card;

        if (!retry_may(&box->links_retry))
                return;
        box->links_retry.at_ms = box->links_retry.wait_ms = 0;
        for (size_t i = 0; (card = forwarding_card(m, i)); i++) {
                int r = links_forward(card) == m->has_reach ? 0 : links_set_forward(card, m->has_reach);

                if (r < 0 && r != PV_EUNSET) {
                        log_event(LOG_LEVEL_ERROR, "forwarding-failed", "card", card, "detail", strerror(errno), "reason",
                                  "What phones may reach through the tunnel is not switched on this card; tried again.", NULL);
                        retry_later(&box->links_retry);
                        return;
                }
        }
        log_event(LOG_LEVEL_INFO, "applied", "part", m->has_reach ? "forwarding-on" : "forwarding-off", NULL);
}

/* The process that had it ends by itself; systemd has its configuration from session, which took that away as well. */
static void remove_device(struct box *box)
{
        if (!retry_may(&box->links_retry))
                return;
        if (links_remove(DEVICE_LEGACY) < 0) {
                log_event(LOG_LEVEL_ERROR, "remove-failed", "device", DEVICE_LEGACY, "detail", strerror(errno), NULL);
                retry_later(&box->links_retry);
                return;
        }
        log_event(LOG_LEVEL_INFO, "removed", "device", DEVICE_LEGACY, NULL);
}

/* --- units that are told once ------------------------------------------------ */

static void start_done(bool is_done, const char *result, void *userdata)
{
        struct starter *starter = userdata;

        if (is_done) {
                starter->retry = (struct retry){0};
                return;
        }
        log_event(LOG_LEVEL_ERROR, "start-failed", "unit", starter->unit, "result", result, NULL);
        starter->is_told = false;
        retry_later(&starter->retry);
        box_step(starter->box);
}

static void start_once(struct starter *starter)
{
        if (starter->is_told || !retry_may(&starter->retry))
                return;
        starter->is_told = true;
        units_job(starter->box->units, "StartUnit", starter->unit, "replace", start_done, starter);
}

static struct plan_facts look(const struct box *box)
{
        const struct box_model *m = &box->model;
        bool is_site = box->has_model && !m->is_setup;

        return (struct plan_facts){
                .has_site = is_site && !*box->site_problem,
                .site_problem = box->site_problem,
                .is_setup = box->has_model && m->is_setup,
                .has_page_address = box->n_page_addresses > 0 || box->page.n_addresses > 0,
                .is_firewall_applied = box->is_firewall_applied,
                .is_network_applied = box->parts[PART_NETWORK].is_applied,
                .is_clock_applied = box->parts[PART_CLOCK].is_applied,
                .has_certificates = box->has_certificates,
                .is_edge_applied = box->parts[PART_EDGE].is_applied,
                .has_lan_address = is_site && address_watch_has(m->lan_interface, m->lan_address),
                .has_tunnel_address = is_site && address_watch_has(DEVICE, m->tunnel_address),
                .is_legacy = is_site && m->is_legacy,
                .has_legacy_address = is_site && m->is_legacy && address_watch_has(DEVICE_LEGACY, m->legacy_address),
                .is_openvpn_legacy_active = !IS_ENABLED(PROVOST_SESSION) ||
                                            units_state(box->units, UNIT_OPENVPN_LEGACY) == UNITS_STATE_ACTIVE,
                .is_forwarding_right = !is_site || is_forwarding_right(m),
                /* OpenVPN that loses its device before it has ended turns round for ever and hears nobody (2.7.8). */
                .has_stale_device = is_site && !m->is_legacy && links_exist(DEVICE_LEGACY) &&
                                    units_state(box->units, UNIT_OPENVPN_LEGACY) != UNITS_STATE_ACTIVE,
                .is_clock_active = units_state(box->units, UNIT_CLOCK) == UNITS_STATE_ACTIVE,
                .is_edge_active = units_state(box->units, UNIT_EDGE) == UNITS_STATE_ACTIVE,
                /* Without session nobody writes OpenVPN's configuration. */
                .is_openvpn_active = !IS_ENABLED(PROVOST_SESSION) ||
                                     units_state(box->units, UNIT_OPENVPN) == UNITS_STATE_ACTIVE ||
                                     units_state(box->units, UNIT_OPENVPN_KERNEL) == UNITS_STATE_ACTIVE,
                .is_phone_ca_refused = is_phone_ca_refused(box),
                .is_tunnel_watched = !IS_ENABLED(PROVOST_SESSION) || (box->tunnel.is_told && box->tunnel_legacy.is_told),
                .is_later_on = box->later.is_told,
                .lan_interface = m->lan_interface,
        };
}

static void act(struct box *box, unsigned actions)
{
        if (actions & PLAN_ACTION_FIREWALL)
                load_firewall(box);
        if (actions & PLAN_ACTION_CERTIFICATES)
                box_prepare_certificates(box);
        if (actions & PLAN_ACTION_NETWORK)
                part_apply(&box->parts[PART_NETWORK]);
        if (actions & PLAN_ACTION_CLOCK)
                part_apply(&box->parts[PART_CLOCK]);
        if (actions & PLAN_ACTION_EDGE)
                part_apply(&box->parts[PART_EDGE]);
        if (actions & PLAN_ACTION_FORWARDING)
                switch_forwarding(box);
        if (actions & PLAN_ACTION_REMOVE)
                remove_device(box);
        if (actions & PLAN_ACTION_TUNNEL) {
                start_once(&box->tunnel);
                start_once(&box->tunnel_legacy);
        }
        if (actions & PLAN_ACTION_LATER)
                start_once(&box->later);
}

static void look_at_page(struct box *box)
{
        struct card cards[CARDS_MAX];
        size_t n_cards = 0;

        box->page = (struct box_page){.port = box->model.admin_port};
        if (!box->has_model || cards_list(cards, &n_cards) < 0)
                return;
        box->page.n_addresses = cards_page_addresses(&box->model, cards, n_cards, box->page.addresses);
        box->page.is_listening = box->parts[PART_EDGE].is_applied && units_state(box->units, UNIT_EDGE) == UNITS_STATE_ACTIVE;
        box->page.has_name = units_state(box->units, UNIT_NAME) == UNITS_STATE_ACTIVE;
}

static bool is_same_page(const struct box_page *a, const struct box_page *b)
{
        return a->port == b->port && a->is_listening == b->is_listening && a->has_name == b->has_name && a->n_addresses == b->n_addresses &&
               memcmp(a->addresses, b->addresses, a->n_addresses * sizeof *a->addresses) == 0;
}

static void publish(struct box *box, const struct plan_facts *facts, bool is_other_page)
{
        struct box_status status = {.applied = box->status.applied};

        plan_waiting_for(facts, status.waiting_for, sizeof status.waiting_for);
        status.ready = !*status.waiting_for;
        if (facts->has_site && facts->is_firewall_applied && facts->is_network_applied && facts->is_clock_applied &&
            facts->is_edge_applied)
                status.applied = box->revision;
        if (status.ready == box->status.ready && status.applied == box->status.applied &&
            text_equal(status.waiting_for, box->status.waiting_for)) {
                if (is_other_page)
                        box->changed(box, box->userdata);
                return;
        }
        box->status = status;
        log_event(LOG_LEVEL_NOTICE, status.ready ? "site-served" : "site-waiting", "reason",
                  status.ready ? NULL : status.waiting_for, NULL);
        service_status(box->service, "%s", status.ready ? "The site is served." : status.waiting_for);
        box->changed(box, box->userdata);
}

void box_step(struct box *box)
{
        struct box_page page = box->page;
        struct plan_facts facts;
        unsigned before = 0, actions;

        if (!box->units || !box->addresses)
                return;         /* still in box_new() */
        if (box->has_certificates && clock_monotonic_ms() - box->certificates_at_ms >= CERTIFICATES_AGAIN_MS) {
                box->is_certificate_due = true;
                box->n_page_addresses = 0;
        }
        if (box->has_certificates && box->is_certificate_due)
                box_prepare_certificates(box);
        /* What one action settles at once opens the next: at most once round per action. */
        for (;;) {
                look_at_page(box);
                facts = look(box);
                actions = plan_next(&facts);
                if (!actions || actions == before)
                        break;
                before = actions;
                act(box, actions);
        }
        look_at_page(box);
        publish(box, &facts, !is_same_page(&page, &box->page));
        arm_timer(box);
}

static void on_units(void *userdata)
{
        box_step(userdata);
}

static void on_addresses(void *userdata)
{
        box_step(userdata);
}

int box_new(struct service *service, box_changed changed, void *userdata, struct box **ret_box)
{
        struct box *box = calloc(1, sizeof *box);
        int r;

        if (!box)
                return PV_ENOMEM;
        box->service = service;
        box->changed = changed;
        box->userdata = userdata;
        (void)text_copy(box->status.waiting_for, sizeof box->status.waiting_for, "The store has not answered yet.");
        part_init_all(box);
        box->tunnel = (struct starter){.box = box, .unit = UNIT_TUNNEL};
        box->tunnel_legacy = (struct starter){.box = box, .unit = UNIT_TUNNEL_LEGACY};
        box->later = (struct starter){.box = box, .unit = UNIT_LATER};
        r = units_new(service_event(service), watched_units, on_units, box, &box->units);
        if (r == 0)
                r = address_watch_new(service_event(service), on_addresses, box, &box->addresses);
        /* Without it the clock is not set from the internet, which nobody needs. */
        if (r == 0 && names_new(service_event(service), &box->names) < 0)
                log_event(LOG_LEVEL_WARNING, "names-unwatched", NULL);
        if (r == 0)
                r = service_peer_new(service, "/run/provost/store", &box->store);
        if (r == 0)
                r = service_peer_new(service, "/run/provost/pki", &box->pki);
        if (r == 0)
                r = box_clock_new(service, box->store, box->pki, box->units,
                                  &(struct box_clock_callbacks){on_clock_jump, on_clock_change}, box, &box->clock);
        if (r == 0)
                r = service_peer_subscribe(box->store, "io.provost.Store.Subscribe", NULL, box_on_store_change, box);
        if (r == 0)
                r = service_peer_subscribe(box->pki, "io.provost.Pki.Watch", NULL, box_on_pki_change, box);
        if (r < 0) {
                box_free(box);
                return r;
        }
        *ret_box = box;
        return 0;
}

void box_free(struct box *box)
{
        if (!box)
                return;
        box_clock_free(box->clock);
        service_peer_free(box->store);
        service_peer_free(box->pki);
        units_free(box->units);
        address_watch_free(box->addresses);
        names_free(box->names);
        sd_event_source_disable_unref(box->timer);
        part_done_all(box);
        free(box->firewall_text);
        box_model_done(&box->model);
        free(box);
}

const struct box_status *box_status(const struct box *box)
{
        return &box->status;
}

const struct box_page *box_page(const struct box *box)
{
        return &box->page;
}

const struct box_model *box_model_now(const struct box *box)
{
        return box->has_model ? &box->model : NULL;
}

struct units *box_units(const struct box *box)
{
        return box->units;
}

struct box_clock *box_clock_of(const struct box *box)
{
        return box->clock;
}

void box_power(struct box *box, const char *target, units_done done, void *userdata)
{
        log_event(LOG_LEVEL_NOTICE, "power", "target", target, NULL);
        units_job(box->units, "StartUnit", target, "replace-irreversibly", done, userdata);
}
