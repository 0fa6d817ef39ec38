#ifndef PROVOST_SIP_SIP_DIGEST_H
#define PROVOST_SIP_SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"
#include "appliance/base/writer.h"

/* Digest authentication of a request (RFC 2617, RFC 7616, RFC 8760): MD5 and SHA-256, with qop=auth or without any. */

#define SIP_DIGEST_TEXT_SIZE 257

enum sip_digest_algorithm { SIP_DIGEST_MD5, SIP_DIGEST_SHA256 };        /* the later one is the better one */

struct sip_challenge {
        bool is_proxy;                  /* of Proxy-Authenticate */
        enum sip_digest_algorithm algorithm;
        bool is_session;                /* "-sess" */
        bool has_qop;                   /* then it offers auth */
        bool is_stale;                  /* the nonce was too old, the password may be right */
        bool has_opaque;
        char realm[SIP_DIGEST_TEXT_SIZE], nonce[SIP_DIGEST_TEXT_SIZE], opaque[SIP_DIGEST_TEXT_SIZE];
};

/*
 * Reads the value of WWW-Authenticate or Proxy-Authenticate. PV_EUNSET: a sound one that we cannot answer (another
 * scheme, algorithm or qop). PV_EMALFORMED: none, or one with two readings; escapes in quoted texts are refused.
 */
int sip_digest_read(const struct cursor *value, bool is_proxy, struct sip_challenge *ret_challenge) PV_MUST_CHECK;

struct sip_digest_request {
        const char *method, *uri;
        const char *user, *password;
        const char *cnonce;             /* of hex digits, new for each request */
};

/*
 * Writes the header that answers the challenge, with its CRLF; each nonce is used once (nc=00000001).
 * PV_EREFUSED: a text that cannot stand in a quoted text (also the writer's error then). PV_ESYSTEM: no such hash.
 */
int sip_digest_write(struct writer *w, const struct sip_challenge *challenge, const struct sip_digest_request *request) PV_MUST_CHECK;

#endif
