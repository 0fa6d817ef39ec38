/*
 * session_core: the tables of store and OpenVPN, and what follows when they change.
 *
 * In:   the site, the phones, the rows of OpenVPN.
 * Out:  commands, reports, the blocked set, through the outlet.
 * Not:  no sockets, no JSON, no clock of its own; admissions are session_admit's, ends are session_end's.
 */
#include "vpn/session/session_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "vpn/session/session_core_parts.h"

#define SWEEPS_TO_END 2                 /* so that "begin anew" is on its way before the kill */
#define RESTARTS_A_SWEEP 5              /* phones that are asked to begin anew at once: a site is back within minutes and nobody is drowned */

void session_core_init(struct session_core *core, const struct session_core_outlet *outlet)
{
        *core = (struct session_core){.outlet = *outlet, .site = {.tunnel_prefix = 16, .legacy_prefix = 16}};
}

void session_core_done(struct session_core *core)
{
        session_phones_done(&core->phones);
        session_tunnels_done(&core->tunnels);
}

void session_core_site(struct session_core *core, const struct site *site)
{
        core->site = *site;
        OUT(core, reach_changed);
        OUT(core, changed);
}

static bool is_settled(const struct session_core *core, enum session_class class)
{
        return session_core_is_heard(core, class) || core->servers[class].is_gone ||
               (class == SESSION_CLASS_LEGACY && !core->site.legacy && !core->servers[class].is_attached);
}

/* The list of all says no certificates: a report that was lost would leave the store with the former one as the present one. */
static void report_next(struct session_core *core)
{
        for (size_t i = 0; i < core->tunnels.n_items; i++) {
                const struct session_tunnel *tunnel = core->tunnels.items[i];
                const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);

                if (tunnel->state == SESSION_TUNNEL_UP && !tunnel->is_presumed && phone && *phone->next_sha256 &&
                    text_equal(phone->next_sha256, tunnel->sha256))
                        OUT(core, report, tunnel->common_name, tunnel, "with its next certificate");
        }
}

void session_core_report_all(struct session_core *core)
{
        if (!is_settled(core, SESSION_CLASS_MODERN) || !is_settled(core, SESSION_CLASS_LEGACY))
                return;
        OUT(core, report_all, &core->tunnels);
        report_next(core);
}

/* --- OpenVPN's table ----------------------------------------------------- */

void session_core_attached(struct session_core *core, enum session_class class)
{
        session_tunnels_clear(&core->tunnels, class);
        core->servers[class] = (struct session_core_server){.is_attached = true, .is_attaching = true};
        session_end_send(core, class, "log on\n");
        session_end_send(core, class, "bytecount 5\n");
        session_end_send(core, class, "hold release\n");
        OUT(core, send, class, "status 3\n", SESSION_CORE_COMMAND_STATUS, "");
}

void session_core_lost(struct session_core *core, enum session_class class)
{
        session_tunnels_clear(&core->tunnels, class);
        core->servers[class] = (struct session_core_server){0};
        OUT(core, reach_changed);
        OUT(core, changed);
}

void session_core_gone(struct session_core *core, enum session_class class)
{
        if (core->servers[class].is_attached)
                return;
        core->servers[class].is_gone = true;
        session_core_report_all(core);
}

/* 2.7 writes udp4:192.0.2.1:1194 or tcp4-server:192.0.2.1:1194 here. */
static void take_transport(struct session_tunnel *tunnel)
{
        const char *colon = strchr(tunnel->peer, ':');

        memcpy(tunnel->transport, text_starts(tunnel->peer, "tcp") ? "tcp" : "udp", sizeof tunnel->transport);
        if (colon && strchr(colon + 1, ':'))
                memmove(tunnel->peer, colon + 1, strlen(colon + 1) + 1);
}

/* Texts of a row were checked for length by nobody yet. */
static bool read_row(enum session_class class, const struct management_line_row *row, struct session_tunnel *ret_tunnel)
{
        struct session_tunnel tunnel = {.class = class, .cid = row->cid, .since_s = (int64_t)row->since_s,
                .bytes_in = row->bytes_in, .bytes_out = row->bytes_out};
        char address[TEXT_IPV4_SIZE];

        if (cursor_to_text(&row->common_name, tunnel.common_name, sizeof tunnel.common_name) < 0 ||
            cursor_to_text(&row->peer, tunnel.peer, sizeof tunnel.peer) < 0 ||
            cursor_to_text(&row->cipher, tunnel.cipher, sizeof tunnel.cipher) < 0 ||
            cursor_to_text(&row->address, address, sizeof address) < 0)
                return false;
        if (*address && text_to_ipv4(address, &tunnel.address) < 0)
                return false;
        take_transport(&tunnel);
        *ret_tunnel = tunnel;
        return true;
}

