/*
 * ops_users: people, tokens and the audit.
 *
 * In:   names, roles.
 * Out:  rows of the store; one-time codes and tokens, shown once.
 * Not:  nobody's password.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/csv.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_frame.h"
#include "provisioning/admin/user_secrets.h"

#define DAY_S (24 * 3600)
#define EXPORT_PAGE 500
#define EXPORT_MAX 100000

static void owners_changed(struct call *call)
{
        door_lock(call->door);
        call->door->owners_changed = true;
        door_unlock(call->door);
}

/* --- people -------------------------------------------------------------------- */

static void list_users(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListUsers", NULL);
}

static int read_user(struct call *call, sd_json_variant **ret_user, int64_t *ret_version)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *user;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", call_text(call, "name"))) < 0)
                return ops_no_memory(call);
        if (call_station(call, STATION_STORE, "GetUserSecrets", parameters, 0, &reply))
                return PV_EREFUSED;
        user = sd_json_variant_by_key(reply, "user");
        *ret_user = sd_json_variant_ref(user);
        *ret_version = service_field_integer(user, "version", 0);
        sd_json_variant_unref(reply);
        return 0;
}

static void get_user(struct call *call)
{
        sd_json_variant *user = NULL;
        int64_t version;

        if (read_user(call, &user, &version))
                return;
        call_reply_version(call, 200, user, version);
        sd_json_variant_unref(user);
}

/* SetUser, and "user" of its answer. < 0: the request is answered. */
static int set_user(struct call *call, sd_json_variant *parameters, sd_json_variant **ret_user)
{
        sd_json_variant *reply = NULL;

        if (call_station(call, STATION_STORE, "SetUser", parameters, CALL_AS_ACTOR, &reply))
                return PV_EREFUSED;
        *ret_user = sd_json_variant_ref(sd_json_variant_by_key(reply, "user"));
        sd_json_variant_unref(reply);
        owners_changed(call);
        return 0;
}

static void reply_invited(struct call *call, sd_json_variant *user, const char *code, int64_t until)
{
        sd_json_variant *answer = NULL;
        int r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_CONDITION(user != NULL, "user", SD_JSON_BUILD_VARIANT(user)),
                               SD_JSON_BUILD_PAIR_STRING("code", code), SD_JSON_BUILD_PAIR_INTEGER("until", until));

        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 201, answer);
        sd_json_variant_unref(answer);
}

static void add_user(struct call *call)
{
        char code[SECRET_CODE_SIZE], hash[SECRET_HASH_TEXT_SIZE], name[ACCESS_NAME_SIZE];
        int64_t until = clock_wall_s() + USER_INVITATION_S;
        sd_json_variant *parameters = NULL, *user = NULL;

        user_name(call_text(call, "name"), name);
        if (user_invitation(code, hash) ||
            sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_BOOLEAN("create", true),
                           SD_JSON_BUILD_PAIR_STRING("role", call_text(call, "role")), SD_JSON_BUILD_PAIR_STRING("invitation", hash),
                           SD_JSON_BUILD_PAIR_INTEGER("invited_until", until)) < 0)
                (void)ops_no_memory(call);
        else if (set_user(call, parameters, &user) == 0)
                reply_invited(call, user, code, until);
        sd_json_variant_unref(user);
        explicit_bzero(code, sizeof code);
}

static void invite_user(struct call *call)
{
        char code[SECRET_CODE_SIZE], hash[SECRET_HASH_TEXT_SIZE];
        int64_t until = clock_wall_s() + USER_INVITATION_S;
        sd_json_variant *parameters = NULL, *user = NULL;

        if (user_invitation(code, hash) || user_reset_fields(call_text(call, "name"), hash, until, &parameters)) {
                (void)ops_no_memory(call);
        } else if (set_user(call, parameters, &user) == 0) {
                door_end_person(call->door, call_text(call, "name"), 0);
                reply_invited(call, NULL, code, until);
        }
        sd_json_variant_unref(user);
        explicit_bzero(code, sizeof code);
}

static const struct field change_fields[] = {
        FIELD(PATH, TEXT, "name", .required = true, .min = 1, .max = 64),
        FIELD(BODY, WORD, "role", .words = "reader helpdesk admin owner"), FIELD(BODY, FLAG, "disabled"), FIELDS_END};

