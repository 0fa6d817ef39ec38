/*
 * merge_builtin: what this appliance sets on every phone.
 *
 * In:   one phone, its site, its secrets.
 * Out:  settings row by row of the hardening profile, in the order of the document, and their values.
 * Not:  nothing an admin set (merge). What each row does and what is not known: docs/hardening.md.
 */
#include "provisioning/model/merge_builtin.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/country.h"
#include "provisioning/model/tunnel_url.h"

#define NONE MERGE_NO_INDEX
#define ROW(row) MERGE_ROW_##row
#define DESK MERGE_FOR_DESK
#define DECT MERGE_FOR_DECT
#define BOTH MERGE_FOR_BOTH
#define LOGINS MERGE_FOR_WEB_LOGINS
#define FROM(from) MERGE_FROM_##from, NULL
#define TEXT(text) MERGE_FROM_TEXT, text
#define ACCOUNT(text) MERGE_FROM_IDENTITY, text

/*
 * Credentials never have "!": the phone would refuse later values. admin_mode
 * is RW: read-only, no administrator could log in at the phone any more.
 */
static const struct merge_builtin builtins[] = {
        /* Only at the top it has an effect. */
        {"auto_reboot_on_setting_change", NONE, "R", ROW(NONE), DESK, false, TEXT("on")},
        /* Stay with this appliance, inside the tunnel. */
        {"setting_server", NONE, "R", ROW(SOURCES), DESK, true, FROM(SETTING_SERVER)},
        {"provisioning_order", NONE, "R", ROW(SOURCES), DESK, true, TEXT("redirection:stop")},
        {"tls_server_authentication", NONE, "R", ROW(SERVERS), DESK, true, TEXT("on")},
        {"vpn_tarball_url", NONE, "R", ROW(VPN), DESK, true, FROM(BUNDLE)},
        {"vpn_on", NONE, "R", ROW(VPN), DESK, true, TEXT("on")},
        {"vpn_netcatserver", NONE, "R", ROW(VPN), DESK, false, TEXT("")},
        {"update_policy", NONE, "R", ROW(VPN), DESK, false, TEXT("settings_only")},
        {"pnp_config", NONE, "R", ROW(SOURCES), DESK, true, TEXT("off")},
        {"tr69_use_acs", NONE, "R", ROW(SOURCES), DESK, true, TEXT("off")},
        {"tr69_bootstrap", NONE, "R", ROW(SOURCES), DESK, true, TEXT("off")},
        {"tr69_acs_url", NONE, "R", ROW(SOURCES), DESK, false, TEXT("")},
        /* The phone's own lists without 43, 66 and 67: what a DHCP server may say of settings. */
        {"dhcp_options_on_ip_aquire", NONE, "R", ROW(SOURCES), DESK, false, TEXT("1 3 4 6 12 15 42 51 120 125 132 133")},
        {"dhcp_options_on_inform", NONE, "R", ROW(SOURCES), DESK, false, TEXT("120 125")},
        {"settings_refresh_timer", NONE, "R", ROW(NONE), DESK, false, FROM(POLL)},
        {"prov_polling_enabled", NONE, "R", ROW(NONE), DESK, false, TEXT("on")},
        {"prov_polling_mode", NONE, "R", ROW(NONE), DESK, false, TEXT("rel")},
        {"prov_polling_period", NONE, "R", ROW(NONE), DESK, false, FROM(POLL)},
        /* The phone's own web pages. */
        {"webserver_type", NONE, "R", ROW(WEB), DESK, false, TEXT("https")},
        {"http_scheme", NONE, "R", ROW(WEB), DESK, false, TEXT("on")},
        {"http_user", NONE, "R", ROW(WEB), BOTH, false, TEXT("admin")},
        {"http_pass", NONE, "R", ROW(WEB), BOTH, false, FROM(HTTP_PASS)},
        {"webserver_user_name", NONE, "R", ROW(WEB), LOGINS, false, TEXT("user")},
        {"webserver_user_password", NONE, "R", ROW(WEB), LOGINS, false, FROM(WEB_USER_PASSWORD)},
        {"webserver_admin_name", NONE, "R", ROW(WEB), LOGINS, false, TEXT("admin")},
        {"webserver_admin_password", NONE, "R", ROW(WEB), LOGINS, false, FROM(WEB_ADMIN_PASSWORD)},
        {"http_engineer_user", NONE, "R", ROW(WEB), DECT, false, TEXT("engineer")},
        {"http_engineer_pass", NONE, "R", ROW(WEB), DECT, false, FROM(SERVICE_PASS)},
        {"http_basic_user", NONE, "R", ROW(WEB), DECT, false, TEXT("user")},
        {"http_basic_pass", NONE, "R", ROW(WEB), DECT, false, FROM(WEB_USER_PASSWORD)},
        {"web_logout_timer", NONE, "R", ROW(WEB), DESK, false, TEXT("5")},
        {"ignore_security_warning", NONE, "R", ROW(WEB), DESK, false, TEXT("off")},
        {"use_hidden_tags", NONE, "R", ROW(HIDDEN_TAGS), DESK, false, TEXT("on")},
        {"restrict_uri_queries", NONE, "R", ROW(HIDDEN_TAGS), DESK, false, TEXT("on")},
        /* The menu at the phone. */
        {"admin_mode", NONE, "RW", ROW(ADMIN_MODE), DESK, false, TEXT("off")},
        {"admin_mode_password", NONE, "R", ROW(ADMIN_MODE), DESK, false, FROM(ADMIN_PASSWORD)},
        {"admin_mode_password_confirm", NONE, "R", ROW(ADMIN_MODE), DESK, false, FROM(ADMIN_PASSWORD)},
        {"admin_mode_upon_http_login", NONE, "R", ROW(SERVICE), DESK, false, TEXT("off")},
        {"service_mode_login", NONE, "R", ROW(SERVICE), DESK, false, TEXT("service")},
        {"service_mode_pass", NONE, "R", ROW(SERVICE), DESK, false, FROM(SERVICE_PASS)},
        {"logon_wizard", NONE, "R", ROW(MENUS), DESK, false, TEXT("off")},
        {"enable_keyboard_lock", NONE, "R", ROW(KEYBOARD_LOCK), DESK, false, TEXT("on")},
        {"keyboard_lock_pw", NONE, "R", ROW(KEYBOARD_LOCK), DESK, false, FROM(KEYBOARD_PIN)},
        {"keyboard_lock_timeout", NONE, "R", ROW(KEYBOARD_LOCK), DESK, false, TEXT("600")},
        {"keyboard_lock_emergency", NONE, "R", ROW(KEYBOARD_LOCK), DESK, false, FROM(EMERGENCY)},
        {"uboot_lock", NONE, "R", ROW(BOOT), DESK, false, FROM(BOOT_PIN)},
        /* Nobody on the network tells the phone what to do. */
        {"filter_registrar", NONE, "R", ROW(SIGNALLING), DESK, false, TEXT("on")},
        {"challenge_reboot", NONE, "R", ROW(SIGNALLING), DESK, false, TEXT("on")},
        {"challenge_checksync", NONE, "R", ROW(SIGNALLING), DESK, false, TEXT("on")},
        /* Where a check-sync finds it; while it is empty a phone takes any port (snom.md 10). */
        {"network_id_port", NONE, "R", ROW(NONE), DESK, false, TEXT("5060")},
        {"allow_sip_settings", NONE, "R", ROW(SIGNALLING), DESK, false, TEXT("off")},
        /* Nothing is told to those who need not know. */
        {"csta_control", NONE, "R", ROW(NOISE), DESK, false, TEXT("off")},
        {"multicast_listen", NONE, "R", ROW(NOISE), DESK, false, TEXT("off")},
        {"data_submission_allowed", NONE, "R", ROW(NOISE), DESK, false, TEXT("ask")},
        {"lldp_enable", NONE, "R", ROW(NOISE), DESK, false, TEXT("off")},
        {"syslog_server", NONE, "R", ROW(NOISE), DESK, false, TEXT("")},
        /* The site. */
        {"ntp_server", NONE, "R", ROW(NONE), BOTH, false, FROM(GATEWAY)},
        {"timezone", NONE, "R", ROW(NONE), DESK, false, FROM(TIME_ZONE)},
        {"language", NONE, "RW", ROW(NONE), BOTH, false, FROM(LANGUAGE)},
        {"tone_scheme", NONE, "R", ROW(NONE), BOTH, false, FROM(TONES)},
        /* The account. */
        {"srv_sip_server_alias", 1, "R", ROW(NONE), DECT, false, FROM(SIP_HOST)},
        {"user_active", 1, "R", ROW(NONE), BOTH, false, ACCOUNT("on")},
        {"user_realname", 1, "R", ROW(NONE), BOTH, false, FROM(NAME)},
        {"user_name", 1, "R", ROW(NONE), BOTH, false, FROM(SIP_USER)},
        {"user_pass", 1, "R", ROW(NONE), BOTH, false, FROM(SIP_SECRET)},
        {"user_host", 1, "R", ROW(NONE), BOTH, false, FROM(SIP_HOST)},
        {"user_outbound", 1, "R", ROW(NONE), DESK, false, FROM(SIP_OUTBOUND)},
        {"user_srtp", 1, "R", ROW(MEDIA), DESK, false, FROM(SRTP)},
        {"user_savp", 1, "R", ROW(MEDIA), DESK, false, FROM(SAVP)},
        {"user_auth_tag", 1, "R", ROW(MEDIA), DESK, false, ACCOUNT("off")},
        {"srv_srtp_auth", 1, "R", ROW(NONE), DECT, false, ACCOUNT("off")},
        {"subscr_sip_line_name", 1, "R", ROW(NONE), DECT, false, FROM(SIP_USER)},
        {"subscr_sip_hs_idx", 1, "R", ROW(NONE), DECT, false, ACCOUNT("1")},
        {"subscr_sip_ua_data_server_id", 1, "R", ROW(NONE), DECT, false, ACCOUNT("1")},
};
#define N_BUILTINS (sizeof builtins / sizeof builtins[0])

