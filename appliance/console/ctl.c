/*
 * ctl: provostctl's frame: finds the command, calls a station, says what failed.
 *
 * In:   argv, standard input, replies of stations (trusted, but checked for type).
 * Out:  text or JSON, sentences on err, an exit code.
 * Not:  no command of its own but help.
 */
#include "appliance/console/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "appliance/console/table.h"
#include "appliance/service/service.h"

#define FILE_MAX (256 * 1024)

__attribute__((format(printf, 2, 0))) static void say(struct ctl *ctl, const char *format, va_list args)
{
        fputs("provostctl: ", ctl->err);
        vfprintf(ctl->err, format, args);
        fputc('\n', ctl->err);
}

int ctl_fail(struct ctl *ctl, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        say(ctl, format, args);
        va_end(args);
        return CTL_FAILED;
}

int ctl_misused(struct ctl *ctl, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        say(ctl, format, args);
        va_end(args);
        return CTL_USAGE;
}

/* --- calls ------------------------------------------------------------------ */

/* What a person is told about a failed call. */
static char *reason_of(const char *station, const char *error, sd_json_variant *reply)
{
        const char *reason = reply ? table_text(reply, "reason") : "";
        const char *name = reply ? table_text(reply, "name") : "";
        char *sentence = NULL;
        int r;

        if (*reason && *name && !strstr(reason, name))
                r = asprintf(&sentence, "%s: %s", name, reason);
        else if (*reason)
                r = asprintf(&sentence, "%s", reason);
        else if (text_equal(error, "org.varlink.service.PermissionDenied"))
                r = asprintf(&sentence, "%s does not take this from you: run provostctl as root.", station);
        else if (text_equal(error, "org.varlink.service.MethodNotFound"))
                r = asprintf(&sentence, "%s does not know this: it is older than this provostctl. Restart the appliance.", station);
        else if (text_equal(error, "org.varlink.service.InvalidParameter"))
                r = asprintf(&sentence, "%s does not take this value (%s).", station, table_text(reply, "parameter"));
        else
                r = asprintf(&sentence, "%s refused (%s).", station, error);
        return r < 0 ? NULL : sentence;
}

int ctl_try(const char *station, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
            sd_json_variant **ret_reply, char **ret_reason)
{
        sd_json_variant *reply = NULL;
        char path[64], *error = NULL, *reason = NULL;
        int r;

        (void)snprintf(path, sizeof path, "/run/provost/%s", station);
        r = service_call_once(path, method, parameters, deadline_ms, &reply, &error);
        sd_json_variant_unref(parameters);
        if (r == 0 && !error) {
                *ret_reply = reply;
                *ret_reason = NULL;
                return CTL_OK;
        }
        if (r == 0)
                reason = reason_of(station, error, reply);
        else if (asprintf(&reason, "%s does not answer (%s): see journalctl -u provost-%s.", station, pv_error_text(r),
                          station) < 0)
                reason = NULL;
        sd_json_variant_unref(reply);
        free(error);
        *ret_reason = reason;
        return CTL_FAILED;
}

int ctl_call(struct ctl *ctl, const char *station, const char *method, sd_json_variant *parameters,
             uint64_t deadline_ms, sd_json_variant **ret_reply)
{
        char *reason = NULL;

        if (ctl_try(station, method, parameters, deadline_ms, ret_reply, &reason) == CTL_OK)
                return CTL_OK;
        ctl_fail(ctl, "%s", reason ? reason : "no memory");
        free(reason);
        return CTL_FAILED;
}

