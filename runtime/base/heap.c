// heap.c: size classes over mapped memory. See heap.h.
//
// An object has a 16-byte header that names its class. Classes are four to a doubling, 32 bytes to 128 KiB;
// each has a lock, a list of free objects and the rest of the chunk it is cutting up. Larger objects are
// mappings of their own, and shrink and grow with mremap. Free memory of a class stays in that class. The first
// objects of all classes come from one block in .bss, so that a short-lived process maps no chunk at all.
#include "runtime/base/heap.h"
#include "runtime/base/error.h"
#include "runtime/base/lock.h"
#include "runtime/base/pages.h"
#include <string.h>

#define HEADER      16u
#define CHUNK       ((size_t)256 << 10)
#define FIRST_BLOCK ((size_t)64 << 10)
#define FIRST_MAX   ((size_t)8 << 10) // larger objects leave it alone
#define SMALL_MIN   32u // with header
#define SMALL_MAX   (128u << 10)
#define CLASS_COUNT 49u // 32, 40, 48, 56, 64, 80, … 131072; see class_size
#define CLASS_LARGE 0xffu

// State words, so that a stray or a second free is seen.
#define MAGIC_LIVE 0xca19ae01u
#define MAGIC_FREE 0xca19aedeu

struct object {
    u32 magic;
    u32 class;
    u64 size; // small: what was asked for; large: length of the mapping
    union {
        struct object *next; // while free
        char data[1];
    } u;
};
_Static_assert(offsetof(struct object, u) == HEADER, "data starts behind the header");

struct size_class {
    struct lock lock;
    struct object *free;
    char *cut, *cut_end; // rest of the chunk being cut up
} __attribute__((aligned(64)));

static struct size_class classes[CLASS_COUNT];

// Class n has (4 + n % 4) << (n / 4 + 3) bytes, header included: multiples of 16 but for 40 and 56, which are
// rounded up to the next class by class_of.
static size_t class_size(u32 n)
{
    return (size_t)(4 + n % 4) << (n / 4 + 3);
}

// The smallest class that holds `bytes` (header included) and keeps alignment 16.
static u32 class_of(size_t bytes)
{
    bytes = align_up(MAX(bytes, SMALL_MIN), 16);
    u32 top = 63 - (u32)__builtin_clzl(bytes - 1); // 2^top < bytes <= 2^(top+1), but for the minimum
    u32 n = (top - 5) * 4 + (u32)((bytes - 1) >> (top - 2)) - 4 + 1;
    return bytes == SMALL_MIN ? 0 : n;
}

// ---- small objects ----

static char first_block[FIRST_BLOCK] __attribute__((aligned(16)));
static size_t first_used;

