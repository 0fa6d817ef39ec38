/*
 * dhcp_server: from a datagram to a decision, to the disk, to an answer.
 *
 * In:   datagrams, ARP answers, the store's word that leases are durable, the time.
 * Out:  answers, ARP probes, groups of leases to make durable, timeline events.
 * Not:  no decision of its own (dhcp_policy), no bytes (dhcp_message, dhcp_answer), no descriptors (main).
 */
#include "provisioning/responder/dhcp_server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/responder/dhcp_answer.h"
#include "provisioning/responder/dhcp_message.h"
#include "provisioning/responder/dhcp_policy.h"
#include "provisioning/responder/strangers.h"

enum {
        N_WAITS = 256,
        N_WAITS_STRANGERS = 128,        /* the others stay for phones */
        PROBE_MS = 250,
        DECLINE_MS = 500,
        PROBED_FRESH_MS = 60000,
        OFFER_TRUSTED_MS = 60000,
        OFFER_STRANGER_MS = 10000,
        CONFLICT_MS = 600000,
        DECLINED_MS = 60000,
        STORE_AWAY_MS = 2000,
        LEASE_REST_MIN_MS = 1000,
        FLOOD_LINE_MS = 10000,
};

enum wait_kind {
        WAIT_NONE,
        WAIT_PROBE,                     /* for an ARP answer before the first offer */
        WAIT_DECLINE,                   /* for an ARP answer of whoever uses a declined address */
        WAIT_QUEUED,                    /* to be made durable */
        WAIT_IN_FLIGHT,
};

/* A request that cannot be answered at once, or a change without an answer. */
struct wait {
        enum wait_kind kind;
        uint64_t deadline_ms;
        struct dhcp_client client;
        struct dhcp_lease lease;        /* as it is to be on the disk */
        bool wants_answer;
        struct dhcp_policy_answer answer;
        struct mac source_mac;
        uint32_t address, source;
        size_t size;
        uint8_t payload[DHCP_MESSAGE_MAX];
};

struct dhcp_server {
        struct directory *directory;
        struct dhcp_lease_table *leases;
        struct dhcp_server_ops ops;
        struct dhcp_server_counts counts;
        bool is_ready, in_flight;
        uint64_t store_away_until_ms;
        struct strangers strangers;
        unsigned lines_left_out;
        uint64_t flood_line_ms;
        struct wait waits[N_WAITS];
        struct dhcp_lease group[N_WAITS];
};

/* One request on its way through. */
struct turn {
        const struct dhcp_server_datagram *datagram;
        struct dhcp_message message;
        struct dhcp_client client;
        struct directory_phone *phone;  /* NULL: unknown */
        struct dhcp_policy_facts facts;
        uint64_t now_ms;
};

int dhcp_server_new(struct directory *directory, struct dhcp_lease_table *leases, const struct dhcp_server_ops *ops,
                    struct dhcp_server **ret_server)
{
        struct dhcp_server *s = calloc(1, sizeof *s);

        if (!s)
                return PV_ENOMEM;
        s->directory = directory;
        s->leases = leases;
        s->ops = *ops;
        *ret_server = s;
        return 0;
}

void dhcp_server_free(struct dhcp_server *s)
{
        free(s);
}

void dhcp_server_set_ready(struct dhcp_server *s, bool is_ready)
{
        s->is_ready = is_ready;
}

bool dhcp_server_is_serving(const struct dhcp_server *s, const char **ret_reason)
{
        const struct site *site = directory_site(s->directory);

        if (!site)
                *ret_reason = "the site is not known yet: the store did not answer";
        else if (!site->complete)
                *ret_reason = "the site is not complete: see `provostctl site show`";
        else if (site->dhcp_mode == SITE_DHCP_MODE_OFF)
                *ret_reason = "the site has dhcp_mode off";
        else if (!s->is_ready)
                *ret_reason = "the leases are not read yet: the store did not answer";
        else
                return true;
        return false;
}

