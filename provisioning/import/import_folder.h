#ifndef PROVOST_IMPORT_IMPORT_FOLDER_H
#define PROVOST_IMPORT_IMPORT_FOLDER_H

#include "provisioning/import/import_result.h"

/*
 * A tar of a provisioning folder: files named by a MAC become phones, files named by a model settings of that model, others
 * settings of all (docs/import.md). Negative only when a bound was reached or memory ran out.
 */
int import_folder_read(struct import_result *result, const char *file, const void *bytes, size_t size) PV_MUST_CHECK;

#endif
