/* What the builder knows of the CPU state within a block: get, put and their windowed forms. A get of bytes
 * whose value is known yields it; a put of what is there already is dropped; anything that only overlaps is
 * forgotten.
 *
 * Plain facts are keyed by their offset in the state block, windowed ones by offset + the rebases so far,
 * which names the same byte as long as the window base itself is not written by other means. The two alias in
 * [window_lo, window_hi) of the layout. */
#include "ir/ir.h"
#include "ir/builder.h"

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

static bool near_windows(const struct ir_layout *l, u32 offset, u32 size)
{
    if (!l->window_hi) return false;
    return (offset < l->window_base + 8 && l->window_base < offset + size) || in_window(l, offset, size);
}

/* A plain put near the windows: it is about bytes that windowed facts may be about too, or it moves the base.
 */
static void put_near_windows(struct ir_unit *u, u32 offset, u32 size)
{
    struct ir_builder *b = u->builder;
    map_clear(&b->window);
    b->plain.layered = true;
    if (!in_window(u->layout, offset, size)) return;
    b->plain_in_window = true;
    any_overwrite(u);
}

/* The next instruction is a put that covers one which nothing has seen. */
static inline void note_overwrite(struct ir_unit *u)
{
    if (u->over_hi == 0) u->over_lo = u->builder->seen;
    if (u->over_hi <= u->ninsns) u->over_hi = u->ninsns + 1;
}

/* --- the builder's functions ---
 *
 * Each in up to three steps, the commoner the shorter: the fact is found (ir_…); nothing else is known of the
 * bytes (…_unknown); anything else, and raw mode (…_rare). The first two call nothing, so that they save no
 * registers. */

/* Bytes that facts overlap: `at` is their place in map m, `offset` in the instruction. */
static ir_ref get_layered(struct ir_unit *u, struct known_map *m, s32 at, u32 head, u32 offset)
{
    enum ir_type t = head >> 16 & 255;
    m->layered = true;
    ir_ref r = cut_out(u, m, at, t);
    if (r == IR_NONE) r = append_head(u, head, offset, IR_NONE, IR_NONE);
    map_add(m, at, t, r, 0);
    return r;
}

__attribute__((noinline)) static ir_ref get_rare(struct ir_unit *u, enum ir_type t, u32 offset)
{
    struct ir_builder *b = u->builder;
    u32 size = ir_type_size[t];
    if (b->raw) return append(u, IR_OP_get, t, 0, offset, IR_NONE, IR_NONE);
    ir_ref r = get_layered(u, &b->plain, (s32)offset, ir_head(IR_OP_get, t, 0), offset);
    if (near_windows(u->layout, offset, size)) b->plain.layered = true; /* a map that overflows begins anew */
    if (in_window(u->layout, offset, size)) b->plain_in_window = true;
    return r;
}

__attribute__((noinline)) static ir_ref get_unknown(struct ir_unit *u, enum ir_type t, u32 offset)
{
    struct ir_builder *b = u->builder;
    u32 size = ir_type_size[t];
    if (b->raw || u->ninsns >= b->limit || near_windows(u->layout, offset, size))
        return get_rare(u, t, offset);
    if (!map_add_alone(&b->plain, (s32)offset, size, t, u->ninsns, 0)) return get_rare(u, t, offset);
    return append_at(u, u->ninsns, ir_head(IR_OP_get, t, 0), offset, IR_NONE, IR_NONE);
}

ir_ref ir_get(struct ir_unit *u, enum ir_type t, u32 offset)
{
    const struct known *k = map_find(&u->builder->plain, (s32)offset, t);
    return k ? k->ref : get_unknown(u, t, offset);
}

/* The next instruction is a put that makes the bytes v. */
static void note_put(struct ir_unit *u, struct known_map *m, s32 at, enum ir_type t, ir_ref v)
{
    map_replace(m, at, t, v, u->ninsns + 1);
    if (m->lost > u->builder->seen) note_overwrite(u);
}

/* The same where k is the only fact about them. */
static inline void note_put_at(struct ir_unit *u, struct known *k, ir_ref v)
{
    if (k->put > u->builder->seen) note_overwrite(u);
    k->ref = v;
    k->put = u->ninsns + 1;
}

/* The same where there is none. False: it is to be done by note_put. */
static inline bool note_put_alone(struct ir_unit *u, struct known_map *m, s32 at, enum ir_type t, ir_ref v)
{
    if (m->lost > u->builder->seen) return false;
    return map_add_alone(m, at, ir_type_size[t], t, v, u->ninsns + 1);
}

