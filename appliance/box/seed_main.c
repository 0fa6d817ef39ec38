/*
 * provost-seed: finds the file of an unattended site.
 *
 * In:   `provost-seed credential`: systemd's credential provost.setup; `provost-seed device NAME`: a block device
 *       that udev found (90-provost-seed.rules), whose file system may be anybody's.
 * Out:  the content of provost-setup.json for box (see seed_place); a line in the journal.
 * Not:  the content is not looked at. The device is mounted read-only, in a mount namespace of this process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/box/seed_place.h"

#define FILE_NAME "provost-setup.json"
#define CREDENTIAL "provost.setup"
#define MOUNT SEED_PLACE "/mount"

static int failed(const char *what, const char *reason)
{
        log_event(LOG_LEVEL_ERROR, "seed-failed", "where", what, "reason", reason, NULL);
        return EXIT_FAILURE;
}

static int keep(const char *origin, char *text, size_t size)
{
        int r = seed_place_write(SEED_PLACE, origin, text, size);

        explicit_bzero(text, size);
        free(text);
        if (r < 0)
                return failed(origin, r == PV_EMALFORMED ? "The file " FILE_NAME " is no text." : pv_error_text(r));
        log_event(LOG_LEVEL_NOTICE, "seed-found", "where", origin, NULL);
        return EXIT_SUCCESS;
}

static int take(int directory, const char *name, const char *origin)
{
        char *text = NULL;
        size_t size = 0;
        int r = seed_place_file(directory, name, SEED_PLACE_CONTENT_MAX, &text, &size);

        if (r == PV_EUNSET) {
                log_event(LOG_LEVEL_INFO, "seed-absent", "where", origin, NULL);
                return EXIT_SUCCESS;
        }
        if (r < 0)
                return failed(origin, r == PV_ETOOLARGE ? "The file " FILE_NAME " is larger than 256 KiB." : pv_error_text(r));
        return keep(origin, text, size);
}

static int take_credential(void)
{
        const char *path = getenv("CREDENTIALS_DIRECTORY");
        int directory = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, code;

        if (directory < 0)
                return failed("credential", "systemd gave no credentials.");
        code = take(directory, CREDENTIAL, "the credential " CREDENTIAL);
        close(directory);
        return code;
}

static bool is_device_name(const char *name)
{
        for (const char *p = name; *p; p++)
                if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
                        return false;
        return *name && strlen(name) < 32;
}

/* noload: a journal that was not finished is left alone, since nothing may be written. */
static int mount_any(const char *device)
{
        const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;

        if (mount(device, MOUNT, "vfat", flags, NULL) == 0)
                return 0;
        return mount(device, MOUNT, "ext4", flags, "noload") == 0 ? 0 : PV_ESYSTEM;
}

static int take_device(const char *name)
{
        char device[64], origin[SEED_PLACE_ORIGIN_MAX];
        int directory, code;

        if (!is_device_name(name))
                return failed("device", "This is no name of a block device.");
        (void)snprintf(device, sizeof device, "/dev/%s", name);
        (void)snprintf(origin, sizeof origin, "the file system on %s", name);
        if (mkdir(MOUNT, 0700) < 0 && errno != EEXIST)
                return failed(origin, strerror(errno));
        if (mount_any(device) < 0)
                return failed(origin, "It holds neither FAT nor ext4, or is damaged.");
        directory = open(MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        code = directory < 0 ? failed(origin, strerror(errno)) : take(directory, FILE_NAME, origin);
        if (directory >= 0)
                close(directory);
        (void)umount2(MOUNT, MNT_DETACH);
        return code;
}

int main(int argc, char **argv)
{
        log_open("seed");
        if (argc == 2 && text_equal(argv[1], "credential"))
                return take_credential();
        if (argc == 3 && text_equal(argv[1], "device"))
                return take_device(argv[2]);
        fputs("provost-seed is started by systemd: provost-seed credential | device NAME\n", stderr);
        return 2;
}
