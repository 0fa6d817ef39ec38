/*
 * session_table: who is signed in.
 *
 * In:   tokens, names, the monotonic clock.
 * Out:  sessions that still hold.
 * Not:  no locks (see door), no cookies, no disk.
 */
#include "provisioning/admin/session_table.h"

#include <string.h>

#include "appliance/base/text.h"

uint64_t session_ends_ms(const struct session *session)
{
        return session->begun_ms + SESSION_LIFE_MS;
}

uint64_t session_idle_until_ms(const struct session *session)
{
        uint64_t idle = session->seen_ms + SESSION_IDLE_MS;

        return idle < session_ends_ms(session) ? idle : session_ends_ms(session);
}

static void wipe(struct session *row)
{
        explicit_bzero(row, sizeof *row);
}

/* Those that have ended go first. */
static void sweep(struct session_table *table, uint64_t now_ms)
{
        for (size_t i = 0; i < SESSIONS_MAX; i++)
                if (table->rows[i].number && now_ms >= session_idle_until_ms(&table->rows[i]))
                        wipe(&table->rows[i]);
}

/* The row unused for longest: of this person, or of all when name is NULL; and how many there are. */
static struct session *oldest(struct session_table *table, const char *name, size_t *ret_n)
{
        struct session *found = NULL;

        *ret_n = 0;
        for (size_t i = 0; i < SESSIONS_MAX; i++) {
                struct session *row = &table->rows[i];

                if (!row->number || (name && !text_equal(row->name, name)))
                        continue;
                (*ret_n)++;
                if (!found || row->seen_ms < found->seen_ms)
                        found = row;
        }
        return found;
}

static struct session *room_for(struct session_table *table, const char *name)
{
        struct session *victim;
        size_t n;

        victim = oldest(table, name, &n);
        if (n >= SESSIONS_OF_ONE_MAX)
                return victim;
        for (size_t i = 0; i < SESSIONS_MAX; i++)
                if (!table->rows[i].number)
                        return &table->rows[i];
        return oldest(table, NULL, &n);
}

const struct session *session_table_begin(struct session_table *table, const char *token, const char *name, enum role role,
                                          const char *from, uint64_t now_ms, int64_t now_s)
{
        struct session *row;

        sweep(table, now_ms);
        row = room_for(table, name);
        wipe(row);
        row->number = ++table->last_number;
        secret_hash(token, strlen(token), row->hash);
        (void)text_copy(row->name, sizeof row->name, name);
        (void)text_copy(row->from, sizeof row->from, from);
        row->role = role;
        row->begun_ms = row->seen_ms = now_ms;
        row->fresh_until_ms = now_ms + SESSION_FRESH_MS;
        row->begun_s = now_s;
        return row;
}

const struct session *session_table_find(struct session_table *table, const char *token, uint64_t now_ms, bool use)
{
        uint8_t hash[SECRET_HASH_SIZE];
        struct session *found = NULL;

        sweep(table, now_ms);
        secret_hash(token, strlen(token), hash);
        for (size_t i = 0; i < SESSIONS_MAX; i++)
                if (table->rows[i].number && secret_equal(table->rows[i].hash, hash, sizeof hash))
                        found = &table->rows[i];
        if (found && use)
                found->seen_ms = now_ms;
        return found;
}

const struct session *session_table_by_number(struct session_table *table, uint64_t number, uint64_t now_ms)
{
        sweep(table, now_ms);
        for (size_t i = 0; number && i < SESSIONS_MAX; i++)
                if (table->rows[i].number == number)
                        return &table->rows[i];
        return NULL;
}

void session_table_confirm(struct session_table *table, uint64_t number, uint64_t now_ms)
{
        for (size_t i = 0; number && i < SESSIONS_MAX; i++)
                if (table->rows[i].number == number)
                        table->rows[i].fresh_until_ms = now_ms + SESSION_FRESH_MS;
}

void session_table_end(struct session_table *table, uint64_t number)
{
        for (size_t i = 0; number && i < SESSIONS_MAX; i++)
                if (table->rows[i].number == number)
                        wipe(&table->rows[i]);
}

void session_table_end_person(struct session_table *table, const char *name, uint64_t except)
{
        for (size_t i = 0; i < SESSIONS_MAX; i++)
                if (table->rows[i].number && table->rows[i].number != except && text_equal(table->rows[i].name, name))
                        wipe(&table->rows[i]);
}
