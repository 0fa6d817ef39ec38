/*
 * service_peer: a station that we call.
 *
 * In:   calls with deadlines and streams from the station's code; answers over the peer's Varlink socket.
 * Out:  exactly one reply per call; stream messages, with NULL after every (re)connect.
 * Not:  no repetition of a call whose connection broke: it may have been done. It ends as
 *       "io.provost.Unreachable" and the caller decides. Calls that were not yet sent wait for the next connection.
 *
 * Calls go over one connection in their order (libsystemd answers them in that order); each
 * stream has a connection of its own, because a connection in "more" takes no further call.
 */
#include "appliance/service/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 2000
#define CALLS_MAX 8192
#define STUCK_MS 10000          /* a connection without any answer for so long is given up */

#define ERROR_UNREACHABLE "io.provost.Unreachable"
#define ERROR_TIMEOUT "io.provost.Timeout"

struct call {
        struct call *next;
        struct service_peer *peer;
        char *method;
        sd_json_variant *parameters;
        service_reply reply;            /* NULL once it was called: the late answer is dropped */
        void *userdata;
        sd_event_source *timer;
};

struct queue {
        struct call *first, **end;
};

struct link {
        struct service_peer *peer;
        sd_varlink *varlink;
        sd_event_source *retry;
        uint64_t backoff_ms;
};

struct stream {
        struct stream *next;
        struct link link;
        char *method;
        sd_json_variant *parameters;
        service_update update;
        void *userdata;
        bool fresh;                     /* nothing came over this connection yet */
};

struct service_peer {
        struct service *service;
        char *path;
        struct link link;               /* for calls */
        struct queue waiting, sent;
        size_t n_calls;
        sd_event_source *flush;
        uint64_t last_answer_ms;
        struct stream *streams;
        bool down;                      /* the loss was logged */
};

/* --- calls in queues ----------------------------------------------------- */

static void queue_init(struct queue *q)
{
        q->first = NULL;
        q->end = &q->first;
}

static void queue_push(struct queue *q, struct call *call)
{
        call->next = NULL;
        *q->end = call;
        q->end = &call->next;
}

static struct call *queue_pop(struct queue *q)
{
        struct call *call = q->first;

        if (call) {
                q->first = call->next;
                if (!q->first)
                        q->end = &q->first;
        }
        return call;
}

static void queue_remove(struct queue *q, struct call *call)
{
        for (struct call **at = &q->first; *at; at = &(*at)->next)
                if (*at == call) {
                        *at = call->next;
                        if (!*at)
                                q->end = at;
                        return;
                }
}

static bool queue_has(const struct queue *q, const struct call *call)
{
        for (const struct call *c = q->first; c; c = c->next)
                if (c == call)
                        return true;
        return false;
}

static void call_free(struct call *call)
{
        call->peer->n_calls--;
        sd_event_source_disable_unref(call->timer);
        sd_json_variant_unref(call->parameters);
        free(call->method);
        free(call);
}

/* Ends a call and tells its owner, who may do anything with the peer then. */
static void call_end(struct call *call, sd_json_variant *answer, const char *error)
{
        service_reply reply = call->reply;
        void *userdata = call->userdata;

        call_free(call);
        if (reply)
                reply(answer, error, userdata);
}

/* --- connections --------------------------------------------------------- */

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata);

static void link_close(struct link *link)
{
        sd_varlink *varlink = link->varlink;

        link->varlink = NULL;
        link->retry = sd_event_source_disable_unref(link->retry);
        if (!varlink)
                return;
        (void)sd_varlink_bind_reply(varlink, NULL);
        sd_varlink_close_unref(varlink);
}

static void link_retry_later(struct link *link)
{
        link->backoff_ms = link->backoff_ms ? link->backoff_ms * 2 : BACKOFF_FIRST_MS;
        if (link->backoff_ms > BACKOFF_MAX_MS)
                link->backoff_ms = BACKOFF_MAX_MS;
        link->retry = sd_event_source_disable_unref(link->retry);
        if (sd_event_add_time_relative(service_event(link->peer->service), &link->retry, CLOCK_MONOTONIC,
                                       link->backoff_ms * 1000, 1000, on_retry, link) < 0)
                log_event(LOG_LEVEL_ERROR, "peer-retry-failed", "peer", link->peer->path, NULL);
}

static int link_open(struct link *link, sd_varlink_reply_t on_reply, void *userdata)
{
        sd_varlink *varlink = NULL;
        int r;

        r = sd_varlink_connect_address(&varlink, link->peer->path);
        if (r >= 0)
                r = sd_varlink_set_relative_timeout(varlink, UINT64_MAX);       /* deadlines are ours */
        if (r >= 0)
                r = sd_varlink_set_input_sensitive(varlink);
        if (r >= 0)
                r = sd_varlink_bind_reply(varlink, on_reply);
        if (r >= 0)
                r = sd_varlink_attach_event(varlink, service_event(link->peer->service), SD_EVENT_PRIORITY_NORMAL);
        if (r < 0) {
                sd_varlink_close_unref(varlink);
                return pv_error_from_errno(r);
        }
        (void)sd_varlink_set_userdata(varlink, userdata);
        link->varlink = varlink;
        return 0;
}

