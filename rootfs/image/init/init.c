/*
 * init: the first program of the initramfs.
 *
 * In:   the kernel's command line (provost.root=LABEL), /modules with the
 *       drivers of disks, partitions by their GPT name.
 * Out:  the read-only root, the data partition on /data and /var, this
 *       machine's id over /etc/machine-id, a command line of known words
 *       over /proc/cmdline, and systemd as process 1. When that
 *       cannot be: one sentence on the console, and the kernel restarts.
 * Not:  no udev, no shell, no repair of a file system beyond its journal.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "words.h"

#define NEW_ROOT "/sysroot"
#define DATA NEW_ROOT "/data"
#define SYSTEMD "/usr/lib/systemd/systemd"
#define DISK_WAIT_S 30
#define MODULES_MAX 256
#define ALIASES_MAX 4096
#define DEVICES_MAX 1024

enum { LEVEL_ERROR = 3, LEVEL_NOTICE = 5, LEVEL_INFO = 6 };

static int kmsg = -1;

static void __attribute__((format(printf, 2, 3))) say(int level, const char *format, ...)
{
        char text[512], line[600];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        int length = snprintf(line, sizeof(line), "<%d>provost: %s\n", level, text);
        if (kmsg >= 0 && write(kmsg, line, (size_t)length) == length)
                return;
        if (write(STDERR_FILENO, line + 3, (size_t)length - 3) < 0)
                return;
}

/* The end: process 1 leaves, the kernel panics and restarts after panic= seconds. */
#define give_up(...)                                                                               \
        do {                                                                                       \
                say(LEVEL_ERROR, __VA_ARGS__);                                                     \
                exit(EXIT_FAILURE);                                                                \
        } while (0)

static void mount_or_give_up(const char *source, const char *target, const char *type, unsigned long flags,
                             const char *options, const char *what)
{
        if (mount(source, target, type, flags, options) < 0)
                give_up("%s cannot be mounted: %s. The machine restarts", what, strerror(errno));
}

