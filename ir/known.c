/* Facts about byte ranges: see known.h. */
#include "ir/known.h"

static bool overlaps(const struct known *k, s32 lo, s32 hi)
{
    return k->offset < hi && lo < k->offset + k->size;
}

static void lose(struct known_map *m, const struct known *k)
{
    if (k->put > m->lost) m->lost = k->put;
}

__attribute__((noinline, cold)) u8 map_take(struct known_map *m)
{
    u8 i = m->free;
    if (i) {
        m->free = m->e[i - 1].next;
        return i;
    }
    map_init(m);
    m->lost = ~(u32)0;
    return ++m->n;
}

/* Takes the facts of one bucket that overlap [lo, hi) out of it. */
static void kill_in(struct known_map *m, u8 *link, s32 lo, s32 hi)
{
    while (*link) {
        u8 i = *link;
        struct known *k = &m->e[i - 1];
        if (overlaps(k, lo, hi)) {
            lose(m, k);
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

/* The first fact of one bucket that overlaps [lo, hi); the others that do are taken out. */
static struct known *sole_in(struct known_map *m, u8 *link, s32 lo, s32 hi)
{
    for (; *link; link = &m->e[*link - 1].next) {
        struct known *k = &m->e[*link - 1];
        if (!overlaps(k, lo, hi)) continue;
        kill_in(m, &k->next, lo, hi);
        return k;
    }
    return NULL;
}

/* Where no fact crosses a granule, all that overlap are of one bucket: one of them takes the new value. */
void map_replace(struct known_map *m, s32 offset, enum ir_type t, ir_ref r, u32 put)
{
    u32 size = ir_type_size[t];
    if (unlikely(m->reach != 0 || map_reach(offset, size) != 0)) {
        map_kill(m, offset, size);
        map_add(m, offset, t, r, put);
        return;
    }
    struct known *k = sole_in(m, map_bucket(m, offset), offset, offset + (s32)size);
    if (!k) {
        map_add(m, offset, t, r, put);
        return;
    }
    lose(m, k);
    *k = (struct known){
        .offset = offset, .ref = r, .put = put, .type = (u8)t, .size = (u8)size, .next = k->next};
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
