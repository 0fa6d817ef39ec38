/*
 * seed: the file of an unattended site.
 *
 * In:   provost-setup.json, written by a person or a program: anything at all.
 * Out:  calls of the store, each with the place in the file that it comes from; or what is wrong, with that place.
 * Not:  no calls made here (see seed_run). Sources, rules and phones are checked further by the store, as always.
 */
#include "provisioning/admin/seed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "provisioning/admin/body.h"
#include "provisioning/admin/password.h"
#include "provisioning/admin/secret.h"
#include "provisioning/model/site.h"

#define ACTOR "setup-file"
#define NAMES_MAX 128           /* values of a site, sources, rules */

struct reading {
        struct seed_plan *plan;
        struct seed_problem *problem;
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct reading *r, const char *field, const char *format, ...)
{
        va_list args;

        (void)snprintf(r->problem->field, sizeof r->problem->field, "%s", field);
        va_start(args, format);
        (void)vsnprintf(r->problem->reason, sizeof r->problem->reason, format, args);
        va_end(args);
        return PV_EREFUSED;
}

/* Takes parameters over, also on failure. */
static int add_step(struct reading *r, const char *method, const char *field, sd_json_variant *parameters)
{
        struct seed_step *step = &r->plan->steps[r->plan->n_steps];

        if (sd_json_variant_set_field_string(&parameters, "actor", ACTOR) < 0 || r->plan->n_steps == SEED_STEPS_MAX) {
                sd_json_variant_unref(parameters);
                return PV_ENOMEM;
        }
        sd_json_variant_sensitive(parameters);
        *step = (struct seed_step){.method = method, .parameters = parameters};
        (void)snprintf(step->field, sizeof step->field, "%s", field);
        r->plan->n_steps++;
        return 0;
}

/* Name and value of the i-th member of an object; false past its end. */
static bool member(sd_json_variant *object, size_t i, const char **ret_name, sd_json_variant **ret_value)
{
        if (2 * i + 1 >= sd_json_variant_elements(object))
                return false;
        *ret_name = sd_json_variant_string(sd_json_variant_by_index(object, 2 * i));
        *ret_value = sd_json_variant_by_index(object, 2 * i + 1);
        return true;
}

/* --- the site ----------------------------------------------------------------- */

static int check_site(struct reading *r, const struct site_value *values, size_t n)
{
        struct site_problem problem = {0};
        struct site *site = calloc(1, sizeof *site);
        const char *missing[4];
        char field[48];
        int result = site ? site_from_values(values, n, site, &problem) : PV_ENOMEM;

        if (result == 0 && site_missing(site, missing, 4) > 0)
                (void)text_copy(problem.name, sizeof problem.name, missing[0]);
        (void)snprintf(field, sizeof field, "site.%s", problem.name);
        if (result == PV_EMALFORMED || result == PV_EREFUSED)
                result = refuse(r, field, "%s", problem.reason);
        else if (result == 0 && *problem.name)
                result = refuse(r, field, "A site needs it: phones are answered only when all needed values are there.");
        free(site);
        return result;
}

static int read_site(struct reading *r, sd_json_variant *object)
{
        struct site_value values[NAMES_MAX];
        sd_json_variant *list = NULL, *value, *parameters = NULL;
        const char *name;
        size_t n = 0;
        int result = 0;

        for (; result == 0 && member(object, n, &name, &value); n++) {
                char field[48];

                (void)snprintf(field, sizeof field, "site.%.32s", name);
                if (!sd_json_variant_is_string(value) || n == NAMES_MAX)
                        return refuse(r, field, "Each value of the site is a text.");
                values[n] = (struct site_value){name, sd_json_variant_string(value)};
        }
        result = check_site(r, values, n);
        for (size_t i = 0; result == 0 && i < n; i++)
                if (sd_json_variant_append_arraybo(&list, SD_JSON_BUILD_PAIR_STRING("name", values[i].name),
                                                   SD_JSON_BUILD_PAIR_STRING("value", values[i].value)) < 0)
                        result = PV_ENOMEM;
        if (result == 0 && sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("values", list)) < 0)
                result = PV_ENOMEM;
        sd_json_variant_unref(list);
        return result < 0 ? result : add_step(r, "SetSite", "site", parameters);
}

/* --- sources and rules of reach -------------------------------------------------- */

static int read_sources(struct reading *r, sd_json_variant *object)
{
        sd_json_variant *value, *parameters;
        const char *name;
        int result = 0;

        for (size_t i = 0; result == 0 && member(object, i, &name, &value); i++) {
                char field[48];

                (void)snprintf(field, sizeof field, "sources.%.32s", name);
                if (!sd_json_variant_is_string(value) || i == NAMES_MAX)
                        return refuse(r, field, "A source is a name and a URL, such as \"pbx\": \"https://pbx.example/\"; at most %d.", NAMES_MAX);
                parameters = NULL;
                if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", name),
                                   SD_JSON_BUILD_PAIR_STRING("url", sd_json_variant_string(value))) < 0)
                        return PV_ENOMEM;
                result = add_step(r, "SetSource", field, parameters);
        }
        return result;
}