static void mount_kernel_files(void)
{
        mkdir("/dev", 0755);
        mkdir("/proc", 0555);
        mkdir("/sys", 0555);
        mkdir(NEW_ROOT, 0755);
        mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
        kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
        mount_or_give_up("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, "/proc");
        mount_or_give_up("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, "/sys");
}

/* --- modules ------------------------------------------------------------- */

/*
 * /modules/table has a line per module: its name, then what must be loaded
 * before it. /modules/aliases has a line per kind of device: a pattern and the
 * module that drives it. /modules/always names what no device asks for.
 */
struct module {
        char *name, *before;
        bool is_loaded;
};

struct alias {
        char *pattern, *module;
        size_t fixed;                   /* so many first characters of the pattern are plain */
};

static struct module modules[MODULES_MAX];
static size_t n_modules;
static struct alias aliases[ALIASES_MAX];
static size_t n_aliases;
static char *seen[DEVICES_MAX];
static size_t n_seen;

static struct module *find_module(const char *name)
{
        for (size_t i = 0; i < n_modules; i++)
                if (strcmp(modules[i].name, name) == 0)
                        return &modules[i];
        return NULL;
}

static void insert(const char *name)
{
        char path[256];

        snprintf(path, sizeof(path), "/modules/%s", name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) {
                say(LEVEL_ERROR, "the module %s is not in the initramfs", name);
                return;
        }
        if (syscall(SYS_finit_module, file, "", 0) < 0 && errno != EEXIST && errno != ENODEV)
                say(LEVEL_ERROR, "the module %s cannot be loaded: %s", name, strerror(errno));
        close(file);
}

static void load_module(const char *name)
{
        struct module *module = find_module(name);
        char *rest, *word;

        if (!module || module->is_loaded)
                return;
        module->is_loaded = true;
        rest = module->before;
        while ((word = strsep(&rest, " ")))
                if (*word)
                        load_module(word);
        insert(name);
}

/* The lines of a file; each goes, split at its first blank, to take(). */
static void read_lines(const char *path, void (*take)(char *first, char *rest))
{
        char line[1024];
        FILE *file = fopen(path, "re");

        if (!file)
                give_up("the initramfs has no %s", path);
        while (fgets(line, sizeof(line), file)) {
                char *rest = line;

                line[strcspn(line, "\n")] = '\0';
                char *first = strsep(&rest, " ");
                if (*first)
                        take(first, rest ? rest : line + strlen(line));
        }
        fclose(file);
}

static char *copy(const char *text)
{
        char *result = strdup(text);

        if (!result)
                give_up("no memory");
        return result;
}

static void take_module(char *name, char *before)
{
        if (n_modules < MODULES_MAX)
                modules[n_modules++] = (struct module){.name = copy(name), .before = copy(before)};
}

static void take_alias(char *pattern, char *module)
{
        if (n_aliases < ALIASES_MAX)
                aliases[n_aliases++] = (struct alias){.pattern = copy(pattern), .module = copy(module),
                                                      .fixed = strcspn(pattern, "*?[")};
}

static void take_always(char *name, char *nothing)
{
        (void)nothing;
        load_module(name);
}

static bool is_new(const char *device)
{
        for (size_t i = 0; i < n_seen; i++)
                if (strcmp(seen[i], device) == 0)
                        return false;
        if (n_seen < DEVICES_MAX)
                seen[n_seen++] = copy(device);
        return true;
}

/* What a device calls itself: every module whose pattern that is. */
static void load_for_device(const char *path)
{
        char name[512];
        FILE *file = fopen(path, "re");

        if (!file)
                return;
        bool ok = fgets(name, sizeof(name), file);
        fclose(file);
        if (!ok)
                return;
        name[strcspn(name, "\n")] = '\0';
        if (!is_new(name))
                return;
        for (size_t i = 0; i < n_aliases; i++)
                if (strncmp(name, aliases[i].pattern, aliases[i].fixed) == 0 &&
                    fnmatch(aliases[i].pattern, name, 0) == 0)
                        load_module(aliases[i].module);
}

/* Drivers for the devices that are there; one driver can bring further devices. */
static void load_for_devices(void)
{
        glob_t found;

        if (glob("/sys/bus/*/devices/*/modalias", GLOB_NOSORT, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        load_for_device(found.gl_pathv[i]);
        globfree(&found);
}

static void load_modules(void)
{
        read_lines("/modules/table", take_module);
        read_lines("/modules/aliases", take_alias);
        read_lines("/modules/always", take_always);
        load_for_devices();
}

/* The initramfs is memory: its files are of no use any more. */
static void drop_modules(void)
{
        DIR *directory = opendir("/modules");

        if (!directory)
                return;
        for (struct dirent *entry; (entry = readdir(directory));)
                unlinkat(dirfd(directory), entry->d_name, 0);
        closedir(directory);
}

/* --- partitions ---------------------------------------------------------- */

/* Whether the uevent file of a block device carries PARTNAME=label; ret_name gets its DEVNAME then. */
static bool has_label(const char *device, const char *label, char *ret_name, size_t size)
{
        char path[300], line[256], name[64] = "";
        bool found = false;

        snprintf(path, sizeof(path), "/sys/class/block/%s/uevent", device);
        FILE *file = fopen(path, "re");
        if (!file)
                return false;
        while (fgets(line, sizeof(line), file)) {
                line[strcspn(line, "\n")] = '\0';
                if (strncmp(line, "DEVNAME=", 8) == 0)
                        snprintf(name, sizeof(name), "%.60s", line + 8);
                else if (strncmp(line, "PARTNAME=", 9) == 0)
                        found = strcmp(line + 9, label) == 0;
        }
        fclose(file);
        if (!found || !name[0])
                return false;
        snprintf(ret_name, size, "/dev/%s", name);
        return true;
}

static bool find_partition(const char *label, char *ret_path, size_t size)
{
        bool found = false;
        DIR *directory = opendir("/sys/class/block");

        if (!directory)
                return false;
        for (struct dirent *entry; !found && (entry = readdir(directory));)
                found = entry->d_name[0] != '.' && has_label(entry->d_name, label, ret_path, size);
        closedir(directory);
        return found;
}

/* Disks appear a while after their driver. */
static void wait_for_partition(const char *label, char *ret_path, size_t size)
{
        const struct timespec step = {.tv_nsec = 20 * 1000 * 1000};

        for (int i = 0; i < DISK_WAIT_S * 50; i++) {
                if (find_partition(label, ret_path, size))
                        return;
                nanosleep(&step, NULL);
                load_for_devices();
        }
        give_up("no disk has a partition named %s after %d s. The machine restarts", label, DISK_WAIT_S);
}

static const char *command_line(void)
{
        static char line[4096];
        static bool is_read;

        if (!is_read) {
                FILE *file = fopen("/proc/cmdline", "re");

                if (!file || !fgets(line, sizeof(line), file))
                        line[0] = '\0';
                if (file)
                        fclose(file);
                is_read = true;
        }
        return line;
}

/* The value of KEY= on the kernel's command line, or the default. The first one counts: the signed words come first. */
static void read_option(const char *key, const char *otherwise, char *ret_value, size_t size)
{
        if (!words_value(command_line(), key, ret_value, size))
                snprintf(ret_value, size, "%s", otherwise);
}

/* What follows, systemd above all, is shown only words that open no door (see words.h). */
static void show_words(void)
{
        static char line[4096];
        unsigned left_out;

        words_filter(command_line(), line, sizeof(line) - 1, &left_out);
        size_t length = strlen(line);
        line[length++] = '\n';
        int file = open("/run/cmdline", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
        if (file < 0 || write(file, line, length) != (ssize_t)length || close(file) < 0)
                give_up("the command line cannot be kept in /run: %s. The machine restarts", strerror(errno));
        mount_or_give_up("/run/cmdline", "/proc/cmdline", NULL, MS_BIND, NULL, "the command line");
        mount_or_give_up(NULL, "/proc/cmdline", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL,
                         "the command line");
        if (left_out > 0)
                say(LEVEL_NOTICE, "%u words of the command line are not passed on", left_out);
}

/* --- data ---------------------------------------------------------------- */

static void mount_data(void)
{
        char device[80];

        wait_for_partition("provost-data", device, sizeof(device));
        if (mount(device, DATA, "ext4", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, "errors=remount-ro") < 0)
                give_up("the data partition %s is damaged and cannot be mounted: %s. Nothing on it was changed. "
                        "The machine restarts; restore a backup if this repeats", device, strerror(errno));
        if (mkdir(DATA "/var", 0755) < 0 && errno != EEXIST)
                give_up("the data partition %s cannot be written: %s. The machine restarts", device, strerror(errno));
        mount_or_give_up(DATA "/var", NEW_ROOT "/var", NULL, MS_BIND, NULL, "/var");
}

static bool is_machine_id(const char *path)
{
        char text[40];
        int file = open(path, O_RDONLY | O_CLOEXEC);

        if (file < 0)
                return false;
        ssize_t length = read(file, text, sizeof(text));
        close(file);
        return length == 33 && strspn(text, "0123456789abcdef") == 32 && text[32] == '\n';
}

/* A new id is whole on the disk before it has its name. */
static void write_machine_id(const char *path, const char *draft)
{
        unsigned char bytes[16];
        char text[34];

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                give_up("the kernel gives no random numbers: %s", strerror(errno));
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        for (size_t i = 0; i < sizeof(bytes); i++)
                snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        text[32] = '\n';
        int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
        if (file < 0 || write(file, text, 33) != 33 || fsync(file) < 0 || close(file) < 0 ||
            rename(draft, path) < 0)
                give_up("the machine's id cannot be written to the data partition: %s. The machine restarts",
                        strerror(errno));
}

static void bind_machine_id(void)
{
        if (!is_machine_id(DATA "/machine-id"))
                write_machine_id(DATA "/machine-id", DATA "/machine-id.new");
        mount_or_give_up(DATA "/machine-id", NEW_ROOT "/etc/machine-id", NULL, MS_BIND, NULL, "the machine's id");
        mount(NULL, NEW_ROOT "/etc/machine-id", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
}

/* --- over to systemd ----------------------------------------------------- */

static void enter_root(void)
{
        mount_or_give_up("/dev", NEW_ROOT "/dev", NULL, MS_MOVE, NULL, "/dev");
        mount_or_give_up("/proc", NEW_ROOT "/proc", NULL, MS_MOVE, NULL, "/proc");
        mount_or_give_up("/sys", NEW_ROOT "/sys", NULL, MS_MOVE, NULL, "/sys");
        mount_or_give_up("tmpfs", NEW_ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                         "mode=0755,size=20%,nr_inodes=800k", "/run");
        /* systemd would make it executable; what is there already it takes as it is. */
        mkdir(NEW_ROOT "/dev/shm", 01777);
        mount_or_give_up("tmpfs", NEW_ROOT "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=10%",
                         "/dev/shm");
        if (chdir(NEW_ROOT) < 0)
                give_up("the root file system cannot be entered: %s", strerror(errno));
        mount_or_give_up(".", "/", NULL, MS_MOVE, NULL, "the root file system");
        if (chroot(".") < 0 || chdir("/") < 0)
                give_up("the root file system cannot be entered: %s", strerror(errno));
}

int main(void)
{
        /* Words the kernel does not know reach its first program as arguments and environment: neither goes on. */
        char *const arguments[] = {(char[]){SYSTEMD}, NULL}, *const environment[] = {(char[]){"TERM=linux"}, NULL};
        char label[64], device[80];

        mount_kernel_files();
        load_modules();
        read_option("provost.root", "provost-root-a", label, sizeof(label));
        wait_for_partition(label, device, sizeof(device));
        mount_or_give_up(device, NEW_ROOT, "squashfs", MS_RDONLY | MS_NODEV, NULL, "the root file system");
        mount_data();
        bind_machine_id();
        drop_modules();
        enter_root();
        show_words();
        say(LEVEL_INFO, "%s is the root file system", device);
        execve(SYSTEMD, arguments, environment);
        give_up("systemd cannot be started: %s. The machine restarts", strerror(errno));
}
