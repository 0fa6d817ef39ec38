/*
 * settings_document: settings as the XML Snom phones read.
 *
 * In:   names, values, permissions and attributes; all are free text of an admin.
 * Out:  a well-formed document whose values a reader gets back unchanged.
 * Not:  no decision which settings a phone gets, no shape of a single line (settings_part).
 */
#include "provisioning/document/settings_document.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/document/document_out.h"
#include "provisioning/document/settings_part.h"

/* A setting that is no plain one. */
struct apart {
        const struct settings_document_setting *setting;
        uint32_t order;                 /* as given */
        uint16_t part;
};

struct settings_document_writer {
        struct document_out *out;
        struct apart *apart;
        size_t n_apart, max_apart;
        size_t n_plain;
};

int settings_document_writer_new(struct settings_document_writer **ret_writer)
{
        struct settings_document_writer *writer = calloc(1, sizeof *writer);
        int r = writer ? document_out_new(&writer->out) : PV_ENOMEM;

        if (r) {
                free(writer);
                return r;
        }
        *ret_writer = writer;
        return 0;
}

void settings_document_writer_free(struct settings_document_writer *writer)
{
        if (!writer)
                return;
        document_out_free(writer->out);
        free(writer->apart);
        free(writer);
}

void settings_document_writer_wipe(struct settings_document_writer *writer)
{
        document_out_wipe(writer->out);
}

/* --- what stands where ------------------------------------------------------------ */

static int add_apart(struct settings_document_writer *w, const struct settings_document_setting *setting, enum settings_part part)
{
        if (w->n_apart == w->max_apart) {
                size_t max = w->max_apart ? 2 * w->max_apart : 64;
                struct apart *more = realloc(w->apart, max * sizeof *more);

                if (!more)
                        return PV_ENOMEM;
                w->apart = more;
                w->max_apart = max;
        }
        w->apart[w->n_apart] = (struct apart){setting, (uint32_t)w->n_apart, (uint16_t)part};
        w->n_apart++;
        return 0;
}

static int is_before(const void *one, const void *two)
{
        const struct apart *a = one, *b = two;

        if (a->part != b->part)
                return a->part < b->part ? -1 : 1;
        if (a->setting->index != b->setting->index)
                return a->setting->index < b->setting->index ? -1 : 1;
        return a->order < b->order ? -1 : 1;
}

static int sort_out(struct settings_document_writer *w, const struct settings_document *document)
{
        bool is_sorted = true;
        int r = 0;

        w->n_apart = w->n_plain = 0;
        for (size_t i = 0; !r && i < document->n_settings; i++) {
                enum settings_part part = settings_part_of(document->settings[i].name);

                if (part == SETTINGS_PART_PLAIN)
                        w->n_plain++;
                else
                        r = add_apart(w, &document->settings[i], part);
        }
        for (size_t i = 1; i < w->n_apart && is_sorted; i++)
                is_sorted = is_before(&w->apart[i - 1], &w->apart[i]) < 0;
        if (!is_sorted)
                qsort(w->apart, w->n_apart, sizeof *w->apart, is_before);
        return r;
}

/* --- writing ---------------------------------------------------------------------- */

static int write_plain(struct settings_document_writer *w, const struct settings_document *document, struct settings_document_problem *problem)
{
        int r = 0;

        if (w->n_plain == 0)
                return 0;
        settings_part_open(w->out, SETTINGS_PART_PLAIN);
        for (size_t i = 0; !r && i < document->n_settings; i++)
                if (w->n_plain == document->n_settings || settings_part_of(document->settings[i].name) == SETTINGS_PART_PLAIN)
                        r = settings_part_write(w->out, SETTINGS_PART_PLAIN, &document->settings[i], problem);
        document_out_close(w->out);
        return r;
}

/* The phone forgets entries that are not listed: the only way to take some from its book (Snom's page on <tbook>). */
static bool is_complete_mark(const struct apart *apart)
{
        return apart->part == SETTINGS_PART_BOOK && apart->setting->index < 0 && !strcmp(apart->setting->value, "complete");
}

/* is_open: the part's container is there already. */
static int write_apart(struct settings_document_writer *w, enum settings_part part, bool is_open, struct settings_document_problem *problem)
{
        int r = 0;

        for (size_t i = 0; !r && i < w->n_apart; i++) {
                if (w->apart[i].part != part)
                        continue;
                if (!is_open)
                        settings_part_open(w->out, part);
                is_open = true;
                if (is_complete_mark(&w->apart[i]))
                        document_out_attribute(w->out, "complete", "true");
                else
                        r = settings_part_write(w->out, part, w->apart[i].setting, problem);
        }
        if (is_open)
                document_out_close(w->out);
        return r;
}

