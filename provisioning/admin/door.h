#ifndef PROVOST_ADMIN_DOOR_H
#define PROVOST_ADMIN_DOOR_H

#include <pthread.h>

#include "provisioning/admin/pending.h"
#include "provisioning/admin/session_table.h"
#include "provisioning/admin/setup.h"
#include "provisioning/admin/throttle.h"

/* What loop and workers know together of who may come in; each use between door_lock() and door_unlock(), never across a call of a station. */
struct door {
        pthread_mutex_t lock;
        struct session_table sessions;
        struct throttle throttle;
        struct pending_table pending;
        struct setup setup;
        uint64_t n_ends;                /* how often door_end_person() was called: who is let in meanwhile is looked at again */
        bool owners_changed;            /* the loop has to ask the store again whether an owner can sign in */
};

int door_new(struct door **ret_door) PV_MUST_CHECK;
void door_free(struct door *door);
void door_lock(struct door *door);
void door_unlock(struct door *door);
/* Sessions and first sign-ins of this person end, but the session `except`. */
void door_end_person(struct door *door, const char *name, uint64_t except);

#endif
