/* Facts about byte ranges: see known.h. */
#include "ir/known.h"
#include <string.h>

static u8 *bucket(struct known_map *m, s32 offset)
{
    return &m->head[(u32)(offset >> 3) % KNOWN_BUCKETS];
}

void map_init(struct known_map *m)
{
    memset(m->head, 0, sizeof m->head);
    m->n = m->free = m->reach = m->size = 0;
    m->mixed = false;
}

void map_clear(struct known_map *m)
{
    if (m->n != 0) map_init(m);
}

struct known *map_find(struct known_map *m, s32 offset, enum ir_type t)
{
    for (u8 i = *bucket(m, offset); i; i = m->e[i - 1].next) {
        struct known *k = &m->e[i - 1];
        if (k->offset == offset && k->type == t) return k;
    }
    return NULL;
}

/* An unused entry, index + 1. */
static u8 take(struct known_map *m)
{
    u8 i = m->free;
    if (i) {
        m->free = m->e[i - 1].next;
        return i;
    }
    if (m->n == KNOWN_MAX) map_clear(m);
    return ++m->n;
}

void map_add(struct known_map *m, s32 offset, enum ir_type t, ir_ref r)
{
    u8 i = take(m);
    u32 size = ir_type_size[t];
    u32 granules = (u32)((offset & 7) + (s32)size - 1) >> 3;
    if (granules > m->reach) m->reach = (u8)granules;
    if (m->size == 0) m->size = (u8)size;
    if (unlikely(m->size != size || (((u32)offset | size) & (size - 1)) != 0)) m->mixed = true;
    u8 *head = bucket(m, offset);
    struct known *k = &m->e[i - 1];
    k->offset = offset;
    k->ref = r;
    k->type = (u8)t;
    k->size = (u8)size;
    k->next = *head;
    *head = i;
}

/* Takes the facts of one bucket that overlap [lo, hi) out of it. */
static void kill_in(struct known_map *m, u8 *link, s32 lo, s32 hi)
{
    while (*link) {
        u8 i = *link;
        struct known *k = &m->e[i - 1];
        if (k->offset < hi && lo < k->offset + k->size) {
            *link = k->next;
            k->next = m->free;
            m->free = i;
        } else {
            link = &k->next;
        }
    }
}

void map_kill(struct known_map *m, s32 offset, u32 size)
{
    s32 last = (offset + (s32)size - 1) >> 3;
    for (s32 g = (offset >> 3) - m->reach; g <= last; g++)
        kill_in(m, &m->head[(u32)g % KNOWN_BUCKETS], offset, offset + (s32)size);
}

/* Where facts overlap only if they are of the same bytes, one of them takes the new value. */
static struct known *sole_at(struct known_map *m, s32 offset)
{
    struct known *found = NULL;
    for (u8 *link = bucket(m, offset); *link;) {
        u8 i = *link;
        struct known *k = &m->e[i - 1];
        if (k->offset == offset && found) { /* the same bytes as another type */
            *link = k->next;
            k->next = m->free;
            m->free = i;
            continue;
        }
        if (k->offset == offset) found = k;
        link = &k->next;
    }
    return found;
}

void map_set(struct known_map *m, s32 offset, enum ir_type t, ir_ref r)
{
    u32 size = ir_type_size[t];
    if (m->mixed || (m->size && m->size != size) || ((u32)offset & (size - 1)) != 0) {
        map_kill(m, offset, size);
    } else {
        struct known *k = sole_at(m, offset);
        if (k) {
            k->type = (u8)t;
            k->ref = r;
            return;
        }
    }
    map_add(m, offset, t, r);
}

void map_kill_range(struct known_map *m, s32 lo, s32 hi)
{
    if (m->n == 0) return;
    for (u32 b = 0; b < KNOWN_BUCKETS; b++) kill_in(m, &m->head[b], lo, hi);
}

const struct known *map_cover(const struct known_map *m, s32 offset, u32 size)
{
    for (s32 g = (offset >> 3) - m->reach; g <= offset >> 3; g++) {
        for (u8 i = m->head[(u32)g % KNOWN_BUCKETS]; i; i = m->e[i - 1].next) {
            const struct known *k = &m->e[i - 1];
            if (k->offset <= offset && offset + (s32)size <= k->offset + k->size) return k;
        }
    }
    return NULL;
}
