/*
 * settings_reader: a settings document of elsewhere, item by item.
 *
 * In:   the bytes of a file, any bytes at all.
 * Out:  items as settings_document.h has them; every trouble with line, tag and what to do.
 * Not:  no decision what an item means (import), no file, no network, no entity but the five of XML.
 *
 * Three passes: encoding_reader makes it UTF-8, markup_reader refuses what is
 * too large, too deep, too many or declares anything, libxml2's pull reader
 * decides whether the rest is XML.
 */
#include "provisioning/document/settings_reader.h"

#include <libxml/parser.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlreader.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/document/encoding_reader.h"
#include "provisioning/document/markup_reader.h"

static const char fkey[] = "fkey", tbook[] = "tbook", dialplan[] = "dialplan", replacement[] = "replacement",
                  certificate[] = "certificate", upload[] = "upload";

/* What a container holds. */
enum content { CONTENT_SETTINGS, CONTENT_KEYS, CONTENT_BOOK, CONTENT_DIALPLAN, CONTENT_REPLACEMENT, CONTENT_CERTIFICATES,
               CONTENT_UPLOADS, CONTENT_LEFT_OUT };

static const struct container {
        const char *name;
        enum content content;
        const char *why;                /* it is left out */
} containers[] = {
        {"phone-settings", CONTENT_SETTINGS, NULL},
        {"functionKeys", CONTENT_KEYS, NULL},
        {"function-keys", CONTENT_KEYS, NULL},
        {"tbook", CONTENT_BOOK, NULL},
        {"phone-book", CONTENT_BOOK, NULL},
        {"dialplan", CONTENT_DIALPLAN, NULL},
        {"dial-plan", CONTENT_DIALPLAN, NULL},
        {"ReplacementPlan", CONTENT_REPLACEMENT, NULL},
        {"certificates", CONTENT_CERTIFICATES, NULL},
        {"uploads", CONTENT_UPLOADS, NULL},
        {"firmware-settings", CONTENT_LEFT_OUT, "firmware is given to this appliance as a file (provostctl firmware add); left out"},
        {"setting-files", CONTENT_LEFT_OUT, "these are addresses of further files; import those files themselves; left out"},
        {"gui-languages", CONTENT_LEFT_OUT, "languages are fetched from another server; left out"},
        {"web-languages", CONTENT_LEFT_OUT, "languages are fetched from another server; left out"},
};

struct reading {
        const struct settings_reader *to;
        xmlTextReaderPtr xml;
        const char *text;
        size_t size;
        struct settings_reader_attribute attributes[MARKUP_READER_ATTRIBUTES_MAX];
        size_t n_attributes;
        xmlChar *strings[4 * MARKUP_READER_ATTRIBUTES_MAX];     /* of the item being read */
        size_t n_strings;
        char value[SETTINGS_READER_VALUE_MAX + 1];
        int n_of[CONTENT_LEFT_OUT];     /* items without an index of their own are counted */
        unsigned fault_line;            /* libxml2's first error */
        int fault_code;
        char fault[256], fault_tag[80];
};

static unsigned n_opened;

/* --- telling ----------------------------------------------------------------- */

__attribute__((format(printf, 5, 6)))
static void tell(const struct reading *r, unsigned line, bool is_error, const char *what, const char *format, ...)
{
        char reason[400];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(reason, sizeof reason, format, args);
        va_end(args);
        r->to->trouble(&(struct settings_reader_trouble){line, is_error, what, reason}, r->to->userdata);
}

static unsigned line_here(const struct reading *r)
{
        int line = xmlTextReaderGetParserLineNumber(r->xml);
        xmlNodePtr node = xmlTextReaderCurrentNode(r->xml);
        long start = node ? xmlGetLineNo(node) : 0;

        return start > 0 ? (unsigned)start : line > 0 ? (unsigned)line : 0;
}

static const char *tag_of(const xmlChar *name, char ret[static 80])
{
        char escaped[70];

        text_escape(escaped, sizeof escaped, name, strlen((const char *)name));
        (void)snprintf(ret, 80, "<%s>", escaped);
        return ret;
}

/* --- libxml2, locked up ------------------------------------------------------- */

