/*
 * user_secrets: whether somebody is who he says he is.
 *
 * In:   the store's secrets of a person; what was typed.
 * Out:  yes or no, and which code is used up by it.
 * Not:  no session, no delay (see ops_door, throttle).
 */
#include "provisioning/admin/user_secrets.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/password.h"

/* Stands where a password's hash stood: no password has it. */
#define NO_PASSWORD "!"

void user_name(const char *typed, char ret[static ACCESS_NAME_SIZE])
{
        size_t n = 0;

        for (; *typed && n < ACCESS_NAME_SIZE - 1; typed++)
                ret[n++] = *typed >= 'A' && *typed <= 'Z' ? (char)(*typed - 'A' + 'a') : *typed;
        ret[n] = 0;
}

static void read_user(struct user_secrets *user)
{
        sd_json_variant *row = sd_json_variant_by_key(user->reply, "user");
        const char *password = service_field_text(user->reply, "password"), *invitation = service_field_text(user->reply, "invitation");
        const char *totp = service_field_text(user->reply, "totp_secret");
        int n = totp && *totp ? secret_base32_read(totp, user->totp, sizeof user->totp) : 0;

        user->role = access_role(service_field_text(row, "role"));
        user->disabled = service_field_is_true(row, "disabled");
        user->totp_step = service_field_integer(user->reply, "totp_step", 0);
        user->totp_size = n > 0 ? (size_t)n : 0;
        user->password = password && *password && n > 0 ? password : NULL;
        if (invitation && *invitation && service_field_integer(row, "invited_until", 0) > clock_wall_s())
                user->invitation = invitation;
}

int user_secrets_get(struct call *call, const char *name, struct user_secrets *ret_user)
{
        struct user_secrets user = {0};
        sd_json_variant *parameters = NULL;
        char *error = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", name)) < 0) {
                call_refuse(call, 503, "memory", NULL, "The appliance has no memory left.");
                return PV_ENOMEM;
        }
        r = call_station_try(call, STATION_STORE, "GetUserSecrets", parameters, 0, &user.reply, &error);
        if (r && (text_equal(error, "io.provost.Store.NoSuchName") || text_equal(error, "io.provost.Store.InvalidValue"))) {
                user.reply = sd_json_variant_unref(user.reply);
                r = 0;
        } else if (r) {
                call_refuse_error(call, error, user.reply);
                user.reply = sd_json_variant_unref(user.reply);
        } else {
                sd_json_variant_sensitive(user.reply);
                read_user(&user);
        }
        free(error);
        if (r)
                return r;
        *ret_user = user;
        explicit_bzero(&user, sizeof user);
        return 0;
}

void user_secrets_done(struct user_secrets *user)
{
        sd_json_variant_unref(user->reply);
        explicit_bzero(user, sizeof *user);
}

static bool is_recovery(const struct user_secrets *user, const char *code, char ret_hash[static SECRET_HASH_TEXT_SIZE])
{
        sd_json_variant *list = service_field_list(user->reply, "recovery");
        char typed[SECRET_TYPED_SIZE];
        bool found = false;

        if (secret_typed(code, typed))
                return false;
        secret_hash_text(typed, ret_hash);
        explicit_bzero(typed, sizeof typed);
        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);

                found |= sd_json_variant_is_string(one) && secret_equal_text(sd_json_variant_string(one), ret_hash);
        }
        return found;
}

bool user_secrets_fit(const struct user_secrets *user, const char *password, const char *code, int64_t wall_s, struct user_code *ret_code)
{
        static const uint8_t nobody[TOTP_SECRET_BYTES];
        const uint8_t *totp = user->totp_size ? user->totp : nobody;
        size_t totp_size = user->totp_size ? user->totp_size : sizeof nobody;
        bool known = password_is(password, user->password);
        bool by_step = totp_check(totp, totp_size, code, wall_s, user->totp_step, &ret_code->step) == 0;
        bool by_recovery = is_recovery(user, code, ret_code->recovery);

        if (!by_step)
                ret_code->step = -1;
        return known && !user->disabled && user->totp_size > 0 && user->role != ROLE_NOBODY && (by_step || by_recovery);
}

int user_invitation(char ret_code[static SECRET_CODE_SIZE], char ret_hash[static SECRET_HASH_TEXT_SIZE])
{
        char typed[SECRET_TYPED_SIZE];
        int r = secret_code(ret_code);

        if (!r)
                r = secret_typed(ret_code, typed);
        if (!r)
                secret_hash_text(typed, ret_hash);
        explicit_bzero(typed, sizeof typed);
        return r;
}

int user_reset_fields(const char *name, const char *hash, int64_t until, sd_json_variant **ret_parameters)
{
        uint8_t secret[TOTP_SECRET_BYTES];
        char totp[SECRET_BASE32_SIZE(TOTP_SECRET_BYTES)];
        int r = secret_random(secret, sizeof secret);

        if (r)
                return r;
        secret_base32(secret, sizeof secret, totp);
        r = sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_STRING("password", NO_PASSWORD),
                           SD_JSON_BUILD_PAIR_STRING("totp_secret", totp), SD_JSON_BUILD_PAIR_EMPTY_ARRAY("recovery"),
                           SD_JSON_BUILD_PAIR_STRING("invitation", hash), SD_JSON_BUILD_PAIR_INTEGER("invited_until", until));
        explicit_bzero(secret, sizeof secret);
        explicit_bzero(totp, sizeof totp);
        return r < 0 ? PV_ENOMEM : 0;
}
