/*
 * lint_more: rules about a setting among others, about an account, about a whole document.
 *
 * In:   all settings of one phone, its site and firmware when they are known.
 * Out:  broken or not, and a sentence.
 * Not:  nothing about other phones (store).
 */
#include "provisioning/model/lint_view.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/model/firmware.h"

#define NONE MERGE_NO_INDEX
#define LEAK_MIN 8                      /* shorter ones stand in other values by chance */

static bool is_on(const struct lint_view *v, const char *name)
{
        return text_equal(lint_value(v, name, NONE), "on");
}

/* --- a setting among others ---------------------------------------------- */

static bool twice_broken(struct lint_view *v)
{
        return lint_say(v, "%s stands in the document twice.", lint_label(v));
}

static bool reused_broken(struct lint_view *v)
{
        size_t at = (size_t)(v->s - v->settings);

        if (!*v->s->value || text_equal(v->s->name, "admin_mode_password_confirm"))
                return false;
        for (size_t i = 0; i < at; i++) {
                const struct merge_setting *s = &v->settings[i];

                if ((v->items[i].kinds & LINT_KIND_SECRET) && !strcmp(s->value, v->s->value) && !text_equal(s->name, v->s->name) &&
                    !text_equal(s->name, "admin_mode_password_confirm"))
                        return lint_say(v, "%s has the same value as %s; use two.", lint_label(v), s->name);
        }
        return false;
}

/* What is said for many phones is the same at all of them; one that is found out opens all. */
static bool shared_secret_broken(struct lint_view *v)
{
        static const char *const scopes[] = {"", "site", "model", "profile", ""};
        enum merge_scope scope = v->s->scope;

        return (scope == MERGE_SITE || scope == MERGE_MODEL || scope == MERGE_PROFILE) && *v->s->value &&
               lint_say(v, "%s is set for a whole %s: whoever learns it from one phone has all; remove it there, each phone has its own.",
                        lint_label(v), scopes[scope]);
}

/* A password in a URL or a label is shown to everybody, and sent to others. */
static bool leaked_secret_broken(struct lint_view *v)
{
        if (strlen(v->s->value) < LEAK_MIN)
                return false;
        for (size_t i = 0; i < v->n_settings; i++)
                if (!(v->items[i].kinds & LINT_KIND_SECRET) && strstr(v->settings[i].value, v->s->value)) {
                        v->name = v->settings[i].name;
                        v->index = v->settings[i].index;
                        return lint_say(v, "%s holds the value of %s, and is shown where secrets are not; take it out.", lint_label(v), v->s->name);
                }
        return false;
}

const struct lint_rule lint_among[] = {
        {"twice", LINT_ERROR, LINT_KIND_TWICE, twice_broken},
        {"reused", LINT_WARNING, LINT_KIND_LOGIN, reused_broken},
        {"shared-secret", LINT_WARNING, LINT_KIND_LOGIN | LINT_KIND_PIN | LINT_KIND_ACCOUNT_SECRET, shared_secret_broken},
        /* The last one: it speaks of another setting than the one at hand. */
        {"leaked-secret", LINT_WARNING, LINT_KIND_LOGIN | LINT_KIND_ACCOUNT_SECRET, leaked_secret_broken},
        {NULL, LINT_WARNING, 0, NULL},
};

/* --- accounts ------------------------------------------------------------ */

static const char *of_account(const struct lint_view *v, const char *name)
{
        return lint_value(v, name, v->account);
}

static bool is_tls(const char *address)
{
        return strcasestr(address, "transport=tls") || !strncasecmp(address, "sips:", 5);
}

static bool has_tls(const struct lint_view *v)
{
        return is_tls(of_account(v, "user_outbound")) || is_tls(of_account(v, "user_host"));
}

static bool unchecked_tls_broken(struct lint_view *v)
{
        if (!has_tls(v) || is_on(v, "tls_server_authentication"))
                return false;
        lint_turn_to(v, is_tls(of_account(v, "user_outbound")) ? "user_outbound" : "user_host", v->account);
        return lint_say(v, "%s asks for TLS, but tls_server_authentication is not on: anyone could stand in for the registrar.", lint_label(v));
}

static bool plain_signalling_broken(struct lint_view *v)
{
        if (v->family.dialect != MODEL_DIALECT_DESK || !*of_account(v, "user_outbound") || has_tls(v))
                return false;
        lint_turn_to(v, "user_outbound", v->account);
        return lint_say(v, "%s is without TLS: whoever is on the way hears who calls whom; write %s=host;transport=tls.", lint_label(v), v->label);
}

static bool plain_keys_broken(struct lint_view *v)
{
        if (!text_equal(of_account(v, "user_srtp"), "on") || has_tls(v))
                return false;
        lint_turn_to(v, "user_srtp", v->account);
        return lint_say(v, "%s is on, but the account has no TLS: the keys of the media travel readable.", lint_label(v));
}

