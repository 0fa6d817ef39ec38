#ifndef PROVOST_PHONE_PHONE_FIRMWARE_H
#define PROVOST_PHONE_PHONE_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/* Firmware files as phones see them: their names, and the document that firmware_status leads to (snom.md 3.7). */

#define PHONE_FIRMWARE_FILE_SIZE 97
#define PHONE_FIRMWARE_DOCUMENT_SIZE 320

/*
 * May a file have this name? Letters, digits, '.', '_' and '-', at most 96, with a letter or digit first; no "..",
 * and not .xml or .htm, which are documents. So it is a name in a folder, in a URL and in XML without any escape.
 */
bool phone_firmware_is_file(const char *name);

/*
 * The document for one phone: the file is at https://HOST:PORT/firmware/MAC/FILE. `host` and `port`: ours on the listener that was
 * asked, host order; port 443 is not written. `file`: of this rule. PV_EREFUSED: it is not.
 */
int phone_firmware_document(uint32_t host, uint16_t port, const struct mac *mac, const char *file,
                            char ret_document[static PHONE_FIRMWARE_DOCUMENT_SIZE], size_t *ret_size) PV_MUST_CHECK;

#endif
