/*
 * service: the frame of one station.
 *
 * In:   descriptors from systemd, connections on the station's Varlink socket, signals.
 * Out:  calls of the station's handlers, for callers that may; readiness and watchdog to systemd.
 * Not:  no knowledge of any station. The client side is in service_peer.c.
 *
 * libsystemd checks the parameters of a call against the interface before it
 * calls the handler. A caller without the right must not get that far, so each
 * kind of caller has a server of its own: its interface holds only the methods
 * this caller may use, and all others are bound to deny().
 */
#include "appliance/service/service.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"

#define DESCRIPTORS_MAX 16
#define LISTENERS_MAX 4
#define CONNECTIONS_MAX 512
#define STATION_CONNECTIONS_MAX 64      /* a station gone wild must not keep the others out */
#define ACCEPT_BURST 32
#define ACCEPT_PAUSE_US 200000

/* A kind of caller; the bit is 1 << index. Index N_CALLERS stands for strangers. */
static const char *const caller_users[] = {
        NULL, "provost-store", "provost-pki", "provost-responder",
        "provost-bootstrap", "provost-session", "provost-settings", "provost-admin",
};
#define N_CALLERS (sizeof caller_users / sizeof caller_users[0])

static uid_t caller_uids[N_CALLERS];
static bool callers_known;

struct class {
        struct service *service;
        sd_varlink_server *server;              /* made when the first such caller comes */
        sd_varlink_interface *interface;        /* what this caller may see; symbols are borrowed */
        unsigned n_connections;
};

struct descriptor {
        char name[64];
        int fd;
};

struct service {
        struct service_spec spec;
        sd_event *event;
        struct class classes[N_CALLERS + 1];
        struct descriptor descriptors[DESCRIPTORS_MAX];
        size_t n_descriptors;
        sd_event_source *listeners[LISTENERS_MAX];
        size_t n_listeners;
        sd_event_source *resume;
        unsigned n_connections;
};

/* --- callers ------------------------------------------------------------- */

static void learn_callers(void)
{
        if (callers_known)
                return;
        for (size_t i = 0; i < N_CALLERS; i++) {
                struct passwd *entry = caller_users[i] ? getpwnam(caller_users[i]) : NULL;
                caller_uids[i] = entry ? entry->pw_uid : caller_users[i] ? (uid_t)-1 : 0;
        }
        callers_known = true;
}

static size_t class_of_uid(uid_t uid)
{
        for (size_t i = 0; uid != (uid_t)-1 && i < N_CALLERS; i++)
                if (caller_uids[i] == uid)
                        return i;
        return N_CALLERS;
}

uint32_t service_caller_of(sd_varlink *link)
{
        uid_t uid;
        size_t i;

        learn_callers();
        if (sd_varlink_get_peer_uid(link, &uid) < 0)
                return 0;
        i = class_of_uid(uid);
        return i < N_CALLERS ? UINT32_C(1) << i : 0;
}

static bool class_may(const struct service *service, size_t i, const char *method, const struct service_method **ret)
{
        for (const struct service_method *m = service->spec.methods; m && m->name; m++)
                if (strcmp(m->name, method) == 0) {
                        *ret = m;
                        return i < N_CALLERS && (m->callers & UINT32_C(1) << i);
                }
        *ret = NULL;
        return false;
}

/* --- one server per kind of caller --------------------------------------- */

static int deny(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        char uid_text[16] = "unknown";
        uid_t uid;

        (void)parameters;
        (void)flags;
        (void)userdata;
        if (sd_varlink_get_peer_uid(link, &uid) >= 0)
                (void)snprintf(uid_text, sizeof uid_text, "%u", (unsigned)uid);
        log_event(LOG_LEVEL_WARNING, "call-denied", "uid", uid_text, NULL);
        return sd_varlink_error(link, SD_VARLINK_ERROR_PERMISSION_DENIED, NULL);
}

/* The interface without the methods that this caller may not call. */
static sd_varlink_interface *interface_for(const struct service *service, size_t i)
{
        const sd_varlink_interface *full = service->spec.interface;
        size_t n = 0, kept = 0;

        while (full->symbols[n])
                n++;
        sd_varlink_interface *part = calloc(1, sizeof *part + (n + 1) * sizeof part->symbols[0]);
        if (!part)
                return NULL;
        part->name = full->name;
        part->interface_flags = full->interface_flags;
        for (size_t k = 0; k < n; k++) {
                const sd_varlink_symbol *s = full->symbols[k];
                const struct service_method *method;
                char name[256];

                (void)snprintf(name, sizeof name, "%s.%s", full->name, s->name ? s->name : "");
                if (s->symbol_type == SD_VARLINK_METHOD && !class_may(service, i, name, &method))
                        continue;
                part->symbols[kept++] = s;
        }
        return part;
}

static void connection_ended(sd_varlink_server *server, sd_varlink *link, void *userdata)
{
        struct class *class = userdata;
        struct service *service = class->service;

        (void)server;
        class->n_connections--;
        service->n_connections--;
        if (service->spec.disconnected)
                service->spec.disconnected(link, service->spec.userdata);
}

