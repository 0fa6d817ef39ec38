/*
 * stage1: the first document of a phone.
 *
 * In:   the site, our public certificates, the name of the phone's bundle.
 * Out:  settings XML.
 * Not:  no account, no password, no key.
 *
 * The order works on first contact: the certificates are usable from their
 * line on (snom.md 1.5), the clock comes before what checks dates, the check of
 * servers before the URL of the bundle, and where to ask next at the end.
 * That auto_reboot_on_setting_change must stand at the top is a remark of
 * another vendor's template (snom.md 1.6); it costs nothing to follow.
 */
#include "vpn/bootstrap/stage1.h"

#include <stdio.h>

#include "appliance/base/text.h"

#define SETTINGS_MAX 24

struct list {
        struct settings_document_setting settings[SETTINGS_MAX];
        size_t n;
};

static void add(struct list *list, const char *name, const char *value)
{
        list->settings[list->n++] =
                (struct settings_document_setting){.name = name, .index = SETTINGS_DOCUMENT_NO_INDEX, .value = value, .permission = "R"};
}

int stage1_write(const struct stage1 *stage1, char **ret_bytes, size_t *ret_size,
                 struct settings_document_problem *ret_problem)
{
        const struct site *site = stage1->site;
        const char *certificates[] = {stage1->root, stage1->issuing};
        char lan[TEXT_IPV4_SIZE], gateway[TEXT_IPV4_SIZE], ntp[TEXT_IPV4_SIZE], mac[MAC_TEXT_SIZE];
        char bundle[128], settings[64];
        struct list list = {0};

        text_from_ipv4(site->lan_address, lan);
        text_from_ipv4(site->tunnel_address, gateway);
        text_from_ipv4(site->n_ntp > 0 ? site->ntp[0] : site->lan_address, ntp);
        (void)snprintf(bundle, sizeof bundle, "https://%s/vpn/%s-%s.tar", lan, mac_format_upper(&stage1->mac, mac), stage1->serial);
        (void)snprintf(settings, sizeof settings, "https://%s/{mac}.xml", gateway);

        add(&list, "auto_reboot_on_setting_change", "on");
        add(&list, "ntp_server", ntp);
        if (*site->time_zone)
                add(&list, "timezone", site->time_zone);
        add(&list, "tls_server_authentication", "on");
        add(&list, "update_policy", "settings_only");
        add(&list, "pnp_config", "off");
        add(&list, "tr69_use_acs", "off");
        add(&list, "tr69_bootstrap", "off");
        add(&list, "vpn_tarball_url", bundle);
        add(&list, "vpn_on", "on");
        add(&list, "provisioning_order", "redirection:stop");
        add(&list, "setting_server", settings);
        return settings_document_write(&(struct settings_document){.certificates = certificates, .n_certificates = 2,
                                                                    .settings = list.settings, .n_settings = list.n},
                                       ret_bytes, ret_size, ret_problem);
}

int stage1_write_update(const struct site *site, const struct mac *mac, char **ret_bytes, size_t *ret_size,
                        struct settings_document_problem *ret_problem)
{
        char lan[TEXT_IPV4_SIZE], name[MAC_TEXT_SIZE], status[96];
        struct list list = {0};

        (void)snprintf(status, sizeof status, "https://%s/firmware/%s.xml", text_from_ipv4(site->lan_address, lan),
                       mac_format_upper(mac, name));
        add(&list, "update_policy", "auto_update");
        add(&list, "firmware_status", status);
        return settings_document_write(&(struct settings_document){.settings = list.settings, .n_settings = list.n}, ret_bytes,
                                       ret_size, ret_problem);
}
