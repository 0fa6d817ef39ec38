/*
 * ctl_update: provostctl update.
 *
 * In:   a bundle or where one is; what to do with it.
 * Out:  station update does it; how far it is.
 * Not:  nothing of a bundle is looked at here.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/ctl_upload.h"
#include "appliance/console/table.h"

#define UPDATE "io.provost.Update."
#define MAX_MIB 1024
#define CHECK_MS 120000
#define LOOK_AGAIN_MS 500
#define WATCH_MS (60 * 60 * 1000)

/* A method whose answer says nothing. */
static int tell(struct ctl *ctl, const char *method, sd_json_variant *parameters, const char *said)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "update", method, parameters, CHECK_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\n", said);
        sd_json_variant_unref(reply);
        return r;
}

/* --- what it says ------------------------------------------------------------------- */

static const char *in_words(const char *word)
{
        static const struct { const char *word, *words; } all[] = {
                {"committed", "it stays"}, {"fell-back", "it did not stay"}, {"went-back", "somebody went back"}, {"refused", "refused"},
                {"interrupted", "interrupted"}, {"idle", "nothing goes on"}, {"receiving", "a bundle comes"}, {"checking", "the bundle is checked"},
                {"writing", "it is written"}, {"waiting", "it is written and waits for the restart"}, {"trying", "the new version is on trial"},
                {"restarting", "the appliance restarts"},
        };

        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
                if (text_equal(word, all[i].word))
                        return all[i].words;
        return word;
}

static void print_slots(struct ctl *ctl, sd_json_variant *state)
{
        static const char *const heads[] = {"SLOT", "STATE", "VERSION", "STARTS LEFT", NULL};
        struct table *table = table_new(heads);
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(state, "slots", i)); i++) {
                sd_json_variant *left = sd_json_variant_by_key(v, "tries_left");

                table_cell(table, table_text(v, "name"));
                table_cell(table, table_text(v, "state"));
                table_cell(table, table_text(v, "version"));
                if (left && sd_json_variant_is_integer(left))
                        table_cell_format(table, "%lld", (long long)sd_json_variant_integer(left));
                else
                        table_cell(table, "");
        }
        if (ctl_show_n(state, "slots"))
                table_print(table, ctl->out);
        table_free(table);
}

static void print_bundle(struct ctl *ctl, sd_json_variant *bundle)
{
        char made[TABLE_TIME_SIZE], ends[TABLE_TIME_SIZE];

        ctl_show_line(ctl->out, "bundle", table_text(bundle, "version"));
        ctl_show_line(ctl->out, "made at", table_time(table_number(bundle, "made_at"), -1, made));
        ctl_show_line(ctl->out, "taken until", table_time(table_number(bundle, "ends_at"), -1, ends));
        ctl_show_line(ctl->out, "notes", table_text(bundle, "notes"));
}

static void print_outcomes(struct ctl *ctl, sd_json_variant *state)
{
        sd_json_variant *v;
        char at[TABLE_TIME_SIZE];

        for (size_t i = 0; (v = table_item(state, "last", i)); i++) {
                fprintf(ctl->out, "%s%s  ", i ? "" : "\nLast:\n", table_time(table_number(v, "at"), -1, at));
                ctl_show_sentence(ctl->out, table_text(v, "from"));
                fputs(" -> ", ctl->out);
                ctl_show_sentence(ctl->out, table_text(v, "to"));
                fprintf(ctl->out, ": %s. ", in_words(table_text(v, "result")));
                ctl_show_sentence(ctl->out, table_text(v, "text"));
                fputc('\n', ctl->out);
        }
}

/* One line of what goes on, in the station's words if it has some. */
static void print_step(struct ctl *ctl, sd_json_variant *state)
{
        sd_json_variant *trial = sd_json_variant_by_key(state, "trial");

        if (*table_text(state, "text"))
                ctl_show_sentence(ctl->out, table_text(state, "text"));
        else
                fputs(in_words(table_text(state, "step")), ctl->out);
        if (table_number(state, "percent") > 0 && table_number(state, "percent") < 100)
                fprintf(ctl->out, ", %lld %%", (long long)table_number(state, "percent"));
        if (trial && sd_json_variant_is_object(trial))
                fprintf(ctl->out, ", %lld of %lld phones are back, %lld are needed", (long long)table_number(trial, "back"),
                        (long long)table_number(trial, "before"), (long long)table_number(trial, "needed"));
        fputc('\n', ctl->out);
}