/* Binds every method of the interface: to the station's handler, or to deny(). */
static int bind_methods(struct service *service, size_t i, sd_varlink_server *server)
{
        const sd_varlink_interface *full = service->spec.interface;

        for (size_t k = 0; full->symbols[k]; k++) {
                const sd_varlink_symbol *s = full->symbols[k];
                const struct service_method *method;
                char name[256];
                bool may;

                if (s->symbol_type != SD_VARLINK_METHOD)
                        continue;
                (void)snprintf(name, sizeof name, "%s.%s", full->name, s->name);
                may = class_may(service, i, name, &method);
                if (!method && i < N_CALLERS)
                        continue;       /* libsystemd answers MethodNotImplemented */
                int r = sd_varlink_server_bind_method(server, name, may ? method->handler : deny);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int class_open(struct service *service, size_t i)
{
        struct class *class = &service->classes[i];
        sd_varlink_server *server = NULL;
        int r;

        if (class->server)
                return 0;
        if (!class->interface)
                class->interface = interface_for(service, i);
        if (!class->interface)
                return PV_ENOMEM;
        r = sd_varlink_server_new(&server, SD_VARLINK_SERVER_INPUT_SENSITIVE);
        if (r >= 0)
                r = sd_varlink_server_set_info(server, "Provost", service->spec.station, "1", "");
        if (r >= 0)
                r = sd_varlink_server_add_interface(server, class->interface);
        if (r >= 0)
                r = bind_methods(service, i, server);
        if (r >= 0)
                r = sd_varlink_server_bind_disconnect(server, connection_ended);
        if (r >= 0)
                r = sd_varlink_server_attach_event(server, service->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0) {
                sd_varlink_server_unref(server);
                return pv_error_from_errno(r);
        }
        sd_varlink_server_set_connections_max(server, CONNECTIONS_MAX + 1);
        class->service = service;
        sd_varlink_server_set_userdata(server, class);
        class->server = server;
        return 0;
}

/* --- connections --------------------------------------------------------- */

/* Takes over fd. */
static void admit(struct service *service, int fd)
{
        struct ucred peer = {.uid = (uid_t)-1};
        socklen_t size = sizeof peer;
        sd_varlink *link = NULL;
        size_t i;
        int r;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
                close(fd);
                return;
        }
        i = class_of_uid(peer.uid);
        if (i > 0 && service->classes[i].n_connections >= STATION_CONNECTIONS_MAX) {
                log_reason(LOG_LEVEL_WARNING, "connection-refused", "user %u has %d connections already", (unsigned)peer.uid,
                           STATION_CONNECTIONS_MAX);
                close(fd);
                return;
        }
        r = class_open(service, i);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "connection-failed", "no server could be made for a caller: %s", pv_error_text(r));
                close(fd);
                return;
        }
        r = sd_varlink_server_add_connection(service->classes[i].server, fd, &link);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "connection-failed", "%s", strerror(-r));
                close(fd);
                return;
        }
        sd_varlink_set_userdata(link, service->spec.userdata);
        service->classes[i].n_connections++;
        service->n_connections++;
}

static void listeners_enable(struct service *service, int on)
{
        for (size_t i = 0; i < service->n_listeners; i++)
                (void)sd_event_source_set_enabled(service->listeners[i], on);
}

static int resume_listening(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct service *service = userdata;

        (void)source;
        (void)usec;
        listeners_enable(service, SD_EVENT_ON);
        return 0;
}

/* Too many connections, or no descriptors left: let them wait in the socket's queue. */
static void pause_listening(struct service *service)
{
        listeners_enable(service, SD_EVENT_OFF);
        service->resume = sd_event_source_disable_unref(service->resume);
        if (sd_event_add_time_relative(service->event, &service->resume, CLOCK_MONOTONIC, ACCEPT_PAUSE_US, 0,
                                       resume_listening, service) < 0)
                listeners_enable(service, SD_EVENT_ON);
}

static int on_listener(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct service *service = userdata;

        (void)source;
        (void)events;
        for (int i = 0; i < ACCEPT_BURST; i++) {
                if (service->n_connections >= CONNECTIONS_MAX) {
                        pause_listening(service);
                        return 0;
                }
                int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (connection >= 0) {
                        admit(service, connection);
                } else if (errno == EAGAIN) {
                        return 0;
                } else if (errno != EINTR && errno != ECONNABORTED) {
                        log_reason(LOG_LEVEL_WARNING, "accept-failed", "%s; connections wait", strerror(errno));
                        pause_listening(service);
                        return 0;
                }
        }
        return 0;
}