const struct merge_builtin *merge_builtin(size_t i)
{
        return i < N_BUILTINS ? &builtins[i] : NULL;
}

/*
 * Asked for every setting of every layer, so the names stand here once more; a test compares. vpn_tarball_url: stage 1 gives it, stage 2
 * only with the address in the tunnel: with another one the phone would lose its bundle, or take somebody else's.
 */
bool merge_is_locked(const char *name)
{
        static const char *const locked[] = {"setting_server", "provisioning_order", "tls_server_authentication", "vpn_on", "vpn_tarball_url",
                                             "pnp_config", "tr69_use_acs", "tr69_bootstrap"};

        for (size_t i = 0; i < sizeof locked / sizeof *locked; i++)
                if (locked[i][0] == name[0] && !strcmp(locked[i], name))
                        return true;
        return false;
}

bool merge_builtin_fits(const struct merge_builtin *builtin, const struct model_family *family)
{
        switch (builtin->is_for) {
        case MERGE_FOR_DESK: return family->dialect == MODEL_DIALECT_DESK;
        case MERGE_FOR_WEB_LOGINS: return family->has_web_logins;
        case MERGE_FOR_DECT: return family->dialect == MODEL_DIALECT_DECT;
        case MERGE_FOR_BOTH: return family->dialect != MODEL_DIALECT_OTHER;
        }
        return false;
}

