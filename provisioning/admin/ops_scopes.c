/*
 * ops_scopes: where settings come from, and rows of the hardening profile.
 *
 * In:   a scope and its owner ("-" for the site), changes of its settings.
 * Out:  its settings with their version; what a change touches and what lint says of it.
 * Not:  no value is judged here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define CHANGES_MAX 2000
#define VALUE_MAX 65536

static const struct field get_scope_settings_fields[] = {
        FIELD(PATH, WORD, "scope", .required = true, .words = "site model profile phone"),
        FIELD(PATH, TEXT, "owner", .required = true, .min = 1, .max = 64),
        FIELDS_END,
};

static const struct field set_scope_settings_fields[] = {
        FIELD(PATH, WORD, "scope", .required = true, .words = "site model profile phone"),
        FIELD(PATH, TEXT, "owner", .required = true, .min = 1, .max = 64),
        FIELD(BODY, LIST, "settings", .required = true),
        FIELD_REASON,
        FIELD(BODY, FLAG, "dry_run"),
        FIELD(BODY, FLAG, "replace"),
        FIELDS_END,
};

static const struct field remove_scope_fields[] = {
        FIELD(PATH, WORD, "scope", .required = true, .words = "site model profile phone"),
        FIELD(PATH, TEXT, "owner", .required = true, .min = 1, .max = 64),
        FIELD(QUERY, TEXT, "reason", .max = 256),
        FIELDS_END,
};

static const struct field list_rows_fields[] = {
        FIELD(QUERY, WORD, "scope", .words = "site model profile phone"),
        FIELD(QUERY, TEXT, "owner", .max = 64),
        FIELDS_END,
};

static const struct field set_row_fields[] = {
        FIELD(PATH, WORD, "scope", .required = true, .words = "site model profile phone"),
        FIELD(PATH, TEXT, "owner", .required = true, .min = 1, .max = 64),
        FIELD(PATH, TEXT, "row", .required = true, .min = 1, .max = 64),
        FIELD(BODY, WORD, "state", .required = true, .words = "on off inherit"),
        FIELD_REASON,
        FIELD(BODY, FLAG, "dry_run"),
        FIELDS_END,
};

/* A path has no empty part. */
static const char *owner_of(struct call *call)
{
        const char *owner = call_text(call, "owner");

        return text_equal(call_text(call, "scope"), "site") && text_equal(owner, "-") ? "" : owner;
}

static int with_owner(struct call *call, const struct field *fields, sd_json_variant **ret_parameters)
{
        if (ops_parameters(call, fields, ret_parameters) < 0)
                return PV_EREFUSED;
        return ops_add_text(call, ret_parameters, "owner", owner_of(call));
}

static void list_scopes(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListScopes", NULL);
}

/* --- settings -------------------------------------------------------------------- */

static int load_settings(struct call *call, sd_json_variant **ret_object, int64_t *ret_version)
{
        sd_json_variant *parameters = NULL;

        if (with_owner(call, get_scope_settings_fields, &parameters) < 0 ||
            call_station(call, STATION_STORE, "ListSettings", parameters, 0, ret_object) < 0)
                return PV_EREFUSED;
        *ret_version = reply_number(*ret_object, "version");
        return 0;
}

static void get_scope_settings(struct call *call)
{
        sd_json_variant *settings = NULL;
        int64_t version = 0;

        if (load_settings(call, &settings, &version) < 0)
                return;
        call_reply_version(call, 200, settings, version);
        sd_json_variant_unref(settings);
}

/* One change as it came. */
struct change {
        const char *name, *value, *permission;
        int64_t index;
        sd_json_variant *attributes;
        bool has_index;
};

static int take_index(const char *name, sd_json_variant *variant, sd_json_dispatch_flags_t flags, void *userdata)
{
        struct change *change = userdata;

        (void)name;
        (void)flags;
        if (sd_json_variant_is_null(variant))
                return 0;
        if (!sd_json_variant_is_integer(variant))
                return -EINVAL;
        change->index = sd_json_variant_integer(variant);
        change->has_index = true;
        return change->index < 0 || change->index > 65535 ? -ERANGE : 0;
}

static int take_attributes(const char *name, sd_json_variant *variant, sd_json_dispatch_flags_t flags, void *userdata)
{
        struct change *change = userdata;

        (void)name;
        (void)flags;
        if (sd_json_variant_is_null(variant))
                return 0;
        if (!sd_json_variant_is_object(variant))
                return -EINVAL;
        for (size_t i = 1; i < sd_json_variant_elements(variant); i += 2)
                if (!sd_json_variant_is_string(sd_json_variant_by_index(variant, i)))
                        return -EINVAL;
        change->attributes = variant;
        return 0;
}

static int check_change(struct call *call, sd_json_variant *item, struct change *ret_change)
{
        static const sd_json_dispatch_field table[] = {
                {"name", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct change, name), SD_JSON_MANDATORY},
                {"index", _SD_JSON_VARIANT_TYPE_INVALID, take_index, 0, 0},
                {"value", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct change, value), SD_JSON_NULLABLE},
                {"permission", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct change, permission), 0},
                {"attributes", _SD_JSON_VARIANT_TYPE_INVALID, take_attributes, 0, 0},
                {0},
        };
        struct change change = {0};

        if (call_object(call, "settings", item, table, &change) < 0)
                return PV_EREFUSED;
        if (change.value && strlen(change.value) > VALUE_MAX) {
                call_refuse(call, 400, "malformed", "settings", "A value has at most %d bytes.", VALUE_MAX);
                return PV_EREFUSED;
        }
        *ret_change = change;
        return 0;
}

