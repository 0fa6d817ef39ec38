/*
 * store_server: the store on its Varlink socket.
 *
 * In:   calls of the stations and of provostctl; their rights and parameters are checked already.
 * Out:  answers, those of writing calls after the commit; changes to every subscriber.
 * Not:  no rules of its own.
 *
 * Group commit: writing calls wait while the loop still has other calls to read. Then all of
 * them go into one transaction with one sync, and only then is each answered.
 */
#include "provisioning/store/store_server.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/store/store_actor.h"
#include "provisioning/store/store_end.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_room.h"
#include "provisioning/store/store_search.h"

#define ROUND_MAX 256
#define ROUND_WAIT_MS 20                /* however busy the loop is, no call waits longer for its round to begin */
#define EVENTS_WAIT_US 100000
#define EVENTS_RETRY_US 2000000
#define READS_MAX 64                    /* long reads at a time */
#define SUBSCRIBERS_MAX 64
#define SUBSCRIBERS_PER_CALLER 8

struct store_server {
        struct store *store;
        sd_event *event;
        sd_event_source *round, *events, *rollout, *replace, *ends, *room, *reading, *searching;
        enum store_room room_said;      /* what the alarm says */
        struct store_write writes[ROUND_MAX];
        sd_varlink *links[ROUND_MAX];
        size_t n_writes;
        uint64_t first_write_ms;
        struct store_write reads[READS_MAX];
        sd_varlink *readers[READS_MAX];
        size_t n_reads;
        sd_varlink *subscribers[SUBSCRIBERS_MAX];
        size_t n_subscribers;
};

static const char *actor_of(sd_varlink *link)
{
        switch (service_caller_of(link)) {
        case SERVICE_CALLER_ROOT: return "root";
        case SERVICE_CALLER_PKI: return "pki";
        case SERVICE_CALLER_RESPONDER: return "responder";
        case SERVICE_CALLER_BOOTSTRAP: return "bootstrap";
        case SERVICE_CALLER_SESSION: return "session";
        case SERVICE_CALLER_SETTINGS: return "settings";
        case SERVICE_CALLER_ADMIN: return "admin";
        default: return "unknown";
        }
}

/* --- answers ------------------------------------------------------------- */

static int answer(sd_varlink *link, const struct store_request *request, int result)
{
        char error[80] = "io.provost.Store.";

        if (result == 0)
                return sd_varlink_reply(link, request->out);
        strncat(error, request->error, sizeof error - strlen(error) - 1);
        if (text_equal(request->error, "Conflict"))
                return sd_varlink_errorbo(link, error, SD_JSON_BUILD_PAIR_STRING("reason", request->reason),
                                          SD_JSON_BUILD_PAIR_INTEGER("version", request->version));
        if (*request->field)
                return sd_varlink_errorbo(link, error, SD_JSON_BUILD_PAIR_STRING("name", request->field),
                                          SD_JSON_BUILD_PAIR_STRING("reason", request->reason));
        return sd_varlink_errorbo(link, error, SD_JSON_BUILD_PAIR_STRING("reason", request->reason));
}

static void unsubscribe(struct store_server *server, size_t i)
{
        sd_varlink *link = server->subscribers[i];

        server->subscribers[i] = server->subscribers[--server->n_subscribers];
        sd_varlink_unref(link);
}

static void end_read(struct store_write *read, sd_varlink *link)
{
        sd_json_variant_unref(read->request.in);
        store_request_done(&read->request);
        sd_varlink_unref(link);
}

/* Takes one out of those that wait; its link is the caller's. */
static sd_varlink *take_read(struct store_server *server, size_t i, struct store_write *ret_read)
{
        sd_varlink *link = server->readers[i];

        *ret_read = server->reads[i];
        server->n_reads--;
        memmove(server->reads + i, server->reads + i + 1, (server->n_reads - i) * sizeof *server->reads);
        memmove(server->readers + i, server->readers + i + 1, (server->n_reads - i) * sizeof *server->readers);
        return link;
}

void store_server_disconnected(sd_varlink *link, void *userdata)
{
        struct store_server *server = userdata;
        struct store_write read;

        for (size_t i = server->n_reads; i-- > 0;)
                if (server->readers[i] == link) {
                        sd_varlink *reader = take_read(server, i, &read);

                        end_read(&read, reader);
                }
        for (size_t i = server->n_subscribers; i-- > 0;)
                if (server->subscribers[i] == link)
                        unsubscribe(server, i);
}

/* People, tokens and scores are the business of the page and the console alone. */
static bool may_hear(sd_varlink *link, const char *kind)
{
        return (!text_equal(kind, "user") && !text_equal(kind, "token") && !text_equal(kind, "scores")) ||
               service_caller_of(link) & (SERVICE_CALLER_ADMIN | SERVICE_CALLER_ROOT);
}

