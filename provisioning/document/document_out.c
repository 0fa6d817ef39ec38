/*
 * document_out: XML growing in memory.
 *
 * In:   names that are sound, texts that are not trusted.
 * Out:  a well-formed document whose texts a reader gets back unchanged.
 * Not:  no idea what the elements mean (settings_document).
 *
 * libxml2's writer keeps the containers and the buffer. A setting costs it a
 * dozen calls and some allocations, and a site has a million settings; so lines
 * are put together here, byte for byte as it would (a test compares), and handed
 * to it in pieces. It copies bytes that no XML may hold: here they are refused.
 */
#include "provisioning/document/document_out.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "appliance/base/text.h"
#include "provisioning/document/settings_document.h"

#define PIECE 8192
#define DEPTH_MAX 8

struct document_out {
        xmlBufferPtr buffer;
        xmlTextWriterPtr writer;
        unsigned depth;                 /* containers that are open */
        bool in_line, has_text, has_lines;
        bool was_refused, failed;
        size_t size, max;               /* of the whole document, and what it may be */
        size_t name_size;               /* of the line */
        size_t n;
        char piece[PIECE];              /* of lines, not yet handed over */
};

int document_out_new(struct document_out **ret_out)
{
        struct document_out *out = calloc(1, sizeof *out);

        if (!out)
                return PV_ENOMEM;
        out->buffer = xmlBufferCreateSize(4 * PIECE);
        if (!out->buffer) {
                free(out);
                return PV_ENOMEM;
        }
        xmlBufferSetAllocationScheme(out->buffer, XML_BUFFER_ALLOC_DOUBLEIT);
        *ret_out = out;
        return 0;
}

void document_out_wipe(struct document_out *out)
{
        explicit_bzero((void *)(uintptr_t)xmlBufferContent(out->buffer), (size_t)xmlBufferLength(out->buffer));
        explicit_bzero(out->piece, sizeof out->piece);
        xmlBufferEmpty(out->buffer);
}

void document_out_free(struct document_out *out)
{
        if (!out)
                return;
        if (out->writer)
                xmlFreeTextWriter(out->writer);
        document_out_wipe(out);
        xmlBufferFree(out->buffer);
        free(out);
}

/* --- pieces ----------------------------------------------------------------- */

static void note(struct document_out *out, int result)
{
        out->failed = out->failed || result < 0;
}

static void hand_over(struct document_out *out, const char *bytes, size_t size)
{
        out->size += size;
        out->failed = out->failed || out->size > out->max;
        if (size > 0 && !out->failed)
                note(out, xmlTextWriterWriteRawLen(out->writer, BAD_CAST bytes, (int)size));
}

static void flush(struct document_out *out)
{
        hand_over(out, out->piece, out->n);
        out->n = 0;
}

/* Inlined, so that the few bytes between names and values need no call. */
static inline __attribute__((always_inline)) void put(struct document_out *out, const char *bytes, size_t size)
{
        if (size > PIECE - out->n)
                flush(out);
        memcpy(out->piece + out->n, bytes, size);
        out->n += size;
}

/* Of any size: more than a piece goes its own way. */
static void put_long(struct document_out *out, const char *bytes, size_t size)
{
        if (size <= PIECE) {
                put(out, bytes, size);
                return;
        }
        flush(out);
        hand_over(out, bytes, size);
}

static void put_name(struct document_out *out, const char *name)
{
        for (;;) {
                char *to = out->piece + out->n, *end = out->piece + PIECE;

                while (*name && to < end)
                        *to++ = *name++;
                out->n = (size_t)(to - out->piece);
                if (!*name)
                        return;
                flush(out);
        }
}

/* --- texts ------------------------------------------------------------------ */

enum { END = 1, MARKUP = 2, BLANK = 4, HIGH = 8, NEVER = 16 };

/* What each byte needs; 0: nothing. */
static const uint8_t needs[256] = {
        [0] = END, [1 ... 8] = NEVER, ['\t'] = BLANK, ['\n'] = BLANK, [11 ... 31] = NEVER, [127] = NEVER, ['<'] = MARKUP, ['>'] = MARKUP,
        ['&'] = MARKUP, ['"'] = MARKUP, [128 ... 255] = HIGH,
};

/* Valid UTF-8 without control characters between tabs and line feeds, and none of the two code points that are no characters. */
static bool is_sound(const char *text)
{
        char run[256];

        while (*text) {
                size_t size = strcspn(text, "\t\n");

                if (size >= sizeof run) {       /* cut between characters */
                        size = sizeof run - 1;
                        while (size > 1 && ((unsigned char)text[size] & 0xc0) == 0x80)
                                size--;
                }
                memcpy(run, text, size);
                run[size] = 0;
                if (!text_is_printable(run) || strstr(run, "\xef\xbf\xbe") || strstr(run, "\xef\xbf\xbf"))
                        return false;
                text += size;
                text += *text == '\t' || *text == '\n';
        }
        return true;
}

/* The bytes that need nothing, as far as they go. */
static const char *put_run(struct document_out *out, const char *text)
{
        for (;;) {
                char *to = out->piece + out->n, *end = out->piece + PIECE;

                while (to < end && !needs[(unsigned char)*text])
                        *to++ = *text++;
                out->n = (size_t)(to - out->piece);
                if (to < end)
                        return text;
                flush(out);
        }
}

static void put_markup(struct document_out *out, char c)
{
        switch (c) {
        case '<': put(out, "&lt;", 4); break;
        case '>': put(out, "&gt;", 4); break;
        case '&': put(out, "&amp;", 5); break;
        default: put(out, "&quot;", 6); break;
        }
}

