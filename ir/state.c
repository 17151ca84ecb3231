/* What the builder knows of the CPU state within a block: get, put and their windowed forms. A get of bytes
 * whose value is known yields it; a put of what is there already is dropped; anything that only overlaps is
 * forgotten.
 *
 * Plain facts are keyed by their offset in the state block, windowed ones by offset + the rebases so far,
 * which names the same byte as long as the window base itself is not written by other means. The two alias in
 * [window_lo, window_hi) of the layout. */
#include "ir/ir.h"
#include "ir/builder.h"

/* May a fact overlap bytes that begin at `offset`? Not if its bucket is empty and none reaches there from another;
 * bytes that go on into the next granule are covered by no fact that begins in it. */
static bool may_overlap(struct known_map *m, s32 offset)
{
    return *map_bucket(m, offset) != 0 || m->reach != 0;
}

/* The value of type t at `offset`, cut out of a wider or differently typed known one; IR_NONE if it cannot
 * be. */
static ir_ref cut_out(struct ir_unit *u, const struct known_map *m, s32 offset, enum ir_type t)
{
    const struct known *k = map_cover(m, offset, ir_type_size[t]);
    if (!k || t == IR_b1 || k->type == IR_b1) return IR_NONE;
    enum ir_type from = k->type;
    ir_ref r = k->ref;
    u32 distance = (u32)(offset - k->offset);
    if (ir_type_bits[from] == ir_type_bits[t]) return ir_emit(u, IR_OP_bits, t, 0, r, IR_NONE, IR_NONE);
    if (ir_type_class[from] != IR_CLASS_INT || ir_type_class[t] != IR_CLASS_INT) return IR_NONE;
    if (distance) r = ir_shr(u, r, ir_const(u, from, 8 * distance));
    return ir_trunc(u, t, r);
}

/* --- the windows --- */

static bool in_window(const struct ir_layout *l, u32 offset, u32 size)
{
    return offset < l->window_hi && offset + size > l->window_lo;
}

void state_forget(struct ir_unit *u)
{
    map_clear(&u->builder->plain);
    map_clear(&u->builder->window);
    u->builder->plain_in_window = false;
    u->builder->seen = u->ninsns;
    u->builder->shift = 0;
}

static void note_plain(struct ir_unit *u, u32 offset, enum ir_type t)
{
    if (in_window(u->layout, offset, ir_type_size[t])) u->builder->plain_in_window = true;
}

/* A put that a window may alias, or that moves the base. */
static void plain_put(struct ir_unit *u, u32 offset, u32 size)
{
    const struct ir_layout *l = u->layout;
    bool moves_base = offset < l->window_base + 8 && l->window_base < offset + size;
    bool inside = in_window(l, offset, size);
    if (moves_base || inside) map_clear(&u->builder->window);
    if (inside) u->builder->plain_in_window = u->overwrites = true;
}

/* --- the builder's functions --- */

ir_ref ir_get(struct ir_unit *u, enum ir_type t, u32 offset)
{
    struct ir_builder *b = u->builder;
    if (unlikely(b->raw)) return append(u, IR_OP_get, t, 0, offset, IR_NONE, IR_NONE);
    const struct known *k = map_find(&b->plain, (s32)offset, t);
    if (k) return k->ref;
    ir_ref r = IR_NONE;
    if (may_overlap(&b->plain, (s32)offset)) r = cut_out(u, &b->plain, (s32)offset, t);
    if (r == IR_NONE) r = append_head(u, ir_head(IR_OP_get, t, 0), offset, IR_NONE, IR_NONE);
    map_add(&b->plain, (s32)offset, t, r, 0);
    note_plain(u, offset, t);
    return r;
}

void ir_put(struct ir_unit *u, u32 offset, ir_ref v)
{
    struct ir_builder *b = u->builder;
    if (unlikely(b->raw)) {
        append(u, IR_OP_put, IR_none, 0, offset, v, IR_NONE);
        return;
    }
    enum ir_type t = type_of(u, v);
    if (!map_set(&b->plain, (s32)offset, t, v, u->ninsns + 1)) return;
    if (b->plain.lost > b->seen) u->overwrites = true;
    if (u->layout->window_hi) plain_put(u, offset, ir_type_size[t]);
    append_head(u, ir_head(IR_OP_put, IR_none, 0), offset, v, IR_NONE);
}

ir_ref ir_getw(struct ir_unit *u, enum ir_type t, s32 offset)
{
    struct ir_builder *b = u->builder;
    if (unlikely(b->raw)) return append(u, IR_OP_getw, t, 0, (u32)offset, IR_NONE, IR_NONE);
    s32 at = offset + b->shift;
    const struct known *k = map_find(&b->window, at, t);
    if (k) return k->ref;
    ir_ref r = IR_NONE;
    if (may_overlap(&b->window, at)) r = cut_out(u, &b->window, at, t);
    if (r == IR_NONE) r = append_head(u, ir_head(IR_OP_getw, t, 0), (u32)offset, IR_NONE, IR_NONE);
    map_add(&b->window, at, t, r, 0);
    return r;
}

void ir_putw(struct ir_unit *u, s32 offset, ir_ref v)
{
    struct ir_builder *b = u->builder;
    if (unlikely(b->raw)) {
        append(u, IR_OP_putw, IR_none, 0, (u32)offset, v, IR_NONE);
        return;
    }
    if (!map_set(&b->window, offset + b->shift, type_of(u, v), v, u->ninsns + 1)) return;
    if (b->window.lost > b->seen) u->overwrites = true;
    if (unlikely(b->plain_in_window)) {
        map_kill_range(&b->plain, (s32)u->layout->window_lo, (s32)u->layout->window_hi);
        b->plain_in_window = false;
    }
    append_head(u, ir_head(IR_OP_putw, IR_none, 0), (u32)offset, v, IR_NONE);
}

void ir_rebase(struct ir_unit *u, s32 bytes)
{
    struct ir_builder *b = u->builder;
    if (bytes == 0 && !b->raw) return;
    b->shift += bytes;
    map_kill(&b->plain, (s32)u->layout->window_base, 8);
    append_head(u, ir_head(IR_OP_rebase, IR_none, 0), (u32)bytes, IR_NONE, IR_NONE);
    b->seen = u->ninsns;
}
