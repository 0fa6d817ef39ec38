#ifndef PROVOST_CONSOLE_CTL_SHOW_H
#define PROVOST_CONSOLE_CTL_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-json.h>

/* How values and sentences are written for a person, whoever chose their bytes. */

/* A sentence of a station, as it is when a terminal obeys nothing in it, else escaped. */
void ctl_show_sentence(FILE *out, const char *text);
/* "label                  value", foreign text escaped; nothing for "". */
void ctl_show_line(FILE *out, const char *label, const char *value);
/* The same for a sentence of a station. */
void ctl_show_line_own(FILE *out, const char *label, const char *sentence);
/* The same for an array of texts, with commas. */
void ctl_show_line_list(FILE *out, const char *label, sd_json_variant *list);
/* Each text of an array as "  - sentence"; `head` before the first. How many these were. */
size_t ctl_show_bullets(FILE *out, const char *head, sd_json_variant *list);

/* "3 days", "2 hours", "40 minutes", "12 seconds" without a sign; rounded down, 1 never has an s. */
#define CTL_SHOW_SPAN_SIZE 32
char *ctl_show_span(int64_t seconds, char ret[static CTL_SHOW_SPAN_SIZE]);
/* "phone" for 1, else "phones". */
const char *ctl_show_many(int64_t n, const char *one, const char *many);
size_t ctl_show_n(sd_json_variant *object, const char *list);

/* Foreign text as one cell of a Markdown table. */
void ctl_show_markdown(FILE *out, const char *text);

#endif
