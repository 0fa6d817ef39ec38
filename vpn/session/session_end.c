/*
 * session_end: how sessions and rights to one end.
 *
 * In:   a session, a phone that may no longer.
 * Out:  commands, the blocked set, what ConfirmClosed answers.
 * Not:  no decision who may (see session_admit).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/log.h"
#include "vpn/session/session_command.h"
#include "vpn/session/session_core_parts.h"

void session_end_send(struct session_core *core, enum session_class class, const char *command)
{
        OUT(core, send, class, command, SESSION_CORE_COMMAND_PLAIN, "");
}

/* --- closings -------------------------------------------------------------- */

static struct session_core_closing *find_closing(struct session_core *core, const char *mac)
{
        for (size_t i = 0; i < SESSION_CORE_CLOSINGS; i++)
                if (!strcmp(core->closings[i].mac, mac))
                        return &core->closings[i];
        return NULL;
}

bool session_end_has_any(const struct session_core *core, const char *mac)
{
        size_t at = 0;

        return session_tunnels_next(&core->tunnels, mac, &at) != NULL;
}

bool session_end_is_taken(const struct session_core *core, uint32_t address, const char *mac)
{
        for (size_t i = 0; i < core->tunnels.n_items; i++) {
                const struct session_tunnel *tunnel = core->tunnels.items[i];

                if (tunnel->address == address && tunnel->state != SESSION_TUNNEL_WAITING && strcmp(tunnel->common_name, mac) != 0)
                        return true;
        }
        return false;
}

/* An address that another phone has by now is blocked only while something of this one is left. */
static bool block(struct session_core *core, const struct session_phone *phone)
{
        const struct session_phone *owner = session_phones_at(&core->phones, phone->address);

        if (!phone->address || (owner && !session_end_is_taken(core, phone->address, owner->mac)))
                return false;
        return OUT(core, block, phone->address, true);
}

