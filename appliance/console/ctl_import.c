/*
 * ctl_import: provostctl phone import, phone import-folder and settings import.
 *
 * In:   a file or folder from elsewhere, unread here: station import reads it.
 * Out:  what was found and what is wrong with it, line by line; then one call of the store, all or nothing.
 * Not:  no judgement of what is in it; no secret of it is shown.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_change.h"
#include "appliance/console/ctl_scope.h"
#include "appliance/console/ctl_tar.h"
#include "appliance/console/table.h"
#include "appliance/people/import_offer.h"
#include "appliance/people/reply.h"

#define CONTENT_MAX (8 * 1024 * 1024)
#define READ_MS 60000
#define PROBLEMS_SHOWN 100

/* --- reading ------------------------------------------------------------------------ */

static const char *name_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return text_equal(path, "-") ? "standard input" : slash && slash[1] ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The file, or a tar of the folder. */
static int take_content(struct ctl *ctl, const char *path, bool may_be_folder, char **ret_bytes, size_t *ret_size)
{
        char problem[CTL_TAR_PROBLEM_SIZE];

        if (!may_be_folder || text_equal(path, "-") || ctl->is_remote || !is_folder(path))
                return ctl_read_bytes(ctl, path, CONTENT_MAX, ret_bytes, ret_size);
        return ctl_tar_of_folder(path, CONTENT_MAX, ret_bytes, ret_size, problem) < 0 ? ctl_fail(ctl, "%s", problem) : CTL_OK;
}

static int read_content(struct ctl *ctl, const char *kind, const char *path, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;
        char *bytes = NULL;
        size_t size = 0;
        int r = take_content(ctl, path, text_equal(kind, "folder"), &bytes, &size);

        if (r != CTL_OK)
                return r;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("name", name_of(path)),
                           SD_JSON_BUILD_PAIR_BASE64("content", bytes, size)) < 0)
                r = ctl_misused(ctl, "The name of the file is not UTF-8 text.");
        else
                sd_json_variant_sensitive(parameters);
        explicit_bzero(bytes, size);
        free(bytes);
        return r == CTL_OK ? ctl_call(ctl, "import", "io.provost.Import.Read", parameters, READ_MS, ret_reply) : r;
}

/* "phones.csv, line 3, mac: is not a MAC address" for both kinds of problems. */
static void print_problems(struct ctl *ctl, sd_json_variant *reply)
{
        char file[200], what[200], reason[600];
        sd_json_variant *v;
        size_t n = reply_items(reply, "problems");

        for (size_t i = 0; i < PROBLEMS_SHOWN && (v = table_item(reply, "problems", i)); i++) {
                const char *field = *table_text(v, "what") ? table_text(v, "what") : table_text(v, "field");
                const char *sentence = table_text(v, "reason");

                fprintf(ctl->out, "%-8s", text_equal(table_text(v, "severity"), "warning") ? "warning" : "error");
                if (*table_text(v, "file"))
                        fprintf(ctl->out, " %s,", text_escape(file, sizeof file, table_text(v, "file"), strlen(table_text(v, "file"))));
                if (table_number(v, "line"))
                        fprintf(ctl->out, " line %lld,", (long long)table_number(v, "line"));
                if (*field)
                        fprintf(ctl->out, " %s:", text_escape(what, sizeof what, field, strlen(field)));
                fprintf(ctl->out, " %s\n",
                        text_is_printable(sentence) ? sentence : text_escape(reason, sizeof reason, sentence, strlen(sentence)));
        }
        if (n > PROBLEMS_SHOWN)
                fprintf(ctl->out, "... and %zu more (--json shows them all)\n", n - PROBLEMS_SHOWN);
}

static void print_count(struct ctl *ctl, size_t n, const char *what)
{
        if (n)
                fprintf(ctl->out, ", %zu %s%s", n, what, n == 1 ? "" : "s");
}

static void print_found(struct ctl *ctl, sd_json_variant *reply)
{
        static const struct { const char *found, *plain; } kinds[] = {
                {"phones", "a table of phones"}, {"settings", "a settings file"}, {"folder", "a folder"},
                {"delivery", "a delivery note"},
        };
        const char *found = table_text(reply, "found");
        char escaped[100];

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (text_equal(found, kinds[i].found))
                        found = kinds[i].plain;
        fprintf(ctl->out, "Found: %s", text_escape(escaped, sizeof escaped, found, strlen(found)));
        print_count(ctl, reply_items(reply, "phones"), "phone");
        print_count(ctl, reply_items(reply, "settings"), "setting");
        fputs(".\n", ctl->out);
        print_problems(ctl, reply);
}

/* --- phones ---------------------------------------------------------------------------- */

/* One run of an import: what was read, and what the store said. */
struct import {
        sd_json_variant *read, *stored;
        bool is_dry, with_shared;
        bool is_expected;               /* a delivery note: the phones are listed, and nothing more */
};

