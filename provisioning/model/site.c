/*
 * site: the values of a site, checked one by one and all together.
 *
 * In:   names and texts, from the admin through the store.
 * Out:  a struct site with every default filled in, or the name of the wrong value and a sentence.
 * Not:  no storage; whether bootstrap_url is a trusted source is for the store, which has the list.
 */
#include "provisioning/model/site.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/model/source.h"

#define PHONE_CA_MAX (128 * 1024)
#define VALUE_MAX 512

struct reading {
        struct site *site;
        struct site_problem *problem;
        const char *name;               /* of the value read now */
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct reading *r, const char *name, const char *format, ...)
{
        va_list args;

        (void)text_copy(r->problem->name, sizeof r->problem->name, name);
        va_start(args, format);
        (void)vsnprintf(r->problem->reason, sizeof r->problem->reason, format, args);
        va_end(args);
        return PV_EREFUSED;
}

static int malformed(struct reading *r, const char *wanted)
{
        refuse(r, r->name, "%s must be %s.", r->name, wanted);
        return PV_EMALFORMED;
}

/* --- readers of one value; an empty text was replaced by the default before ------ */

static int copy_text(struct reading *r, char *ret, size_t size, const char *text)
{
        if (text_copy(ret, size, text) < 0)
                return refuse(r, r->name, "%s is longer than %zu bytes.", r->name, size - 1);
        return 0;
}

static int read_address(struct reading *r, const char *text, uint32_t *ret)
{
        *ret = 0;
        if (*text && (text_to_ipv4(text, ret) < 0 || *ret == 0))
                return malformed(r, "an address such as 192.168.1.1");
        return 0;
}

static int read_network(struct reading *r, const char *text, uint32_t *ret_address, unsigned *ret_prefix)
{
        uint32_t host;

        if (!*text)
                return 0;
        if (text_to_ipv4_prefix(text, ret_address, ret_prefix) < 0 || *ret_prefix < 8 || *ret_prefix > 30)
                return malformed(r, "an address with a prefix of 8 to 30, such as 192.168.1.1/24");
        host = *ret_address & ~text_ipv4_mask(*ret_prefix);
        if (host == 0 || host == ~text_ipv4_mask(*ret_prefix))
                return malformed(r, "the appliance's own address in that network, not the network's or the broadcast address");
        return 0;
}

static int read_addresses(struct reading *r, const char *text, uint32_t *ret, size_t *ret_n)
{
        char copy[VALUE_MAX], *rest = copy, *part;

        if (copy_text(r, copy, sizeof copy, text) < 0)
                return PV_EREFUSED;
        *ret_n = 0;
        while ((part = strsep(&rest, " "))) {
                if (!*part)
                        continue;
                if (*ret_n == SITE_SERVERS_MAX)
                        return refuse(r, r->name, "%s holds more than %d addresses.", r->name, SITE_SERVERS_MAX);
                if (text_to_ipv4(part, &ret[*ret_n]) < 0 || ret[*ret_n] == 0)
                        return malformed(r, "a list of addresses with blanks between them");
                (*ret_n)++;
        }
        return 0;
}

static int read_number(struct reading *r, const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
        if (text_to_u32(text, max, ret) < 0 || *ret < min) {
                refuse(r, r->name, "%s must be a number from %u to %u.", r->name, min, max);
                return PV_EMALFORMED;
        }
        return 0;
}

static int read_word(struct reading *r, const char *text, const char *const *words)
{
        char list[128] = "";

        for (int i = 0; words[i]; i++) {
                if (text_equal(text, words[i]))
                        return i;
                if (i)
                        strncat(list, words[i + 1] ? ", " : " or ", sizeof list - strlen(list) - 1);
                strncat(list, words[i], sizeof list - strlen(list) - 1);
        }
        return malformed(r, list);
}

