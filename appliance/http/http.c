/*
 * http: HTTP requests from the edge, answered now or later.
 *
 * In:   bytes of the edge's connections on a UNIX socket; whatever a phone sent
 *       may be in the path and in the headers the edge passes on.
 * Out:  one call of the gate, if there is one, and of the handler for each sound
 *       request; refusals (400, 405, 413, 414, 431) for the others.
 * Not:  no routes, no decoding of the path, no TLS, no files.
 *
 * libmicrohttpd runs in the station's loop: its epoll descriptor is one source,
 * its next timeout another. Connections are accepted here, so that a stranger's
 * first byte is never read.
 */
#include "appliance/http/http.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "appliance/base/log.h"

#define PATH_MAX_BYTES 512
#define QUERY_MAX_BYTES 1024
#define HEADERS_MAX_BYTES (16 * 1024)
#define HEADERS_MAX 64
#define MEMORY_MAX_BYTES (32 * 1024)    /* libmicrohttpd's pool per connection: request and answer headers */
#define ACCEPTS_PER_TURN 16
#define DRAIN_MAX_BYTES (16u * 1024 * 1024)
#define PIECE_BLOCK 65536
#define TRIAL_USER "provost-admin"

struct http_server {
        sd_event *event;
        struct MHD_Daemon *daemon;
        sd_event_source *listen, *poll, *timer, *soon;
        int listen_fd;
        uid_t edge_uid, trial_uid;      /* trial_uid: beside root; (uid_t)-1 when there is no such user */
        const char *const *methods;
        char allow[64];
        size_t max_body;
        unsigned max_connections, n_connections;
        http_handler handler;
        http_gate gate;
        http_refusal refuse;
        void *userdata;
        struct http_request *requests;  /* all that were begun and have not ended */
        bool running;
};

enum phase { PHASE_HEADERS, PHASE_GATE, PHASE_BODY };

/* What waits for the edge of an answer that goes on. */
struct stream {
        bool ended;
        size_t size;
        char bytes[HTTP_STREAM_MAX];
};

/* What is left of the piece that was given last. */
struct pieces {
        http_more more;
        bool is_asked, has_failed;
        uint8_t *bytes;                 /* owned; wiped */
        size_t at, size;
};

struct http_request {
        struct http_server *server;
        struct http_request *next, **link;
        struct MHD_Connection *connection;
        const char *method;             /* libmicrohttpd's */
        char path[PATH_MAX_BYTES + 1];
        char query[QUERY_MAX_BYTES + 1];
        bool malformed, too_long;
        bool is_trial;
        enum phase phase;
        bool admitted;                  /* by the gate, or there is none */
        bool handed;                    /* the handler has it */
        bool suspended, replied;
        uint8_t *body;
        size_t body_size, body_room, max_body;
        size_t drained;
        struct stream *stream;
        struct pieces *pieces;
        struct MHD_Response *response;
        unsigned status;
        void *state;
        void (*free_state)(void *);
        void (*sent)(void *state, bool complete);
};

static const char *const only_reading[] = {"GET", "HEAD", NULL};

static void run_soon(struct http_server *server)
{
        (void)sd_event_source_set_enabled(server->soon, SD_EVENT_ONESHOT);
}

/* --- one request ------------------------------------------------------------ */

/* Root or admin, where they are not the edge themselves. */
static bool is_trial_of(const struct http_server *server, int fd)
{
        struct ucred peer;
        socklen_t size = sizeof peer;

        return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid != server->edge_uid;
}

static void read_target(struct http_request *request, const char *target)
{
        const char *query = strchr(target, '?');
        size_t path_size = query ? (size_t)(query - target) : strlen(target);

        request->malformed = target[0] != '/';
        request->too_long = path_size > PATH_MAX_BYTES || (query && strlen(query + 1) > QUERY_MAX_BYTES);
        if (request->malformed || request->too_long)
                return;
        memcpy(request->path, target, path_size);
        if (query)
                memcpy(request->query, query + 1, strlen(query + 1));
}

