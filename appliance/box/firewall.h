#ifndef PROVOST_BOX_FIREWALL_H
#define PROVOST_BOX_FIREWALL_H

#include <stddef.h>

#include "appliance/base/error.h"

/* Loads one nft batch into the kernel, whole or not at all. PV_EREFUSED with the first line of nft's answer in `problem`. */
int firewall_load(const char *batch, char *problem, size_t problem_size) PV_MUST_CHECK;

#endif
