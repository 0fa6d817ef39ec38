/*
 * settings_part: one setting as the line of the part it belongs to.
 *
 * In:   a setting whose name is sound; value and attributes are an admin's texts.
 * Out:  a line, or a sentence why the phone cannot carry it.
 * Not:  no order of the settings, no containers' ends (settings_document).
 *
 * The shapes are those of Snom's pages on the tags of a settings file; docs/settings.md names them.
 */
#include "provisioning/document/settings_part.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/document/xml_fragment.h"

#define NAME_MAX_BYTES 64
#define ATTRIBUTES_MAX 32
#define CERTIFICATE_MAX_BYTES 16384
#define URL_MAX_BYTES 1024

/* --- names -------------------------------------------------------------------- */

enum { FIRST = 1, LATER = 2 };

static const uint8_t in_names[256] = {
        ['A' ... 'Z'] = FIRST | LATER, ['a' ... 'z'] = FIRST | LATER, ['_'] = FIRST | LATER, ['0' ... '9'] = LATER, ['.'] = LATER, ['-'] = LATER,
};

static bool is_name(const char *name)
{
        unsigned all = LATER;
        size_t size = 0;

        for (; name[size] && size <= NAME_MAX_BYTES; size++)
                all &= in_names[(unsigned char)name[size]];
        return size > 0 && size <= NAME_MAX_BYTES && all && in_names[(unsigned char)name[0]] & FIRST;
}

static bool is_permission(const char *permission)
{
        size_t size = 0;

        if (!permission || (permission[0] == 'R' && !permission[1]))
                return true;
        while (size <= 3 && permission[size] && strchr("RW!V&$ ", permission[size]))
                size++;
        return size <= 3 && !permission[size];
}

/* Asked for each setting: most are told apart by two letters. */
static enum settings_part part_if(const char *name, const char *word, enum settings_part part)
{
        return name[1] == word[1] && !strcmp(name, word) ? part : SETTINGS_PART_PLAIN;
}

enum settings_part settings_part_of(const char *name)
{
        switch (name[0]) {
        case 'f': return part_if(name, "fkey", SETTINGS_PART_KEYS);
        case 't': return part_if(name, "tbook", SETTINGS_PART_BOOK);
        case 'd': return part_if(name, "dialplan", SETTINGS_PART_DIALPLAN);
        case 'r': return part_if(name, "replacement", SETTINGS_PART_REPLACEMENT);
        case 'c': return part_if(name, "certificate", SETTINGS_PART_CERTIFICATES);
        case 'u': return part_if(name, "upload", SETTINGS_PART_UPLOADS);
        default: return SETTINGS_PART_PLAIN;
        }
}

__attribute__((format(printf, 3, 4))) static int refuse(struct settings_document_problem *problem,
                                                        const struct settings_document_setting *setting, const char *format, ...)
{
        char name[80], number[16] = "";
        size_t used;
        va_list args;

        text_escape(name, sizeof name, setting->name, strlen(setting->name));
        if (setting->index >= 0)
                (void)snprintf(number, sizeof number, "[%d]", setting->index);
        (void)snprintf(problem->reason, sizeof problem->reason, "%s%s: ", name, number);
        used = strlen(problem->reason);
        va_start(args, format);
        (void)vsnprintf(problem->reason + used, sizeof problem->reason - used, format, args);
        va_end(args);
        return PV_EREFUSED;
}

/* --- attributes --------------------------------------------------------------- */

/* What is known of a part's attributes: written first and in this order, under this very name. */
struct known {
        const char *name;
        const char *fallback;           /* written when it is not given; NULL: left out then */
};

static const struct known of_keys[] = {
        {"context", "active"}, {"label", ""}, {"short_label_mode", NULL}, {"short_label", NULL}, {"short_default_text", NULL},
        {"label_mode", NULL}, {"icon_type", NULL}, {"reg_label_mode", NULL}, {"ringer", NULL}, {"park_retrieve", NULL}, {"lp", NULL},
        {"clp", NULL}, {"default_text", NULL}, {NULL, NULL},
};
#define KNOWN_MAX 13
_Static_assert(sizeof of_keys / sizeof *of_keys <= KNOWN_MAX + 1, "the longest of these lists");
/* The first three are attributes of the entry, the others stand inside of it, before its number. */
static const struct known of_entries[] = {
        {"context", "active"}, {"type", "none"}, {"fav", NULL}, {"name", NULL}, {"first_name", NULL}, {"last_name", NULL}, {NULL, NULL},
};
#define ENTRY_ATTRIBUTES 3
static const struct known of_templates[] = {{"Timeout", NULL}, {"User", NULL}, {"Rewrite", NULL}, {NULL, NULL}};
static const struct known of_uploads[] = {{"type", NULL}, {NULL, NULL}};
static const struct known of_none[] = {{NULL, NULL}};

