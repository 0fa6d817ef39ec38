/*
 * admin: the page's station in its loop.
 *
 * In:   requests of the edge; changes that the store tells; the workers' answers.
 * Out:  a request that access lets in goes to a worker, or into the stream of events; its answer goes back.
 * Not:  no operation is done here: the loop never waits.
 */
#include "provisioning/admin/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/http/http.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/admin_setup.h"
#include "provisioning/admin/backup_made.h"
#include "provisioning/admin/call.h"
#include "provisioning/admin/download.h"
#include "provisioning/admin/events.h"
#include "provisioning/admin/header.h"
#include "provisioning/admin/problem.h"
#include "provisioning/admin/upkeep.h"
#include "provisioning/admin/worker.h"

#define STORE "io.provost.Store."
#define CONNECTIONS_MAX 700     /* nginx hands bodies on as slowly as they come: many slow clients must not keep others out */
#define IDLE_S 30
#define BODY_MAX (256 * 1024)
#define LARGE_BODY_MAX (12 * 1024 * 1024)
#define LARGE_AT_ONCE 1         /* each is there several times over while it is read and handed on */
#define TOKEN_MS 5000
#define TOKEN_LISTENS_MS (UINT64_C(5) * 60 * 1000)

struct admin {
        struct service *service;
        struct service_peer *store;
        struct http_server *http;
        struct door *door;
        struct workers *workers;
        struct events *events;
        struct admin_setup *setup;
        struct upkeep *upkeep;
        const struct operation *const *tables;
        unsigned n_large;
        char backup_path[128];          /* of station backup's socket */
};

/* One request; held by the request itself, and by a call or a question to the store that is under way. */
struct visit {
        unsigned refs;
        struct admin *admin;
        struct http_request *request;   /* NULL: it has ended */
        struct route route;
        struct identity who;
        struct access_decision decision;
        char token[HEADER_TOKEN_SIZE];  /* of the cookie */
        char bearer[SECRET_HASH_TEXT_SIZE];     /* the token's hash */
        uint64_t listens_since_ms;
        bool large, streams;
        struct download *download;
        bool is_running;                /* a worker has its call, with the body */
        bool admitted;                  /* the body is there, too */
};

static void visit_unref(struct visit *visit)
{
        if (--visit->refs > 0)
                return;
        explicit_bzero(visit, sizeof *visit);
        free(visit);
}

/* Its body is gone; the next large one may come. */
static void release_large(struct visit *visit)
{
        if (visit->large)
                visit->admin->n_large--;
        visit->large = false;
}

static void leave(struct visit *visit)
{
        struct admin *admin = visit->admin;

        events_leave(admin->events, visit);
        if (admin->upkeep)
                upkeep_listen(admin->upkeep, events_count(admin->events));
}

static void on_request_end(void *state)
{
        struct visit *visit = state;

        visit->request = NULL;
        if (visit->streams)
                leave(visit);
        download_free(visit->download);
        visit->download = NULL;
        if (!visit->is_running)
                release_large(visit);
        visit_unref(visit);
}

/* --- refusals --------------------------------------------------------------- */

static void refuse(struct http_request *request, const struct problem *problem, const char *name, const char *value)
{
        char *text = problem_text(problem);
        const struct http_header headers[] = {{name, value}, {NULL, NULL}};

        http_reply(request, problem->status, text ? PROBLEM_TYPE : NULL, text, text ? strlen(text) : 0, headers);
        free(text);
}

/* What appliance/http itself refuses, in this API's form. */
static void on_broken(struct http_request *request, unsigned status, const char *sentence, void *userdata)
{
        (void)userdata;
        refuse(request, &(struct problem){.status = status, .code = status == 405 ? "method" : "request", .detail = sentence}, NULL, NULL);
}

static void refuse_busy(struct http_request *request)
{
        refuse(request, &(struct problem){.status = 503, .code = "busy", .detail = "Too much is under way; try again in a moment."}, "Retry-After", "2");
}

static void refuse_access(struct visit *visit)
{
        const struct access_decision *decision = &visit->decision;

        log_event(LOG_LEVEL_INFO, "refused", "operation", visit->route.operation->id, "code", decision->code, "who",
                  *visit->who.name ? visit->who.name : NULL, "from", visit->who.from, NULL);
        refuse(visit->request, &(struct problem){.status = decision->status, .code = decision->code, .detail = decision->detail}, NULL, NULL);
}

/* --- the gate: before the body is read -------------------------------------- */

