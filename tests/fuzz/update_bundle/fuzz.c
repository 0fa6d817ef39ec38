/*
 * update_bundle: any bytes as the parts of a bundle that are read before its signature is known, and as a signed manifest.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when something is taken that is not in its one form, or a refusal says nothing.
 * Not:  no files.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/update/bundle_header.h"
#include "appliance/update/bundle_manifest.h"
#include "appliance/update/bundle_sign.h"
#include "appliance/update/uki_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The certificate of nobody: its key was never kept, so what it signed cannot be here. */
static const char authority[] =
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBeDCCAR2gAwIBAgIUZ7g/W80weUVoet30jnCpS6lbTGUwCgYIKoZIzj0EAwIw\n"
        "ETEPMA0GA1UEAwwGbm9ib2R5MB4XDTI2MTEyMjA5MzYxMVoXDTQ2MTExNzA5MzYx\n"
        "MVowETEPMA0GA1UEAwwGbm9ib2R5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
        "jxKJ3FGBeT0wZFZi2T51B7eU1cnQYb6QU3sJbkJKTsNocIPhRO+xtaXeDEbWUIhl\n"
        "fWGcm9gJRTG5UxVJcrJDWqNTMFEwHQYDVR0OBBYEFPB/LqpM7h/ZSBokeHkQQsNO\n"
        "a3I5MB8GA1UdIwQYMBaAFPB/LqpM7h/ZSBokeHkQQsNOa3I5MA8GA1UdEwEB/wQF\n"
        "MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhANctbImo3Zfh1zt45J0A+aGnPhDXPBU9\n"
        "GSdsrEUY9qdLAiEA+2UxpsU0EBWxpW06bg0XkgWVtTAqFelYpPrDzjah084=\n"
        "-----END CERTIFICATE-----\n";

static void try_header(const uint8_t *data, size_t size)
{
        uint8_t block[BUNDLE_BLOCK] = {0}, again[BUNDLE_BLOCK];
        int64_t length;

        memcpy(block, data, size < sizeof block ? size : sizeof block);
        if (bundle_header_parse(block, "root", &length) == 0 &&
            (bundle_header_build("root", length, again) < 0 || memcmp(block, again, sizeof block) != 0))
                abort();
}

static void try_name(const uint8_t *data, size_t size)
{
        char text[UKI_NAME_SIZE] = "";
        struct uki_name name;

        memcpy(text, data, size < sizeof text - 1 ? size : sizeof text - 1);
        if (uki_name_parse(text, &name) == 0 && !update_version_is(name.version))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct bundle_manifest manifest;
        const struct bundle_policy policy = {.product = "provost", .architecture = "amd64", .floor = "0.6.1", .now = 1800000000};
        char reason[BUNDLE_REASON_SIZE] = "";
        const char *sentence = "";

        try_header(data, size);
        try_name(data, size);
        if (bundle_manifest_parse(data, size, &manifest, reason) < 0) {
                if (strlen(reason) < 10)
                        abort();
        } else {
                (void)bundle_manifest_refusal(&manifest, &policy, reason);
                if (!update_version_is(manifest.version) || manifest.files[0].size <= 0)
                        abort();
        }
        if (bundle_sign_check("{}", 2, data, size, authority, 1800000000, &sentence) == 0 || strlen(sentence) < 10)
                abort();
        return 0;
}
