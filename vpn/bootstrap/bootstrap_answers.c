/*
 * bootstrap_answers: answers of store and pki.
 *
 * In:   JSON that libsystemd has parsed, from stations of ours.
 * Out:  plain structs that borrow its texts.
 * Not:  no calls.
 */
#include "vpn/bootstrap/bootstrap_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

int bootstrap_answers_enrolment(sd_json_variant *answer, struct bootstrap_enrolment *ret_enrolment)
{
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone");
        struct bootstrap_enrolment enrolment = {
                .phone = {.known = true, .state = service_field_text(phone, "state"),
                          .window_until = service_field_integer(phone, "window_until", 0),
                          .is_legacy = text_equal(service_field_text(phone, "vpn_class"), "legacy"),
                          .tunnel_address = service_field_text(phone, "tunnel_address")},
                .mac = service_field_text(phone, "mac"),
                .model = service_field_text(phone, "model"),
                .key_type = service_field_text(phone, "key_type"),
                .certificate = service_field_text(answer, "certificate"),
                .private_key = service_field_text(answer, "private_key"),
                .serial = service_field_text(phone, "certificate_serial"),
                .not_after = service_field_integer(phone, "certificate_not_after", 0),
                .next_serial = service_field_text(phone, "next_serial"),
                .next_not_after = service_field_integer(phone, "next_not_after", 0),
                .is_expected = service_field_is_true(phone, "expected"),
        };

        if (!enrolment.phone.state)
                return PV_EMALFORMED;
        if (!enrolment.mac)
                enrolment.mac = "";
        if (!enrolment.model)
                enrolment.model = "";
        if (!enrolment.key_type || !*enrolment.key_type)
                enrolment.key_type = "p256";
        if (!enrolment.certificate || !enrolment.private_key || !*enrolment.private_key)
                enrolment.certificate = enrolment.private_key = NULL;
        enrolment.is_chained = enrolment.certificate && strstr(enrolment.certificate + 1, "-----BEGIN ");
        *ret_enrolment = enrolment;
        return 0;
}

int bootstrap_answers_authorities(sd_json_variant *answer, struct bootstrap_authorities *ret_authorities)
{
        const struct bootstrap_authorities authorities = {.root = service_field_text(answer, "root"),
                                                          .issuing = service_field_text(answer, "issuing"),
                                                          .chain = service_field_text(answer, "chain"),
                                                          .roots = service_field_text(answer, "roots"),
                                                          .legacy = service_field_text(answer, "legacy"),
                                                          .generation = service_field_integer(answer, "generation", 1)};

        if (!authorities.root || !authorities.issuing || !authorities.chain)
                return PV_EMALFORMED;
        *ret_authorities = authorities;
        if (!authorities.roots)
                ret_authorities->roots = authorities.root;
        return 0;
}

int bootstrap_answers_issue_parameters(const char *mac, const char *key_type, bool is_legacy, sd_json_variant **ret_parameters)
{
        int r = sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("common_name", mac), SD_JSON_BUILD_PAIR_STRING("key_type", key_type),
                               SD_JSON_BUILD_PAIR_CONDITION(is_legacy, "authority", SD_JSON_BUILD_STRING("legacy")));

        return r < 0 ? PV_ENOMEM : 0;
}

static int build(sd_json_variant *answer, const struct bootstrap_issue *issue, const char *certificate, sd_json_variant **ret)
{
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", issue->mac), SD_JSON_BUILD_PAIR_STRING("certificate", certificate),
                              SD_JSON_BUILD_PAIR_STRING("private_key", service_field_text(answer, "private_key")),
                              SD_JSON_BUILD_PAIR_STRING("serial", service_field_text(answer, "serial")),
                              SD_JSON_BUILD_PAIR_STRING("sha256", service_field_text(answer, "sha256")),
                              SD_JSON_BUILD_PAIR_INTEGER("not_before", service_field_integer(answer, "not_before", 0)),
                              SD_JSON_BUILD_PAIR_INTEGER("not_after", service_field_integer(answer, "not_after", 0)),
                              SD_JSON_BUILD_PAIR_INTEGER("generation", service_field_integer(answer, "generation", 1)),
                              SD_JSON_BUILD_PAIR_BOOLEAN("next", issue->next),
                              SD_JSON_BUILD_PAIR_STRING("authority", issue->is_legacy ? "legacy" : "modern"));
}

int bootstrap_answers_issued(sd_json_variant *answer, const struct bootstrap_issue *issue, sd_json_variant **ret_parameters)
{
        static const char *const texts[] = {"certificate", "private_key", "serial", "sha256"};
        char *certificate = NULL;
        int r;

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (!service_field_text(answer, texts[i]))
                        return PV_EMALFORMED;
        if (asprintf(&certificate, "%s%s", service_field_text(answer, "certificate"), issue->is_legacy ? "" : issue->issuing) < 0)
                return PV_ENOMEM;
        r = build(answer, issue, certificate, ret_parameters);
        free(certificate);
        if (r < 0)
                return PV_ENOMEM;
        sd_json_variant_sensitive(*ret_parameters);
        return 0;
}
