/*
 * session_core: admits, watches and closes tunnels.
 *
 * In:   the store's table, events and rows of OpenVPN.
 * Out:  commands, reports, events, the blocked set, through the outlet.
 * Not:  no sockets, no JSON, no clock of its own.
 */
#include "vpn/session/session_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "vpn/session/session_command.h"

#define REFUSAL_QUIET_MS 60000
#define SWEEPS_TO_ANSWER 10             /* longer than the store may take for two answers */
#define SWEEPS_TO_END 2                 /* so that "begin anew" is on its way before the kill */

#define OUT(core, call, ...) ((core)->outlet.call(__VA_ARGS__ __VA_OPT__(,) (core)->outlet.userdata))

void session_core_init(struct session_core *core, const struct session_core_outlet *outlet)
{
        *core = (struct session_core){.outlet = *outlet, .prefix = 16};
}

void session_core_done(struct session_core *core)
{
        session_phones_done(&core->phones);
        session_tunnels_done(&core->tunnels);
}

static void send_plain(struct session_core *core, const char *command)
{
        OUT(core, send, command, SESSION_CORE_COMMAND_PLAIN, "");
}

/* --- closings ------------------------------------------------------------ */

static struct session_core_closing *find_closing(struct session_core *core, const char *mac)
{
        for (size_t i = 0; i < SESSION_CORE_CLOSINGS; i++)
                if (!strcmp(core->closings[i].mac, mac))
                        return &core->closings[i];
        return NULL;
}

static bool has_any(const struct session_core *core, const char *mac)
{
        size_t at = 0;

        return session_tunnels_next(&core->tunnels, mac, &at) != NULL;
}

/* Blocks the address, then notes what has to end. The sessions themselves are killed by kill_unfit(). */
static void begin_closing(struct session_core *core, const struct session_phone *phone)
{
        struct session_core_closing *closing = find_closing(core, phone->mac);

        if (!closing) {
                closing = &core->closings[core->next_closing];
                core->next_closing = (core->next_closing + 1) % SESSION_CORE_CLOSINGS;
        }
        *closing = (struct session_core_closing){
                .was_connected = session_tunnels_is_up(&core->tunnels, phone->mac),
                .blocked = phone->address && OUT(core, block, phone->address, true),
                .closed_at_ms = has_any(core, phone->mac) ? 0 : OUT(core, wall_ms),
        };
        memcpy(closing->mac, phone->mac, sizeof closing->mac);
        log_event(LOG_LEVEL_NOTICE, "closing", "mac", phone->mac, "connected", closing->was_connected ? "yes" : "no", "blocked",
                  closing->blocked ? "yes" : "no", NULL);
}

/* A deleted phone gets no event: nothing of it shall be left but the audit. */
static void tell(struct session_core *core, const char *mac, const char *word, const char *detail)
{
        if (session_phones_find(&core->phones, mac))
                OUT(core, event, mac, word, detail);
}

static void end_closing(struct session_core *core, const char *mac)
{
        struct session_core_closing *closing = find_closing(core, mac);

        if (!closing || closing->closed_at_ms || has_any(core, mac))
                return;
        closing->closed_at_ms = OUT(core, wall_ms);
        log_event(LOG_LEVEL_NOTICE, "closed", "mac", mac, NULL);
        if (closing->was_connected)
                tell(core, mac, "tunnel-closed", closing->blocked
                             ? "The tunnel was closed because the phone may no longer connect; its address is blocked."
                             : "The tunnel was closed because the phone may no longer connect.");
}

bool session_core_is_closed(const struct session_core *core, const char *mac, struct session_core_closing *ret_closing)
{
        for (size_t i = 0; i < SESSION_CORE_CLOSINGS; i++)
                if (!strcmp(core->closings[i].mac, mac))
                        *ret_closing = core->closings[i];
        return core->is_attached && !core->is_attaching && !has_any(core, mac);
}

/* --- the end of a session ------------------------------------------------ */

