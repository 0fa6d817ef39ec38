/*
 * session_server: OpenVPN's configuration file.
 *
 * In:   the site; certificates and keys from pki.
 * Out:  /run/provost/openvpn/server.conf.
 * Not:  OpenVPN is started and restarted by systemd.
 */
#include "vpn/session/session_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "vpn/session/session_config.h"
#include "vpn/session/session_files.h"

#define PKI "io.provost.Pki."
#define CALL_MS 10000
#define RETRY_US 500000
#define LOOK_AGAIN_US (UINT64_C(24) * 3600 * 1000000)
#define N_ANSWERS 3

struct session_server {
        struct service_peer *pki;
        char *directory;
        session_server_changed changed;
        void *userdata;
        sd_event_source *timer;
        unsigned n_open;                /* calls without answer */
        bool failed;                    /* one of them ended badly */
        char *authorities, *issuing, *certificate, *private_key, *tls_auth;
        struct site site;
        bool has_site, is_written;
};

static void forget(char **text)
{
        if (*text)
                explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
}

/* --- the file ------------------------------------------------------------ */

static bool is_ready(const struct session_server *server)
{
        return server->has_site && server->authorities && server->issuing && server->certificate &&
               server->private_key && server->tls_auth;
}

static void put(struct session_server *server, const char *text, size_t size)
{
        enum session_files_change change;

        if (session_files_put(server->directory, "server.conf", text, size, &change) < 0) {
                log_reason(LOG_LEVEL_ERROR, "server-conf-failed", "%s/server.conf cannot be written (%s); restart the appliance.",
                           server->directory, strerror(errno));
                return;
        }
        server->is_written = true;
        if (change == SESSION_FILES_SAME)
                return;
        log_event(LOG_LEVEL_NOTICE, "server-conf-written", "change", change == SESSION_FILES_NEW ? "new" : "changed", NULL);
        server->changed(change == SESSION_FILES_NEW, server->userdata);
}

static void write_config(struct session_server *server)
{
        const struct session_config_keys keys = {
                .authorities = server->authorities, .issuing = server->issuing, .certificate = server->certificate,
                .private_key = server->private_key, .tls_auth = server->tls_auth,
        };
        char *text;
        size_t size;

        if (!is_ready(server))
                return;
        text = malloc(SESSION_CONFIG_MAX);
        if (!text || session_config_build(&server->site, &keys, server->directory, text, &size) < 0)
                log_event(LOG_LEVEL_ERROR, "server-conf-failed", "reason", "its text could not be made", NULL);
        else
                put(server, text, size);
        if (text)
                explicit_bzero(text, SESSION_CONFIG_MAX);
        free(text);
}

/* --- pki ----------------------------------------------------------------- */

static void ask(struct session_server *server);

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source, (void)usec;
        ask(userdata);
        return 0;
}

static void ask_later(struct session_server *server, uint64_t usec)
{
        if (sd_event_source_set_time_relative(server->timer, usec) < 0 ||
            sd_event_source_set_enabled(server->timer, SD_EVENT_ONESHOT) < 0)
                log_event(LOG_LEVEL_ERROR, "server-timer-failed", NULL);
}

static void take(char **text, sd_json_variant *answer, const char *key)
{
        const char *value = service_field_text(answer, key);

        if (!value)
                return;
        forget(text);
        *text = strdup(value);
}

static void end_call(struct session_server *server, const char *what, const char *error)
{
        if (error) {
                log_event(LOG_LEVEL_WARNING, "pki-failed", "call", what, "error", error, NULL);
                server->failed = true;
        }
        if (--server->n_open > 0)
                return;
        write_config(server);
        ask_later(server, server->failed ? RETRY_US : LOOK_AGAIN_US);
}

static void on_authorities(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_server *server = userdata;

        if (!error) {
                take(&server->authorities, answer, "chain");
                take(&server->issuing, answer, "issuing");
        }
        end_call(server, "GetAuthorities", error);
}

static void on_certificate(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_server *server = userdata;

        if (!error) {
                take(&server->certificate, answer, "certificate");
                take(&server->private_key, answer, "private_key");
        }
        end_call(server, "GetVpnServer", error);
}

static void on_keys(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_server *server = userdata;

        if (!error)
                take(&server->tls_auth, answer, "tls_auth");
        end_call(server, "GetVpnKeys", error);
}

static void ask(struct session_server *server)
{
        if (server->n_open > 0)
                return;
        server->n_open = N_ANSWERS;
        server->failed = false;
        service_peer_call(server->pki, PKI "GetAuthorities", NULL, CALL_MS, on_authorities, server);
        service_peer_call(server->pki, PKI "GetVpnServer", NULL, CALL_MS, on_certificate, server);
        service_peer_call(server->pki, PKI "GetVpnKeys", NULL, CALL_MS, on_keys, server);
}

/* --- life ---------------------------------------------------------------- */

int session_server_new(struct service *service, const char *pki_path, const char *directory,
                       session_server_changed changed, void *userdata, struct session_server **ret_server)
{
        struct session_server *server = calloc(1, sizeof *server);
        int result;

        if (!server)
                return PV_ENOMEM;
        *server = (struct session_server){.changed = changed, .userdata = userdata, .directory = strdup(directory)};
        result = server->directory ? service_peer_new(service, pki_path, &server->pki) : PV_ENOMEM;
        if (result == 0 && sd_event_add_time_relative(service_event(service), &server->timer, CLOCK_MONOTONIC, 0, 1000, on_timer,
                                                      server) < 0)
                result = PV_ESYSTEM;
        if (result < 0) {
                session_server_free(server);
                return result;
        }
        *ret_server = server;
        return 0;
}

void session_server_free(struct session_server *server)
{
        if (!server)
                return;
        service_peer_free(server->pki);
        sd_event_source_disable_unref(server->timer);
        forget(&server->authorities);
        forget(&server->issuing);
        forget(&server->certificate);
        forget(&server->private_key);
        forget(&server->tls_auth);
        free(server->directory);
        free(server);
}

void session_server_set_site(struct session_server *server, const struct site *site)
{
        if (!site->complete)
                return;
        server->site = *site;
        server->has_site = true;
        write_config(server);
}

bool session_server_is_written(const struct session_server *server)
{
        return server->is_written;
}