static xmlParserInputPtr open_nothing(const char *url, const char *id, xmlParserCtxtPtr context)
{
        (void)url;
        (void)id;
        (void)context;
        n_opened++;
        return NULL;
}

static void hear_nothing(void *context, const char *format, ...)
{
        (void)context;
        (void)format;
}

/* Once a process: no file can be opened by anything that libxml2 does, and it prints nothing. */
static void lock_library(void)
{
        static bool is_locked;

        if (is_locked)
                return;
        xmlInitParser();
        xmlCleanupInputCallbacks();
        xmlSetExternalEntityLoader(open_nothing);
        xmlSetGenericErrorFunc(NULL, hear_nothing);
        is_locked = true;
}

unsigned settings_reader_n_opened(void)
{
        return n_opened;
}

/* Codes of libxml2 in words of this project. Its own text may hold pieces of values and is never used. */
static void describe_fault(struct reading *r, const xmlError *error)
{
        char a[64], b[64];
        static const struct {
                int code;
                const char *reason;
        } words[] = {
                {XML_ERR_ENTITYREF_SEMICOL_MISSING, "an & in a value must be written &amp;"},
                {XML_ERR_NAME_REQUIRED, "a name is expected here: an & in a value must be written &amp;, a < must be written &lt;"},
                {XML_ERR_UNDECLARED_ENTITY, "only &amp; &lt; &gt; &quot; &apos; and numbers like &#228; are taken; write the character itself"},
                {XML_WAR_UNDECLARED_ENTITY, "only &amp; &lt; &gt; &quot; &apos; and numbers like &#228; are taken; write the character itself"},
                {XML_ERR_INVALID_CHARREF, "this number (&#...;) is no character; remove it"},
                {XML_ERR_INVALID_CHAR, "there is a character that XML does not allow; remove it"},
                {XML_ERR_LT_IN_ATTRIBUTE, "a < in an attribute must be written &lt;; perhaps a quote is missing before it"},
                {XML_ERR_ATTRIBUTE_NOT_STARTED, "the value of an attribute must stand in quotes"},
                {XML_ERR_ATTRIBUTE_NOT_FINISHED, "the closing quote of an attribute is missing"},
                {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute has no value: write name=\"value\""},
                {XML_ERR_ATTRIBUTE_REDEFINED, "an attribute stands twice in one tag; remove one"},
                {XML_ERR_SPACE_REQUIRED, "a blank is missing between two attributes"},
                {XML_ERR_GT_REQUIRED, "the > of a tag is missing"},
                {XML_ERR_TAG_NOT_FINISHED, "the text ends, and a tag is still open: its end tag is missing"},
                {XML_ERR_DOCUMENT_END, "something follows after the end of the first tag: all settings belong into one <settings>"},
                {XML_ERR_DOCUMENT_EMPTY, "no tag was found; is this a settings file?"},
                {XML_ERR_RESERVED_XML_NAME, "the XML declaration must be the very first thing in the file; remove what stands before it"},
                {XML_ERR_HYPHEN_IN_COMMENT, "two hyphens stand inside a comment; remove them"},
                {XML_ERR_MISPLACED_CDATA_END, "]]> stands in a value; write ]]&gt;"},
                {XML_ERR_NO_MEMORY, "memory ran out"},
        };

        if (error->code == XML_ERR_TAG_NAME_MISMATCH && error->str1 && error->str2) {
                text_escape(a, sizeof a, error->str1, strlen(error->str1));
                text_escape(b, sizeof b, error->str2, strlen(error->str2));
                (void)snprintf(r->fault_tag, sizeof r->fault_tag, "<%s>", a);
                (void)snprintf(r->fault, sizeof r->fault, "<%s> of line %d ends with </%s>; write </%s>", a, error->int1, b, a);
                return;
        }
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
                if (words[i].code == error->code) {
                        (void)snprintf(r->fault, sizeof r->fault, "%s", words[i].reason);
                        return;
                }
        (void)snprintf(r->fault, sizeof r->fault, "this is not well-formed XML (reason %d of the parser); compare it with a file that works",
                       error->code);
}

static void on_error(void *userdata, xmlErrorPtr error)
{
        struct reading *r = userdata;

        /* Prefixes mean nothing in settings documents: names with one are left out as no names of settings. */
        if (!error || r->fault_code || error->level < XML_ERR_ERROR || error->domain == XML_FROM_NAMESPACE)
                return;
        r->fault_code = error->code;
        r->fault_line = error->line > 0 ? (unsigned)error->line : 0;
        describe_fault(r, error);
}

