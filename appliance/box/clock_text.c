/*
 * clock_text: chrony as the phones' time server.
 *
 * In:   a checked struct box_model.
 * Out:  chrony.conf and the arguments of its unit.
 * Not:  no judgement of the time itself.
 *
 * A phone without a clock cannot check a certificate, so time is served also
 * when nothing better than our own clock is known (local stratum 10), and even
 * when that was only set to the last known moment: stratum 14 then, so whoever
 * has another server believes that one. Servers on the internet are asked only
 * when the site has an uplink; none is needed. They may step the clock at any
 * time (a machine that was suspended, a clock set wrong by hand): slewed, an
 * hour would take half a day.
 * chronyd listens on all addresses, because it binds to one at most; the
 * firewall lets 123 in from the phone LAN and the tunnel alone.
 */
#include "appliance/box/clock_text.h"

#include "appliance/base/text.h"

static void allow(struct writer *w, uint32_t address, unsigned prefix)
{
        char text[TEXT_IPV4_SIZE];

        writer_format(w, "allow %s/%u\n", text_from_ipv4(address & text_ipv4_mask(prefix), text), prefix);
}

void clock_text(struct writer *w, const struct box_model *m)
{
        writer_text(w, "# Written by provost-box from the site's values.\n");
        if (m->uplink != BOX_MODEL_UPLINK_NONE)
                writer_text(w, "pool 2.debian.pool.ntp.org iburst maxsources 4\n");
        writer_format(w, "local stratum %d\n", m->is_clock_a_floor ? 14 : 10);
        allow(w, m->lan_address, m->lan_prefix);
        allow(w, m->tunnel_address, m->tunnel_prefix);
        if (m->is_legacy)
                allow(w, m->legacy_address, m->legacy_prefix);
        writer_text(w, "ratelimit interval 1 burst 16\n"
                    "clientloglimit 4194304\n"
                    "cmdport 0\n"
                    "bindcmdaddress /\n"
                    "pidfile /run/provost-clock/chronyd.pid\n"
                    "driftfile /var/lib/provost/clock/drift\n"
                    "makestep 1 -1\n"
                    "maxupdateskew 100\n");
        if (!m->is_container)
                writer_text(w, "rtcsync\n");
}

void clock_text_environment(struct writer *w, const struct box_model *m)
{
        /* -x: in a container the clock is the host's; serve it, never set it. */
        writer_format(w, "PROVOST_CHRONY_FLAGS=%s\n", m->is_container ? "-x" : "");
}
