/* Private to the room: facts about byte ranges of the CPU state, for the builder's forwarding and for
 * dead_put. A map is small, cheap to clear, and forgets everything when it is full: what is forgotten is
 * never wrong. What every get and put does stands here, to be inlined. */
#ifndef CALQUE_IR_KNOWN_H
#define CALQUE_IR_KNOWN_H

#include "ir/ir.h"
#include <string.h>

#define KNOWN_BUCKETS 64
#define KNOWN_MAX     120

/* A fact: the bytes [offset, offset + size) of the state, read as `type`, are the value `ref`. */
struct known {
    s32 offset;
    ir_ref ref;
    u32 put; /* index + 1 of the put that made it so, or 0 */
    u8 type;
    u8 size;
    u8 next; /* in its bucket's chain, or the free list's; index + 1, 0 ends */
};

/* Facts by the 8-byte granule they begin in. Offsets count from the state block, or from the window base at
 * the block's start. */
struct known_map {
    u8 head[KNOWN_BUCKETS]; /* index + 1 */
    u8 n;                   /* entries ever taken since the last clearing */
    u8 free;                /* list of those given back */
    u8 reach;               /* how many granules below its own an overlapping fact may begin in */
    bool layered; /* facts may overlap one another, or those of another map: none is taken for the only one */
    u32 lost;     /* the highest `put` of the facts that have been replaced or forgotten */
    struct known e[KNOWN_MAX];
};

static inline u8 *map_bucket(struct known_map *m, s32 offset)
{
    return &m->head[(u32)(offset >> 3) % KNOWN_BUCKETS];
}

/* Makes an empty map of undefined memory. */
static inline void map_init(struct known_map *m)
{
    memset(m->head, 0, sizeof m->head);
    m->n = m->free = m->reach = 0;
    m->layered = false;
    m->lost = 0;
}

static inline void map_clear(struct known_map *m)
{
    if (m->n != 0) map_init(m);
}

/* The fact at exactly this offset and type, or NULL. */
static inline struct known *map_find(struct known_map *m, s32 offset, enum ir_type t)
{
    for (u8 i = *map_bucket(m, offset); i; i = m->e[i - 1].next) {
        struct known *k = &m->e[i - 1];
        if (k->offset == offset && k->type == t) return k;
    }
    return NULL;
}

/* How many granules the bytes go beyond the one they begin in. */
static inline u32 map_reach(s32 offset, u32 size)
{
    return (u32)((offset & 7) + (s32)size - 1) >> 3;
}

/* An entry that was given back; or there is no room: all facts are forgotten, and any may have been a put's.
 */
u8 map_take(struct known_map *m);

/* `put`: index + 1 of the put that the fact comes from, or 0. */
static inline void map_add(struct known_map *m, s32 offset, enum ir_type t, ir_ref r, u32 put)
{
    u32 size = ir_type_size[t], reach = map_reach(offset, size);
    u8 i = m->free || m->n == KNOWN_MAX ? map_take(m) : ++m->n;
    if (unlikely(reach > m->reach)) m->reach = (u8)reach;
    u8 *head = map_bucket(m, offset);
    struct known *k = &m->e[i - 1];
    k->offset = offset;
    k->ref = r;
    k->put = put;
    k->type = (u8)t;
    k->size = (u8)size;
    k->next = *head;
    *head = i;
}

/* --- known.c --- */
/* The bytes are r now: forgets what overlaps them, and adds that. */
void map_replace(struct known_map *m, s32 offset, enum ir_type t, ir_ref r, u32 put);
/* Forgets what overlaps [offset, offset + size); size at most 32. */
void map_kill(struct known_map *m, s32 offset, u32 size);
/* The same for a range of any length. */
void map_kill_range(struct known_map *m, s32 lo, s32 hi);
/* A fact about all of [offset, offset + size), or NULL. */
const struct known *map_cover(const struct known_map *m, s32 offset, u32 size);

/* map_add where no fact overlaps the bytes and nothing is out of the common. False: it is not so, or may not
 * be. */
static inline bool map_add_alone(struct known_map *m, s32 offset, u32 size, enum ir_type t, ir_ref r, u32 put)
{
    if (unlikely(m->reach | m->free | map_reach(offset, size)) || m->n == KNOWN_MAX) return false;
    u8 *head = map_bucket(m, offset);
    for (u8 i = *head; i; i = m->e[i - 1].next) {
        const struct known *k = &m->e[i - 1];
        if (k->offset < offset + (s32)size && offset < k->offset + k->size) return false;
    }
    m->e[m->n] = (struct known){
        .offset = offset, .ref = r, .put = put, .type = (u8)t, .size = (u8)size, .next = *head};
    *head = ++m->n;
    return true;
}

#endif