int ctl_list(struct ctl *ctl, const char *station, const char *method, sd_json_variant *parameters, const char *list,
             const struct table_column *columns)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, station, method, parameters, CTL_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                table_list(reply, list, columns, ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

bool ctl_as_json(struct ctl *ctl, sd_json_variant *reply)
{
        if (!ctl->json)
                return false;
        if (reply)
                (void)sd_json_variant_dump(reply, SD_JSON_FORMAT_NEWLINE, ctl->out, NULL);
        else
                fputs("{}\n", ctl->out);
        return true;
}

int ctl_add(sd_json_variant **object, const char *name, const char *value)
{
        return value ? sd_json_variant_set_field_string(object, name, value) : 0;
}

int ctl_mac(struct ctl *ctl, const char *word, sd_json_variant **ret_parameters)
{
        char text[MAC_TEXT_SIZE], escaped[48];
        struct mac mac;
        int r = mac_parse_text(word, &mac);

        if (r < 0)
                return ctl_misused(ctl, "\"%s\" is %s; write it like 000413AABBCC or 00:04:13:aa:bb:cc.",
                                   text_escape(escaped, sizeof escaped, word, strlen(word)),
                                   r == PV_EREFUSED ? "the address of a group or of nobody" : "not a MAC address");
        if (sd_json_variant_set_field_string(ret_parameters, "mac", mac_format(&mac, text)) < 0)
                return ctl_fail(ctl, "no memory");
        return CTL_OK;
}

/* --- files -------------------------------------------------------------------- */

/* All there is, at most max bytes and one more that says it is too much. */
static int read_stream(FILE *file, size_t max, char **ret_bytes, size_t *ret_size)
{
        size_t room = 0, size = 0, step;
        char *bytes = NULL, *more;

        for (;;) {
                room = room ? room * 2 : 64 * 1024;
                if (room > max + 1)
                        room = max + 1;
                more = realloc(bytes, room + 1);
                if (!more)
                        break;
                bytes = more;
                step = fread(bytes + size, 1, room - size, file);
                size += step;
                if (size < room || size > max) {
                        bytes[size] = 0;
                        *ret_bytes = bytes;
                        *ret_size = size;
                        return ferror(file) ? PV_ESYSTEM : size > max ? PV_ETOOLARGE : 0;
                }
        }
        free(bytes);
        *ret_bytes = NULL;
        *ret_size = 0;
        return PV_ENOMEM;
}

static void forget(char *bytes, size_t size)
{
        if (bytes)
                explicit_bzero(bytes, size);
        free(bytes);
}

int ctl_read_bytes(struct ctl *ctl, const char *path, size_t max, char **ret_bytes, size_t *ret_size)
{
        bool is_input = text_equal(path, "-");
        const char *name = is_input ? "Standard input" : path;
        FILE *file = ctl->in;
        char *bytes;
        size_t size;
        int r;

        if (!is_input && ctl->is_remote)
                return ctl_fail(ctl, "Only \"-\" (standard input) can be read from here.");
        if (!is_input) {
                file = fopen(path, "re");
                if (!file)
                        return ctl_fail(ctl, "%s cannot be opened: %s.", path, strerror(errno));
        }
        r = read_stream(file, max, &bytes, &size);
        if (!is_input)
                fclose(file);
        if (r < 0) {
                forget(bytes, size);
                if (r == PV_ETOOLARGE)
                        return ctl_fail(ctl, "%s is too large: at most %zu KiB are taken.", name, max / 1024);
                return ctl_fail(ctl, "%s cannot be read: %s.", name, r == PV_ESYSTEM ? strerror(errno) : pv_error_text(r));
        }
        *ret_bytes = bytes;
        *ret_size = size;
        return CTL_OK;
}

int ctl_read(struct ctl *ctl, const char *path, bool is_line, char **ret_text)
{
        char *text;
        size_t size;
        int r = ctl_read_bytes(ctl, path, FILE_MAX, &text, &size);

        if (r != CTL_OK)
                return r;
        if (strlen(text) != size) {
                forget(text, size);
                return ctl_fail(ctl, "%s cannot be used: it is not text.", text_equal(path, "-") ? "Standard input" : path);
        }
        if (is_line)
                text[strcspn(text, "\r\n")] = 0;
        *ret_text = text;
        return CTL_OK;
}

int ctl_add_limit(struct ctl *ctl, const struct args *args, uint32_t otherwise, sd_json_variant **parameters)
{
        const char *text = args_option(args, "--limit");
        uint32_t limit = otherwise;

        if (text && (text_to_u32(text, 100000, &limit) < 0 || limit == 0))
                return ctl_misused(ctl, "--limit takes a number from 1 to 100000.");
        return sd_json_variant_set_field_unsigned(parameters, "limit", limit) < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

int ctl_add_reason(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        if (ctl_add(parameters, "reason", args_option(args, "--reason")) < 0)
                return ctl_misused(ctl, "The reason is not UTF-8 text.");
        return CTL_OK;
}

/* --- commands ------------------------------------------------------------------- */

/* How many of the words in argv this command's name takes; 0 when it is another one. */
static size_t match(const struct ctl_command *command, size_t n, const char *const *argv)
{
        const char *at = command->words;
        size_t n_matched = 0;

        while (*at) {
                size_t length = strcspn(at, " ");

                if (n_matched >= n || strlen(argv[n_matched]) != length || strncmp(argv[n_matched], at, length) != 0)
                        return 0;
                n_matched++;
                at += length;
                at += strspn(at, " ");
        }
        return n_matched;
}

static const struct ctl_command *find(size_t n, const char *const *argv, size_t *ret_n_words)
{
        const struct ctl_command *found = NULL;

        *ret_n_words = 0;
        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++) {
                        size_t n_words = match(c, n, argv);

                        if (n_words > *ret_n_words) {
                                found = c;
                                *ret_n_words = n_words;
                        }
                }
        return found;
}

static void print_usage(FILE *file, const struct ctl_command *c)
{
        fprintf(file, "provostctl %s%s%s\n", c->words, *c->usage ? " " : "", c->usage);
}

static void print_help(FILE *file, const struct ctl_command *c)
{
        print_usage(file, c);
        fprintf(file, "\n%s\n--json prints the stations' answer unchanged.\n", c->help);
}

/* Whether the command's name begins with this word. */
static bool is_of_group(const struct ctl_command *c, const char *word)
{
        size_t size = strlen(word);

        return text_starts(c->words, word) && (c->words[size] == ' ' || !c->words[size]);
}

/* Whether both names begin with the same word. */
static bool is_related(const struct ctl_command *a, const struct ctl_command *b)
{
        size_t size = strcspn(a->words, " ");

        return size == strcspn(b->words, " ") && strncmp(a->words, b->words, size) == 0;
}

/* The commands that begin with this word, or all of them, an empty line before each list of another word; how many these are. */
static size_t print_group(FILE *file, const char *word)
{
        const struct ctl_command *last = NULL;
        size_t n = 0;

        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++)
                        if (!word || is_of_group(c, word)) {
                                if (last && c == ctl_groups[g] && !is_related(last, c))
                                        fputc('\n', file);
                                print_usage(file, c);
                                last = c;
                                n++;
                        }
        return n;
}

