/*
 * settings: from a phone's request in its tunnel to stage 2.
 *
 * In:   requests the edge passes on from the tunnel; answers of store.
 * Out:  stage 2; what the phone had when the newest has an error, or 503; 403 and 404; one log line per request; events; "served".
 * Not:  no rules (settings_admit, settings_plan, settings_hold), no XML (settings_document), no
 *       merging (store).
 *
 * The phone is found by its tunnel address alone; the MAC in the path only says
 * what it wants, and must be its own.
 */
#include "provisioning/settings/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/http/http.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/document/settings_document.h"
#include "provisioning/phone/phone_agent.h"
#include "provisioning/phone/phone_reply.h"
#include "provisioning/phone/phone_route.h"
#include "provisioning/settings/settings_admit.h"
#include "provisioning/settings/settings_answers.h"
#include "provisioning/settings/settings_authorities.h"
#include "provisioning/settings/settings_firmware.h"
#include "provisioning/settings/settings_held.h"
#include "provisioning/settings/settings_hold.h"
#include "provisioning/settings/settings_plan.h"
#include "provisioning/settings/settings_tag.h"
#include "provisioning/store/store_client.h"

#define STORE "io.provost.Store."
#define REPORT_MS 30000
#define EARLY_MS 20             /* session's report of a new tunnel may come a moment after the phone's request: */
#define EARLY_MAX_MS 1280       /* asked again after 20, 40, ... ms, for 2.5 s in all */
#define HELD_S "300"            /* until somebody repairs the settings, nothing changes */
#define CONNECTIONS_MAX 256

struct settings {
        struct service *service;
        struct service_peer *store;
        struct http_server *http;
        struct settings_document_writer *writer;
        struct settings_held *held;
        uint64_t deadline_ms;
};

struct job {
        struct settings *settings;
        struct http_request *request;
        struct phone_route route;
        char mac[MAC_TEXT_SIZE];        /* asked for */
        char asking[MAC_TEXT_SIZE];     /* whose tunnel it is; "" until known */
        char address[TEXT_IPV4_SIZE];
        int64_t revision;
        uint64_t until_ms;
        uint32_t gateway;
        sd_event_source *early;         /* asks again */
        uint64_t early_ms;
        void (*step)(struct job *job, sd_json_variant *answer);
};

/* --- telling others ----------------------------------------------------------- */

static void add_event(struct job *job, const char *word, const char *detail)
{
        if (http_request_is_trial(job->request))
                return;
        /* The event belongs to who asked, not to whom it asked for. */
        store_client_event(job->settings->service, job->settings->store, "settings", *job->asking ? job->asking : job->mac, word,
                           detail);
}

static void log_job(struct job *job, unsigned status, const char *reason)
{
        char number[16];

        (void)snprintf(number, sizeof number, "%u", status);
        log_event(status == 200 || status == 304 ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, "stage2", "mac", job->mac, "status", number,
                  "address", http_request_header(job->request, "X-Provost-Address"), "reason", reason, NULL);
}

static void refuse(struct job *job, const struct settings_decision *decision)
{
        log_job(job, decision->status, decision->reason);
        if (decision->status != 404)
                add_event(job, "settings-refused", decision->reason);
        phone_reply_refused(job->request, decision->status);
}

static void postpone(struct job *job, const char *reason)
{
        log_job(job, 503, reason);
        phone_reply_busy(job->request);
}

static void fail(struct job *job, const char *reason)
{
        log_job(job, 500, reason);
        add_event(job, "settings-refused", reason);
        http_reply_text(job->request, 500, "The appliance cannot answer; see its journal.");
}

/* --- asking --------------------------------------------------------------------- */

static void ask_for_document(struct job *job);

static int on_early(sd_event_source *source, uint64_t now, void *userdata)
{
        struct job *job = userdata;

        (void)source, (void)now;
        job->early = sd_event_source_disable_unref(job->early);
        ask_for_document(job);
        return 0;
}

static void ask_again(struct job *job)
{
        job->early_ms = job->early_ms ? 2 * job->early_ms : EARLY_MS;
        if (job->early_ms > EARLY_MAX_MS || clock_monotonic_ms() + job->early_ms >= job->until_ms)
                postpone(job, "no tunnel with the phone's present certificate is known at this address");
        else if (sd_event_add_time_relative(service_event(job->settings->service), &job->early, CLOCK_MONOTONIC,
                                            job->early_ms * 1000, 1000, on_early, job) < 0)
                postpone(job, "no memory");
}

