/*
 * pki_methods: the calls of io.provost.Pki.
 *
 * In:   parameters whose types libsystemd has checked, from callers that may.
 * Out:  answers with certificates; keys only to the station that needs them. Answers with keys are marked sensitive.
 * Not:  no work on certificates here.
 */
#include "vpn/pki/pki_methods.h"

#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "vpn/pki/pki_edge.h"
#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_life.h"
#include "vpn/pki/pki_names.h"
#include "vpn/pki/pki_page.h"
#include "vpn/pki/pki_reply.h"

#define EDGE_NAMES_MAX 32

static struct pki_station *station_of(void *userdata)
{
        return ((struct pki_methods_data *)userdata)->station;
}

/* The legacy authority is made when it is first needed; who watches learns of it. */
static int need_legacy(struct pki_station *station)
{
        struct pki_times times = pki_station_times(station, clock_wall_s());
        bool changed = false;
        int result = pki_authority_need_legacy(&station->authority, &station->vault, &times, &changed);

        if (changed)
                pki_station_changed(station);
        return result;
}

/* "modern" is also what null means; PV_EMALFORMED for another word. */
static int signer_of(const char *word, enum pki_leaf_signer *ret_signer)
{
        if (word && !text_equal(word, "modern") && !text_equal(word, "legacy"))
                return PV_EMALFORMED;
        *ret_signer = text_equal(word, "legacy") ? PKI_LEAF_LEGACY : PKI_LEAF_MODERN;
        return 0;
}

static int reply_authorities(sd_varlink *link, const struct pki_authority *authority, const char *texts[static 3])
{
        const struct pki_generation *newest = &authority->newest;
        struct pki_certificate_facts root;
        sd_json_variant *legacy = NULL;
        int result = pki_certificate_read(newest->root.certificate, &root);

        if (result < 0)
                return pki_reply_failed(link, "root", result);
        result = *texts[2] ? sd_json_variant_new_string(&legacy, texts[2]) : sd_json_variant_new_null(&legacy);
        if (result >= 0)
                result = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("root", newest->root.certificate),
                                            SD_JSON_BUILD_PAIR_STRING("issuing", newest->issuing.certificate),
                                            SD_JSON_BUILD_PAIR_STRING("roots", texts[0]),
                                            SD_JSON_BUILD_PAIR_STRING("chain", texts[1]),
                                            SD_JSON_BUILD_PAIR_VARIANT("legacy", legacy),
                                            SD_JSON_BUILD_PAIR_STRING("root_sha256", root.sha256),
                                            SD_JSON_BUILD_PAIR_INTEGER("generation", newest->number));
        sd_json_variant_unref(legacy);
        return result;
}

static int get_authorities(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);
        const struct pki_authority *authority = &station->authority;
        char *texts[3] = {0};
        int result;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        texts[0] = pki_authority_roots(authority);
        texts[1] = pki_authority_chain(authority);
        texts[2] = pki_authority_legacy(authority);
        result = texts[0] && texts[1] && texts[2] ? reply_authorities(link, authority, (const char **)texts)
                                                  : pki_reply_failed(link, "authorities", PV_ENOMEM);
        for (size_t i = 0; i < 3; i++)
                free(texts[i]);
        return result;
}

static int reply_client(sd_varlink *link, const char *common_name, const struct pki_certificate_pair *pair, int64_t generation)
{
        struct pki_certificate_facts facts;
        sd_json_variant *answer = NULL;
        int result = pki_certificate_read(pair->certificate, &facts);

        if (result < 0)
                return pki_reply_failed(link, "phone", result);
        log_event(LOG_LEVEL_INFO, "issued", "name", common_name, "serial", facts.serial, NULL);
        result = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("certificate", pair->certificate),
                                SD_JSON_BUILD_PAIR_STRING("private_key", pair->private_key),
                                SD_JSON_BUILD_PAIR_STRING("serial", facts.serial),
                                SD_JSON_BUILD_PAIR_STRING("sha256", facts.sha256),
                                SD_JSON_BUILD_PAIR_INTEGER("not_before", facts.span.not_before),
                                SD_JSON_BUILD_PAIR_INTEGER("not_after", facts.span.not_after),
                                SD_JSON_BUILD_PAIR_INTEGER("generation", generation));
        return pki_reply_secret(link, answer, result);
}