/* Whether it may need one of the few places for large bodies; what says its length and is short does not. */
static bool needs_place(const struct visit *visit, const struct access_request *asked)
{
        const char *length = http_request_header(visit->request, "Content-Length");
        uint32_t bytes;

        return asked->has_body && (visit->route.operation->flags & OPERATION_LARGE) && (!length || text_to_u32(length, BODY_MAX, &bytes) < 0);
}

static void enter(struct visit *visit)
{
        struct http_request *request = visit->request;
        const struct access_request asked = {
                .method = http_request_method(request), .origin = http_request_header(request, "Origin"),
                .host = http_request_header(request, "X-Provost-Host"), .fetch_site = http_request_header(request, "Sec-Fetch-Site"),
                .own = http_request_header(request, "X-Provost-Request"), .content_type = http_request_header(request, "Content-Type"),
                .if_match = http_request_header(request, "If-Match"), .has_body = http_request_has_body(request)};
        bool large = needs_place(visit, &asked);

        visit->decision = access_decide(visit->route.operation, &visit->who, &asked);
        if (visit->decision.status) {
                refuse_access(visit);
                return;
        }
        if (large && visit->admin->n_large >= LARGE_AT_ONCE) {
                refuse_busy(request);
                return;
        }
        visit->large = large;
        visit->admin->n_large += large;
        http_request_admit(request, large ? LARGE_BODY_MAX : BODY_MAX);
}

static void learn_session(struct visit *visit)
{
        struct door *door = visit->admin->door;
        uint64_t now_ms = clock_monotonic_ms();
        const struct session *session;

        if (header_cookie(http_request_header(visit->request, "Cookie"), visit->token))
                return;
        door_lock(door);
        session = session_table_find(&door->sessions, visit->token, now_ms, true);
        if (session) {
                visit->who.role = session->role;
                visit->who.session = session->number;
                visit->who.is_fresh = now_ms < session->fresh_until_ms;
                (void)text_copy(visit->who.name, sizeof visit->who.name, session->name);
        }
        door_unlock(door);
}

static void run(struct visit *visit);

static void refuse_ended(struct visit *visit)
{
        visit->decision = (struct access_decision){.status = 401, .code = "sign-in", .detail = "The session or token has ended meanwhile: sign in."};
        refuse_access(visit);
}

/* Asked before the body, and once more when it is there. */
static void on_token(sd_json_variant *reply, const char *error, void *userdata)
{
        struct visit *visit = userdata;
        sd_json_variant *token = sd_json_variant_by_key(reply, "token");
        const char *name = service_field_text(token, "name"), *role = service_field_text(token, "role");
        bool found = !error && name && role;

        if (!visit->request) {
                visit_unref(visit);
                return;
        }
        if (found) {
                visit->who.role = access_role(role);
                (void)snprintf(visit->who.name, sizeof visit->who.name, "token:%.64s", name);
        }
        if (error && !text_equal(error, STORE "NoSuchName"))
                refuse(visit->request, &(struct problem){.status = 503, .code = "unreachable", .detail = "The store does not answer; try again in a moment."},
                       "Retry-After", "2");
        else if (!visit->admitted)
                enter(visit);
        else if (found)
                run(visit);
        else
                refuse_ended(visit);
        visit_unref(visit);
}

static void ask_token(struct visit *visit)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("sha256", visit->bearer)) < 0) {
                refuse_busy(visit->request);
                return;
        }
        visit->refs++;
        service_peer_call(visit->admin->store, STORE "FindToken", parameters, TOKEN_MS, on_token, visit);
        sd_json_variant_unref(parameters);
}

static void learn_who(struct visit *visit)
{
        const char *from = http_request_header(visit->request, "X-Provost-Address");
        char token[HEADER_TOKEN_SIZE];
        int r = header_bearer(http_request_header(visit->request, "Authorization"), token);

        (void)text_copy(visit->who.from, sizeof visit->who.from, from ? from : "");
        if (r == PV_EUNSET) {
                learn_session(visit);
                enter(visit);
        } else if (r) {
                visit->who.is_token = true;     /* nobody's: no cookie counts beside it */
                enter(visit);
        } else {
                visit->who.is_token = true;
                secret_hash_text(token, visit->bearer);
                ask_token(visit);
        }
        explicit_bzero(token, sizeof token);
}

