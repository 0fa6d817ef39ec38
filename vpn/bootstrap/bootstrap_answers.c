/*
 * bootstrap_answers: answers of store and pki.
 *
 * In:   JSON that libsystemd has parsed, from stations of ours.
 * Out:  plain structs that borrow its texts.
 * Not:  no calls.
 */
#include "vpn/bootstrap/bootstrap_answers.h"

#include "appliance/service/service_field.h"

int bootstrap_answers_enrolment(sd_json_variant *answer, struct bootstrap_enrolment *ret_enrolment)
{
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone");
        struct bootstrap_enrolment enrolment = {
                .phone = {.known = true, .state = service_field_text(phone, "state"),
                          .window_until = service_field_integer(phone, "window_until", 0)},
                .model = service_field_text(phone, "model"),
                .key_type = service_field_text(phone, "key_type"),
                .certificate = service_field_text(answer, "certificate"),
                .private_key = service_field_text(answer, "private_key"),
                .serial = service_field_text(phone, "certificate_serial"),
                .not_after = service_field_integer(phone, "certificate_not_after", 0),
        };

        if (!enrolment.phone.state)
                return PV_EMALFORMED;
        if (!enrolment.model)
                enrolment.model = "";
        if (!enrolment.key_type || !*enrolment.key_type)
                enrolment.key_type = "p256";
        if (!enrolment.certificate || !enrolment.private_key || !*enrolment.private_key)
                enrolment.certificate = enrolment.private_key = NULL;
        *ret_enrolment = enrolment;
        return 0;
}

int bootstrap_answers_authorities(sd_json_variant *answer, struct bootstrap_authorities *ret_authorities)
{
        const struct bootstrap_authorities authorities = {.root = service_field_text(answer, "root"),
                                                          .issuing = service_field_text(answer, "issuing"),
                                                          .chain = service_field_text(answer, "chain")};

        if (!authorities.root || !authorities.issuing || !authorities.chain)
                return PV_EMALFORMED;
        *ret_authorities = authorities;
        return 0;
}

int bootstrap_answers_issued(sd_json_variant *answer, const char *mac, sd_json_variant **ret_parameters)
{
        static const char *const texts[] = {"certificate", "private_key", "serial", "sha256"};

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (!service_field_text(answer, texts[i]))
                        return PV_EMALFORMED;
        if (sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac),
                           SD_JSON_BUILD_PAIR_STRING("certificate", service_field_text(answer, "certificate")),
                           SD_JSON_BUILD_PAIR_STRING("private_key", service_field_text(answer, "private_key")),
                           SD_JSON_BUILD_PAIR_STRING("serial", service_field_text(answer, "serial")),
                           SD_JSON_BUILD_PAIR_STRING("sha256", service_field_text(answer, "sha256")),
                           SD_JSON_BUILD_PAIR_INTEGER("not_before", service_field_integer(answer, "not_before", 0)),
                           SD_JSON_BUILD_PAIR_INTEGER("not_after", service_field_integer(answer, "not_after", 0))) < 0)
                return PV_ENOMEM;
        sd_json_variant_sensitive(*ret_parameters);
        return 0;
}
