/*
 * options: words of the kernel's command line; words.h says which of them count.
 *
 * In:   /proc/cmdline: the signed words, and behind them what others added.
 * Out:  the value of a word KEY=VALUE; /proc/cmdline as what follows sees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "rootfs/image/init/options.h"
#include "rootfs/image/init/say.h"
#include "rootfs/image/init/words.h"

#define SHOWN "/run/cmdline"

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

bool options_read(const char *key, char *ret_value, size_t size)
{
        if (words_value(command_line(), key, ret_value, size))
                return true;
        ret_value[0] = '\0';
        return false;
}

bool options_is_hex(const char *text, size_t digits)
{
        return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

void options_show(void)
{
        static char line[4096];
        unsigned left_out;

        words_filter(command_line(), line, sizeof(line) - 1, &left_out);
        size_t length = strlen(line);
        line[length++] = '\n';
        int file = open(SHOWN, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
        if (file < 0 || write(file, line, length) != (ssize_t)length || close(file) < 0)
                give_up("the command line cannot be kept in /run: %s. The machine restarts", strerror(errno));
        if (mount(SHOWN, "/proc/cmdline", NULL, MS_BIND, NULL) < 0 ||
            mount(NULL, "/proc/cmdline", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                give_up("the command line cannot be replaced: %s. The machine restarts", strerror(errno));
        if (left_out > 0)
                say(LEVEL_INFO, "%u words of the command line are not passed on", left_out);
}
