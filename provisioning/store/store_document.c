/*
 * store_document: everything one phone should be set to.
 *
 * In:   the tunnel address of the phone that asks, through settings.
 * Out:  a list of settings: built in, then the site's, the profile's and the phone's own, each later one in place of the earlier;
 *       what the appliance alone decides cannot be replaced.
 * Not:  no XML. Facts about the settings and their permissions: the names and values are those of Snom's documentation.
 */
#include "provisioning/store/store_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/model/hardening.h"
#include "provisioning/model/lint.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_setting.h"
#include "provisioning/store/store_site.h"

#define SETTINGS_MAX (2 * STORE_SETTINGS_MAX + 64)

/* Where the value of a built-in setting comes from. FROM_TEXT: it stands here. */
enum from {
        FROM_TEXT, FROM_SETTING_SERVER, FROM_NTP, FROM_TIME_ZONE, FROM_LANGUAGE, FROM_HTTP_PASS, FROM_ADMIN_PASSWORD,
        FROM_NAME, FROM_SIP_USER, FROM_SIP_SECRET, FROM_SIP_HOST, FROM_SIP_OUTBOUND, FROM_IDENTITY, FROM_SRTP, FROM_SAVP,
};

/*
 * A setting whose value is not there (no SIP account, no time zone) is left out.
 * locked: the appliance alone decides it. Credentials never have "!": the phone
 * would refuse later values. admin_mode is RW: read-only, no administrator could
 * log in at the phone any more.
 */
static const struct builtin {
        const char *name;
        int index;                      /* STORE_SETTING_NO_INDEX: none; 1: the first identity */
        const char *permission;
        bool locked;
        enum from from;
        const char *text;
} builtins[] = {
        /* Only at the top it has an effect. */
        {"auto_reboot_on_setting_change", -1, "R", false, FROM_TEXT, "on"},
        /* Stay with this appliance, inside the tunnel. */
        {"setting_server", -1, "R", true, FROM_SETTING_SERVER, NULL},
        {"provisioning_order", -1, "R", true, FROM_TEXT, "redirection:stop"},
        {"tls_server_authentication", -1, "R", true, FROM_TEXT, "on"},
        {"vpn_on", -1, "R", true, FROM_TEXT, "on"},
        {"pnp_config", -1, "R", true, FROM_TEXT, "off"},
        {"tr69_use_acs", -1, "R", true, FROM_TEXT, "off"},
        {"tr69_bootstrap", -1, "R", true, FROM_TEXT, "off"},
        {"update_policy", -1, "R", false, FROM_TEXT, "settings_only"},
        {"settings_refresh_timer", -1, "R", false, FROM_TEXT, "3600"},
        /* The phone's own web pages. */
        {"webserver_type", -1, "R", false, FROM_TEXT, "https"},
        {"http_scheme", -1, "R", false, FROM_TEXT, "on"},
        {"http_user", -1, "R", false, FROM_TEXT, "admin"},
        {"http_pass", -1, "R", false, FROM_HTTP_PASS, NULL},
        {"use_hidden_tags", -1, "R", false, FROM_TEXT, "on"},
        {"restrict_uri_queries", -1, "R", false, FROM_TEXT, "on"},
        {"web_logout_timer", -1, "R", false, FROM_TEXT, "5"},
        /* The menu at the phone. */
        {"admin_mode", -1, "RW", false, FROM_TEXT, "off"},
        {"admin_mode_password", -1, "R", false, FROM_ADMIN_PASSWORD, NULL},
        {"admin_mode_password_confirm", -1, "R", false, FROM_ADMIN_PASSWORD, NULL},
        {"admin_mode_upon_http_login", -1, "R", false, FROM_TEXT, "off"},
        /* Nobody on the network tells the phone what to do. */
        {"filter_registrar", -1, "R", false, FROM_TEXT, "on"},
        {"challenge_reboot", -1, "R", false, FROM_TEXT, "on"},
        {"challenge_checksync", -1, "R", false, FROM_TEXT, "on"},
        {"allow_sip_settings", -1, "R", false, FROM_TEXT, "off"},
        {"csta_control", -1, "R", false, FROM_TEXT, "off"},
        {"multicast_listen", -1, "R", false, FROM_TEXT, "off"},
        /* The site. */
        {"ntp_server", -1, "R", false, FROM_NTP, NULL},
        {"timezone", -1, "R", false, FROM_TIME_ZONE, NULL},
        {"language", -1, "RW", false, FROM_LANGUAGE, NULL},
        /* The account. */
        {"user_active", 1, "R", false, FROM_IDENTITY, "on"},
        {"user_realname", 1, "R", false, FROM_NAME, NULL},
        {"user_name", 1, "R", false, FROM_SIP_USER, NULL},
        {"user_pass", 1, "R", false, FROM_SIP_SECRET, NULL},
        {"user_host", 1, "R", false, FROM_SIP_HOST, NULL},
        {"user_outbound", 1, "R", false, FROM_SIP_OUTBOUND, NULL},
        {"user_srtp", 1, "R", false, FROM_SRTP, NULL},
        {"user_savp", 1, "R", false, FROM_SAVP, NULL},
        {"user_auth_tag", 1, "R", false, FROM_IDENTITY, "off"},
};
#define N_BUILTINS (sizeof builtins / sizeof builtins[0])

