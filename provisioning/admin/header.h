#ifndef PROVOST_ADMIN_HEADER_H
#define PROVOST_ADMIN_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* What stands in headers of requests. Each takes any text, and NULL for a header that is not there (PV_EUNSET). */

#define HEADER_TOKEN_SIZE 65
/* The value of the one cookie __Host-provost among others: [A-Za-z0-9_-]{1,64}. PV_EMALFORMED: it is there twice or has other characters. */
int header_cookie(const char *cookie, char ret[static HEADER_TOKEN_SIZE]) PV_MUST_CHECK;
/* `Bearer TOKEN`, of the same characters. */
int header_bearer(const char *authorization, char ret[static HEADER_TOKEN_SIZE]) PV_MUST_CHECK;
/* `"17"` is 17, `*` is -1. */
int header_match(const char *if_match, int64_t *ret_version) PV_MUST_CHECK;
/* application/json, with charset=utf-8 or without. */
bool header_is_json(const char *content_type);
/* Whether origin is https:// and this host (with its port, as the request's Host has it). */
bool header_is_own_origin(const char *origin, const char *host);

#endif
