/*
 * openapi.yaml and the tables of operations are the same API. The file is read line by line, in the form that its head describes.
 */
#include "tests/support/test.h"

#include "gen/openapi.yaml.embed.h"
#include "appliance/base/text.h"
#include "provisioning/admin/operation.h"

#define OPERATIONS_MAX 160
#define LINES_MAX 48
#define LINE_SIZE 640

/* One operation as the file has it. */
struct described {
        char path[96], method[8], id[48], role[16], flags[64], required[256];
        char parameters[LINES_MAX][LINE_SIZE], properties[LINES_MAX][LINE_SIZE];
        size_t n_parameters, n_properties;
        bool has_body, is_closed, has_security;
        unsigned statuses[32];
        size_t n_statuses;
};

static struct described all[OPERATIONS_MAX];
static size_t n_all;

/* --- reading -------------------------------------------------------------------- */

static size_t indent_of(const char *line)
{
        return strspn(line, " ");
}

/* The text behind `name: ` at this depth; NULL: another line. */
static const char *value_of(const char *line, size_t indent, const char *name)
{
        size_t size = strlen(name);

        if (indent_of(line) != indent || strncmp(line + indent, name, size) || line[indent + size] != ':')
                return NULL;
        line += indent + size + 1;
        return line + strspn(line, " ");
}

static void keep(char *ret, size_t size, const char *text)
{
        CHECK(text_copy(ret, size, text) == 0);
}

/* "[a, b]" without its brackets. */
static void keep_list(char *ret, size_t size, const char *text)
{
        keep(ret, size, text + (*text == '['));
        ret[strcspn(ret, "]")] = 0;
}

static struct described *begin(const char *path, const char *line)
{
        static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
        struct described *d = &all[n_all];

        for (size_t i = 0; i < 5; i++)
                if (value_of(line, 4, methods[i])) {
                        CHECK(n_all < OPERATIONS_MAX);
                        n_all++;
                        *d = (struct described){0};
                        keep(d->path, sizeof d->path, path);
                        for (size_t c = 0; methods[i][c]; c++)
                                d->method[c] = (char)(methods[i][c] - 'a' + 'A');
                        return d;
                }
        TEST_FAIL("no method: %s", line);
}

static void read_line(struct described *d, const char *line, char *section, size_t section_size)
{
        const char *v;

        if (indent_of(line) == 6)
                keep(section, section_size, "");
        if ((v = value_of(line, 6, "operationId")))
                keep(d->id, sizeof d->id, v);
        else if ((v = value_of(line, 6, "x-provost-role")))
                keep(d->role, sizeof d->role, v);
        else if ((v = value_of(line, 6, "x-provost-flags")))
                keep_list(d->flags, sizeof d->flags, v);
        else if (value_of(line, 6, "parameters") || value_of(line, 6, "requestBody") || value_of(line, 6, "responses"))
                (void)snprintf(section, section_size, "%.*s", (int)strcspn(line + 6, ":"), line + 6);
        else if (text_equal(section, "parameters") && !strncmp(line, "        - ", 10))
                keep(d->parameters[d->n_parameters++], LINE_SIZE, line + 10);
        else if (text_equal(section, "requestBody") && value_of(line, 14, "type"))
                d->has_body = true;
        else if (text_equal(section, "requestBody") && (v = value_of(line, 14, "additionalProperties")))
                d->is_closed = text_equal(v, "false");
        else if (text_equal(section, "requestBody") && (v = value_of(line, 14, "required")))
                keep_list(d->required, sizeof d->required, v);
        else if (text_equal(section, "requestBody") && indent_of(line) == 16)
                keep(d->properties[d->n_properties++], LINE_SIZE, line + 16);
        else if (text_equal(section, "responses") && !strncmp(line, "        '", 9))
                d->statuses[d->n_statuses++] = (unsigned)atoi(line + 9);
}

static void load(void)
{
        const char *at = strstr(embed_openapi_yaml, "\npaths:\n"), *end = strstr(embed_openapi_yaml, "\ncomponents:\n");
        struct described *d = NULL;
        char path[96] = "", section[16] = "", line[LINE_SIZE];

        if (n_all)
                return;
        CHECK(at && end);
        for (at += strlen("\npaths:\n"); at < end; at += strcspn(at, "\n") + 1) {
                size_t size = strcspn(at, "\n");

                CHECK(size < sizeof line);
                memcpy(line, at, size);
                line[size] = 0;
                if (indent_of(line) == 2) {
                        CHECK(line[size - 1] == ':');
                        line[size - 1] = 0;
                        keep(path, sizeof path, line + 2);
                } else if (indent_of(line) == 4) {
                        d = begin(path, line);
                } else {
                        CHECK(d && indent_of(line) >= 6);
                        read_line(d, line, section, sizeof section);
                }
        }
}

