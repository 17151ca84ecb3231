/* Identities of ops whose result is a truth value: compares and the logic of flags. Lifters write a condition
 * as its manual does, from N, Z, C and V; here `N != V` after a subtraction becomes one signed compare. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "ir/match.h"

static ir_ref cmp(struct ir_unit *u, enum ir_op op, ir_ref a, ir_ref b)
{
    return ir_emit(u, op, IR_b1, 0, a, b, IR_NONE);
}

/* The two values of a difference's sign and overflow: n = (a - b) < 0, v = overflow of a - b, either order.
 */
static bool sign_and_overflow(const struct ir_unit *u, ir_ref n, ir_ref v, ir_ref *a, ir_ref *b)
{
    const struct ir_insn *s = made_by(u, n, IR_OP_slt), *o = made_by(u, v, IR_OP_sub_v);
    if (!s || !o) {
        s = made_by(u, v, IR_OP_slt);
        o = made_by(u, n, IR_OP_sub_v);
    }
    if (!s || !o || !is_k(u, s->b, 0)) return false;
    const struct ir_insn *d = made_by(u, s->a, IR_OP_sub);
    if (!d || d->a != o->a || d->b != o->b) return false;
    *a = o->a;
    *b = o->b;
    return true;
}

/* a == b of a zero-extended or a computed against a constant. `same`: eq, else ne. */
static ir_ref equal_const(struct ir_unit *u, bool same, ir_ref a, ir_ref b)
{
    enum ir_op op = same ? IR_OP_eq : IR_OP_ne;
    const struct ir_const *k = const_of(u, b);
    const struct ir_insn *d = def_of(u, a);
    if (!k) return IR_NONE;
    if (k->type == IR_b1) return (k->lo == 1) == same ? a : ir_not(u, a);
    if (!d) return IR_NONE;
    bool zero = k->lo == 0 && k->hi == 0;
    if (d->op == IR_OP_zext) {
        enum ir_type from = type_of(u, d->a);
        u32 bits = ir_type_bits[from];
        u64 lo = k->lo, hi = k->hi;
        if (bits > 64) return IR_NONE;
        if (hi || (lo & ~low_mask(bits))) return ir_b1(u, !same);
        ir_ref x = d->a;
        return cmp(u, op, x, ir_const(u, from, lo));
    }
    if (zero && (d->op == IR_OP_sub || d->op == IR_OP_xor)) return cmp(u, op, d->a, d->b);
    if (zero && d->op == IR_OP_neg) return cmp(u, op, d->a, b);
    return IR_NONE;
}

static ir_ref fold_equal(struct ir_unit *u, bool same, ir_ref a, ir_ref b)
{
    if (a == b) return without(u, a, IR_b1, same);
    if (type_of(u, a) == IR_b1) {
        ir_ref x, y;
        if (sign_and_overflow(u, a, b, &x, &y)) return same ? ir_sle(u, y, x) : ir_slt(u, x, y);
    }
    return equal_const(u, same, a, b);
}

static ir_ref fold_below(struct ir_unit *u, enum ir_op op, ir_ref a, ir_ref b)
{
    bool or_equal = op == IR_OP_ule;
    enum ir_type t = type_of(u, a);
    if (a == b) return without(u, a, IR_b1, or_equal);
    if (or_equal) {
        if (is_k(u, a, 0)) return without(u, b, IR_b1, 1);
        if (is_ones(u, b)) return without(u, a, IR_b1, 1);
        if (is_k(u, b, 0)) return ir_eq(u, a, b);
        if (is_k(u, a, 1)) return ir_ne(u, b, ir_const(u, t, 0));
        return IR_NONE;
    }
    if (is_k(u, b, 0)) return without(u, a, IR_b1, 0);
    if (is_ones(u, a)) return without(u, b, IR_b1, 0);
    if (is_k(u, a, 0)) return ir_ne(u, b, a);
    if (is_k(u, b, 1)) return ir_eq(u, a, ir_const(u, t, 0));
    return IR_NONE;
}

static ir_ref fold_less(struct ir_unit *u, enum ir_op op, ir_ref a, ir_ref b)
{
    return a == b ? without(u, a, IR_b1, op == IR_OP_sle) : IR_NONE;
}