static void import_done(struct import *import)
{
        sd_json_variant_unref(import->read);
        sd_json_variant_unref(import->stored);
}

static struct import_offer offer_of(const struct args *args, const struct import *import, const char *reason)
{
        return (struct import_offer){.approve = args_has(args, "--approve"), .is_dry = import->is_dry, .is_expected = import->is_expected,
                                     .with_shared = import->with_shared, .reason = reason};
}

static bool has_shared(const struct import *import)
{
        return import->with_shared && reply_items(import->read, "shared");
}

/* One call, so that the store keeps all of it or nothing. */
static int store_import(struct ctl *ctl, const struct args *args, struct import *import)
{
        char reason[200], escaped[150];
        struct import_offer offer = offer_of(args, import, reason);
        sd_json_variant *parameters = NULL;
        int r;

        (void)snprintf(reason, sizeof reason, "imported from %s",
                       text_escape(escaped, sizeof escaped, name_of(args->words[0]), strlen(name_of(args->words[0]))));
        if (import_offer_phones(import->read, &offer, &parameters) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "store", "io.provost.Store.ImportPhones", parameters, CTL_LONG_CALL_MS, &import->stored);
        if (r != CTL_OK && has_shared(import))
                (void)ctl_fail(ctl, "The phones and settings of a folder are imported together or not at all; --phones-only leaves the settings out.");
        return r;
}

static void print_shared(struct ctl *ctl, const struct import *import)
{
        char escaped[200];
        sd_json_variant *file;

        for (size_t i = 0; (file = table_item(import->read, "shared", i)); i++) {
                const char *model = table_text(file, "model");

                fprintf(ctl->out, "%s: %zu setting%s of ", text_escape(escaped, sizeof escaped, table_text(file, "file"), strlen(table_text(file, "file"))),
                        reply_items(file, "settings"), reply_items(file, "settings") == 1 ? "" : "s");
                fprintf(ctl->out, "%s%s%s\n", *model ? "model " : "the site", text_escape(escaped, sizeof escaped, model, strlen(model)),
                        import->with_shared ? "" : " (left out)");
        }
}

