#ifndef PROVOST_UPDATE_TRIAL_H
#define PROVOST_UPDATE_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of a version that runs for the first time. */
struct trial_facts {
        const char *version;
        size_t before, back;            /* phones that were connected before; those of them that are again */
        unsigned share;                 /* percent of them that must be */
        const char *sick;               /* what of the system does not work, as a sentence; NULL: everything works */
        uint64_t now_ms, until_ms;
};

enum trial_verdict { TRIAL_WAIT, TRIAL_COMMIT, TRIAL_GIVE_UP };

#define TRIAL_TEXT_SIZE 320
size_t trial_needed(size_t before, unsigned share);
/* The decision, and the same as a sentence: what is waited for, what was good, or what was not. */
enum trial_verdict trial_decide(const struct trial_facts *facts, char ret_text[static TRIAL_TEXT_SIZE]);

#endif