/* XML attributes of these names come from the setting itself. */
static const char *const reserved[] = {"idx", "index", "perm", "e", "MATCH", "url", "number", NULL};

/* Upper or lower case: documents are written by many hands. Names are letters, digits, '_', '.' and '-'. */
static bool is_same(const char *a, const char *b)
{
        while (*a && (*a | 32) == (*b | 32))
                a++, b++;
        return !*a && !*b;
}

static const struct settings_document_attribute *find(const struct settings_document_setting *setting, const char *name)
{
        for (size_t i = 0; i < setting->n_attributes; i++)
                if (is_same(setting->attributes[i].name, name))
                        return &setting->attributes[i];
        return NULL;
}

static bool is_reserved(const char *name)
{
        size_t i = 0;

        while (reserved[i] && !is_same(reserved[i], name))
                i++;
        return reserved[i];
}

static int check_attributes(const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        char shown[80];

        if (setting->n_attributes > ATTRIBUTES_MAX)
                return refuse(problem, setting, "it has more than %d attributes; remove some", ATTRIBUTES_MAX);
        for (size_t i = 0; i < setting->n_attributes; i++) {
                const char *name = setting->attributes[i].name;

                text_escape(shown, sizeof shown, name, strlen(name));
                if (!is_name(name))
                        return refuse(problem, setting, "\"%s\" is no name of an attribute; remove it", shown);
                if (is_reserved(name))
                        return refuse(problem, setting, "%s is no attribute to be given; number, permission and value of the setting say it", shown);
                if (find(setting, name) != &setting->attributes[i])
                        return refuse(problem, setting, "the attribute %s is given twice; remove one", shown);
        }
        return 0;
}

typedef void (*put_pair)(struct document_out *out, const char *name, const char *value);

/* The attributes of one setting, sorted into what is known and the rest. */
struct sorted {
        const struct settings_document_attribute *known[KNOWN_MAX];
        const struct settings_document_attribute *rest[ATTRIBUTES_MAX];         /* by name */
        size_t n_rest;
};

static void insert(struct sorted *sorted, const struct settings_document_attribute *attribute)
{
        size_t at = sorted->n_rest++;

        for (; at > 0 && strcmp(sorted->rest[at - 1]->name, attribute->name) > 0; at--)
                sorted->rest[at] = sorted->rest[at - 1];
        sorted->rest[at] = attribute;
}

static void sort(const struct settings_document_setting *setting, const struct known *known, struct sorted *ret_sorted)
{
        memset(ret_sorted->known, 0, sizeof ret_sorted->known);
        ret_sorted->n_rest = 0;
        for (size_t i = 0; i < setting->n_attributes; i++) {
                size_t k = 0;

                while (known[k].name && !is_same(known[k].name, setting->attributes[i].name))
                        k++;
                if (known[k].name)
                        ret_sorted->known[k] = &setting->attributes[i];
                else
                        insert(ret_sorted, &setting->attributes[i]);
        }
}

static void write_known(struct document_out *out, const struct sorted *sorted, const struct known *known, size_t first, size_t end,
                        put_pair put)
{
        for (size_t k = first; k < end && known[k].name; k++)
                if (sorted->known[k] || known[k].fallback)
                        put(out, known[k].name, sorted->known[k] ? sorted->known[k]->value : known[k].fallback);
}

/* By name: what the same attributes give is the same, in whatever order they came. */
static void write_rest(struct document_out *out, const struct sorted *sorted, put_pair put)
{
        for (size_t i = 0; i < sorted->n_rest; i++)
                put(out, sorted->rest[i]->name, sorted->rest[i]->value);
}

static void write_attributes(struct document_out *out, const struct settings_document_setting *setting, const struct known *known)
{
        struct sorted sorted;

        if (setting->n_attributes == 0 && !known->name)
                return;
        sort(setting, known, &sorted);
        write_known(out, &sorted, known, 0, KNOWN_MAX, document_out_attribute);
        write_rest(out, &sorted, document_out_attribute);
}

/* --- the parts ------------------------------------------------------------------ */

