#ifndef PROVOST_MODEL_SITE_H
#define PROVOST_MODEL_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * A site: one LAN the appliance serves. In the store it is a list of names and
 * texts; every station reads the same list into this plain struct, so that all
 * agree on defaults and limits. Addresses are host-order numbers.
 *
 * name              type                    default
 * name              text                    "Site"
 * lan_interface     interface               "eth0"
 * lan_address       address/prefix          (needed)          ours on the phone LAN
 * uplink_interface  interface or ""         "eth1"
 * uplink_address    dhcp | none | addr/pfx  "dhcp"
 * uplink_gateway    address or ""           ""
 * dhcp_mode         server | off            "server"
 * pnp_mode          on | off                "on"              SIP PnP: only phones that are trusted are answered
 * unknown_clients   plain | silent          "plain"           plain: a lease without any source
 * pool_first        address                 (needed)          both inside the LAN
 * pool_last         address                 (needed)
 * router            address or ""           ""                option 3; "" sends none
 * dns               addresses, blank apart  lan_address       option 6 (a Snom 715 needs one)
 * ntp               addresses, blank apart  lan_address       option 42
 * domain            text or ""              ""                option 15
 * lease_s           60..604800              "3600"            option 51; 58 and 59 follow (1/2, 7/8)
 * option_form       url | split | both      "url"             url: 66 holds the whole URL; split: 66 server, 67 path;
 *                                                             both: split, and 43 with encapsulated 66/67 besides
 * bootstrap_url     URL                     https://LAN/{mac}.xml
 * option_120        address or ""           ""
 * option_132        0..4094 or ""           ""                VLAN id, as decimal text (snom.md 4)
 * option_133        0..7 or ""              ""
 * vpn_host          host or address         lan_address       what phones dial
 * vpn_port          1..65535                "1194"
 * tunnel_address    address/prefix          "10.64.0.1/16"    the gateway in the tunnel
 * phone_ca          PEM certificates or ""  ""                roots and intermediates of factory certificates
 * rsa_models        models, blank apart     ""                phones of these models get an RSA-2048 certificate
 * sip_host          host or ""              ""
 * sip_transport     tls | tcp | udp         "tls"
 * time_zone         text or ""              ""                Snom's timezone code, for example GER+1
 * language          text                    "English"
 * country           two letters or ""       ""                ISO 3166, for example DE: its emergency numbers and dial tones
 * poll_minutes      1..1440                 "5"               how often phones ask for new settings by themselves
 * notify            on | off                "on"              phones are told of new settings at once (SIP NOTIFY)
 * rollout_mode      rings | at-once         "rings"           shared settings go to one phone, then a share, then all
 * rollout_share     1..100                  "10"              percent of the phones in the second ring
 * rollout_wait_s    30..86400               "600"             how long a ring has to come back
 * rollout_settle_s  5..3600                 "90"              how long its tunnel must stay before a phone counts as back
 * seal_days         1..3650                 "180"             a tamper seal is inspected at least so often
 * rogue_watch       on | off                "on"              other hosts that answer phones are looked for and told of
 * known_servers     MACs, blank apart       ""                hosts that may: no alarm for them
 * listed_phones     certificate | ask       "certificate"     an expected phone that shows its factory certificate is let in by
 *                                                             itself, or only when somebody says so
 * replace_wait_s    60..604800              "3600"            how long the new phone of a replacement has to become current
 * renew_days        30..700                 "400"             phones' certificates are renewed when fewer days are left
 * vpn_public_host   host or ""              ""                what phones dial next, when vpn_host does not answer: they left the site
 * vpn_public_port   1..65535                vpn_port          UDP, there
 * vpn_tcp_port      1024..65535 or ""       ""                OpenVPN listens on TCP as well; an uplink's TCP 443 leads there
 * vpn_public_tcp_port 1..65535              "443"             what phones dial over TCP, at vpn_public_host (else at vpn_host)
 * reach_nat         on | off                "on"              on: what phones send beyond the appliance leaves with its address
 * legacy            on | off                "off"             the old phones' OpenVPN process and HTTPS listener
 * legacy_port       1..65535                "1195"            UDP
 * legacy_https_port 1024..65535             "8443"            TCP, on the phone LAN
 * legacy_address    address/prefix          "10.65.0.1/16"    the gateway in the old phones' tunnel network
 * legacy_tls10_models models, blank apart   ""                TLS 1.0 and BF-CBC are offered in the old phones' process, to these alone
 * admin_port        1..65535                "9443"            TCP: the page, on the cards of admin_on; not 443
 * admin_on          both | uplink | lan     "both"            never in a tunnel; a site without uplink: the phone LAN
 * update_url        https URL or ""         ""                where new versions of the appliance are fetched when somebody says so
 * update_share      0..100                  "90"              percent of the phones connected before that a new version must get back to stay
 * update_wait       30..3600                "600"             seconds it has for that
 */

#define SITE_NAME_MAX 64
#define SITE_URL_MAX 256
#define SITE_HOST_MAX 254
#define SITE_INTERFACE_MAX 16
#define SITE_SERVERS_MAX 4
#define SITE_MODELS_MAX 1000
#define SITE_KNOWN_SERVERS_MAX 16

