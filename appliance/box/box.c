/*
 * box: network, firewall, clock and edge follow the site.
 *
 * In:   the site from the store, certificates from pki, states of units, addresses of the machine.
 * Out:  files in /run, rules in the kernel, jobs for systemd; a status.
 * Not:  no text is made here (see the *_text files), no order decided (see plan).
 *
 * Everything is driven by events: nothing sleeps, nothing polls. Any event ends
 * in step(), which compares what is with what should be, so that a restart of
 * this process, of systemd's units or of the store settles by itself.
 */
#include "appliance/box/box.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/option.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "appliance/service/service_field.h"
#include "appliance/box/address_watch.h"
#include "appliance/box/apply_file.h"
#include "appliance/box/box_clock.h"
#include "appliance/box/box_model.h"
#include "appliance/box/cards.h"
#include "appliance/box/clock_text.h"
#include "appliance/box/edge_text.h"
#include "appliance/box/firewall.h"
#include "appliance/box/firewall_text.h"
#include "appliance/box/links.h"
#include "appliance/box/names.h"
#include "appliance/box/network_text.h"
#include "appliance/box/plan.h"

#define TEXT_SIZE (32 * 1024)
#define CERTIFICATES_AGAIN_MS (6 * 3600 * 1000)
#define CALL_MS 5000
#define PREPARE_MS 60000                /* two keys are made, RSA among them, perhaps on a slow machine */
#define VALUES_MAX 128

#define UNIT_NETWORK "systemd-networkd.service"
#define UNIT_CLOCK "provost-clock.service"
#define UNIT_EDGE "provost-edge.service"
#define UNIT_OPENVPN "provost-openvpn.service"
#define UNIT_OPENVPN_KERNEL "provost-openvpn-kernel.service"
#define UNIT_OPENVPN_LEGACY "provost-openvpn-legacy.service"
#define UNIT_NAME "provost-name.service"
#define UNIT_TUNNEL "provost-openvpn.path"
#define UNIT_TUNNEL_LEGACY "provost-openvpn-legacy.path"
#define UNIT_LATER "provost-later.target"
#define DEVICE "tun-phones"
#define DEVICE_LEGACY "tun-legacy"

struct retry {
        uint64_t at_ms;         /* not before */
        uint64_t wait_ms;
};

/* One file of a part. `by_reload`: the unit takes a change of it without a restart. */
struct file {
        const char *path;
        char *text;             /* owned; NULL: the file should not be there */
        bool by_reload;
};

enum part_id { PART_NETWORK, PART_CLOCK, PART_EDGE, N_PARTS };
#define N_FILES_MAX 9

/* Files and the unit that reads them. The stamp is there while unit and files agree, also over our own restart. */
struct part {
        struct box *box;
        const char *word, *unit, *stamp;
        struct file files[N_FILES_MAX];
        size_t n_files;
        bool is_applied, is_busy, must_restart, must_reload, is_changed_meanwhile;
        unsigned n_failures;            /* in a row */
        struct retry retry;
};

/* A unit that is told once to start. */
struct starter {
        struct box *box;
        const char *unit;
        bool is_told;
        struct retry retry;
};

struct box {
        struct service *service;
        struct service_peer *store, *pki;
        struct units *units;
        struct address_watch *addresses;
        struct names *names;
        struct box_clock *clock;
        sd_event_source *timer;
        box_changed changed;
        void *userdata;

        bool is_reading, must_read_again, has_reach;
        bool has_model;
        char site_problem[BOX_SENTENCE_SIZE];
        uint64_t revision;
        struct box_model model;
        struct retry read_retry;

        char *firewall_text;
        bool is_firewall_applied;
        struct retry firewall_retry;

        struct retry links_retry;

        bool has_certificates, is_preparing, must_prepare_again, must_reload_edge;
        bool is_certificate_due;        /* pki is asked whether they are still the ones: each few hours, and when time or authorities changed */
        uint64_t certificates_at_ms;
        struct retry certificates_retry;
        /* For which addresses the page's certificate was asked. Others that come meanwhile wait for the next time it is due: a person
         * at the page would be asked anew whether to trust it. */
        uint32_t page_addresses[CARDS_PAGE_MAX];
        size_t n_page_addresses;
        struct box_page page;           /* what was told of it last */

