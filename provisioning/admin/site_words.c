/*
 * site_words: what the values of the site are for.
 *
 * In:   a name.
 * Out:  one sentence.
 * Not:  no types and no defaults: those are site.h's.
 */
#include "provisioning/admin/site_words.h"

#include <stddef.h>

#include "appliance/base/text.h"

static const struct { const char *name, *purpose; } words[] = {
        {"name", "What this site is called, on the page and in phones."},
        {"lan_interface", "The network card that phones are on."},
        {"lan_address", "The appliance's own address on the phone LAN, with its prefix."},
        {"uplink_interface", "The network card that leads out; empty when there is none."},
        {"uplink_address", "How the uplink gets its address: dhcp, none, or an address with its prefix."},
        {"uplink_gateway", "The router behind the uplink, when its address is fixed."},
        {"dhcp_mode", "Whether the appliance gives out addresses on the phone LAN."},
        {"pnp_mode", "Whether phones that ask by SIP multicast are told where their settings are; only phones that are trusted are."},
        {"unknown_clients", "Whether others on the phone LAN get a plain lease, or hear nothing."},
        {"pool_first", "The first address given out."},
        {"pool_last", "The last address given out."},
        {"router", "The router that devices on the phone LAN are told of; empty: none."},
        {"dns", "The name servers they are told of; by default the appliance."},
        {"ntp", "The time servers they are told of; by default the appliance."},
        {"domain", "The domain they are told of."},
        {"lease_s", "How long an address is theirs, in seconds."},
        {"option_form", "How DHCP says where settings are: as one URL, split into server and path, or both."},
        {"bootstrap_url", "Where phones fetch their first settings; by default from the appliance."},
        {"option_120", "A SIP server told by DHCP; empty: none."},
        {"option_132", "The VLAN that phones are told to use; empty: none."},
        {"option_133", "Its priority, 0 to 7; empty: none."},
        {"vpn_host", "The name or address that phones dial for their tunnel; by default the appliance on the phone LAN."},
        {"vpn_port", "The UDP port they dial."},
        {"tunnel_address", "The appliance's address in the tunnel network, with its prefix; phones get the others."},
        {"phone_ca", "The certificates of the phones' maker, PEM: a phone that shows one of this maker is known for what it is."},
        {"rsa_models", "Models that get an RSA certificate because they cannot do better."},
        {"sip_host", "The PBX that phones register at."},
        {"sip_transport", "How they talk to it: tls, tcp or udp."},
        {"time_zone", "The phones' time zone, as Snom writes it: GER+1."},
        {"language", "The language of the phones' display."},
        {"country", "The country, two letters: emergency numbers and tones follow."},
        {"poll_minutes", "How often phones ask for new settings by themselves, in minutes."},
        {"notify", "Whether phones are told of new settings at once."},
        {"rollout_mode", "Whether shared settings go to one phone, then a share, then all, or to all at once."},
        {"rollout_share", "The share of phones in the second ring, in percent."},
        {"rollout_wait_s", "How long a ring has to come back, in seconds."},
        {"rollout_settle_s", "How long a phone's tunnel must stay before it counts as back, in seconds."},
        {"seal_days", "How often a tamper seal has to be looked at, in days."},
        {"rogue_watch", "Whether other hosts that answer phones are looked for."},
        {"known_servers", "MAC addresses of hosts that may answer phones: no alarm for them."},
        {"listed_phones", "Whether an expected phone with its factory certificate is let in by itself, or only when somebody says so."},
        {"replace_wait_s", "How long the new phone of a replacement has to come up before it is undone, in seconds."},
        {"renew_days", "Certificates of phones are renewed when fewer days than these are left."},
        {"vpn_public_host", "What phones dial next when vpn_host does not answer, because they left the site."},
        {"vpn_public_port", "The UDP port there."},
        {"vpn_tcp_port", "A TCP port on which tunnels are taken as well; empty: none."},
        {"vpn_public_tcp_port", "The TCP port that phones dial from outside."},
        {"reach_nat", "Whether what phones send beyond the appliance leaves with its address."},
        {"legacy", "Whether phones with an old OpenVPN are taken, by a process of their own."},
        {"legacy_port", "The UDP port of that process."},
        {"legacy_https_port", "The TCP port on which those phones fetch their first settings."},
        {"legacy_address", "The appliance's address in those phones' tunnel network, with its prefix."},
        {"legacy_tls10_models", "Models that are offered TLS 1.0 there, because they know nothing better."},
        {"admin_port", "The TCP port of this page."},
        {"admin_on", "On which network cards this page answers; never in a tunnel."},
        {"update_url", "Where new versions of the appliance are fetched from when somebody says so, https."},
        {"update_share", "Percent of the phones connected before that a new version must get back to stay."},
        {"update_wait", "Seconds that a new version has for that."},
};

const char *site_words_purpose(const char *name)
{
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (text_equal(words[i].name, name))
                        return words[i].purpose;
        return "";
}
