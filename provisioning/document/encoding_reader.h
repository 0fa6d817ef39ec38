#ifndef PROVOST_DOCUMENT_ENCODING_READER_H
#define PROVOST_DOCUMENT_ENCODING_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * A foreign text file as UTF-8, whatever it was saved as. What it is comes from its byte order mark and, for XML, from its
 * declaration; nothing is looked up on this system. All that comes after this sees one encoding only.
 *
 * Taken: UTF-8, UTF-16 with byte order mark, and where UTF-8 is not claimed ISO-8859-1 and Windows-1252. In the result there
 * is no byte order mark, no NUL, no control character but tab and line feed; line ends are line feeds; an XML declaration
 * became blanks.
 */
#define ENCODING_READER_MAX (8U << 20)          /* bytes of a file */

enum encoding_reader_kind { ENCODING_READER_PLAIN, ENCODING_READER_XML };

struct encoding_reader_problem {
        unsigned line;          /* 0: the whole file */
        char reason[192];       /* a sentence */
};

/*
 * The text ends with a NUL that is not counted; free with encoding_reader_free(). PV_ETOOLARGE, PV_EMALFORMED or
 * PV_EREFUSED (an encoding that is not taken) with *ret_problem filled; PV_ENOMEM without.
 */
int encoding_reader_read(enum encoding_reader_kind kind, const void *bytes, size_t size, char **ret_text, size_t *ret_size,
                         struct encoding_reader_problem *ret_problem) PV_MUST_CHECK;
/* Wiped before it is freed: such files carry passwords. NULL is fine. */
void encoding_reader_free(char *text, size_t size);

#endif