bool store_document_is_locked(const char *name)
{
        for (size_t i = 0; i < N_BUILTINS; i++)
                if (builtins[i].locked && text_equal(builtins[i].name, name))
                        return true;
        return text_equal(name, "vpn_tarball_url");
}

struct document {
        struct store_setting *settings;
        size_t n_settings;
        struct site site;
        char mac[MAC_TEXT_SIZE], name[132], sip_user[STORE_PHONE_SIP_USER_SIZE], profile[68], model[STORE_PHONE_MODEL_SIZE];
        enum phone_trust trust;
        bool is_up;                     /* its tunnel, opened with its present certificate */
        char *sip_secret, *http_pass, *admin_password;
        int64_t revision;
};

static void done(struct document *d)
{
        for (size_t i = 0; i < d->n_settings; i++)
                store_seal_forget(d->settings[i].value);
        free(d->settings);
        store_seal_forget(d->sip_secret);
        store_seal_forget(d->http_pass);
        store_seal_forget(d->admin_password);
}

/* --- values -------------------------------------------------------------- */

/* An identity needs a user and a registrar; without them there is no account. */
static bool has_identity(const struct document *d)
{
        return *d->sip_user && *d->site.sip_host;
}

static const char *identity_value(const struct document *d, const struct builtin *b, char *space, size_t size)
{
        bool tls = text_equal(d->site.sip_transport, "tls");

        if (!has_identity(d))
                return NULL;
        switch (b->from) {
        case FROM_IDENTITY: return b->text;
        case FROM_NAME: return *d->name ? d->name : NULL;
        case FROM_SIP_USER: return d->sip_user;
        case FROM_SIP_SECRET: return d->sip_secret;
        case FROM_SIP_HOST: return d->site.sip_host;
        case FROM_SIP_OUTBOUND:
                (void)snprintf(space, size, "%s;transport=%s", d->site.sip_host, d->site.sip_transport);
                return space;
        /* Media keys travel in SIP: over plain SIP, encrypted media would only seem safe. */
        case FROM_SRTP: return tls ? "on" : "off";
        case FROM_SAVP: return tls ? "mandatory" : "off";
        default: return NULL;
        }
}

static const char *builtin_value(const struct document *d, const struct builtin *b, char *space, size_t size)
{
        char gateway[TEXT_IPV4_SIZE];

        text_from_ipv4(d->site.tunnel_address, gateway);
        switch (b->from) {
        case FROM_TEXT: return b->text;
        case FROM_SETTING_SERVER:
                (void)snprintf(space, size, "https://%s/{mac}.xml", gateway);
                return space;
        case FROM_NTP:
                (void)text_copy(space, size, gateway);
                return space;
        case FROM_TIME_ZONE: return *d->site.time_zone ? d->site.time_zone : NULL;
        case FROM_LANGUAGE: return *d->site.language ? d->site.language : NULL;
        case FROM_HTTP_PASS: return d->http_pass;
        case FROM_ADMIN_PASSWORD: return d->admin_password;
        default: return identity_value(d, b, space, size);
        }
}

/* --- merging ------------------------------------------------------------- */

static struct store_setting *find(struct document *d, const char *name, int64_t index)
{
        for (size_t i = 0; i < d->n_settings; i++)
                if (d->settings[i].index == index && text_equal(d->settings[i].name, name))
                        return &d->settings[i];
        return NULL;
}

/* Puts a setting in place of an earlier one, or at the end. Takes value. */
static int put(struct document *d, const char *name, int64_t index, const char *permission, const char *origin, char *value)
{
        struct store_setting *at = find(d, name, index);

        if (!at) {
                if (d->n_settings == SETTINGS_MAX) {
                        store_seal_forget(value);
                        return PV_ETOOLARGE;
                }
                at = &d->settings[d->n_settings++];
                *at = (struct store_setting){.index = index};
                (void)text_copy(at->name, sizeof at->name, name);
        }
        store_seal_forget(at->value);
        at->value = value;
        at->origin = origin;
        (void)text_copy(at->permission, sizeof at->permission, permission);
        return 0;
}

