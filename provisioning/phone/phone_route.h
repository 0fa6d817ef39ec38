#ifndef PROVOST_PHONE_ROUTE_H
#define PROVOST_PHONE_ROUTE_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/phone/phone_firmware.h"

/*
 * The addresses a Snom phone asks for (snom.md 3.2), on the LAN and in the tunnel:
 *
 * /MAC.xml  /MAC.htm              a document of one phone; MAC in any spelling of mac_parse() but the dotted
 *                                 one, ':' also as %3A
 * /snomTYPE-MAC.xml  ...htm       the same
 * /snomTYPE.xml  ...htm           the document for all phones of a type
 * /vpn/MAC-SERIAL.tar             the bundle; SERIAL is 1..40 lower-case hex digits
 * /firmware/MAC.xml               which firmware the phone should load (firmware_status, snom.md 3.7)
 * /firmware/MAC/FILE              that file; FILE is what phone_firmware_is_file() takes
 */
enum phone_route_kind { PHONE_ROUTE_DOCUMENT, PHONE_ROUTE_GENERAL, PHONE_ROUTE_BUNDLE, PHONE_ROUTE_FIRMWARE, PHONE_ROUTE_IMAGE };

#define PHONE_ROUTE_SERIAL_SIZE 41
#define PHONE_ROUTE_TYPE_SIZE 25

struct phone_route {
        enum phone_route_kind kind;
        struct mac mac;                         /* not of PHONE_ROUTE_GENERAL */
        char type[PHONE_ROUTE_TYPE_SIZE];       /* "snomD345"; "" when the path names none */
        char serial[PHONE_ROUTE_SERIAL_SIZE];   /* of PHONE_ROUTE_BUNDLE */
        char file[PHONE_FIRMWARE_FILE_SIZE];    /* of PHONE_ROUTE_IMAGE */
};

/*
 * Reads a path as it was sent, without the query. PV_EUNSET: a sound path that names nothing here (404).
 * PV_EMALFORMED: no phone asks so (400): other percent encodings, backslash, control or non-ASCII bytes,
 * "//", "." or ".." as a part. PV_ETOOLARGE beyond 128 bytes (404).
 */
int phone_route_parse(const char *path, size_t size, struct phone_route *ret_route) PV_MUST_CHECK;

#endif
