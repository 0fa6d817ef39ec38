#ifndef PROVOST_SESSION_SESSION_CHANNEL_H
#define PROVOST_SESSION_SESSION_CHANNEL_H

#include <stdbool.h>

/* Who encrypts the packets of a process's tunnels. */
enum session_channel {
        SESSION_CHANNEL_USER,           /* OpenVPN itself, through a tun device */
        SESSION_CHANNEL_KERNEL,         /* the kernel's module ovpn; OpenVPN does handshakes and keys */
};

/* Whether the kernel knows every cipher of this list (names between colons). */
bool session_channel_suits(const char *ciphers);

/* What the kernel can. sys: "/sys". is_container: the kernel's module is the host's, and not used. */
enum session_channel session_channel_look(const char *sys, bool is_container);

/* As the API says it. */
const char *session_channel_word(enum session_channel channel);

/* The name of the configuration: provost-openvpn.path waits for one, provost-openvpn-kernel.path for the other. */
const char *session_channel_file(enum session_channel channel);

#endif
