/*
 * store_user: people who manage the appliance.
 *
 * In:   what station admin says of them: roles, a password's hash, the second factor, one-time codes.
 * Out:  rows with sealed secrets, one of each code for one sign-in; somebody can always sign in as owner.
 * Not:  no hashing, no sessions, no decision who may do what: station admin's.
 */
#include "provisioning/store/store_user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_actor.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_version.h"

#define TABLE "user"
#define PASSWORD_MAX 256                /* of its hash */
#define TOTP_MAX 128
#define FROM_MAX 128
#define ACTION_MAX 40

#define USER_COLUMNS                                                                                                    \
        "name, role, disabled, password IS NOT NULL, invited_until, "                                                   \
        "(SELECT count(*) FROM user_recovery AS r WHERE r.name = user.name), created_at, signed_in_at, version"

bool store_user_is_role(const char *text)
{
        return text_equal(text, "owner") || text_equal(text, "admin") || text_equal(text, "helpdesk") || text_equal(text, "reader");
}

bool store_user_is_hash(const char *text)
{
        return text && strlen(text) == STORE_HASH_HEX && strspn(text, "0123456789abcdef") == STORE_HASH_HEX;
}

/* --- as JSON ------------------------------------------------------------- */

static int user_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        (void)userdata;
        return sd_json_buildo(ret_item, SD_JSON_BUILD_PAIR_STRING("name", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("role", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_BOOLEAN("disabled", store_db_int(row, 2) != 0),
                              SD_JSON_BUILD_PAIR_BOOLEAN("has_password", store_db_int(row, 3) != 0),
                              SD_JSON_BUILD_PAIR_CONDITION(!store_db_is_null(row, 4), "invited_until", SD_JSON_BUILD_INTEGER(store_db_int(row, 4))),
                              SD_JSON_BUILD_PAIR_INTEGER("recovery_left", store_db_int(row, 5)),
                              SD_JSON_BUILD_PAIR_INTEGER("created_at", store_db_int(row, 6)),
                              SD_JSON_BUILD_PAIR_CONDITION(!store_db_is_null(row, 7), "signed_in_at", SD_JSON_BUILD_INTEGER(store_db_int(row, 7))),
                              SD_JSON_BUILD_PAIR_INTEGER("version", store_db_int(row, 8)));
}

static int no_such_user(struct store_request *request)
{
        return store_refuse(request, "NoSuchName", "There is no user of that name; `provostctl user list` shows them.");
}

static int one_user(struct store *store, struct store_request *request, const char *name, sd_json_variant **ret_user)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT " USER_COLUMNS " FROM user WHERE name = ?", "s", name);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : no_such_user(request);
        r = user_json(row, NULL, ret_user);
        store_db_end(row);
        return pv_error_from_errno(r);
}

static int reply(struct store *store, struct store_request *request, const char *name)
{
        sd_json_variant *user = NULL;
        int r = one_user(store, request, name, &user);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("user", SD_JSON_BUILD_VARIANT(user))));
        sd_json_variant_unref(user);
        return r;
}

int store_op_list_users(struct store *store, struct store_request *request)
{
        return store_list_answer(store, request, "users", store_db_query(store_db(store), "SELECT " USER_COLUMNS " FROM user ORDER BY name", ""),
                                 user_json, NULL);
}

/* --- secrets ------------------------------------------------------------- */

/* The columns of the same name. */
static const char password_name[] = "password", totp_name[] = "totp_secret";

static struct store_place place_of(const char *user, const char *name)
{
        return (struct store_place){.table = TABLE, .row = user, .name = name};
}

/* "" when there is none. */
static int open_column(struct store *store, struct sqlite3_stmt *row, int column, const char *user, const char *name, char **ret_text)
{
        const struct store_place place = place_of(user, name);
        const void *sealed;
        size_t size;

        if (store_db_is_null(row, column)) {
                *ret_text = strdup("");
                return *ret_text ? 0 : PV_ENOMEM;
        }
        sealed = store_db_blob(row, column, &size);
        return store_opened(store, &place, sealed, size, ret_text);
}

struct secrets {
        char *password, *totp, invitation[STORE_HASH_HEX + 1];
        int64_t step;
        sd_json_variant *user, *recovery;
};

static void secrets_done(struct secrets *s)
{
        store_seal_forget(s->password);
        store_seal_forget(s->totp);
        sd_json_variant_unref(s->user);
        sd_json_variant_unref(s->recovery);
}