/* --- pieces of an item -------------------------------------------------------- */

static void forget_item(struct reading *r)
{
        for (size_t i = 0; i < r->n_strings; i++) {
                explicit_bzero(r->strings[i], strlen((const char *)r->strings[i]));
                xmlFree(r->strings[i]);
        }
        r->n_strings = 0;
        r->n_attributes = 0;
}

/* The strings of one item live until the next one. */
static const char *own(struct reading *r, xmlChar *string)
{
        if (!string)
                return NULL;
        if (r->n_strings == sizeof r->strings / sizeof r->strings[0]) {
                xmlFree(string);
                return NULL;
        }
        r->strings[r->n_strings++] = string;
        return (const char *)string;
}

/* All attributes of the tag the reader stands on, which it then stands on again. */
static int take_attributes(struct reading *r)
{
        while (xmlTextReaderMoveToNextAttribute(r->xml) == 1) {
                const char *name = own(r, xmlTextReaderName(r->xml)), *value = own(r, xmlTextReaderValue(r->xml));

                if (!name || !value || r->n_attributes == MARKUP_READER_ATTRIBUTES_MAX)
                        return PV_ENOMEM;
                r->attributes[r->n_attributes++] = (struct settings_reader_attribute){name, value};
        }
        (void)xmlTextReaderMoveToElement(r->xml);
        return 0;
}

/* The value of an attribute in any case; it is no longer among the attributes. NULL: not there. */
static const char *pull(struct reading *r, const char *name)
{
        for (size_t i = 0; i < r->n_attributes; i++)
                if (strcasecmp(r->attributes[i].name, name) == 0) {
                        const char *value = r->attributes[i].value;

                        memmove(&r->attributes[i], &r->attributes[i + 1], (--r->n_attributes - i) * sizeof r->attributes[0]);
                        return value;
                }
        return NULL;
}

static bool is_word(const char *name)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";
        size_t size = strlen(name);

        return size > 0 && size <= SETTINGS_READER_NAME_MAX && strspn(name, letters) == size && !strchr("0123456789.-", name[0]);
}

/* snom.md 3.3: several spellings of the same flags. */
static const char *permission_of(const char *perm)
{
        if (!perm || !*perm)
                return "";
        if (strcmp(perm, "&") == 0 || strcmp(perm, " ") == 0)
                return "R";
        if (strcmp(perm, "$") == 0)
                return "RW";
        return strlen(perm) <= 3 && strspn(perm, "RW!V") == strlen(perm) ? perm : NULL;
}

static bool is_clean(const char *text)
{
        char run[1024];

        while (*text) {
                size_t size = strcspn(text, "\t\n");

                if (size >= sizeof run)
                        for (size = sizeof run - 1; size > 1 && ((unsigned char)text[size] & 0xc0) == 0x80;)
                                size--;
                memcpy(run, text, size);
                run[size] = 0;
                if (!text_is_printable(run))
                        return false;
                text += size;
                text += *text == '\t' || *text == '\n';
        }
        return true;
}

/* Blanks around a value come from how the file was indented. */
static void trim(char *text)
{
        size_t start = strspn(text, " \t\n"), size = strlen(text);

        while (size > start && strchr(" \t\n", text[size - 1]))
                size--;
        memmove(text, text + start, size - start);
        text[size - start] = 0;
}

/*
 * The text of the element the reader stands on, and the reader behind its end. 1: done; 0: it holds other elements (they
 * are passed over); negative: the reading ends.
 */
