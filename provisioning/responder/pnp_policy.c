/*
 * pnp_policy: who is answered, and with which URL.
 *
 * In:   a parsed SUBSCRIBE and the facts about its sender.
 * Out:  a URL or silence, with the reason.
 * Not:  no clock, no tables, no bytes (pnp_reply), nothing is changed.
 */
#include "provisioning/responder/pnp_policy.h"

#include "appliance/base/text.h"

static struct pnp_policy_answer silent(const char *reason)
{
        return (struct pnp_policy_answer){.reason = reason};
}

/* A host of the LAN other than ourselves: neither network nor broadcast, so an answer reaches one station of this LAN. */
static bool is_lan_host(const struct site *site, uint32_t address)
{
        uint32_t mask = text_ipv4_mask(site->lan_prefix);

        return (address & mask) == (site->lan_address & mask) && address != site->lan_address && (address & ~mask) != 0 &&
               (address & ~mask) != ~mask;
}

/* An answer goes where the question came from, whatever the message names: nobody else can be made a target. */
static const char *why_no_way(const struct pnp_message *m, const struct pnp_policy_facts *f)
{
        if (f->to != PNP_POLICY_GROUP)
                return "not sent to the PnP group";
        if (!is_lan_host(f->site, f->from))
                return "sent from outside the phone LAN";
        if (!*m->contact || m->contact_address != f->from)
                return "asks for an answer to another address than its own";
        if (!f->is_from_itself)
                return "sent by another station than it names";
        return NULL;
}

struct pnp_policy_answer pnp_policy_decide(const struct pnp_message *m, const struct pnp_policy_facts *f)
{
        if (!f->site || !f->site->complete || f->site->pnp_mode == SITE_PNP_MODE_OFF)
                return silent("not serving");
        if (m->kind != PNP_KIND_SUBSCRIBE || !m->has_mac || !m->is_profile || !m->accepts_url)
                return silent("not a phone's question for its profile");
        const char *why_not = why_no_way(m, f);
        if (why_not)
                return silent(why_not);
        if (!f->is_trusted || !f->source)
                return silent(f->plain_reason);
        return (struct pnp_policy_answer){.url = f->source, .reason = f->is_approved ? "phone approved" : "phone expected"};
}