/* A host name or a dotted address, by the rules of a URL's host. */
static int read_host(struct reading *r, const char *text, char *ret)
{
        char url[SOURCE_URL_MAX];
        struct source_url parsed;

        if (*text && (strpbrk(text, ":/") || (size_t)snprintf(url, sizeof url, "https://%s", text) >= sizeof url ||
                      source_url_parse(url, &parsed) < 0))
                return malformed(r, "a host name or an address");
        return copy_text(r, ret, SITE_HOST_MAX, text);
}

static int read_interface(struct reading *r, const char *text, char *ret)
{
        for (const char *p = text; *p; p++)
                if (*p <= ' ' || *p == '/' || *p == ':' || *p == '"' || *p == '\\' || (unsigned char)*p >= 0x7f || *p == '*')
                        return malformed(r, "the name of a network card, such as eth0");
        if (text_equal(text, "lo") || text_equal(text, "tun-phones") || text_equal(text, "tun-legacy") || text_equal(text, ".") || text_equal(text, ".."))
                return malformed(r, "the name of a network card, such as eth0");
        return copy_text(r, ret, SITE_INTERFACE_MAX, text);
}

/* --- one function per value ---------------------------------------------- */

#define READER(value) static int read_##value(struct reading *r, const char *text)

READER(name) { return copy_text(r, r->site->name, sizeof r->site->name, text); }
READER(lan_interface) { return read_interface(r, text, r->site->lan_interface); }
READER(lan_address) { return read_network(r, text, &r->site->lan_address, &r->site->lan_prefix); }
READER(uplink_interface) { return read_interface(r, text, r->site->uplink_interface); }

READER(uplink_address)
{
        r->site->uplink = text_equal(text, "dhcp") ? SITE_UPLINK_DHCP : text_equal(text, "none") ? SITE_UPLINK_NONE : SITE_UPLINK_STATIC;
        if (r->site->uplink != SITE_UPLINK_STATIC)
                return 0;
        if (!strchr(text, '/'))
                return malformed(r, "dhcp, none or an address with a prefix such as 203.0.113.5/29");
        return read_network(r, text, &r->site->uplink_address, &r->site->uplink_prefix);
}

READER(uplink_gateway) { return read_address(r, text, &r->site->uplink_gateway); }

READER(dhcp_mode)
{
        int i = read_word(r, text, (const char *const[]){"server", "off", NULL});

        r->site->dhcp_mode = i == 1 ? SITE_DHCP_MODE_OFF : SITE_DHCP_MODE_SERVER;
        return i < 0 ? i : 0;
}

READER(pnp_mode)
{
        int i = read_word(r, text, (const char *const[]){"on", "off", NULL});

        r->site->pnp_mode = i == 1 ? SITE_PNP_MODE_OFF : SITE_PNP_MODE_ON;
        return i < 0 ? i : 0;
}

READER(unknown_clients)
{
        int i = read_word(r, text, (const char *const[]){"plain", "silent", NULL});

        r->site->unknown_clients = i == 1 ? SITE_UNKNOWN_SILENT : SITE_UNKNOWN_PLAIN;
        return i < 0 ? i : 0;
}

READER(pool_first) { return read_address(r, text, &r->site->pool_first); }
READER(pool_last) { return read_address(r, text, &r->site->pool_last); }
READER(router) { return read_address(r, text, &r->site->router); }
READER(dns) { return read_addresses(r, text, r->site->dns, &r->site->n_dns); }
READER(ntp) { return read_addresses(r, text, r->site->ntp, &r->site->n_ntp); }
READER(domain) { return read_host(r, text, r->site->domain); }
READER(lease_s) { return read_number(r, text, 60, 604800, &r->site->lease_s); }

READER(option_form)
{
        int i = read_word(r, text, (const char *const[]){"url", "split", "both", NULL});

        r->site->option_form = i == 2 ? SITE_OPTION_FORM_BOTH : i == 1 ? SITE_OPTION_FORM_SPLIT : SITE_OPTION_FORM_URL;
        return i < 0 ? i : 0;
}

