/*
 * ops_resync: a phone is told to fetch its settings, or to reboot.
 *
 * In:   a MAC.
 * Out:  what the phone answered; a line in the audit.
 * Not:  nobody waits here until it has fetched: that shows on its timeline.
 */
#include "provisioning/admin/ops_resync.h"

#include <stdlib.h>

#include "appliance/people/reply.h"

int ops_resync(struct call *call, const char *mac, bool is_reboot, sd_json_variant **ret_reply, char **ret_error)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *note = NULL, *noted = NULL;
        int r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_BOOLEAN("reboot", is_reboot));

        r = r < 0 ? PV_ENOMEM : call_station_try(call, STATION_SETTINGS, "Resync", parameters, 0, &reply, ret_error);
        if (r < 0) {
                *ret_reply = reply;
                return r;
        }
        r = sd_json_buildo(&note, SD_JSON_BUILD_PAIR_STRING("action", is_reboot ? "phone-reboot" : "phone-resync"),
                           SD_JSON_BUILD_PAIR_STRING("subject", mac), SD_JSON_BUILD_PAIR_STRING("detail", reply_text(reply, "outcome")));
        r = r < 0 ? PV_ENOMEM : call_station_try(call, STATION_STORE, "NoteAudit", note, CALL_AS_ACTOR, &noted, ret_error);
        *ret_reply = r < 0 ? noted : reply;
        sd_json_variant_unref(r < 0 ? reply : noted);
        return r;
}
