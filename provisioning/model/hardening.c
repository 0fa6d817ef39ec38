/*
 * hardening: how far the settings of one phone are hardened.
 *
 * In:   merged settings, the catalogue's recommended values, switched rows, the phone's seal.
 * Out:  the rows of the hardening profile: met, open and what to do, waived by whom, impossible on this model, unused.
 * Not:  no change to any setting.
 */
#include "provisioning/model/hardening.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/model/country.h"
#include "provisioning/model/merge.h"
#include "provisioning/model/merge_builtin.h"

/* What each row needs: the value is one of the catalogue's recommended ones, or any. */
static const struct needed {
        enum merge_row row;
        enum merge_for is_for;
        const char *name, *holds;
} needed[] = {
        {MERGE_ROW_WEB, MERGE_FOR_DESK, "webserver_type", NULL}, {MERGE_ROW_WEB, MERGE_FOR_DESK, "http_scheme", NULL},
        {MERGE_ROW_WEB, MERGE_FOR_BOTH, "http_user", NULL}, {MERGE_ROW_WEB, MERGE_FOR_BOTH, "http_pass", NULL},
        {MERGE_ROW_WEB, MERGE_FOR_DESK, "web_logout_timer", NULL},
        {MERGE_ROW_WEB, MERGE_FOR_WEB_LOGINS, "webserver_user_password", NULL},
        {MERGE_ROW_WEB, MERGE_FOR_WEB_LOGINS, "webserver_admin_password", NULL},
        {MERGE_ROW_WEB, MERGE_FOR_DECT, "http_engineer_pass", NULL}, {MERGE_ROW_WEB, MERGE_FOR_DECT, "http_basic_pass", NULL},
        {MERGE_ROW_HIDDEN_TAGS, MERGE_FOR_DESK, "use_hidden_tags", NULL},
        {MERGE_ROW_HIDDEN_TAGS, MERGE_FOR_DESK, "restrict_uri_queries", NULL},
        {MERGE_ROW_ADMIN_MODE, MERGE_FOR_DESK, "admin_mode", NULL}, {MERGE_ROW_ADMIN_MODE, MERGE_FOR_DESK, "admin_mode_password", NULL},
        {MERGE_ROW_SERVICE, MERGE_FOR_DESK, "service_mode_login", NULL}, {MERGE_ROW_SERVICE, MERGE_FOR_DESK, "service_mode_pass", NULL},
        {MERGE_ROW_SERVICE, MERGE_FOR_DESK, "admin_mode_upon_http_login", NULL},
        {MERGE_ROW_MENUS, MERGE_FOR_DESK, "logon_wizard", NULL},
        {MERGE_ROW_KEYBOARD_LOCK, MERGE_FOR_DESK, "enable_keyboard_lock", NULL},
        {MERGE_ROW_KEYBOARD_LOCK, MERGE_FOR_DESK, "keyboard_lock_pw", NULL},
        {MERGE_ROW_KEYBOARD_LOCK, MERGE_FOR_DESK, "keyboard_lock_timeout", NULL},
        {MERGE_ROW_KEYBOARD_LOCK, MERGE_FOR_DESK, "keyboard_lock_emergency", NULL},
        {MERGE_ROW_SIGNALLING, MERGE_FOR_DESK, "user_outbound", "transport=tls"},
        {MERGE_ROW_SIGNALLING, MERGE_FOR_DESK, "filter_registrar", NULL}, {MERGE_ROW_SIGNALLING, MERGE_FOR_DESK, "challenge_reboot", NULL},
        {MERGE_ROW_SIGNALLING, MERGE_FOR_DESK, "challenge_checksync", NULL},
        {MERGE_ROW_SIGNALLING, MERGE_FOR_DESK, "allow_sip_settings", NULL},
        {MERGE_ROW_MEDIA, MERGE_FOR_DESK, "user_srtp", NULL}, {MERGE_ROW_MEDIA, MERGE_FOR_DESK, "user_savp", NULL},
        {MERGE_ROW_VPN, MERGE_FOR_DESK, "vpn_on", NULL}, {MERGE_ROW_VPN, MERGE_FOR_DESK, "update_policy", NULL},
        {MERGE_ROW_VPN, MERGE_FOR_DESK, "vpn_netcatserver", NULL},
        {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "setting_server", NULL}, {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "provisioning_order", NULL},
        {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "pnp_config", NULL}, {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "tr69_use_acs", NULL},
        {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "tr69_bootstrap", NULL},
        {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "dhcp_options_on_ip_aquire", NULL},
        {MERGE_ROW_SOURCES, MERGE_FOR_DESK, "dhcp_options_on_inform", NULL},
        {MERGE_ROW_SERVERS, MERGE_FOR_DESK, "tls_server_authentication", NULL},
        {MERGE_ROW_BOOT, MERGE_FOR_DESK, "uboot_lock", NULL},
        {MERGE_ROW_NOISE, MERGE_FOR_DESK, "csta_control", NULL}, {MERGE_ROW_NOISE, MERGE_FOR_DESK, "multicast_listen", NULL},
        {MERGE_ROW_NOISE, MERGE_FOR_DESK, "data_submission_allowed", NULL}, {MERGE_ROW_NOISE, MERGE_FOR_DESK, "lldp_enable", NULL},
        {MERGE_ROW_NOISE, MERGE_FOR_DESK, "syslog_server", NULL},
};
#define N_NEEDED (sizeof needed / sizeof needed[0])

