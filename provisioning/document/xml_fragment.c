/*
 * xml_fragment: is this text one sound XML element?
 *
 * In:   a value an admin typed or imported.
 * Out:  yes or no.
 * Not:  no meaning of what stands inside (replacement plans are programs of the phone).
 */
#include "provisioning/document/xml_fragment.h"

#include <ctype.h>
#include <string.h>

#include <libxml/xmlreader.h>

#define DEPTH_MAX 16
#define NODES_MAX 4096
#define SIZE_MAX_BYTES 65536

/* Libxml2 reports every slip here; nothing of it is shown, it may hold a secret. */
static void on_error(void *seen, xmlErrorPtr error)
{
        (void)error;
        *(bool *)seen = true;
}

static bool is_allowed(xmlTextReaderPtr reader)
{
        switch (xmlTextReaderNodeType(reader)) {
        case XML_READER_TYPE_ELEMENT:
        case XML_READER_TYPE_END_ELEMENT:
        case XML_READER_TYPE_TEXT:
        case XML_READER_TYPE_WHITESPACE:
        case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
                return xmlTextReaderDepth(reader) <= DEPTH_MAX;
        default:
                return false;
        }
}

static bool is_root(xmlTextReaderPtr reader, const char *root, const char *other)
{
        const char *name = (const char *)xmlTextReaderConstName(reader);

        return name && (!strcmp(name, root) || !strcmp(name, other));
}

bool xml_fragment_is(const char *text, const char *root, const char *other)
{
        size_t size = strlen(text), n = 0;
        bool slipped = false, is_sound;
        xmlTextReaderPtr reader;
        int more;

        /* Begins with its element, so no declaration; "<!" occurs in nothing that is allowed. */
        if (size < 4 || size > SIZE_MAX_BYTES || text[0] != '<' || !isalpha((unsigned char)text[1]) || text[size - 1] != '>' ||
            strstr(text, "<!"))
                return false;
        reader = xmlReaderForMemory(text, (int)size, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        if (!reader)
                return false;
        xmlTextReaderSetStructuredErrorHandler(reader, on_error, &slipped);
        more = xmlTextReaderRead(reader);
        is_sound = more == 1 && is_root(reader, root, other);
        for (; is_sound && more == 1; more = xmlTextReaderRead(reader))
                is_sound = is_allowed(reader) && ++n <= NODES_MAX;
        xmlFreeTextReader(reader);
        return is_sound && more == 0 && !slipped;
}
