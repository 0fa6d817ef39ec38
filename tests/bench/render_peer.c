/*
 * render_peer: the same documents as libxml2 alone would make them.
 *
 * In:   the settings render.c has just written.
 * Out:  the same elements, attributes and texts.
 * Not:  no checks: libxml2 copies what no XML may hold.
 *
 * A tree that is dumped is how most programs write XML; the writer's own calls,
 * five for a setting, are how this one did before.
 */
#include "tests/bench/render_peer.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libxml/tree.h>
#include <libxml/xmlwriter.h>

static bool is_key(const struct settings_document_setting *s)
{
        return !strcmp(s->name, "fkey");
}

static xmlNodePtr container(xmlNodePtr root, const char *name)
{
        xmlNodePtr node = xmlNewChild(root, NULL, BAD_CAST name, NULL);

        xmlNewProp(node, BAD_CAST "e", BAD_CAST "2");
        return node;
}

static void add_node(xmlNodePtr parent, const struct settings_document_setting *s)
{
        xmlNodePtr node = xmlNewTextChild(parent, NULL, BAD_CAST s->name, *s->value ? BAD_CAST s->value : NULL);
        char number[16];

        snprintf(number, sizeof number, "%d", s->index);
        if (s->index >= 0)
                xmlNewProp(node, BAD_CAST "idx", BAD_CAST number);
        for (size_t i = 0; i < s->n_attributes; i++)
                xmlNewProp(node, BAD_CAST s->attributes[i].name, BAD_CAST s->attributes[i].value);
        if (s->permission)
                xmlNewProp(node, BAD_CAST "perm", BAD_CAST s->permission);
}

size_t render_peer_tree(const struct settings_document *document)
{
        xmlDocPtr doc = xmlNewDoc(BAD_CAST "1.0");
        xmlNodePtr root = xmlNewNode(NULL, BAD_CAST "settings"), plain, keys;
        xmlChar *bytes = NULL;
        int size = 0;

        xmlDocSetRootElement(doc, root);
        plain = container(root, "phone-settings");
        keys = container(root, "functionKeys");
        for (size_t i = 0; i < document->n_settings; i++)
                add_node(is_key(&document->settings[i]) ? keys : plain, &document->settings[i]);
        xmlDocDumpFormatMemoryEnc(doc, &bytes, &size, "UTF-8", 1);
        xmlFree(bytes);
        xmlFreeDoc(doc);
        return (size_t)size;
}

static void call_setting(xmlTextWriterPtr writer, const struct settings_document_setting *s)
{
        xmlTextWriterStartElement(writer, BAD_CAST s->name);
        if (s->index >= 0)
                xmlTextWriterWriteFormatAttribute(writer, BAD_CAST "idx", "%d", s->index);
        for (size_t i = 0; i < s->n_attributes; i++)
                xmlTextWriterWriteAttribute(writer, BAD_CAST s->attributes[i].name, BAD_CAST s->attributes[i].value);
        if (s->permission)
                xmlTextWriterWriteAttribute(writer, BAD_CAST "perm", BAD_CAST s->permission);
        if (*s->value)
                xmlTextWriterWriteString(writer, BAD_CAST s->value);
        xmlTextWriterEndElement(writer);
}

size_t render_peer_calls(const struct settings_document *document)
{
        static const char *const containers[] = {"phone-settings", "functionKeys"};
        xmlBufferPtr buffer = xmlBufferCreateSize(16384);
        xmlTextWriterPtr writer = xmlNewTextWriterMemory(buffer, 0);
        size_t size;

        xmlTextWriterSetIndent(writer, 1);
        xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
        xmlTextWriterStartElement(writer, BAD_CAST "settings");
        for (int keys = 0; keys < 2; keys++) {
                xmlTextWriterStartElement(writer, BAD_CAST containers[keys]);
                xmlTextWriterWriteAttribute(writer, BAD_CAST "e", BAD_CAST "2");
                for (size_t i = 0; i < document->n_settings; i++)
                        if (is_key(&document->settings[i]) == keys)
                                call_setting(writer, &document->settings[i]);
                xmlTextWriterEndElement(writer);
        }
        xmlTextWriterEndDocument(writer);
        xmlFreeTextWriter(writer);
        size = (size_t)xmlBufferLength(buffer);
        xmlBufferFree(buffer);
        return size;
}
