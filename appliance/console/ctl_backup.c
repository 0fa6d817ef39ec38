/*
 * ctl_backup: provostctl backup.
 *
 * In:   a schedule; a backup's file; passphrases, by question or standard input alone.
 * Out:  station backup makes, tries or restores it.
 * Not:  no passphrase is a word of a command, shown or kept.
 */
#include "appliance/console/ctl_groups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_ask.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/ctl_upload.h"
#include "appliance/console/table.h"

#define BACKUP "io.provost.Backup."
#define MAX_MIB 4096
#define PIECE (1024 * 1024)
#define WORK_MS 600000

/* --- what it says ---------------------------------------------------------------------- */

static void print_schedule(struct ctl *ctl, sd_json_variant *schedule)
{
        const char *to = table_text(schedule, "to");
        char next[TABLE_TIME_SIZE];

        ctl_show_line(ctl->out, "scheduled", text_equal(to, "off") ? "no" : to);
        ctl_show_line(ctl->out, "passphrase", table_flag(schedule, "has_passphrase") ? "is set" : "is not set");
        if (text_equal(to, "off"))
                return;
        ctl_show_line(ctl->out, "each day at", table_text(schedule, "at"));
        ctl_show_line(ctl->out, "next", table_number(schedule, "next_at") ? table_time(table_number(schedule, "next_at"), -1, next) : "");
        fprintf(ctl->out, "%-22s %lld\n", "kept", (long long)table_number(schedule, "keep"));
        ctl_show_line(ctl->out, "share", table_text(schedule, "url"));
        ctl_show_line(ctl->out, "user", table_text(schedule, "user"));
}

static void print_state(struct ctl *ctl, sd_json_variant *state)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("AT", "at", TIME), TABLE_COLUMN("WHAT", "kind", TEXT), TABLE_COLUMN("PLACE", "place", TEXT), TABLE_COLUMN("RESULT", "result", TEXT),
                TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("", "text", OWN), {0},
        };
        sd_json_variant *staged = sd_json_variant_by_key(state, "staged");

        fprintf(ctl->out, "%-22s %s", "now", text_equal(table_text(state, "step"), "idle") ? "nothing goes on" : table_text(state, "step"));
        if (table_number(state, "percent") > 0)
                fprintf(ctl->out, ", %lld %%", (long long)table_number(state, "percent"));
        fputc('\n', ctl->out);
        if (staged && sd_json_variant_is_object(staged))
                ctl_show_line(ctl->out, "restored at next start", table_text(staged, "site"));
        print_schedule(ctl, sd_json_variant_by_key(state, "schedule"));
        if (ctl_show_n(state, "last")) {
                fputc('\n', ctl->out);
                table_list(state, "last", columns, ctl->out);
        }
}

static int show_status(struct ctl *ctl)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "backup", BACKUP "Status", NULL, CTL_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_state(ctl, sd_json_variant_by_key(reply, "state"));
        sd_json_variant_unref(reply);
        return r;
}

static int backup_status(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return show_status(ctl);
}

/* --- made ---------------------------------------------------------------------------------- */

static int create(struct ctl *ctl, const char *passphrase, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;

        if (ctl_add(&parameters, "passphrase", passphrase) < 0)
                return ctl_misused(ctl, "The passphrase is not UTF-8 text.");
        sd_json_variant_sensitive(parameters);
        return ctl_call(ctl, "backup", BACKUP "Create", parameters, WORK_MS, ret_reply);
}

static int read_piece(struct ctl *ctl, const char *id, uint64_t offset, uint64_t left, FILE *file, size_t *ret_size)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        void *bytes = NULL;
        size_t size = 0;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("backup", id), SD_JSON_BUILD_PAIR_UNSIGNED("offset", offset),
                           SD_JSON_BUILD_PAIR_UNSIGNED("length", left < PIECE ? left : PIECE)) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "backup", BACKUP "ReadBackup", parameters, CTL_LONG_CALL_MS, &reply);
        if (r == CTL_OK && (sd_json_variant_unbase64(sd_json_variant_by_key(reply, "data"), &bytes, &size) < 0 || !size || size > left))
                r = ctl_fail(ctl, "backup gave a piece that does not fit.");
        if (r == CTL_OK && fwrite(bytes, 1, size, file) != size)
                r = ctl_fail(ctl, "The file cannot be written: %s.", strerror(errno));
        free(bytes);
        sd_json_variant_unref(reply);
        *ret_size = size;
        return r;
}

