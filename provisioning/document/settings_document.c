/*
 * settings_document: settings as the XML Snom phones read.
 *
 * In:   names, values and permissions; values are free text of an admin.
 * Out:  a well-formed document whose values a reader gets back unchanged.
 * Not:  no decision which settings a phone gets.
 *
 * libxml2's writer escapes what must be escaped, but copies bytes that no XML
 * may hold; so every name and value is checked before.
 */
#include "provisioning/document/settings_document.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "appliance/base/text.h"

#define NAME_MAX_BYTES 64
#define CERTIFICATE_MAX_BYTES 16384
#define FKEY "fkey"

/* --- checks --------------------------------------------------------------- */

static bool is_name(const char *name)
{
        static const char start[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
        static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-";
        size_t size = strlen(name);

        return size > 0 && size <= NAME_MAX_BYTES && strchr(start, name[0]) && strspn(name, more) == size;
}

/* What XML 1.0 and a phone can carry: printable UTF-8, tab and line feed. */
static bool is_value(const char *value)
{
        char run[256];

        while (*value) {
                size_t size = strcspn(value, "\t\n");

                if (size >= sizeof run) {       /* cut between characters */
                        size = sizeof run - 1;
                        while (size > 1 && ((unsigned char)value[size] & 0xc0) == 0x80)
                                size--;
                }
                memcpy(run, value, size);
                run[size] = 0;
                if (!text_is_printable(run) || strstr(run, "\xef\xbf\xbe") || strstr(run, "\xef\xbf\xbf"))
                        return false;
                value += size;
                value += *value == '\t' || *value == '\n';
        }
        return true;
}

static bool is_permission(const char *permission)
{
        return strlen(permission) <= 3 && strspn(permission, "RW!V&$ ") == strlen(permission);
}

static int check_setting(const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        char name[80];

        text_escape(name, sizeof name, setting->name, strlen(setting->name));
        if (!is_name(setting->name))
                (void)snprintf(problem->reason, sizeof problem->reason, "\"%s\" is no name of a setting; remove it", name);
        else if (setting->permission && !is_permission(setting->permission))
                (void)snprintf(problem->reason, sizeof problem->reason,
                               "the permission of %s is none of R, RW, ! and V; set it anew", name);
        else if (!is_value(setting->value))
                (void)snprintf(problem->reason, sizeof problem->reason,
                               "the value of %s holds a character that no settings document can carry; set it anew", name);
        else if (!strcmp(setting->name, FKEY) && setting->index < 0)
                (void)snprintf(problem->reason, sizeof problem->reason, "a function key (fkey) needs its number as index");
        else
                return 0;
        return PV_EREFUSED;
}

/* The lines between BEGIN and END CERTIFICATE, as a phone wants them (snom.md 1.5). */
static int body_of_pem(const char *pem, const char **ret_start, size_t *ret_size)
{
        static const char begin[] = "-----BEGIN CERTIFICATE-----\n", end[] = "-----END CERTIFICATE-----";
        static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n";
        const char *start = strstr(pem, begin), *stop = start ? strstr(start, end) : NULL;

        if (!stop || strstr(stop, begin))
                return PV_EREFUSED;
        start += strlen(begin);
        if (stop <= start || (size_t)(stop - start) > CERTIFICATE_MAX_BYTES || strspn(start, base64) != (size_t)(stop - start))
                return PV_EREFUSED;
        *ret_start = start;
        *ret_size = (size_t)(stop - start) - 1;         /* without the last line feed */
        return 0;
}

static int check_document(const struct settings_document *document, struct settings_document_problem *problem)
{
        const char *start;
        size_t size;
        int r = 0;

        for (size_t i = 0; !r && i < document->n_certificates; i++) {
                r = body_of_pem(document->certificates[i], &start, &size);
                if (r)
                        (void)snprintf(problem->reason, sizeof problem->reason, "certificate %zu is not one PEM certificate", i + 1);
        }
        for (size_t i = 0; !r && i < document->n_settings; i++)
                r = check_setting(&document->settings[i], problem);
        return r;
}

/* --- writing ---------------------------------------------------------------- */

/* The writer and whether all went well so far: its errors are no memory and misuse. */
struct out {
        xmlTextWriterPtr writer;
        bool failed;
};

static void begin(struct out *o, const char *element)
{
        o->failed = o->failed || xmlTextWriterStartElement(o->writer, BAD_CAST element) < 0;
}

static void end(struct out *o)
{
        o->failed = o->failed || xmlTextWriterEndElement(o->writer) < 0;
}

static void attribute(struct out *o, const char *name, const char *value)
{
        o->failed = o->failed || xmlTextWriterWriteAttribute(o->writer, BAD_CAST name, BAD_CAST value) < 0;
}

static void text(struct out *o, const char *value)
{
        if (*value)
                o->failed = o->failed || xmlTextWriterWriteString(o->writer, BAD_CAST value) < 0;
}

static void write_certificate(struct out *o, const char *pem)
{
        const char *start;
        char body[CERTIFICATE_MAX_BYTES + 1];
        size_t size;

        if (body_of_pem(pem, &start, &size)) {
                o->failed = true;
                return;
        }
        memcpy(body, start, size);
        body[size] = 0;
        begin(o, "certificate");
        attribute(o, "type", "base64");
        text(o, body);
        end(o);
}

static void write_index(struct out *o, int index)
{
        char number[16];

        if (index < 0)
                return;
        (void)snprintf(number, sizeof number, "%d", index);
        attribute(o, "idx", number);
}

static void write_setting(struct out *o, const struct settings_document_setting *setting)
{
        begin(o, setting->name);
        write_index(o, setting->index);
        if (!strcmp(setting->name, FKEY)) {
                attribute(o, "context", "active");
                attribute(o, "label", "");
        }
        if (setting->permission)
                attribute(o, "perm", setting->permission);
        text(o, setting->value);
        end(o);
}

/* The settings of one container; none: the container is left out. */
static void write_settings(struct out *o, const struct settings_document *document, const char *container, bool fkeys)
{
        bool begun = false;

        for (size_t i = 0; i < document->n_settings; i++) {
                if (!strcmp(document->settings[i].name, FKEY) != fkeys)
                        continue;
                if (!begun) {
                        begin(o, container);
                        attribute(o, "e", "2");
                }
                begun = true;
                write_setting(o, &document->settings[i]);
        }
        if (begun)
                end(o);
}

static void write_document(struct out *o, const struct settings_document *document)
{
        o->failed = xmlTextWriterSetIndent(o->writer, 1) < 0 ||
                    xmlTextWriterStartDocument(o->writer, NULL, "UTF-8", NULL) < 0;
        begin(o, "settings");
        if (document->n_certificates > 0) {
                begin(o, "certificates");
                for (size_t i = 0; i < document->n_certificates; i++)
                        write_certificate(o, document->certificates[i]);
                end(o);
        }
        write_settings(o, document, "phone-settings", false);
        write_settings(o, document, "functionKeys", true);
        end(o);
        o->failed = o->failed || xmlTextWriterEndDocument(o->writer) < 0;
}

/* Our own copy, so that the writer's buffer can be wiped. */
static int take_bytes(xmlBufferPtr buffer, char **ret_bytes, size_t *ret_size)
{
        size_t size = (size_t)xmlBufferLength(buffer);
        char *bytes = malloc(size + 1);

        if (!bytes)
                return PV_ENOMEM;
        memcpy(bytes, xmlBufferContent(buffer), size);
        bytes[size] = 0;
        *ret_bytes = bytes;
        *ret_size = size;
        return 0;
}

int settings_document_write(const struct settings_document *document, char **ret_bytes, size_t *ret_size,
                            struct settings_document_problem *ret_problem)
{
        struct out o = {0};
        xmlBufferPtr buffer = NULL;
        int r = check_document(document, ret_problem);

        if (r)
                return r;
        buffer = xmlBufferCreateSize(16384);
        o.writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
        if (!o.writer) {
                r = PV_ENOMEM;
                goto out;
        }
        write_document(&o, document);
        xmlFreeTextWriter(o.writer);            /* flushes */
        r = o.failed ? PV_ENOMEM : take_bytes(buffer, ret_bytes, ret_size);
out:
        if (buffer) {
                explicit_bzero((void *)(uintptr_t)xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer));
                xmlBufferFree(buffer);
        }
        return r;
}

void settings_document_free(char *bytes, size_t size)
{
        if (!bytes)
                return;
        explicit_bzero(bytes, size);
        free(bytes);
}
