#ifndef PROVOST_PKI_STATION_H
#define PROVOST_PKI_STATION_H

#include <stdbool.h>
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
        int64_t told;                   /* newest moment known to have passed, apart from the build */
        int64_t kept;                   /* the one on the disk */
        char trouble[512];              /* "" when all is well; else the sentence that every call is answered with */
        void (*changed)(void *userdata);        /* authorities or server certificates are not as before; may be NULL */
        void *userdata;
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
/* This moment has come, as was confirmed. corrects: a person says that an earlier word was wrong: the floor goes down to it too,
 * but never below the build. Kept on disk when it moved by an hour. */
int pki_station_tell(struct pki_station *station, int64_t moment, bool corrects) PV_MUST_CHECK;
/* Renews what is due: authorities and the VPN servers' certificates. Calls station->changed when something is not as before,
 * also when the edge's are due (the names are the caller's of PrepareEdge, so only that makes them). */
int pki_station_renew(struct pki_station *station, int64_t now) PV_MUST_CHECK;
/* Tells station->changed. */
void pki_station_changed(struct pki_station *station);

#endif
