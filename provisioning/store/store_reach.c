/*
 * store_reach: what phones may reach through the tunnel.
 *
 * In:   rules of the admin.
 * Out:  rules with numbers that stay; which of them are a phone's.
 * Not:  no rule is enforced here: session keeps the kernel's sets, box the chains (appliance/box/firewall_text).
 */
#include "provisioning/store/store_reach.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_reach_text.h"
#include "provisioning/store/store_site.h"

#define PROFILE_MAX 64
#define COLUMNS "SELECT number, scope, owner, target, protocol, ports FROM reach "

/* --- reading ----------------------------------------------------------------- */

static struct store_reach_rule rule_of(struct sqlite3_stmt *row)
{
        return (struct store_reach_rule){.scope = store_db_text(row, 1), .owner = store_db_text(row, 2), .target = store_db_text(row, 3),
                                         .protocol = store_db_text(row, 4), .ports = store_db_text(row, 5)};
}

static int row_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        const struct store_reach_rule rule = rule_of(row);
        char sentence[STORE_REACH_SENTENCE_SIZE];

        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("number", store_db_int(row, 0)),
                              SD_JSON_BUILD_PAIR_STRING("scope", rule.scope), SD_JSON_BUILD_PAIR_STRING("owner", rule.owner),
                              SD_JSON_BUILD_PAIR_STRING("to", rule.target), SD_JSON_BUILD_PAIR_STRING("protocol", rule.protocol),
                              SD_JSON_BUILD_PAIR_STRING("ports", rule.ports),
                              SD_JSON_BUILD_PAIR_STRING("sentence", store_reach_sentence(&rule, sentence, sizeof sentence)));
}

int store_op_list_reach(struct store *store, struct store_request *request)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), COLUMNS "ORDER BY number", "");

        return store_list_answer(store, request, "reach", rows, row_json, NULL);
}

int store_reach_of(struct store *store, const char *mac, sd_json_variant **ret_numbers)
{
        return store_list_array(store, store_db_query(store_db(store), "SELECT number FROM reach WHERE scope = 'site' OR owner IN (SELECT profile FROM "
                                "phone_profile WHERE mac = ?) ORDER BY number", "s", mac), store_list_number, NULL, ret_numbers);
}

/* --- rules and the tunnels' own networks -------------------------------------- */

static bool overlaps(uint32_t a, unsigned a_prefix, uint32_t b, unsigned b_prefix)
{
        uint32_t mask = text_ipv4_mask(a_prefix < b_prefix ? a_prefix : b_prefix);

        return (a & mask) == (b & mask);
}

/* Whether the network touches one that phones' tunnel addresses are of. */
static bool is_of_tunnels(const struct site *site, uint32_t network, unsigned prefix)
{
        return overlaps(network, prefix, site->tunnel_address, site->tunnel_prefix) ||
               (site->legacy && overlaps(network, prefix, site->legacy_address, site->legacy_prefix));
}

int store_reach_check_site(struct store *store, struct store_request *request, const struct site *site)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), COLUMNS "WHERE target <> 'phones' ORDER BY number", "");
        int64_t number = 0;
        char target[STORE_REACH_TARGET_SIZE] = "";
        int r;

        while (!number && (r = store_db_next(store_db(store), rows)) > 0) {
                uint32_t network;
                unsigned prefix;

                if (store_reach_target(store_db_text(rows, 3), target, &network, &prefix) == 0 && is_of_tunnels(site, network, prefix))
                        number = store_db_int(rows, 0);
        }
        store_db_end(rows);
        if (number)
                return store_refuse(request, "NotAllowed",
                                    "Rule %lld lets phones reach %s, which would then be a network of tunnels, and so of other phones; "
                                    "remove the rule first (provostctl reach remove %lld).", (long long)number, target, (long long)number);
        return r < 0 ? r : 0;
}

/* --- changing ------------------------------------------------------------------ */

static int check_scope(struct store *store, struct store_request *request, const char *scope, const char *owner)
{
        int64_t one;
        int r;

        if (text_equal(scope, "site"))
                return !owner || *owner ? store_invalid(request, "owner", "A rule of the site has no owner: it is for every phone.") : 0;
        if (!text_equal(scope, "profile"))
                return store_invalid(request, "scope", "A rule is of the site or of a profile: scope is \"site\" or \"profile\".");
        r = store_check_name(request, "owner", owner, PROFILE_MAX);
        if (r == 0 && !text_equal(owner, STORE_PROFILE_DEFAULT))
                r = store_db_number(store_db(store), "SELECT 1 FROM profile WHERE name = ?", &one, "s", owner);
        return r == PV_EUNSET ? store_refuse(request, "NoSuchName", "There is no profile of that name; make it with `provostctl profile set` first.") : r;
}

static int check_network(struct store *store, struct store_request *request, const char *target, uint32_t network, unsigned prefix)
{
        struct store_site site;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        if (is_of_tunnels(&site.site, network, prefix))
                r = store_invalid(request, "to",
                                  "%s has tunnel addresses of phones in it: name smaller networks beside them, or \"phones\" when phones are to "
                                  "reach each other.", target);
        store_site_done(&site);
        return r;
}

static int check_target(struct store *store, struct store_request *request, char ret_target[static STORE_REACH_TARGET_SIZE])
{
        uint32_t network = 0;
        unsigned prefix = 0;
        int r = store_reach_target(store_in_text(request, "to"), ret_target, &network, &prefix);

        if (r == PV_EMALFORMED)
                return store_invalid(request, "to", "Give a network like 192.168.10.0/24, an address, or \"phones\".");
        if (r == PV_EUNSET)
                return store_invalid(request, "to", "%s is nothing a phone can reach: a network of /8 or smaller, with addresses of hosts.",
                                     ret_target);
        if (r == PV_EREFUSED)
                return store_invalid(request, "to", "%s is an address inside a network: did you mean %s?", store_in_text(request, "to"), ret_target);
        return r < 0 || !prefix ? r : check_network(store, request, ret_target, network, prefix);
}

