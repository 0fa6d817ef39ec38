/*
 * backup_files: files and folders of backups.
 *
 * In:   paths of ours, on the data partition.
 * Out:  them, made, filled, given away and removed.
 * Not:  no meaning.
 */
#include "appliance/backup/backup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "appliance/base/text.h"

#define SMALL_MAX (1 << 20)
#define DEPTH_MAX 8

int backup_files_path(char ret[static BACKUP_FILES_PATH], const char *a, const char *b)
{
        return snprintf(ret, BACKUP_FILES_PATH, "%s/%s", a, b) < BACKUP_FILES_PATH ? 0 : PV_ETOOLARGE;
}

/* --- folders ------------------------------------------------------------------ */

static int clear_at(int parent, const char *name, int depth);

/* Takes over the descriptor. */
static int clear_inside(int directory, int depth)
{
        DIR *dir = depth > DEPTH_MAX ? NULL : fdopendir(directory);
        const struct dirent *entry;
        int r = 0;

        if (!dir) {
                close(directory);
                return PV_ESYSTEM;
        }
        while ((entry = readdir(dir)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, "..") && clear_at(dirfd(dir), entry->d_name, depth + 1) < 0)
                        r = PV_ESYSTEM;
        closedir(dir);
        return r;
}

static int clear_at(int parent, const char *name, int depth)
{
        int directory;

        if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
                return 0;
        directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory < 0 || clear_inside(directory, depth) < 0)
                return PV_ESYSTEM;
        return unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : PV_ESYSTEM;
}

int backup_files_clear(const char *path, bool also)
{
        int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r;

        if (directory < 0)
                return errno == ENOENT ? 0 : PV_ESYSTEM;
        r = clear_inside(directory, 0);
        return r == 0 && also && rmdir(path) < 0 ? PV_ESYSTEM : r;
}

static int owner_of(const char *user, const char *group, uid_t *ret_user, gid_t *ret_group)
{
        const struct passwd *u = getpwnam(user);
        const struct group *g = getgrnam(group);

        if (!u || !g) {
                errno = ESRCH;
                return PV_ESYSTEM;
        }
        *ret_user = u->pw_uid;
        *ret_group = g->gr_gid;
        return 0;
}

int backup_files_give(int fd, const char *user, const char *group)
{
        uid_t u = 0;
        gid_t g = 0;
        int r = owner_of(user, group, &u, &g);

        return r < 0 ? r : fchown(fd, u, g) < 0 ? PV_ESYSTEM : 0;
}

int backup_files_make(const char *path, const char *user, const char *group, mode_t mode)
{
        int directory, r;

        if (mkdir(path, 0700) < 0)
                return PV_ESYSTEM;
        directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory < 0)
                return PV_ESYSTEM;
        r = backup_files_give(directory, user, group);
        if (r == 0 && fchmod(directory, mode) < 0)
                r = PV_ESYSTEM;
        close(directory);
        return r;
}

int64_t backup_files_room(const char *path)
{
        struct statvfs disk;

        return statvfs(path, &disk) < 0 ? 0 : (int64_t)disk.f_bavail * (int64_t)disk.f_frsize - BACKUP_FILES_SPARE;
}

/* --- small files ---------------------------------------------------------------- */

int backup_files_read(const char *path, char **ret_text, size_t *ret_size)
{
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        char *text = NULL;
        size_t size = 0;
        ssize_t n = 1;

        if (fd < 0)
                return errno == ENOENT ? PV_EUNSET : PV_ESYSTEM;
        text = malloc(SMALL_MAX + 1);
        while (text && size < SMALL_MAX && (n = read(fd, text + size, SMALL_MAX - size)) > 0)
                size += (size_t)n;
        close(fd);
        if (!text || n != 0) {
                free(text);
                return !text ? PV_ENOMEM : n < 0 ? PV_ESYSTEM : PV_ETOOLARGE;
        }
        text[size] = 0;
        *ret_text = text;
        *ret_size = size;
        return 0;
}

static int sync_parent(const char *path)
{
        char parent[BACKUP_FILES_PATH];
        const char *slash = strrchr(path, '/');
        int directory, r;

        (void)snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
        directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = directory >= 0 && fsync(directory) == 0 ? 0 : PV_ESYSTEM;
        if (directory >= 0)
                close(directory);
        return r;
}

int backup_files_write(const char *path, const char *text)
{
        char fresh[BACKUP_FILES_PATH];
        size_t size = strlen(text);
        int fd, r = 0;

        if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
                return PV_ETOOLARGE;
        fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return PV_ESYSTEM;
        if (write(fd, text, size) != (ssize_t)size || fsync(fd) < 0)
                r = PV_ESYSTEM;
        close(fd);
        if (r == 0 && rename(fresh, path) < 0)
                r = PV_ESYSTEM;
        if (r < 0) {
                int kept = errno;

                (void)unlink(fresh);
                errno = kept;
                return r;
        }
        return sync_parent(path);
}

int backup_files_sum(int fd, char ret_hex[static 65], int64_t *ret_size)
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        uint8_t block[16384], sum[EVP_MAX_MD_SIZE];
        int64_t size = 0;
        unsigned n_sum = 0;
        ssize_t n = -1;
        bool is_good = context && lseek(fd, 0, SEEK_SET) == 0 && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

        while (is_good && (n = read(fd, block, sizeof block)) > 0) {
                is_good = EVP_DigestUpdate(context, block, (size_t)n) == 1;
                size += n;
        }
        is_good = is_good && n == 0 && EVP_DigestFinal_ex(context, sum, &n_sum) == 1;
        EVP_MD_CTX_free(context);
        if (!is_good)
                return PV_ESYSTEM;
        text_hex(ret_hex, sum, n_sum);
        *ret_size = size;
        return 0;
}