struct view {
        const struct merge_input *input;
        const struct merge_result *result;
        struct model_family family;
        struct hardening_row *row;
};

static const struct merge_setting *find(const struct view *v, const char *name, int index)
{
        for (size_t i = 0; i < v->result->n_settings; i++)
                if (v->result->settings[i].index == index && text_equal(v->result->settings[i].name, name))
                        return &v->result->settings[i];
        return NULL;
}

static bool is_set_to(const struct view *v, const char *name, int index, const char *value)
{
        const struct merge_setting *s = find(v, name, index);

        return s && text_equal(s->value, value);
}

static bool has_account(const struct view *v, int index)
{
        const struct merge_setting *user = find(v, "user_name", index);

        return user && *user->value;
}

static void say(struct view *v, const char *name, int index, const char *what)
{
        struct hardening_row *row = v->row;
        size_t used = strlen(row->missing);
        char number[16] = "";

        if (index != MERGE_NO_INDEX)
                (void)snprintf(number, sizeof number, "[%d]", index);
        row->state = HARDENING_OPEN;
        (void)snprintf(row->missing + used, sizeof row->missing - used, "%s%s%s %s", used ? "; " : "", name, number, what);
}

/* --- rows that are more than their settings ------------------------------ */

/* Which settings a user may change: those of the catalogue's, the function keys, and parts that have no permission. */
static void judge_menus(struct view *v)
{
        for (size_t i = 0; i < v->result->n_settings; i++) {
                const struct merge_setting *s = &v->result->settings[i];
                const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), s->name);

                if (entry && entry->change == CATALOGUE_CHANGE_ADMIN && entry->index != CATALOGUE_INDEX_KEY &&
                    entry->index != CATALOGUE_INDEX_ITEM && !*entry->row && !lint_is_read_only(s->permission))
                        say(v, s->name, s->index, "can be changed by the phone's user");
        }
}

/* A locked phone must let people call for help, in this country. */
static void judge_emergency(struct view *v)
{
        const struct merge_setting *numbers = find(v, "keyboard_lock_emergency", MERGE_NO_INDEX);

        if (numbers && numbers->scope == MERGE_BUILT_IN && !country_emergency_numbers(v->input->site->country))
                say(v, numbers->name, MERGE_NO_INDEX, "is the phone's own list; set the site's country");
}

static void judge_syslog(struct view *v)
{
        const struct merge_setting *server = find(v, "syslog_server", MERGE_NO_INDEX);

        if (server && *server->value && !lint_is_in_tunnel(v->input->site, server->value))
                say(v, server->name, MERGE_NO_INDEX, "is not inside the tunnel");
}

static void judge_seal(struct view *v)
{
        if (v->input->phone.seal_is_overdue)
                say(v, "the tamper seal's", MERGE_NO_INDEX, "inspection is overdue");
        else if (!v->input->phone.seal_is_good)
                say(v, "a tamper seal", MERGE_NO_INDEX, "is not recorded");
}

static void judge_more(struct view *v, enum merge_row row)
{
        switch (row) {
        case MERGE_ROW_MENUS: judge_menus(v); break;
        case MERGE_ROW_KEYBOARD_LOCK: judge_emergency(v); break;
        case MERGE_ROW_NOISE: judge_syslog(v); break;
        case MERGE_ROW_SEALS: judge_seal(v); break;
        default: break;
        }
}

/* --- rows ---------------------------------------------------------------- */