static int check_ports(struct store_request *request, const char *protocol, char ret_ports[static STORE_REACH_PORTS_SIZE])
{
        const char *text = store_in_text(request, "ports");
        int r = text ? store_reach_ports(text, ret_ports) : PV_EMALFORMED;

        if (r == PV_ETOOLARGE)
                return store_invalid(request, "ports", "At most %d ports or ranges stand in one rule; add another one.", STORE_REACH_RANGES_MAX);
        if (r < 0)
                return store_invalid(request, "ports", "Ports are numbers from 1 to 65535 and ranges, blank apart, like \"5060 10000-20000\"; \"\" is all.");
        if (text_equal(protocol, "icmp") && *text)
                return store_invalid(request, "ports", "Ping (icmp) has no ports.");
        return 0;
}

static int check_room(struct store *store, struct store_request *request)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM reach", &n, "");

        if (r == 0 && n >= STORE_REACH_MAX)
                return store_refuse(request, "NotAllowed", "There are %d rules already; remove one first, or put several ports into one.",
                                    STORE_REACH_MAX);
        return r;
}

static int insert(struct store *store, struct store_request *request, const struct store_reach_rule *rule)
{
        int r = store_db_run(store_db(store),
                             "INSERT INTO reach (scope, owner, target, protocol, ports, added_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                             "sssssi", rule->scope, rule->owner, rule->target, rule->protocol, rule->ports, store_now_s(store));

        if (r == 0 && store_db_changes(store_db(store)) == 0)
                return store_refuse(request, "AlreadyThere", "This rule is there already; `provostctl reach list` shows all.");
        return r;
}

/* The rule as it is kept now, as the answer; its sentence into the audit. */
static int told(struct store *store, struct store_request *request, const struct store_reach_rule *rule)
{
        char sentence[STORE_REACH_SENTENCE_SIZE];
        sd_json_variant *json = NULL;
        struct sqlite3_stmt *row = store_db_query(store_db(store),
                                                  COLUMNS "WHERE scope = ? AND owner = ? AND target = ? AND protocol = ? AND ports = ?", "sssss",
                                                  rule->scope, rule->owner, rule->target, rule->protocol, rule->ports);
        int r = store_db_next(store_db(store), row);

        if (r > 0)
                r = pv_error_from_errno(row_json(row, NULL, &json));
        else if (r == 0)
                r = PV_ESYSTEM;
        store_db_end(row);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("reach", SD_JSON_BUILD_VARIANT(json))));
        sd_json_variant_unref(json);
        if (r == 0)
                r = store_audit(store, request, "add-reach", text_equal(rule->scope, "site") ? "site" : rule->owner,
                                store_reach_sentence(rule, sentence, sizeof sentence));
        return r;
}

int store_op_add_reach(struct store *store, struct store_request *request)
{
        char target[STORE_REACH_TARGET_SIZE] = "", ports[STORE_REACH_PORTS_SIZE] = "";
        const struct store_reach_rule rule = {.scope = store_in_text(request, "scope"), .owner = store_in_text(request, "owner"), .target = target,
                                              .protocol = store_in_text(request, "protocol"), .ports = ports};
        int r = check_scope(store, request, rule.scope, rule.owner);

        if (r == 0)
                r = check_target(store, request, target);
        if (r == 0 && !store_reach_is_protocol(rule.protocol))
                return store_invalid(request, "protocol", "The protocol is any, udp, tcp or icmp (ping).");
        if (r == 0)
                r = check_ports(request, rule.protocol, ports);
        if (r == 0)
                r = check_room(store, request);
        if (r == 0)
                r = insert(store, request, &rule);
        if (r == 0)
                r = told(store, request, &rule);
        if (r == 0)
                store_change(store, "reach", "");
        return r;
}

/* The sentence of a rule that goes; PV_EREFUSED when there is none of that number. */
static int find(struct store *store, struct store_request *request, int64_t number, char *ret_sentence, size_t size, char *ret_owner,
                size_t owner_size)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), COLUMNS "WHERE number = ?", "i", number);
        int r = store_db_next(store_db(store), row);

        if (r > 0) {
                const struct store_reach_rule rule = rule_of(row);

                (void)store_reach_sentence(&rule, ret_sentence, size);
                (void)snprintf(ret_owner, owner_size, "%s", text_equal(rule.scope, "site") ? "site" : rule.owner);
                r = 0;
        } else if (r == 0) {
                r = store_refuse(request, "NoSuchName", "There is no rule %lld; `provostctl reach list` shows all.", (long long)number);
        }
        store_db_end(row);
        return r;
}

int store_op_remove_reach(struct store *store, struct store_request *request)
{
        int64_t number = store_in_int(request, "number", 0);
        char sentence[STORE_REACH_SENTENCE_SIZE], owner[PROFILE_MAX + 1];
        int r = find(store, request, number, sentence, sizeof sentence, owner, sizeof owner);

        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM reach WHERE number = ?", "i", number);
        if (r == 0)
                r = store_audit(store, request, "remove-reach", owner, sentence);
        if (r == 0)
                store_change(store, "reach", "");
        return r;
}

int store_reach_forget_profile(struct store *store, const char *profile)
{
        int r = store_db_run(store_db(store), "DELETE FROM reach WHERE scope = 'profile' AND owner = ?", "s", profile);

        if (r == 0 && store_db_changes(store_db(store)))
                store_change(store, "reach", "");
        return r;
}
