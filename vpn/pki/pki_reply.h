#ifndef PROVOST_PKI_REPLY_H
#define PROVOST_PKI_REPLY_H

#include "appliance/service/service.h"
#include "vpn/pki/pki_station.h"

/* How calls of io.provost.Pki end. Each returns what a handler returns. */

/* The sentence of a station that cannot answer. */
int pki_reply_trouble(sd_varlink *link, const struct pki_station *station);
/* A wrong parameter. */
int pki_reply_invalid(sd_varlink *link, const char *reason);
/* One failure of making or keeping something, logged and told. what: "phone", "VPN server", ... */
int pki_reply_failed(sd_varlink *link, const char *what, int result);
/* Sends and forgets; sensitive keeps libsystemd from ever printing it and makes it wipe the buffer. build_result: of making
 * the answer. */
int pki_reply_secret(sd_varlink *link, sd_json_variant *answer, int build_result);

#endif