static bool silent_media_broken(struct lint_view *v)
{
        if (!text_equal(of_account(v, "user_savp"), "mandatory") || !text_equal(of_account(v, "user_srtp"), "off"))
                return false;
        lint_turn_to(v, "user_savp", v->account);
        return lint_say(v, "%s wants encrypted media, but user_srtp[%d] is off; switch it on or savp off.", lint_label(v), v->account);
}

static bool incomplete_account_broken(struct lint_view *v)
{
        if (!*of_account(v, "user_name") || (*of_account(v, "user_host") && *of_account(v, "user_pass")))
                return false;
        lint_turn_to(v, "user_name", v->account);
        return lint_say(v, "%s has no registrar or no secret, so this account cannot register.", lint_label(v));
}

/* "pbx;transport=udp" and "pbx;transport=tls" of one account. */
static bool two_transports_broken(struct lint_view *v)
{
        const char *host = strcasestr(of_account(v, "user_host"), "transport="), *outbound = strcasestr(of_account(v, "user_outbound"), "transport=");

        if (!host || !outbound || !strncasecmp(host, outbound, strlen("transport=xxx")))
                return false;
        lint_turn_to(v, "user_host", v->account);
        return lint_say(v, "%s and user_outbound[%d] name different transports; name one.", lint_label(v), v->account);
}

const struct lint_rule lint_accounts[] = {
        {"unchecked-tls", LINT_ERROR, 0, unchecked_tls_broken},
        {"plain-signalling", LINT_WARNING, 0, plain_signalling_broken},
        {"plain-keys", LINT_WARNING, 0, plain_keys_broken},
        {"silent-media", LINT_WARNING, 0, silent_media_broken},
        {"incomplete-account", LINT_WARNING, 0, incomplete_account_broken},
        {"two-transports", LINT_WARNING, 0, two_transports_broken},
        {NULL, LINT_WARNING, 0, NULL},
};

/* --- the whole document -------------------------------------------------- */

/* Makes the setting the one at hand, and says whether it is there. */
static bool has(struct lint_view *v, const char *name)
{
        lint_turn_to(v, name, NONE);
        return v->s;
}

static bool confirm_broken(struct lint_view *v)
{
        const struct merge_setting *password = lint_find(v, "admin_mode_password", NONE);

        return has(v, "admin_mode_password_confirm") && (!password || !text_equal(password->value, v->s->value)) &&
               lint_say(v, "admin_mode_password_confirm is not the same as admin_mode_password; set both or neither.");
}

/* snom.md 2.1: such a phone fetches no file at all, its VPN bundle among them. */
static bool stranded_broken(struct lint_view *v)
{
        return has(v, "update_policy") && text_equal(v->s->value, "never_update") &&
               lint_say(v, "update_policy cannot be never_update: the phone would never fetch its VPN bundle again; use settings_only.");
}

/* snom.md 3.6: it does that in place of what it was asked for. */
static bool reset_on_sync_broken(struct lint_view *v)
{
        return has(v, "checksync_action") && (text_equal(v->s->value, "factory-reset") || text_equal(v->s->value, "delete-contacts")) &&
               lint_say(v, "checksync_action cannot be %s: the phone would do that every time it is told to fetch its settings; remove it.",
                        v->s->value);
}

static bool emergency_broken(struct lint_view *v)
{
        return has(v, "keyboard_lock_emergency") && !v->s->value[strspn(v->s->value, " ")] && !text_equal(lint_value(v, "enable_keyboard_lock", NONE), "off") &&
               lint_say(v, "keyboard_lock_emergency is empty while the keyboard can be locked: nobody could call for help; name the numbers.");
}

static bool lock_without_pin_broken(struct lint_view *v)
{
        return has(v, "enable_keyboard_lock") && is_on(v, "enable_keyboard_lock") && !*lint_value(v, "keyboard_lock_pw", NONE) &&
               lint_say(v, "The keyboard can be locked, but there is no PIN (keyboard_lock_pw): anybody unlocks it.");
}

static bool admin_password_broken(struct lint_view *v)
{
        return has(v, "admin_mode") && text_equal(v->s->value, "off") && !lint_find(v, "admin_mode_password", NONE) &&
               lint_say(v, "admin_mode is off, but there is no admin_mode_password: it would be 0000, or that of the web pages.");
}

static bool open_web_broken(struct lint_view *v)
{
        return has(v, "webserver_type") && !text_equal(v->s->value, "off") && !*lint_value(v, "http_pass", NONE) &&
               !*lint_value(v, "webserver_admin_password", NONE) && lint_say(v, "The phone's web pages are on, but have no password (http_pass).");
}

static bool is_nought(const char *value)
{
        return text_equal(value, "0") || text_equal(value, "");
}

