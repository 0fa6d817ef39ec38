#ifndef PROVOST_PKI_FLOOR_H
#define PROVOST_PKI_FLOOR_H

#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_vault.h"

/* The floor of time over restarts: seconds since 1970 in a sealed file. */

/* PV_EUNSET: never kept; PV_EREFUSED: the file is broken. */
int pki_floor_load(const struct pki_vault *vault, int64_t *ret_floor) PV_MUST_CHECK;
int pki_floor_keep(const struct pki_vault *vault, int64_t floor) PV_MUST_CHECK;

#endif
