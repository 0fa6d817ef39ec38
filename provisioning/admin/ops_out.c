/*
 * ops_out: a phone is put out, with a receipt.
 *
 * In:   a MAC; what store and session say was done.
 * Out:  a receipt: each step with its time and how it was tried, answered and kept in the store.
 * Not:  no rights are taken here: that is one transaction of the store's, and stands whatever comes of the trials.
 */
#include "provisioning/admin/ops_out.h"

#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/people/receipt.h"
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

static const struct field revoke_phone_fields[] = {
        FIELD_PATH_MAC,
        FIELD(BODY, FLAG, "stolen"),
        FIELD_REASON,
        FIELDS_END,
};

static const struct field delete_phone_fields[] = {
        FIELD_PATH_MAC,
        FIELD(QUERY, TEXT, "reason", .max = 256),
        FIELDS_END,
};

/* Sentences of the console's and the page's receipts differ in what a person does again. */
#define AGAIN "\"Revoke\" on the phone's page"
#define RESTART "\"Restart\" on the page System"

struct out {
        struct call *call;
        const char *mac;
        sd_json_variant *reply;         /* of RevokePhone: phone and todo */
        struct receipt receipt;
        char *error;                    /* of the store, when it refused: with its fields in error_reply */
        sd_json_variant *error_reply;
};

static void out_done(struct out *out)
{
        receipt_done(&out->receipt);
        sd_json_variant_unref(out->reply);
        sd_json_variant_unref(out->error_reply);
        free(out->error);
}

static int call_quietly(void *userdata, const char *station, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
                        sd_json_variant **ret_reply, char **ret_reason)
{
        static const char prefix[] = "io.provost.Session.";
        struct call *call = userdata;
        sd_json_variant *reply = NULL;
        char *error = NULL;

        (void)deadline_ms;
        if (!text_equal(station, "session") || !text_starts(method, prefix)) {
                sd_json_variant_unref(parameters);
                return PV_EREFUSED;
        }
        if (call_station_try(call, STATION_SESSION, method + sizeof prefix - 1, parameters, 0, &reply, &error) >= 0) {
                *ret_reply = reply;
                return 0;
        }
        *ret_reason = strdup(*reply_text(reply, "reason") ? reply_text(reply, "reason") : "it does not answer.");
        sd_json_variant_unref(reply);
        free(error);
        return PV_EREFUSED;
}

/* One call of the store for this phone; what it refuses stays in `out`. */
static int ask_store(struct out *out, const char *method, sd_json_variant *parameters, sd_json_variant **ret_reply)
{
        sd_json_variant *reply = NULL;

        if (call_station_try(out->call, STATION_STORE, method, parameters, CALL_AS_ACTOR, &reply, &out->error) < 0) {
                out->error_reply = reply;
                return PV_EREFUSED;
        }
        *ret_reply = reply;
        return 0;
}

/* Rights first, then the trials. */
static int revoke(struct out *out, bool is_stolen, const char *reason)
{
        const struct receipt_maker maker = {.call = call_quietly, .userdata = out->call, .again = AGAIN, .restart = RESTART};
        sd_json_variant *parameters = NULL, *tunnel = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", out->mac), SD_JSON_BUILD_PAIR_BOOLEAN("stolen", is_stolen),
                           SD_JSON_BUILD_PAIR_CONDITION(!!reason, "reason", SD_JSON_BUILD_STRING(reason))) < 0)
                return PV_ENOMEM;
        r = ask_store(out, "RevokePhone", parameters, &out->reply);
        if (r < 0)
                return r;
        receipt_revoked(&out->receipt, sd_json_variant_by_key(out->reply, "phone"));
        receipt_try(&out->receipt, &maker, sd_json_variant_by_key(out->reply, "phone"), &tunnel);
        sd_json_variant_unref(tunnel);
        return 0;
}

