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

#include "vpn/pki/pki_tls_auth.h"

#define KEY_NAME "pki.key"

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
        int64_t start = station->authority.start;

        return (struct pki_times){.now = now, .floor = start > station->build_time ? start : station->build_time};
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
