#ifndef PROVOST_MODEL_MERGE_ARENA_H
#define PROVOST_MODEL_MERGE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the values of one document after the other: taken piece by piece, given back all at once. */
#define MERGE_ARENA_MAX ((size_t)16 << 20)     /* twice what a document can hold */

struct merge_chunk;
struct merge_arena {
        struct merge_chunk *first, *at; /* at: the one that has room */
        size_t used;                    /* of it */
        size_t taken;                   /* since the last reset */
};

/* Whether this much more is beyond MERGE_ARENA_MAX. */
bool merge_arena_is_full(const struct merge_arena *arena, size_t size);
/* Aligned for anything; valid until merge_arena_reset(). NULL: no memory, or full. */
void *merge_arena_take(struct merge_arena *arena, size_t size);
/* A copy of the text; NULL: no memory. */
const char *merge_arena_copy(struct merge_arena *arena, const char *text);
void merge_arena_reset(struct merge_arena *arena);
/* Wiped before it is freed: values are passwords. */
void merge_arena_done(struct merge_arena *arena);

#endif
