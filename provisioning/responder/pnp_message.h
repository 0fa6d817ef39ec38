#ifndef PROVOST_RESPONDER_PNP_MESSAGE_H
#define PROVOST_RESPONDER_PNP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * SIP as far as PnP needs it (RFC 3261, RFC 6080, snom.md 5.1): the SUBSCRIBE of a phone and its answer to our
 * NOTIFY. Everything kept is printable ASCII with a bound, so that it may be written into an answer or a log.
 */

#define PNP_MESSAGE_MAX 1472
#define PNP_VALUE_SIZE 257              /* of one header */
#define PNP_TOKEN_SIZE 65
#define PNP_PORT 5060

enum pnp_kind {
        PNP_KIND_SUBSCRIBE,
        PNP_KIND_RESPONSE,
        PNP_KIND_OTHER,                 /* a sound message of another method, the NOTIFY of another server among them */
};

struct pnp_message {
        enum pnp_kind kind;
        unsigned status;                /* of a response */
        bool has_mac;                   /* the request URI begins with sip:MAC%3a and 12 hex digits */
        struct mac mac;

        char via[PNP_VALUE_SIZE];       /* the values as they came */
        char from[PNP_VALUE_SIZE];
        char to[PNP_VALUE_SIZE];
        char call_id[PNP_VALUE_SIZE];
        char event[PNP_VALUE_SIZE];     /* "" none */

        char branch[PNP_TOKEN_SIZE];
        uint16_t via_port;              /* of sent-by, 5060 when it is not said */
        size_t rport_at;                /* where ";rport" without a value ends in `via`; 0: there is none */
        bool has_to_tag;
        uint32_t cseq;
        char cseq_method[16];

        char contact[PNP_VALUE_SIZE];   /* its URI alone; "" none */
        uint32_t contact_address;
        uint16_t contact_port;

        bool is_profile;                /* Event: ua-profile with profile-type "device", or without a type */
        char vendor[25], model[25], version[33];        /* "" when it is not said, or not plainly */
        bool accepts_url;               /* Accept names application/url, or there is none */
        bool has_expires;
        uint32_t expires;
};

/*
 * PV_EMALFORMED: not such a message, or one with two readings (a header that may be there once is there twice,
 * folded lines, several Via). PV_ETOOLARGE: a bound was reached.
 */
int pnp_message_parse(const void *data, size_t size, struct pnp_message *ret_message) PV_MUST_CHECK;

#endif
