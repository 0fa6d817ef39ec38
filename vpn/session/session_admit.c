/*
 * session_admit: what OpenVPN asks and tells of phones that come.
 *
 * In:   its events and log lines; the store's table.
 * Out:  answers, reports, refusals on the timeline, alarms.
 * Not:  no decision of its own (see session_policy); no end of a session (see session_end).
 */
#include <stdio.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "vpn/session/session_command.h"
#include "vpn/session/session_core_parts.h"

#define REFUSAL_QUIET_MS 60000
/* A phone pings every 10 s; who was silent for longer than two of them may have moved. */
#define ALIVE_MS 25000

/* --- refusals -------------------------------------------------------------- */

static bool was_told(struct session_core *core, const char *subject, enum session_policy_reason reason)
{
        uint64_t now = OUT(core, monotonic_ms);
        struct session_core_refusal *refusal;

        for (size_t i = 0; i < SESSION_CORE_REFUSALS; i++) {
                refusal = &core->refusals[i];
                if (refusal->reason == reason && !strcmp(refusal->subject, subject) && now - refusal->at_ms < REFUSAL_QUIET_MS)
                        return true;
        }
        refusal = &core->refusals[core->next_refusal];
        core->next_refusal = (core->next_refusal + 1) % SESSION_CORE_REFUSALS;
        *refusal = (struct session_core_refusal){.reason = reason, .at_ms = now};
        snprintf(refusal->subject, sizeof refusal->subject, "%s", subject);
        return false;
}

/* mac: of a phone we know, else "". subject: what is not to be told again soon. more: of the reason, "" nothing. */
static void tell(struct session_core *core, const char *mac, const char *subject, const char *peer, enum session_policy_reason reason,
                 const char *more)
{
        char detail[640];

        log_event(LOG_LEVEL_NOTICE, "tunnel-refused", "name", subject, "peer", peer, "reason", session_policy_reason_word(reason),
                  NULL);
        if (was_told(core, subject, reason))
                return;
        snprintf(detail, sizeof detail, "%s reason=%s%s peer=%s", session_policy_reason_text(reason),
                 session_policy_reason_word(reason), more, peer);
        OUT(core, event, mac, "tunnel-refused", detail);
}

static void alarm_revoked(struct session_core *core, const struct session_phone *phone, const char *peer)
{
        char detail[320];

        snprintf(detail, sizeof detail, "%s from %s. It was refused.", phone->is_stolen
                 ? "The certificate of this phone, which was reported stolen, was used"
                 : "The certificate of this phone, which is revoked or not approved, was used", peer);
        OUT(core, alarm, "revoked-certificate", phone->mac, detail);
}

static void tell_refusal(struct session_core *core, const char *common_name, const char *peer, enum session_policy_reason reason)
{
        const struct session_phone *phone = session_phones_find(&core->phones, common_name);

        tell(core, phone ? phone->mac : "", common_name, peer, reason, "");
        if (phone && reason == SESSION_POLICY_REASON_REVOKED)
                alarm_revoked(core, phone, peer);
}

/* Its own words about what it can are the evidence that it needs newer firmware. */
static void tell_means(struct session_core *core, const struct session_tunnel *tunnel, enum session_policy_reason reason)
{
        const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);
        char more[192];

        snprintf(more, sizeof more, "%s%s version=%s", *tunnel->ciphers ? " ciphers=" : "", tunnel->ciphers, tunnel->version);
        tell(core, phone ? phone->mac : "", tunnel->common_name, tunnel->peer, reason, more);
        if (phone)
                OUT(core, evidence, phone->mac, tunnel->version, tunnel->ciphers);
}

static bool is_of_means(enum session_policy_reason reason)
{
        return reason == SESSION_POLICY_REASON_CIPHER || reason == SESSION_POLICY_REASON_INSECURE_CIPHER ||
               reason == SESSION_POLICY_REASON_INSECURE_TLS;
}

/* --- deciding -------------------------------------------------------------- */

static struct session_policy_phone known_of(const struct session_core *core, const struct session_phone *phone)
{
        return (struct session_policy_phone){
                .allowed = phone->allowed, .sha256 = phone->sha256, .next_sha256 = phone->next_sha256, .address = phone->address,
                .class = phone->class, .may_insecure = phone->may_insecure,
                .address_is_taken = phone->address && session_end_is_taken(core, phone->address, phone->mac)};
}

