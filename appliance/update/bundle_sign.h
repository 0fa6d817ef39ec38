#ifndef PROVOST_UPDATE_BUNDLE_SIGN_H
#define PROVOST_UPDATE_BUNDLE_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

#define BUNDLE_SIGNATURE_MAX 16384

/*
 * Whether `signature` (CMS, DER, detached, one signer with its certificate, nothing else) is of this content, by a certificate that the
 * authorities in the PEM text issued for signing code and that is good at `now`. PV_EREFUSED with a sentence otherwise. Of two different
 * signatures of one content by one key at most one passes: no byte of it may be changed.
 */
int bundle_sign_check(const void *content, size_t size, const void *signature, size_t signature_size, const char *authorities, int64_t now,
                      const char **ret_reason) PV_MUST_CHECK;

#endif
