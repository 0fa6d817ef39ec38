/*
 * settings_try: how quickly phones answer in their tunnels.
 *
 * In:   calls of people; answers of phones.
 * Out:  how many requests were answered, and how quickly.
 * Not:  no SIP (settings_probe), no socket of its own (settings_resync).
 */
#include "provisioning/settings/settings_try.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/settings/settings_probe.h"
#include "provisioning/settings/settings_resync_account.h"

#define STORE "io.provost.Store."
#define SETTINGS "io.provost.Settings."
#define ASK_MS 5000

struct trial {
        struct trial *next;
        struct settings_try *try;
        sd_varlink *link;
        sd_event_source *timer;         /* NULL while the store is asked */
        struct settings_probe probe;
};

struct settings_try {
        struct service *service;
        struct service_peer *store;
        struct settings_resync *resync;
        struct trial *trials;
        unsigned n_trials;
};

static uint64_t now_us(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int fill_token(char ret[static SETTINGS_PROBE_TOKEN_SIZE])
{
        unsigned char bytes[(SETTINGS_PROBE_TOKEN_SIZE - 1) / 2];

        if (RAND_bytes(bytes, sizeof bytes) != 1)
                return PV_ESYSTEM;
        text_hex(ret, bytes, sizeof bytes);
        return 0;
}

/* --- its end ------------------------------------------------------------------------ */

static void trial_free(struct trial *trial)
{
        struct settings_try *try = trial->try;

        for (struct trial **at = &try->trials; *at; at = &(*at)->next)
                if (*at == trial) {
                        *at = trial->next;
                        break;
                }
        try->n_trials--;
        sd_event_source_disable_unref(trial->timer);
        sd_varlink_unref(trial->link);
        free(trial);
}

static void trial_refuse(struct trial *trial, const char *error, const char *reason)
{
        (void)service_refuse(trial->link, error, "%s", reason);
        trial_free(trial);
}

static void trial_answer(struct trial *trial)
{
        struct settings_probe_result result = settings_probe_result(&trial->probe);

        (void)sd_varlink_replybo(trial->link, SD_JSON_BUILD_PAIR_UNSIGNED("sent", result.sent), SD_JSON_BUILD_PAIR_UNSIGNED("answered", result.answered),
                                 SD_JSON_BUILD_PAIR_UNSIGNED("least_us", result.least_us), SD_JSON_BUILD_PAIR_UNSIGNED("mean_us", result.mean_us),
                                 SD_JSON_BUILD_PAIR_UNSIGNED("most_us", result.most_us));
        trial_free(trial);
}

/* --- the requests -------------------------------------------------------------------- */

/* One that cannot leave is one that is lost. */
static int send_next(struct trial *trial)
{
        char branch[SETTINGS_PROBE_TOKEN_SIZE], bytes[SETTINGS_PROBE_MAX];
        size_t size;
        int r = fill_token(branch);

        if (r == 0)
                r = settings_probe_next(&trial->probe, branch, now_us(), bytes, &size);
        if (r == 0)
                r = settings_resync_send(trial->try->resync, trial->probe.address, trial->probe.port, bytes, size);
        return r;
}

static int on_time(sd_event_source *timer, uint64_t usec, void *userdata)
{
        struct trial *trial = userdata;

        (void)usec;
        if (settings_probe_is_over(&trial->probe, now_us())) {
                trial_answer(trial);
                return 0;
        }
        if (trial->probe.n_sent < SETTINGS_PROBE_N && send_next(trial) < 0) {
                trial_refuse(trial, SETTINGS "NotAllowed", "Nothing can be sent into the tunnel now; see provostctl status.");
                return 0;
        }
        (void)sd_event_source_set_time(timer, settings_probe_due_us(&trial->probe));
        return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void take(const struct sip_answer *answer, uint32_t from, void *userdata)
{
        struct settings_try *try = userdata;
        uint64_t now = now_us();

        for (struct trial *trial = try->trials; trial; trial = trial->next)
                if (settings_probe_take(&trial->probe, answer, from, now)) {
                        if (settings_probe_is_over(&trial->probe, now))
                                trial_answer(trial);
                        return;
                }
}

/* --- whom to ask ------------------------------------------------------------------------ */

static void refuse_by(struct trial *trial, const char *error)
{
        if (text_equal(error, STORE "NoSuchPhone"))
                trial_refuse(trial, SETTINGS "NoSuchPhone", "There is no phone with this MAC.");
        else if (text_equal(error, STORE "NoTunnel"))
                trial_refuse(trial, SETTINGS "NotAllowed", "The phone is not connected.");
        else if (text_equal(error, STORE "NotAllowed"))
                trial_refuse(trial, SETTINGS "NotAllowed", "The phone is not approved, or it is revoked.");
        else
                trial_refuse(trial, SETTINGS "StorageTrouble", "The store did not answer; try again.");
}

static void on_document(sd_json_variant *answer, const char *error, void *userdata)
{
        struct trial *trial = userdata;

        if (error) {
                refuse_by(trial, error);
                return;
        }
        trial->probe.port = settings_resync_account(answer).port;
        trial->probe.gateway = settings_resync_gateway(trial->try->resync);
        if (fill_token(trial->probe.call_id) < 0 || fill_token(trial->probe.tag) < 0 ||
            sd_event_add_time_relative(service_event(trial->try->service), &trial->timer, CLOCK_MONOTONIC, 0, 1000, on_time, trial) < 0)
                trial_refuse(trial, SETTINGS "StorageTrouble", "There is no memory left.");
}

static void on_phone(sd_json_variant *answer, const char *error, void *userdata)
{
        struct trial *trial = userdata;
        sd_json_variant *phone = error ? NULL : sd_json_variant_by_key(answer, "phone"), *parameters = NULL;
        const char *address = service_field_text(phone, "tunnel_address");

        if (error)
                refuse_by(trial, error);
        else if (text_equal(service_field_text(phone, "vpn_class"), "legacy"))
                trial_refuse(trial, SETTINGS "NotAllowed", "It is one of the old phones; nothing is sent into their tunnel from here.");
        else if (!address || text_to_ipv4(address, &trial->probe.address) < 0)
                trial_refuse(trial, SETTINGS "NotAllowed", "The phone has no tunnel address; approve it first.");
        else if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("tunnel_address", address)) < 0)
                trial_refuse(trial, SETTINGS "StorageTrouble", "There is no memory left.");
        else
                service_errand(trial->try->service, trial->try->store, STORE "GetDocument", parameters, ASK_MS, on_document, trial);
        sd_json_variant_unref(parameters);
}