static void restart(struct session_core *core, uint64_t cid)
{
        char command[SESSION_COMMAND_MAX];

        if (session_command_restart(cid, command) == 0)
                send_plain(core, command);
}

static bool is_only(const struct session_core *core, const struct session_tunnel *tunnel)
{
        size_t at = 0, n = 0;

        while (session_tunnels_next(&core->tunnels, tunnel->common_name, &at))
                n++;
        return n == 1;
}

/* OpenVPN knows nobody at the peer: the phone's address has changed meanwhile, or it is not an IPv4 address. */
static void kill_otherwise(struct session_core *core, const struct session_tunnel *tunnel)
{
        char command[SESSION_COMMAND_MAX];

        log_event(LOG_LEVEL_NOTICE, "kill-otherwise", "mac", tunnel->common_name, "peer", tunnel->peer, NULL);
        if (is_only(core, tunnel) && session_command_kill(tunnel->common_name, command) == 0)
                OUT(core, send, command, SESSION_CORE_COMMAND_KILL_NAME, tunnel->common_name);
        else
                restart(core, tunnel->cid);
}

/*
 * By its peer, not by its name: the phone may have begun anew, and a second session of that name that waits for our answer, or
 * is about to read it, would end with the first. Its phone would hear nothing for a minute.
 */
static void kill_tunnel(struct session_core *core, const struct session_tunnel *tunnel)
{
        char command[SESSION_COMMAND_MAX], tag[24];

        if (!core->is_attached)
                return;
        if (session_command_kill_peer(tunnel->peer, command) < 0) {
                kill_otherwise(core, tunnel);
                return;
        }
        snprintf(tag, sizeof tag, "%" PRIu64, tunnel->cid);
        OUT(core, send, command, SESSION_CORE_COMMAND_KILL, tag);
}

/* One that is up ends at once. One that is not was told that it may: it is told to begin anew and ends soon after. */
static void end_tunnel(struct session_core *core, struct session_tunnel *tunnel)
{
        if (tunnel->state == SESSION_TUNNEL_UP) {
                kill_tunnel(core, tunnel);
        } else if (!tunnel->is_leaving) {
                tunnel->is_leaving = true;
                restart(core, tunnel->cid);
        }
}

static void remove_tunnel(struct session_core *core, const struct session_tunnel *gone, const char *why)
{
        struct session_tunnel tunnel = *gone;
        char detail[128];

        session_tunnels_remove(&core->tunnels, tunnel.cid);
        /* A phone that began anew has a second session by now; the end of the first is no end of its tunnel. */
        if (tunnel.state == SESSION_TUNNEL_UP && !session_tunnels_is_up(&core->tunnels, tunnel.common_name)) {
                snprintf(detail, sizeof detail, "peer=%s reason=%s", tunnel.peer, why);
                log_event(LOG_LEVEL_INFO, "tunnel-down", "mac", tunnel.common_name, "reason", why, NULL);
                OUT(core, report, tunnel.common_name, false, detail);
        }
        end_closing(core, tunnel.common_name);
        OUT(core, changed);
}

void session_core_killed(struct session_core *core, uint64_t cid, bool found)
{
        const struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, cid);

        if (!found && tunnel)
                kill_otherwise(core, tunnel);
}

void session_core_name_killed(struct session_core *core, const char *common_name, bool found)
{
        struct session_tunnel *tunnel;
        size_t at = 0;

        if (found)
                return;         /* its DISCONNECT follows */
        while ((tunnel = session_tunnels_next(&core->tunnels, common_name, &at))) {
                if (tunnel->state == SESSION_TUNNEL_WAITING)
                        continue;
                remove_tunnel(core, tunnel, "gone");
                at = 0;
        }
}

/* --- who may be ---------------------------------------------------------- */

static bool is_fit(const struct session_core *core, const struct session_tunnel *tunnel)
{
        const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);

        return phone && phone->allowed && phone->address == tunnel->address && *phone->sha256 &&
               !strcmp(phone->sha256, tunnel->sha256);
}