static void on_answer(sd_json_variant *answer, const char *error, void *userdata)
{
        struct job *job = userdata;
        struct settings_decision decision = {.status = 404, .reason = "no phone has this tunnel address"};
        char reason[160];

        if (!error) {
                job->step(job, answer);
        } else if (text_equal(error, STORE "NoSuchPhone")) {
                refuse(job, &decision);
        } else if (text_equal(error, STORE "NoTunnel")) {
                ask_again(job);
        } else if (text_equal(error, STORE "NotAllowed")) {
                decision = (struct settings_decision){.status = 403, .reason = "the phone of this tunnel address is not approved, or revoked"};
                refuse(job, &decision);
        } else {
                (void)snprintf(reason, sizeof reason, "store did not answer (%s)", error);
                postpone(job, reason);
        }
}

static void ask(struct job *job, const char *method, sd_json_variant *parameters, void (*step)(struct job *, sd_json_variant *))
{
        uint64_t now_ms = clock_monotonic_ms();

        job->step = step;
        service_errand(job->settings->service, job->settings->store, method, parameters,
                       job->until_ms > now_ms ? job->until_ms - now_ms : 1, on_answer, job);
}

/* --- the steps, last first --------------------------------------------------- */

static void on_sent(void *state, bool complete)
{
        struct job *job = state;
        struct settings *s = job->settings;
        sd_json_variant *parameters = NULL;
        char detail[64];

        if (!complete) {
                log_job(job, 200, "the connection ended before the answer was taken");
                return;
        }
        (void)snprintf(detail, sizeof detail, "revision=%lld", (long long)job->revision);
        add_event(job, "settings-served", detail);
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", job->mac),
                           SD_JSON_BUILD_PAIR_INTEGER("revision", job->revision)) >= 0)
                service_errand(s->service, s->store, STORE "MarkServed", parameters, REPORT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static void serve(struct job *job, const char *bytes, size_t size)
{
        const char *known = http_request_header(job->request, "If-None-Match");
        char tag[SETTINGS_TAG_SIZE], reason[48];
        const struct http_header headers[] = {{"ETag", tag}, {NULL, NULL}};

        if (settings_tag_make(bytes, size, tag)) {
                fail(job, "no hash could be made");
                return;
        }
        (void)snprintf(reason, sizeof reason, "revision %lld", (long long)job->revision);
        if (text_equal(http_request_method(job->request), "GET"))
                http_request_when_sent(job->request, on_sent);
        if (settings_tag_is_known(known, tag)) {
                log_job(job, 304, reason);
                http_reply(job->request, 304, NULL, NULL, 0, headers);
                return;
        }
        log_job(job, 200, reason);
        http_reply(job->request, 200, "application/xml", bytes, size, headers);
}

/* Once for each reason: a phone asks again and again. */
static void add_held(struct job *job, enum settings_held_what what, const char *reason)
{
        if (settings_held_is_news(job->settings->held, job->asking, what, job->revision, reason))
                add_event(job, "settings-held", reason);
}

/* There is nothing good to serve: the phone keeps what it has. */
static void hold(struct job *job, const char *reason)
{
        static const char sentence[] = "The new settings have an error; keep those you have.\n";

        log_job(job, 503, reason);
        add_held(job, SETTINGS_HELD_ALL, reason);
        http_reply(job->request, 503, "text/plain; charset=utf-8", sentence, sizeof sentence - 1,
                   (const struct http_header[]){{"Retry-After", HELD_S}, {NULL, NULL}});
}

static int plan_bundle(struct job *job, const char *serial, char url[static TUNNEL_URL_SIZE], struct settings_document_setting *planned,
                       size_t max, size_t *n, struct settings_document_problem *problem)
{
        if (tunnel_url_bundle(job->gateway, &job->route.mac, serial, url) < 0) {
                (void)snprintf(problem->reason, sizeof problem->reason, "the store names a certificate whose serial cannot be one");
                return PV_EMALFORMED;
        }
        settings_plan_bundle(url, planned, max, n);
        return 0;
}

static void render(struct job *job, const struct settings_answers_document *given)
{
        /* What the phone fetched before was good beside the extension it had then. */
        const struct lint_phone phone = {.mac = given->mac, .model = given->model, .extension = given->held ? "" : given->extension};
        size_t max = given->n_settings + SETTINGS_PLAN_EXTRA, size = 0;
        struct settings_document_setting *planned = calloc(max, sizeof *planned);
        struct settings_document_problem problem = {"the appliance has no memory left"};
        struct settings_document document = {.settings = planned};
        struct settings_authorities authorities = {0};
        char url[SETTINGS_PLAN_URL_SIZE], bundle[TUNNEL_URL_SIZE];
        const char *bytes = NULL;
        int r = planned ? settings_plan(given->settings, given->n_settings, given->model, job->gateway, url, planned, max, &document.n_settings) : PV_ENOMEM;

        if (!r && given->bundle_serial)
                r = plan_bundle(job, given->bundle_serial, bundle, planned, max, &document.n_settings, &problem);
        if (!r && given->authorities)
                r = settings_authorities_split(given->authorities, &authorities, &problem);
        document.certificates = authorities.list;
        document.n_certificates = authorities.n;
        if (!r)
                r = settings_hold(planned, document.n_settings, &phone, &problem);
        if (!r)
                r = settings_document_render(job->settings->writer, &document, &bytes, &size, &problem);
        if (r == PV_EREFUSED) {
                hold(job, problem.reason);
        } else if (r) {
                fail(job, problem.reason);
        } else {
                settings_held_forget(job->settings->held, job->asking, SETTINGS_HELD_ALL);
                serve(job, bytes, size);
        }
        settings_document_writer_wipe(job->settings->writer);
        settings_authorities_done(&authorities);
        free(planned);
}

/* The phone gets the last good ones; the admin hears why. */
static void tell_held(struct job *job, const char *reason)
{
        char number[24];

        (void)snprintf(number, sizeof number, "%lld", (long long)job->revision);
        log_event(LOG_LEVEL_WARNING, "settings-held", "mac", job->mac, "revision", number, "reason", reason, NULL);
        add_held(job, SETTINGS_HELD_NEWEST, reason);
}

/* The newest settings, or when the store holds them back the last good ones, or none. */
static void choose(struct job *job, const struct settings_answers_document *given)
{
        if (given->held && given->n_settings == 0) {
                hold(job, given->held);
                return;
        }
        if (given->held)
                tell_held(job, given->held);
        else
                settings_held_forget(job->settings->held, job->asking, SETTINGS_HELD_NEWEST);
        render(job, given);
}

/* Asked as .htm, by phones whose URL names no file, only where the document is: one address for one document. */
static bool is_list_asked(const struct job *job)
{
        const char *end = strrchr(http_request_path(job->request), '.');

        return job->route.kind == PHONE_ROUTE_DOCUMENT && text_equal(end, ".htm");
}

static void reply_list(struct job *job)
{
        char url[64], address[TEXT_IPV4_SIZE], mac[MAC_TEXT_SIZE];
        const char *const urls[] = {url};
        struct settings_document_problem problem = {"the appliance has no memory left"};
        const char *bytes;
        size_t size;

        (void)snprintf(url, sizeof url, "https://%s/%s.xml", text_from_ipv4(job->gateway, address), mac_format_upper(&job->route.mac, mac));
        if (settings_document_render_files(job->settings->writer, urls, 1, &bytes, &size, &problem)) {
                fail(job, problem.reason);
                return;
        }
        log_job(job, 200, "it is told where its document is");
        http_reply(job->request, 200, "application/xml", bytes, size, NULL);
}

static void reply_firmware(struct job *job, sd_json_variant *answer)
{
        struct settings_firmware_decision decision =
                settings_firmware_decide(&job->route, answer, text_equal(http_request_method(job->request), "GET"));

        log_job(job, decision.status, decision.reason);
        if (decision.word)
                add_event(job, decision.word, decision.reason);
        settings_firmware_reply(job->request, &job->route, &decision, job->gateway);
}

/* In its tunnel a phone's word is its own: an update of its firmware shows here first, and the store may have other settings for it. */
static void report_agent(struct job *job, sd_json_variant *answer)
{
        const char *text = http_request_header(job->request, "User-Agent");
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone"), *parameters = NULL;
        const char *model = service_field_text(phone, "model"), *firmware = service_field_text(phone, "firmware");
        struct phone_agent agent;

        if (!text || !model || !firmware || phone_agent_parse(text, &agent) || (agent.has_mac && memcmp(&agent.mac, &job->route.mac, sizeof agent.mac)) ||
            !*agent.model || (text_equal(agent.model, model) && text_equal(agent.firmware, firmware)))
                return;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", job->mac), SD_JSON_BUILD_PAIR_STRING("model", agent.model),
                           SD_JSON_BUILD_PAIR_STRING("firmware", agent.firmware), SD_JSON_BUILD_PAIR_STRING("how", "https, in its tunnel")) >= 0)
                service_errand(job->settings->service, job->settings->store, STORE "ReportSeen", parameters, REPORT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static void with_document(struct job *job, sd_json_variant *answer)
{
        struct settings_answers_document given;
        struct settings_decision decision;

        if (settings_answers_document(answer, &given)) {
                fail(job, "store's answer to GetDocument lacks something");
                return;
        }
        (void)text_copy(job->asking, sizeof job->asking, given.mac);
        job->revision = given.revision;
        decision = settings_admit_phone(&job->route.mac, given.mac, given.state);
        if (decision.serve)
                report_agent(job, answer);
        if (decision.serve && settings_firmware_is_asked(&job->route))
                reply_firmware(job, answer);
        else if (decision.serve && is_list_asked(job))
                reply_list(job);
        else if (decision.serve)
                choose(job, &given);
        else
                refuse(job, &decision);
        settings_answers_document_done(&given);
}

static void ask_for_document(struct job *job)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("tunnel_address", job->address)) < 0) {
                postpone(job, "no memory");
                return;
        }
        ask(job, STORE "GetDocument", parameters, with_document);
        sd_json_variant_unref(parameters);
}