READER(bootstrap_url)
{
        struct source_url url;

        if (*text && source_url_parse(text, &url) < 0)
                return malformed(r, "a URL such as https://192.168.1.1/{mac}.xml, without user, query or fragment");
        return copy_text(r, r->site->bootstrap_url, sizeof r->site->bootstrap_url, text);
}

READER(option_120) { return read_address(r, text, &r->site->option_120); }

READER(option_132)
{
        uint32_t vlan;

        if (*text && read_number(r, text, 0, 4094, &vlan) < 0)
                return PV_EMALFORMED;
        return copy_text(r, r->site->option_132, sizeof r->site->option_132, text);
}

READER(option_133)
{
        uint32_t priority;

        if (*text && read_number(r, text, 0, 7, &priority) < 0)
                return PV_EMALFORMED;
        return copy_text(r, r->site->option_133, sizeof r->site->option_133, text);
}

READER(vpn_host) { return read_host(r, text, r->site->vpn_host); }

static int read_port(struct reading *r, const char *text, uint32_t min, uint16_t *ret)
{
        uint32_t port = 0;

        if (*text && read_number(r, text, min, 65535, &port) < 0)
                return PV_EMALFORMED;
        *ret = (uint16_t)port;
        return 0;
}

/* One of ours, on UDP. */
static int read_udp_port(struct reading *r, const char *text, uint16_t *ret)
{
        int result = read_port(r, text, 1, ret);

        if (result == 0 && (*ret == 67 || *ret == 68 || *ret == 123 || *ret == 5060))
                return refuse(r, r->name, "UDP port %u is used by the appliance's own DHCP, time or SIP service; choose another.", *ret);
        return result;
}

READER(vpn_port) { return read_udp_port(r, text, &r->site->vpn_port); }
READER(vpn_public_host) { return read_host(r, text, r->site->vpn_public_host); }
READER(vpn_public_port) { return read_port(r, text, 1, &r->site->vpn_public_port); }
READER(vpn_tcp_port) { return read_port(r, text, 1024, &r->site->vpn_tcp_port); }
READER(vpn_public_tcp_port) { return read_port(r, text, 1, &r->site->vpn_public_tcp_port); }
READER(legacy_port) { return read_udp_port(r, text, &r->site->legacy_port); }
READER(legacy_https_port) { return read_port(r, text, 1024, &r->site->legacy_https_port); }
READER(legacy_address) { return read_network(r, text, &r->site->legacy_address, &r->site->legacy_prefix); }

static int read_switch(struct reading *r, const char *text, bool *ret)
{
        int i = read_word(r, text, (const char *const[]){"on", "off", NULL});

        *ret = i == 0;
        return i < 0 ? i : 0;
}

READER(reach_nat) { return read_switch(r, text, &r->site->reach_nat); }
READER(legacy) { return read_switch(r, text, &r->site->legacy); }

READER(listed_phones)
{
        int i = read_word(r, text, (const char *const[]){"certificate", "ask", NULL});

        r->site->listed_phones = i == 1 ? SITE_LISTED_ASK : SITE_LISTED_CERTIFICATE;
        return i < 0 ? i : 0;
}

READER(replace_wait_s) { return read_number(r, text, 60, 604800, &r->site->replace_wait_s); }
READER(renew_days) { return read_number(r, text, 30, 700, &r->site->renew_days); }

READER(update_url)
{
        struct source_url parsed;

        if (*text && (!text_starts(text, "https://") || source_url_parse(text, &parsed) < 0))
                return malformed(r, "an https URL");
        return copy_text(r, r->site->update_url, sizeof r->site->update_url, text);
}

READER(update_share) { return read_number(r, text, 0, 100, &r->site->update_share); }
READER(update_wait) { return read_number(r, text, 30, 3600, &r->site->update_wait_s); }

READER(tunnel_address) { return read_network(r, text, &r->site->tunnel_address, &r->site->tunnel_prefix); }