static int take_value(struct reading *r)
{
        int depth = xmlTextReaderDepth(r->xml), more;
        bool has_elements = false;
        size_t size = 0;

        r->value[0] = 0;
        if (xmlTextReaderIsEmptyElement(r->xml) == 1)
                return 1;
        while ((more = xmlTextReaderRead(r->xml)) == 1 && xmlTextReaderDepth(r->xml) > depth) {
                int type = xmlTextReaderNodeType(r->xml);
                const xmlChar *piece = xmlTextReaderConstValue(r->xml);
                size_t n = piece ? strlen((const char *)piece) : 0;

                has_elements = has_elements || type == XML_READER_TYPE_ELEMENT;
                if (type != XML_READER_TYPE_TEXT && type != XML_READER_TYPE_CDATA && type != XML_READER_TYPE_SIGNIFICANT_WHITESPACE &&
                    type != XML_READER_TYPE_WHITESPACE)
                        continue;
                if (n > SETTINGS_READER_VALUE_MAX - size)
                        return PV_ETOOLARGE;
                if (n)
                        memcpy(r->value + size, piece, n);
                r->value[size += n] = 0;
        }
        if (more != 1)
                return PV_EMALFORMED;
        trim(r->value);
        return !has_elements;
}

/* The reader behind the end of the element it stands on, whatever that holds. */
static int pass_over(struct reading *r)
{
        int depth = xmlTextReaderDepth(r->xml), more = 1;

        if (xmlTextReaderIsEmptyElement(r->xml) != 1)
                while ((more = xmlTextReaderRead(r->xml)) == 1 && xmlTextReaderDepth(r->xml) > depth)
                        continue;
        return more == 1 ? 0 : PV_EMALFORMED;
}

/* --- items -------------------------------------------------------------------- */

struct item {
        unsigned line;
        char tag[80];
        const char *name, *value;
        int index;
        const char *permission;
};

static int take_index(struct reading *r, struct item *item, const char *attribute)
{
        const char *text = pull(r, attribute);
        uint32_t index;

        item->index = SETTINGS_READER_NO_INDEX;
        if (!text)
                return 0;
        if (text_to_u32(text, SETTINGS_READER_INDEX_MAX, &index) < 0) {
                tell(r, item->line, false, item->tag, "%s must be a number; this item was left out", attribute);
                return PV_EMALFORMED;
        }
        item->index = (int)index;
        return 0;
}

/* Gives the item out, or says why not. */
static int give(struct reading *r, const struct item *item)
{
        size_t n = 0;

        if (!item->value || !is_clean(item->value) || strlen(item->value) > SETTINGS_READER_VALUE_MAX) {
                tell(r, item->line, false, item->tag, "its value holds a character that no phone shows, or none at all; it was left out");
                return 0;
        }
        for (size_t i = 0; i < r->n_attributes; i++)
                if (is_word(r->attributes[i].name) && text_is_printable(r->attributes[i].value) && n < SETTINGS_READER_ATTRIBUTES_MAX)
                        r->attributes[n++] = r->attributes[i];
                else
                        tell(r, item->line, false, item->tag, "an attribute of it is none that a phone knows; the attribute was left out");
        return r->to->item(&(struct settings_reader_item){
                .line = item->line, .name = item->name, .index = item->index, .value = item->value, .permission = item->permission,
                .attributes = r->attributes, .n_attributes = n}, r->to->userdata);
}

static int read_setting(struct reading *r, struct item *item)
{
        const char *perm = pull(r, "perm");
        int v;

        (void)pull(r, "e");
        item->permission = permission_of(perm);
        if (!item->permission) {
                tell(r, item->line, false, item->tag, "its perm is none of R, RW, ! and V; taken without");
                item->permission = "";
        }
        int bad_index = take_index(r, item, "idx");
        v = take_value(r);
        if (v < 0)
                return v;
        item->value = r->value;
        if (!is_word(item->name)) {
                tell(r, item->line, false, item->tag, "this is no name of a setting; it was left out");
                return 0;
        }
        if (!v) {
                tell(r, item->line, false, item->tag, "it holds other tags, and no setting does; it was left out");
                return 0;
        }
        return bad_index ? 0 : give(r, item);
}

static int read_key(struct reading *r, struct item *item)
{
        if (strcmp(item->name, fkey) != 0) {
                tell(r, item->line, false, item->tag, "only <fkey> belongs here; it was left out");
                return pass_over(r);
        }
        for (size_t i = 0; i < r->n_attributes; i++)
                if (strcasecmp(r->attributes[i].name, "idx") == 0)
                        return read_setting(r, item);
        tell(r, item->line, false, item->tag, "a function key needs its number: write idx=\"0\" for the first; it was left out");
        return pass_over(r);
}

