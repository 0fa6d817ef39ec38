/*
 * firewall: a batch of rules into the kernel.
 *
 * In:   the text of firewall_text.
 * Out:  the rules in force, or a reason.
 * Not:  no rule is decided here.
 */
#include "appliance/box/firewall.h"

#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

int firewall_load(const char *batch, char *problem, size_t problem_size)
{
        struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
        const char *said;
        int r = 0;

        *problem = 0;
        if (!nft)
                return PV_ENOMEM;
        nft_ctx_input_set_flags(nft, NFT_CTX_INPUT_NO_DNS);
        nft_ctx_buffer_error(nft);
        nft_ctx_buffer_output(nft);
        if (nft_run_cmd_from_buffer(nft, batch) != 0) {
                said = nft_ctx_get_error_buffer(nft);
                (void)snprintf(problem, problem_size, "%.*s", (int)(said ? strcspn(said, "\n") : 0), said ? said : "");
                r = PV_EREFUSED;
        }
        nft_ctx_free(nft);
        return r;
}
