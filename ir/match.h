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
enum fold_when {                  /* bits; an op of none folds only if its first operand is a constant */
                 FOLD_ZERO = 1,   /* or its second is the constant zero */
                 FOLD_CONST = 2,  /* … any constant */
                 FOLD_SAME = 4,   /* … the same as the first */
                 FOLD_BOOL = 8,   /* or they are truth values */
                 FOLD_AFTER = 16, /* or the first is made by a pure op */
                 FOLD_EXT = 32,   /* or the first is an extended value */
                 FOLD_ASK = 64,   /* fold knows */
};
extern const u8 fold_when[IR_OP_COUNT];

/* A wrong answer must be `true`; the builder's debug build checks the others. */
static inline bool may_fold(const struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    u32 when = fold_when[op];
    if (ir_is_const(a)) return true;
    if (ir_is_const(b)) {
        if (when & FOLD_CONST || (when & FOLD_ZERO && u->consts[b & ~IR_CONST].lo == 0)) return true;
    } else if (a == b && when & FOLD_SAME) {
        return true;
    }
    if (likely(!(when & (FOLD_BOOL | FOLD_AFTER | FOLD_EXT | FOLD_ASK)))) return false;
    if (when & (FOLD_AFTER | FOLD_EXT)) {
        enum ir_op from = a < u->ninsns ? u->insns[a].op : IR_OP_nop;
        return from == IR_OP_zext || from == IR_OP_sext ||
               (when & FOLD_AFTER && ir_ops[from].effects & IR_EFF_PURE);
    }
    return when & FOLD_ASK || t == IR_b1;
}

#endif