/* An entry's own tags become attributes; its number is its value. */
static int read_entry(struct reading *r, struct item *item)
{
        int depth = xmlTextReaderDepth(r->xml), more = 1, v;
        const char *number = NULL;

        item->name = tbook;
        item->permission = "";
        (void)pull(r, "perm");
        if (take_index(r, item, "index"))
                item->index = SETTINGS_READER_NO_INDEX;
        if (item->index == SETTINGS_READER_NO_INDEX)
                item->index = r->n_of[CONTENT_BOOK];
        r->n_of[CONTENT_BOOK] = item->index + 1;
        if (xmlTextReaderIsEmptyElement(r->xml) != 1)
                while ((more = xmlTextReaderRead(r->xml)) == 1 && xmlTextReaderDepth(r->xml) > depth) {
                        const char *name, *value;

                        if (xmlTextReaderNodeType(r->xml) != XML_READER_TYPE_ELEMENT)
                                continue;
                        name = own(r, xmlTextReaderName(r->xml));
                        v = take_value(r);
                        if (v < 0)
                                return v;
                        value = own(r, xmlStrdup(BAD_CAST r->value));
                        if (!name || !value)
                                return PV_ETOOLARGE;
                        if (strcmp(name, "number") == 0)
                                number = value;
                        else if (*value && r->n_attributes < MARKUP_READER_ATTRIBUTES_MAX)
                                r->attributes[r->n_attributes++] = (struct settings_reader_attribute){name, value};
                }
        if (more != 1)
                return PV_EMALFORMED;
        if (!number) {
                tell(r, item->line, false, item->tag, "an entry of the phone book needs a <number>; it was left out");
                return 0;
        }
        item->value = number;
        return give(r, item);
}

/* <TEMPLATE MATCH="0" Timeout="1" User="Phone" Rewrite="..."/>, in any case. */
static int read_template(struct reading *r, struct item *item)
{
        static const char *const known[] = {"Timeout", "User", "Rewrite"};
        int v;

        item->permission = "";
        item->value = pull(r, "MATCH");
        item->index = r->n_of[CONTENT_DIALPLAN]++;
        for (size_t i = 0; i < r->n_attributes; i++)
                for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
                        if (strcasecmp(r->attributes[i].name, known[k]) == 0)
                                r->attributes[i].name = known[k];
        v = take_value(r);
        if (v < 0)
                return v;
        if (strcasecmp(item->name, "template") != 0 || !item->value) {
                tell(r, item->line, false, item->tag, "a dial plan holds <TEMPLATE MATCH=\"...\"/>; this was left out");
                return 0;
        }
        item->name = dialplan;
        return give(r, item);
}

static int read_replacement(struct reading *r, struct item *item)
{
        item->permission = "";
        item->name = replacement;
        item->index = r->n_of[CONTENT_REPLACEMENT]++;
        item->value = own(r, xmlTextReaderReadOuterXml(r->xml));
        r->n_attributes = 0;
        int v = take_value(r);
        return v < 0 ? v : give(r, item);
}

static int read_certificate(struct reading *r, struct item *item)
{
        const char *type = pull(r, "type"), *url = pull(r, "url");
        int v = take_value(r);

        if (v < 0)
                return v;
        item->value = url ? url : r->value;
        if (strcmp(item->name, certificate) != 0 || !*item->value || (!url && (!type || strcmp(type, "base64") != 0))) {
                tell(r, item->line, false, item->tag, "only <certificate type=\"base64\"> with its content, or with url=\"...\", is taken; left out");
                return 0;
        }
        item->name = certificate;
        item->permission = "";
        item->index = r->n_of[CONTENT_CERTIFICATES]++;
        r->n_attributes = 0;
        return give(r, item);
}

static int read_upload(struct reading *r, struct item *item)
{
        int v;

        item->permission = "";
        item->value = pull(r, "url");
        item->index = r->n_of[CONTENT_UPLOADS]++;
        v = take_value(r);
        if (v < 0)
                return v;
        if (strcmp(item->name, "file") != 0 || !item->value) {
                tell(r, item->line, false, item->tag, "uploads hold <file url=\"...\" type=\"...\"/>; this was left out");
                return 0;
        }
        item->name = upload;
        return give(r, item);
}