        struct part parts[N_PARTS];
        struct starter tunnel, tunnel_legacy, later;
        struct box_status status;
};

static const char *const watched_units[] = {UNIT_NETWORK, UNIT_CLOCK, UNIT_EDGE, UNIT_OPENVPN, UNIT_OPENVPN_KERNEL,
                                              UNIT_OPENVPN_LEGACY, UNIT_NAME, NULL};

/* So many failed starts of the edge with the phone_ca, then as many without it, in turn. */
#define PHONE_CA_TRIES 3

static void step(struct box *box);
static void want_edge(struct box *box);
static void read_site(struct box *box);

/* --- trying again -------------------------------------------------------- */

static bool may_try(const struct retry *retry)
{
        return clock_monotonic_ms() >= retry->at_ms;
}

static void try_later(struct retry *retry)
{
        retry->wait_ms = retry->wait_ms ? retry->wait_ms * 2 : 100;
        if (retry->wait_ms > 10000)
                retry->wait_ms = 10000;
        retry->at_ms = clock_monotonic_ms() + retry->wait_ms;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct box *box = userdata;

        (void)source;
        (void)usec;
        if (box->read_retry.wait_ms && !box->is_reading && may_try(&box->read_retry))
                read_site(box);
        step(box);
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

/* --- parts ---------------------------------------------------------------- */

static bool part_holds(const struct part *part)
{
        for (size_t i = 0; i < part->n_files; i++) {
                const struct file *f = &part->files[i];

                if (f->text ? !apply_file_holds(f->path, f->text) : access(f->path, F_OK) == 0)
                        return false;
        }
        return true;
}

/* Brings the files to their texts, and notes when one changed that the unit does not take by a reload. */
static int part_write(struct part *part)
{
        for (size_t i = 0; i < part->n_files; i++) {
                const struct file *f = &part->files[i];
                int r = 0;

                if (f->text && !apply_file_holds(f->path, f->text)) {
                        r = apply_file_write(f->path, f->text);
                        part->must_restart = part->must_restart || !f->by_reload;
                } else if (!f->text && access(f->path, F_OK) == 0) {
                        r = apply_file_remove(f->path);
                        part->must_restart = part->must_restart || !f->by_reload;
                }
                if (r < 0) {
                        log_event(LOG_LEVEL_ERROR, "write-failed", "path", f->path, "reason", strerror(errno), NULL);
                        return r;
                }
        }
        return 0;
}

static void part_done(bool is_done, const char *result, void *userdata)
{
        struct part *part = userdata;

        part->is_busy = false;
        if (!is_done) {
                log_event(LOG_LEVEL_ERROR, "apply-failed", "part", part->word, "unit", part->unit, "result", result,
                          "reason", "The unit did not take its new configuration; its journal says why. Tried again.",
                          NULL);
                try_later(&part->retry);
                part->n_failures++;
                want_edge(part->box);
        } else {
                log_event(LOG_LEVEL_INFO, "applied", "part", part->word, NULL);
                part->retry = (struct retry){0};
                part->must_restart = false;
                part->is_applied = !part->is_changed_meanwhile;
                if (part->is_applied && apply_file_write(part->stamp, "") < 0)
                        log_event(LOG_LEVEL_WARNING, "stamp-failed", "path", part->stamp, NULL);
        }
        part->is_changed_meanwhile = false;
        step(part->box);
}

static void part_apply(struct part *part)
{
        enum units_state state = units_state(part->box->units, part->unit);
        bool is_stamped = access(part->stamp, F_OK) == 0;

        if (part->is_busy || !may_try(&part->retry) || state == UNITS_STATE_UNKNOWN)
                return;
        if (is_stamped && !part->must_reload && state == UNITS_STATE_ACTIVE && part_holds(part)) {
                part->is_applied = true;
                return;
        }
        if (apply_file_remove(part->stamp) < 0 || part_write(part) < 0) {
                try_later(&part->retry);
                return;
        }
        part->is_busy = true;
        part->must_reload = false;
        units_job(part->box->units,
                  part->must_restart || state != UNITS_STATE_ACTIVE ? "RestartUnit" : "ReloadOrRestartUnit", part->unit,
                  "replace", part_done, part);
}

/* New wanted texts: taken over by `part`; NULL for a file that should not be there. */
static void part_want(struct part *part, size_t i, char *text)
{
        struct file *f = &part->files[i];

        if (!text_equal(f->text, text)) {
                part->is_applied = false;
                part->is_changed_meanwhile = part->is_busy;
                part->retry = (struct retry){0};
        }
        free(f->text);
        f->text = text;
}

static struct part *part_init(struct box *box, enum part_id id, const char *word, const char *unit, const char *stamp)
{
        struct part *part = &box->parts[id];

        /* Without a stamp nobody knows what the unit runs with. */
        *part = (struct part){.box = box, .word = word, .unit = unit, .stamp = stamp,
                              .must_restart = access(stamp, F_OK) < 0};
        return part;
}

static void part_file(struct part *part, const char *path, bool by_reload)
{
        part->files[part->n_files++] = (struct file){.path = path, .by_reload = by_reload};
}

static void parts_init(struct box *box)
{
        struct part *network = part_init(box, PART_NETWORK, "network", UNIT_NETWORK, "/run/provost/applied/network");
        struct part *clock = part_init(box, PART_CLOCK, "clock", UNIT_CLOCK, "/run/provost/applied/clock");
        struct part *edge = part_init(box, PART_EDGE, "edge", UNIT_EDGE, "/run/provost/applied/edge");

        part_file(network, "/run/systemd/network/20-provost-lan.network", false);
        part_file(network, "/run/systemd/network/20-provost-uplink.network", false);
        part_file(network, "/run/systemd/network/10-provost-tunnel.netdev", false);
        part_file(network, "/run/systemd/network/20-provost-tunnel.network", false);
        part_file(network, "/run/systemd/network/10-provost-legacy.netdev", false);
        part_file(network, "/run/systemd/network/20-provost-legacy.network", false);
        part_file(network, "/run/systemd/network/20-provost-setup.network", false);
        part_file(network, "/run/systemd/network/90-provost-others.network", false);
        part_file(network, "/run/systemd/network/10-provost-setup-first.network", false);
        part_file(clock, "/run/provost/clock/chrony.conf", false);
        part_file(clock, "/run/provost/clock/environment", false);
        part_file(edge, "/run/provost/edge/nginx.conf", false);
        part_file(edge, "/run/provost/edge/phone_ca.pem", true);
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

static void want_edge(struct box *box)
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

/* Where the kernel has tunnels of its own, the phones' is one: OpenVPN cannot make a device of another kind into one later. */
static bool has_kernel_tunnel(const struct box_model *m)
{
        int r;

        if (!IS_ENABLED(PROVOST_KERNEL_VPN) || m->is_setup || m->is_container || access("/sys/module/ovpn", F_OK) < 0)
                return false;
        r = links_make_tunnel(DEVICE);
        if (r < 0)
                log_event(LOG_LEVEL_WARNING, "kernel-tunnel-failed", "device", DEVICE, "detail",
                          r == PV_ESYSTEM ? strerror(errno) : "not of this kind", NULL);
        return r == 0;
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
        want_edge(box);
}

static bool same_certificate_names(const struct box_model *a, const struct box_model *b)
{
        return a->n_names == b->n_names && a->n_addresses == b->n_addresses &&
               memcmp(a->names, b->names, sizeof a->names) == 0 &&
               memcmp(a->addresses, b->addresses, sizeof a->addresses) == 0;
}

static void take_model(struct box *box, struct box_model *model, uint64_t revision)
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

/* A site that was complete once goes on as it was. */
static void take_setup(struct box *box, const struct box_model_value *values, size_t n_values)
{
        struct box_model model = {0};

        if (box->has_model && !box->model.is_setup)
                return;
        if (box_model_for_setup(values, n_values, &model) < 0)
                log_event(LOG_LEVEL_ERROR, "setup-failed", "reason", pv_error_text(PV_ENOMEM), NULL);
        else
                take_model(box, &model, 0);
}

/* --- the site from the store ------------------------------------------------ */

static void say_problem(struct box *box, const char *sentence)
{
        if (!text_equal(box->site_problem, sentence))
                log_event(LOG_LEVEL_WARNING, "site-unusable", "reason", sentence, NULL);
        (void)snprintf(box->site_problem, sizeof box->site_problem, "%s", sentence);
}

static const char *string_of(sd_json_variant *object, const char *name)
{
        const char *text = service_field_text(object, name);

        return text ? text : "";
}

/* "The site still needs: lan_address, pool_first." */
static void say_missing(struct box *box, sd_json_variant *reply)
{
        sd_json_variant *missing = sd_json_variant_by_key(reply, "missing");
        char sentence[BOX_SENTENCE_SIZE];
        struct writer w = writer_of(sentence, sizeof sentence);
        size_t n = missing && sd_json_variant_is_array(missing) ? sd_json_variant_elements(missing) : 0;

        writer_text(&w, "The site is not set up yet; use provostctl site set for: ");
        for (size_t i = 0; i < n; i++)
                writer_format(&w, "%s%s", i ? ", " : "", sd_json_variant_string(sd_json_variant_by_index(missing, i)));
        writer_text(&w, ".");
        say_problem(box, writer_finish_text(&w) == 0 ? sentence : "The site is not set up yet; see provostctl site show.");
}

static void take_site(struct box *box, sd_json_variant *reply)
{
        sd_json_variant *list = sd_json_variant_by_key(reply, "values");
        sd_json_variant *complete = sd_json_variant_by_key(reply, "complete");
        struct box_model_value values[VALUES_MAX];
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model model = {0};
        size_t n = list && sd_json_variant_is_array(list) ? sd_json_variant_elements(list) : 0;

        for (size_t i = 0; i < n && i < VALUES_MAX; i++) {
                sd_json_variant *value = sd_json_variant_by_index(list, i);

                values[i] = (struct box_model_value){string_of(value, "name"), string_of(value, "value")};
        }
        if (!complete || !sd_json_variant_boolean(complete)) {
                say_missing(box, reply);
                take_setup(box, values, n < VALUES_MAX ? n : VALUES_MAX);
                return;
        }
        if (box_model_from_values(values, n < VALUES_MAX ? n : VALUES_MAX, &model, problem) < 0) {
                say_problem(box, problem);
                return;
        }
        sd_json_variant *revision = sd_json_variant_by_key(reply, "revision");
        take_model(box, &model, revision ? sd_json_variant_unsigned(revision) : 0);
}

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box *box = userdata;

        box->is_reading = false;
        if (error) {
                log_event(LOG_LEVEL_WARNING, "store-failed", "method", "GetSite", "error", error, NULL);
                try_later(&box->read_retry);
        } else {
                box->read_retry = (struct retry){0};
                take_site(box, reply);
        }
        if (box->must_read_again) {
                box->must_read_again = false;
                read_site(box);
        }
        step(box);
}

/* Rules of reach first: rules of the firewall made without them would stop what runs. */
static void on_reach(sd_json_variant *reply, const char *error, void *userdata)
{
        sd_json_variant *list = reply ? sd_json_variant_by_key(reply, "reach") : NULL;
        struct box *box = userdata;

        if (error) {
                log_event(LOG_LEVEL_WARNING, "store-failed", "method", "ListReach", "error", error, NULL);
                box->is_reading = false;
                try_later(&box->read_retry);
                step(box);
                return;
        }
        box->has_reach = list && sd_json_variant_is_array(list) && sd_json_variant_elements(list) > 0;
        service_peer_call(box->store, "io.provost.Store.GetSite", NULL, CALL_MS, on_site, box);
}

static void read_site(struct box *box)
{
        if (box->is_reading) {
                box->must_read_again = true;
                return;
        }
        box->is_reading = true;
        service_peer_call(box->store, "io.provost.Store.ListReach", NULL, CALL_MS, on_reach, box);
}

static void on_store_change(sd_json_variant *message, void *userdata)
{
        const char *kind = message ? string_of(message, "kind") : "";

        if (!message || text_equal(kind, "site") || text_equal(kind, "reach"))
                read_site(userdata);
        if (!message)
                box_clock_store_is_there(((struct box *)userdata)->clock);
}

/* --- the edge's certificates from pki ---------------------------------------- */

static void prepare_certificates(struct box *box);

static void on_prepared(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box *box = userdata;
        sd_json_variant *changed = reply ? sd_json_variant_by_key(reply, "changed") : NULL;

        box->is_preparing = false;
        /* An answer that did not come may have been "changed": the next one will not say so again. */
        if (error || (changed && sd_json_variant_boolean(changed)))
                box->must_reload_edge = true;
        if (box->must_prepare_again) {
                box->must_prepare_again = false;
        } else if (error) {
                log_event(LOG_LEVEL_ERROR, "certificates-failed", "error", error, "detail", string_of(reply, "reason"),
                          "reason", "pki did not make the certificates of the web edge; tried again.", NULL);
                try_later(&box->certificates_retry);
        } else {
                box->certificates_retry = (struct retry){0};
                box->has_certificates = true;
                box->is_certificate_due = false;
                box->certificates_at_ms = clock_monotonic_ms();
                if (box->must_reload_edge) {
                        box->must_reload_edge = false;
                        box->parts[PART_EDGE].must_reload = true;
                        box->parts[PART_EDGE].is_applied = false;
                        box->parts[PART_EDGE].is_changed_meanwhile = box->parts[PART_EDGE].is_busy;
                }
        }
        step(box);
}

/* The addresses of the page's cards; those of the site are known before the cards have them. */
static void choose_page_addresses(struct box *box)
{
        struct card cards[CARDS_MAX];
        const struct box_model *m = &box->model;
        size_t n_cards = 0, n = 0;

        if (m->is_page_on_lan)
                box->page_addresses[n++] = m->lan_address;
        if (m->is_page_on_uplink && m->uplink == BOX_MODEL_UPLINK_STATIC)
                box->page_addresses[n++] = m->uplink_address;
        if (cards_list(cards, &n_cards) == 0) {
                uint32_t found[CARDS_PAGE_MAX];
                size_t n_found = cards_page_addresses(m, cards, n_cards, found);

                for (size_t i = 0; i < n_found && n < CARDS_PAGE_MAX; i++)
                        if (found[i] != m->lan_address && found[i] != m->uplink_address)
                                box->page_addresses[n++] = found[i];
        }
        box->n_page_addresses = n;
}

static int add_texts(sd_json_variant **object, const char *name, const uint32_t *addresses, size_t n)
{
        char texts[CARDS_PAGE_MAX][TEXT_IPV4_SIZE], *list[CARDS_PAGE_MAX + 1] = {NULL};

        for (size_t i = 0; i < n && i < CARDS_PAGE_MAX; i++)
                list[i] = text_from_ipv4(addresses[i], texts[i]);
        return sd_json_variant_set_field_strv(object, name, list);
}

static int certificate_parameters(const struct box *box, sd_json_variant **ret_parameters)
{
        const struct box_model *m = &box->model;
        char *names[BOX_MODEL_NAMES_MAX + 1] = {NULL}, *page_names[] = {(char *)BOX_MODEL_PAGE_NAME, NULL};
        int r;

        for (size_t i = 0; i < m->n_names; i++)
                names[i] = (char *)m->names[i];
        r = sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR("names", SD_JSON_BUILD_STRV(names)),
                           SD_JSON_BUILD_PAIR("legacy", SD_JSON_BUILD_BOOLEAN(m->is_legacy)),
                           SD_JSON_BUILD_PAIR("page_names", SD_JSON_BUILD_STRV(page_names)));
        if (r >= 0)
                r = add_texts(ret_parameters, "addresses", m->addresses, m->n_addresses);
        if (r >= 0)
                r = add_texts(ret_parameters, "page_addresses", box->page_addresses, box->n_page_addresses);
        return r;
}

