/*
 * stage1: the first document of a phone.
 *
 * In:   the site, our public certificates of all generations that are good, the name of the phone's bundle.
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
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/tunnel_url.h"

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

/* --- certificates --------------------------------------------------------- */

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----\n"

struct pile {
        char *texts[STAGE1_CERTIFICATES_MAX];
        size_t n;
};

static void pile_done(struct pile *pile)
{
        for (size_t i = 0; i < pile->n; i++)
                free(pile->texts[i]);
        pile->n = 0;
}

static bool pile_has(const struct pile *pile, const char *start, size_t size)
{
        for (size_t i = 0; i < pile->n; i++)
                if (strlen(pile->texts[i]) == size && memcmp(pile->texts[i], start, size) == 0)
                        return true;
        return false;
}

/* Each certificate of the text that is not there yet. */
static int pile_add(struct pile *pile, const char *text)
{
        for (const char *stop; text && *text; text = stop) {
                stop = text_starts(text, BEGIN) ? strstr(text, END) : NULL;
                if (!stop)
                        return PV_EMALFORMED;
                stop += sizeof END - 1;
                if (pile_has(pile, text, (size_t)(stop - text)))
                        continue;
                if (pile->n == STAGE1_CERTIFICATES_MAX)
                        return PV_ETOOLARGE;
                pile->texts[pile->n] = strndup(text, (size_t)(stop - text));
                if (!pile->texts[pile->n++])
                        return PV_ENOMEM;
        }
        return 0;
}

static int pile_up(const struct stage1 *stage1, struct pile *pile)
{
        int r = stage1->is_legacy ? pile_add(pile, stage1->legacy) : 0;

        if (r == 0)
                r = pile_add(pile, stage1->roots);
        return r < 0 ? r : pile_add(pile, stage1->chain);
}

/* --- the documents -------------------------------------------------------- */

/* "https://LAN" of the listener it asked on. */
static void base_of(const struct site *site, bool on_legacy_listener, char *ret, size_t size)
{
        char lan[TEXT_IPV4_SIZE];

        text_from_ipv4(site->lan_address, lan);
        if (on_legacy_listener)
                (void)snprintf(ret, size, "https://%s:%u", lan, site->legacy_https_port);
        else
                (void)snprintf(ret, size, "https://%s", lan);
}

static int write_with(const struct stage1 *stage1, const struct pile *pile, char **ret_bytes, size_t *ret_size,
                      struct settings_document_problem *ret_problem)
{
        const struct site *site = stage1->site;
        char base[48], ntp[TEXT_IPV4_SIZE], mac[MAC_TEXT_SIZE], bundle[128], settings[TUNNEL_URL_SIZE];
        struct list list = {0};

        base_of(site, stage1->on_legacy_listener, base, sizeof base);
        text_from_ipv4(site->n_ntp > 0 ? site->ntp[0] : site->lan_address, ntp);
        (void)snprintf(bundle, sizeof bundle, "%s/vpn/%s-%s.tar", base, mac_format_upper(&stage1->mac, mac), stage1->serial);

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
        add(&list, "setting_server", tunnel_url_settings(tunnel_url_gateway(site, stage1->is_legacy), settings));
        return settings_document_write(&(struct settings_document){.certificates = (const char *const *)pile->texts, .n_certificates = pile->n,
                                                                    .settings = list.settings, .n_settings = list.n},
                                       ret_bytes, ret_size, ret_problem);
}

int stage1_write(const struct stage1 *stage1, char **ret_bytes, size_t *ret_size,
                 struct settings_document_problem *ret_problem)
{
        struct pile pile = {0};
        int r = pile_up(stage1, &pile);

        if (r < 0)
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "pki's authorities are no certificates, or too many");
        else
                r = write_with(stage1, &pile, ret_bytes, ret_size, ret_problem);
        pile_done(&pile);
        return r;
}

int stage1_write_update(const struct site *site, const struct mac *mac, bool on_legacy_listener, char **ret_bytes, size_t *ret_size,
                        struct settings_document_problem *ret_problem)
{
        char base[48], name[MAC_TEXT_SIZE], status[112];
        struct list list = {0};

        base_of(site, on_legacy_listener, base, sizeof base);
        (void)snprintf(status, sizeof status, "%s/firmware/%s.xml", base, mac_format_upper(mac, name));
        add(&list, "update_policy", "auto_update");
        add(&list, "firmware_status", status);
        return settings_document_write(&(struct settings_document){.settings = list.settings, .n_settings = list.n}, ret_bytes,
                                       ret_size, ret_problem);
}