/* A subscriber that does not read is cut off; it subscribes anew and reads everything then. */
static void tell(const char *kind, const char *key, void *userdata)
{
        struct store_server *server = userdata;

        for (size_t i = server->n_subscribers; i-- > 0;) {
                sd_varlink *link = server->subscribers[i];

                if (!may_hear(link, kind))
                        continue;
                if (sd_varlink_notifybo(link, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("key", key)) >= 0)
                        continue;
                log_event(LOG_LEVEL_WARNING, "subscriber-lost", "actor", actor_of(link), NULL);
                (void)sd_varlink_ref(link);
                (void)sd_varlink_close(link);           /* comes back as store_server_disconnected() */
                sd_varlink_unref(link);
        }
}

/* --- rounds -------------------------------------------------------------- */

static int on_events(sd_event_source *source, uint64_t usec, void *userdata);

/* A timer for events that wait; none when there are none. */
static int plan_events(struct store_server *server, uint64_t wait_us)
{
        server->events = sd_event_source_disable_unref(server->events);
        if (!store_has_waiting_events(server->store) || !server->event)
                return 0;
        return sd_event_add_time_relative(server->event, &server->events, CLOCK_MONOTONIC, wait_us, 1000, on_events, server);
}

static int on_rollout(sd_event_source *source, uint64_t usec, void *userdata);

/* A timer while a roll-out runs. */
static int plan_rollout(struct store_server *server)
{
        if (server->rollout || !server->event || !store_rollout_runs(server->store))
                return 0;
        return sd_event_add_time_relative(server->event, &server->rollout, CLOCK_MONOTONIC, STORE_ROLLOUT_TICK_MS * 1000, 10000, on_rollout, server);
}

