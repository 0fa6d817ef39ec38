#ifndef PROVOST_RESPONDER_PNP_REPLY_H
#define PROVOST_RESPONDER_PNP_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/responder/pnp_message.h"

/* The two messages that a phone gets. PV_ETOOLARGE, PV_EREFUSED: it cannot be written so that it is one message. */

struct pnp_reply_ends {
        uint32_t ours, theirs;          /* addresses, host order */
        uint16_t their_port;            /* that the SUBSCRIBE came from */
        const char *tag;                /* ours, of the To of the answer and the From of the NOTIFY */
};

/* 200 OK to a SUBSCRIBE. */
int pnp_reply_accept(const struct pnp_message *m, const struct pnp_reply_ends *ends, uint8_t ret[static PNP_MESSAGE_MAX],
                     size_t *ret_size) PV_MUST_CHECK;
/* The NOTIFY that names the URL and ends the subscription. branch: of its transaction. */
int pnp_reply_notify(const struct pnp_message *m, const struct pnp_reply_ends *ends, const char *branch, const char *url,
                     uint8_t ret[static PNP_MESSAGE_MAX], size_t *ret_size) PV_MUST_CHECK;

#endif