struct client_request {
        const char *common_name, *key_type, *authority;
};

static int issue(sd_varlink *link, struct pki_station *station, const struct client_request *request, enum pki_leaf_signer signer)
{
        enum pki_certificate_key key = text_equal(request->key_type, "p256") ? PKI_CERTIFICATE_KEY_P256
                                                                            : PKI_CERTIFICATE_KEY_RSA2048;
        const struct pki_generation *newest = &station->authority.newest;
        struct pki_certificate_pair pair = {0};
        struct pki_times times = pki_station_times(station, clock_wall_s());
        int result = signer == PKI_LEAF_LEGACY ? need_legacy(station) : 0;

        if (result == 0)
                result = pki_authority_mark_used(&station->authority, &station->vault);
        if (result == 0)
                result = pki_leaf_client(newest, signer, &times, request->common_name, key, &pair);
        result = result < 0 ? pki_reply_failed(link, "phone", result)
                            : reply_client(link, request->common_name, &pair, newest->number);
        pki_certificate_pair_done(&pair);
        return result;
}

static int issue_client(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"common_name", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string,
                 offsetof(struct client_request, common_name), SD_JSON_MANDATORY},
                {"key_type", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string,
                 offsetof(struct client_request, key_type), SD_JSON_MANDATORY},
                {"authority", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string,
                 offsetof(struct client_request, authority), SD_JSON_NULLABLE},
                {0},
        };
        struct pki_station *station = station_of(userdata);
        struct client_request request = {0};
        enum pki_leaf_signer signer;
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (result != 0)
                return result;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        if (!pki_names_is_common_name(request.common_name))
                return pki_reply_invalid(link, "The common name must be 1 to 64 of a-z, 0-9, '.' and '-'.");
        if (!text_equal(request.key_type, "p256") && !text_equal(request.key_type, "rsa2048"))
                return pki_reply_invalid(link, "The key type must be p256 or rsa2048.");
        if (signer_of(request.authority, &signer) < 0)
                return pki_reply_invalid(link, "The authority must be modern or legacy.");
        return issue(link, station, &request, signer);
}

static int reply_vpn_server(sd_varlink *link, const struct pki_station *station, const struct pki_certificate_pair *pair,
                            enum pki_leaf_signer signer)
{
        char *authorities = signer == PKI_LEAF_LEGACY ? pki_authority_legacy(&station->authority)
                                                      : pki_authority_chain(&station->authority);
        const char *chain = signer == PKI_LEAF_LEGACY ? "" : pki_authority_shown(&station->authority)->issuing.certificate;
        struct pki_certificate_facts facts;
        sd_json_variant *answer = NULL;
        int result = authorities ? pki_certificate_read(pair->certificate, &facts) : PV_ENOMEM;

        if (result < 0) {
                free(authorities);
                return pki_reply_failed(link, "VPN server", result);
        }
        result = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("certificate", pair->certificate),
                                SD_JSON_BUILD_PAIR_STRING("private_key", pair->private_key),
                                SD_JSON_BUILD_PAIR_INTEGER("not_after", facts.span.not_after),
                                SD_JSON_BUILD_PAIR_STRING("authorities", authorities),
                                SD_JSON_BUILD_PAIR_STRING("chain", chain));
        free(authorities);
        return pki_reply_secret(link, answer, result);
}

