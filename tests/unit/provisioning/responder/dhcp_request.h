/*
 * dhcp_request: requests for the tests, written byte by byte, without the product's builder.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#include "appliance/base/mac.h"

struct dhcp_request {
        uint8_t bytes[1472];
        size_t size;
};

static const struct mac PHONE_MAC = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}};
static const struct mac LAPTOP_MAC = {{0x02, 0x00, 0x00, 0x00, 0x00, 0x07}};

__attribute__((unused)) static void dhcp_request_u32(struct dhcp_request *q, size_t at, uint32_t value)
{
        q->bytes[at] = (uint8_t)(value >> 24);
        q->bytes[at + 1] = (uint8_t)(value >> 16);
        q->bytes[at + 2] = (uint8_t)(value >> 8);
        q->bytes[at + 3] = (uint8_t)value;
}

__attribute__((unused)) static void dhcp_request_option(struct dhcp_request *q, uint8_t code, const void *data, uint8_t size)
{
        q->bytes[q->size++] = code;
        q->bytes[q->size++] = size;
        if (size)
                memcpy(q->bytes + q->size, data, size);
        q->size += size;
}

__attribute__((unused)) static void dhcp_request_address(struct dhcp_request *q, uint8_t code, uint32_t address)
{
        uint8_t bytes[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address};

        dhcp_request_option(q, code, bytes, 4);
}

__attribute__((unused)) static void dhcp_request_begin(struct dhcp_request *q, const struct mac *mac, uint8_t type)
{
        memset(q, 0, sizeof *q);
        q->bytes[0] = 1;
        q->bytes[1] = 1;
        q->bytes[2] = 6;
        dhcp_request_u32(q, 4, 0x11223344);
        memcpy(q->bytes + 28, mac->bytes, 6);
        dhcp_request_u32(q, 236, 0x63825363);
        q->size = 240;
        if (type)
                dhcp_request_option(q, 53, &type, 1);
}

__attribute__((unused)) static void dhcp_request_end(struct dhcp_request *q)
{
        q->bytes[q->size++] = 255;
}

enum { DHCP_REQUEST_CIADDR = 12, DHCP_REQUEST_GIADDR = 24, DHCP_REQUEST_SNAME = 44, DHCP_REQUEST_FILE = 108 };

/* The value of an option of a reply's options field; NULL when it is not there. */
__attribute__((unused)) static const uint8_t *dhcp_reply_option(const uint8_t *bytes, size_t size, uint8_t code, size_t *ret_size)
{
        for (size_t at = 240; at + 1 < size && bytes[at] != 255;) {
                if (bytes[at] == 0) {
                        at++;
                        continue;
                }
                if (bytes[at] == code) {
                        *ret_size = bytes[at + 1];
                        return bytes + at + 2;
                }
                at += 2u + bytes[at + 1];
        }
        return NULL;
}

__attribute__((unused)) static uint8_t dhcp_reply_type(const uint8_t *bytes, size_t size)
{
        size_t n = 0;
        const uint8_t *type = dhcp_reply_option(bytes, size, 53, &n);

        return type && n == 1 ? *type : 0;
}
