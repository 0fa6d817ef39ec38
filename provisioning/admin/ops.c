/*
 * ops: operations that are one call of one station.
 *
 * In:   fields of a checked request.
 * Out:  parameters; the answer of a station, or a member of it.
 * Not:  nothing is checked here that the table of fields says.
 */
#include "provisioning/admin/ops.h"

#include <errno.h>
#include <stdlib.h>

#include "appliance/base/text.h"

int ops_no_memory(struct call *call)
{
        call_refuse(call, 503, "busy", NULL, "The appliance has no memory for this now: try it again in a minute.");
        return PV_ENOMEM;
}

/* The parameters are gone, and the request is answered. */
static int give_up(struct call *call, sd_json_variant **parameters)
{
        *parameters = sd_json_variant_unref(*parameters);
        return ops_no_memory(call);
}

/* --- parameters --------------------------------------------------------------- */

static int add_integer(struct call *call, const struct field *field, sd_json_variant **parameters)
{
        int64_t value = call_integer(call, field->name, INT64_MIN);

        if (value == INT64_MIN && text_equal(field->name, "limit"))
                value = OPS_LIMIT_DEFAULT;
        return value == INT64_MIN ? 0 : sd_json_variant_set_field_integer(parameters, field->name, value);
}

static int add_json(sd_json_variant *value, const char *name, sd_json_variant **parameters)
{
        return value ? sd_json_variant_set_field(parameters, name, value) : 0;
}

static int add_field(struct call *call, const struct field *field, sd_json_variant **parameters)
{
        const char *text;

        switch (field->type) {
        case FIELD_INTEGER:
                return add_integer(call, field, parameters);
        case FIELD_FLAG:
                return sd_json_variant_set_field_boolean(parameters, field->name, call_flag(call, field->name));
        case FIELD_TEXTS:
        case FIELD_OBJECT:
        case FIELD_LIST:
                return add_json(call_json(call, field->name), field->name, parameters);
        case FIELD_TEXT:
        case FIELD_PROSE:
        case FIELD_WORD:
        case FIELD_MAC:
                text = call_text(call, field->name);
                return text ? sd_json_variant_set_field_string(parameters, field->name, text) : 0;
        }
        return -EINVAL;
}

int ops_parameters(struct call *call, const struct field *fields, sd_json_variant **ret_parameters)
{
        sd_json_variant *parameters = NULL;
        int r = sd_json_variant_new_object(&parameters, NULL, 0);

        for (; fields && fields->name && r >= 0; fields++)
                r = add_field(call, fields, &parameters);
        if (r < 0)
                return give_up(call, &parameters);
        sd_json_variant_sensitive(parameters);
        *ret_parameters = parameters;
        return 0;
}

int ops_without(struct call *call, sd_json_variant **parameters, const char *name)
{
        char *names[] = {(char *)name, NULL};

        return sd_json_variant_filter(parameters, names) < 0 ? give_up(call, parameters) : 0;
}

int ops_add_text(struct call *call, sd_json_variant **parameters, const char *name, const char *value)
{
        return value && sd_json_variant_set_field_string(parameters, name, value) < 0 ? give_up(call, parameters) : 0;
}

int ops_add_integer(struct call *call, sd_json_variant **parameters, const char *name, int64_t value)
{
        return sd_json_variant_set_field_integer(parameters, name, value) < 0 ? give_up(call, parameters) : 0;
}

/* --- answers -------------------------------------------------------------------- */

void ops_reply(struct call *call, unsigned status, sd_json_variant *object)
{
        sd_json_variant *version = object ? sd_json_variant_by_key(object, "version") : NULL;

        if (version && sd_json_variant_is_integer(version))
                call_reply_version(call, status, object, sd_json_variant_integer(version));
        else
                call_reply(call, status, object);
}

static void pass(struct call *call, const struct field *fields, enum station station, const char *method, unsigned flags, unsigned status,
                 const char *member)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (ops_parameters(call, fields, &parameters) < 0 || call_station(call, station, method, parameters, flags, &reply) < 0)
                return;
        if (status == 204)
                call_reply_empty(call);
        else
                ops_reply(call, status, member ? sd_json_variant_by_key(reply, member) : reply);
        sd_json_variant_unref(reply);
}

void ops_read(struct call *call, const struct field *fields, enum station station, const char *method, const char *member)
{
        pass(call, fields, station, method, 0, 200, member);
}

void ops_write(struct call *call, const struct field *fields, enum station station, const char *method, const char *member)
{
        pass(call, fields, station, method, CALL_AS_ACTOR, 200, member);
}

void ops_make(struct call *call, const struct field *fields, enum station station, const char *method, const char *member)
{
        pass(call, fields, station, method, CALL_AS_ACTOR, 201, member);
}

void ops_do(struct call *call, const struct field *fields, enum station station, const char *method)
{
        pass(call, fields, station, method, CALL_AS_ACTOR, 204, NULL);
}

/* --- changes of what somebody read before ------------------------------------------- */

static void refuse_stale(struct call *call, ops_current current)
{
        sd_json_variant *now = NULL;
        int64_t version = 0;

        if (current(call, &now, &version) < 0)
                return;
        call_refuse_stale(call, now, version);
        sd_json_variant_unref(now);
}

int ops_change(struct call *call, const char *method, sd_json_variant *parameters, ops_current current, sd_json_variant **ret_reply)
{
        int64_t version = call_match(call);
        sd_json_variant *reply = NULL;
        char *error = NULL;

        if (version >= 0 && ops_add_integer(call, &parameters, "if_version", version) < 0)
                return PV_ENOMEM;
        if (call_station_try(call, STATION_STORE, method, parameters, CALL_AS_ACTOR, &reply, &error) >= 0) {
                *ret_reply = reply;
                return 0;
        }
        if (text_equal(error, "io.provost.Store.Conflict"))
                refuse_stale(call, current);
        else
                call_refuse_error(call, error, reply);
        sd_json_variant_unref(reply);
        free(error);
        return PV_EREFUSED;
}

int ops_note(struct call *call, const char *action, const char *subject, const char *detail)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("action", action), SD_JSON_BUILD_PAIR_STRING("subject", subject),
                           SD_JSON_BUILD_PAIR_STRING("detail", detail)) < 0)
                return ops_no_memory(call);
        r = call_station(call, STATION_STORE, "NoteAudit", parameters, CALL_AS_ACTOR, &reply);
        sd_json_variant_unref(reply);
        return r;
}

int ops_phone(struct call *call, sd_json_variant **ret_phone, int64_t *ret_version)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *phone;

        if (ops_add_text(call, &parameters, "mac", call_text(call, "mac")) < 0 ||
            call_station(call, STATION_STORE, "GetPhone", parameters, 0, &reply) < 0)
                return PV_EREFUSED;
        phone = sd_json_variant_by_key(reply, "phone");
        *ret_version = reply_number(phone, "version");
        *ret_phone = sd_json_variant_ref(phone);
        sd_json_variant_unref(reply);
        return 0;
}