/* --- what is said of a decision --- */

static const char *word_of(const struct dhcp_policy_answer *answer)
{
        switch (answer->action) {
        case DHCP_POLICY_OFFER:
        case DHCP_POLICY_OFFER_NOTHING:
                return "dhcp-offer";
        case DHCP_POLICY_ACK:
                return "dhcp-ack";
        case DHCP_POLICY_NAK:
                return "dhcp-nak";
        case DHCP_POLICY_INFORM:
                return "dhcp-inform";
        case DHCP_POLICY_RELEASE:
                return "dhcp-release";
        case DHCP_POLICY_DECLINE:
                return "dhcp-decline";
        case DHCP_POLICY_PROBE:
        case DHCP_POLICY_SILENT:
        case DHCP_POLICY_OTHER_SERVER:
                break;
        }
        return "dhcp-silent";
}

static const char *type_text(enum dhcp_type type)
{
        static const char *const TEXT[] = {
                [DHCP_TYPE_DISCOVER] = "discover", [DHCP_TYPE_OFFER] = "offer",     [DHCP_TYPE_REQUEST] = "request",
                [DHCP_TYPE_DECLINE] = "decline",   [DHCP_TYPE_ACK] = "ack",         [DHCP_TYPE_NAK] = "nak",
                [DHCP_TYPE_RELEASE] = "release",   [DHCP_TYPE_INFORM] = "inform",
        };

        return TEXT[type];
}

static bool gives_parameters(const struct dhcp_policy_answer *answer)
{
        return answer->action == DHCP_POLICY_OFFER || answer->action == DHCP_POLICY_ACK ||
               answer->action == DHCP_POLICY_INFORM;
}

static void describe(const struct dhcp_message *m, const struct dhcp_policy_answer *answer, char *ret, size_t size)
{
        char address[TEXT_IPV4_SIZE];

        text_from_ipv4(answer->address ? answer->address : dhcp_policy_wanted(m), address);
        if (!gives_parameters(answer))
                (void)snprintf(ret, size, "%s%s%s: %s", type_text(m->type), strcmp(address, "0.0.0.0") ? " of " : "",
                               strcmp(address, "0.0.0.0") ? address : "", answer->reason);
        else if (answer->source)
                (void)snprintf(ret, size, "%s, source %s: %s", address, answer->source, answer->reason);
        else
                (void)snprintf(ret, size, "%s, plain lease: %s", address, answer->reason);
}

/* One log line and one event; those of strangers are bounded, so that they can fill neither journal nor disk. */
static void tell(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        char mac[MAC_TEXT_SIZE], address[TEXT_IPV4_SIZE], detail[SITE_URL_MAX + 192];
        const char *word = word_of(answer);
        /* What was refused in a phone's name may be anybody's work. */
        bool is_known = t->phone && t->phone->is_trusted && answer->action != DHCP_POLICY_SILENT;

        text_from_ipv4(answer->address ? answer->address : dhcp_policy_wanted(&t->message), address);
        if (is_known || strangers_may_log(&s->strangers, t->now_ms)) {
                if (s->lines_left_out && t->now_ms - s->flood_line_ms >= FLOOD_LINE_MS) {
                        log_reason(LOG_LEVEL_NOTICE, "dhcp-flood", "%u lines about unknown clients were left out",
                                   s->lines_left_out);
                        s->lines_left_out = 0;
                        s->flood_line_ms = t->now_ms;
                }
                log_event(LOG_LEVEL_INFO, word, "mac", mac_format(&t->client.mac, mac), "request",
                          type_text(t->message.type), "address", address, "source", answer->source, "reason",
                          answer->reason, NULL);
        } else {
                s->lines_left_out++;
        }
        if (is_known || strangers_may_tell(&s->strangers, t->now_ms)) {
                describe(&t->message, answer, detail, sizeof detail);
                s->ops.event(&t->client.mac, word, detail, s->ops.userdata);
        }
}

