/*
 * pending: first sign-ins between their two steps.
 *
 * In:   tokens, names, the monotonic clock.
 * Out:  what was begun and still holds.
 * Not:  no locks (see door), no disk.
 */
#include "provisioning/admin/pending.h"

#include <string.h>

#include "appliance/base/text.h"

void pending_end(struct pending *pending)
{
        explicit_bzero(pending, sizeof *pending);
}

static void sweep(struct pending_table *table, uint64_t now_ms)
{
        for (size_t i = 0; i < PENDING_MAX; i++)
                if (table->rows[i].until_ms && now_ms >= table->rows[i].until_ms)
                        pending_end(&table->rows[i]);
}

struct pending *pending_begin(struct pending_table *table, const char *token, const char *name, uint64_t now_ms)
{
        struct pending *row = table->rows;

        sweep(table, now_ms);
        for (size_t i = 1; i < PENDING_MAX; i++)
                if (table->rows[i].until_ms < row->until_ms)
                        row = &table->rows[i];
        pending_end(row);
        secret_hash(token, strlen(token), row->hash);
        (void)text_copy(row->name, sizeof row->name, name);
        row->until_ms = now_ms + PENDING_LIFE_MS;
        return row;
}

struct pending *pending_find(struct pending_table *table, const char *token, uint64_t now_ms)
{
        uint8_t hash[SECRET_HASH_SIZE];
        struct pending *found = NULL;

        sweep(table, now_ms);
        secret_hash(token, strlen(token), hash);
        for (size_t i = 0; i < PENDING_MAX; i++)
                if (table->rows[i].until_ms && secret_equal(table->rows[i].hash, hash, sizeof hash))
                        found = &table->rows[i];
        return found;
}

void pending_wrong(struct pending *pending)
{
        if (++pending->wrong >= PENDING_TRIES)
                pending_end(pending);
}

void pending_end_person(struct pending_table *table, const char *name, bool first_owner)
{
        for (size_t i = 0; i < PENDING_MAX; i++)
                if (table->rows[i].until_ms && (text_equal(table->rows[i].name, name) || (first_owner && table->rows[i].first_owner)))
                        pending_end(&table->rows[i]);
}
