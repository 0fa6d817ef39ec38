/*
 * pki_edge: the files that nginx reads.
 *
 * In:   the CA's certificates and the edge's pairs.
 * Out:  files in /run/provost/tls.
 * Not:  no certificates made here (see pki_leaf).
 */
#include "vpn/pki/pki_edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vpn/pki/pki_files.h"

#define MODE 0640

static int put(int directory, const char *name, const char *text, bool *changed)
{
        uint8_t *old = NULL;
        size_t old_size = 0, size = strlen(text);
        bool is_same = pki_files_read(directory, name, &old, &old_size) == 0 && old_size == size &&
                       memcmp(old, text, size) == 0;

        pki_vault_forget(old, old_size);
        if (is_same)
                return 0;
        *changed = true;
        return pki_files_write(directory, name, text, size, MODE);
}

static const char *name_of(enum pki_leaf_server kind)
{
        switch (kind) {
        case PKI_LEAF_EDGE_RSA:
                return "edge-rsa";
        case PKI_LEAF_EDGE_LEGACY:
                return "edge-legacy";
        case PKI_LEAF_PAGE:
                return "page";
        default:
                return "edge-p256";
        }
}

int pki_edge_put(int directory, const struct pki_authority *authority, enum pki_leaf_server kind,
                 const struct pki_certificate_pair *pair, bool *changed)
{
        const char *issuing = kind == PKI_LEAF_EDGE_LEGACY ? "" : pki_authority_shown(authority)->issuing.certificate;
        char certificate_name[32], key_name[32], *chain = NULL;
        int result;

        snprintf(certificate_name, sizeof certificate_name, "%s.pem", name_of(kind));
        snprintf(key_name, sizeof key_name, "%s.key", name_of(kind));
        if (asprintf(&chain, "%s%s", pair->certificate, issuing) < 0)
                return PV_ENOMEM;
        result = put(directory, key_name, pair->private_key, changed);
        if (result == 0)
                result = put(directory, certificate_name, chain, changed);
        free(chain);
        return result;
}

int pki_edge_put_page(int directory, const struct pki_certificate_pair *pair, bool *changed)
{
        int result = put(directory, "page.key", pair->private_key, changed);

        return result < 0 ? result : put(directory, "page.pem", pair->certificate, changed);
}

int pki_edge_put_authorities(int directory, const struct pki_authority *authority, bool *changed)
{
        char *chain = pki_authority_chain(authority);
        int result = chain ? put(directory, "authorities.pem", chain, changed) : PV_ENOMEM;

        free(chain);
        return result;
}
