/*
 * pki_ends: when what the appliance has made for itself ends.
 *
 * In:   the CA, the vault.
 * Out:  a short list for warnings.
 * Not:  no warnings themselves: the store makes them.
 */
#include "vpn/pki/pki_ends.h"

#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_page.h"

struct list {
        struct pki_end *ends;
        size_t n;
};

static void add(struct list *list, const char *subject, const struct pki_span *span, bool renews)
{
        list->ends[list->n++] = (struct pki_end){subject, *span, renews};
}

static void add_certificate(struct list *list, const char *subject, const char *certificate, bool renews)
{
        struct pki_certificate_facts facts;

        if (certificate && pki_certificate_read(certificate, &facts) == 0)
                add(list, subject, &facts.span, renews);
}

/* An issuing authority cannot outlive its root: when both end together, only a rollover helps. */
static bool issuing_renews(const struct pki_generation *generation)
{
        struct pki_certificate_facts root, issuing;

        return pki_certificate_read(generation->root.certificate, &root) == 0 &&
               pki_certificate_read(generation->issuing.certificate, &issuing) == 0 &&
               issuing.span.not_after < root.span.not_after;
}

static void add_servers(struct list *list, const char *subject, const struct pki_vault *vault,
                        const struct pki_generation *generation, const struct pki_times *times,
                        enum pki_leaf_server first, enum pki_leaf_server last)
{
        struct pki_span earliest = {.not_after = INT64_MAX}, span;
        bool is_good;

        for (enum pki_leaf_server kind = first; kind <= last; kind++) {
                if (kind == PKI_LEAF_EDGE_LEGACY && !generation->legacy.certificate)
                        continue;
                if (pki_leaf_kept(vault, generation, times, kind, &span, &is_good) == 0 &&
                    span.not_after < earliest.not_after)
                        earliest = span;
        }
        if (earliest.not_after != INT64_MAX)
                add(list, subject, &earliest, true);
}

/* What was uploaded is a person's to renew. */
static void add_page(struct list *list, const struct pki_vault *vault, const struct pki_generation *shown, const struct pki_times *times)
{
        struct pki_certificate_pair pair = {0};
        struct pki_span span;
        char sha256[65];

        if (pki_page_kept(vault, &pair) == 0 && pki_certificate_span(pair.certificate, &span, sha256) == 0)
                add(list, "page", &span, false);
        else
                add_servers(list, "page", vault, shown, times, PKI_LEAF_PAGE, PKI_LEAF_PAGE);
        pki_certificate_pair_done(&pair);
}

size_t pki_ends(const struct pki_vault *vault, const struct pki_authority *authority, const struct pki_times *times,
                struct pki_end ret_ends[static PKI_ENDS_MAX])
{
        const struct pki_generation *shown = pki_authority_shown(authority);
        struct list list = {.ends = ret_ends};

        add_servers(&list, "vpn-server", vault, shown, times, PKI_LEAF_VPN, PKI_LEAF_VPN);
        add_servers(&list, "edge", vault, shown, times, PKI_LEAF_EDGE_P256, PKI_LEAF_EDGE_LEGACY);
        add_page(&list, vault, shown, times);
        add_certificate(&list, "issuing", authority->newest.issuing.certificate, issuing_renews(&authority->newest));
        add_certificate(&list, "root", authority->newest.root.certificate, false);
        add_certificate(&list, "former-root", authority->former.root.certificate, false);
        add_certificate(&list, "legacy", authority->newest.legacy.certificate, true);
        return list.n;
}
