/* Constants: interned, so that equal ones are one, by a hash that grows with the unit. The keys of marks
 * alone are not: see fresh_const. Called through ir.h and by build.c. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "runtime/base/arena.h"

static u32 const_hash(u32 t, bool rel, u64 lo, u64 hi)
{
    u64 h = (lo ^ hi << 32 ^ (u64)t << 24 ^ (u64)rel << 31) * 0xff51afd7ed558ccdu;
    return (u32)(h >> 32);
}

void grow_consts(struct ir_unit *u)
{
    struct ir_builder *b = u->builder;
    RESERVE(u, consts, nconsts, 1);
    if (b->nhashed * 2 <= b->const_mask) return;
    u32 *old = b->const_hash, cells = b->const_mask + 1;
    b->const_mask = cells * 2 - 1;
    b->const_hash = arena_array(u->arena, u32, cells * 2);
    for (u32 i = 0; i < cells; i++) {
        if (!old[i]) continue;
        const struct ir_const *k = &u->consts[old[i] - 1];
        u32 h = const_hash(k->type, k->rel, k->lo, k->hi);
        while (b->const_hash[h & b->const_mask]) h++;
        b->const_hash[h & b->const_mask] = old[i];
    }
}

__attribute__((noinline)) static ir_ref new_const(struct ir_unit *u, u32 h, u32 t, bool rel, u64 lo, u64 hi)
{
    struct ir_builder *b = u->builder;
    if (unlikely(b->nhashed * 2 > b->const_mask)) grow_consts(u);
    u32 *hash = b->const_hash, mask = b->const_mask;
    while (hash[h & mask]) h++;
    hash[h & mask] = u->nconsts + 1;
    b->nhashed++;
    return fresh_const(u, t, rel, lo, hi);
}

/* A constant whose bits beyond its type are zero. `wide`: the type may have more than 64. */
static inline ir_ref intern(struct ir_unit *u, u32 t, bool rel, u64 lo, u64 hi, bool wide)
{
    const struct ir_builder *b = u->builder;
    u32 h = const_hash(t, rel, lo, hi);
    for (u32 i, at = h; (i = b->const_hash[at & b->const_mask]) != 0; at++) {
        const struct ir_const *k = &u->consts[i - 1];
        if (k->lo == lo && k->type == t && k->rel == rel && (!wide || k->hi == hi)) return IR_CONST | (i - 1);
    }
    return new_const(u, h, t, rel, lo, hi);
}

ir_ref ir_const_exact(struct ir_unit *u, enum ir_type t, u64 v)
{
    return intern(u, t, false, v, 0, false);
}

ir_ref ir_const128(struct ir_unit *u, enum ir_type t, u64 lo, u64 hi)
{
    u32 bits = ir_type_bits[t];
    if (likely(bits <= 64)) return ir_const_exact(u, t, lo & low_mask(bits));
    if (bits < 128) hi &= low_mask(bits - 64);
    return intern(u, t, false, lo, hi, true);
}

ir_ref ir_const(struct ir_unit *u, enum ir_type t, u64 v)
{
    return ir_const128(u, t, v, 0);
}

static ir_ref addr_const(struct ir_unit *u, enum ir_type t, bool rel, u64 v)
{
    return intern(u, t, rel, v, 0, false);
}

ir_ref ir_addr(struct ir_unit *u, enum ir_type t, u64 v)
{
    if (t == IR_i64) return addr_const(u, t, true, v);
    if (t != IR_i32 || u->layout->addr_bits != 32) u->builder->misused = true;
    return addr_const(u, t, true, v & low_mask(ir_type_bits[t]));
}

ir_ref key_const(struct ir_unit *u, u64 key)
{
    return addr_const(u, IR_i64, u->rel, key);
}
