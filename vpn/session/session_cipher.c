/*
 * session_cipher: which cipher two lists have in common.
 *
 * In:   a phone's words.
 * Out:  a name of our own list.
 * Not:  no negotiation: that is OpenVPN's, which does the same.
 */
#include "vpn/session/session_cipher.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The ciphers of a client that negotiates and does not say which it has (2.4). */
#define ASSUMED "AES-256-GCM:AES-128-GCM"

static bool has(const char *list, const char *name, size_t size)
{
        for (const char *at = list; *at; at += strcspn(at, ":")) {
                at += *at == ':';
                if (strcspn(at, ":") == size && strncasecmp(at, name, size) == 0)
                        return true;
        }
        return false;
}

/* The first of ours that is one of theirs. */
static bool find_common(const char *ours, const char *theirs, char ret[static SESSION_CIPHER_NAME_SIZE])
{
        for (const char *at = ours; *at; at += strcspn(at, ":")) {
                at += *at == ':';
                if (*at && has(theirs, at, strcspn(at, ":"))) {
                        snprintf(ret, SESSION_CIPHER_NAME_SIZE, "%.*s", (int)strcspn(at, ":"), at);
                        return true;
                }
        }
        return false;
}

enum session_cipher session_cipher_foretell(enum session_class class, const char *theirs, bool is_negotiating,
                                            char ret_name[static SESSION_CIPHER_NAME_SIZE])
{
        const struct session_class_facts *facts = session_class_facts(class);

        *ret_name = 0;
        if (!*theirs && !is_negotiating)
                return SESSION_CIPHER_UNKNOWN;
        if (!*theirs)
                theirs = ASSUMED;
        if (find_common(facts->ciphers, theirs, ret_name))
                return SESSION_CIPHER_GOOD;
        if (find_common(facts->insecure_ciphers, theirs, ret_name))
                return SESSION_CIPHER_INSECURE;
        return SESSION_CIPHER_NONE;
}

bool session_cipher_is_insecure(enum session_class class, const char *name)
{
        return *name && has(session_class_facts(class)->insecure_ciphers, name, strlen(name));
}
