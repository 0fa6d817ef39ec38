/*
 * bootstrap: from a phone's request to stage 1 or its bundle.
 *
 * In:   requests the edge passes on from the phone LAN; answers of store and pki.
 * Out:  stage 1, bundles, 403 and 404; one log line per request; events and
 *       evidence for the timeline.
 * Not:  no rules (bootstrap_admit), no formats (stage1, bundle, phone_route).
 *
 * A request is a job that goes through these steps, each an answer of a
 * station: phone (who is it, may it) → site → authorities → [issue → keep] →
 * reply; for the bundle also tls-auth key → enrolment (may it still, its key) →
 * [use up the window] → reply. So nobody is asked for a key before it is needed,
 * and the last answer before a bundle leaves says that it may. Two requests of
 * one phone never issue at the same time: the second waits and then finds what
 * the first kept.
 *
 * A phone that says it has no VPN client goes another way: phone → images → site
 * → reply, with the image that brings one and nothing else (bootstrap_vpn).
 */
#include "vpn/bootstrap/bootstrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/http/http.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/phone/phone_agent.h"
#include "provisioning/phone/phone_reply.h"
#include "provisioning/phone/phone_route.h"
#include "provisioning/store/store_client.h"
#include "vpn/bootstrap/bootstrap_admit.h"
#include "vpn/bootstrap/bootstrap_answers.h"
#include "vpn/bootstrap/bootstrap_gate.h"
#include "vpn/bootstrap/bootstrap_vpn.h"
#include "vpn/bootstrap/bundle.h"
#include "vpn/bootstrap/stage1.h"

#define STORE "io.provost.Store."
#define PKI "io.provost.Pki."
#define REPORT_MS 30000
#define RENEW_BEFORE_S (30 * 24 * 3600)
#define CONNECTIONS_MAX 256

struct bootstrap {
        struct service *service;
        struct service_peer *store, *pki;
        struct http_server *http;
        struct job *jobs;
        struct bootstrap_gate gate;
        uint64_t deadline_ms;
};

struct job {
        struct bootstrap *bootstrap;
        struct http_request *request;
        struct job *next, **link;
        struct phone_route route;
        char mac[MAC_TEXT_SIZE];
        struct bootstrap_proof proof;
        enum bootstrap_cause cause;     /* why it is served */
        uint64_t until_ms;
        bool issuing;                   /* others of this phone wait */
        bool issued;                    /* once is enough */
        bool is_stale;                  /* another one was kept since the store was asked for this phone */
        sd_event_source *patience;      /* we wait for such a one */
        void (*step)(struct job *job, sd_json_variant *answer);
        sd_json_variant *phone_answer, *site_answer, *authorities_answer, *keys_answer;
        struct bootstrap_enrolment enrolment;
        struct site site;
        struct bootstrap_authorities authorities;
        enum bootstrap_vpn vpn;         /* what the phone says of its client */
        char model[25];                 /* as it says, or as the store knows */
        char image[PHONE_FIRMWARE_FILE_SIZE];
};

static void start(struct job *job);

/* --- telling others --------------------------------------------------------- */

static const char *place_of(const struct job *job)
{
        if (job->route.kind == PHONE_ROUTE_FIRMWARE || job->route.kind == PHONE_ROUTE_IMAGE)
                return "image";
        return job->route.kind == PHONE_ROUTE_BUNDLE ? "bundle" : "stage1";
}

static void add_event(struct job *job, const char *word, const char *detail)
{
        if (http_request_is_trial(job->request))
                return;
        store_client_event(job->bootstrap->service, job->bootstrap->store, "bootstrap", job->mac, word, detail);
}

/*
 * What the client says of itself, for the phone's page. Whoever shows a certificate that does not
 * hold is seen, but its words are not passed on; without the factory certificate they only fill in
 * what the store does not know of an approved phone.
 */
