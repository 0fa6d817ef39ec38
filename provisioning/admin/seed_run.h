#ifndef PROVOST_ADMIN_SEED_RUN_H
#define PROVOST_ADMIN_SEED_RUN_H

#include "appliance/service/service.h"

/*
 * Takes the file of an unattended site from box and does in the store what it says, once, and only while there
 * are neither a complete site nor an owner who can sign in: as a person would in the page's first steps.
 */
struct seed_run;

/* sentence: what came of a file, for people: where it was, and the place in it that is wrong. */
typedef void (*seed_run_said)(const char *sentence, void *userdata);

int seed_run_new(struct service_peer *store, struct service_peer *box, seed_run_said said, void *userdata,
                 struct seed_run **ret_run) PV_MUST_CHECK;
void seed_run_free(struct seed_run *run);
/* box says that something is another than before: perhaps there is a file now. */
void seed_run_look(struct seed_run *run);

#endif
