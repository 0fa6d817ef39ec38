#ifndef PROVOST_DOCUMENT_SETTINGS_PART_H
#define PROVOST_DOCUMENT_SETTINGS_PART_H

#include "provisioning/document/document_out.h"
#include "provisioning/document/settings_document.h"

/* The parts of a settings document, in the order in which they are written. */
enum settings_part {
        SETTINGS_PART_CERTIFICATES,
        SETTINGS_PART_PLAIN,
        SETTINGS_PART_KEYS,
        SETTINGS_PART_BOOK,
        SETTINGS_PART_DIALPLAN,
        SETTINGS_PART_REPLACEMENT,
        SETTINGS_PART_UPLOADS,
        SETTINGS_PARTS,
};

/* Which part a setting of this name belongs to. */
enum settings_part settings_part_of(const char *name);
/* The container of a part: `<phone-settings e="2">`. */
void settings_part_open(struct document_out *out, enum settings_part part);
/*
 * One setting as a line of its part. PV_EREFUSED with *ret_problem filled: the phone cannot carry it;
 * texts that XML cannot carry are for document_out_was_refused().
 */
int settings_part_write(struct document_out *out, enum settings_part part, const struct settings_document_setting *setting,
                        struct settings_document_problem *ret_problem) PV_MUST_CHECK;
/* Between BEGIN and END CERTIFICATE, or base64 alone; PV_EREFUSED: neither. */
int settings_part_write_certificate(struct document_out *out, const char *text) PV_MUST_CHECK;
/* https:// or http://, without blanks. */
bool settings_part_is_url(const char *text);

#endif
