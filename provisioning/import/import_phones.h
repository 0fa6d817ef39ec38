#ifndef PROVOST_IMPORT_IMPORT_PHONES_H
#define PROVOST_IMPORT_IMPORT_PHONES_H

#include "provisioning/import/import_result.h"

/* A table of phones: a header line that names the columns, a phone a line (docs/import.md). */

/* Whether the first line names a column of MAC addresses. */
bool import_phones_is(const char *text, size_t size);
/* Whether it also names what no delivery note says: extensions, passwords, profiles, settings. */
bool import_phones_says_more(const char *text, size_t size);
/* Phones and problems go to the result. Negative only when a bound was reached or memory ran out. */
int import_phones_read(struct import_result *result, const char *file, const char *text, size_t size) PV_MUST_CHECK;

#endif