/* Takes over fd. */
static int listen_on(struct service *service, int fd)
{
        int flags = fcntl(fd, F_GETFL);
        int r;

        if (service->n_listeners == LISTENERS_MAX) {
                close(fd);
                return PV_ETOOLARGE;
        }
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
                close(fd);
                return PV_ESYSTEM;
        }
        r = sd_event_add_io(service->event, &service->listeners[service->n_listeners], fd, EPOLLIN, on_listener, service);
        if (r < 0) {
                close(fd);
                return pv_error_from_errno(r);
        }
        (void)sd_event_source_set_io_fd_own(service->listeners[service->n_listeners++], true);
        return 0;
}

int service_listen(struct service *service, const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd;

        if (!service->spec.interface)
                return PV_EUNSET;
        if (text_copy(address.sun_path, sizeof address.sun_path, path) < 0)
                return PV_ETOOLARGE;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return PV_ESYSTEM;
        (void)unlink(path);
        if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0660) < 0 || listen(fd, SOMAXCONN) < 0) {
                log_reason(LOG_LEVEL_ERROR, "listen-failed", "%s: %s", path, strerror(errno));
                close(fd);
                return PV_ESYSTEM;
        }
        return listen_on(service, fd);
}

/* --- life ---------------------------------------------------------------- */

static void take_descriptors(struct service *service)
{
        char **names = NULL;
        int n = sd_listen_fds_with_names(true, &names);

        for (int i = 0; i < n; i++) {
                struct descriptor *d = &service->descriptors[service->n_descriptors];

                if (service->n_descriptors < DESCRIPTORS_MAX && names && text_copy(d->name, sizeof d->name, names[i]) == 0) {
                        d->fd = SD_LISTEN_FDS_START + i;
                        service->n_descriptors++;
                } else {
                        close(SD_LISTEN_FDS_START + i);
                }
        }
        for (char **name = names; name && *name; name++)
                free(*name);
        free(names);
}

int service_take_descriptor(struct service *service, const char *name)
{
        for (size_t i = 0; i < service->n_descriptors; i++) {
                struct descriptor *d = &service->descriptors[i];
                int fd = d->fd;

                if (fd >= 0 && strcmp(d->name, name) == 0) {
                        d->fd = -1;
                        return fd;
                }
        }
        return -1;
}

int service_new(const struct service_spec *spec, struct service **ret_service)
{
        struct service *service = calloc(1, sizeof *service);
        int r, fd;

        if (!service)
                return PV_ENOMEM;
        log_open(spec->station);
        learn_callers();
        service->spec = *spec;
        take_descriptors(service);
        r = sd_event_new(&service->event);
        if (r >= 0)
                r = sd_event_set_signal_exit(service->event, true);
        if (r >= 0)
                r = sd_event_set_watchdog(service->event, true);
        r = r < 0 ? pv_error_from_errno(r) : 0;
        fd = spec->interface ? service_take_descriptor(service, "varlink") : -1;
        if (r == 0 && fd >= 0)
                r = listen_on(service, fd);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "start-failed", "the event loop could not be made: %s", pv_error_text(r));
                service_free(service);
                return r;
        }
        *ret_service = service;
        return 0;
}

void service_free(struct service *service)
{
        if (!service)
                return;
        for (size_t i = 0; i < service->n_listeners; i++)
                sd_event_source_disable_unref(service->listeners[i]);
        sd_event_source_disable_unref(service->resume);
        for (size_t i = 0; i <= N_CALLERS; i++) {
                if (service->classes[i].server) {
                        (void)sd_varlink_server_shutdown(service->classes[i].server);
                        sd_varlink_server_unref(service->classes[i].server);
                }
                free(service->classes[i].interface);
        }
        for (size_t i = 0; i < service->n_descriptors; i++)
                if (service->descriptors[i].fd >= 0)
                        close(service->descriptors[i].fd);
        sd_event_unref(service->event);
        free(service);
}

sd_event *service_event(struct service *service)
{
        return service->event;
}

int service_run(struct service *service)
{
        int r;

        (void)sd_notify(false, "READY=1");
        log_event(LOG_LEVEL_INFO, "ready", NULL);
        r = sd_event_loop(service->event);
        (void)sd_notify(false, "STOPPING=1");
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "loop-failed", "the event loop ended: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        log_event(LOG_LEVEL_INFO, "end", NULL);
        return r;
}

void service_end(struct service *service, int exit_code)
{
        (void)sd_event_exit(service->event, exit_code);
}

bool service_is_idle(const struct service *service)
{
        return service->n_connections == 0;
}

void service_status(struct service *service, const char *format, ...)
{
        char line[256];
        va_list args;

        (void)service;
        va_start(args, format);
        (void)vsnprintf(line, sizeof line, format, args);
        va_end(args);
        (void)sd_notifyf(false, "STATUS=%s", line);
}

int service_refuse(sd_varlink *link, const char *error, const char *reason_format, ...)
{
        char reason[512];
        va_list args;

        va_start(args, reason_format);
        (void)vsnprintf(reason, sizeof reason, reason_format, args);
        va_end(args);
        return sd_varlink_errorbo(link, error, SD_JSON_BUILD_PAIR_STRING("reason", reason));
}
