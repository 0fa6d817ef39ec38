#ifndef PROVOST_MODEL_SOURCE_H
#define PROVOST_MODEL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * Trusted provisioning sources: the only URLs an answer to a phone may name.
 * A URL is trusted when scheme, host and port equal the source's and its path
 * begins with the source's path at a '/' boundary. User info, fragments, "..", "//" in the path,
 * backslashes, blanks, control and non-ASCII bytes, percent-encoded '/', '.' or NUL are refused; braces are
 * allowed for {mac} and {phone_type}.
 */
#define SOURCE_URL_MAX 256

struct source_url {
        char scheme[8];         /* "https" or "http", lower case */
        char host[128];         /* lower case */
        uint16_t port;          /* 443 or 80 when not given */
        char path[SOURCE_URL_MAX];      /* begins with '/' */
};

int source_url_parse(const char *text, struct source_url *ret_url) PV_MUST_CHECK;
bool source_url_is_under(const struct source_url *url, const struct source_url *source);

#endif