__attribute__((noinline)) static void put_rare(struct ir_unit *u, u32 offset, ir_ref v, enum ir_type t)
{
    struct ir_builder *b = u->builder;
    u32 size = ir_type_size[t];
    if (b->raw) {
        append(u, IR_OP_put, IR_none, 0, offset, v, IR_NONE);
        return;
    }
    note_put(u, &b->plain, (s32)offset, t, v);
    if (near_windows(u->layout, offset, size)) put_near_windows(u, offset, size);
    append_head(u, ir_head(IR_OP_put, IR_none, 0), offset, v, IR_NONE);
}

__attribute__((noinline)) static void put_unknown(struct ir_unit *u, u32 offset, ir_ref v, enum ir_type t)
{
    struct ir_builder *b = u->builder;
    if (b->raw || near_windows(u->layout, offset, ir_type_size[t]) ||
        !note_put_alone(u, &b->plain, (s32)offset, t, v))
        put_rare(u, offset, v, t);
    else
        append_head(u, ir_head(IR_OP_put, IR_none, 0), offset, v, IR_NONE);
}

void ir_put(struct ir_unit *u, u32 offset, ir_ref v)
{
    struct known_map *m = &u->builder->plain;
    enum ir_type t = type_of(u, v);
    struct known *k = map_find(m, (s32)offset, t);
    if (!k || m->layered) {
        if (!k || k->ref != v) put_unknown(u, offset, v, t);
    } else if (k->ref != v) {
        note_put_at(u, k, v);
        append_head(u, ir_head(IR_OP_put, IR_none, 0), offset, v, IR_NONE);
    }
}

__attribute__((noinline)) static ir_ref getw_rare(struct ir_unit *u, enum ir_type t, s32 offset)
{
    struct ir_builder *b = u->builder;
    if (b->raw) return append(u, IR_OP_getw, t, 0, (u32)offset, IR_NONE, IR_NONE);
    return get_layered(u, &b->window, offset + b->shift, ir_head(IR_OP_getw, t, 0), (u32)offset);
}

__attribute__((noinline)) static ir_ref getw_unknown(struct ir_unit *u, enum ir_type t, s32 offset)
{
    struct ir_builder *b = u->builder;
    if (b->raw || u->ninsns >= b->limit ||
        !map_add_alone(&b->window, offset + b->shift, ir_type_size[t], t, u->ninsns, 0))
        return getw_rare(u, t, offset);
    return append_at(u, u->ninsns, ir_head(IR_OP_getw, t, 0), (u32)offset, IR_NONE, IR_NONE);
}

ir_ref ir_getw(struct ir_unit *u, enum ir_type t, s32 offset)
{
    struct ir_builder *b = u->builder;
    const struct known *k = map_find(&b->window, offset + b->shift, t);
    return k ? k->ref : getw_unknown(u, t, offset);
}

__attribute__((noinline)) static void putw_rare(struct ir_unit *u, s32 offset, ir_ref v, enum ir_type t)
{
    struct ir_builder *b = u->builder;
    if (b->raw) {
        append(u, IR_OP_putw, IR_none, 0, (u32)offset, v, IR_NONE);
        return;
    }
    note_put(u, &b->window, offset + b->shift, t, v);
    if (b->plain_in_window) {
        map_kill_range(&b->plain, (s32)u->layout->window_lo, (s32)u->layout->window_hi);
        b->plain_in_window = false;
    }
    append_head(u, ir_head(IR_OP_putw, IR_none, 0), (u32)offset, v, IR_NONE);
}

__attribute__((noinline)) static void putw_unknown(struct ir_unit *u, s32 offset, ir_ref v, enum ir_type t)
{
    struct ir_builder *b = u->builder;
    if (b->raw || b->plain_in_window || !note_put_alone(u, &b->window, offset + b->shift, t, v))
        putw_rare(u, offset, v, t);
    else
        append_head(u, ir_head(IR_OP_putw, IR_none, 0), (u32)offset, v, IR_NONE);
}

void ir_putw(struct ir_unit *u, s32 offset, ir_ref v)
{
    struct ir_builder *b = u->builder;
    enum ir_type t = type_of(u, v);
    struct known *k = map_find(&b->window, offset + b->shift, t);
    if (!k || b->window.layered || b->plain_in_window) {
        if (!k || k->ref != v) putw_unknown(u, offset, v, t);
    } else if (k->ref != v) {
        note_put_at(u, k, v);
        append_head(u, ir_head(IR_OP_putw, IR_none, 0), (u32)offset, v, IR_NONE);
    }
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
