/*
 * session_channel: who encrypts the packets of the tunnels.
 *
 * In:   the ciphers of a process; /sys: whether the kernel has ovpn.
 * Out:  OpenVPN itself, or the kernel.
 * Not:  no device: OpenVPN makes the kernel's, networkd the others, as box asks the same of /sys. The module is loaded at boot.
 */
#include "vpn/session/session_channel.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"

#define PATH_SIZE 256

bool session_channel_suits(const char *ciphers)
{
        static const char *const known[] = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM", "CHACHA20-POLY1305"};

        for (const char *at = ciphers;; at++) {
                size_t length = strcspn(at, ":"), i = 0;

                while (i < sizeof known / sizeof *known && (strlen(known[i]) != length || memcmp(at, known[i], length) != 0))
                        i++;
                if (i == sizeof known / sizeof *known)
                        return false;
                at += length;
                if (!*at)
                        return true;
        }
}

enum session_channel session_channel_look(const char *sys, bool is_container)
{
        char path[PATH_SIZE];

        return !is_container && snprintf(path, sizeof path, "%s/module/ovpn", sys) < (int)sizeof path && access(path, F_OK) == 0 ?
               SESSION_CHANNEL_KERNEL : SESSION_CHANNEL_USER;
}

const char *session_channel_word(enum session_channel channel)
{
        return channel == SESSION_CHANNEL_KERNEL ? "kernel" : "user";
}

const char *session_channel_file(enum session_channel channel)
{
        return channel == SESSION_CHANNEL_KERNEL ? "kernel.conf" : "server.conf";
}