/* --- facts --- */

/* Option 61, or type and address of the hardware (RFC 2131 4.2). */
static int set_client(struct turn *t)
{
        const uint8_t *id;
        size_t size;

        t->client.mac = t->message.header.mac;
        t->client.is_trusted = t->phone && t->phone->is_trusted;
        t->client.reserved = t->phone ? t->phone->lan_address : 0;
        if (dhcp_message_bytes(&t->message, DHCP_CODE_CLIENT_ID, &id, &size) < 0 || size == 0) {
                t->client.id[0] = 1;
                memcpy(t->client.id + 1, t->client.mac.bytes, MAC_SIZE);
                t->client.id_size = 1 + MAC_SIZE;
                return 0;
        }
        if (size > sizeof t->client.id)
                return PV_ETOOLARGE;
        memcpy(t->client.id, id, size);
        t->client.id_size = size;
        return 0;
}

static const char *why_plain(const struct turn *t)
{
        if (!t->phone)
                return "unknown client";
        if (!strcmp(t->phone->state, "revoked"))
                return "phone is revoked";
        return "phone not approved";
}

static bool is_usable(enum dhcp_lease_view view)
{
        return view == DHCP_LEASE_VIEW_MINE || view == DHCP_LEASE_VIEW_FREE;
}

static void find_facts(struct dhcp_server *s, struct turn *t)
{
        struct dhcp_policy_facts *f = &t->facts;
        const struct dhcp_message *m = &t->message;
        uint32_t wanted = dhcp_policy_wanted(m);
        const char *why;

        f->site = directory_site(s->directory);
        f->is_serving = dhcp_server_is_serving(s, &why);
        f->is_trusted = t->client.is_trusted;
        f->is_from_itself = mac_equal(&t->datagram->source_mac, &m->header.mac) ||
                            (m->type == DHCP_TYPE_DECLINE && m->header.giaddr);
        f->plain_reason = why_plain(t);
        f->is_approved = t->phone && t->phone->is_approved;
        f->source = f->is_trusted ? directory_source_for(s->directory, t->phone, &f->plain_reason) : NULL;
        f->reserved = t->client.reserved;
        f->is_reserved_usable =
                f->reserved && is_usable(dhcp_lease_view(s->leases, f->reserved, &t->client, t->now_ms));

        const struct dhcp_lease *own = dhcp_lease_find(s->leases, &t->client);
        if (own) {
                f->held = own->address;
                f->is_held_live = own->ends_ms > t->now_ms && (own->state == DHCP_LEASE_STATE_BOUND ||
                                                               own->state == DHCP_LEASE_STATE_OFFERED);
                f->is_same_id = own->id_size == t->client.id_size && !memcmp(own->id, t->client.id, own->id_size);
        }
        f->wanted = dhcp_lease_view(s->leases, wanted, &t->client, t->now_ms);
        if (m->type != DHCP_TYPE_DISCOVER)
                return;
        f->choice = dhcp_lease_choose(s->leases, &t->client, wanted, t->now_ms);
        const struct dhcp_lease *there = dhcp_lease_at(s->leases, f->choice);
        f->is_choice_familiar = f->choice == f->held || f->choice == f->reserved ||
                                (there && there->probed_ms && t->now_ms - there->probed_ms < PROBED_FRESH_MS);
}

/* --- rates --- */

/*
 * Who sends pays: another station that uses a phone's MAC inside its message cannot use up what the
 * phone may send. What claims to come from a relay is counted apart.
 */
static bool is_within_rate(struct dhcp_server *s, const struct turn *t)
{
        bool is_relayed = t->message.header.giaddr != 0;
        const struct mac *sender = is_relayed ? &t->client.mac : &t->datagram->source_mac;
        struct directory_phone *phone = directory_phone_find(s->directory, sender);

        if (phone && phone->is_trusted)
                return directory_bucket_take(is_relayed ? &phone->relayed : &phone->bucket, t->now_ms, 20, 100);
        return strangers_may_send(&s->strangers, sender, t->now_ms);
}