static void judge(struct view *v, const struct needed *need, const struct catalogue_entry *entry, int index)
{
        const struct merge_setting *s = find(v, need->name, index);

        if (!s || (!*s->value && !text_equal(entry->recommended, "") && !text_equal(need->name, "syslog_server")))
                say(v, need->name, index, "is not set");
        else if ((need->holds && !strcasestr(s->value, need->holds)) || !catalogue_is_as_recommended(entry, s->value))
                say(v, need->name, index, "is weaker than recommended");
        else if (entry->change == CATALOGUE_CHANGE_ADMIN && !lint_is_read_only(s->permission))
                say(v, need->name, index, "can be changed by the phone's user");
}

static bool is_needed(const struct view *v, const struct needed *need)
{
        switch (need->is_for) {
        case MERGE_FOR_DESK: return v->family.dialect == MODEL_DIALECT_DESK;
        case MERGE_FOR_WEB_LOGINS: return v->family.has_web_logins;
        case MERGE_FOR_DECT: return v->family.dialect == MODEL_DIALECT_DECT;
        case MERGE_FOR_BOTH: return v->family.dialect != MODEL_DIALECT_OTHER;
        }
        return false;
}

/* Settings of an account once for each account the phone has. Returns whether there was anything to judge. */
static bool judge_need(struct view *v, const struct needed *need)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), need->name);
        bool is_used = false;

        if (!entry)
                return false;
        if (entry->index != CATALOGUE_INDEX_IDENTITY) {
                judge(v, need, entry, MERGE_NO_INDEX);
                return true;
        }
        for (int k = 1; k <= CATALOGUE_IDENTITY_MAX; k++)
                if (has_account(v, k)) {
                        judge(v, need, entry, k);
                        is_used = true;
                }
        return is_used;
}

static void impossible(struct view *v)
{
        v->row->state = HARDENING_IMPOSSIBLE;
        (void)snprintf(v->row->missing, sizeof v->row->missing, "no setting for this is known of a %s", v->input->phone.model);
}

static void judge_row(struct view *v, enum merge_row row)
{
        bool is_possible = row == MERGE_ROW_SEALS, is_used = row == MERGE_ROW_SEALS;

        for (size_t i = 0; i < N_NEEDED; i++)
                if (needed[i].row == row && is_needed(v, &needed[i])) {
                        is_possible = true;
                        /* Web pages that are off need no more. */
                        if (row == MERGE_ROW_WEB && is_set_to(v, "webserver_type", MERGE_NO_INDEX, "off") && !text_equal(needed[i].name, "webserver_type"))
                                continue;
                        is_used = judge_need(v, &needed[i]) || is_used;
                }
        if (!is_possible)
                impossible(v);
        else if (!is_used)
                v->row->state = HARDENING_UNUSED;
        else
                judge_more(v, row);
}

static void waive(struct view *v, const struct merge_switch *by)
{
        static const char *const scopes[] = {"", "the site", "the model", "the profile", "this phone"};
        bool has_owner = by->scope == MERGE_MODEL || by->scope == MERGE_PROFILE;

        if (v->row->state == HARDENING_IMPOSSIBLE)
                return;
        v->row->state = HARDENING_WAIVED;
        (void)snprintf(v->row->missing, sizeof v->row->missing, "switched off for %s%s%s by %s: %s", scopes[by->scope], has_owner ? " " : "",
                       has_owner ? by->owner : "", by->actor, by->reason);
}

void merge_score(const struct merge_input *input, const struct merge_result *result, hardening_each each, void *userdata,
                 size_t *ret_met, size_t *ret_total)
{
        struct view v = {.input = input, .result = result, .family = model_family_of(input->phone.model, input->phone.firmware)};
        size_t met = 0, total = 0;

        for (int i = MERGE_ROW_NONE + 1; i < MERGE_N_ROWS; i++) {
                const struct merge_switch *by = merge_switch_of(input, (enum merge_row)i);
                struct hardening_row row = {.name = merge_row_name((size_t)i - 1, NULL), .state = HARDENING_MET};

                v.row = &row;
                judge_row(&v, (enum merge_row)i);
                if (by && !by->on)
                        waive(&v, by);
                met += row.state == HARDENING_MET;
                total += row.state != HARDENING_UNUSED && row.state != HARDENING_IMPOSSIBLE;
                if (each)
                        each(&row, userdata);
        }
        *ret_met = met;
        *ret_total = total;
}

const char *hardening_state_text(enum hardening_state state)
{
        static const char *const texts[] = {"met", "open", "waived", "impossible", "unused"};

        return texts[state];
}