enum site_dhcp_mode { SITE_DHCP_MODE_SERVER, SITE_DHCP_MODE_OFF };
enum site_pnp_mode { SITE_PNP_MODE_ON, SITE_PNP_MODE_OFF };
enum site_unknown { SITE_UNKNOWN_PLAIN, SITE_UNKNOWN_SILENT };
enum site_option_form { SITE_OPTION_FORM_URL, SITE_OPTION_FORM_SPLIT, SITE_OPTION_FORM_BOTH };
enum site_notify { SITE_NOTIFY_ON, SITE_NOTIFY_OFF };
enum site_rogue_watch { SITE_ROGUE_WATCH_ON, SITE_ROGUE_WATCH_OFF };
enum site_listed { SITE_LISTED_CERTIFICATE, SITE_LISTED_ASK };
enum site_admin_on { SITE_ADMIN_ON_BOTH, SITE_ADMIN_ON_UPLINK, SITE_ADMIN_ON_LAN };
enum site_rollout { SITE_ROLLOUT_RINGS, SITE_ROLLOUT_AT_ONCE };
enum site_uplink { SITE_UPLINK_NONE, SITE_UPLINK_DHCP, SITE_UPLINK_STATIC };

struct site {
        char name[SITE_NAME_MAX];
        char lan_interface[SITE_INTERFACE_MAX];
        uint32_t lan_address;
        unsigned lan_prefix;
        char uplink_interface[SITE_INTERFACE_MAX];      /* "" none */
        enum site_uplink uplink;
        uint32_t uplink_address;
        unsigned uplink_prefix;
        uint32_t uplink_gateway;                        /* 0 none */
        enum site_dhcp_mode dhcp_mode;
        enum site_pnp_mode pnp_mode;
        enum site_unknown unknown_clients;
        uint32_t pool_first, pool_last;
        uint32_t router;                                /* 0 none */
        uint32_t dns[SITE_SERVERS_MAX];
        size_t n_dns;
        uint32_t ntp[SITE_SERVERS_MAX];
        size_t n_ntp;
        char domain[SITE_HOST_MAX];
        uint32_t lease_s;
        enum site_option_form option_form;
        char bootstrap_url[SITE_URL_MAX];
        uint32_t option_120;                            /* 0 none */
        char option_132[8];                             /* "" none */
        char option_133[8];
        char vpn_host[SITE_HOST_MAX];
        uint16_t vpn_port;
        uint32_t tunnel_address;
        unsigned tunnel_prefix;
        char sip_host[SITE_HOST_MAX];
        char sip_transport[4];
        char time_zone[32];
        char language[32];
        char country[4];                                /* upper case; "" unknown */
        uint32_t poll_minutes;
        enum site_notify notify;
        enum site_rollout rollout_mode;
        uint32_t rollout_share;                         /* percent */
        uint32_t rollout_wait_s, rollout_settle_s;
        uint32_t seal_days;
        enum site_rogue_watch rogue_watch;
        struct mac known_servers[SITE_KNOWN_SERVERS_MAX];
        size_t n_known_servers;
        enum site_listed listed_phones;
        uint32_t replace_wait_s;
        uint32_t renew_days;
        char vpn_public_host[SITE_HOST_MAX];            /* "" none */
        uint16_t vpn_public_port;
        uint16_t vpn_tcp_port;                          /* 0 none */
        uint16_t vpn_public_tcp_port;
        bool reach_nat;
        bool legacy;
        uint16_t legacy_port, legacy_https_port;
        uint32_t legacy_address;
        unsigned legacy_prefix;
        char legacy_tls10_models[SITE_MODELS_MAX + 1];
        uint16_t admin_port;
        enum site_admin_on admin_on;
        char update_url[SITE_URL_MAX];                  /* "" none */
        uint32_t update_share, update_wait_s;
        const char *phone_ca;                           /* borrowed from the values; "" none */
        bool complete;                                  /* every needed value is there */
};

struct site_value { const char *name, *value; };

/* What a refusal says: which value, and a sentence for a person. */
struct site_problem {
        char name[32];
        char reason[256];
};

/*
 * Reads the values (defaults for what is absent or "") and checks each one and
 * all together (pool inside the LAN, tunnel apart from the LAN, ...). Missing
 * needed values are no failure: ret_site->complete is false then. Failure:
 * PV_EMALFORMED or PV_EREFUSED with *ret_problem filled.
 */
int site_from_values(const struct site_value *values, size_t n_values, struct site *ret_site,
                     struct site_problem *ret_problem) PV_MUST_CHECK;
/*
 * Whether a ring of a roll-out waits for one polling period and the settling after it: a phone that is not reached by NOTIFY
 * only fetches then. PV_EREFUSED with *ret_problem filled. Not part of the above: poll_minutes comes back with earlier revisions.
 */
int site_check_waits(const struct site *site, struct site_problem *ret_problem) PV_MUST_CHECK;
/* The shortest such wait. */
uint32_t site_wait_needed_s(const struct site *site);
/* Whether a model stands in such a list, blank apart; without regard to case. */
bool site_models_hold(const char *models, const char *model);
/* The i-th known name, NULL past the end. needed: the site is incomplete without it. default_text: NULL if computed. */
const char *site_value_name(size_t i, bool *ret_needed, const char **ret_default_text);
/* Which needed values are not there yet; at most `max` names of static storage. Returns how many. A site without DHCP needs no pool. */
size_t site_missing(const struct site *site, const char **ret_names, size_t max);

#endif
