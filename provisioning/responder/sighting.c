/*
 * sighting: what one DHCP or PnP message says of its sender.
 *
 * In:   a message that was read.
 * Out:  evidence: escaped values of bounded size.
 * Not:  no decision whether anybody hears of it (sightings); nothing of it is believed.
 */
#include "provisioning/responder/sighting.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

static const uint8_t MAKER[] = {0x00, 0x04, 0x13};

static bool is_makers(const struct mac *mac)
{
        return !memcmp(mac->bytes, MAKER, sizeof MAKER);
}

static bool is_printable(const uint8_t *data, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (data[i] < 0x20 || data[i] > 0x7e)
                        return false;
        return size > 0;
}

/* At most so many bytes that `size` holds "0x", their hex and the end. */
static char *hex(char *ret, size_t size, const char *start, const uint8_t *data, size_t n)
{
        static const char CUT[] = "...";
        size_t at = strlen(start), room = (size - at - sizeof CUT) / 2;

        memcpy(ret, start, at);
        text_hex(ret + at, data, n < room ? n : room);
        if (n > room)
                memcpy(ret + at + 2 * room, CUT, sizeof CUT);
        return ret;
}

char *sighting_opaque(char *ret, size_t size, const void *data, size_t data_size)
{
        *ret = '\0';
        if (data_size == 0)
                return ret;
        return is_printable(data, data_size) ? text_escape(ret, size, data, data_size) : hex(ret, size, "0x", data, data_size);
}

/* --- DHCP --- */

static void take_text(const struct dhcp_message *m, uint8_t code, char value[static SIGHTING_VALUE_SIZE])
{
        const uint8_t *data;
        size_t size;

        if (dhcp_message_bytes(m, code, &data, &size) < 0 || size == 0)
                return;
        /* What can be shown goes as it is: the store escapes once more. */
        struct cursor c = cursor_of(data, size);
        if (cursor_to_text(&c, value, SIGHTING_VALUE_SIZE) < 0 || !text_is_printable(value))
                text_escape(value, SIGHTING_VALUE_SIZE, data, size);
}

/* As leases show it. */
static void take_client_id(const struct dhcp_message *m, char value[static SIGHTING_VALUE_SIZE])
{
        const uint8_t *data;
        size_t size;

        if (dhcp_message_bytes(m, DHCP_CODE_CLIENT_ID, &data, &size) == 0 && size > 0)
                hex(value, SIGHTING_VALUE_SIZE, "", data, size);
}

/* "1 3 6 66 67": in its order, which tells one make of clients from another. */
static void take_parameters(const struct dhcp_message *m, char value[static SIGHTING_VALUE_SIZE])
{
        const uint8_t *data;
        size_t size, at = 0;

        if (dhcp_message_bytes(m, DHCP_CODE_PARAMETERS, &data, &size) < 0)
                return;
        for (size_t i = 0; i < size; i++) {
                if (at + sizeof " 255..." > SIGHTING_VALUE_SIZE) {
                        memcpy(value + at, "...", sizeof "...");
                        return;
                }
                at += (size_t)snprintf(value + at, SIGHTING_VALUE_SIZE - at, "%s%u", i ? " " : "", data[i]);
        }
}

static void take_relay(const struct dhcp_message *m, struct sighting *s)
{
        const uint8_t *data;
        size_t size;

        if (m->header.giaddr)
                text_from_ipv4(m->header.giaddr, s->values[SIGHTING_RELAY]);
        if (dhcp_message_relay(m, DHCP_RELAY_CIRCUIT_ID, &data, &size) == 0)
                sighting_opaque(s->values[SIGHTING_CIRCUIT_ID], SIGHTING_VALUE_SIZE, data, size);
        if (dhcp_message_relay(m, DHCP_RELAY_REMOTE_ID, &data, &size) == 0)
                sighting_opaque(s->values[SIGHTING_REMOTE_ID], SIGHTING_VALUE_SIZE, data, size);
}

/* The vendor class of a phone is its type, exactly as in its file names (snom.md 4). */
static bool take_model(const struct dhcp_message *m, char *ret, size_t size)
{
        const uint8_t *data;
        size_t n;

        if (dhcp_message_bytes(m, DHCP_CODE_VENDOR_CLASS, &data, &n) < 0 || n < 4 || n >= size ||
            strncasecmp((const char *)data, "snom", 4) != 0)
                return false;
        for (size_t i = 0; i < n; i++) {
                char c = (char)data[i];
                if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'))
                        return false;
        }
        memcpy(ret, data, n);
        ret[n] = '\0';
        return true;
}

void sighting_from_dhcp(const struct dhcp_message *m, struct sighting *ret)
{
        *ret = (struct sighting){.mac = m->header.mac, .how = SIGHTING_DHCP};
        ret->is_phone = take_model(m, ret->model, sizeof ret->model) || is_makers(&ret->mac);
        take_text(m, DHCP_CODE_VENDOR_CLASS, ret->values[SIGHTING_VENDOR_CLASS]);
        take_text(m, DHCP_CODE_HOSTNAME, ret->values[SIGHTING_HOSTNAME]);
        take_client_id(m, ret->values[SIGHTING_CLIENT_ID]);
        take_parameters(m, ret->values[SIGHTING_PARAMETERS]);
        take_relay(m, ret);
        if (m->header.ciaddr)
                text_from_ipv4(m->header.ciaddr, ret->values[SIGHTING_LAN_ADDRESS]);
}

/* --- PnP --- */

void sighting_from_pnp(const struct pnp_message *m, uint32_t from, struct sighting *ret)
{
        *ret = (struct sighting){.mac = m->mac, .how = SIGHTING_PNP};
        ret->is_phone = is_makers(&m->mac) || !strcasecmp(m->vendor, "snom") || !strncasecmp(m->model, "snom", 4);
        (void)!text_copy(ret->model, sizeof ret->model, m->model);
        (void)!text_copy(ret->firmware, sizeof ret->firmware, m->version);
        (void)!text_copy(ret->values[SIGHTING_PNP_VENDOR], SIGHTING_VALUE_SIZE, m->vendor);
        (void)!text_copy(ret->values[SIGHTING_PNP_MODEL], SIGHTING_VALUE_SIZE, m->model);
        (void)!text_copy(ret->values[SIGHTING_PNP_VERSION], SIGHTING_VALUE_SIZE, m->version);
        if (from)
                text_from_ipv4(from, ret->values[SIGHTING_LAN_ADDRESS]);
}

/* --- words --- */

const char *sighting_how_text(enum sighting_how how)
{
        return how == SIGHTING_PNP ? "pnp" : "dhcp";
}

const char *sighting_kind_text(enum sighting_kind kind)
{
        static const char *const TEXT[SIGHTING_N_KINDS] = {
                [SIGHTING_VENDOR_CLASS] = "vendor_class", [SIGHTING_HOSTNAME] = "hostname",
                [SIGHTING_CLIENT_ID] = "client_id",       [SIGHTING_PARAMETERS] = "parameters",
                [SIGHTING_RELAY] = "relay",               [SIGHTING_CIRCUIT_ID] = "circuit_id",
                [SIGHTING_REMOTE_ID] = "remote_id",       [SIGHTING_PNP_VENDOR] = "pnp_vendor",
                [SIGHTING_PNP_MODEL] = "pnp_model",       [SIGHTING_PNP_VERSION] = "pnp_version",
                [SIGHTING_LAN_ADDRESS] = "lan_address",
        };

        return TEXT[kind];
}