static int no_command(struct ctl *ctl, size_t n, const char *const *argv)
{
        bool has_second = n > 1 && !text_starts(argv[1], "-");
        char first[48], second[48] = "";

        text_escape(first, sizeof first, argv[0], strlen(argv[0]));
        if (has_second)
                text_escape(second, sizeof second, argv[1], strlen(argv[1]));
        if (print_group(ctl->err, argv[0]) == 0)
                return ctl_misused(ctl, "There is no command \"%s\": `provostctl help` lists them all.", first);
        if (!has_second)
                return ctl_misused(ctl, "\"%s\" needs a second word: one of those above.", first);
        return ctl_misused(ctl, "There is no command \"%s %s\": choose one of those above.", first, second);
}

static int help(struct ctl *ctl, size_t n, const char *const *argv)
{
        size_t n_words;
        const struct ctl_command *command = find(n, argv, &n_words);

        if (command) {
                print_help(ctl->out, command);
                return CTL_OK;
        }
        if (print_group(ctl->out, n ? argv[0] : NULL) == 0)
                return no_command(ctl, n, argv);
        fputs("\nprovostctl help COMMAND says more. Exit status: 0 done, 1 refused or failed, 2 wrong use.\n", ctl->out);
        return CTL_OK;
}

int ctl_run(struct ctl *ctl, size_t n, const char *const *argv)
{
        char problem[ARGS_PROBLEM_SIZE];
        const struct ctl_command *command;
        struct args args;
        size_t n_words;

        if (n == 0 || text_equal(argv[0], "help") || text_equal(argv[0], "--help"))
                return help(ctl, n ? n - 1 : 0, argv + 1);
        command = find(n, argv, &n_words);
        if (!command)
                return no_command(ctl, n, argv);
        if (args_parse(command->options, n - n_words, argv + n_words, &args, problem) < 0) {
                print_usage(ctl->err, command);
                return ctl_misused(ctl, "%s", problem);
        }
        if (args_has(&args, "--help")) {
                print_help(ctl->out, command);
                return CTL_OK;
        }
        if (args.n_words < command->min_words || args.n_words > command->max_words) {
                print_usage(ctl->err, command);
                return ctl_misused(ctl, "%s", args.n_words < command->min_words
                                                      ? "A word is missing; the line above shows the whole command."
                                                      : "There are more words than in the line above; put \"\" around "
                                                        "a value with blanks.");
        }
        ctl->json = args_has(&args, "--json");
        return command->run(ctl, &args);
}

const char *ctl_site_value(sd_json_variant *site, const char *name)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(site, "values", i)); i++)
                if (text_equal(table_text(v, "name"), name))
                        return table_text(v, "value");
        return "";
}
