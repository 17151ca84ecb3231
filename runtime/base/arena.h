// arena.h: a bump allocator over chunks of mapped memory, for data that dies together.
//
// An arena belongs to one thread at a time; it takes no lock. Memory comes zeroed. There is no free of one
// object: release everything since a mark, reset, or free the arena. Out of memory ends the process with one
// clear line.
#ifndef CALQUE_RUNTIME_BASE_ARENA_H
#define CALQUE_RUNTIME_BASE_ARENA_H

#include "runtime/base/types.h"

// Header at the start of each mapping; objects lie behind it. Bytes from `used` up to `dirty` have been handed out
// before and are no longer zero; beyond `dirty` they are as the kernel gave them. (While the chunk is being filled
// `dirty` may lag behind `used`.)
struct arena_chunk {
    struct arena_chunk *prev;
    size_t size; // of the mapping, header included
    size_t used; // offset of the first free byte
    size_t dirty;
};

struct arena {
    struct arena_chunk *top;   // chunk being filled; older ones hang behind it
    struct arena_chunk *spare; // emptied chunks, kept for reuse
    size_t spare_bytes;
    size_t chunk_size;
};

struct arena_mark {
    struct arena_chunk *chunk;
    size_t used;
};

// An empty arena; maps nothing yet. chunk_size (bytes, rounded up to pages; 0 for 64 KiB) is what is asked of
// the kernel at a time; larger objects get chunks of their own. A zeroed struct arena is a valid one too.
void arena_init(struct arena *a, size_t chunk_size);

// `size` zero bytes aligned to `align` (a power of two, at most 4096). Never NULL; size 0 gives a valid
// pointer.
void *arena_alloc(struct arena *a, size_t size, size_t align);

// The same with undefined content, for what is written whole before it is read.
void *arena_alloc_slow(struct arena *a, size_t size, size_t align);
static inline void *arena_alloc_raw(struct arena *a, size_t size, size_t align)
{
    struct arena_chunk *c = a->top;
    if (unlikely(!c)) return arena_alloc_slow(a, size, align);
    size_t at = align_up(c->used, align); // the mapping is page-aligned, so offsets align like addresses
    if (unlikely(at > c->size || size > c->size - at)) return arena_alloc_slow(a, size, align);
    c->used = at + size;
    return (char *)c + at;
}

// One object, or n in a row, of a type.
#define arena_new(a, type)          ((type *)arena_alloc((a), sizeof(type), _Alignof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc_array((a), (count), sizeof(type), _Alignof(type)))
void *arena_alloc_array(struct arena *a, size_t count, size_t size, size_t align);

// Copies that live as long as the arena.
void *arena_dup(struct arena *a, const void *data, size_t size, size_t align);
char *arena_strdup(struct arena *a, const char *s);

// Remember a point, and drop all that was allocated after it. Marks nest.
struct arena_mark arena_mark(const struct arena *a);
void arena_release(struct arena *a, struct arena_mark mark);

// Drop everything but keep some memory for the next use.
void arena_reset(struct arena *a);

// Give all memory back to the kernel; the arena is empty and may be used again.
void arena_free(struct arena *a);

// Bytes handed out since the last reset, padding included (for statistics).
size_t arena_used(const struct arena *a);

#endif
