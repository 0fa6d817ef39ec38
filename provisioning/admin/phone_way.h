#ifndef PROVOST_ADMIN_PHONE_WAY_H
#define PROVOST_ADMIN_PHONE_WAY_H

#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * The first missing step of a phone as JSON {step, sentence, do}, or NULL when nothing is missing. evidence, timeline and site: what
 * GetEvidence, Timeline and GetSite answered. PV_ENOMEM.
 */
int phone_way_missing(sd_json_variant *evidence, sd_json_variant *timeline, sd_json_variant *site, sd_json_variant **ret_missing) PV_MUST_CHECK;

#endif
