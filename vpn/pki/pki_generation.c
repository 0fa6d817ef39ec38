/*
 * pki_generation: root, issuing authority and legacy authority, made and renewed.
 *
 * In:   the clock; a generation.
 * Out:  new pairs; whether one is due.
 * Not:  no files, no rollover (see pki_authority), no leaves (see pki_leaf).
 */
#include "vpn/pki/pki_generation.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "appliance/base/text.h"

#define NAME_SIZE 64

void pki_generation_done(struct pki_generation *generation)
{
        pki_certificate_pair_done(&generation->root);
        pki_certificate_pair_done(&generation->issuing);
        pki_certificate_pair_done(&generation->legacy);
        free(generation->former_issuing);
        *generation = (struct pki_generation){0};
}

/* No two authorities of ours share a name: verifiers tell them apart by it. */
static int name_for(const char *kind, char ret_name[static NAME_SIZE])
{
        uint8_t mark[4];
        char hex[2 * sizeof mark + 1];

        if (RAND_bytes(mark, sizeof mark) != 1)
                return PV_ESYSTEM;
        snprintf(ret_name, NAME_SIZE, "Provost %s %s", kind, text_hex(hex, mark, sizeof mark));
        return 0;
}

/* No authority outlives the one above it. */
static struct pki_span issuing_span(const char *root, const struct pki_times *times)
{
        struct pki_span span = pki_times_span(times, PKI_TIMES_ISSUING);
        struct pki_certificate_facts facts;

        if (pki_certificate_read(root, &facts) == 0 && span.not_after > facts.span.not_after)
                span.not_after = facts.span.not_after;
        return span;
}

static int make_issuing(const struct pki_certificate_pair *root, const struct pki_times *times,
                        struct pki_certificate_pair *ret_issuing)
{
        char name[NAME_SIZE];
        int result = name_for("issuing", name);

        if (result < 0)
                return result;
        return pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_ISSUING, .key = PKI_CERTIFICATE_KEY_P256, .common_name = name,
                .span = issuing_span(root->certificate, times)}, root, ret_issuing);
}

int pki_generation_make(int64_t number, const struct pki_times *times, struct pki_generation *ret_generation)
{
        struct pki_generation generation = {.number = number};
        char name[NAME_SIZE];
        int result = name_for("root", name);

        if (result == 0)
                result = pki_certificate_issue(&(struct pki_certificate_request){
                        .purpose = PKI_CERTIFICATE_ROOT, .key = PKI_CERTIFICATE_KEY_P384, .common_name = name,
                        .span = pki_times_span(times, PKI_TIMES_ROOT)}, NULL, &generation.root);
        if (result == 0)
                result = make_issuing(&generation.root, times, &generation.issuing);
        if (result < 0) {
                pki_generation_done(&generation);
                return result;
        }
        *ret_generation = generation;
        return 0;
}

int pki_generation_make_legacy(const struct pki_times *times, struct pki_certificate_pair *ret_legacy)
{
        char name[NAME_SIZE];
        int result = name_for("old phones", name);

        if (result < 0)
                return result;
        return pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_LEGACY, .key = PKI_CERTIFICATE_KEY_RSA2048, .common_name = name,
                .span = pki_times_span(times, PKI_TIMES_LEGACY)}, NULL, ret_legacy);
}

bool pki_generation_is_sound(const struct pki_generation *generation)
{
        return generation->number > 0 && pki_certificate_is_sound(&generation->root, NULL) &&
               pki_certificate_is_sound(&generation->issuing, generation->root.certificate) &&
               (!generation->legacy.certificate || pki_certificate_is_sound(&generation->legacy, NULL));
}

bool pki_generation_is_issuing_due(const struct pki_generation *generation, const struct pki_times *times)
{
        struct pki_certificate_facts facts;

        if (pki_certificate_read(generation->issuing.certificate, &facts) < 0)
                return true;
        return pki_times_is_due(times, &facts.span, PKI_TIMES_ISSUING) &&
               issuing_span(generation->root.certificate, times).not_after > facts.span.not_after;
}

int pki_generation_renew_issuing(const struct pki_generation *generation, const struct pki_times *times,
                                 struct pki_certificate_pair *ret_issuing)
{
        return make_issuing(&generation->root, times, ret_issuing);
}

bool pki_generation_is_legacy_due(const struct pki_generation *generation, const struct pki_times *times)
{
        struct pki_certificate_facts facts;

        return generation->legacy.certificate &&
               (pki_certificate_read(generation->legacy.certificate, &facts) < 0 ||
                pki_times_is_due(times, &facts.span, PKI_TIMES_LEGACY));
}

int pki_generation_renew_legacy(const struct pki_generation *generation, const struct pki_times *times,
                                struct pki_certificate_pair *ret_legacy)
{
        struct pki_certificate_facts facts;
        int result = pki_certificate_read(generation->legacy.certificate, &facts);

        if (result < 0)
                return result;
        return pki_certificate_renew(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_LEGACY, .key = PKI_CERTIFICATE_KEY_RSA2048, .common_name = facts.common_name,
                .span = pki_times_span(times, PKI_TIMES_LEGACY)}, generation->legacy.private_key, NULL, ret_legacy);
}
