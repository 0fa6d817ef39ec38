/*
 * pnp_server: from a SUBSCRIBE to a decision, to an answer and a NOTIFY, until the phone took it.
 *
 * In:   datagrams to port 5060, the time.
 * Out:  200 OK, NOTIFY and its repetitions; timeline events, sightings.
 * Not:  no decision of its own (pnp_policy), no bytes (pnp_message, pnp_reply), no descriptors (main).
 */
#include "provisioning/responder/pnp_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/responder/pnp_message.h"
#include "provisioning/responder/pnp_policy.h"
#include "provisioning/responder/pnp_reply.h"
#include "provisioning/responder/strangers.h"

enum {
        N_NOTIFIES = 256,
        TRIES = 5,
        T1_MS = 500,                    /* RFC 3261 17.1.2.2: timer E doubles from T1 up to T2 */
        T2_MS = 4000,
        FLOOD_LINE_MS = 10000,
        RANDOM_SIZE = 8,
};

static const char BRANCH_START[] = "z9hG4bK";   /* RFC 3261 8.1.1.7 */

/* A NOTIFY that the phone has not answered yet. */
struct notify {
        bool is_used;
        struct mac mac;
        uint32_t to;
        uint16_t port;
        unsigned tries;
        uint64_t due_ms;
        uint32_t cseq;                  /* of the SUBSCRIBE, to know it again */
        char call_id[PNP_VALUE_SIZE];
        char branch[sizeof BRANCH_START + 2 * RANDOM_SIZE];
        char tag[2 * RANDOM_SIZE + 1];
        char url[SITE_URL_MAX];
        size_t size;
        uint8_t bytes[PNP_MESSAGE_MAX];
};

struct pnp_server {
        struct directory *directory;
        struct pnp_server_ops ops;
        struct pnp_server_counts counts;
        struct strangers strangers;
        unsigned lines_left_out;
        uint64_t flood_line_ms;
        struct notify notifies[N_NOTIFIES];
};

/* One datagram on its way through. */
struct turn {
        const struct pnp_server_datagram *datagram;
        struct pnp_message message;
        struct directory_phone *phone;  /* NULL: unknown */
        uint64_t now_ms;
};

int pnp_server_new(struct directory *directory, const struct pnp_server_ops *ops, struct pnp_server **ret_server)
{
        struct pnp_server *s = calloc(1, sizeof *s);

        if (!s)
                return PV_ENOMEM;
        s->directory = directory;
        s->ops = *ops;
        *ret_server = s;
        return 0;
}

void pnp_server_free(struct pnp_server *s)
{
        free(s);
}

bool pnp_server_is_on(const struct pnp_server *s)
{
        const struct site *site = directory_site(s->directory);

        return site && site->complete && site->pnp_mode == SITE_PNP_MODE_ON;
}

/* --- what is said of a decision --- */

/* One log line and one event; those of strangers are bounded, so that they can fill neither journal nor disk. */
static void tell(struct pnp_server *s, const struct mac *mac, uint32_t from, const char *word, const char *url,
                 const char *reason, uint64_t now_ms)
{
        char text[MAC_TEXT_SIZE], address[TEXT_IPV4_SIZE], detail[SITE_URL_MAX + 192];
        bool is_known = strcmp(word, "pnp-silent") != 0;

        text_from_ipv4(from, address);
        if (is_known || strangers_may_log(&s->strangers, now_ms)) {
                if (s->lines_left_out && now_ms - s->flood_line_ms >= FLOOD_LINE_MS) {
                        log_reason(LOG_LEVEL_NOTICE, "pnp-flood", "%u lines about unknown stations were left out",
                                   s->lines_left_out);
                        s->lines_left_out = 0;
                        s->flood_line_ms = now_ms;
                }
                log_event(LOG_LEVEL_INFO, word, "mac", mac_format(mac, text), "address", address, "source", url, "reason", reason,
                          NULL);
        } else {
                s->lines_left_out++;
        }
        if (is_known || strangers_may_tell(&s->strangers, now_ms)) {
                (void)snprintf(detail, sizeof detail, "%s%s%s: %s", address, url ? ", source " : "", url ? url : "", reason);
                s->ops.event(mac, word, detail, s->ops.userdata);
        }
}

static void stay_silent(struct pnp_server *s, const struct turn *t, const char *reason)
{
        s->counts.refused++;
        tell(s, &t->datagram->source_mac, t->datagram->source, "pnp-silent", NULL, reason, t->now_ms);
}

/* --- rates --- */