static int write_all(struct ctl *ctl, sd_json_variant *made, FILE *file)
{
        uint64_t size = (uint64_t)table_number(made, "size"), done = 0;
        size_t n = 0;
        int r = CTL_OK;

        for (; r == CTL_OK && done < size; done += n) {
                r = read_piece(ctl, table_text(made, "backup"), done, size - done, file, &n);
                if (r == CTL_OK)
                        ctl_upload_progress(ctl, done + n, size);
        }
        if (r == CTL_OK && fflush(file) != 0)
                r = ctl_fail(ctl, "The file cannot be written: %s.", strerror(errno));
        return r;
}

/* A new file that nobody else reads; "-" is standard output. */
static int open_new(struct ctl *ctl, const char *path, FILE **ret_file)
{
        int fd;

        if (ctl->is_remote)
                return ctl_fail(ctl, "No file can be written from here: use the page, or `provostctl backup schedule --to stick` and `provostctl backup run`.");
        if (text_equal(path, "-")) {
                if (fileno(ctl->out) >= 0 && isatty(fileno(ctl->out)))
                        return ctl_fail(ctl, "A backup is no text: send standard output into a file.");
                *ret_file = ctl->out;
                return CTL_OK;
        }
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        *ret_file = fd < 0 ? NULL : fdopen(fd, "w");
        return *ret_file ? CTL_OK : ctl_fail(ctl, "%s cannot be made: %s.", path, strerror(errno));
}

static int backup_create(struct ctl *ctl, const struct args *args)
{
        const char *path = args->words[0];
        sd_json_variant *made = NULL;
        char *passphrase = NULL;
        FILE *file = NULL;
        int r = open_new(ctl, path, &file);

        if (r != CTL_OK)
                return r;
        if (!args_has(args, "--scheduled"))
                r = ctl_ask_secret(ctl, "Passphrase of the backup, 12 bytes or more", true, &passphrase);
        if (r == CTL_OK)
                r = create(ctl, passphrase, &made);
        ctl_ask_forget(passphrase);
        if (r == CTL_OK)
                r = write_all(ctl, made, file);
        if (file != ctl->out) {
                fclose(file);
                if (r != CTL_OK)
                        (void)unlink(path);
                else if (!ctl_as_json(ctl, made))
                        fprintf(ctl->out, "%s: %lld bytes, SHA-256 %s.\nNobody opens it without its passphrase.\n", path, (long long)table_number(made, "size"),
                                table_text(made, "sha256"));
        }
        sd_json_variant_unref(made);
        return r;
}

