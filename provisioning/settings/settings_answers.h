#ifndef PROVOST_SETTINGS_ANSWERS_H
#define PROVOST_SETTINGS_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "provisioning/document/settings_document.h"

/* What the store answers, as plain data. Texts are borrowed from the answer. */
struct settings_answers_phone {
        const char *mac, *state, *model, *extension;
        int64_t revision;
};

/* io.provost.Store.GetDocument. *ret_settings: free() it. PV_EMALFORMED: the answer lacks something the contract promises. */
int settings_answers_document(sd_json_variant *answer, struct settings_answers_phone *ret_phone,
                              struct settings_document_setting **ret_settings, size_t *ret_n) PV_MUST_CHECK;
/* io.provost.Store.GetSite: our address in the tunnel. PV_EUNSET: the site is not complete. */
int settings_answers_gateway(sd_json_variant *answer, uint32_t *ret_address) PV_MUST_CHECK;

#endif
