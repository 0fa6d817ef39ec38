/*
 * session_server: OpenVPN's configuration files.
 *
 * In:   the site; certificates and keys from pki.
 * Out:  /run/provost/openvpn/server.conf, or kernel.conf there where the kernel encrypts the packets, and
 *       /run/provost/openvpn-legacy/server.conf while the site has it on.
 * Not:  OpenVPN is started and restarted by systemd.
 */
#include "vpn/session/session_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/option.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "vpn/session/session_config.h"
#include "vpn/session/session_files.h"

#define PKI "io.provost.Pki."
#define CALL_MS 10000
#define RETRY_US 500000
#define LOOK_AGAIN_US (UINT64_C(24) * 3600 * 1000000)
#define PATH_MAX_SIZE 256

struct keys {
        char *authorities, *chain, *certificate, *private_key;
};

struct session_server {
        struct service_peer *pki;
        char *root;
        session_server_changed changed;
        void *userdata;
        sd_event_source *timer;
        unsigned n_open;                /* calls without answer */
        bool failed;                    /* one of them ended badly */
        bool again;                     /* something changed while they were open */
        struct keys keys[SESSION_CLASSES];
        char *tls_auth;
        struct site site;
        bool has_site;
};

static void forget(char **text)
{
        if (*text)
                explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
}

static void forget_keys(struct keys *keys)
{
        forget(&keys->authorities);
        forget(&keys->chain);
        forget(&keys->certificate);
        forget(&keys->private_key);
}

/* --- the files ------------------------------------------------------------ */

static bool is_wanted(const struct session_server *server, enum session_class class)
{
        return server->has_site && (class == SESSION_CLASS_MODERN || server->site.legacy);
}

static bool is_ready(const struct session_server *server, enum session_class class)
{
        const struct keys *keys = &server->keys[class];

        return server->tls_auth && keys->authorities && keys->chain && keys->certificate && keys->private_key;
}

static void directory_of(const struct session_server *server, enum session_class class, char ret[static PATH_MAX_SIZE])
{
        snprintf(ret, PATH_MAX_SIZE, "%s/%s", server->root, session_class_facts(class)->directory);
}

static void put(struct session_server *server, enum session_class class, enum session_channel channel, const char *directory,
                const char *text, size_t size)
{
        const char *name = session_channel_file(channel);
        enum session_files_change change;

        if (session_files_put(directory, name, text, size, &change) < 0) {
                log_reason(LOG_LEVEL_ERROR, "server-conf-failed", "%s/%s cannot be written (%s); restart the appliance.",
                           directory, name, strerror(errno));
                return;
        }
        if (change == SESSION_FILES_SAME)
                return;
        log_event(LOG_LEVEL_NOTICE, "server-conf-written", "class", session_class_facts(class)->name, "change",
                  change == SESSION_FILES_NEW ? "new" : "changed", "data_channel", session_channel_word(channel), NULL);
        server->changed(class, change == SESSION_FILES_NEW, false, server->userdata);
}

static enum session_channel channel_of(enum session_class class)
{
        bool is_container = access("/run/systemd/container", F_OK) == 0;

        return IS_ENABLED(PROVOST_KERNEL_VPN) && session_channel_suits(session_class_facts(class)->ciphers) ?
               session_channel_look("/sys", is_container) : SESSION_CHANNEL_USER;
}

static void write_config(struct session_server *server, enum session_class class, enum session_channel channel)
{
        const struct keys *own = &server->keys[class];
        const struct session_config_keys keys = {
                .authorities = own->authorities, .chain = own->chain, .certificate = own->certificate,
                .private_key = own->private_key, .tls_auth = server->tls_auth,
        };
        char directory[PATH_MAX_SIZE], *text = malloc(SESSION_CONFIG_MAX);
        size_t size;

        directory_of(server, class, directory);
        if (!text || session_config_build(class, channel, &server->site, &keys, directory, text, &size) < 0)
                log_event(LOG_LEVEL_ERROR, "server-conf-failed", "reason", "its text could not be made", NULL);
        else
                put(server, class, channel, directory, text, size);
        if (text)
                explicit_bzero(text, SESSION_CONFIG_MAX);
        free(text);
}

