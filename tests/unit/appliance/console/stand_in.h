/*
 * stand_in: stations that answer provostctl in a unit test.
 *
 * The call of a station that provostctl makes (service_call_once) is this
 * file's: a real Varlink server with the stations' interfaces stands at the
 * other end of a socket pair, so that parameters of a wrong name or type are
 * refused as the station would. A trial (trial_head) is noted as "HEAD socket
 * path listener address verify subject" and answered with trial_status. What was asked is kept
 * in `asked`; what is answered was told by stand_in_answers() or
 * stand_in_refuses(), one call each, in order. Running out of answers is a refusal.
 */
#pragma once

#include <errno.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <systemd/sd-varlink.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl.h"
#include "appliance/people/trial.h"
#include "appliance/service/service.h"
#include "gen/io.provost.Admin.h"
#include "gen/io.provost.Backup.h"
#include "gen/io.provost.Box.h"
#include "gen/io.provost.Import.h"
#include "gen/io.provost.Pki.h"
#include "gen/io.provost.Responder.h"
#include "gen/io.provost.Session.h"
#include "gen/io.provost.Settings.h"
#include "gen/io.provost.Store.h"
#include "gen/io.provost.Update.h"
#include "tests/support/test.h"

#define STAND_IN_MAX 64

/* "Method {parameters}" of each call since stand_in_forget(), parameters as JSON. */
static char *asked[STAND_IN_MAX];
static size_t n_asked;
static struct { const char *json, *error; } stand_in_told[STAND_IN_MAX];
static size_t stand_in_n_told, stand_in_at;
static sd_json_variant *stand_in_reply;
static char *stand_in_error;
static bool stand_in_over;

static char *out, *err;
static size_t out_size, err_size;

static inline void stand_in_forget(void)
{
        while (n_asked)
                free(asked[--n_asked]);
        memset(asked, 0, sizeof asked);
        stand_in_n_told = stand_in_at = 0;
}

static inline void stand_in_answers(const char *json)
{
        stand_in_told[stand_in_n_told].error = NULL;
        stand_in_told[stand_in_n_told++].json = json;
}

/* error: its last word, "NoSuchPhone" of whatever interface is asked. */
static inline void stand_in_refuses(const char *error, const char *json)
{
        stand_in_told[stand_in_n_told].error = error;
        stand_in_told[stand_in_n_told++].json = json;
}

static int stand_in_method(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *method)
{
        const char *dot = strrchr(method, '.');
        sd_json_variant *reply = NULL;
        char *json = NULL, name[128];
        int r;

        (void)flags;
        sd_json_variant_format(parameters, 0, &json);
        if (n_asked == STAND_IN_MAX || asprintf(&asked[n_asked++], "%s %s", dot + 1, json ? json : "{}") < 0)
                abort();
        free(json);
        if (stand_in_at == stand_in_n_told)
                return sd_varlink_errorbo(link, "io.provost.Store.NotAllowed", SD_JSON_BUILD_PAIR_STRING("reason", "The stand-in has no answer."));
        if (sd_json_parse(stand_in_told[stand_in_at].json, 0, &reply, NULL, NULL) < 0)
                abort();
        if (stand_in_told[stand_in_at].error) {
                snprintf(name, sizeof name, "%.*s.%s", (int)(dot - (const char *)method), (const char *)method, stand_in_told[stand_in_at].error);
                r = sd_varlink_error(link, name, reply);
        } else {
                r = sd_varlink_reply(link, reply);
        }
        stand_in_at++;
        sd_json_variant_unref(reply);
        return r;
}

static int stand_in_has_answered(sd_varlink *link, sd_json_variant *reply, const char *error, sd_varlink_reply_flags_t flags, void *userdata)
{
        (void)link;
        (void)flags;
        (void)userdata;
        stand_in_reply = sd_json_variant_ref(reply);
        stand_in_error = error ? strdup(error) : NULL;
        stand_in_over = true;
        return 0;
}

