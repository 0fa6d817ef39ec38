#ifndef PROVOST_SETTINGS_SETTINGS_FIRMWARE_H
#define PROVOST_SETTINGS_SETTINGS_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/http/http.h"
#include "provisioning/phone/phone_route.h"

/*
 * Firmware in the tunnel: /firmware/MAC.xml names the file the store wants this phone to run, /firmware/MAC/FILE is that
 * file. The phone was found and admitted as for its settings (settings_admit), so the MAC in the path is its own.
 */

/* Whether a request is for this module, once its phone is admitted. */
bool settings_firmware_is_asked(const struct phone_route *route);

struct settings_firmware_decision {
        unsigned status;
        const char *file;               /* borrowed from the answer; NULL: refused */
        const char *word;               /* of the event for the timeline; NULL: none */
        char reason[192];               /* of the event and the log line */
};

/* `answer`: of GetDocument. `is_get`: not HEAD, which makes no event. */
struct settings_firmware_decision settings_firmware_decide(const struct phone_route *route, sd_json_variant *answer, bool is_get);
/*
 * Ends the request as decided. The file itself is sent by the edge, from the folder settings_upload keeps
 * (X-Accel-Redirect), so ranges and slow tunnels are its business.
 */
void settings_firmware_reply(struct http_request *request, const struct phone_route *route,
                             const struct settings_firmware_decision *decision, uint32_t gateway);

#endif
