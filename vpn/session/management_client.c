/*
 * management_client: a client event gathered from its lines.
 *
 * In:   parsed lines, in order.
 * Out:  one struct management_client per event.
 * Not:  no meaning given to it (see session_policy).
 */
#include "vpn/session/management_client.h"

#include <string.h>

#include "appliance/base/text.h"

#define DIGEST_TEXT_SIZE 95             /* 32 bytes as aa:bb:... */

/* Copies a value that is printable ASCII and fits; else leaves "". */
static void take_text(struct cursor value, char *ret, size_t size)
{
        if (cursor_to_text(&value, ret, size) < 0) {
                *ret = 0;
                return;
        }
        for (const char *c = ret; *c; c++)
                if (*c < 0x20 || *c > 0x7e)
                        *ret = 0;
}

static bool is_hex(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "aa:bb:..." without the colons. */
static void take_digest(struct cursor value, char ret[static 65])
{
        char text[DIGEST_TEXT_SIZE + 1];
        size_t used = 0;

        *ret = 0;
        if (cursor_left(&value) != DIGEST_TEXT_SIZE || cursor_to_text(&value, text, sizeof text) < 0)
                return;
        for (size_t i = 0; i < DIGEST_TEXT_SIZE; i++) {
                char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];

                if (i % 3 == 2 ? c != ':' : !is_hex(c)) {
                        *ret = 0;
                        return;
                }
                if (i % 3 != 2)
                        ret[used++] = c;
        }
        ret[used] = 0;
}

static void take_protocol(struct cursor value, uint32_t *ret)
{
        char text[12];

        take_text(value, text, sizeof text);
        if (text_to_u32(text, UINT32_MAX, ret) < 0)
                *ret = 0;
}

static void add(struct management_client *client, const struct management_line *line)
{
        const struct cursor *name = &line->name;

        if (cursor_equals(name, "common_name"))
                take_text(line->text, client->common_name, sizeof client->common_name);
        else if (cursor_equals(name, "tls_digest_sha256_0"))
                take_digest(line->text, client->sha256);
        else if (cursor_equals(name, "untrusted_ip") || cursor_equals(name, "untrusted_ip6"))
                take_text(line->text, client->peer_address, sizeof client->peer_address);
        else if (cursor_equals(name, "untrusted_port"))
                take_text(line->text, client->peer_port, sizeof client->peer_port);
        else if (cursor_equals(name, "IV_VER"))
                take_text(line->text, client->version, sizeof client->version);
        else if (cursor_equals(name, "IV_PROTO"))
                take_protocol(line->text, &client->protocol);
        else if (cursor_equals(name, "IV_CIPHERS"))
                take_text(line->text, client->ciphers, sizeof client->ciphers);
        else if (cursor_equals(name, "IV_NCP"))
                client->is_negotiating = cursor_equals(&line->text, "2");
}

bool management_client_collect(struct management_client_collector *collector, const struct management_line *line,
                               struct management_client *ret_client)
{
        switch (line->kind) {
        case MANAGEMENT_LINE_CLIENT:
                collector->is_open = true;
                collector->client = (struct management_client){.event = line->event, .cid = line->cid, .kid = line->kid};
                return false;
        case MANAGEMENT_LINE_ENV:
                if (collector->is_open)
                        add(&collector->client, line);
                return false;
        case MANAGEMENT_LINE_ENV_END:
                if (!collector->is_open)
                        return false;
                collector->is_open = false;
                *ret_client = collector->client;
                return true;
        default:
                return false;
        }
}
