#ifndef PROVOST_UPDATE_UPDATE_STATE_H
#define PROVOST_UPDATE_UPDATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "appliance/update/update_version.h"

/*
 * What the station must know again after a power cut, and how former updates ended. In /data/update/state.json, replaced whole.
 */
#define UPDATE_OUTCOMES_MAX 20
#define UPDATE_TEXT_SIZE 320
#define UPDATE_PHONES_MAX 20000
#define UPDATE_STATE_MAX (1 << 20)

enum update_phase {
        UPDATE_PHASE_IDLE,
        UPDATE_PHASE_WRITING,           /* the other slot is being written: what is in it is nothing */
        UPDATE_PHASE_WRITTEN,           /* it is whole, and is started when told */
        UPDATE_PHASE_TRYING,            /* it was started */
        UPDATE_PHASE_BACK,              /* somebody chose the other slot */
        UPDATE_PHASES
};

enum update_result { UPDATE_RESULT_COMMITTED, UPDATE_RESULT_FELL_BACK, UPDATE_RESULT_WENT_BACK, UPDATE_RESULT_REFUSED, UPDATE_RESULT_INTERRUPTED,
                     UPDATE_RESULTS };

struct update_outcome {
        int64_t at;
        char from[UPDATE_VERSION_SIZE], to[UPDATE_VERSION_SIZE];
        enum update_result result;
        char text[UPDATE_TEXT_SIZE];
};

struct update_state {
        enum update_phase phase;
        char from[UPDATE_VERSION_SIZE], to[UPDATE_VERSION_SIZE];        /* of the phase */
        char floor[UPDATE_VERSION_SIZE], next_floor[UPDATE_VERSION_SIZE]; /* next: once `to` is committed */
        char usual[UPDATE_VERSION_SIZE];                                /* what runs when nothing is being tried */
        char verdict[UPDATE_TEXT_SIZE];                                 /* why `to` was given up; "" while it was not */
        char before[UPDATE_PHONES_MAX][MAC_TEXT_SIZE];                  /* phones that were connected when the trial began */
        size_t n_before;
        struct update_outcome last[UPDATE_OUTCOMES_MAX];                /* newest first */
        size_t n_last;
};

const char *update_result_text(enum update_result result);
void update_state_note(struct update_state *state, int64_t at, const char *from, const char *to, enum update_result result, const char *text);
/* The text is the caller's (free). */
int update_state_text(const struct update_state *state, char **ret_text) PV_MUST_CHECK;
/* What cannot be read is left as a new appliance has it; PV_EMALFORMED then. */
int update_state_parse(const char *text, struct update_state *ret) PV_MUST_CHECK;

/* What the first moments of a process mean for the phase that an earlier one left. */
enum update_begin {
        UPDATE_BEGIN_NOTHING,
        UPDATE_BEGIN_CLEAR,             /* an interrupted writing: the other slot holds nothing that may be started */
        UPDATE_BEGIN_TRIAL,             /* we are what is tried */
};
/* running: the version of this system. May note an outcome: also that the usual version no longer starts and the other slot had to. */
enum update_begin update_state_begin(struct update_state *state, const char *running, int64_t now);

#endif
