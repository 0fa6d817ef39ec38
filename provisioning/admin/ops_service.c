/*
 * ops_service: what the frame itself answers.
 *
 * In:   the store's words; the description that is built in.
 * Out:  /setup, /health, /metrics, /events, /openapi.yaml.
 * Not:  nothing of phones.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "appliance/service/service_field.h"
#include "gen/openapi.yaml.embed.h"
#include "provisioning/admin/call.h"
#include "provisioning/admin/ops_frame.h"
#include "provisioning/admin/upkeep.h"

#define METRICS_BYTES 32768

static void get_setup(struct call *call)
{
        sd_json_variant *site = NULL, *answer = NULL;
        bool needed;

        if (call_station(call, STATION_STORE, "GetSite", NULL, 0, &site))
                return;
        door_lock(call->door);
        needed = call->door->setup.needed;
        door_unlock(call->door);
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_BOOLEAN("needed", needed),
                           SD_JSON_BUILD_PAIR_BOOLEAN("site_complete", service_field_is_true(site, "complete"))) < 0)
                call_refuse(call, 503, "memory", NULL, "The appliance has no memory left.");
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(site);
}

/* The store answers: everything else can be managed, or its absence be seen. */
static void get_health(struct call *call)
{
        sd_json_variant *site = NULL, *answer = NULL;

        if (call_station(call, STATION_STORE, "GetSite", NULL, 0, &site))
                return;
        sd_json_variant_unref(site);
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("status", "ok")) < 0)
                call_refuse(call, 503, "memory", NULL, "The appliance has no memory left.");
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

static void get_description(struct call *call)
{
        char *copy = strdup(embed_openapi_yaml);

        call_reply_bytes(call, 200, "application/yaml", copy, copy ? strlen(copy) : 0);
}

/* --- numbers ----------------------------------------------------------------- */

static void head(struct writer *w, const char *name, const char *what)
{
        writer_format(w, "# HELP %s %s\n# TYPE %s gauge\n", name, what, name);
}

/* Label values as the text form has them: backslash, quote and line end are escaped. */
static void label(struct writer *w, const char *text)
{
        for (; *text; text++) {
                if (*text == '\\' || *text == '"')
                        writer_u8(w, '\\');
                if (*text == '\n')
                        writer_text(w, "\\n");
                else
                        writer_u8(w, (uint8_t)*text);
        }
}

static void counts(struct writer *w, const char *name, const char *label_name, sd_json_variant *list)
{
        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);
                const char *value = service_field_text(one, "name");

                writer_format(w, "%s{%s=\"", name, label_name);
                label(w, value ? value : "");
                writer_format(w, "\"} %" PRId64 "\n", service_field_integer(one, "count", 0));
        }
}

static void number(struct writer *w, const char *name, const char *what, int64_t value)
{
        head(w, name, what);
        writer_format(w, "%s %" PRId64 "\n", name, value);
}

static void phones(struct writer *w, sd_json_variant *count)
{
        head(w, "provost_phones", "Phones by state.");
        counts(w, "provost_phones", "state", service_field_list(count, "states"));
        head(w, "provost_phones_of_model", "Phones by model.");
        counts(w, "provost_phones_of_model", "model", service_field_list(count, "models"));
        number(w, "provost_hardening_met", "Hardening rows that approved phones meet.", service_field_integer(count, "score_met", 0));
        number(w, "provost_hardening_total", "Hardening rows of approved phones.", service_field_integer(count, "score_total", 0));
}

static void ends(struct writer *w, sd_json_variant *list)
{
        head(w, "provost_certificate_ends_seconds", "When a certificate of the appliance ends, in seconds since 1970.");
        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *end = sd_json_variant_by_index(list, i);
                const char *subject = service_field_text(end, "subject");

                writer_text(w, "provost_certificate_ends_seconds{subject=\"");
                label(w, subject ? subject : "");
                writer_format(w, "\"} %" PRId64 "\n", service_field_integer(end, "not_after", 0));
        }
}

