/*
 * admin_request: any bytes as what anybody may send to the page's API.
 *
 * In:   the fuzzer's bytes: the first says what the rest is.
 * Out:  nothing; whatever is taken is looked at as an operation would.
 * Not:  no sockets (see http_request_line).
 */
#include <stdlib.h>
#include <string.h>

#include "provisioning/admin/body.h"
#include "provisioning/admin/field.h"
#include "provisioning/admin/header.h"
#include "provisioning/admin/password.h"
#include "provisioning/admin/route.h"
#include "provisioning/admin/secret.h"
#include "provisioning/admin/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct field fields[] = {
        {.name = "text", .type = FIELD_TEXT, .max = 40}, {.name = "prose", .type = FIELD_PROSE, .max = 400}, {.name = "role", .type = FIELD_WORD, .words = "a bc"},
        {.name = "number", .type = FIELD_INTEGER, .min = 1, .max = 500}, {.name = "flag", .type = FIELD_FLAG}, {.name = "mac", .type = FIELD_MAC},
        {.name = "texts", .type = FIELD_TEXTS, .max = 20}, {.name = "object", .type = FIELD_OBJECT}, {.name = "list", .type = FIELD_LIST}, {0},
};
static const struct operation operations[] = {
        {.method = "GET", .path = "/phones"}, {.method = "GET", .path = "/phones/{mac}"}, {.method = "POST", .path = "/phones/bulk"},
        {.method = "PUT", .path = "/scopes/{scope}/{owner}/rows/{row}"}, {0},
};
static const struct operation *const tables[] = {operations, NULL};

static void try_value(const struct field *field, const char *text, sd_json_variant *json)
{
        struct field_value value = {0};
        char why[FIELD_WHY_SIZE] = "";
        int r = json ? field_from_json(field, json, &value, why) : field_from_text(field, text, &value, why);

        if ((r == 0) != value.given || (r == PV_EMALFORMED && !*why))
                abort();
        field_value_done(&value);
}

static void try_body(const char *text, size_t size)
{
        sd_json_variant *object = NULL;
        const char *why = NULL;

        if (body_parse(text, size, &object, &why)) {
                if (!why)
                        abort();
                return;
        }
        for (size_t i = 0; i + 1 < sd_json_variant_elements(object); i += 2)
                for (const struct field *field = fields; field->name; field++)
                        try_value(field, NULL, sd_json_variant_by_index(object, i + 1));
        sd_json_variant_unref(object);
}

static void try_query(const char *text)
{
        struct uri_pair pair;

        while (uri_next(&text, &pair) == 1)
                for (const struct field *field = fields; field->name; field++)
                        try_value(field, pair.value, NULL);
}

static void try_path(const char *text)
{
        struct route route;

        if (route_find(tables, "GET", text, &route) == 0)
                for (size_t i = 0; i < route.n_values; i++)
                        if (!*route.values[i].value)
                                abort();
}

static void try_headers(const char *text)
{
        char token[HEADER_TOKEN_SIZE], typed[SECRET_TYPED_SIZE];
        struct password_phc phc;
        uint8_t bytes[64];
        int64_t version;

        if (header_cookie(text, token) == 0 && !*token)
                abort();
        if (header_bearer(text, token) == 0 && !*token)
                abort();
        if (header_match(text, &version) == 0 && version < -1)
                abort();
        (void)header_is_json(text);
        (void)header_is_own_origin(text, "h:9443");
        (void)!secret_typed(text, typed);
        (void)!secret_base32_read(text, bytes, sizeof bytes);
        (void)!password_phc_parse(text, &phc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text;

        if (size == 0)
                return 0;
        text = strndup((const char *)data + 1, size - 1);
        if (!text)
                return 0;
        if (data[0] == 'b')
                try_body((const char *)data + 1, size - 1);
        else if (data[0] == 'q')
                try_query(text);
        else if (data[0] == 'p')
                try_path(text);
        else
                try_headers(text);
        free(text);
        return 0;
}
