#ifndef PROVOST_MODEL_WAY_H
#define PROVOST_MODEL_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The way of a phone, from the first DHCP message to its settings in the tunnel, and the first step of it that is missing: what a
 * person has to know who looks at a phone that does not work.
 */

/* One event of its timeline. */
struct way_event {
        const char *word, *detail;      /* as io.provost.Store.Event */
        int64_t at_s;
};

struct way_facts {
        int64_t now_s;
        bool is_site_complete, is_dhcp_server, is_pnp_on, is_legacy_on;
        /* of the phone; times are 0 when it never happened */
        const char *state;              /* "seen" ... "revoked" */
        const char *waiting_for;        /* the store's sentence, "" none */
        const char *missing;            /* the first sentence of its evidence, "" none */
        bool is_legacy;
        int64_t approved_at, enrolled_at, connected_at, served_at, window_until, certificate_not_after;
        const struct way_event *events; /* oldest first */
        size_t n_events;
};

#define WAY_SENTENCE_SIZE 512
#define WAY_TODO_SIZE 400

struct way_missing {
        const char *step;               /* static: site revoked heard approval address first-settings bundle tunnel settings firmware renewal */
        char sentence[WAY_SENTENCE_SIZE];       /* what is missing, and since when */
        char todo[WAY_TODO_SIZE];       /* what a person does about it */
};

/* False: nothing is missing, and *ret is untouched. */
bool way_first_missing(const struct way_facts *facts, struct way_missing *ret);

#endif