static int backup_run(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "backup", BACKUP "RunNow", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("The scheduled backup is made now: `provostctl backup status` says what came of it.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

/* --- the schedule ---------------------------------------------------------------------------- */

/* A question for each secret that is to be set. */
static int ask_secrets(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        static const struct { const char *option, *name, *what; } all[] = {
                {"--passphrase", "passphrase", "Passphrase of scheduled backups, 12 bytes or more"}, {"--password", "password", "Password at the share"},
        };
        int r = CTL_OK;

        for (size_t i = 0; r == CTL_OK && i < sizeof all / sizeof *all; i++) {
                char *secret = NULL;

                if (!args_has(args, all[i].option))
                        continue;
                r = ctl_ask_secret(ctl, all[i].what, true, &secret);
                if (r == CTL_OK && ctl_add(parameters, all[i].name, secret) < 0)
                        r = ctl_misused(ctl, "What was typed is not UTF-8 text.");
                ctl_ask_forget(secret);
        }
        if (*parameters)
                sd_json_variant_sensitive(*parameters);
        return r;
}

/* PEM, of a file; an empty one takes them away. */
static int add_authorities(struct ctl *ctl, const char *path, sd_json_variant **parameters)
{
        char *text = NULL;
        int r = ctl_read(ctl, path, false, &text);

        if (r == CTL_OK && ctl_add(parameters, "authorities", text) < 0)
                r = ctl_misused(ctl, "%s is not UTF-8 text.", path);
        free(text);
        return r;
}

static int backup_schedule(struct ctl *ctl, const struct args *args)
{
        static const char *const options[] = {"to", "url", "user", "at"};
        const char *text = args_option(args, "--keep");
        sd_json_variant *parameters = NULL, *reply = NULL;
        uint32_t keep = 0;
        char name[16];
        int r = CTL_OK;

        for (size_t i = 0; r == CTL_OK && i < sizeof options / sizeof *options; i++) {
                (void)snprintf(name, sizeof name, "--%s", options[i]);
                if (ctl_add(&parameters, options[i], args_option(args, name)) < 0)
                        r = ctl_misused(ctl, "%s is not UTF-8 text.", name);
        }
        if (r == CTL_OK && text && (text_to_u32(text, 365, &keep) < 0 || !keep || sd_json_variant_set_field_unsigned(&parameters, "keep", keep) < 0))
                r = ctl_misused(ctl, "--keep takes a number from 1 to 365.");
        if (r == CTL_OK && args_option(args, "--authorities"))
                r = add_authorities(ctl, args_option(args, "--authorities"), &parameters);
        if (r == CTL_OK)
                r = ask_secrets(ctl, args, &parameters);
        if (r == CTL_OK && !parameters)
                r = ctl_misused(ctl, "Say what is to change; `provostctl backup status` shows the schedule.");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "backup", BACKUP "SetSchedule", parameters, CTL_LONG_CALL_MS, &reply);
        sd_json_variant_unref(reply);
        return r == CTL_OK ? show_status(ctl) : r;
}

/* --- the way back ------------------------------------------------------------------------------- */

static int backup_sticks(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("DEVICE", "device", TEXT), TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("BYTES", "size", NUMBER),
                TABLE_COLUMN("MADE", "made_at", TIME), {0},
        };

        (void)args;
        return ctl_list(ctl, "backup", BACKUP "ListSticks", NULL, "files", columns);
}

static int take_from_stick(struct ctl *ctl, const char *device, const char *name, char **ret_upload)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (ctl_add(&parameters, "device", device) < 0 || ctl_add(&parameters, "name", name) < 0)
                return ctl_misused(ctl, "Device and name are UTF-8 text.");
        r = ctl_call(ctl, "backup", BACKUP "TakeFromStick", parameters, CTL_LONG_CALL_MS, &reply);
        if (r == CTL_OK) {
                *ret_upload = strdup(table_text(reply, "upload"));
                if (!*ret_upload)
                        r = ctl_fail(ctl, "no memory");
        }
        sd_json_variant_unref(reply);
        return r;
}

static int take_file(struct ctl *ctl, const char *path, char **ret_upload)
{
        char sha256[65];
        uint64_t size = 0;
        FILE *file = NULL;
        int r = ctl_upload_open(ctl, path, MAX_MIB, &file);

        if (r != CTL_OK)
                return r;
        r = ctl_upload_measure(ctl, file, MAX_MIB, &size, sha256);
        if (r == CTL_OK)
                r = ctl_upload_send(ctl, "backup", "Backup", file, size, sha256, ret_upload);
        fclose(file);
        return r;
}

static void print_report(struct ctl *ctl, sd_json_variant *report)
{
        sd_json_variant *content = sd_json_variant_by_key(report, "content"), *v;
        char made[TABLE_TIME_SIZE];

        ctl_show_line(ctl->out, "site", table_text(content, "site"));
        ctl_show_line(ctl->out, "made at", table_time(table_number(content, "made_at"), -1, made));
        ctl_show_line(ctl->out, "by version", table_text(content, "version"));
        fprintf(ctl->out, "%-22s %lld\n\n", "phones", (long long)table_number(content, "phones"));
        for (size_t i = 0; (v = table_item(report, "checks", i)); i++) {
                fputs(table_flag(v, "ok") ? "  good     " : "  NOT GOOD ", ctl->out);
                ctl_show_sentence(ctl->out, table_text(v, "text"));
                fputc('\n', ctl->out);
        }
}

