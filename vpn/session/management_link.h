#ifndef PROVOST_SESSION_MANAGEMENT_LINK_H
#define PROVOST_SESSION_MANAGEMENT_LINK_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"
#include "vpn/session/management_line.h"

/*
 * The connection to OpenVPN's management socket, made as soon as the socket
 * appears and again whenever it is lost. Nothing here blocks.
 */
struct management_link;

struct management_link_handlers {
        void (*attached)(void *userdata);
        void (*lost)(void *userdata);
        /* Notices (>...) only; answers go to the command's reply. */
        void (*notice)(const struct management_line *line, void *userdata);
        void *userdata;
};

/* One line of the answer. The last one is SUCCESS, ERROR or END; tag is the command's. Not called when the connection
 * is lost before. */
typedef void (*management_link_reply)(const struct management_line *line, const char *tag, void *userdata);

/* Begins to look for directory/name at once. */
int management_link_new(sd_event *event, const char *directory, const char *name,
                        const struct management_link_handlers *handlers, struct management_link **ret_link) PV_MUST_CHECK;
void management_link_free(struct management_link *link);
/* Sends a command (text with its newlines). reply may be NULL. tag: up to 64 bytes, copied. Without a connection it is
 * dropped. */
void management_link_send(struct management_link *link, const char *command, management_link_reply reply, const char *tag);

#endif