void session_end_closing(struct session_core *core, const struct session_phone *phone)
{
        struct session_core_closing *closing = find_closing(core, phone->mac);

        if (!closing) {
                closing = &core->closings[core->next_closing];
                core->next_closing = (core->next_closing + 1) % SESSION_CORE_CLOSINGS;
        }
        *closing = (struct session_core_closing){
                .was_connected = session_tunnels_is_up(&core->tunnels, phone->mac),
                .blocked = block(core, phone),
                .closed_at_ms = session_end_has_any(core, phone->mac) ? 0 : OUT(core, wall_ms),
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

void session_end_check(struct session_core *core, const char *mac)
{
        struct session_core_closing *closing = find_closing(core, mac);

        if (!closing || closing->closed_at_ms || session_end_has_any(core, mac))
                return;
        closing->closed_at_ms = OUT(core, wall_ms);
        log_event(LOG_LEVEL_NOTICE, "closed", "mac", mac, NULL);
        if (closing->was_connected)
                tell(core, mac, "tunnel-closed", closing->blocked
                             ? "The tunnel was closed because the phone may no longer connect; its address is blocked."
                             : "The tunnel was closed because the phone may no longer connect.");
}

bool session_core_is_heard(const struct session_core *core, enum session_class class)
{
        const struct session_core_server *server = &core->servers[class];

        return server->is_attached && !server->is_attaching;
}

/* The process that the site does not want has no sessions once it is gone. */
static bool is_known(const struct session_core *core, enum session_class class)
{
        if (class == SESSION_CLASS_LEGACY && !core->site.legacy)
                return !core->servers[class].is_attached;
        return session_core_is_heard(core, class);
}

bool session_core_is_closed(const struct session_core *core, const char *mac, struct session_core_closing *ret_closing)
{
        for (size_t i = 0; i < SESSION_CORE_CLOSINGS; i++)
                if (!strcmp(core->closings[i].mac, mac))
                        *ret_closing = core->closings[i];
        return is_known(core, SESSION_CLASS_MODERN) && is_known(core, SESSION_CLASS_LEGACY) && !session_end_has_any(core, mac);
}

/* --- the end of a session -------------------------------------------------- */

void session_end_restart(struct session_core *core, enum session_class class, uint64_t cid)
{
        char command[SESSION_COMMAND_MAX];

        if (session_command_restart(cid, command) == 0)
                session_end_send(core, class, command);
}

/* The only one of its name in its process. */
static bool is_only(const struct session_core *core, const struct session_tunnel *tunnel)
{
        const struct session_tunnel *other;
        size_t at = 0, n = 0;

        while ((other = session_tunnels_next(&core->tunnels, tunnel->common_name, &at)))
                n += other->class == tunnel->class;
        return n == 1;
}

/* OpenVPN knows nobody at the peer: the phone's address has changed meanwhile, or it is not an IPv4 address. */
static void kill_otherwise(struct session_core *core, const struct session_tunnel *tunnel)
{
        char command[SESSION_COMMAND_MAX];

        log_event(LOG_LEVEL_NOTICE, "kill-otherwise", "mac", tunnel->common_name, "peer", tunnel->peer, NULL);
        if (is_only(core, tunnel) && session_command_kill(tunnel->common_name, command) == 0)
                OUT(core, send, tunnel->class, command, SESSION_CORE_COMMAND_KILL_NAME, tunnel->common_name);
        else
                session_end_restart(core, tunnel->class, tunnel->cid);
}

static bool kill_at(struct session_core *core, const struct session_tunnel *tunnel, bool is_tcp)
{
        char command[SESSION_COMMAND_MAX], tag[24];

        if (session_command_kill_peer(tunnel->peer, is_tcp, command) < 0)
                return false;
        snprintf(tag, sizeof tag, "%" PRIu64, tunnel->cid);
        OUT(core, send, tunnel->class, command, SESSION_CORE_COMMAND_KILL, tag);
        return true;
}

/*
 * By its peer, not by its name: the phone may have begun anew, and a second session of that name that waits for our answer, or
 * is about to read it, would end with the first. Its phone would hear nothing for a minute.
 */
void session_end_kill(struct session_core *core, const struct session_tunnel *tunnel)
{
        if (core->servers[tunnel->class].is_attached && !kill_at(core, tunnel, !strcmp(tunnel->transport, "tcp")))
                kill_otherwise(core, tunnel);
}

void session_end_begin(struct session_core *core, struct session_tunnel *tunnel)
{
        if (tunnel->state == SESSION_TUNNEL_UP) {
                session_end_kill(core, tunnel);
        } else if (!tunnel->is_leaving) {
                tunnel->is_leaving = true;
                session_end_restart(core, tunnel->class, tunnel->cid);
        }
}

/* Its address may be another phone's by now, which waited for this. */
static void give_free(struct session_core *core, const struct session_tunnel *gone)
{
        const struct session_phone *owner = session_phones_at(&core->phones, gone->address);
        struct session_tunnel *waiting;
        size_t at = 0;

        if (!owner || !strcmp(owner->mac, gone->common_name) || session_end_is_taken(core, gone->address, owner->mac))
                return;
        OUT(core, block, gone->address, false);
        while ((waiting = session_tunnels_next(&core->tunnels, owner->mac, &at)))
                if (waiting->state == SESSION_TUNNEL_WAITING && waiting->waits_for_address) {
                        session_admit_answer(core, waiting, true);
                        at = 0;
                }
}

void session_end_remove(struct session_core *core, const struct session_tunnel *gone, const char *why)
{
        struct session_tunnel tunnel = *gone;
        char detail[128];

        session_tunnels_remove(&core->tunnels, tunnel.class, tunnel.cid);
        /* A phone that began anew has a second session by now; the end of the first is no end of its tunnel. */
        if (tunnel.state == SESSION_TUNNEL_UP && !session_tunnels_is_up(&core->tunnels, tunnel.common_name)) {
                snprintf(detail, sizeof detail, "peer=%s reason=%s", tunnel.peer, why);
                log_event(LOG_LEVEL_INFO, "tunnel-down", "mac", tunnel.common_name, "reason", why, NULL);
                OUT(core, report, tunnel.common_name, NULL, detail);
                OUT(core, reach_changed);
        }
        session_end_check(core, tunnel.common_name);
        give_free(core, &tunnel);
        OUT(core, changed);
}

void session_core_killed(struct session_core *core, enum session_class class, uint64_t cid, bool found)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, class, cid);

        if (found || !tunnel)
                return;
        if (!*tunnel->transport && core->site.vpn_tcp_port) {
                memcpy(tunnel->transport, "tcp", sizeof tunnel->transport);
                session_end_kill(core, tunnel);
                return;
        }
        kill_otherwise(core, tunnel);
}

void session_core_name_killed(struct session_core *core, enum session_class class, const char *common_name, bool found)
{
        struct session_tunnel *tunnel;
        size_t at = 0;

        if (found)
                return;         /* its DISCONNECT follows */
        while ((tunnel = session_tunnels_next(&core->tunnels, common_name, &at))) {
                if (tunnel->state == SESSION_TUNNEL_WAITING || tunnel->class != class)
                        continue;
                session_end_remove(core, tunnel, "gone");
                at = 0;
        }
}
