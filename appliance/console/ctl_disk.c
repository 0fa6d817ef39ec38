/*
 * ctl_disk: provostctl disk, data and reset.
 *
 * In:   a disk; the typed word that stands for "yes, all of it".
 * Out:  station update installs or wipes; where the data is.
 * Not:  a recovery key is printed once and kept nowhere.
 */
#include "appliance/console/ctl_groups.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_ask.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define UPDATE "io.provost.Update."

static int disk_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("DEVICE", "device", TEXT), TABLE_COLUMN("MODEL", "model", TEXT), TABLE_COLUMN("BYTES", "size", NUMBER),
                {.head = "", .field = "removable", .kind = TABLE_FLAG, .word = "removable"},
                {.head = "", .field = "running", .kind = TABLE_FLAG, .word = "runs from it"},
                TABLE_COLUMN("HOLDS", "holds", TEXT), {0},
        };

        (void)args;
        return ctl_list(ctl, "update", UPDATE "ListDisks", NULL, "disks", columns);
}

/* What is on it, "" for nothing. */
static int find_disk(struct ctl *ctl, const char *device, char ret_holds[static 200])
{
        sd_json_variant *reply = NULL, *v;
        char shown[80];
        int r = ctl_call(ctl, "update", UPDATE "ListDisks", NULL, CTL_CALL_MS, &reply);
        bool found = false;

        for (size_t i = 0; r == CTL_OK && (v = table_item(reply, "disks", i)); i++)
                if (text_equal(table_text(v, "device"), device)) {
                        found = true;
                        (void)text_escape(ret_holds, 200, table_text(v, "holds"), strlen(table_text(v, "holds")));
                }
        sd_json_variant_unref(reply);
        if (r == CTL_OK && !found)
                r = ctl_fail(ctl, "There is no disk %s: `provostctl disk list` shows them.", text_escape(shown, sizeof shown, device, strlen(device)));
        return r;
}

static int disk_install(struct ctl *ctl, const struct args *args)
{
        const char *device = args->words[0];
        sd_json_variant *parameters = NULL, *reply = NULL;
        char holds[200] = "", sentence[400];
        int r = find_disk(ctl, device, holds);

        if (r == CTL_OK && *holds) {
                (void)snprintf(sentence, sizeof sentence, "Everything on %s is erased. It holds: %s", device, holds);
                r = ctl_ask_word(ctl, sentence, device);
        }
        if (r != CTL_OK)
                return r;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("device", device), SD_JSON_BUILD_PAIR_BOOLEAN("erase", *holds != 0)) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "update", UPDATE "InstallOn", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("It is written: `provostctl update watch` says how far it is. Then power off, take the stick out, and start from the disk.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

/* --- data ----------------------------------------------------------------------------- */

static int data_status(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL, *data;
        int r = ctl_call(ctl, "update", UPDATE "GetData", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                data = sd_json_variant_by_key(reply, "data");
                ctl_show_line_own(ctl->out, "data", table_text(data, "text"));
                fprintf(ctl->out, "%-22s %lld of %lld MiB\n", "free", (long long)table_number(data, "free") >> 20, (long long)table_number(data, "size") >> 20);
                if (table_flag(data, "recovery_key_waits"))
                        fputs("Nobody has read the recovery key: `provostctl data recovery-key` says one, once.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

static int data_recovery_key(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "update", UPDATE "NewRecoveryKey", NULL, CTL_LONG_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\nWrite it down and keep it elsewhere: it is not said again, and the former one opens nothing any more.\n", table_text(reply, "key"));
        sd_json_variant_unref(reply);
        return r;
}

/* --- everything goes -------------------------------------------------------------------- */

static int reset(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *site = NULL, *reply = NULL;
        char name[80] = "";
        int r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &site);

        (void)args;
        if (r == CTL_OK)
                (void)snprintf(name, sizeof name, "%s", *ctl_site_value(site, "name") ? ctl_site_value(site, "name") : "Site");
        sd_json_variant_unref(site);
        if (r == CTL_OK)
                r = ctl_ask_word(ctl, "Everything on the data partition is wiped: phones, keys, settings, logs. Every phone has to be let in anew.", name);
        if (r == CTL_OK)
                r = ctl_call(ctl, "update", UPDATE "FactoryReset", NULL, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("The appliance restarts and wipes its data.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_disk[] = {
        {"disk list", "", "Disks of this machine that the running version could be installed on.\n", "", 0, 0, disk_list},
        {"disk install", "DEVICE",
         "Makes the disk a Provost disk with the running version and empty data. Where something is on it the device's name has to be\n"
         "typed again (or be the first line of standard input).\n", "", 1, 1, disk_install},
        {"data status", "", "Where the data is, how it is encrypted, and how much room is left.\n", "", 0, 0, data_status},
        {"data recovery-key", "", "Makes a new recovery key for the encrypted data and says it, once; the former one opens nothing any more.\n", "", 0, 0,
         data_recovery_key},
        {"reset", "", "Factory reset: wipes all data at the next start, which comes at once. The site's name has to be typed (or be the first\n"
         "line of standard input).\n", "", 0, 0, reset},
        {0},
};
