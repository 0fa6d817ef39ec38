#ifndef PROVOST_UPDATE_BUNDLE_HEADER_H
#define PROVOST_UPDATE_BUNDLE_HEADER_H

#include <stdint.h>

#include "appliance/base/error.h"

#define BUNDLE_BLOCK 512

/*
 * The header of one member. It is the one that the maker writes for this name and some size, byte by byte (mode 0644, owner 0, time 0, a
 * plain file, no prefix, no link), or PV_EMALFORMED.
 */
int bundle_header_parse(const uint8_t block[static BUNDLE_BLOCK], const char *name, int64_t *ret_size) PV_MUST_CHECK;
/* PV_ETOOLARGE: no name or size of a bundle. */
int bundle_header_build(const char *name, int64_t size, uint8_t ret[static BUNDLE_BLOCK]) PV_MUST_CHECK;

#endif
