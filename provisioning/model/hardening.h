#ifndef PROVOST_MODEL_HARDENING_H
#define PROVOST_MODEL_HARDENING_H

#include "provisioning/model/lint.h"

/* How far the settings of one phone are hardened, row by row of the hardening profile: merge_score() in merge.h. */
enum hardening_state {
        HARDENING_MET,
        HARDENING_OPEN,                 /* something is not set, weaker than recommended, or the user may change it */
        HARDENING_WAIVED,               /* switched off, by whom and why */
        HARDENING_IMPOSSIBLE,           /* no setting is known for it on this model */
        HARDENING_UNUSED,               /* the phone has no account, so that there is nothing to protect */
};

struct hardening_row {
        const char *name;               /* static storage: "web" */
        enum hardening_state state;
        char missing[320];              /* what is to be done, "; " apart; who waived it and why; what is not known; "" when met */
};

typedef void (*hardening_each)(const struct hardening_row *row, void *userdata);

const char *hardening_state_text(enum hardening_state state);

#endif
