/*
 * pki_pem: certificates with their keys as one file of the vault.
 *
 * In:   pairs; or the PEM text that was made of them.
 * Out:  the same the other way round.
 * Not:  no look into the PEM blocks (see pki_certificate).
 */
#include "vpn/pki/pki_pem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "\n-----END "
#define PAIRS_MAX 4

int pki_pem_put(const struct pki_vault *vault, const char *name, const struct pki_certificate_pair *pairs, size_t n_pairs)
{
        size_t size = 0;
        char *text, *at;
        int result;

        assert(n_pairs <= PAIRS_MAX);
        for (size_t i = 0; i < n_pairs; i++)
                size += strlen(pairs[i].certificate) + strlen(pairs[i].private_key);
        text = malloc(size + 1);
        if (!text)
                return PV_ENOMEM;
        at = text;
        for (size_t i = 0; i < n_pairs; i++)
                at = stpcpy(stpcpy(at, pairs[i].certificate), pairs[i].private_key);
        result = pki_vault_put(vault, name, text, size);
        pki_vault_forget(text, size);
        return result;
}

char *pki_pem_take(const char **at)
{
        const char *start = *at, *last, *end;

        if (strncmp(start, BEGIN, strlen(BEGIN)) != 0)
                return NULL;
        last = strstr(start, END);
        end = last ? strchr(last + 1, '\n') : NULL;
        if (!end)
                return NULL;
        *at = end + 1;
        return strndup(start, (size_t)(*at - start));
}

int pki_pem_get(const struct pki_vault *vault, const char *name, struct pki_certificate_pair *ret_pairs, size_t n_pairs)
{
        struct pki_certificate_pair pairs[PAIRS_MAX] = {0};
        uint8_t *data = NULL;
        size_t size = 0;
        int result = pki_vault_get(vault, name, &data, &size);
        const char *at = (const char *)data;

        assert(n_pairs <= PAIRS_MAX);
        if (result < 0)
                return result;
        for (size_t i = 0; i < n_pairs && result == 0; i++) {
                pairs[i].certificate = pki_pem_take(&at);
                pairs[i].private_key = pki_pem_take(&at);
                if (!pairs[i].certificate || !pairs[i].private_key)
                        result = PV_EREFUSED;
        }
        if (result == 0 && *at)
                result = PV_EREFUSED;
        pki_vault_forget(data, size);
        for (size_t i = 0; i < n_pairs; i++)
                if (result == 0)
                        ret_pairs[i] = pairs[i];
                else
                        pki_certificate_pair_done(&pairs[i]);
        return result;
}