static int on_rollout(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct store_server *server = userdata;
        struct store_write write = {.operation = store_op_tick_rollout, .request = {.actor = "store"}};

        (void)source;
        (void)usec;
        server->rollout = sd_event_source_disable_unref(server->rollout);
        if (store_rollout_is_due(server->store))
                store_write_round(server->store, &write, 1);
        store_request_done(&write.request);
        if (plan_rollout(server) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        return 0;
}

static int on_replace(sd_event_source *source, uint64_t usec, void *userdata);

/* A timer while a new phone has not taken the place of another one yet. */
static int plan_replace(struct store_server *server)
{
        if (server->replace || !server->event || !store_replace_runs(server->store))
                return 0;
        return sd_event_add_time_relative(server->event, &server->replace, CLOCK_MONOTONIC, STORE_REPLACE_TICK_MS * 1000, 10000, on_replace, server);
}

static int on_replace(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct store_server *server = userdata;
        struct store_write write = {.operation = store_op_tick_replace, .request = {.actor = "store"}};

        (void)source;
        (void)usec;
        server->replace = sd_event_source_disable_unref(server->replace);
        if (store_replace_is_due(server->store))
                store_write_round(server->store, &write, 1);
        store_request_done(&write.request);
        if (plan_replace(server) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        return 0;
}

static int on_ends(sd_event_source *source, uint64_t usec, void *userdata);

static int plan_ends(struct store_server *server)
{
        server->ends = sd_event_source_disable_unref(server->ends);
        return sd_event_add_time_relative(server->event, &server->ends, CLOCK_MONOTONIC, STORE_END_LOOK_S * UINT64_C(1000000), 1000000, on_ends,
                                          server);
}

/* Also when nobody reports the ends of pki's own. */
static int on_ends(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct store_server *server = userdata;
        struct store_write write = {.operation = store_op_look_at_ends, .request = {.actor = "store"}};

        (void)source;
        (void)usec;
        store_write_round(server->store, &write, 1);
        store_request_done(&write.request);
        if (plan_ends(server) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        return 0;
}

static int on_room(sd_event_source *source, uint64_t usec, void *userdata);

static int plan_room(struct store_server *server, uint64_t wait_s)
{
        server->room = sd_event_source_disable_unref(server->room);
        return sd_event_add_time_relative(server->event, &server->room, CLOCK_MONOTONIC, wait_s * 1000000, 100000, on_room, server);
}

/* What could not be written because the disk is full is tried again, until it is written or not so any more. */
static int on_room(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct store_server *server = userdata;
        int64_t free_bytes = 0;
        enum store_room room = store_room_look(server->store, server->room_said, &free_bytes);
        struct store_write write = {.operation = room == STORE_ROOM_LOW ? store_op_room_is_low : store_op_room_is_good, .request = {.actor = "store"}};

        (void)source;
        (void)usec;
        if (room != server->room_said) {
                store_write_round(server->store, &write, 1);
                if (write.result == 0)
                        server->room_said = room;
                if (write.result == 0 && room == STORE_ROOM_LOW)
                        log_reason(LOG_LEVEL_WARNING, "disk-full", "The data disk has %lld KiB left.", (long long)(free_bytes / 1024));
        }
        store_request_done(&write.request);
        if (plan_room(server, STORE_ROOM_LOOK_S) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
        return 0;
}

/* When nothing else is to be done. */
static int on_searching(sd_event_source *source, void *userdata)
{
        struct store_server *server = userdata;

        if (store_search_work(server->store))
                (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

/* Long calls that did one part only are the first of the next round. */
static bool is_unfinished(const struct store_write *write)
{
        return write->result == 0 && write->request.again;
}

static void run_round(struct store_server *server)
{
        size_t n = server->n_writes;

        (void)sd_event_source_set_enabled(server->round, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(server->searching, SD_EVENT_ONESHOT);
        store_write_round(server->store, server->writes, n);
        server->n_writes = 0;
        for (size_t i = 0; i < n; i++) {
                struct store_write *write = &server->writes[i];

                if (is_unfinished(write)) {
                        server->links[server->n_writes] = server->links[i];
                        server->writes[server->n_writes++] = *write;
                        continue;
                }
                (void)answer(server->links[i], &write->request, write->result);
                sd_json_variant_unref(write->request.in);
                store_request_done(&write->request);
                sd_varlink_unref(server->links[i]);
        }
        if (server->n_writes) {
                server->first_write_ms = clock_monotonic_ms();
                (void)sd_event_source_set_enabled(server->round, SD_EVENT_ONESHOT);
        }
        /* Events that wait still could not be written: again, but not at once. */
        if (plan_events(server, EVENTS_RETRY_US) < 0 || plan_rollout(server) < 0 || plan_replace(server) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static int on_round(sd_event_source *source, void *userdata)
{
        struct store_server *server = userdata;

        (void)source;
        if (server->n_writes)
                run_round(server);
        return 0;
}

static int on_events(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        run_round(userdata);
        return 0;
}

/* --- calls --------------------------------------------------------------- */

/* The caller is who its user id says; station admin and root may speak for a person. */
static int decide_actor(sd_varlink *link, struct store_request *request)
{
        request->actor = actor_of(link);
        return store_actor_take(request, service_caller_of(link) & (SERVICE_CALLER_ADMIN | SERVICE_CALLER_ROOT));
}

static int serve_write(struct store_server *server, sd_varlink *link, sd_json_variant *parameters, store_operation operation)
{
        struct store_request request = {.in = parameters};

        if (decide_actor(link, &request) < 0)
                return answer(link, &request, PV_EREFUSED);
        if (server->n_writes == ROUND_MAX)
                run_round(server);
        if (server->n_writes == ROUND_MAX)
                return service_refuse(link, "io.provost.Store.NotAllowed", "%d long changes run already; wait for one to end.", ROUND_MAX);
        server->writes[server->n_writes] = (struct store_write){
                .operation = operation, .request = {.in = sd_json_variant_ref(parameters), .actor = request.actor}};
        server->links[server->n_writes] = sd_varlink_ref(link);
        if (!server->n_writes++)
                server->first_write_ms = clock_monotonic_ms();
        (void)sd_event_source_set_enabled(server->round, SD_EVENT_ONESHOT);
        return 0;
}

/* Part by part, so that nobody waits for one who reads all there is. */
static int serve_later(struct store_server *server, sd_varlink *link, store_operation operation, struct store_request *request)
{
        if (server->n_reads == READS_MAX) {
                store_request_done(request);
                return service_refuse(link, "io.provost.Store.NotAllowed", "%d long questions are looked up already; ask again later.", READS_MAX);
        }
        (void)sd_json_variant_ref(request->in);
        server->reads[server->n_reads] = (struct store_write){.operation = operation, .request = *request};
        server->readers[server->n_reads++] = sd_varlink_ref(link);
        (void)sd_event_source_set_enabled(server->reading, SD_EVENT_ONESHOT);
        return 0;
}

static int serve_now(struct store_server *server, sd_varlink *link, sd_json_variant *parameters, store_operation operation)
{
        struct store_request request = {.in = parameters, .actor = actor_of(link)};
        int result = store_read(server->store, operation, &request);
        int r;

        if (result == 0 && request.again)
                return serve_later(server, link, operation, &request);
        r = answer(link, &request, result);
        store_request_done(&request);
        return r;
}

/* One part of the first of them; the next turn is another's. */
static int on_reading(sd_event_source *source, void *userdata)
{
        struct store_server *server = userdata;
        struct store_write read;
        sd_varlink *link;

        (void)source;
        if (!server->n_reads)
                return 0;
        link = take_read(server, 0, &read);
        read.request.again = false;
        read.result = store_read(server->store, read.operation, &read.request);
        if (read.result == 0 && read.request.again) {
                server->reads[server->n_reads] = read;
                server->readers[server->n_reads++] = link;
        } else {
                (void)answer(link, &read.request, read.result);
                end_read(&read, link);
        }
        if (server->n_reads)
                (void)sd_event_source_set_enabled(server->reading, SD_EVENT_ONESHOT);
        return 0;
}

static int serve_subscribe(struct store_server *server, sd_varlink *link)
{
        unsigned n = 0;

        for (size_t i = 0; i < server->n_subscribers; i++)
                n += service_caller_of(server->subscribers[i]) == service_caller_of(link);
        if (server->n_subscribers == SUBSCRIBERS_MAX || n >= SUBSCRIBERS_PER_CALLER)
                return service_refuse(link, "io.provost.Store.NotAllowed", "There are %u subscribers of this user already.", n);
        server->subscribers[server->n_subscribers++] = sd_varlink_ref(link);
        return sd_varlink_notifybo(link, SD_JSON_BUILD_PAIR_STRING("kind", "ready"), SD_JSON_BUILD_PAIR_STRING("key", ""));
}

/* The first waiting event starts the clock; later ones go with it. */
static void events_came(struct store_server *server)
{
        if (!server->events && plan_events(server, EVENTS_WAIT_US) < 0)
                run_round(server);
}

int store_server_serve(struct store_server *server, sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags,
                       enum store_server_kind kind, store_operation operation)
{
        int r;

        /* Who wants no answer cannot know what was kept: such calls are not for the store. */
        if (flags & SD_VARLINK_METHOD_ONEWAY) {
                log_event(LOG_LEVEL_WARNING, "oneway-refused", "actor", actor_of(link), NULL);
                return 0;
        }
        if (server->n_writes && clock_monotonic_ms() - server->first_write_ms >= ROUND_WAIT_MS)
                run_round(server);
        if (kind == STORE_SERVER_SUBSCRIBE)
                return serve_subscribe(server, link);
        if (kind == STORE_SERVER_WRITE)
                return serve_write(server, link, parameters, operation);
        r = serve_now(server, link, parameters, operation);
        if (kind == STORE_SERVER_QUEUE)
                events_came(server);
        return r;
}

/* --- life ---------------------------------------------------------------- */

int store_server_new(struct store *store, struct store_server **ret_server)
{
        struct store_server *server = calloc(1, sizeof *server);

        if (!server)
                return PV_ENOMEM;
        server->store = store;
        store_on_change(store, tell, server);
        *ret_server = server;
        return 0;
}

void store_server_finish(struct store_server *server)
{
        if (server->n_writes || store_has_waiting_events(server->store))
                run_round(server);
        while (server->n_writes)
                run_round(server);
        store_on_change(server->store, NULL, NULL);
}

void store_server_free(struct store_server *server)
{
        if (!server)
                return;
        for (; server->n_reads; server->n_reads--)
                end_read(&server->reads[server->n_reads - 1], server->readers[server->n_reads - 1]);
        while (server->n_subscribers)
                unsubscribe(server, server->n_subscribers - 1);
        sd_event_source_disable_unref(server->round);
        sd_event_source_disable_unref(server->reading);
        sd_event_source_disable_unref(server->searching);
        sd_event_source_disable_unref(server->events);
        sd_event_source_disable_unref(server->rollout);
        sd_event_source_disable_unref(server->replace);
        sd_event_source_disable_unref(server->ends);
        sd_event_source_disable_unref(server->room);
        free(server);
}

int store_server_start(struct store_server *server, struct service *service)
{
        int r;

        server->event = service_event(service);
        r = sd_event_add_defer(server->event, &server->round, on_round, server);
        if (r >= 0)
                r = sd_event_source_set_priority(server->round, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_source_set_enabled(server->round, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(server->event, &server->reading, on_reading, server);
        if (r >= 0)
                r = sd_event_source_set_priority(server->reading, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_source_set_enabled(server->reading, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(server->event, &server->searching, on_searching, server);
        if (r >= 0)
                r = sd_event_source_set_priority(server->searching, SD_EVENT_PRIORITY_IDLE + 1);
        if (r >= 0)
                r = plan_rollout(server);
        if (r >= 0)
                r = plan_replace(server);
        if (r >= 0)
                r = plan_ends(server);
        if (r >= 0)
                r = plan_room(server, 1);
        return pv_error_from_errno(r);
}
