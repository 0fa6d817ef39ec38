/*
 * plan: what the box does next, and what a person is told meanwhile.
 *
 * In:   facts.
 * Out:  a mask of actions; a sentence.
 * Not:  nothing is done here.
 */
#include "appliance/box/plan.h"

#include <stdio.h>

/* The page alone. Its certificate names the addresses of the cards, so those come first. */
static unsigned next_of_setup(const struct plan_facts *f)
{
        if (!f->is_firewall_applied)
                return PLAN_ACTION_FIREWALL;
        if (!f->is_network_applied)
                return PLAN_ACTION_NETWORK;
        if (!f->has_page_address)
                return 0;
        if (!f->has_certificates)
                return PLAN_ACTION_CERTIFICATES;
        return f->is_edge_applied ? 0 : PLAN_ACTION_EDGE;
}

static unsigned next_of_site(const struct plan_facts *facts)
{
        unsigned actions = 0;

        if (!facts->is_firewall_applied)
                actions |= PLAN_ACTION_FIREWALL;
        if (!facts->has_certificates)
                actions |= PLAN_ACTION_CERTIFICATES;
        if (!facts->is_firewall_applied)
                return actions;
        if (!facts->is_network_applied)
                actions |= PLAN_ACTION_NETWORK;
        if (!facts->is_clock_applied)
                actions |= PLAN_ACTION_CLOCK;
        /* The tunnels' address may come later, with OpenVPN: the edge listens at it all the same (net.ipv4.ip_nonlocal_bind). */
        if (!facts->is_edge_applied && facts->is_network_applied && facts->has_certificates &&
            facts->has_lan_address && (!facts->is_legacy || facts->has_legacy_address))
                actions |= PLAN_ACTION_EDGE;
        if (!facts->is_forwarding_right && facts->is_network_applied)
                actions |= PLAN_ACTION_FORWARDING;
        if (facts->has_stale_device && facts->is_network_applied)
                actions |= PLAN_ACTION_REMOVE;
        /* Earlier it would find no device, and be started again and again. */
        if (!facts->is_tunnel_watched && facts->is_network_applied)
                actions |= PLAN_ACTION_TUNNEL;
        return actions;
}

static const char *missing(const struct plan_facts *f)
{
        if (!f->is_firewall_applied)
                return "The firewall is not loaded yet.";
        if (!f->is_network_applied)
                return "The network is being set up.";
        if (!f->has_tunnel_address)
                return "The tunnel device tun-phones has no address yet.";
        if (f->is_legacy && !f->has_legacy_address)
                return "The tunnel device of old phones, tun-legacy, has no address yet.";
        if (!f->has_certificates)
                return "The certificates of the web edge are being made.";
        if (!f->is_edge_applied || !f->is_edge_active)
                return "The web edge (provost-edge.service) is starting.";
        if (!f->is_clock_applied || !f->is_clock_active)
                return "The time server (provost-clock.service) is starting.";
        if (!f->is_openvpn_active)
                return "OpenVPN (provost-openvpn.service) is starting.";
        if (f->is_legacy && !f->is_openvpn_legacy_active)
                return "OpenVPN for old phones (provost-openvpn-legacy.service) is starting.";
        if (!f->is_forwarding_right)
                return "What phones may reach through the tunnel is not switched yet.";
        if (f->is_phone_ca_refused)
                return "The site's phone_ca holds no usable certificates, so no factory certificate is accepted: set it"
                       " with provostctl site set phone_ca=@FILE.";
        return "";
}

unsigned plan_next(const struct plan_facts *facts)
{
        unsigned actions = 0;

        if (facts->is_setup)
                actions = next_of_setup(facts);
        else if (facts->has_site)
                actions = next_of_site(facts);
        if (!facts->is_later_on && (facts->is_setup || (facts->has_site && !*missing(facts))))
                actions |= PLAN_ACTION_LATER;
        return actions;
}

char *plan_waiting_for(const struct plan_facts *f, char *ret, size_t size)
{
        if (!f->has_site)
                (void)snprintf(ret, size, "%s", *f->site_problem ? f->site_problem : "The store has not answered yet.");
        else if (f->is_network_applied && !f->has_lan_address)
                (void)snprintf(ret, size, "The network card %s is missing or has no address yet.", f->lan_interface);
        else
                (void)snprintf(ret, size, "%s", missing(f));
        return ret;
}
