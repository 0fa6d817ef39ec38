/*
 * ops_door: signing in and out, and what somebody does with the own session.
 *
 * In:   names, passwords, codes.
 * Out:  sessions; refusals that say nothing of which part was wrong, and take as long.
 * Not:  no other person's account (see ops_users).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_door.h"
#include "provisioning/admin/ops_frame.h"
#include "provisioning/admin/password.h"

/* --- delays and notes -------------------------------------------------------- */

/* < 0: somebody has to wait, and the request is answered. name NULL: the address alone counts. */
int ops_door_wait(struct call *call, const char *name)
{
        char seconds[24];
        uint64_t wait_ms;

        door_lock(call->door);
        wait_ms = throttle_wait_ms(&call->door->throttle, call_from(call), name, clock_monotonic_ms());
        door_unlock(call->door);
        if (wait_ms == 0)
                return 0;
        (void)snprintf(seconds, sizeof seconds, "%" PRIu64, (wait_ms + 999) / 1000);
        call_refuse(call, 429, "wait", NULL, "Too many wrong tries. Try again in %s seconds.", seconds);
        call_add_header(call, "Retry-After", seconds);
        return PV_EBUSY;
}

/* Into log and audit. A name that nobody has may be a password that was typed into the wrong field: it is not written down. */
static void note_refusal(struct call *call, const char *action, const char *name, bool known)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char detail[96], *error = NULL;
        bool may;

        log_event(LOG_LEVEL_NOTICE, action, "name", known ? name : "(unknown)", "from", call_from(call), NULL);
        door_lock(call->door);
        may = throttle_may_note(&call->door->throttle, clock_monotonic_ms());
        door_unlock(call->door);
        (void)snprintf(detail, sizeof detail, "from %s", call_from(call));
        if (!may || sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("action", action), SD_JSON_BUILD_PAIR_STRING("subject", known ? name : ""),
                                   SD_JSON_BUILD_PAIR_STRING("detail", detail)) < 0)
                return;
        if (call_station_try(call, STATION_STORE, "NoteAudit", parameters, 0, &reply, &error))
                log_event(LOG_LEVEL_WARNING, "not-noted", "action", action, "error", error, NULL);
        sd_json_variant_unref(reply);
        free(error);
}

void ops_door_failed(struct call *call, const char *action, const char *name, bool known)
{
        door_lock(call->door);
        throttle_failed(&call->door->throttle, call_from(call), name, clock_monotonic_ms());
        door_unlock(call->door);
        note_refusal(call, action, name, known);
}

static void refuse_sign_in(struct call *call)
{
        call_refuse(call, 401, "wrong", NULL, "Name, password or code is wrong.");
}

/* --- sessions ------------------------------------------------------------------ */

static int64_t wall_of(uint64_t then_ms, uint64_t now_ms)
{
        return clock_wall_s() + ((int64_t)then_ms - (int64_t)now_ms) / 1000;
}

static int session_json(const struct session *session, sd_json_variant **ret_object)
{
        uint64_t now_ms = clock_monotonic_ms();
        int r = sd_json_buildo(ret_object, SD_JSON_BUILD_PAIR_STRING("name", session->name),
                               SD_JSON_BUILD_PAIR_STRING("role", access_role_word(session->role)),
                               SD_JSON_BUILD_PAIR_INTEGER("idle_until", wall_of(session_idle_until_ms(session), now_ms)),
                               SD_JSON_BUILD_PAIR_INTEGER("ends_at", wall_of(session_ends_ms(session), now_ms)),
                               SD_JSON_BUILD_PAIR_INTEGER("fresh_until", wall_of(session->fresh_until_ms, now_ms)));

        return r < 0 ? PV_ENOMEM : 0;
}

static void add_cookie(struct call *call, const char *token)
{
        char cookie[160];

        (void)snprintf(cookie, sizeof cookie, "__Host-provost=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", token, *token ? "" : "; Max-Age=0");
        call_add_header(call, "Set-Cookie", cookie);
        explicit_bzero(cookie, sizeof cookie);
}