/* Those of the appliance, then those of settings. */
static int write_certificates(struct settings_document_writer *w, const struct settings_document *document,
                              struct settings_document_problem *problem)
{
        if (document->n_certificates > 0)
                settings_part_open(w->out, SETTINGS_PART_CERTIFICATES);
        for (size_t i = 0; i < document->n_certificates; i++)
                if (settings_part_write_certificate(w->out, document->certificates[i])) {
                        (void)snprintf(problem->reason, sizeof problem->reason, "certificate %zu is not one PEM certificate", i + 1);
                        return PV_EREFUSED;
                }
        return write_apart(w, SETTINGS_PART_CERTIFICATES, document->n_certificates > 0, problem);
}

static int finish(struct settings_document_writer *w, const char **ret_bytes, size_t *ret_size, struct settings_document_problem *problem)
{
        int r = document_out_finish(w->out, ret_bytes, ret_size);

        if (r == PV_ETOOLARGE) {
                (void)snprintf(problem->reason, sizeof problem->reason, "the settings are more than %u MiB together; remove some",
                               SETTINGS_DOCUMENT_MAX >> 20);
                r = PV_EREFUSED;
        }
        return r;
}

int settings_document_render(struct settings_document_writer *writer, const struct settings_document *document,
                             const char **ret_bytes, size_t *ret_size, struct settings_document_problem *ret_problem)
{
        int r = sort_out(writer, document);

        if (r)
                return r;
        document_out_begin(writer->out, "settings", SETTINGS_DOCUMENT_MAX);
        r = write_certificates(writer, document, ret_problem);
        if (!r)
                r = write_plain(writer, document, ret_problem);
        for (enum settings_part part = SETTINGS_PART_KEYS; !r && part < SETTINGS_PARTS; part++)
                r = write_apart(writer, part, false, ret_problem);
        return r ? r : finish(writer, ret_bytes, ret_size, ret_problem);
}

/* --- other documents ---------------------------------------------------------------- */

static int check_url(const char *url, struct settings_document_problem *problem)
{
        if (settings_part_is_url(url))
                return 0;
        (void)snprintf(problem->reason, sizeof problem->reason, "a document can name only URLs that begin with https:// or http:// and have no blanks");
        return PV_EREFUSED;
}

static int check_sound(struct settings_document_writer *writer, struct settings_document_problem *problem)
{
        if (!document_out_was_refused(writer->out))
                return 0;
        (void)snprintf(problem->reason, sizeof problem->reason, "a URL holds a character that no document can carry");
        return PV_EREFUSED;
}

int settings_document_render_firmware(struct settings_document_writer *writer, const char *url, const char **ret_bytes,
                                      size_t *ret_size, struct settings_document_problem *ret_problem)
{
        int r = check_url(url, ret_problem);

        if (r)
                return r;
        document_out_begin(writer->out, "firmware-settings", SETTINGS_DOCUMENT_MAX);
        document_out_line(writer->out, "firmware");
        document_out_attribute(writer->out, "perm", "");
        document_out_text(writer->out, url);
        document_out_line_end(writer->out, "firmware");
        r = check_sound(writer, ret_problem);
        return r ? r : finish(writer, ret_bytes, ret_size, ret_problem);
}

int settings_document_render_files(struct settings_document_writer *writer, const char *const *urls, size_t n_urls,
                                   const char **ret_bytes, size_t *ret_size, struct settings_document_problem *ret_problem)
{
        int r = 0;

        document_out_begin(writer->out, "setting-files", SETTINGS_DOCUMENT_MAX);
        for (size_t i = 0; !r && i < n_urls; i++) {
                r = check_url(urls[i], ret_problem);
                document_out_line(writer->out, "file");
                document_out_attribute(writer->out, "url", urls[i]);
                document_out_line_end(writer->out, "file");
        }
        if (!r)
                r = check_sound(writer, ret_problem);
        return r ? r : finish(writer, ret_bytes, ret_size, ret_problem);
}

/* --- for once ----------------------------------------------------------------------- */

static int own_bytes(const char *bytes, size_t size, char **ret_bytes)
{
        char *own = malloc(size + 1);

        if (!own)
                return PV_ENOMEM;
        memcpy(own, bytes, size);
        own[size] = 0;
        *ret_bytes = own;
        return 0;
}

int settings_document_write(const struct settings_document *document, char **ret_bytes, size_t *ret_size,
                            struct settings_document_problem *ret_problem)
{
        struct settings_document_writer *writer = NULL;
        const char *bytes;
        size_t size = 0;
        int r = settings_document_writer_new(&writer);

        if (r)
                return r;
        r = settings_document_render(writer, document, &bytes, &size, ret_problem);
        if (!r)
                r = own_bytes(bytes, size, ret_bytes);
        if (!r)
                *ret_size = size;
        settings_document_writer_free(writer);
        return r;
}

void settings_document_free(char *bytes, size_t size)
{
        if (!bytes)
                return;
        explicit_bzero(bytes, size);
        free(bytes);
}
