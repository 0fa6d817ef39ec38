/*
 * bootstrap_answers: answers of store and pki.
 *
 * In:   JSON that libsystemd has parsed, from stations of ours.
 * Out:  plain structs that borrow its texts.
 * Not:  no calls.
 */
#include "vpn/bootstrap/bootstrap_answers.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX 64

static const char *text_of(sd_json_variant *object, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;
}

static int64_t number_of(sd_json_variant *object, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_integer(value) ? sd_json_variant_integer(value) : 0;
}

int bootstrap_answers_enrolment(sd_json_variant *answer, struct bootstrap_enrolment *ret_enrolment)
{
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone");
        struct bootstrap_enrolment enrolment = {
                .phone = {.known = true, .state = text_of(phone, "state"), .window_until = number_of(phone, "window_until")},
                .key_type = text_of(phone, "key_type"),
                .certificate = text_of(answer, "certificate"),
                .private_key = text_of(answer, "private_key"),
                .serial = text_of(answer, "serial"),
                .not_after = number_of(answer, "not_after"),
        };

        if (!enrolment.phone.state)
                return PV_EMALFORMED;
        if (!enrolment.key_type || !*enrolment.key_type)
                enrolment.key_type = "p256";
        if (!enrolment.certificate || !enrolment.private_key || !enrolment.serial || !*enrolment.private_key)
                enrolment.certificate = enrolment.private_key = enrolment.serial = NULL;
        *ret_enrolment = enrolment;
        return 0;
}

int bootstrap_answers_site(sd_json_variant *answer, struct site *ret_site, struct site_problem *ret_problem)
{
        sd_json_variant *list = sd_json_variant_by_key(answer, "values");
        struct site_value values[VALUES_MAX];
        size_t n = sd_json_variant_elements(list);
        struct site site;
        int r;

        if (!list || !sd_json_variant_is_array(list) || n > VALUES_MAX)
                return PV_EMALFORMED;
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);

                values[i] = (struct site_value){text_of(one, "name"), text_of(one, "value")};
                if (!values[i].name || !values[i].value)
                        return PV_EMALFORMED;
        }
        r = site_from_values(values, n, &site, ret_problem);
        if (r)
                return r;
        if (!site.complete) {
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "the site is not complete; see provostctl site show");
                return PV_EUNSET;
        }
        *ret_site = site;
        return 0;
}

int bootstrap_answers_authorities(sd_json_variant *answer, struct bootstrap_authorities *ret_authorities)
{
        const struct bootstrap_authorities authorities = {text_of(answer, "root"), text_of(answer, "issuing"),
                                                          text_of(answer, "chain")};

        if (!authorities.root || !authorities.issuing || !authorities.chain)
                return PV_EMALFORMED;
        *ret_authorities = authorities;
        return 0;
}

int bootstrap_answers_issued(sd_json_variant *answer, const char *mac, sd_json_variant **ret_parameters)
{
        static const char *const texts[] = {"certificate", "private_key", "serial", "sha256"};

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (!text_of(answer, texts[i]))
                        return PV_EMALFORMED;
        if (sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac),
                           SD_JSON_BUILD_PAIR_STRING("certificate", text_of(answer, "certificate")),
                           SD_JSON_BUILD_PAIR_STRING("private_key", text_of(answer, "private_key")),
                           SD_JSON_BUILD_PAIR_STRING("serial", text_of(answer, "serial")),
                           SD_JSON_BUILD_PAIR_STRING("sha256", text_of(answer, "sha256")),
                           SD_JSON_BUILD_PAIR_INTEGER("not_before", number_of(answer, "not_before")),
                           SD_JSON_BUILD_PAIR_INTEGER("not_after", number_of(answer, "not_after"))) < 0)
                return PV_ENOMEM;
        sd_json_variant_sensitive(*ret_parameters);
        return 0;
}