/* What an object of a list may hold; every text is handed on as it is. */
struct known { const char *name; bool is_flag, is_list, is_needed; };

static const struct known *find(const struct known *table, const char *name)
{
        for (; table->name; table++)
                if (text_equal(table->name, name))
                        return table;
        return NULL;
}

static bool is_texts(sd_json_variant *value)
{
        if (!sd_json_variant_is_array(value))
                return false;
        for (size_t i = 0; i < sd_json_variant_elements(value); i++)
                if (!sd_json_variant_is_string(sd_json_variant_by_index(value, i)))
                        return false;
        return true;
}

static int check_object(struct reading *r, const char *field, sd_json_variant *object, const struct known *table)
{
        sd_json_variant *value;
        const char *name;

        if (!sd_json_variant_is_object(object))
                return refuse(r, field, "This must be an object.");
        for (size_t i = 0; member(object, i, &name, &value); i++) {
                const struct known *known = find(table, name);
                char shown[40];

                text_escape(shown, sizeof shown, name, strlen(name));
                if (!known)
                        return refuse(r, field, "There is no \"%s\" here; see docs/first-boot.md.", shown);
                if (known->is_flag ? !sd_json_variant_is_boolean(value) : known->is_list ? !is_texts(value) : !sd_json_variant_is_string(value))
                        return refuse(r, field, "\"%s\" must be %s.", shown, known->is_flag ? "true or false" : known->is_list ? "a list of texts" : "a text");
        }
        for (; table->name; table++)
                if (table->is_needed && !sd_json_variant_by_key(object, table->name))
                        return refuse(r, field, "\"%s\" is missing.", table->name);
        return 0;
}

static const char *text_of(sd_json_variant *object, const char *name, const char *otherwise)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value ? sd_json_variant_string(value) : otherwise;
}

static int read_rule(struct reading *r, sd_json_variant *object, const char *field)
{
        static const struct known table[] = {{.name = "to", .is_needed = true}, {.name = "protocol", .is_needed = true}, {.name = "ports"},
                                             {.name = "scope"}, {.name = "owner"}, {0}};
        sd_json_variant *parameters = NULL;
        int result = check_object(r, field, object, table);

        if (result < 0)
                return result;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("scope", text_of(object, "scope", "site")),
                           SD_JSON_BUILD_PAIR_STRING("owner", text_of(object, "owner", "")), SD_JSON_BUILD_PAIR_STRING("to", text_of(object, "to", "")),
                           SD_JSON_BUILD_PAIR_STRING("protocol", text_of(object, "protocol", "")),
                           SD_JSON_BUILD_PAIR_STRING("ports", text_of(object, "ports", ""))) < 0)
                return PV_ENOMEM;
        return add_step(r, "AddReach", field, parameters);
}

/* --- phones ------------------------------------------------------------------------- */

static int read_phone(struct reading *r, sd_json_variant *object, const char *field)
{
        static const struct known table[] = {
                {.name = "mac", .is_needed = true}, {.name = "name"}, {.name = "model"}, {.name = "profiles", .is_list = true}, {.name = "key_type"},
                {.name = "lan_address"}, {.name = "sip_user"}, {.name = "sip_secret"}, {.name = "vpn_class"}, {.name = "approve", .is_flag = true},
                {.name = "expected", .is_flag = true}, {0}};
        sd_json_variant *parameters = NULL;
        char text[MAC_TEXT_SIZE];
        struct mac mac;
        int result = check_object(r, field, object, table);

        if (result < 0)
                return result;
        if (mac_parse_text(text_of(object, "mac", ""), &mac) < 0)
                return refuse(r, field, "\"mac\" must be a MAC such as 000413AABBCC.");
        parameters = sd_json_variant_ref(object);
        if (sd_json_variant_set_field_string(&parameters, "mac", mac_format(&mac, text)) < 0 ||
            (!sd_json_variant_by_key(parameters, "approve") && sd_json_variant_set_field_boolean(&parameters, "approve", false) < 0)) {
                sd_json_variant_unref(parameters);
                return PV_ENOMEM;
        }
        return add_step(r, "AddPhone", field, parameters);
}

static int read_list(struct reading *r, sd_json_variant *list, const char *name, size_t max,
                     int (*read)(struct reading *r, sd_json_variant *object, const char *field))
{
        size_t n = sd_json_variant_elements(list);
        int result = n > max ? refuse(r, name, "At most %zu are taken here.", max) : 0;

        for (size_t i = 0; result == 0 && i < n; i++) {
                char field[48];

                (void)snprintf(field, sizeof field, "%.24s[%zu]", name, i);
                result = read(r, sd_json_variant_by_index(list, i), field);
        }
        return result;
}