static int read_recovery(struct store *store, const char *name, sd_json_variant **ret)
{
        return store_list_array(store, store_db_query(store_db(store), "SELECT sha256 FROM user_recovery WHERE name = ? ORDER BY sha256", "s", name),
                                store_list_text, NULL, ret);
}

static int read_secrets(struct store *store, struct store_request *request, const char *name, struct secrets *s)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT password, totp_secret, totp_step, invitation FROM user WHERE name = ?", "s",
                                                  name);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : no_such_user(request);
        r = open_column(store, row, 0, name, password_name, &s->password);
        if (r == 0)
                r = open_column(store, row, 1, name, totp_name, &s->totp);
        s->step = store_db_int(row, 2);
        if (r == 0)
                r = text_copy(s->invitation, sizeof s->invitation, store_db_text(row, 3));
        store_db_end(row);
        if (r == 0)
                r = read_recovery(store, name, &s->recovery);
        return r < 0 ? r : one_user(store, request, name, &s->user);
}

int store_op_get_user_secrets(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name");
        struct secrets s = {0};
        int r = read_secrets(store, request, name, &s);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("user", SD_JSON_BUILD_VARIANT(s.user)),
                        SD_JSON_BUILD_PAIR_STRING("password", s.password), SD_JSON_BUILD_PAIR_STRING("totp_secret", s.totp),
                        SD_JSON_BUILD_PAIR_INTEGER("totp_step", s.step), SD_JSON_BUILD_PAIR("recovery", SD_JSON_BUILD_VARIANT(s.recovery)),
                        SD_JSON_BUILD_PAIR_STRING("invitation", s.invitation)));
        if (r == 0)
                sd_json_variant_sensitive(request->out);
        secrets_done(&s);
        return r;
}

/* --- SetUser ------------------------------------------------------------- */

static int check_short(struct store_request *request, const char *field, size_t max)
{
        const char *text = store_in_text(request, field);

        if (text && (strlen(text) > max || !text_is_printable(text) || strchr(text, ' ')))
                return store_invalid(request, field, "The %s must be at most %zu printable bytes without blanks.", field, max);
        return 0;
}

static int check_recovery(struct store_request *request)
{
        sd_json_variant *list = store_in_array(request, "recovery");
        size_t n = list ? sd_json_variant_elements(list) : 0;

        if (n > STORE_RECOVERY_MAX)
                return store_invalid(request, "recovery", "A user has at most %d recovery codes.", STORE_RECOVERY_MAX);
        for (size_t i = 0; i < n; i++)
                if (!store_user_is_hash(sd_json_variant_string(sd_json_variant_by_index(list, i))))
                        return store_invalid(request, "recovery", "A recovery code is given as SHA-256 in hex.");
        return 0;
}

static int check_values(struct store_request *request)
{
        const char *role = store_in_text(request, "role"), *invitation = store_in_text(request, "invitation");
        int r = store_actor_check_name(request);

        if (r == 0 && role && !store_user_is_role(role))
                r = store_invalid(request, "role", "The role must be owner, admin, helpdesk or reader.");
        if (r == 0)
                r = check_short(request, password_name, PASSWORD_MAX);
        if (r == 0)
                r = check_short(request, totp_name, TOTP_MAX);
        if (r == 0 && invitation && *invitation && !store_user_is_hash(invitation))
                r = store_invalid(request, "invitation", "An invitation is given as SHA-256 in hex of its code.");
        if (r == 0 && invitation && *invitation && store_in_int(request, "invited_until", 0) <= 0)
                r = store_invalid(request, "invited_until", "An invitation needs the moment it ends.");
        return r < 0 ? r : check_recovery(request);
}

/* Who could sign in as owner now. */
static int count_owners(struct store *store, int64_t *ret_n)
{
        return store_db_number(store_db(store), "SELECT count(*) FROM user WHERE role = 'owner' AND disabled = 0 AND password IS NOT NULL AND "
                               "totp_secret IS NOT NULL", ret_n, "");
}

/* Nobody may lock everybody out; where nobody could sign in before there is nothing to lose. */
static int check_owners(struct store *store, struct store_request *request, int64_t before)
{
        int64_t after = 0;
        int r = count_owners(store, &after);

        if (r == 0 && before > 0 && after == 0)
                return store_refuse(request, "NotAllowed", "Nobody could sign in as owner afterwards; give another person the role owner first.");
        return r;
}

