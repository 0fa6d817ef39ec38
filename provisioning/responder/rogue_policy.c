/*
 * rogue_policy: what another host's answer means for phones.
 *
 * In:   a DHCP reply or a SIP message of somebody else; the site; what is trusted.
 * Out:  a verdict: harmless, or what it is and what it tried to hand out.
 * Not:  no state, no probing, no alarm (rogue_watch).
 */
#include "provisioning/responder/rogue_policy.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "provisioning/responder/sighting.h"

enum { URL_MAX = 255 };

/* --- DHCP --- */

/* Snom's own examples end texts with a NUL that counts as a byte (snom.md 4). */
static size_t without_nul(const uint8_t *data, size_t size)
{
        return size > 0 && data[size - 1] == 0 ? size - 1 : size;
}

static void say(struct rogue_verdict *v, const char *label, const uint8_t *data, size_t size)
{
        size_t used = strlen(v->offered);
        char value[80];

        (void)snprintf(v->offered + used, sizeof v->offered - used, "%s%s=%s", used ? " " : "", label,
                       text_escape(value, sizeof value, data, without_nul(data, size)));
}

static bool is_trusted_url(const uint8_t *data, size_t size, const struct rogue_facts *facts)
{
        char url[URL_MAX + 1];
        struct cursor c = cursor_of(data, without_nul(data, size));

        return cursor_to_text(&c, url, sizeof url) == 0 && facts->trusts(url, facts->userdata);
}

/* Encapsulated options: those inside that name a source. False: there is none. */
static bool look_into_vendor(const uint8_t *data, size_t size, struct rogue_verdict *v)
{
        struct cursor c = cursor_of(data, size);
        bool is_source = false;

        while (cursor_left(&c) > 0) {
                uint8_t code = cursor_u8(&c);
                if (code == DHCP_CODE_PAD)
                        continue;
                if (code == DHCP_CODE_END)
                        break;
                struct cursor value = cursor_sub(&c, cursor_u8(&c));
                if (c.error || (code != DHCP_CODE_SOURCE_SERVER && code != DHCP_CODE_SOURCE_FILE))
                        continue;
                is_source = true;
                say(v, code == DHCP_CODE_SOURCE_SERVER ? "43.66" : "43.67", value.at, cursor_left(&value));
        }
        return is_source;
}

/*
 * The one harmless way to name a source is option 66 alone with a whole URL under a trusted source: what the site's own
 * DHCP server says when its admin took our lines into it. How a phone joins 66 and 67 is not documented: together they
 * are not trusted, and neither is 43, which wins over both.
 */
static enum rogue_kind source_of(const struct dhcp_message *m, const struct rogue_facts *facts, struct rogue_verdict *v)
{
        const uint8_t *server, *file, *vendor;
        size_t n_server = 0, n_file = 0, n_vendor = 0;
        bool has_server = dhcp_message_bytes(m, DHCP_CODE_SOURCE_SERVER, &server, &n_server) == 0 && n_server > 0;
        bool has_file = dhcp_message_bytes(m, DHCP_CODE_SOURCE_FILE, &file, &n_file) == 0 && n_file > 0;
        bool has_vendor = dhcp_message_bytes(m, DHCP_CODE_VENDOR, &vendor, &n_vendor) == 0 && n_vendor > 0;

        if (has_server)
                say(v, "66", server, n_server);
        if (has_file)
                say(v, "67", file, n_file);
        if (has_vendor && look_into_vendor(vendor, n_vendor, v))
                return ROGUE_SOURCE;
        if (!has_server && !has_file)
                return ROGUE_PLAIN;
        return has_file || !is_trusted_url(server, n_server, facts) ? ROGUE_SOURCE : ROGUE_OURS;
}

struct rogue_verdict rogue_policy_dhcp(const struct dhcp_message *m, const struct rogue_facts *facts)
{
        struct rogue_verdict v = {.server = facts->from, .relay = m->header.giaddr};
        const uint8_t *circuit;
        size_t n_circuit;

        if (dhcp_message_u32(m, DHCP_CODE_SERVER, &v.server) < 0)
                v.server = facts->from;
        if (dhcp_message_relay(m, DHCP_RELAY_CIRCUIT_ID, &circuit, &n_circuit) == 0)
                sighting_opaque(v.circuit_id, sizeof v.circuit_id, circuit, n_circuit);
        v.kind = source_of(m, facts, &v);
        if (v.kind != ROGUE_SOURCE && facts->site->dhcp_mode == SITE_DHCP_MODE_SERVER)
                v.kind = ROGUE_SERVER;
        return v;
}

/* --- PnP --- */

/* The first line of the body: the text after the empty line, up to the end of its line. */
static struct cursor first_line_of_body(const void *payload, size_t size)
{
        const uint8_t *body = memmem(payload, size, "\r\n\r\n", 4);
        const uint8_t *end = (const uint8_t *)payload + size;

        if (!body)
                return cursor_of(payload, 0);
        body += 4;
        const uint8_t *stop = body;
        while (stop < end && *stop != '\r' && *stop != '\n')
                stop++;
        return cursor_of(body, (size_t)(stop - body));
}

struct rogue_verdict rogue_policy_pnp(const void *payload, size_t size, const struct rogue_facts *facts)
{
        struct rogue_verdict v = {.kind = ROGUE_PNP, .server = facts->from};
        struct cursor url = first_line_of_body(payload, size);

        if (cursor_left(&url) == 0)
                return v;
        say(&v, "url", url.at, cursor_left(&url));
        if (is_trusted_url(url.at, cursor_left(&url), facts))
                v.kind = ROGUE_PNP_OURS;
        return v;
}

const char *rogue_kind_text(enum rogue_kind kind)
{
        static const char *const texts[] = {"dhcp-plain", "dhcp-ours", "dhcp-source", "dhcp-server", "pnp", "pnp-ours"};

        return texts[kind];
}

const char *rogue_kind_alarm(enum rogue_kind kind)
{
        return kind == ROGUE_PNP || kind == ROGUE_PNP_OURS ? "rogue-pnp" : "rogue-dhcp";
}

bool rogue_kind_is_harmless(enum rogue_kind kind)
{
        return kind == ROGUE_PLAIN || kind == ROGUE_OURS || kind == ROGUE_PNP_OURS;
}