static const char *origin_of(enum from from)
{
        switch (from) {
        case FROM_TIME_ZONE: case FROM_LANGUAGE: case FROM_SIP_HOST: case FROM_SIP_OUTBOUND: case FROM_SRTP: case FROM_SAVP: return "site";
        case FROM_NAME: case FROM_SIP_USER: case FROM_SIP_SECRET: return "phone";
        default: return "built-in";
        }
}

static int put_builtins(struct document *d)
{
        char space[SITE_HOST_MAX + 32];
        int r = 0;

        for (size_t i = 0; r == 0 && i < N_BUILTINS; i++) {
                const struct builtin *b = &builtins[i];
                const char *value = builtin_value(d, b, space, sizeof space);
                char *copy = value ? strdup(value) : NULL;

                if (value && !copy)
                        return PV_ENOMEM;
                if (value)
                        r = put(d, b->name, b->index, b->permission, origin_of(b->from), copy);
        }
        return r;
}

/* One of the profile's or the phone's. One that became locked after it was set is passed over. */
static int put_setting(struct store_setting *setting, void *userdata)
{
        char *value = setting->value;

        if (store_document_is_locked(setting->name))
                return 0;
        setting->value = NULL;
        return put(userdata, setting->name, setting->index, setting->permission, setting->origin, value);
}

/* Who replaces the password alone means its confirmation too. */
static int put_confirmation(struct document *d)
{
        const struct store_setting *password = find(d, "admin_mode_password", STORE_SETTING_NO_INDEX);
        char *copy = password ? strdup(password->value) : NULL;

        if (!password)
                return 0;
        return copy ? put(d, "admin_mode_password_confirm", STORE_SETTING_NO_INDEX, password->permission, password->origin, copy) : PV_ENOMEM;
}

static int merge(struct store *store, struct document *d)
{
        int r = put_builtins(d);

        if (r == 0)
                r = store_setting_of_profile(store, d->profile, put_setting, d);
        if (r == 0)
                r = store_setting_of_phone(store, d->mac, put_setting, d);
        return r == 0 ? put_confirmation(d) : r;
}

/* --- the phone ----------------------------------------------------------- */

#define DOCUMENT_COLUMNS "SELECT mac, name, sip_user, profile, revision, trust, tunnel_up AND certificate_sha256 IS NOT NULL, model FROM phone "

static void load_row(struct sqlite3_stmt *row, struct document *d)
{
        (void)text_copy(d->mac, sizeof d->mac, store_db_text(row, 0));
        (void)text_copy(d->name, sizeof d->name, store_db_text(row, 1));
        (void)text_copy(d->sip_user, sizeof d->sip_user, store_db_text(row, 2));
        (void)text_copy(d->profile, sizeof d->profile, store_db_text(row, 3));
        d->revision = store_db_int(row, 4);
        d->trust = (enum phone_trust)store_db_int(row, 5);
        d->is_up = store_db_int(row, 6) != 0;
        (void)text_copy(d->model, sizeof d->model, store_db_text(row, 7));
        store_db_end(row);
}

static int load_by_mac(struct store *store, struct store_request *request, struct document *d)
{
        char mac[MAC_TEXT_SIZE];
        struct sqlite3_stmt *row;
        int r = store_in_mac(request, mac);

        if (r < 0)
                return r;
        row = store_db_query(store_db(store), DOCUMENT_COLUMNS "WHERE mac = ?", "s", mac);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchPhone", "The phone %s is not known; `provostctl phone list` shows those that are.", mac);
        load_row(row, d);
        return 0;
}

static int load_by_address(struct store *store, struct store_request *request, struct document *d)
{
        const char *text = store_in_text(request, "tunnel_address");
        struct sqlite3_stmt *row;
        uint32_t address;
        int r;

        if (!text || text_to_ipv4(text, &address) < 0)
                return store_invalid(request, "tunnel_address", "The tunnel address must be like 10.64.0.2.");
        row = store_db_query(store_db(store), DOCUMENT_COLUMNS "WHERE tunnel_address = ?", "i", (int64_t)address);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchPhone", "No phone has the tunnel address %s.", text);
        load_row(row, d);
        if (d->trust != PHONE_TRUST_APPROVED)
                return store_refuse(request, "NotAllowed", "The phone %s is not approved and gets no settings.", d->mac);
        /* Whoever asks from this address then sits in a tunnel that was opened with another certificate, or is early. */
        if (!d->is_up)
                return store_refuse(request, "NoTunnel", "No tunnel with the present certificate of the phone %s is known yet.", d->mac);
        return 0;
}