/* said: when all is well. */
static int open_it(struct ctl *ctl, const char *method, const char *upload, const char *passphrase, const char *said)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *report;
        int r;

        if (ctl_add(&parameters, "upload", upload) < 0 || ctl_add(&parameters, "passphrase", passphrase) < 0) {
                sd_json_variant_unref(parameters);
                return ctl_misused(ctl, "The passphrase is not UTF-8 text.");
        }
        sd_json_variant_sensitive(parameters);
        r = ctl_call(ctl, "backup", method, parameters, WORK_MS, &reply);
        report = sd_json_variant_by_key(reply, "report");
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_report(ctl, report);
        if (r == CTL_OK && !table_flag(report, "ok"))
                r = ctl_fail(ctl, "This backup does not hold; nothing was changed.");
        else if (r == CTL_OK && !ctl->json)
                fprintf(ctl->out, "\n%s\n", said);
        sd_json_variant_unref(reply);
        return r;
}

/* The questions come first: with "-" what follows them in standard input is the backup. */
static int use_backup(struct ctl *ctl, const struct args *args, const char *method, const char *said)
{
        const char *device = args_option(args, "--stick");
        char *passphrase = NULL, *upload = NULL;
        int r = ctl_ask_secret(ctl, "Passphrase of the backup", false, &passphrase);

        if (r == CTL_OK)
                r = device ? take_from_stick(ctl, device, args->words[0], &upload) : take_file(ctl, args->words[0], &upload);
        if (r == CTL_OK)
                r = open_it(ctl, method, upload, passphrase, said);
        free(upload);
        ctl_ask_forget(passphrase);
        return r;
}

static int backup_drill(struct ctl *ctl, const struct args *args)
{
        return use_backup(ctl, args, BACKUP "Drill", "This backup can be restored. Nothing of the running appliance was changed.");
}

static int backup_restore(struct ctl *ctl, const struct args *args)
{
        int r = ctl_ask_word(ctl, "The appliance becomes what the backup holds; what it knows now is put aside.", "RESTORE");

        return r == CTL_OK ? use_backup(ctl, args, BACKUP "Restore", "The appliance restarts and comes up with it.") : r;
}

const struct ctl_command ctl_groups_backup[] = {
        {"backup status", "", "What goes on, the schedule, and what became of the last backups, drills and restores.\n", "", 0, 0, backup_status},
        {"backup create", "FILE|- [--scheduled]",
         "Makes a backup of everything and writes it into a new file. Its passphrase is asked for, or the first line of standard input.\n"
         "--scheduled: that of the scheduled ones, and none is asked for.\n", "--scheduled", 1, 1, backup_create},
        {"backup run", "", "The scheduled backup, now.\n", "", 0, 0, backup_run},
        {"backup schedule", "[--to off|stick|share] [--url URL] [--user NAME] [--at HH:MM] [--keep N] [--passphrase] [--password] [--authorities FILE]",
         "Where to and when (UTC) a backup is made each day, and how many are kept. --authorities: PEM of who vouches for the share, where\n"
         "no public authority does. --passphrase and --password have no value: they are asked\n"
         "for, or lines of standard input in this order.\n", "--to= --url= --user= --at= --keep= --passphrase --password --authorities=", 0, 0, backup_schedule},
        {"backup sticks", "", "Backups on sticks that are plugged in.\n", "", 0, 0, backup_sticks},
        {"backup drill", "FILE|- [--stick DEVICE]",
         "A trial restore beside the running appliance, which stays as it is, with a report. The passphrase is asked for, or the first\n"
         "line of standard input, behind which with - the backup follows. --stick: FILE is the name of a backup on this stick.\n", "--stick=", 1, 1,
         backup_drill},
        {"backup restore", "FILE|- [--stick DEVICE]",
         "The same, and then the appliance restarts and comes up with it; when it does not, the state before comes back. RESTORE has to\n"
         "be typed first, or be the first line of standard input, the passphrase the second.\n", "--stick=", 1, 1, backup_restore},
        {0},
};
