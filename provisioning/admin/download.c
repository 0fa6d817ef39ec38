/*
 * download: a backup on its way to a browser.
 *
 * In:   pieces of station backup, asked for one after the other.
 * Out:  one answer with its length; it breaks off when a piece is missing.
 * Not:  never more than one piece in memory; who may have it is decided before.
 */
#include "provisioning/admin/download.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "provisioning/admin/problem.h"

#define PIECE (1024 * 1024)
#define PIECE_MS 60000

struct download {
        unsigned refs;                  /* the request, and a call under way */
        struct http_request *request;   /* NULL: it has ended */
        struct service_peer *peer;      /* its own: an open connection keeps the station from its rest */
        struct backup_made made;
        uint64_t offset;
        bool has_begun;
        void *bytes;                    /* the first piece, until the answer asks for it */
        size_t size;
        http_more more;
};

static void unref(struct download *download)
{
        if (--download->refs > 0)
                return;
        service_peer_free(download->peer);
        free(download->bytes);
        free(download);
}

static void refuse(struct download *download, sd_json_variant *reply, const char *error)
{
        struct problem problem = problem_of_station(STATION_BACKUP, error, reply);
        char *text;

        if (problem.status == 422)      /* its id was asked for by the path */
                problem = (struct problem){.status = 404, .code = "no-such-backup", .detail = problem.detail};
        text = problem_text(&problem);
        http_reply(download->request, problem.status, text ? PROBLEM_TYPE : NULL, text, text ? strlen(text) : 0,
                   problem.status == 503 ? (const struct http_header[]){{"Retry-After", "2"}, {NULL, NULL}} : NULL);
        free(text);
}

static void begin(struct download *download, void *bytes, size_t size)
{
        char disposition[BACKUP_MADE_NAME_SIZE + 40];
        const struct http_header headers[] = {{"Content-Disposition", disposition}, {"X-Accel-Buffering", "no"}, {NULL, NULL}};

        (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", download->made.name);
        download->has_begun = true;
        download->bytes = bytes;
        download->size = size;
        if (http_reply_pieces(download->request, 200, "application/octet-stream", download->made.size, headers, download->more) < 0)
                http_reply(download->request, 503, NULL, NULL, 0, NULL);
}

static void take(struct download *download, void *bytes, size_t size)
{
        download->offset += size;
        if (download->has_begun)
                http_piece_give(download->request, bytes, size);
        else
                begin(download, bytes, size);
}

/* The bytes of a piece that fits; NULL otherwise. */
static void *bytes_of(const struct download *download, sd_json_variant *reply, size_t *ret_size)
{
        sd_json_variant *data = sd_json_variant_by_key(reply, "data");
        void *bytes = NULL;
        size_t size = 0;

        if (!data || sd_json_variant_unbase64(data, &bytes, &size) < 0)
                return NULL;
        if (size > 0 && size <= download->made.size - download->offset)
                return *ret_size = size, bytes;
        free(bytes);
        return NULL;
}

static void on_piece(sd_json_variant *reply, const char *error, void *userdata)
{
        struct download *download = userdata;
        size_t size = 0;
        void *bytes = error || !download->request ? NULL : bytes_of(download, reply, &size);

        if (bytes) {
                take(download, bytes, size);
        } else if (download->request) {
                log_event(LOG_LEVEL_WARNING, "download-failed", "backup", download->made.name, "reason", error ? error : "a piece does not fit", NULL);
                if (download->has_begun)
                        http_piece_fail(download->request);
                else
                        refuse(download, reply, error);
        }
        unref(download);
}

static void ask(struct download *download)
{
        uint64_t left = download->made.size - download->offset;
        sd_json_variant *parameters = NULL;

        download->refs++;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("backup", download->made.id), SD_JSON_BUILD_PAIR_UNSIGNED("offset", download->offset),
                           SD_JSON_BUILD_PAIR_UNSIGNED("length", left < PIECE ? left : PIECE)) < 0)
                on_piece(NULL, "no memory", download);
        else
                service_peer_call(download->peer, "io.provost.Backup.ReadBackup", parameters, PIECE_MS, on_piece, download);
        sd_json_variant_unref(parameters);
}

void download_more(struct download *download)
{
        void *bytes = download->bytes;

        if (bytes) {
                download->bytes = NULL;
                http_piece_give(download->request, bytes, download->size);
        } else {
                ask(download);
        }
}

int download_new(struct service *service, const char *path, struct http_request *request, const struct backup_made *made, http_more more,
                 struct download **ret_download)
{
        struct download *download = calloc(1, sizeof *download);
        int r;

        if (!download)
                return PV_ENOMEM;
        *download = (struct download){.refs = 1, .request = request, .made = *made, .more = more};
        r = service_peer_new(service, path, &download->peer);
        if (r) {
                free(download);
                return r;
        }
        *ret_download = download;
        ask(download);
        return 0;
}

void download_free(struct download *download)
{
        if (!download)
                return;
        download->request = NULL;
        service_peer_free(download->peer);      /* ends the call under way */
        download->peer = NULL;
        unref(download);
}
