/*
 * pki_edge: the files that nginx reads.
 *
 * In:   the CA's certificates and the edge's pairs.
 * Out:  five files in /run/provost/tls.
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

static int put_pair(int directory, const char *name, const struct pki_certificate_pair *pair, const char *issuing,
                    bool *changed)
{
        char certificate_name[32], key_name[32], *chain = NULL;
        int result;

        snprintf(certificate_name, sizeof certificate_name, "%s.pem", name);
        snprintf(key_name, sizeof key_name, "%s.key", name);
        if (asprintf(&chain, "%s%s", pair->certificate, issuing) < 0)
                return PV_ENOMEM;
        result = put(directory, key_name, pair->private_key, changed);
        if (result == 0)
                result = put(directory, certificate_name, chain, changed);
        free(chain);
        return result;
}

int pki_edge_write(int directory, const struct pki_authority *authority,
                   const struct pki_certificate_pair pairs[static PKI_LEAF_N_EDGE], bool *ret_changed)
{
        const char *issuing = authority->issuing.certificate;
        bool changed = false;
        int result = put_pair(directory, "edge-p256", &pairs[PKI_LEAF_EDGE_P256], issuing, &changed);

        if (result == 0)
                result = put_pair(directory, "edge-rsa", &pairs[PKI_LEAF_EDGE_RSA], issuing, &changed);
        if (result == 0)
                result = put(directory, "authorities.pem", authority->chain, &changed);
        if (result == 0)
                *ret_changed = changed;
        return result;
}
