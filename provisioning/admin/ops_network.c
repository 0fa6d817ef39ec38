/*
 * ops_network: leases, responder, other servers, sources, reach.
 *
 * In:   names, rules.
 * Out:  the stations' answers; the lines for another DHCP server.
 * Not:  nothing is decided here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdlib.h>

#include "appliance/base/text.h"
#include "appliance/people/advice.h"

static const struct field get_advice_fields[] = {
        FIELD(PATH, WORD, "server", .required = true, .words = "isc kea dnsmasq windows mikrotik opnsense"),
        FIELDS_END,
};

static const struct field set_source_fields[] = {
        FIELD(PATH, TEXT, "name", .required = true, .min = 1, .max = 64),
        FIELD(BODY, TEXT, "url", .required = true, .min = 1, .max = 255),
        FIELDS_END,
};

static const struct field remove_source_fields[] = {
        FIELD(PATH, TEXT, "name", .required = true, .min = 1, .max = 64),
        FIELDS_END,
};

static const struct field add_reach_fields[] = {
        FIELD(BODY, WORD, "scope", .required = true, .words = "site profile"),
        FIELD(BODY, TEXT, "owner", .max = 64),
        FIELD(BODY, TEXT, "to", .required = true, .min = 1, .max = 64),
        FIELD(BODY, WORD, "protocol", .required = true, .words = "any udp tcp icmp"),
        FIELD(BODY, TEXT, "ports", .max = 128),
        FIELDS_END,
};

static const struct field remove_reach_fields[] = {
        FIELD(PATH, INTEGER, "number", .required = true, .min = 1, .max = INT64_MAX),
        FIELDS_END,
};

static void list_leases(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListLeases", NULL);
}

static void get_responder(struct call *call)
{
        ops_read(call, NULL, STATION_RESPONDER, "Status", NULL);
}

static void list_rogues(struct call *call)
{
        ops_read(call, NULL, STATION_RESPONDER, "ListRogues", NULL);
}

static void ask_rogues(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (call_station(call, STATION_RESPONDER, "AskRogues", NULL, 0, &reply) < 0)
                return;
        sd_json_variant_unref(reply);
        call_reply_empty(call);
}

/* --- another DHCP server ----------------------------------------------------------- */

static const char *value_of(sd_json_variant *site, const char *name)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = reply_item(site, "values", i)); i++)
                if (text_equal(reply_text(v, "name"), name))
                        return reply_text(v, "value");
        return "";
}

static void get_advice(struct call *call)
{
        sd_json_variant *site = NULL, *answer = NULL;
        char url[512], *lines = NULL;

        if (call_station(call, STATION_STORE, "GetSite", NULL, 0, &site) < 0)
                return;
        if (advice_url(value_of(site, "bootstrap_url"), value_of(site, "lan_address"), url, sizeof url) < 0)
                call_refuse(call, 409, "incomplete", NULL, "The site has no address on the phone LAN yet: set lan_address first.");
        else if (advice_lines(call_text(call, "server"), url, &lines) < 0 ||
                 sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("server", call_text(call, "server")), SD_JSON_BUILD_PAIR_STRING("url", url),
                                SD_JSON_BUILD_PAIR_STRING("lines", lines)) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(site);
        free(lines);
}

/* --- sources and reach ---------------------------------------------------------------- */

static void list_sources(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListSources", NULL);
}

static void set_source(struct call *call)
{
        ops_do(call, set_source_fields, STATION_STORE, "SetSource");
}

static void remove_source(struct call *call)
{
        ops_do(call, remove_source_fields, STATION_STORE, "RemoveSource");
}

static void list_reach(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListReach", NULL);
}

static void add_reach(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (ops_parameters(call, add_reach_fields, &parameters) < 0 ||
            (!call_text(call, "owner") && ops_add_text(call, &parameters, "owner", "") < 0) ||
            (!call_text(call, "ports") && ops_add_text(call, &parameters, "ports", "") < 0) ||
            call_station(call, STATION_STORE, "AddReach", parameters, CALL_AS_ACTOR, &reply) < 0)
                return;
        call_reply(call, 201, sd_json_variant_by_key(reply, "reach"));
        sd_json_variant_unref(reply);
}

static void remove_reach(struct call *call)
{
        ops_do(call, remove_reach_fields, STATION_STORE, "RemoveReach");
}

const struct operation ops_network_operations[] = {
        {"GET", "/leases", "listLeases", ROLE_READER, 0, NULL, list_leases},
        {"GET", "/responder", "getResponder", ROLE_READER, 0, NULL, get_responder},
        {"GET", "/rogues", "listRogues", ROLE_READER, 0, NULL, list_rogues},
        {"POST", "/rogues/ask", "askRogues", ROLE_HELPDESK, 0, NULL, ask_rogues},
        {"GET", "/advice/{server}", "getAdvice", ROLE_READER, 0, get_advice_fields, get_advice},
        {"GET", "/sources", "listSources", ROLE_READER, 0, NULL, list_sources},
        {"PUT", "/sources/{name}", "setSource", ROLE_ADMIN, 0, set_source_fields, set_source},
        {"DELETE", "/sources/{name}", "removeSource", ROLE_ADMIN, 0, remove_source_fields, remove_source},
        {"GET", "/reach", "listReach", ROLE_READER, 0, NULL, list_reach},
        {"POST", "/reach", "addReach", ROLE_ADMIN, 0, add_reach_fields, add_reach},
        {"DELETE", "/reach/{number}", "removeReach", ROLE_ADMIN, 0, remove_reach_fields, remove_reach},
        OPERATIONS_END,
};