static struct session_policy_answer decide(const struct session_core *core, const struct session_tunnel *tunnel,
                                           struct session_policy_request request, bool is_current)
{
        const struct session_phone *phone = session_phones_find(&core->phones, request.common_name);
        struct session_policy_phone known = {0};
        struct session_policy_tunnel before = {0};

        request.is_legacy_off = !core->site.legacy;
        if (phone)
                known = known_of(core, phone);
        if (tunnel)
                before = (struct session_policy_tunnel){.common_name = tunnel->common_name,
                                                        .sha256 = tunnel->is_presumed ? "" : tunnel->sha256};
        return session_policy_decide(&request, phone ? &known : NULL, tunnel ? &before : NULL, is_current);
}

struct session_policy_answer session_core_try(const struct session_core *core, const char *mac, const char *sha256)
{
        const struct session_phone *phone = session_phones_find(&core->phones, mac);
        const struct session_policy_request request = {
                .common_name = mac, .sha256 = *sha256 || !phone ? sha256 : phone->sha256,
                .class = phone ? phone->class : SESSION_CLASS_MODERN};

        return decide(core, NULL, request, core->store_reachable);
}

bool session_admit_is_fit(const struct session_core *core, const struct session_tunnel *tunnel)
{
        const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);
        bool is_insecure = tunnel->cipher_kind == SESSION_CIPHER_INSECURE || tunnel->is_old_tls;

        if (!phone || !phone->allowed || phone->address != tunnel->address || phone->class != tunnel->class ||
            tunnel->cipher_kind == SESSION_CIPHER_NONE || (is_insecure && !phone->may_insecure))
                return false;
        return session_policy_is_own(&(struct session_policy_phone){.sha256 = phone->sha256, .next_sha256 = phone->next_sha256},
                                     tunnel->sha256);
}

static bool is_same_host(const char *peer, const char *other_peer)
{
        size_t size = strcspn(peer, ":");

        return size == strcspn(other_peer, ":") && memcmp(peer, other_peer, size) == 0;
}

/* Whether and where another session of this name lives. */
static enum session_policy_other find_other(struct session_core *core, const struct session_tunnel *tunnel,
                                            struct session_tunnel **ret_other)
{
        enum session_policy_other where = SESSION_POLICY_OTHER_NONE;
        uint64_t now = OUT(core, monotonic_ms);
        struct session_tunnel *other;
        size_t at = 0;

        *ret_other = NULL;
        while ((other = session_tunnels_next(&core->tunnels, tunnel->common_name, &at))) {
                if (other == tunnel || other->state == SESSION_TUNNEL_WAITING || !session_admit_is_fit(core, other))
                        continue;
                if (is_same_host(other->peer, tunnel->peer)) {
                        where = where ? where : SESSION_POLICY_OTHER_HERE;
                } else if (now - other->heard_ms < ALIVE_MS) {
                        where = SESSION_POLICY_OTHER_ELSEWHERE;
                        *ret_other = other;
                }
        }
        return where;
}

static void address_of(const char *peer, char *ret, size_t size)
{
        snprintf(ret, size, "%.*s", (int)strcspn(peer, ":"), peer);
}

static uint32_t outside_of(const struct session_tunnel *tunnel)
{
        char text[TEXT_IPV4_SIZE];
        uint32_t address;

        address_of(tunnel->peer, text, sizeof text);
        return text_to_ipv4(text, &address) == 0 ? address : 0;
}

void session_admit_routes(const struct session_core *core, const struct session_tunnel *tunnel, struct session_reach_routes *ret_routes)
{
        const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);

        *ret_routes = (struct session_reach_routes){0};
        if (phone)
                session_reach_routes_of(&core->reach, &phone->reach, &core->site, tunnel->class == SESSION_CLASS_LEGACY,
                                        outside_of(tunnel), ret_routes);
}

/* --- a second place --------------------------------------------------------- */

static void ask_table(struct session_core *core, enum session_class class)
{
        if (core->servers[class].is_asked)
                return;
        core->servers[class].is_asked = true;
        OUT(core, send, class, "status 3\n", SESSION_CORE_COMMAND_STATUS, "");
}

static void alarm_second_place(struct session_core *core, struct session_tunnel *tunnel)
{
        char detail[400], here[TEXT_IPV4_SIZE], there[TEXT_IPV4_SIZE];

        address_of(tunnel->peer, here, sizeof here);
        address_of(tunnel->second_peer, there, sizeof there);
        snprintf(detail, sizeof detail, "Its certificate was used from %s while its tunnel from %s was alive, before and after. That was refused. "
                 "Its VPN bundle was copied: find out by whom, and give the phone a new one or revoke it.", there, here);
        *tunnel->second_peer = 0;
        OUT(core, alarm, "second-place", tunnel->common_name, detail);
}

