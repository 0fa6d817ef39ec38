/*
 * network_text: the phone LAN, the uplink and the tunnel as networkd files.
 *
 * In:   a checked struct box_model.
 * Out:  the text of one file each.
 * Not:  no decision when to load them; no IPv6 (phones speak IPv4 here).
 *
 * tun-phones is persistent and belongs to OpenVPN's user, so that OpenVPN needs
 * no capability; it keeps its address without a carrier, so that nginx can
 * bind before OpenVPN runs and keeps its socket while OpenVPN restarts. So does
 * tun-legacy, for the old phones' process. Forwarding is not networkd's: box
 * switches it (links) without a new configuration of the card.
 */
#include "appliance/box/network_text.h"

#include "appliance/base/text.h"

#define STILL "DHCPServer=no\nIPv6AcceptRA=no\nLLDP=no\nEmitLLDP=no\nLLMNR=no\n"
#define NO_LINK_LOCAL "LinkLocalAddressing=no\n"
#define NO_NAME "MulticastDNS=no\n"
#define QUIET STILL NO_LINK_LOCAL NO_NAME
/* Addresses by DHCP stay while networkd is restarted with other files: somebody may sit at the page. */
#define BY_DHCP "\n[DHCPv4]\nUseHostname=no\nUseDomains=no\nSendHostname=no\nUseTimezone=no\n"
#define DHCP_STAYS "DHCP=ipv4\nKeepConfiguration=dynamic-on-stop\n"

/* Where the page is, its name is answered. */
static const char *name_line(bool is_page)
{
        return is_page ? "MulticastDNS=yes\n" : NO_NAME;
}

static void address_line(struct writer *w, uint32_t address, unsigned prefix)
{
        char text[TEXT_IPV4_SIZE];

        writer_format(w, "Address=%s/%u\n", text_from_ipv4(address, text), prefix);
}

static void head(struct writer *w, const char *interface)
{
        writer_format(w, "# Written by provost-box from the site's values.\n[Match]\nName=%s\n\n"
                      "[Link]\nRequiredForOnline=no\n", interface);
}

void network_text_lan(struct writer *w, const struct box_model *m)
{
        head(w, m->lan_interface);
        writer_text(w, "\n[Network]\n");
        address_line(w, m->lan_address, m->lan_prefix);
        writer_text(w, "ConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\n" STILL);
        /* For who comes with a cable and without an address. */
        writer_text(w, m->is_page_on_lan ? "LinkLocalAddressing=ipv4\n" : NO_LINK_LOCAL);
        writer_text(w, name_line(m->is_page_on_lan));
}

static void setup(struct writer *w, const char *match, const char *more)
{
        writer_format(w, "# Written by provost-box until there is a site.\n[Match]\n%s\n\n"
                      "[Link]\nRequiredForOnline=no\n\n[Network]\n" DHCP_STAYS "LinkLocalAddressing=ipv4\n" STILL
                      "MulticastDNS=yes\n" BY_DHCP "%s", match, more);
}

void network_text_setup(struct writer *w, const struct box_model *m)
{
        (void)m;
        setup(w, "Type=ether", "");
}

/* Of several cards with link-local addresses one alone can be answered: the first, while it has a carrier. */
void network_text_setup_first(struct writer *w, const struct box_model *m)
{
        (void)m;
        setup(w, "Type=ether\nName=" BOX_MODEL_FIRST_CARD, "\n[Route]\nDestination=169.254.0.0/16\nScope=link\nMetric=1024\n");
}

void network_text_uplink(struct writer *w, const struct box_model *m)
{
        char gateway[TEXT_IPV4_SIZE];

        head(w, m->uplink_interface);
        if (m->uplink == BOX_MODEL_UPLINK_NONE) {
                writer_text(w, "ActivationPolicy=always-down\n\n[Network]\n" QUIET);
                return;
        }
        writer_text(w, "\n[Network]\n");
        if (m->uplink == BOX_MODEL_UPLINK_DHCP) {
                writer_text(w, DHCP_STAYS STILL NO_LINK_LOCAL);
                writer_text(w, name_line(m->is_page_on_uplink));
                writer_text(w, BY_DHCP);
                return;
        }
        address_line(w, m->uplink_address, m->uplink_prefix);
        if (m->uplink_gateway)
                writer_format(w, "Gateway=%s\n", text_from_ipv4(m->uplink_gateway, gateway));
        writer_text(w, STILL NO_LINK_LOCAL);
        writer_text(w, name_line(m->is_page_on_uplink));
}

void network_text_others(struct writer *w, const struct box_model *m)
{
        (void)m;
        writer_text(w, "# Written by provost-box: cards that the site does not use.\n[Match]\nType=ether\n\n"
                    "[Link]\nRequiredForOnline=no\nActivationPolicy=down\n\n[Network]\n" QUIET);
}

static void device(struct writer *w, const char *name)
{
        writer_format(w, "# Written by provost-box.\n[NetDev]\nName=%s\nKind=tun\n\n[Tun]\n"
                      "User=provost-openvpn\nGroup=provost-openvpn\n", name);
}

static void tunnel(struct writer *w, const char *name, uint32_t address, unsigned prefix)
{
        head(w, name);
        writer_text(w, "ActivationPolicy=up\n\n[Network]\n");
        address_line(w, address, prefix);
        writer_text(w, "ConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\n" QUIET);
}

void network_text_tunnel_device(struct writer *w, const struct box_model *m)
{
        (void)m;
        device(w, "tun-phones");
}

void network_text_tunnel(struct writer *w, const struct box_model *m)
{
        tunnel(w, "tun-phones", m->tunnel_address, m->tunnel_prefix);
}

void network_text_legacy_device(struct writer *w, const struct box_model *m)
{
        (void)m;
        device(w, "tun-legacy");
}

void network_text_legacy(struct writer *w, const struct box_model *m)
{
        tunnel(w, "tun-legacy", m->legacy_address, m->legacy_prefix);
}
