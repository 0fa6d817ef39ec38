/*
 * fuzz rogue_reply: the first byte says whether the rest is a DHCP reply or a SIP message; then what the watch makes of it.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/responder/rogue_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool trusts(const char *url, void *userdata)
{
        (void)userdata;
        return text_starts(url, "https://10.0.0.1/");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct site site = {.dhcp_mode = SITE_DHCP_MODE_OFF};
        const struct rogue_facts facts = {.site = &site, .from = 0xc0000209, .trusts = trusts};
        struct rogue_verdict v;
        static struct dhcp_message m;

        if (size == 0 || size > DHCP_MESSAGE_MAX)
                return 0;
        if (data[0] & 1) {
                v = rogue_policy_pnp(data + 1, size - 1, &facts);
        } else {
                if (dhcp_message_parse_reply(data + 1, size - 1, &m) < 0)
                        return 0;
                v = rogue_policy_dhcp(&m, &facts);
                bool names = dhcp_message_has(&m, 66) || dhcp_message_has(&m, 67) || dhcp_message_has(&m, 43);
                if ((v.kind == ROGUE_SOURCE || v.kind == ROGUE_OURS) && !names)
                        abort();
        }
        if (!text_is_printable(v.offered) || strlen(v.offered) >= ROGUE_OFFER_SIZE || !text_is_printable(v.circuit_id) ||
            strlen(v.circuit_id) >= ROGUE_CIRCUIT_SIZE)
                abort();
        return 0;
}
