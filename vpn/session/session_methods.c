/*
 * session_methods: the calls of io.provost.Session.
 *
 * In:   calls of provostctl and admin.
 * Out:  the tunnels; the proof that one is closed, or that a certificate is refused.
 * Not:  nothing is changed by a call.
 */
#include "vpn/session/session_methods.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "vpn/session/session_station.h"

#define TROUBLE "io.provost.Session.Trouble"
#define STATUS_MS 1000
#define CLOSED_MS 2000
#define REACH_MAX 8192
#define BUSY "Too many callers wait already; try again."

static int build(sd_json_variant **ret, const struct session_core *core, const struct session_tunnel *tunnel)
{
        static const struct session_reach_set none = {0};
        const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);
        char address[TEXT_IPV4_SIZE], reach[REACH_MAX];
        struct writer w = writer_of(reach, sizeof reach);
        bool is_up = tunnel->state == SESSION_TUNNEL_UP;

        session_reach_tell(&w, &core->reach, phone ? &phone->reach : &none);
        if (writer_finish_text(&w) < 0)
                snprintf(reach, sizeof reach, "More rules than fit here; see the list of rules.");
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", tunnel->common_name),
                SD_JSON_BUILD_PAIR_STRING("address", tunnel->address ? text_from_ipv4(tunnel->address, address) : ""),
                SD_JSON_BUILD_PAIR_STRING("peer", tunnel->peer),
                SD_JSON_BUILD_PAIR_STRING("state", is_up ? "up" : "pending"),
                SD_JSON_BUILD_PAIR_INTEGER("since", tunnel->since_s),
                SD_JSON_BUILD_PAIR_INTEGER("bytes_in", (int64_t)tunnel->bytes_in),
                SD_JSON_BUILD_PAIR_INTEGER("bytes_out", (int64_t)tunnel->bytes_out),
                SD_JSON_BUILD_PAIR_STRING("version", tunnel->version), SD_JSON_BUILD_PAIR_STRING("cipher", tunnel->cipher),
                SD_JSON_BUILD_PAIR_STRING("vpn_class", session_class_facts(tunnel->class)->name),
                SD_JSON_BUILD_PAIR_STRING("protocol", tunnel->transport), SD_JSON_BUILD_PAIR_STRING("reach", reach),
                SD_JSON_BUILD_PAIR_STRING("data_channel", core->servers[tunnel->class].is_kernel ? "kernel" : "user"));
}

static int append(sd_json_variant **list, const struct session_core *core, const struct session_tunnel *tunnel)
{
        sd_json_variant *item = NULL;
        int result = build(&item, core, tunnel);

        if (result >= 0)
                result = sd_json_variant_append_array(list, item);
        sd_json_variant_unref(item);
        return result;
}

static void reply_status(sd_varlink *link, const struct session_core *core)
{
        sd_json_variant *list = NULL;
        int result = sd_json_variant_new_array(&list, NULL, 0);

        for (size_t i = 0; result >= 0 && i < core->tunnels.n_items; i++)
                result = append(&list, core, core->tunnels.items[i]);
        if (result < 0)
                service_refuse(link, TROUBLE, "There is not enough memory to list the tunnels; try again.");
        else
                sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_BOOLEAN("server_up", session_core_is_heard(core, SESSION_CLASS_MODERN)),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("legacy_up", session_core_is_heard(core, SESSION_CLASS_LEGACY)),
                                   SD_JSON_BUILD_PAIR_VARIANT("tunnels", list));
        sd_json_variant_unref(list);
}

static bool answer_try(const struct session_waiter *waiter, bool is_late, const struct session_station *station)
{
        bool is_current = station->fetch_done >= waiter->ticket && station->core.store_reachable;
        struct session_policy_answer answer;

        if (!is_current && !is_late)
                return false;
        answer = session_core_try(&station->core, waiter->mac, waiter->sha256);
        sd_varlink_replybo(waiter->link, SD_JSON_BUILD_PAIR_BOOLEAN("admitted", answer.verdict == SESSION_POLICY_ADMIT),
                           SD_JSON_BUILD_PAIR_STRING("word", session_policy_reason_word(answer.reason)),
                           SD_JSON_BUILD_PAIR_STRING("reason", session_policy_reason_text(answer.reason)));
        return true;
}

static bool answer_closed(const struct session_waiter *waiter, bool is_late, const struct session_station *station)
{
        const struct session_phone *phone = session_phones_find(&station->core.phones, waiter->mac);
        struct session_core_closing closing = {0};
        bool closed = session_core_is_closed(&station->core, waiter->mac, &closing);
        bool is_current = station->fetch_done >= waiter->ticket && station->core.store_reachable;

        /* Nothing will close a tunnel that its phone may have. */
        if (!is_late && (!is_current || (!closed && !(phone && phone->allowed))))
                return false;
        sd_varlink_replybo(waiter->link, SD_JSON_BUILD_PAIR_BOOLEAN("closed", closed && is_current),
                           SD_JSON_BUILD_PAIR_BOOLEAN("was_connected", closing.was_connected),
                           SD_JSON_BUILD_PAIR_BOOLEAN("blocked", closing.blocked),
                           SD_JSON_BUILD_PAIR_INTEGER("closed_at_ms", closing.closed_at_ms));
        return true;
}

