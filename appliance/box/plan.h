#ifndef PROVOST_BOX_PLAN_H
#define PROVOST_BOX_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/* Where the box stands, in plain facts; "applied" means that the wanted state is in force. */
struct plan_facts {
        bool has_site;                  /* a complete and valid one */
        const char *site_problem;       /* why not, "" unknown */
        bool is_setup;                  /* there is none yet: the page alone is served, on every card */
        bool has_page_address;          /* some card of the page has one */
        bool is_firewall_applied;
        bool is_network_applied;
        bool is_clock_applied;
        bool has_certificates;          /* for the names and addresses wanted now */
        bool is_edge_applied;
        bool has_lan_address;
        bool has_tunnel_address;
        bool is_legacy;                 /* old phones have a device and a process of their own, and these two are wanted */
        bool has_legacy_address;
        bool is_openvpn_legacy_active;
        bool is_forwarding_right;       /* on each card, as the rules of reach want it */
        bool has_stale_device;          /* tun-legacy is there, and nobody wants it */
        bool is_clock_active;
        bool is_edge_active;
        bool is_openvpn_active;
        bool is_phone_ca_refused;       /* the edge runs without it, because it did not start with it */
        bool is_tunnel_watched;         /* systemd starts OpenVPN when its configuration is there */
        bool is_later_on;               /* what is not for phones was told to start */
        const char *lan_interface;
};

enum plan_action {
        PLAN_ACTION_FIREWALL     = 1 << 0,
        PLAN_ACTION_NETWORK      = 1 << 1,
        PLAN_ACTION_CLOCK        = 1 << 2,
        PLAN_ACTION_CERTIFICATES = 1 << 3,
        PLAN_ACTION_EDGE         = 1 << 4,
        PLAN_ACTION_FORWARDING   = 1 << 5,
        PLAN_ACTION_REMOVE       = 1 << 6,      /* the device that nobody wants */
        PLAN_ACTION_TUNNEL       = 1 << 7,
        PLAN_ACTION_LATER        = 1 << 8,
};

/* What can be done now: the firewall before anything opens, OpenVPN after the network, the edge last; the rest side by side. What is
 * for people alone comes when phones are served, or when there is nobody to serve yet. */
unsigned plan_next(const struct plan_facts *facts);
/* What is missing, one sentence in `ret`; "" when the site is served. Returns ret. */
char *plan_waiting_for(const struct plan_facts *facts, char *ret, size_t size);

#endif