static void kill_unfit(struct session_core *core)
{
        for (size_t i = 0; i < core->tunnels.n_items; i++) {
                struct session_tunnel *tunnel = core->tunnels.items[i];

                if (tunnel->state != SESSION_TUNNEL_WAITING && !is_fit(core, tunnel))
                        end_tunnel(core, tunnel);
        }
}

static bool was_told(struct session_core *core, const char *common_name, enum session_policy_reason reason)
{
        int64_t now = OUT(core, wall_ms);
        struct session_core_refusal *refusal;

        for (size_t i = 0; i < SESSION_CORE_REFUSALS; i++) {
                refusal = &core->refusals[i];
                if (refusal->reason == reason && !strcmp(refusal->common_name, common_name) &&
                    now - refusal->at_ms >= 0 && now - refusal->at_ms < REFUSAL_QUIET_MS)
                        return true;
        }
        refusal = &core->refusals[core->next_refusal];
        core->next_refusal = (core->next_refusal + 1) % SESSION_CORE_REFUSALS;
        *refusal = (struct session_core_refusal){.reason = reason, .at_ms = now};
        snprintf(refusal->common_name, sizeof refusal->common_name, "%s", common_name);
        return false;
}

static void tell_refusal(struct session_core *core, const char *common_name, const char *peer,
                         enum session_policy_reason reason)
{
        bool is_known = session_phones_find(&core->phones, common_name) != NULL;
        char detail[256];

        log_event(LOG_LEVEL_NOTICE, "tunnel-refused", "name", common_name, "peer", peer, "reason",
                  session_policy_reason_word(reason), NULL);
        if (was_told(core, common_name, reason))
                return;
        snprintf(detail, sizeof detail, "%s peer=%s", session_policy_reason_text(reason), peer);
        OUT(core, event, is_known ? common_name : "", "tunnel-refused", detail);
}

static struct session_policy_answer decide(const struct session_core *core, const struct session_tunnel *tunnel,
                                           const struct session_policy_request *request, bool is_current)
{
        const struct session_phone *phone = session_phones_find(&core->phones, request->common_name);
        struct session_policy_phone known = {0};
        struct session_policy_tunnel before = {0};

        if (phone)
                known = (struct session_policy_phone){
                        .allowed = phone->allowed, .sha256 = phone->sha256, .address = phone->address};
        if (tunnel)
                before = (struct session_policy_tunnel){.common_name = tunnel->common_name, .sha256 = tunnel->sha256};
        return session_policy_decide(request, phone ? &known : NULL, tunnel ? &before : NULL, is_current);
}

static void answer(struct session_core *core, const struct session_policy_answer *what, uint64_t cid, uint64_t kid)
{
        char command[SESSION_COMMAND_MAX];

        if (session_command_answer(what, cid, kid, core->prefix, command) == 0)
                send_plain(core, command);
}

/* --- OpenVPN asks -------------------------------------------------------- */

static void fill(struct session_tunnel *tunnel, const struct management_client *client)
{
        tunnel->kid = client->kid;
        tunnel->protocol = client->protocol;
        memcpy(tunnel->common_name, client->common_name, sizeof tunnel->common_name);
        memcpy(tunnel->sha256, client->sha256, sizeof tunnel->sha256);
        memcpy(tunnel->version, client->version, sizeof tunnel->version);
        snprintf(tunnel->peer, sizeof tunnel->peer, "%s:%s", client->peer_address, client->peer_port);
}

