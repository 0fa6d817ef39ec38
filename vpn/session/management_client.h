#ifndef PROVOST_SESSION_MANAGEMENT_CLIENT_H
#define PROVOST_SESSION_MANAGEMENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "vpn/session/management_line.h"

/* One >CLIENT event with what we need of its ENV lines. Texts are "" when absent or unfit (too long, control bytes). */
struct management_client {
        enum management_line_event event;
        uint64_t cid, kid;
        char common_name[65];
        char sha256[65];                /* of the certificate, lower-case hex */
        char peer_address[46], peer_port[6];
        char version[32];               /* IV_VER, the phone's own word */
        uint32_t protocol;              /* IV_PROTO, likewise */
        char ciphers[256];              /* IV_CIPHERS, likewise: what it can encrypt its packets with, ':' apart */
        bool is_negotiating;            /* IV_NCP=2: without IV_CIPHERS it knows AES-256-GCM and AES-128-GCM */
};

struct management_client_collector {
        struct management_client client;
        bool is_open;                   /* between a CLIENT line and its ENV_END */
};

/* Takes CLIENT, ENV and ENV_END lines; others are ignored. True when ret_client holds a whole event. */
bool management_client_collect(struct management_client_collector *collector, const struct management_line *line,
                               struct management_client *ret_client);

#endif
