#ifndef PROVOST_UPDATE_UPDATE_INTAKE_H
#define PROVOST_UPDATE_UPDATE_INTAKE_H

#include "appliance/update/update.h"

/*
 * A bundle on its way in: from a browser in pieces, from a stick, from a web server; then through the checker. What was found good lies in
 * /data/update/ready with its manifest.
 */
int intake_new(struct update *update, struct intake **ret) PV_MUST_CHECK;
void intake_free(struct intake *intake);
/* An upload has begun and was not ended. */
bool intake_is_open(const struct update *update);

/* Methods; each returns what a handler returns. */
int intake_begin(struct update *update, sd_varlink *link, int64_t size, const char *sha256);
int intake_append(struct update *update, sd_varlink *link, const char *id, int64_t offset, sd_json_variant *data);
int intake_finish(struct update *update, sd_varlink *link, const char *id);
int intake_download(struct update *update, sd_varlink *link, const char *url);
int intake_from_stick(struct update *update, sd_varlink *link, const char *device, const char *name);
int intake_discard(struct update *update, sd_varlink *link);
/* Removes the bundle that waits, without a word. */
void intake_forget(struct update *update);

#endif
