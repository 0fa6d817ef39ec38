/*
 * rogue_watch: who else answers phones on this LAN.
 *
 * In:   DHCP replies and SIP messages of other hosts, the time.
 * Out:  a question each minute as a phone that does not exist; a table of those who are up to something; alarms.
 * Not:  no verdict (rogue_policy); nothing is done against them: that is for the admin and the switch.
 */
#include "provisioning/responder/rogue_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "provisioning/responder/pnp_message.h"

enum {
        FIRST_ASK_MS = 2000,            /* the link of a switch port needs a moment */
        ALARMS_PER_SECOND = 5,          /* each is a transaction of the store; those above it wait */
        ALARMS_AT_ONCE = 30,
        WAIT_MS = 250,
        HEARD_PER_SECOND = 50,          /* of all others together: a flood is counted, not read */
        TOKEN_BYTES = 8,
        OP_REQUEST = 1,
        HOPS_NONE = 0,
};

/* As a Snom phone asks (snom.md 4). */
static const char MODEL[] = "snomD785", VERSION[] = "10.1.169.16";
static const uint8_t WANTED[] = {1, 3, 4, 6, 12, 15, 42, 43, 51, 66, 67, 120, 125, 132, 133};
static const uint8_t SNOM[] = {0x00, 0x04, 0x13};

struct rogue_watch {
        struct directory *directory;
        struct rogue_watch_ops ops;
        struct mac phone;               /* that does not exist */
        char token[2 * TOKEN_BYTES + 1];        /* of its Call-ID: by it we know what is said to it */
        struct directory_bucket heard, alarms;
        struct left {
                const char *kind;       /* NULL: nothing here */
                struct mac mac;
                uint64_t since_ms;
        } left[ROGUE_WATCH_MAX];        /* alarms that were open before */
        struct rogue rogues[ROGUE_WATCH_MAX];
        size_t n_rogues;
        uint64_t ask_ms;                /* UINT64_MAX: while it is off */
        uint64_t untold_ms;             /* an alarm waits to be told; 0 none */
        bool was_on;
};

static bool is_on(const struct rogue_watch *w)
{
        const struct site *site = directory_site(w->directory);

        return site && site->complete && site->rogue_watch == SITE_ROGUE_WATCH_ON;
}

int rogue_watch_new(struct directory *directory, const struct rogue_watch_ops *ops, struct rogue_watch **ret_watch)
{
        struct rogue_watch *w = calloc(1, sizeof *w);
        uint8_t token[TOKEN_BYTES];

        if (!w)
                return PV_ENOMEM;
        w->directory = directory;
        w->ops = *ops;
        w->ops.random(token, sizeof token, w->ops.userdata);
        text_hex(w->token, token, sizeof token);
        memcpy(w->phone.bytes, SNOM, sizeof SNOM);
        memcpy(w->phone.bytes + sizeof SNOM, token, sizeof w->phone.bytes - sizeof SNOM);
        *ret_watch = w;
        return 0;
}

void rogue_watch_free(struct rogue_watch *w)
{
        free(w);
}

/* --- the table --- */

static bool is_same(const struct rogue *a, const struct rogue *b)
{
        return a->kind == b->kind && mac_equal(&a->mac, &b->mac) && a->server == b->server;
}

/* --- alarms that are over --- */

static bool is_raised_elsewhere(const struct rogue_watch *w, const struct rogue *self, const char *kind, const struct mac *mac)
{
        for (size_t i = 0; i < w->n_rogues; i++) {
                const struct rogue *r = &w->rogues[i];
                if (r != self && r->is_raised && mac_equal(&r->mac, mac) && text_equal(rogue_kind_alarm(r->kind), kind))
                        return true;
        }
        return false;
}

static void end_alarm(struct rogue_watch *w, struct rogue *r)
{
        const char *kind = rogue_kind_alarm(r->kind);

        if (!r->is_raised)
                return;
        r->is_raised = false;
        if (!is_raised_elsewhere(w, r, kind, &r->mac))
                w->ops.over(kind, &r->mac, w->ops.userdata);
}

static bool is_known(const struct rogue_watch *w, const struct mac *mac)
{
        const struct site *site = directory_site(w->directory);

        for (size_t i = 0; i < site->n_known_servers; i++)
                if (mac_equal(&site->known_servers[i], mac))
                        return true;
        return false;
}

static void look_for_ends(struct rogue_watch *w, uint64_t now_ms)
{
        for (size_t i = 0; i < w->n_rogues; i++) {
                struct rogue *r = &w->rogues[i];
                r->is_known = is_known(w, &r->mac);
                if (r->is_known || now_ms - r->last_ms >= ROGUE_WATCH_GONE_MS)
                        end_alarm(w, r);
        }
        for (size_t i = 0; i < ROGUE_WATCH_MAX; i++) {
                struct left *l = &w->left[i];
                if (!l->kind || (!is_known(w, &l->mac) && now_ms - l->since_ms < ROGUE_WATCH_GONE_MS))
                        continue;
                if (!is_raised_elsewhere(w, NULL, l->kind, &l->mac))
                        w->ops.over(l->kind, &l->mac, w->ops.userdata);
                l->kind = NULL;
        }
}