/* Who sends pays: counted on the station of the frame, before anything in the message is believed. */
static bool is_within_rate(struct pnp_server *s, const struct mac *sender, uint64_t now_ms)
{
        struct directory_phone *phone = directory_phone_find(s->directory, sender);

        if (phone && phone->is_trusted)
                return directory_bucket_take(&phone->pnp, now_ms, 2, 20);
        return strangers_may_send(&s->strangers, sender, now_ms);
}

/* --- NOTIFYs under way --- */

static struct notify *notify_of(struct pnp_server *s, const struct mac *mac)
{
        struct notify *free_one = NULL;

        for (size_t i = 0; i < N_NOTIFIES; i++) {
                struct notify *n = &s->notifies[i];
                if (n->is_used && mac_equal(&n->mac, mac))
                        return n;
                if (!n->is_used && !free_one)
                        free_one = n;
        }
        return free_one;
}

static bool is_repeated(const struct notify *n, const struct pnp_message *m)
{
        return n->is_used && n->cseq == m->cseq && !strcmp(n->call_id, m->call_id);
}

static uint64_t pause_ms(unsigned tries)
{
        uint64_t pause = (uint64_t)T1_MS << (tries - 1);

        return pause < T2_MS ? pause : T2_MS;
}

static void send_notify(struct pnp_server *s, struct notify *n, uint64_t now_ms)
{
        n->tries++;
        n->due_ms = now_ms + pause_ms(n->tries);
        if (s->ops.send(n->to, n->port, &n->mac, n->bytes, n->size, s->ops.userdata) < 0)
                log_reason(LOG_LEVEL_WARNING, "pnp-unsent", "a NOTIFY could not be sent; it is tried again");
}

static int make_notify(struct pnp_server *s, struct notify *n, const struct turn *t, const char *url)
{
        uint8_t random[2 * RANDOM_SIZE];
        const struct pnp_message *m = &t->message;

        *n = (struct notify){.mac = m->mac, .to = t->datagram->source, .port = m->contact_port, .cseq = m->cseq};
        s->ops.random(random, sizeof random, s->ops.userdata);
        memcpy(n->branch, BRANCH_START, sizeof BRANCH_START);
        text_hex(n->branch + sizeof BRANCH_START - 1, random, RANDOM_SIZE);
        text_hex(n->tag, random + RANDOM_SIZE, RANDOM_SIZE);
        struct pnp_reply_ends ends = {.ours = directory_site(s->directory)->lan_address, .theirs = n->to, .tag = n->tag};
        int r = text_copy(n->call_id, sizeof n->call_id, m->call_id);
        if (r == 0)
                r = text_copy(n->url, sizeof n->url, url);
        if (r == 0)
                r = pnp_reply_notify(m, &ends, n->branch, url, n->bytes, &n->size);
        n->is_used = r == 0;
        return r;
}

static int send_accept(struct pnp_server *s, const struct notify *n, const struct turn *t)
{
        uint8_t bytes[PNP_MESSAGE_MAX];
        size_t size;
        const struct pnp_server_datagram *d = t->datagram;
        struct pnp_reply_ends ends = {
                .ours = directory_site(s->directory)->lan_address,
                .theirs = d->source,
                .their_port = d->source_port,
                .tag = n->tag,
        };

        int r = pnp_reply_accept(&t->message, &ends, bytes, &size);
        if (r < 0)
                return r;
        /* RFC 3261 18.2.2, RFC 3581 4 */
        uint16_t port = t->message.rport_at ? d->source_port : t->message.via_port;
        return s->ops.send(d->source, port, &d->source_mac, bytes, size, s->ops.userdata);
}

static void answer(struct pnp_server *s, const struct turn *t, const struct pnp_policy_answer *a)
{
        struct notify *n = notify_of(s, &t->message.mac);

        if (!n) {
                stay_silent(s, t, "too many phones wait for their NOTIFY at once");
                return;
        }
        if (is_repeated(n, &t->message)) {      /* our answer was lost; the NOTIFY comes again by itself */
                (void)!send_accept(s, n, t);
                return;
        }
        if (make_notify(s, n, t, a->url) < 0 || send_accept(s, n, t) < 0) {
                n->is_used = false;
                stay_silent(s, t, "the answer could not be sent");
                return;
        }
        s->counts.answers++;
        send_notify(s, n, t->now_ms);
        tell(s, &n->mac, n->to, "pnp-notify", a->url, a->reason, t->now_ms);
}

/* --- in --- */

static const char *why_plain(const struct turn *t)
{
        if (!t->phone)
                return "unknown phone";
        if (!strcmp(t->phone->state, "revoked"))
                return "phone is revoked";
        return "phone not approved";
}