static void prepare_certificates(struct box *box)
{
        sd_json_variant *parameters = NULL;

        if (box->is_preparing || !may_try(&box->certificates_retry))
                return;
        if (!box->n_page_addresses)
                choose_page_addresses(box);
        if (certificate_parameters(box, &parameters) < 0) {
                sd_json_variant_unref(parameters);
                try_later(&box->certificates_retry);
                return;
        }
        box->is_preparing = true;
        service_peer_call(box->pki, "io.provost.Pki.PrepareEdge", parameters, PREPARE_MS, on_prepared, box);
        sd_json_variant_unref(parameters);
}

/* pki has other authorities, or came back: perhaps the edge's certificates are others now. */
static void on_pki_change(sd_json_variant *message, void *userdata)
{
        struct box *box = userdata;

        box->is_certificate_due = true;
        box->must_prepare_again = box->is_preparing;
        if (!message)
                box_clock_pki_is_there(box->clock);
        step(box);
}

/* Another time: certificates may have ended or not begun yet. */
static void on_clock_jump(void *userdata)
{
        struct box *box = userdata;

        box->is_certificate_due = true;
        box->must_prepare_again = box->is_preparing;
        box->certificates_retry = (struct retry){0};
        step(box);
}

static void on_clock_change(void *userdata)
{
        struct box *box = userdata;

        if (!box->has_model || box->model.is_setup)
                return;
        box->model.is_clock_a_floor = box_clock_is_floor(box->clock);
        want_clock(box);
        step(box);
}

