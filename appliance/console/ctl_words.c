/*
 * ctl_words: events in plain words.
 *
 * In:   the fixed word of an event.
 * Out:  what it means.
 * Not:  no detail of the event.
 */
#include "appliance/console/ctl_words.h"

#include <stddef.h>

#include "appliance/base/text.h"

static const struct { const char *word, *plain; } words[] = {
        {"seen", "seen for the first time"},
        {"added", "made known"},
        {"approved", "approved"},
        {"window-open", "may enrol without a factory certificate"},
        {"window-closed", "the one-time window is closed"},
        {"dhcp-offer", "was offered an address"},
        {"dhcp-ack", "got an address"},
        {"dhcp-nak", "was refused that address"},
        {"dhcp-inform", "asked for options"},
        {"dhcp-decline", "says its address is taken"},
        {"dhcp-release", "gave its address back"},
        {"dhcp-silent", "got no answer"},
        {"dhcp-flood", "asks too often"},
        {"address-conflict", "its address is used by another"},
        {"pnp-notify", "was told its source by PnP"},
        {"pnp-taken", "took its source by PnP"},
        {"pnp-refused", "did not want its source by PnP"},
        {"pnp-silent", "PnP came to nothing"},
        {"rogue", "another host answers phones"},
        {"stage1-served", "got its first settings"},
        {"stage1-refused", "was refused its first settings"},
        {"certificate", "got a VPN certificate"},
        {"bundle-served", "got its VPN bundle"},
        {"bundle-refused", "was refused its VPN bundle"},
        {"enrolled", "took its VPN bundle"},
        {"tunnel-up", "is in the tunnel"},
        {"tunnel-down", "left the tunnel"},
        {"tunnel-refused", "was refused the tunnel"},
        {"tunnel-closed", "its tunnel was closed"},
        {"settings-served", "got its settings in the tunnel"},
        {"settings-refused", "was refused settings"},
        {"settings-held", "its new settings have an error; it keeps its old ones"},
        {"firmware-served", "got its firmware file"},
        {"firmware-refused", "was refused a firmware file"},
        {"notify-sent", "was told to fetch its settings"},
        {"notify-taken", "will fetch its settings"},
        {"notify-refused", "did not want to be told"},
        {"notify-silent", "did not answer when it was told to fetch"},
        {"served", "has the latest settings"},
        {"rollout-ring", "a roll-out is at its next ring"},
        {"rollout-failed", "did not come back with its new settings"},
        {"rollout-stopped", "the roll-out was stopped"},
        {"rollout-done", "the roll-out is done"},
        {"seal", "its tamper seal"},
        {"revoked", "revoked"},
        {"waiting", "waits for somebody"},
        {"rule", "a rule of the site let it in"},
        {"alarm", "ALARM"},
        {"enrolment-open", "listed phones without a certificate are let in for a while"},
        {"enrolment-closed", "they are no longer"},
        {"vpn-class", "changed between the OpenVPN processes"},
        {"vpn-client-missing", "has no VPN client; was sent to the image that brings one"},
        {"vpn-image-served", "got the image with a VPN client"},
        {"certificate-next", "has a new certificate to fetch"},
        {"renewal-fetched", "fetched its renewed bundle in the tunnel"},
        {"renewed", "uses its renewed certificate"},
        {"renewal-stuck", "did not take its renewed certificate"},
        {"authorities", "the roots that phones trust changed"},
        {"ends-soon", "ends soon"},
        {"ended", "has ended"},
        {"replacing", "takes the place of another phone"},
        {"replaced", "another phone took its place"},
        {"replace-undone", "the replacement was undone"},
        {"routes-changed", "is asked to reconnect: what it may reach has changed"},
};

const char *ctl_words_of(const char *word)
{
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (text_equal(words[i].word, word))
                        return words[i].plain;
        return word;
}
