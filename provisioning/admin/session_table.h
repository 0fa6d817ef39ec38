#ifndef PROVOST_ADMIN_SESSION_TABLE_H
#define PROVOST_ADMIN_SESSION_TABLE_H

#include "provisioning/admin/access.h"
#include "provisioning/admin/secret.h"

/*
 * Who is signed in: in memory alone, by the hash of the cookie's token. Times are of the monotonic clock. A session ends after 30 minutes without
 * a request, after 12 hours, when its person's 17th begins (the one unused for longest), and with the station.
 */
#define SESSION_IDLE_MS (UINT64_C(30) * 60 * 1000)
#define SESSION_LIFE_MS (UINT64_C(12) * 3600 * 1000)
#define SESSION_FRESH_MS (UINT64_C(5) * 60 * 1000)
#define SESSIONS_MAX 256
#define SESSIONS_OF_ONE_MAX 16

struct session {
        uint64_t number;                /* 0: this row is free */
        uint8_t hash[SECRET_HASH_SIZE];
        char name[ACCESS_NAME_SIZE];
        char from[ACCESS_FROM_SIZE];
        enum role role;
        uint64_t begun_ms, seen_ms, fresh_until_ms;
        int64_t begun_s;                /* wall clock, for people to read */
};

struct session_table {
        uint64_t last_number;
        struct session rows[SESSIONS_MAX];
};

/* A new session for this token. Never fails: the oldest makes room. Returns it. */
const struct session *session_table_begin(struct session_table *table, const char *token, const char *name, enum role role,
                                          const char *from, uint64_t now_ms, int64_t now_s);
/* The live session of this token, or NULL; with use its idle time begins anew. Valid until the next call. */
const struct session *session_table_find(struct session_table *table, const char *token, uint64_t now_ms, bool use);
const struct session *session_table_by_number(struct session_table *table, uint64_t number, uint64_t now_ms);
/* Password and code were given again. */
void session_table_confirm(struct session_table *table, uint64_t number, uint64_t now_ms);
void session_table_end(struct session_table *table, uint64_t number);
/* All of this person, but `except` (0: none). */
void session_table_end_person(struct session_table *table, const char *name, uint64_t except);
/* When it ends unless it is used, and at the latest. */
uint64_t session_idle_until_ms(const struct session *session);
uint64_t session_ends_ms(const struct session *session);

#endif