/*
 * A phone that has moved is silent at its old address; one that goes on there was not the one that called from elsewhere. What OpenVPN
 * reports by itself may have come before that call: the table is asked for what to compare it with.
 */
static void watch_first_place(struct session_core *core, struct session_tunnel *tunnel, const char *second_peer)
{
        if (*tunnel->second_peer)
                return;
        snprintf(tunnel->second_peer, sizeof tunnel->second_peer, "%s", second_peer);
        tunnel->has_second_base = false;
        ask_table(core, tunnel->class);
}

void session_admit_hear(struct session_core *core, struct session_tunnel *tunnel, uint64_t bytes_in, uint64_t bytes_out)
{
        if (bytes_in > tunnel->bytes_in)
                tunnel->heard_ms = OUT(core, monotonic_ms);
        core->bytes_in += bytes_in > tunnel->bytes_in ? bytes_in - tunnel->bytes_in : 0;
        core->bytes_out += bytes_out > tunnel->bytes_out ? bytes_out - tunnel->bytes_out : 0;
        tunnel->bytes_in = bytes_in;
        tunnel->bytes_out = bytes_out;
        if (*tunnel->second_peer && tunnel->has_second_base && bytes_in > tunnel->second_base)
                alarm_second_place(core, tunnel);
}

/* --- a phone comes --------------------------------------------------------- */

static unsigned prefix_of(const struct session_core *core, enum session_class class)
{
        return class == SESSION_CLASS_LEGACY ? core->site.legacy_prefix : core->site.tunnel_prefix;
}

static void answer(struct session_core *core, const struct session_policy_answer *what, enum session_class class, uint64_t cid,
                   uint64_t kid, const struct session_reach_routes *routes)
{
        static const struct session_reach_routes none = {0};
        char command[SESSION_COMMAND_MAX];

        if (session_command_answer(what, cid, kid, prefix_of(core, class), routes ? routes : &none, command) == 0)
                session_end_send(core, class, command);
}

static void fill(struct session_core *core, struct session_tunnel *tunnel, const struct management_client *client)
{
        tunnel->kid = client->kid;
        tunnel->protocol = client->protocol;
        memcpy(tunnel->common_name, client->common_name, sizeof tunnel->common_name);
        memcpy(tunnel->sha256, client->sha256, sizeof tunnel->sha256);
        memcpy(tunnel->version, client->version, sizeof tunnel->version);
        snprintf(tunnel->ciphers, sizeof tunnel->ciphers, "%.*s", (int)sizeof tunnel->ciphers - 1, client->ciphers);
        tunnel->cipher_kind = session_cipher_foretell(tunnel->class, client->ciphers, client->is_negotiating, tunnel->cipher);
        tunnel->heard_ms = OUT(core, monotonic_ms);
        snprintf(tunnel->peer, sizeof tunnel->peer, "%s:%s", client->peer_address, client->peer_port);
        if (!core->site.vpn_tcp_port || tunnel->class == SESSION_CLASS_LEGACY)
                memcpy(tunnel->transport, "udp", sizeof tunnel->transport);
}

static struct session_policy_answer decide_connect(struct session_core *core, const struct session_tunnel *tunnel, bool is_current,
                                                   struct session_tunnel **ret_other)
{
        const struct session_policy_request request = {
                .class = tunnel->class, .common_name = tunnel->common_name, .sha256 = tunnel->sha256, .protocol = tunnel->protocol,
                .cipher = tunnel->cipher_kind, .is_old_tls = tunnel->is_old_tls, .other = find_other(core, tunnel, ret_other)};

        return decide(core, NULL, request, is_current);
}

static void alarm_flapping(struct session_core *core, const struct session_tunnel *tunnel)
{
        char detail[320], from[TEXT_IPV4_SIZE];

        address_of(tunnel->peer, from, sizeof from);
        snprintf(detail, sizeof detail, "Its tunnel was replaced more than %d times in 5 minutes, always from %s. Two devices there may "
                 "use one VPN bundle, or the phone restarts again and again.", SESSION_FLAP_MAX, from);
        OUT(core, alarm, "tunnel-flapping", tunnel->common_name, detail);
}