static void note_down(struct service_peer *peer, const char *why)
{
        if (!peer->down)
                log_event(LOG_LEVEL_WARNING, "peer-lost", "peer", peer->path, "reason", why, NULL);
        peer->down = true;
}

static void note_up(struct service_peer *peer)
{
        if (peer->down)
                log_event(LOG_LEVEL_INFO, "peer-back", "peer", peer->path, NULL);
        peer->down = false;
}

/* --- calls --------------------------------------------------------------- */

/* The connection for calls is gone: what was sent ends, what waits goes on waiting. */
static void calls_lost(struct service_peer *peer, const char *why)
{
        struct queue lost;
        struct call *call;

        note_down(peer, why);
        link_close(&peer->link);
        queue_init(&lost);
        while ((call = queue_pop(&peer->sent)))
                queue_push(&lost, call);
        if (peer->waiting.first)
                link_retry_later(&peer->link);
        while ((call = queue_pop(&lost)))
                call_end(call, NULL, ERROR_UNREACHABLE);
}

static int on_answer(sd_varlink *varlink, sd_json_variant *answer, const char *error, sd_varlink_reply_flags_t flags,
                     void *userdata)
{
        struct service_peer *peer = userdata;
        struct call *call;

        (void)varlink;
        if (flags & SD_VARLINK_REPLY_LOCAL) {
                calls_lost(peer, error);
                return 0;
        }
        note_up(peer);
        peer->link.backoff_ms = 0;
        peer->last_answer_ms = clock_monotonic_ms();
        call = queue_pop(&peer->sent);
        if (call)
                call_end(call, answer, error);
        return 0;
}

static int on_flush(sd_event_source *source, void *userdata)
{
        struct service_peer *peer = userdata;
        struct call *call;

        (void)source;
        if (!peer->waiting.first || peer->link.retry)
                return 0;
        if (!peer->link.varlink) {
                int r = link_open(&peer->link, on_answer, peer);
                if (r < 0) {
                        note_down(peer, pv_error_text(r));
                        link_retry_later(&peer->link);
                        return 0;
                }
                peer->last_answer_ms = clock_monotonic_ms();
        }
        while ((call = peer->waiting.first)) {
                int r = sd_varlink_invoke(peer->link.varlink, call->method, call->parameters);
                if (r < 0) {
                        calls_lost(peer, strerror(-r));
                        return 0;
                }
                if (!peer->sent.first)
                        peer->last_answer_ms = clock_monotonic_ms();
                queue_push(&peer->sent, queue_pop(&peer->waiting));
        }
        return 0;
}

/* Sending from inside an answer is refused by libsystemd, so it is always done from the loop. */
static void flush_soon(struct service_peer *peer)
{
        (void)sd_event_source_set_enabled(peer->flush, SD_EVENT_ONESHOT);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct call *call = userdata;
        struct service_peer *peer = call->peer;
        service_reply reply = call->reply;
        void *owner = call->userdata;

        (void)source;
        (void)usec;
        if (!queue_has(&peer->sent, call)) {
                queue_remove(&peer->waiting, call);
                call_end(call, NULL, ERROR_TIMEOUT);
                return 0;
        }
        /* It keeps its place, so that its late answer is not taken for another's. */
        call->reply = NULL;
        call->timer = sd_event_source_disable_unref(call->timer);
        if (clock_monotonic_ms() - peer->last_answer_ms >= STUCK_MS)
                calls_lost(peer, "it does not answer");
        if (reply)
                reply(NULL, ERROR_TIMEOUT, owner);
        return 0;
}

void service_peer_call(struct service_peer *peer, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
                       service_reply reply, void *userdata)
{
        struct call *call = peer->n_calls < CALLS_MAX ? calloc(1, sizeof *call) : NULL;

        if (!call) {
                if (reply)
                        reply(NULL, ERROR_UNREACHABLE, userdata);
                return;
        }
        peer->n_calls++;
        *call = (struct call){.peer = peer, .method = strdup(method), .parameters = sd_json_variant_ref(parameters),
                              .reply = reply, .userdata = userdata};
        if (!call->method ||
            sd_event_add_time_relative(service_event(peer->service), &call->timer, CLOCK_MONOTONIC, deadline_ms * 1000, 1000,
                                       on_deadline, call) < 0) {
                call_end(call, NULL, ERROR_UNREACHABLE);
                return;
        }
        queue_push(&peer->waiting, call);
        flush_soon(peer);
}