/* A process that finds no server.conf is not started again. */
static void remove_config(struct session_server *server, enum session_class class)
{
        char directory[PATH_MAX_SIZE];
        bool was_there = false;

        directory_of(server, class, directory);
        forget_keys(&server->keys[class]);
        if (session_files_remove(directory, "server.conf", &was_there) < 0)
                log_reason(LOG_LEVEL_ERROR, "server-conf-failed", "%s/server.conf cannot be removed (%s); restart the appliance.",
                           directory, strerror(errno));
        if (!was_there)
                return;
        log_event(LOG_LEVEL_NOTICE, "server-conf-removed", "class", session_class_facts(class)->name, NULL);
        server->changed(class, false, true, server->userdata);
}

/* Writes what can be written. */
static void settle(struct session_server *server)
{
        for (enum session_class class = 0; server->has_site && class < SESSION_CLASSES; class++) {
                if (!is_wanted(server, class))
                        remove_config(server, class);
                else if (is_ready(server, class))
                        write_config(server, class, channel_of(class));
        }
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
        settle(server);
        ask_later(server, server->again ? 0 : server->failed ? RETRY_US : LOOK_AGAIN_US);
}

static void take_server(struct session_server *server, enum session_class class, sd_json_variant *answer, const char *error)
{
        struct keys *keys = &server->keys[class];

        if (!error) {
                take(&keys->authorities, answer, "authorities");
                take(&keys->chain, answer, "chain");
                take(&keys->certificate, answer, "certificate");
                take(&keys->private_key, answer, "private_key");
        }
        end_call(server, "GetVpnServer", error);
}

static void on_modern(sd_json_variant *answer, const char *error, void *userdata)
{
        take_server(userdata, SESSION_CLASS_MODERN, answer, error);
}

static void on_legacy(sd_json_variant *answer, const char *error, void *userdata)
{
        take_server(userdata, SESSION_CLASS_LEGACY, answer, error);
}

static void on_keys(sd_json_variant *answer, const char *error, void *userdata)
{
        struct session_server *server = userdata;

        if (!error)
                take(&server->tls_auth, answer, "tls_auth");
        end_call(server, "GetVpnKeys", error);
}

static void ask_server(struct session_server *server, enum session_class class, service_reply reply)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("server", session_class_facts(class)->name)) < 0)
                end_call(server, "GetVpnServer", "no memory");
        else
                service_peer_call(server->pki, PKI "GetVpnServer", parameters, CALL_MS, reply, server);
        sd_json_variant_unref(parameters);
}

/* The legacy authority is made by the first question for it: it is not asked where there are no old phones. */
static void ask(struct session_server *server)
{
        bool with_legacy = is_wanted(server, SESSION_CLASS_LEGACY);

        if (server->n_open > 0) {
                server->again = true;
                return;
        }
        server->n_open = with_legacy ? 3 : 2;
        server->failed = server->again = false;
        ask_server(server, SESSION_CLASS_MODERN, on_modern);
        if (with_legacy)
                ask_server(server, SESSION_CLASS_LEGACY, on_legacy);
        service_peer_call(server->pki, PKI "GetVpnKeys", NULL, CALL_MS, on_keys, server);
}

static void on_pki(sd_json_variant *message, void *userdata)
{
        (void)message;
        ask(userdata);
}

/* --- life ---------------------------------------------------------------- */

static int begin(struct session_server *server, struct service *service, const char *pki_path)
{
        int result = server->root ? service_peer_new(service, pki_path, &server->pki) : PV_ENOMEM;

        if (result == 0 && sd_event_add_time_relative(service_event(service), &server->timer, CLOCK_MONOTONIC, 0, 1000, on_timer,
                                                      server) < 0)
                result = PV_ESYSTEM;
        return result < 0 ? result : service_peer_subscribe(server->pki, PKI "Watch", NULL, on_pki, server);
}

int session_server_new(struct service *service, const char *pki_path, const char *root, session_server_changed changed,
                       void *userdata, struct session_server **ret_server)
{
        struct session_server *server = calloc(1, sizeof *server);
        int result;

        if (!server)
                return PV_ENOMEM;
        *server = (struct session_server){.changed = changed, .userdata = userdata, .root = strdup(root)};
        result = begin(server, service, pki_path);
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
        for (enum session_class class = 0; class < SESSION_CLASSES; class++)
                forget_keys(&server->keys[class]);
        forget(&server->tls_auth);
        free(server->root);
        free(server);
}

void session_server_set_site(struct session_server *server, const struct site *site)
{
        bool had_legacy = is_wanted(server, SESSION_CLASS_LEGACY);

        if (!site->complete)
                return;
        server->site = *site;
        server->has_site = true;
        settle(server);
        if (site->legacy && !had_legacy)
                ask(server);
}