static void on_subscribe(struct pnp_server *s, struct turn *t)
{
        const struct pnp_server_datagram *d = t->datagram;
        struct pnp_policy_facts facts = {.site = directory_site(s->directory), .from = d->source, .to = d->destination};

        t->phone = t->message.has_mac ? directory_phone_find(s->directory, &t->message.mac) : NULL;
        facts.is_from_itself = t->message.has_mac && mac_equal(&t->message.mac, &d->source_mac);
        facts.is_trusted = t->phone && t->phone->is_trusted;
        facts.plain_reason = why_plain(t);
        facts.is_approved = t->phone && t->phone->is_approved;
        facts.source = facts.is_trusted ? directory_source_for(s->directory, t->phone, &facts.plain_reason) : NULL;
        if (facts.is_from_itself)
                s->ops.seen(&t->message, d->source, t->now_ms, s->ops.userdata);
        struct pnp_policy_answer a = pnp_policy_decide(&t->message, &facts);
        if (a.url)
                answer(s, t, &a);
        else
                stay_silent(s, t, a.reason);
}

/* Only the phone that was asked can answer, and only for the transaction that is under way (RFC 3261 17.1.3). */
static void on_response(struct pnp_server *s, const struct turn *t)
{
        const struct pnp_message *m = &t->message;
        const struct pnp_server_datagram *d = t->datagram;
        struct notify *n = notify_of(s, &d->source_mac);
        char reason[64];
        bool is_taken = m->status < 300;

        if (!n || !n->is_used || d->source != n->to || strcmp(m->branch, n->branch) != 0 ||
            strcmp(m->cseq_method, "NOTIFY") != 0 || m->status < 200) {
                s->counts.refused++;
                return;
        }
        n->is_used = false;
        (void)snprintf(reason, sizeof reason, "the phone %s it with %u", is_taken ? "took" : "refused", m->status);
        tell(s, &n->mac, n->to, is_taken ? "pnp-taken" : "pnp-refused", n->url, reason, t->now_ms);
}

void pnp_server_input(struct pnp_server *s, const struct pnp_server_datagram *datagram, uint64_t now_ms)
{
        struct turn t = {.datagram = datagram, .now_ms = now_ms};

        s->counts.requests++;
        if (!pnp_server_is_on(s) || !is_within_rate(s, &datagram->source_mac, now_ms)) {
                s->counts.refused++;
                return;
        }
        if (pnp_message_parse(datagram->payload, datagram->size, &t.message) < 0)
                stay_silent(s, &t, "no SIP message that can be read");
        else if (t.message.kind == PNP_KIND_SUBSCRIBE)
                on_subscribe(s, &t);
        else if (t.message.kind == PNP_KIND_RESPONSE)
                on_response(s, &t);
        else
                s->counts.refused++;
}

/* --- time --- */

/* Trust is asked again before each repetition: it may have ended. */
static const char *why_no_more(const struct pnp_server *s, const struct notify *n)
{
        struct directory_phone *phone = directory_phone_find(s->directory, &n->mac);
        const char *why = NULL, *source;

        if (!pnp_server_is_on(s))
                return "PnP was switched off";
        if (!phone || !phone->is_trusted)
                return "the phone is not trusted any more";
        source = directory_source_for(s->directory, phone, &why);
        if (!source)
                return why;
        return strcmp(source, n->url) ? "the bootstrap URL changed; the phone asks again" : NULL;
}

static void repeat(struct pnp_server *s, struct notify *n, uint64_t now_ms)
{
        const char *why_not = why_no_more(s, n);

        if (!why_not && n->tries < TRIES) {
                send_notify(s, n, now_ms);
                return;
        }
        n->is_used = false;
        tell(s, &n->mac, n->to, "pnp-silent", NULL, why_not ? why_not : "the phone did not answer five NOTIFYs", now_ms);
}

void pnp_server_tick(struct pnp_server *s, uint64_t now_ms)
{
        for (size_t i = 0; i < N_NOTIFIES; i++)
                if (s->notifies[i].is_used && s->notifies[i].due_ms <= now_ms)
                        repeat(s, &s->notifies[i], now_ms);
}

uint64_t pnp_server_next_ms(const struct pnp_server *s)
{
        uint64_t next = UINT64_MAX;

        for (size_t i = 0; i < N_NOTIFIES; i++)
                if (s->notifies[i].is_used && s->notifies[i].due_ms < next)
                        next = s->notifies[i].due_ms;
        return next;
}

void pnp_server_forget(struct pnp_server *s)
{
        for (size_t i = 0; i < N_NOTIFIES; i++)
                s->notifies[i].is_used = false;
}

struct pnp_server_counts pnp_server_counts(const struct pnp_server *s)
{
        return s->counts;
}
