/*
 * probe: looks at a running machine from within, for the tests.
 *
 * In:   started in place of init by a second initramfs and the word rdinit=/probe, which a signed kernel image takes from nobody.
 * Out:  init goes on as it would; a child stays behind, writes what it finds to the kernel's log once the cable of eth0 is pulled,
 *       as lines `probe NAME VALUE`, and then hangs process 1.
 * Not:  nothing of it is in any image.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int proc = -1, kmsg = -1;

/* As process 1 sees it: what was mounted since is not in our own view. */
#define SYS "1/root/sys/"

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
        char text[900];
        va_list arguments;

        va_start(arguments, format);
        int length = snprintf(text, sizeof text, "<4>probe ");
        length += vsnprintf(text + length, sizeof text - (size_t)length - 1, format, arguments);
        va_end(arguments);
        if ((size_t)length >= sizeof text)
                length = sizeof text - 1;
        if (write(kmsg, text, (size_t)length) < 0)
                return;
        usleep(20000);                  /* the kernel's log takes so many lines at once */
}

/* The file's text, cut; line ends and NULs become '|'. */
static const char *text_of(int folder, const char *path)
{
        static char text[4096];
        int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
        ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);

        if (file >= 0)
                close(file);
        if (length < 0) {
                snprintf(text, sizeof text, "(%s)", strerror(errno));
                return text;
        }
        while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\0'))
                length--;
        for (ssize_t i = 0; i < length; i++)
                if (text[i] == '\n' || text[i] == '\0')
                        text[i] = '|';
        text[length] = '\0';
        return text;
}

static void tell_file(const char *name, int folder, const char *path)
{
        say("%s %s", name, text_of(folder, path));
}

static void tell_mounts(void)
{
        int fd = openat(proc, "1/mounts", O_RDONLY | O_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
        char line[800];

        while (file && fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = '\0';
                say("mount %s", line);
        }
        if (file)
                fclose(file);
}

static void tell_sysctls(char **names)
{
        for (; *names; names++) {
                char path[200];

                snprintf(path, sizeof path, "sys/%s", *names);
                say("sysctl %s %s", *names, text_of(proc, path));
        }
}

/* What root may do to the kernel by now: 0 is yes. */
static void try_things(void)
{
        int file = open("/spare.ko", O_RDONLY | O_CLOEXEC);

        say("try module %s", syscall(SYS_finit_module, file, "", 0) < 0 ? strerror(errno) : "loaded");
        say("try kexec %s", syscall(SYS_kexec_file_load, file, file, 1UL, "", 0UL) < 0 ? strerror(errno) : "loaded");
        mknod("/mem", S_IFCHR | 0600, (1 << 8) | 1);
        int memory = open("/mem", O_RDWR | O_CLOEXEC);
        say("try memory %s", memory < 0 ? strerror(errno) : "opened");
        mknod("/port", S_IFCHR | 0600, (1 << 8) | 4);
        memory = open("/port", O_RDWR | O_CLOEXEC);
        say("try ports %s", memory < 0 ? strerror(errno) : "opened");
        say("try sysrq %s", text_of(proc, "sys/kernel/sysrq"));
}

static void write_to(int folder, const char *path, const char *text)
{
        int file = openat(folder, path, O_WRONLY | O_CLOEXEC);

        if (file < 0 || write(file, text, strlen(text)) < 0)
                say("cannot write %s: %s", path, strerror(errno));
        if (file >= 0)
                close(file);
}

static int has(const char *path, const char *text)
{
        return strcmp(text_of(proc, path), text) == 0;
}

/* The test pulls the cable of the phone LAN when it has done all it wanted. */
static void watch(char **names)
{
        while (!has(SYS "class/net/eth0/carrier", "1"))
                sleep(1);
        while (!has(SYS "class/net/eth0/carrier", "0"))
                sleep(1);
        for (int i = 0; i < 120 && !has("sys/kernel/modules_disabled", "1"); i++)
                sleep(1);
        tell_file("cmdline", proc, "1/root/proc/cmdline");
        tell_file("arguments", proc, "1/cmdline");
        tell_file("environment", proc, "1/environ");
        tell_file("lockdown", proc, SYS "kernel/security/lockdown");
        tell_file("watchdog", proc, SYS "class/watchdog/watchdog0/identity");
        tell_file("watchdog-state", proc, SYS "class/watchdog/watchdog0/state");
        tell_file("watchdog-timeout", proc, SYS "class/watchdog/watchdog0/timeout");
        tell_mounts();
        tell_sysctls(names);
        try_things();
        say("end");
        sleep(2);
        say("hangs process 1");
        write_to(proc, SYS "fs/cgroup/init.scope/cgroup.freeze", "1");
}

int main(int argc, char **argv)
{
        static char *names[128];
        char line[4096] = "";
        unsigned n = 0;

        (void)argc;
        mkdir("/proc", 0555);
        mkdir("/dev", 0755);
        mount("proc", "/proc", "proc", 0, NULL);
        mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
        kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
        proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        FILE *file = fopen("/sysctls", "re");
        while (file && n < 127 && fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = '\0';
                names[n++] = strdup(line);
        }
        if (file)
                fclose(file);
        if (fork() == 0) {
                setsid();
                watch(names);
                _exit(0);
        }
        umount2("/dev", MNT_DETACH);
        umount2("/proc", MNT_DETACH);
        argv[0] = (char[]){"/init"};
        execv("/init", argv);
        return 1;
}
