/*
 * lint: whether the settings of one phone are sound.
 *
 * In:   merged settings, what is known of the phone, the catalogue.
 * Out:  findings: how bad, which setting, a sentence that says what to do.
 * Not:  no change to any setting, nothing about other phones.
 *
 * The rules are the two tables below, one row each. What an error says about
 * names, permissions and characters is at least what settings_document refuses.
 */
#include "provisioning/model/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/model/site.h"

#define NAME_MAX_BYTES 64
#define VALUE_MAX 65536
#define LOGIN_MIN 8
#define LOGIN_GOOD 12
#define ACCOUNT_GOOD 8
#define PIN_GOOD 4

struct view {
        const struct catalogue *catalogue;
        const struct lint_phone *phone;
        const struct lint_setting *settings;    /* the whole document; NULL with rules about one setting */
        size_t n_settings;
        const struct lint_setting *s;           /* the one at hand */
        const struct catalogue_entry *entry;    /* NULL: unknown */
        char label[96];                         /* "user_pass[1]", fit to be shown */
        char *sentence;
        size_t size;
};

__attribute__((format(printf, 2, 3))) static bool broken(struct view *v, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(v->sentence, v->size, format, args);
        va_end(args);
        return true;
}

/* --- permissions --------------------------------------------------------- */

/* snom.md 3.3: with V it is not kept in flash; V alone is read-only too. */
static const struct { const char *flags; bool is_read_only, is_kept_by_user; } permissions[] = {
        {"", false, false}, {"$", false, false}, {"RW", false, false}, {"!", false, true}, {"R", true, false}, {"&", true, false},
        {" ", true, false}, {"V", true, false}, {"RV", true, false}, {"VR", true, false}, {"RWV", false, false}, {"VRW", false, false},
        {"!V", false, true}, {"V!", false, true},
};
#define N_PERMISSIONS (sizeof permissions / sizeof permissions[0])

static size_t permission_of(const char *flags)
{
        size_t i = 0;

        while (i < N_PERMISSIONS && !text_equal(permissions[i].flags, flags))
                i++;
        return i;
}

bool lint_is_read_only(const char *flags)
{
        size_t i = permission_of(flags);

        return i < N_PERMISSIONS && permissions[i].is_read_only;
}

static bool is_kept_by_user(const char *flags)
{
        size_t i = permission_of(flags);

        return i < N_PERMISSIONS && permissions[i].is_kept_by_user;
}

/* --- rules about one setting --------------------------------------------- */