/* --- one step ------------------------------------------------------------------ */

static void load_firewall(struct box *box)
{
        char problem[256] = "";

        if (!may_try(&box->firewall_retry))
                return;
        if (!box->firewall_text || firewall_load(box->firewall_text, problem, sizeof problem) < 0) {
                log_event(LOG_LEVEL_ERROR, "firewall-failed", "detail", problem,
                          "reason", "The rules were not loaded, the ones before stay in force; tried again.", NULL);
                try_later(&box->firewall_retry);
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

        if (!may_try(&box->links_retry))
                return;
        box->links_retry.at_ms = box->links_retry.wait_ms = 0;
        for (size_t i = 0; (card = forwarding_card(m, i)); i++) {
                int r = links_forward(card) == m->has_reach ? 0 : links_set_forward(card, m->has_reach);

                if (r < 0 && r != PV_EUNSET) {
                        log_event(LOG_LEVEL_ERROR, "forwarding-failed", "card", card, "detail", strerror(errno), "reason",
                                  "What phones may reach through the tunnel is not switched on this card; tried again.", NULL);
                        try_later(&box->links_retry);
                        return;
                }
        }
        log_event(LOG_LEVEL_INFO, "applied", "part", m->has_reach ? "forwarding-on" : "forwarding-off", NULL);
}

/* The process that had it ends by itself; systemd has its configuration from session, which took that away as well. */
static void remove_device(struct box *box)
{
        if (!may_try(&box->links_retry))
                return;
        if (links_remove(DEVICE_LEGACY) < 0) {
                log_event(LOG_LEVEL_ERROR, "remove-failed", "device", DEVICE_LEGACY, "detail", strerror(errno), NULL);
                try_later(&box->links_retry);
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
        try_later(&starter->retry);
        step(starter->box);
}

static void start_once(struct starter *starter)
{
        if (starter->is_told || !may_try(&starter->retry))
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
                prepare_certificates(box);
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

static void step(struct box *box)
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
                prepare_certificates(box);
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
        step(userdata);
}

static void on_addresses(void *userdata)
{
        step(userdata);
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
        parts_init(box);
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
                r = service_peer_subscribe(box->store, "io.provost.Store.Subscribe", NULL, on_store_change, box);
        if (r == 0)
                r = service_peer_subscribe(box->pki, "io.provost.Pki.Watch", NULL, on_pki_change, box);
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
        for (size_t i = 0; i < N_PARTS; i++)
                for (size_t j = 0; j < box->parts[i].n_files; j++)
                        free(box->parts[i].files[j].text);
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