/* --- streams ------------------------------------------------------------- */

static void stream_lost(struct stream *stream, const char *why)
{
        note_down(stream->link.peer, why);
        link_close(&stream->link);
        link_retry_later(&stream->link);
}

static int on_message(sd_varlink *varlink, sd_json_variant *message, const char *error, sd_varlink_reply_flags_t flags,
                      void *userdata)
{
        struct stream *stream = userdata;
        bool fresh = stream->fresh;

        if (error) {
                stream_lost(stream, error);
                return 0;
        }
        note_up(stream->link.peer);
        stream->link.backoff_ms = 0;
        stream->fresh = false;
        if (fresh)
                stream->update(NULL, stream->userdata);
        stream->update(message, stream->userdata);
        /* A stream that its server ends is begun again. */
        if (!(flags & SD_VARLINK_REPLY_CONTINUES) && stream->link.varlink == varlink)
                stream_lost(stream, "the stream ended");
        return 0;
}

static void stream_open(struct stream *stream)
{
        int r = link_open(&stream->link, on_message, stream);

        if (r < 0) {
                note_down(stream->link.peer, pv_error_text(r));
                link_retry_later(&stream->link);
                return;
        }
        stream->fresh = true;
        r = sd_varlink_observe(stream->link.varlink, stream->method, stream->parameters);
        if (r < 0)
                stream_lost(stream, strerror(-r));
}

int service_peer_subscribe(struct service_peer *peer, const char *method, sd_json_variant *parameters,
                           service_update update, void *userdata)
{
        struct stream *stream = calloc(1, sizeof *stream);

        if (!stream)
                return PV_ENOMEM;
        stream->method = strdup(method);
        if (!stream->method) {
                free(stream);
                return PV_ENOMEM;
        }
        stream->link.peer = peer;
        stream->parameters = sd_json_variant_ref(parameters);
        stream->update = update;
        stream->userdata = userdata;
        stream->next = peer->streams;
        peer->streams = stream;
        stream_open(stream);
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct link *link = userdata;
        struct service_peer *peer = link->peer;

        (void)source;
        (void)usec;
        link->retry = sd_event_source_disable_unref(link->retry);
        if (link == &peer->link)
                return on_flush(NULL, peer);
        for (struct stream *s = peer->streams; s; s = s->next)
                if (link == &s->link)
                        stream_open(s);
        return 0;
}

/* --- life ---------------------------------------------------------------- */

int service_peer_new(struct service *service, const char *path, struct service_peer **ret_peer)
{
        struct service_peer *peer = calloc(1, sizeof *peer);
        int r = -ENOMEM;

        if (!peer)
                return PV_ENOMEM;
        peer->service = service;
        peer->link.peer = peer;
        queue_init(&peer->waiting);
        queue_init(&peer->sent);
        peer->path = strdup(path);
        if (peer->path)
                r = sd_event_add_defer(service_event(service), &peer->flush, on_flush, peer);
        if (r >= 0)
                r = sd_event_source_set_enabled(peer->flush, SD_EVENT_OFF);
        if (r < 0) {
                service_peer_free(peer);
                return pv_error_from_errno(r);
        }
        *ret_peer = peer;
        return 0;
}

void service_peer_free(struct service_peer *peer)
{
        struct call *call;

        if (!peer)
                return;
        link_close(&peer->link);
        while (peer->streams) {
                struct stream *stream = peer->streams;

                peer->streams = stream->next;
                link_close(&stream->link);
                sd_json_variant_unref(stream->parameters);
                free(stream->method);
                free(stream);
        }
        while ((call = queue_pop(&peer->sent)) || (call = queue_pop(&peer->waiting)))
                call_end(call, NULL, ERROR_UNREACHABLE);
        sd_event_source_disable_unref(peer->flush);
        free(peer->path);
        free(peer);
}

int service_call_once(const char *path, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
                      sd_json_variant **ret_reply, char **ret_error)
{
        sd_varlink *varlink = NULL;
        sd_json_variant *reply = NULL;
        const char *error = NULL;
        char *error_copy = NULL;
        int r;

        r = sd_varlink_connect_address(&varlink, path);
        if (r >= 0)
                r = sd_varlink_set_relative_timeout(varlink, deadline_ms * 1000);
        if (r >= 0)
                r = sd_varlink_call(varlink, method, parameters, &reply, &error);
        if (r < 0) {
                r = pv_error_from_errno(r);
                goto out;
        }
        r = PV_ENOMEM;
        if (error && !(error_copy = strdup(error)))
                goto out;
        *ret_reply = sd_json_variant_ref(reply);
        *ret_error = error_copy;
        r = 0;
out:
        sd_varlink_close_unref(varlink);
        return r;
}
