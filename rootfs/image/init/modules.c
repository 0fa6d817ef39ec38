/*
 * modules: the kernel's drivers in the initramfs.
 *
 * In:   /modules, which kernel.py made: the files, what each needs before it,
 *       which device wants which; what devices call themselves in /sys.
 * Out:  loaded modules. One that fails is a line on the console, no more.
 * Not:  no modprobe: the tables are few lines and read once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rootfs/image/init/modules.h"
#include "rootfs/image/init/say.h"

#define MODULES_MAX 256
#define ALIASES_MAX 4096
#define DEVICES_MAX 1024

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
                say(LEVEL_SHOWN, "the module %s is not in the initramfs", name);
                return;
        }
        if (syscall(SYS_finit_module, file, "", 0) < 0 && errno != EEXIST && errno != ENODEV)
                say(LEVEL_SHOWN, "the module %s cannot be loaded: %s", name, strerror(errno));
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
void modules_for_devices(void)
{
        glob_t found;

        if (glob("/sys/bus/*/devices/*/modalias", GLOB_NOSORT, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        load_for_device(found.gl_pathv[i]);
        globfree(&found);
}

void modules_load(void)
{
        read_lines("/modules/table", take_module);
        read_lines("/modules/aliases", take_alias);
        read_lines("/modules/always", take_always);
        modules_for_devices();
}

void modules_load_one(const char *name)
{
        char file[128];

        snprintf(file, sizeof(file), "%s.ko", name);
        load_module(file);
}

void modules_drop(void)
{
        DIR *directory = opendir("/modules");

        if (!directory)
                return;
        for (struct dirent *entry; (entry = readdir(directory));)
                unlinkat(dirfd(directory), entry->d_name, 0);
        closedir(directory);
}