static void report_seen(struct job *job, const char *certificate, bool believe)
{
        struct bootstrap *b = job->bootstrap;
        const char *agent_text = http_request_header(job->request, "User-Agent");
        const char *vpn = http_request_header(job->request, "X-snom-vpn");
        struct phone_agent agent = {0};
        bool is_phone = believe && agent_text && !phone_agent_parse(agent_text, &agent);
        char shown[64] = "", how[256];
        sd_json_variant *parameters = NULL;

        if (http_request_is_trial(job->request))
                return;
        if (vpn)
                text_escape(shown, sizeof shown, vpn, strlen(vpn));
        (void)snprintf(how, sizeof how, "https, %s%s%s", certificate, vpn ? ", X-snom-vpn: " : "", shown);
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", job->mac),
                           SD_JSON_BUILD_PAIR_CONDITION(is_phone && *agent.model, "model", SD_JSON_BUILD_STRING(agent.model)),
                           SD_JSON_BUILD_PAIR_CONDITION(is_phone, "firmware", SD_JSON_BUILD_STRING(agent.firmware)),
                           SD_JSON_BUILD_PAIR_STRING("how", how),
                           SD_JSON_BUILD_PAIR_BOOLEAN("proven", job->proof.kind == BOOTSTRAP_PROOF_FACTORY)) >= 0)
                service_errand(b->service, b->store, STORE "ReportSeen", parameters, REPORT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static void log_job(struct job *job, unsigned status, const char *reason)
{
        char number[16];

        (void)snprintf(number, sizeof number, "%u", status);
        log_event(status == 200 ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, place_of(job), "mac", job->mac, "status", number, "address",
                  http_request_header(job->request, "X-Provost-Address"), "reason", reason, NULL);
}

/* --- ends of a job ---------------------------------------------------------- */

/* What was shown, in words for the phone's page. */
static const char *shown_by(const struct job *job, enum bootstrap_cause cause)
{
        if (job->proof.kind == BOOTSTRAP_PROOF_FACTORY)
                return "factory certificate";
        if (job->proof.kind == BOOTSTRAP_PROOF_INVALID)
                return "certificate that does not verify";
        return cause == BOOTSTRAP_CAUSE_SUBJECT || cause == BOOTSTRAP_CAUSE_OTHER_PHONE ? "certificate of another name" : "no certificate";
}

static void refuse(struct job *job, const struct bootstrap_decision *decision)
{
        struct bootstrap *b = job->bootstrap;
        bool proven = job->proof.kind == BOOTSTRAP_PROOF_FACTORY;

        log_job(job, decision->status, decision->reason);
        if (!http_request_is_trial(job->request) &&
            bootstrap_gate_pass(&b->gate, &job->route.mac, (int)decision->cause * 2 + (job->route.kind == PHONE_ROUTE_BUNDLE),
                                clock_monotonic_ms())) {
                if (decision->cause != BOOTSTRAP_CAUSE_NO_CERTIFICATE)
                        report_seen(job, shown_by(job, decision->cause),
                                    proven || decision->cause == BOOTSTRAP_CAUSE_UNKNOWN);
                add_event(job, job->route.kind == PHONE_ROUTE_BUNDLE ? "bundle-refused" : "stage1-refused", decision->reason);
        }
        phone_reply_refused(job->request, decision->status);
}

/* Something of ours is in the way: the phone may come again. */
static void postpone(struct job *job, const char *reason)
{
        log_job(job, 503, reason);
        phone_reply_busy(job->request);
}

static void fail(struct job *job, const char *reason)
{
        log_job(job, 500, reason);
        add_event(job, job->route.kind == PHONE_ROUTE_BUNDLE ? "bundle-refused" : "stage1-refused", reason);
        http_reply_text(job->request, 500, "The appliance cannot answer; see its journal.");
}

static void job_free(void *state)
{
        struct job *job = state;

        *job->link = job->next;
        if (job->next)
                job->next->link = job->link;
        sd_event_source_disable_unref(job->patience);
        sd_json_variant_unref(job->phone_answer);
        sd_json_variant_unref(job->site_answer);
        sd_json_variant_unref(job->authorities_answer);
        sd_json_variant_unref(job->keys_answer);
        free(job);
}

/* --- asking ------------------------------------------------------------------- */

/* The one who issues is done, well or not: those of the same phone look again. */
static void stop_issuing(struct job *job)
{
        job->issuing = false;
        for (struct job *other = job->bootstrap->jobs, *next; other; other = next) {
                next = other->next;
                if (other == job || !mac_equal(&other->route.mac, &job->route.mac))
                        continue;
                other->is_stale = true;
                if (!other->patience)
                        continue;
                other->patience = sd_event_source_disable_unref(other->patience);
                start(other);
        }
}

static void on_answer(sd_json_variant *answer, const char *error, void *userdata)
{
        static const struct bootstrap_decision withdrawn = {.status = 403, .cause = BOOTSTRAP_CAUSE_REVOKED,
                .reason = "it was revoked a moment ago, or another request used up its window"};
        struct job *job = userdata;
        char reason[160];

        if (!error) {
                job->step(job, answer);
                return;
        }
        if (job->issuing)
                stop_issuing(job);
        if (text_equal(error, STORE "NotAllowed")) {
                refuse(job, &withdrawn);
                return;
        }
        if (text_equal(error, STORE "NoSuchPhone")) {
                const struct bootstrap_phone nobody = {.known = false};
                struct bootstrap_decision decision = bootstrap_admit_phone(&job->proof, &nobody, clock_wall_s());

                refuse(job, &decision);
                return;
        }
        (void)snprintf(reason, sizeof reason, "store or pki did not answer (%s)", error);
        postpone(job, reason);
}

static void ask(struct job *job, struct service_peer *peer, const char *method, sd_json_variant *parameters,
                void (*step)(struct job *, sd_json_variant *))
{
        uint64_t now_ms = clock_monotonic_ms();

        job->step = step;
        service_errand(job->bootstrap->service, peer, method, parameters, job->until_ms > now_ms ? job->until_ms - now_ms : 1,
                       on_answer, job);
}

static void ask_for_phone(struct job *job, struct service_peer *peer, const char *method,
                          void (*step)(struct job *, sd_json_variant *))
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", job->mac)) < 0) {
                postpone(job, "no memory");
                return;
        }
        ask(job, peer, method, parameters, step);
        sd_json_variant_unref(parameters);
}