/* --- values -------------------------------------------------------------- */

static const char *or_null(const char *text)
{
        return text && *text ? text : NULL;
}

/* An account needs a user and a registrar. Media keys travel in SIP: over plain SIP, encrypted media would only seem safe. */
static const char *account_value(const struct merge_builtin *b, const struct merge_input *input, char space[static MERGE_VALUE_SIZE])
{
        const struct site *site = input->site;
        bool is_tls = text_equal(site->sip_transport, "tls");

        if (!or_null(input->phone.sip_user) || !*site->sip_host)
                return NULL;
        switch (b->from) {
        case MERGE_FROM_IDENTITY: return b->text;
        case MERGE_FROM_NAME: return or_null(input->phone.name);
        case MERGE_FROM_SIP_USER: return input->phone.sip_user;
        case MERGE_FROM_SIP_SECRET: return input->secrets.sip_secret;
        case MERGE_FROM_SIP_HOST: return site->sip_host;
        case MERGE_FROM_SIP_OUTBOUND:
                (void)snprintf(space, MERGE_VALUE_SIZE, "%s;transport=%s", site->sip_host, site->sip_transport);
                return space;
        case MERGE_FROM_SRTP: return is_tls ? "on" : "off";
        case MERGE_FROM_SAVP: return is_tls ? "mandatory" : "off";
        default: return NULL;
        }
}

static const char *secret_value(enum merge_from from, const struct merge_secrets *secrets)
{
        switch (from) {
        case MERGE_FROM_HTTP_PASS: return secrets->http_pass;
        case MERGE_FROM_ADMIN_PASSWORD: return secrets->admin_mode_password;
        case MERGE_FROM_SERVICE_PASS: return secrets->service_mode_pass;
        case MERGE_FROM_KEYBOARD_PIN: return secrets->keyboard_lock_pw;
        case MERGE_FROM_BOOT_PIN: return secrets->uboot_lock;
        case MERGE_FROM_WEB_USER_PASSWORD: return secrets->webserver_user_password;
        case MERGE_FROM_WEB_ADMIN_PASSWORD: return secrets->webserver_admin_password;
        default: return NULL;
        }
}

static const char *emergency_numbers(const struct site *site)
{
        const char *numbers = country_emergency_numbers(site->country);

        return numbers ? numbers : COUNTRY_EMERGENCY_DEFAULT;
}

