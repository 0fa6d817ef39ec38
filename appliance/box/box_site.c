/*
 * box_site: the site as the store has it.
 *
 * In:   the store's answers and changes.
 * Out:  a model of the site, or a sentence about what is missing.
 * Not:  nothing is applied here.
 */
#include "appliance/box/box_internal.h"

#include <stdio.h>

#include "appliance/base/log.h"
#include "appliance/base/writer.h"

#define VALUES_MAX 128

static void say_problem(struct box *box, const char *sentence)
{
        if (!text_equal(box->site_problem, sentence))
                log_event(LOG_LEVEL_WARNING, "site-unusable", "reason", sentence, NULL);
        (void)snprintf(box->site_problem, sizeof box->site_problem, "%s", sentence);
}

/* "The site still needs: lan_address, pool_first." */
static void say_missing(struct box *box, sd_json_variant *reply)
{
        sd_json_variant *missing = sd_json_variant_by_key(reply, "missing");
        char sentence[BOX_SENTENCE_SIZE];
        struct writer w = writer_of(sentence, sizeof sentence);
        size_t n = missing && sd_json_variant_is_array(missing) ? sd_json_variant_elements(missing) : 0;

        writer_text(&w, "The site is not set up yet; use provostctl site set for: ");
        for (size_t i = 0; i < n; i++)
                writer_format(&w, "%s%s", i ? ", " : "", sd_json_variant_string(sd_json_variant_by_index(missing, i)));
        writer_text(&w, ".");
        say_problem(box, writer_finish_text(&w) == 0 ? sentence : "The site is not set up yet; see provostctl site show.");
}

/* A site that was complete once goes on as it was. */
static void take_setup(struct box *box, const struct box_model_value *values, size_t n_values)
{
        struct box_model model = {0};

        if (box->has_model && !box->model.is_setup)
                return;
        if (box_model_for_setup(values, n_values, &model) < 0)
                log_event(LOG_LEVEL_ERROR, "setup-failed", "reason", pv_error_text(PV_ENOMEM), NULL);
        else
                box_take_model(box, &model, 0);
}

static void take_site(struct box *box, sd_json_variant *reply)
{
        sd_json_variant *list = sd_json_variant_by_key(reply, "values");
        sd_json_variant *complete = sd_json_variant_by_key(reply, "complete");
        struct box_model_value values[VALUES_MAX];
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model model = {0};
        size_t n = list && sd_json_variant_is_array(list) ? sd_json_variant_elements(list) : 0;

        for (size_t i = 0; i < n && i < VALUES_MAX; i++) {
                sd_json_variant *value = sd_json_variant_by_index(list, i);

                values[i] = (struct box_model_value){box_text_of(value, "name"), box_text_of(value, "value")};
        }
        if (!complete || !sd_json_variant_boolean(complete)) {
                say_missing(box, reply);
                take_setup(box, values, n < VALUES_MAX ? n : VALUES_MAX);
                return;
        }
        if (box_model_from_values(values, n < VALUES_MAX ? n : VALUES_MAX, &model, problem) < 0) {
                say_problem(box, problem);
                return;
        }
        sd_json_variant *revision = sd_json_variant_by_key(reply, "revision");
        box_take_model(box, &model, revision ? sd_json_variant_unsigned(revision) : 0);
}

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box *box = userdata;

        box->is_reading = false;
        if (error) {
                log_event(LOG_LEVEL_WARNING, "store-failed", "method", "GetSite", "error", error, NULL);
                retry_later(&box->read_retry);
        } else {
                box->read_retry = (struct retry){0};
                take_site(box, reply);
        }
        if (box->must_read_again) {
                box->must_read_again = false;
                box_read_site(box);
        }
        box_step(box);
}

/* Rules of reach first: rules of the firewall made without them would stop what runs. */
static void on_reach(sd_json_variant *reply, const char *error, void *userdata)
{
        sd_json_variant *list = reply ? sd_json_variant_by_key(reply, "reach") : NULL;
        struct box *box = userdata;

        if (error) {
                log_event(LOG_LEVEL_WARNING, "store-failed", "method", "ListReach", "error", error, NULL);
                box->is_reading = false;
                retry_later(&box->read_retry);
                box_step(box);
                return;
        }
        box->has_reach = list && sd_json_variant_is_array(list) && sd_json_variant_elements(list) > 0;
        service_peer_call(box->store, "io.provost.Store.GetSite", NULL, BOX_CALL_MS, on_site, box);
}

void box_read_site(struct box *box)
{
        if (box->is_reading) {
                box->must_read_again = true;
                return;
        }
        box->is_reading = true;
        service_peer_call(box->store, "io.provost.Store.ListReach", NULL, BOX_CALL_MS, on_reach, box);
}

void box_on_store_change(sd_json_variant *message, void *userdata)
{
        const char *kind = message ? box_text_of(message, "kind") : "";

        if (!message || text_equal(kind, "site") || text_equal(kind, "reach"))
                box_read_site(userdata);
        if (!message)
                box_clock_store_is_there(((struct box *)userdata)->clock);
}