READER(phone_ca)
{
        if (*text && (!strstr(text, "-----BEGIN CERTIFICATE-----") || !strstr(text, "-----END CERTIFICATE-----")))
                return malformed(r, "PEM certificates, each between BEGIN CERTIFICATE and END CERTIFICATE");
        if (strstr(text, "PRIVATE KEY"))
                return refuse(r, r->name, "phone_ca holds a private key; give the certificates alone.");
        r->site->phone_ca = text;
        return 0;
}

READER(sip_host) { return read_host(r, text, r->site->sip_host); }

READER(sip_transport)
{
        int i = read_word(r, text, (const char *const[]){"tls", "tcp", "udp", NULL});

        return i < 0 ? i : copy_text(r, r->site->sip_transport, sizeof r->site->sip_transport, text);
}

static int check_models(struct reading *r, const char *text)
{
        for (const char *p = text; *p; p++)
                if (!isalnum((unsigned char)*p) && *p != ' ')
                        return malformed(r, "phone models, blank apart, such as snom370 snom821");
        return strlen(text) <= SITE_MODELS_MAX ? 0 : refuse(r, r->name, "%s is longer than %d characters.", r->name, SITE_MODELS_MAX);
}

/* Checked here, looked up by the store: it alone says which key a phone gets. */
READER(rsa_models) { return check_models(r, text); }

READER(legacy_tls10_models)
{
        int result = check_models(r, text);

        return result < 0 ? result : copy_text(r, r->site->legacy_tls10_models, sizeof r->site->legacy_tls10_models, text);
}

READER(admin_port)
{
        int result = read_port(r, text, 1, &r->site->admin_port);

        if (result == 0 && r->site->admin_port == 443)
                return refuse(r, r->name, "TCP port 443 is where phones are answered; choose another one for the page.");
        return result;
}

READER(admin_on)
{
        int i = read_word(r, text, (const char *const[]){"both", "uplink", "lan", NULL});

        r->site->admin_on = i == 1 ? SITE_ADMIN_ON_UPLINK : i == 2 ? SITE_ADMIN_ON_LAN : SITE_ADMIN_ON_BOTH;
        return i < 0 ? i : 0;
}

READER(time_zone)
{
        for (const char *p = text; *p; p++)
                if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-:._/", *p))
                        return malformed(r, "one of Snom's time zone codes, such as GER+1");
        return copy_text(r, r->site->time_zone, sizeof r->site->time_zone, text);
}

READER(language) { return copy_text(r, r->site->language, sizeof r->site->language, text); }

/* Which codes are in use changes; that a code has no facts is told where it matters. */
READER(country)
{
        if (*text && (strlen(text) != 2 || !isupper((unsigned char)text[0]) || !isupper((unsigned char)text[1])))
                return malformed(r, "a country's two capital letters (ISO 3166), such as DE, or empty");
        return copy_text(r, r->site->country, sizeof r->site->country, text);
}

READER(poll_minutes) { return read_number(r, text, 1, 1440, &r->site->poll_minutes); }

READER(notify)
{
        int i = read_word(r, text, (const char *const[]){"on", "off", NULL});

        r->site->notify = i == 1 ? SITE_NOTIFY_OFF : SITE_NOTIFY_ON;
        return i < 0 ? i : 0;
}

READER(rollout_mode)
{
        int i = read_word(r, text, (const char *const[]){"rings", "at-once", NULL});

        r->site->rollout_mode = i == 1 ? SITE_ROLLOUT_AT_ONCE : SITE_ROLLOUT_RINGS;
        return i < 0 ? i : 0;
}

READER(rollout_share) { return read_number(r, text, 1, 100, &r->site->rollout_share); }
READER(rollout_wait_s) { return read_number(r, text, 30, 86400, &r->site->rollout_wait_s); }
READER(rollout_settle_s) { return read_number(r, text, 5, 3600, &r->site->rollout_settle_s); }
READER(seal_days) { return read_number(r, text, 1, 3650, &r->site->seal_days); }

