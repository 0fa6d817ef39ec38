/*
 * pki_page: which certificate the page has.
 *
 * In:   a checked upload; the vault.
 * Out:  the same pair at each later time, or that there is none.
 * Not:  no checks (see pki_upload), no files for nginx (see pki_edge).
 */
#include "vpn/pki/pki_page.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "vpn/pki/pki_pem.h"

#define UPLOADED "page-uploaded"
#define OURS "page"

/* The key first, since the certificates are several. */
int pki_page_keep(const struct pki_vault *vault, const struct pki_certificate_pair *pair)
{
        size_t size = strlen(pair->private_key) + strlen(pair->certificate);
        char *text = malloc(size + 1);
        int r;

        if (!text)
                return PV_ENOMEM;
        stpcpy(stpcpy(text, pair->private_key), pair->certificate);
        r = pki_vault_put(vault, UPLOADED, text, size);
        pki_vault_forget(text, size);
        return r;
}

int pki_page_kept(const struct pki_vault *vault, struct pki_certificate_pair *ret_pair)
{
        struct pki_certificate_pair pair = {0};
        uint8_t *data = NULL;
        size_t size = 0;
        int r = pki_vault_get(vault, UPLOADED, &data, &size);
        const char *at = (const char *)data;

        if (r < 0)
                return r;
        pair.private_key = pki_pem_take(&at);
        pair.certificate = pair.private_key ? strdup(at) : NULL;
        pki_vault_forget(data, size);
        if (!pair.certificate || !*pair.certificate) {
                pki_certificate_pair_done(&pair);
                return PV_EREFUSED;
        }
        *ret_pair = pair;
        return 0;
}

int pki_page_forget(const struct pki_vault *vault)
{
        return pki_vault_remove(vault, UPLOADED);
}

int pki_page_shown(const struct pki_vault *vault, bool *ret_uploaded, struct pki_upload_facts *ret_facts)
{
        struct pki_certificate_pair pair = {0};
        int r = pki_page_kept(vault, &pair);
        bool uploaded = r == 0;

        if (r == PV_EREFUSED)
                log_reason(LOG_LEVEL_WARNING, "page-broken", "The uploaded certificate of the page cannot be read; ours is shown in its place.");
        if (!uploaded)
                r = pki_pem_get(vault, OURS, &pair, 1);
        if (r == 0)
                r = pki_upload_read(pair.certificate, ret_facts);
        if (r == 0)
                *ret_uploaded = uploaded;
        pki_certificate_pair_done(&pair);
        return r;
}
