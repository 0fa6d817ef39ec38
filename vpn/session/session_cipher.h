#ifndef PROVOST_SESSION_SESSION_CIPHER_H
#define PROVOST_SESSION_SESSION_CIPHER_H

#include <stdbool.h>

#include "vpn/session/session_class.h"

/* With which cipher OpenVPN will encrypt a phone's packets, foretold from what the phone says. */
enum session_cipher {
        SESSION_CIPHER_UNKNOWN,         /* it does not say (before 2.4): OpenVPN knows, and tells later */
        SESSION_CIPHER_GOOD,
        SESSION_CIPHER_INSECURE,        /* one of insecure_ciphers: for named models alone */
        SESSION_CIPHER_NONE,            /* none in common */
};

#define SESSION_CIPHER_NAME_SIZE 32

/*
 * theirs: its IV_CIPHERS, "" none; is_negotiating: IV_NCP=2. ret_name: the first of ours that is one of theirs, as OpenVPN
 * chooses, "" when unknown or none.
 */
enum session_cipher session_cipher_foretell(enum session_class class, const char *theirs, bool is_negotiating,
                                            char ret_name[static SESSION_CIPHER_NAME_SIZE]);
/* Whether this name, as OpenVPN's table has it, is one of insecure_ciphers. */
bool session_cipher_is_insecure(enum session_class class, const char *name);

#endif