READER(rogue_watch)
{
        int i = read_word(r, text, (const char *const[]){"on", "off", NULL});

        r->site->rogue_watch = i == 1 ? SITE_ROGUE_WATCH_OFF : SITE_ROGUE_WATCH_ON;
        return i < 0 ? i : 0;
}

READER(known_servers)
{
        char copy[VALUE_MAX], *rest = copy, *part;

        if (copy_text(r, copy, sizeof copy, text) < 0)
                return PV_EREFUSED;
        r->site->n_known_servers = 0;
        while ((part = strsep(&rest, " "))) {
                if (!*part)
                        continue;
                if (r->site->n_known_servers == SITE_KNOWN_SERVERS_MAX)
                        return refuse(r, r->name, "%s holds more than %d MACs.", r->name, SITE_KNOWN_SERVERS_MAX);
                if (mac_parse_text(part, &r->site->known_servers[r->site->n_known_servers]) < 0)
                        return malformed(r, "a list of MACs with blanks between them, as `provostctl rogue list` shows them");
                r->site->n_known_servers++;
        }
        return 0;
}

/* default_text NULL: computed by add_defaults() once all are read. */
static const struct value {
        const char *name;
        bool needed;
        const char *default_text;
        int (*read)(struct reading *r, const char *text);
} known[] = {
        {"name", false, "Site", read_name},
        {"lan_interface", false, "eth0", read_lan_interface},
        {"lan_address", true, "", read_lan_address},
        {"uplink_interface", false, "eth1", read_uplink_interface},
        {"uplink_address", false, "dhcp", read_uplink_address},
        {"uplink_gateway", false, "", read_uplink_gateway},
        {"dhcp_mode", false, "server", read_dhcp_mode},
        {"pnp_mode", false, "on", read_pnp_mode},
        {"unknown_clients", false, "plain", read_unknown_clients},
        {"pool_first", true, "", read_pool_first},
        {"pool_last", true, "", read_pool_last},
        {"router", false, "", read_router},
        {"dns", false, NULL, read_dns},
        {"ntp", false, NULL, read_ntp},
        {"domain", false, "", read_domain},
        {"lease_s", false, "3600", read_lease_s},
        {"option_form", false, "url", read_option_form},
        {"bootstrap_url", false, NULL, read_bootstrap_url},
        {"option_120", false, "", read_option_120},
        {"option_132", false, "", read_option_132},
        {"option_133", false, "", read_option_133},
        {"vpn_host", false, NULL, read_vpn_host},
        {"vpn_port", false, "1194", read_vpn_port},
        {"tunnel_address", false, "10.64.0.1/16", read_tunnel_address},
        {"phone_ca", false, "", read_phone_ca},
        {"rsa_models", false, "", read_rsa_models},
        {"sip_host", false, "", read_sip_host},
        {"sip_transport", false, "tls", read_sip_transport},
        {"time_zone", false, "", read_time_zone},
        {"language", false, "English", read_language},
        {"country", false, "", read_country},
        {"poll_minutes", false, "5", read_poll_minutes},
        {"notify", false, "on", read_notify},
        {"rollout_mode", false, "rings", read_rollout_mode},
        {"rollout_share", false, "10", read_rollout_share},
        {"rollout_wait_s", false, "600", read_rollout_wait_s},
        {"rollout_settle_s", false, "90", read_rollout_settle_s},
        {"seal_days", false, "180", read_seal_days},
        {"rogue_watch", false, "on", read_rogue_watch},
        {"known_servers", false, "", read_known_servers},
        {"listed_phones", false, "certificate", read_listed_phones},
        {"replace_wait_s", false, "3600", read_replace_wait_s},
        {"renew_days", false, "400", read_renew_days},
        {"vpn_public_host", false, "", read_vpn_public_host},
        {"vpn_public_port", false, NULL, read_vpn_public_port},
        {"vpn_tcp_port", false, "", read_vpn_tcp_port},
        {"vpn_public_tcp_port", false, "443", read_vpn_public_tcp_port},
        {"reach_nat", false, "on", read_reach_nat},
        {"legacy", false, "off", read_legacy},
        {"legacy_port", false, "1195", read_legacy_port},
        {"legacy_https_port", false, "8443", read_legacy_https_port},
        {"legacy_address", false, "10.65.0.1/16", read_legacy_address},
        {"legacy_tls10_models", false, "", read_legacy_tls10_models},
        {"admin_port", false, "9443", read_admin_port},
        {"admin_on", false, "both", read_admin_on},
        {"update_url", false, "", read_update_url},
        {"update_share", false, "90", read_update_share},
        {"update_wait", false, "600", read_update_wait},
};
#define N_KNOWN (sizeof known / sizeof known[0])