/* --- waiting --- */

static struct wait *wait_find(struct dhcp_server *s, const struct mac *mac, uint32_t address, enum wait_kind kind)
{
        for (size_t i = 0; i < N_WAITS; i++) {
                struct wait *w = &s->waits[i];
                if (w->kind == kind && mac_equal(&w->client.mac, mac) && (!address || w->address == address))
                        return w;
        }
        return NULL;
}

static struct wait *wait_new(struct dhcp_server *s, const struct turn *t, uint32_t address)
{
        struct wait *free_one = NULL;
        size_t n_strangers = 0;

        for (size_t i = 0; i < N_WAITS; i++) {
                if (s->waits[i].kind == WAIT_NONE)
                        free_one = &s->waits[i];
                else
                        n_strangers += !s->waits[i].client.is_trusted;
        }
        if (!free_one || (!t->client.is_trusted && n_strangers >= N_WAITS_STRANGERS))
                return NULL;
        *free_one = (struct wait){.client = t->client, .address = address, .deadline_ms = UINT64_MAX};
        return free_one;
}

static void wait_keep_request(struct wait *w, const struct turn *t)
{
        w->source_mac = t->datagram->source_mac;
        w->source = t->datagram->source;
        w->size = t->datagram->size;
        memcpy(w->payload, t->datagram->payload, w->size);
}

/* --- answers --- */

static void send_answer(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        uint8_t bytes[DHCP_MESSAGE_MAX];
        size_t size;
        struct dhcp_policy_way way = dhcp_policy_way(&t->message, answer);

        int r = dhcp_answer_build(&t->message, answer, t->facts.site, bytes, &size);
        if (r == 0)
                r = s->ops.send(way.address, way.port, way.is_to_mac ? &t->message.header.mac : NULL, bytes, size,
                                s->ops.userdata);
        if (r < 0) {
                char mac[MAC_TEXT_SIZE];
                s->counts.refused++;
                log_event(LOG_LEVEL_WARNING, "dhcp-unsent", "mac", mac_format(&t->client.mac, mac), "reason",
                          pv_error_text(r), NULL);
                return;
        }
        s->counts.answers++;
        tell(s, t, answer);
}

static void stay_silent(struct dhcp_server *s, const struct turn *t, const char *reason)
{
        s->counts.refused++;
        tell(s, t, &(struct dhcp_policy_answer){.action = DHCP_POLICY_SILENT, .reason = reason});
}

static const char *hostname_of(const struct dhcp_message *m, char ret[static DHCP_LEASE_HOSTNAME_SIZE])
{
        const uint8_t *data;
        size_t n;

        if (dhcp_message_bytes(m, DHCP_CODE_HOSTNAME, &data, &n) < 0)
                return NULL;
        if (n >= DHCP_LEASE_HOSTNAME_SIZE)
                n = DHCP_LEASE_HOSTNAME_SIZE - 1;
        for (size_t i = 0; i < n; i++) {
                uint8_t c = data[i];
                bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                                c == '.' || c == '_';
                ret[i] = is_plain ? (char)c : '-';
        }
        ret[n] = '\0';
        return ret;
}

static void probe(struct dhcp_server *s, const struct turn *t, uint32_t address)
{
        struct wait *w = wait_new(s, t, address);

        if (!w || dhcp_lease_set(s->leases, address, DHCP_LEASE_STATE_OFFERED, &t->client, NULL,
                                 t->now_ms + OFFER_STRANGER_MS, t->now_ms) < 0) {
                stay_silent(s, t, "too many wait for an address at once");
                return;
        }
        w->kind = WAIT_PROBE;
        w->deadline_ms = t->now_ms + PROBE_MS;
        wait_keep_request(w, t);
        if (s->ops.probe(address, s->ops.userdata) < 0)
                w->kind = WAIT_NONE;    /* the link went away: the client asks again */
}

