/*
 * apply_file: small files replaced in one step.
 *
 * In:   path and text.
 * Out:  the file, whole.
 * Not:  no directories are made.
 */
#include "appliance/box/apply_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/file.h"

bool apply_file_holds(const char *path, const char *text)
{
        size_t left = strlen(text);
        bool is_same = true;
        char piece[4096];
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        if (fd < 0)
                return false;
        while (is_same) {
                ssize_t n = read(fd, piece, sizeof piece);

                if (n == 0)
                        break;
                is_same = n > 0 && (size_t)n <= left && memcmp(piece, text, (size_t)n) == 0;
                if (is_same) {
                        text += n;
                        left -= (size_t)n;
                }
        }
        close(fd);
        return is_same && left == 0;
}

/* The name of the file is on the disk as well. */
static int sync_folder(const char *path)
{
        const char *slash = strrchr(path, '/');
        char folder[PATH_MAX];
        int fd, r;

        if (!slash || snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) >= (int)sizeof folder)
                return PV_ETOOLARGE;
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return PV_ESYSTEM;
        r = fsync(fd) < 0 ? PV_ESYSTEM : 0;
        close(fd);
        return r;
}

static int replace(const char *path, const char *text, bool must_last)
{
        char fresh[PATH_MAX];
        int fd, r;

        if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
                return PV_ETOOLARGE;
        (void)unlink(fresh);
        fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
                return PV_ESYSTEM;
        r = file_write_all(fd, text, strlen(text));
        if (r == 0 && fchmod(fd, 0644) < 0)     /* the unit's umask is stricter */
                r = PV_ESYSTEM;
        if (r == 0 && must_last && fsync(fd) < 0)
                r = PV_ESYSTEM;
        if (close(fd) < 0)
                r = PV_ESYSTEM;
        if (r == 0 && rename(fresh, path) < 0)
                r = PV_ESYSTEM;
        if (r < 0)
                (void)unlink(fresh);
        return r == 0 && must_last ? sync_folder(path) : r;
}

int apply_file_write(const char *path, const char *text)
{
        return replace(path, text, false);
}

int apply_file_keep(const char *path, const char *text)
{
        return replace(path, text, true);
}

int apply_file_remove(const char *path)
{
        return unlink(path) < 0 && errno != ENOENT ? PV_ESYSTEM : 0;
}