/* A station that does not answer has no numbers; the others' are answered all the same. */
static bool ask(struct call *call, enum station station, const char *method, sd_json_variant **ret_reply)
{
        char *error = NULL;
        bool fine = call_station_try(call, station, method, NULL, 0, ret_reply, &error) == 0;

        free(error);
        return fine;
}

/* As it was seen at the last look, at most ten minutes ago: a scrape wakes no station that rests. */
static void upkeep(struct writer *w)
{
        struct upkeep_state state;

        upkeep_read(&state);
        if (state.has_update) {
                number(w, "provost_root_verified", "1: every block of the running system is checked.", state.verified);
                number(w, "provost_update_waits", "1: an update waits to be installed or started.", *state.waits != 0);
                number(w, "provost_update_tried", "1: the running version is on trial.", state.is_trying);
                number(w, "provost_update_fell_back", "1: the last update did not stay.", text_equal(state.last_result, "fell-back"));
        }
        if (state.has_data) {
                number(w, "provost_data_size_bytes", "Size of the data partition.", state.size);
                number(w, "provost_data_encrypted", "1: the data partition is encrypted.", state.is_encrypted);
        }
        if (state.has_backup) {
                number(w, "provost_backup_scheduled", "1: backups are made each day.", state.is_scheduled);
                number(w, "provost_backup_seconds", "When the newest backup was made, in seconds since 1970; 0: there is none.", state.backup_at);
        }
}

static void own(struct call *call, struct writer *w)
{
        unsigned n = 0;

        door_lock(call->door);
        for (size_t i = 0; i < SESSIONS_MAX; i++)
                n += call->door->sessions.rows[i].number != 0;
        door_unlock(call->door);
        number(w, "provost_sessions", "People who are signed in.", n);
}

static void get_metrics(struct call *call)
{
        sd_json_variant *count = NULL, *list = NULL, *facts = NULL;
        char *text = malloc(METRICS_BYTES);
        struct writer w = writer_of(text, text ? METRICS_BYTES : 0);

        if (text && ask(call, STATION_STORE, "CountPhones", &count))
                phones(&w, count);
        if (text && ask(call, STATION_PKI, "GetEnds", &list))
                ends(&w, service_field_list(list, "ends"));
        if (text && ask(call, STATION_BOX, "GetFacts", &facts)) {
                number(&w, "provost_memory_available_bytes", "Memory that is left.", service_field_integer(facts, "memory_available", 0));
                number(&w, "provost_data_free_bytes", "Room that is left on the data partition.", service_field_integer(facts, "data_free", 0));
                number(&w, "provost_booted_seconds", "When the appliance was started, in seconds since 1970.", service_field_integer(facts, "booted_at", 0));
        }
        if (text) {
                upkeep(&w);
                own(call, &w);
        }
        sd_json_variant_unref(count);
        sd_json_variant_unref(list);
        sd_json_variant_unref(facts);
        if (!text || w.error) {
                free(text);
                call_refuse(call, 503, "memory", NULL, "The numbers do not fit.");
                return;
        }
        call_reply_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8", text, writer_used(&w));
}

const struct operation ops_service_operations[] = {
        {.method = "GET", .path = "/setup", .id = "getSetup", .flags = OPERATION_OPEN, .run = get_setup},
        {.method = "GET", .path = "/health", .id = "getHealth", .flags = OPERATION_OPEN, .run = get_health},
        {.method = "GET", .path = "/openapi.yaml", .id = "getDescription", .flags = OPERATION_OPEN, .run = get_description},
        {.method = "GET", .path = "/metrics", .id = "getMetrics", .role = ROLE_READER, .run = get_metrics},
        {.method = "GET", .path = "/events", .id = "watchEvents", .role = ROLE_READER, .flags = OPERATION_STREAM},
        {0},
};
