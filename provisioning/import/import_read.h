#ifndef PROVOST_IMPORT_IMPORT_READ_H
#define PROVOST_IMPORT_IMPORT_READ_H

#include "provisioning/import/import_result.h"

#define IMPORT_READ_MAX (8U << 20)      /* bytes of a file */

/*
 * Reads a file of elsewhere. kind: "phones", "settings", "folder" or "auto"; name: for messages.
 * PV_ETOOLARGE: the file; PV_EREFUSED: kind is none of these, or "auto" finds nothing it knows, *ret_reason says what
 * (static); PV_ENOMEM. Otherwise 0, and what is wrong inside is among the problems.
 */
int import_read(const char *kind, const char *name, const void *bytes, size_t size, struct import_result *result, const char **ret_reason) PV_MUST_CHECK;

#endif