static int load_secret(struct store *store, const struct document *d, const char *name, char **ret)
{
        int r = store_secret_get(store, d->mac, name, ret);

        return r == PV_EUNSET ? 0 : r;
}

/* Site and secrets of the phone whose row is loaded. */
static int load(struct store *store, struct document *d)
{
        struct store_site site;
        int r = load_secret(store, d, STORE_SECRET_SIP, &d->sip_secret);

        if (r == 0)
                r = load_secret(store, d, "http_pass", &d->http_pass);
        if (r == 0)
                r = load_secret(store, d, "admin_mode_password", &d->admin_password);
        if (r == 0)
                r = store_site_load(store, &site);
        if (r < 0)
                return r;
        d->site = site.site;
        d->site.phone_ca = "";
        store_site_done(&site);
        d->settings = calloc(SETTINGS_MAX, sizeof *d->settings);
        return d->settings ? 0 : PV_ENOMEM;
}

static int reply(struct store *store, struct store_request *request, struct document *d)
{
        struct store_list list = {0};
        sd_json_variant *settings = NULL, *phone = NULL;
        int r = store_phone_json(store, request, d->mac, &phone);

        for (size_t i = 0; r == 0 && i < d->n_settings; i++) {
                struct store_setting *s = &d->settings[i];
                sd_json_variant *item = NULL, *index = NULL;

                r = s->index == STORE_SETTING_NO_INDEX ? 0 : sd_json_variant_new_integer(&index, s->index);
                if (r >= 0)
                        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", s->name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                           SD_JSON_BUILD_PAIR_STRING("value", s->value), SD_JSON_BUILD_PAIR_STRING("permission", s->permission));
                sd_json_variant_unref(index);
                r = store_list_add(&list, r, item);
        }
        if (r == 0)
                r = store_list_take(&list, &settings);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                                                       SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(settings)),
                                                       SD_JSON_BUILD_PAIR_INTEGER("revision", d->revision)));
        if (r == 0)
                sd_json_variant_sensitive(request->out);
        store_list_done(&list);
        sd_json_variant_unref(settings);
        sd_json_variant_unref(phone);
        return r;
}

int store_op_get_document(struct store *store, struct store_request *request)
{
        struct document d = {0};
        int r = load_by_address(store, request, &d);

        if (r == 0)
                r = load(store, &d);
        if (r == 0)
                r = merge(store, &d);
        if (r == 0)
                r = reply(store, request, &d);
        done(&d);
        return r;
}

/* --- the preview --------------------------------------------------------- */

struct findings {
        struct store_list list;
        int result;
};

static int new_index(int64_t index, sd_json_variant **ret)
{
        return index == STORE_SETTING_NO_INDEX ? 0 : sd_json_variant_new_integer(ret, index);
}

static void add_finding(const struct lint_finding *finding, void *userdata)
{
        struct findings *findings = userdata;
        sd_json_variant *item = NULL, *index = NULL;
        int r;

        if (findings->result < 0)
                return;
        r = new_index(finding->index, &index);
        if (r >= 0)
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("severity", finding->severity == LINT_ERROR ? "error" : "warning"),
                                   SD_JSON_BUILD_PAIR_STRING("rule", finding->rule), SD_JSON_BUILD_PAIR_STRING("name", finding->name),
                                   SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                   SD_JSON_BUILD_PAIR_STRING("reason", finding->sentence));
        sd_json_variant_unref(index);
        findings->result = store_list_add(&findings->list, r, item);
}

static void add_row(const struct hardening_row *row, void *userdata)
{
        struct findings *rows = userdata;
        sd_json_variant *item = NULL;
        int r;

        if (rows->result < 0)
                return;
        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("row", row->name), SD_JSON_BUILD_PAIR_STRING("state", hardening_state_text(row->state)),
                           SD_JSON_BUILD_PAIR_STRING("missing", row->missing));
        rows->result = store_list_add(&rows->list, r, item);
}

struct judgement {
        sd_json_variant *findings, *hardening;
        size_t met, total;
};