/* A person whose rights changed has to sign in again, and then has the new ones. */
static void change_user(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *user, *own = call->object;
        bool has_disabled = own && sd_json_variant_by_key(own, "disabled");
        int r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", call_text(call, "name")),
                               SD_JSON_BUILD_PAIR_CONDITION(call_text(call, "role") != NULL, "role", SD_JSON_BUILD_STRING(call_text(call, "role"))),
                               SD_JSON_BUILD_PAIR_CONDITION(has_disabled, "disabled", SD_JSON_BUILD_BOOLEAN(call_flag(call, "disabled"))));

        if (r < 0) {
                (void)ops_no_memory(call);
                return;
        }
        if (ops_change(call, "SetUser", parameters, read_user, &reply))
                return;
        owners_changed(call);
        door_end_person(call->door, call_text(call, "name"), 0);
        user = sd_json_variant_by_key(reply, "user");
        call_reply_version(call, 200, user, service_field_integer(user, "version", 0));
        sd_json_variant_unref(reply);
}

static void remove_user(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", call_text(call, "name"))) < 0) {
                (void)ops_no_memory(call);
                return;
        }
        if (ops_change(call, "RemoveUser", parameters, read_user, &reply))
                return;
        sd_json_variant_unref(reply);
        owners_changed(call);
        door_end_person(call->door, call_text(call, "name"), 0);
        call_reply_empty(call);
}

/* --- tokens --------------------------------------------------------------------- */

static void list_tokens(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "ListTokens", NULL);
}

static void add_token(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *answer = NULL;
        char token[SECRET_TOKEN_SIZE], hash[SECRET_HASH_TEXT_SIZE];
        int r = secret_token(token);

        secret_hash_text(token, hash);
        if (r || sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", call_text(call, "name")),
                                SD_JSON_BUILD_PAIR_STRING("role", call_text(call, "role")), SD_JSON_BUILD_PAIR_STRING("sha256", hash),
                                SD_JSON_BUILD_PAIR_INTEGER("ends_at", clock_wall_s() + call_integer(call, "days", 1) * DAY_S)) < 0) {
                (void)ops_no_memory(call);
                return;
        }
        if (call_station(call, STATION_STORE, "AddToken", parameters, CALL_AS_ACTOR, &reply))
                return;
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("token", token), SD_JSON_BUILD_PAIR_VARIANT("entry", sd_json_variant_by_key(reply, "token"))) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 201, answer);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(answer);
        explicit_bzero(token, sizeof token);
}

static const struct field token_id_fields[] = {FIELD(PATH, INTEGER, "id", .required = true, .min = 1), FIELDS_END};

static void remove_token(struct call *call)
{
        ops_do(call, token_id_fields, STATION_STORE, "RemoveToken");
}

/* --- the audit -------------------------------------------------------------------- */

static int audit_page(struct call *call, int64_t before, int64_t limit, sd_json_variant **ret_reply)
{
        const char *text = call_text(call, "text"), *actor = call_text(call, "actor");
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_CONDITION(text != NULL, "text", SD_JSON_BUILD_STRING(text)),
                           SD_JSON_BUILD_PAIR_CONDITION(actor != NULL, "actor", SD_JSON_BUILD_STRING(actor)),
                           SD_JSON_BUILD_PAIR_CONDITION(before > 0, "before", SD_JSON_BUILD_INTEGER(before)),
                           SD_JSON_BUILD_PAIR_INTEGER("limit", limit)) < 0)
                return ops_no_memory(call);
        return call_station(call, STATION_STORE, "SearchAudit", parameters, 0, ret_reply);
}

static void search_audit(struct call *call)
{
        sd_json_variant *reply = NULL, *answer = NULL, *next;
        int r;

        if (audit_page(call, call_integer(call, "after", 0), call_integer(call, "limit", OPS_LIMIT_DEFAULT), &reply))
                return;
        next = sd_json_variant_by_key(reply, "next");
        r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("entries", sd_json_variant_by_key(reply, "entries")),
                           SD_JSON_BUILD_PAIR_CONDITION(next != NULL, "next", SD_JSON_BUILD_VARIANT(next)),
                           SD_JSON_BUILD_PAIR_CONDITION(next == NULL, "next", SD_JSON_BUILD_NULL));
        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(answer);
}

static void check_audit(struct call *call)
{
        sd_json_variant *reply = NULL, *answer = NULL, *broken;
        int r;

        if (call_station(call, STATION_STORE, "CheckAudit", NULL, 0, &reply))
                return;
        broken = sd_json_variant_by_key(reply, "broken");
        r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_INTEGER("entries", service_field_integer(reply, "entries", 0)),
                           SD_JSON_BUILD_PAIR_CONDITION(broken != NULL, "broken", SD_JSON_BUILD_VARIANT(broken)),
                           SD_JSON_BUILD_PAIR_CONDITION(broken == NULL, "broken", SD_JSON_BUILD_NULL),
                           SD_JSON_BUILD_PAIR_STRING("head", service_field_text(reply, "head")));
        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(answer);
}