static int read_item(struct reading *r, enum content content)
{
        struct item item = {.line = line_here(r), .index = SETTINGS_READER_NO_INDEX};
        const xmlChar *name = xmlTextReaderConstName(r->xml);
        int v;

        forget_item(r);
        if (!name)
                return PV_ENOMEM;
        item.name = own(r, xmlStrdup(name));
        tag_of(name, item.tag);
        v = item.name ? take_attributes(r) : PV_ENOMEM;
        if (v)
                return v;
        switch (content) {
        case CONTENT_SETTINGS:
                return strcmp(item.name, fkey) == 0 ? read_key(r, &item) : read_setting(r, &item);
        case CONTENT_KEYS:
                return read_key(r, &item);
        case CONTENT_BOOK:
                return read_entry(r, &item);
        case CONTENT_DIALPLAN:
                return read_template(r, &item);
        case CONTENT_REPLACEMENT:
                return read_replacement(r, &item);
        case CONTENT_CERTIFICATES:
                return read_certificate(r, &item);
        case CONTENT_UPLOADS:
                return read_upload(r, &item);
        case CONTENT_LEFT_OUT:
                break;
        }
        return 0;
}

/* --- the document ------------------------------------------------------------- */

static const struct container *container_of(const xmlChar *name)
{
        for (size_t i = 0; name && i < sizeof containers / sizeof containers[0]; i++)
                if (strcasecmp(containers[i].name, (const char *)name) == 0)
                        return &containers[i];
        return NULL;
}

/* complete="true" of a phone book: entries that are not in it are forgotten by the phone. */
static int note_complete(struct reading *r)
{
        xmlChar *value = xmlTextReaderGetAttribute(r->xml, BAD_CAST "complete");
        bool is_complete = value && strcmp((const char *)value, "true") == 0;

        xmlFree(value);
        if (!is_complete)
                return 0;
        return r->to->item(&(struct settings_reader_item){.line = line_here(r), .name = tbook, .index = SETTINGS_READER_NO_INDEX,
                                                          .value = "complete", .permission = ""}, r->to->userdata);
}

/* From the start tag of a container to its end. */
static int read_container(struct reading *r, const struct container *container)
{
        int depth = xmlTextReaderDepth(r->xml), more = 1, v = 0;
        char tag[80];

        if (container->content == CONTENT_LEFT_OUT) {
                tell(r, line_here(r), false, tag_of(xmlTextReaderConstName(r->xml), tag), "%s", container->why);
                return pass_over(r);
        }
        if (container->content == CONTENT_BOOK)
                v = note_complete(r);
        if (v || xmlTextReaderIsEmptyElement(r->xml) == 1)
                return v;
        while ((more = xmlTextReaderRead(r->xml)) == 1 && xmlTextReaderDepth(r->xml) > depth) {
                int type = xmlTextReaderNodeType(r->xml);

                if (type == XML_READER_TYPE_ELEMENT)
                        v = read_item(r, container->content);
                else if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA)
                        tell(r, line_here(r), false, tag_of(BAD_CAST container->name, tag), "text stands between its settings; it was left out");
                if (v)
                        return v;
        }
        return more == 1 ? 0 : PV_EMALFORMED;
}

/* An inner tag of settings, or one that is a file of its own; 0 also when it is left out. */
static int read_part(struct reading *r)
{
        const xmlChar *name = xmlTextReaderConstName(r->xml);
        const struct container *container = container_of(name);
        char tag[80];

        if (!name)
                return PV_ENOMEM;
        if (container)
                return read_container(r, container);
        tell(r, line_here(r), false, tag_of(name, tag), "this part of a settings file is not known here; it was left out");
        return pass_over(r);
}

/* Another kind of document, if it is XML to its end. */
static int refuse_root(struct reading *r, const xmlChar *name)
{
        unsigned line = line_here(r);
        char tag[80];

        tag_of(name, tag);
        while (xmlTextReaderRead(r->xml) == 1)
                continue;
        if (r->fault_code)
                return PV_EMALFORMED;
        tell(r, line, true, tag, "a settings file begins with <settings> or one of its parts (<phone-settings>, <functionKeys>, <tbook>, <dialplan>, "
             "<certificates>, <uploads>); this one does not");
        return PV_EREFUSED;
}

