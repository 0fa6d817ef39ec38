/*
 * ops_invitation: the first sign-in: of the first owner, with the console's code, and of whoever was invited.
 *
 * In:   name and code; a password and the authenticator's first code.
 * Out:  an authenticator's secret; then a person who can sign in, recovery codes, a session.
 * Not:  nobody who signs in again (ops_door).
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/qr/qr.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_door.h"
#include "provisioning/admin/ops_frame.h"
#include "provisioning/admin/password.h"

#define ISSUER "Provost"

/* --- it begins ------------------------------------------------------------------ */

/* Whether the code is the console's, for the first owner. */
static bool is_setup(struct call *call)
{
        bool right;

        door_lock(call->door);
        right = setup_try(&call->door->setup, call_text(call, "code"), clock_monotonic_ms());
        door_unlock(call->door);
        return right;
}

static bool is_invited(const struct user_secrets *user, const char *code)
{
        char typed[SECRET_TYPED_SIZE], hash[SECRET_HASH_TEXT_SIZE];

        if (secret_typed(code, typed))
                return false;
        secret_hash_text(typed, hash);
        explicit_bzero(typed, sizeof typed);
        return user->invitation && !user->disabled && secret_equal_text(user->invitation, hash);
}

static int qr_rows(const char *text, sd_json_variant **ret_rows)
{
        struct qr *code = calloc(1, sizeof *code);
        int r = code && qr_encode(text, code) == 0 ? sd_json_variant_new_array(ret_rows, NULL, 0) : -1;

        for (unsigned row = 0; r >= 0 && row < code->side; row++) {
                char line[QR_SIDE_MAX + 1] = "";
                sd_json_variant *one = NULL;

                for (unsigned column = 0; column < code->side; column++)
                        line[column] = code->dark[row][column] ? '1' : '0';
                r = sd_json_variant_new_string(&one, line);
                if (r >= 0)
                        r = sd_json_variant_append_array(ret_rows, one);
                sd_json_variant_unref(one);
        }
        if (code)
                explicit_bzero(code, sizeof *code);
        free(code);
        return r < 0 ? PV_ENOMEM : 0;
}

static int begun_json(const char *name, const uint8_t *secret, const char *token, sd_json_variant **ret_answer)
{
        char base32[SECRET_BASE32_SIZE(TOTP_SECRET_BYTES)], uri[TOTP_URI_SIZE];
        sd_json_variant *rows = NULL;
        int r;

        secret_base32(secret, TOTP_SECRET_BYTES, base32);
        r = totp_uri(ISSUER, name, base32, uri);
        if (!r)
                r = qr_rows(uri, &rows);
        if (!r && sd_json_buildo(ret_answer, SD_JSON_BUILD_PAIR_STRING("totp_uri", uri), SD_JSON_BUILD_PAIR_STRING("totp_secret", base32),
                                 SD_JSON_BUILD_PAIR_VARIANT("qr", rows), SD_JSON_BUILD_PAIR_STRING("pending", token)) < 0)
                r = PV_ENOMEM;
        if (!r)
                sd_json_variant_sensitive(*ret_answer);
        sd_json_variant_unref(rows);
        explicit_bzero(base32, sizeof base32);
        explicit_bzero(uri, sizeof uri);
        return r;
}

static void begin_pending(struct call *call, const char *name, bool first_owner, const char *invitation)
{
        sd_json_variant *answer = NULL;
        char token[SECRET_TOKEN_SIZE];
        uint8_t secret[TOTP_SECRET_BYTES];
        struct pending *pending;
        int r = secret_token(token);

        if (!r)
                r = secret_random(secret, sizeof secret);
        if (!r)
                r = begun_json(name, secret, token, &answer);
        if (r) {
                (void)ops_no_memory(call);
                return;
        }
        door_lock(call->door);
        pending = pending_begin(&call->door->pending, token, name, clock_monotonic_ms());
        pending->first_owner = first_owner;
        memcpy(pending->totp, secret, sizeof secret);
        (void)text_copy(pending->invitation, sizeof pending->invitation, invitation ? invitation : "");
        door_unlock(call->door);
        call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        explicit_bzero(secret, sizeof secret);
        explicit_bzero(token, sizeof token);
}

static void begin_invitation(struct call *call)
{
        struct user_secrets user;
        char name[ACCESS_NAME_SIZE];
        bool first_owner, invited;

        user_name(call_text(call, "name"), name);
        if (ops_door_wait(call, name) || user_secrets_get(call, name, &user))
                return;
        invited = is_invited(&user, call_text(call, "code"));
        first_owner = !invited && is_setup(call);
        if (invited || first_owner)
                begin_pending(call, name, first_owner, user.invitation);
        else
                ops_door_failed(call, "invitation-refused", name, user.reply != NULL);
        if (!invited && !first_owner)
                call_refuse(call, 401, "wrong", NULL, "Name or code is wrong, or the code has ended.");
        user_secrets_done(&user);
}

