/*
 * settings_tag: has the phone this document already?
 *
 * In:   the bytes of a document, what the phone says it has.
 * Out:  the document's tag; yes or no.
 * Not:  no answers.
 */
#include "provisioning/settings/settings_tag.h"

#include <openssl/evp.h>
#include <string.h>

#include "appliance/base/text.h"

int settings_tag_make(const char *bytes, size_t size, char ret[static SETTINGS_TAG_SIZE])
{
        unsigned char digest[EVP_MAX_MD_SIZE];

        if (EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) != 1)
                return PV_ESYSTEM;
        ret[0] = '"';
        text_hex(ret + 1, digest, 16);
        memcpy(ret + 33, "\"", 2);
        return 0;
}

bool settings_tag_is_known(const char *if_none_match, const char *tag)
{
        const char *at = if_none_match ? if_none_match : "";
        size_t size = strlen(tag);

        if (text_equal(at, "*"))
                return true;
        for (;;) {
                at += strspn(at, " \t,");
                if (text_starts(at, "W/"))
                        at += 2;
                if (*at != '"')
                        return false;
                if (!strncmp(at, tag, size))
                        return true;
                at = strchr(at + 1, '"');
                if (!at)
                        return false;
                at++;
        }
}