static int get_vpn_server(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"server", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, 0, SD_JSON_NULLABLE},
                {0},
        };
        struct pki_station *station = station_of(userdata);
        struct pki_times times = pki_station_times(station, clock_wall_s());
        struct pki_certificate_pair pair = {0};
        const char *server = NULL;
        enum pki_leaf_signer signer;
        bool made;
        int result = sd_varlink_dispatch(link, parameters, fields, &server);

        (void)flags;
        if (result != 0)
                return result;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        if (signer_of(server, &signer) < 0)
                return pki_reply_invalid(link, "The server must be modern or legacy.");
        if (signer == PKI_LEAF_LEGACY)
                result = need_legacy(station);
        if (result == 0)
                result = pki_leaf_server(&station->vault, pki_authority_shown(&station->authority), &times,
                                         signer == PKI_LEAF_LEGACY ? PKI_LEAF_VPN_LEGACY : PKI_LEAF_VPN, NULL, &made, &pair);
        result = result < 0 ? pki_reply_failed(link, "VPN server", result) : reply_vpn_server(link, station, &pair, signer);
        pki_certificate_pair_done(&pair);
        return result;
}

static int get_vpn_keys(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);
        sd_json_variant *answer = NULL;
        int result;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        result = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("tls_auth", station->tls_auth));
        return pki_reply_secret(link, answer, result);
}

struct edge_request {
        char **names, **addresses, **page_names, **page_addresses;
        int legacy;                     /* -1: not said */
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
        if (names->n_hosts + names->n_addresses > EDGE_NAMES_MAX)
                return "At most 32 names and addresses are possible.";
        for (size_t i = 0; i < names->n_hosts; i++)
                if (!pki_names_is_host(names->hosts[i]))
                        return "A name must be a host name of letters, digits, '-' and '.', without wildcard.";
        for (size_t i = 0; i < names->n_addresses; i++)
                if (!pki_names_is_address(names->addresses[i]))
                        return "An address must be an IPv4 or IPv6 address.";
        return NULL;
}

/* One pair: kept or made, its files written. Moves *not_after down to its end. */
static int put_edge(const struct pki_station *station, const struct pki_certificate_names *names, enum pki_leaf_server kind,
                    bool *changed, int64_t *not_after)
{
        struct pki_times times = pki_station_times(station, clock_wall_s());
        struct pki_certificate_pair pair = {0};
        struct pki_certificate_facts facts;
        bool made;
        int result = pki_leaf_server(&station->vault, pki_authority_shown(&station->authority), &times, kind, names, &made, &pair);

        if (result == 0)
                result = pki_edge_put(station->tls_directory, &station->authority, kind, &pair, changed);
        if (result == 0)
                result = pki_certificate_read(pair.certificate, &facts);
        if (result == 0 && facts.span.not_after < *not_after)
                *not_after = facts.span.not_after;
        pki_certificate_pair_done(&pair);
        return result;
}

/* The uploaded one as it is; ours is kept beside it, for the day it is removed. */
static int put_page(const struct pki_station *station, const struct pki_certificate_names *names, bool *changed, int64_t *not_after)
{
        struct pki_certificate_pair pair = {0};
        int result = pki_page_kept(&station->vault, &pair);

        if (result == 0)
                result = pki_edge_put_page(station->tls_directory, &pair, changed);
        else
                result = put_edge(station, names, PKI_LEAF_PAGE, changed, not_after);
        pki_certificate_pair_done(&pair);
        return result;
}

static bool is_none(const struct pki_certificate_names *names)
{
        return names->n_hosts + names->n_addresses == 0;
}

static int write_edge(sd_varlink *link, struct pki_station *station, const struct pki_certificate_names *names,
                      const struct pki_certificate_names *page, bool legacy)
{
        int64_t not_after = INT64_MAX;
        bool changed = false;
        int result = legacy ? need_legacy(station) : 0;

        for (enum pki_leaf_server kind = PKI_LEAF_EDGE_P256; !is_none(names) && kind < PKI_LEAF_N_EDGE && result == 0; kind++)
                if (legacy || kind != PKI_LEAF_EDGE_LEGACY)
                        result = put_edge(station, names, kind, &changed, &not_after);
        if (result == 0 && !is_none(page))
                result = put_page(station, page, &changed, &not_after);
        if (result == 0)
                result = pki_edge_put_authorities(station->tls_directory, &station->authority, &changed);
        if (result < 0)
                return pki_reply_failed(link, "edge", result);
        log_event(LOG_LEVEL_INFO, "edge-prepared", "changed", changed ? "yes" : "no", NULL);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_BOOLEAN("changed", changed),
                                  SD_JSON_BUILD_PAIR_INTEGER("not_after", not_after));
}