static bool never_asks_broken(struct lint_view *v)
{
        bool is_polling = is_on(v, "prov_polling_enabled");
        const char *mode = lint_value(v, "prov_polling_mode", NONE);

        if (is_polling)
                return has(v, "prov_polling_period") && is_nought(v->s->value) && (!*mode || text_equal(mode, "rel")) &&
                       lint_say(v, "prov_polling_enabled is on, but prov_polling_period is none: the phone fetches changes only after a reboot.");
        return has(v, "settings_refresh_timer") && text_equal(v->s->value, "0") &&
               lint_say(v, "settings_refresh_timer is 0 and prov_polling_enabled is not on: the phone fetches changes only after a reboot.");
}

static bool order_broken(struct lint_view *v)
{
        return has(v, "auto_reboot_on_setting_change") && v->s != v->settings &&
               lint_say(v, "auto_reboot_on_setting_change has an effect only as the first setting of the document.");
}

/* snom.md 2.1. */
static bool vpn_message_broken(struct lint_view *v)
{
        static const char id[] = "PhoneHasVpnError";

        if (has(v, "status_msgs_that_are_blocked") && strstr(v->s->value, id))
                return lint_say(v, "status_msgs_that_are_blocked names %s: nobody would see that the tunnel is down.", id);
        return has(v, "status_msgs_that_show_directly") && !strstr(v->s->value, id) &&
               lint_say(v, "status_msgs_that_show_directly lacks %s: nobody would see that the tunnel is down.", id);
}

static bool syslog_broken(struct lint_view *v)
{
        return v->site && has(v, "syslog_server") && *v->s->value && !lint_is_in_tunnel(v->site, v->s->value) &&
               lint_say(v, "syslog_server is no address inside the tunnel: the phone's log would go over the phone LAN.");
}

/* 43, 66 and 67 say where settings come from (snom.md 4). */
static bool names_option(const char *list, const char *option)
{
        size_t size = strlen(option);

        for (const char *at = list; (at = strstr(at, option)); at += size)
                if ((at == list || at[-1] == ' ') && (!at[size] || at[size] == ' '))
                        return true;
        return false;
}

static bool asks_dhcp(const char *list)
{
        return names_option(list, "43") || names_option(list, "66") || names_option(list, "67");
}

static bool dhcp_sources_broken(struct lint_view *v)
{
        return ((has(v, "dhcp_options_on_ip_aquire") && asks_dhcp(v->s->value)) || (has(v, "dhcp_options_on_inform") && asks_dhcp(v->s->value))) &&
               lint_say(v, "%s names 43, 66 or 67: the phone would ask any DHCP server where its settings come from.", lint_label(v));
}

static bool downgrade_broken(struct lint_view *v)
{
        enum firmware_verdict verdict = v->wanted ? firmware_guard(v->running, v->wanted, v->may_downgrade) : FIRMWARE_FINE;

        lint_turn_to(v, "firmware", NONE);
        if (verdict == FIRMWARE_NEVER)
                return lint_say(v, "The phone runs %s, and firmware %s is older: from 8.9.3 down the update can hang for good; choose a newer one.",
                                v->running, v->wanted);
        return firmware_is_refused(verdict) &&
               lint_say(v, "The phone runs %s, and firmware %s is older; choose a newer one, or set firmware_downgrade=on beside it.", v->running,
                        v->wanted);
}

static bool firmware_version_broken(struct lint_view *v)
{
        lint_turn_to(v, "firmware", NONE);
        return v->wanted && !model_is_version(v->wanted) && lint_say(v, "The firmware asked for is no version like 10.1.42.14.");
}

const struct lint_rule lint_whole[] = {
        {"confirm", LINT_ERROR, 0, confirm_broken},
        {"stranded", LINT_ERROR, 0, stranded_broken},
        {"reset-on-sync", LINT_ERROR, 0, reset_on_sync_broken},
        {"emergency", LINT_ERROR, 0, emergency_broken},
        {"downgrade", LINT_ERROR, 0, downgrade_broken},
        {"firmware-version", LINT_ERROR, 0, firmware_version_broken},
        {"lock-without-pin", LINT_WARNING, 0, lock_without_pin_broken},
        {"admin-password", LINT_WARNING, 0, admin_password_broken},
        {"open-web", LINT_WARNING, 0, open_web_broken},
        {"never-asks", LINT_WARNING, 0, never_asks_broken},
        {"order", LINT_WARNING, 0, order_broken},
        {"vpn-message", LINT_WARNING, 0, vpn_message_broken},
        {"syslog", LINT_WARNING, 0, syslog_broken},
        {"dhcp-sources", LINT_WARNING, 0, dhcp_sources_broken},
        {NULL, LINT_WARNING, 0, NULL},
};
