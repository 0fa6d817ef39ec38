/*
 * box_model: the values of a site that network, firewall, clock and edge follow.
 *
 * In:   the store's names and texts.
 * Out:  a checked struct box_model; every text in it is safe to write into a
 *       configuration file (interface and host names of a closed alphabet).
 * Not:  nothing about phones; no files, no sockets.
 */
#include "appliance/box/box_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define PAGE_PORT "9443"

static const char *value_of(const struct box_model_value *values, size_t n_values, const char *name,
                            const char *default_text)
{
        for (size_t i = 0; i < n_values; i++)
                if (text_equal(values[i].name, name) && *values[i].value)
                        return values[i].value;
        return default_text;
}

static bool is_word(const char *text, const char *more)
{
        for (const char *p = text; *p; p++)
                if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                      strchr(more, *p)))
                        return false;
        return *text && *text != '-' && *text != '.';
}

static int refuse(char *problem, const char *name, const char *value, const char *wanted)
{
        char escaped[64];

        (void)snprintf(problem, BOX_MODEL_PROBLEM_SIZE, "The site's %s is \"%s\", which is not %s.", name,
                       text_escape(escaped, sizeof escaped, value, strlen(value)), wanted);
        return PV_EMALFORMED;
}

static int read_interface(const char *name, const char *value, char ret[static BOX_MODEL_INTERFACE_MAX], char *problem)
{
        if (!is_word(value, "._-") || text_copy(ret, BOX_MODEL_INTERFACE_MAX, value) < 0)
                return refuse(problem, name, value, "the name of a network card");
        return 0;
}

static int read_network(const char *name, const char *value, uint32_t *ret_address, unsigned *ret_prefix,
                        char *problem)
{
        if (text_to_ipv4_prefix(value, ret_address, ret_prefix) < 0 || *ret_prefix < 1 || *ret_prefix > 30)
                return refuse(problem, name, value, "an address with a prefix of 1 to 30, like 192.168.1.1/24");
        return 0;
}

static int read_uplink(const struct box_model_value *values, size_t n_values, struct box_model *m, char *problem)
{
        const char *interface = value_of(values, n_values, "uplink_interface", "eth1");
        const char *address = value_of(values, n_values, "uplink_address", "dhcp");
        const char *gateway = value_of(values, n_values, "uplink_gateway", "");
        int r = read_interface("uplink_interface", interface, m->uplink_interface, problem);

        if (r < 0)
                return r;
        if (text_equal(m->uplink_interface, m->lan_interface))
                return refuse(problem, "uplink_interface", interface, "another card than the phone LAN's");
        if (*gateway && text_to_ipv4(gateway, &m->uplink_gateway) < 0)
                return refuse(problem, "uplink_gateway", gateway, "an address");
        if (text_equal(address, "none")) {
                m->uplink = BOX_MODEL_UPLINK_NONE;
                return 0;
        }
        if (text_equal(address, "dhcp")) {
                m->uplink = BOX_MODEL_UPLINK_DHCP;
                return 0;
        }
        m->uplink = BOX_MODEL_UPLINK_STATIC;
        return read_network("uplink_address", address, &m->uplink_address, &m->uplink_prefix, problem);
}

static void add_address(struct box_model *m, uint32_t address)
{
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i] == address)
                        return;
        if (m->n_addresses < BOX_MODEL_ADDRESSES_MAX)
                m->addresses[m->n_addresses++] = address;
}

/* A host of a URL or of vpn_host: an address or a name; anything else cannot stand in a certificate. */
static int add_host(struct box_model *m, const char *name, const char *host, char *problem)
{
        uint32_t address;

        if (!*host)
                return 0;
        if (text_to_ipv4(host, &address) == 0) {
                add_address(m, address);
                return 0;
        }
        if (!is_word(host, ".-"))
                return refuse(problem, name, host, "a host name or an address");
        for (size_t i = 0; i < m->n_names; i++)
                if (text_equal(m->names[i], host))
                        return 0;
        if (m->n_names >= BOX_MODEL_NAMES_MAX)
                return 0;
        if (text_copy(m->names[m->n_names], BOX_MODEL_HOST_MAX, host) < 0)
                return refuse(problem, name, host, "short enough for a certificate");
        m->n_names++;
        return 0;
}

/* The host of "https://host:port/path"; "" when there is none. */
static void url_host(const char *url, char ret[static BOX_MODEL_HOST_MAX])
{
        const char *host = strstr(url, "://");
        size_t length = host ? strcspn(host + 3, "/:?#") : 0;

        *ret = 0;
        if (length && length < BOX_MODEL_HOST_MAX) {
                memcpy(ret, host + 3, length);
                ret[length] = 0;
        }
}

static int read_certificate_names(const struct box_model_value *values, size_t n_values, struct box_model *m,
                                  char *problem)
{
        char host[BOX_MODEL_HOST_MAX];
        int r = add_host(m, "vpn_host", value_of(values, n_values, "vpn_host", ""), problem);

        add_address(m, m->lan_address);
        add_address(m, m->tunnel_address);
        if (m->is_legacy)
                add_address(m, m->legacy_address);
        if (r < 0)
                return r;
        url_host(value_of(values, n_values, "bootstrap_url", ""), host);
        return add_host(m, "bootstrap_url", host, problem);
}

