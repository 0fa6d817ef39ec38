#ifndef PROVOST_PHONE_SUBJECT_H
#define PROVOST_PHONE_SUBJECT_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * The MAC a factory certificate speaks for: its subject, as OpenSSL writes names in RFC 2253
 * ("CN=000413AABBCC,O=Snom Technology AG,C=DE"), must hold exactly one common name, and that exactly
 * 12 hex digits (snom.md 1.5). Names that can be read in two ways are refused: parts of several values ('+'),
 * quoted values, a common name given by number or as encoded bytes, escapes that are not whole.
 * PV_EMALFORMED: not such a name. PV_EUNSET: no common name. PV_EREFUSED: more than one, or no MAC.
 * PV_ETOOLARGE beyond 512 bytes.
 */
int phone_subject_mac(const char *subject, size_t size, struct mac *ret_mac) PV_MUST_CHECK;

#endif