static int print_import_json(struct ctl *ctl, const struct import *import)
{
        sd_json_variant *all = NULL;
        int r = sd_json_buildo(&all,
                               SD_JSON_BUILD_PAIR("read", SD_JSON_BUILD_OBJECT(
                                       SD_JSON_BUILD_PAIR_STRING("found", table_text(import->read, "found")),
                                       SD_JSON_BUILD_PAIR_UNSIGNED("phones", reply_items(import->read, "phones")),
                                       SD_JSON_BUILD_PAIR_UNSIGNED("settings", reply_items(import->read, "settings")),
                                       SD_JSON_BUILD_PAIR_UNSIGNED("shared", reply_items(import->read, "shared")),
                                       SD_JSON_BUILD_PAIR_VARIANT("problems", sd_json_variant_by_key(import->read, "problems")))),
                               SD_JSON_BUILD_PAIR_CONDITION(!!import->stored, "import", SD_JSON_BUILD_VARIANT(import->stored)));

        if (r >= 0)
                ctl_as_json(ctl, all);
        sd_json_variant_unref(all);
        return r < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

static void print_counts(struct ctl *ctl, const struct import *import)
{
        sd_json_variant *s = import->stored;

        print_problems(ctl, s);
        if (reply_items(s, "problems"))
                return;
        fprintf(ctl->out, "%s%lld new, %lld changed, %lld as they were", import->is_dry ? "Nothing is imported: this is what would be. "
                : import->is_expected ? "Listed: " : "Imported: ", (long long)table_number(s, "added"), (long long)table_number(s, "changed"),
                (long long)table_number(s, "unchanged"));
        if (import->is_expected)
                fputs(".\n", ctl->out);
        else
                fprintf(ctl->out, "; %lld approved.\n", (long long)table_number(s, "approved"));
}

static void print_revision(struct ctl *ctl, const struct import *import)
{
        sd_json_variant *s = import->stored;
        int64_t phones;

        if (!has_shared(import) || reply_items(s, "problems"))
                return;
        phones = table_number(s, "shared_phones");
        if (import->is_dry)
                fprintf(ctl->out, "Shared settings: %lld %s would get other settings by them.\n", (long long)phones, phones == 1 ? "phone" : "phones");
        else
                fprintf(ctl->out, "Shared settings: revision %lld, for %lld %s.\n", (long long)table_number(s, "revision"), (long long)phones,
                        phones == 1 ? "phone" : "phones");
        (void)ctl_change_findings(ctl, s, "error");
        (void)ctl_change_findings(ctl, s, "warning");
}

static int fail_with_errors(struct ctl *ctl, size_t n)
{
        return ctl_fail(ctl, "Nothing is imported: correct the errors (%zu) and import it again.", n);
}

/* A success would hide that it is the wrong file. */
static int fail_with_nothing(struct ctl *ctl, const char *path, const char *what)
{
        char escaped[300];

        return ctl_fail(ctl, "Nothing is imported: there is no %s in %s.", what, text_escape(escaped, sizeof escaped, name_of(path), strlen(name_of(path))));
}

static bool has_any(const struct import *import)
{
        return reply_items(import->read, "phones") || has_shared(import);
}

static int run_import(struct ctl *ctl, const struct args *args, struct import *import)
{
        int r = CTL_OK;

        if (!ctl->json) {
                print_found(ctl, import->read);
                print_shared(ctl, import);
        }
        if (import_offer_errors(import->read) == 0)
                r = has_any(import) ? store_import(ctl, args, import) : fail_with_nothing(ctl, args->words[0], "phone and no setting to take");
        if (ctl->json) {
                if (print_import_json(ctl, import) != CTL_OK)
                        return CTL_FAILED;
        } else if (import->stored) {
                print_counts(ctl, import);
                print_revision(ctl, import);
        }
        if (r != CTL_OK)
                return r;
        if (import_offer_errors(import->read) || reply_items(import->stored, "problems"))
                return fail_with_errors(ctl, import_offer_errors(import->read) + reply_items(import->stored, "problems"));
        return CTL_OK;
}

static int import_phones(struct ctl *ctl, const struct args *args, const char *kind)
{
        struct import import = {.is_dry = args_has(args, "--dry-run"), .with_shared = !args_has(args, "--phones-only")};
        int r = read_content(ctl, kind, args->words[0], &import.read);

        if (r == CTL_OK)
                r = run_import(ctl, args, &import);
        import_done(&import);
        return r;
}

static int phone_import(struct ctl *ctl, const struct args *args)
{
        return import_phones(ctl, args, "phones");
}

static int phone_import_folder(struct ctl *ctl, const struct args *args)
{
        return import_phones(ctl, args, "folder");
}

int ctl_import_expected(struct ctl *ctl, const struct args *args)
{
        struct import import = {.is_dry = args_has(args, "--dry-run"), .is_expected = true};
        int r = read_content(ctl, "delivery", args->words[0], &import.read);

        if (r == CTL_OK)
                r = run_import(ctl, args, &import);
        if (r == CTL_OK && !ctl->json && !import.is_dry)
                fputs(CTL_EXPECTED_SENTENCE, ctl->out);
        import_done(&import);
        return r;
}

/* --- settings ----------------------------------------------------------------------------- */

static int store_settings(struct ctl *ctl, const struct args *args, sd_json_variant *read, sd_json_variant **parameters)
{
        sd_json_variant *settings = NULL;
        int r = import_offer_settings(read, &settings);

        if (r == 0)
                r = sd_json_variant_set_field(parameters, "settings", settings);
        if (r >= 0 && args_has(args, "--replace"))
                r = sd_json_variant_set_field_boolean(parameters, "replace", true);
        sd_json_variant_unref(settings);
        if (r < 0)
                return ctl_fail(ctl, "no memory");
        sd_json_variant_sensitive(*parameters);
        r = ctl_change_call(ctl, args, "io.provost.Store.SetSettings", *parameters);
        *parameters = NULL;
        return r;
}

int ctl_import_settings(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        size_t at = 0;
        int r = ctl_scope(ctl, args, &at, &parameters);

        if (r == CTL_OK && at >= args->n_words)
                r = ctl_misused(ctl, "Which file? Give its name, or - for standard input.");
        if (r == CTL_OK)
                r = ctl_scope_ends(ctl, args, at + 1);
        if (r == CTL_OK)
                r = read_content(ctl, "settings", args->words[at], &reply);
        if (r == CTL_OK && !ctl->json)
                print_found(ctl, reply);
        else if (r == CTL_OK && import_offer_errors(reply))
                ctl_as_json(ctl, reply);
        if (r == CTL_OK && import_offer_errors(reply))
                r = fail_with_errors(ctl, import_offer_errors(reply));
        if (r == CTL_OK && !reply_items(reply, "settings"))
                r = fail_with_nothing(ctl, args->words[at], "setting");
        if (r == CTL_OK)
                r = store_settings(ctl, args, reply, &parameters);
        sd_json_variant_unref(parameters);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_import[] = {
        {"phone import", "FILE|- [--approve] [--dry-run]",
         "Takes a CSV of phones: all of them or, with one error, none. The first line names the columns; docs/import.md\n"
         "has them. --dry-run only says what would be.\n", "--approve --dry-run", 1, 1, phone_import},
        {"phone import-folder", "FOLDER|TAR|- [--approve] [--phones-only] [--dry-run]",
         "Takes the files of another provisioning system, in a folder or a tar: those named by a MAC become phones with\n"
         "settings, others become settings of their model or of the site (--phones-only leaves these out).\n",
         "--approve --phones-only --dry-run", 1, 1, phone_import_folder},
        {0},
};
