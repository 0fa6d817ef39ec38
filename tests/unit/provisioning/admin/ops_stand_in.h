/*
 * ops_stand_in: operations run without the frame: a call with the fields a test gives it, and stations that answer what it says.
 *
 * `asked` has a line for each question: "Method {parameters}". A method that was given no answer is refused as "io.provost.Unreachable".
 */
#pragma once

#include "tests/support/test.h"

#include <stdarg.h>
#include <systemd/sd-json.h>

#include "appliance/base/text.h"
#include "appliance/people/reply.h"
#include "appliance/people/trial.h"
#include "provisioning/admin/operation.h"

struct call {
        sd_json_variant *fields;
        enum role role;
        bool is_fresh;
        int64_t match;
        unsigned status;
        char code[64], field[64], detail[512];
        sd_json_variant *reply;
        int64_t version;
        char *file;
};

#define ANSWERS_MAX 32
static struct { char method[48], reply[1024], error[64]; } answers[ANSWERS_MAX];
static size_t n_answers;
static char asked[8192];
static unsigned trial_status = 403;
static struct call it;

/* --- what a test says --------------------------------------------------------------- */

static inline void begin(enum role role, const char *fields)
{
        sd_json_variant_unref(it.fields);
        sd_json_variant_unref(it.reply);
        free(it.file);
        it = (struct call){.role = role, .match = -1, .version = -1};
        n_answers = 0;
        *asked = 0;
        trial_status = 403;
        CHECK(sd_json_parse(fields, 0, &it.fields, NULL, NULL) >= 0);
}

/* error: "" none. Of several answers to one method the last one counts. */
static inline void say(const char *method, const char *reply, const char *error)
{
        CHECK(n_answers < ANSWERS_MAX);
        CHECK(text_copy(answers[n_answers].method, sizeof answers->method, method) == 0);
        CHECK(text_copy(answers[n_answers].reply, sizeof answers->reply, reply) == 0);
        CHECK(text_copy(answers[n_answers].error, sizeof answers->error, error) == 0);
        n_answers++;
}

static inline void run(const struct operation *table, const char *id)
{
        for (; table->method; table++)
                if (text_equal(table->id, id)) {
                        table->run(&it);
                        CHECK(it.status != 0);
                        return;
                }
        TEST_FAIL("no operation %s", id);
}

/* --- the frame's part ------------------------------------------------------------------ */

static inline sd_json_variant *stand_in_field(struct call *call, const char *name)
{
        return sd_json_variant_by_key(call->fields, name);
}

const char *call_text(struct call *call, const char *field)
{
        sd_json_variant *v = stand_in_field(call, field);

        return v ? sd_json_variant_string(v) : NULL;
}

int64_t call_integer(struct call *call, const char *field, int64_t otherwise)
{
        sd_json_variant *v = stand_in_field(call, field);

        return v ? sd_json_variant_integer(v) : otherwise;
}

bool call_flag(struct call *call, const char *field)
{
        sd_json_variant *v = stand_in_field(call, field);

        return v && sd_json_variant_boolean(v);
}

sd_json_variant *call_json(struct call *call, const char *field)
{
        return stand_in_field(call, field);
}

int call_object(struct call *call, const char *field, sd_json_variant *object, const sd_json_dispatch_field table[], void *into)
{
        int r = sd_json_dispatch(object, table, 0, into);

        if (r < 0)
                call_refuse(call, 400, "malformed", field, "It does not fit.");
        return r;
}

int64_t call_match(struct call *call) { return call->match; }
const char *call_actor(struct call *call) { (void)call; return "anna"; }
enum role call_role(struct call *call) { return call->role; }
const char *call_from(struct call *call) { (void)call; return "192.0.2.1"; }
uint64_t call_session(struct call *call) { return call->role ? 7 : 0; }
bool call_is_fresh(struct call *call) { return call->is_fresh; }

int call_station_try(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags,
                     sd_json_variant **ret_reply, char **ret_error)
{
        size_t used = strlen(asked);
        char *text = NULL;

        (void)call, (void)station;
        CHECK(!parameters || sd_json_variant_format(parameters, 0, &text) >= 0);
        snprintf(asked + used, sizeof asked - used, "%s%s %s\n", method, (flags & CALL_AS_ACTOR) ? " as anna" : "", text ? text : "");
        free(text);
        sd_json_variant_unref(parameters);
        for (size_t i = n_answers; i-- > 0;)
                if (text_equal(answers[i].method, method)) {
                        if (*answers[i].reply)
                                CHECK(sd_json_parse(answers[i].reply, 0, ret_reply, NULL, NULL) >= 0);
                        if (!*answers[i].error)
                                return 0;
                        *ret_error = strdup(answers[i].error);
                        return PV_EREFUSED;
                }
        *ret_error = strdup("io.provost.Unreachable");
        return PV_EREFUSED;
}

int call_station(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags, sd_json_variant **ret_reply)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;
        int r = call_station_try(call, station, method, parameters, flags, &reply, &error);

        if (r < 0) {
                call_refuse_error(call, error, reply);
                sd_json_variant_unref(reply);
        } else {
                *ret_reply = reply;
        }
        free(error);
        return r;
}

void call_refuse_error(struct call *call, const char *error, sd_json_variant *reply)
{
        call_refuse(call, text_equal(error, "io.provost.Unreachable") ? 503 : 409, error, NULL, "%s", reply_text(reply, "reason"));
}

static inline void stand_in_answer(struct call *call, unsigned status, sd_json_variant *object)
{
        if (call->status)
                TEST_FAIL("it was answered twice: %u, then %u", call->status, status);
        call->status = status;
        call->reply = sd_json_variant_ref(object);
}

void call_reply(struct call *call, unsigned status, sd_json_variant *object) { stand_in_answer(call, status, object); }

void call_reply_version(struct call *call, unsigned status, sd_json_variant *object, int64_t version)
{
        stand_in_answer(call, status, object);
        call->version = version;
}

void call_reply_empty(struct call *call) { stand_in_answer(call, 204, NULL); }

void call_reply_file(struct call *call, const char *content_type, const char *name, const void *bytes, size_t size)
{
        (void)content_type, (void)name;
        stand_in_answer(call, 200, NULL);
        call->file = strndup(bytes, size);
}

void call_refuse_stale(struct call *call, sd_json_variant *current, int64_t version)
{
        stand_in_answer(call, 412, current);
        call->version = version;
}

void call_refuse(struct call *call, unsigned status, const char *code, const char *field, const char *detail_format, ...)
{
        va_list args;

        stand_in_answer(call, status, NULL);
        snprintf(call->code, sizeof call->code, "%s", code ? code : "");
        snprintf(call->field, sizeof call->field, "%s", field ? field : "");
        va_start(args, detail_format);
        vsnprintf(call->detail, sizeof call->detail, detail_format, args);
        va_end(args);
}

int trial_head(const char *socket_path, const struct trial *trial, uint64_t deadline_ms, unsigned *ret_status)
{
        (void)socket_path, (void)trial, (void)deadline_ms;
        *ret_status = trial_status;
        return 0;
}
