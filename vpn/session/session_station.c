/*
 * session_station: wires the core to store, OpenVPN and firewall.
 *
 * In:   the store's stream and answers, OpenVPN's notices.
 * Out:  calls of the core; what its outlet asks for.
 * Not:  no decision.
 */
#include "vpn/session/session_station.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/store/store_client.h"
#include "vpn/session/session_methods.h"
#include "vpn/session/session_store.h"

#define STORE "io.provost.Store."
#define FETCH_MS 2000           /* a phone that is not known waits for this */
#define REPORT_MS 60000         /* reports wait for a store that restarts */
#define REPORT_AGAIN_MS 3000
#define GATHER_MS 100           /* changes of many phones become one fetch */
#define RETRY_MS 500
#define LOST_MS 2000            /* OpenVPN that restarts is back long before */
#define REACH_MS 50
#define REACH_AGAIN_MS 2000     /* a firewall that refused is not asked with megabytes twenty times a second */
#define STOP_AGAIN_MS 4000      /* it should be gone after 2 s */
#define STOP_GONE_MS 300

/* --- reports ------------------------------------------------------------- */

static int on_report_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station *station = userdata;

        (void)source, (void)usec;
        station->report_timer = sd_event_source_disable_unref(station->report_timer);
        session_core_report_all(&station->core);
        return 0;
}

/* A phone gets its settings only once the store knows of its tunnel, so a report that failed (a full disk) comes again. */
static void on_reported(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_station *station = userdata;

        (void)answer;
        /* A phone that was deleted or revoked meanwhile needs no report. */
        if (!error || !strcmp(error, STORE "NoSuchPhone") || !strcmp(error, STORE "NotAllowed"))
                return;
        log_event(LOG_LEVEL_WARNING, "report-failed", "error", error, NULL);
        if (!station->report_timer &&
            sd_event_add_time_relative(service_event(station->service), &station->report_timer, CLOCK_MONOTONIC,
                                       REPORT_AGAIN_MS * 1000, 1000, on_report_timer, station) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void call_store(struct session_station *station, const char *method, sd_json_variant *parameters, int build_result)
{
        if (build_result < 0)
                log_event(LOG_LEVEL_ERROR, "report-failed", "error", "no memory", NULL);
        else
                service_peer_call(station->store, method, parameters, REPORT_MS, on_reported, station);
        sd_json_variant_unref(parameters);
}

static void report(const char *mac, const struct session_tunnel *tunnel, const char *detail, void *userdata)
{
        sd_json_variant *parameters = NULL;
        int result = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_BOOLEAN("up", tunnel != NULL),
                                    SD_JSON_BUILD_PAIR_STRING("detail", detail),
                                    SD_JSON_BUILD_PAIR_CONDITION(tunnel != NULL, "sha256", SD_JSON_BUILD_STRING(tunnel ? tunnel->sha256 : NULL)),
                                    SD_JSON_BUILD_PAIR_CONDITION(tunnel != NULL, "version", SD_JSON_BUILD_STRING(tunnel ? tunnel->version : NULL)),
                                    SD_JSON_BUILD_PAIR_CONDITION(tunnel != NULL, "cipher", SD_JSON_BUILD_STRING(tunnel ? tunnel->cipher : NULL)));

        call_store(userdata, STORE "ReportTunnel", parameters, result);
}

static void report_all(const struct session_tunnels *tunnels, void *userdata)
{
        sd_json_variant *list = NULL, *parameters = NULL;
        int result = sd_json_variant_new_array(&list, NULL, 0);

        for (size_t i = 0; result >= 0 && i < tunnels->n_items; i++)
                if (tunnels->items[i]->state == SESSION_TUNNEL_UP)
                        result = sd_json_variant_append_arrayb(&list, SD_JSON_BUILD_STRING(tunnels->items[i]->common_name));
        if (result >= 0)
                result = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("macs", list));
        call_store(userdata, STORE "ReportTunnels", parameters, result);
        sd_json_variant_unref(list);
}

