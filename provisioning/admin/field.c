/*
 * field: one value of a request against its row.
 *
 * In:   a decoded text of path or query, or a value of the body's JSON; the row.
 * Out:  a value of that type within its bounds, or a sentence that says what it has to be.
 * Not:  no role, no meaning across fields.
 */
#include "provisioning/admin/field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"

#define TEXT_MAX_BYTES 1024     /* where the row has no max */
#define TEXTS_MAX 1000

static size_t longest(const struct field *field)
{
        return field->max > 0 ? (size_t)field->max : TEXT_MAX_BYTES;
}

/* Line by line, and cell by cell: what stands between line ends and tabs is printable. */
static bool is_prose(const char *text)
{
        char part[512];

        while (*text) {
                size_t n = 0;

                while (n < sizeof part - 1 && text[n] && !strchr("\n\r\t", text[n]))
                        n++;
                while (n > sizeof part - 5 && ((unsigned char)text[n] & 0xc0) == 0x80)
                        n--;                    /* not within a character */
                memcpy(part, text, n);
                part[n] = 0;
                if (!text_is_printable(part))
                        return false;
                text += n;
                text += *text == '\n' || *text == '\r' || *text == '\t';
        }
        return true;
}

static bool is_word(const char *words, const char *text)
{
        size_t size = strlen(text);

        while (*words) {
                size_t n = strcspn(words, " ");

                if (n == size && size > 0 && !memcmp(words, text, n))
                        return true;
                words += n + (words[n] == ' ');
        }
        return false;
}

static int keep(const char *text, struct field_value *ret_value)
{
        ret_value->text = ret_value->own = strdup(text);
        ret_value->given = ret_value->own != NULL;
        return ret_value->own ? 0 : PV_ENOMEM;
}

static int say(char why[static FIELD_WHY_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));
static int say(char why[static FIELD_WHY_SIZE], const char *format, ...)
{
        va_list list;

        va_start(list, format);
        (void)vsnprintf(why, FIELD_WHY_SIZE, format, list);
        va_end(list);
        return PV_EMALFORMED;
}

static int check_text(const struct field *field, const char *text, char why[static FIELD_WHY_SIZE])
{
        size_t size = strlen(text);

        if (size > longest(field))
                return say(why, "%s has at most %zu bytes.", field->name, longest(field));
        if (field->min > 0 && size < (size_t)field->min)
                return say(why, "%s has at least %" PRId64 " bytes.", field->name, field->min);
        if (field->type == FIELD_PROSE ? !is_prose(text) : !text_is_printable(text))
                return say(why, "%s is UTF-8 text without control characters.", field->name);
        return 0;
}

static int read_mac(const struct field *field, const char *text, struct field_value *ret_value, char why[static FIELD_WHY_SIZE])
{
        char digits[MAC_TEXT_SIZE];
        struct mac mac;

        if (mac_parse_text(text, &mac))
                return say(why, "%s is a MAC address: 12 hex digits.", field->name);
        return keep(mac_format(&mac, digits), ret_value);
}

/* json: what text is in; it is borrowed from there, since it may be large. NULL: text is copied. */
static int read_string(const struct field *field, const char *text, sd_json_variant *json, struct field_value *ret_value, char why[static FIELD_WHY_SIZE])
{
        int r = 0;

        if (field->type == FIELD_MAC)
                return read_mac(field, text, ret_value, why);
        if (field->type == FIELD_WORD)
                r = is_word(field->words, text) ? 0 : say(why, "%s is one of: %.110s.", field->name, field->words);
        else
                r = check_text(field, text, why);
        if (r || !json)
                return r ? r : keep(text, ret_value);
        ret_value->json = sd_json_variant_ref(json);
        ret_value->text = text;
        ret_value->given = true;
        return 0;
}

static int read_integer(const struct field *field, int64_t value, struct field_value *ret_value, char why[static FIELD_WHY_SIZE])
{
        bool bounded = field->min != 0 || field->max != 0;

        if (bounded && field->max < field->min && value < field->min)
                return say(why, "%s is at least %" PRId64 ".", field->name, field->min);
        if (bounded && field->max >= field->min && (value < field->min || value > field->max))
                return say(why, "%s is from %" PRId64 " to %" PRId64 ".", field->name, field->min, field->max);
        ret_value->integer = value;
        ret_value->given = true;
        return 0;
}

static int check_texts(const struct field *field, sd_json_variant *list, char why[static FIELD_WHY_SIZE])
{
        size_t n = sd_json_variant_elements(list);
        int r = 0;

        if (n > TEXTS_MAX)
                return say(why, "%s has at most %d entries.", field->name, TEXTS_MAX);
        for (size_t i = 0; i < n && !r; i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);

                r = sd_json_variant_is_string(one) ? check_text(field, sd_json_variant_string(one), why) : say(why, "%s is a list of texts.", field->name);
        }
        return r;
}