static void with_site(struct job *job, sd_json_variant *answer)
{
        if (settings_answers_gateway(answer, job->address, &job->gateway))
                postpone(job, "the site is not complete; see provostctl site show");
        else
                ask_for_document(job);
}

/* --- a request begins --------------------------------------------------------- */

static void job_free(void *state)
{
        struct job *job = state;

        sd_event_source_disable_unref(job->early);
        free(job);
}

static void begin(struct settings *s, struct http_request *request, const struct phone_route *route)
{
        const struct settings_evidence evidence = {http_request_header(request, "X-Provost-Listener"),
                                                   http_request_header(request, "X-Provost-Address"),
                                                   http_request_header(request, "X-Provost-Verify"),
                                                   http_request_header(request, "X-Provost-Subject"), route->mac};
        struct job *job = calloc(1, sizeof *job);
        struct settings_decision decision;

        if (!job) {
                http_reply_text(request, 503, "The appliance has no memory left.");
                return;
        }
        *job = (struct job){.settings = s, .request = request, .route = *route, .until_ms = clock_monotonic_ms() + s->deadline_ms};
        mac_format(&route->mac, job->mac);
        http_request_set_state(request, job, job_free);
        decision = settings_admit_request(&evidence, job->address);
        if (decision.serve)
                ask(job, STORE "GetSite", NULL, with_site);
        else
                refuse(job, &decision);
}

