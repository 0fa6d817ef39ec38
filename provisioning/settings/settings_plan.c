/*
 * settings_plan: the last word on what stage 2 says.
 *
 * In:   merged settings of one phone; the tunnel gateway.
 * Out:  the settings to write, in order.
 * Not:  no merging (store), no XML (settings_document).
 */
#include "provisioning/settings/settings_plan.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"

#define FIRST "auto_reboot_on_setting_change"
#define LEFT_OUT "vpn_tarball_url"

struct lock {
        const char *name, *value;
};

static bool is_locked(const struct lock *lock, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(lock[i].name, name))
                        return true;
        return false;
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

int settings_plan(const struct settings_document_setting *given, size_t n_given, uint32_t gateway,
                  char url[static SETTINGS_PLAN_URL_SIZE], struct settings_document_setting *ret_settings, size_t max,
                  size_t *ret_n)
{
        const struct lock lock[] = {
                {"tls_server_authentication", "on"}, {"pnp_config", "off"}, {"tr69_use_acs", "off"}, {"tr69_bootstrap", "off"},
                {"vpn_on", "on"}, {"provisioning_order", "redirection:stop"}, {"setting_server", url},
        };
        const size_t n_lock = sizeof lock / sizeof *lock;
        char address[TEXT_IPV4_SIZE];
        size_t n = 0;

        if (max < n_given + SETTINGS_PLAN_EXTRA)
                return PV_ETOOLARGE;
        (void)snprintf(url, SETTINGS_PLAN_URL_SIZE, "https://%s/{mac}.xml", text_from_ipv4(gateway, address));
        for (size_t i = 0; i < n_given; i++)
                if (!strcmp(given[i].name, FIRST))
                        ret_settings[n++] = given[i];
        if (n == 0)
                ret_settings[n++] = own(FIRST, "on");
        for (size_t i = 0; i < n_given; i++) {
                if (!strcmp(given[i].name, FIRST) || !strcmp(given[i].name, LEFT_OUT) || is_locked(lock, n_lock, given[i].name))
                        continue;
                ret_settings[n] = given[i];
                if (!strcmp(given[i].name, "admin_mode") && is_read_only(given[i].permission))
                        ret_settings[n].permission = "RW";
                n++;
        }
        for (size_t i = 0; i < n_lock; i++)
                ret_settings[n++] = own(lock[i].name, lock[i].value);
        *ret_n = n;
        return 0;
}
