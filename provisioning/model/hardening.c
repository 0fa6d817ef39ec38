/*
 * hardening: how far the settings of one phone are hardened.
 *
 * In:   merged settings, the catalogue's recommended values.
 * Out:  the rows of the hardening profile: met, open and why, unused.
 * Not:  no change to any setting; not what a document cannot say (the user's menus, tamper seals).
 */
#include "provisioning/model/hardening.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"

/* Rows in the order they are shown, and what each needs: the value is the catalogue's recommended one, or any. */
static const char *const rows[] = {"web", "hidden-tags", "admin-mode", "service", "keyboard-lock", "signalling", "media", "vpn", "sources",
                                   "servers", "boot", "noise"};
static const struct { const char *row, *name, *holds; } needed[] = {
        {"web", "webserver_type", NULL}, {"web", "http_scheme", NULL}, {"web", "http_user", NULL}, {"web", "http_pass", NULL},
        {"web", "web_logout_timer", NULL},
        {"hidden-tags", "use_hidden_tags", NULL}, {"hidden-tags", "restrict_uri_queries", NULL},
        {"admin-mode", "admin_mode", NULL}, {"admin-mode", "admin_mode_password", NULL},
        {"service", "service_mode_login", NULL}, {"service", "service_mode_pass", NULL}, {"service", "admin_mode_upon_http_login", NULL},
        {"keyboard-lock", "enable_keyboard_lock", NULL}, {"keyboard-lock", "keyboard_lock_pw", NULL},
        {"keyboard-lock", "keyboard_lock_timeout", NULL}, {"keyboard-lock", "keyboard_lock_emergency", NULL},
        {"signalling", "user_outbound", "transport=tls"}, {"signalling", "filter_registrar", NULL}, {"signalling", "challenge_reboot", NULL},
        {"signalling", "challenge_checksync", NULL}, {"signalling", "allow_sip_settings", NULL},
        {"media", "user_srtp", NULL}, {"media", "user_savp", NULL},
        {"vpn", "vpn_on", NULL}, {"vpn", "update_policy", NULL},
        {"sources", "setting_server", NULL}, {"sources", "provisioning_order", NULL}, {"sources", "pnp_config", NULL},
        {"sources", "tr69_use_acs", NULL}, {"sources", "tr69_bootstrap", NULL},
        {"servers", "tls_server_authentication", NULL},
        {"boot", "uboot_lock", NULL},
        {"noise", "csta_control", NULL}, {"noise", "multicast_listen", NULL},
};

struct document {
        const struct lint_setting *settings;
        size_t n_settings;
};

static const struct lint_setting *find(const struct document *d, const char *name, int index)
{
        for (size_t i = 0; i < d->n_settings; i++)
                if (d->settings[i].index == index && text_equal(d->settings[i].name, name))
                        return &d->settings[i];
        return NULL;
}

static bool has_account(const struct document *d, int index)
{
        const struct lint_setting *user = find(d, "user_name", index);

        return user && *user->value;
}

static void say(struct hardening_row *row, const char *name, int index, const char *what)
{
        size_t used = strlen(row->missing);
        char number[16] = "";

        if (index != LINT_NO_INDEX)
                (void)snprintf(number, sizeof number, "[%d]", index);
        row->state = HARDENING_OPEN;
        (void)snprintf(row->missing + used, sizeof row->missing - used, "%s%s%s %s", used ? "; " : "", name, number, what);
}

static void judge(const struct document *d, const struct catalogue_entry *entry, int index, const char *holds, struct hardening_row *row)
{
        const struct lint_setting *s = find(d, entry->name, index);

        if (!s || (!*s->value && !text_equal(entry->recommended, "")))
                say(row, entry->name, index, "is not set");
        else if ((holds && !strcasestr(s->value, holds)) || !catalogue_is_as_recommended(entry, s->value))
                say(row, entry->name, index, "is weaker than recommended");
        else if (entry->change == CATALOGUE_CHANGE_ADMIN && !lint_is_read_only(s->permission))
                say(row, entry->name, index, "can be changed by the phone's user");
}

/* Settings of an account once for each account the phone has. */
static void judge_row(const struct document *d, struct hardening_row *row)
{
        bool is_used = false;

        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
                const struct catalogue_entry *entry = text_equal(needed[i].row, row->name) ? catalogue_find(catalogue_builtin(), needed[i].name) : NULL;

                if (!entry)
                        continue;
                if (entry->index != CATALOGUE_INDEX_IDENTITY)
                        judge(d, entry, LINT_NO_INDEX, needed[i].holds, row);
                is_used = is_used || entry->index != CATALOGUE_INDEX_IDENTITY;
                for (int k = 1; entry->index == CATALOGUE_INDEX_IDENTITY && k <= CATALOGUE_IDENTITY_MAX; k++)
                        if (has_account(d, k)) {
                                judge(d, entry, k, needed[i].holds, row);
                                is_used = true;
                        }
        }
        if (!is_used)
                row->state = HARDENING_UNUSED;
}

void hardening_score(const struct lint_setting *settings, size_t n_settings, hardening_each each, void *userdata, size_t *ret_met,
                     size_t *ret_total)
{
        const struct document d = {settings, n_settings};
        size_t met = 0, total = 0;

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct hardening_row row = {.name = rows[i], .state = HARDENING_MET};

                judge_row(&d, &row);
                met += row.state == HARDENING_MET;
                total += row.state != HARDENING_UNUSED;
                if (each)
                        each(&row, userdata);
        }
        *ret_met = met;
        *ret_total = total;
}

const char *hardening_state_text(enum hardening_state state)
{
        static const char *const texts[] = {"met", "open", "unused"};

        return texts[state];
}
