#ifndef PROVOST_SESSION_SESSION_BLOCK_H
#define PROVOST_SESSION_SESSION_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * The firewall's set of blocked tunnel addresses: table inet provost, set
 * blocked4, made by box. A second line behind ending the session: its packets
 * are dropped even if OpenVPN should still take them. Entries leave after an
 * hour; by then no session of the revoked phone can be left.
 */
struct session_block;

int session_block_new(struct session_block **ret_block) PV_MUST_CHECK;
void session_block_free(struct session_block *block);
/* Puts the address in (the hour begins anew) or takes it out; both also when it is so already. PV_ESYSTEM: logged. */
int session_block_set(struct session_block *block, uint32_t address, bool blocked) PV_MUST_CHECK;
/* These and no others. */
int session_block_only(struct session_block *block, const uint32_t *addresses, size_t n_addresses) PV_MUST_CHECK;

/* One transaction of nft commands, all or nothing. PV_ESYSTEM: logged. */
int session_block_run(struct session_block *block, const char *commands) PV_MUST_CHECK;

#endif