// An object from the block that all classes share, or NULL. Without a lock: the one word is the whole state.
static struct object *first_cut(size_t size)
{
    if (size > FIRST_MAX) return NULL;
    size_t used = __atomic_load_n(&first_used, __ATOMIC_RELAXED);
    do {
        if (used + size > FIRST_BLOCK) return NULL;
    } while (!__atomic_compare_exchange_n(&first_used, &used, used + size, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return (struct object *)(first_block + used);
}

// With the lock held. cut == cut_end whenever the pair is being changed: a fork may copy any moment.
static struct object *class_cut(struct size_class *c, size_t size)
{
    if ((size_t)(c->cut_end - c->cut) < size) {
        struct object *first = first_cut(size);
        if (first) return first;
        char *chunk = pages_map(CHUNK);
        c->cut = c->cut_end = NULL;
        c->cut = chunk;
        c->cut_end = chunk + CHUNK;
    }
    struct object *o = (struct object *)c->cut;
    c->cut += size;
    return o;
}

// Of what the dead owner of a lock leaves, only the pair of cut pointers may be unsound.
static void class_lock(struct size_class *c)
{
    if (unlikely(lock_acquire(&c->lock))) c->cut = c->cut_end = NULL;
}

static struct object *small_alloc(u32 class)
{
    struct size_class *c = &classes[class];
    class_lock(c);
    struct object *o = c->free;
    if (o)
        c->free = o->u.next;
    else
        o = class_cut(c, class_size(class));
    lock_release(&c->lock);
    return o;
}

static void small_free(struct object *o)
{
    struct size_class *c = &classes[o->class];
    class_lock(c);
    o->u.next = c->free;
    c->free = o;
    lock_release(&c->lock);
}

// ---- the interface ----

static struct object *object_of(void *p, const char *what)
{
    struct object *o = (struct object *)((char *)p - HEADER);
    if (unlikely(o->magic != MAGIC_LIVE))
        bug("%s(%p): %s", what, p, o->magic == MAGIC_FREE ? "freed before" : "not an object of the heap");
    return o;
}

static size_t large_bytes(size_t size)
{
    size_t bytes;
    if (__builtin_add_overflow(size, (size_t)HEADER + PAGE_BYTES - 1, &bytes))
        die(STATUS_HOST, "out of memory: %zu bytes asked for at once", size);
    return align_down(bytes, PAGE_BYTES);
}

static bool is_small(size_t size)
{
    return size <= SMALL_MAX - HEADER;
}

void *heap_alloc(size_t size)
{
    struct object *o;
    if (is_small(size)) {
        u32 class = class_of(size + HEADER);
        o = small_alloc(class);
        *o = (struct object){.magic = MAGIC_LIVE, .class = class, .size = size};
    } else {
        size_t bytes = large_bytes(size);
        o = pages_map(bytes);
        o->magic = MAGIC_LIVE;
        o->class = CLASS_LARGE;
        o->size = bytes;
    }
    return o->u.data;
}

void *heap_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        die(STATUS_HOST, "out of memory: %zu objects of %zu bytes asked for", count, size);
    void *p = heap_alloc(bytes);
    if (is_small(bytes)) memset(p, 0, bytes); // a fresh mapping is zero
    return p;
}

void heap_free(void *p)
{
    if (!p) return;
    struct object *o = object_of(p, "heap_free");
    o->magic = MAGIC_FREE;
    if (o->class != CLASS_LARGE)
        small_free(o);
    else
        pages_unmap(o, o->size);
}

// Bytes that fit behind the header without moving.
static size_t object_room(const struct object *o)
{
    return (o->class == CLASS_LARGE ? o->size : class_size(o->class)) - HEADER;
}

static void *large_resize(struct object *o, size_t size)
{
    size_t bytes = large_bytes(size);
    o = pages_remap(o, o->size, bytes);
    o->size = bytes;
    return o->u.data;
}

void *heap_realloc(void *p, size_t size)
{
    if (!p) return heap_alloc(size);
    struct object *o = object_of(p, "heap_realloc");
    if (o->class == CLASS_LARGE && !is_small(size)) return large_resize(o, size);
    if (o->class != CLASS_LARGE && size <= object_room(o)) {
        o->size = size;
        return p;
    }
    void *q = heap_alloc(size);
    memcpy(q, p, MIN(size, object_room(o)));
    heap_free(p);
    return q;
}

char *heap_strndup(const char *s, size_t n)
{
    n = strnlen(s, n);
    char *p = heap_alloc(n + 1);
    memcpy(p, s, n);
    p[n] = 0;
    return p;
}

char *heap_strdup(const char *s)
{
    return heap_strndup(s, strlen(s));
}

// Lists and cuts change by single stores in an order that is sound at every moment, so a broken lock loses at
// most the object in flight; only an unfinished pair of cut pointers has to be dropped.
void heap_after_fork(u32 parent_tid)
{
    for (u32 i = 0; i < CLASS_COUNT; i++) {
        struct size_class *c = &classes[i];
        if (lock_break_after_fork(&c->lock, parent_tid)) c->cut = c->cut_end = NULL;
    }
}
