#ifndef PROVOST_BOX_LOG_ENTRY_H
#define PROVOST_BOX_LOG_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

/* What is made of the journal's fields for a person. Pure. */

#define LOG_ENTRY_UNIT_SIZE 64
#define LOG_ENTRY_TEXT_SIZE 2001

/* "a.service" for a unit named in a question ("store", "provost-store", "provost-store.service"); false: no such name can be. */
bool log_entry_unit_name(const char *asked, char ret[static 128]);
/* Whose line it is, from these fields (NULL: absent): the unit without ".service", "kernel", or the identifier. */
const char *log_entry_whose(const char *unit, const char *about_unit, const char *transport, const char *identifier,
                            char ret[static LOG_ENTRY_UNIT_SIZE]);
/* Whether the words stand in the line; ASCII letters of any case. Empty words stand in every line. */
bool log_entry_holds(const void *line, size_t size, const char *words);
/* The line, escaped and cut. */
const char *log_entry_text(const void *line, size_t size, char ret[static LOG_ENTRY_TEXT_SIZE]);

#endif