static void offer(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        char hostname[DHCP_LEASE_HOSTNAME_SIZE];
        uint64_t hold = t->client.is_trusted ? OFFER_TRUSTED_MS : OFFER_STRANGER_MS;

        if (dhcp_lease_set(s->leases, answer->address, DHCP_LEASE_STATE_OFFERED, &t->client,
                           hostname_of(&t->message, hostname), t->now_ms + hold, t->now_ms) < 0)
                stay_silent(s, t, "the table of leases is full");
        else
                send_answer(s, t, answer);
}

static void queue(struct wait *w, const struct dhcp_lease *lease)
{
        w->kind = WAIT_QUEUED;
        w->lease = *lease;
}

/* A change that nobody waits for. When there is no room the store learns of it when the address is used next. */
static void queue_change(struct dhcp_server *s, const struct turn *t, uint32_t address)
{
        struct wait *w = wait_new(s, t, address);
        const struct dhcp_lease *lease = dhcp_lease_at(s->leases, address);

        if (w && lease)
                queue(w, lease);
}

/* What the store surely has of this lease, in milliseconds from now. */
static uint64_t durable_rest(const struct dhcp_server *s, const struct dhcp_client *client, uint32_t address,
                             uint64_t now_ms)
{
        const struct dhcp_lease *l = dhcp_lease_at(s->leases, address);

        if (!l || l->state != DHCP_LEASE_STATE_BOUND || !mac_equal(&l->mac, &client->mac) ||
            l->durable_ends_ms < now_ms + LEASE_REST_MIN_MS)
                return 0;
        return l->durable_ends_ms - now_ms;
}

static void acknowledge_rest(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer,
                             uint64_t rest_ms)
{
        struct dhcp_policy_answer shorter = *answer;

        if (rest_ms / 1000 < shorter.lease_s)
                shorter.lease_s = (uint32_t)(rest_ms / 1000);
        send_answer(s, t, &shorter);
}

static void acknowledge(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        char hostname[DHCP_LEASE_HOSTNAME_SIZE];
        uint64_t full_ms = (uint64_t)answer->lease_s * 1000;
        uint64_t rest_ms = durable_rest(s, &t->client, answer->address, t->now_ms);
        /* An ACK says what the OFFER said (RFC 2131 4.3.2), so a client that was offered the full time gets it. */
        bool is_again = !dhcp_message_has(&t->message, DHCP_CODE_SERVER) && rest_ms >= full_ms - full_ms / 16;

        /* Asked again a moment later, or the store is away: what is on the disk already may be promised. */
        if (rest_ms > 0 && (is_again || t->now_ms < s->store_away_until_ms)) {
                acknowledge_rest(s, t, answer, rest_ms);
                return;
        }
        struct wait *w = wait_find(s, &t->client.mac, answer->address, WAIT_QUEUED);
        if (!w)
                w = wait_find(s, &t->client.mac, answer->address, WAIT_IN_FLIGHT);
        if (w && w->wants_answer) {
                wait_keep_request(w, t);        /* the same again: it is answered once, to the newest */
                return;
        }
        w = wait_new(s, t, answer->address);
        if (!w || dhcp_lease_set(s->leases, answer->address, DHCP_LEASE_STATE_BOUND, &t->client,
                                 hostname_of(&t->message, hostname), t->now_ms + full_ms, t->now_ms) < 0) {
                stay_silent(s, t, "too many wait for the store at once");
                return;
        }
        wait_keep_request(w, t);
        w->wants_answer = true;
        w->answer = *answer;
        queue(w, dhcp_lease_at(s->leases, answer->address));
}