static void answer_connect(struct session_core *core, struct session_tunnel *tunnel, bool is_current)
{
        const struct session_policy_request request = {
                .common_name = tunnel->common_name, .sha256 = tunnel->sha256, .protocol = tunnel->protocol};
        struct session_policy_answer what = decide(core, NULL, &request, is_current);
        struct session_tunnel refused;

        answer(core, &what, tunnel->cid, tunnel->kid);
        if (what.verdict == SESSION_POLICY_ADMIT) {
                tunnel->state = SESSION_TUNNEL_ADMITTED;
                tunnel->sweeps = 0;
                tunnel->address = what.address;
                return;
        }
        refused = *tunnel;
        session_tunnels_remove(&core->tunnels, refused.cid);
        tell_refusal(core, refused.common_name, refused.peer, what.reason);
        end_closing(core, refused.common_name);
}

/* A phone that memory would refuse may just have been approved: the store is asked once more before it hears so. */
static void on_connect(struct session_core *core, const struct management_client *client)
{
        const struct session_policy_request request = {
                .common_name = client->common_name, .sha256 = client->sha256, .protocol = client->protocol};
        struct session_policy_answer what = decide(core, NULL, &request, true);
        struct session_tunnel *tunnel;

        if (session_tunnels_add(&core->tunnels, client->cid, &tunnel) < 0) {
                what = (struct session_policy_answer){.verdict = SESSION_POLICY_DENY, .reason = SESSION_POLICY_REASON_NOT_READY};
                answer(core, &what, client->cid, client->kid);
                return;
        }
        fill(tunnel, client);
        if (what.verdict == SESSION_POLICY_ADMIT) {
                answer_connect(core, tunnel, true);
                return;
        }
        tunnel->state = SESSION_TUNNEL_WAITING;
        tunnel->ticket = UINT64_MAX;    /* until the ticket is known */
        tunnel->ticket = OUT(core, refresh);
}

static void on_reauth(struct session_core *core, const struct management_client *client)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, client->cid);
        const struct session_policy_request request = {.is_again = true, .common_name = client->common_name,
                .sha256 = client->sha256, .protocol = client->protocol};
        struct session_policy_answer what = decide(core, tunnel, &request, core->store_reachable);
        char peer[56];

        answer(core, &what, client->cid, client->kid);
        if (what.verdict == SESSION_POLICY_KEEP) {
                if (tunnel)
                        memcpy(tunnel->sha256, client->sha256, sizeof tunnel->sha256);
                return;
        }
        snprintf(peer, sizeof peer, "%s:%s", client->peer_address, client->peer_port);
        tell_refusal(core, client->common_name, peer, what.reason);
        if (what.kill_tunnel && tunnel)
                kill_tunnel(core, tunnel);
}

static void mark_up(struct session_core *core, struct session_tunnel *tunnel)
{
        char detail[160];

        tunnel->state = SESSION_TUNNEL_UP;
        tunnel->sweeps = 0;
        tunnel->since_s = OUT(core, wall_ms) / 1000;
        snprintf(detail, sizeof detail, "peer=%s version=%s", tunnel->peer, tunnel->version);
        log_event(LOG_LEVEL_INFO, "tunnel-up", "mac", tunnel->common_name, "peer", tunnel->peer, "version", tunnel->version,
                  NULL);
        OUT(core, report, tunnel->common_name, true, detail);
}

static void on_established(struct session_core *core, const struct management_client *client)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, client->cid);
        const struct session_phone *phone = session_phones_find(&core->phones, client->common_name);

        if (!tunnel) {
                if (session_tunnels_add(&core->tunnels, client->cid, &tunnel) < 0)
                        return;
                fill(tunnel, client);
                tunnel->address = phone ? phone->address : 0;
        }
        mark_up(core, tunnel);
        if (!is_fit(core, tunnel))
                kill_tunnel(core, tunnel);
}

void session_core_client(struct session_core *core, const struct management_client *client)
{
        const struct session_tunnel *tunnel;

        switch (client->event) {
        case MANAGEMENT_LINE_EVENT_CONNECT:
                on_connect(core, client);
                break;
        case MANAGEMENT_LINE_EVENT_REAUTH:
                on_reauth(core, client);
                break;
        case MANAGEMENT_LINE_EVENT_ESTABLISHED:
                on_established(core, client);
                break;
        case MANAGEMENT_LINE_EVENT_DISCONNECT:
                tunnel = session_tunnels_find(&core->tunnels, client->cid);
                if (tunnel)
                        remove_tunnel(core, tunnel, "ended");
                break;
        case MANAGEMENT_LINE_EVENT_OTHER:
                break;
        }
}

