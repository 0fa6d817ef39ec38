#ifndef PROVOST_SETTINGS_TAG_H
#define PROVOST_SETTINGS_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/* The tag of a document (RFC 9110 8.8.3): a hash of its bytes, so the same over restarts and for every phone. */
#define SETTINGS_TAG_SIZE 36            /* a quoted 128-bit hash */

int settings_tag_make(const char *bytes, size_t size, char ret[static SETTINGS_TAG_SIZE]) PV_MUST_CHECK;
/*
 * Whether an If-None-Match names this tag: alone, in a list, "*", or as W/"...", which the edge makes of it when it
 * compresses. Anything else that is no list of tags names nothing. NULL: there was none.
 */
bool settings_tag_is_known(const char *if_none_match, const char *tag);

#endif
