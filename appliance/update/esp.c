/*
 * esp: kernel images and their counters.
 *
 * In:   a directory of the boot partition, which firmware and loader change as well.
 * Out:  names read, changed, removed.
 * Not:  no mounting (disk_main), no content.
 */
#include "appliance/update/esp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"

#define IMAGES_MAX 16
#define NAME_SIZE 256

struct images {
        char name[IMAGES_MAX][NAME_SIZE];
        size_t n;
};

/* All names, before anything is changed: a directory that changes while it is read may show a name twice. */
static int list(int folder, struct images *ret)
{
        int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *open_folder = copy < 0 ? NULL : fdopendir(copy);
        struct dirent *entry;

        if (!open_folder) {
                if (copy >= 0)
                        close(copy);
                return PV_ESYSTEM;
        }
        ret->n = 0;
        while ((entry = readdir(open_folder)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, "..") && ret->n < IMAGES_MAX &&
                    text_copy(ret->name[ret->n], NAME_SIZE, entry->d_name) == 0)
                        ret->n++;
        closedir(open_folder);
        return 0;
}

static bool is_of(const char *name, const char *version, struct uki_name *ret)
{
        return uki_name_parse(name, ret) == 0 && text_equal(ret->version, version);
}

int esp_find(int folder, const char *version, struct uki_name *ret)
{
        struct images images;
        struct uki_name name;
        bool is_found = false;
        int r = list(folder, &images);

        for (size_t i = 0; r == 0 && i < images.n; i++)
                if (is_of(images.name[i], version, &name) && (!is_found || name.left < 0 || (ret->left >= 0 && name.left > ret->left))) {
                        *ret = name;
                        is_found = true;
                }
        return r < 0 ? r : is_found ? 0 : PV_EUNSET;
}

/* A power cut in a renaming can leave both names; then they stay two, with numbers that differ. */
static int rename_image(int folder, const char *from, struct uki_name *name, int left)
{
        char to[UKI_NAME_SIZE];

        name->left = left;
        for (name->done = 0; name->done < IMAGES_MAX; name->done++) {
                (void)uki_name_text(name, to);
                if (text_equal(from, to))
                        return 0;
                if (faccessat(folder, to, F_OK, 0) < 0)
                        return renameat(folder, from, folder, to) < 0 ? PV_ESYSTEM : 0;
        }
        return PV_ETOOLARGE;
}

int esp_mark(int folder, const char *version, int left)
{
        struct images images;
        struct uki_name name;
        bool is_found = false;
        int r = list(folder, &images);

        for (size_t i = 0; r == 0 && i < images.n; i++) {
                if (!is_of(images.name[i], version, &name))
                        continue;
                is_found = true;
                if (name.left != left)
                        r = rename_image(folder, images.name[i], &name, left);
        }
        if (r == 0 && is_found && syncfs(folder) < 0)
                r = PV_ESYSTEM;
        return r < 0 ? r : is_found ? 0 : PV_EUNSET;
}

int esp_keep_only(int folder, const char *keep)
{
        struct images images;
        struct uki_name name;
        int r = list(folder, &images);

        for (size_t i = 0; r == 0 && i < images.n; i++)
                if (!is_of(images.name[i], keep, &name) && unlinkat(folder, images.name[i], 0) < 0 && errno != ENOENT)
                        r = PV_ESYSTEM;
        return r == 0 && syncfs(folder) < 0 ? PV_ESYSTEM : r;
}
