/*
 * call: what an operation sees of its request, and how it answers.
 *
 * In:   a request that access let in; the words of other stations.
 * Out:  checked fields; one answer.
 * Not:  no sockets of the edge, no loop: this runs on a worker's thread.
 */
#include "provisioning/admin/call.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/body.h"
#include "provisioning/admin/problem.h"
#include "provisioning/admin/uri.h"

/* --- answers -------------------------------------------------------------- */

/* Takes over bytes. The first answer stands. */
static void answer(struct call *call, unsigned status, const char *content_type, void *bytes, size_t size)
{
        assert(!call->answer.status);
        call->answer.status = status;
        call->answer.content_type = content_type;
        call->answer.bytes = bytes;
        call->answer.size = size;
}

void call_add_header(struct call *call, const char *name, const char *value)
{
        struct call_header *header = &call->answer.headers[call->answer.n_headers];

        assert(call->answer.n_headers < CALL_HEADERS_MAX);
        if (text_copy(header->name, sizeof header->name, name) == 0 && text_copy(header->value, sizeof header->value, value) == 0)
                call->answer.n_headers++;
}

static void refuse(struct call *call, const struct problem *problem)
{
        static const char no_memory[] = "{\"type\":\"/problems/memory\",\"title\":\"Not now\",\"status\":503,\"detail\":"
                                        "\"The appliance has no memory left.\",\"code\":\"memory\"}";
        char *text = problem_text(problem);

        if (text)
                answer(call, problem->status, PROBLEM_TYPE, text, strlen(text));
        else
                answer(call, 503, PROBLEM_TYPE, strdup(no_memory), sizeof no_memory - 1);
        if (!call->answer.bytes)
                call->answer.size = 0;
        if (call->answer.status == 503)
                call_add_header(call, "Retry-After", "2");
}

void call_refuse(struct call *call, unsigned status, const char *code, const char *field, const char *detail_format, ...)
{
        char detail[640];
        va_list list;

        va_start(list, detail_format);
        (void)vsnprintf(detail, sizeof detail, detail_format, list);
        va_end(list);
        refuse(call, &(struct problem){.status = status, .code = code, .field = field, .detail = detail});
}

static void no_memory(struct call *call)
{
        call_refuse(call, 503, "memory", NULL, "The appliance has no memory left; try again in a moment.");
}

void call_reply_bytes(struct call *call, unsigned status, const char *content_type, void *bytes, size_t size)
{
        if (bytes)
                answer(call, status, content_type, bytes, size);
        else
                no_memory(call);
}

void call_reply(struct call *call, unsigned status, sd_json_variant *object)
{
        char *text = NULL;

        if (sd_json_variant_format(object, 0, &text) < 0)
                no_memory(call);
        else
                answer(call, status, "application/json", text, strlen(text));
}

static void tag_of(int64_t version, char ret[static 32])
{
        (void)snprintf(ret, 32, "\"%" PRId64 "\"", version);
}

void call_reply_version(struct call *call, unsigned status, sd_json_variant *object, int64_t version)
{
        char tag[32];

        tag_of(version, tag);
        if (status == 200 && text_equal(call->operation->method, "GET") && text_equal(call->none_match, tag))
                answer(call, 304, NULL, NULL, 0);
        else
                call_reply(call, status, object);
        call_add_header(call, "ETag", tag);
}

void call_reply_empty(struct call *call)
{
        answer(call, 204, NULL, NULL, 0);
}