static int judge(const struct document *d, struct judgement *ret)
{
        struct lint_setting *settings = calloc(d->n_settings + 1, sizeof *settings);
        struct findings findings = {0}, rows = {0};
        int r;

        if (!settings)
                return PV_ENOMEM;
        for (size_t i = 0; i < d->n_settings; i++)
                settings[i] = (struct lint_setting){d->settings[i].name, (int)d->settings[i].index, d->settings[i].value, d->settings[i].permission};
        (void)lint_document(settings, d->n_settings, &(struct lint_phone){d->mac, d->model, d->sip_user}, add_finding, &findings);
        hardening_score(settings, d->n_settings, add_row, &rows, &ret->met, &ret->total);
        r = findings.result < 0 ? findings.result : rows.result < 0 ? rows.result : store_list_take(&findings.list, &ret->findings);
        if (r == 0)
                r = store_list_take(&rows.list, &ret->hardening);
        store_list_done(&findings.list);
        store_list_done(&rows.list);
        free(settings);
        return r;
}

/* A secret's value never gets into the answer. */
static int preview_settings(const struct document *d, sd_json_variant **ret)
{
        struct store_list list = {0};
        int r = 0;

        for (size_t i = 0; r == 0 && i < d->n_settings; i++) {
                const struct store_setting *s = &d->settings[i];
                bool is_secret = catalogue_is_secret(catalogue_builtin(), s->name);
                sd_json_variant *item = NULL, *index = NULL;

                r = new_index(s->index, &index);
                if (r >= 0)
                        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", s->name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                           SD_JSON_BUILD_PAIR_STRING("value", is_secret ? "" : s->value),
                                           SD_JSON_BUILD_PAIR_STRING("permission", s->permission), SD_JSON_BUILD_PAIR_STRING("origin", s->origin),
                                           SD_JSON_BUILD_PAIR_BOOLEAN("secret", is_secret),
                                           SD_JSON_BUILD_PAIR_BOOLEAN("known", catalogue_find(catalogue_builtin(), s->name) != NULL));
                sd_json_variant_unref(index);
                r = store_list_add(&list, r, item);
        }
        if (r == 0)
                r = store_list_take(&list, ret);
        store_list_done(&list);
        return r;
}

int store_op_preview_document(struct store *store, struct store_request *request)
{
        sd_json_variant *phone = NULL, *settings = NULL;
        struct judgement judgement = {0};
        struct document d = {0};
        int r = load_by_mac(store, request, &d);

        if (r == 0)
                r = load(store, &d);
        if (r == 0)
                r = merge(store, &d);
        if (r == 0)
                r = store_phone_json(store, request, d.mac, &phone);
        if (r == 0)
                r = preview_settings(&d, &settings);
        if (r == 0)
                r = judge(&d, &judgement);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                                                       SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(settings)),
                                                       SD_JSON_BUILD_PAIR("findings", SD_JSON_BUILD_VARIANT(judgement.findings)),
                                                       SD_JSON_BUILD_PAIR("hardening", SD_JSON_BUILD_VARIANT(judgement.hardening)),
                                                       SD_JSON_BUILD_PAIR_INTEGER("hardening_met", (int64_t)judgement.met),
                                                       SD_JSON_BUILD_PAIR_INTEGER("hardening_total", (int64_t)judgement.total),
                                                       SD_JSON_BUILD_PAIR_INTEGER("revision", d.revision)));
        sd_json_variant_unref(phone);
        sd_json_variant_unref(settings);
        sd_json_variant_unref(judgement.findings);
        sd_json_variant_unref(judgement.hardening);
        done(&d);
        return r;
}

/* A phone may fetch as often as it likes; the disk and its timeline need not follow. */
static int was_served_lately(struct store *store, const char *mac, int64_t revision)
{
        int64_t one;

        return store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND revision_served = ? AND abs(? - served_at) < ?",
                               &one, "siii", mac, revision, store_now_s(store), (int64_t)STORE_SERVED_AGAIN_S);
}

int store_op_mark_served(struct store *store, struct store_request *request)
{
        int64_t revision = store_in_int(request, "revision", -1);
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_must_be_approved(store, request, mac, "get settings");
        if (r == 0)
                r = was_served_lately(store, mac, revision);
        if (r == 0)
                return store_phone_reply(store, request, mac);
        if (r == PV_EUNSET)
                r = 0;
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET revision_served = ?2, served_at = ?3 WHERE mac = ?1", "sii", mac, revision,
                                 store_now_s(store));
        if (r == 0)
                r = store_secret_served(store, mac, revision);
        if (r == 0)
                r = store_event_now(store, mac, "served", "revision=%lld", (long long)revision);
        if (r == 0)
                store_change(store, "phone", mac);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}
