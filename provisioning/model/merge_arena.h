#ifndef PROVOST_MODEL_MERGE_ARENA_H
#define PROVOST_MODEL_MERGE_ARENA_H

#include <stddef.h>

/* Room for the values of one document after the other: taken piece by piece, given back all at once. */
struct merge_chunk;
struct merge_arena {
        struct merge_chunk *first, *at; /* at: the one that has room */
        size_t used;                    /* of it */
};

/* Aligned for anything; valid until merge_arena_reset(). NULL: no memory. */
void *merge_arena_take(struct merge_arena *arena, size_t size);
/* A copy of the text; NULL: no memory. */
const char *merge_arena_copy(struct merge_arena *arena, const char *text);
void merge_arena_reset(struct merge_arena *arena);
/* Wiped before it is freed: values are passwords. */
void merge_arena_done(struct merge_arena *arena);

#endif
