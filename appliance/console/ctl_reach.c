/*
 * ctl_reach: provostctl reach and phone reach.
 *
 * In:   networks and ports of a person; the store's rules; what session says of a tunnel.
 * Out:  rules as sentences.
 * Not:  the firewall is box's and session's.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_scope.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

static int load_rules(struct ctl *ctl, sd_json_variant **ret_reply)
{
        return ctl_call(ctl, "store", "io.provost.Store.ListReach", NULL, CTL_CALL_MS, ret_reply);
}

static int reach_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("RULE", "number", NUMBER), TABLE_COLUMN("OF", "scope", ORIGIN), TABLE_COLUMN("TO", "to", TEXT),
                TABLE_COLUMN("PROTOCOL", "protocol", TEXT), TABLE_COLUMN("PORTS", "ports", TEXT), TABLE_COLUMN("MEANS", "sentence", OWN), {0},
        };
        sd_json_variant *reply = NULL;
        int r = load_rules(ctl, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                if (ctl_show_n(reply, "reach"))
                        table_list(reply, "reach", columns, ctl->out);
                else
                        fputs("No rule: through its tunnel a phone reaches this appliance and nothing else.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

/* TO [PROTOCOL [PORTS...]]; a single address is a network of one. */
static int add_target(struct ctl *ctl, const struct args *args, size_t at, sd_json_variant **parameters)
{
        const char *to = at < args->n_words ? args->words[at] : NULL;
        const char *protocol = at + 1 < args->n_words ? args->words[at + 1] : "any";
        char network[TEXT_IPV4_SIZE + 4], ports[256] = "";
        size_t used = 0;
        uint32_t address;

        if (!to)
                return ctl_misused(ctl, "Which network? Give ADDRESS/PREFIX, one address, or \"phones\" for the other phones.");
        if (text_to_ipv4(to, &address) == 0) {
                (void)snprintf(network, sizeof network, "%s/32", to);
                to = network;
        }
        for (size_t i = at + 2; i < args->n_words && used < sizeof ports; i++)
                used += (size_t)snprintf(ports + used, sizeof ports - used, "%s%s", i > at + 2 ? " " : "", args->words[i]);
        if (used >= sizeof ports)
                return ctl_misused(ctl, "These are too many ports for one rule: make a second one.");
        if (ctl_add(parameters, "to", to) < 0 || ctl_add(parameters, "protocol", protocol) < 0 || ctl_add(parameters, "ports", ports) < 0)
                return ctl_misused(ctl, "The rule is not UTF-8 text.");
        return CTL_OK;
}

static int reach_add(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *rule;
        size_t at = 0;
        int r;

        if (text_equal(args->words[0], "model") || text_equal(args->words[0], "phone"))
                return ctl_misused(ctl, "Rules are of the site or of a profile: `reach add site ...` or `reach add profile NAME ...`; give the phone a profile of its own.");
        r = ctl_scope(ctl, args, &at, &parameters);
        if (r == CTL_OK)
                r = add_target(ctl, args, at, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.AddReach", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                rule = sd_json_variant_by_key(reply, "reach");
                fprintf(ctl->out, "Rule %lld, from now on: ", (long long)table_number(rule, "number"));
                ctl_show_sentence(ctl->out, table_text(rule, "sentence"));
                fputs("\nConnected phones that need a new route for it reconnect one after the other.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

static int reach_remove(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        uint32_t number;
        int r;

        if (text_to_u32(args->words[0], UINT32_MAX, &number) < 0)
                return ctl_misused(ctl, "Which rule? Give its number from `provostctl reach list`.");
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_UNSIGNED("number", number)) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "store", "io.provost.Store.RemoveReach", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Removed: what it allowed is refused from now on, in open connections too.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

/* --- of one phone ------------------------------------------------------------------ */

static bool has_profile(sd_json_variant *phone, const char *name)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(phone, "profiles", i)); i++)
                if (sd_json_variant_is_string(v) && text_equal(sd_json_variant_string(v), name))
                        return true;
        return false;
}

static bool is_of(sd_json_variant *rule, sd_json_variant *phone)
{
        return text_equal(table_text(rule, "scope"), "site") || has_profile(phone, table_text(rule, "owner"));
}

/* Its tunnel as session has it, NULL when there is none or session is away. */
static sd_json_variant *tunnel_of(sd_json_variant *status, const char *mac)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(status, "tunnels", i)); i++)
                if (text_equal(table_text(v, "mac"), mac))
                        return v;
        return NULL;
}

static void print_phone_reach(struct ctl *ctl, sd_json_variant *phone, sd_json_variant *rules, sd_json_variant *status)
{
        sd_json_variant *v, *tunnel = tunnel_of(status, table_text(phone, "mac"));
        size_t n = 0;

        fprintf(ctl->out, "Through its tunnel phone %s reaches this appliance%s\n", table_text(phone, "mac"), ctl_show_n(rules, "reach") ? ", and:" : ".");
        for (size_t i = 0; (v = table_item(rules, "reach", i)); i++)
                if (is_of(v, phone)) {
                        fputs("  - ", ctl->out);
                        ctl_show_sentence(ctl->out, table_text(v, "sentence"));
                        fprintf(ctl->out, "  (rule %lld)\n", (long long)table_number(v, "number"));
                        n++;
                }
        if (ctl_show_n(rules, "reach") && !n)
                fputs("  - nothing else: no rule of the site or of its profiles.\n", ctl->out);
        if (!tunnel)
                fputs("It has no tunnel now.\n", ctl->out);
        else if (*table_text(tunnel, "reach")) {
                fputs("In force now: ", ctl->out);
                ctl_show_sentence(ctl->out, table_text(tunnel, "reach"));
                fputc('\n', ctl->out);
        }
}

static int phone_reach(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *rules = NULL, *status = NULL, *all = NULL;
        char *reason = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.GetPhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK)
                r = load_rules(ctl, &rules);
        if (r == CTL_OK && ctl_try("session", "io.provost.Session.Status", NULL, CTL_CALL_MS, &status, &reason) != CTL_OK)
                (void)ctl_fail(ctl, "What is in force now is not known: %s", reason ? reason : "no memory");
        if (r == CTL_OK && !ctl->json) {
                print_phone_reach(ctl, sd_json_variant_by_key(reply, "phone"), rules, status);
        } else if (r == CTL_OK) {
                all = sd_json_variant_ref(rules);
                if (sd_json_variant_set_field(&all, "phone", sd_json_variant_by_key(reply, "phone")) >= 0)
                        ctl_as_json(ctl, all);
        }
        free(reason);
        sd_json_variant_unref(all);
        sd_json_variant_unref(status);
        sd_json_variant_unref(rules);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_reach[] = {
        {"reach list", "", "Lists what phones may reach through their tunnel, beside this appliance.\n", "", 0, 0, reach_list},
        {"reach add", "site|profile NAME TO [any|udp|tcp|icmp [PORT|FROM-TO]...]",
         "Lets all phones, or those of a profile, reach a network through their tunnel. TO is ADDRESS/PREFIX, one address, or phones: the other\n"
         "phones. Example: reach add site 192.168.1.10 udp 5060 10000-20000\n", "", 2, ARGS_WORDS_MAX, reach_add},
        {"reach remove", "RULE", "Removes a rule by its number.\n", "", 1, 1, reach_remove},
        {"phone reach", "MAC", "What this phone may reach through its tunnel, and what is in force now.\n", "", 1, 1, phone_reach},
        {0},
};