/* "-----BEGIN PRIVATE KEY-----": its size, blanks and all; 0: none begins here. */
static size_t pem_line_size(const char *at)
{
        const char *end = text_starts(at, "-----BEGIN ") || text_starts(at, "-----END ") ? strstr(at + 5, "-----") : NULL;

        return end ? (size_t)(end - at) + 5 : 0;
}

/* Values are one line of text; PEM has line ends, so blanks stand for them. */
static void write_pem(struct document_out *out, const char *text)
{
        char body[CERTIFICATE_MAX_BYTES + 1];
        size_t size = strlen(text);

        if (size > CERTIFICATE_MAX_BYTES) {
                document_out_text(out, text);
                return;
        }
        for (size_t i = 0, line; i < size; i += line ? line : 1) {
                line = pem_line_size(text + i);
                if (line)
                        memcpy(body + i, text + i, line);
                else
                        body[i] = text[i] == ' ' ? '\n' : text[i];
        }
        body[size] = 0;
        document_out_text(out, body);
}

static int write_plain(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        (void)problem;
        document_out_line(out, setting->name);
        if (setting->index >= 0)
                document_out_number(out, "idx", setting->index);
        write_attributes(out, setting, of_none);
        if (setting->permission)
                document_out_attribute(out, "perm", setting->permission);
        if (!strcmp(setting->name, "webserver_cert"))
                write_pem(out, setting->value);
        else
                document_out_text(out, setting->value);
        document_out_line_end(out, setting->name);
        return 0;
}

/* What a long press does counts only beside clp="1" (Snom's page on <functionKeys>). */
static int write_key(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        if (setting->index < 0)
                return refuse(problem, setting, "a function key needs its number, 0 for the first one");
        document_out_line(out, "fkey");
        document_out_number(out, "idx", setting->index);
        write_attributes(out, setting, of_keys);
        if (find(setting, "lp") && !find(setting, "clp"))
                document_out_attribute(out, "clp", "1");
        if (setting->permission)
                document_out_attribute(out, "perm", setting->permission);
        document_out_text(out, setting->value);
        document_out_line_end(out, "fkey");
        return 0;
}

static int write_entry(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        struct sorted sorted;

        if (setting->index < 0)
                return refuse(problem, setting, "an entry of the phone book needs its number; without one the only value is complete");
        if (!*setting->value)
                return refuse(problem, setting, "an entry of the phone book needs a number to dial as its value");
        sort(setting, of_entries, &sorted);
        document_out_line(out, "item");
        write_known(out, &sorted, of_entries, 0, ENTRY_ATTRIBUTES, document_out_attribute);
        document_out_number(out, "index", setting->index);
        write_known(out, &sorted, of_entries, ENTRY_ATTRIBUTES, KNOWN_MAX, document_out_child);
        document_out_child(out, "number", setting->value);
        write_rest(out, &sorted, document_out_child);
        document_out_line_end(out, "item");
        return 0;
}

static bool is_digits(const char *text)
{
        return *text && strlen(text) <= 5 && strspn(text, "0123456789") == strlen(text);
}

static int write_template(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        const struct settings_document_attribute *timeout = find(setting, "Timeout"), *user = find(setting, "User");

        if (!*setting->value)
                return refuse(problem, setting, "a template of the dial plan needs a pattern as its value");
        if (timeout && !is_digits(timeout->value))
                return refuse(problem, setting, "Timeout must be a number of seconds");
        if (user && strcasecmp(user->value, "phone") != 0 && strcasecmp(user->value, "ip") != 0)
                return refuse(problem, setting, "User must be Phone or IP");
        document_out_line(out, "TEMPLATE");
        document_out_attribute(out, "MATCH", setting->value);
        write_attributes(out, setting, of_templates);
        document_out_line_end(out, "TEMPLATE");
        return 0;
}

static int write_replacement(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        if (!xml_fragment_is(setting->value, "key", "setting_replacement"))
                return refuse(problem, setting, "the value must be one sound XML element, <key ...>...</key> or <setting_replacement ...>, "
                              "without declarations and comments");
        document_out_raw_line(out, setting->value);
        return 0;
}

bool settings_part_is_url(const char *text)
{
        size_t size = strlen(text);

        if (size > URL_MAX_BYTES || strcspn(text, " \t\n") != size)
                return false;
        return (text_starts(text, "https://") && size > 8) || (text_starts(text, "http://") && size > 7);
}