void settings_try_call(struct settings_try *try, sd_varlink *link, const char *text)
{
        struct trial *trial = try->n_trials < SETTINGS_TRY_MAX ? calloc(1, sizeof *trial) : NULL;
        sd_json_variant *parameters = NULL;
        char mac[MAC_TEXT_SIZE];
        struct mac parsed;

        if (!trial) {
                (void)service_refuse(link, SETTINGS "NotAllowed", "Too many phones are being tried already; try again in a minute.");
                return;
        }
        *trial = (struct trial){.next = try->trials, .try = try, .link = sd_varlink_ref(link)};
        try->trials = trial;
        try->n_trials++;
        if (!settings_resync_gateway(try->resync))
                trial_refuse(trial, SETTINGS "NotAllowed", "There is no tunnel yet; see provostctl status.");
        else if (mac_parse_text(text, &parsed) < 0)
                trial_refuse(trial, SETTINGS "NoSuchPhone", "A MAC is 12 hex digits, as in 000413aabbcc.");
        else if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac_format(&parsed, mac))) < 0)
                trial_refuse(trial, SETTINGS "StorageTrouble", "There is no memory left.");
        else
                service_errand(try->service, try->store, STORE "GetPhone", parameters, ASK_MS, on_phone, trial);
        sd_json_variant_unref(parameters);
}

/* --- life ------------------------------------------------------------------------------- */

int settings_try_new(struct service *service, struct service_peer *store, struct settings_resync *resync, struct settings_try **ret_try)
{
        struct settings_try *try = calloc(1, sizeof *try);

        if (!try)
                return PV_ENOMEM;
        *try = (struct settings_try){.service = service, .store = store, .resync = resync};
        settings_resync_set_other(resync, take, try);
        *ret_try = try;
        return 0;
}

void settings_try_free(struct settings_try *try)
{
        if (!try)
                return;
        settings_resync_set_other(try->resync, NULL, NULL);
        while (try->trials)
                trial_free(try->trials);
        free(try);
}
