/* Identities of pure ops: what an op comes to when one operand is a constant or made by a known op. The
 * builder asks before it appends; the answer is a value that exists or a simpler op just built. Ops with a
 * truth value as result are fold_bool.c's, constants alone fold_const.c's.
 *
 * No identity reaches past a value's direct operands, so folding costs a few compares an op. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "ir/match.h"

/* Kept out of `fold_op`, which thus saves no registers: most ops that come to it do not fold. */
#define APART __attribute__((noinline))

static bool from_load(const struct ir_unit *u, ir_ref r, int depth)
{
    const struct ir_insn *i = def_of(u, r);
    if (!i) return false;
    u16 eff = ir_ops[i->op].effects;
    if (eff & IR_EFF_MEM) return true;
    if (!(eff & IR_EFF_PURE) || depth == 0) return false;
    return from_load(u, i->a, depth - 1) || from_load(u, i->b, depth - 1) || from_load(u, i->c, depth - 1);
}

ir_ref without(struct ir_unit *u, ir_ref x, enum ir_type t, u64 v)
{
    if (from_load(u, x, 3)) return IR_NONE;
    return v == ~(u64)0 ? ir_const128(u, t, v, v) : ir_const(u, t, v);
}

static ir_ref op2(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    return ir_emit(u, op, t, 0, a, b, IR_NONE);
}

/* (x op c1) op c2 -> x op (c1 op c2), for and, or, xor. */
APART static ir_ref reassociate(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    const struct ir_insn *d = made_by(u, a, op);
    if (!d || !const_of(u, d->b) || !const_of(u, b))
        return IR_NONE; /* not address constants: those do not combine */
    ir_ref x = d->a;
    return op2(u, op, t, x, op2(u, op, t, d->b, b));
}

APART static ir_ref fold_and(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b)
{
    if (a == b || is_ones(u, b)) return a;
    if (is_k(u, b, 0)) return without(u, a, t, 0);
    const struct ir_insn *z = made_by(u, a, IR_OP_zext);
    const struct ir_const *k = const_of(u, b);
    if (z && k) {
        u64 m = low_mask(ir_type_bits[type_of(u, z->a)]);
        if (ir_type_bits[type_of(u, z->a)] <= 64 && (k->lo & m) == m) return a;
    }
    return reassociate(u, IR_OP_and, t, a, b);
}

APART static ir_ref fold_or(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b)
{
    if (a == b || is_k(u, b, 0)) return a;
    if (is_ones(u, b)) return without(u, a, t, ~(u64)0);
    return reassociate(u, IR_OP_or, t, a, b);
}

APART static ir_ref fold_xor(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b)
{
    if (is_k(u, b, 0)) return a;
    if (a == b) return without(u, a, t, 0);
    if (is_ones(u, b)) return ir_not(u, a);
    return reassociate(u, IR_OP_xor, t, a, b);
}

APART static ir_ref fold_sub(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b)
{
    if (is_k(u, b, 0)) return a;
    if (is_k(u, a, 0)) return ir_neg(u, b);
    if (a == b) return without(u, a, t, 0);
    return IR_NONE;
}

APART static ir_ref fold_mul(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b)
{
    if (is_k(u, b, 0)) return without(u, a, t, 0);
    if (is_k(u, b, 1)) return a;
    int n = log2_of(u, b);
    return n > 0 ? ir_shl(u, a, ir_const(u, t, (u64)n)) : IR_NONE;
}

APART static ir_ref fold_div(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    bool quotient = op == IR_OP_divu || op == IR_OP_divs, is_signed = op == IR_OP_divs || op == IR_OP_rems;
    if (is_k(u, b, 0)) return quotient ? without(u, a, t, 0) : a;
    if (is_k(u, b, 1) && ir_type_bits[t] > 1) return quotient ? a : without(u, a, t, 0);
    int n = log2_of(u, b);
    if (n < 0 || is_signed || ir_type_bits[t] == 1) return IR_NONE;
    if (quotient) return ir_shr(u, a, ir_const(u, t, (u64)n));
    return ir_and(u, a, ir_const(u, t, low_mask((u32)n)));
}