void rogue_watch_adopt(struct rogue_watch *w, const char *kind, const struct mac *mac, uint64_t now_ms)
{
        static const enum rogue_kind KINDS[] = {ROGUE_SOURCE, ROGUE_PNP};

        for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
                if (!text_equal(kind, rogue_kind_alarm(KINDS[k])))
                        continue;
                for (size_t i = 0; i < ROGUE_WATCH_MAX; i++)
                        if (!w->left[i].kind) {
                                w->left[i] = (struct left){.kind = rogue_kind_alarm(KINDS[k]), .mac = *mac, .since_ms = now_ms};
                                return;
                        }
        }
}

/* --- hearing of one --- */

/* The one not heard for longest gives way; of those with an open alarm only when there is no other. */
static struct rogue *place_for(struct rogue_watch *w, const struct rogue *rogue)
{
        struct rogue *oldest = &w->rogues[0];

        for (size_t i = 0; i < w->n_rogues; i++) {
                struct rogue *r = &w->rogues[i];
                if (is_same(r, rogue))
                        return r;
                if (r->is_raised < oldest->is_raised || (r->is_raised == oldest->is_raised && r->last_ms < oldest->last_ms))
                        oldest = r;
        }
        if (w->n_rogues < ROGUE_WATCH_MAX)
                oldest = &w->rogues[w->n_rogues++];
        else
                end_alarm(w, oldest);
        memset(oldest, 0, sizeof *oldest);
        return oldest;
}

static void tell(struct rogue_watch *w, struct rogue *r, uint64_t now_ms)
{
        if (r->is_known || rogue_kind_is_harmless(r->kind) || (!r->is_untold && now_ms - r->told_ms < ROGUE_WATCH_AGAIN_MS))
                return;
        if (!directory_bucket_take(&w->alarms, now_ms, ALARMS_PER_SECOND, ALARMS_AT_ONCE)) {
                r->is_untold = true;
                w->untold_ms = now_ms + WAIT_MS;
                return;
        }
        r->told_ms = now_ms;
        r->is_untold = false;
        r->is_raised = true;
        w->ops.alarm(r, w->ops.userdata);
}

/* Heard once is enough: what had to wait is told as soon as it may. */
static void tell_untold(struct rogue_watch *w, uint64_t now_ms)
{
        w->untold_ms = 0;
        for (size_t i = 0; i < w->n_rogues; i++)
                if (w->rogues[i].is_untold)
                        tell(w, &w->rogues[i], now_ms);
}

static void note(struct rogue_watch *w, const struct rogue_verdict *verdict, uint32_t from, const struct mac *mac, uint64_t now_ms)
{
        struct rogue heard = {.kind = verdict->kind, .mac = *mac, .server = verdict->server, .from = from};

        struct rogue *r = place_for(w, &heard);
        if (r->count == 0) {
                *r = heard;
                r->first_ms = now_ms;
                r->is_untold = true;
        }
        if (*verdict->offered && !text_equal(r->offered, verdict->offered)) {
                (void)!text_copy(r->offered, sizeof r->offered, verdict->offered);
                r->is_untold = true;
        }
        if (verdict->relay)
                r->relay = verdict->relay;
        if (*verdict->circuit_id)
                (void)!text_copy(r->circuit_id, sizeof r->circuit_id, verdict->circuit_id);
        /* It was gone, its alarm over: it comes back as something new. */
        if (!r->is_raised && r->told_ms && now_ms - r->last_ms >= ROGUE_WATCH_GONE_MS)
                r->is_untold = true;
        r->from = from;
        r->last_ms = now_ms;
        r->is_known = is_known(w, mac);
        r->count++;
        tell(w, r, now_ms);
}

const struct rogue *rogue_watch_at(const struct rogue_watch *w, size_t i)
{
        return i < w->n_rogues ? &w->rogues[i] : NULL;
}

/* --- hearing --- */

static bool trusts(const char *url, void *userdata)
{
        const struct rogue_watch *w = userdata;

        return directory_trusts(w->directory, url);
}

static struct rogue_facts facts_of(struct rogue_watch *w, uint32_t from)
{
        return (struct rogue_facts){.site = directory_site(w->directory), .from = from, .trusts = trusts, .userdata = w};
}

void rogue_watch_dhcp(struct rogue_watch *w, uint32_t from, const struct mac *mac, const void *payload, size_t size, uint64_t now_ms)
{
        struct dhcp_message m;

        if (!is_on(w) || !directory_bucket_take(&w->heard, now_ms, HEARD_PER_SECOND, 2 * HEARD_PER_SECOND))
                return;
        /* Its own words with another Ethernet address are a forgery or a loop, and worth telling as well. */
        if (dhcp_message_parse_reply(payload, size, &m) < 0)
                return;
        struct rogue_facts facts = facts_of(w, from);
        struct rogue_verdict verdict = rogue_policy_dhcp(&m, &facts);
        note(w, &verdict, from, mac, now_ms);
}

