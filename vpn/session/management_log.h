#ifndef PROVOST_SESSION_MANAGEMENT_LOG_H
#define PROVOST_SESSION_MANAGEMENT_LOG_H

#include <stdbool.h>

#include "appliance/base/cursor.h"

/*
 * What OpenVPN writes in its log about handshakes that it never asks us about,
 * as versions 2.6 and 2.7 write it. Names and reasons in it may be a stranger's.
 */
enum management_log_kind {
        MANAGEMENT_LOG_FOREIGN,         /* a certificate of another authority, also one of ours for the other process */
        MANAGEMENT_LOG_EXPIRED,
        MANAGEMENT_LOG_NOT_YET,         /* a certificate that begins later, by the appliance's clock */
        MANAGEMENT_LOG_UNFIT,           /* a certificate that does not verify for any other reason */
        MANAGEMENT_LOG_TLS_VERSION,     /* no common TLS version, or no common way to encrypt the control channel */
        MANAGEMENT_LOG_KEY,             /* not wrapped with the site's tls-auth key */
        MANAGEMENT_LOG_NO_CIPHER,       /* no common cipher for packets */
        MANAGEMENT_LOG_CHANNEL,         /* a control channel is up; tls says with which version */
};

struct management_log {
        enum management_log_kind kind;
        char peer[22];                  /* address:port, "" when it does not say */
        char common_name[13];           /* of a certificate, 12 lower-case hex digits or "" */
        char tls[12];                   /* CHANNEL: "TLSv1.2" */
};

/* The text of a LOG line. False: nothing of the above. */
bool management_log_read(const struct cursor *text, struct management_log *ret_log);

#endif
