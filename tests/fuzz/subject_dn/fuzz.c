/*
 * subject_dn: any bytes as the subject of a phone's certificate.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a MAC is found that the bytes do not spell out once.
 * Not:  no certificates.
 */
#include <stdlib.h>
#include <string.h>

#include "provisioning/phone/phone_subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mac mac;

        if (phone_subject_mac((const char *)data, size, &mac))
                return 0;
        if (size > 512 || memchr(data, 0, size) || !memmem(data, size, "CN=", 3) || (mac.bytes[0] & 1))
                abort();
        return 0;
}