/* `never`: what this place cannot carry. */
static void put_value(struct document_out *out, const char *text, unsigned never)
{
        const char *at = put_run(out, text);
        bool is_checked = false;

        while (*at && !out->was_refused) {
                unsigned need = needs[(unsigned char)*at];

                if (need == HIGH && !is_checked)
                        is_checked = is_sound(at);
                if (need & never || (need == HIGH && !is_checked))
                        out->was_refused = true;
                else if (need == MARKUP)
                        put_markup(out, *at);
                else
                        put(out, at, 1);
                at = put_run(out, at + 1);
        }
        out->was_refused = out->was_refused || (size_t)(at - text) > SETTINGS_DOCUMENT_VALUE_MAX;
}

/* --- containers --------------------------------------------------------------- */

/* The writer is kept from document to document, unless one was left in its middle. */
static bool has_writer(struct document_out *out)
{
        if (out->writer && (out->failed || out->depth > 0)) {
                xmlFreeTextWriter(out->writer);
                out->writer = NULL;
        }
        if (!out->writer) {
                out->writer = xmlNewTextWriterMemory(out->buffer, 0);
                if (!out->writer || xmlTextWriterSetIndent(out->writer, 1) < 0)
                        return false;
        }
        return true;
}

void document_out_begin(struct document_out *out, const char *root, size_t max)
{
        static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

        out->failed = !has_writer(out);
        xmlBufferEmpty(out->buffer);
        out->n = out->size = 0;
        out->max = max;
        out->depth = 0;
        out->in_line = out->has_text = out->has_lines = out->was_refused = false;
        hand_over(out, declaration, sizeof declaration - 1);
        document_out_open(out, root);
}

void document_out_open(struct document_out *out, const char *container)
{
        if (out->failed)
                return;
        note(out, xmlTextWriterStartElement(out->writer, BAD_CAST container));
        out->depth++;
        out->has_lines = false;
}

/* The end tag of a container with lines stands below its start tag. */
void document_out_close(struct document_out *out)
{
        static const char blanks[] = "\n        ";

        if (out->failed || out->depth == 0)
                return;
        if (out->has_lines)
                put(out, blanks, 1 + (out->depth - 1 < DEPTH_MAX ? out->depth - 1 : DEPTH_MAX));
        flush(out);
        note(out, xmlTextWriterEndElement(out->writer));
        out->depth--;
        out->has_lines = false;
}

/* --- lines -------------------------------------------------------------------- */

void document_out_attribute(struct document_out *out, const char *name, const char *value)
{
        if (out->failed)
                return;
        if (!out->in_line) {
                note(out, xmlTextWriterWriteAttribute(out->writer, BAD_CAST name, BAD_CAST value));
                return;
        }
        put(out, " ", 1);
        put_name(out, name);
        put(out, "=\"", 2);
        put_value(out, value, NEVER | BLANK);
        put(out, "\"", 1);
}

void document_out_number(struct document_out *out, const char *name, int value)
{
        char number[16], *at = number + sizeof number;
        unsigned left = value < 0 ? 0 : (unsigned)value;

        *--at = 0;
        do
                *--at = (char)('0' + left % 10);
        while ((left /= 10) > 0);
        document_out_attribute(out, name, at);
}

static void begin_line(struct document_out *out)
{
        static const char blanks[] = "\n        ";

        put(out, blanks, 1 + (out->depth < DEPTH_MAX ? out->depth : DEPTH_MAX));
        out->has_lines = true;
}

void document_out_line(struct document_out *out, const char *name)
{
        if (out->failed)
                return;
        begin_line(out);
        out->name_size = strlen(name);
        put(out, "<", 1);
        put_long(out, name, out->name_size);
        out->in_line = true;
        out->has_text = false;
}

static void begin_text(struct document_out *out)
{
        if (!out->has_text)
                put(out, ">", 1);
        out->has_text = true;
}

void document_out_text(struct document_out *out, const char *text)
{
        if (out->failed || !*text)
                return;
        begin_text(out);
        put_value(out, text, NEVER);
}

void document_out_child(struct document_out *out, const char *name, const char *text)
{
        if (out->failed)
                return;
        begin_text(out);
        put(out, "<", 1);
        put_name(out, name);
        put(out, ">", 1);
        put_value(out, text, NEVER | BLANK);
        put(out, "</", 2);
        put_name(out, name);
        put(out, ">", 1);
}

void document_out_line_end(struct document_out *out, const char *name)
{
        if (out->failed)
                return;
        if (out->has_text) {
                put(out, "</", 2);
                put_long(out, name, out->name_size);
                put(out, ">", 1);
        } else {
                put(out, "/>", 2);
        }
        out->in_line = false;
}

void document_out_raw_line(struct document_out *out, const char *xml)
{
        if (out->failed)
                return;
        begin_line(out);
        for (const char *at = xml; *at; at++)
                out->was_refused = out->was_refused || needs[(unsigned char)*at] == NEVER;
        put_long(out, xml, strlen(xml));
}

/* --- the end ------------------------------------------------------------------ */

bool document_out_was_refused(struct document_out *out)
{
        bool was_refused = out->was_refused;

        out->was_refused = false;
        return was_refused;
}

int document_out_finish(struct document_out *out, const char **ret_bytes, size_t *ret_size)
{
        while (out->depth > 0 && !out->failed)
                document_out_close(out);
        if (!out->failed)
                note(out, xmlTextWriterEndDocument(out->writer));
        if (!out->failed)
                note(out, xmlTextWriterFlush(out->writer));
        if (out->failed)
                return out->size > out->max ? PV_ETOOLARGE : PV_ENOMEM;
        *ret_bytes = (const char *)xmlBufferContent(out->buffer);
        *ret_size = (size_t)xmlBufferLength(out->buffer);
        return 0;
}
