#ifndef PROVOST_DOCUMENT_DOCUMENT_OUT_H
#define PROVOST_DOCUMENT_DOCUMENT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * A document growing in memory: containers, and lines inside of them. A line is an
 * element with its attributes, its text and perhaps small elements of its own:
 *
 *     document_out_open(out, "phone-settings");
 *     document_out_line(out, "user_name");
 *     document_out_number(out, "idx", 1);
 *     document_out_text(out, "42");
 *     document_out_line_end(out, "user_name");
 *     document_out_close(out);
 *
 * Names are not checked here. A text or attribute that XML cannot carry is left out and remembered: see
 * document_out_was_refused(). So are all other failures, until document_out_finish() tells.
 */
struct document_out;
int document_out_new(struct document_out **ret_out) PV_MUST_CHECK;
void document_out_free(struct document_out *out);       /* wiped; NULL is fine */
/* The last document is gone, its bytes with it. */
void document_out_wipe(struct document_out *out);

/* A new document, of at most about `max` bytes. */
void document_out_begin(struct document_out *out, const char *root, size_t max);
void document_out_open(struct document_out *out, const char *container);
void document_out_close(struct document_out *out);
/* Of the container just opened, or of the line whose text has not begun. */
void document_out_attribute(struct document_out *out, const char *name, const char *value);
void document_out_number(struct document_out *out, const char *name, int value);

void document_out_line(struct document_out *out, const char *name);
void document_out_child(struct document_out *out, const char *name, const char *text);
void document_out_text(struct document_out *out, const char *text);
void document_out_line_end(struct document_out *out, const char *name);
/* A line that is sound XML already. */
void document_out_raw_line(struct document_out *out, const char *xml);

/* Whether a text or attribute was refused since the last time this was asked. */
bool document_out_was_refused(struct document_out *out);
/* Closes what is open. Bytes are borrowed until the next begin. PV_ENOMEM, PV_ETOOLARGE. */
int document_out_finish(struct document_out *out, const char **ret_bytes, size_t *ret_size) PV_MUST_CHECK;

#endif
