/*
 * ctl_firmware: provostctl firmware.
 *
 * In:   a file of the phones' maker, with its model and version.
 * Out:  its bytes, in parts, to station settings, which serves them in the tunnel.
 * Not:  the file is not looked into; whether a phone should run it is a setting named firmware.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_upload.h"
#include "appliance/console/table.h"

#define PART (512 * 1024)
#define SIZE_MAX_MIB 512
#define PART_MS 30000

static int firmware_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("FILE", "file", TEXT), TABLE_COLUMN("MODEL", "model", TEXT), TABLE_COLUMN("VERSION", "version", TEXT),
                TABLE_COLUMN("KIND", "kind", TEXT), TABLE_COLUMN("BYTES", "size", NUMBER), TABLE_COLUMN("ADDED", "added_at", TIME),
                TABLE_COLUMN("SHA-256", "sha256", TEXT), {0},
        };

        (void)args;
        return ctl_list(ctl, "store", "io.provost.Store.ListFirmware", NULL, "firmware", columns);
}

/* --- the upload --------------------------------------------------------------------------- */

static int begin(struct ctl *ctl, const struct args *args, const char *name, uint64_t size, const char *sha256, int64_t *ret_upload)
{
        const char *kind = args_option(args, "--kind");
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("model", args_option(args, "--model")),
                           SD_JSON_BUILD_PAIR_STRING("version", args_option(args, "--version")),
                           SD_JSON_BUILD_PAIR_STRING("kind", kind ? kind : "firmware"), SD_JSON_BUILD_PAIR_STRING("file", name),
                           SD_JSON_BUILD_PAIR_UNSIGNED("size", size), SD_JSON_BUILD_PAIR_STRING("sha256", sha256)) < 0)
                return ctl_misused(ctl, "Name, model or version is not UTF-8 text.");
        r = ctl_call(ctl, "settings", "io.provost.Settings.BeginFirmware", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK)
                *ret_upload = table_number(reply, "upload");
        sd_json_variant_unref(reply);
        return r;
}

static int append(struct ctl *ctl, int64_t upload, uint64_t offset, const void *bytes, size_t n)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_INTEGER("upload", upload), SD_JSON_BUILD_PAIR_UNSIGNED("offset", offset),
                           SD_JSON_BUILD_PAIR_BASE64("content", bytes, n)) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "settings", "io.provost.Settings.AppendFirmware", parameters, PART_MS, &reply);
        sd_json_variant_unref(reply);
        return r;
}

static int finish(struct ctl *ctl, int64_t upload)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_variant_set_field_integer(&parameters, "upload", upload) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "settings", "io.provost.Settings.FinishFirmware", parameters, PART_MS, &reply);
        sd_json_variant_unref(reply);
        return r;
}

static int upload(struct ctl *ctl, const struct args *args, const char *name, FILE *file, uint64_t size, const char *sha256)
{
        static uint8_t part[PART];
        uint64_t done = 0;
        int64_t number = 0;
        int r = begin(ctl, args, name, size, sha256, &number);

        while (r == CTL_OK && done < size) {
                size_t n = fread(part, 1, sizeof part, file);

                if (!n)
                        return ctl_fail(ctl, "The file changed while it was read.");
                r = append(ctl, number, done, part, n);
                done += n;
                if (r == CTL_OK)
                        ctl_upload_progress(ctl, done, size);
        }
        return r == CTL_OK ? finish(ctl, number) : r;
}

static int say_stored(struct ctl *ctl, const struct args *args, const char *name, uint64_t size, const char *sha256)
{
        sd_json_variant *said = NULL;

        if (!ctl->json) {
                fprintf(ctl->out, "Stored %s: %llu bytes, SHA-256 %s.\nPhones get it where a setting says so, like `provostctl settings set"
                        " model %s firmware=%s`.\n", name, (unsigned long long)size, sha256, args_option(args, "--model"),
                        args_option(args, "--version"));
                return CTL_OK;
        }
        if (sd_json_buildo(&said, SD_JSON_BUILD_PAIR_STRING("file", name), SD_JSON_BUILD_PAIR_UNSIGNED("size", size),
                           SD_JSON_BUILD_PAIR_STRING("sha256", sha256)) < 0)
                return ctl_fail(ctl, "no memory");
        ctl_as_json(ctl, said);
        sd_json_variant_unref(said);
        return CTL_OK;
}

