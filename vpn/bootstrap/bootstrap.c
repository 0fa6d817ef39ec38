/*
 * bootstrap: from a phone's request to stage 1 or its bundle.
 *
 * In:   requests the edge passes on from the phone LAN and from the tunnels; answers of store and pki.
 * Out:  stage 1, bundles, 403, 404 and 429; one log line per request; events, evidence
 *       and alarms.
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
 * Who is not approved is reported with its evidence, and that is waited for: a rule of the site may
 * let it in at once (ReportSeen), and then its way begins anew.
 *
 * In the tunnel there are bundles alone: phone → site → authorities → tls-auth key → enrolment by its
 * tunnel address → reply.
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
#include "provisioning/model/phone.h"
#include "provisioning/phone/phone_agent.h"
#include "provisioning/phone/phone_reply.h"
#include "provisioning/phone/phone_route.h"
#include "provisioning/store/store_client.h"
#include "vpn/bootstrap/bootstrap_admit.h"
#include "vpn/bootstrap/bootstrap_answers.h"
#include "vpn/bootstrap/bootstrap_evidence.h"
#include "vpn/bootstrap/bootstrap_gate.h"
#include "vpn/bootstrap/bootstrap_scan.h"
#include "vpn/bootstrap/bootstrap_vpn.h"
#include "vpn/bootstrap/bundle.h"
#include "vpn/bootstrap/renewal.h"
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
        struct bootstrap_scan scan;
        struct renewal *renewal;
        uint64_t deadline_ms;
};

struct job {
        struct bootstrap *bootstrap;
        struct http_request *request;
        struct job *next, **link;
        struct phone_route route;
        char mac[MAC_TEXT_SIZE];
        struct bootstrap_proof proof;
        enum bootstrap_listener listener;
        const char *address;            /* of the client, as the edge said */
        enum bootstrap_cause cause;     /* why it is served */
        enum bootstrap_pick pick;       /* which certificate's bundle */
        bool was_reported;              /* a rule was asked for; once is enough */
        bool lost_window;               /* another request used up the window it came by */
        struct bootstrap_decision refusal;      /* unless a rule lets it in */
        uint64_t until_ms;
        bool issuing;                   /* others of this phone wait */
        bool issued;                    /* once is enough */
        bool is_stale;                  /* another one was kept since the store was asked for this phone */
        sd_event_source *patience;      /* we wait for such a one */
        void (*step)(struct job *job, sd_json_variant *answer);
        sd_json_variant *phone_answer, *site_answer, *authorities_answer, *keys_answer, *issued_answer;
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

