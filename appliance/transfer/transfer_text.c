/*
 * transfer_text: why a transfer failed, for people.
 *
 * In:   libcurl's code, the server's status.
 * Out:  one sentence.
 * Not:  no path, query, user or password in it.
 */
#include "appliance/transfer/transfer_text.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"

#define HOST_SIZE 128

static const char *host_of(const char *url, char ret[static HOST_SIZE])
{
        const char *host = strstr(url, "://");

        host = host ? host + 3 : url;
        return text_escape(ret, HOST_SIZE, host, strcspn(host, "/?#"));
}

static void of_status(long status, const char *host, char *ret, size_t size)
{
        static const struct { long status; const char *what; } rows[] = {
                {401, "wants another user or password"}, {403, "does not allow that to this user"}, {404, "has nothing at this URL"},
                {405, "does not take files at this URL; is it a WebDAV folder?"}, {409, "has no such folder"}, {413, "does not take files that large"},
                {423, "says that the file is locked"}, {507, "has no room left"},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                if (rows[i].status == status) {
                        (void)snprintf(ret, size, "The server %s %s (HTTP %ld).", host, rows[i].what, status);
                        return;
                }
        (void)snprintf(ret, size, "The server %s refused (HTTP %ld).", host, status);
}

void transfer_text(const struct transfer_end *end, char *ret, size_t size)
{
        char host_room[HOST_SIZE], detail[160];
        const char *host = host_of(end->url, host_room);

        if (end->is_too_large) {
                (void)snprintf(ret, size, "The server %s sends more than %lld MiB, which is too large.", host, (long long)(end->size_max >> 20));
                return;
        }
        if (end->is_unwritable) {
                (void)snprintf(ret, size, "The data disk took no more of it; make room and try again.");
                return;
        }
        switch (end->code) {
        case CURLE_OK:
                *ret = 0;
                return;
        case CURLE_COULDNT_RESOLVE_HOST:
                (void)snprintf(ret, size, "The name %s is not known here; check it, and whether the uplink has a name server.", host);
                return;
        case CURLE_COULDNT_CONNECT:
                (void)snprintf(ret, size, "The server %s does not answer; check the address and the network.", host);
                return;
        case CURLE_OPERATION_TIMEDOUT:
                (void)snprintf(ret, size, "The server %s was too slow, or stopped answering.", host);
                return;
        case CURLE_PEER_FAILED_VERIFICATION:
                (void)snprintf(ret, size, "The certificate of %s is not from an authority that is believed here, or is for another name: %s.", host,
                               text_escape(detail, sizeof detail, end->detail, strlen(end->detail)));
                return;
        case CURLE_HTTP_RETURNED_ERROR:
                of_status(end->status, host, ret, size);
                return;
        case CURLE_TOO_MANY_REDIRECTS:
        case CURLE_UNSUPPORTED_PROTOCOL:
                (void)snprintf(ret, size, "The server %s sends on to somewhere that is not followed (only https, five times).", host);
                return;
        case CURLE_ABORTED_BY_CALLBACK:
                (void)snprintf(ret, size, "The transfer was given up.");
                return;
        default:
                (void)snprintf(ret, size, "The transfer with %s failed: %s.", host,
                               text_escape(detail, sizeof detail, end->detail, strlen(end->detail)));
        }
}
