/*
 * document_write: any text as a setting of a document.
 *
 * In:   the fuzzer's bytes: index and number of attributes, then name, permission, value and pairs of attributes, apart by NULs.
 * Out:  an abort when what was written is no XML, or holds more than the one setting.
 * Not:  no lint: the writer must be safe without it.
 */
#include <libxml/xmlreader.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/document/settings_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ATTRIBUTES 4

static const char *next(const char **at, const char *end)
{
        const char *text = *at < end ? *at : "";

        *at += strlen(text) + 1;
        return text;
}

static void on_error(void *seen, xmlErrorPtr error)
{
        (void)error;
        *(bool *)seen = true;
}

/* Well-formed, a container and one line in it; what stands inside the line is the part's business. */
static bool is_sound(const char *bytes, size_t size)
{
        xmlTextReaderPtr reader = xmlReaderForMemory(bytes, (int)size, NULL, NULL, XML_PARSE_NONET);
        bool slipped = false, is_strange = false;
        int more, lines = 0;

        if (!reader)
                return false;
        xmlTextReaderSetStructuredErrorHandler(reader, on_error, &slipped);
        while ((more = xmlTextReaderRead(reader)) == 1) {
                int type = xmlTextReaderNodeType(reader);

                lines += type == XML_READER_TYPE_ELEMENT && xmlTextReaderDepth(reader) == 2;
                is_strange = is_strange || type == XML_READER_TYPE_COMMENT || type == XML_READER_TYPE_CDATA ||
                             type == XML_READER_TYPE_PROCESSING_INSTRUCTION || type == XML_READER_TYPE_DOCUMENT_TYPE ||
                             type == XML_READER_TYPE_ENTITY_REFERENCE;
        }
        xmlFreeTextReader(reader);
        return more == 0 && !slipped && !is_strange && lines <= 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct settings_document_writer *writer;
        struct settings_document_attribute attributes[ATTRIBUTES];
        struct settings_document_setting setting = {.attributes = attributes};
        struct settings_document_problem problem = {""};
        const char *at, *bytes;
        char *copy = size > 1 ? malloc(size) : NULL;
        size_t n;

        if (!copy || (!writer && settings_document_writer_new(&writer))) {
                free(copy);
                return 0;
        }
        memcpy(copy, data + 2, size - 2);
        copy[size - 2] = 0;
        at = copy;
        setting.index = (int)data[0] - 1;
        setting.n_attributes = data[1] % (ATTRIBUTES + 1);
        setting.name = next(&at, copy + size - 2);
        setting.permission = next(&at, copy + size - 2);
        setting.value = next(&at, copy + size - 2);
        for (size_t i = 0; i < setting.n_attributes; i++) {
                attributes[i].name = next(&at, copy + size - 2);
                attributes[i].value = next(&at, copy + size - 2);
        }
        if (settings_document_render(writer, &(struct settings_document){.settings = &setting, .n_settings = 1}, &bytes, &n, &problem)) {
                if (strlen(problem.reason) < 10)
                        abort();
        } else if (!is_sound(bytes, n)) {
                abort();
        }
        free(copy);
        return 0;
}
