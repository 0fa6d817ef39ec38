/*
 * settings_plan: the last word on what stage 2 says.
 *
 * In:   merged settings of one phone, its model; the tunnel gateway.
 * Out:  the settings to write, in order.
 * Not:  no merging (store), no XML (settings_document).
 */
#include "provisioning/settings/settings_plan.h"

#include <stdbool.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/model_family.h"
#include "provisioning/model/tunnel_url.h"

#define FIRST "auto_reboot_on_setting_change"
#define BUNDLE "vpn_tarball_url"

struct lock {
        const char *name, *value;
};
#define N_LOCK 7

/* Which lock this is; N_LOCK: none. */
static size_t lock_of(const struct lock lock[static N_LOCK], const char *name)
{
        size_t i = 0;

        while (i < N_LOCK && (lock[i].name[0] != name[0] || strcmp(lock[i].name, name) != 0))
                i++;
        return i;
}

static bool is_named(const struct settings_document_setting *setting, const char *name)
{
        return setting->name[0] == name[0] && !strcmp(setting->name, name);
}

/* A read-only flag in any of its spellings (snom.md 3.3). */
static bool is_read_only(const char *permission)
{
        return permission && strcmp(permission, "RW") != 0 && strpbrk(permission, "R& V");
}

static struct settings_document_setting own(const char *name, const char *value)
{
        return (struct settings_document_setting){.name = name, .index = SETTINGS_DOCUMENT_NO_INDEX, .value = value, .permission = "R"};
}

static struct settings_document_setting without_lockout(const struct settings_document_setting *given)
{
        struct settings_document_setting setting = *given;

        if (is_named(given, "admin_mode") && is_read_only(given->permission))
                setting.permission = "RW";
        return setting;
}

int settings_plan(const struct settings_document_setting *given, size_t n_given, const char *model, uint32_t gateway,
                  char url[static SETTINGS_PLAN_URL_SIZE], struct settings_document_setting *ret_settings, size_t max,
                  size_t *ret_n)
{
        const bool is_desk = model_family_of(model, "").dialect == MODEL_DIALECT_DESK;
        const struct lock lock[N_LOCK] = {
                {"setting_server", url}, {"provisioning_order", "redirection:stop"}, {"tls_server_authentication", "on"},
                {"vpn_on", "on"}, {"pnp_config", "off"}, {"tr69_use_acs", "off"}, {"tr69_bootstrap", "off"},
        };
        bool is_there[N_LOCK] = {false};
        size_t n = 0;

        if (max < n_given + SETTINGS_PLAN_EXTRA)
                return PV_ETOOLARGE;
        (void)tunnel_url_settings(gateway, url);
        for (size_t i = 0; i < n_given; i++)
                if (is_named(&given[i], FIRST))
                        ret_settings[n++] = given[i];
        if (n == 0 && is_desk)
                ret_settings[n++] = own(FIRST, "on");
        for (size_t i = 0; i < n_given; i++) {
                size_t k = lock_of(lock, given[i].name);

                if (k == N_LOCK && !is_named(&given[i], FIRST) && !is_named(&given[i], BUNDLE))
                        ret_settings[n++] = without_lockout(&given[i]);
                else if (k < N_LOCK && is_desk && !is_there[k])
                        ret_settings[n++] = own(lock[k].name, lock[k].value);
                if (k < N_LOCK)
                        is_there[k] = true;
        }
        for (size_t k = 0; is_desk && k < N_LOCK; k++)
                if (!is_there[k])
                        ret_settings[n++] = own(lock[k].name, lock[k].value);
        *ret_n = n;
        return 0;
}

void settings_plan_bundle(const char *url, struct settings_document_setting *settings, size_t max, size_t *n)
{
        size_t at = 0;

        while (at < *n && !is_named(&settings[at], "vpn_on"))
                at++;
        if (at == *n || *n == max)
                return;
        memmove(&settings[at + 1], &settings[at], (*n - at) * sizeof *settings);
        settings[at] = own(BUNDLE, url);
        (*n)++;
}