static bool name_broken(struct view *v)
{
        static const char start[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
        const char *name = v->s->name;
        size_t size = strlen(name);

        if (size > 0 && size <= NAME_MAX_BYTES && strchr(start, name[0]) &&
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-") == size)
                return false;
        return broken(v, "\"%s\" is no name of a setting; remove it.", v->label);
}

static bool characters_broken(struct view *v)
{
        const char *value = v->s->value;

        if (text_is_printable(value) && strlen(value) <= VALUE_MAX && !strstr(value, "\xef\xbf\xbe") && !strstr(value, "\xef\xbf\xbf"))
                return false;
        return broken(v, "The value of %s holds a character that no settings document can carry, or is too long; set it anew in one line of text.",
                      v->label);
}

static bool permission_broken(struct view *v)
{
        if (permission_of(v->s->permission) < N_PERMISSIONS)
                return false;
        return broken(v, "The permission of %s is none that phones know; use R, RW or !.", v->label);
}

static bool unknown_broken(struct view *v)
{
        const char *near = v->entry ? NULL : catalogue_near(v->catalogue, v->s->name);

        if (v->entry)
                return false;
        return near ? broken(v, "%s is not in the catalogue; is %s meant?", v->label, near)
                    : broken(v, "%s is not in the catalogue, so its value is not checked.", v->label);
}

static bool value_broken(struct view *v)
{
        char legal[240], shown[64];

        if (!v->entry || catalogue_takes(v->entry, v->s->value, legal, sizeof legal))
                return false;
        if (v->entry->secret != CATALOGUE_SECRET_NO)
                return broken(v, "The value of %s must be %s.", v->label, legal);
        return broken(v, "%s cannot be \"%s\"; it must be %s.", v->label,
                      text_escape(shown, sizeof shown, v->s->value, strlen(v->s->value)), legal);
}

static bool index_missing_broken(struct view *v)
{
        if (!v->entry || v->s->index != LINT_NO_INDEX)
                return false;
        if (v->entry->index == CATALOGUE_INDEX_IDENTITY)
                return broken(v, "%s belongs to an account and needs its number: write %s[1].", v->s->name, v->s->name);
        if (v->entry->index == CATALOGUE_INDEX_KEY)
                return broken(v, "%s needs the number of its key: write %s[0] for the first one.", v->s->name, v->s->name);
        return false;
}

static bool index_surplus_broken(struct view *v)
{
        if (!v->entry || v->s->index == LINT_NO_INDEX || v->entry->index != CATALOGUE_INDEX_NONE)
                return false;
        return broken(v, "%s is there once for the whole phone and takes no number: write %s.", v->s->name, v->s->name);
}

static bool index_range_broken(struct view *v)
{
        bool is_key = v->entry && v->entry->index == CATALOGUE_INDEX_KEY;
        int first = is_key || !v->entry ? 0 : 1, last = is_key || !v->entry ? CATALOGUE_KEY_MAX : CATALOGUE_IDENTITY_MAX;

        if (v->s->index == LINT_NO_INDEX || (v->s->index >= first && v->s->index <= last))
                return false;
        return broken(v, "The number of %s must be %d to %d.", v->label, first, last);
}

/* A D120 has two accounts (FusionPBX's template of it). */
static bool index_model_broken(struct view *v)
{
        if (!v->entry || v->entry->index != CATALOGUE_INDEX_IDENTITY || v->s->index <= 2 || !v->phone->model || !strstr(v->phone->model, "D120"))
                return false;
        return broken(v, "%s has no effect: a %s has two accounts.", v->label, v->phone->model);
}

static bool lockout_broken(struct view *v)
{
        if (!v->entry || v->entry->change != CATALOGUE_CHANGE_RW || text_equal(v->s->permission, "RW") ||
            (!lint_is_read_only(v->s->permission) && !is_kept_by_user(v->s->permission)))
                return false;
        return broken(v, "%s must have the permission RW: read-only, nobody could log in as administrator again.", v->label);
}

/* The phone does not record how the first value came in, and refuses later ones (snom.md 3.3). */
static bool kept_secret_broken(struct view *v)
{
        if (!is_kept_by_user(v->s->permission) || !catalogue_is_secret(v->catalogue, v->s->name))
                return false;
        return broken(v, "%s must not have the permission \"!\": the phone would refuse every later value.", v->label);
}

static bool user_secret_broken(struct view *v)
{
        if (!v->entry || v->entry->secret == CATALOGUE_SECRET_NO || v->entry->change != CATALOGUE_CHANGE_ADMIN ||
            lint_is_read_only(v->s->permission) || is_kept_by_user(v->s->permission))
                return false;
        return broken(v, "%s is a secret that the phone's user could read and change; give it the permission R: write %s:R=...", v->label,
                      v->label);
}

static bool user_setting_broken(struct view *v)
{
        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_NO || !*v->entry->row || v->entry->change != CATALOGUE_CHANGE_ADMIN ||
            lint_is_read_only(v->s->permission))
                return false;
        return broken(v, "%s is part of the phone's protection and its user could change it; give it the permission R.", v->label);
}

/* DECT bases know only R and RW (snom.md 3.3). */
static bool dect_permission_broken(struct view *v)
{
        const char *model = v->phone->model ? v->phone->model : "", *m = text_starts(model, "snom") ? model + 4 : model;

        while (*m == ' ')
                m++;
        if ((*m != 'M' && *m != 'm') || m[1] < '0' || m[1] > '9' || text_equal(v->s->permission, "R") || text_equal(v->s->permission, "RW") ||
            !*v->s->permission)
                return false;
        return broken(v, "A %s knows only the permissions R and RW; %s has another.", model, v->label);
}

/* What is tried first. The MAC and the extension stand on the phone. */
static bool is_guessable(const struct view *v, const char *value)
{
        static const char *const words[] = {
                "0000", "00000000", "1111", "1234", "12345", "123456", "12345678", "123456789", "1234567890", "4321", "admin",
                "administrator", "changeme", "default", "geheim", "letmein", "passwd", "passwort", "password", "password1", "phone",
                "provost", "qwerty", "root", "secret", "service", "snom", "test", "user", "welcome",
        };
        const char *mac = v->phone->mac, *extension = v->phone->extension;

        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (!strcasecmp(value, words[i]))
                        return true;
        if (mac && *mac && (!strcasecmp(value, mac) || (strlen(mac) == 12 && !strcasecmp(value, mac + 6))))
                return true;
        return extension && *extension && !strcasecmp(value, extension);
}

static bool weak_login_broken(struct view *v)
{
        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_LOGIN)
                return false;
        if (!*v->s->value)
                return broken(v, "%s is empty, so anyone gets in; give it at least %d characters or remove it.", v->label, LOGIN_GOOD);
        if (is_guessable(v, v->s->value))
                return broken(v, "%s is among the first that anybody tries; remove it, each phone has a random one of its own.", v->label);
        if (strlen(v->s->value) < LOGIN_MIN)
                return broken(v, "%s is too short: give it at least %d characters, or remove it: each phone has a random one.", v->label,
                              LOGIN_GOOD);
        return false;
}

