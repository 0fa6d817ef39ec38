/*
 * ops_imports: a file of phones or settings.
 *
 * In:   any bytes, base64; unread here: station import reads them.
 * Out:  what was found, what is wrong with it, and what the store made of it: all of it or nothing.
 * Not:  no judgement of what is in it; no secret of it is answered.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/people/import_offer.h"

#define REASON_SIZE 257

static const struct field import_file_fields[] = {
        FIELD(BODY, WORD, "kind", .required = true, .words = "auto phones delivery settings folder"),
        FIELD(BODY, TEXT, "name", .required = true, .min = 1, .max = 128),
        FIELD(BODY, PROSE, "content", .required = true, .min = 1, .max = 11534340),
        FIELD(BODY, FLAG, "dry_run"),
        FIELD(BODY, FLAG, "approve"),
        FIELD(BODY, FLAG, "expected"),
        FIELD(BODY, FLAG, "phones_only"),
        FIELD_REASON,
        FIELDS_END,
};

static int read_file(struct call *call, sd_json_variant **ret_read)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", call_text(call, "kind")),
                           SD_JSON_BUILD_PAIR_STRING("name", call_text(call, "name")),
                           SD_JSON_BUILD_PAIR_STRING("content", call_text(call, "content"))) < 0)
                return ops_no_memory(call);
        sd_json_variant_sensitive(parameters);
        return call_station(call, STATION_IMPORT, "Read", parameters, 0, ret_read);
}

static const char *reason_of(struct call *call, char ret[static REASON_SIZE])
{
        const char *reason = call_text(call, "reason"), *name = call_text(call, "name");
        char escaped[150];

        if (reason && *reason)
                return reason;
        (void)snprintf(ret, REASON_SIZE, "imported from %s", text_escape(escaped, sizeof escaped, name, strlen(name)));
        return ret;
}

static int keep_phones(struct call *call, sd_json_variant *read, const struct import_offer *offer, sd_json_variant **ret_stored)
{
        sd_json_variant *parameters = NULL;

        if (import_offer_phones(read, offer, &parameters) < 0)
                return ops_no_memory(call);
        return call_station(call, STATION_STORE, "ImportPhones", parameters, CALL_AS_ACTOR, ret_stored);
}

static int add_number(sd_json_variant **answer, const char *name, sd_json_variant *object)
{
        return sd_json_variant_set_field_integer(answer, name, reply_number(object, name));
}

static int add_member(sd_json_variant **answer, const char *name, sd_json_variant *object)
{
        sd_json_variant *v = object ? sd_json_variant_by_key(object, name) : NULL, *none = NULL;
        int r = 0;

        if (!v)
                r = sd_json_variant_new_array(&none, NULL, 0);
        if (r >= 0)
                r = sd_json_variant_set_field(answer, name, v ? v : none);
        sd_json_variant_unref(none);
        return r;
}

/* Null when no shared settings came along. */
static int add_optional(sd_json_variant **answer, const char *name, sd_json_variant *object)
{
        return sd_json_variant_set_field(answer, name, object ? sd_json_variant_by_key(object, name) : NULL);
}

static int build(sd_json_variant *read, sd_json_variant *stored, bool is_kept, sd_json_variant **ret_answer)
{
        static const char *const numbers[] = {"added", "changed", "unchanged", "approved"};
        int r = sd_json_buildo(ret_answer, SD_JSON_BUILD_PAIR_STRING("found", reply_text(read, "found")),
                               SD_JSON_BUILD_PAIR_UNSIGNED("n_phones", reply_items(read, "phones")),
                               SD_JSON_BUILD_PAIR_UNSIGNED("n_settings", reply_items(read, "settings")),
                               SD_JSON_BUILD_PAIR_UNSIGNED("n_shared", reply_items(read, "shared")),
                               SD_JSON_BUILD_PAIR_VARIANT("read_problems", sd_json_variant_by_key(read, "problems")),
                               SD_JSON_BUILD_PAIR_BOOLEAN("kept", is_kept));

        for (size_t i = 0; r >= 0 && i < sizeof numbers / sizeof *numbers; i++)
                r = add_number(ret_answer, numbers[i], stored);
        if (r >= 0)
                r = add_member(ret_answer, "problems", stored);
        if (r >= 0)
                r = add_member(ret_answer, "findings", stored);
        if (r >= 0)
                r = add_optional(ret_answer, "revision", stored);
        return r < 0 ? r : add_optional(ret_answer, "shared_phones", stored);
}

static void import_file(struct call *call)
{
        char reason[REASON_SIZE];
        const struct import_offer offer = {.approve = call_flag(call, "approve"), .is_dry = call_flag(call, "dry_run"),
                                           .is_expected = call_flag(call, "expected") || text_equal(call_text(call, "kind"), "delivery"),
                                           .with_shared = !call_flag(call, "phones_only"), .reason = reason_of(call, reason)};
        sd_json_variant *read = NULL, *stored = NULL, *answer = NULL;
        bool is_sound;

        if (offer.approve && offer.is_expected) {
                call_refuse(call, 422, "invalid", "approve", "Phones of a delivery are expected; they come in by themselves and are not approved here.");
                return;
        }
        if (read_file(call, &read) < 0)
                return;
        is_sound = import_offer_errors(read) == 0 && import_offer_has_any(read, &offer);
        if (is_sound && keep_phones(call, read, &offer, &stored) < 0)
                goto out;
        if (build(read, stored, is_sound && !offer.is_dry && !reply_items(stored, "problems"), &answer) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
out:
        sd_json_variant_unref(answer);
        sd_json_variant_unref(stored);
        sd_json_variant_unref(read);
}

const struct operation ops_imports_operations[] = {
        {"POST", "/imports", "importFile", ROLE_ADMIN, OPERATION_LARGE, import_file_fields, import_file},
        OPERATIONS_END,
};
