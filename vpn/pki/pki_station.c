/*
 * pki_station: what the station opens at its start, and the sentences for what can be wrong with it.
 *
 * In:   three directories, the clock.
 * Out:  a station that can answer, or one that says what a person has to do.
 * Not:  no Varlink (see pki_methods).
 */
#include "vpn/pki/pki_station.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "vpn/pki/pki_floor.h"
#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_tls_auth.h"

#define KEY_NAME "pki.key"
/* The floor is written no oftener: a restart loses no more. */
#define KEEP_S 3600

static void say_vault(struct pki_station *station, const struct pki_station_paths *paths, int result)
{
        const char *system = strerror(errno);

        if (result == PV_EMALFORMED)
                snprintf(station->trouble, sizeof station->trouble,
                         "The key %s/" KEY_NAME " does not have 32 bytes; restore /data/credentials/" KEY_NAME
                         " from a backup of this appliance.", paths->credentials);
        else if (result == PV_EUNSET)
                snprintf(station->trouble, sizeof station->trouble,
                         "The directory %s or the key %s/" KEY_NAME " is missing; restart the appliance, and restore "
                         "/data from a backup if that does not help.", paths->state, paths->credentials);
        else
                snprintf(station->trouble, sizeof station->trouble, "The directory %s cannot be opened (%s); check the data "
                         "partition.", paths->state, system);
}

static void say_file(struct pki_station *station, const struct pki_station_paths *paths, const char *file,
                     const char *loss, int result)
{
        const char *system = strerror(errno);

        if (result == PV_EREFUSED || result == PV_ETOOLARGE)
                snprintf(station->trouble, sizeof station->trouble,
                         "The file %s/%s.sealed is damaged or was made with another " KEY_NAME
                         "; restore both from one backup, or remove the file and %s.", paths->state, file, loss);
        else
                snprintf(station->trouble, sizeof station->trouble, "The file %s/%s.sealed cannot be read or written (%s); check "
                         "the data partition's space and health.", paths->state, file,
                         result == PV_ESYSTEM ? system : pv_error_text(result));
}

struct pki_times pki_station_times(const struct pki_station *station, int64_t now)
{
        return (struct pki_times){.now = now,
                                  .floor = station->told > station->build_time ? station->told : station->build_time};
}

/* A floor that cannot be read is no reason to serve nobody: the CA's start and the build are good enough to begin with. */
static void load_floor(struct pki_station *station)
{
        int64_t start = pki_authority_start(&station->authority);
        int result = pki_floor_load(&station->vault, &station->kept);

        if (result < 0 && result != PV_EUNSET)
                log_reason(LOG_LEVEL_WARNING, "floor-broken", "The file floor.sealed cannot be read (%s); time counts from the "
                           "start of the CA and the build again.", pv_error_text(result));
        station->told = result == 0 ? station->kept : start;
        if (station->build_time > station->kept && pki_station_tell(station, station->build_time, false) < 0)
                log_reason(LOG_LEVEL_WARNING, "floor-not-kept", "The file floor.sealed cannot be written (%s); check the data "
                           "partition's space and health.", strerror(errno));
}

int pki_station_tell(struct pki_station *station, int64_t moment, bool corrects)
{
        int64_t distance;
        int result = 0;

        if (moment < station->build_time && corrects)
                moment = station->build_time;
        if (moment <= station->told && !corrects)
                moment = station->told;
        distance = moment > station->kept ? moment - station->kept : station->kept - moment;
        if (distance >= KEEP_S || !station->kept)
                result = pki_floor_keep(&station->vault, moment);
        if (result < 0)
                return result;
        if (distance >= KEEP_S || !station->kept)
                station->kept = moment;
        station->told = moment;
        return 0;
}

void pki_station_changed(struct pki_station *station)
{
        if (station->changed)
                station->changed(station->userdata);
}

/* A certificate of this kind is kept and due. */
static bool is_due(const struct pki_station *station, const struct pki_times *times, enum pki_leaf_server kind)
{
        struct pki_span span;
        bool is_good = true;
        int result = pki_leaf_kept(&station->vault, pki_authority_shown(&station->authority), times, kind, &span, &is_good);

        return result == 0 ? !is_good : result != PV_EUNSET;
}

static int renew_servers(struct pki_station *station, const struct pki_times *times, bool *changed)
{
        const struct pki_generation *shown = pki_authority_shown(&station->authority);
        int result = 0;

        for (enum pki_leaf_server kind = 0; kind < PKI_LEAF_N && result == 0; kind++) {
                struct pki_certificate_pair pair = {0};
                bool made = false;
                bool is_legacy = kind == PKI_LEAF_VPN_LEGACY || kind == PKI_LEAF_EDGE_LEGACY;

                if ((is_legacy && !shown->legacy.certificate) || !is_due(station, times, kind))
                        continue;
                if (kind < PKI_LEAF_N_VPN)
                        result = pki_leaf_server(&station->vault, shown, times, kind, NULL, &made, &pair);
                pki_certificate_pair_done(&pair);
                *changed = true;
        }
        return result;
}

int pki_station_renew(struct pki_station *station, int64_t now)
{
        struct pki_times times = pki_station_times(station, now);
        bool changed = false;
        int result = pki_authority_renew(&station->authority, &station->vault, &times, &changed);

        if (result == 0)
                result = renew_servers(station, &times, &changed);
        if (changed)
                pki_station_changed(station);
        return result;
}

static void open_all(struct pki_station *station, const struct pki_station_paths *paths, int64_t now)
{
        struct pki_times times = pki_station_times(station, now);
        int result = pki_vault_open(paths->state, paths->credentials, KEY_NAME, &station->vault);

        if (result < 0) {
                say_vault(station, paths, result);
                return;
        }
        result = pki_authority_load(&station->vault, &times, &station->authority);
        if (result < 0) {
                say_file(station, paths, "authority", "enrol every phone again", result);
                return;
        }
        load_floor(station);
        result = pki_tls_auth_load(&station->vault, &station->tls_auth);
        if (result < 0) {
                say_file(station, paths, "tls-auth", "let every phone fetch its VPN bundle again", result);
                return;
        }
        station->tls_directory = open(paths->tls, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (station->tls_directory < 0)
                snprintf(station->trouble, sizeof station->trouble,
                         "The directory %s cannot be opened (%s); restart the appliance.", paths->tls, strerror(errno));
}

void pki_station_open(const struct pki_station_paths *paths, int64_t build_time, int64_t now,
                      struct pki_station *ret_station)
{
        *ret_station = (struct pki_station){.vault.directory = -1, .tls_directory = -1, .build_time = build_time};
        open_all(ret_station, paths, now);
}

void pki_station_close(struct pki_station *station)
{
        if (station->tls_auth)
                pki_vault_forget(station->tls_auth, strlen(station->tls_auth));
        station->tls_auth = NULL;
        pki_authority_done(&station->authority);
        pki_vault_close(&station->vault);
        if (station->tls_directory >= 0)
                close(station->tls_directory);
        station->tls_directory = -1;
}