/* --- the steps, last first ------------------------------------------------- */

static void on_sent(void *state, bool complete)
{
        struct job *job = state;
        struct bootstrap *b = job->bootstrap;
        sd_json_variant *parameters = NULL;

        if (!complete) {
                log_job(job, 200, "the connection ended before the answer was taken");
                return;
        }
        if (job->route.kind != PHONE_ROUTE_BUNDLE || job->cause == BOOTSTRAP_CAUSE_WINDOW)
                return;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", job->mac)) >= 0)
                service_errand(b->service, b->store, STORE "MarkEnrolled", parameters, REPORT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static void serve(struct job *job, const char *type, const char *bytes, size_t size)
{
        const char *how = job->cause == BOOTSTRAP_CAUSE_FACTORY ? "factory certificate" : "one-time window";
        char detail[96];

        log_job(job, 200, how);
        if (text_equal(http_request_method(job->request), "GET")) {
                (void)snprintf(detail, sizeof detail, "%s, certificate %.40s", how, job->enrolment.serial);
                report_seen(job, shown_by(job, job->cause), true);
                add_event(job, job->route.kind == PHONE_ROUTE_BUNDLE ? "bundle-served" : "stage1-served", detail);
                http_request_when_sent(job->request, on_sent);
        }
        http_reply(job->request, 200, type, bytes, size, NULL);
}

static void serve_stage1(struct job *job)
{
        const struct stage1 stage1 = {&job->site, job->route.mac, job->enrolment.serial, job->authorities.root,
                                      job->authorities.issuing};
        struct settings_document_problem problem = {"no memory"};
        char *bytes;
        size_t size;

        if (stage1_write(&stage1, &bytes, &size, &problem)) {
                fail(job, problem.reason);
                return;
        }
        serve(job, "application/xml", bytes, size);
        settings_document_free(bytes, size);
}

static void serve_bundle(struct job *job)
{
        struct bundle bundle = {job->site.vpn_host, job->site.vpn_port, job->authorities.chain, job->enrolment.certificate,
                                job->authorities.issuing, job->enrolment.private_key,
                                service_field_text(job->keys_answer, "tls_auth")};
        static char buffer[BUNDLE_MAX_BYTES];
        size_t size;

        if (bundle_write(&bundle, buffer, sizeof buffer, &size)) {
                fail(job, "the bundle could not be written: vpn_host, or a key or certificate, is not what it should be");
                return;
        }
        serve(job, "application/x-tar", buffer, size);
        explicit_bzero(buffer, sizeof buffer);
}

static void when_window_is_used(struct job *job, sd_json_variant *answer)
{
        (void)answer;
        serve_bundle(job);
}

/* Before the bundle leaves, not after: of several who ask at once, one gets it. */
static void use_window(struct job *job)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", job->mac),
                           SD_JSON_BUILD_PAIR_BOOLEAN("window", true)) < 0) {
                postpone(job, "no memory");
                return;
        }
        ask(job, job->bootstrap->store, STORE "MarkEnrolled", parameters, when_window_is_used);
        sd_json_variant_unref(parameters);
}

