/* Facts about byte ranges: see known.h. */
#include "ir/known.h"
#include <string.h>

static u8 *bucket(struct known_map *m, s32 offset)
{
    return &m->head[(u32)(offset >> 3) % KNOWN_BUCKETS];
}

void map_clear(struct known_map *m)
{
    if (m->n == 0) return;
    memset(m->head, 0, sizeof m->head);
    m->n = 0;
    m->reach = 0;
}

struct known *map_find(struct known_map *m, s32 offset, enum ir_type t)
{
    for (u8 i = *bucket(m, offset); i; i = m->e[i - 1].next) {
        struct known *k = &m->e[i - 1];
        if (k->offset == offset && k->type == t) return k;
    }
    return NULL;
}

void map_add(struct known_map *m, s32 offset, enum ir_type t, ir_ref r)
{
    if (m->n == KNOWN_MAX) map_clear(m);
    u32 size = ir_type_size[t];
    u32 granules = (u32)((offset & 7) + (s32)size - 1) >> 3;
    if (granules > m->reach) m->reach = (u8)granules;
    u8 *head = bucket(m, offset);
    m->e[m->n] = (struct known){.offset = offset, .ref = r, .type = (u8)t, .size = (u8)size, .next = *head};
    *head = ++m->n;
}

void map_kill(struct known_map *m, s32 offset, u32 size)
{
    s32 last = (offset + (s32)size - 1) >> 3;
    for (s32 g = (offset >> 3) - m->reach; g <= last; g++) {
        for (u8 i = m->head[(u32)g % KNOWN_BUCKETS]; i; i = m->e[i - 1].next) {
            struct known *k = &m->e[i - 1];
            if (k->offset < offset + (s32)size && offset < k->offset + k->size)
                k->type = IR_none, k->size = 0;
        }
    }
}

void map_kill_range(struct known_map *m, s32 lo, s32 hi)
{
    for (u32 i = 0; i < m->n; i++) {
        struct known *k = &m->e[i];
        if (k->offset < hi && lo < k->offset + k->size) k->type = IR_none, k->size = 0;
    }
}

const struct known *map_cover(const struct known_map *m, s32 offset, u32 size)
{
    for (s32 g = (offset >> 3) - m->reach; g <= offset >> 3; g++) {
        for (u8 i = m->head[(u32)g % KNOWN_BUCKETS]; i; i = m->e[i - 1].next) {
            const struct known *k = &m->e[i - 1];
            if (k->type != IR_none && k->offset <= offset && offset + (s32)size <= k->offset + k->size)
                return k;
        }
    }
    return NULL;
}
