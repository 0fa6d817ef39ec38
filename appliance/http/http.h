#ifndef PROVOST_HTTP_HTTP_H
#define PROVOST_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"

/*
 * An HTTP server on a UNIX socket behind nginx, in a station's event loop.
 * Only a peer with the user id given may connect (SO_PEERCRED), and, for trials, root and station admin:
 * what would be answered, HEAD alone, so that no answer's body ever leaves. Requests are
 * bounded: method, path of 512 bytes, 16 KiB of headers, no body above max_body.
 */

struct http_server;
struct http_request;

/* Called when the whole request is there. It must reply now or later, exactly once. HEAD is answered as GET is; the body stays here. */
typedef void (*http_handler)(struct http_request *request, void *userdata);
/*
 * Called when the headers are there and before any of the body is read. It must admit the request or reply, now or
 * later, exactly once. The body of a request that was replied to is thrown away, up to 16 MiB, before the answer goes.
 */
typedef void (*http_gate)(struct http_request *request, void *userdata);
/* Replies to a request that breaks the rules of this file. */
typedef void (*http_refusal)(struct http_request *request, unsigned status, const char *sentence, void *userdata);

struct http_options {
        const char *edge_user;          /* the only user whose connections are accepted, "provost-edge"; NULL in tests: own uid */
        size_t max_body;                /* 0: requests with a body get 413 */
        const char *const *methods;     /* ends with NULL; anything else gets 405. NULL: GET and HEAD */
        unsigned max_connections;       /* further ones wait in the socket's queue */
        unsigned idle_s;                /* a connection without progress is closed */
        http_gate gate;                 /* NULL: whatever has at most max_body is admitted */
        http_refusal refuse;            /* NULL: http_reply_text() */
};

/* Takes over the listening descriptor; on failure it stays the caller's. */
int http_server_new(sd_event *event, int listen_fd, const struct http_options *options,
                    http_handler handler, void *userdata, struct http_server **ret_server) PV_MUST_CHECK;
/* Requests still waiting for their answer end here; free whatever could answer them (peers) first. */
void http_server_free(struct http_server *server);

/* All valid until the reply. Path as nginx passed it on (raw, without query); "" query when there is none. */
const char *http_request_method(const struct http_request *request);
const char *http_request_path(const struct http_request *request);
const char *http_request_query(const struct http_request *request);
/* Whether the headers announce a body. */
bool http_request_has_body(const struct http_request *request);
/* NULL when absent; case does not matter. A request with a header sent twice gets 400 and never comes here. */
const char *http_request_header(const struct http_request *request, const char *name);
const void *http_request_body(const struct http_request *request, size_t *ret_size);
/* The body becomes the caller's, who frees it; NULL when there is none. */
void *http_request_take_body(struct http_request *request, size_t *ret_size);
/* The gate's word: this body, of at most max_body bytes, is taken; then the handler is called. */
void http_request_admit(struct http_request *request, size_t max_body);
/* Root or admin asks, to see how it is answered (the receipt of a revoke): it counts for nothing, and nothing is written down of a phone. */
bool http_request_is_trial(const struct http_request *request);
/* Storage for the handler's own state; freed with the request by `free_state`. */
void http_request_set_state(struct http_request *request, void *state, void (*free_state)(void *));
void *http_request_state(const struct http_request *request);

/*
 * Called once after the reply, with the handler's state: complete is true when the
 * whole answer was taken by the edge, false when the connection broke before.
 */
void http_request_when_sent(struct http_request *request, void (*sent)(void *state, bool complete));

struct http_header { const char *name, *value; };

/*
 * Sends the answer; body is copied. headers end with .name == NULL, may be NULL.
 * Content-Type comes from content_type (NULL with an empty body). Cache-Control: no-store is always added.
 */
void http_reply(struct http_request *request, unsigned status, const char *content_type,
                const void *body, size_t body_size, const struct http_header *headers);
/*
 * An answer that goes on: its head now, the rest by http_stream_write(), until http_stream_end() or until the edge
 * leaves, which ends the request (free_state is called). At most HTTP_STREAM_MAX bytes wait for the edge.
 */
#define HTTP_STREAM_MAX 16384
int http_reply_stream(struct http_request *request, unsigned status, const char *content_type, const struct http_header *headers) PV_MUST_CHECK;
/* False when it does not fit beside what waits; then nothing of it is written. */
bool http_stream_write(struct http_request *request, const void *bytes, size_t size);
void http_stream_end(struct http_request *request);
/*
 * An answer of `size` bytes that come piece by piece: `more` is called, with the request's state and in the loop, when the edge has
 * taken what there was; http_piece_give() or http_piece_fail() follows, now or later. Neither more nor fewer bytes than `size` go out:
 * with less the connection breaks, so that nobody takes half a file for a whole one.
 */
typedef void (*http_more)(void *state);
int http_reply_pieces(struct http_request *request, unsigned status, const char *content_type, uint64_t size, const struct http_header *headers,
                      http_more more) PV_MUST_CHECK;
/* Takes over bytes, of malloc(); size is not 0. */
void http_piece_give(struct http_request *request, void *bytes, size_t size);
void http_piece_fail(struct http_request *request);
/* A plain-text answer with one sentence. */
void http_reply_text(struct http_request *request, unsigned status, const char *sentence);

#endif
