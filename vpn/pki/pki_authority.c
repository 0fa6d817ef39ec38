/*
 * pki_authority: the root and the issuing authority, made once.
 *
 * In:   the vault, the clock.
 * Out:  the CA, in memory for as long as this station runs.
 * Not:  no leaves (see pki_leaf).
 */
#include "vpn/pki/pki_authority.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "vpn/pki/pki_pem.h"

#define FILE_NAME "authority"

void pki_authority_done(struct pki_authority *authority)
{
        pki_certificate_pair_done(&authority->root);
        pki_certificate_pair_done(&authority->issuing);
        free(authority->chain);
        *authority = (struct pki_authority){0};
}

static int finish(struct pki_authority *authority)
{
        struct pki_certificate_facts root;

        if (!pki_certificate_is_sound(&authority->root, NULL) ||
            !pki_certificate_is_sound(&authority->issuing, authority->root.certificate) ||
            pki_certificate_read(authority->root.certificate, &root) < 0)
                return PV_EREFUSED;
        if (asprintf(&authority->chain, "%s%s", authority->issuing.certificate, authority->root.certificate) < 0) {
                authority->chain = NULL;
                return PV_ENOMEM;
        }
        memcpy(authority->root_sha256, root.sha256, sizeof root.sha256);
        authority->start = root.span.not_before + PKI_TIMES_BACK;
        return 0;
}

static int make(const struct pki_times *times, struct pki_authority *authority)
{
        uint8_t mark[4];
        char hex[2 * sizeof mark + 1], root_name[64], issuing_name[64];
        int result;

        if (RAND_bytes(mark, sizeof mark) != 1)
                return PV_ESYSTEM;
        text_hex(hex, mark, sizeof mark);
        snprintf(root_name, sizeof root_name, "Provost root %s", hex);
        snprintf(issuing_name, sizeof issuing_name, "Provost issuing %s", hex);
        result = pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_ROOT, .key = PKI_CERTIFICATE_KEY_P384, .common_name = root_name,
                .span = pki_times_span(times, PKI_TIMES_ROOT)}, NULL, &authority->root);
        if (result < 0)
                return result;
        return pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_ISSUING, .key = PKI_CERTIFICATE_KEY_P256, .common_name = issuing_name,
                .span = pki_times_span(times, PKI_TIMES_ISSUING)}, &authority->root, &authority->issuing);
}

static int make_and_keep(const struct pki_vault *vault, const struct pki_times *times, struct pki_authority *authority)
{
        struct pki_certificate_pair pairs[2];
        int result = make(times, authority);

        if (result == 0)
                result = finish(authority);
        if (result < 0)
                return result;
        pairs[0] = authority->root;
        pairs[1] = authority->issuing;
        return pki_pem_put(vault, FILE_NAME, pairs, 2);
}

int pki_authority_load(const struct pki_vault *vault, const struct pki_times *times, struct pki_authority *ret_authority)
{
        struct pki_authority authority = {0};
        struct pki_certificate_pair pairs[2] = {0};
        int result = pki_pem_get(vault, FILE_NAME, pairs, 2);

        if (result == 0) {
                authority.root = pairs[0];
                authority.issuing = pairs[1];
                result = finish(&authority);
        } else if (result == PV_EUNSET) {
                result = make_and_keep(vault, times, &authority);
        }
        if (result < 0) {
                pki_authority_done(&authority);
                return result;
        }
        *ret_authority = authority;
        return 0;
}