static void let_go(struct dhcp_server *s, const struct turn *t)
{
        const struct dhcp_lease *own = dhcp_lease_find(s->leases, &t->client);

        if (own && own->state == DHCP_LEASE_STATE_OFFERED)
                (void)!dhcp_lease_set(s->leases, own->address, DHCP_LEASE_STATE_OFFERED, &t->client, NULL, 0, t->now_ms);
}

static void release(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        if (dhcp_lease_set(s->leases, answer->address, DHCP_LEASE_STATE_RELEASED, &t->client, NULL, t->now_ms,
                           t->now_ms) == 0)
                queue_change(s, t, answer->address);
        tell(s, t, answer);
}

/* A decline is believed after a look at the wire: a forged one would rob its holder. */
static void decline(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        if (wait_find(s, &t->client.mac, answer->address, WAIT_DECLINE))
                return;
        struct wait *w = wait_new(s, t, answer->address);
        if (!w || s->ops.probe(answer->address, s->ops.userdata) < 0) {
                stay_silent(s, t, "too many wait for an address at once");
                return;
        }
        w->kind = WAIT_DECLINE;
        w->deadline_ms = t->now_ms + DECLINE_MS;
        w->answer = *answer;
        wait_keep_request(w, t);
}

static void act(struct dhcp_server *s, const struct turn *t, const struct dhcp_policy_answer *answer)
{
        switch (answer->action) {
        case DHCP_POLICY_OFFER:
                offer(s, t, answer);
                break;
        case DHCP_POLICY_PROBE:
                probe(s, t, answer->address);
                break;
        case DHCP_POLICY_ACK:
                acknowledge(s, t, answer);
                break;
        case DHCP_POLICY_NAK:
        case DHCP_POLICY_INFORM:
        case DHCP_POLICY_OFFER_NOTHING:
                send_answer(s, t, answer);
                break;
        case DHCP_POLICY_RELEASE:
                release(s, t, answer);
                break;
        case DHCP_POLICY_DECLINE:
                decline(s, t, answer);
                break;
        case DHCP_POLICY_OTHER_SERVER:
                let_go(s, t);
                stay_silent(s, t, answer->reason);
                break;
        case DHCP_POLICY_SILENT:
                stay_silent(s, t, answer->reason);
                break;
        }
}

/* --- in --- */

static int begin(struct dhcp_server *s, const struct dhcp_server_datagram *datagram, uint64_t now_ms, struct turn *t)
{
        memset(t, 0, sizeof *t);
        t->datagram = datagram;
        t->now_ms = now_ms;
        int r = dhcp_message_parse(datagram->payload, datagram->size, &t->message);
        if (r < 0)
                return r;
        t->phone = directory_phone_find(s->directory, &t->message.header.mac);
        return set_client(t);
}

static void decide_and_act(struct dhcp_server *s, struct turn *t)
{
        find_facts(s, t);
        struct dhcp_policy_answer answer = dhcp_policy_decide(&t->message, &t->facts);
        act(s, t, &answer);
}

void dhcp_server_input(struct dhcp_server *s, const struct dhcp_server_datagram *datagram, uint64_t now_ms)
{
        struct turn t;
        const char *why;

        s->counts.requests++;
        if (!directory_site(s->directory) || begin(s, datagram, now_ms, &t) < 0 || !is_within_rate(s, &t)) {
                s->counts.refused++;
                return;
        }
        /* Also where somebody else is the DHCP server: what is heard is evidence. */
        s->ops.seen(&t.message, now_ms, s->ops.userdata);
        if (!dhcp_server_is_serving(s, &why)) {
                s->counts.refused++;
                return;
        }
        struct wait *w = wait_find(s, &t.client.mac, 0, WAIT_PROBE);
        if (w && t.message.type == DHCP_TYPE_DISCOVER) {
                wait_keep_request(w, &t);       /* the newest is answered when the probe is over */
                return;
        }
        decide_and_act(s, &t);
}

