/*
 * session_command: what we say to OpenVPN.
 *
 * In:   answers, ids, names.
 * Out:  command text that cannot hold more commands than meant.
 * Not:  no sending (see management_link).
 */
#include "vpn/session/session_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"

static void write_denial(struct writer *w, const struct session_policy_answer *answer, uint64_t cid, uint64_t kid)
{
        writer_format(w, "client-deny %" PRIu64 " %" PRIu64 " \"%s\" ", cid, kid,
                      session_policy_reason_word(answer->reason));
        if (answer->temporary)
                writer_format(w, "\"TEMP[backoff %u,advance no]:not admitted\"\n", answer->backoff_s);
        else
                writer_text(w, "\"not admitted\"\n");
}

static void write_admission(struct writer *w, const struct session_policy_answer *answer, uint64_t cid, uint64_t kid,
                            unsigned prefix, const struct session_reach_routes *routes)
{
        char address[TEXT_IPV4_SIZE], mask[TEXT_IPV4_SIZE];

        writer_format(w, "client-auth %" PRIu64 " %" PRIu64 "\nifconfig-push %s %s\n", cid, kid,
                      text_from_ipv4(answer->address, address), text_from_ipv4(text_ipv4_mask(prefix), mask));
        for (size_t i = 0; i < routes->n_items; i++)
                writer_format(w, "push \"route %s %s\"\n", text_from_ipv4(routes->items[i].address, address),
                              text_from_ipv4(text_ipv4_mask(routes->items[i].prefix), mask));
        writer_text(w, "END\n");
}

int session_command_answer(const struct session_policy_answer *answer, uint64_t cid, uint64_t kid, unsigned prefix,
                           const struct session_reach_routes *routes, char ret[static SESSION_COMMAND_MAX])
{
        struct writer w = writer_of(ret, SESSION_COMMAND_MAX);

        switch (answer->verdict) {
        case SESSION_POLICY_ADMIT:
                write_admission(&w, answer, cid, kid, prefix, routes);
                break;
        case SESSION_POLICY_KEEP:
                writer_format(&w, "client-auth-nt %" PRIu64 " %" PRIu64 "\n", cid, kid);
                break;
        case SESSION_POLICY_DENY:
                write_denial(&w, answer, cid, kid);
                break;
        }
        return writer_finish_text(&w);
}

/* Letters and digits only: a name with a blank or a quote is not one of ours. */
static bool is_plain(const char *name)
{
        for (const char *c = name; *c; c++)
                if (!((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '.' || *c == '-'))
                        return false;
        return *name != 0;
}

int session_command_kill(const char *common_name, char ret[static SESSION_COMMAND_MAX])
{
        struct writer w = writer_of(ret, SESSION_COMMAND_MAX);

        if (!is_plain(common_name))
                return PV_EREFUSED;
        writer_format(&w, "kill %s\n", common_name);
        return writer_finish_text(&w);
}

/* An IPv4 address and a port as decimal numbers, and nothing else. */
static bool is_peer(const char *peer)
{
        const char *colon = strchr(peer, ':');
        char address[TEXT_IPV4_SIZE];
        uint32_t parsed;

        if (!colon || (size_t)(colon - peer) >= sizeof address)
                return false;
        snprintf(address, sizeof address, "%.*s", (int)(colon - peer), peer);
        return text_to_ipv4(address, &parsed) == 0 && text_to_u32(colon + 1, UINT16_MAX, &parsed) == 0;
}

int session_command_kill_peer(const char *peer, bool is_tcp, char ret[static SESSION_COMMAND_MAX])
{
        struct writer w = writer_of(ret, SESSION_COMMAND_MAX);

        if (!is_peer(peer))
                return PV_EREFUSED;
        writer_format(&w, "kill %s:%s\n", is_tcp ? "tcp" : "udp", peer);
        return writer_finish_text(&w);
}

int session_command_restart(uint64_t cid, char ret[static SESSION_COMMAND_MAX])
{
        struct writer w = writer_of(ret, SESSION_COMMAND_MAX);

        writer_format(&w, "client-kill %" PRIu64 "\n", cid);
        return writer_finish_text(&w);
}
