/* Private to the room: what the folding files look for in operands. */
#ifndef CALQUE_IR_MATCH_H
#define CALQUE_IR_MATCH_H

#include "ir/builder.h"

/* r is the constant v. */
static inline bool is_k(const struct ir_unit *u, ir_ref r, u64 v)
{
    const struct ir_const *k = const_of(u, r);
    return k && k->lo == v && k->hi == 0;
}

/* r is the constant with all bits set. */
static inline bool is_ones(const struct ir_unit *u, ir_ref r)
{
    const struct ir_const *k = const_of(u, r);
    if (!k) return false;
    u32 bits = ir_type_bits[k->type];
    return k->lo == low_mask(bits) && k->hi == (bits > 64 ? low_mask(bits - 64) : 0);
}

/* The instruction that makes r if it is an `op`, else NULL. */
static inline const struct ir_insn *made_by(const struct ir_unit *u, ir_ref r, enum ir_op op)
{
    const struct ir_insn *i = def_of(u, r);
    return i && i->op == op ? i : NULL;
}

/* Distance if the constant r is a power of two, else -1. */
static inline int log2_of(const struct ir_unit *u, ir_ref r)
{
    const struct ir_const *k = const_of(u, r);
    return k && k->hi == 0 && is_pow2(k->lo) ? __builtin_ctzll(k->lo) : -1;
}

/* A constant that stands for x op'ed into nothing (x - x, x & 0). Such a dependency may order memory accesses
 * on the guest, so one that leads to a guest load is kept: IR_NONE. */
ir_ref without(struct ir_unit *u, ir_ref x, enum ir_type t, u64 v);

/* --- whether an op may fold at all (fold.c, fold_bool.c), for those that mostly do not --- */
enum fold_when {
    FOLD_ASK,    /* fold knows */
    FOLD_NEVER,  /* these fold only if the first operand is a constant, and else … */
    FOLD_ZERO,   /* … if the second is the constant zero */
    FOLD_SAME,   /* … if both are one value */
    FOLD_SECOND, /* … if both are one value, or the second a constant, and always if they are truth values */
    FOLD_AFTER,  /* … if the operand is made by an op that is pure */
};
extern const u8 fold_when[IR_OP_COUNT];

/* Wrong answers are `true`. The builder's debug build checks the others. */
static inline bool may_fold(const struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    if (ir_is_const(a)) return true;
    switch (fold_when[op]) {
    case FOLD_NEVER: return false;
    case FOLD_ZERO: return ir_is_const(b) && u->consts[b & ~IR_CONST].lo == 0;
    case FOLD_SAME: return a == b;
    case FOLD_SECOND: return a == b || ir_is_const(b) || (t == IR_b1 && op < IR_OP_ult);
    case FOLD_AFTER: return !def_of(u, a) || ir_ops[def_of(u, a)->op].effects & IR_EFF_PURE;
    default: return true;
    }
}

#endif
