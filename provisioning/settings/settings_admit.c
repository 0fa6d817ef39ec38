/*
 * settings_admit: who gets stage 2.
 *
 * In:   what the edge saw of the client; the phone its tunnel address belongs to.
 * Out:  a decision with its reason.
 * Not:  no lookups, no answers.
 *
 * The tunnel address is the proof: session binds it to the phone's VPN
 * certificate and the firewall drops any other source. A factory certificate is
 * not needed here, but one of another phone is a contradiction. One that does
 * not verify (the maker's oldest roots) says nothing either way.
 */
#include "provisioning/settings/settings_admit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "provisioning/model/phone.h"
#include "provisioning/phone/phone_subject.h"

static struct settings_decision decide(bool serve, unsigned status, const char *format, ...) __attribute__((format(printf, 3, 4)));

static struct settings_decision decide(bool serve, unsigned status, const char *format, ...)
{
        struct settings_decision decision = {.serve = serve, .status = status};
        va_list list;

        va_start(list, format);
        (void)vsnprintf(decision.reason, sizeof decision.reason, format, list);
        va_end(list);
        return decision;
}

struct settings_decision settings_admit_request(const struct settings_evidence *evidence, char ret_address[static TEXT_IPV4_SIZE])
{
        const char *subject = evidence->subject ? evidence->subject : "";
        uint32_t address;
        struct mac mac;
        char asked[MAC_TEXT_SIZE], shown[MAC_TEXT_SIZE];

        if (!text_equal(evidence->listener, "tunnel"))
                return decide(false, 403, "asked outside the tunnel");
        if (!evidence->address || text_to_ipv4(evidence->address, &address))
                return decide(false, 403, "the edge did not say from which address");
        if (!evidence->verify || (!text_equal(evidence->verify, "SUCCESS") && !text_equal(evidence->verify, "NONE") &&
                                  !text_starts(evidence->verify, "FAILED")))
                return decide(false, 403, "the edge did not say whether a certificate was shown");
        if (text_equal(evidence->verify, "SUCCESS")) {
                if (phone_subject_mac(subject, strlen(subject), &mac))
                        return decide(false, 403, "the certificate shown is no phone's");
                if (!mac_equal(&mac, &evidence->mac))
                        return decide(false, 403, "phone %s was asked for with the certificate of phone %s",
                                      mac_format(&evidence->mac, asked), mac_format(&mac, shown));
        }
        text_from_ipv4(address, ret_address);
        return decide(true, 200, "tunnel address");
}

struct settings_decision settings_admit_phone(const struct mac *asked, const char *phone_mac, const char *state)
{
        struct mac mac;
        char name[MAC_TEXT_SIZE];

        if (mac_parse_text(phone_mac, &mac))
                return decide(false, 500, "the store gave no MAC for this address");
        if (!mac_equal(&mac, asked))
                return decide(false, 403, "phone %s asked for the settings of phone %s", phone_mac, mac_format(asked, name));
        if (!phone_state_is_trusted(state))
                return decide(false, 403, "the phone is %s, not approved", state);
        return decide(true, 200, "tunnel address of this phone");
}
