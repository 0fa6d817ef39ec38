/*
 * session_block: the blocked addresses in the kernel.
 *
 * In:   addresses.
 * Out:  one nftables transaction per call, over netlink.
 * Not:  no other table; the right CAP_NET_ADMIN is this station's for this and session_firewall alone.
 */
#include "vpn/session/session_block.h"

#include <nftables/libnftables.h>
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define SET "inet provost blocked4"
#define COMMAND_MAX 512
#define ONLY_STEP 64

struct session_block {
        struct nft_ctx *nft;
};

int session_block_new(struct session_block **ret_block)
{
        struct session_block *block = calloc(1, sizeof *block);

        if (!block)
                return PV_ENOMEM;
        block->nft = nft_ctx_new(NFT_CTX_DEFAULT);
        if (!block->nft || nft_ctx_buffer_error(block->nft) != 0 || nft_ctx_buffer_output(block->nft) != 0) {
                session_block_free(block);
                return PV_ESYSTEM;
        }
        *ret_block = block;
        return 0;
}

void session_block_free(struct session_block *block)
{
        if (!block)
                return;
        if (block->nft)
                nft_ctx_free(block->nft);
        free(block);
}

int session_block_run(struct session_block *block, const char *commands)
{
        if (nft_run_cmd_from_buffer(block->nft, commands) == 0)
                return 0;
        log_event(LOG_LEVEL_ERROR, "firewall-refused", "firewall", nft_ctx_get_error_buffer(block->nft), NULL);
        return PV_ESYSTEM;
}

/* Adding what is there does not renew its time, and removing what is not there fails: so add, delete, add. */
int session_block_set(struct session_block *block, uint32_t address, bool blocked)
{
        char command[COMMAND_MAX], text[TEXT_IPV4_SIZE];
        struct writer w = writer_of(command, sizeof command);

        text_from_ipv4(address, text);
        writer_format(&w, "add element " SET " { %s timeout 1h }\ndelete element " SET " { %s }\n", text, text);
        if (blocked)
                writer_format(&w, "add element " SET " { %s timeout 1h }\n", text);
        if (writer_finish_text(&w) < 0)
                return PV_ETOOLARGE;
        return session_block_run(block, command);
}

int session_block_only(struct session_block *block, const uint32_t *addresses, size_t n_addresses)
{
        char text[TEXT_IPV4_SIZE], *command = malloc(n_addresses * ONLY_STEP + COMMAND_MAX);
        struct writer w;
        int result;

        if (!command)
                return PV_ENOMEM;
        w = writer_of(command, n_addresses * ONLY_STEP + COMMAND_MAX);
        writer_text(&w, "flush set " SET "\n");
        if (n_addresses > 0)
                writer_text(&w, "add element " SET " { ");
        for (size_t i = 0; i < n_addresses; i++)
                writer_format(&w, "%s%s timeout 1h", i ? ", " : "", text_from_ipv4(addresses[i], text));
        if (n_addresses > 0)
                writer_text(&w, " }\n");
        result = writer_finish_text(&w);
        if (result == 0)
                result = session_block_run(block, command);
        free(command);
        return result;
}