/* The request of a wait once more. The wait is free afterwards. */
static int resume(struct dhcp_server *s, struct wait *w, uint64_t now_ms, struct wait *ret_copy,
                  struct dhcp_server_datagram *ret_datagram, struct turn *ret_turn)
{
        *ret_copy = *w;
        w->kind = WAIT_NONE;
        *ret_datagram = (struct dhcp_server_datagram){
                .source = ret_copy->source,
                .source_mac = ret_copy->source_mac,
                .payload = ret_copy->payload,
                .size = ret_copy->size,
        };
        return begin(s, ret_datagram, now_ms, ret_turn);
}

static void probe_ended(struct dhcp_server *s, struct wait *w, uint64_t now_ms)
{
        struct dhcp_server_datagram datagram;
        struct wait copy;
        struct turn t;

        dhcp_lease_mark_probed(s->leases, w->address, now_ms);
        if (resume(s, w, now_ms, &copy, &datagram, &t) == 0)
                decide_and_act(s, &t);
}

static void conflict(struct dhcp_server *s, struct wait *w, const struct mac *mac, uint64_t now_ms)
{
        struct dhcp_server_datagram datagram;
        char address[TEXT_IPV4_SIZE], other[MAC_TEXT_SIZE];
        struct wait copy;
        struct turn t;

        if (resume(s, w, now_ms, &copy, &datagram, &t) < 0)
                return;
        log_event(LOG_LEVEL_WARNING, "address-conflict", "address", text_from_ipv4(copy.address, address), "mac",
                  mac_format(mac, other), "reason", "another station uses this address; it is left alone for ten minutes",
                  NULL);
        if (dhcp_lease_set(s->leases, copy.address, DHCP_LEASE_STATE_CONFLICT, &t.client, NULL, now_ms + CONFLICT_MS,
                           now_ms) == 0)
                queue_change(s, &t, copy.address);
        if (copy.kind == WAIT_DECLINE)
                tell(s, &t, &copy.answer);
        else
                decide_and_act(s, &t);
}

static void decline_ended(struct dhcp_server *s, struct wait *w, bool is_holder_there, uint64_t now_ms)
{
        struct dhcp_server_datagram datagram;
        struct wait copy;
        struct turn t;

        if (resume(s, w, now_ms, &copy, &datagram, &t) < 0)
                return;
        if (is_holder_there) {
                stay_silent(s, &t, "ignored: the holder still answers at this address");
                return;
        }
        if (dhcp_lease_set(s->leases, copy.address, DHCP_LEASE_STATE_DECLINED, &t.client, NULL, now_ms + DECLINED_MS,
                           now_ms) == 0)
                queue_change(s, &t, copy.address);
        tell(s, &t, &copy.answer);
}

void dhcp_server_arp_seen(struct dhcp_server *s, uint32_t address, const struct mac *mac, uint64_t now_ms)
{
        for (size_t i = 0; i < N_WAITS; i++) {
                struct wait *w = &s->waits[i];
                if ((w->kind != WAIT_PROBE && w->kind != WAIT_DECLINE) || w->address != address)
                        continue;
                bool is_itself = mac_equal(mac, &w->client.mac);
                if (!is_itself)
                        conflict(s, w, mac, now_ms);
                else if (w->kind == WAIT_PROBE)
                        probe_ended(s, w, now_ms);
                else
                        decline_ended(s, w, true, now_ms);
        }
}

/* --- the disk --- */

/* As the lease is now: of two changes of one address in a group, the order then does not matter. */
static bool take_for_disk(struct dhcp_server *s, struct wait *w, struct dhcp_lease *ret_lease)
{
        const struct dhcp_lease *now = dhcp_lease_at(s->leases, w->address);

        if (now)
                w->lease = *now;
        w->kind = w->lease.state == DHCP_LEASE_STATE_OFFERED ? WAIT_NONE : WAIT_IN_FLIGHT;
        if (w->kind == WAIT_NONE)
                return false;                   /* offered to somebody else meanwhile: nothing to keep */
        *ret_lease = w->lease;
        return true;
}