/* The former session of this browser is dead; recovery may be NULL. */
void ops_door_begin_session(struct call *call, const char *name, const struct ops_door_entry *entry, char **recovery)
{
        struct session session = {0};
        sd_json_variant *answer = NULL;
        char token[SECRET_TOKEN_SIZE];
        bool holds;
        int r = secret_token(token);

        if (r) {
                call_refuse(call, 503, "random", NULL, "The appliance has no random numbers yet; try again in a moment.");
                return;
        }
        door_lock(call->door);
        holds = call->door->n_ends == entry->n_ends;
        if (holds) {
                session_table_end(&call->door->sessions, call->who.session);
                throttle_succeeded(&call->door->throttle, call_from(call), name, clock_monotonic_ms());
                session = *session_table_begin(&call->door->sessions, token, name, entry->role, call_from(call), clock_monotonic_ms(), clock_wall_s());
        }
        door_unlock(call->door);
        if (!holds) {
                call_refuse(call, 503, "busy", NULL, "Somebody's rights were changed at this very moment; sign in again.");
                return;
        }
        log_event(LOG_LEVEL_NOTICE, "signed-in", "name", name, "from", call_from(call), NULL);
        r = session_json(&session, &answer);
        if (!r && recovery && sd_json_variant_set_field_strv(&answer, "recovery_codes", recovery) < 0)
                r = PV_ENOMEM;
        if (r) {
                (void)ops_no_memory(call);
        } else {
                call_reply(call, 201, answer);
                add_cookie(call, token);
        }
        sd_json_variant_unref(answer);
        explicit_bzero(token, sizeof token);
        explicit_bzero(&session, sizeof session);
}

/* Uses the code up, in the store. 1: done; 0: it was used already; < 0: the request is answered. */
int ops_door_use_code(struct call *call, const char *name, const struct user_code *code, const char *action, struct ops_door_entry *ret_entry)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *user;
        char *error = NULL;
        int r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_STRING("from", call_from(call)),
                               SD_JSON_BUILD_PAIR_STRING("action", action),
                               SD_JSON_BUILD_PAIR_CONDITION(code->step >= 0, "totp_step", SD_JSON_BUILD_INTEGER(code->step)),
                               SD_JSON_BUILD_PAIR_CONDITION(code->step < 0, "recovery", SD_JSON_BUILD_STRING(code->recovery)));

        if (r < 0)
                return ops_no_memory(call);
        door_lock(call->door);
        ret_entry->n_ends = call->door->n_ends;
        door_unlock(call->door);
        r = call_station_try(call, STATION_STORE, "UseUserCode", parameters, 0, &reply, &error);
        user = sd_json_variant_by_key(reply, "user");
        ret_entry->role = access_role(service_field_text(user, "role"));
        if (!r)
                r = !service_field_is_true(user, "disabled") && ret_entry->role != ROLE_NOBODY;
        else if (text_equal(error, "io.provost.Store.NotAllowed") || text_equal(error, "io.provost.Store.NoSuchName"))
                r = 0;
        else
                call_refuse_error(call, error, reply);
        sd_json_variant_unref(reply);
        free(error);
        return r;
}

/* Password and code of this person, used up. 1: they are; 0: they are not, which is counted and noted; < 0: the request is answered. */
static int prove(struct call *call, const char *name, const char *action, struct ops_door_entry *ret_entry)
{
        struct user_secrets user;
        struct user_code code;
        bool known, fit;
        int r;

        if (ops_door_wait(call, name))
                return PV_EBUSY;
        if (user_secrets_get(call, name, &user))
                return PV_EREFUSED;
        fit = user_secrets_fit(&user, call_text(call, "password"), call_text(call, "code"), clock_wall_s(), &code);
        known = user.reply != NULL;
        user_secrets_done(&user);
        r = fit ? ops_door_use_code(call, name, &code, action, ret_entry) : 0;
        explicit_bzero(&code, sizeof code);
        if (r == 0) {
                char refused[48];

                (void)snprintf(refused, sizeof refused, "%s-refused", action);
                ops_door_failed(call, refused, name, known);
        }
        return r;
}

static void sign_in(struct call *call)
{
        char name[ACCESS_NAME_SIZE];
        struct ops_door_entry entry = {0};
        int r;

        user_name(call_text(call, "name"), name);
        r = prove(call, name, "sign-in", &entry);
        if (r == 0)
                refuse_sign_in(call);
        else if (r > 0)
                ops_door_begin_session(call, name, &entry, NULL);
}

static void sign_out(struct call *call)
{
        door_lock(call->door);
        session_table_end(&call->door->sessions, call->who.session);
        door_unlock(call->door);
        log_event(LOG_LEVEL_NOTICE, "signed-out", "name", call_actor(call), "from", call_from(call), NULL);
        call_reply_empty(call);
        add_cookie(call, "");
}

/* A copy of the session that asks. < 0: it has ended meanwhile, and the request is answered. */
static int own_session(struct call *call, struct session *ret_session)
{
        const struct session *session;

        door_lock(call->door);
        session = session_table_by_number(&call->door->sessions, call->who.session, clock_monotonic_ms());
        if (session)
                *ret_session = *session;
        door_unlock(call->door);
        if (session)
                return 0;
        call_refuse(call, 401, "sign-in", NULL, "Nobody is signed in, or the session has ended: sign in.");
        return PV_EUNSET;
}