static int read_root(struct reading *r)
{
        const xmlChar *name = xmlTextReaderConstName(r->xml);
        int more = 1, v = 0;

        if (!name)
                return PV_ENOMEM;
        if (strcasecmp((const char *)name, "settings") != 0)
                return container_of(name) ? read_part(r) : refuse_root(r, name);
        if (xmlTextReaderIsEmptyElement(r->xml) == 1)
                return 0;
        while ((more = xmlTextReaderRead(r->xml)) == 1 && xmlTextReaderDepth(r->xml) > 0) {
                if (xmlTextReaderNodeType(r->xml) == XML_READER_TYPE_ELEMENT)
                        v = read_part(r);
                if (v)
                        return v;
        }
        return more == 1 ? 0 : PV_EMALFORMED;
}

static int read_document(struct reading *r)
{
        int more, v = 0;
        bool has_root = false;

        while (!v && (more = xmlTextReaderRead(r->xml)) == 1) {
                int type = xmlTextReaderNodeType(r->xml);

                /* markup_reader does not let one through; should it ever, it ends here. */
                if (type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE) {
                        tell(r, line_here(r), true, "<!DOCTYPE>", "a document type (DOCTYPE) is not taken; remove it");
                        return PV_EREFUSED;
                }
                if (type == XML_READER_TYPE_ELEMENT && xmlTextReaderDepth(r->xml) == 0) {
                        v = read_root(r);
                        has_root = true;
                }
        }
        return v ? v : more < 0 || !has_root || r->fault_code ? PV_EMALFORMED : 0;
}

static void pass_on(const struct markup_reader_problem *problem, void *userdata)
{
        const struct reading *r = userdata;

        tell(r, problem->line, !problem->is_warning, problem->what, "%s", problem->reason);
}

/* What is not well-formed is explained by what people usually do; when that finds nothing, by what the library said. */
static int explain(struct reading *r, int result)
{
        if (result != PV_EMALFORMED)
                return result;
        if (!memchr(r->text, '<', r->size))
                tell(r, 0, true, "", "no tag was found; is this a settings file?");
        else if (markup_reader_explain(r->text, r->size, pass_on, r) == 0)
                tell(r, r->fault_line, true, r->fault_tag, "%s", r->fault_code ? r->fault : "this is not well-formed XML");
        return result;
}

static int parse(struct reading *r)
{
        int v;

        lock_library();
        r->xml = xmlReaderForMemory(r->text, (int)r->size, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
        if (!r->xml)
                return PV_ENOMEM;
        xmlTextReaderSetStructuredErrorHandler(r->xml, on_error, r);
        v = read_document(r);
        forget_item(r);
        xmlFreeTextReader(r->xml);
        xmlResetLastError();            /* it may hold pieces of values */
        if (v == PV_ETOOLARGE && !r->fault_code)
                tell(r, 0, true, "", "a value is longer than %d bytes, or one item holds too much", SETTINGS_READER_VALUE_MAX);
        return r->fault_code && v != PV_ENOMEM ? PV_EMALFORMED : v;
}

int settings_reader_read(const struct settings_reader *reader, const void *bytes, size_t size)
{
        struct encoding_reader_problem encoding_problem;
        struct markup_reader_problem problem;
        struct reading *r = NULL;
        char *text = NULL;
        size_t text_size = 0;
        int v = encoding_reader_read(ENCODING_READER_XML, bytes, size, &text, &text_size, &encoding_problem);

        if (v == PV_ENOMEM)
                return v;
        if (v) {
                reader->trouble(&(struct settings_reader_trouble){encoding_problem.line, true, "", encoding_problem.reason}, reader->userdata);
                return v;
        }
        r = calloc(1, sizeof *r);
        if (!r) {
                v = PV_ENOMEM;
                goto out;
        }
        r->to = reader;
        r->text = text;
        r->size = text_size;
        v = markup_reader_check(text, text_size, &problem);
        if (v == PV_EREFUSED || (v && markup_reader_explain(text, text_size, pass_on, r) == 0))
                tell(r, problem.line, true, problem.what, "%s", problem.reason);
        else if (!v)
                v = explain(r, parse(r));
out:
        if (r) {
                explicit_bzero(r->value, sizeof r->value);
                free(r);
        }
        encoding_reader_free(text, text_size);
        return v;
}