static int insert_user(struct store *store, struct store_request *request, const char *name)
{
        int64_t n = 0, one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM user WHERE name = ?", &one, "s", name);

        if (r == 0)
                return store_refuse(request, "AlreadyThere", "There is a user of that name already.");
        if (r == PV_EUNSET && !store_in_text(request, "role"))
                return store_invalid(request, "role", "A new user needs a role: owner, admin, helpdesk or reader.");
        if (r == PV_EUNSET)
                r = store_db_number(store_db(store), "SELECT count(*) FROM user", &n, "");
        if (r == 0 && n >= STORE_USERS_MAX)
                return store_refuse(request, "NotAllowed", "There are %d users already; remove one first.", STORE_USERS_MAX);
        return r < 0 ? r : store_db_run(store_db(store), "INSERT INTO user (name, role, created_at, version) VALUES (?, ?, ?, 0)", "ssi", name,
                                        store_in_text(request, "role"), store_now_s(store));
}

static int check_version(struct store *store, struct store_request *request, const char *name)
{
        char what[STORE_ACTOR_NAME_MAX + 16];
        int64_t version = 0;
        int r = store_db_number(store_db(store), "SELECT version FROM user WHERE name = ?", &version, "s", name);

        if (r < 0)
                return r == PV_EUNSET ? no_such_user(request) : r;
        (void)snprintf(what, sizeof what, "The user %s", name);
        return store_version_check(request, version, what);
}

static int write_plain(struct store *store, struct store_request *request, const char *name)
{
        sd_json_variant *disabled = sd_json_variant_by_key(request->in, "disabled");
        bool has_disabled = disabled && sd_json_variant_is_boolean(disabled);
        int64_t version = 0;
        int r = store_next(store, "version", &version);

        return r < 0 ? r : store_db_run(store_db(store), "UPDATE user SET version = ?2, role = coalesce(?3, role), disabled = CASE ?4 WHEN -1 THEN disabled "
                                        "ELSE ?4 END WHERE name = ?1", "sisi", name, version, store_in_text(request, "role"),
                                        (int64_t)(has_disabled ? store_in_bool(request, "disabled") : -1));
}

/* What was sealed for another place, or is "", is none. */
static int seal_given(struct store *store, struct store_request *request, const char *user, const char *name, void **ret_bytes, size_t *ret_size)
{
        const struct store_place place = place_of(user, name);
        const char *text = store_in_text(request, name);

        return text && *text ? store_sealed(store, &place, text, ret_bytes, ret_size) : 0;
}

static int write_password(struct store *store, struct store_request *request, const char *name)
{
        void *sealed = NULL;
        size_t size = 0;
        int r;

        if (!store_in_text(request, password_name))
                return 0;
        r = seal_given(store, request, name, password_name, &sealed, &size);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE user SET password = ?2, invitation = '', invited_until = NULL WHERE name = ?1", "sb", name, sealed,
                                 size);
        free(sealed);
        return r;
}

/* The steps of another secret are counted anew. */
static int write_totp(struct store *store, struct store_request *request, const char *name)
{
        void *sealed = NULL;
        size_t size = 0;
        int r;

        if (!store_in_text(request, totp_name))
                return 0;
        r = seal_given(store, request, name, totp_name, &sealed, &size);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE user SET totp_secret = ?2, totp_step = 0 WHERE name = ?1", "sb", name, sealed, size);
        free(sealed);
        return r;
}

static int write_recovery(struct store *store, struct store_request *request, const char *name)
{
        sd_json_variant *list = store_in_array(request, "recovery");
        int r = list ? store_db_run(store_db(store), "DELETE FROM user_recovery WHERE name = ?", "s", name) : 0;

        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; r == 0 && i < n; i++)
                r = store_db_run(store_db(store), "INSERT INTO user_recovery (name, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING", "ss", name,
                                 sd_json_variant_string(sd_json_variant_by_index(list, i)));
        return r;
}

static int write_invitation(struct store *store, struct store_request *request, const char *name)
{
        const char *invitation = store_in_text(request, "invitation");

        if (!invitation)
                return 0;
        return store_db_run(store_db(store), "UPDATE user SET invitation = ?2, invited_until = CASE WHEN ?2 <> '' THEN ?3 END WHERE name = ?1", "ssi", name,
                            invitation, store_in_int(request, "invited_until", 0));
}

static int write_user(struct store *store, struct store_request *request, const char *name)
{
        int r = write_plain(store, request, name);

        if (r == 0)
                r = write_password(store, request, name);
        if (r == 0)
                r = write_invitation(store, request, name);
        if (r == 0)
                r = write_totp(store, request, name);
        return r < 0 ? r : write_recovery(store, request, name);
}

