/*
 * provost-update-disk: does one thing with a disk and ends.
 *
 * In:   its connection: a verb and what it needs.
 * Out:  how far it is; what it found, or why it failed.
 * Not:  no decision whether it may be: only station update can connect. No network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"
#include "appliance/update/disk.h"

static const struct {
        const char *verb;
        size_t n_fds;
        int (*run)(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
} verbs[] = {
        {"look", 0, disk_look},     {"write", 0, disk_write}, {"mark", 0, disk_mark},       {"loader", 0, disk_loader}, {"sticks", 0, disk_sticks},
        {"take", 1, disk_take},     {"disks", 0, disk_disks}, {"install", 0, disk_install}, {"key", 0, disk_key},
};

static int run(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        const char *verb = service_field_text(request, "verb");

        for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
                if (text_equal(verb, verbs[i].verb) && (disk->fd >= 0) == (verbs[i].n_fds == 1))
                        return verbs[i].run(disk, request, ret);
        return disk_fail(disk, "Nothing like this can be done with a disk.");
}

static int answer(const struct disk *disk, int r, sd_json_variant *found)
{
        sd_json_variant *packet = NULL;

        if (r < 0) {
                log_event(LOG_LEVEL_ERROR, "failed", "reason", disk->reason, NULL);
                r = sd_json_buildo(&packet, SD_JSON_BUILD_PAIR("error", SD_JSON_BUILD_STRING(disk->reason)));
        } else
                r = sd_json_buildo(&packet, SD_JSON_BUILD_PAIR_CONDITION(found != NULL, "done", SD_JSON_BUILD_VARIANT(found)), SD_JSON_BUILD_PAIR_CONDITION(!found, "done", SD_JSON_BUILD_BOOLEAN(true)));
        if (r >= 0)
                r = chore_say(STDIN_FILENO, packet);
        sd_json_variant_unref(packet);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(void)
{
        static struct disk disk = {.fd = -1, .told = -1};
        sd_json_variant *request = NULL, *found = NULL;
        int r, code;

        log_open("update-disk");
        if (chore_take(STDIN_FILENO, 1, &request, &disk.fd) < 0) {
                fputs("provost-update-disk is started by systemd.\n", stderr);
                return 2;
        }
        machine_read(&disk.machine);
        r = run(&disk, request, &found);
        code = answer(&disk, r, found);
        sd_json_variant_unref(request);
        sd_json_variant_unref(found);
        return code;
}