static bool short_login_broken(struct view *v)
{
        size_t size = strlen(v->s->value);

        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_LOGIN || size < LOGIN_MIN || size >= LOGIN_GOOD)
                return false;
        return broken(v, "%s is short; %d characters are better.", v->label, LOGIN_GOOD);
}

static bool weak_account_broken(struct view *v)
{
        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_ACCOUNT || !*v->s->value || !is_guessable(v, v->s->value))
                return false;
        return broken(v, "%s is among the first that anybody tries (a well-known word, the extension or the MAC); change it at the PBX and here.",
                      v->label);
}

static bool short_account_broken(struct view *v)
{
        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_ACCOUNT || strlen(v->s->value) >= ACCOUNT_GOOD)
                return false;
        return broken(v, "%s is short; have the PBX give it %d characters or more.", v->label, ACCOUNT_GOOD);
}

static bool weak_pin_broken(struct view *v)
{
        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_PIN || (strlen(v->s->value) >= PIN_GOOD && !is_guessable(v, v->s->value)))
                return false;
        return broken(v, "%s is easily guessed; use %d digits or more that are neither a row nor the extension.", v->label, PIN_GOOD);
}

/* snom.md 2.1: such a phone fetches no file at all, its VPN bundle among them. */
static bool stranded_broken(struct view *v)
{
        if (!text_equal(v->s->name, "update_policy") || !text_equal(v->s->value, "never_update"))
                return false;
        return broken(v, "update_policy cannot be never_update: the phone would never fetch its VPN bundle again; use settings_only.");
}

static bool recommendation_broken(struct view *v)
{
        if (!v->entry || catalogue_is_as_recommended(v->entry, v->s->value))
                return false;
        return broken(v, "%s is weaker than the %s row of the hardening profile; \"%s\" is recommended.", v->label, v->entry->row,
                      v->entry->recommended);
}

/* --- rules about several settings ---------------------------------------- */

static const struct lint_setting *find(const struct view *v, const char *name, int index)
{
        for (size_t i = 0; i < v->n_settings; i++)
                if (v->settings[i].index == index && text_equal(v->settings[i].name, name))
                        return &v->settings[i];
        return NULL;
}

static const char *value_of(const struct view *v, const char *name, int index)
{
        const struct lint_setting *s = find(v, name, index);

        return s ? s->value : "";
}

static bool is_at(const struct view *v, const char *name)
{
        return text_equal(v->s->name, name);
}

static bool is_tls(const char *address)
{
        return strcasestr(address, "transport=tls") || !strncasecmp(address, "sips:", 5);
}

static bool twice_broken(struct view *v)
{
        if (find(v, v->s->name, v->s->index) == v->s)
                return false;
        return broken(v, "%s stands in the document twice.", v->label);
}

static bool unchecked_tls_broken(struct view *v)
{
        if ((!is_at(v, "user_outbound") && !is_at(v, "user_host")) || !is_tls(v->s->value) ||
            text_equal(value_of(v, "tls_server_authentication", LINT_NO_INDEX), "on"))
                return false;
        return broken(v, "%s asks for TLS, but tls_server_authentication is not on: anyone could stand in for the registrar.", v->label);
}

