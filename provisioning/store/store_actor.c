/*
 * store_actor: who stands in the audit.
 *
 * In:   the caller that the server knows, and the person it says to speak for.
 * Out:  a checked name, or a refusal.
 * Not:  no sessions and no rights: station admin knows who is signed in.
 */
#include "provisioning/store/store_actor.h"

#include <string.h>

#include "appliance/base/text.h"

#define TOKEN_PREFIX "token:"

bool store_actor_is_name(const char *text)
{
        size_t size = text ? strlen(text) : 0;

        return size && size <= STORE_ACTOR_NAME_MAX && *text >= 'a' && *text <= 'z' &&
               strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-_@") == size;
}

bool store_actor_is_reserved(const char *name)
{
        static const char *const reserved[] = {"root", "store", "pki", "responder", "bootstrap", "session", "settings", "box", "unknown"};

        for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
                if (text_equal(name, reserved[i]))
                        return true;
        return false;
}

int store_actor_check_name(struct store_request *request)
{
        const char *name = store_in_text(request, "name");

        if (!store_actor_is_name(name))
                return store_invalid(request, "name", "A name is 1 to %d of the letters a-z, digits, '.', '-', '_' and '@', and begins with a letter.",
                                     STORE_ACTOR_NAME_MAX);
        if (store_actor_is_reserved(name))
                return store_invalid(request, "name", "The name %s is the appliance's own; choose another one.", name);
        return 0;
}

int store_actor_take(struct store_request *request, bool may_speak)
{
        const char *given = store_in_text(request, "actor");

        if (!given)
                return 0;
        if (!may_speak)
                return store_refuse(request, "NotAllowed", "Station %s speaks for itself alone; leave out actor.", request->actor);
        if (!store_actor_is_name(text_starts(given, TOKEN_PREFIX) ? given + strlen(TOKEN_PREFIX) : given) || store_actor_is_reserved(given))
                return store_invalid(request, "actor", "The actor must be the name of a person, or token: and the name of a token.");
        request->actor = given;
        return 0;
}