static int split_texts(const char *text, sd_json_variant **ret_list)
{
        sd_json_variant *list = NULL;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        while (r >= 0 && *text) {
                size_t n = strcspn(text, ",");
                sd_json_variant *one = NULL;

                r = sd_json_variant_new_stringn(&one, text, n);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, one);
                sd_json_variant_unref(one);
                text += n + (text[n] == ',');
        }
        if (r < 0) {
                sd_json_variant_unref(list);
                return r == -ENOMEM ? PV_ENOMEM : PV_EMALFORMED;
        }
        *ret_list = list;
        return 0;
}

static int texts_from_text(const struct field *field, const char *text, struct field_value *ret_value, char why[static FIELD_WHY_SIZE])
{
        sd_json_variant *list = NULL;
        int r = split_texts(text, &list);

        if (r == PV_EMALFORMED)
                return say(why, "%s is a list of texts, commas between.", field->name);
        if (!r)
                r = check_texts(field, list, why);
        if (r) {
                sd_json_variant_unref(list);
                return r;
        }
        ret_value->json = list;
        ret_value->given = true;
        return 0;
}

static int integer_from_text(const struct field *field, const char *text, struct field_value *ret_value, char why[static FIELD_WHY_SIZE])
{
        bool minus = *text == '-';
        size_t n = strlen(text + minus);
        int64_t value;

        if (n == 0 || n > 18 || strspn(text + minus, "0123456789") != n)
                return say(why, "%s is a whole number.", field->name);
        value = strtoll(text, NULL, 10);
        return read_integer(field, value, ret_value, why);
}

static int flag_from_text(const struct field *field, const char *text, struct field_value *ret_value, char why[static FIELD_WHY_SIZE])
{
        ret_value->flag = text_equal(text, "true");
        if (!ret_value->flag && !text_equal(text, "false"))
                return say(why, "%s is true or false.", field->name);
        ret_value->given = true;
        return 0;
}

int field_from_text(const struct field *field, const char *text, struct field_value *ret_value, char ret_why[static FIELD_WHY_SIZE])
{
        switch (field->type) {
        case FIELD_INTEGER:
                return integer_from_text(field, text, ret_value, ret_why);
        case FIELD_FLAG:
                return flag_from_text(field, text, ret_value, ret_why);
        case FIELD_TEXTS:
                return texts_from_text(field, text, ret_value, ret_why);
        case FIELD_OBJECT:
        case FIELD_LIST:
                return say(ret_why, "%s belongs into the body.", field->name);
        default:
                return read_string(field, text, NULL, ret_value, ret_why);
        }
}

static int take_json(sd_json_variant *json, struct field_value *ret_value)
{
        ret_value->json = sd_json_variant_ref(json);
        ret_value->given = true;
        return 0;
}

int field_from_json(const struct field *field, sd_json_variant *json, struct field_value *ret_value, char ret_why[static FIELD_WHY_SIZE])
{
        int r;

        switch (field->type) {
        case FIELD_INTEGER:
                if (!sd_json_variant_is_integer(json))
                        return say(ret_why, "%s is a whole number.", field->name);
                return read_integer(field, sd_json_variant_integer(json), ret_value, ret_why);
        case FIELD_FLAG:
                if (!sd_json_variant_is_boolean(json))
                        return say(ret_why, "%s is true or false.", field->name);
                ret_value->flag = sd_json_variant_boolean(json);
                ret_value->given = true;
                return 0;
        case FIELD_TEXTS:
                if (!sd_json_variant_is_array(json))
                        return say(ret_why, "%s is a list of texts.", field->name);
                r = check_texts(field, json, ret_why);
                return r ? r : take_json(json, ret_value);
        case FIELD_OBJECT:
                return sd_json_variant_is_object(json) ? take_json(json, ret_value) : say(ret_why, "%s is an object.", field->name);
        case FIELD_LIST:
                return sd_json_variant_is_array(json) ? take_json(json, ret_value) : say(ret_why, "%s is a list.", field->name);
        default:
                if (!sd_json_variant_is_string(json))
                        return say(ret_why, "%s is a text.", field->name);
                return read_string(field, sd_json_variant_string(json), json, ret_value, ret_why);
        }
}

void field_value_done(struct field_value *value)
{
        if (value->own)
                explicit_bzero(value->own, strlen(value->own));
        free(value->own);
        sd_json_variant_unref(value->json);
        memset(value, 0, sizeof *value);
}