static void on_alarmed(sd_json_variant *answer, const char *error, void *userdata)
{
        (void)answer, (void)userdata;
        if (error)
                log_event(LOG_LEVEL_WARNING, "alarm-failed", "error", error, NULL);
}

static void on_seen(sd_json_variant *answer, const char *error, void *userdata)
{
        (void)answer, (void)userdata;
        if (error)
                log_event(LOG_LEVEL_WARNING, "evidence-failed", "error", error, NULL);
}

/* What a phone does not say is no evidence. */
static int build_evidence(const char *version, const char *ciphers, sd_json_variant **ret_list)
{
        int result = sd_json_variant_new_array(ret_list, NULL, 0);

        if (result >= 0 && *version)
                result = sd_json_variant_append_arraybo(ret_list, SD_JSON_BUILD_PAIR_STRING("kind", "tunnel_version"),
                                                        SD_JSON_BUILD_PAIR_STRING("value", version));
        if (result >= 0 && *ciphers)
                result = sd_json_variant_append_arraybo(ret_list, SD_JSON_BUILD_PAIR_STRING("kind", "tunnel_ciphers"),
                                                        SD_JSON_BUILD_PAIR_STRING("value", ciphers));
        return result;
}

static void report_evidence(const char *mac, const char *version, const char *ciphers, void *userdata)
{
        struct session_station *station = userdata;
        sd_json_variant *list = NULL, *parameters = NULL;

        if (build_evidence(version, ciphers, &list) < 0 ||
            sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("how", "tunnel"),
                           SD_JSON_BUILD_PAIR_VARIANT("evidence", list)) < 0)
                log_event(LOG_LEVEL_ERROR, "evidence-failed", "error", "no memory", NULL);
        else
                service_peer_call(station->store, STORE "ReportSeen", parameters, REPORT_MS, on_seen, station);
        sd_json_variant_unref(list);
        sd_json_variant_unref(parameters);
}

static void alarm_store(const char *kind, const char *mac, const char *detail, void *userdata)
{
        struct session_station *station = userdata;
        sd_json_variant *parameters = NULL;

        log_event(LOG_LEVEL_WARNING, "alarm", "kind", kind, "mac", mac, NULL);
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("subject", mac),
                           SD_JSON_BUILD_PAIR_STRING("detail", detail)) < 0)
                log_event(LOG_LEVEL_ERROR, "alarm-failed", "error", "no memory", NULL);
        else
                service_peer_call(station->store, STORE "RaiseAlarm", parameters, REPORT_MS, on_alarmed, station);
        sd_json_variant_unref(parameters);
}

static uint64_t monotonic_ms(void *userdata)
{
        (void)userdata;
        return clock_monotonic_ms();
}

static int64_t wall_ms(void *userdata)
{
        (void)userdata;
        return clock_wall_ms();
}

static void event(const char *mac, const char *word, const char *detail, void *userdata)
{
        struct session_station *station = userdata;

        store_client_event(station->service, station->store, "session", mac, word, detail);
}

/* --- firewall ------------------------------------------------------------ */

static bool block(uint32_t address, bool blocked, void *userdata)
{
        struct session_station *station = userdata;

        return session_block_set(station->block, address, blocked) == 0;
}

static void block_only(const uint32_t *addresses, size_t n_addresses, void *userdata)
{
        struct session_station *station = userdata;

        if (session_block_only(station->block, addresses, n_addresses) < 0)
                log_event(LOG_LEVEL_WARNING, "block-only-failed", NULL);
}

static void sync_reach_later(struct session_station *station, uint64_t ms);

static int on_reach_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station *station = userdata;

        (void)source, (void)usec;
        station->reach_timer = sd_event_source_disable_unref(station->reach_timer);
        if (session_firewall_sync(station->firewall, &station->core) < 0)
                sync_reach_later(station, REACH_AGAIN_MS);
        return 0;
}

