/* What the builder knows of the CPU state within a block: get, put and their windowed forms. A get of bytes
 * whose value is known yields it; a put of what is there already is dropped; anything that only overlaps is
 * forgotten.
 *
 * Plain facts are keyed by their offset in the state block, windowed ones by offset + the rebases so far,
 * which names the same byte as long as the window base itself is not written by other means. The two alias in
 * [window_lo, window_hi) of the layout. */
#include "ir/ir.h"
#include "ir/builder.h"
#include <string.h>

/* --- fact maps --- */

static u8 *bucket(struct known_map *m, s32 offset)
{
    return &m->head[(u32)(offset >> 3) % KNOWN_BUCKETS];
}

static void map_clear(struct known_map *m)
{
    if (m->n == 0) return;
    memset(m->head, 0, sizeof m->head);
    m->n = 0;
    m->reach = 0;
}

static struct known *map_find(struct known_map *m, s32 offset, enum ir_type t)
{
    for (u8 i = *bucket(m, offset); i; i = m->e[i - 1].next) {
        struct known *k = &m->e[i - 1];
        if (k->offset == offset && k->type == t) return k;
    }
    return NULL;
}

static void map_add(struct known_map *m, s32 offset, enum ir_type t, ir_ref r)
{
    if (m->n == KNOWN_MAX) map_clear(m);
    u32 size = ir_type_size[t];
    u32 granules = (u32)((offset & 7) + (s32)size - 1) >> 3;
    if (granules > m->reach) m->reach = (u8)granules;
    u8 *head = bucket(m, offset);
    m->e[m->n] = (struct known){.offset = offset, .ref = r, .type = (u8)t, .size = (u8)size, .next = *head};
    *head = ++m->n;
}

/* Forgets what overlaps [offset, offset + size). */
static void map_kill(struct known_map *m, s32 offset, u32 size)
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

/* The same for a long range. */
static void map_kill_range(struct known_map *m, s32 lo, s32 hi)
{
    for (u32 i = 0; i < m->n; i++) {
        struct known *k = &m->e[i];
        if (k->offset < hi && lo < k->offset + k->size) k->type = IR_none, k->size = 0;
    }
}

/* A known integer that covers all of [offset, offset + size), or one of the same size under another type. */
static const struct known *map_cover(const struct known_map *m, s32 offset, enum ir_type t)
{
    u32 size = ir_type_size[t];
    for (s32 g = (offset >> 3) - m->reach; g <= offset >> 3; g++) {
        for (u8 i = m->head[(u32)g % KNOWN_BUCKETS]; i; i = m->e[i - 1].next) {
            const struct known *k = &m->e[i - 1];
            if (k->type != IR_none && k->offset <= offset && offset + (s32)size <= k->offset + k->size)
                return k;
        }
    }
    return NULL;
}

/* The value of type t at `offset`, cut out of a wider or differently typed known one; IR_NONE if it cannot
 * be. */
static ir_ref cut_out(struct ir_unit *u, const struct known_map *m, s32 offset, enum ir_type t)
{
    const struct known *k = map_cover(m, offset, t);
    if (!k || t == IR_b1 || k->type == IR_b1) return IR_NONE;
    enum ir_type from = k->type;
    ir_ref r = k->ref;
    u32 distance = (u32)(offset - k->offset);
    if (ir_type_bits[from] == ir_type_bits[t]) return ir_emit(u, IR_OP_bits, t, 0, r, IR_NONE, IR_NONE);
    if (ir_type_class[from] != IR_CLASS_INT || ir_type_class[t] != IR_CLASS_INT) return IR_NONE;
    if (distance) r = ir_shr(u, r, ir_const(u, from, 8 * distance));
    return ir_trunc(u, t, r);
}

/* --- the window base --- */

static u32 window_base(struct ir_unit *u)
{
    struct ir_builder *b = u->builder;
    if (!b->wbase_known) {
        const struct ir_layout *l = u->layout;
        b->wbase_known = true;
        b->wbase_lo = ~(u32)0;
        for (u32 i = 0; i < l->nslots; i++)
            if (l->slots[i].flags & IR_SLOT_WBASE) b->wbase_lo = l->slots[i].offset;
    }
    return b->wbase_lo;
}