const char *site_value_name(size_t i, bool *ret_needed, const char **ret_default_text)
{
        if (i >= N_KNOWN)
                return NULL;
        if (ret_needed)
                *ret_needed = known[i].needed;
        if (ret_default_text)
                *ret_default_text = known[i].default_text;
        return known[i].name;
}

size_t site_missing(const struct site *site, const char **ret_names, size_t max)
{
        bool pool = site->dhcp_mode == SITE_DHCP_MODE_SERVER;
        const char *missing[] = {
                site->lan_address ? NULL : "lan_address",
                !pool || site->pool_first ? NULL : "pool_first",
                !pool || site->pool_last ? NULL : "pool_last",
        };
        size_t n = 0;

        for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
                if (missing[i] && n < max)
                        ret_names[n++] = missing[i];
        return n;
}

/* --- all together -------------------------------------------------------- */

static bool is_inside(uint32_t address, uint32_t network, unsigned prefix)
{
        uint32_t mask = text_ipv4_mask(prefix);

        return (address & mask) == (network & mask) && (address & ~mask) != 0 && (address & ~mask) != ~mask;
}

static bool overlaps(uint32_t a, unsigned a_prefix, uint32_t b, unsigned b_prefix)
{
        uint32_t mask = text_ipv4_mask(a_prefix < b_prefix ? a_prefix : b_prefix);

        return a_prefix && b_prefix && (a & mask) == (b & mask);
}

static void add_defaults(struct site *site)
{
        char lan[TEXT_IPV4_SIZE];

        if (!site->vpn_public_port)
                site->vpn_public_port = site->vpn_port;
        if (!site->lan_address)
                return;
        text_from_ipv4(site->lan_address, lan);
        if (!site->n_dns)
                site->dns[site->n_dns++] = site->lan_address;
        if (!site->n_ntp)
                site->ntp[site->n_ntp++] = site->lan_address;
        if (!*site->bootstrap_url)
                (void)snprintf(site->bootstrap_url, sizeof site->bootstrap_url, "https://%s/{mac}.xml", lan);
        if (!*site->vpn_host)
                (void)text_copy(site->vpn_host, sizeof site->vpn_host, lan);
}

static int check_pool(struct reading *r, const struct site *site)
{
        const struct { const char *name; uint32_t address; } inside[] = {
                {"pool_first", site->pool_first}, {"pool_last", site->pool_last}, {"router", site->router},
        };
        char lan[TEXT_IPV4_SIZE], text[TEXT_IPV4_SIZE];

        for (size_t i = 0; site->lan_address && i < 3; i++)
                if (inside[i].address && !is_inside(inside[i].address, site->lan_address, site->lan_prefix))
                        return refuse(r, inside[i].name, "%s %s is not a host address of the phone LAN %s/%u.", inside[i].name,
                                      text_from_ipv4(inside[i].address, text), text_from_ipv4(site->lan_address, lan),
                                      site->lan_prefix);
        if (!site->pool_first || !site->pool_last)
                return 0;
        if (site->pool_first > site->pool_last)
                return refuse(r, "pool_last", "pool_last must not be below pool_first.");
        if (site->lan_address >= site->pool_first && site->lan_address <= site->pool_last)
                return refuse(r, "pool_first", "The pool holds the appliance's own address %s; begin or end it elsewhere.",
                              text_from_ipv4(site->lan_address, lan));
        if (site->router && site->router >= site->pool_first && site->router <= site->pool_last)
                return refuse(r, "router", "The router %s lies in the pool; begin or end the pool elsewhere.",
                              text_from_ipv4(site->router, text));
        return 0;
}

