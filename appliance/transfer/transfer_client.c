/*
 * transfer_client: what stations ask of provost-transfer.
 *
 * In:   a URL, an open descriptor.
 * Out:  how far it is, and how it ended.
 * Not:  no HTTPS here, and no file is opened.
 */
#include "appliance/transfer/transfer_client.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"

#define URL_MAX 2000

static const char *text_of(const char *text)
{
        return text ? text : "";
}

int transfer_start(const struct transfer_job *job, int *ret_connection)
{
        sd_json_variant *request = NULL;
        int r = sd_json_buildo(&request, SD_JSON_BUILD_PAIR_STRING("verb", job->verb), SD_JSON_BUILD_PAIR_STRING("url", job->url),
                               SD_JSON_BUILD_PAIR_STRING("user", text_of(job->user)), SD_JSON_BUILD_PAIR_STRING("password", text_of(job->password)),
                               SD_JSON_BUILD_PAIR_STRING("authorities", text_of(job->authorities)),
                               SD_JSON_BUILD_PAIR_INTEGER("size_max", job->size_max));

        r = pv_error_from_errno(r);
        if (r == 0) {
                sd_json_variant_sensitive(request);
                r = chore_ask(TRANSFER_PATH, request, &job->fd, job->fd >= 0, ret_connection);
        }
        sd_json_variant_unref(request);
        return r;
}

int transfer_next(int connection, int timeout_ms, struct transfer_news *ret_news)
{
        sd_json_variant *packet = NULL;
        int r = chore_next(connection, timeout_ms, &packet);

        if (r == PV_ETIMEOUT)
                return r;
        *ret_news = (struct transfer_news){.is_over = true};
        if (r < 0) {
                (void)snprintf(ret_news->text, sizeof ret_news->text, "The transfer ended without a word; try again, the journal of provost-transfer has more.");
                return 0;
        }
        ret_news->is_over = service_field_is_true(packet, "is_over");
        ret_news->is_done = service_field_is_true(packet, "is_done");
        ret_news->done = service_field_integer(packet, "done", 0);
        ret_news->total = service_field_integer(packet, "total", 0);
        (void)text_copy(ret_news->text, sizeof ret_news->text, text_of(service_field_text(packet, "text")));
        sd_json_variant_unref(packet);
        return 0;
}

const char *transfer_url_problem(const char *url)
{
        const char *host = url + strlen("https://");
        size_t n;

        if (!text_starts(url, "https://"))
                return "The URL must begin with https://.";
        if (strlen(url) > URL_MAX || !text_is_printable(url) || strchr(url, ' '))
                return "The URL must be of at most 2,000 printable characters without blanks.";
        n = strcspn(host, "/?#");
        if (!n || host[0] == ':')
                return "The URL must name a server.";
        if (memchr(host, '@', n))
                return "User and password do not belong into the URL; there are fields of their own for them.";
        return NULL;
}
