#ifndef PROVOST_ADMIN_THROTTLE_H
#define PROVOST_ADMIN_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How long somebody waits before the next try at the door. Two counts grow with each wrong try: that of the address it came from (IPv6: its /64), and
 * that of the name it was for. An address may err five times, then waits 1 s, 2 s, 4 s … 15 minutes; a name ten times, then 1 s, 2 s, 4 s … 8 s,
 * however many addresses try. No name is ever locked: an address from which that name signed in within 30 days does not wait for the name's sake, and
 * any other waits eight seconds at most. A try that was told to wait counts for nothing. What is quiet for a day is forgotten; tables are bounded, and
 * what was quiet for longest makes room.
 */
#define THROTTLE_ROWS 1024
#define THROTTLE_KNOWN 256
#define THROTTLE_KEY_SIZE 80
#define THROTTLE_NOTES_A_MINUTE 30

struct throttle_row {
        char key[THROTTLE_KEY_SIZE];    /* "" free; "a ADDRESS", "n NAME", "k NAME ADDRESS" hashed */
        unsigned errors;
        uint64_t last_ms;
};

struct throttle {
        struct throttle_row rows[THROTTLE_ROWS];
        struct throttle_row known[THROTTLE_KNOWN];
        uint64_t minute;
        unsigned notes;
};

/* Milliseconds to wait; 0: try. name NULL: only the address counts. */
uint64_t throttle_wait_ms(const struct throttle *throttle, const char *address, const char *name, uint64_t now_ms);
void throttle_failed(struct throttle *throttle, const char *address, const char *name, uint64_t now_ms);
/* Signed in: the address may err again; the pair is known from now on. */
void throttle_succeeded(struct throttle *throttle, const char *address, const char *name, uint64_t now_ms);
/* Whether one more refusal may be written into the audit this minute, so that nobody fills the disk with them. */
bool throttle_may_note(struct throttle *throttle, uint64_t now_ms);

#endif