static void sync_reach_later(struct session_station *station, uint64_t ms)
{
        if (!station->reach_timer &&
            sd_event_add_time_relative(service_event(station->service), &station->reach_timer, CLOCK_MONOTONIC, ms * 1000, 1000,
                                       on_reach_timer, station) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

/* Many tunnels that come up together are one transaction. */
static void reach_changed(void *userdata)
{
        sync_reach_later(userdata, REACH_MS);
}

/* --- OpenVPN ------------------------------------------------------------- */

static void on_plain(const struct management_line *line, const char *tag, void *userdata)
{
        (void)tag, (void)userdata;
        if (line->kind == MANAGEMENT_LINE_ERROR)
                log_event(LOG_LEVEL_WARNING, "command-refused", NULL);
}

static bool is_stating(const struct session_station *station)
{
        return station->servers[SESSION_CLASS_MODERN].is_stating || station->servers[SESSION_CLASS_LEGACY].is_stating;
}

static void end_stating(struct session_station_server *server)
{
        server->is_stating = false;
        if (!is_stating(server->station))
                session_waiters_try(&server->station->waiters, SESSION_WAITER_STATUS);
}

static void on_status(const struct management_line *line, const char *tag, void *userdata)
{
        struct session_station_server *server = userdata;

        (void)tag;
        if (line->kind == MANAGEMENT_LINE_ROW) {
                session_core_row(&server->station->core, server->class, &line->row);
                return;
        }
        if (line->kind == MANAGEMENT_LINE_CHANNEL) {
                server->station->core.servers[server->class].is_kernel = line->is_kernel;
                return;
        }
        session_core_rows_end(&server->station->core, server->class);
        end_stating(server);
}

static void on_killed(const struct management_line *line, const char *tag, void *userdata)
{
        struct session_station_server *server = userdata;

        session_core_killed(&server->station->core, server->class, strtoull(tag, NULL, 10), line->kind == MANAGEMENT_LINE_SUCCESS);
}

static void on_name_killed(const struct management_line *line, const char *tag, void *userdata)
{
        struct session_station_server *server = userdata;

        session_core_name_killed(&server->station->core, server->class, tag, line->kind == MANAGEMENT_LINE_SUCCESS);
}

static void send_command(enum session_class class, const char *command, enum session_core_command kind, const char *tag, void *userdata)
{
        static const management_link_reply replies[] = {
                [SESSION_CORE_COMMAND_PLAIN] = on_plain,
                [SESSION_CORE_COMMAND_STATUS] = on_status,
                [SESSION_CORE_COMMAND_KILL] = on_killed,
                [SESSION_CORE_COMMAND_KILL_NAME] = on_name_killed,
        };
        struct session_station *station = userdata;

        if (station->servers[class].link)
                management_link_send(station->servers[class].link, command, replies[kind], tag);
}

void session_station_ask_numbers(struct session_station *station)
{
        for (enum session_class class = 0; class < SESSION_CLASSES; class++)
                if (!station->servers[class].is_stating && session_core_is_heard(&station->core, class)) {
                        station->servers[class].is_stating = true;
                        send_command(class, "status 3\n", SESSION_CORE_COMMAND_STATUS, "", station);
                }
}

static void tell_systemd(struct session_station *station)
{
        bool modern = station->core.servers[SESSION_CLASS_MODERN].is_attached;
        bool legacy = station->core.servers[SESSION_CLASS_LEGACY].is_attached;

        service_status(station->service, "%s", !modern ? "Waiting for OpenVPN" : legacy ? "Attached to both OpenVPN processes"
                                                                                        : "Attached to OpenVPN");
}

/* One that the site does not want ends; systemd does not start it without its server.conf. */
static bool is_wanted(const struct session_station *station, enum session_class class)
{
        return class == SESSION_CLASS_MODERN || station->core.site.legacy;
}

/* The first SIGTERM makes it tell its phones and end 2 s later, a second one ends it at once. One that is not to come back is hurried. */
static void stop_server(struct session_station_server *server);

static int on_stop_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station_server *server = userdata;

        (void)source, (void)usec;
        server->stop_timer = sd_event_source_disable_unref(server->stop_timer);
        stop_server(server);
        return 0;
}

static void stop_server(struct session_station_server *server)
{
        uint64_t again_ms = is_wanted(server->station, server->class) ? STOP_AGAIN_MS : STOP_GONE_MS;

        management_link_send(server->link, "signal SIGTERM\n", on_plain, "");
        if (!server->stop_timer &&
            sd_event_add_time_relative(service_event(server->station->service), &server->stop_timer, CLOCK_MONOTONIC, again_ms * 1000, 0,
                                       on_stop_timer, server) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void on_attached(void *userdata)
{
        struct session_station_server *server = userdata;
        struct session_station *station = server->station;

        server->lost_timer = sd_event_source_disable_unref(server->lost_timer);
        server->collector.is_open = false;
        if (server->restart_wanted || !is_wanted(station, server->class)) {
                stop_server(server);
                return;
        }
        session_core_attached(&station->core, server->class);
        tell_systemd(station);
}

static int on_lost_for_long(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station_server *server = userdata;

        (void)source, (void)usec;
        server->lost_timer = sd_event_source_disable_unref(server->lost_timer);
        session_core_gone(&server->station->core, server->class);
        return 0;
}

static void begin_missing(struct session_station_server *server)
{
        server->lost_timer = sd_event_source_disable_unref(server->lost_timer);
        if (sd_event_add_time_relative(service_event(server->station->service), &server->lost_timer, CLOCK_MONOTONIC, LOST_MS * 1000, 0,
                                       on_lost_for_long, server) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void on_lost(void *userdata)
{
        struct session_station_server *server = userdata;
        struct session_station *station = server->station;

        server->restart_wanted = false;
        server->stop_timer = sd_event_source_disable_unref(server->stop_timer);
        session_core_lost(&station->core, server->class);
        end_stating(server);
        tell_systemd(station);
        begin_missing(server);
}

static void sweep_later(struct session_station *station);

static int on_sweep(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station *station = userdata;

        (void)source, (void)usec;
        station->sweep_timer = sd_event_source_disable_unref(station->sweep_timer);
        if (session_core_sweep(&station->core))
                sweep_later(station);
        return 0;
}

static void sweep_later(struct session_station *station)
{
        if (!station->sweep_timer &&
            sd_event_add_time_relative(service_event(station->service), &station->sweep_timer, CLOCK_MONOTONIC,
                                       SESSION_CORE_SWEEP_MS * 1000, 1000, on_sweep, station) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void log_fatal(const struct management_line *line)
{
        char text[256];

        log_event(LOG_LEVEL_ERROR, "openvpn-fatal", "reason",
                  cursor_to_text(&line->text, text, sizeof text) == 0 ? text : "too long", NULL);
}

static void on_notice(const struct management_line *line, void *userdata)
{
        struct session_station_server *server = userdata;
        struct session_station *station = server->station;
        struct management_client client;
        struct management_log log;

        if (line->kind == MANAGEMENT_LINE_FATAL)
                log_fatal(line);
        if (!station->core.servers[server->class].is_attached)
                return;
        if (line->kind == MANAGEMENT_LINE_BYTES) {
                session_core_bytes(&station->core, server->class, line->cid, line->row.bytes_in, line->row.bytes_out);
        } else if (line->kind == MANAGEMENT_LINE_LOG) {
                if (management_log_read(&line->text, &log))
                        session_core_log(&station->core, server->class, &log);
        } else if (management_client_collect(&server->collector, line, &client)) {
                session_core_client(&station->core, server->class, &client);
                sweep_later(station);
        }
}

static void listen_to(struct session_station *station, enum session_class class)
{
        struct session_station_server *server = &station->servers[class];
        const struct management_link_handlers handlers = {
                .attached = on_attached, .lost = on_lost, .notice = on_notice, .userdata = server};
        char directory[256];

        if (server->link)
                return;
        snprintf(directory, sizeof directory, "%s/%s", station->root, session_class_facts(class)->directory);
        begin_missing(server);
        if (management_link_new(service_event(station->service), directory, "mgmt.sock", &handlers, &server->link) < 0)
                log_reason(LOG_LEVEL_ERROR, "openvpn-watch-failed", "The directory %s cannot be watched; restart the appliance.",
                           directory);
}

/*
 * OpenVPN is heard only when we can answer it: its server.conf is ours, and the store has told the phones. The old phones' process is listened
 * for also where the site does not want it: one that still runs from before is told to end.
 */
static void begin_to_listen(struct session_station *station)
{
        if (!station->has_site || !station->core.phones.is_loaded)
                return;
        for (enum session_class class = 0; class < SESSION_CLASSES; class++)
                listen_to(station, class);
}

static void on_server_changed(enum session_class class, bool is_new, bool is_gone, void *userdata)
{
        struct session_station *station = userdata;
        struct session_station_server *server = &station->servers[class];

        (void)is_gone;
        if (is_new)
                return;
        server->restart_wanted = true;
        if (station->core.servers[class].is_attached)
                stop_server(server);
}

/* --- the store ----------------------------------------------------------- */

static void fetch(struct session_station *station);

static int on_fetch_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station *station = userdata;

        (void)source, (void)usec;
        station->fetch_timer = sd_event_source_disable_unref(station->fetch_timer);
        session_station_refresh(station);
        return 0;
}

static void fetch_later(struct session_station *station, uint64_t after_ms)
{
        if (!station->fetch_timer &&
            sd_event_add_time_relative(service_event(station->service), &station->fetch_timer, CLOCK_MONOTONIC, after_ms * 1000,
                                       1000, on_fetch_timer, station) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void on_phones(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_station *station = userdata;
        struct session_phone *items = NULL;
        size_t n_items = 0;

        station->is_fetching = false;
        station->fetch_done = station->fetch_started;
        if (!error && session_store_read_phones(answer, &station->core.site, station->reach, &items, &n_items) == 0) {
                session_core_phones(&station->core, items, n_items, station->reach, station->fetch_done);
                sweep_later(station);
                begin_to_listen(station);
        } else {
                log_event(LOG_LEVEL_WARNING, "phones-unread", "error", error ? error : "malformed", NULL);
                session_core_phones_failed(&station->core, station->fetch_done);
                fetch_later(station, RETRY_MS);
        }
        if (station->fetch_again)
                fetch(station);
}

/* The rules come first, for a phone's are numbers of them. */
static void on_reach(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_station *station = userdata;

        if (error || session_store_read_reach(answer, station->reach) < 0)
                log_event(LOG_LEVEL_WARNING, "reach-unread", "error", error ? error : "malformed", NULL);
}

static void fetch(struct session_station *station)
{
        station->is_fetching = true;
        station->fetch_again = false;
        station->fetch_started++;
        station->last_fetch_ms = clock_monotonic_ms();
        service_peer_call(station->store, STORE "ListReach", NULL, FETCH_MS, on_reach, station);
        service_peer_call(station->store, STORE "ListTunnels", NULL, FETCH_MS, on_phones, station);
}

uint64_t session_station_refresh(struct session_station *station)
{
        if (station->is_fetching) {
                station->fetch_again = true;
                return station->fetch_started + 1;
        }
        fetch(station);
        return station->fetch_started;
}

static uint64_t refresh(void *userdata)
{
        return session_station_refresh(userdata);
}

static void fetch_soon(struct session_station *station)
{
        uint64_t since = clock_monotonic_ms() - station->last_fetch_ms;

        if (since >= GATHER_MS && !station->is_fetching)
                session_station_refresh(station);
        else
                fetch_later(station, since < GATHER_MS ? GATHER_MS - since : GATHER_MS);
}

static void fetch_site(struct session_station *station);

static int on_site_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct session_station *station = userdata;

        (void)source, (void)usec;
        station->site_timer = sd_event_source_disable_unref(station->site_timer);
        fetch_site(station);
        return 0;
}

static void on_site(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_station *station = userdata;
        struct site site;

        if (!error && session_store_read_site(answer, &site) == 0) {
                if (!site.complete)
                        return;
                station->has_site = true;
                session_core_site(&station->core, &site);
                session_server_set_site(station->server, &site);
                session_station_refresh(station);       /* models that may use TLS 1.0 are the site's */
                begin_to_listen(station);
                return;
        }
        if (error && !station->site_timer &&
            sd_event_add_time_relative(service_event(station->service), &station->site_timer, CLOCK_MONOTONIC, RETRY_MS * 1000,
                                       1000, on_site_timer, station) < 0)
                log_event(LOG_LEVEL_ERROR, "timer-failed", NULL);
}

static void fetch_site(struct session_station *station)
{
        service_peer_call(station->store, STORE "GetSite", NULL, FETCH_MS, on_site, station);
}

/* One message of Subscribe, or NULL: the connection is new and anything may have changed. */
static void on_update(sd_json_variant *message, void *userdata)
{
        struct session_station *station = userdata;
        const char *kind = service_field_text(message, "kind");

        if (!message) {
                fetch_site(station);
                session_station_refresh(station);
                session_core_report_all(&station->core);
        } else if (text_equal(kind, "site")) {
                fetch_site(station);
        } else if (text_equal(kind, "phone") || text_equal(kind, "reach") || text_equal(kind, "profile")) {
                fetch_soon(station);
        }
}

/* --- life ---------------------------------------------------------------- */

static void on_changed(void *userdata)
{
        struct session_station *station = userdata;

        session_waiters_try(&station->waiters, SESSION_WAITER_CLOSED);
        session_waiters_try(&station->waiters, SESSION_WAITER_TRY);
}

static int begin(struct session_station *station, const struct session_station_paths *paths)
{
        struct service *service = station->service;
        int result = station->root && station->reach ? session_block_new(&station->block) : PV_ENOMEM;

        for (enum session_class class = 0; class < SESSION_CLASSES; class++) {
                station->servers[class].station = station;
                station->servers[class].class = class;
        }
        if (result == 0)
                result = session_firewall_new(station->block, &station->firewall);
        if (result == 0)
                result = service_peer_new(service, paths->store, &station->store);
        if (result == 0)
                result = session_server_new(service, paths->pki, paths->root, on_server_changed, station, &station->server);
        if (result == 0)
                result = service_peer_subscribe(station->store, STORE "Subscribe", NULL, on_update, station);
        return result;
}

int session_station_init(struct service *service, const struct session_station_paths *paths,
                         struct session_station *ret_station)
{
        struct session_station *station = ret_station;
        const struct session_core_outlet outlet = {.userdata = station, .send = send_command, .block = block,
                .block_only = block_only, .reach_changed = reach_changed, .report = report, .report_all = report_all, .event = event,
                .evidence = report_evidence, .alarm = alarm_store, .refresh = refresh, .changed = on_changed, .wall_ms = wall_ms, .monotonic_ms = monotonic_ms};

        *station = (struct session_station){.service = service, .root = strdup(paths->root),
                                            .reach = calloc(1, sizeof *station->reach)};
        session_core_init(&station->core, &outlet);
        session_waiters_init(&station->waiters, service_event(service), session_methods_answer, station);
        return begin(station, paths);
}

static void stop_listening(struct session_station_server *server)
{
        struct management_link *link = server->link;

        server->link = NULL;            /* calls that end now have nobody to tell */
        management_link_free(link);
        sd_event_source_disable_unref(server->lost_timer);
        sd_event_source_disable_unref(server->stop_timer);
}

void session_station_done(struct session_station *station)
{
        service_errand_end_all(station->service);
        for (enum session_class class = 0; class < SESSION_CLASSES; class++)
                stop_listening(&station->servers[class]);
        session_server_free(station->server);
        service_peer_free(station->store);
        session_waiters_done(&station->waiters);
        session_firewall_free(station->firewall);
        session_block_free(station->block);
        session_core_done(&station->core);
        sd_event_source_disable_unref(station->fetch_timer);
        sd_event_source_disable_unref(station->report_timer);
        sd_event_source_disable_unref(station->site_timer);
        sd_event_source_disable_unref(station->sweep_timer);
        sd_event_source_disable_unref(station->reach_timer);
        free(station->reach);
        free(station->root);
}