static void get_token_session(struct call *call)
{
        sd_json_variant *answer = NULL;
        int r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("name", call_actor(call)), SD_JSON_BUILD_PAIR_STRING("role", access_role_word(call_role(call))),
                               SD_JSON_BUILD_PAIR_INTEGER("idle_until", 0), SD_JSON_BUILD_PAIR_INTEGER("ends_at", 0),
                               SD_JSON_BUILD_PAIR_INTEGER("fresh_until", 0));

        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

static void get_session(struct call *call)
{
        sd_json_variant *answer = NULL;
        struct session session;

        if (call->who.is_token) {
                get_token_session(call);
                return;
        }
        if (own_session(call, &session))
                return;
        if (session_json(&session, &answer))
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

static void confirm(struct call *call)
{
        sd_json_variant *answer = NULL;
        struct session session;
        struct ops_door_entry entry = {0};
        int r = prove(call, call_actor(call), "confirm", &entry);

        if (r == 0)
                call_refuse(call, 401, "wrong", NULL, "Password or code is wrong.");
        if (r <= 0)
                return;
        door_lock(call->door);
        throttle_succeeded(&call->door->throttle, call_from(call), call_actor(call), clock_monotonic_ms());
        session_table_confirm(&call->door->sessions, call->who.session, clock_monotonic_ms());
        door_unlock(call->door);
        if (own_session(call, &session))
                return;
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_INTEGER("fresh_until", wall_of(session.fresh_until_ms, clock_monotonic_ms()))) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

/* --- own password, recovery codes, sessions ---------------------------------- */

static char *site_name(struct call *call)
{
        sd_json_variant *reply = NULL;
        const char *found = NULL;
        char *error = NULL, *copy;

        if (call_station_try(call, STATION_STORE, "GetSite", NULL, 0, &reply, &error) == 0) {
                sd_json_variant *values = service_field_list(reply, "values");

                for (size_t i = 0; i < sd_json_variant_elements(values); i++) {
                        sd_json_variant *value = sd_json_variant_by_index(values, i);

                        if (text_equal(service_field_text(value, "name"), "name"))
                                found = service_field_text(value, "value");
                }
        }
        copy = found ? strdup(found) : NULL;
        sd_json_variant_unref(reply);
        free(error);
        return copy;
}

/* < 0: it is refused, and the request is answered. */
int ops_door_check_password(struct call *call, const char *name)
{
        char *site = site_name(call);
        const char *why = password_refusal(call_text(call, "password"), name, site);

        free(site);
        if (why)
                call_refuse(call, 422, "weak-password", "password", "%s", why);
        return why ? PV_EREFUSED : 0;
}

/* Codes for the person, hashes for the store; both are the caller's. */
int ops_door_make_recovery(char **ret_codes, sd_json_variant **ret_hashes)
{
        int r = sd_json_variant_new_array(ret_hashes, NULL, 0);

        for (size_t i = 0; i < OPS_DOOR_RECOVERY_CODES && r >= 0; i++) {
                char code[SECRET_CODE_SIZE], hash[SECRET_HASH_TEXT_SIZE];
                sd_json_variant *one = NULL;

                if (user_invitation(code, hash) || !(ret_codes[i] = strdup(code)))
                        return PV_ENOMEM;
                r = sd_json_variant_new_string(&one, hash);
                if (r >= 0)
                        r = sd_json_variant_append_array(ret_hashes, one);
                sd_json_variant_unref(one);
                explicit_bzero(code, sizeof code);
        }
        return r < 0 ? PV_ENOMEM : 0;
}

void ops_door_forget_recovery(char **codes)
{
        for (size_t i = 0; i < OPS_DOOR_RECOVERY_CODES && codes[i]; i++) {
                explicit_bzero(codes[i], strlen(codes[i]));
                free(codes[i]);
        }
}

static void set_password(struct call *call)
{
        sd_json_variant *parameters = NULL;
        char phc[PASSWORD_PHC_SIZE];

        if (ops_door_check_password(call, call_actor(call)))
                return;
        if (password_hash(call_text(call, "password"), phc) ||
            sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", call_actor(call)), SD_JSON_BUILD_PAIR_STRING("password", phc)) < 0) {
                (void)ops_no_memory(call);
                return;
        }
        if (call_station(call, STATION_STORE, "SetUser", parameters, CALL_AS_ACTOR, NULL))
                return;
        door_end_person(call->door, call_actor(call), call->who.session);
        call_reply_empty(call);
}

static void make_codes(struct call *call)
{
        sd_json_variant *parameters = NULL, *hashes = NULL, *answer = NULL;
        char *codes[OPS_DOOR_RECOVERY_CODES + 1] = {0};
        int r = ops_door_make_recovery(codes, &hashes);

        if (!r && sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", call_actor(call)), SD_JSON_BUILD_PAIR_VARIANT("recovery", hashes)) < 0)
                r = PV_ENOMEM;
        if (!r && sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRV("recovery_codes", codes)) < 0)
                r = PV_ENOMEM;
        if (r) {
                sd_json_variant_unref(parameters);
                (void)ops_no_memory(call);
        } else if (call_station(call, STATION_STORE, "SetUser", parameters, CALL_AS_ACTOR, NULL) == 0) {
                call_reply(call, 201, answer);
        }
        sd_json_variant_unref(hashes);
        sd_json_variant_unref(answer);
        ops_door_forget_recovery(codes);
}

static int add_own(struct call *call, const struct session *row, sd_json_variant **list)
{
        uint64_t now_ms = clock_monotonic_ms();
        sd_json_variant *one = NULL;
        char id[24];
        int r;

        (void)snprintf(id, sizeof id, "%" PRIu64, row->number);
        r = sd_json_buildo(&one, SD_JSON_BUILD_PAIR_STRING("id", id), SD_JSON_BUILD_PAIR_BOOLEAN("here", row->number == call->who.session),
                           SD_JSON_BUILD_PAIR_STRING("from", row->from), SD_JSON_BUILD_PAIR_INTEGER("since", row->begun_s),
                           SD_JSON_BUILD_PAIR_INTEGER("seen", wall_of(row->seen_ms, now_ms)),
                           SD_JSON_BUILD_PAIR_INTEGER("ends_at", wall_of(session_ends_ms(row), now_ms)));
        if (r >= 0)
                r = sd_json_variant_append_array(list, one);
        sd_json_variant_unref(one);
        return r;
}

static void list_sessions(struct call *call)
{
        sd_json_variant *list = NULL, *answer = NULL;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        door_lock(call->door);
        for (size_t i = 0; r >= 0 && i < SESSIONS_MAX; i++) {
                const struct session *row = &call->door->sessions.rows[i];

                if (row->number && text_equal(row->name, call_actor(call)) && clock_monotonic_ms() < session_idle_until_ms(row))
                        r = add_own(call, row, &list);
        }
        door_unlock(call->door);
        if (r >= 0)
                r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("sessions", list));
        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(list);
        sd_json_variant_unref(answer);
}