/* It takes the place of its former session, which OpenVPN ends by itself. */
static void note_replacement(struct session_core *core, const struct session_tunnel *tunnel)
{
        const struct session_tunnel *other;
        size_t at = 0;

        while ((other = session_tunnels_next(&core->tunnels, tunnel->common_name, &at)))
                if (other != tunnel && other->state == SESSION_TUNNEL_UP && is_same_host(other->peer, tunnel->peer)) {
                        if (session_flap_note(&core->flap, tunnel->common_name, OUT(core, monotonic_ms)))
                                alarm_flapping(core, tunnel);
                        return;
                }
}

static void admit(struct session_core *core, struct session_tunnel *tunnel, const struct session_policy_answer *what)
{
        session_admit_routes(core, tunnel, &tunnel->routes);
        if (tunnel->routes.n_left_out > 0)
                log_event(LOG_LEVEL_WARNING, "routes-left-out", "mac", tunnel->common_name, NULL);
        answer(core, what, tunnel->class, tunnel->cid, tunnel->kid, &tunnel->routes);
        note_replacement(core, tunnel);
        tunnel->state = SESSION_TUNNEL_ADMITTED;
        tunnel->sweeps = 0;
        tunnel->address = what->address;
}

void session_admit_answer(struct session_core *core, struct session_tunnel *tunnel, bool is_current)
{
        struct session_tunnel *other, refused;
        struct session_policy_answer what = decide_connect(core, tunnel, is_current, &other);

        if (what.verdict == SESSION_POLICY_ADMIT) {
                admit(core, tunnel, &what);
                return;
        }
        if (what.reason == SESSION_POLICY_REASON_TAKEN && tunnel->sweeps < SESSION_CORE_SWEEPS_TO_ANSWER) {
                tunnel->waits_for_address = true;
                return;
        }
        answer(core, &what, tunnel->class, tunnel->cid, tunnel->kid, NULL);
        if (what.reason == SESSION_POLICY_REASON_SECOND_PLACE)
                watch_first_place(core, other, tunnel->peer);
        refused = *tunnel;
        session_tunnels_remove(&core->tunnels, refused.class, refused.cid);
        if (is_of_means(what.reason))
                tell_means(core, &refused, what.reason);
        else
                tell_refusal(core, refused.common_name, refused.peer, what.reason);
        session_end_check(core, refused.common_name);
}

/* A phone that memory would refuse may just have been approved: the store is asked once more before it hears so. */
static void on_connect(struct session_core *core, enum session_class class, const struct management_client *client)
{
        struct session_policy_answer what;
        struct session_tunnel *tunnel, *other;

        core->servers[class].said_no_cipher = false;
        if (session_tunnels_add(&core->tunnels, class, client->cid, &tunnel) < 0) {
                what = (struct session_policy_answer){.verdict = SESSION_POLICY_DENY, .reason = SESSION_POLICY_REASON_NOT_READY};
                answer(core, &what, class, client->cid, client->kid, NULL);
                return;
        }
        fill(core, tunnel, client);
        what = decide_connect(core, tunnel, true, &other);
        if (what.verdict == SESSION_POLICY_ADMIT) {
                admit(core, tunnel, &what);
                return;
        }
        tunnel->state = SESSION_TUNNEL_WAITING;
        tunnel->ticket = UINT64_MAX;    /* until the ticket is known */
        tunnel->ticket = OUT(core, refresh);
}

/* A session that was found open has shown its certificate: the store learns whether it is the next one. */
static void take_proof(struct session_core *core, struct session_tunnel *tunnel, const char *sha256)
{
        bool is_news = tunnel->is_presumed && strcmp(tunnel->sha256, sha256) != 0;

        memcpy(tunnel->sha256, sha256, sizeof tunnel->sha256);
        tunnel->is_presumed = false;
        if (is_news)
                OUT(core, report, tunnel->common_name, tunnel, "its certificate was shown anew");
}

static void on_reauth(struct session_core *core, enum session_class class, const struct management_client *client)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, class, client->cid);
        const struct session_policy_request request = {.is_again = true, .class = class, .common_name = client->common_name,
                .sha256 = client->sha256, .protocol = client->protocol};
        struct session_policy_answer what = decide(core, tunnel, request, core->store_reachable);
        char peer[56];

        answer(core, &what, class, client->cid, client->kid, NULL);
        if (what.verdict == SESSION_POLICY_KEEP) {
                if (tunnel)
                        take_proof(core, tunnel, client->sha256);
                return;
        }
        snprintf(peer, sizeof peer, "%s:%s", client->peer_address, client->peer_port);
        tell_refusal(core, client->common_name, peer, what.reason);
        if (what.kill_tunnel && tunnel)
                session_end_kill(core, tunnel);
}