const char *merge_builtin_value(const struct merge_builtin *builtin, const struct merge_input *input, char space[static MERGE_VALUE_SIZE])
{
        const struct site *site = input->site;
        const struct merge_phone *phone = &input->phone;
        const uint32_t gateway = tunnel_url_gateway(site, phone->is_legacy);

        switch (builtin->from) {
        case MERGE_FROM_TEXT: return builtin->text;
        case MERGE_FROM_SETTING_SERVER: return tunnel_url_settings(gateway, space);
        case MERGE_FROM_BUNDLE:
                return phone->bundle_serial && tunnel_url_bundle(gateway, &phone->mac, phone->bundle_serial, space) == 0 ? space : NULL;
        case MERGE_FROM_GATEWAY: return text_from_ipv4(gateway, space);
        case MERGE_FROM_POLL:
                (void)snprintf(space, MERGE_VALUE_SIZE, "%u", (unsigned)site->poll_minutes * 60);
                return space;
        case MERGE_FROM_EMERGENCY: return emergency_numbers(site);
        case MERGE_FROM_TIME_ZONE: return or_null(site->time_zone);
        case MERGE_FROM_LANGUAGE: return or_null(site->language);
        case MERGE_FROM_TONES: return country_tones(site->country);
        default: break;
        }
        return builtin->from >= MERGE_FROM_HTTP_PASS ? secret_value(builtin->from, &input->secrets) : account_value(builtin, input, space);
}

enum merge_scope merge_builtin_scope(const struct merge_builtin *builtin)
{
        switch (builtin->from) {
        case MERGE_FROM_TIME_ZONE: case MERGE_FROM_LANGUAGE: case MERGE_FROM_TONES: case MERGE_FROM_SIP_HOST: case MERGE_FROM_SIP_OUTBOUND:
        case MERGE_FROM_SRTP: case MERGE_FROM_SAVP: case MERGE_FROM_POLL:
                return MERGE_SITE;
        case MERGE_FROM_NAME: case MERGE_FROM_SIP_USER: case MERGE_FROM_SIP_SECRET: case MERGE_FROM_BUNDLE:
                return MERGE_PHONE;
        default:
                return MERGE_BUILT_IN;
        }
}

/* --- rows ---------------------------------------------------------------- */

static const struct { const char *name, *sentence; } rows[MERGE_N_ROWS] = {
        [MERGE_ROW_WEB] = {"web", "The phone's web pages: TLS only, a password of their own for each phone, logout after five minutes."},
        [MERGE_ROW_HIDDEN_TAGS] = {"hidden-tags", "The web pages refuse requests forged by other sites."},
        [MERGE_ROW_ADMIN_MODE] = {"admin-mode", "The phone is in user mode; administrator mode has a password of its own for each phone."},
        [MERGE_ROW_SERVICE] = {"service", "The maintenance user has a password of its own for each phone and gives no administrator mode."},
        [MERGE_ROW_MENUS] = {"menus", "Settings that are not the user's are read-only; no logon wizard."},
        [MERGE_ROW_KEYBOARD_LOCK] = {"keyboard-lock", "The keyboard locks after ten minutes, with a PIN for each phone; emergency numbers can be dialled."},
        [MERGE_ROW_SIGNALLING] = {"signalling", "SIP over TLS; SIP messages of strangers neither reboot nor set the phone."},
        [MERGE_ROW_MEDIA] = {"media", "Media is encrypted; with SIP over TLS calls show the lock symbol."},
        [MERGE_ROW_VPN] = {"vpn", "The phone goes through its tunnel and keeps fetching its VPN bundle."},
        [MERGE_ROW_SOURCES] = {"sources", "Settings come from this appliance alone: no PnP, no TR-069, nothing that DHCP says."},
        [MERGE_ROW_SERVERS] = {"servers", "Certificates of servers are checked."},
        [MERGE_ROW_BOOT] = {"boot", "The boot loader asks for a PIN of its own for each phone; without it nobody can reset the phone to factory settings."},
        [MERGE_ROW_NOISE] = {"noise", "No remote control, no multicast, no LLDP, no data to the maker; the log stays in the tunnel."},
        [MERGE_ROW_SEALS] = {"seals", "A tamper seal is recorded and its inspection is not overdue; no document can set this."},
};

const char *merge_row_name(size_t i, const char **ret_sentence)
{
        if (i + 1 >= MERGE_N_ROWS)
                return NULL;
        if (ret_sentence)
                *ret_sentence = rows[i + 1].sentence;
        return rows[i + 1].name;
}

const struct merge_switch *merge_switch_of(const struct merge_input *input, enum merge_row row)
{
        const struct merge_switch *last = NULL;

        for (size_t i = 0; i < input->n_switches; i++) {
                const struct merge_switch *s = &input->switches[i];

                if (text_equal(s->row, rows[row].name) && (!last || s->scope >= last->scope))
                        last = s;
        }
        return last;
}
