#ifndef PROVOST_STORE_ROOM_H
#define PROVOST_STORE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "provisioning/store/store.h"

/*
 * The room on the data disk. When it is nearly gone there is an alarm while one can still be written; it ends by itself. Phones are served
 * all the time: what is read needs no room.
 */

#define STORE_ROOM_LOOK_S 10

enum store_room { STORE_ROOM_UNKNOWN, STORE_ROOM_GOOD, STORE_ROOM_LOW };

/* Low below a 32nd part of the disk (64 MiB at most), good again above a 16th (128 MiB); between them it stays as it was. */
enum store_room store_room_decide(enum store_room before, int64_t free_bytes, int64_t size_bytes);
/* What it is now, on the disk of the database; `before` when that cannot be said. */
enum store_room store_room_look(struct store *store, enum store_room before, int64_t *ret_free_bytes);

/* Writes of the store's own: raises or clears the alarm. */
int store_op_room_is_low(struct store *store, struct store_request *request);
int store_op_room_is_good(struct store *store, struct store_request *request);

#endif