/* --- its tunnel is up ------------------------------------------------------- */

/* What was learnt of it after its admission may forbid it. */
static enum session_policy_reason judge_late(const struct session_core *core, const struct session_tunnel *tunnel)
{
        const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);

        if (tunnel->cipher_kind == SESSION_CIPHER_NONE)
                return SESSION_POLICY_REASON_CIPHER;
        if (!phone || phone->may_insecure)
                return SESSION_POLICY_REASON_NONE;
        if (tunnel->cipher_kind == SESSION_CIPHER_INSECURE)
                return SESSION_POLICY_REASON_INSECURE_CIPHER;
        return tunnel->is_old_tls ? SESSION_POLICY_REASON_INSECURE_TLS : SESSION_POLICY_REASON_NONE;
}

static bool is_refused_late(struct session_core *core, struct session_tunnel *tunnel)
{
        enum session_policy_reason reason = judge_late(core, tunnel);

        if (reason == SESSION_POLICY_REASON_NONE)
                return false;
        tell_means(core, tunnel, reason);
        session_end_begin(core, tunnel);
        return true;
}

static void mark_up(struct session_core *core, struct session_tunnel *tunnel)
{
        char detail[160];

        tunnel->state = SESSION_TUNNEL_UP;
        tunnel->sweeps = 0;
        tunnel->since_s = OUT(core, wall_ms) / 1000;
        tunnel->heard_ms = OUT(core, monotonic_ms);
        snprintf(detail, sizeof detail, "peer=%s version=%s", tunnel->peer, tunnel->version);
        log_event(LOG_LEVEL_INFO, "tunnel-up", "mac", tunnel->common_name, "peer", tunnel->peer, "version", tunnel->version,
                  "class", session_class_facts(tunnel->class)->name, NULL);
        OUT(core, report, tunnel->common_name, tunnel, detail);
        if (tunnel->class == SESSION_CLASS_LEGACY)
                OUT(core, evidence, tunnel->common_name, tunnel->version, tunnel->ciphers);
        OUT(core, reach_changed);
        if (tunnel->cipher_kind == SESSION_CIPHER_UNKNOWN || !*tunnel->transport)
                ask_table(core, tunnel->class);
}

static void on_established(struct session_core *core, enum session_class class, const struct management_client *client)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, class, client->cid);
        const struct session_phone *phone = session_phones_find(&core->phones, client->common_name);

        if (!tunnel) {
                if (session_tunnels_add(&core->tunnels, class, client->cid, &tunnel) < 0)
                        return;
                fill(core, tunnel, client);
                tunnel->address = phone ? phone->address : 0;
                session_admit_routes(core, tunnel, &tunnel->routes);
        }
        if (core->servers[class].said_no_cipher)
                tunnel->cipher_kind = SESSION_CIPHER_NONE;
        core->servers[class].said_no_cipher = false;
        if (is_refused_late(core, tunnel))
                return;
        mark_up(core, tunnel);
        if (!session_admit_is_fit(core, tunnel))
                session_end_kill(core, tunnel);
}

void session_core_client(struct session_core *core, enum session_class class, const struct management_client *client)
{
        const struct session_tunnel *tunnel;

        switch (client->event) {
        case MANAGEMENT_LINE_EVENT_CONNECT:
                on_connect(core, class, client);
                break;
        case MANAGEMENT_LINE_EVENT_REAUTH:
                on_reauth(core, class, client);
                break;
        case MANAGEMENT_LINE_EVENT_ESTABLISHED:
                on_established(core, class, client);
                break;
        case MANAGEMENT_LINE_EVENT_DISCONNECT:
                tunnel = session_tunnels_find(&core->tunnels, class, client->cid);
                if (tunnel)
                        session_end_remove(core, tunnel, "ended");
                break;
        case MANAGEMENT_LINE_EVENT_OTHER:
                break;
        }
}

/* --- what is learnt of one that is there ------------------------------------ */

void session_core_bytes(struct session_core *core, enum session_class class, uint64_t cid, uint64_t bytes_in, uint64_t bytes_out)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, class, cid);

        if (tunnel)
                session_admit_hear(core, tunnel, bytes_in, bytes_out);
}

