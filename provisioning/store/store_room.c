/*
 * store_room: the room that is left on the data disk.
 *
 * In:   the file system of the database.
 * Out:  an alarm before it is full, and its end.
 * Not:  nothing is removed: what goes is a person's decision.
 */
#include "provisioning/store/store_room.h"

#include <stdio.h>
#include <sys/statvfs.h>

#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_db.h"

#define MIB (INT64_C(1) << 20)
#define KIND "disk-full"
#define SUBJECT "data"

static int64_t smaller(int64_t a, int64_t b)
{
        return a < b ? a : b;
}

enum store_room store_room_decide(enum store_room before, int64_t free_bytes, int64_t size_bytes)
{
        if (free_bytes < smaller(size_bytes / 32, 64 * MIB))
                return STORE_ROOM_LOW;
        if (free_bytes > smaller(size_bytes / 16, 128 * MIB) || before == STORE_ROOM_UNKNOWN)
                return STORE_ROOM_GOOD;
        return before;
}

enum store_room store_room_look(struct store *store, enum store_room before, int64_t *ret_free_bytes)
{
        struct statvfs disk;

        if (statvfs(store_db_path(store_db(store)), &disk) < 0)
                return before;
        *ret_free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
        return store_room_decide(before, *ret_free_bytes, (int64_t)disk.f_blocks * (int64_t)disk.f_frsize);
}

int store_op_room_is_low(struct store *store, struct store_request *request)
{
        int64_t free_bytes = 0;
        char text[200];

        (void)request;
        (void)store_room_look(store, STORE_ROOM_LOW, &free_bytes);
        (void)snprintf(text, sizeof text, "The data disk has %lld MiB left. Phones are served, but soon no change can be kept: remove firmware that no phone needs, "
                       "or take a larger disk.", (long long)(free_bytes / MIB));
        return store_alarm_raise(store, KIND, SUBJECT, text);
}

int store_op_room_is_good(struct store *store, struct store_request *request)
{
        (void)request;
        return store_alarm_clear(store, KIND, SUBJECT, "store");
}
