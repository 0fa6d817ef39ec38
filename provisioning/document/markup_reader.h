#ifndef PROVOST_DOCUMENT_MARKUP_READER_H
#define PROVOST_DOCUMENT_MARKUP_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * The gate in front of the XML library: one pass over the text, without memory
 * of its own, that knows where tags, comments and texts begin and end and
 * nothing else. What is too large, too deep, too many or declares anything
 * does not reach the library. It does not decide whether the text is XML.
 *
 * Texts are UTF-8 as encoding_reader leaves them.
 */
#define MARKUP_READER_DEPTH_MAX 16
#define MARKUP_READER_ELEMENTS_MAX 50000         /* and comments: what the library keeps of a file */
#define MARKUP_READER_ALL_ATTRIBUTES_MAX 100000 /* of all tags */
#define MARKUP_READER_ATTRIBUTES_MAX 32         /* of one tag */
#define MARKUP_READER_NAME_MAX 128              /* bytes, of tags and attributes */
#define MARKUP_READER_TAG_MAX 16384             /* bytes from < to > */
#define MARKUP_READER_TEXT_MAX 131072           /* bytes between two tags */
#define MARKUP_READER_COMMENT_MAX 1048576

struct markup_reader_problem {
        unsigned line;
        bool is_warning;        /* only from markup_reader_explain() */
        char what[80];          /* "<user_name>", "</user_name>"; "" none */
        char reason[320];       /* a sentence: what is wrong and what to do */
};

/*
 * 0: the library may see it. PV_EREFUSED: a declaration (DOCTYPE, ENTITY ...). PV_ETOOLARGE: a bound. PV_EMALFORMED: a tag
 * or comment that never ends. *ret_problem says which and where.
 */
int markup_reader_check(const char *text, size_t size, struct markup_reader_problem *ret_problem) PV_MUST_CHECK;

/*
 * The mistakes people make in such files, for a text that is not well-formed: `each` is called for every one found, in the
 * order of lines, at most 20 times. Returns how many of them are errors.
 */
typedef void (*markup_reader_each)(const struct markup_reader_problem *problem, void *userdata);
unsigned markup_reader_explain(const char *text, size_t size, markup_reader_each each, void *userdata);

/* The container tags of settings documents (snom.md 3.3): settings, phone-settings, functionKeys ... */
bool markup_reader_is_container(const char *name, size_t size);

#endif
