// arena.c: the bump allocator. See arena.h.
#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "runtime/base/pages.h"
#include <string.h>

#define CHUNK_DEFAULT  ((size_t)64 << 10)
#define SPARE_KEEP_MAX ((size_t)1 << 20) // emptied chunks beyond this go back to the kernel

void arena_init(struct arena *a, size_t chunk_size)
{
    *a = (struct arena){.chunk_size = align_up(chunk_size, PAGE_BYTES)};
}

static struct arena_chunk *chunk_map(size_t size)
{
    struct arena_chunk *c = pages_map(size);
    c->size = size;
    c->used = c->dirty = sizeof *c;
    return c;
}

// A spare chunk of at least `size` bytes, taken off the list; NULL when there is none.
static struct arena_chunk *spare_take(struct arena *a, size_t size)
{
    for (struct arena_chunk **link = &a->spare; *link; link = &(*link)->prev) {
        struct arena_chunk *c = *link;
        if (c->size < size) continue;
        *link = c->prev;
        a->spare_bytes -= c->size;
        return c;
    }
    return NULL;
}

// Put an emptied chunk aside, or back to the kernel when enough are kept.
static void spare_put(struct arena *a, struct arena_chunk *c)
{
    if (a->spare_bytes + c->size > SPARE_KEEP_MAX) {
        pages_unmap(c, c->size);
        return;
    }
    c->dirty = MAX(c->dirty, c->used);
    c->used = sizeof *c;
    c->prev = a->spare;
    a->spare = c;
    a->spare_bytes += c->size;
}

static void arena_grow(struct arena *a, size_t size, size_t align)
{
    size_t need;
    if (__builtin_add_overflow(size, sizeof(struct arena_chunk) + align + PAGE_BYTES, &need))
        die(STATUS_HOST, "out of memory: %zu bytes asked for at once", size);
    need = align_down(need, PAGE_BYTES);
    if (a->chunk_size == 0) a->chunk_size = CHUNK_DEFAULT;
    struct arena_chunk *c = spare_take(a, need);
    if (!c) c = chunk_map(MAX(need, a->chunk_size));
    c->prev = a->top;
    a->top = c;
}

// The top chunk has no room: a new one.
void *arena_alloc_slow(struct arena *a, size_t size, size_t align)
{
    arena_grow(a, size, align);
    return arena_alloc_raw(a, size, align);
}

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
    char *p = arena_alloc_raw(a, size, align);
    size_t at = (size_t)(p - (char *)a->top);
    if (at < a->top->dirty) memset(p, 0, MIN(size, a->top->dirty - at));
    return p;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size, size_t align)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        die(STATUS_HOST, "out of memory: %zu objects of %zu bytes asked for", count, size);
    return arena_alloc(a, bytes, align);
}

void *arena_dup(struct arena *a, const void *data, size_t size, size_t align)
{
    void *p = arena_alloc_raw(a, size, align);
    if (size) memcpy(p, data, size);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_dup(a, s, strlen(s) + 1, 1);
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->top, a->top ? a->top->used : 0};
}

void arena_release(struct arena *a, struct arena_mark mark)
{
    while (a->top != mark.chunk) {
        struct arena_chunk *c = a->top;
        bug_unless(c != NULL); // the mark is of another arena, or of one that was reset since
        a->top = c->prev;
        spare_put(a, c);
    }
    struct arena_chunk *c = a->top;
    if (!c) return;
    c->dirty = MAX(c->dirty, c->used);
    c->used = mark.used;
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *c = a->top;
    if (c && !c->prev && c->size <= SPARE_KEEP_MAX) { // the common case: it need not go aside and come back
        c->dirty = MAX(c->dirty, c->used);
        c->used = sizeof *c;
        return;
    }
    arena_release(a, (struct arena_mark){0});
}

static void chunks_unmap(struct arena_chunk *c)
{
    while (c) {
        struct arena_chunk *prev = c->prev;
        pages_unmap(c, c->size);
        c = prev;
    }
}

void arena_free(struct arena *a)
{
    chunks_unmap(a->top);
    chunks_unmap(a->spare);
    arena_init(a, a->chunk_size);
}

size_t arena_used(const struct arena *a)
{
    size_t n = 0;
    for (const struct arena_chunk *c = a->top; c; c = c->prev) n += c->used - sizeof *c;
    return n;
}