static void on_request(struct http_request *request, void *userdata)
{
        const char *path = http_request_path(request);
        struct phone_route route;
        int r = phone_route_parse(path, strlen(path), &route);

        if (!r && route.kind == PHONE_ROUTE_BUNDLE)
                r = PV_EUNSET;          /* bundles are on the LAN */
        if (r)
                phone_reply_no_path(request, r);
        else if (route.kind == PHONE_ROUTE_GENERAL)
                phone_reply_general(request, &route);
        else
                begin(userdata, request, &route);
}

int settings_new(struct service *service, const struct settings_options *options, struct settings **ret_settings)
{
        const struct http_options http = {.edge_user = options->edge_user, .max_connections = CONNECTIONS_MAX, .idle_s = 60};
        struct settings *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return PV_ENOMEM;
        s->service = service;
        s->deadline_ms = options->deadline_ms;
        r = settings_document_writer_new(&s->writer);
        if (!r)
                r = settings_held_new(&s->held);
        if (!r)
                r = service_peer_new(service, options->store_path, &s->store);
        if (!r)
                r = http_server_new(service_event(service), options->listen_fd, &http, on_request, s, &s->http);
        if (r) {
                settings_free(s);
                return r;
        }
        *ret_settings = s;
        return 0;
}

void settings_free(struct settings *s)
{
        if (!s)
                return;
        service_errand_end_all(s->service);
        service_peer_free(s->store);    /* first: its calls end, and with them what waits for an answer */
        http_server_free(s->http);
        settings_document_writer_free(s->writer);
        settings_held_free(s->held);
        free(s);
}
