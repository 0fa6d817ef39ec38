/*
 * throttle: guessing at the door takes long.
 *
 * In:   addresses and names that tried, when, and how it ended.
 * Out:  how long the next try has to wait.
 * Not:  no clock of its own, no locks (see door), nothing on the disk.
 */
#include "provisioning/admin/throttle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/admin/secret.h"

#define ADDRESS_FREE 5
#define ADDRESS_LONGEST_MS (UINT64_C(15) * 60 * 1000)
#define NAME_FREE 10
#define NAME_LONGEST_MS UINT64_C(8000)
#define FORGET_MS (UINT64_C(24) * 3600 * 1000)
#define KNOWN_MS (UINT64_C(30) * 24 * 3600 * 1000)

/* One of two kinds of keys, hashed so that any length fits and none is kept in the clear. */
static void key_of(const char *kind, const char *a, const char *b, char ret[static THROTTLE_KEY_SIZE])
{
        char text[512], hex[SECRET_HASH_TEXT_SIZE];

        (void)snprintf(text, sizeof text, "%s %s %s", kind, a, b);
        secret_hash_text(text, hex);
        (void)snprintf(ret, THROTTLE_KEY_SIZE, "%s", hex);
}

/* A whole /64 belongs to one line, whose owner has all of its addresses. */
static void address_key(const char *address, char ret[static THROTTLE_KEY_SIZE])
{
        struct in6_addr six;
        char prefix[17] = "";

        if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six))
                text_hex(prefix, &six, 8);
        key_of("a", *prefix ? prefix : address, "", ret);
}

static struct throttle_row *find(struct throttle_row *rows, size_t n, const char *key)
{
        for (size_t i = 0; i < n; i++)
                if (text_equal(rows[i].key, key))
                        return &rows[i];
        return NULL;
}

static struct throttle_row *make(struct throttle_row *rows, size_t n, const char *key)
{
        struct throttle_row *row = find(rows, n, key);

        for (size_t i = 0; !row && i < n; i++)
                if (!*rows[i].key)
                        row = &rows[i];
        if (!row) {
                row = rows;
                for (size_t i = 1; i < n; i++)
                        if (rows[i].last_ms < row->last_ms)
                                row = &rows[i];
        }
        if (!text_equal(row->key, key)) {
                memset(row, 0, sizeof *row);
                (void)text_copy(row->key, sizeof row->key, key);
        }
        return row;
}

static uint64_t delay_ms(unsigned errors, unsigned free, uint64_t longest_ms)
{
        uint64_t delay = 1000;

        if (errors < free)
                return 0;
        for (unsigned i = free; i < errors && delay < longest_ms; i++)
                delay *= 2;
        return delay < longest_ms ? delay : longest_ms;
}

static uint64_t left_ms(const struct throttle_row *row, unsigned free, uint64_t longest_ms, uint64_t now_ms)
{
        uint64_t until;

        if (!row || now_ms - row->last_ms >= FORGET_MS)
                return 0;
        until = row->last_ms + delay_ms(row->errors, free, longest_ms);
        return until > now_ms ? until - now_ms : 0;
}

static bool is_known(const struct throttle *throttle, const char *address, const char *name, uint64_t now_ms)
{
        char key[THROTTLE_KEY_SIZE];
        const struct throttle_row *row;

        key_of("k", name, address, key);
        row = find((struct throttle_row *)throttle->known, THROTTLE_KNOWN, key);
        return row && now_ms - row->last_ms < KNOWN_MS;
}

uint64_t throttle_wait_ms(const struct throttle *throttle, const char *address, const char *name, uint64_t now_ms)
{
        struct throttle_row *rows = (struct throttle_row *)throttle->rows;
        char key[THROTTLE_KEY_SIZE];
        uint64_t by_address, by_name = 0;

        address_key(address, key);
        by_address = left_ms(find(rows, THROTTLE_ROWS, key), ADDRESS_FREE, ADDRESS_LONGEST_MS, now_ms);
        if (name && !is_known(throttle, address, name, now_ms)) {
                key_of("n", name, "", key);
                by_name = left_ms(find(rows, THROTTLE_ROWS, key), NAME_FREE, NAME_LONGEST_MS, now_ms);
        }
        return by_address > by_name ? by_address : by_name;
}

static void count(struct throttle *throttle, const char *key, uint64_t now_ms)
{
        struct throttle_row *row = make(throttle->rows, THROTTLE_ROWS, key);

        if (now_ms - row->last_ms >= FORGET_MS)
                row->errors = 0;
        row->errors += row->errors < 1000;
        row->last_ms = now_ms;
}

void throttle_failed(struct throttle *throttle, const char *address, const char *name, uint64_t now_ms)
{
        char key[THROTTLE_KEY_SIZE];

        address_key(address, key);
        count(throttle, key, now_ms);
        if (!name)
                return;
        key_of("n", name, "", key);
        count(throttle, key, now_ms);
}

void throttle_succeeded(struct throttle *throttle, const char *address, const char *name, uint64_t now_ms)
{
        char key[THROTTLE_KEY_SIZE];
        struct throttle_row *row;

        address_key(address, key);
        row = find(throttle->rows, THROTTLE_ROWS, key);
        if (row)
                memset(row, 0, sizeof *row);
        key_of("n", name, "", key);
        row = find(throttle->rows, THROTTLE_ROWS, key);
        if (row)
                memset(row, 0, sizeof *row);
        key_of("k", name, address, key);
        make(throttle->known, THROTTLE_KNOWN, key)->last_ms = now_ms;
}

bool throttle_may_note(struct throttle *throttle, uint64_t now_ms)
{
        uint64_t minute = now_ms / 60000;

        if (minute != throttle->minute)
                throttle->notes = 0;
        throttle->minute = minute;
        return throttle->notes++ < THROTTLE_NOTES_A_MINUTE;
}
