/*
 * test_document_many: thousands of documents against libxml2: its reader takes every one and gives every value back, its
 * own writer makes the same bytes.
 */
#include "provisioning/document/settings_document.h"

#include <libxml/xmlreader.h>
#include <libxml/xmlwriter.h>

#include "tests/support/test.h"

#define DOCUMENTS 10000
#define SETTINGS 24
#define ATTRIBUTES 3

/* Pieces values are made of: all that must be escaped or must not, long and short characters, blanks at the ends. */
static const char *const pieces[] = {
        "a", "Z", "9", " ", "  ", "<", ">", "&", "\"", "'", "]]>", "<![CDATA[", "-->", "&amp;", "&#0;", "%s", "\\", "/", "=", "?", "{mac}", "$(x)",
        "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x93\x9e", "\xef\xbf\xbd", "\xed\x9f\xbf", "\xee\x80\x80", "<!--", "<?", "</settings>", "~", "`", "^",
};
static const char *const permissions[] = {"R", "RW", "!", "", "V", "RV", NULL};

static struct settings_document_setting settings[SETTINGS];
static struct settings_document_attribute attributes[SETTINGS][ATTRIBUTES];
static char names[SETTINGS][40], values[SETTINGS][20000], texts[SETTINGS][ATTRIBUTES][200];
static struct settings_document_writer *writer;
static unsigned seed;

static unsigned roll(unsigned n)
{
        seed = seed * 1103515245 + 12345;
        return (seed >> 12) % n;
}

static void make_text(char *text, size_t size, unsigned n, bool has_lines)
{
        size_t used = 0;

        *text = 0;
        while (n-- > 0) {
                const char *piece = has_lines && roll(9) == 0 ? (roll(2) ? "\n" : "\t") : pieces[roll(sizeof pieces / sizeof *pieces)];

                if (used + strlen(piece) + 1 > size)
                        return;
                memcpy(text + used, piece, strlen(piece) + 1);
                used += strlen(piece);
        }
}

/* Document number `number`; some values are longer than the pieces in which it is put together. */
static size_t make_document(unsigned number)
{
        size_t n;

        seed = number * 2654435761U + 1;
        n = 1 + roll(SETTINGS);
        for (size_t i = 0; i < n; i++) {
                bool key = roll(4) == 0;
                size_t n_attributes = roll(ATTRIBUTES + 1);

                snprintf(names[i], sizeof names[i], "s%zu_%c.%u-x", i, 'a' + (char)roll(26), roll(1000));
                make_text(values[i], sizeof values[i], roll(40) == 0 ? 6000 : roll(12), true);
                settings[i] = (struct settings_document_setting){key ? "fkey" : names[i], key ? (int)i : (int)roll(14) - 1, values[i],
                                                                 permissions[roll(7)], attributes[i], n_attributes};
                for (size_t a = 0; a < n_attributes; a++) {
                        static const char *const sorted[] = {"a_1", "b_2", "c_3"};

                        make_text(texts[i][a], sizeof texts[i][a], roll(8), false);
                        attributes[i][a] = (struct settings_document_attribute){sorted[a], texts[i][a]};
                }
        }
        return n;
}

static bool is_key(const struct settings_document_setting *s)
{
        return !strcmp(s->name, "fkey");
}

/* --- read back -------------------------------------------------------------- */

static void fail_on(void *seen, xmlErrorPtr error)
{
        (void)error;
        *(bool *)seen = true;
}

static bool is_attribute(xmlTextReaderPtr reader, const char *name, const char *value)
{
        xmlChar *there = xmlTextReaderGetAttribute(reader, BAD_CAST name);
        bool is_same = there && value ? !strcmp((const char *)there, value) : !there && !value;

        xmlFree(there);
        return is_same;
}

static bool is_setting(xmlTextReaderPtr reader, const struct settings_document_setting *s)
{
        xmlChar *text = xmlTextReaderReadString(reader);
        bool is_same = !strcmp((const char *)xmlTextReaderConstName(reader), s->name) && !strcmp(text ? (const char *)text : "", s->value);
        char number[16];

        xmlFree(text);
        snprintf(number, sizeof number, "%d", s->index);
        is_same = is_same && is_attribute(reader, "idx", s->index < 0 ? NULL : number) && is_attribute(reader, "perm", s->permission);
        for (size_t a = 0; a < s->n_attributes; a++)
                is_same = is_same && is_attribute(reader, s->attributes[a].name, s->attributes[a].value);
        return is_same;
}