static ir_ref fold_not(struct ir_unit *u, ir_ref a)
{
    const struct ir_insn *d = def_of(u, a);
    if (!d) return IR_NONE;
    switch (d->op) {
    case IR_OP_not: return d->a;
    case IR_OP_eq: return ir_ne(u, d->a, d->b);
    case IR_OP_ne: return ir_eq(u, d->a, d->b);
    case IR_OP_ult: return ir_ule(u, d->b, d->a);
    case IR_OP_ule: return ir_ult(u, d->b, d->a);
    case IR_OP_slt: return ir_sle(u, d->b, d->a);
    case IR_OP_sle: return ir_slt(u, d->b, d->a);
    default: return IR_NONE;
    }
}

/* Both compare the same two values, in either order. */
static bool same_operands(const struct ir_insn *p, const struct ir_insn *q)
{
    return (p->a == q->a && p->b == q->b) || (p->a == q->b && p->b == q->a);
}

/* x <= y and x != y is x < y; x < y or x == y is x <= y. */
static ir_ref fold_compares(struct ir_unit *u, bool is_and, ir_ref a, ir_ref b)
{
    const struct ir_insn *p = def_of(u, a), *q = def_of(u, b);
    enum ir_op equality = is_and ? IR_OP_ne : IR_OP_eq;
    if (!p || !q) return IR_NONE;
    if (p->op != equality) {
        const struct ir_insn *swap = p;
        p = q;
        q = swap;
    }
    if (p->op != equality || !same_operands(p, q)) return IR_NONE;
    ir_ref x = q->a, y = q->b;
    if (is_and && q->op == IR_OP_ule) return ir_ult(u, x, y);
    if (is_and && q->op == IR_OP_sle) return ir_slt(u, x, y);
    if (!is_and && q->op == IR_OP_ult) return ir_ule(u, x, y);
    if (!is_and && q->op == IR_OP_slt) return ir_sle(u, x, y);
    return IR_NONE;
}

/* Carries and overflows with nothing added. */
static ir_ref fold_carry(struct ir_unit *u, enum ir_op op, ir_ref a, ir_ref b, ir_ref c)
{
    switch (op) {
    case IR_OP_add_c:
    case IR_OP_add_v:
    case IR_OP_sub_v: return is_k(u, b, 0) ? without(u, a, IR_b1, 0) : IR_NONE;
    case IR_OP_adc_c: return is_k(u, c, 0) ? ir_add_c(u, a, b) : IR_NONE;
    case IR_OP_adc_v: return is_k(u, c, 0) ? ir_add_v(u, a, b) : IR_NONE;
    case IR_OP_sbb_c: return is_k(u, c, 0) ? ir_ult(u, a, b) : IR_NONE;
    default: return is_k(u, c, 0) ? ir_sub_v(u, a, b) : IR_NONE;
    }
}

static ir_ref fold_select_bool(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref c)
{
    if (ir_is_const(a) || b == c) return IR_NONE; /* fold_select's */
    if (is_k(u, c, 0)) return ir_and(u, a, b);
    if (is_k(u, b, 1)) return ir_or(u, a, c);
    return IR_NONE;
}

ir_ref fold_bool(struct ir_unit *u, enum ir_op op, ir_ref a, ir_ref b, ir_ref c)
{
    ir_ref x, y;
    switch (op) {
    case IR_OP_eq: return fold_equal(u, true, a, b);
    case IR_OP_ne: return fold_equal(u, false, a, b);
    case IR_OP_ult:
    case IR_OP_ule: return fold_below(u, op, a, b);
    case IR_OP_slt:
    case IR_OP_sle: return fold_less(u, op, a, b);
    case IR_OP_not: return fold_not(u, a);
    case IR_OP_and: return fold_compares(u, true, a, b);
    case IR_OP_or: return fold_compares(u, false, a, b);
    case IR_OP_xor: return sign_and_overflow(u, a, b, &x, &y) ? ir_slt(u, x, y) : IR_NONE;
    case IR_OP_select: return fold_select_bool(u, a, b, c);
    case IR_OP_add_c:
    case IR_OP_add_v:
    case IR_OP_sub_v:
    case IR_OP_adc_c:
    case IR_OP_adc_v:
    case IR_OP_sbb_c:
    case IR_OP_sbb_v: return fold_carry(u, op, a, b, c);
    default: return IR_NONE;
    }
}
