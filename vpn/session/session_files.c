/*
 * session_files: server.conf in /run.
 *
 * In:   the text.
 * Out:  the file; whether it is another than before.
 * Not:  no sync: /run does not survive a power cut. The directory's group (set-group-id) is OpenVPN's.
 */
#include "vpn/session/session_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0640

static bool is_same(int fd, const char *text, size_t size)
{
        struct stat status;
        char *old = NULL;
        bool same;

        if (fstat(fd, &status) < 0 || status.st_size < 0 || (size_t)status.st_size != size)
                return false;
        old = malloc(size + 1);
        same = old && read(fd, old, size) == (ssize_t)size && memcmp(old, text, size) == 0;
        if (old)
                explicit_bzero(old, size);
        free(old);
        return same;
}

static int replace(int directory, const char *name, const char *new_name, const char *text, size_t size)
{
        int fd = openat(directory, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        bool done;

        if (fd < 0)
                return PV_ESYSTEM;
        done = write(fd, text, size) == (ssize_t)size && fchmod(fd, FILE_MODE) == 0;
        close(fd);
        if (done && renameat(directory, new_name, directory, name) == 0)
                return 0;
        unlinkat(directory, new_name, 0);
        return PV_ESYSTEM;
}

int session_files_put(const char *directory_path, const char *name, const char *text, size_t size,
                      enum session_files_change *ret_change)
{
        int directory = open(directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd, result = 0;
        enum session_files_change change = SESSION_FILES_NEW;
        char new_name[64];

        if (directory < 0)
                return PV_ESYSTEM;
        snprintf(new_name, sizeof new_name, ".%s.new", name);
        fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0) {
                change = is_same(fd, text, size) ? SESSION_FILES_SAME : SESSION_FILES_CHANGED;
                close(fd);
        }
        if (change != SESSION_FILES_SAME)
                result = replace(directory, name, new_name, text, size);
        close(directory);
        if (result == 0)
                *ret_change = change;
        return result;
}

int session_files_remove(const char *directory_path, const char *name, bool *ret_was_there)
{
        int directory = open(directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int result = directory < 0 ? -1 : unlinkat(directory, name, 0);

        if (directory >= 0)
                close(directory);
        if (result < 0 && errno != ENOENT)
                return PV_ESYSTEM;
        *ret_was_there = result == 0;
        return 0;
}