/* An empty default means that there is none: 0. */
static int read_port(const struct box_model_value *values, size_t n_values, const char *name, const char *default_text,
                     uint16_t *ret_port, char *problem)
{
        const char *text = value_of(values, n_values, name, default_text);
        uint32_t number = 0;

        if (*text && (text_to_u32(text, 65535, &number) < 0 || number == 0))
                return refuse(problem, name, text, "a port");
        *ret_port = (uint16_t)number;
        return 0;
}

static int read_legacy(const struct box_model_value *values, size_t n_values, struct box_model *m, char *problem)
{
        int r = read_port(values, n_values, "legacy_port", "1195", &m->legacy_port, problem);

        m->is_legacy = text_equal(value_of(values, n_values, "legacy", "off"), "on");
        if (r == 0)
                r = read_port(values, n_values, "legacy_https_port", "8443", &m->legacy_https_port, problem);
        if (r == 0)
                r = read_network("legacy_address", value_of(values, n_values, "legacy_address", "10.65.0.1/16"),
                                 &m->legacy_address, &m->legacy_prefix, problem);
        return r;
}

/* Never nowhere: without an uplink the page is on the phone LAN. */
static int read_page(const struct box_model_value *values, size_t n_values, struct box_model *m, char *problem)
{
        const char *on = value_of(values, n_values, "admin_on", "both");
        bool has_uplink = m->uplink != BOX_MODEL_UPLINK_NONE;

        if (!text_equal(on, "both") && !text_equal(on, "uplink") && !text_equal(on, "lan"))
                return refuse(problem, "admin_on", on, "both, uplink or lan");
        m->is_page_on_uplink = has_uplink && !text_equal(on, "lan");
        m->is_page_on_lan = !has_uplink || !text_equal(on, "uplink");
        return read_port(values, n_values, "admin_port", PAGE_PORT, &m->admin_port, problem);
}

static int read_all(const struct box_model_value *values, size_t n_values, struct box_model *m, char *problem)
{
        const char *lan = value_of(values, n_values, "lan_address", NULL);
        const char *tunnel = value_of(values, n_values, "tunnel_address", "10.64.0.1/16");
        int r;

        if (!lan) {
                (void)snprintf(problem, BOX_MODEL_PROBLEM_SIZE, "The site has no lan_address yet: set it with"
                               " provostctl site set lan_address=ADDRESS/PREFIX.");
                return PV_EUNSET;
        }
        r = read_interface("lan_interface", value_of(values, n_values, "lan_interface", BOX_MODEL_FIRST_CARD), m->lan_interface,
                           problem);
        if (r == 0)
                r = read_network("lan_address", lan, &m->lan_address, &m->lan_prefix, problem);
        if (r == 0)
                r = read_uplink(values, n_values, m, problem);
        if (r == 0)
                r = read_network("tunnel_address", tunnel, &m->tunnel_address, &m->tunnel_prefix, problem);
        if (r == 0)
                r = read_port(values, n_values, "vpn_port", "1194", &m->vpn_port, problem);
        if (r == 0)
                r = read_port(values, n_values, "vpn_tcp_port", "", &m->vpn_tcp_port, problem);
        if (r == 0)
                r = read_legacy(values, n_values, m, problem);
        if (r == 0)
                r = read_page(values, n_values, m, problem);
        if (r == 0)
                r = read_certificate_names(values, n_values, m, problem);
        m->is_nat = text_equal(value_of(values, n_values, "reach_nat", "on"), "on");
        if (r < 0)
                return r;
        m->phone_ca = strdup(value_of(values, n_values, "phone_ca", ""));
        return m->phone_ca ? 0 : PV_ENOMEM;
}

int box_model_from_values(const struct box_model_value *values, size_t n_values, struct box_model *ret_model,
                          char problem[static BOX_MODEL_PROBLEM_SIZE])
{
        struct box_model m = {0};
        int r;

        *problem = 0;
        r = read_all(values, n_values, &m, problem);
        if (r < 0) {
                box_model_done(&m);
                return r;
        }
        *ret_model = m;
        return 0;
}

int box_model_for_setup(const struct box_model_value *values, size_t n_values, struct box_model *ret_model)
{
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m = {.is_setup = true, .phone_ca = strdup("")};
        const struct box_model_value otherwise = {"admin_port", PAGE_PORT};

        if (!m.phone_ca)
                return PV_ENOMEM;
        if (read_port(values, n_values, "admin_port", PAGE_PORT, &m.admin_port, problem) < 0)
                (void)read_port(&otherwise, 1, "admin_port", PAGE_PORT, &m.admin_port, problem);
        *ret_model = m;
        return 0;
}

void box_model_done(struct box_model *model)
{
        free(model->phone_ca);
        model->phone_ca = NULL;
}
