/*
 * body: the JSON object of a request.
 *
 * In:   bytes that anybody may have sent.
 * Out:  an object within its bounds, or a sentence that says what is wrong.
 * Not:  no fields (see field).
 *
 * Depth and number of values are counted before libsystemd reads a byte, so that its memory is bounded by ours.
 */
#include "provisioning/admin/body.h"

#include <stdbool.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define DEPTH_MAX 16
#define VALUES_MAX 100000
#define NAMES_MAX 1000

static const char *bounds_broken(const char *bytes, size_t size)
{
        bool in_text = false;
        size_t depth = 0, values = 0;

        for (size_t i = 0; i < size; i++) {
                char c = bytes[i];

                if (c == 0)
                        return "The body holds a NUL byte.";
                if (in_text) {
                        if (c == '\\')
                                i++;
                        in_text = c != '"';
                } else if (c == '"') {
                        in_text = true;
                } else if (c == '{' || c == '[') {
                        if (++depth > DEPTH_MAX)
                                return "The body is nested too deeply.";
                } else if (c == '}' || c == ']') {
                        depth -= depth > 0;
                } else if ((c == ',' || c == ':') && ++values > VALUES_MAX) {
                        return "The body has too many values.";
                }
        }
        return NULL;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *names_broken(sd_json_variant *object)
{
        size_t n = sd_json_variant_elements(object) / 2;
        const char **names = n <= NAMES_MAX ? calloc(n + 1, sizeof *names) : NULL;
        const char *why = NULL;

        if (!names)
                return "The body has an object with too many names.";
        for (size_t i = 0; i < n; i++)
                names[i] = sd_json_variant_string(sd_json_variant_by_index(object, 2 * i));
        qsort(names, n, sizeof *names, by_text);
        for (size_t i = 1; i < n; i++)
                if (!strcmp(names[i - 1], names[i]))
                        why = "The body has a name twice in one object.";
        free(names);
        return why;
}

/* At most DEPTH_MAX levels, as counted before. */
static const char *tree_broken(sd_json_variant *value)
{
        const char *why = sd_json_variant_is_object(value) ? names_broken(value) : NULL;
        bool has_more = sd_json_variant_is_object(value) || sd_json_variant_is_array(value);

        for (size_t i = 0; has_more && !why && i < sd_json_variant_elements(value); i++)
                why = tree_broken(sd_json_variant_by_index(value, i));
        return why;
}

int body_parse(const void *bytes, size_t size, sd_json_variant **ret_object, const char **ret_why)
{
        const char *why = bounds_broken(bytes, size);
        sd_json_variant *value = NULL;
        char *text;
        int r;

        if (why)
                return *ret_why = why, PV_EMALFORMED;
        text = strndup(bytes, size);
        if (!text)
                return PV_ENOMEM;
        r = sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, &value, NULL, NULL);
        explicit_bzero(text, size);
        free(text);
        if (r == -ENOMEM)
                return PV_ENOMEM;
        if (r < 0)
                why = "The body is not JSON.";
        else if (!sd_json_variant_is_object(value))
                why = "The body is not a JSON object.";
        else
                why = tree_broken(value);
        if (why) {
                sd_json_variant_unref(value);
                return *ret_why = why, PV_EMALFORMED;
        }
        *ret_object = value;
        return 0;
}
