#ifndef PROVOST_DOCUMENT_XML_FRAGMENT_H
#define PROVOST_DOCUMENT_XML_FRAGMENT_H

#include <stdbool.h>

/*
 * Whether a text is one sound XML element, fit to stand in a document of ours: its root is named `root` or `other`;
 * elements, attributes and text only, no declaration, DOCTYPE, entity of its own, comment or processing instruction;
 * bounded in depth and count.
 */
bool xml_fragment_is(const char *text, const char *root, const char *other);

#endif
