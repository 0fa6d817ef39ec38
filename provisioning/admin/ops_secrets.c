/*
 * ops_secrets: the passwords and PINs of phones.
 *
 * In:   a MAC, the name of a secret.
 * Out:  which there are; one in clear, with a line in the audit; new ones.
 * Not:  no secret is shown but the one that was asked for.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

static const struct field list_secrets_fields[] = {
        FIELD_PATH_MAC,
        FIELDS_END,
};

static const struct field reveal_secret_fields[] = {
        FIELD_PATH_MAC,
        FIELD(PATH, WORD, "name", .required = true, .words = "sip_secret http_pass admin_mode_password service_mode_pass keyboard_lock_pw uboot_lock webserver_user_password webserver_admin_password"),
        FIELD_REASON,
        FIELDS_END,
};

static const struct field rotate_phone_secrets_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, TEXTS, "names", .max = 64),
        FIELD_REASON,
        FIELDS_END,
};

static const struct field rotate_secrets_fields[] = {
        FIELD(BODY, TEXTS, "names", .max = 64),
        FIELD_REASON,
        FIELDS_END,
};

static void list_secrets(struct call *call)
{
        ops_read(call, list_secrets_fields, STATION_STORE, "ListSecrets", NULL);
}

static void reveal_secret(struct call *call)
{
        ops_write(call, reveal_secret_fields, STATION_STORE, "RevealSecret", NULL);
}

static void rotate_phone_secrets(struct call *call)
{
        ops_write(call, rotate_phone_secrets_fields, STATION_STORE, "RotateSecrets", NULL);
}

static void rotate_secrets(struct call *call)
{
        ops_write(call, rotate_secrets_fields, STATION_STORE, "RotateSecrets", NULL);
}

const struct operation ops_secrets_operations[] = {
        {"GET", "/phones/{mac}/secrets", "listSecrets", ROLE_HELPDESK, 0, list_secrets_fields, list_secrets},
        {"POST", "/phones/{mac}/secrets/{name}/reveal", "revealSecret", ROLE_ADMIN, 0, reveal_secret_fields, reveal_secret},
        {"POST", "/phones/{mac}/rotate", "rotatePhoneSecrets", ROLE_ADMIN, 0, rotate_phone_secrets_fields, rotate_phone_secrets},
        {"POST", "/secrets/rotate", "rotateSecrets", ROLE_ADMIN, OPERATION_FRESH, rotate_secrets_fields, rotate_secrets},
        OPERATIONS_END,
};
