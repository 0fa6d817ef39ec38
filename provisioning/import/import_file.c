/*
 * import_file: one settings file of elsewhere.
 *
 * In:   the bytes of a file, any bytes at all.
 * Out:  its settings, each once; problems.
 * Not:  whether a value is legal or wise is lint's and the store's to say.
 */
#include "provisioning/import/import_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/document/encoding_reader.h"
#include "provisioning/document/settings_reader.h"
#include "provisioning/import/settings_name.h"
#include "provisioning/import/settings_text.h"
#include "provisioning/model/catalogue.h"

struct file {
        struct import_result *result;
        struct import_settings *settings;
        const char *name;
};

static bool is_utf16(const char *at, size_t size)
{
        return size >= 2 && (memcmp(at, "\xff\xfe", 2) == 0 || memcmp(at, "\xfe\xff", 2) == 0);
}

static const char *first_character(const char *at, const char *end)
{
        if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
                at += 3;
        while (at < end && *at && strchr(" \t\r\n", *at))
                at++;
        return at;
}

bool import_file_is_markup(const void *bytes, size_t size)
{
        const char *end = (const char *)bytes + size, *at = size ? first_character(bytes, end) : end;

        return is_utf16(bytes, size) || (at < end && *at == '<');
}

/* Nobody wrote the text form in UTF-16. */
enum import_file_form import_file_form_of(const void *bytes, size_t size)
{
        static const char *const html[] = {"<html", "<pre", "<head", "<body"};
        const char *end = (const char *)bytes + size, *at;

        if (!import_file_is_markup(bytes, size))
                return IMPORT_FILE_TEXT;
        if (is_utf16(bytes, size))
                return IMPORT_FILE_XML;
        at = first_character(bytes, end);
        for (size_t i = 0; i < sizeof html / sizeof html[0]; i++)
                if ((size_t)(end - at) > strlen(html[i]) && strncasecmp(at, html[i], strlen(html[i])) == 0 && at[strlen(html[i])] &&
                    strchr(" >\r\n", at[strlen(html[i])]))
                        return IMPORT_FILE_TEXT;
        return IMPORT_FILE_XML;
}

/* --- one setting ------------------------------------------------------------------- */

static int add(struct file *f, const struct import_setting *setting)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), setting->name);

        if (entry && entry->change == CATALOGUE_CHANGE_APPLIANCE) {
                import_result_problem(f->result, false, f->name, setting->line, setting->name, "this appliance alone decides this setting; it was left out");
                return 0;
        }
        if (strcmp(setting->name, "firmware") == 0 && strstr(setting->value, "://")) {
                import_result_problem(f->result, false, f->name, setting->line, setting->name,
                                      "firmware is given to this appliance as a file (provostctl firmware add); the address was left out");
                return 0;
        }
        if (entry && entry->index == CATALOGUE_INDEX_IDENTITY && setting->index == IMPORT_NO_INDEX)
                import_result_problem(f->result, false, f->name, setting->line, setting->name,
                                      "this setting belongs to an identity and does not say to which; give it an index (idx=\"1\")");
        return import_result_add_setting(f->result, f->settings, setting);
}

/* --- XML --------------------------------------------------------------------------- */

static int on_item(const struct settings_reader_item *item, void *userdata)
{
        struct import_attribute attributes[SETTINGS_READER_ATTRIBUTES_MAX];

        for (size_t i = 0; i < item->n_attributes; i++)
                attributes[i] = (struct import_attribute){item->attributes[i].name, item->attributes[i].value};
        return add(userdata, &(struct import_setting){
                .line = item->line, .name = item->name, .index = item->index, .value = item->value, .permission = item->permission,
                .attributes = attributes, .n_attributes = item->n_attributes});
}

static void on_trouble(const struct settings_reader_trouble *trouble, void *userdata)
{
        const struct file *f = userdata;

        import_result_problem(f->result, trouble->is_error, f->name, trouble->line, trouble->what, "%s", trouble->reason);
}

static int read_xml(struct file *f, const void *bytes, size_t size)
{
        size_t before = f->settings->n;
        int r = settings_reader_read(&(struct settings_reader){.item = on_item, .trouble = on_trouble, .userdata = f}, bytes, size);

        if (r == PV_EMALFORMED || r == PV_EREFUSED || (r == PV_ETOOLARGE && f->result->has_error)) {
                f->settings->n = before;        /* nothing of a file with an error is used */
                return 0;
        }
        return r;
}

/* --- the text form ----------------------------------------------------------------- */

/* An item whose parts were lines of their own: fkey3 and fkey_context3, tn_4 and tu_4. */
struct gathered {
        const char *name;
        int index;
        unsigned line;
        const char *value, *permission;
        struct import_attribute attributes[IMPORT_ATTRIBUTES_MAX];
        size_t n_attributes;
};

#define GATHERED_INDEX_MAX 9999          /* as settings_name_split() gives them */

struct gathering {
        struct gathered *list;
        size_t n, room;
        unsigned at[2][GATHERED_INDEX_MAX + 1]; /* of keys, of the phone book: place in the list, from 1 */
};

static struct gathered *gather(struct gathering *g, const struct settings_name *name, unsigned line)
{
        bool is_key = strcmp(name->name, "fkey") == 0;
        unsigned *at = &g->at[is_key][name->index];
        struct gathered *larger;

