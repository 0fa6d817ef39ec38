#ifndef PROVOST_DOCUMENT_SETTINGS_DOCUMENT_H
#define PROVOST_DOCUMENT_SETTINGS_DOCUMENT_H

#include <stddef.h>

#include "appliance/base/error.h"

/*
 * A document of settings as Snom phones read it (snom.md 3.3):
 *
 *     <settings>
 *       <certificates><certificate type="base64">...</certificate></certificates>
 *       <phone-settings e="2"><NAME idx="1" perm="R">value</NAME>...</phone-settings>
 *       <functionKeys e="2"><fkey idx="0" context="active" label="" perm="">value</fkey>...</functionKeys>
 *     </settings>
 *
 * Certificates come first: a phone may use one from its line on. Settings keep the order given.
 */
#define SETTINGS_DOCUMENT_NO_INDEX (-1)

struct settings_document_setting {
        const char *name;               /* an XML name of letters, digits, '_', '-', '.'; "fkey" becomes a function key */
        int index;                      /* identity or key number; SETTINGS_DOCUMENT_NO_INDEX: none */
        const char *value;
        const char *permission;         /* "R", "RW", "!", "" ...; NULL: no attribute */
};

struct settings_document {
        const char *const *certificates;        /* PEM, one certificate each */
        size_t n_certificates;
        const struct settings_document_setting *settings;
        size_t n_settings;
};

/* Which setting, or which certificate, cannot be written and why: a sentence without its value. */
struct settings_document_problem {
        char reason[320];
};

/*
 * The document as bytes (UTF-8, ended by a NUL that is not counted); free with settings_document_free().
 * PV_EREFUSED with *ret_problem filled: a name, permission or value that XML or the phone cannot carry.
 * No settings and no certificates at all: "<settings/>", a sound document that says nothing.
 */
int settings_document_write(const struct settings_document *document, char **ret_bytes, size_t *ret_size,
                            struct settings_document_problem *ret_problem) PV_MUST_CHECK;
/* Wiped before it is freed: documents carry passwords. NULL is fine. */
void settings_document_free(char *bytes, size_t size);

#endif
