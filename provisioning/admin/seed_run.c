/*
 * seed_run: the file of an unattended site becomes the site.
 *
 * In:   the file, from box; whether there is a site or an owner, from the store.
 * Out:  calls of the store one after the other, up to the first that is refused; one sentence for people.
 * Not:  the file is not read here (see seed).
 */
#include "provisioning/admin/seed_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/secret.h"
#include "provisioning/admin/seed.h"

#define CALL_MS 30000
#define SENTENCE_SIZE 512

struct seed_run {
        struct service_peer *store, *box;
        seed_run_said said;
        void *userdata;
        bool is_busy, must_look_again;
        char *content;                  /* of the file that is looked at; owned, wiped */
        char origin[160];
        char done[SECRET_HASH_TEXT_SIZE];       /* of the file that was dealt with last */
        struct seed_plan plan;
        size_t at;
};

int seed_run_new(struct service_peer *store, struct service_peer *box, seed_run_said said, void *userdata,
                 struct seed_run **ret_run)
{
        struct seed_run *run = calloc(1, sizeof *run);

        if (!run)
                return PV_ENOMEM;
        *run = (struct seed_run){.store = store, .box = box, .said = said, .userdata = userdata};
        *ret_run = run;
        return 0;
}

static void forget(struct seed_run *run)
{
        seed_plan_done(&run->plan);
        if (run->content)
                explicit_bzero(run->content, strlen(run->content));
        free(run->content);
        run->content = NULL;
}

void seed_run_free(struct seed_run *run)
{
        if (!run)
                return;
        forget(run);
        free(run);
}

static void end(struct seed_run *run)
{
        forget(run);
        run->is_busy = false;
        if (run->must_look_again) {
                run->must_look_again = false;
                seed_run_look(run);
        }
}

/* The same file is not tried again until box has another one. */
static void settle(struct seed_run *run, const char *field, const char *reason)
{
        char sentence[SENTENCE_SIZE];

        secret_hash_text(run->content, run->done);
        if (reason)
                (void)snprintf(sentence, sizeof sentence, "The setup file (%s) was not taken%s%s: %s", run->origin, *field ? ", at " : "", field, reason);
        else
                (void)snprintf(sentence, sizeof sentence, "The setup file (%s) was taken: the site is set up.", run->origin);
        log_event(reason ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, reason ? "setup-file-refused" : "setup-file-taken", "where", run->origin, "field",
                  field && *field ? field : NULL, "reason", reason, NULL);
        run->said(sentence, run->userdata);
        end(run);
}

static void next(struct seed_run *run);

static void on_step(sd_json_variant *reply, const char *error, void *userdata)
{
        struct seed_run *run = userdata;
        const struct seed_step *step = &run->plan.steps[run->at];
        const char *reason = service_field_text(reply, "reason"), *name = service_field_text(reply, "name");
        char field[96];

        if (!error) {
                run->at++;
                next(run);
                return;
        }
        /* The store names the value that it refuses. */
        (void)snprintf(field, sizeof field, "%s%s%.40s", step->field, name && text_equal(step->method, "SetSite") ? "." : "",
                       name && text_equal(step->method, "SetSite") ? name : "");
        settle(run, field, reason ? reason : error);
}

static void next(struct seed_run *run)
{
        char method[64];

        if (run->at == run->plan.n_steps) {
                settle(run, "", NULL);
                return;
        }
        (void)snprintf(method, sizeof method, "io.provost.Store.%s", run->plan.steps[run->at].method);
        service_peer_call(run->store, method, run->plan.steps[run->at].parameters, CALL_MS, on_step, run);
}

static void begin(struct seed_run *run)
{
        struct seed_problem problem = {0};
        int r = seed_plan_make(run->content, strlen(run->content), &run->plan, &problem);

        run->at = 0;
        if (r == 0)
                next(run);
        else
                settle(run, problem.field, *problem.reason ? problem.reason : pv_error_text(r));
}

static bool can_sign_in(sd_json_variant *users)
{
        for (size_t i = 0; i < sd_json_variant_elements(users); i++) {
                sd_json_variant *user = sd_json_variant_by_index(users, i);

                if (text_equal(service_field_text(user, "role"), "owner") && service_field_is_true(user, "has_password"))
                        return true;
        }
        return false;
}

static void on_users(sd_json_variant *reply, const char *error, void *userdata)
{
        struct seed_run *run = userdata;

        if (error) {
                end(run);               /* box or the store say something again soon */
                return;
        }
        if (can_sign_in(service_field_list(reply, "users"))) {
                log_event(LOG_LEVEL_INFO, "setup-file-ignored", "where", run->origin, "reason", "There is an owner already.", NULL);
                secret_hash_text(run->content, run->done);
                end(run);
                return;
        }
        begin(run);
}

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct seed_run *run = userdata;

        if (error) {
                end(run);
                return;
        }
        if (service_field_is_true(reply, "complete")) {
                log_event(LOG_LEVEL_INFO, "setup-file-ignored", "where", run->origin, "reason", "The site is set up already.", NULL);
                secret_hash_text(run->content, run->done);
                end(run);
                return;
        }
        service_peer_call(run->store, "io.provost.Store.ListUsers", NULL, CALL_MS, on_users, run);
}

static void on_seed(sd_json_variant *reply, const char *error, void *userdata)
{
        struct seed_run *run = userdata;
        const char *origin = service_field_text(reply, "origin"), *content = service_field_text(reply, "content");
        char hash[SECRET_HASH_TEXT_SIZE];

        if (error || !content) {
                end(run);
                return;
        }
        secret_hash_text(content, hash);
        run->content = text_equal(hash, run->done) ? NULL : strdup(content);
        if (!run->content) {
                end(run);
                return;
        }
        text_escape(run->origin, sizeof run->origin, origin ? origin : "", origin ? strlen(origin) : 0);
        service_peer_call(run->store, "io.provost.Store.GetSite", NULL, CALL_MS, on_site, run);
}

void seed_run_look(struct seed_run *run)
{
        if (run->is_busy) {
                run->must_look_again = true;
                return;
        }
        run->is_busy = true;
        service_peer_call(run->box, "io.provost.Box.GetSeed", NULL, CALL_MS, on_seed, run);
}