static int check_networks(struct reading *r, const struct site *site)
{
        char text[TEXT_IPV4_SIZE];

        if (overlaps(site->tunnel_address, site->tunnel_prefix, site->lan_address, site->lan_prefix))
                return refuse(r, "tunnel_address", "The tunnel network %s/%u overlaps the phone LAN; choose another one.",
                              text_from_ipv4(site->tunnel_address, text), site->tunnel_prefix);
        if (site->legacy && (overlaps(site->legacy_address, site->legacy_prefix, site->lan_address, site->lan_prefix) ||
            overlaps(site->legacy_address, site->legacy_prefix, site->tunnel_address, site->tunnel_prefix)))
                return refuse(r, "legacy_address", "The old phones' tunnel network %s/%u overlaps the phone LAN or the other tunnel network; "
                              "choose another one.", text_from_ipv4(site->legacy_address, text), site->legacy_prefix);
        if (*site->uplink_interface && text_equal(site->uplink_interface, site->lan_interface))
                return refuse(r, "uplink_interface", "The uplink and the phone LAN cannot be the same network card %s.",
                              site->lan_interface);
        if (!*site->lan_interface)
                return refuse(r, "lan_interface", "The phone LAN needs a network card.");
        if (site->uplink != SITE_UPLINK_STATIC)
                return 0;
        if (overlaps(site->uplink_address, site->uplink_prefix, site->lan_address, site->lan_prefix))
                return refuse(r, "uplink_address", "The uplink's network overlaps the phone LAN.");
        if (overlaps(site->uplink_address, site->uplink_prefix, site->tunnel_address, site->tunnel_prefix))
                return refuse(r, "uplink_address", "The uplink's network overlaps the tunnel network.");
        if (site->legacy && overlaps(site->uplink_address, site->uplink_prefix, site->legacy_address, site->legacy_prefix))
                return refuse(r, "uplink_address", "The uplink's network overlaps the old phones' tunnel network.");
        if (site->uplink_gateway && !is_inside(site->uplink_gateway, site->uplink_address, site->uplink_prefix))
                return refuse(r, "uplink_gateway", "uplink_gateway is not in the uplink's network.");
        return 0;
}

/* Each of ours on a port of its own. */
static int check_ports(struct reading *r, const struct site *site)
{
        if (site->legacy && site->legacy_port == site->vpn_port)
                return refuse(r, "legacy_port", "legacy_port and vpn_port are both %u; the two processes need a port each.", site->vpn_port);
        if (site->legacy && site->vpn_tcp_port && site->vpn_tcp_port == site->legacy_https_port)
                return refuse(r, "legacy_https_port", "legacy_https_port and vpn_tcp_port are both %u; choose another one.", site->vpn_tcp_port);
        if (site->vpn_tcp_port && site->vpn_tcp_port == site->admin_port)
                return refuse(r, "admin_port", "admin_port and vpn_tcp_port are both %u; choose another one.", site->admin_port);
        if (site->legacy && site->legacy_https_port == site->admin_port)
                return refuse(r, "admin_port", "admin_port and legacy_https_port are both %u; choose another one.", site->admin_port);
        return 0;
}

bool site_models_hold(const char *models, const char *model)
{
        size_t size = strlen(model);

        for (const char *p = models; size > 0 && *p; p += strcspn(p, " ")) {
                p += strspn(p, " ");
                if (strcspn(p, " ") == size && strncasecmp(p, model, size) == 0)
                        return true;
        }
        return false;
}

