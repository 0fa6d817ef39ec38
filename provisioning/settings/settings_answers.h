#ifndef PROVOST_SETTINGS_ANSWERS_H
#define PROVOST_SETTINGS_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "provisioning/document/settings_document.h"

/* What the store answers, as plain data. Texts are borrowed from the answer. */
struct settings_answers_document {
        const char *mac, *state, *model, *extension;
        const char *bundle_serial;      /* of the bundle it shall fetch through its tunnel; NULL: none */
        const char *authorities;        /* PEM of the roots it should trust now; NULL: it has the one there is */
        int64_t revision;
        const char *held;               /* why these are not the newest settings but the last good ones; NULL: they are the newest */
        struct settings_document_setting *settings;
        size_t n_settings;
        struct settings_document_attribute *attributes;         /* of all settings */
};

/* io.provost.Store.GetDocument; end with _done(). PV_EMALFORMED: the answer lacks something the contract promises. */
int settings_answers_document(sd_json_variant *answer, struct settings_answers_document *ret_document) PV_MUST_CHECK;
void settings_answers_document_done(struct settings_answers_document *document);
/* io.provost.Store.GetSite: our address in the tunnel network of who asks. PV_EUNSET: the site is not complete. */
int settings_answers_gateway(sd_json_variant *answer, const char *asking_address, uint32_t *ret_address) PV_MUST_CHECK;

#endif
