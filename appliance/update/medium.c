/*
 * medium: the disks and sticks of this machine.
 *
 * In:   /sys/class/block.
 * Out:  names, sizes, models.
 * Not:  no device is opened.
 */
#include "appliance/update/medium.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"

bool medium_is_name(const char *text)
{
        for (const char *c = text; *c; c++)
                if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9')))
                        return false;
        return *text && strlen(text) < MEDIUM_NAME_SIZE;
}

bool medium_is_whole(const struct medium *medium)
{
        return text_equal(medium->name, medium->whole);
}

static void read_line(const char *sys, const char *name, const char *file, char *ret, size_t size)
{
        char path[512], raw[128];
        int fd;
        ssize_t n;

        *ret = 0;
        (void)snprintf(path, sizeof path, "%s/class/block/%s/%s", sys, name, file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, raw, sizeof raw - 1);
        if (fd >= 0)
                close(fd);
        if (n <= 0)
                return;
        raw[n] = 0;
        size_t length = strcspn(raw, "\n");

        while (length && raw[length - 1] == ' ')
                length--;
        (void)text_escape(ret, size, raw, length);
}

static bool is_other_kind(const char *name)
{
        static const char *const kinds[] = {"loop", "ram", "zram", "dm", "sr", "fd", "md", "nbd"};

        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (text_starts(name, kinds[i]) && !medium_is_name(name + strlen(kinds[i])))
                        return true;
                else if (text_starts(name, kinds[i]) && name[strlen(kinds[i])] >= '0' && name[strlen(kinds[i])] <= '9')
                        return true;
        return false;
}

/* The folder that a partition's folder is in is its disk's. USB says itself in the path. */
static bool place(const char *sys, const char *name, char *ret_whole, bool *ret_is_usb)
{
        char path[512], target[512], *slash;
        ssize_t n;

        (void)snprintf(path, sizeof path, "%s/class/block/%s", sys, name);
        n = readlink(path, target, sizeof target - 1);
        if (n < 0)
                return false;
        target[n] = 0;
        *ret_is_usb = strstr(target, "/usb") != NULL;
        (void)snprintf(path, sizeof path, "%s/class/block/%s/partition", sys, name);
        if (access(path, F_OK) < 0)
                return text_copy(ret_whole, MEDIUM_NAME_SIZE, name) == 0;
        if (!(slash = strrchr(target, '/')))
                return false;
        *slash = 0;
        slash = strrchr(target, '/');
        return slash && text_copy(ret_whole, MEDIUM_NAME_SIZE, slash + 1) == 0;
}

static bool describe(const char *sys, const char *name, struct medium *ret)
{
        char line[MEDIUM_MODEL_SIZE];
        bool is_usb = false;

        *ret = (struct medium){0};
        if (!medium_is_name(name) || is_other_kind(name) || text_copy(ret->name, sizeof ret->name, name) < 0 ||
            !place(sys, name, ret->whole, &is_usb))
                return false;
        read_line(sys, name, "size", line, sizeof line);
        ret->size = strtoull(line, NULL, 10) * 512;
        read_line(sys, ret->whole, "removable", line, sizeof line);
        ret->is_removable = is_usb || text_equal(line, "1");
        read_line(sys, name, "ro", line, sizeof line);
        ret->is_read_only = text_equal(line, "1");
        read_line(sys, ret->whole, "device/model", ret->model, sizeof ret->model);
        return ret->size > 0;
}

size_t media_list(const char *sys, struct medium ret[static MEDIA_MAX])
{
        char path[256];
        DIR *folder;
        struct dirent *entry;
        size_t n = 0;

        (void)snprintf(path, sizeof path, "%s/class/block", sys);
        folder = opendir(path);
        while (folder && n < MEDIA_MAX && (entry = readdir(folder)))
                n += describe(sys, entry->d_name, &ret[n]);
        if (folder)
                closedir(folder);
        return n;
}
