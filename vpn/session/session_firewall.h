#ifndef PROVOST_SESSION_SESSION_FIREWALL_H
#define PROVOST_SESSION_SESSION_FIREWALL_H

#include "appliance/base/error.h"
#include "vpn/session/session_block.h"
#include "vpn/session/session_core.h"

/*
 * The firewall's sets of reach: phone_group4 (which tunnel is of which group), reach4 and reach_icmp4 (what a group may reach), of
 * table inet provost, declared by box. Each change is one transaction.
 */
struct session_firewall;

int session_firewall_new(struct session_block *block, struct session_firewall **ret_firewall) PV_MUST_CHECK;
void session_firewall_free(struct session_firewall *firewall);
/* Makes the sets what the core says; does nothing when they are. PV_ESYSTEM: the firewall refused; logged, and all is written anew next time. */
int session_firewall_sync(struct session_firewall *firewall, const struct session_core *core) PV_MUST_CHECK;

#endif
