/*
 * csv: a list as a file for spreadsheets.
 *
 * In:   objects of stations; texts that anybody may have chosen.
 * Out:  lines of cells, none of which is a formula.
 * Not:  no list is asked for here.
 */
#include "provisioning/admin/csv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/people/reply.h"
#include "provisioning/admin/operation.h"

#define BLANKS " \t\r\n\v\f"
#define TIME_SIZE 24

/* What begins a formula, a command or one of their wide forms; blanks before it are passed over by some programs. */
static bool is_formula(const char *text)
{
        static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};   /* fullwidth = + - @ */

        if (*text && strchr("\t\r\n", *text))
                return true;
        text += strspn(text, BLANKS);
        if (*text && strchr("=+-@|%", *text))
                return true;
        for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
                if (!strncmp(text, wide[i], 3))
                        return true;
        return false;
}

void csv_cell(FILE *file, const char *text)
{
        bool is_quoted = strpbrk(text, ",;\"'\t\r\n") || *text == ' ' || is_formula(text);

        if (is_quoted)
                fputc('"', file);
        if (is_formula(text))
                fputc('\'', file);
        for (; *text; text++) {
                if (*text == '"')
                        fputc('"', file);
                fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, file);
        }
        if (is_quoted)
                fputc('"', file);
}

static void write_time(FILE *file, int64_t seconds)
{
        char text[TIME_SIZE];
        time_t t = (time_t)seconds;
        struct tm tm;

        if (seconds && gmtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
                csv_cell(file, text);
}

static void write_list(FILE *file, sd_json_variant *object, const char *field)
{
        size_t size = 0;
        char *text = NULL;
        FILE *joined = open_memstream(&text, &size);
        sd_json_variant *v;

        if (!joined)
                return;
        for (size_t i = 0; (v = reply_item(object, field, i)); i++)
                fprintf(joined, "%s%s", i ? " " : "", sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "");
        if (fclose(joined) == 0)
                csv_cell(file, text);
        free(text);
}

static void write_field(FILE *file, const struct csv_column *column, sd_json_variant *object)
{
        sd_json_variant *v = sd_json_variant_by_key(object, column->field);

        switch (column->kind) {
        case CSV_TEXT:
                csv_cell(file, reply_text(object, column->field));
                return;
        case CSV_NUMBER:
                if (v && sd_json_variant_is_integer(v))
                        fprintf(file, "%lld", (long long)sd_json_variant_integer(v));
                return;
        case CSV_FLAG:
                fputs(reply_flag(object, column->field) ? "yes" : "", file);
                return;
        case CSV_LIST:
                write_list(file, object, column->field);
                return;
        case CSV_TIME:
                write_time(file, reply_number(object, column->field));
                return;
        case CSV_TIME_MS:
                write_time(file, reply_number(object, column->field) / 1000);
                return;
        }
}

int csv_init(struct csv *csv, const struct csv_column *columns)
{
        *csv = (struct csv){0};
        csv->file = open_memstream(&csv->bytes, &csv->size);
        if (!csv->file)
                return PV_ENOMEM;
        for (const struct csv_column *column = columns; column->head; column++)
                fprintf(csv->file, "%s%s", column == columns ? "" : ",", column->head);
        fputs("\r\n", csv->file);
        return 0;
}

void csv_done(struct csv *csv)
{
        if (csv->file)
                (void)fclose(csv->file);
        free(csv->bytes);
        *csv = (struct csv){0};
}

void csv_row(struct csv *csv, const struct csv_column *columns, sd_json_variant *object)
{
        for (const struct csv_column *column = columns; column->head; column++) {
                if (column != columns)
                        fputc(',', csv->file);
                write_field(csv->file, column, object);
        }
        fputs("\r\n", csv->file);
}

void csv_reply(struct csv *csv, struct call *call, const char *name)
{
        if (fflush(csv->file) != 0 || ferror(csv->file))
                call_refuse(call, 503, "busy", NULL, "The appliance has no memory for this now: try it again in a minute.");
        else
                call_reply_file(call, "text/csv; charset=utf-8", name, csv->bytes, csv->size);
}