/* Shifts by constants: x << c >> c is an extension, equal shifts add up. */
APART static ir_ref fold_two_shifts(struct ir_unit *u, enum ir_op op, enum ir_type t, const struct ir_insn *d,
                                    u64 n)
{
    const struct ir_const *inner = const_of(u, d->b);
    u32 w = ir_type_bits[t];
    ir_ref x = d->a;
    if (!inner || inner->hi || inner->lo >= w || n >= w) return IR_NONE;
    if (d->op == op) {
        u64 sum = n + inner->lo;
        if (op == IR_OP_sar && sum >= w) sum = w - 1;
        return ir_emit(u, op, t, 0, x, ir_const(u, t, sum), IR_NONE);
    }
    if (d->op != IR_OP_shl || inner->lo != n) return IR_NONE;
    enum ir_type low = w - n == 8 ? IR_i8 : w - n == 16 ? IR_i16 : w - n == 32 ? IR_i32 : IR_none;
    if (low == IR_none) return IR_NONE;
    x = ir_trunc(u, low, x);
    return op == IR_OP_sar ? ir_sext(u, t, x) : ir_zext(u, t, x);
}

APART static ir_ref fold_shift(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    const struct ir_const *k = const_of(u, b);
    if (is_k(u, a, 0)) return without(u, b, t, 0);
    if (!k) return IR_NONE;
    u32 w = ir_type_bits[t];
    bool far = k->hi || k->lo >= w;
    if (!far && k->lo == 0) return a;
    if (far && op != IR_OP_sar) return without(u, a, t, 0);
    if (far) return w == 1 ? a : ir_sar(u, a, ir_const(u, t, w - 1));
    const struct ir_insn *d = def_of(u, a);
    if (d && (d->op == op || d->op == IR_OP_shl) && op != IR_OP_shl)
        return fold_two_shifts(u, op, t, d, k->lo);
    if (d && d->op == IR_OP_shl) return fold_two_shifts(u, op, t, d, k->lo);
    return IR_NONE;
}

APART static ir_ref fold_rotate(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    const struct ir_const *k = const_of(u, b);
    if (!k) return IR_NONE;
    u32 w = ir_type_bits[t], n = (u32)(k->lo % w); /* w is a power of two: the high half has no say */
    if (n == 0) return a;
    return k->hi || n != k->lo ? ir_emit(u, op, t, 0, a, ir_const(u, t, n), IR_NONE) : IR_NONE;
}

APART static ir_ref fold_select(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b, ir_ref c)
{
    u64 v;
    if (ir_const_value(u, a, &v)) return v ? b : c;
    if (b == c) return b;
    const struct ir_insn *n = made_by(u, a, IR_OP_not);
    if (n) return ir_select(u, n->a, c, b);
    if (ir_type_class[t] != IR_CLASS_INT) return IR_NONE;
    if (is_k(u, b, 1) && is_k(u, c, 0)) return t == IR_b1 ? a : ir_zext(u, t, a);
    if (is_k(u, b, 0) && is_k(u, c, 1)) return t == IR_b1 ? ir_not(u, a) : ir_zext(u, t, ir_not(u, a));
    if (is_ones(u, b) && is_k(u, c, 0)) return ir_sext(u, t, a);
    return IR_NONE;
}

/* x's low bits as type t, x being wider, narrower or of that type; `ext` says how a narrower one grows. */
static ir_ref resize(struct ir_unit *u, enum ir_type t, ir_ref x, enum ir_op ext)
{
    u32 from = ir_type_bits[type_of(u, x)], to = ir_type_bits[t];
    if (from == to) return x;
    return ir_emit(u, from > to ? IR_OP_trunc : ext, t, 0, x, IR_NONE, IR_NONE);
}

APART static ir_ref fold_trunc(struct ir_unit *u, enum ir_type t, ir_ref a)
{
    const struct ir_insn *d = def_of(u, a);
    if (!d) return IR_NONE;
    u32 w = ir_type_bits[d->type];
    const struct ir_insn *p;
    switch (d->op) {
    case IR_OP_zext:
    case IR_OP_sext: return resize(u, t, d->a, d->op);
    case IR_OP_trunc: return ir_trunc(u, t, d->a);
    case IR_OP_pair: return resize(u, t, d->a, IR_OP_zext);
    case IR_OP_and: {
        const struct ir_const *k = const_of(u, d->b);
        u64 m = low_mask(ir_type_bits[t]);
        return k && ir_type_bits[t] <= 64 && (k->lo & m) == m ? ir_trunc(u, t, d->a) : IR_NONE;
    }
    case IR_OP_shr:
        p = made_by(u, d->a, IR_OP_pair);
        if (p && is_k(u, d->b, w / 2) && ir_type_bits[t] <= w / 2) return resize(u, t, p->b, IR_OP_zext);
        if (t == IR_b1 && is_k(u, d->b, w - 1)) return ir_slt(u, d->a, ir_const(u, d->type, 0));
        return IR_NONE;
    case IR_OP_sar:
        if (t == IR_b1 && is_k(u, d->b, w - 1)) return ir_slt(u, d->a, ir_const(u, d->type, 0));
        return IR_NONE;
    default: return IR_NONE;
    }
}