void call_reply_file(struct call *call, const char *content_type, const char *name, const void *bytes, size_t size)
{
        char disposition[CALL_HEADER_SIZE];
        void *copy = malloc(size + 1);

        if (!copy) {
                no_memory(call);
                return;
        }
        memcpy(copy, bytes, size);
        answer(call, 200, content_type, copy, size);
        (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", name);
        call_add_header(call, "Content-Disposition", disposition);
}

void call_refuse_stale(struct call *call, sd_json_variant *current, int64_t version)
{
        char tag[32];

        refuse(call, &(struct problem){.status = 412, .code = "conflict", .current = current,
                                       .detail = "Somebody else changed it meanwhile; look at what is there now and send it again."});
        tag_of(version, tag);
        call_add_header(call, "ETag", tag);
}

/* --- what came in --------------------------------------------------------- */

static struct field_value *value_of(struct call *call, const char *name)
{
        for (size_t i = 0; i < call->n_values; i++)
                if (text_equal(call->operation->fields[i].name, name))
                        return &call->values[i];
        assert(!"a field that the operation's table does not have");
        return NULL;
}

const char *call_text(struct call *call, const char *field)
{
        struct field_value *value = value_of(call, field);

        return value ? value->text : NULL;
}

int64_t call_integer(struct call *call, const char *field, int64_t otherwise)
{
        struct field_value *value = value_of(call, field);

        return value && value->given ? value->integer : otherwise;
}

bool call_flag(struct call *call, const char *field)
{
        struct field_value *value = value_of(call, field);

        return value && value->flag;
}

sd_json_variant *call_json(struct call *call, const char *field)
{
        struct field_value *value = value_of(call, field);

        return value ? value->json : NULL;
}

int call_object(struct call *call, const char *field, sd_json_variant *object, const sd_json_dispatch_field table[], void *into)
{
        const char *bad = NULL;
        int r = sd_json_dispatch_full(object, table, NULL, 0, into, &bad);

        if (r >= 0)
                return 0;
        call_refuse(call, 400, "field", field, "In %s, \"%.60s\" is unknown, missing or of the wrong type.", field, bad ? bad : "?");
        return PV_EMALFORMED;
}

int64_t call_match(struct call *call)
{
        return call->match;
}

const char *call_actor(struct call *call)
{
        return call->who.name;
}

enum role call_role(struct call *call)
{
        return call->who.role;
}

const char *call_from(struct call *call)
{
        return call->who.from;
}

uint64_t call_session(struct call *call)
{
        return call->who.session;
}

bool call_is_fresh(struct call *call)
{
        return call->who.is_fresh;
}

/* --- other stations ------------------------------------------------------- */

static int add_actor(struct call *call, sd_json_variant **parameters)
{
        sd_json_variant *actor = NULL;
        int r = sd_json_variant_new_string(&actor, call->who.name);

        if (r >= 0)
                r = sd_json_variant_set_field(parameters, "actor", actor);
        sd_json_variant_unref(actor);
        return r < 0 ? PV_ENOMEM : 0;
}

static int ask(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags,
               sd_json_variant **ret_reply, char **ret_error)
{
        int r = flags & CALL_AS_ACTOR ? add_actor(call, &parameters) : 0;

        if (!r)
                r = station_links_call(call->links, station, method, parameters, ret_reply, ret_error);
        sd_json_variant_unref(parameters);
        return r;
}

void call_refuse_error(struct call *call, const char *error, sd_json_variant *reply)
{
        struct problem problem = problem_of_station(STATION_STORE, error, reply);

        if (problem.status == 500)
                log_event(LOG_LEVEL_ERROR, "call-refused", "operation", call->operation->id, "error", error, NULL);
        refuse(call, &problem);
}

int call_station_try(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags,
                     sd_json_variant **ret_reply, char **ret_error)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;
        int r = ask(call, station, method, parameters, flags, &reply, &error);

        if (r)
                return r;
        *ret_reply = reply;
        *ret_error = error;
        return error ? PV_EREFUSED : 0;
}

int call_station(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags,
                 sd_json_variant **ret_reply)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;
        int r = ask(call, station, method, parameters, flags, &reply, &error);

        if (r) {
                no_memory(call);
                return r;
        }
        if (error) {
                struct problem problem = problem_of_station(station, error, reply);

                if (problem.status == 500)
                        log_event(LOG_LEVEL_ERROR, "call-refused", "operation", call->operation->id, "method", method, "error", error, NULL);
                refuse(call, &problem);
                sd_json_variant_unref(reply);
                free(error);
                return PV_EREFUSED;
        }
        if (ret_reply)
                *ret_reply = reply;
        else
                sd_json_variant_unref(reply);
        return 0;
}

static void wipe(void *bytes, size_t size)
{
        if (bytes)
                explicit_bzero(bytes, size);
        free(bytes);
}

/* --- reading the fields --------------------------------------------------- */

static const struct field *field_of(const struct operation *operation, enum field_place place, const char *name)
{
        for (const struct field *field = operation->fields; field && field->name; field++)
                if (field->place == place && text_equal(field->name, name))
                        return field;
        return NULL;
}

