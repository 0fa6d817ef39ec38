/*
 * pki_methods: the calls of io.provost.Pki.
 *
 * In:   parameters whose types libsystemd has checked, from callers that may.
 * Out:  answers with certificates; keys only to the station that needs them. Answers with keys are marked sensitive.
 * Not:  no work on certificates here.
 */
#include "vpn/pki/pki_methods.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "vpn/pki/pki_edge.h"
#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_names.h"
#include "vpn/pki/pki_station.h"

#define TROUBLE "io.provost.Pki.Trouble"
#define INVALID "io.provost.Pki.InvalidRequest"
#define EDGE_NAMES_MAX 32

static int refuse_trouble(sd_varlink *link, const struct pki_station *station)
{
        return service_refuse(link, TROUBLE, "%s", station->trouble);
}

/* One failure of making or keeping a certificate, logged and told. */
static int refuse_failed(sd_varlink *link, const char *what, int result)
{
        log_event(LOG_LEVEL_ERROR, "issue-failed", "what", what, "error", pv_error_text(result), NULL);
        return service_refuse(link, TROUBLE, "The certificate (%s) could not be made: %s; check the data partition's space "
                              "and health.", what, pv_error_text(result));
}

/* Sends and forgets; sensitive keeps libsystemd from ever printing it and makes it wipe the buffer. */
static int reply_secret(sd_varlink *link, sd_json_variant *answer, int build_result)
{
        int result = build_result;

        if (result >= 0) {
                sd_json_variant_sensitive(answer);
                result = sd_varlink_reply(link, answer);
        }
        sd_json_variant_unref(answer);
        return result;
}

static int get_authorities(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = userdata;
        const struct pki_authority *authority = &station->authority;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return refuse_trouble(link, station);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("root", authority->root.certificate),
                                  SD_JSON_BUILD_PAIR_STRING("issuing", authority->issuing.certificate),
                                  SD_JSON_BUILD_PAIR_STRING("chain", authority->chain),
                                  SD_JSON_BUILD_PAIR_STRING("root_sha256", authority->root_sha256));
}

static int reply_client(sd_varlink *link, const char *common_name, const struct pki_certificate_pair *pair)
{
        struct pki_certificate_facts facts;
        sd_json_variant *answer = NULL;
        int result = pki_certificate_read(pair->certificate, &facts);

        if (result < 0)
                return refuse_failed(link, "phone", result);
        log_event(LOG_LEVEL_INFO, "issued", "name", common_name, "serial", facts.serial, NULL);
        result = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("certificate", pair->certificate),
                                SD_JSON_BUILD_PAIR_STRING("private_key", pair->private_key),
                                SD_JSON_BUILD_PAIR_STRING("serial", facts.serial),
                                SD_JSON_BUILD_PAIR_STRING("sha256", facts.sha256),
                                SD_JSON_BUILD_PAIR_INTEGER("not_before", facts.span.not_before),
                                SD_JSON_BUILD_PAIR_INTEGER("not_after", facts.span.not_after));
        return reply_secret(link, answer, result);
}

struct client_request {
        const char *common_name, *key_type;
};

static int issue_client(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"common_name", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string,
                 offsetof(struct client_request, common_name), SD_JSON_MANDATORY},
                {"key_type", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string,
                 offsetof(struct client_request, key_type), SD_JSON_MANDATORY},
                {0},
        };
        struct pki_station *station = userdata;
        struct client_request request = {0};
        struct pki_certificate_pair pair = {0};
        struct pki_times times;
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (result != 0)
                return result;
        if (*station->trouble)
                return refuse_trouble(link, station);
        if (!pki_names_is_common_name(request.common_name))
                return service_refuse(link, INVALID, "The common name must be 1 to 64 of a-z, 0-9, '.' and '-'.");
        if (!text_equal(request.key_type, "p256") && !text_equal(request.key_type, "rsa2048"))
                return service_refuse(link, INVALID, "The key type must be p256 or rsa2048.");
        times = pki_station_times(station, clock_wall_s());
        result = pki_leaf_client(&station->authority, &times, request.common_name,
                                 text_equal(request.key_type, "p256") ? PKI_CERTIFICATE_KEY_P256
                                                                      : PKI_CERTIFICATE_KEY_RSA2048, &pair);
        result = result < 0 ? refuse_failed(link, "phone", result) : reply_client(link, request.common_name, &pair);
        pki_certificate_pair_done(&pair);
        return result;
}

