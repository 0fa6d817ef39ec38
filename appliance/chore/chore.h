#ifndef PROVOST_CHORE_CHORE_H
#define PROVOST_CHORE_CHORE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * One process for one thing to do: systemd starts a program for each connection (Accept=yes, ListenSequentialPacket=), with the connection as
 * its standard input. The first packet asks: a JSON object and open descriptors. Packets of JSON answer until the program ends. So what is
 * asked stands on no command line, and the program opens nothing that it was not handed.
 */

#define CHORE_PACKET_MAX (128 * 1024)
#define CHORE_FDS_MAX 4

/* --- who asks ------------------------------------------------------------ */

/* Descriptors stay the caller's. ret_connection: to read on with chore_next(); closing it ends the program. PV_ESYSTEM with errno. */
int chore_ask(const char *path, sd_json_variant *request, const int *fds, size_t n_fds, int *ret_connection) PV_MUST_CHECK;
/* PV_EUNSET: the program has ended. PV_ETIMEOUT: nothing came in timeout_ms (-1: waits for ever). PV_EMALFORMED: no JSON object. */
int chore_next(int connection, int timeout_ms, sd_json_variant **ret_packet) PV_MUST_CHECK;

/* --- who does it ---------------------------------------------------------- */

/* Takes the first packet. At most n_fds descriptors may have come with it; they are the caller's then, those that did not come are -1. */
int chore_take(int connection, size_t n_fds, sd_json_variant **ret_request, int *ret_fds) PV_MUST_CHECK;
/* Waits while the other side does not read. PV_EUNSET: it is gone. */
int chore_say(int connection, sd_json_variant *packet) PV_MUST_CHECK;

#endif
