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
#define BACKOFF_MOVED_S 13              /* a phone that moved comes in once its former place was silent for 25 s */

bool session_policy_is_own(const struct session_policy_phone *phone, const char *sha256)
{
        return *sha256 && (!strcmp(sha256, phone->sha256) || !strcmp(sha256, phone->next_sha256));
}

/* What the phone can do, and where it is, once it is known to be the phone. */
static enum session_policy_reason judge_means(const struct session_policy_request *request,
                                              const struct session_policy_phone *phone)
{
        if (request->cipher == SESSION_CIPHER_NONE)
                return SESSION_POLICY_REASON_CIPHER;
        if (request->cipher == SESSION_CIPHER_INSECURE && !phone->may_insecure)
                return SESSION_POLICY_REASON_INSECURE_CIPHER;
        if (request->is_old_tls && !phone->may_insecure)
                return SESSION_POLICY_REASON_INSECURE_TLS;
        if (request->other == SESSION_POLICY_OTHER_ELSEWHERE)
                return SESSION_POLICY_REASON_SECOND_PLACE;
        if (!phone->address)
                return SESSION_POLICY_REASON_NOT_READY;
        return phone->address_is_taken ? SESSION_POLICY_REASON_TAKEN : SESSION_POLICY_REASON_NONE;
}

static enum session_policy_reason judge(const struct session_policy_request *request,
                                        const struct session_policy_phone *phone, bool store_reachable)
{
        if (!phone)
                return store_reachable ? SESSION_POLICY_REASON_UNKNOWN : SESSION_POLICY_REASON_NOT_READY;
        if (!phone->allowed)
                return SESSION_POLICY_REASON_REVOKED;
        if (phone->class == SESSION_CLASS_LEGACY && request->is_legacy_off)
                return SESSION_POLICY_REASON_LEGACY_OFF;
        if (phone->class != request->class)
                return phone->class == SESSION_CLASS_LEGACY ? SESSION_POLICY_REASON_LEGACY : SESSION_POLICY_REASON_MODERN;
        if (!session_policy_is_own(phone, request->sha256))
                return SESSION_POLICY_REASON_CERTIFICATE;
        return judge_means(request, phone);
}

static bool is_another(const struct session_policy_request *request, const struct session_policy_tunnel *tunnel)
{
        return strcmp(request->common_name, tunnel->common_name) != 0 ||
               (*tunnel->sha256 && strcmp(request->sha256, tunnel->sha256) != 0);
}

static unsigned backoff_of(enum session_policy_reason reason)
{
        switch (reason) {
        case SESSION_POLICY_REASON_NOT_READY:
        case SESSION_POLICY_REASON_ANOTHER:
        case SESSION_POLICY_REASON_TAKEN:
                return BACKOFF_NOT_READY_S;
        case SESSION_POLICY_REASON_SECOND_PLACE:
                return BACKOFF_MOVED_S;
        default:
                return BACKOFF_REFUSED_S;
        }
}

static struct session_policy_answer deny(const struct session_policy_request *request,
                                         enum session_policy_reason reason, bool kill_tunnel)
{

        return (struct session_policy_answer){
                .verdict = SESSION_POLICY_DENY,
                .reason = reason,
                .kill_tunnel = kill_tunnel,
                .temporary = request->protocol & PROTOCOL_AUTH_FAIL_TEMP,
                .backoff_s = backoff_of(reason),
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
} reasons[SESSION_POLICY_REASONS] = {
        [SESSION_POLICY_REASON_NONE] = {"none", "Admitted."},
        [SESSION_POLICY_REASON_UNKNOWN] = {"unknown",
                "The certificate is ours but names no phone of this site; it was deleted or never added."},
        [SESSION_POLICY_REASON_REVOKED] = {"revoked", "The phone is not approved or was revoked."},
        [SESSION_POLICY_REASON_MODERN] = {"modern",
                "This phone belongs to the modern OpenVPN process but came to the one for old phones; it must fetch its VPN bundle again."},
        [SESSION_POLICY_REASON_LEGACY] = {"legacy",
                "This phone belongs to the OpenVPN process for old phones but came to the modern one; it must fetch its VPN bundle again."},
        [SESSION_POLICY_REASON_LEGACY_OFF] = {"legacy-off",
                "This phone belongs to the OpenVPN process for old phones, which is switched off (site value legacy)."},
        [SESSION_POLICY_REASON_CERTIFICATE] = {"certificate",
                "The certificate is ours but not the present one of this phone; it must fetch its VPN bundle again."},
        [SESSION_POLICY_REASON_CIPHER] = {"cipher",
                "Its VPN client is too old for the ciphers offered here; give it newer firmware, or move it to the process for old phones "
                "(provostctl phone class)."},
        [SESSION_POLICY_REASON_INSECURE_CIPHER] = {"cipher",
                "Its VPN client knows no better cipher than BF-CBC, which is for the models in legacy_tls10_models alone; give it newer firmware, "
                "or name its model there."},
        [SESSION_POLICY_REASON_INSECURE_TLS] = {"tls-version",
                "Its VPN client knows no TLS version above 1.1, which is for the models in legacy_tls10_models alone; give it newer firmware, "
                "or name its model there."},
        [SESSION_POLICY_REASON_SECOND_PLACE] = {"second-place",
                "Its tunnel is alive at another address; if the phone was not moved this moment, its VPN bundle was copied."},
        [SESSION_POLICY_REASON_ANOTHER] = {"another",
                "A session of another phone still lives at this address and port; the phone will try again."},
        [SESSION_POLICY_REASON_TAKEN] = {"taken",
                "The tunnel of the phone that had this address before is still ending; the phone will try again."},
        [SESSION_POLICY_REASON_NOT_READY] = {"not-ready",
                "The appliance could not look the phone up; the phone will try again."},
        [SESSION_POLICY_REASON_FOREIGN] = {"foreign",
                "A certificate in this name is of another authority than this process trusts; if it is the phone itself, it must fetch its "
                "VPN bundle again."},
        [SESSION_POLICY_REASON_EXPIRED] = {"expired",
                "Its certificate has ended, or the clock of the appliance is ahead; on the phone LAN it may fetch a new VPN bundle."},
        [SESSION_POLICY_REASON_NOT_YET] = {"not-yet",
                "Its certificate begins later than now: the clock of the appliance is behind; see provostctl clock show."},
        [SESSION_POLICY_REASON_UNFIT] = {"unfit",
                "Its certificate could not be verified; it must fetch its VPN bundle again."},
        [SESSION_POLICY_REASON_TLS_VERSION] = {"tls-version",
                "It offers no TLS version or TLS cipher that is allowed here; give it newer firmware, or move it to the process for old phones "
                "(provostctl phone class)."},
        [SESSION_POLICY_REASON_KEY] = {"key",
                "Its VPN bundle has another tls-auth key than this site; it must fetch its VPN bundle again."},
};

const char *session_policy_reason_text(enum session_policy_reason reason)
{
        return reasons[reason].text;
}

const char *session_policy_reason_word(enum session_policy_reason reason)
{
        return reasons[reason].word;
}