/* What was set, without a secret. */
static void describe(struct store_request *request, char *ret, size_t size)
{
        static const char *const fields[] = {"password", "totp_secret", "recovery", "invitation"};
        const char *role = store_in_text(request, "role");
        sd_json_variant *disabled = sd_json_variant_by_key(request->in, "disabled");

        (void)snprintf(ret, size, "%s%s%s", role ? "role=" : "", role ? role : "",
                       !disabled || sd_json_variant_is_null(disabled) ? "" : sd_json_variant_boolean(disabled) ? " disabled" : " enabled");
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
                sd_json_variant *given = sd_json_variant_by_key(request->in, fields[i]);
                size_t used = strlen(ret);

                if (given && !sd_json_variant_is_null(given))
                        (void)snprintf(ret + used, size - used, "%s%s", used ? " " : "", fields[i]);
        }
}

int store_op_set_user(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name");
        bool create = store_in_bool(request, "create");
        char told[128];
        int64_t owners = 0;
        int r = check_values(request);

        if (r == 0)
                r = count_owners(store, &owners);
        if (r == 0)
                r = create ? insert_user(store, request, name) : check_version(store, request, name);
        if (r == 0)
                r = write_user(store, request, name);
        if (r == 0)
                r = check_owners(store, request, owners);
        describe(request, told, sizeof told);
        if (r == 0)
                r = store_audit(store, request, create ? "user-add" : "user-change", name, told);
        if (r == 0)
                store_change(store, "user", name);
        /* A former password's hash, or authenticator, is nobody's any more. */
        if (store_in_text(request, password_name) || store_in_text(request, totp_name))
                store_leave_no_trace(store);
        return r < 0 ? r : reply(store, request, name);
}

int store_op_remove_user(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name");
        int64_t owners = 0;
        int r = count_owners(store, &owners);

        if (r == 0)
                r = check_version(store, request, name);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM user WHERE name = ?", "s", name);
        if (r == 0)
                r = check_owners(store, request, owners);
        if (r == 0)
                r = store_audit(store, request, "user-remove", name, "");
        if (r == 0)
                store_change(store, "user", name);
        store_leave_no_trace(store);
        return r;
}

/* --- signing in ---------------------------------------------------------- */

static int use_step(struct store *store, const char *name, int64_t step)
{
        return store_db_run(store_db(store), "UPDATE user SET totp_step = ?2 WHERE name = ?1 AND totp_step < ?2 AND totp_secret IS NOT NULL", "si", name,
                            step);
}

static int use_recovery(struct store *store, const char *name, const char *sha256)
{
        return store_db_run(store_db(store), "DELETE FROM user_recovery WHERE name = ? AND sha256 = ?", "ss", name, sha256);
}

/* Takes the code out of the world; NotAllowed when there is none to take. */
static int use_code(struct store *store, struct store_request *request, const char *name)
{
        int64_t step = store_in_int(request, "totp_step", -1), disabled = 0;
        const char *recovery = store_in_text(request, "recovery");
        int r = store_db_number(store_db(store), "SELECT disabled FROM user WHERE name = ?", &disabled, "s", name);

        if (r < 0)
                return r == PV_EUNSET ? no_such_user(request) : r;
        if ((step < 0) == !recovery)
                return store_invalid(request, "totp_step", "Give the step of the authenticator's code or a recovery code, one of them.");
        if (disabled)
                return store_refuse(request, "NotAllowed", "This user is disabled.");
        r = recovery ? use_recovery(store, name, recovery) : use_step(store, name, step);
        if (r == 0 && store_db_changes(store_db(store)) == 0)
                return store_refuse(request, "NotAllowed", "This code was used already.");
        return r;
}

int store_op_use_user_code(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name"), *from = store_in_text(request, "from"), *action = store_in_text(request, "action");
        char told[FROM_MAX * 4];
        int r = check_short(request, "action", ACTION_MAX);

        if (r == 0)
                r = use_code(store, request, name);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE user SET signed_in_at = ? WHERE name = ?", "is", store_now_s(store), name);
        (void)snprintf(told, sizeof told, "from %.*s%s", FROM_MAX, from ? from : "", store_in_text(request, "recovery") ? ", with a recovery code" : "");
        request->actor = name;
        if (r == 0)
                r = store_audit(store, request, action && *action ? action : "sign-in", name, told);
        if (r == 0)
                store_change(store, "user", name);
        return r < 0 ? r : reply(store, request, name);
}
