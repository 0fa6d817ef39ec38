#ifndef PROVOST_SESSION_SESSION_STATION_H
#define PROVOST_SESSION_SESSION_STATION_H

#include "appliance/service/service.h"
#include "vpn/session/management_client.h"
#include "vpn/session/management_link.h"
#include "vpn/session/session_block.h"
#include "vpn/session/session_core.h"
#include "vpn/session/session_firewall.h"
#include "vpn/session/session_server.h"
#include "vpn/session/session_waiters.h"

struct session_station;

/* One OpenVPN process, as we reach it. */
struct session_station_server {
        struct session_station *station;
        enum session_class class;
        struct management_link *link;           /* NULL until site and phones are known */
        struct management_client_collector collector;
        bool restart_wanted;                    /* it runs with an older server.conf, or is not to run at all */
        bool is_stating;                        /* a `status 3` for Status is under way */
        sd_event_source *lost_timer, *stop_timer;
};

/* The core with its real surroundings: store, pki, OpenVPN, firewall, callers. */
struct session_station {
        struct service *service;
        struct service_peer *store;
        struct session_server *server;
        struct session_block *block;
        struct session_firewall *firewall;
        struct session_station_server servers[SESSION_CLASSES];
        struct session_core core;
        struct session_waiters waiters;
        struct session_reach_rules *reach;      /* as last told, for the phones that are told next */
        char *root;
        bool has_site;
        uint64_t fetch_started, fetch_done;     /* tickets of ListTunnels */
        bool is_fetching, fetch_again;
        uint64_t last_fetch_ms;
        sd_event_source *report_timer, *fetch_timer, *sweep_timer, *site_timer, *reach_timer;
};

struct session_station_paths {
        const char *store, *pki;        /* Varlink sockets */
        const char *root;               /* holds the directories of server.conf and mgmt.sock of each OpenVPN process */
};

/* ret_station must stay where it is until session_station_done(). */
int session_station_init(struct service *service, const struct session_station_paths *paths,
                         struct session_station *ret_station) PV_MUST_CHECK;
void session_station_done(struct session_station *station);
/* Asks the store anew; the ticket of the answer that will be at least as new as this call. */
uint64_t session_station_refresh(struct session_station *station);
/* Asks OpenVPN for its numbers; Status waiters are tried when they are there. */
void session_station_ask_numbers(struct session_station *station);

#endif