/* Looks at the phone as it is in this answer. False: the job has ended. */
static bool take_phone(struct job *job, sd_json_variant *answer)
{
        struct bootstrap_decision decision;

        sd_json_variant_unref(job->phone_answer);
        job->phone_answer = sd_json_variant_ref(answer);
        if (bootstrap_answers_enrolment(answer, &job->enrolment)) {
                fail(job, "store's answer about the phone lacks something");
                return false;
        }
        decision = bootstrap_admit_phone(&job->proof, &job->enrolment.phone, clock_wall_s());
        if (!decision.serve) {
                refuse(job, &decision);
                return false;
        }
        job->cause = decision.cause;
        /* A bundle is asked for by the serial stage 1 named; an older one is gone. */
        if (job->route.kind == PHONE_ROUTE_BUNDLE && !text_equal(job->route.serial, job->enrolment.serial)) {
                log_job(job, 404, "no such bundle; stage 1 names the present one");
                phone_reply_refused(job->request, 404);
                return false;
        }
        return true;
}

static void with_enrolment(struct job *job, sd_json_variant *answer)
{
        if (!take_phone(job, answer))
                return;
        if (!job->enrolment.certificate)
                fail(job, "store gave no certificate or no key");
        else if (job->cause == BOOTSTRAP_CAUSE_WINDOW && text_equal(http_request_method(job->request), "GET"))
                use_window(job);
        else
                serve_bundle(job);
}

static void with_keys(struct job *job, sd_json_variant *answer)
{
        if (!service_field_text(answer, "tls_auth")) {
                fail(job, "pki gave no tls-auth key");
                return;
        }
        job->keys_answer = sd_json_variant_ref(answer);
        ask_for_phone(job, job->bootstrap->store, STORE "GetEnrolment", with_enrolment);
}

static void answer_phone(struct job *job)
{
        if (job->route.kind == PHONE_ROUTE_DOCUMENT)
                serve_stage1(job);
        else
                ask(job, job->bootstrap->pki, PKI "GetVpnKeys", NULL, with_keys);
}

/* The new certificate is on the disk: look at it as any later request would. */
static void when_kept(struct job *job, sd_json_variant *answer)
{
        (void)answer;
        job->issued = true;
        start(job);
        stop_issuing(job);
}

static void when_issued(struct job *job, sd_json_variant *answer)
{
        sd_json_variant *parameters = NULL;

        if (bootstrap_answers_issued(answer, job->mac, &parameters)) {
                stop_issuing(job);
                fail(job, "pki's answer to IssueClient lacks something");
                return;
        }
        ask(job, job->bootstrap->store, STORE "SetEnrolment", parameters, when_kept);
        sd_json_variant_unref(parameters);
}

static int on_patience_ends(sd_event_source *source, uint64_t now, void *userdata)
{
        struct job *job = userdata;

        (void)source, (void)now;
        job->patience = sd_event_source_disable_unref(job->patience);
        postpone(job, "another request of this phone still waits for its certificate");
        return 0;
}

static bool is_issued_elsewhere(const struct job *job)
{
        for (const struct job *other = job->bootstrap->jobs; other; other = other->next)
                if (other != job && other->issuing && mac_equal(&other->route.mac, &job->route.mac))
                        return true;
        return false;
}

static void issue(struct job *job)
{
        sd_json_variant *parameters = NULL;

        if (is_issued_elsewhere(job)) {
                if (sd_event_add_time(service_event(job->bootstrap->service), &job->patience, CLOCK_MONOTONIC,
                                      job->until_ms * 1000, 1000, on_patience_ends, job) < 0)
                        postpone(job, "no memory");
                return;
        }
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("common_name", job->mac),
                           SD_JSON_BUILD_PAIR_STRING("key_type", job->enrolment.key_type)) < 0) {
                postpone(job, "no memory");
                return;
        }
        job->issuing = true;
        ask(job, job->bootstrap->pki, PKI "IssueClient", parameters, when_issued);
        sd_json_variant_unref(parameters);
}

static bool is_due(const struct bootstrap_enrolment *enrolment)
{
        return !enrolment->serial || enrolment->not_after < clock_wall_s() + RENEW_BEFORE_S;
}