static int get_vpn_server(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = userdata;
        struct pki_times times = pki_station_times(station, clock_wall_s());
        struct pki_certificate_pair pair = {0};
        struct pki_certificate_facts facts;
        sd_json_variant *answer = NULL;
        int result;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return refuse_trouble(link, station);
        result = pki_leaf_vpn_server(&station->vault, &station->authority, &times, &pair);
        if (result == 0)
                result = pki_certificate_read(pair.certificate, &facts);
        if (result < 0) {
                pki_certificate_pair_done(&pair);
                return refuse_failed(link, "VPN server", result);
        }
        result = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("certificate", pair.certificate),
                                SD_JSON_BUILD_PAIR_STRING("private_key", pair.private_key),
                                SD_JSON_BUILD_PAIR_INTEGER("not_after", facts.span.not_after));
        pki_certificate_pair_done(&pair);
        return reply_secret(link, answer, result);
}

static int get_vpn_keys(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = userdata;
        sd_json_variant *answer = NULL;
        int result;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return refuse_trouble(link, station);
        result = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("tls_auth", station->tls_auth));
        return reply_secret(link, answer, result);
}

struct edge_request {
        char **names, **addresses;
};

static size_t count(char *const *list)
{
        size_t n = 0;

        while (list && list[n])
                n++;
        return n;
}

static void free_list(char **list)
{
        for (size_t i = 0; list && list[i]; i++)
                free(list[i]);
        free(list);
}

/* NULL when these may stand in a certificate, else the sentence of the refusal. */
static const char *edge_problem(const struct pki_certificate_names *names)
{
        if (names->n_hosts + names->n_addresses == 0 || names->n_hosts + names->n_addresses > EDGE_NAMES_MAX)
                return "Between 1 and 32 names and addresses are needed.";
        for (size_t i = 0; i < names->n_hosts; i++)
                if (!pki_names_is_host(names->hosts[i]))
                        return "A name must be a host name of letters, digits, '-' and '.', without wildcard.";
        for (size_t i = 0; i < names->n_addresses; i++)
                if (!pki_names_is_address(names->addresses[i]))
                        return "An address must be an IPv4 or IPv6 address.";
        return NULL;
}

static int write_edge(sd_varlink *link, struct pki_station *station, const struct pki_certificate_names *names)
{
        struct pki_times times = pki_station_times(station, clock_wall_s());
        struct pki_certificate_pair pairs[PKI_LEAF_N_EDGE] = {0};
        struct pki_certificate_facts facts;
        bool changed = false;
        int result = pki_leaf_edge(&station->vault, &station->authority, &times, names, pairs);

        if (result == 0)
                result = pki_edge_write(station->tls_directory, &station->authority, pairs, &changed);
        if (result == 0)
                result = pki_certificate_read(pairs[0].certificate, &facts);
        for (size_t i = 0; i < PKI_LEAF_N_EDGE; i++)
                pki_certificate_pair_done(&pairs[i]);
        if (result < 0)
                return refuse_failed(link, "edge", result);
        log_event(LOG_LEVEL_INFO, "edge-prepared", "changed", changed ? "yes" : "no", NULL);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_BOOLEAN("changed", changed),
                                  SD_JSON_BUILD_PAIR_INTEGER("not_after", facts.span.not_after));
}

static int prepare_edge(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"names", SD_JSON_VARIANT_ARRAY, sd_json_dispatch_strv, offsetof(struct edge_request, names), SD_JSON_MANDATORY},
                {"addresses", SD_JSON_VARIANT_ARRAY, sd_json_dispatch_strv, offsetof(struct edge_request, addresses),
                 SD_JSON_MANDATORY},
                {0},
        };
        struct pki_station *station = userdata;
        struct edge_request request = {0};
        struct pki_certificate_names names;
        const char *problem;
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        names = (struct pki_certificate_names){.hosts = request.names, .n_hosts = count(request.names),
                                               .addresses = request.addresses, .n_addresses = count(request.addresses)};
        if (result == 0) {
                problem = edge_problem(&names);
                if (*station->trouble)
                        result = refuse_trouble(link, station);
                else if (problem)
                        result = service_refuse(link, INVALID, "%s", problem);
                else
                        result = write_edge(link, station, &names);
        }
        free_list(request.names);
        free_list(request.addresses);
        return result;
}

const struct service_method pki_methods[] = {
        {"io.provost.Pki.GetAuthorities",
         SERVICE_CALLER_ROOT | SERVICE_CALLER_BOOTSTRAP | SERVICE_CALLER_SESSION | SERVICE_CALLER_ADMIN, get_authorities},
        {"io.provost.Pki.IssueClient", SERVICE_CALLER_BOOTSTRAP, issue_client},
        {"io.provost.Pki.GetVpnServer", SERVICE_CALLER_SESSION, get_vpn_server},
        {"io.provost.Pki.GetVpnKeys", SERVICE_CALLER_SESSION | SERVICE_CALLER_BOOTSTRAP, get_vpn_keys},
        {"io.provost.Pki.PrepareEdge", SERVICE_CALLER_ROOT, prepare_edge},
        {0},
};
