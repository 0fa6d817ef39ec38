/*
 * pki_reply: how calls of io.provost.Pki end.
 *
 * In:   results of this station.
 * Out:  answers and refusals, each a sentence for a person.
 * Not:  no decision.
 */
#include "vpn/pki/pki_reply.h"

#include "appliance/base/log.h"

#define TROUBLE "io.provost.Pki.Trouble"
#define INVALID "io.provost.Pki.InvalidRequest"

int pki_reply_trouble(sd_varlink *link, const struct pki_station *station)
{
        return service_refuse(link, TROUBLE, "%s", station->trouble);
}

int pki_reply_invalid(sd_varlink *link, const char *reason)
{
        return service_refuse(link, INVALID, "%s", reason);
}

int pki_reply_failed(sd_varlink *link, const char *what, int result)
{
        log_event(LOG_LEVEL_ERROR, "issue-failed", "what", what, "error", pv_error_text(result), NULL);
        return service_refuse(link, TROUBLE, "The certificate (%s) could not be made or kept: %s; check the data partition's "
                              "space and health.", what, pv_error_text(result));
}

int pki_reply_secret(sd_varlink *link, sd_json_variant *answer, int build_result)
{
        int result = build_result;

        if (result >= 0) {
                sd_json_variant_sensitive(answer);
                result = sd_varlink_reply(link, answer);
        }
        sd_json_variant_unref(answer);
        return result;
}
