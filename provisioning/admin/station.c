/*
 * station: calls of other stations, one after the other.
 *
 * In:   a station, a method, parameters.
 * Out:  the answer or the error.
 * Not:  no threads of its own; nothing is sent twice, since nobody knows what a broken connection has done.
 */
#include "provisioning/admin/station.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "appliance/base/log.h"

#define DEADLINE_MS 15000
#define DEADLINE_LONG_MS 110000
#define DEADLINE_BACKUP_MS 280000       /* the edge waits for five minutes, and so do browsers */

static const struct { const char *socket, *interface; } names[STATIONS_MAX] = {
        [STATION_STORE] = {"store", "io.provost.Store"}, [STATION_BOX] = {"box", "io.provost.Box"},
        [STATION_PKI] = {"pki", "io.provost.Pki"}, [STATION_SESSION] = {"session", "io.provost.Session"},
        [STATION_SETTINGS] = {"settings", "io.provost.Settings"}, [STATION_RESPONDER] = {"responder", "io.provost.Responder"},
        [STATION_IMPORT] = {"import", "io.provost.Import"}, [STATION_UPDATE] = {"update", "io.provost.Update"},
        [STATION_BACKUP] = {"backup", "io.provost.Backup"},
};

void station_links_init(struct station_links *links, const char *run_dir)
{
        memset(links, 0, sizeof *links);
        links->run_dir = run_dir;
        atomic_store(&links->busy_fd, -1);
}

void station_links_done(struct station_links *links)
{
        for (size_t i = 0; i < STATIONS_MAX; i++)
                links->links[i] = sd_varlink_close_unref(links->links[i]);
}

void station_links_stop(struct station_links *links)
{
        int fd;

        atomic_store(&links->stopping, true);
        fd = atomic_load(&links->busy_fd);
        if (fd >= 0)
                (void)shutdown(fd, SHUT_RDWR);
}

/* A station that restarted has closed its end: seen before anything is sent. */
static bool is_alive(sd_varlink *link)
{
        struct pollfd one = {.fd = sd_varlink_get_fd(link), .events = POLLIN};

        return one.fd >= 0 && poll(&one, 1, 0) == 0;
}

/* What reads a whole file, makes keys, or touches every phone. */
static uint64_t deadline_of(enum station station, const char *method)
{
        static const char *const longer[] = {"ImportPhones", "RotateSecrets", "SetSettings", "SetRow", "RestoreRevision", "RemoveScope", "StepRollover",
                                             "ScorePhones", "CheckAudit", "FinishUpload", "ListSticks", "ListDisks", "SetSchedule", "NewRecoveryKey"};
        /* These go through a whole backup, whatever its size. */
        static const char *const longest[] = {"Create", "Drill", "Restore", "TakeFromStick"};

        for (size_t i = 0; i < sizeof longest / sizeof *longest; i++)
                if (!strcmp(method, longest[i]))
                        return DEADLINE_BACKUP_MS;
        for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
                if (!strcmp(method, longer[i]))
                        return DEADLINE_LONG_MS;
        return station == STATION_IMPORT ? DEADLINE_LONG_MS : DEADLINE_MS;
}

static int open_link(struct station_links *links, enum station station, sd_varlink **ret_link)
{
        sd_varlink *link = links->links[station];
        char path[128];
        int r;

        if (link && is_alive(link))
                return *ret_link = link, 0;
        links->links[station] = sd_varlink_close_unref(link);
        (void)snprintf(path, sizeof path, "%s/%s", links->run_dir, names[station].socket);
        r = sd_varlink_connect_address(&link, path);
        if (r < 0)
                return r;
        links->links[station] = link;
        *ret_link = link;
        return sd_varlink_set_input_sensitive(link);
}

/* Not every system has them, and they rest when nobody is connected. */
static bool is_seldom(enum station station)
{
        return station == STATION_UPDATE || station == STATION_BACKUP;
}

static int not_reached(const char *why, char **ret_error)
{
        *ret_error = strdup(why);
        return *ret_error ? 0 : PV_ENOMEM;
}

/* libsystemd's own errors (a connection that broke, a deadline) begin so. */
static bool is_local(const char *error)
{
        return error && !strncmp(error, "io.systemd.", strlen("io.systemd."));
}

int station_links_call(struct station_links *links, enum station station, const char *method, sd_json_variant *parameters,
                       sd_json_variant **ret_reply, char **ret_error)
{
        sd_json_variant *reply = NULL;
        const char *error = NULL;
        sd_varlink *link = NULL;
        char full[128], *copy;
        int r;

        if (atomic_load(&links->stopping))
                return not_reached("io.provost.Unreachable", ret_error);
        (void)snprintf(full, sizeof full, "%s.%s", names[station].interface, method);
        r = open_link(links, station, &link);
        if (r == -ENOENT && is_seldom(station))        /* no socket at all */
                return not_reached("io.provost.Absent", ret_error);
        if (r >= 0)
                r = sd_varlink_set_relative_timeout(link, deadline_of(station, method) * 1000);
        if (r >= 0) {
                atomic_store(&links->busy_fd, sd_varlink_get_fd(link));
                r = sd_varlink_call(link, full, parameters, &reply, &error);
                atomic_store(&links->busy_fd, -1);
        }
        if (r < 0 || is_local(error)) {
                log_event(LOG_LEVEL_WARNING, "unreachable", "method", full, "reason", r < 0 ? strerror(-r) : error, NULL);
                links->links[station] = sd_varlink_close_unref(links->links[station]);
                return not_reached("io.provost.Unreachable", ret_error);
        }
        copy = error ? strdup(error) : NULL;
        if (error && !copy)
                return PV_ENOMEM;
        *ret_reply = sd_json_variant_ref(reply);
        *ret_error = copy;
        if (is_seldom(station))
                links->links[station] = sd_varlink_close_unref(links->links[station]);
        return 0;
}
