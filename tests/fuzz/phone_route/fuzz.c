/*
 * phone_route: any bytes as the path of a request.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a route is accepted that breaks its own promises.
 * Not:  no HTTP.
 */
#include <stdlib.h>
#include <string.h>

#include "provisioning/phone/phone_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct phone_route route;

        if (phone_route_parse((const char *)data, size, &route))
                return 0;
        if (size > 128 || data[0] != '/' || memchr(data, 0, size) || memchr(data, '\\', size) || memmem(data, size, "..", 2))
                abort();
        if (route.kind == PHONE_ROUTE_BUNDLE && (!*route.serial || strspn(route.serial, "0123456789abcdef") != strlen(route.serial)))
                abort();
        if (route.kind == PHONE_ROUTE_IMAGE && (!*route.file || *route.file == '.' || strpbrk(route.file, "/<>&\"%:?")))
                abort();
        if (route.kind != PHONE_ROUTE_GENERAL && (route.mac.bytes[0] & 1))
                abort();
        return 0;
}