static void refuse_route(struct http_request *request, const struct route *route, int r)
{
        struct problem problem = {.status = 404, .code = "no-such-path", .detail = "There is nothing at this address."};

        if (r == PV_EREFUSED)
                problem = (struct problem){.status = 405, .code = "method", .detail = "This address does not take this method."};
        else if (r == PV_EMALFORMED)
                problem = (struct problem){.status = 400, .code = "path", .detail = "The address has an escape that is none, or a part that is too long."};
        refuse(request, &problem, r == PV_EREFUSED ? "Allow" : NULL, route->allow);
}

static void on_gate(struct http_request *request, void *userdata)
{
        struct admin *admin = userdata;
        struct visit *visit = calloc(1, sizeof *visit);
        int r;

        if (!visit) {
                refuse_busy(request);
                return;
        }
        *visit = (struct visit){.refs = 1, .admin = admin, .request = request};
        http_request_set_state(request, visit, on_request_end);
        r = route_find(admin->tables, http_request_method(request), http_request_path(request), &visit->route);
        if (r)
                refuse_route(request, &visit->route, r);
        else
                learn_who(visit);
}

/* --- the operation ----------------------------------------------------------- */

static void send_answer(struct http_request *request, const struct call_answer *answer)
{
        struct http_header headers[CALL_HEADERS_MAX + 1] = {0};

        for (size_t i = 0; i < answer->n_headers; i++)
                headers[i] = (struct http_header){answer->headers[i].name, answer->headers[i].value};
        http_reply(request, answer->status, answer->content_type, answer->bytes, answer->size, headers);
}

static void on_done(struct call *call, void *userdata)
{
        struct visit *visit = userdata;
        struct admin *admin = visit->admin;

        if (visit->request)
                send_answer(visit->request, &call->answer);
        call_free(call);
        release_large(visit);
        visit_unref(visit);
        admin_setup_look(admin->setup);
}

static struct call *call_of(struct visit *visit)
{
        struct http_request *request = visit->request;
        const char *none_match = http_request_header(request, "If-None-Match"), *host = http_request_header(request, "X-Provost-Host");
        struct call *call = calloc(1, sizeof *call);

        if (!call)
                return NULL;
        call->operation = visit->route.operation;
        call->route = visit->route;
        call->who = visit->who;
        call->door = visit->admin->door;
        call->match = visit->decision.match;
        call->body = http_request_take_body(request, &call->body_size);
        call->query = strdup(http_request_query(request));
        (void)text_copy(call->none_match, sizeof call->none_match, none_match ? none_match : "");
        (void)text_copy(call->host, sizeof call->host, host ? host : "");
        if (call->query)
                return call;
        call_free(call);
        return NULL;
}

static void run(struct visit *visit)
{
        struct call *call = call_of(visit);

        if (!call || workers_run(visit->admin->workers, call, visit)) {
                call_free(call);
                refuse_busy(visit->request);
                return;
        }
        visit->is_running = true;
        visit->refs++;
}

static void on_more(void *state)
{
        const struct visit *visit = state;

        download_more(visit->download);
}

/* A backup for download is the session's that made it. */
static void give_file(struct visit *visit)
{
        struct backup_made made;

        if (backup_made_find(route_text(&visit->route, "backup"), visit->who.session, &made) < 0)
                refuse(visit->request, &(struct problem){.status = 404, .code = "no-such-backup",
                                                         .detail = "There is no such backup of this session any more: make one."}, NULL, NULL);
        else if (text_equal(http_request_method(visit->request), "HEAD"))
                http_reply(visit->request, 200, "application/octet-stream", NULL, 0, NULL);
        else if (download_new(visit->admin->service, visit->admin->backup_path, visit->request, &made, on_more, &visit->download) < 0)
                refuse_busy(visit->request);
}

static void watch(struct visit *visit)
{
        if (text_equal(http_request_method(visit->request), "HEAD")) {
                http_reply(visit->request, 200, "text/event-stream", NULL, 0, NULL);
                return;
        }
        visit->listens_since_ms = clock_monotonic_ms();
        if (events_join(visit->admin->events, visit->request, visit->who.name, visit))
                refuse_busy(visit->request);
        else
                visit->streams = true;
        upkeep_listen(visit->admin->upkeep, events_count(visit->admin->events));
}

static void stream(struct visit *visit)
{
        if (*http_request_query(visit->request))
                refuse(visit->request, &(struct problem){.status = 400, .code = "unknown-field", .detail = "This address takes no query."}, NULL, NULL);
        else if (visit->route.n_values)
                give_file(visit);
        else
                watch(visit);
}

