/*
 * phone_route: what a phone asks for.
 *
 * In:   the path of a request, any bytes at all.
 * Out:  a struct phone_route; or why it is none.
 * Not:  no decision who may have it.
 */
#include "provisioning/phone/phone_route.h"

#include <stdbool.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define PATH_MAX_BYTES 128
#define BUNDLE_PREFIX "/vpn/"
#define FIRMWARE_PREFIX "/firmware/"

static bool is_hex(uint8_t c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_alnum(uint8_t c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Copies the path with %3A as ':'. Every other encoding could mean another path to another reader. */
static int decode(struct cursor *path, struct writer *w)
{
        while (!cursor_at_end(path)) {
                uint8_t c = cursor_u8(path);

                if (c <= ' ' || c >= 0x7f || c == '\\')
                        return PV_EMALFORMED;
                if (c == '%') {
                        if (cursor_u8(path) != '3' || (cursor_u8(path) | 0x20) != 'a' || path->error)
                                return PV_EMALFORMED;
                        c = ':';
                }
                writer_u8(w, c);
        }
        return w->error;
}

/* No empty, "." or ".." part; the path is absolute. */
static int check_parts(const char *path)
{
        if (path[0] != '/')
                return PV_EMALFORMED;
        for (const char *part = path; part; part = strchr(part, '/')) {
                size_t size = strcspn(++part, "/");

                if (size == 0 && part[0])
                        return PV_EMALFORMED;
                if ((size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
                        return PV_EMALFORMED;
        }
        return 0;
}

static int parse_mac(const char *text, size_t size, struct mac *ret_mac)
{
        if (memchr(text, '.', size))            /* a dot ends the name here */
                return PV_EMALFORMED;
        return mac_parse(text, size, ret_mac);
}

static int parse_bundle(const char *name, struct phone_route *ret_route)
{
        struct phone_route route = {.kind = PHONE_ROUTE_BUNDLE};
        const char *end = strrchr(name, '.'), *dash = strrchr(name, '-');
        size_t size;

        if (!end || strcmp(end, ".tar") != 0 || !dash || dash > end || parse_mac(name, (size_t)(dash - name), &route.mac))
                return PV_EUNSET;
        size = (size_t)(end - dash - 1);
        if (size == 0 || size >= sizeof route.serial)
                return PV_EUNSET;
        memcpy(route.serial, dash + 1, size);
        for (size_t i = 0; i < size; i++)
                if (!is_hex((uint8_t)route.serial[i]))
                        return PV_EUNSET;
        *ret_route = route;
        return 0;
}

/* "snomD345" or "snomD345-MAC". */
static int parse_type(const char *stem, size_t size, struct phone_route *ret_route)
{
        struct phone_route route = {.kind = PHONE_ROUTE_GENERAL};
        size_t type_size = 0;

        if (size <= 4 || strncmp(stem, "snom", 4) != 0)
                return PV_EUNSET;
        while (type_size < size && is_alnum((uint8_t)stem[type_size]))
                type_size++;
        if (type_size <= 4 || type_size >= sizeof route.type)
                return PV_EUNSET;
        memcpy(route.type, stem, type_size);
        if (type_size < size) {
                route.kind = PHONE_ROUTE_DOCUMENT;
                if (stem[type_size] != '-' || parse_mac(stem + type_size + 1, size - type_size - 1, &route.mac))
                        return PV_EUNSET;
        }
        *ret_route = route;
        return 0;
}

static int parse_document(const char *name, struct phone_route *ret_route)
{
        struct phone_route route = {.kind = PHONE_ROUTE_DOCUMENT};
        const char *end = strrchr(name, '.');

        if (!end || (strcmp(end, ".xml") != 0 && strcmp(end, ".htm") != 0))
                return PV_EUNSET;
        if (parse_mac(name, (size_t)(end - name), &route.mac))
                return parse_type(name, (size_t)(end - name), ret_route);
        *ret_route = route;
        return 0;
}

/* "MAC.xml" or "MAC/FILE". */
static int parse_firmware(const char *name, struct phone_route *ret_route)
{
        struct phone_route route = {.kind = PHONE_ROUTE_FIRMWARE};
        const char *slash = strchr(name, '/'), *end = strrchr(name, '.');

        if (slash) {
                route.kind = PHONE_ROUTE_IMAGE;
                end = slash;
                if (!phone_firmware_is_file(slash + 1) || text_copy(route.file, sizeof route.file, slash + 1) < 0)
                        return PV_EUNSET;
        } else if (!end || strcmp(end, ".xml") != 0) {
                return PV_EUNSET;
        }
        if (parse_mac(name, (size_t)(end - name), &route.mac))
                return PV_EUNSET;
        *ret_route = route;
        return 0;
}

int phone_route_parse(const char *path, size_t size, struct phone_route *ret_route)
{
        struct cursor bytes = cursor_of(path, size);
        char text[PATH_MAX_BYTES + 1];
        struct writer w = writer_of(text, sizeof text);
        int r;

        if (size > PATH_MAX_BYTES)
                return PV_ETOOLARGE;
        r = decode(&bytes, &w);
        if (!r)
                r = writer_finish_text(&w);
        if (!r)
                r = check_parts(text);
        if (r)
                return r;
        if (!strncmp(text, BUNDLE_PREFIX, strlen(BUNDLE_PREFIX)))
                return parse_bundle(text + strlen(BUNDLE_PREFIX), ret_route);
        if (!strncmp(text, FIRMWARE_PREFIX, strlen(FIRMWARE_PREFIX)))
                return parse_firmware(text + strlen(FIRMWARE_PREFIX), ret_route);
        return parse_document(text + 1, ret_route);
}