/* The station's socket is named as its interface is. */
static const sd_varlink_interface *stand_in_interface(const char *path, const char *method)
{
        static const struct { const char *path, *interface; const sd_varlink_interface *vl; } all[] = {
                {"/run/provost/store", "io.provost.Store.", &vl_interface_io_provost_Store},
                {"/run/provost/import", "io.provost.Import.", &vl_interface_io_provost_Import},
                {"/run/provost/settings", "io.provost.Settings.", &vl_interface_io_provost_Settings},
                {"/run/provost/responder", "io.provost.Responder.", &vl_interface_io_provost_Responder},
                {"/run/provost/session", "io.provost.Session.", &vl_interface_io_provost_Session},
                {"/run/provost/pki", "io.provost.Pki.", &vl_interface_io_provost_Pki},
                {"/run/provost/box", "io.provost.Box.", &vl_interface_io_provost_Box},
                {"/run/provost/update", "io.provost.Update.", &vl_interface_io_provost_Update},
                {"/run/provost/backup", "io.provost.Backup.", &vl_interface_io_provost_Backup},
                {"/run/provost/admin", "io.provost.Admin.", &vl_interface_io_provost_Admin},
        };

        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
                if (text_equal(path, all[i].path) && text_starts(method, all[i].interface))
                        return all[i].vl;
        fprintf(stderr, "%s is not at %s\n", method, path);
        abort();
}

static unsigned trial_status = 403;
static int trial_result;

int trial_head(const char *socket_path, const struct trial *trial, uint64_t deadline_ms, unsigned *ret_status)
{
        (void)deadline_ms;
        if (n_asked == STAND_IN_MAX || asprintf(&asked[n_asked++], "HEAD %s %s %s %s %s %s", socket_path, trial->path, trial->listener, trial->address,
                                                trial->verify, trial->subject) < 0)
                abort();
        if (trial_result == 0)
                *ret_status = trial_status;
        return trial_result;
}

int service_call_once(const char *path, const char *method, sd_json_variant *parameters, uint64_t deadline_ms, sd_json_variant **ret_reply,
                      char **ret_error)
{
        sd_varlink_server *server = NULL;
        sd_varlink *client = NULL;
        sd_event *event = NULL;
        int pair[2];

        (void)deadline_ms;
        stand_in_over = false;
        stand_in_reply = NULL;
        stand_in_error = NULL;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0 || sd_event_new(&event) < 0 ||
            sd_varlink_server_new(&server, SD_VARLINK_SERVER_INHERIT_USERDATA) < 0 || sd_varlink_server_add_interface(server, stand_in_interface(path, method)) < 0 ||
            sd_varlink_server_bind_method(server, method, stand_in_method) < 0 ||
            sd_varlink_server_attach_event(server, event, 0) < 0)
                abort();
        sd_varlink_server_set_userdata(server, (void *)(uintptr_t)method);
        if (sd_varlink_server_add_connection(server, pair[1], NULL) < 0 || sd_varlink_connect_fd(&client, pair[0]) < 0 ||
            sd_varlink_attach_event(client, event, 0) < 0 || sd_varlink_bind_reply(client, stand_in_has_answered) < 0 ||
            sd_varlink_invoke(client, method, parameters) < 0)
                abort();
        while (!stand_in_over)
                if (sd_event_run(event, UINT64_MAX) < 0)
                        abort();
        sd_varlink_close_unref(client);
        while (sd_varlink_server_current_connections(server) > 0)
                if (sd_event_run(event, UINT64_MAX) < 0)
                        abort();
        sd_varlink_server_unref(server);
        sd_event_unref(event);
        *ret_reply = stand_in_reply;
        *ret_error = stand_in_error;
        return 0;
}

/* Runs the words, ended by NULL, with this as standard input. Leaves out and err. */
static int run_words(const char *const *words, const void *input, size_t input_size, bool is_remote)
{
        struct ctl ctl = {.is_remote = is_remote};
        size_t n = 0;
        int r;

        free(out);
        free(err);
        while (words[n])
                n++;
        ctl.in = input_size ? fmemopen((void *)(uintptr_t)input, input_size, "r") : fopen("/dev/null", "re");
        ctl.out = open_memstream(&out, &out_size);
        ctl.err = open_memstream(&err, &err_size);
        r = ctl_run(&ctl, n, words);
        fclose(ctl.in);
        fclose(ctl.out);
        fclose(ctl.err);
        return r;
}

#define RUN_WITH(input, ...) run_words((const char *const[]){__VA_ARGS__, NULL}, input, strlen(input), false)
#define RUN(...) RUN_WITH("", __VA_ARGS__)
