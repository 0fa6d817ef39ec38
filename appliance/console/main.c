/*
 * provostctl: the admin's command.
 *
 * In:   argv; for `serve-port PATH` a virtio port, for `prompt` a terminal.
 * Out:  an exit code.
 * Not:  nothing else, see ctl, channel and prompt.
 */
#include <string.h>
#include <unistd.h>

#include "appliance/console/channel.h"
#include "appliance/console/ctl.h"
#include "appliance/console/prompt.h"

int main(int argc, char **argv)
{
        struct ctl ctl = {.in = stdin, .out = stdout, .err = stderr};

        if (argc == 3 && strcmp(argv[1], "serve-port") == 0)
                return channel_serve(argv[2]);
        if (argc > 1 && strcmp(argv[1], "help") != 0 && geteuid() != 0)
                return ctl_fail(&ctl, "The stations answer root only: run provostctl as root.");
        if (argc == 2 && strcmp(argv[1], "prompt") == 0)
                return prompt_run();
        return ctl_run(&ctl, argc > 0 ? (size_t)argc - 1 : 0, (const char *const *)argv + 1);
}
