/*
 * phone_reply: answers that a phone gets alike on the LAN and in the tunnel.
 *
 * In:   a request, and what its station decided.
 * Out:  the answer.
 * Not:  no decision, no document of a phone.
 */
#include "provisioning/phone/phone_reply.h"

#include <stdio.h>

#include "appliance/base/log.h"
#include "provisioning/document/settings_document.h"

#define NOT_HERE "There is nothing here."

void phone_reply_general(struct http_request *request, const struct phone_route *route)
{
        struct settings_document_problem problem;
        char *bytes;
        size_t size;

        if (settings_document_write(&(struct settings_document){0}, &bytes, &size, &problem)) {
                http_reply_text(request, 500, "The appliance has no memory left.");
                return;
        }
        log_event(LOG_LEVEL_INFO, "general", "type", route->type, "address", http_request_header(request, "X-Provost-Address"), NULL);
        http_reply(request, 200, "application/xml", bytes, size, NULL);
        settings_document_free(bytes, size);
}

void phone_reply_no_path(struct http_request *request, int error)
{
        bool is_malformed = error == PV_EMALFORMED;

        log_event(LOG_LEVEL_NOTICE, "no-such-path", "path", http_request_path(request), "status", is_malformed ? "400" : "404",
                  "address", http_request_header(request, "X-Provost-Address"), NULL);
        http_reply_text(request, is_malformed ? 400 : 404, is_malformed ? "The request is malformed." : NOT_HERE);
}

void phone_reply_refused(struct http_request *request, unsigned status)
{
        http_reply_text(request, status, status == 404 ? NOT_HERE : "There is nothing here for you.");
}

void phone_reply_image(struct http_request *request, const char *file)
{
        char path[sizeof "/image/" + PHONE_FIRMWARE_FILE_SIZE];

        if (!phone_firmware_is_file(file)) {
                phone_reply_refused(request, 404);
                return;
        }
        (void)snprintf(path, sizeof path, "/image/%s", file);
        http_reply(request, 200, "application/octet-stream", NULL, 0,
                   (const struct http_header[]){{"X-Accel-Redirect", path}, {NULL, NULL}});
}

void phone_reply_busy(struct http_request *request)
{
        static const char sentence[] = "The appliance is busy; ask again in a few seconds.\n";

        http_reply(request, 503, "text/plain; charset=utf-8", sentence, sizeof sentence - 1,
                   (const struct http_header[]){{"Retry-After", "5"}, {NULL, NULL}});
}
