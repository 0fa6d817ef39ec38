/*
 * pki_floor: the newest moment known to have passed, kept.
 *
 * In:   the vault; seconds since 1970.
 * Out:  the same after a restart.
 * Not:  no clock, no rule about who may move it (see pki_station).
 */
#include "vpn/pki/pki_floor.h"

#include <stdio.h>

#include "appliance/base/text.h"

#define FILE_NAME "floor"
/* 9999-12-31: the last day that a certificate can name. */
#define LAST INT64_C(253402300799)

/* Decimal; the whole text. */
static int number_of(const char *text, int64_t *ret_number)
{
        int64_t number = 0;

        for (; *text >= '0' && *text <= '9' && number <= LAST; text++)
                number = number * 10 + (*text - '0');
        if (*text || number == 0 || number > LAST)
                return PV_EREFUSED;
        *ret_number = number;
        return 0;
}

int pki_floor_load(const struct pki_vault *vault, int64_t *ret_floor)
{
        uint8_t *data = NULL;
        size_t size = 0;
        int result = pki_vault_get(vault, FILE_NAME, &data, &size);

        if (result == 0)
                result = number_of((const char *)data, ret_floor);
        pki_vault_forget(data, size);
        return result;
}

int pki_floor_keep(const struct pki_vault *vault, int64_t floor)
{
        char text[24];
        int n = snprintf(text, sizeof text, "%lld", (long long)floor);

        return pki_vault_put(vault, FILE_NAME, text, (size_t)n);
}
