#ifndef PROVOST_STORE_ROLLOUT_H
#define PROVOST_STORE_ROLLOUT_H

#include "provisioning/store/store.h"
#include "provisioning/store/store_revision.h"

/* Who gets a revision when: the roll-out that runs, kept in the database, so that a restart goes on where it was. */
#define STORE_ROLLOUT_TICK_MS 500

struct store_rollout;
int store_rollout_new(struct store_rollout **ret_rollout) PV_MUST_CHECK;
void store_rollout_free(struct store_rollout *rollout);
/* Of what stands in memory part may have been undone in the database: all but the clock is read anew. */
void store_rollout_undone(struct store_rollout *rollout);

/* Whether one runs, and whether it is time to look at it: store_op_tick_rollout() then. */
bool store_rollout_runs(struct store *store);
bool store_rollout_is_due(struct store *store);
/* A phone fetched, or its tunnel changed: the next look is not put off. */
void store_rollout_touch(struct store *store);
/* A phone is revoked: it is in no ring any more, and follows what all follow should it be approved again. */
int store_rollout_leave(struct store *store, const char *mac) PV_MUST_CHECK;
/* The appliance was started anew, all tunnels ended: the ring has its whole time again. */
int store_rollout_restarted(struct store *store) PV_MUST_CHECK;
/* NotAllowed with a sentence while one runs. */
int store_rollout_refuse_change(struct store *store, struct store_request *request) PV_MUST_CHECK;
/* The draft's revision goes to the phones it concerns, as the site wants it. Nothing when the draft changed nothing. */
int store_rollout_start(struct store *store, const struct store_draft *draft) PV_MUST_CHECK;
/* {"revision", "phones"}; number 0: nothing changed, the answer names what holds. */
int store_rollout_reply(struct store *store, struct store_request *request, int64_t number, int64_t phones) PV_MUST_CHECK;

int store_op_tick_rollout(struct store *store, struct store_request *request);
int store_op_get_rollout(struct store *store, struct store_request *request);
int store_op_control_rollout(struct store *store, struct store_request *request);

#endif