static void raise_alarm(struct job *job, const char *kind, const char *subject, const char *detail)
{
        struct bootstrap *b = job->bootstrap;
        sd_json_variant *parameters = NULL;

        if (http_request_is_trial(job->request))
                return;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("subject", subject),
                           SD_JSON_BUILD_PAIR_STRING("detail", detail)) >= 0)
                service_errand(b->service, b->store, STORE "RaiseAlarm", parameters, REPORT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static bool is_weak(const struct job *job)
{
        return bootstrap_proof_is_weak(job->listener, job->phone_answer ? &job->enrolment.phone : &(struct bootstrap_phone){.known = false});
}

/* What was shown, in words for the phone's page. */
static const char *shown_by(const struct job *job, enum bootstrap_cause cause)
{
        if (cause == BOOTSTRAP_CAUSE_TUNNEL)
                return "its tunnel";
        if (cause == BOOTSTRAP_CAUSE_SUBJECT || cause == BOOTSTRAP_CAUSE_OTHER_PHONE)
                return "certificate of another name";
        if (job->proof.kind == BOOTSTRAP_PROOF_FACTORY)
                return "factory certificate";
        return job->proof.kind == BOOTSTRAP_PROOF_INVALID ? "certificate that does not verify" : "no certificate";
}

/*
 * What the client says of itself, for the phone's page. Whoever shows a certificate that does not
 * hold is seen, but its words are not passed on; without the factory certificate they only fill in
 * what the store does not know of an approved phone.
 */
static int seen_parameters(struct job *job, enum bootstrap_cause cause, bool believe, sd_json_variant **ret)
{
        struct bootstrap_sighting sighting = {
                .mac = job->mac, .shown = shown_by(job, cause), .proof = job->proof.kind, .cause = cause, .is_weak = is_weak(job),
                .address = job->address,
                .agent = http_request_header(job->request, "User-Agent"),
                .vpn = http_request_header(job->request, "X-snom-vpn"),
                .verify = http_request_header(job->request, "X-Provost-Verify"),
                .issuer = http_request_header(job->request, "X-Provost-Issuer"),
                .subject = http_request_header(job->request, "X-Provost-Subject"),
                .fingerprint = http_request_header(job->request, "X-Provost-Fingerprint"),
                .ends = http_request_header(job->request, "X-Provost-Certificate-Ends"),
        };
        struct phone_agent agent = {0};

        if (believe && sighting.agent && !phone_agent_parse(sighting.agent, &agent)) {
                sighting.model = agent.model;
                sighting.firmware = agent.firmware;
        }
        return bootstrap_evidence_parameters(&sighting, ret);
}

static void report_seen(struct job *job, enum bootstrap_cause cause, bool believe)
{
        struct bootstrap *b = job->bootstrap;
        sd_json_variant *parameters = NULL;

        if (http_request_is_trial(job->request) || job->listener == BOOTSTRAP_LISTENER_TUNNEL)
                return;
        if (!seen_parameters(job, cause, believe, &parameters))
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

static bool is_about_nobody(enum bootstrap_cause cause)
{
        return cause == BOOTSTRAP_CAUSE_UNKNOWN || cause == BOOTSTRAP_CAUSE_NOT_APPROVED;
}

/* What a person should look at beside the timeline. */
static void alarm_of(struct job *job, const struct bootstrap_decision *decision)
{
        char detail[320], from[64];

        if (job->listener == BOOTSTRAP_LISTENER_TUNNEL)
                return;
        text_escape(from, sizeof from, job->address, strlen(job->address));
        if (decision->cause == BOOTSTRAP_CAUSE_OTHER_PHONE || decision->cause == BOOTSTRAP_CAUSE_SUBJECT) {
                (void)snprintf(detail, sizeof detail, "%s asked in the name of this phone: %s.", from, decision->reason);
                raise_alarm(job, "wrong-certificate", job->mac, detail);
        } else if (job->lost_window ||
                   (job->route.kind == PHONE_ROUTE_BUNDLE && job->phone_answer && bootstrap_is_replay(&job->proof, &job->enrolment.phone))) {
                (void)snprintf(detail, sizeof detail, "%s asked for its bundle, which was taken already, and proved nothing; it got nothing. If it was the "
                               "phone itself: it has its bundle, or needs a window.", from);
                raise_alarm(job, "replayed-enrolment", job->mac, detail);
        }
}

/* Strangers cause these: within bounds. */
static void note_refusal(struct job *job, const struct bootstrap_decision *decision)
{
        struct bootstrap *b = job->bootstrap;
        bool proven = job->proof.kind == BOOTSTRAP_PROOF_FACTORY;

        if (!bootstrap_gate_pass(&b->gate, &job->route.mac, (int)decision->cause * 2 + (job->route.kind == PHONE_ROUTE_BUNDLE),
                                 clock_monotonic_ms()))
                return;
        if (decision->cause != BOOTSTRAP_CAUSE_NO_CERTIFICATE && !job->was_reported)
                report_seen(job, decision->cause, proven || decision->cause == BOOTSTRAP_CAUSE_UNKNOWN);
        alarm_of(job, decision);
        add_event(job, job->route.kind == PHONE_ROUTE_BUNDLE ? "bundle-refused" : "stage1-refused", decision->reason);
}

static void refuse(struct job *job, const struct bootstrap_decision *decision)
{
        log_job(job, decision->status, decision->reason);
        if (!http_request_is_trial(job->request))
                note_refusal(job, decision);
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
        sd_json_variant_unref(job->issued_answer);
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

static void refuse_unknown(struct job *job);
static void when_window_is_used(struct job *job, sd_json_variant *answer);

static void on_answer(sd_json_variant *answer, const char *error, void *userdata)
{
        static const struct bootstrap_decision withdrawn = {.status = 403, .cause = BOOTSTRAP_CAUSE_REVOKED,
                .reason = "it was revoked a moment ago, or another request used up its window"};
        static const struct bootstrap_decision no_tunnel = {.status = 403, .cause = BOOTSTRAP_CAUSE_NOT_APPROVED,
                .reason = "no tunnel of this phone is known"};
        struct job *job = userdata;
        char reason[160];

        if (!error) {
                job->step(job, answer);
                return;
        }
        if (job->issuing)
                stop_issuing(job);
        if (text_equal(error, STORE "NotAllowed")) {
                job->lost_window = job->step == when_window_is_used;
                refuse(job, &withdrawn);
                return;
        }
        if (text_equal(error, STORE "NoTunnel")) {
                refuse(job, &no_tunnel);
                return;
        }
        if (text_equal(error, STORE "NoSuchPhone")) {
                refuse_unknown(job);
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

static const char *newest_serial(const struct job *job)
{
        return job->pick == BOOTSTRAP_PICK_NEXT ? job->enrolment.next_serial : job->enrolment.serial;
}

static int taken_parameters(const struct job *job, bool window, sd_json_variant **ret)
{
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", job->mac),
                              SD_JSON_BUILD_PAIR_CONDITION(window, "window", SD_JSON_BUILD_BOOLEAN(true)),
                              SD_JSON_BUILD_PAIR_STRING("serial", newest_serial(job)),
                              SD_JSON_BUILD_PAIR_STRING("delivered", job->listener == BOOTSTRAP_LISTENER_TUNNEL ? "tunnel" : "lan"));
}

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
        if (taken_parameters(job, false, &parameters) >= 0)
                service_errand(b->service, b->store, STORE "MarkEnrolled", parameters, REPORT_MS, NULL, NULL);
        sd_json_variant_unref(parameters);
}

static void serve(struct job *job, const char *type, const char *bytes, size_t size)
{
        const char *how = job->cause == BOOTSTRAP_CAUSE_FACTORY ? "factory certificate" : job->cause == BOOTSTRAP_CAUSE_TUNNEL ? "its tunnel" : "one-time window";
        char detail[96];

        log_job(job, 200, how);
        if (text_equal(http_request_method(job->request), "GET")) {
                (void)snprintf(detail, sizeof detail, "%s, certificate %.40s", how, newest_serial(job));
                report_seen(job, job->cause, true);
                add_event(job, job->route.kind == PHONE_ROUTE_BUNDLE ? "bundle-served" : "stage1-served", detail);
                http_request_when_sent(job->request, on_sent);
        }
        http_reply(job->request, 200, type, bytes, size, NULL);
}

static void serve_stage1(struct job *job)
{
        const struct stage1 stage1 = {
                .site = &job->site, .mac = job->route.mac, .serial = newest_serial(job), .roots = job->authorities.roots,
                .chain = job->authorities.chain, .legacy = job->authorities.legacy, .is_legacy = job->enrolment.phone.is_legacy,
                .on_legacy_listener = job->listener == BOOTSTRAP_LISTENER_LEGACY,
        };
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
        bool is_legacy = job->enrolment.phone.is_legacy;
        struct bundle bundle = {
                .authorities = is_legacy ? job->authorities.legacy : job->authorities.roots, .certificate = job->enrolment.certificate,
                /* Certificates of an earlier system were kept without what the phone sends along. */
                .issuing = is_legacy || job->enrolment.is_chained ? "" : job->authorities.issuing,
                .private_key = job->enrolment.private_key, .tls_auth = service_field_text(job->keys_answer, "tls_auth"),
        };
        static char buffer[BUNDLE_MAX_BYTES];
        size_t size;

        bundle.n_remotes = bundle_remotes(&job->site, is_legacy, bundle.remotes);
        if (!bundle.authorities) {
                postpone(job, "the old phones' authority is not made yet");
                return;
        }
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

        if (taken_parameters(job, true, &parameters) < 0) {
                postpone(job, "no memory");
                return;
        }
        ask(job, job->bootstrap->store, STORE "MarkEnrolled", parameters, when_window_is_used);
        sd_json_variant_unref(parameters);
}

/* --- who is not approved ------------------------------------------------------ */

static void with_rule(struct job *job, sd_json_variant *answer)
{
        const char *rule = service_field_text(answer, "rule");

        if (!rule || !*rule) {
                refuse(job, &job->refusal);
                return;
        }
        log_event(LOG_LEVEL_NOTICE, "let-in", "mac", job->mac, "rule", rule, NULL);
        start(job);
}

/*
 * What is known of who asks goes to the store, whose rules may let it in. Of those that nobody waits for within bounds: the gate's
 * are those of refusals, so one that is not passed here is not written down either.
 */
static void ask_rule(struct job *job, const struct bootstrap_decision *decision)
{
        sd_json_variant *parameters = NULL;
        bool is_expected = job->phone_answer && job->enrolment.is_expected;

        if (job->was_reported || http_request_is_trial(job->request) || job->listener == BOOTSTRAP_LISTENER_TUNNEL ||
            (!is_expected && !bootstrap_gate_pass(&job->bootstrap->gate, &job->route.mac, -1, clock_monotonic_ms()))) {
                refuse(job, decision);
                return;
        }
        job->was_reported = true;
        job->refusal = *decision;
        if (seen_parameters(job, decision->cause, true, &parameters))
                postpone(job, "no memory");
        else
                ask(job, job->bootstrap->store, STORE "ReportSeen", parameters, with_rule);
        sd_json_variant_unref(parameters);
}

static void turn_away(struct job *job, const struct bootstrap_decision *decision)
{
        if (is_about_nobody(decision->cause))
                ask_rule(job, decision);
        else
                refuse(job, decision);
}

/* --- who guesses MACs ---------------------------------------------------------- */

static uint32_t source_of(const struct job *job)
{
        uint32_t address;

        return text_to_ipv4(job->address, &address) ? 0 : address;
}

static void note_scan(struct job *job, bool is_known)
{
        struct bootstrap *b = job->bootstrap;
        char from[64], detail[256];

        if (http_request_is_trial(job->request) || job->listener == BOOTSTRAP_LISTENER_TUNNEL)
                return;
        if (is_known) {
                bootstrap_scan_is_known(&b->scan, &job->route.mac);
                return;
        }
        if (!bootstrap_scan_is_unknown(&b->scan, source_of(job), &job->route.mac, clock_monotonic_ms()))
                return;
        text_escape(from, sizeof from, job->address, strlen(job->address));
        (void)snprintf(detail, sizeof detail, "%s asked for more than %d phones that nobody knows within ten minutes: it guesses MACs, or it is a router with "
                       "new phones behind it.", from, BOOTSTRAP_SCAN_LIMIT);
        log_reason(LOG_LEVEL_WARNING, "mac-scan", "%s", detail);
        raise_alarm(job, "mac-scan", from, detail);
}

static void refuse_unknown(struct job *job)
{
        const struct bootstrap_phone nobody = {.known = false};
        struct bootstrap_proof proof = job->proof;
        struct bootstrap_decision decision;

        if (job->listener == BOOTSTRAP_LISTENER_TUNNEL) {
                decision = bootstrap_admit_tunnel(&nobody, job->address);
                refuse(job, &decision);
                return;
        }
        note_scan(job, false);
        if (bootstrap_proof_is_weak(job->listener, &nobody) && proof.kind == BOOTSTRAP_PROOF_FACTORY)
                proof.kind = BOOTSTRAP_PROOF_NONE;
        decision = bootstrap_admit_phone(&proof, &nobody, clock_wall_s());
        turn_away(job, &decision);
}

/* --- who is ---------------------------------------------------------------------- */

static struct bootstrap_decision decide(const struct job *job)
{
        static const struct bootstrap_decision not_old = {.status = 403, .cause = BOOTSTRAP_CAUSE_CLASS,
                .reason = "it asked on the old phones' listener, where certificates prove little, and is none; see provostctl phone set --class"};
        struct bootstrap_proof proof = job->proof;

        if (job->listener == BOOTSTRAP_LISTENER_TUNNEL)
                return bootstrap_admit_tunnel(&job->enrolment.phone, job->address);
        if (bootstrap_proof_is_weak(job->listener, &job->enrolment.phone)) {
                if (phone_state_is_trusted(job->enrolment.phone.state))
                        return not_old;
                proof.kind = BOOTSTRAP_PROOF_NONE;
        }
        return bootstrap_admit_phone(&proof, &job->enrolment.phone, clock_wall_s());
}

/* Looks at the phone as it is in this answer. False: the job has ended, or goes another way. */
static bool take_phone(struct job *job, sd_json_variant *answer)
{
        const char *asked = job->route.kind == PHONE_ROUTE_BUNDLE ? job->route.serial : NULL;
        struct bootstrap_decision decision;

        sd_json_variant_unref(job->phone_answer);
        job->phone_answer = sd_json_variant_ref(answer);
        if (bootstrap_answers_enrolment(answer, &job->enrolment)) {
                fail(job, "store's answer about the phone lacks something");
                return false;
        }
        decision = decide(job);
        note_scan(job, phone_is_told_where(job->enrolment.phone.state, job->enrolment.is_expected));
        if (!decision.serve) {
                turn_away(job, &decision);
                return false;
        }
        job->cause = decision.cause;
        job->pick = bootstrap_pick(job->cause, asked, job->enrolment.serial, job->enrolment.next_serial);
        /* A bundle is asked for by the serial stage 1 named; an older one is gone. */
        if (asked && job->pick == BOOTSTRAP_PICK_NONE && (job->enrolment.serial || job->cause != BOOTSTRAP_CAUSE_FACTORY)) {
                log_job(job, 404, "no such bundle; stage 1 names the present one");
                phone_reply_refused(job->request, 404);
                return false;
        }
        return true;
}

static void with_enrolment(struct job *job, sd_json_variant *answer)
{
        enum bootstrap_pick picked = job->pick;

        if (!take_phone(job, answer))
                return;
        if (!text_equal(job->enrolment.mac, job->mac))
                fail(job, "store answered about another phone");
        else if (!job->enrolment.certificate && picked == BOOTSTRAP_PICK_NEXT)
                postpone(job, "its next certificate became the present one a moment ago");
        else if (!job->enrolment.certificate)
                fail(job, "store gave no certificate or no key");
        else if (job->pick != picked)
                postpone(job, "it got a next certificate a moment ago");
        else if (job->cause == BOOTSTRAP_CAUSE_WINDOW && text_equal(http_request_method(job->request), "GET"))
                use_window(job);
        else
                serve_bundle(job);
}

/* The last look before a key leaves: may it still, and is it still in its tunnel. */
static void ask_enrolment(struct job *job)
{
        bool in_tunnel = job->listener == BOOTSTRAP_LISTENER_TUNNEL;
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", in_tunnel ? "" : job->mac),
                           SD_JSON_BUILD_PAIR_CONDITION(in_tunnel, "tunnel_address", SD_JSON_BUILD_STRING(job->address)),
                           SD_JSON_BUILD_PAIR_CONDITION(job->pick == BOOTSTRAP_PICK_NEXT, "next", SD_JSON_BUILD_BOOLEAN(true))) < 0)
                postpone(job, "no memory");
        else
                ask(job, job->bootstrap->store, STORE "GetEnrolment", parameters, with_enrolment);
        sd_json_variant_unref(parameters);
}

static void with_keys(struct job *job, sd_json_variant *answer)
{
        if (!service_field_text(answer, "tls_auth")) {
                fail(job, "pki gave no tls-auth key");
                return;
        }
        job->keys_answer = sd_json_variant_ref(answer);
        ask_enrolment(job);
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

/* What the phone sends along must fit its certificate, so it is asked for after that was made. */
static void with_authorities_of_issued(struct job *job, sd_json_variant *answer)
{
        struct bootstrap_issue issue = {.mac = job->mac, .is_legacy = job->enrolment.phone.is_legacy, .next = job->enrolment.serial != NULL};
        struct bootstrap_authorities now;
        sd_json_variant *parameters = NULL;

        if (bootstrap_answers_authorities(answer, &now) || !text_equal(now.chain, job->authorities.chain)) {
                stop_issuing(job);
                postpone(job, "the authorities changed a moment ago");
                return;
        }
        issue.issuing = now.issuing;
        if (bootstrap_answers_issued(job->issued_answer, &issue, &parameters)) {
                stop_issuing(job);
                fail(job, "pki's answer to IssueClient lacks something");
                return;
        }
        ask(job, job->bootstrap->store, STORE "SetEnrolment", parameters, when_kept);
        sd_json_variant_unref(parameters);
}

static void when_issued(struct job *job, sd_json_variant *answer)
{
        sd_json_variant_unref(job->issued_answer);
        job->issued_answer = sd_json_variant_ref(answer);
        ask(job, job->bootstrap->pki, PKI "GetAuthorities", NULL, with_authorities_of_issued);
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
        if (bootstrap_answers_issue_parameters(job->mac, job->enrolment.key_type, job->enrolment.phone.is_legacy, &parameters)) {
                postpone(job, "no memory");
                return;
        }
        job->issuing = true;
        ask(job, job->bootstrap->pki, PKI "IssueClient", parameters, when_issued);
        sd_json_variant_unref(parameters);
}

/*
 * The keeper makes next certificates in time (renewal); here is for a phone that has none at all, or comes when hardly anything is left of
 * the newest it has. In the tunnel nothing is made: what its settings name is there.
 */
static bool is_due(const struct job *job)
{
        const struct bootstrap_enrolment *enrolment = &job->enrolment;
        int64_t ends = enrolment->next_serial ? enrolment->next_not_after : enrolment->not_after;

        if (job->listener == BOOTSTRAP_LISTENER_TUNNEL || http_request_is_trial(job->request))
                return false;
        return !enrolment->serial || ends < clock_wall_s() + RENEW_BEFORE_S;
}

static void with_authorities(struct job *job, sd_json_variant *answer)
{
        job->authorities_answer = sd_json_variant_ref(answer);
        if (bootstrap_answers_authorities(answer, &job->authorities))
                fail(job, "pki's answer to GetAuthorities lacks something");
        else if (!job->issued && is_due(job) && job->is_stale)
                start(job);             /* a second certificate would undo the one another request has just named */
        else if (!job->issued && is_due(job))
                issue(job);
        else if (job->pick == BOOTSTRAP_PICK_NONE)
                fail(job, "store does not know the certificate it just kept");
        else
                answer_phone(job);
}

static void with_site(struct job *job, sd_json_variant *answer)
{
        static const struct bootstrap_decision old_phones_off = {.status = 403, .cause = BOOTSTRAP_CAUSE_CLASS,
                .reason = "it is an old phone, and the site has the process for these off (site value legacy)"};
        struct site_problem problem;

        job->site_answer = sd_json_variant_ref(answer);
        if (store_client_site(answer, &job->site, &problem))
                fail(job, problem.reason);
        else if (!job->site.complete)
                postpone(job, "the site is not complete; see provostctl site show");
        else if (job->enrolment.phone.is_legacy && !job->site.legacy)
                refuse(job, &old_phones_off);
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

        if (stage1_write_update(&job->site, &job->route.mac, job->listener == BOOTSTRAP_LISTENER_LEGACY, &bytes, &size, &problem)) {
                fail(job, problem.reason);
                return;
        }
        (void)snprintf(detail, sizeof detail, "it says it has no VPN client: told to load %s, and nothing else", job->image);
        log_job(job, 200, detail);
        if (text_equal(http_request_method(job->request), "GET")) {
                report_seen(job, job->cause, true);
                add_event(job, "vpn-client-missing", detail);
        }
        http_reply(job->request, 200, "application/xml", bytes, size, NULL);
        settings_document_free(bytes, size);
}

static void reply_image_document(struct job *job)
{
        uint16_t port = job->listener == BOOTSTRAP_LISTENER_LEGACY ? job->site.legacy_https_port : 443;
        char document[PHONE_FIRMWARE_DOCUMENT_SIZE];
        size_t size;

        if (phone_firmware_document(job->site.lan_address, port, &job->route.mac, job->image, document, &size)) {
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
                            .until_ms = clock_monotonic_ms() + b->deadline_ms,
                            .listener = bootstrap_listener_of(http_request_header(request, "X-Provost-Listener")),
                            .address = http_request_header(request, "X-Provost-Address")};
        if (!job->address)
                job->address = "";
        mac_format(&route->mac, job->mac);
        job->next = b->jobs;
        if (job->next)
                job->next->link = &job->next;
        job->link = &b->jobs;
        b->jobs = job;
        http_request_set_state(request, job, job_free);
        return job;
}

/* Over the limit: not looked up, unless it proves who it is. */
static bool is_scan(struct job *job)
{
        if (http_request_is_trial(job->request) || (job->proof.kind == BOOTSTRAP_PROOF_FACTORY && job->listener == BOOTSTRAP_LISTENER_LAN))
                return false;
        return !bootstrap_scan_may_ask(&job->bootstrap->scan, source_of(job), &job->route.mac, clock_monotonic_ms());
}

static void begin_on_lan(struct job *job)
{
        const struct bootstrap_evidence evidence = {
                .listener = http_request_header(job->request, "X-Provost-Listener"),
                .verify = http_request_header(job->request, "X-Provost-Verify"),
                .subject = http_request_header(job->request, "X-Provost-Subject"),
                .mac = job->route.mac,
        };
        struct bootstrap_decision decision = bootstrap_admit_proof(&evidence, &job->proof);

        if (!decision.serve) {
                refuse(job, &decision);
        } else if (is_scan(job)) {
                log_job(job, 429, "too many unknown phones were asked for from there");
                http_reply_text(job->request, 429, "Too many different phones were asked for from this address.");
        } else {
                start(job);
        }
}

static void begin_in_tunnel(struct job *job)
{
        if (job->route.kind == PHONE_ROUTE_BUNDLE) {
                start(job);
                return;
        }
        log_job(job, 404, "in the tunnel there are bundles alone");
        phone_reply_refused(job->request, 404);
}

static void on_request(struct http_request *request, void *userdata)
{
        struct bootstrap *b = userdata;
        const char *path = http_request_path(request);
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
        if (!job)
                http_reply_text(request, 503, "The appliance has no memory left.");
        else if (job->listener == BOOTSTRAP_LISTENER_TUNNEL)
                begin_in_tunnel(job);
        else
                begin_on_lan(job);
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
        bootstrap_scan_init(&b->scan);
        r = service_peer_new(service, options->store_path, &b->store);
        if (!r)
                r = service_peer_new(service, options->pki_path, &b->pki);
        if (!r)
                r = http_server_new(service_event(service), options->listen_fd, &http, on_request, b, &b->http);
        if (!r)
                r = renewal_new(service, b->store, b->pki, &b->renewal);
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
        renewal_stop(b->renewal);
        service_errand_end_all(b->service);
        service_peer_free(b->pki);      /* first: their calls end, and with them what waits for an answer */
        service_peer_free(b->store);
        renewal_free(b->renewal);
        http_server_free(b->http);
        free(b);
}