void dhcp_server_flush(struct dhcp_server *s, uint64_t now_ms)
{
        size_t n = 0;

        (void)now_ms;
        if (s->in_flight)
                return;
        for (size_t i = 0; i < N_WAITS; i++)
                if (s->waits[i].kind == WAIT_QUEUED)
                        n += take_for_disk(s, &s->waits[i], &s->group[n]);
        if (n == 0)
                return;
        s->in_flight = true;
        s->ops.commit(s->group, n, s->ops.userdata);
}

/* Trust is asked again: it may have ended while the disk was busy. */
static void answer_committed(struct dhcp_server *s, struct wait *w, bool is_done, uint64_t now_ms)
{
        struct dhcp_server_datagram datagram;
        struct wait copy;
        struct turn t;

        if (resume(s, w, now_ms, &copy, &datagram, &t) < 0)
                return;
        find_facts(s, &t);
        struct dhcp_policy_answer answer = copy.answer;
        answer.source = t.facts.is_trusted ? t.facts.source : NULL;
        answer.reason = answer.source ? copy.answer.reason : t.facts.plain_reason;
        uint64_t rest_ms = durable_rest(s, &t.client, answer.address, now_ms);
        if (!t.facts.is_serving)
                stay_silent(s, &t, "not serving");
        else if (is_done && rest_ms > 0)
                send_answer(s, &t, &answer);
        else if (rest_ms > 0)
                acknowledge_rest(s, &t, &answer, rest_ms);
        else
                stay_silent(s, &t, "the lease could not be stored; the client asks again");
}

static void settle(struct dhcp_server *s, struct wait *w, bool is_done, uint64_t now_ms)
{
        const struct dhcp_lease *l = dhcp_lease_at(s->leases, w->address);
        bool is_still = l && l->state == DHCP_LEASE_STATE_BOUND && mac_equal(&l->mac, &w->client.mac);

        if (w->lease.state == DHCP_LEASE_STATE_BOUND && is_still) {
                if (is_done)
                        dhcp_lease_mark_durable(s->leases, w->address, w->lease.ends_ms);
                else
                        dhcp_lease_undo(s->leases, w->address, now_ms);
        }
        if (w->wants_answer)
                answer_committed(s, w, is_done, now_ms);
        else
                w->kind = WAIT_NONE;
}

void dhcp_server_committed(struct dhcp_server *s, bool is_done, uint64_t now_ms)
{
        assert(s->in_flight);
        s->in_flight = false;
        s->store_away_until_ms = is_done ? 0 : now_ms + STORE_AWAY_MS;
        for (size_t i = 0; i < N_WAITS; i++)
                if (s->waits[i].kind == WAIT_IN_FLIGHT)
                        settle(s, &s->waits[i], is_done, now_ms);
        dhcp_server_flush(s, now_ms);
}

/* --- time --- */

void dhcp_server_tick(struct dhcp_server *s, uint64_t now_ms)
{
        for (size_t i = 0; i < N_WAITS; i++) {
                struct wait *w = &s->waits[i];
                if (w->deadline_ms > now_ms)
                        continue;
                if (w->kind == WAIT_PROBE)
                        probe_ended(s, w, now_ms);
                else if (w->kind == WAIT_DECLINE)
                        decline_ended(s, w, false, now_ms);
        }
}

uint64_t dhcp_server_next_ms(const struct dhcp_server *s)
{
        uint64_t next = UINT64_MAX;

        for (size_t i = 0; i < N_WAITS; i++)
                if ((s->waits[i].kind == WAIT_PROBE || s->waits[i].kind == WAIT_DECLINE) && s->waits[i].deadline_ms < next)
                        next = s->waits[i].deadline_ms;
        return next;
}

struct dhcp_server_counts dhcp_server_counts(const struct dhcp_server *s)
{
        return s->counts;
}