static void end_session(struct call *call)
{
        const char *id = call_text(call, "id");
        uint64_t number = strspn(id, "0123456789") == strlen(id) && strlen(id) < 19 ? strtoull(id, NULL, 10) : 0;
        const struct session *session;
        bool own;

        door_lock(call->door);
        session = session_table_by_number(&call->door->sessions, number, clock_monotonic_ms());
        own = session && text_equal(session->name, call_actor(call));
        if (own)
                session_table_end(&call->door->sessions, number);
        door_unlock(call->door);
        if (own)
                call_reply_empty(call);
        else
                call_refuse(call, 404, "no-such-session", "id", "You have no such session.");
}

/* --- the table ------------------------------------------------------------------- */

static const struct field sign_in_fields[] = {OPS_DOOR_NAME, OPS_DOOR_PASSWORD, OPS_DOOR_CODE, FIELDS_END};
static const struct field confirm_fields[] = {OPS_DOOR_PASSWORD, OPS_DOOR_CODE, FIELDS_END};
static const struct field password_fields[] = {OPS_DOOR_PASSWORD, FIELDS_END};
static const struct field end_fields[] = {FIELD(PATH, TEXT, "id", .required = true, .min = 1, .max = 64), FIELDS_END};

const struct operation ops_door_operations[] = {
        {"POST", "/sign-in", "signIn", ROLE_NOBODY, OPERATION_OPEN | OPERATION_SLOW, sign_in_fields, sign_in},
        {"POST", "/sign-out", "signOut", ROLE_READER, OPERATION_SESSION, NULL, sign_out},
        {"GET", "/session", "getSession", ROLE_READER, 0, NULL, get_session},
        {"POST", "/session/confirm", "confirmSession", ROLE_READER, OPERATION_SESSION | OPERATION_SLOW, confirm_fields, confirm},
        {"PUT", "/session/password", "setPassword", ROLE_READER, OPERATION_SESSION | OPERATION_FRESH | OPERATION_SLOW, password_fields, set_password},
        {"POST", "/session/recovery-codes", "makeRecoveryCodes", ROLE_READER, OPERATION_SESSION | OPERATION_FRESH, NULL, make_codes},
        {"GET", "/session/list", "listSessions", ROLE_READER, OPERATION_SESSION, NULL, list_sessions},
        {"DELETE", "/session/list/{id}", "endSession", ROLE_READER, OPERATION_SESSION, end_fields, end_session},
        OPERATIONS_END,
};