/* libmicrohttpd has read the request line: the request begins, with the target as it was sent. */
static void *request_begins(void *userdata, const char *target, struct MHD_Connection *connection)
{
        struct http_server *server = userdata;
        struct http_request *request = calloc(1, sizeof *request);
        const union MHD_ConnectionInfo *info;

        if (!request)
                return NULL;
        info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        request->server = server;
        request->connection = connection;
        request->is_trial = info && is_trial_of(server, info->connect_fd);
        read_target(request, target);
        request->next = server->requests;
        if (request->next)
                request->next->link = &request->next;
        request->link = &server->requests;
        server->requests = request;
        return request;
}

static void piece_forget(struct pieces *pieces)
{
        if (pieces->bytes)
                explicit_bzero(pieces->bytes, pieces->size);
        free(pieces->bytes);
        pieces->bytes = NULL;
        pieces->at = pieces->size = 0;
}

/* Passwords come in bodies. */
static void body_forget(struct http_request *request)
{
        if (request->body)
                explicit_bzero(request->body, request->body_room);
        free(request->body);
        request->body = NULL;
}

static void request_ends(void *userdata, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
        struct http_request *request = *context;

        (void)userdata, (void)connection;
        *context = NULL;
        if (!request)
                return;
        *request->link = request->next;
        if (request->next)
                request->next->link = request->link;
        if (request->sent)
                request->sent(request->state, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        if (request->free_state)
                request->free_state(request->state);
        if (request->response)
                MHD_destroy_response(request->response);
        body_forget(request);
        free(request->stream);
        if (request->pieces)
                piece_forget(request->pieces);
        free(request->pieces);
        free(request);
}

struct header_check {
        const char *names[HEADERS_MAX];
        size_t n, bytes;
        bool malformed, too_many;
};

static enum MHD_Result check_header(void *userdata, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                    const char *value, size_t value_size)
{
        struct header_check *check = userdata;

        (void)kind;
        check->bytes += name_size + value_size + 4;
        if (check->n == HEADERS_MAX || check->bytes > HEADERS_MAX_BYTES) {
                check->too_many = true;
                return MHD_NO;
        }
        /* A NUL inside would hide the rest from every reader of texts. */
        if (strlen(name) != name_size || (value && strlen(value) != value_size))
                check->malformed = true;
        for (size_t i = 0; i < check->n; i++)
                if (!strcasecmp(check->names[i], name))
                        check->malformed = true;
        check->names[check->n++] = name;
        return MHD_YES;
}

static bool is_method(const struct http_server *server, const char *method)
{
        for (const char *const *known = server->methods; *known; known++)
                if (!strcmp(*known, method))
                        return true;
        return false;
}

static bool announces_body(const struct http_request *request)
{
        const char *length = http_request_header(request, "Content-Length");

        return http_request_header(request, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

/* What the headers alone decide: 0, or the status to refuse with and its sentence. */
static unsigned refusal_of(const struct http_request *request, const char **ret_sentence)
{
        struct header_check check = {0};

        MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, check_header, &check);
        if (request->too_long)
                return *ret_sentence = "The address asked for is too long.", 414;
        if (check.too_many)
                return *ret_sentence = "The request's headers are too large.", 431;
        if (check.malformed || request->malformed)
                return *ret_sentence = "The request is malformed.", 400;
        if (!is_method(request->server, request->method))
                return *ret_sentence = "This method is not known here.", 405;
        if (request->is_trial && strcmp(request->method, "HEAD") != 0)
                return *ret_sentence = "A trial is a HEAD request.", 403;
        if (announces_body(request) && request->server->max_body == 0 && !request->server->gate)
                return *ret_sentence = "A request with a body is not taken here.", 413;
        return 0;
}

static bool make_room(struct http_request *request, size_t size)
{
        const char *announced = http_request_header(request, "Content-Length");
        size_t room = announced ? strtoul(announced, NULL, 10) : request->body_room * 2;
        uint8_t *larger;

        if (size <= request->body_room - request->body_size)
                return true;
        if (room < request->body_size + size)
                room = request->body_size + size;
        if (room > request->max_body)
                room = request->max_body;
        larger = malloc(room);
        if (!larger)
                return false;
        if (request->body_size > 0)
                memcpy(larger, request->body, request->body_size);
        body_forget(request);
        request->body = larger;
        request->body_room = room;
        return true;
}

static void refuse(struct http_request *request, unsigned status, const char *sentence)
{
        if (request->server->refuse)
                request->server->refuse(request, status, sentence, request->server->userdata);
        else
                http_reply_text(request, status, sentence);
}

static enum MHD_Result take_body(struct http_request *request, const char *data, size_t size)
{
        if (!request->replied && size > request->max_body - request->body_size) {
                refuse(request, 413, "The request's body is too large.");
                body_forget(request);
        }
        if (request->replied) {
                request->drained += size;
                return request->drained <= DRAIN_MAX_BYTES ? MHD_YES : MHD_NO;
        }
        if (!make_room(request, size))
                return MHD_NO;
        memcpy(request->body + request->body_size, data, size);
        request->body_size += size;
        return MHD_YES;
}

static enum MHD_Result queue_reply(struct http_request *request)
{
        if (!request->response)
                return MHD_NO;
        return MHD_queue_response(request->connection, request->status, request->response);
}

static enum MHD_Result wait_for_it(struct http_request *request)
{
        request->suspended = true;
        MHD_suspend_connection(request->connection);
        return MHD_YES;
}

/* The headers are there, or the gate has spoken after a pause: libmicrohttpd reads no body before this says so. */
static enum MHD_Result pass_gate(struct http_request *request)
{
        struct http_server *server = request->server;
        const char *sentence = NULL;
        unsigned status;

        if (request->phase == PHASE_HEADERS) {
                status = refusal_of(request, &sentence);
                if (status) {
                        refuse(request, status, sentence);
                        return queue_reply(request);
                }
                request->phase = PHASE_GATE;
                if (server->gate)
                        server->gate(request, server->userdata);
                else
                        http_request_admit(request, server->max_body);
        }
        if (!request->admitted && !request->replied)
                return wait_for_it(request);
        request->phase = PHASE_BODY;
        return MHD_YES;
}

/*
 * Called by libmicrohttpd when the headers are there, for each piece of a body,
 * when all is there, and again after a resume. An answer queued at the first
 * call makes it close the connection, which is right for a broken request only.
 */
static enum MHD_Result request_goes_on(void *userdata, struct MHD_Connection *connection, const char *url,
                                       const char *method, const char *version, const char *data, size_t *size,
                                       void **context)
{
        struct http_request *request = *context;

        (void)userdata, (void)connection, (void)url, (void)version;
        if (!request)
                return MHD_NO;          /* no memory when it began */
        request->method = method;
        if (request->phase != PHASE_BODY)
                return pass_gate(request);
        if (*size > 0) {
                enum MHD_Result taken = take_body(request, data, *size);

                *size = 0;
                return taken;
        }
        if (!request->handed && !request->replied) {
                request->handed = true;
                request->server->handler(request, request->server->userdata);
        }
        return request->replied ? queue_reply(request) : wait_for_it(request);
}

/* --- the handler's view ----------------------------------------------------- */

const char *http_request_method(const struct http_request *request)
{
        return request->method;
}

const char *http_request_path(const struct http_request *request)
{
        return request->path;
}

const char *http_request_query(const struct http_request *request)
{
        return request->query;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const void *http_request_body(const struct http_request *request, size_t *ret_size)
{
        *ret_size = request->body_size;
        return request->body;
}

void *http_request_take_body(struct http_request *request, size_t *ret_size)
{
        void *body = request->body;

        *ret_size = request->body_size;
        request->body = NULL;
        request->body_size = request->body_room = 0;
        return body;
}

bool http_request_has_body(const struct http_request *request)
{
        return announces_body(request);
}

bool http_request_is_trial(const struct http_request *request)
{
        return request->is_trial;
}

void http_request_set_state(struct http_request *request, void *state, void (*free_state)(void *))
{
        request->state = state;
        request->free_state = free_state;
}

void *http_request_state(const struct http_request *request)
{
        return request->state;
}

void http_request_when_sent(struct http_request *request, void (*sent)(void *state, bool complete))
{
        request->sent = sent;
}

static void go_on(struct http_request *request)
{
        if (!request->suspended)
                return;
        request->suspended = false;
        MHD_resume_connection(request->connection);
        run_soon(request->server);
}

void http_request_admit(struct http_request *request, size_t max_body)
{
        assert(!request->admitted && !request->replied);
        request->admitted = true;
        request->max_body = max_body;
        go_on(request);
}

struct body {
        size_t size;
        char bytes[];
};

/* Answers carry keys and passwords: they do not stay in freed memory. */
static void body_free(void *data)
{
        struct body *body = data;

        explicit_bzero(body->bytes, body->size);
        free(body);
}

static struct MHD_Response *response_of(const void *data, size_t size)
{
        struct MHD_Response *response;
        struct body *body = malloc(sizeof *body + size);

        if (!body)
                return NULL;
        body->size = size;
        if (size > 0)
                memcpy(body->bytes, data, size);
        response = MHD_create_response_from_buffer_with_free_callback_cls(size, body->bytes, body_free, body);
        if (!response)
                body_free(body);
        return response;
}

static bool names(const struct http_header *headers, const char *name)
{
        for (; headers && headers->name; headers++)
                if (!strcasecmp(headers->name, name))
                        return true;
        return false;
}

/* Takes over the response, NULL when there was no memory for it. */
static void reply(struct http_request *request, unsigned status, const char *content_type, struct MHD_Response *response,
                  const struct http_header *headers)
{
        bool fine = response != NULL, has_allow = names(headers, "Allow");

        assert(!request->replied);
        request->replied = true;
        request->status = status;
        fine = fine && MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES;
        if (content_type)
                fine = fine && MHD_add_response_header(response, "Content-Type", content_type) == MHD_YES;
        for (; headers && headers->name; headers++)
                fine = fine && MHD_add_response_header(response, headers->name, headers->value) == MHD_YES;
        if (status == 405 && !has_allow)
                fine = fine && MHD_add_response_header(response, "Allow", request->server->allow) == MHD_YES;
        if (fine) {
                request->response = response;
        } else {
                log_reason(LOG_LEVEL_ERROR, "http", "no memory for an answer; its connection is closed");
                if (response)
                        MHD_destroy_response(response);
        }
        go_on(request);
}

void http_reply(struct http_request *request, unsigned status, const char *content_type, const void *body,
                size_t body_size, const struct http_header *headers)
{
        reply(request, status, content_type, response_of(body, body_size), headers);
}

/* Called when the edge takes more. Nothing there: the connection sleeps until something is written. */
static ssize_t read_stream(void *userdata, uint64_t position, char *into, size_t max)
{
        struct http_request *request = userdata;
        struct stream *stream = request->stream;
        size_t n = stream->size < max ? stream->size : max;

        (void)position;
        if (n > 0) {
                memcpy(into, stream->bytes, n);
                memmove(stream->bytes, stream->bytes + n, stream->size - n);
                stream->size -= n;
                return (ssize_t)n;
        }
        if (stream->ended)
                return MHD_CONTENT_READER_END_OF_STREAM;
        (void)wait_for_it(request);
        return 0;
}

int http_reply_stream(struct http_request *request, unsigned status, const char *content_type, const struct http_header *headers)
{
        struct stream *stream = calloc(1, sizeof *stream);
        struct MHD_Response *response;

        if (!stream)
                return PV_ENOMEM;
        request->stream = stream;
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, sizeof stream->bytes, read_stream, request, NULL);
        reply(request, status, content_type, response, headers);
        return 0;
}

bool http_stream_write(struct http_request *request, const void *bytes, size_t size)
{
        struct stream *stream = request->stream;

        if (!stream || stream->ended || size > sizeof stream->bytes - stream->size)
                return false;
        memcpy(stream->bytes + stream->size, bytes, size);
        stream->size += size;
        go_on(request);
        return true;
}

void http_stream_end(struct http_request *request)
{
        if (!request->stream)
                return;
        request->stream->ended = true;
        go_on(request);
}

/* --- an answer that comes piece by piece ------------------------------------- */

static ssize_t read_pieces(void *userdata, uint64_t position, char *into, size_t max)
{
        struct http_request *request = userdata;
        struct pieces *pieces = request->pieces;
        size_t n;

        (void)position;
        if (!pieces->bytes && !pieces->has_failed && !pieces->is_asked) {
                pieces->is_asked = true;
                pieces->more(request->state);
        }
        if (pieces->has_failed)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (!pieces->bytes) {
                (void)wait_for_it(request);
                return 0;
        }
        n = pieces->size - pieces->at < max ? pieces->size - pieces->at : max;
        memcpy(into, pieces->bytes + pieces->at, n);
        pieces->at += n;
        if (pieces->at == pieces->size)
                piece_forget(pieces);
        return (ssize_t)n;
}

int http_reply_pieces(struct http_request *request, unsigned status, const char *content_type, uint64_t size, const struct http_header *headers,
                      http_more more)
{
        struct pieces *pieces = calloc(1, sizeof *pieces);
        struct MHD_Response *response;

        if (!pieces)
                return PV_ENOMEM;
        pieces->more = more;
        request->pieces = pieces;
        response = MHD_create_response_from_callback(size, PIECE_BLOCK, read_pieces, request, NULL);
        reply(request, status, content_type, response, headers);
        return 0;
}

void http_piece_give(struct http_request *request, void *bytes, size_t size)
{
        struct pieces *pieces = request->pieces;

        assert(pieces && pieces->is_asked && size > 0);
        pieces->is_asked = false;
        pieces->bytes = bytes;
        pieces->size = size;
        go_on(request);
}

void http_piece_fail(struct http_request *request)
{
        assert(request->pieces);
        request->pieces->has_failed = true;
        go_on(request);
}

void http_reply_text(struct http_request *request, unsigned status, const char *sentence)
{
        char line[256];
        int size = snprintf(line, sizeof line, "%s\n", sentence);

        assert(size > 0 && (size_t)size < sizeof line);
        http_reply(request, status, "text/plain; charset=utf-8", line, (size_t)size, NULL);
}

/* --- the loop ----------------------------------------------------------------- */

static void run(struct http_server *server)
{
        uint64_t timeout_ms;

        if (server->running)
                return;
        server->running = true;
        (void)MHD_run(server->daemon);
        server->running = false;
        if (MHD_get_timeout64(server->daemon, &timeout_ms) != MHD_YES) {
                (void)sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
        } else if (timeout_ms == 0) {
                run_soon(server);
        } else {
                (void)sd_event_source_set_time_relative(server->timer, timeout_ms * 1000);
                (void)sd_event_source_set_enabled(server->timer, SD_EVENT_ONESHOT);
        }
}

static int on_poll(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        (void)source, (void)fd, (void)events;
        run(userdata);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t now, void *userdata)
{
        (void)source, (void)now;
        run(userdata);
        return 0;
}

static int on_soon(sd_event_source *source, void *userdata)
{
        (void)source;
        run(userdata);
        return 0;
}

static bool is_edge(const struct http_server *server, int fd)
{
        struct ucred peer;
        socklen_t size = sizeof peer;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return false;
        if (peer.uid == server->edge_uid || peer.uid == 0 || peer.uid == server->trial_uid)
                return true;
        log_reason(LOG_LEVEL_WARNING, "http-stranger", "a process of user %u connected, which is not the edge; closed",
                   peer.uid);
        return false;
}

static int on_listen(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct http_server *server = userdata;
        const struct sockaddr_un nobody = {.sun_family = AF_UNIX};

        (void)events;
        for (int i = 0; i < ACCEPTS_PER_TURN && server->n_connections < server->max_connections; i++) {
                int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

                if (connection < 0)
                        break;
                if (!is_edge(server, connection))
                        (void)close(connection);
                else        /* closes the descriptor when it fails */
                        (void)MHD_add_connection(server->daemon, connection, (const struct sockaddr *)&nobody,
                                                 sizeof nobody.sun_family);
        }
        if (server->n_connections >= server->max_connections)
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        run(server);
        return 0;
}

static void connection_changes(void *userdata, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
        struct http_server *server = userdata;

        (void)connection, (void)context;
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                server->n_connections++;
                return;
        }
        server->n_connections--;
        if (server->listen && server->n_connections < server->max_connections)
                (void)sd_event_source_set_enabled(server->listen, SD_EVENT_ON);
}

/* The target is handed on as it was sent: nothing is decoded here. */
static size_t decode_nothing(void *userdata, struct MHD_Connection *connection, char *text)
{
        (void)userdata, (void)connection;
        return strlen(text);
}

static int edge_uid_of(const char *user, uid_t *ret_uid)
{
        const struct passwd *entry;

        if (!user) {
                *ret_uid = getuid();
                return 0;
        }
        entry = getpwnam(user);
        if (!entry) {
                log_reason(LOG_LEVEL_ERROR, "http", "there is no user %s, who alone may connect; the image lacks its sysusers entry",
                           user);
                return PV_EUNSET;
        }
        *ret_uid = entry->pw_uid;
        return 0;
}

static uid_t trial_uid_of(void)
{
        const struct passwd *entry = getpwnam(TRIAL_USER);

        return entry ? entry->pw_uid : (uid_t)-1;
}

static int start_daemon(struct http_server *server, unsigned idle_s)
{
        /* Discipline 2: what a sound client never sends is refused, not repaired. */
        server->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                                                  MHD_USE_NO_THREAD_SAFETY,
                                          0, NULL, NULL, request_goes_on, server,
                                          MHD_OPTION_URI_LOG_CALLBACK, request_begins, server,
                                          MHD_OPTION_NOTIFY_COMPLETED, request_ends, server,
                                          MHD_OPTION_NOTIFY_CONNECTION, connection_changes, server,
                                          MHD_OPTION_UNESCAPE_CALLBACK, decode_nothing, NULL,
                                          MHD_OPTION_CLIENT_DISCIPLINE_LVL, 2,
                                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX_BYTES,
                                          MHD_OPTION_CONNECTION_LIMIT, server->max_connections,
                                          MHD_OPTION_CONNECTION_TIMEOUT, idle_s, MHD_OPTION_END);
        return server->daemon ? 0 : PV_ESYSTEM;
}