static int firmware_add(struct ctl *ctl, const struct args *args)
{
        const char *path = args->words[0], *slash = strrchr(path, '/'), *name = args_option(args, "--name");
        char sha256[65];
        uint64_t size = 0;
        FILE *file = NULL;
        int r;

        if (!args_option(args, "--model") || !args_option(args, "--version"))
                return ctl_misused(ctl, "--model and --version are needed, as the phone names them: --model=snomD785 --version=10.1.184.14.");
        if (!name && text_equal(path, "-"))
                return ctl_misused(ctl, "The file's --name is needed with standard input.");
        if (!name)
                name = slash ? slash + 1 : path;
        r = ctl_upload_open(ctl, path, SIZE_MAX_MIB, &file);
        if (r != CTL_OK)
                return r;
        r = ctl_upload_measure(ctl, file, SIZE_MAX_MIB, &size, sha256);
        if (r == CTL_OK)
                r = upload(ctl, args, name, file, size, sha256);
        fclose(file);
        return r == CTL_OK ? say_stored(ctl, args, name, size, sha256) : r;
}

/* --- the same in steps, for a channel that carries no more than 8 MiB at once -------------- */

static int firmware_begin(struct ctl *ctl, const struct args *args)
{
        const char *sha256 = args_option(args, "--sha256"), *text = args_option(args, "--size");
        int64_t number = 0;
        uint32_t size = 0;
        int r;

        if (!args_option(args, "--model") || !args_option(args, "--version") || !sha256 || !text)
                return ctl_misused(ctl, "--model, --version, --size and --sha256 are needed.");
        if (text_to_u32(text, SIZE_MAX_MIB * 1048576U, &size) < 0)
                return ctl_misused(ctl, "--size takes a number of bytes, at most %d MiB.", SIZE_MAX_MIB);
        r = begin(ctl, args, args->words[0], size, sha256, &number);
        if (r == CTL_OK)
                fprintf(ctl->out, ctl->json ? "{\"upload\":%lld}\n" : "%lld\n", (long long)number);
        return r;
}

/* A step that worked has nothing to say but to a program. */
static int say_nothing(struct ctl *ctl)
{
        if (ctl->json)
                fputs("{}\n", ctl->out);
        return CTL_OK;
}

static int firmware_append(struct ctl *ctl, const struct args *args)
{
        uint32_t number, offset;
        char *bytes = NULL;
        size_t size = 0;
        int r;

        if (text_to_u32(args->words[0], UINT32_MAX, &number) < 0 || text_to_u32(args->words[1], UINT32_MAX, &offset) < 0)
                return ctl_misused(ctl, "The upload and the offset are numbers.");
        r = ctl_read_bytes(ctl, args->words[2], 8 * 1048576, &bytes, &size);
        for (size_t done = 0; r == CTL_OK && done < size; done += PART)
                r = append(ctl, number, offset + done, bytes + done, size - done < PART ? size - done : PART);
        free(bytes);
        return r == CTL_OK ? say_nothing(ctl) : r;
}

static int firmware_finish(struct ctl *ctl, const struct args *args)
{
        uint32_t number;

        if (text_to_u32(args->words[0], UINT32_MAX, &number) < 0)
                return ctl_misused(ctl, "The upload is a number, the one that firmware begin said.");
        return finish(ctl, number) == CTL_OK ? say_nothing(ctl) : CTL_FAILED;
}

static int firmware_remove(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (ctl_add(&parameters, "file", args->words[0]) < 0)
                return ctl_misused(ctl, "The file's name is not UTF-8 text.");
        r = ctl_call(ctl, "settings", "io.provost.Settings.RemoveFirmware", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Removed.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_firmware[] = {
        {"firmware list", "", "Lists the phones' firmware files.\n", "", 0, 0, firmware_list},
        {"firmware add", "FILE|- --model MODEL --version VERSION [--kind firmware|vpn-feature] [--name NAME]",
         "Stores a firmware file for phones of this model. Phones run it where the setting firmware has this version.\n"
         "vpn-feature: the maker's public image that gives old firmware its VPN client; the only one served outside the tunnel.\n",
         "--model= --version= --kind= --name=", 1, 1, firmware_add},
        {"firmware begin", "FILE --model MODEL --version VERSION --size BYTES --sha256 HEX [--kind firmware|vpn-feature]",
         "firmware add in steps, for programs that send a file through the hypervisor's channel: begin says the number\n"
         "of the upload.\n", "--model= --version= --size= --sha256= --kind=", 1, 1, firmware_begin},
        {"firmware append", "UPLOAD OFFSET FILE|-", "The next part of an upload, at most 8 MiB.\n", "", 3, 3, firmware_append},
        {"firmware finish", "UPLOAD", "Ends an upload: the file is known when its size and SHA-256 are right.\n", "", 1, 1, firmware_finish},
        {"firmware remove", "FILE", "Removes a firmware file that no setting names.\n", "", 1, 1, firmware_remove},
        {0},
};
