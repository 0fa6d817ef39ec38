/*
 * say: sentences for whoever sits before the console, and the end.
 *
 * In:   a format and its words.
 * Out:  one line in the kernel's log, which shows it on the consoles.
 * Not:  no logging of what anybody typed.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rootfs/image/init/say.h"

static int kmsg = -1;

void say_open(void)
{
        kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

static void line_out(int level, const char *text)
{
        char line[700];
        int length = snprintf(line, sizeof(line), "<%d>provost: %s\n", level, text);

        if (kmsg >= 0 && write(kmsg, line, (size_t)length) == length)
                return;
        if (write(STDERR_FILENO, line + 3, (size_t)length - 3) < 0)
                return;
}

void say(int level, const char *format, ...)
{
        char text[600];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        line_out(level, text);
}

void give_up(const char *format, ...)
{
        char text[600];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        line_out(LEVEL_SHOWN, text);
        exit(EXIT_FAILURE);
}

char *copy(const char *text)
{
        char *result = strdup(text);

        if (!result)
                give_up("no memory");
        return result;
}
