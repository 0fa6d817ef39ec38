/*
 * import_result: what a reading found.
 *
 * In:   phones, settings and problems, one by one.
 * Out:  lists with bounds, wiped when freed.
 * Not:  no parsing, no JSON.
 */
#include "provisioning/import/import_result.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536
/* JSON around the texts of one of them, generously. */
#define SETTING_COST 120
#define ATTRIBUTE_COST 8
#define PHONE_COST 240
#define PROBLEM_COST 100

struct import_chunk {
        struct import_chunk *next;
        size_t size, used;
        char bytes[];
};

void import_result_init(struct import_result *result)
{
        *result = (struct import_result){.found = ""};
}

void import_result_empty(struct import_result *result)
{
        for (size_t i = 0; i < result->n_phones; i++)
                free(result->phones[i].settings.list);
        for (size_t i = 0; i < result->n_shared; i++)
                free(result->shared[i].settings.list);
        free(result->settings.list);
        result->settings = (struct import_settings){0};
        result->n_phones = result->n_shared = result->n_settings = 0;
}

void import_result_done(struct import_result *result)
{
        import_result_empty(result);
        free(result->phones);
        free(result->shared);
        free(result->problems);
        while (result->chunks) {
                struct import_chunk *chunk = result->chunks;

                result->chunks = chunk->next;
                explicit_bzero(chunk->bytes, chunk->used);
                free(chunk);
        }
        import_result_init(result);
}

/* --- memory -------------------------------------------------------------------- */

static void *take(struct import_result *result, size_t size, size_t align)
{
        struct import_chunk *chunk = result->chunks;
        size_t at = chunk ? (chunk->used + align - 1) / align * align : 0;

        if (!chunk || at > chunk->size || chunk->size - at < size) {
                size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

                chunk = malloc(sizeof *chunk + room);
                if (!chunk)
                        return NULL;
                *chunk = (struct import_chunk){.next = result->chunks, .size = room};
                result->chunks = chunk;
                at = 0;
        }
        chunk->used = at + size;
        return chunk->bytes + at;
}

/* Room for one more element; NULL: no memory. */
static void *grow(void *list, size_t n, size_t *room, size_t size)
{
        size_t wanted = *room ? 2 * *room : 16;
        void *larger;

        if (n < *room)
                return list;
        larger = reallocarray(list, wanted, size);
        if (larger)
                *room = wanted;
        return larger;
}

/* Bytes of a text in JSON. */
static size_t cost_of(const char *text)
{
        size_t cost = 3;

        for (; text && *text; text++)
                cost += *text == '"' || *text == '\\' || (unsigned char)*text < 0x20 ? 2 : 1;
        return cost;
}

static int pay(struct import_result *result, size_t cost)
{
        if (cost > IMPORT_ANSWER_MAX - result->answer_size)
                return PV_ETOOLARGE;
        result->answer_size += cost;
        return 0;
}

const char *import_result_text(struct import_result *result, const char *text)
{
        size_t size = strlen(text) + 1;
        char *copy = pay(result, cost_of(text)) == 0 ? take(result, size, 1) : NULL;

        return copy ? memcpy(copy, text, size) : NULL;
}

static int copy_text(struct import_result *result, const char **text)
{
        if (!*text)
                return 0;
        *text = import_result_text(result, *text);
        return *text ? 0 : PV_ETOOLARGE;
}

/* --- problems ------------------------------------------------------------------ */

/* These may go a little over the answer's bound: they say that it was reached. */
static const char *keep(struct import_result *result, const char *text)
{
        size_t size = strlen(text) + 1;
        char *copy = take(result, size, 1);

        result->answer_size += cost_of(text);
        return copy ? memcpy(copy, text, size) : "";
}

void import_result_problem(struct import_result *result, bool is_error, const char *file, unsigned line, const char *what,
                           const char *format, ...)
{
        struct import_problem *list;
        char reason[512];
        va_list args;

        result->has_error = result->has_error || is_error;
        if (result->n_problems == IMPORT_PROBLEMS_MAX)
                return;
        list = grow(result->problems, result->n_problems, &result->problems_room, sizeof *list);
        if (!list)
                return;
        result->problems = list;
        va_start(args, format);
        (void)vsnprintf(reason, sizeof reason, format, args);
        va_end(args);
        if (result->n_problems == IMPORT_PROBLEMS_MAX - 1)
                list[result->n_problems++] = (struct import_problem){.file = keep(result, file), .is_error = true, .what = "",
                        .reason = "there are more problems than can be told; put these right first, then import again"};
        else
                list[result->n_problems++] = (struct import_problem){keep(result, file), keep(result, what), keep(result, reason), line, is_error};
        result->has_error = result->has_error || result->n_problems == IMPORT_PROBLEMS_MAX;
        result->answer_size += PROBLEM_COST;
}