static void print_state(struct ctl *ctl, sd_json_variant *state)
{
        sd_json_variant *bundle = sd_json_variant_by_key(state, "bundle");

        ctl_show_line(ctl->out, "version", table_text(state, "version"));
        if (!table_flag(state, "supported"))
                ctl_show_line_own(ctl->out, "updates", table_text(state, "reason"));
        ctl_show_line(ctl->out, "every block checked", table_flag(state, "verified") ? "yes" : "no");
        ctl_show_line(ctl->out, "Secure Boot", table_text(state, "secure_boot"));
        ctl_show_line(ctl->out, "older than is refused", table_text(state, "floor"));
        if (bundle && sd_json_variant_is_object(bundle))
                print_bundle(ctl, bundle);
        fputs("now                    ", ctl->out);
        print_step(ctl, state);
        if (ctl_show_n(state, "slots"))
                fputc('\n', ctl->out);
        print_slots(ctl, state);
        print_outcomes(ctl, state);
}

static int update_status(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "update", UPDATE "Status", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_state(ctl, sd_json_variant_by_key(reply, "state"));
        sd_json_variant_unref(reply);
        return r;
}

static bool goes_on(sd_json_variant *state)
{
        static const char *const steps[] = {"receiving", "checking", "writing", "trying", "restarting"};

        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
                if (text_equal(table_text(state, "step"), steps[i]))
                        return true;
        return false;
}

/* Whether a look has something to say that the one before had not: another step, or ten percent more. */
static bool is_news(sd_json_variant *state, char said[static 64])
{
        sd_json_variant *trial = sd_json_variant_by_key(state, "trial");
        char now[64];

        (void)snprintf(now, sizeof now, "%.20s %lld %lld", table_text(state, "step"), (long long)table_number(state, "percent") / 10,
                       (long long)table_number(trial, "back"));
        if (text_equal(now, said))
                return false;
        memcpy(said, now, sizeof now);
        return true;
}

/* Until nothing goes on any more. */
static int update_watch(struct ctl *ctl, const struct args *args)
{
        const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
        uint64_t until_ms = clock_monotonic_ms() + WATCH_MS;
        char said[64] = "";
        bool more = true;
        int r = CTL_OK;

        (void)args;
        while (r == CTL_OK && more && clock_monotonic_ms() < until_ms) {
                sd_json_variant *reply = NULL, *state;

                r = ctl_call(ctl, "update", UPDATE "Status", NULL, CTL_CALL_MS, &reply);
                state = sd_json_variant_by_key(reply, "state");
                more = goes_on(state);
                if (r == CTL_OK && is_news(state, said) && !ctl_as_json(ctl, reply))
                        print_step(ctl, state);
                fflush(ctl->out);
                sd_json_variant_unref(reply);
                if (r == CTL_OK && more)
                        (void)nanosleep(&pause, NULL);
        }
        return r;
}

/* --- a bundle comes -------------------------------------------------------------------- */