/* --- the owner ------------------------------------------------------------------------- */

static int read_owner(struct reading *r, sd_json_variant *object)
{
        static const struct known table[] = {{.name = "name", .is_needed = true}, {.name = "password_hash", .is_needed = true},
                                             {.name = "totp_secret", .is_needed = true}, {0}};
        sd_json_variant *parameters = NULL;
        struct password_phc phc;
        uint8_t secret[64];
        int result = check_object(r, "owner", object, table), n;

        if (result < 0)
                return result;
        if (password_phc_parse(text_of(object, "password_hash", ""), &phc) < 0)
                return refuse(r, "owner", "\"password_hash\" must be a PHC string of Argon2id ($argon2id$v=19$m=...), never the password itself.");
        explicit_bzero(&phc, sizeof phc);
        n = secret_base32_read(text_of(object, "totp_secret", ""), secret, sizeof secret);
        explicit_bzero(secret, sizeof secret);
        if (n < 16)
                return refuse(r, "owner", "\"totp_secret\" must be base32 of 16 bytes or more, as an authenticator app takes it.");
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("name", text_of(object, "name", "")), SD_JSON_BUILD_PAIR_BOOLEAN("create", true),
                           SD_JSON_BUILD_PAIR_STRING("role", "owner"),
                           SD_JSON_BUILD_PAIR_STRING("password", text_of(object, "password_hash", "")),
                           SD_JSON_BUILD_PAIR_STRING("totp_secret", text_of(object, "totp_secret", ""))) < 0)
                return PV_ENOMEM;
        return add_step(r, "SetUser", "owner", parameters);
}

/* --- the whole --------------------------------------------------------------------------- */

static const char *const parts[] = {"format", "site", "sources", "reach", "phones", "owner", NULL};

static int check_parts(struct reading *r, sd_json_variant *file)
{
        sd_json_variant *value;
        const char *name;

        for (size_t i = 0; member(file, i, &name, &value); i++) {
                bool is_list = text_equal(name, "reach") || text_equal(name, "phones"), is_known = false;
                char shown[40];

                for (size_t k = 0; parts[k]; k++)
                        is_known |= text_equal(parts[k], name);
                text_escape(shown, sizeof shown, name, strlen(name));
                if (!is_known)
                        return refuse(r, shown, "A file of a site has no such part; see docs/first-boot.md.");
                if (!text_equal(name, "format") && !(is_list ? sd_json_variant_is_array(value) : sd_json_variant_is_object(value)))
                        return refuse(r, shown, "This must be %s.", is_list ? "a list" : "an object");
        }
        value = sd_json_variant_by_key(file, "format");
        if (!value || !sd_json_variant_is_string(value) || !text_equal(sd_json_variant_string(value), SEED_FORMAT))
                return refuse(r, "format", "This must be \"" SEED_FORMAT "\".");
        return sd_json_variant_by_key(file, "site") ? 0 : refuse(r, "site", "A file of a site needs its values.");
}

/* Sources first, since the site may name one; the owner last: once there is one, nobody asks for the file any more. */
static int read_parts(struct reading *r, sd_json_variant *file)
{
        int result = check_parts(r, file);

        if (result == 0)
                result = read_sources(r, sd_json_variant_by_key(file, "sources"));
        if (result == 0)
                result = read_site(r, sd_json_variant_by_key(file, "site"));
        if (result == 0)
                result = read_list(r, sd_json_variant_by_key(file, "reach"), "reach", NAMES_MAX, read_rule);
        if (result == 0)
                result = read_list(r, sd_json_variant_by_key(file, "phones"), "phones", SEED_PHONES_MAX, read_phone);
        if (result == 0 && sd_json_variant_by_key(file, "owner"))
                result = read_owner(r, sd_json_variant_by_key(file, "owner"));
        return result;
}

int seed_plan_make(const char *text, size_t size, struct seed_plan *ret_plan, struct seed_problem *ret_problem)
{
        struct seed_plan plan = {.steps = calloc(SEED_STEPS_MAX, sizeof *plan.steps)};
        struct seed_problem problem = {0};
        struct reading r = {.plan = &plan, .problem = &problem};
        sd_json_variant *file = NULL;
        const char *why = "";
        int result = plan.steps ? body_parse(text, size, &file, &why) : PV_ENOMEM;

        if (result == PV_EMALFORMED)
                (void)refuse(&r, "", "%s", why);
        if (result == 0)
                result = read_parts(&r, file);
        sd_json_variant_unref(file);
        if (result < 0) {
                seed_plan_done(&plan);
                *ret_problem = problem;
                return result;
        }
        *ret_plan = plan;
        return 0;
}

void seed_plan_done(struct seed_plan *plan)
{
        for (size_t i = 0; plan->steps && i < plan->n_steps; i++)
                sd_json_variant_unref(plan->steps[i].parameters);
        free(plan->steps);
        *plan = (struct seed_plan){0};
}