static int add_change(struct call *call, sd_json_variant *item, sd_json_variant **list)
{
        struct change change;

        if (check_change(call, item, &change) < 0)
                return PV_EREFUSED;
        if (sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_STRING("name", change.name),
                                           SD_JSON_BUILD_PAIR_CONDITION(change.has_index, "index", SD_JSON_BUILD_INTEGER(change.index)),
                                           SD_JSON_BUILD_PAIR_CONDITION(!!change.value, "value", SD_JSON_BUILD_STRING(change.value)),
                                           SD_JSON_BUILD_PAIR_STRING("permission", change.permission ? change.permission : ""),
                                           SD_JSON_BUILD_PAIR_CONDITION(!!change.attributes, "attributes", SD_JSON_BUILD_VARIANT(change.attributes))) < 0)
                return ops_no_memory(call);
        return 0;
}

/* The list as the store takes it: checked, each with all its parts. */
static int changes_of(struct call *call, sd_json_variant **ret_list)
{
        sd_json_variant *settings = call_json(call, "settings"), *list = NULL;
        size_t n = sd_json_variant_elements(settings);
        int r = 0;

        if (n > CHANGES_MAX) {
                call_refuse(call, 400, "malformed", "settings", "At most %d settings are changed at once.", CHANGES_MAX);
                return PV_EREFUSED;
        }
        if (sd_json_variant_new_array(&list, NULL, 0) < 0)
                return ops_no_memory(call);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_change(call, sd_json_variant_by_index(settings, i), &list);
        if (r < 0) {
                sd_json_variant_unref(list);
                return r;
        }
        sd_json_variant_sensitive(list);
        *ret_list = list;
        return 0;
}

/* The version after a change; a profile that was only tried is not there, and has none. */
static int version_now(struct call *call, int64_t *ret_version)
{
        sd_json_variant *parameters = NULL, *settings = NULL;
        char *error = NULL;
        int r = with_owner(call, get_scope_settings_fields, &parameters);

        if (r < 0)
                return r;
        r = call_station_try(call, STATION_STORE, "ListSettings", parameters, 0, &settings, &error);
        *ret_version = r < 0 ? 0 : reply_number(settings, "version");
        sd_json_variant_unref(settings);
        free(error);
        return 0;
}

static void reply_changed(struct call *call, sd_json_variant *reply)
{
        sd_json_variant *answer = sd_json_variant_ref(reply);
        int64_t version = 0;

        if (version_now(call, &version) < 0)
                ;
        else if (sd_json_variant_set_field_integer(&answer, "version", version) < 0)
                (void)ops_no_memory(call);
        else
                call_reply_version(call, 200, answer, version);
        sd_json_variant_unref(answer);
}

static void set_scope_settings(struct call *call)
{
        sd_json_variant *parameters = NULL, *list = NULL, *reply = NULL;
        int r = changes_of(call, &list);

        if (r == 0)
                r = with_owner(call, set_scope_settings_fields, &parameters);
        if (r == 0 && sd_json_variant_set_field(&parameters, "settings", list) < 0) {
                sd_json_variant_unref(parameters);
                r = ops_no_memory(call);
        }
        if (r == 0)
                r = ops_change(call, "SetSettings", parameters, load_settings, &reply);
        if (r == 0)
                reply_changed(call, reply);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(list);
}

/* --- scopes and rows ------------------------------------------------------------------ */

static void call_with_owner(struct call *call, const struct field *fields, const char *method)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (with_owner(call, fields, &parameters) < 0 || call_station(call, STATION_STORE, method, parameters, CALL_AS_ACTOR, &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

static void remove_scope(struct call *call)
{
        call_with_owner(call, remove_scope_fields, "RemoveScope");
}

static void list_rows(struct call *call)
{
        ops_read(call, list_rows_fields, STATION_STORE, "ListRows", NULL);
}

static void set_row(struct call *call)
{
        call_with_owner(call, set_row_fields, "SetRow");
}

const struct operation ops_scopes_operations[] = {
        {"GET", "/scopes", "listScopes", ROLE_READER, 0, NULL, list_scopes},
        {"GET", "/scopes/{scope}/{owner}/settings", "getScopeSettings", ROLE_READER, 0, get_scope_settings_fields, get_scope_settings},
        {"PUT", "/scopes/{scope}/{owner}/settings", "setScopeSettings", ROLE_ADMIN, OPERATION_MATCH, set_scope_settings_fields, set_scope_settings},
        {"DELETE", "/scopes/{scope}/{owner}", "removeScope", ROLE_ADMIN, 0, remove_scope_fields, remove_scope},
        {"GET", "/rows", "listRows", ROLE_READER, 0, list_rows_fields, list_rows},
        {"PUT", "/scopes/{scope}/{owner}/rows/{row}", "setRow", ROLE_ADMIN, 0, set_row_fields, set_row},
        OPERATIONS_END,
};