static struct pki_certificate_names names_of(char **hosts, char **addresses)
{
        return (struct pki_certificate_names){.hosts = hosts, .n_hosts = count(hosts), .addresses = addresses,
                                              .n_addresses = count(addresses)};
}

static int check_and_write_edge(sd_varlink *link, struct pki_station *station, const struct edge_request *request)
{
        struct pki_certificate_names names = names_of(request->names, request->addresses);
        struct pki_certificate_names page = names_of(request->page_names, request->page_addresses);
        const char *problem = edge_problem(&names);

        if (*station->trouble)
                return pki_reply_trouble(link, station);
        if (!problem)
                problem = edge_problem(&page);
        if (!problem && is_none(&names) && is_none(&page))
                problem = "A name or an address is needed.";
        return problem ? pki_reply_invalid(link, problem) : write_edge(link, station, &names, &page, request->legacy > 0);
}

static int prepare_edge(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"names", SD_JSON_VARIANT_ARRAY, sd_json_dispatch_strv, offsetof(struct edge_request, names), SD_JSON_MANDATORY},
                {"addresses", SD_JSON_VARIANT_ARRAY, sd_json_dispatch_strv, offsetof(struct edge_request, addresses),
                 SD_JSON_MANDATORY},
                {"legacy", SD_JSON_VARIANT_BOOLEAN, sd_json_dispatch_tristate, offsetof(struct edge_request, legacy),
                 SD_JSON_NULLABLE},
                {"page_names", SD_JSON_VARIANT_ARRAY, sd_json_dispatch_strv, offsetof(struct edge_request, page_names), SD_JSON_NULLABLE},
                {"page_addresses", SD_JSON_VARIANT_ARRAY, sd_json_dispatch_strv, offsetof(struct edge_request, page_addresses),
                 SD_JSON_NULLABLE},
                {0},
        };
        struct edge_request request = {.legacy = -1};
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (result == 0)
                result = check_and_write_edge(link, station_of(userdata), &request);
        free_list(request.names);
        free_list(request.addresses);
        free_list(request.page_names);
        free_list(request.page_addresses);
        return result;
}

/* --- the page's certificate -------------------------------------------------- */

static int reply_page(sd_varlink *link, const struct pki_station *station)
{
        struct pki_upload_facts *facts = calloc(1, sizeof *facts);
        char *names[PKI_UPLOAD_NAMES_MAX + 1] = {NULL};
        sd_json_variant *certificate = NULL;
        bool uploaded = false;
        int result = facts ? pki_page_shown(&station->vault, &uploaded, facts) : PV_ENOMEM;

        if (result < 0) {
                free(facts);
                return result == PV_EUNSET ? service_refuse(link, "io.provost.Pki.Trouble", "The page's certificate is not made yet; try again in a moment.")
                                           : pki_reply_failed(link, "page", result);
        }
        for (size_t i = 0; i < facts->n_names; i++)
                names[i] = facts->names[i];
        result = sd_json_buildo(&certificate, SD_JSON_BUILD_PAIR_BOOLEAN("uploaded", uploaded),
                                SD_JSON_BUILD_PAIR_STRING("subject", facts->subject), SD_JSON_BUILD_PAIR_STRING("issuer", facts->issuer),
                                SD_JSON_BUILD_PAIR("names", SD_JSON_BUILD_STRV(names)),
                                SD_JSON_BUILD_PAIR_INTEGER("not_before", facts->span.not_before),
                                SD_JSON_BUILD_PAIR_INTEGER("not_after", facts->span.not_after),
                                SD_JSON_BUILD_PAIR_STRING("sha256", facts->sha256));
        if (result >= 0)
                result = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("certificate", certificate));
        sd_json_variant_unref(certificate);
        free(facts);
        return result;
}