static bool confirm_broken(struct view *v)
{
        const struct lint_setting *password = find(v, "admin_mode_password", LINT_NO_INDEX);

        if (!is_at(v, "admin_mode_password_confirm") || (password && text_equal(password->value, v->s->value)))
                return false;
        return broken(v, "admin_mode_password_confirm is not the same as admin_mode_password; set both or neither.");
}

static bool plain_keys_broken(struct view *v)
{
        if (!is_at(v, "user_srtp") || !text_equal(v->s->value, "on") || is_tls(value_of(v, "user_outbound", v->s->index)) ||
            is_tls(value_of(v, "user_host", v->s->index)))
                return false;
        return broken(v, "%s is on, but the account has no TLS: the keys of the media travel readable.", v->label);
}

static bool incomplete_account_broken(struct view *v)
{
        if (!is_at(v, "user_name") || !*v->s->value || (*value_of(v, "user_host", v->s->index) && *value_of(v, "user_pass", v->s->index)))
                return false;
        return broken(v, "%s has no registrar or no secret, so this account cannot register.", v->label);
}

static bool reused_broken(struct view *v)
{
        if (!v->entry || v->entry->secret != CATALOGUE_SECRET_LOGIN || is_at(v, "admin_mode_password_confirm") || !*v->s->value)
                return false;
        for (const struct lint_setting *s = v->settings; s < v->s; s++) {
                const struct catalogue_entry *entry = catalogue_find(v->catalogue, s->name);

                if (entry && entry->secret != CATALOGUE_SECRET_NO && text_equal(s->value, v->s->value) && !text_equal(s->name, v->s->name) &&
                    !text_equal(s->name, "admin_mode_password_confirm"))
                        return broken(v, "%s has the same value as %s; use two.", v->label, s->name);
        }
        return false;
}

static bool open_web_broken(struct view *v)
{
        if (!is_at(v, "webserver_type") || text_equal(v->s->value, "off") || *value_of(v, "http_pass", LINT_NO_INDEX) ||
            *value_of(v, "webserver_admin_password", LINT_NO_INDEX))
                return false;
        return broken(v, "The phone's web pages are on, but have no password (http_pass).");
}

static bool never_asks_broken(struct view *v)
{
        if (!is_at(v, "settings_refresh_timer") || !text_equal(v->s->value, "0") ||
            text_equal(value_of(v, "prov_polling_enabled", LINT_NO_INDEX), "on"))
                return false;
        return broken(v, "settings_refresh_timer is 0 and prov_polling_enabled is not on: the phone fetches changes only after a reboot.");
}

/* --- the rules ----------------------------------------------------------- */

struct rule {
        const char *name;
        enum lint_severity severity;
        bool (*is_broken)(struct view *v);
};

static const struct rule one[] = {
        {"name", LINT_ERROR, name_broken},
        {"characters", LINT_ERROR, characters_broken},
        {"permission", LINT_ERROR, permission_broken},
        {"unknown", LINT_WARNING, unknown_broken},
        {"value", LINT_ERROR, value_broken},
        {"index-missing", LINT_ERROR, index_missing_broken},
        {"index-surplus", LINT_ERROR, index_surplus_broken},
        {"index-range", LINT_ERROR, index_range_broken},
        {"index-model", LINT_WARNING, index_model_broken},
        {"lockout", LINT_ERROR, lockout_broken},
        {"kept-secret", LINT_ERROR, kept_secret_broken},
        {"user-secret", LINT_ERROR, user_secret_broken},
        {"user-setting", LINT_WARNING, user_setting_broken},
        {"dect-permission", LINT_WARNING, dect_permission_broken},
        {"weak-login", LINT_ERROR, weak_login_broken},
        {"short-login", LINT_WARNING, short_login_broken},
        {"weak-account", LINT_ERROR, weak_account_broken},
        {"short-account", LINT_WARNING, short_account_broken},
        {"weak-pin", LINT_WARNING, weak_pin_broken},
        {"stranded", LINT_ERROR, stranded_broken},
        {"recommendation", LINT_WARNING, recommendation_broken},
};