APART static ir_ref fold_extend(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a)
{
    const struct ir_insn *d = def_of(u, a);
    if (!d) return IR_NONE;
    if (d->op == IR_OP_zext) return ir_zext(u, t, d->a);
    if (d->op == IR_OP_sext && op == IR_OP_sext) return ir_sext(u, t, d->a);
    return IR_NONE;
}

APART static ir_ref fold_bits(struct ir_unit *u, enum ir_type t, ir_ref a)
{
    if (type_of(u, a) == t) return a;
    const struct ir_insn *d = made_by(u, a, IR_OP_bits);
    return d ? ir_bits(u, t, d->a) : IR_NONE;
}

APART static ir_ref fold_pair(struct ir_unit *u, enum ir_type t, ir_ref a, ir_ref b)
{
    if (is_k(u, b, 0)) return ir_zext(u, t, a);
    const struct ir_insn *lo = made_by(u, a, IR_OP_trunc), *hi = made_by(u, b, IR_OP_trunc);
    const struct ir_insn *s = hi ? made_by(u, hi->a, IR_OP_shr) : NULL;
    if (lo && s && s->a == lo->a && s->type == t && is_k(u, s->b, ir_type_bits[t] / 2)) return lo->a;
    return IR_NONE;
}

/* f(f(x)) of not, neg, bswap, fneg, fabs. */
APART static ir_ref fold_twice(struct ir_unit *u, enum ir_op op, ir_ref a)
{
    const struct ir_insn *d = made_by(u, a, op);
    if (d) return op == IR_OP_fabs ? a : d->a;
    if (op == IR_OP_fabs && (d = made_by(u, a, IR_OP_fneg)) != NULL) return ir_fabs(u, d->a);
    return IR_NONE;
}

/* adc and sbb with no carry in. */
APART static ir_ref fold_carry_in(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b,
                                  ir_ref c)
{
    if (!is_k(u, c, 0)) return IR_NONE;
    return op2(u, op == IR_OP_adc ? IR_OP_add : IR_OP_sub, t, a, b);
}

/* What an op comes to whose first operand is a constant; as constants come last in commutative ops, no address
 * constant is folded but with another constant in its place. */
APART static ir_ref fold_constants(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c)
{
    enum ir_op op = head & 0xffff;
    enum ir_type t = head >> 16 & 255;
    if (is_addr(u, a) || (b != IR_NONE && is_addr(u, b)) || (c != IR_NONE && is_addr(u, c)))
        return fold_addr(u, op, t, a, b);
    if (!ir_is_const(b) && b != IR_NONE) return IR_NONE;
    if (!ir_is_const(c) && c != IR_NONE) return IR_NONE;
    ir_ref r;
    return fold_const(u, op, t, (ir_ref[3]){a, b, c}, &r) ? r : IR_NONE;
}