/* A body takes its time: whoever was put out meanwhile does nothing any more. */
static bool is_still_in(const struct visit *visit)
{
        struct door *door = visit->admin->door;
        const struct session *session;
        bool fine;

        door_lock(door);
        session = session_table_by_number(&door->sessions, visit->who.session, clock_monotonic_ms());
        fine = !visit->who.session || (session && session->role == visit->who.role);
        door_unlock(door);
        return fine;
}

static void on_request(struct http_request *request, void *userdata)
{
        struct visit *visit = http_request_state(request);

        (void)userdata;
        visit->admitted = true;
        if (!is_still_in(visit))
                refuse_ended(visit);
        else if (visit->route.operation->flags & OPERATION_STREAM)
                stream(visit);
        else if (visit->who.is_token && http_request_has_body(request))
                ask_token(visit);
        else
                run(visit);
}

/* --- events ------------------------------------------------------------------ */

/* A page that only listens is not used: its session's idle time runs on. A program connects again now and then, when its token is looked at. */
static bool may_listen(void *listener, void *userdata)
{
        const struct visit *visit = listener;
        struct admin *admin = userdata;
        bool fine;

        if (visit->who.is_token)
                return clock_monotonic_ms() - visit->listens_since_ms < TOKEN_LISTENS_MS;
        door_lock(admin->door);
        fine = session_table_by_number(&admin->door->sessions, visit->who.session, clock_monotonic_ms()) != NULL;
        door_unlock(admin->door);
        return fine;
}

static void on_change(sd_json_variant *message, void *userdata)
{
        struct admin *admin = userdata;
        const char *kind = service_field_text(message, "kind"), *key = service_field_text(message, "key");

        if (!message || text_equal(kind, "user"))
                admin_setup_refresh(admin->setup);
        if (!message)
                events_tell(admin->events, "", "");
        else if (kind && key && !text_equal(kind, "ready"))
                events_tell(admin->events, kind, key);
}

static void on_upkeep(const char *kind, void *userdata)
{
        struct admin *admin = userdata;

        events_tell(admin->events, kind, "");
}

/* --- life -------------------------------------------------------------------- */

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL};

static int open_all(struct admin *admin, const struct admin_options *options)
{
        const struct http_options http = {.edge_user = options->edge_user, .methods = methods, .max_body = BODY_MAX, .max_connections = CONNECTIONS_MAX,
                                          .idle_s = IDLE_S, .gate = on_gate, .refuse = on_broken};
        sd_event *event = service_event(admin->service);
        char path[128];
        int r = door_new(&admin->door);

        (void)snprintf(path, sizeof path, "%s/store", options->run_dir);
        (void)snprintf(admin->backup_path, sizeof admin->backup_path, "%s/backup", options->run_dir);
        if (!r)
                r = service_peer_new(admin->service, path, &admin->store);
        if (!r)
                r = events_new(event, may_listen, admin, &admin->events);
        if (!r)
                r = upkeep_new(admin->service, options->run_dir, admin->store, on_upkeep, admin, &admin->upkeep);
        if (!r)
                r = admin_setup_new(admin->service, options->run_dir, admin->store, admin->door, &admin->setup);
        if (!r)
                r = workers_new(event, options->run_dir, on_done, &admin->workers);
        if (!r)
                r = service_peer_subscribe(admin->store, STORE "Subscribe", NULL, on_change, admin);
        if (!r)
                r = http_server_new(event, options->listen_fd, &http, on_request, admin, &admin->http);
        return r;
}

int admin_new(struct service *service, const struct admin_options *options, struct admin **ret_admin)
{
        struct admin *admin = calloc(1, sizeof *admin);
        int r;

        if (!admin)
                return PV_ENOMEM;
        admin->service = service;
        admin->tables = options->tables;
        r = open_all(admin, options);
        if (r) {
                admin_free(admin);
                return r;
        }
        *ret_admin = admin;
        return 0;
}

struct admin_setup *admin_setup_of(struct admin *admin)
{
        return admin->setup;
}

void admin_free(struct admin *admin)
{
        if (!admin)
                return;
        workers_free(admin->workers);
        service_peer_free(admin->store);
        upkeep_free(admin->upkeep);
        admin->upkeep = NULL;
        http_server_free(admin->http);
        admin_setup_free(admin->setup);
        events_free(admin->events);
        door_free(admin->door);
        free(admin);
}
