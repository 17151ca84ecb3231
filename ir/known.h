/* Private to the room: facts about byte ranges of the CPU state, for the builder's forwarding and for
 * dead_put. A map is small, cheap to clear, and forgets everything when it is full: what is forgotten is
 * never wrong. */
#ifndef CALQUE_IR_KNOWN_H
#define CALQUE_IR_KNOWN_H

#include "ir/ir.h"

#define KNOWN_BUCKETS 64
#define KNOWN_MAX     120

/* A fact: the bytes [offset, offset + size) of the state, read as `type`, are the value `ref`. */
struct known {
    s32 offset;
    ir_ref ref;
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
    bool mixed;             /* two facts may overlap: not all are of one size, aligned to it */
    u8 size;                /* theirs, if not mixed; 0 without facts */
    struct known e[KNOWN_MAX];
};

void map_init(struct known_map *m); /* makes an empty map of undefined memory */
void map_clear(struct known_map *m);
/* The fact at exactly this offset and type, or NULL. */
struct known *map_find(struct known_map *m, s32 offset, enum ir_type t);
void map_add(struct known_map *m, s32 offset, enum ir_type t, ir_ref r);
/* The bytes are r now: forgets what overlaps them, and adds that. */
void map_set(struct known_map *m, s32 offset, enum ir_type t, ir_ref r);
/* Forgets what overlaps [offset, offset + size); size at most 32. */
void map_kill(struct known_map *m, s32 offset, u32 size);
/* The same for a range of any length. */
void map_kill_range(struct known_map *m, s32 lo, s32 hi);
/* A fact about all of [offset, offset + size), or NULL. */
const struct known *map_cover(const struct known_map *m, s32 offset, u32 size);

#endif
