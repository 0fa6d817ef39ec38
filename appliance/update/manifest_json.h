#ifndef PROVOST_UPDATE_MANIFEST_JSON_H
#define PROVOST_UPDATE_MANIFEST_JSON_H

#include <systemd/sd-json.h>

#include "appliance/update/bundle_manifest.h"

/* The manifest in the form it has in a bundle, so that bundle_manifest_parse() reads it again. */
int manifest_json_build(const struct bundle_manifest *manifest, sd_json_variant **ret) PV_MUST_CHECK;

#endif