static const struct csv_column audit_columns[] = {
        {"id", "id", CSV_NUMBER}, {"at", "at_ms", CSV_TIME_MS}, {"at_ms", "at_ms", CSV_NUMBER}, {"actor", "actor", CSV_TEXT}, {"action", "action", CSV_TEXT},
        {"subject", "subject", CSV_TEXT}, {"detail", "detail", CSV_TEXT}, {"hash", "hash", CSV_TEXT}, {0},
};

/* Page by page. < 0: the request is answered. */
static int write_audit(struct call *call, struct csv *csv)
{
        int64_t before = 0;

        for (int pages = 0; pages < EXPORT_MAX / EXPORT_PAGE; pages++) {
                sd_json_variant *reply = NULL, *entries;

                if (audit_page(call, before, EXPORT_PAGE, &reply))
                        return PV_EREFUSED;
                entries = service_field_list(reply, "entries");
                for (size_t i = 0; i < sd_json_variant_elements(entries); i++)
                        csv_row(csv, audit_columns, sd_json_variant_by_index(entries, i));
                before = service_field_integer(reply, "next", 0);
                sd_json_variant_unref(reply);
                if (before <= 0)
                        return 0;
        }
        return 0;
}

static void export_audit(struct call *call)
{
        struct csv csv;
        int r = csv_init(&csv, audit_columns) ? ops_no_memory(call) : write_audit(call, &csv);

        if (!r)
                csv_reply(&csv, call, "audit.csv");
        csv_done(&csv);
}

/* --- the table -------------------------------------------------------------------- */

#define USER_FIELD FIELD(PATH, TEXT, "name", .required = true, .min = 1, .max = 64)
#define ROLES "reader helpdesk admin owner"
#define OWNER_DOES (OPERATION_SESSION | OPERATION_FRESH)

static const struct field user_fields[] = {USER_FIELD, FIELDS_END};
static const struct field add_user_fields[] = {
        FIELD(BODY, TEXT, "name", .required = true, .min = 1, .max = 64), FIELD(BODY, WORD, "role", .required = true, .words = ROLES), FIELDS_END};
static const struct field add_token_fields[] = {
        FIELD(BODY, TEXT, "name", .required = true, .min = 1, .max = 64), FIELD(BODY, WORD, "role", .required = true, .words = ROLES),
        FIELD(BODY, INTEGER, "days", .required = true, .min = 1, .max = 730), FIELDS_END};
static const struct field audit_fields[] = {
        FIELD(QUERY, TEXT, "text", .max = 128), FIELD(QUERY, TEXT, "actor", .max = 128), FIELD(QUERY, INTEGER, "after", .min = 1), FIELD_LIMIT(500),
        FIELDS_END};
static const struct field export_fields[] = {FIELD(QUERY, TEXT, "text", .max = 128), FIELD(QUERY, TEXT, "actor", .max = 128), FIELDS_END};

const struct operation ops_users_operations[] = {
        {"GET", "/users", "listUsers", ROLE_ADMIN, 0, NULL, list_users},
        {"POST", "/users", "addUser", ROLE_OWNER, OWNER_DOES, add_user_fields, add_user},
        {"GET", "/users/{name}", "getUser", ROLE_ADMIN, 0, user_fields, get_user},
        {"PATCH", "/users/{name}", "changeUser", ROLE_OWNER, OWNER_DOES | OPERATION_MATCH, change_fields, change_user},
        {"DELETE", "/users/{name}", "removeUser", ROLE_OWNER, OWNER_DOES | OPERATION_MATCH, user_fields, remove_user},
        {"POST", "/users/{name}/invite", "inviteUser", ROLE_OWNER, OWNER_DOES, user_fields, invite_user},
        {"GET", "/tokens", "listTokens", ROLE_OWNER, OPERATION_SESSION, NULL, list_tokens},
        {"POST", "/tokens", "addToken", ROLE_OWNER, OWNER_DOES, add_token_fields, add_token},
        {"DELETE", "/tokens/{id}", "removeToken", ROLE_OWNER, OPERATION_SESSION, token_id_fields, remove_token},
        {"GET", "/audit", "searchAudit", ROLE_ADMIN, 0, audit_fields, search_audit},
        {"GET", "/audit/check", "checkAudit", ROLE_ADMIN, 0, NULL, check_audit},
        {"GET", "/audit.csv", "exportAudit", ROLE_ADMIN, 0, export_fields, export_audit},
        OPERATIONS_END,
};