/* By the op itself. */
APART static ir_ref fold_op(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c)
{
    enum ir_op op = head & 0xffff;
    enum ir_type t = head >> 16 & 255;
    switch (op) {
    case IR_OP_add: return is_k(u, b, 0) ? a : IR_NONE;
    case IR_OP_sub: return fold_sub(u, t, a, b);
    case IR_OP_mul: return fold_mul(u, t, a, b);
    case IR_OP_mulhu:
    case IR_OP_mulhs: return is_k(u, b, 0) ? without(u, a, t, 0) : IR_NONE;
    case IR_OP_divu:
    case IR_OP_divs:
    case IR_OP_remu:
    case IR_OP_rems: return fold_div(u, op, t, a, b);
    case IR_OP_and: return fold_and(u, t, a, b);
    case IR_OP_or: return fold_or(u, t, a, b);
    case IR_OP_xor: return fold_xor(u, t, a, b);
    case IR_OP_shl:
    case IR_OP_shr:
    case IR_OP_sar: return fold_shift(u, op, t, a, b);
    case IR_OP_ror:
    case IR_OP_rol: return fold_rotate(u, op, t, a, b);
    case IR_OP_not:
    case IR_OP_neg:
    case IR_OP_bswap:
    case IR_OP_fneg:
    case IR_OP_fabs: return fold_twice(u, op, a);
    case IR_OP_select: return fold_select(u, t, a, b, c);
    case IR_OP_adc:
    case IR_OP_sbb: return fold_carry_in(u, op, t, a, b, c);
    case IR_OP_trunc: return fold_trunc(u, t, a);
    case IR_OP_zext:
    case IR_OP_sext: return fold_extend(u, op, t, a);
    case IR_OP_bits: return fold_bits(u, t, a);
    case IR_OP_pair: return fold_pair(u, t, a, b);
    default: return IR_NONE;
    }
}

static inline ir_ref folded(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c)
{
    ir_ref r = IR_NONE;
    if (ir_is_const(a)) r = fold_constants(u, head, a, b, c);
    if (r == IR_NONE && (head >> 16 & 255) == IR_b1) r = fold_bool(u, head & 0xffff, a, b, c);
    return r == IR_NONE ? fold_op(u, head, a, b, c) : r;
}

ir_ref fold(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c)
{
    return folded(u, head, a, b, c);
}

ir_ref emit_folding(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c)
{
    ir_ref r = folded(u, head, a, b, c);
    return r == IR_NONE ? number_pure(u, head, a, b, c) : r;
}

#define SECOND (FOLD_CONST | FOLD_SAME)
#define LOGIC  (FOLD_CONST | FOLD_SAME | FOLD_BOOL)

/* For every op that fold knows: see may_fold. */
const u8 fold_when[IR_OP_COUNT] = {
    [IR_OP_add] = FOLD_ZERO,    [IR_OP_sub] = FOLD_ZERO | FOLD_SAME,
    [IR_OP_mul] = SECOND,       [IR_OP_mulhu] = SECOND,
    [IR_OP_mulhs] = SECOND,     [IR_OP_divu] = SECOND,
    [IR_OP_divs] = SECOND,      [IR_OP_remu] = SECOND,
    [IR_OP_rems] = SECOND,      [IR_OP_and] = LOGIC,
    [IR_OP_or] = LOGIC,         [IR_OP_xor] = LOGIC,
    [IR_OP_shl] = SECOND,       [IR_OP_shr] = SECOND,
    [IR_OP_sar] = SECOND,       [IR_OP_ror] = SECOND,
    [IR_OP_rol] = SECOND,       [IR_OP_neg] = FOLD_AFTER,
    [IR_OP_not] = FOLD_AFTER,   [IR_OP_bswap] = FOLD_AFTER,
    [IR_OP_fneg] = FOLD_AFTER,  [IR_OP_fabs] = FOLD_AFTER,
    [IR_OP_select] = FOLD_ASK,  [IR_OP_adc] = FOLD_ASK,
    [IR_OP_sbb] = FOLD_ASK,     [IR_OP_add_c] = FOLD_ZERO,
    [IR_OP_add_v] = FOLD_ZERO,  [IR_OP_sub_v] = FOLD_ZERO,
    [IR_OP_adc_c] = FOLD_ASK,   [IR_OP_adc_v] = FOLD_ASK,
    [IR_OP_sbb_c] = FOLD_ASK,   [IR_OP_sbb_v] = FOLD_ASK,
    [IR_OP_eq] = FOLD_ASK,      [IR_OP_ne] = FOLD_ASK,
    [IR_OP_ult] = SECOND,       [IR_OP_ule] = SECOND,
    [IR_OP_slt] = FOLD_SAME,    [IR_OP_sle] = FOLD_SAME,
    [IR_OP_zext] = FOLD_EXT,    [IR_OP_sext] = FOLD_EXT,
    [IR_OP_trunc] = FOLD_AFTER, [IR_OP_bits] = FOLD_ASK,
    [IR_OP_pair] = FOLD_ASK,
};