/* Its address is another phone's by now, which must not come in before this one is gone. */
static void keep_until_gone(struct session_core *core, const struct session_tunnel *row)
{
        struct session_tunnel *tunnel;

        OUT(core, block, row->address, true);
        if (session_tunnels_add(&core->tunnels, row->class, row->cid, &tunnel) < 0)
                return;
        *tunnel = *row;
        tunnel->state = SESSION_TUNNEL_ADMITTED;
}

static void refuse_row(struct session_core *core, const struct session_phone *phone, const struct session_tunnel *row)
{
        const struct session_phone *owner = session_phones_at(&core->phones, row->address);

        if (owner && strcmp(owner->mac, row->common_name) != 0)
                keep_until_gone(core, row);
        else if (!phone || !phone->allowed)
                OUT(core, block, row->address, true);
        session_end_kill(core, row);
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
        if (session_cipher_is_insecure(row->class, row->cipher))
                presumed.cipher_kind = SESSION_CIPHER_INSECURE;
        if (!session_admit_is_fit(core, &presumed)) {
                refuse_row(core, phone, row);
                return;
        }
        if (!phone->is_up) {
                log_event(LOG_LEVEL_NOTICE, "tunnel-unproven", "mac", row->common_name, NULL);
                session_end_restart(core, row->class, row->cid);
                return;
        }
        if (session_tunnels_add(&core->tunnels, row->class, row->cid, &tunnel) < 0)
                return;
        *tunnel = presumed;
        tunnel->state = SESSION_TUNNEL_UP;
        tunnel->is_presumed = true;
        tunnel->heard_ms = OUT(core, monotonic_ms);
        session_admit_routes(core, tunnel, &tunnel->routes);    /* that it was told these is presumed likewise */
}

void session_core_row(struct session_core *core, enum session_class class, const struct management_line_row *row)
{
        struct session_tunnel *tunnel = session_tunnels_find(&core->tunnels, class, row->cid), read;

        if (!read_row(class, row, &read))
                return;
        if (tunnel) {
                session_admit_learn(core, tunnel, &read);
                return;
        }
        if (!core->servers[class].is_attaching)
                return;
        /* Without an address: its CONNECT was told to nobody and will not be told again. "UNDEF" is still in its
         * handshake: its CONNECT is yet to come. */
        if (read.address)
                adopt(core, &read);
        else if (strcmp(read.common_name, "UNDEF") != 0)
                session_end_restart(core, class, read.cid);
}

/* A server that is just starting has no table, and no sessions either. */
void session_core_rows_end(struct session_core *core, enum session_class class)
{
        core->servers[class].is_asked = false;
        if (!core->servers[class].is_attaching)
                return;
        core->servers[class].is_attaching = false;
        session_core_report_all(core);
        OUT(core, reach_changed);
        OUT(core, changed);
}

/* --- the store's table --------------------------------------------------- */

static void block_revoked(struct session_core *core)
{
        uint32_t *addresses = calloc(core->phones.n_items + 1, sizeof *addresses);
        size_t n = 0;

        if (!addresses)
                return;
        for (size_t i = 0; i < core->phones.n_items; i++) {
                const struct session_phone *phone = &core->phones.items[i];

                if (!phone->allowed && phone->address && !session_phones_at(&core->phones, phone->address))
                        addresses[n++] = phone->address;
        }
        OUT(core, block_only, addresses, n);
        free(addresses);
}

static void compare(struct session_core *core, const struct session_phones *before)
{
        for (size_t i = 0; i < before->n_items; i++) {
                const struct session_phone *old = &before->items[i];
                const struct session_phone *now = session_phones_find(&core->phones, old->mac);

                if (old->allowed && (!now || !now->allowed))
                        session_end_closing(core, old);
        }
        for (size_t i = 0; i < core->phones.n_items; i++) {
                const struct session_phone *now = &core->phones.items[i];
                const struct session_phone *old = session_phones_find(before, now->mac);

                if (now->allowed && now->address && (!old || !old->allowed || old->address != now->address) &&
                    !session_end_is_taken(core, now->address, now->mac))
                        OUT(core, block, now->address, false);
        }
}