static int write_upload(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        const struct settings_document_attribute *type = find(setting, "type");

        if (!settings_part_is_url(setting->value))
                return refuse(problem, setting, "an upload needs a URL that begins with https:// or http:// as its value");
        if (!type || !is_name(type->value))
                return refuse(problem, setting, "an upload needs its type, for example type=gui_xml_state_settings");
        document_out_line(out, "file");
        document_out_attribute(out, "url", setting->value);
        write_attributes(out, setting, of_uploads);
        document_out_line_end(out, "file");
        return 0;
}

/* The base64 of one certificate as a phone wants it: without BEGIN and END (snom.md 1.5). Blanks stand for line ends. */
static int body_of_certificate(const char *text, char ret[static CERTIFICATE_MAX_BYTES + 1])
{
        static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
        static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \n";
        const char *start = strstr(text, begin), *stop;
        size_t size;

        start = start ? start + sizeof begin - 1 : text;
        stop = start != text ? strstr(start, end) : text + strlen(text);
        if (!stop || strstr(stop, begin))
                return PV_EREFUSED;
        start += strspn(start, " \n");
        while (stop > start && (stop[-1] == '\n' || stop[-1] == ' '))
                stop--;
        size = stop > start ? (size_t)(stop - start) : 0;
        if (size < 4 || size > CERTIFICATE_MAX_BYTES || strspn(start, base64) < size)
                return PV_EREFUSED;
        for (size_t i = 0; i < size; i++)
                ret[i] = start[i] == ' ' ? '\n' : start[i];
        ret[size] = 0;
        return 0;
}

int settings_part_write_certificate(struct document_out *out, const char *text)
{
        char body[CERTIFICATE_MAX_BYTES + 1];
        int r = body_of_certificate(text, body);

        if (r)
                return r;
        document_out_line(out, "certificate");
        document_out_attribute(out, "type", "base64");
        document_out_text(out, body);
        document_out_line_end(out, "certificate");
        return 0;
}

/* A URL is fetched only after everything else, base64 counts from its line on (snom.md 1.5). */
static int write_certificate(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem)
{
        if (setting->n_attributes > 0)
                return refuse(problem, setting, "a certificate has no attributes; remove them");
        if (settings_part_is_url(setting->value)) {
                document_out_line(out, "certificate");
                document_out_attribute(out, "url", setting->value);
                document_out_line_end(out, "certificate");
                return 0;
        }
        if (settings_part_write_certificate(out, setting->value))
                return refuse(problem, setting, "the value is neither one PEM certificate nor the URL of one");
        return 0;
}

/* --- table ---------------------------------------------------------------------- */

static const struct part {
        const char *container;
        bool is_unicode;                /* e="2": escapes above 255 are meant as such */
        int (*write)(struct document_out *out, const struct settings_document_setting *setting, struct settings_document_problem *problem);
} parts[SETTINGS_PARTS] = {
        [SETTINGS_PART_CERTIFICATES] = {"certificates", false, write_certificate},
        [SETTINGS_PART_PLAIN] = {"phone-settings", true, write_plain},
        [SETTINGS_PART_KEYS] = {"functionKeys", true, write_key},
        [SETTINGS_PART_BOOK] = {"tbook", true, write_entry},
        [SETTINGS_PART_DIALPLAN] = {"dialplan", true, write_template},
        [SETTINGS_PART_REPLACEMENT] = {"ReplacementPlan", false, write_replacement},
        [SETTINGS_PART_UPLOADS] = {"uploads", false, write_upload},
};

void settings_part_open(struct document_out *out, enum settings_part part)
{
        document_out_open(out, parts[part].container);
        if (parts[part].is_unicode)
                document_out_attribute(out, "e", "2");
}

int settings_part_write(struct document_out *out, enum settings_part part, const struct settings_document_setting *setting,
                        struct settings_document_problem *ret_problem)
{
        char shown[80];
        int r;

        if (!is_name(setting->name)) {
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "\"%s\" is no name of a setting; remove it",
                               text_escape(shown, sizeof shown, setting->name, strlen(setting->name)));
                return PV_EREFUSED;
        }
        if (!is_permission(setting->permission))
                return refuse(ret_problem, setting, "the permission is none of R, RW, ! and V; set it anew");
        r = setting->n_attributes > 0 ? check_attributes(setting, ret_problem) : 0;
        if (!r)
                r = parts[part].write(out, setting, ret_problem);
        if (!r && document_out_was_refused(out))
                r = refuse(ret_problem, setting, "the value or an attribute holds a character that no settings document can carry, or is too long; "
                           "set it anew");
        return r;
}