/* A copy of what was begun, when the authenticator's code fits. < 0: the request is answered. */
static int take_pending(struct call *call, struct pending *ret_pending, int64_t *ret_step)
{
        struct pending *pending;
        int r = PV_EUNSET;

        door_lock(call->door);
        pending = pending_find(&call->door->pending, call_text(call, "pending"), clock_monotonic_ms());
        if (pending) {
                *ret_pending = *pending;
                r = totp_check(pending->totp, sizeof pending->totp, call_text(call, "code"), clock_wall_s(), 0, ret_step);
                if (r)
                        pending_wrong(pending);
        }
        door_unlock(call->door);
        if (r == PV_EUNSET)
                call_refuse(call, 401, "begin-again", NULL, "This took longer than 15 minutes, or too many codes were wrong: begin again.");
        else if (r)
                call_refuse(call, 401, "wrong", "code", "The code is not the authenticator's of this moment; wait for the next one.");
        return r;
}

/* Still invited, or still nobody there who could be an owner. */
static int still_holds(struct call *call, const struct pending *pending, bool *ret_exists)
{
        struct user_secrets user;
        bool holds;

        if (user_secrets_get(call, pending->name, &user))
                return PV_EREFUSED;
        *ret_exists = user.reply != NULL;
        door_lock(call->door);
        holds = pending->first_owner ? call->door->setup.needed : user.invitation && !user.disabled && secret_equal_text(user.invitation, pending->invitation);
        door_unlock(call->door);
        user_secrets_done(&user);
        if (!holds)
                call_refuse(call, 409, "ended", NULL, "This invitation holds no more: it was used or taken back. Ask for another one.");
        return holds ? 0 : PV_EREFUSED;
}

static int finish_fields(struct call *call, const struct pending *pending, bool exists, sd_json_variant *hashes, sd_json_variant **ret_parameters)
{
        char base32[SECRET_BASE32_SIZE(TOTP_SECRET_BYTES)], phc[PASSWORD_PHC_SIZE];
        int r = password_hash(call_text(call, "password"), phc);

        secret_base32(pending->totp, sizeof pending->totp, base32);
        if (!r && sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("name", pending->name), SD_JSON_BUILD_PAIR_STRING("password", phc),
                                 SD_JSON_BUILD_PAIR_STRING("totp_secret", base32), SD_JSON_BUILD_PAIR_VARIANT("recovery", hashes),
                                 SD_JSON_BUILD_PAIR_STRING("actor", pending->name),
                                 SD_JSON_BUILD_PAIR_CONDITION(!exists, "create", SD_JSON_BUILD_BOOLEAN(true)),
                                 SD_JSON_BUILD_PAIR_CONDITION(pending->first_owner, "role", SD_JSON_BUILD_STRING("owner"))) < 0)
                r = PV_ENOMEM;
        explicit_bzero(base32, sizeof base32);
        return r;
}

static void begin_first_session(struct call *call, const struct pending *pending, int64_t step, char **codes)
{
        const struct user_code code = {.step = step};
        struct ops_door_entry entry = {0};
        int r;

        door_lock(call->door);
        call->door->owners_changed = true;
        if (pending->first_owner)
                (void)setup_turn(&call->door->setup, false, clock_monotonic_ms());
        pending_end_person(&call->door->pending, pending->name, pending->first_owner);
        session_table_end_person(&call->door->sessions, pending->name, 0);
        door_unlock(call->door);
        r = ops_door_use_code(call, pending->name, &code, "sign-in", &entry);
        if (r > 0)
                ops_door_begin_session(call, pending->name, &entry, codes);
        else if (r == 0)
                call_refuse(call, 401, "wrong", "code", "The code was used already: sign in with the next one.");
}

static void finish_invitation(struct call *call)
{
        sd_json_variant *hashes = NULL, *parameters = NULL;
        char *codes[OPS_DOOR_RECOVERY_CODES + 1] = {0};
        struct pending pending;
        bool exists = false;
        int64_t step;

        if (ops_door_wait(call, NULL) || take_pending(call, &pending, &step))
                return;
        if (ops_door_check_password(call, pending.name) == 0 && still_holds(call, &pending, &exists) == 0) {
                if (ops_door_make_recovery(codes, &hashes) || finish_fields(call, &pending, exists, hashes, &parameters))
                        (void)ops_no_memory(call);
                else if (call_station(call, STATION_STORE, "SetUser", parameters, 0, NULL) == 0)
                        begin_first_session(call, &pending, step, codes);
        }
        sd_json_variant_unref(hashes);
        ops_door_forget_recovery(codes);
        explicit_bzero(&pending, sizeof pending);
}

/* --- the table ------------------------------------------------------------------- */

static const struct field begin_fields[] = {OPS_DOOR_NAME, OPS_DOOR_CODE, FIELDS_END};
static const struct field finish_fields_table[] = {
        FIELD(BODY, TEXT, "pending", .required = true, .min = 1, .max = 128), OPS_DOOR_PASSWORD,
        FIELD(BODY, TEXT, "code", .required = true, .min = 6, .max = 6), FIELDS_END};

const struct operation ops_invitation_operations[] = {
        {"POST", "/invitation/begin", "beginInvitation", ROLE_NOBODY, OPERATION_OPEN, begin_fields, begin_invitation},
        {"POST", "/invitation/finish", "finishInvitation", ROLE_NOBODY, OPERATION_OPEN | OPERATION_SLOW, finish_fields_table, finish_invitation},
        OPERATIONS_END,
};
