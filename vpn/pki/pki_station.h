#ifndef PROVOST_PKI_STATION_H
#define PROVOST_PKI_STATION_H

#include <stdint.h>

#include "vpn/pki/pki_authority.h"
#include "vpn/pki/pki_times.h"
#include "vpn/pki/pki_vault.h"

/* All that this station holds. */
struct pki_station {
        struct pki_vault vault;
        struct pki_authority authority;
        char *tls_auth;
        int tls_directory;              /* where the edge's files go; -1 when closed */
        int64_t build_time;
        char trouble[512];              /* "" when all is well; else the sentence that every call is answered with */
};

struct pki_station_paths {
        const char *state;              /* /var/lib/provost/pki */
        const char *credentials;        /* $CREDENTIALS_DIRECTORY */
        const char *tls;                /* /run/provost/tls */
};

/* Opens the vault, loads or makes the CA and the tls-auth key. What goes wrong is in ret_station->trouble: the station
 * then runs and says so, since a person has to act. */
void pki_station_open(const struct pki_station_paths *paths, int64_t build_time, int64_t now,
                      struct pki_station *ret_station);
void pki_station_close(struct pki_station *station);
/* The clock as certificates see it. */
struct pki_times pki_station_times(const struct pki_station *station, int64_t now);

#endif