static int check_text(struct reading *r, const char *text)
{
        bool is_pem = text_equal(r->name, "phone_ca");

        if (strlen(text) > (is_pem ? PHONE_CA_MAX : SITE_MODELS_MAX))
                return refuse(r, r->name, "%s is too long.", r->name);
        for (const char *p = text; is_pem && *p; p++)
                if ((unsigned char)*p >= 0x7f || (*p < ' ' && *p != '\n' && *p != '\r' && *p != '\t'))
                        return malformed(r, "plain PEM text");
        if (!is_pem && !text_is_printable(text))
                return malformed(r, "printable text without line breaks");
        return 0;
}

static const char *find(const struct site_value *values, size_t n_values, const char *name)
{
        const char *found = "";

        for (size_t i = 0; i < n_values; i++)
                if (text_equal(values[i].name, name))
                        found = values[i].value;
        return found;
}

static int check_names(struct reading *r, const struct site_value *values, size_t n_values)
{
        for (size_t i = 0; i < n_values; i++) {
                bool is_known = false;
                char shown[24];

                for (size_t k = 0; k < N_KNOWN; k++)
                        is_known |= text_equal(known[k].name, values[i].name);
                text_escape(shown, sizeof shown, values[i].name, strlen(values[i].name));
                if (!is_known)
                        return refuse(r, shown, "A site has no value named %s; `provostctl site show` lists them.", shown);
        }
        return 0;
}

/* A ring ends before a phone could count as back: every roll-out would fail. */
static int check_rollout(struct reading *r, const struct site *site)
{
        if (site->rollout_settle_s < site->rollout_wait_s)
                return 0;
        return refuse(r, "rollout_wait_s", "rollout_wait_s (%u) must be longer than rollout_settle_s (%u), or no phone could come back in time.",
                      site->rollout_wait_s, site->rollout_settle_s);
}

uint32_t site_wait_needed_s(const struct site *site)
{
        return site->poll_minutes * 60 + site->rollout_settle_s;
}

int site_check_waits(const struct site *site, struct site_problem *ret_problem)
{
        struct reading r = {.problem = ret_problem};

        if (site->rollout_mode == SITE_ROLLOUT_AT_ONCE || site->rollout_wait_s >= site_wait_needed_s(site))
                return 0;
        return refuse(&r, "rollout_wait_s", "rollout_wait_s (%u) must hold a polling period (poll_minutes %u) and rollout_settle_s (%u) after it, %u s in all, or "
                      "phones that hear no NOTIFY fail every roll-out.", site->rollout_wait_s, site->poll_minutes, site->rollout_settle_s,
                      site_wait_needed_s(site));
}

/* An empty uplink_interface is a choice of its own ("no uplink"), but "" means the default: "none" in uplink_address says it. */
int site_from_values(const struct site_value *values, size_t n_values, struct site *ret_site, struct site_problem *ret_problem)
{
        struct site site = {.phone_ca = ""};
        struct site_problem problem = {0};
        struct reading r = {.site = &site, .problem = &problem};
        const char *unused[4];
        int result = check_names(&r, values, n_values);

        for (size_t i = 0; result == 0 && i < N_KNOWN; i++) {
                const char *text = find(values, n_values, known[i].name);

                r.name = known[i].name;
                if (!*text && known[i].default_text)
                        text = known[i].default_text;
                result = check_text(&r, text);
                if (result == 0)
                        result = known[i].read(&r, text);
        }
        if (result == 0) {
                if (site.uplink == SITE_UPLINK_NONE)
                        site.uplink_interface[0] = 0;
                add_defaults(&site);
                result = check_networks(&r, &site);
        }
        if (result == 0)
                result = check_ports(&r, &site);
        if (result == 0)
                result = check_pool(&r, &site);
        if (result == 0)
                result = check_rollout(&r, &site);
        if (result < 0) {
                *ret_problem = problem;
                return result;
        }
        site.complete = site_missing(&site, unused, 4) == 0;
        *ret_site = site;
        return 0;
}