static bool in_window(const struct ir_layout *l, u32 offset, u32 size)
{
    return offset < l->window_hi && offset + size > l->window_lo;
}

void state_forget(struct ir_unit *u)
{
    map_clear(&u->builder->plain);
    map_clear(&u->builder->window);
    u->builder->plain_in_window = false;
    u->builder->shift = 0;
}

static void remember_plain(struct ir_unit *u, u32 offset, enum ir_type t, ir_ref r)
{
    map_add(&u->builder->plain, (s32)offset, t, r);
    if (in_window(u->layout, offset, ir_type_size[t])) u->builder->plain_in_window = true;
}

/* --- the builder's functions --- */

ir_ref ir_get(struct ir_unit *u, enum ir_type t, u32 offset)
{
    struct ir_builder *b = u->builder;
    if (b->raw) return append(u, IR_OP_get, t, 0, offset, IR_NONE, IR_NONE);
    const struct known *k = map_find(&b->plain, (s32)offset, t);
    if (k) return k->ref;
    ir_ref r = cut_out(u, &b->plain, (s32)offset, t);
    if (r == IR_NONE) r = append(u, IR_OP_get, t, 0, offset, IR_NONE, IR_NONE);
    remember_plain(u, offset, t, r);
    return r;
}

void ir_put(struct ir_unit *u, u32 offset, ir_ref v)
{
    struct ir_builder *b = u->builder;
    enum ir_type t = type_of(u, v);
    if (!b->raw) {
        const struct known *k = map_find(&b->plain, (s32)offset, t);
        if (k && k->ref == v) return;
        u32 size = ir_type_size[t];
        map_kill(&b->plain, (s32)offset, size);
        if (u->layout->window_hi) {
            u32 base = window_base(u);
            bool moves_base = offset < base + 8 && base < offset + size;
            if (moves_base || in_window(u->layout, offset, size)) map_clear(&b->window);
        }
        remember_plain(u, offset, t, v);
    }
    append(u, IR_OP_put, IR_none, 0, offset, v, IR_NONE);
}

ir_ref ir_getw(struct ir_unit *u, enum ir_type t, s32 offset)
{
    struct ir_builder *b = u->builder;
    if (b->raw) return append(u, IR_OP_getw, t, 0, (u32)offset, IR_NONE, IR_NONE);
    s32 at = offset + b->shift;
    const struct known *k = map_find(&b->window, at, t);
    if (k) return k->ref;
    ir_ref r = cut_out(u, &b->window, at, t);
    if (r == IR_NONE) r = append(u, IR_OP_getw, t, 0, (u32)offset, IR_NONE, IR_NONE);
    map_add(&b->window, at, t, r);
    return r;
}

void ir_putw(struct ir_unit *u, s32 offset, ir_ref v)
{
    struct ir_builder *b = u->builder;
    enum ir_type t = type_of(u, v);
    if (!b->raw) {
        s32 at = offset + b->shift;
        const struct known *k = map_find(&b->window, at, t);
        if (k && k->ref == v) return;
        map_kill(&b->window, at, ir_type_size[t]);
        if (b->plain_in_window) {
            map_kill_range(&b->plain, (s32)u->layout->window_lo, (s32)u->layout->window_hi);
            b->plain_in_window = false;
        }
        map_add(&b->window, at, t, v);
    }
    append(u, IR_OP_putw, IR_none, 0, (u32)offset, v, IR_NONE);
}

void ir_rebase(struct ir_unit *u, s32 bytes)
{
    struct ir_builder *b = u->builder;
    if (bytes == 0 && !b->raw) return;
    b->shift += bytes;
    map_kill(&b->plain, (s32)window_base(u), 8);
    append(u, IR_OP_rebase, IR_none, 0, (u32)bytes, IR_NONE, IR_NONE);
}
