/*
 * session_channel: who encrypts the packets of the tunnels.
 *
 * In:   the ciphers of a process; /sys: whether the kernel has ovpn, and of what kind the tunnels' device is.
 * Out:  OpenVPN itself, or the kernel.
 * Not:  the device is made by box (a container's and old phones' by networkd), the module is loaded at boot.
 *
 * OpenVPN cannot turn back by itself: it takes a device as it finds it, and one of the other kind is useless to it. So the
 * configuration follows the device.
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

static bool is_there(const char *sys, const char *what, const char *device, const char *file)
{
        char path[PATH_SIZE];

        return snprintf(path, sizeof path, "%s/%s%s%s", sys, what, device, file) < (int)sizeof path && access(path, F_OK) == 0;
}

/* The kernel says of which type a device is, where it has a type: a tun device has none. */
static bool has_type(const char *sys, const char *device, const char *type)
{
        char path[PATH_SIZE], line[80];
        bool found = false;
        FILE *file;

        if (snprintf(path, sizeof path, "%s/class/net/%s/uevent", sys, device) >= (int)sizeof path)
                return false;
        file = fopen(path, "re");
        while (file && !found && fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = '\0';
                found = strncmp(line, "DEVTYPE=", 8) == 0 && text_equal(line + 8, type);
        }
        if (file)
                fclose(file);
        return found;
}

enum session_channel session_channel_look(const char *sys, const char *device, bool is_container)
{
        if (is_container || !is_there(sys, "module/", "ovpn", ""))
                return SESSION_CHANNEL_USER;
        if (!is_there(sys, "class/net/", device, ""))
                return SESSION_CHANNEL_WAIT;
        return has_type(sys, device, "ovpn") ? SESSION_CHANNEL_KERNEL : SESSION_CHANNEL_USER;
}

const char *session_channel_word(enum session_channel channel)
{
        return channel == SESSION_CHANNEL_KERNEL ? "kernel" : "user";
}

const char *session_channel_file(enum session_channel channel)
{
        return channel == SESSION_CHANNEL_KERNEL ? "kernel.conf" : "server.conf";
}