/* 0, or the request was refused. */
static int take(struct call *call, const struct field *field, const char *text, sd_json_variant *json)
{
        struct field_value *value = &call->values[field - call->operation->fields];
        char why[FIELD_WHY_SIZE];
        int r;

        if (value->given) {
                call_refuse(call, 400, "field", field->name, "%s was sent twice.", field->name);
                return PV_EMALFORMED;
        }
        if (json && field->nullable && sd_json_variant_is_null(json))
                return 0;
        r = json ? field_from_json(field, json, value, why) : field_from_text(field, text, value, why);
        if (r == PV_EMALFORMED)
                call_refuse(call, 400, "field", field->name, "%s", why);
        else if (r)
                no_memory(call);
        else if (field->role > call->who.role) {
                call_refuse(call, 403, "role", field->name, "Another role is needed to send %s.", field->name);
                r = PV_EREFUSED;
        }
        return r;
}

static int unknown(struct call *call, const char *name)
{
        char shown[64];

        text_escape(shown, sizeof shown, name, strlen(name));
        call_refuse(call, 400, "unknown-field", shown, "%s is not known here.", shown);
        return PV_EMALFORMED;
}

static int read_path(struct call *call)
{
        for (size_t i = 0; i < call->route.n_values; i++) {
                const struct field *field = field_of(call->operation, FIELD_IN_PATH, call->route.values[i].name);
                int r = field ? take(call, field, call->route.values[i].value, NULL) : unknown(call, call->route.values[i].name);

                if (r)
                        return r;
        }
        return 0;
}

static int read_query(struct call *call)
{
        const char *at = call->query ? call->query : "";
        struct uri_pair pair;
        int r;

        while ((r = uri_next(&at, &pair)) == 1) {
                const struct field *field = field_of(call->operation, FIELD_IN_QUERY, pair.name);

                r = field ? take(call, field, pair.value, NULL) : unknown(call, pair.name);
                if (r)
                        return r;
        }
        if (r < 0)
                call_refuse(call, 400, "query", NULL, "The address's query cannot be read.");
        return r;
}

static int read_body(struct call *call)
{
        const char *why = NULL;
        int r;

        if (call->body_size == 0)
                return 0;
        r = body_parse(call->body, call->body_size, &call->object, &why);
        wipe(call->body, call->body_size);
        call->body = NULL;
        if (r == PV_EMALFORMED)
                call_refuse(call, 400, "body", NULL, "%s", why);
        else if (r)
                no_memory(call);
        for (size_t i = 0; !r && i < sd_json_variant_elements(call->object); i += 2) {
                const char *name = sd_json_variant_string(sd_json_variant_by_index(call->object, i));
                const struct field *field = field_of(call->operation, FIELD_IN_BODY, name);

                r = field ? take(call, field, NULL, sd_json_variant_by_index(call->object, i + 1)) : unknown(call, name);
        }
        return r;
}

static int read_fields(struct call *call)
{
        const struct field *fields = call->operation->fields;
        int r;

        while (fields && fields[call->n_values].name)
                call->n_values++;
        call->values = calloc(call->n_values + 1, sizeof *call->values);
        if (!call->values) {
                no_memory(call);
                return PV_ENOMEM;
        }
        r = read_path(call);
        if (!r)
                r = read_query(call);
        if (!r)
                r = read_body(call);
        for (size_t i = 0; !r && i < call->n_values; i++)
                if (fields[i].required && !call->values[i].given) {
                        call_refuse(call, 400, "field", fields[i].name, "%s is missing.", fields[i].name);
                        r = PV_EMALFORMED;
                }
        return r;
}

void call_run(struct call *call)
{
        if (read_fields(call))
                return;
        call->operation->run(call);
        if (call->answer.status)
                return;
        log_event(LOG_LEVEL_ERROR, "no-answer", "operation", call->operation->id, NULL);
        call_refuse(call, 500, "fault", NULL, "The appliance has a fault here; the log says where.");
}

void call_free(struct call *call)
{
        if (!call)
                return;
        for (size_t i = 0; call->values && i < call->n_values; i++)
                field_value_done(&call->values[i]);
        free(call->values);
        sd_json_variant_unref(call->object);
        wipe(call->body, call->body_size);
        wipe(call->answer.bytes, call->answer.size);
        free(call->query);
        explicit_bzero(call, sizeof *call);
        free(call);
}
