#ifndef PROVOST_MODEL_XML_ELEMENT_H
#define PROVOST_MODEL_XML_ELEMENT_H

#include <stdbool.h>

/*
 * Whether a text is one well-formed XML element named `root` or `other`: elements, attributes, text, the five entities and
 * numbered characters; nothing else, and bounded in depth and count. What this takes, provisioning/document writes (a test
 * compares); it takes less than XML does: names are of ASCII without colons. The text is UTF-8 that a document can carry.
 */
bool xml_element_is(const char *text, const char *root, const char *other);

#endif