/* --- OpenVPN's table ----------------------------------------------------- */

void session_core_attached(struct session_core *core)
{
        session_tunnels_clear(&core->tunnels);
        core->is_attached = core->is_attaching = true;
        send_plain(core, "hold release\n");
        OUT(core, send, "status 3\n", SESSION_CORE_COMMAND_STATUS, "");
}

void session_core_lost(struct session_core *core)
{
        session_tunnels_clear(&core->tunnels);
        core->is_attached = core->is_attaching = false;
        OUT(core, changed);
}

/* Texts of a row were checked for length by nobody yet. */
static bool read_row(const struct management_line_row *row, struct session_tunnel *ret_tunnel)
{
        struct session_tunnel tunnel = {.cid = row->cid, .since_s = (int64_t)row->since_s,
                .bytes_in = row->bytes_in, .bytes_out = row->bytes_out};
        char address[TEXT_IPV4_SIZE];

        if (cursor_to_text(&row->common_name, tunnel.common_name, sizeof tunnel.common_name) < 0 ||
            cursor_to_text(&row->peer, tunnel.peer, sizeof tunnel.peer) < 0 ||
            cursor_to_text(&row->cipher, tunnel.cipher, sizeof tunnel.cipher) < 0 ||
            cursor_to_text(&row->address, address, sizeof address) < 0)
                return false;
        if (*address && text_to_ipv4(address, &tunnel.address) < 0)
                return false;
        /* 2.7 writes udp4:192.0.2.1:1194 here and nowhere else. */
        if (text_starts(tunnel.peer, "udp4:"))
                memmove(tunnel.peer, tunnel.peer + strlen("udp4:"), strlen(tunnel.peer + strlen("udp4:")) + 1);
        *ret_tunnel = tunnel;
        return true;
}

/*
 * OpenVPN's table does not say with which certificate a session was opened. The store does: a tunnel it knows to be up
 * has the phone's present one. Of any other it is unknown (the phone may have been revoked and approved again while
 * nobody listened), so it has to show it again.
 */
static void adopt(struct session_core *core, const struct session_tunnel *row)
{
        const struct session_phone *phone = session_phones_find(&core->phones, row->common_name);
        struct session_tunnel *tunnel, presumed = *row;

        if (phone)
                memcpy(presumed.sha256, phone->sha256, sizeof presumed.sha256);
        if (!is_fit(core, &presumed)) {
                if (!phone || !phone->allowed)
                        OUT(core, block, row->address, true);
                kill_tunnel(core, row);
                return;
        }
        if (!phone->is_up) {
                log_event(LOG_LEVEL_NOTICE, "tunnel-unproven", "mac", row->common_name, NULL);
                restart(core, row->cid);
                return;
        }
        if (session_tunnels_add(&core->tunnels, row->cid, &tunnel) == 0) {
                *tunnel = presumed;
                tunnel->state = SESSION_TUNNEL_UP;
        }
}

void session_core_row(struct session_core *core, const struct management_line_row *row)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, row->cid), read;

        if (!read_row(row, &read))
                return;
        if (tunnel) {
                tunnel->bytes_in = read.bytes_in;
                tunnel->bytes_out = read.bytes_out;
                memcpy(tunnel->peer, read.peer, sizeof tunnel->peer);
                memcpy(tunnel->cipher, read.cipher, sizeof tunnel->cipher);
                return;
        }
        if (!core->is_attaching)
                return;
        /* Without an address: its CONNECT was told to nobody and will not be told again. "UNDEF" is still in its
         * handshake: its CONNECT is yet to come. */
        if (read.address)
                adopt(core, &read);
        else if (strcmp(read.common_name, "UNDEF") != 0)
                restart(core, read.cid);
}