/* Keeps the receipt; what is answered is what is kept. */
static int keep(struct out *out, const char *cause, sd_json_variant **ret_receipt)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *todo = sd_json_variant_by_key(out->reply, "todo");
        int r = receipt_parameters(&out->receipt, out->mac, cause, todo, &parameters);

        if (r == 0)
                r = ask_store(out, "KeepReceipt", parameters, &reply);
        if (r == 0 && sd_json_buildo(ret_receipt, SD_JSON_BUILD_PAIR_INTEGER("id", reply_number(reply, "id")),
                                     SD_JSON_BUILD_PAIR_STRING("mac", out->mac), SD_JSON_BUILD_PAIR_INTEGER("at", clock_wall_s()),
                                     SD_JSON_BUILD_PAIR_STRING("actor", call_actor(out->call)), SD_JSON_BUILD_PAIR_STRING("cause", cause),
                                     SD_JSON_BUILD_PAIR_VARIANT("lines", out->receipt.lines), SD_JSON_BUILD_PAIR_VARIANT("todo", todo)) < 0)
                r = PV_ENOMEM;
        sd_json_variant_unref(reply);
        return r;
}

/* Revoked first, whatever it was: so it is out even when the appliance stops in the middle. */
static int remove_rows(struct out *out)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", out->mac)) < 0 ? PV_ENOMEM : 0;

        if (r == 0)
                r = ask_store(out, "DeletePhone", parameters, &reply);
        sd_json_variant_unref(reply);
        if (r == 0)
                receipt_add(&out->receipt, 0, "deleted", true, "Every row of it is deleted; this receipt and the audit stay.");
        else
                receipt_add(&out->receipt, 0, "deleted", false, "Its rows are NOT deleted: delete it again.");
        return r;
}

static int put_out(struct out *out, enum ops_out_way way, const char *reason, sd_json_variant **ret_receipt)
{
        int r = revoke(out, way == OPS_OUT_STOLEN, reason), s;

        if (r < 0)
                return r;
        if (way != OPS_OUT_DELETED)
                return keep(out, way == OPS_OUT_STOLEN ? "stolen" : "revoked", ret_receipt);
        r = remove_rows(out);
        if (r == 0)
                return keep(out, "deleted", ret_receipt);
        free(out->error);
        out->error = NULL;
        out->error_reply = sd_json_variant_unref(out->error_reply);
        s = keep(out, "revoked", ret_receipt);
        return s < 0 ? s : 0;
}

int ops_out(struct call *call, const char *mac, enum ops_out_way way, const char *reason, sd_json_variant **ret_receipt, size_t *ret_open, char **ret_error,
            sd_json_variant **ret_error_reply)
{
        struct out out = {.call = call, .mac = mac};
        int r = put_out(&out, way, reason, ret_receipt);

        *ret_open = out.receipt.n_open;
        if (r < 0) {
                *ret_error = out.error;
                *ret_error_reply = out.error_reply;
                out.error = NULL;
                out.error_reply = NULL;
        }
        out_done(&out);
        return r;
}

/* --- of one phone ---------------------------------------------------------------------- */

static int put_out_one(struct call *call, enum ops_out_way way, sd_json_variant **ret_receipt)
{
        sd_json_variant *error_reply = NULL;
        char *error = NULL;
        size_t n_open;
        int r = ops_out(call, call_text(call, "mac"), way, call_text(call, "reason"), ret_receipt, &n_open, &error, &error_reply);

        if (r == PV_ENOMEM && !error)
                (void)ops_no_memory(call);
        else if (r < 0)
                call_refuse_error(call, error, error_reply);
        free(error);
        sd_json_variant_unref(error_reply);
        return r;
}

static void revoke_phone(struct call *call)
{
        sd_json_variant *receipt = NULL;

        if (put_out_one(call, call_flag(call, "stolen") ? OPS_OUT_STOLEN : OPS_OUT_REVOKED, &receipt) < 0)
                return;
        call_reply(call, 200, receipt);
        sd_json_variant_unref(receipt);
}

static void delete_phone(struct call *call)
{
        sd_json_variant *phone = NULL, *receipt = NULL, *answer = NULL;
        int64_t version = 0, read = call_match(call);

        if (ops_phone(call, &phone, &version) < 0)
                return;
        if (read >= 0 && read != version)
                call_refuse_stale(call, phone, version);
        else if (put_out_one(call, OPS_OUT_DELETED, &receipt) < 0)
                ;
        else if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("receipt", receipt)) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(receipt);
        sd_json_variant_unref(phone);
}

const struct operation ops_out_operations[] = {
        {"POST", "/phones/{mac}/revoke", "revokePhone", ROLE_ADMIN, 0, revoke_phone_fields, revoke_phone},
        {"DELETE", "/phones/{mac}", "deletePhone", ROLE_ADMIN, OPERATION_FRESH | OPERATION_MATCH, delete_phone_fields, delete_phone},
        OPERATIONS_END,
};
