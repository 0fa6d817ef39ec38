/*
 * door: sessions, delays, first sign-ins and the setup code, for loop and workers.
 *
 * In:   calls of both.
 * Out:  the tables behind one lock.
 * Not:  no policy: that is in session_table, throttle, pending and setup.
 */
#include "provisioning/admin/door.h"

#include <stdlib.h>
#include <string.h>

int door_new(struct door **ret_door)
{
        struct door *door = calloc(1, sizeof *door);

        if (!door)
                return PV_ENOMEM;
        if (pthread_mutex_init(&door->lock, NULL)) {
                free(door);
                return PV_ESYSTEM;
        }
        *ret_door = door;
        return 0;
}

void door_free(struct door *door)
{
        if (!door)
                return;
        (void)pthread_mutex_destroy(&door->lock);
        explicit_bzero(door, sizeof *door);
        free(door);
}

void door_lock(struct door *door)
{
        (void)pthread_mutex_lock(&door->lock);
}

void door_unlock(struct door *door)
{
        (void)pthread_mutex_unlock(&door->lock);
}

void door_end_person(struct door *door, const char *name, uint64_t except)
{
        door_lock(door);
        door->n_ends++;
        session_table_end_person(&door->sessions, name, except);
        pending_end_person(&door->pending, name, false);
        door_unlock(door);
}