void session_admit_learn(struct session_core *core, struct session_tunnel *tunnel, const struct session_tunnel *row)
{
        memcpy(tunnel->peer, row->peer, sizeof tunnel->peer);
        memcpy(tunnel->transport, row->transport, sizeof tunnel->transport);
        session_admit_hear(core, tunnel, row->bytes_in, row->bytes_out);
        if (*tunnel->second_peer && !tunnel->has_second_base) {
                tunnel->has_second_base = true;
                tunnel->second_base = row->bytes_in;
        }
        if (tunnel->state != SESSION_TUNNEL_UP)
                return;         /* its cipher is not agreed on yet */
        memcpy(tunnel->cipher, row->cipher, sizeof tunnel->cipher);
        if (tunnel->cipher_kind != SESSION_CIPHER_UNKNOWN)
                return;
        tunnel->cipher_kind = session_cipher_is_insecure(tunnel->class, row->cipher) ? SESSION_CIPHER_INSECURE : SESSION_CIPHER_GOOD;
        is_refused_late(core, tunnel);
}

/* --- handshakes that end before we are asked --------------------------------- */

static const enum session_policy_reason log_reasons[] = {
        [MANAGEMENT_LOG_FOREIGN] = SESSION_POLICY_REASON_FOREIGN,
        [MANAGEMENT_LOG_EXPIRED] = SESSION_POLICY_REASON_EXPIRED,
        [MANAGEMENT_LOG_NOT_YET] = SESSION_POLICY_REASON_NOT_YET,
        [MANAGEMENT_LOG_UNFIT] = SESSION_POLICY_REASON_UNFIT,
        [MANAGEMENT_LOG_TLS_VERSION] = SESSION_POLICY_REASON_TLS_VERSION,
        [MANAGEMENT_LOG_KEY] = SESSION_POLICY_REASON_KEY,
};

/* A certificate of our other authority is foreign to this process. */
static enum session_policy_reason reason_of(const struct session_core *core, enum session_class class,
                                            const struct session_phone *phone, enum management_log_kind kind)
{
        enum session_policy_reason reason = log_reasons[kind];

        if (reason != SESSION_POLICY_REASON_FOREIGN || !phone || phone->class == class)
                return reason;
        if (phone->class == SESSION_CLASS_MODERN)
                return SESSION_POLICY_REASON_MODERN;
        return core->site.legacy ? SESSION_POLICY_REASON_LEGACY : SESSION_POLICY_REASON_LEGACY_OFF;
}

/* The phone that the certificate names, or the one that has this address on the phone LAN. Neither is proof: it is only told. */
static const struct session_phone *find_phone(const struct session_core *core, const struct management_log *log)
{
        const struct session_phone *phone = session_phones_find(&core->phones, log->common_name);
        char address[TEXT_IPV4_SIZE];
        uint32_t outside;

        address_of(log->peer, address, sizeof address);
        if (phone || text_to_ipv4(address, &outside) < 0)
                return phone;
        return session_phones_on_lan(&core->phones, outside);
}

/* Strangers on the uplink without the site's key are not worth a word. */
static void tell_failure(struct session_core *core, enum session_class class, const struct management_log *log)
{
        const struct session_phone *phone = find_phone(core, log);
        char address[TEXT_IPV4_SIZE];

        address_of(log->peer, address, sizeof address);
        if (phone || log->kind != MANAGEMENT_LOG_KEY)
                tell(core, phone ? phone->mac : "", phone ? phone->mac : address, log->peer, reason_of(core, class, phone, log->kind), "");
}

static void take_channel(struct session_core *core, enum session_class class, const struct management_log *log)
{
        struct session_tunnel *tunnel = session_tunnels_at(&core->tunnels, class, log->peer);

        if (!tunnel)
                return;
        tunnel->is_old_tls = text_equal(log->tls, "TLSv1") || text_equal(log->tls, "TLSv1.1");
        if (tunnel->state != SESSION_TUNNEL_WAITING)
                is_refused_late(core, tunnel);
}

void session_core_log(struct session_core *core, enum session_class class, const struct management_log *log)
{
        switch (log->kind) {
        case MANAGEMENT_LOG_NO_CIPHER:
                core->servers[class].said_no_cipher = true;
                break;
        case MANAGEMENT_LOG_CHANNEL:
                take_channel(core, class, log);
                break;
        default:
                tell_failure(core, class, log);
                break;
        }
}