static const struct described *find(const struct operation *operation)
{
        for (size_t i = 0; i < n_all; i++)
                if (text_equal(all[i].path, operation->path) && text_equal(all[i].method, operation->method))
                        return &all[i];
        TEST_FAIL("%s %s is not in openapi.yaml", operation->method, operation->path);
}

/* --- a field as the file should have it ----------------------------------------------- */

static const char *const roles[] = {[ROLE_NOBODY] = "open", [ROLE_READER] = "reader", [ROLE_HELPDESK] = "helpdesk", [ROLE_ADMIN] = "admin",
                                    [ROLE_OWNER] = "owner"};

/* Words that YAML would take for something else are quoted. */
static void write_words(char *ret, size_t size, const char *words)
{
        static const char *const quoted[] = {"on", "off", "yes", "no", "true", "false", "null"};
        size_t used = 0;

        for (const char *at = words; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
                int n = (int)strcspn(at, " ");
                bool is_quoted = *at == '-';

                for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++)
                        is_quoted |= (size_t)n == strlen(quoted[i]) && !strncmp(at, quoted[i], (size_t)n);
                used += (size_t)snprintf(ret + used, size - used, "%s%s%.*s%s", used ? ", " : "", is_quoted ? "'" : "", n, at, is_quoted ? "'" : "");
        }
}

static void write_schema(char *ret, size_t size, const struct field *f)
{
        char words[400], low[40] = "", high[40] = "";

        switch (f->type) {
        case FIELD_TEXT:
        case FIELD_PROSE:
                if (f->min)
                        (void)snprintf(low, sizeof low, "minLength: %" PRId64 ", ", f->min);
                (void)snprintf(ret, size, "{type: %s, %smaxLength: %" PRId64 "}", f->nullable ? "[string, 'null']" : "string", low, f->max);
                return;
        case FIELD_INTEGER:
                if (f->max != INT64_MAX && f->max >= f->min)
                        (void)snprintf(high, sizeof high, ", maximum: %" PRId64, f->max);
                (void)snprintf(ret, size, "{type: integer, minimum: %" PRId64 "%s}", f->min, high);
                return;
        case FIELD_FLAG:
                (void)snprintf(ret, size, "{type: boolean}");
                return;
        case FIELD_MAC:
                (void)snprintf(ret, size, "{$ref: '#/components/schemas/Mac'}");
                return;
        case FIELD_WORD:
                write_words(words, sizeof words, f->words);
                (void)snprintf(ret, size, "{type: string, enum: [%s]}", words);
                return;
        case FIELD_TEXTS:
                (void)snprintf(ret, size, "{type: array, items: {type: string, maxLength: %" PRId64 "}}", f->max);
                return;
        case FIELD_LIST:
                (void)snprintf(ret, size, "{type: array, items: {$ref: ");
                return;
        case FIELD_OBJECT:
                (void)snprintf(ret, size, "{$ref: ");
                return;
        }
}

static void write_line(char *ret, size_t size, const struct field *f)
{
        char schema[500], role[40] = "";

        write_schema(schema, sizeof schema, f);
        if (f->role != ROLE_NOBODY) {
                (void)snprintf(role, sizeof role, ", x-provost-role: %s}", roles[f->role]);
                CHECK(strlen(schema) + strlen(role) < sizeof schema);
                memcpy(schema + strlen(schema) - 1, role, strlen(role) + 1);
        }
        if (f->place == FIELD_IN_BODY)
                (void)snprintf(ret, size, "%s: %s", f->name, schema);
        else
                (void)snprintf(ret, size, "{name: %s, in: %s, %s%sschema: %s%s", f->name, f->place == FIELD_IN_PATH ? "path" : "query",
                               f->required || f->place == FIELD_IN_PATH ? "required: true, " : "",
                               f->type == FIELD_TEXTS ? "explode: false, " : "", schema, f->type == FIELD_LIST || f->type == FIELD_OBJECT ? "" : "}");
}

static bool is_open_ended(const struct field *f)
{
        return f->type == FIELD_LIST || f->type == FIELD_OBJECT;
}

static void check_field(const struct operation *operation, const struct described *d, const struct field *f)
{
        bool is_body = f->place == FIELD_IN_BODY;
        size_t n = is_body ? d->n_properties : d->n_parameters;
        char line[LINE_SIZE];

        write_line(line, sizeof line, f);
        for (size_t i = 0; i < n; i++) {
                const char *there = is_body ? d->properties[i] : d->parameters[i];

                if (is_open_ended(f) ? text_starts(there, line) : text_equal(there, line))
                        return;
        }
        TEST_FAIL("%s: openapi.yaml has no line %s", operation->id, line);
}

/* --- the tests ------------------------------------------------------------------------ */

#define EACH_OPERATION(o)                                                                                                \
        for (const struct operation *const *table = operation_tables; *table; table++)                                   \
                for (const struct operation *o = *table; o->method; o++)

