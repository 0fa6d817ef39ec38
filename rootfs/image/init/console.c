/*
 * console: questions to whoever sits before one of the consoles.
 *
 * In:   the consoles that the kernel has, their keyboards' drivers.
 * Out:  a line that somebody typed.
 * Not:  no commands: what the answer means is for others to say. No answer is logged.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "rootfs/image/init/console.h"
#include "rootfs/image/init/modules.h"

#define CONSOLES_MAX 4

struct consoles {
        struct pollfd lines[CONSOLES_MAX];
        nfds_t count;
};

static void open_consoles(struct consoles *ret_consoles)
{
        char names[256] = "", path[64];
        FILE *file = fopen("/sys/class/tty/console/active", "re");

        *ret_consoles = (struct consoles){0};
        if (file && !fgets(names, sizeof(names), file))
                names[0] = '\0';
        if (file)
                fclose(file);
        char *rest = names;
        for (char *name; (name = strsep(&rest, " \n")) && ret_consoles->count < CONSOLES_MAX;) {
                snprintf(path, sizeof(path), "/dev/%s", name);
                int line = *name ? open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK) : -1;
                if (line >= 0)
                        ret_consoles->lines[ret_consoles->count++] = (struct pollfd){.fd = line, .events = POLLIN};
        }
}

static void write_all(const struct consoles *consoles, const char *text)
{
        for (nfds_t i = 0; i < consoles->count; i++)
                if (write(consoles->lines[i].fd, text, strlen(text)) < 0)
                        continue;
}

/* What was typed before the question is no answer. */
static void prepare(const struct consoles *consoles, bool is_secret)
{
        for (nfds_t i = 0; i < consoles->count; i++) {
                struct termios how;

                tcflush(consoles->lines[i].fd, TCIFLUSH);
                if (tcgetattr(consoles->lines[i].fd, &how) < 0)
                        continue;
                how.c_lflag |= ICANON | ISIG;
                how.c_lflag = is_secret ? how.c_lflag & ~(tcflag_t)ECHO : how.c_lflag | ECHO;
                how.c_iflag |= ICRNL;
                tcsetattr(consoles->lines[i].fd, TCSANOW, &how);
        }
}

static bool read_line(struct consoles *consoles, int timeout_s, char *ret_answer, size_t size)
{
        time_t end = time(NULL) + timeout_s;

        for (;;) {
                time_t now = time(NULL);

                if (now >= end || poll(consoles->lines, consoles->count, (int)(end - now) * 1000) <= 0)
                        return false;
                for (nfds_t i = 0; i < consoles->count; i++) {
                        if (!(consoles->lines[i].revents & POLLIN)) {
                                if (consoles->lines[i].revents)
                                        consoles->lines[i].fd = -1;
                                continue;
                        }
                        ssize_t length = read(consoles->lines[i].fd, ret_answer, size - 1);
                        if (length <= 0)
                                continue;
                        ret_answer[length] = '\0';
                        ret_answer[strcspn(ret_answer, "\r\n")] = '\0';
                        return true;
                }
        }
}

static void close_consoles(struct consoles *consoles)
{
        for (nfds_t i = 0; i < consoles->count; i++)
                if (consoles->lines[i].fd >= 0)
                        close(consoles->lines[i].fd);
}

bool console_ask(const char *text, bool is_secret, int timeout_s, char *ret_answer, size_t size)
{
        static const char *const keyboards[] = {"i8042", "atkbd", "xhci-pci", "ehci-pci", "ohci-pci", "uhci-hcd", "usbhid", "hid-generic"};
        struct consoles consoles;

        for (size_t i = 0; i < sizeof(keyboards) / sizeof(keyboards[0]); i++)
                modules_load_one(keyboards[i]);
        open_consoles(&consoles);
        prepare(&consoles, is_secret);
        write_all(&consoles, text);
        bool answered = read_line(&consoles, timeout_s, ret_answer, size);
        if (is_secret)
                write_all(&consoles, "\r\n");
        prepare(&consoles, false);
        close_consoles(&consoles);
        return answered;
}

void console_tell(const char *text)
{
        struct consoles consoles;

        open_consoles(&consoles);
        write_all(&consoles, text);
        close_consoles(&consoles);
}
