#ifndef PROVOST_PHONE_REPLY_H
#define PROVOST_PHONE_REPLY_H

#include "appliance/http/http.h"
#include "provisioning/phone/phone_route.h"

/* Answers that a phone gets alike on the LAN and in the tunnel. Each ends the request. */

/* A general document names no phone, so it says nothing; the phone asks for its own next (snom.md 3.2). Logged. */
void phone_reply_general(struct http_request *request, const struct phone_route *route);
/* The path is none of ours: error is phone_route_parse()'s. Logged. */
void phone_reply_no_path(struct http_request *request, int error);
/*
 * A firmware file: the edge sends it from its folder of them (internal location /image/), with ranges.
 * `file`: of phone_firmware_is_file(); anything else gets 404.
 */
void phone_reply_image(struct http_request *request, const char *file);
/* 404 or 403, with a sentence that tells a stranger nothing. */
void phone_reply_refused(struct http_request *request, unsigned status);
/* 503: something of ours is in the way, the phone may come again. */
void phone_reply_busy(struct http_request *request);

#endif