static void with_authorities(struct job *job, sd_json_variant *answer)
{
        job->authorities_answer = sd_json_variant_ref(answer);
        if (bootstrap_answers_authorities(answer, &job->authorities))
                fail(job, "pki's answer to GetAuthorities lacks something");
        else if (!job->issued && is_due(&job->enrolment) && job->is_stale)
                start(job);             /* a second certificate would undo the one another request has just named */
        else if (!job->issued && is_due(&job->enrolment))
                issue(job);
        else if (!job->enrolment.serial)
                fail(job, "store does not know the certificate it just kept");
        else
                answer_phone(job);
}

static void with_site(struct job *job, sd_json_variant *answer)
{
        struct site_problem problem;

        job->site_answer = sd_json_variant_ref(answer);
        if (store_client_site(answer, &job->site, &problem))
                fail(job, problem.reason);
        else if (!job->site.complete)
                postpone(job, "the site is not complete; see provostctl site show");
        else
                ask(job, job->bootstrap->pki, PKI "GetAuthorities", NULL, with_authorities);
}

/* --- a phone without a VPN client ------------------------------------------- */

static void read_agent(struct job *job)
{
        const char *text = http_request_header(job->request, "User-Agent");
        struct phone_agent agent = {0};

        if (text && phone_agent_parse(text, &agent))
                agent = (struct phone_agent){0};
        job->vpn = bootstrap_vpn_says(http_request_header(job->request, "X-snom-vpn"), agent.firmware);
        (void)text_copy(job->model, sizeof job->model, *agent.model ? agent.model : job->enrolment.model);
}

static bool is_about_image(const struct job *job)
{
        return job->route.kind == PHONE_ROUTE_FIRMWARE || job->route.kind == PHONE_ROUTE_IMAGE;
}

/* 404, as to any path that is none. */
static void refuse_image(struct job *job, const char *reason)
{
        log_job(job, 404, reason);
        phone_reply_refused(job->request, 404);
}

static void reply_update(struct job *job)
{
        struct settings_document_problem problem = {"no memory"};
        char *bytes, detail[192];
        size_t size;

        if (stage1_write_update(&job->site, &job->route.mac, &bytes, &size, &problem)) {
                fail(job, problem.reason);
                return;
        }
        (void)snprintf(detail, sizeof detail, "it says it has no VPN client: told to load %s, and nothing else", job->image);
        log_job(job, 200, detail);
        if (text_equal(http_request_method(job->request), "GET")) {
                report_seen(job, shown_by(job, job->cause), true);
                add_event(job, "vpn-client-missing", detail);
        }
        http_reply(job->request, 200, "application/xml", bytes, size, NULL);
        settings_document_free(bytes, size);
}

static void reply_image_document(struct job *job)
{
        char document[PHONE_FIRMWARE_DOCUMENT_SIZE];
        size_t size;

        if (phone_firmware_document(job->site.lan_address, &job->route.mac, job->image, document, &size)) {
                fail(job, "the document that names the image could not be written");
                return;
        }
        log_job(job, 200, "told where its VPN image is");
        http_reply(job->request, 200, "application/xml", document, size, NULL);
}

static void reply_image(struct job *job)
{
        char detail[160];

        (void)snprintf(detail, sizeof detail, "it fetches %s, which brings its VPN client", job->image);
        log_job(job, 200, detail);
        if (text_equal(http_request_method(job->request), "GET"))
                add_event(job, "vpn-image-served", detail);
        phone_reply_image(job->request, job->image);
}

static void with_site_of_image(struct job *job, sd_json_variant *answer)
{
        struct site_problem problem;

        job->site_answer = sd_json_variant_ref(answer);
        if (store_client_site(answer, &job->site, &problem))
                fail(job, problem.reason);
        else if (!job->site.complete)
                postpone(job, "the site is not complete; see provostctl site show");
        else if (job->route.kind == PHONE_ROUTE_DOCUMENT)
                reply_update(job);
        else
                reply_image_document(job);
}

static void with_images(struct job *job, sd_json_variant *answer)
{
        const char *image = bootstrap_vpn_image(answer, job->model);

        if (image && !text_copy(job->image, sizeof job->image, image)) {
                if (job->route.kind != PHONE_ROUTE_IMAGE)
                        ask(job, job->bootstrap->store, STORE "GetSite", NULL, with_site_of_image);
                else if (text_equal(job->route.file, job->image))
                        reply_image(job);
                else
                        refuse_image(job, "it asked for a file that is not the VPN image of its model");
        } else if (is_about_image(job)) {
                refuse_image(job, "there is no VPN image for its model");
        } else {
                log_job(job, 200, "it says it has no VPN client, and there is no image for its model: see provostctl firmware add");
                ask(job, job->bootstrap->store, STORE "GetSite", NULL, with_site);
        }
}

