/*
 * tunnel_url: where a phone in its tunnel finds its settings and its bundle.
 *
 * In:   the site, the phone's class, MAC and certificates.
 * Out:  URLs.
 * Not:  nothing is looked up; who gets what stands there is for settings and bootstrap.
 */
#include "provisioning/model/tunnel_url.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"

uint32_t tunnel_url_gateway(const struct site *site, bool is_legacy)
{
        return is_legacy ? site->legacy_address : site->tunnel_address;
}

uint32_t tunnel_url_gateway_at(const struct site *site, uint32_t tunnel_address)
{
        uint32_t mask = text_ipv4_mask(site->legacy_prefix);

        return tunnel_url_gateway(site, site->legacy && (tunnel_address & mask) == (site->legacy_address & mask));
}

char *tunnel_url_settings(uint32_t gateway, char ret[static TUNNEL_URL_SIZE])
{
        char address[TEXT_IPV4_SIZE];

        (void)snprintf(ret, TUNNEL_URL_SIZE, "https://%s/{mac}.xml", text_from_ipv4(gateway, address));
        return ret;
}

static bool is_serial(const char *text)
{
        size_t n = strspn(text, "0123456789abcdef");

        return n > 0 && n <= TUNNEL_URL_SERIAL_MAX && !text[n];
}

int tunnel_url_bundle(uint32_t gateway, const struct mac *mac, const char *serial, char ret[static TUNNEL_URL_SIZE])
{
        char address[TEXT_IPV4_SIZE], name[MAC_TEXT_SIZE];

        if (!is_serial(serial))
                return PV_EMALFORMED;
        (void)snprintf(ret, TUNNEL_URL_SIZE, "https://%s/vpn/%s-%s.tar", text_from_ipv4(gateway, address), mac_format_upper(mac, name), serial);
        return 0;
}

const char *tunnel_url_serial(const char *next, const char *present, const char *delivered)
{
        if (next && *next)
                return next;
        return present && *present && text_equal(delivered, "tunnel") ? present : NULL;
}