        if (*at)
                return &g->list[*at - 1];
        if (g->n == g->room) {
                larger = reallocarray(g->list, g->room ? 2 * g->room : 64, sizeof *larger);
                if (!larger)
                        return NULL;
                g->list = larger;
                g->room = g->room ? 2 * g->room : 64;
        }
        g->list[g->n] = (struct gathered){.name = is_key ? "fkey" : "tbook", .index = name->index, .line = line};
        *at = (unsigned)++g->n;
        return &g->list[g->n - 1];
}

static int take_part(struct file *f, struct gathering *g, const struct settings_name *name, const struct settings_text_line *line)
{
        struct gathered *one = gather(g, name, line->line);
        const char *text = one ? import_result_text(f->result, line->value) : NULL;

        if (!one)
                return PV_ENOMEM;
        if (!text)
                return PV_ETOOLARGE;
        if (!name->part[0]) {
                one->value = text;
                one->permission = line->permission;
                one->line = line->line;
        } else if (*text) {
                size_t i = 0;

                while (i < one->n_attributes && strcmp(one->attributes[i].name, name->part) != 0)
                        i++;
                if (i == IMPORT_ATTRIBUTES_MAX)
                        return 0;
                one->attributes[i].name = import_result_text(f->result, name->part);
                one->attributes[i].value = text;
                if (!one->attributes[i].name)
                        return PV_ETOOLARGE;
                one->n_attributes += i == one->n_attributes;
        }
        return 0;
}

static int give_gathered(struct file *f, const struct gathering *g)
{
        int r = 0;

        for (size_t i = 0; !r && i < g->n; i++) {
                const struct gathered *one = &g->list[i];

                if (!one->value || (!*one->value && strcmp(one->name, "tbook") == 0))
                        continue;       /* an empty place of the phone book */
                r = add(f, &(struct import_setting){.line = one->line, .name = one->name, .index = one->index, .value = one->value,
                                                    .permission = strcmp(one->name, "tbook") == 0 ? "" : one->permission,
                                                    .attributes = one->attributes, .n_attributes = one->n_attributes});
        }
        return r;
}

static int take_line(struct file *f, struct gathering *g, const struct settings_text_line *line)
{
        struct settings_name name;

        if (!text_is_printable(line->value) || strchr("0123456789.-", line->name[0])) {
                import_result_problem(f->result, false, f->name, line->line, line->name, "this is no name of a setting, or its value holds a character "
                                      "that no phone shows; it was left out");
                return 0;
        }
        settings_name_split(line->name, &name);
        if (strcmp(name.name, "fkey") == 0 || strcmp(name.name, "tbook") == 0)
                return name.index < 0 || name.index > GATHERED_INDEX_MAX ? 0 : take_part(f, g, &name, line);
        return add(f, &(struct import_setting){.line = line->line, .name = name.name, .index = name.index, .value = line->value,
                                               .permission = line->permission});
}

static int read_lines(struct file *f, const char *text, size_t size)
{
        struct settings_text lines = settings_text_of(text, size);
        struct settings_text_line *line = malloc(sizeof *line);
        struct gathering *g = calloc(1, sizeof *g);
        const char *reason;
        unsigned n_bad = 0;
        int r = line && g ? 1 : PV_ENOMEM, v;

        while (r == 1 && (v = settings_text_next(&lines, line, &reason))) {
                if (v == 1) {
                        v = take_line(f, g, line);
                        r = v ? v : 1;
                        continue;
                }
                import_result_problem(f->result, true, f->name, line->line, "", "%s", reason);
                if (++n_bad == 20) {
                        import_result_problem(f->result, true, f->name, line->line, "", "too many lines are no settings; is this a settings file?");
                        break;
                }
        }
        r = r == 1 ? give_gathered(f, g) : r;
        if (line)
                explicit_bzero(line, sizeof *line);
        free(line);
        free(g ? g->list : NULL);
        free(g);
        return r;
}

static int read_text(struct file *f, const void *bytes, size_t size)
{
        struct encoding_reader_problem problem;
        size_t text_size, before = f->settings->n, n_problems = f->result->n_problems;
        char *text;
        int r = encoding_reader_read(ENCODING_READER_PLAIN, bytes, size, &text, &text_size, &problem);

        if (r == PV_ENOMEM)
                return r;
        if (r) {
                import_result_problem(f->result, true, f->name, problem.line, "", "%s", problem.reason);
                return 0;
        }
        r = read_lines(f, text, text_size);
        encoding_reader_free(text, text_size);
        if (!r && f->settings->n == before && f->result->n_problems == n_problems)
                import_result_problem(f->result, true, f->name, 0, "", "the file holds no setting");
        for (size_t i = n_problems; !r && i < f->result->n_problems; i++)
                if (f->result->problems[i].is_error)
                        f->settings->n = before;
        return r;
}

int import_file_read(struct import_result *result, struct import_settings *settings, const char *file, const void *bytes, size_t size)
{
        struct file f = {.result = result, .settings = settings, .name = file};
        int r = import_file_form_of(bytes, size) == IMPORT_FILE_XML ? read_xml(&f, bytes, size) : read_text(&f, bytes, size);

        return r ? r : import_result_settle(result, settings, file);
}
