#ifndef PROVOST_ADMIN_SETUP_H
#define PROVOST_ADMIN_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "provisioning/admin/secret.h"

/*
 * The console's setup code: while nobody can sign in as owner, one code at a time, for 30 minutes; after five wrong tries another one, ten seconds
 * later, so that a code cannot be tried out. It is in memory alone.
 */
#define SETUP_LIFE_MS (UINT64_C(30) * 60 * 1000)
#define SETUP_TRIES 5
#define SETUP_PAUSE_MS UINT64_C(10000)

struct setup {
        bool needed;
        char code[SECRET_SETUP_SIZE];   /* "" during the pause and when not needed */
        uint64_t until_ms;              /* the code's end, or the pause's */
        unsigned wrong;
};

/* Brings it to this moment; true when code or needed changed, which the console has to hear. */
bool setup_turn(struct setup *setup, bool needed, uint64_t now_ms);
/* Whether this is the code; a wrong one counts. */
bool setup_try(struct setup *setup, const char *typed, uint64_t now_ms);

#endif
