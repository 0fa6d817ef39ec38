/*
 * bootstrap_admit: who gets stage 1 and a bundle.
 *
 * In:   what the edge saw of the client; what the store knows of the phone; the time.
 * Out:  a decision with its reason.
 * Not:  no lookups, no clock, no answers.
 */
#include "vpn/bootstrap/bootstrap_admit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/phone.h"
#include "provisioning/phone/phone_subject.h"

static struct bootstrap_decision decide(bool serve, unsigned status, enum bootstrap_cause cause, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

static struct bootstrap_decision decide(bool serve, unsigned status, enum bootstrap_cause cause, const char *format, ...)
{
        struct bootstrap_decision decision = {.serve = serve, .status = status, .cause = cause};
        va_list list;

        va_start(list, format);
        (void)vsnprintf(decision.reason, sizeof decision.reason, format, list);
        va_end(list);
        return decision;
}

enum bootstrap_listener bootstrap_listener_of(const char *text)
{
        if (text && text_equal(text, "lan"))
                return BOOTSTRAP_LISTENER_LAN;
        if (text && text_equal(text, "lan-legacy"))
                return BOOTSTRAP_LISTENER_LEGACY;
        return text && text_equal(text, "tunnel") ? BOOTSTRAP_LISTENER_TUNNEL : BOOTSTRAP_LISTENER_UNKNOWN;
}

/* A valid certificate counts when its name is one MAC and that is the phone asked for. */
static struct bootstrap_decision check_subject(const struct bootstrap_evidence *evidence, struct bootstrap_proof *ret_proof)
{
        struct mac mac;
        char shown[64], name[MAC_TEXT_SIZE];
        const char *subject = evidence->subject ? evidence->subject : "";

        if (phone_subject_mac(subject, strlen(subject), &mac)) {
                text_escape(shown, sizeof shown, subject, strlen(subject));
                return decide(false, 403, BOOTSTRAP_CAUSE_SUBJECT,
                              "its certificate is valid, but its name is no phone's (%s)", shown);
        }
        if (!mac_equal(&mac, &evidence->mac))
                return decide(false, 403, BOOTSTRAP_CAUSE_OTHER_PHONE, "the certificate of phone %s was shown",
                              mac_format(&mac, name));
        ret_proof->kind = BOOTSTRAP_PROOF_FACTORY;
        return decide(true, 200, BOOTSTRAP_CAUSE_FACTORY, "factory certificate");
}

struct bootstrap_decision bootstrap_admit_proof(const struct bootstrap_evidence *evidence, struct bootstrap_proof *ret_proof)
{
        const char *verify = evidence->verify ? evidence->verify : "";

        *ret_proof = (struct bootstrap_proof){.kind = BOOTSTRAP_PROOF_NONE};
        if (bootstrap_listener_of(evidence->listener) != BOOTSTRAP_LISTENER_LAN && bootstrap_listener_of(evidence->listener) != BOOTSTRAP_LISTENER_LEGACY)
                return decide(false, 403, BOOTSTRAP_CAUSE_LISTENER, "asked on the wrong listener");
        if (text_equal(verify, "SUCCESS"))
                return check_subject(evidence, ret_proof);
        if (text_equal(verify, "NONE"))
                return decide(true, 200, BOOTSTRAP_CAUSE_WINDOW, "no certificate");
        if (text_starts(verify, "FAILED")) {
                ret_proof->kind = BOOTSTRAP_PROOF_INVALID;
                text_escape(ret_proof->verdict, sizeof ret_proof->verdict, verify, strlen(verify));
                return decide(true, 200, BOOTSTRAP_CAUSE_WINDOW, "its certificate does not verify");
        }
        return decide(false, 403, BOOTSTRAP_CAUSE_VERDICT, "the edge did not say whether a certificate was shown");
}

static struct bootstrap_decision unproven(const struct bootstrap_proof *proof, enum bootstrap_cause cause, const char *rest)
{
        if (proof->kind == BOOTSTRAP_PROOF_INVALID)
                return decide(false, 403, BOOTSTRAP_CAUSE_VERDICT,
                              "its certificate is not from a maker the site trusts, or not valid now (%s)%s", proof->verdict, rest);
        return decide(false, 403, cause, "no certificate%s", rest);
}

/* Without proof every refusal is the same 403, whether the phone exists or not. */
static struct bootstrap_decision admit_unproven(const struct bootstrap_proof *proof, const struct bootstrap_phone *phone,
                                                int64_t now_s)
{
        if (!phone->known)
                return unproven(proof, BOOTSTRAP_CAUSE_UNKNOWN, ", and the phone is unknown");
        if (text_equal(phone->state, phone_state_text(PHONE_STATE_REVOKED)))
                return unproven(proof, BOOTSTRAP_CAUSE_REVOKED, ", and the phone is revoked");
        if (!phone_state_is_trusted(phone->state))
                return unproven(proof, BOOTSTRAP_CAUSE_NOT_APPROVED, ", and the phone is not approved");
        if (phone->window_until <= now_s)
                return unproven(proof, BOOTSTRAP_CAUSE_NO_CERTIFICATE, "; set phone_ca, or open a window for it");
        return decide(true, 200, BOOTSTRAP_CAUSE_WINDOW, "one-time window");
}

struct bootstrap_decision bootstrap_admit_phone(const struct bootstrap_proof *proof, const struct bootstrap_phone *phone,
                                                int64_t now_s)
{
        if (proof->kind != BOOTSTRAP_PROOF_FACTORY)
                return admit_unproven(proof, phone, now_s);
        if (!phone->known)
                return decide(false, 404, BOOTSTRAP_CAUSE_UNKNOWN, "a genuine phone that nobody has approved: add it to let it in");
        if (text_equal(phone->state, phone_state_text(PHONE_STATE_REVOKED)))
                return decide(false, 403, BOOTSTRAP_CAUSE_REVOKED, "the phone is revoked");
        if (!phone_state_is_trusted(phone->state))
                return decide(false, 404, BOOTSTRAP_CAUSE_NOT_APPROVED, "a genuine phone that waits for approval");
        return decide(true, 200, BOOTSTRAP_CAUSE_FACTORY, "factory certificate");
}

bool bootstrap_proof_is_weak(enum bootstrap_listener listener, const struct bootstrap_phone *phone)
{
        return listener == BOOTSTRAP_LISTENER_LEGACY && !(phone->known && phone->is_legacy);
}

struct bootstrap_decision bootstrap_admit_tunnel(const struct bootstrap_phone *phone, const char *address)
{
        char shown[64];

        if (!phone->known || !phone->tunnel_address || !address || !text_equal(phone->tunnel_address, address)) {
                text_escape(shown, sizeof shown, address ? address : "", address ? strlen(address) : 0);
                return decide(false, 403, BOOTSTRAP_CAUSE_OTHER_PHONE, "it was asked for from the tunnel address %s, which is not this phone's", shown);
        }
        if (!text_equal(phone->state, phone_state_text(PHONE_STATE_CONNECTED)) && !text_equal(phone->state, phone_state_text(PHONE_STATE_CURRENT)))
                return decide(false, 403, BOOTSTRAP_CAUSE_NOT_APPROVED, "no tunnel of this phone is known");
        return decide(true, 200, BOOTSTRAP_CAUSE_TUNNEL, "its tunnel");
}

enum bootstrap_pick bootstrap_pick(enum bootstrap_cause cause, const char *asked, const char *present, const char *next)
{
        enum bootstrap_pick newest = next ? BOOTSTRAP_PICK_NEXT : present ? BOOTSTRAP_PICK_PRESENT : BOOTSTRAP_PICK_NONE;

        if (!asked || cause == BOOTSTRAP_CAUSE_FACTORY)
                return newest;
        if (next && text_equal(asked, next))
                return BOOTSTRAP_PICK_NEXT;
        /* In its tunnel a phone that starts anew asks for the bundle it has. */
        if (present && text_equal(asked, present) && (!next || cause == BOOTSTRAP_CAUSE_TUNNEL))
                return BOOTSTRAP_PICK_PRESENT;
        return BOOTSTRAP_PICK_NONE;
}

bool bootstrap_is_replay(const struct bootstrap_proof *proof, const struct bootstrap_phone *phone)
{
        return proof->kind != BOOTSTRAP_PROOF_FACTORY && phone->known && phone_state_is_trusted(phone->state) &&
               !text_equal(phone->state, phone_state_text(PHONE_STATE_APPROVED));
}