static const struct rule several[] = {
        {"twice", LINT_ERROR, twice_broken},
        {"unchecked-tls", LINT_ERROR, unchecked_tls_broken},
        {"confirm", LINT_ERROR, confirm_broken},
        {"plain-keys", LINT_WARNING, plain_keys_broken},
        {"incomplete-account", LINT_WARNING, incomplete_account_broken},
        {"reused", LINT_WARNING, reused_broken},
        {"open-web", LINT_WARNING, open_web_broken},
        {"never-asks", LINT_WARNING, never_asks_broken},
};
#define N_ONE (sizeof one / sizeof one[0])
#define N_SEVERAL (sizeof several / sizeof several[0])

const char *lint_rule_name(size_t i)
{
        if (i < N_ONE)
                return one[i].name;
        return i < N_ONE + N_SEVERAL ? several[i - N_ONE].name : NULL;
}

static void look_at(struct view *v, const struct lint_setting *s)
{
        char name[80];

        v->s = s;
        v->entry = catalogue_find(v->catalogue, s->name);
        text_escape(name, sizeof name, s->name, strlen(s->name));
        if (s->index == LINT_NO_INDEX)
                (void)snprintf(v->label, sizeof v->label, "%s", name);
        else
                (void)snprintf(v->label, sizeof v->label, "%s[%d]", name, s->index);
}

static size_t apply(struct view *v, const struct rule *rules, size_t n_rules, lint_each each, void *userdata)
{
        struct lint_finding finding;
        size_t n_errors = 0;

        v->sentence = finding.sentence;
        v->size = sizeof finding.sentence;
        for (size_t i = 0; i < n_rules; i++) {
                if (!rules[i].is_broken(v))
                        continue;
                finding.severity = rules[i].severity;
                finding.rule = rules[i].name;
                finding.name = v->s->name;
                finding.index = v->s->index;
                n_errors += finding.severity == LINT_ERROR;
                if (each)
                        each(&finding, userdata);
        }
        return n_errors;
}

size_t lint_setting(const struct lint_setting *setting, const struct lint_phone *phone, lint_each each, void *userdata)
{
        struct view v = {.catalogue = catalogue_builtin(), .phone = phone};

        look_at(&v, setting);
        return apply(&v, one, N_ONE, each, userdata);
}

size_t lint_document(const struct lint_setting *settings, size_t n_settings, const struct lint_phone *phone, lint_each each, void *userdata)
{
        struct view v = {.catalogue = catalogue_builtin(), .phone = phone, .settings = settings, .n_settings = n_settings};
        size_t n_errors = 0;

        for (size_t i = 0; i < n_settings; i++) {
                look_at(&v, &settings[i]);
                n_errors += apply(&v, one, N_ONE, each, userdata);
                n_errors += apply(&v, several, N_SEVERAL, each, userdata);
        }
        return n_errors;
}

bool lint_is_in_tunnel(const struct site *site, const char *host)
{
        size_t size = strcspn(host, ":");
        char address[TEXT_IPV4_SIZE];
        uint32_t number, mask = text_ipv4_mask(site->tunnel_prefix);

        if (size >= sizeof address)
                return false;
        (void)snprintf(address, sizeof address, "%.*s", (int)size, host);
        return text_to_ipv4(address, &number) == 0 && (number & mask) == (site->tunnel_address & mask);
}

/* --- the first error ----------------------------------------------------- */

static void keep_first_error(const struct lint_finding *finding, void *userdata)
{
        struct lint_finding *first = userdata;

        if (finding->severity == LINT_ERROR && first->severity != LINT_ERROR)
                *first = *finding;
}

int lint_check_setting(const struct lint_setting *setting, const struct lint_phone *phone, struct lint_finding *ret_finding)
{
        struct lint_finding first = {.severity = LINT_WARNING};

        if (!lint_setting(setting, phone, keep_first_error, &first))
                return 0;
        *ret_finding = first;
        return PV_EREFUSED;
}

int lint_check_document(const struct lint_setting *settings, size_t n_settings, const struct lint_phone *phone,
                        struct lint_finding *ret_finding)
{
        struct lint_finding first = {.severity = LINT_WARNING};

        if (!lint_document(settings, n_settings, phone, keep_first_error, &first))
                return 0;
        *ret_finding = first;
        return PV_EREFUSED;
}