static int add_sources(struct http_server *server)
{
        const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);

        if (!info ||
            sd_event_add_io(server->event, &server->listen, server->listen_fd, EPOLLIN, on_listen, server) < 0 ||
            sd_event_add_io(server->event, &server->poll, info->epoll_fd, EPOLLIN, on_poll, server) < 0 ||
            sd_event_add_time_relative(server->event, &server->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, server) < 0 ||
            sd_event_add_defer(server->event, &server->soon, on_soon, server) < 0)
                return PV_ESYSTEM;
        (void)sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(server->soon, SD_EVENT_OFF);
        return 0;
}

static void join_methods(struct http_server *server)
{
        for (const char *const *method = server->methods; *method; method++) {
                size_t used = strlen(server->allow);

                assert(used + strlen(*method) + 3 < sizeof server->allow);
                (void)snprintf(server->allow + used, sizeof server->allow - used, "%s%s", used ? ", " : "", *method);
        }
}

int http_server_new(sd_event *event, int listen_fd, const struct http_options *options, http_handler handler,
                    void *userdata, struct http_server **ret_server)
{
        struct http_server *server = calloc(1, sizeof *server);
        int r;

        assert(options->max_connections > 0 && options->idle_s > 0);
        if (!server)
                return PV_ENOMEM;
        server->event = sd_event_ref(event);
        server->listen_fd = listen_fd;
        server->methods = options->methods ? options->methods : only_reading;
        server->max_body = options->max_body;
        server->max_connections = options->max_connections;
        server->handler = handler;
        server->gate = options->gate;
        server->refuse = options->refuse;
        server->userdata = userdata;
        server->trial_uid = trial_uid_of();
        join_methods(server);
        r = edge_uid_of(options->edge_user, &server->edge_uid);
        if (!r && fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK) < 0)
                r = PV_ESYSTEM;
        if (!r)
                r = start_daemon(server, options->idle_s);
        if (!r)
                r = add_sources(server);
        if (r) {
                server->listen_fd = -1;         /* stays the caller's */
                http_server_free(server);
                return r;
        }
        *ret_server = server;
        return 0;
}

void http_server_free(struct http_server *server)
{
        if (!server)
                return;
        server->listen = sd_event_source_disable_unref(server->listen);
        if (server->daemon) {
                for (struct http_request *request = server->requests; request; request = request->next)
                        if (request->suspended) {
                                request->suspended = false;
                                request->replied = true;
                                if (request->stream)
                                        request->stream->ended = true;
                                if (request->pieces)
                                        request->pieces->has_failed = true;
                                MHD_resume_connection(request->connection);
                        }
                MHD_stop_daemon(server->daemon);
        }
        server->poll = sd_event_source_disable_unref(server->poll);
        server->timer = sd_event_source_disable_unref(server->timer);
        server->soon = sd_event_source_disable_unref(server->soon);
        if (server->listen_fd >= 0)
                (void)close(server->listen_fd);
        sd_event_unref(server->event);
        free(server);
}