bool session_methods_answer(const struct session_waiter *waiter, bool is_late, void *userdata)
{
        const struct session_station *station = userdata;

        if (waiter->kind == SESSION_WAITER_CLOSED)
                return answer_closed(waiter, is_late, station);
        if (waiter->kind == SESSION_WAITER_TRY)
                return answer_try(waiter, is_late, station);
        reply_status(waiter->link, &station->core);
        return true;
}

static int status(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct session_station *station = userdata;

        (void)parameters, (void)flags;
        if (!session_core_is_heard(&station->core, SESSION_CLASS_MODERN) && !session_core_is_heard(&station->core, SESSION_CLASS_LEGACY)) {
                reply_status(link, &station->core);
                return 0;
        }
        if (session_waiters_add(&station->waiters, link, SESSION_WAITER_STATUS, "", "", 0, STATUS_MS) < 0)
                return service_refuse(link, TROUBLE, BUSY);
        session_station_ask_numbers(station);
        return 0;
}

static int count_tunnels(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const struct session_station *station = userdata;
        const struct session_core *core = &station->core;
        int64_t n = 0;

        (void)parameters, (void)flags;
        for (size_t i = 0; i < core->tunnels.n_items; i++)
                n += core->tunnels.items[i]->state == SESSION_TUNNEL_UP;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_BOOLEAN("server_up", session_core_is_heard(core, SESSION_CLASS_MODERN)),
                                  SD_JSON_BUILD_PAIR_BOOLEAN("legacy_up", session_core_is_heard(core, SESSION_CLASS_LEGACY)),
                                  SD_JSON_BUILD_PAIR_INTEGER("tunnels", n), SD_JSON_BUILD_PAIR_INTEGER("bytes_in", (int64_t)core->bytes_in),
                                  SD_JSON_BUILD_PAIR_INTEGER("bytes_out", (int64_t)core->bytes_out));
}

struct closed_request {
        const char *mac;
};

static int confirm_closed(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"mac", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct closed_request, mac),
                 SD_JSON_MANDATORY},
                {0},
        };
        struct session_station *station = userdata;
        struct closed_request request = {0};
        char text[MAC_TEXT_SIZE];
        struct mac mac;
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (result != 0)
                return result;
        if (mac_parse_text(request.mac, &mac) < 0)
                return service_refuse(link, TROUBLE, "The MAC must be 12 hex digits.");
        if (session_waiters_add(&station->waiters, link, SESSION_WAITER_CLOSED, mac_format(&mac, text), "",
                                session_station_refresh(station), CLOSED_MS) < 0)
                return service_refuse(link, TROUBLE, BUSY);
        return 0;
}

/* The one that is up, else one that is about to be. */
static const struct session_tunnel *tunnel_of(const struct session_core *core, const char *mac)
{
        const struct session_tunnel *found = NULL, *tunnel;
        size_t at = 0;

        while ((tunnel = session_tunnels_next(&core->tunnels, mac, &at)))
                if (!found || tunnel->state == SESSION_TUNNEL_UP)
                        found = tunnel;
        return found;
}

static int get_tunnel(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"mac", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct closed_request, mac), SD_JSON_MANDATORY},
                {0},
        };
        const struct session_station *station = userdata;
        const struct session_tunnel *tunnel;
        struct closed_request request = {0};
        sd_json_variant *item = NULL;
        char text[MAC_TEXT_SIZE];
        struct mac mac;
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (result != 0)
                return result;
        if (mac_parse_text(request.mac, &mac) < 0)
                return service_refuse(link, TROUBLE, "The MAC must be 12 hex digits.");
        tunnel = tunnel_of(&station->core, mac_format(&mac, text));
        if (tunnel && build(&item, &station->core, tunnel) < 0)
                return service_refuse(link, TROUBLE, "There is not enough memory to tell of the tunnel; try again.");
        result = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("tunnel", item));
        sd_json_variant_unref(item);
        return result;
}

struct try_request {
        const char *mac, *sha256;
};

static bool is_digest(const char *text)
{
        return !*text || (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64);
}

static int try_certificate(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"mac", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct try_request, mac), SD_JSON_MANDATORY},
                {"sha256", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct try_request, sha256), SD_JSON_MANDATORY},
                {0},
        };
        struct session_station *station = userdata;
        struct try_request request = {0};
        char text[MAC_TEXT_SIZE];
        struct mac mac;
        int result = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (result != 0)
                return result;
        if (mac_parse_text(request.mac, &mac) < 0)
                return service_refuse(link, TROUBLE, "The MAC must be 12 hex digits.");
        if (!is_digest(request.sha256))
                return service_refuse(link, TROUBLE, "The fingerprint must be 64 lower-case hex digits, or empty for the present certificate.");
        if (session_waiters_add(&station->waiters, link, SESSION_WAITER_TRY, mac_format(&mac, text), request.sha256,
                                session_station_refresh(station), CLOSED_MS) < 0)
                return service_refuse(link, TROUBLE, BUSY);
        return 0;
}

void session_methods_disconnected(sd_varlink *link, void *userdata)
{
        struct session_station *station = userdata;

        session_waiters_drop(&station->waiters, link);
}

const struct service_method session_methods[] = {
        {"io.provost.Session.Status", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, status},
        {"io.provost.Session.CountTunnels", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, count_tunnels},
        {"io.provost.Session.GetTunnel", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, get_tunnel},
        {"io.provost.Session.TryCertificate", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, try_certificate},
        {"io.provost.Session.ConfirmClosed", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, confirm_closed},
        {0},
};