bool rogue_watch_sip(struct rogue_watch *w, uint32_t from, const struct mac *mac, const void *payload, size_t size, uint64_t now_ms)
{
        struct pnp_message m;

        if (!memmem(payload, size, w->token, strlen(w->token)) || pnp_message_parse(payload, size, &m) < 0 ||
            !strstr(m.call_id, w->token))
                return false;
        if (!is_on(w) || !directory_bucket_take(&w->heard, now_ms, HEARD_PER_SECOND, 2 * HEARD_PER_SECOND))
                return true;
        struct rogue_facts facts = facts_of(w, from);
        struct rogue_verdict verdict = rogue_policy_pnp(payload, size, &facts);
        note(w, &verdict, from, mac, now_ms);
        return true;
}

/* --- asking --- */

static void ask_dhcp(struct rogue_watch *w)
{
        uint8_t type = DHCP_TYPE_DISCOVER, bytes[DHCP_MESSAGE_MAX];
        struct dhcp_header header = {.op = OP_REQUEST, .hops = HOPS_NONE, .flags = DHCP_MESSAGE_FLAG_BROADCAST, .mac = w->phone};
        const struct dhcp_option options[] = {
                {DHCP_CODE_TYPE, &type, sizeof type, 0},
                {DHCP_CODE_VENDOR_CLASS, MODEL, strlen(MODEL), 0},
                {DHCP_CODE_PARAMETERS, WANTED, sizeof WANTED, 0},
        };
        size_t size;

        w->ops.random(&header.xid, sizeof header.xid, w->ops.userdata);
        if (dhcp_message_build(&header, options, sizeof options / sizeof *options, NULL, 0, DHCP_MESSAGE_MAX, bytes, &size) == 0)
                (void)!w->ops.ask_dhcp(bytes, size, w->ops.userdata);
}

/* A SUBSCRIBE as snom.md 5.1 has it. */
static int write_subscribe(struct rogue_watch *w, uint8_t *bytes, size_t max, size_t *ret_size)
{
        char ours[TEXT_IPV4_SIZE], mac[MAC_TEXT_SIZE];
        uint32_t number;
        struct writer out = writer_of(bytes, max);

        w->ops.random(&number, sizeof number, w->ops.userdata);
        text_from_ipv4(directory_site(w->directory)->lan_address, ours);
        mac_format_upper(&w->phone, mac);
        writer_format(&out, "SUBSCRIBE sip:MAC%%3a%s@224.0.1.75 SIP/2.0\r\n", mac);
        writer_format(&out, "Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK%08x;rport\r\n", ours, PNP_PORT, number);
        writer_format(&out, "From: <sip:MAC%%3a%s@224.0.1.75>;tag=%08x\r\n", mac, number);
        writer_format(&out, "To: <sip:MAC%%3a%s@224.0.1.75>\r\n", mac);
        writer_format(&out, "Call-ID: %s-%08x\r\nCSeq: 1 SUBSCRIBE\r\nMax-Forwards: 1\r\n", w->token, number);
        writer_format(&out, "Contact: <sip:%s:%d>\r\n", ours, PNP_PORT);
        writer_format(&out, "Event: ua-profile;profile-type=\"device\";vendor=\"snom\";model=\"%s\";version=\"%s\"\r\n", MODEL, VERSION);
        writer_text(&out, "Expires: 0\r\nAccept: application/url\r\nContent-Length: 0\r\n\r\n");
        if (!out.error)
                *ret_size = writer_used(&out);
        return out.error;
}

static void ask_pnp(struct rogue_watch *w)
{
        uint8_t bytes[PNP_MESSAGE_MAX];
        size_t size;

        if (write_subscribe(w, bytes, sizeof bytes, &size) == 0)
                (void)!w->ops.ask_pnp(bytes, size, w->ops.userdata);
}

void rogue_watch_tick(struct rogue_watch *w, uint64_t now_ms)
{
        bool on = is_on(w);

        if (on && !w->was_on)
                w->ask_ms = now_ms + FIRST_ASK_MS;
        w->was_on = on;
        if (on)
                look_for_ends(w, now_ms);
        if (on && w->untold_ms && now_ms >= w->untold_ms)
                tell_untold(w, now_ms);
        if (!on || now_ms < w->ask_ms)
                return;
        w->ask_ms = now_ms + ROGUE_WATCH_ASK_MS;
        ask_dhcp(w);
        ask_pnp(w);
}

int rogue_watch_ask(struct rogue_watch *w, uint64_t now_ms)
{
        if (!is_on(w))
                return PV_EREFUSED;
        w->was_on = true;
        w->ask_ms = now_ms;
        return 0;
}

bool rogue_watch_is_made_up(const struct rogue_watch *w, const struct mac *mac)
{
        return mac_equal(&w->phone, mac);
}

uint64_t rogue_watch_next_ms(const struct rogue_watch *w)
{
        if (!is_on(w))
                return UINT64_MAX;
        if (!w->was_on)
                return 0;
        return w->untold_ms && w->untold_ms < w->ask_ms ? w->untold_ms : w->ask_ms;
}
