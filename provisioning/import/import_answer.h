#ifndef PROVOST_IMPORT_IMPORT_ANSWER_H
#define PROVOST_IMPORT_IMPORT_ANSWER_H

#include <systemd/sd-json.h>

#include "provisioning/import/import_result.h"

/* The result as the answer to io.provost.Import.Read; marked as sensitive, so that libsystemd wipes it. */
int import_answer_new(const struct import_result *result, sd_json_variant **ret_answer) PV_MUST_CHECK;

#endif