TEST(every_operation_is_described_and_nothing_else_is)
{
        size_t n = 0;

        load();
        EACH_OPERATION(o) {
                CHECK_STR(find(o)->id, o->id);
                n++;
        }
        CHECK_EQ_INT(n_all, n);
}

TEST(who_may_call_what_is_the_same_in_file_and_table)
{
        load();
        EACH_OPERATION(o)
                if (!text_equal(find(o)->role, (o->flags & OPERATION_OPEN) ? "open" : roles[o->role]))
                        TEST_FAIL("%s: %s in openapi.yaml", o->id, find(o)->role);
}

static bool has_word(const char *list, const char *word)
{
        const char *at = strstr(list, word);

        return at && (at == list || at[-1] == ' ') && (at[strlen(word)] == 0 || at[strlen(word)] == ',');
}

TEST(flags_are_the_same_in_file_and_table)
{
        static const struct { unsigned flag; const char *word; } flags[] = {
                {OPERATION_FRESH, "fresh"}, {OPERATION_MATCH, "match"}, {OPERATION_LARGE, "large"}, {OPERATION_SESSION, "session"},
        };

        load();
        EACH_OPERATION(o)
                for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
                        if (has_word(find(o)->flags, flags[i].word) != !!(o->flags & flags[i].flag))
                                TEST_FAIL("%s: flag %s", o->id, flags[i].word);
}

TEST(fields_have_the_same_names_places_types_bounds_and_roles)
{
        load();
        EACH_OPERATION(o) {
                const struct described *d = find(o);
                size_t n_body = 0, n_other = 0;

                for (const struct field *f = o->fields; f && f->name; f++) {
                        check_field(o, d, f);
                        *(f->place == FIELD_IN_BODY ? &n_body : &n_other) += 1;
                }
                for (size_t i = 0; i < d->n_parameters; i++)
                        n_other += text_starts(d->parameters[i], "{$ref:");
                if (n_body != d->n_properties || n_other != d->n_parameters)
                        TEST_FAIL("%s: openapi.yaml has %zu fields of the body and %zu parameters", o->id, d->n_properties, d->n_parameters);
        }
}

TEST(what_is_required_is_the_same_and_bodies_take_nothing_else)
{
        load();
        EACH_OPERATION(o) {
                const struct described *d = find(o);
                char required[256] = "";
                size_t used = 0, n_body = 0;

                for (const struct field *f = o->fields; f && f->name; f++) {
                        n_body += f->place == FIELD_IN_BODY;
                        if (f->place == FIELD_IN_BODY && f->required)
                                used += (size_t)snprintf(required + used, sizeof required - used, "%s%s", used ? ", " : "", f->name);
                }
                if (!text_equal(d->required, required))
                        TEST_FAIL("%s: required is %s, not %s", o->id, d->required, required);
                if (d->has_body != (n_body > 0) || d->has_body != d->is_closed)
                        TEST_FAIL("%s: its body takes unknown fields", o->id);
        }
}

static bool has_status(const struct described *d, unsigned status)
{
        for (size_t i = 0; i < d->n_statuses; i++)
                if (d->statuses[i] == status)
                        return true;
        return false;
}

static bool has_reference(const struct described *d, const char *name)
{
        char line[80];

        (void)snprintf(line, sizeof line, "{$ref: '#/components/parameters/%s'}", name);
        for (size_t i = 0; i < d->n_parameters; i++)
                if (text_equal(d->parameters[i], line))
                        return true;
        return false;
}

TEST(every_operation_says_how_it_may_be_refused)
{
        load();
        EACH_OPERATION(o) {
                const struct described *d = find(o);
                bool is_write = !text_equal(o->method, "GET"), is_open = o->flags & OPERATION_OPEN, is_match = o->flags & OPERATION_MATCH;

                if (!has_status(d, 400) || !has_status(d, 413) || !has_status(d, 429) || !has_status(d, 503))
                        TEST_FAIL("%s: 400, 413, 429 and 503 may come of any operation", o->id);
                if (!is_open && (!has_status(d, 401) || !has_status(d, 403)))
                        TEST_FAIL("%s: 401 and 403 may come of what needs somebody signed in", o->id);
                if (is_write && (!has_status(d, 409) || !has_status(d, 415) || !has_status(d, 422) || !has_status(d, 507)))
                        TEST_FAIL("%s: 409, 415, 422 and 507 may come of a write", o->id);
                if (is_match != (has_status(d, 412) && has_status(d, 428)) || is_match != has_reference(d, "match"))
                        TEST_FAIL("%s: 412, 428 and If-Match belong together", o->id);
                if (is_write != has_reference(d, "own"))
                        TEST_FAIL("%s: X-Provost-Request is for writes", o->id);
        }
}

TEST(ids_are_there_once)
{
        load();
        for (size_t i = 0; i < n_all; i++)
                for (size_t k = 0; k < i; k++)
                        if (text_equal(all[i].id, all[k].id))
                                TEST_FAIL("%s is there twice", all[i].id);
}