static int finish(struct ctl *ctl, const char *upload)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (ctl_add(&parameters, "upload", upload) < 0)
                return ctl_misused(ctl, "The upload is not text.");
        r = ctl_call(ctl, "update", UPDATE "FinishUpload", parameters, CHECK_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                print_bundle(ctl, sd_json_variant_by_key(reply, "bundle"));
                fputs("It was checked and waits: `provostctl update install --restart` writes and tries it.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

static int update_send(struct ctl *ctl, const struct args *args)
{
        char sha256[65], *upload = NULL;
        uint64_t size = 0;
        FILE *file = NULL;
        int r = ctl_upload_open(ctl, args->words[0], MAX_MIB, &file);

        if (r != CTL_OK)
                return r;
        r = ctl_upload_measure(ctl, file, MAX_MIB, &size, sha256);
        if (r == CTL_OK)
                r = ctl_upload_send(ctl, "update", "Update", file, size, sha256, &upload);
        fclose(file);
        if (r == CTL_OK)
                r = finish(ctl, upload);
        free(upload);
        return r;
}

static int update_begin(struct ctl *ctl, const struct args *args)
{
        const char *sha256 = args_option(args, "--sha256"), *text = args_option(args, "--size");
        char *upload = NULL, shown[80];
        uint32_t size = 0;
        int r;

        if (!sha256 || !text || text_to_u32(text, MAX_MIB << 20, &size) < 0)
                return ctl_misused(ctl, "--size (bytes, at most %d MiB) and --sha256 are needed.", MAX_MIB);
        r = ctl_upload_begin(ctl, "update", "Update", size, sha256, &upload);
        if (r == CTL_OK)
                fprintf(ctl->out, ctl->json ? "{\"upload\":\"%s\"}\n" : "%s\n", text_escape(shown, sizeof shown, upload, strlen(upload)));
        free(upload);
        return r;
}

static int update_append(struct ctl *ctl, const struct args *args)
{
        uint32_t offset;
        char *bytes = NULL;
        size_t size = 0, step = 1024 * 1024;
        int r;

        if (text_to_u32(args->words[1], UINT32_MAX, &offset) < 0)
                return ctl_misused(ctl, "The offset is a number of bytes.");
        r = ctl_read_bytes(ctl, args->words[2], 8 * 1048576, &bytes, &size);
        for (size_t done = 0; r == CTL_OK && done < size; done += step)
                r = ctl_upload_append(ctl, "update", "Update", args->words[0], offset + done, bytes + done, size - done < step ? size - done : step);
        free(bytes);
        if (r == CTL_OK && ctl->json)
                fputs("{}\n", ctl->out);
        return r;
}

static int update_finish(struct ctl *ctl, const struct args *args)
{
        return finish(ctl, args->words[0]);
}

static int update_download(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;

        if (ctl_add(&parameters, "url", args->n_words ? args->words[0] : NULL) < 0)
                return ctl_misused(ctl, "The address is not UTF-8 text.");
        return tell(ctl, UPDATE "Download", parameters, "It is fetched and checked: `provostctl update watch` says how far it is.");
}

static int update_sticks(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("DEVICE", "device", TEXT), TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("BYTES", "size", NUMBER), {0},
        };

        (void)args;
        return ctl_list(ctl, "update", UPDATE "ListSticks", NULL, "files", columns);
}

static int update_take(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;

        if (ctl_add(&parameters, "device", args->words[0]) < 0 || ctl_add(&parameters, "name", args->words[1]) < 0)
                return ctl_misused(ctl, "Device and name are UTF-8 text.");
        return tell(ctl, UPDATE "TakeFromStick", parameters, "It is read and checked: `provostctl update watch` says how far it is.");
}

/* --- what becomes of it ------------------------------------------------------------------ */

static int update_install(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_variant_set_field_boolean(&parameters, "restart", args_has(args, "--restart")) < 0)
                return ctl_fail(ctl, "no memory");
        return tell(ctl, UPDATE "Install", parameters, args_has(args, "--restart")
                                                               ? "It is written, then the appliance restarts with it: `provostctl update watch`."
                                                               : "It is written: `provostctl update watch`; then `provostctl update restart` tries it.");
}

static int update_restart(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return tell(ctl, UPDATE "Restart", NULL, "The appliance restarts with the new version. It stays when the phones come back.");
}

static int update_back(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return tell(ctl, UPDATE "GoBack", NULL, "The appliance restarts with the version in the other slot.");
}

static int update_discard(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return tell(ctl, UPDATE "Discard", NULL, "The bundle is forgotten.");
}

const struct ctl_command ctl_groups_update[] = {
        {"update status", "", "The version that runs, the two slots, what goes on and what became of the last updates.\n", "", 0, 0, update_status},
        {"update send", "FILE|-", "Takes a bundle; signature, product, architecture, end and age are checked before anything is written.\n", "", 1, 1,
         update_send},
        {"update begin", "--size BYTES --sha256 HEX",
         "update send in steps, for programs that send a file through the hypervisor's channel: begin says the upload.\n", "--size= --sha256=", 0, 0,
         update_begin},
        {"update append", "UPLOAD OFFSET FILE|-", "The next part of an upload, at most 8 MiB.\n", "", 3, 3, update_append},
        {"update finish", "UPLOAD", "Ends an upload: the bundle is checked.\n", "", 1, 1, update_finish},
        {"update download", "[URL]", "Fetches a bundle from this address (https), or from the site's update_url.\n", "", 0, 1, update_download},
        {"update sticks", "", "Bundles on sticks that are plugged in.\n", "", 0, 0, update_sticks},
        {"update take", "DEVICE NAME", "Takes a bundle from a stick.\n", "", 2, 2, update_take},
        {"update install", "[--restart]", "Writes the checked bundle into the slot that does not run. --restart: and tries it.\n", "--restart", 0, 0,
         update_install},
        {"update restart", "", "Restarts with the version that was written. It falls back by itself when it does not serve.\n", "", 0, 0, update_restart},
        {"update back", "", "Restarts with the version in the other slot.\n", "", 0, 0, update_back},
        {"update discard", "", "Forgets the bundle that waits.\n", "", 0, 0, update_discard},
        {"update watch", "", "Says how far it is, until nothing goes on any more.\n", "", 0, 0, update_watch},
        {0},
};