/*
 * The image itself is public, so a phone that merely does not say that it has a client may fetch it: what a phone sends
 * along while it updates is not known.
 */
static void with_phone(struct job *job, sd_json_variant *answer)
{
        if (!take_phone(job, answer))
                return;
        read_agent(job);
        if (is_about_image(job) && job->vpn == BOOTSTRAP_VPN_HAS)
                refuse_image(job, "it says it has a VPN client: firmware is in the tunnel");
        else if (is_about_image(job) || (job->route.kind == PHONE_ROUTE_DOCUMENT && job->vpn == BOOTSTRAP_VPN_LACKS))
                ask(job, job->bootstrap->store, STORE "ListFirmware", NULL, with_images);
        else
                ask(job, job->bootstrap->store, STORE "GetSite", NULL, with_site);
}

/* --- the way of every other phone ------------------------------------------- */

static void start(struct job *job)
{
        job->is_stale = false;
        job->phone_answer = sd_json_variant_unref(job->phone_answer);
        job->site_answer = sd_json_variant_unref(job->site_answer);
        job->authorities_answer = sd_json_variant_unref(job->authorities_answer);
        ask_for_phone(job, job->bootstrap->store, STORE "GetPhone", with_phone);
}

/* --- a request begins ------------------------------------------------------- */

static struct job *job_new(struct bootstrap *b, struct http_request *request, const struct phone_route *route)
{
        struct job *job = calloc(1, sizeof *job);

        if (!job)
                return NULL;
        *job = (struct job){.bootstrap = b, .request = request, .route = *route,
                            .until_ms = clock_monotonic_ms() + b->deadline_ms};
        mac_format(&route->mac, job->mac);
        job->next = b->jobs;
        if (job->next)
                job->next->link = &job->next;
        job->link = &b->jobs;
        b->jobs = job;
        http_request_set_state(request, job, job_free);
        return job;
}

static void on_request(struct http_request *request, void *userdata)
{
        struct bootstrap *b = userdata;
        const char *path = http_request_path(request);
        struct bootstrap_evidence evidence;
        struct bootstrap_decision decision;
        struct phone_route route;
        struct job *job;
        int r = phone_route_parse(path, strlen(path), &route);

        if (r) {
                phone_reply_no_path(request, r);
                return;
        }
        if (route.kind == PHONE_ROUTE_GENERAL) {
                phone_reply_general(request, &route);
                return;
        }
        job = job_new(b, request, &route);
        if (!job) {
                http_reply_text(request, 503, "The appliance has no memory left.");
                return;
        }
        evidence = (struct bootstrap_evidence){http_request_header(request, "X-Provost-Listener"),
                                               http_request_header(request, "X-Provost-Verify"),
                                               http_request_header(request, "X-Provost-Subject"), route.mac};
        decision = bootstrap_admit_proof(&evidence, &job->proof);
        if (decision.serve)
                start(job);
        else
                refuse(job, &decision);
}

int bootstrap_new(struct service *service, const struct bootstrap_options *options, struct bootstrap **ret_bootstrap)
{
        const struct http_options http = {.edge_user = options->edge_user, .max_connections = CONNECTIONS_MAX, .idle_s = 60};
        struct bootstrap *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return PV_ENOMEM;
        b->service = service;
        b->deadline_ms = options->deadline_ms;
        bootstrap_gate_init(&b->gate, clock_monotonic_ms());
        r = service_peer_new(service, options->store_path, &b->store);
        if (!r)
                r = service_peer_new(service, options->pki_path, &b->pki);
        if (!r)
                r = http_server_new(service_event(service), options->listen_fd, &http, on_request, b, &b->http);
        if (r) {
                bootstrap_free(b);
                return r;
        }
        *ret_bootstrap = b;
        return 0;
}

void bootstrap_free(struct bootstrap *b)
{
        if (!b)
                return;
        service_errand_end_all(b->service);
        service_peer_free(b->pki);      /* first: their calls end, and with them what waits for an answer */
        service_peer_free(b->store);
        http_server_free(b->http);
        free(b);
}