static int get_page_certificate(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);

        (void)parameters, (void)flags;
        return *station->trouble ? pki_reply_trouble(link, station) : reply_page(link, station);
}

struct page_request {
        const char *certificate, *private_key;
};

static int set_page_certificate(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"certificate", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct page_request, certificate),
                 SD_JSON_MANDATORY},
                {"private_key", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct page_request, private_key),
                 SD_JSON_MANDATORY},
                {0},
        };
        struct pki_station *station = station_of(userdata);
        struct page_request request = {0};
        struct pki_certificate_pair pair = {0};
        const char *problem = "";
        int result;

        (void)flags;
        sd_json_variant_sensitive(parameters);
        result = sd_varlink_dispatch(link, parameters, fields, &request);
        if (result != 0)
                return result;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        result = pki_upload_check(request.certificate, request.private_key, clock_wall_s(), &pair, &problem);
        if (result == PV_EREFUSED)
                return pki_reply_invalid(link, problem);
        if (result == 0)
                result = pki_page_keep(&station->vault, &pair);
        pki_certificate_pair_done(&pair);
        if (result < 0)
                return pki_reply_failed(link, "page", result);
        log_event(LOG_LEVEL_NOTICE, "page-certificate", "which", "uploaded", NULL);
        pki_station_changed(station);
        return reply_page(link, station);
}

static int remove_page_certificate(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_station *station = station_of(userdata);
        int result;

        (void)parameters, (void)flags;
        if (*station->trouble)
                return pki_reply_trouble(link, station);
        result = pki_page_forget(&station->vault);
        if (result < 0)
                return pki_reply_failed(link, "page", result);
        log_event(LOG_LEVEL_NOTICE, "page-certificate", "which", "ours", NULL);
        pki_station_changed(station);
        return reply_page(link, station);
}

static int watch(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct pki_methods_data *data = userdata;

        (void)parameters;
        return *data->station->trouble ? pki_reply_trouble(link, data->station) : pki_watch_serve(data->watch, link, flags);
}

void pki_methods_disconnected(sd_varlink *link, void *userdata)
{
        pki_watch_disconnected(((struct pki_methods_data *)userdata)->watch, link);
}

#define PERSON (SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN)
#define STATIONS (SERVICE_CALLER_BOOTSTRAP | SERVICE_CALLER_SESSION)

const struct service_method pki_methods[] = {
        {"io.provost.Pki.GetAuthorities", PERSON | STATIONS, get_authorities},
        {"io.provost.Pki.IssueClient", SERVICE_CALLER_BOOTSTRAP, issue_client},
        {"io.provost.Pki.GetVpnServer", SERVICE_CALLER_SESSION, get_vpn_server},
        {"io.provost.Pki.GetVpnKeys", STATIONS, get_vpn_keys},
        {"io.provost.Pki.PrepareEdge", SERVICE_CALLER_ROOT, prepare_edge},
        {"io.provost.Pki.GetPageCertificate", PERSON, get_page_certificate},
        {"io.provost.Pki.SetPageCertificate", PERSON, set_page_certificate},
        {"io.provost.Pki.RemovePageCertificate", PERSON, remove_page_certificate},
        {"io.provost.Pki.GetEnds", PERSON | STATIONS, pki_life_get_ends},
        {"io.provost.Pki.GetTimes", PERSON | STATIONS, pki_life_get_times},
        {"io.provost.Pki.TellTime", SERVICE_CALLER_ROOT, pki_life_tell_time},
        {"io.provost.Pki.GetRollover", PERSON | STATIONS, pki_life_get_rollover},
        {"io.provost.Pki.StepRollover", PERSON, pki_life_step_rollover},
        {"io.provost.Pki.Watch", PERSON | STATIONS, watch},
        {0},
};