static int too_large(struct import_result *result, const char *file, unsigned line)
{
        import_result_problem(result, true, file, line, "", "this is more than one import can hold (%d phones, %d settings, %u MiB in all); "
                              "import it in parts", IMPORT_PHONES_MAX, IMPORT_SETTINGS_MAX, IMPORT_ANSWER_MAX >> 20);
        return PV_ETOOLARGE;
}

/* --- what was found ------------------------------------------------------------ */

static int copy_attributes(struct import_result *result, struct import_setting *setting)
{
        struct import_attribute *copy;

        if (!setting->n_attributes)
                return 0;
        if (setting->n_attributes > IMPORT_ATTRIBUTES_MAX || pay(result, setting->n_attributes * ATTRIBUTE_COST))
                return PV_ETOOLARGE;
        copy = take(result, setting->n_attributes * sizeof *copy, _Alignof(struct import_attribute));
        if (!copy)
                return PV_ENOMEM;
        for (size_t i = 0; i < setting->n_attributes; i++) {
                copy[i] = setting->attributes[i];
                if (copy_text(result, &copy[i].name) || copy_text(result, &copy[i].value))
                        return PV_ETOOLARGE;
        }
        setting->attributes = copy;
        return 0;
}

int import_result_add_setting(struct import_result *result, struct import_settings *settings, const struct import_setting *setting)
{
        struct import_setting *list, copy = *setting;

        if (result->n_settings == IMPORT_SETTINGS_MAX || pay(result, SETTING_COST) || copy_text(result, &copy.name) ||
            copy_text(result, &copy.value) || copy_text(result, &copy.permission) || copy_attributes(result, &copy))
                return too_large(result, "", setting->line);
        list = grow(settings->list, settings->n, &settings->room, sizeof *list);
        if (!list)
                return PV_ENOMEM;
        settings->list = list;
        list[settings->n++] = copy;
        result->n_settings++;
        return 0;
}

int import_result_add_phone(struct import_result *result, const struct import_phone *phone)
{
        struct import_phone *list, copy = *phone;
        const char **texts[] = {&copy.file, &copy.name, &copy.model, &copy.key_type, &copy.lan_address, &copy.sip_user, &copy.sip_secret};
        int r = result->n_phones == IMPORT_PHONES_MAX || pay(result, PHONE_COST) ? PV_ETOOLARGE : 0;

        for (size_t i = 0; !r && i < sizeof texts / sizeof texts[0]; i++)
                r = copy_text(result, texts[i]);
        for (size_t i = 0; !r && i < copy.n_profiles; i++)
                r = copy_text(result, &copy.profiles[i]);
        if (r)
                return too_large(result, phone->file ? phone->file : "", phone->line);
        list = grow(result->phones, result->n_phones, &result->phones_room, sizeof *list);
        if (!list)
                return PV_ENOMEM;
        result->phones = list;
        copy.settings = (struct import_settings){0};
        list[result->n_phones++] = copy;
        return 0;
}

int import_result_add_shared(struct import_result *result, const char *file, const char *model)
{
        struct import_shared *list = grow(result->shared, result->n_shared, &result->shared_room, sizeof *list);
        struct import_shared shared = {.file = file, .model = model};

        if (!list)
                return PV_ENOMEM;
        result->shared = list;
        if (copy_text(result, &shared.file) || copy_text(result, &shared.model))
                return too_large(result, file, 0);
        list[result->n_shared++] = shared;
        return 0;
}

/* --- twice the same ------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
        const struct import_setting *x = *(const struct import_setting *const *)a, *y = *(const struct import_setting *const *)b;
        int order = strcmp(x->name, y->name);

        if (!order)
                order = x->index < y->index ? -1 : x->index > y->index;
        return order ? order : x < y ? -1 : x > y;
}

int import_result_settle(struct import_result *result, struct import_settings *settings, const char *file)
{
        struct import_setting **order;
        size_t kept = 0;

        order = reallocarray(NULL, settings->n + 1, sizeof(struct import_setting *));
        if (!order)
                return PV_ENOMEM;
        for (size_t i = 0; i < settings->n; i++)
                order[i] = &settings->list[i];
        qsort(order, settings->n, sizeof(struct import_setting *), by_name);
        for (size_t i = 0; i + 1 < settings->n; i++) {
                struct import_setting *a = order[i], *b = order[i + 1];

                if (strcmp(a->name, b->name) != 0 || a->index != b->index)
                        continue;
                if (strcmp(a->value, b->value) != 0 && a < settings->list + settings->n_settled)
                        import_result_problem(result, false, file, b->line, b->name, "a file before this one sets it too; this one counts");
                else if (strcmp(a->value, b->value) != 0)
                        import_result_problem(result, false, file, a->line, a->name, "it is set again in line %u; the last one counts", b->line);
                a->value = NULL;
        }
        free(order);
        for (size_t i = 0; i < settings->n; i++)
                if (settings->list[i].value)
                        settings->list[kept++] = settings->list[i];
        settings->n = settings->n_settled = kept;
        return 0;
}
