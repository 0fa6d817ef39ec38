#ifndef PROVOST_IMPORT_IMPORT_DELIVERY_H
#define PROVOST_IMPORT_IMPORT_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"
#include "provisioning/import/import_result.h"

/*
 * A delivery note: MAC addresses as makers and resellers send them (delivery_word.h), a model and a name where they are said.
 * With headings in German or English, after any lines of a letter, or without: then the column is the one that holds MAC
 * addresses. One cell may hold several. Lines that name no phone are told as left out; an address that is broken is an error.
 */
int import_delivery_read(struct import_result *result, const char *file, const char *text, size_t size) PV_MUST_CHECK;
/* Among the first lines there is one with such headings, or with a cell that is a MAC address and nothing else. */
bool import_delivery_is(const char *text, size_t size);

#endif
