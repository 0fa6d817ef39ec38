#ifndef PROVOST_PEOPLE_IMPORT_OFFER_H
#define PROVOST_PEOPLE_IMPORT_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/* What station import read from a file (the answer to Read), as the store takes it: all of it in one call, or nothing. */
struct import_offer {
        bool approve, is_dry;
        bool is_expected;               /* a delivery note: the phones are listed, and nothing more */
        bool with_shared;               /* settings of a folder that are no phone's go where the site or the model has its settings */
        const char *reason;             /* of that revision */
};

/* Problems of Read because of which nothing of the file can be used. */
size_t import_offer_errors(sd_json_variant *read);
/* Whether there is anything in it for ImportPhones. */
bool import_offer_has_any(sd_json_variant *read, const struct import_offer *offer);
bool import_offer_has_shared(sd_json_variant *read, const struct import_offer *offer);
/* The parameters of ImportPhones, marked as sensitive. PV_ENOMEM. */
int import_offer_phones(sd_json_variant *read, const struct import_offer *offer, sd_json_variant **ret_parameters) PV_MUST_CHECK;
/* The settings of a settings file as SetSettings takes them. */
int import_offer_settings(sd_json_variant *read, sd_json_variant **ret_settings) PV_MUST_CHECK;

#endif
