/*
 * ops_piece: calls of stations that know no people, and files that come in parts.
 *
 * In:   checked fields; base64 of a part.
 * Out:  the station's answer; "it begins".
 * Not:  no part is kept or decoded here.
 */
#include "provisioning/admin/ops_piece.h"

#include "provisioning/admin/ops.h"

int ops_tell(struct call *call, const struct field *fields, enum station station, const char *method, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ops_parameters(call, fields, &parameters);

        if (r >= 0)
                r = call_station(call, station, method, parameters, 0, &reply);
        if (r < 0)
                return r;
        if (ret_reply)
                *ret_reply = reply;
        else
                sd_json_variant_unref(reply);
        return 0;
}

/* "content" of the API is "data" there. */
void ops_piece_append(struct call *call, const struct field *fields, enum station station)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (ops_parameters(call, fields, &parameters) < 0 || ops_without(call, &parameters, "content") < 0 ||
            ops_add_text(call, &parameters, "data", call_text(call, "content")) < 0 ||
            call_station(call, station, "AppendUpload", parameters, 0, &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

void ops_accept(struct call *call)
{
        sd_json_variant *nothing = NULL;

        if (sd_json_variant_new_object(&nothing, NULL, 0) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 202, nothing);
        sd_json_variant_unref(nothing);
}

void ops_begins(struct call *call, const char *action, const char *subject, const char *detail)
{
        if (ops_note(call, action, subject, detail) >= 0)
                ops_accept(call);
}