static void end_unfit(struct session_core *core)
{
        for (size_t i = 0; i < core->tunnels.n_items; i++) {
                struct session_tunnel *tunnel = core->tunnels.items[i];

                if (tunnel->state != SESSION_TUNNEL_WAITING && !session_admit_is_fit(core, tunnel))
                        session_end_begin(core, tunnel);
        }
}

static void answer_waiting(struct session_core *core, uint64_t ticket, bool is_current)
{
        for (size_t i = 0; i < core->tunnels.n_items;) {
                struct session_tunnel *tunnel = core->tunnels.items[i];
                size_t n_before = core->tunnels.n_items;

                if (tunnel->state == SESSION_TUNNEL_WAITING && tunnel->ticket <= ticket)
                        session_admit_answer(core, tunnel, is_current);
                i += core->tunnels.n_items == n_before;
        }
}

/* Routes are told at admission only: a phone that should have others is asked to begin anew, in its turn (see sweep). */
static void find_stale(struct session_core *core)
{
        for (size_t i = 0; i < core->tunnels.n_items; i++) {
                struct session_tunnel *tunnel = core->tunnels.items[i];
                struct session_reach_routes routes;

                if (tunnel->state != SESSION_TUNNEL_UP)
                        continue;
                session_admit_routes(core, tunnel, &routes);
                tunnel->is_stale = !session_reach_routes_equal(&routes, &tunnel->routes);
        }
}

void session_core_phones(struct session_core *core, struct session_phone *items, size_t n_items,
                         const struct session_reach_rules *rules, uint64_t ticket)
{
        struct session_phones before = core->phones;
        bool is_first = !before.is_loaded;

        core->phones = (struct session_phones){0};
        core->reach = *rules;
        session_phones_take(&core->phones, items, n_items);
        core->store_reachable = true;
        if (is_first)
                block_revoked(core);
        else
                compare(core, &before);
        session_phones_done(&before);
        end_unfit(core);
        answer_waiting(core, ticket, true);
        find_stale(core);
        OUT(core, reach_changed);
        OUT(core, changed);
}

void session_core_phones_failed(struct session_core *core, uint64_t ticket)
{
        core->store_reachable = false;
        answer_waiting(core, ticket, false);
}

/* --- what takes too long, what takes its turn ------------------------------ */

static void sweep_tunnel(struct session_core *core, struct session_tunnel *tunnel)
{
        if (tunnel->state != SESSION_TUNNEL_WAITING) {
                if (tunnel->sweeps >= SWEEPS_TO_END)
                        session_end_kill(core, tunnel);
        } else if (tunnel->sweeps >= SESSION_CORE_SWEEPS_TO_ANSWER) {
                log_event(LOG_LEVEL_WARNING, "answer-late", "name", tunnel->common_name, NULL);
                session_admit_answer(core, tunnel, false);
        }
}

static void renew_routes(struct session_core *core, struct session_tunnel *tunnel)
{
        tunnel->is_stale = false;
        session_admit_routes(core, tunnel, &tunnel->routes);
        log_event(LOG_LEVEL_INFO, "routes-changed", "mac", tunnel->common_name, NULL);
        session_end_restart(core, tunnel->class, tunnel->cid);
}

bool session_core_sweep(struct session_core *core)
{
        bool is_pending = false;
        unsigned n_restarts = 0;

        for (size_t i = 0; i < core->tunnels.n_items;) {
                struct session_tunnel *tunnel = core->tunnels.items[i];
                size_t n_before = core->tunnels.n_items;

                if (tunnel->state == SESSION_TUNNEL_WAITING || !session_admit_is_fit(core, tunnel)) {
                        is_pending = true;
                        tunnel->sweeps++;
                        sweep_tunnel(core, tunnel);
                } else if (tunnel->is_stale && n_restarts++ < RESTARTS_A_SWEEP) {
                        renew_routes(core, tunnel);
                }
                i += core->tunnels.n_items == n_before;
        }
        return is_pending || n_restarts > RESTARTS_A_SWEEP;
}