void session_core_rows_end(struct session_core *core, bool done)
{
        (void)done;             /* a server that is just starting has no table, and no sessions either */
        if (!core->is_attaching)
                return;
        core->is_attaching = false;
        OUT(core, report_all, &core->tunnels);
        OUT(core, changed);
}

/* --- the store's table --------------------------------------------------- */

static void block_revoked(struct session_core *core)
{
        uint32_t *addresses = calloc(core->phones.n_items + 1, sizeof *addresses);
        size_t n = 0;

        if (!addresses)
                return;
        for (size_t i = 0; i < core->phones.n_items; i++)
                if (!core->phones.items[i].allowed && core->phones.items[i].address)
                        addresses[n++] = core->phones.items[i].address;
        OUT(core, block_only, addresses, n);
        free(addresses);
}

static void compare(struct session_core *core, const struct session_phones *before)
{
        for (size_t i = 0; i < before->n_items; i++) {
                const struct session_phone *old = &before->items[i];
                const struct session_phone *now = session_phones_find(&core->phones, old->mac);

                if (old->allowed && (!now || !now->allowed))
                        begin_closing(core, old);
        }
        for (size_t i = 0; i < core->phones.n_items; i++) {
                const struct session_phone *now = &core->phones.items[i];
                const struct session_phone *old = session_phones_find(before, now->mac);

                if (now->allowed && now->address && (!old || !old->allowed || old->address != now->address))
                        OUT(core, block, now->address, false);
        }
}

static void answer_waiting(struct session_core *core, uint64_t ticket, bool is_current)
{
        for (size_t i = 0; i < core->tunnels.n_items;) {
                struct session_tunnel *tunnel = core->tunnels.items[i];
                size_t n_before = core->tunnels.n_items;

                if (tunnel->state == SESSION_TUNNEL_WAITING && tunnel->ticket <= ticket)
                        answer_connect(core, tunnel, is_current);
                i += core->tunnels.n_items == n_before;
        }
}

void session_core_phones(struct session_core *core, struct session_phone *items, size_t n_items, uint64_t ticket)
{
        struct session_phones before = core->phones;
        bool is_first = !before.is_loaded;

        core->phones = (struct session_phones){0};
        session_phones_take(&core->phones, items, n_items);
        core->store_reachable = true;
        if (is_first)
                block_revoked(core);
        else
                compare(core, &before);
        session_phones_done(&before);
        kill_unfit(core);
        answer_waiting(core, ticket, true);
        OUT(core, changed);
}

void session_core_phones_failed(struct session_core *core, uint64_t ticket)
{
        core->store_reachable = false;
        answer_waiting(core, ticket, false);
}

/* --- what takes too long ------------------------------------------------- */

static void sweep_tunnel(struct session_core *core, struct session_tunnel *tunnel)
{
        if (tunnel->state != SESSION_TUNNEL_WAITING) {
                if (tunnel->sweeps >= SWEEPS_TO_END)
                        kill_tunnel(core, tunnel);
        } else if (tunnel->sweeps >= SWEEPS_TO_ANSWER) {
                log_event(LOG_LEVEL_WARNING, "answer-late", "name", tunnel->common_name, NULL);
                answer_connect(core, tunnel, false);
        }
}

bool session_core_sweep(struct session_core *core)
{
        bool is_pending = false;

        for (size_t i = 0; i < core->tunnels.n_items;) {
                struct session_tunnel *tunnel = core->tunnels.items[i];
                size_t n_before = core->tunnels.n_items;

                if (tunnel->state == SESSION_TUNNEL_WAITING || !is_fit(core, tunnel)) {
                        is_pending = true;
                        tunnel->sweeps++;
                        sweep_tunnel(core, tunnel);
                }
                i += core->tunnels.n_items == n_before;
        }
        return is_pending;
}
