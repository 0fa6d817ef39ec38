/*
 * ops_authority: what will end; the certificate authority, its rollover, and the page's own certificate.
 *
 * In:   a step; a certificate with its key.
 * Out:  pki's answers, with the store's count of phones beside them.
 * Not:  no certificate is judged or made here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include "appliance/base/text.h"

static const struct field list_ends_fields[] = {
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field step_rollover_fields[] = {
        FIELD(BODY, WORD, "step", .required = true, .words = "start switch finish back"),
        FIELD(BODY, INTEGER, "lose", .max = 100000),
        FIELDS_END,
};

static const struct field set_certificate_fields[] = {
        FIELD(BODY, PROSE, "certificate", .required = true, .min = 1, .max = 65536),
        FIELD(BODY, PROSE, "private_key", .required = true, .min = 1, .max = 16384),
        FIELDS_END,
};

static void list_ends(struct call *call)
{
        ops_read(call, list_ends_fields, STATION_STORE, "ListEnds", NULL);
}

static void get_ca(struct call *call)
{
        sd_json_variant *reply = NULL, *answer = NULL;

        if (call_station(call, STATION_PKI, "GetAuthorities", NULL, 0, &reply) < 0)
                return;
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("root", reply_text(reply, "root")),
                           SD_JSON_BUILD_PAIR_INTEGER("generation", reply_number(reply, "generation")),
                           SD_JSON_BUILD_PAIR_STRING("sha256", reply_text(reply, "root_sha256"))) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(reply);
}

/* --- the rollover ---------------------------------------------------------------------- */

/* Its state, and the meter: how many phones hold the newest generation. */
static int load_rollover(struct call *call, sd_json_variant **ret_answer)
{
        static const char *const members[] = {"holding", "total", "lost"};
        sd_json_variant *reply = NULL, *parameters = NULL, *counted = NULL, *answer = NULL, *rollover;
        int r = call_station(call, STATION_PKI, "GetRollover", NULL, 0, &reply);

        if (r < 0)
                return r;
        rollover = sd_json_variant_by_key(reply, "rollover");
        r = ops_add_integer(call, &parameters, "generation", reply_number(rollover, "generation"));
        if (r >= 0)
                r = call_station(call, STATION_STORE, "CountGenerations", parameters, 0, &counted);
        if (r >= 0) {
                answer = sd_json_variant_ref(rollover);
                for (size_t i = 0; r >= 0 && i < sizeof members / sizeof *members; i++)
                        r = sd_json_variant_set_field(&answer, members[i], sd_json_variant_by_key(counted, members[i]));
                if (r < 0)
                        r = ops_no_memory(call);
        }
        if (r >= 0)
                *ret_answer = sd_json_variant_ref(answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(counted);
        sd_json_variant_unref(reply);
        return r < 0 ? PV_EREFUSED : 0;
}

static void get_rollover(struct call *call)
{
        sd_json_variant *answer = NULL;

        if (load_rollover(call, &answer) < 0)
                return;
        call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

/* switch and finish take the way to us from phones that hold only the former generation. */
static bool may_lose(struct call *call, const char *step, sd_json_variant *rollover)
{
        int64_t n = reply_number(rollover, "total") - reply_number(rollover, "holding"), may = call_integer(call, "lose", 0);

        if (n <= may || (!text_equal(step, "switch") && !text_equal(step, "finish")))
                return true;
        call_refuse(call, 409, "would-lose", "lose",
                    "Not done: %lld %s would lose the way to us by \"%s\". Each gets the new CA when it is in its tunnel: switch it on, or revoke it; or say "
                    "that so many may be lost: a lost phone comes back only on the phone LAN, with its factory certificate or a window.",
                    (long long)n, n == 1 ? "phone" : "phones", step);
        return false;
}

static void step_rollover(struct call *call)
{
        const char *step = call_text(call, "step");
        sd_json_variant *before = NULL, *parameters = NULL, *reply = NULL;

        if (load_rollover(call, &before) < 0)
                return;
        if (may_lose(call, step, before) && ops_add_text(call, &parameters, "step", step) >= 0 &&
            call_station(call, STATION_PKI, "StepRollover", parameters, 0, &reply) >= 0 && ops_note(call, "ca-rollover", "", step) >= 0)
                get_rollover(call);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(before);
}

/* --- the page's own certificate ------------------------------------------------------------ */

static void get_certificate(struct call *call)
{
        ops_read(call, NULL, STATION_PKI, "GetPageCertificate", "certificate");
}

static void change_certificate(struct call *call, const char *method, sd_json_variant *parameters, const char *action)
{
        sd_json_variant *reply = NULL;

        if (call_station(call, STATION_PKI, method, parameters, 0, &reply) < 0)
                return;
        if (ops_note(call, action, "page", reply_text(sd_json_variant_by_key(reply, "certificate"), "sha256")) >= 0)
                call_reply(call, 200, sd_json_variant_by_key(reply, "certificate"));
        sd_json_variant_unref(reply);
}

static void set_certificate(struct call *call)
{
        sd_json_variant *parameters = NULL;

        if (ops_parameters(call, set_certificate_fields, &parameters) >= 0)
                change_certificate(call, "SetPageCertificate", parameters, "certificate-set");
}

static void remove_certificate(struct call *call)
{
        change_certificate(call, "RemovePageCertificate", NULL, "certificate-removed");
}

const struct operation ops_authority_operations[] = {
        {"GET", "/ends", "listEnds", ROLE_READER, 0, list_ends_fields, list_ends},
        {"GET", "/rollover", "getRollover", ROLE_READER, 0, NULL, get_rollover},
        {"POST", "/rollover", "stepRollover", ROLE_OWNER, OPERATION_SESSION | OPERATION_FRESH, step_rollover_fields, step_rollover},
        {"GET", "/ca", "getCa", ROLE_READER, 0, NULL, get_ca},
        {"GET", "/certificate", "getCertificate", ROLE_READER, 0, NULL, get_certificate},
        {"PUT", "/certificate", "setCertificate", ROLE_OWNER, OPERATION_SESSION | OPERATION_FRESH, set_certificate_fields, set_certificate},
        {"DELETE", "/certificate", "removeCertificate", ROLE_OWNER, OPERATION_SESSION | OPERATION_FRESH, NULL, remove_certificate},
        OPERATIONS_END,
};
