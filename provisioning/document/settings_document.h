#ifndef PROVOST_DOCUMENT_SETTINGS_DOCUMENT_H
#define PROVOST_DOCUMENT_SETTINGS_DOCUMENT_H

#include <stddef.h>

#include "appliance/base/error.h"

/*
 * A document of settings as Snom phones read it (snom.md 3.3, docs/settings.md):
 *
 *     <settings>
 *      <certificates><certificate type="base64">...</certificate></certificates>
 *      <phone-settings e="2"><NAME idx="1" perm="R">value</NAME>...</phone-settings>
 *      <functionKeys e="2"><fkey idx="0" context="active" label="" perm="">value</fkey>...</functionKeys>
 *      <tbook e="2"><item context="active" type="none" index="0"><name>..</name><number>value</number></item>...</tbook>
 *      <dialplan e="2"><TEMPLATE MATCH="value" Timeout="1" User="Phone"/>...</dialplan>
 *      <ReplacementPlan>value...</ReplacementPlan>
 *      <uploads><file url="value" type="..."/>...</uploads>
 *     </settings>
 *
 * Certificates come first: a phone may use one from its line on. Plain settings keep the order given; the settings that
 * become another part (fkey tbook dialplan replacement certificate upload) are in the order of their indexes.
 */
#define SETTINGS_DOCUMENT_NO_INDEX (-1)
#define SETTINGS_DOCUMENT_VALUE_MAX 65536
#define SETTINGS_DOCUMENT_MAX (8U << 20)        /* bytes of a whole document */

struct settings_document_attribute { const char *name, *value; };

/*
 * What the attributes of the parts are (their order does not matter):
 * fkey: context ("active" when not given), label, short_label, icon_type, reg_label_mode, lp, ...: attributes of the key.
 * tbook: context ("active"), type ("none"), fav: attributes of the entry; name, first_name, number_type, ...: what it holds.
 *        Without an index the value "complete" says that entries not listed here are to be forgotten.
 * dialplan: Timeout, User, Rewrite. upload: type (needed). certificate: none.
 * Others (action="remove"): attributes of the setting itself. idx, perm, e and index come from here alone.
 */
struct settings_document_setting {
        const char *name;               /* an XML name of letters, digits, '_', '-', '.' */
        int index;                      /* identity or key number; SETTINGS_DOCUMENT_NO_INDEX: none */
        const char *value;
        const char *permission;         /* "R", "RW", "!", "" ...; NULL: no attribute */
        const struct settings_document_attribute *attributes;
        size_t n_attributes;
};

struct settings_document {
        const char *const *certificates;        /* PEM, one certificate each; before those of settings */
        size_t n_certificates;
        const struct settings_document_setting *settings;
        size_t n_settings;
};

/* Which setting, or which certificate, cannot be written and why: a sentence without its value. */
struct settings_document_problem {
        char reason[320];
};

/* Memory for writing, used again and again. Wiped when freed. */
struct settings_document_writer;
int settings_document_writer_new(struct settings_document_writer **ret_writer) PV_MUST_CHECK;
void settings_document_writer_free(struct settings_document_writer *writer);
/* The last document was copied where it goes: it is wiped, it carries passwords. */
void settings_document_writer_wipe(struct settings_document_writer *writer);

/*
 * The document as bytes (UTF-8, ended by a NUL that is not counted), borrowed from `writer` until its next use. The same
 * input gives the same bytes. PV_EREFUSED with *ret_problem filled: a name, permission, attribute or value that XML or the
 * phone cannot carry. No settings and no certificates at all: "<settings/>", a sound document that says nothing.
 */
int settings_document_render(struct settings_document_writer *writer, const struct settings_document *document,
                             const char **ret_bytes, size_t *ret_size, struct settings_document_problem *ret_problem) PV_MUST_CHECK;
/*
 * `<firmware-settings>`: where the firmware is. It may name nothing else (snom.md 3.7).
 * `<setting-files>`: documents a phone shall fetch next, in this order.
 * A URL begins with https:// or http:// and has no blanks; else PV_EREFUSED.
 */
int settings_document_render_firmware(struct settings_document_writer *writer, const char *url, const char **ret_bytes,
                                      size_t *ret_size, struct settings_document_problem *ret_problem) PV_MUST_CHECK;
int settings_document_render_files(struct settings_document_writer *writer, const char *const *urls, size_t n_urls,
                                   const char **ret_bytes, size_t *ret_size, struct settings_document_problem *ret_problem) PV_MUST_CHECK;

/* settings_document_render() for once, as own bytes: free with settings_document_free(). */
int settings_document_write(const struct settings_document *document, char **ret_bytes, size_t *ret_size,
                            struct settings_document_problem *ret_problem) PV_MUST_CHECK;
/* Wiped before it is freed: documents carry passwords. NULL is fine. */
void settings_document_free(char *bytes, size_t size);

#endif