static void reads_back(unsigned number, const char *bytes, size_t size, size_t n)
{
        xmlTextReaderPtr reader = xmlReaderForMemory(bytes, (int)size, NULL, NULL, XML_PARSE_NONET);
        bool slipped = false;
        size_t found = 0, next[2] = {0, 0};
        int more;

        CHECK(reader);
        xmlTextReaderSetStructuredErrorHandler(reader, fail_on, &slipped);
        while ((more = xmlTextReaderRead(reader)) == 1) {
                bool key;

                if (xmlTextReaderNodeType(reader) != XML_READER_TYPE_ELEMENT || xmlTextReaderDepth(reader) != 2)
                        continue;
                key = !strcmp((const char *)xmlTextReaderConstName(reader), "fkey");
                while (next[key] < n && is_key(&settings[next[key]]) != key)
                        next[key]++;
                if (next[key] >= n || !is_setting(reader, &settings[next[key]++]))
                        TEST_FAIL("document %u: setting %zu came back otherwise", number, found);
                found++;
        }
        xmlFreeTextReader(reader);
        if (more != 0 || slipped || found != n)
                TEST_FAIL("document %u: %zu of %zu settings", number, found, n);
}

/* --- the same by libxml2's own calls ------------------------------------------ */

static void call_setting(xmlTextWriterPtr w, const struct settings_document_setting *s, bool key)
{
        xmlTextWriterStartElement(w, BAD_CAST s->name);
        if (s->index >= 0)
                xmlTextWriterWriteFormatAttribute(w, BAD_CAST "idx", "%d", s->index);
        if (key) {
                xmlTextWriterWriteAttribute(w, BAD_CAST "context", BAD_CAST "active");
                xmlTextWriterWriteAttribute(w, BAD_CAST "label", BAD_CAST "");
        }
        for (size_t a = 0; a < s->n_attributes; a++)
                xmlTextWriterWriteAttribute(w, BAD_CAST s->attributes[a].name, BAD_CAST s->attributes[a].value);
        if (s->permission)
                xmlTextWriterWriteAttribute(w, BAD_CAST "perm", BAD_CAST s->permission);
        if (*s->value)
                xmlTextWriterWriteString(w, BAD_CAST s->value);
        xmlTextWriterEndElement(w);
}

static xmlBufferPtr by_calls(size_t n)
{
        static const char *const containers[] = {"phone-settings", "functionKeys"};
        xmlBufferPtr buffer = xmlBufferCreate();
        xmlTextWriterPtr w = xmlNewTextWriterMemory(buffer, 0);

        xmlTextWriterSetIndent(w, 1);
        xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
        xmlTextWriterStartElement(w, BAD_CAST "settings");
        for (int keys = 0; keys < 2; keys++) {
                bool begun = false;

                for (size_t i = 0; i < n; i++) {
                        if (is_key(&settings[i]) != (keys == 1))
                                continue;
                        if (!begun) {
                                xmlTextWriterStartElement(w, BAD_CAST containers[keys]);
                                xmlTextWriterWriteAttribute(w, BAD_CAST "e", BAD_CAST "2");
                        }
                        begun = true;
                        call_setting(w, &settings[i], keys);
                }
                if (begun)
                        xmlTextWriterEndElement(w);
        }
        xmlTextWriterEndDocument(w);
        xmlFreeTextWriter(w);
        return buffer;
}

TEST(ten_thousand_documents_are_read_back_by_libxml2)
{
        struct settings_document_problem problem;
        const char *bytes;
        size_t size;

        CHECK_EQ_INT(settings_document_writer_new(&writer), 0);
        for (unsigned number = 0; number < DOCUMENTS; number++) {
                struct settings_document document = {.settings = settings, .n_settings = make_document(number)};

                if (settings_document_render(writer, &document, &bytes, &size, &problem))
                        TEST_FAIL("document %u: %s", number, problem.reason);
                CHECK_EQ_INT(strlen(bytes), size);
                reads_back(number, bytes, size, document.n_settings);
        }
}

TEST(the_bytes_are_those_of_libxml2s_own_writer)
{
        struct settings_document_problem problem;
        const char *bytes;
        size_t size;

        for (unsigned number = 0; number < 2000; number++) {
                struct settings_document document = {.settings = settings, .n_settings = make_document(number)};
                xmlBufferPtr buffer = by_calls(document.n_settings);

                CHECK_EQ_INT(settings_document_render(writer, &document, &bytes, &size, &problem), 0);
                if (size != (size_t)xmlBufferLength(buffer) || memcmp(bytes, xmlBufferContent(buffer), size) != 0)
                        TEST_FAIL("document %u", number);
                xmlBufferFree(buffer);
        }
        settings_document_writer_free(writer);
        xmlCleanupParser();
}
