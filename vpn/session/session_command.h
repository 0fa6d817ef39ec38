#ifndef PROVOST_SESSION_SESSION_COMMAND_H
#define PROVOST_SESSION_SESSION_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/session/session_policy.h"
#include "vpn/session/session_reach.h"

#define SESSION_COMMAND_MAX 4096

/* Commands to OpenVPN, each ended by a newline. PV_EREFUSED: a value would break out of its line. */

/* The answer to a CONNECT or REAUTH. prefix: of the tunnel network; routes: for an admission. */
int session_command_answer(const struct session_policy_answer *answer, uint64_t cid, uint64_t kid, unsigned prefix,
                           const struct session_reach_routes *routes, char ret[static SESSION_COMMAND_MAX]) PV_MUST_CHECK;
/* Ends the session at this peer (address:port, over UDP or TCP) at once: nothing of it is accepted after the reply. (client-kill would take
 * 5 s.) Its phone is told nothing. */
int session_command_kill_peer(const char *peer, bool is_tcp, char ret[static SESSION_COMMAND_MAX]) PV_MUST_CHECK;
/* The same for all sessions of this name, also those that wait for our answer. */
int session_command_kill(const char *common_name, char ret[static SESSION_COMMAND_MAX]) PV_MUST_CHECK;
/* Asks a phone to begin anew: for sessions whose CONNECT nobody heard, or that were admitted and are not up yet. */
int session_command_restart(uint64_t cid, char ret[static SESSION_COMMAND_MAX]) PV_MUST_CHECK;

#endif
