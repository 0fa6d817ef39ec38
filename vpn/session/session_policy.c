/*
 * session_policy: may this certificate have a tunnel, and with which address.
 *
 * In:   one request of OpenVPN, the phone as the store knows it, the session it claims to continue.
 * Out:  an answer.
 * Not:  no tables, no clock, no sockets.
 */
#include "vpn/session/session_policy.h"

#include <string.h>

#define PROTOCOL_AUTH_FAIL_TEMP (1u << 8)       /* IV_PROTO of 2.6 and later */
#define BACKOFF_REFUSED_S 60
#define BACKOFF_NOT_READY_S 3

static enum session_policy_reason judge(const struct session_policy_request *request,
                                        const struct session_policy_phone *phone, bool store_reachable)
{
        if (!phone)
                return store_reachable ? SESSION_POLICY_REASON_UNKNOWN : SESSION_POLICY_REASON_NOT_READY;
        if (!phone->allowed)
                return SESSION_POLICY_REASON_REVOKED;
        if (!*request->sha256 || strcmp(request->sha256, phone->sha256) != 0)
                return SESSION_POLICY_REASON_CERTIFICATE;
        if (!phone->address)
                return SESSION_POLICY_REASON_NOT_READY;
        return SESSION_POLICY_REASON_NONE;
}

static bool is_another(const struct session_policy_request *request, const struct session_policy_tunnel *tunnel)
{
        return strcmp(request->common_name, tunnel->common_name) != 0 ||
               (*tunnel->sha256 && strcmp(request->sha256, tunnel->sha256) != 0);
}

static struct session_policy_answer deny(const struct session_policy_request *request,
                                         enum session_policy_reason reason, bool kill_tunnel)
{
        bool soon = reason == SESSION_POLICY_REASON_NOT_READY || reason == SESSION_POLICY_REASON_ANOTHER;

        return (struct session_policy_answer){
                .verdict = SESSION_POLICY_DENY,
                .reason = reason,
                .kill_tunnel = kill_tunnel,
                .temporary = request->protocol & PROTOCOL_AUTH_FAIL_TEMP,
                .backoff_s = soon ? BACKOFF_NOT_READY_S : BACKOFF_REFUSED_S,
        };
}

struct session_policy_answer session_policy_decide(const struct session_policy_request *request,
                                                   const struct session_policy_phone *phone,
                                                   const struct session_policy_tunnel *tunnel, bool store_reachable)
{
        enum session_policy_reason reason = judge(request, phone, store_reachable);

        if (request->is_again && tunnel && is_another(request, tunnel))
                return deny(request, SESSION_POLICY_REASON_ANOTHER, false);
        if (reason != SESSION_POLICY_REASON_NONE)
                return deny(request, reason, request->is_again && reason != SESSION_POLICY_REASON_NOT_READY);
        return (struct session_policy_answer){
                .verdict = request->is_again ? SESSION_POLICY_KEEP : SESSION_POLICY_ADMIT,
                .address = phone->address,
        };
}

static const struct {
        const char *word, *text;
} reasons[] = {
        [SESSION_POLICY_REASON_NONE] = {"none", "Admitted."},
        [SESSION_POLICY_REASON_UNKNOWN] = {"unknown",
                "The certificate is ours but names no phone of this site; it was deleted or never added."},
        [SESSION_POLICY_REASON_REVOKED] = {"revoked", "The phone is not approved or was revoked."},
        [SESSION_POLICY_REASON_CERTIFICATE] = {"certificate",
                "The certificate is ours but not this phone's present one; it must fetch its VPN bundle again."},
        [SESSION_POLICY_REASON_ANOTHER] = {"another",
                "Another phone's session still lives at this address and port; the phone will try again."},
        [SESSION_POLICY_REASON_NOT_READY] = {"not-ready",
                "The appliance could not look the phone up; the phone will try again."},
};

const char *session_policy_reason_text(enum session_policy_reason reason)
{
        return reasons[reason].text;
}

const char *session_policy_reason_word(enum session_policy_reason reason)
{
        return reasons[reason].word;
}
