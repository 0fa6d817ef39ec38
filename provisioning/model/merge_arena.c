/*
 * merge_arena: room for the values of one document after the other.
 *
 * In:   sizes, texts.
 * Out:  memory that stays until the next document.
 * Not:  no freeing of single pieces.
 */
#include "provisioning/model/merge_arena.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)16384)
#define ALIGNMENT _Alignof(max_align_t)

struct merge_chunk {
        struct merge_chunk *next;
        size_t size;
        _Alignas(max_align_t) char bytes[];
};

static struct merge_chunk *new_chunk(size_t size)
{
        struct merge_chunk *chunk;

        if (size < CHUNK_SIZE)
                size = CHUNK_SIZE;
        chunk = malloc(sizeof *chunk + size);
        if (chunk)
                *chunk = (struct merge_chunk){.size = size};
        return chunk;
}

/* The next chunk, put in between when the one behind is too small. */
static struct merge_chunk *next_chunk(struct merge_arena *arena, size_t size)
{
        struct merge_chunk **link = arena->at ? &arena->at->next : &arena->first;
        struct merge_chunk *chunk = *link;

        if (chunk && chunk->size >= size)
                return chunk;
        chunk = new_chunk(size);
        if (!chunk)
                return NULL;
        chunk->next = *link;
        *link = chunk;
        return chunk;
}

bool merge_arena_is_full(const struct merge_arena *arena, size_t size)
{
        return size > MERGE_ARENA_MAX || size + ALIGNMENT > MERGE_ARENA_MAX - arena->taken;
}

void *merge_arena_take(struct merge_arena *arena, size_t size)
{
        char *bytes;

        if (merge_arena_is_full(arena, size))
                return NULL;
        size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (!arena->at || arena->at->size - arena->used < size) {
                struct merge_chunk *chunk = next_chunk(arena, size);

                if (!chunk)
                        return NULL;
                arena->at = chunk;
                arena->used = 0;
        }
        bytes = arena->at->bytes + arena->used;
        arena->used += size;
        arena->taken += size;
        return bytes;
}

const char *merge_arena_copy(struct merge_arena *arena, const char *text)
{
        size_t size = strlen(text) + 1;
        char *copy = merge_arena_take(arena, size);

        return copy ? memcpy(copy, text, size) : NULL;
}

void merge_arena_reset(struct merge_arena *arena)
{
        arena->at = NULL;
        arena->used = arena->taken = 0;
}

void merge_arena_done(struct merge_arena *arena)
{
        struct merge_chunk *chunk = arena->first;

        while (chunk) {
                struct merge_chunk *next = chunk->next;

                explicit_bzero(chunk->bytes, chunk->size);
                free(chunk);
                chunk = next;
        }
        *arena = (struct merge_arena){0};
}
