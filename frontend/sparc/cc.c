/* The condition codes, set lazily: an instruction stores the operands they follow from (cpu.def says how),
 * and within a unit a condition becomes one comparison of them. V9 5.2.1 (CCR), A.7 (the conditions). */
#include "frontend/sparc/sparc.h"

static void known(struct lift *l, u8 kind, ir_ref a, ir_ref b, ir_ref r)
{
    struct sparc_unit *s = sparc_unit(l);
    s->cc_kind = kind;
    s->cc_set = 1;
    s->mode &= ~SPARC_KEY_CCR;
    ir_put(l->u, SPARC_OFF(ca), s->ca = a);
    ir_put(l->u, SPARC_OFF(cb), s->cb = b);
    ir_put(l->u, SPARC_OFF(cr), s->cr = r);
}

void sparc_cc_sub(struct lift *l, ir_ref a, ir_ref b, ir_ref result)
{
    known(l, SPARC_CC_SUB, a, b, result);
}

/* a + b = sum has the carry and the overflow of sum - b. */
void sparc_cc_add(struct lift *l, ir_ref b, ir_ref sum)
{
    known(l, SPARC_CC_ADD, sum, b, sum);
}

/* The codes of result - 0. */
void sparc_cc_logic(struct lift *l, ir_ref result)
{
    known(l, SPARC_CC_SUB, result, ir_i64(l->u, 0), result);
}

/* Operands whose difference has the borrow c and the overflow v, in words of 32 bits; `even` for upper words
 * keeps the two apart whatever the lower ones borrow. c v: 00 even-0, 10 0-1, 01 min-1, 11 max-min. */
static ir_ref minuend(struct lift *l, ir_ref c, ir_ref v, u32 even)
{
    struct ir_unit *u = l->u;
    ir_ref over = ir_select(u, c, ir_i32(u, 0x7fffffff), ir_i32(u, 0x80000000));
    return ir_select(u, v, over, ir_select(u, c, ir_i32(u, 0), ir_i32(u, even)));
}

static ir_ref subtrahend(struct lift *l, ir_ref c, ir_ref v)
{
    struct ir_unit *u = l->u;
    ir_ref over = ir_select(u, c, ir_i32(u, 0x80000000), ir_i32(u, 1));
    return ir_select(u, v, over, ir_zext(u, IR_i32, c));
}

void sparc_cc_bits(struct lift *l, ir_ref result, ir_ref c32, ir_ref v32, ir_ref c64, ir_ref v64)
{
    struct ir_unit *u = l->u;
    ir_ref a = ir_pair(u, minuend(l, c32, v32, 0), minuend(l, c64, v64, 1));
    ir_ref b = ir_pair(u, subtrahend(l, c32, v32), subtrahend(l, c64, v64));
    known(l, SPARC_CC_SLOTS, a, b, result);
}

/* --- reading them --- */

static bool in_ccr(struct lift *l)
{
    return (sparc_unit(l)->mode & SPARC_KEY_CCR) != 0;
}

/* Bit `bit` of the chosen half of slot ccr. */
static ir_ref ccr_bit(struct lift *l, bool xcc, u32 bit)
{
    ir_ref v = ir_get(l->u, IR_i8, SPARC_OFF(ccr)), mask = ir_const(l->u, IR_i8, xcc ? bit << 4 : bit);
    return ir_ne(l->u, ir_and(l->u, v, mask), ir_const(l->u, IR_i8, 0));
}

static ir_ref part(struct lift *l, ir_ref v, bool xcc)
{
    return xcc ? v : ir_trunc(l->u, IR_i32, v);
}

static ir_ref operand(struct lift *l, ir_ref known_ref, u32 offset, bool xcc)
{
    return part(l, known_ref != IR_NONE ? known_ref : ir_get(l->u, IR_i64, offset), xcc);
}
static ir_ref op_a(struct lift *l, bool xcc)
{
    return operand(l, sparc_unit(l)->ca, SPARC_OFF(ca), xcc);
}
static ir_ref op_b(struct lift *l, bool xcc)
{
    return operand(l, sparc_unit(l)->cb, SPARC_OFF(cb), xcc);
}
static ir_ref op_r(struct lift *l, bool xcc)
{
    return operand(l, sparc_unit(l)->cr, SPARC_OFF(cr), xcc);
}

static ir_ref zero_of(struct lift *l, bool xcc)
{
    return ir_const(l->u, xcc ? IR_i64 : IR_i32, 0);
}

static ir_ref flag(struct lift *l, bool xcc, u32 bit)
{
    struct ir_unit *u = l->u;
    if (in_ccr(l)) return ccr_bit(l, xcc, bit);
    switch (bit) {
    case SPARC_CC_N: return ir_slt(u, op_r(l, xcc), zero_of(l, xcc));
    case SPARC_CC_Z: return ir_eq(u, op_r(l, xcc), zero_of(l, xcc));
    case SPARC_CC_V: return ir_sub_v(u, op_a(l, xcc), op_b(l, xcc));
    default: return ir_ult(u, op_a(l, xcc), op_b(l, xcc));
    }
}

ir_ref sparc_carry(struct lift *l)
{
    return flag(l, false, SPARC_CC_C);
}

static ir_ref less(struct lift *l, bool xcc)
{
    return ir_xor(l->u, flag(l, xcc, SPARC_CC_N), flag(l, xcc, SPARC_CC_V));
}

/* Conditions 0 to 7: never, e, le, l, leu, cs, neg, vs. */
static ir_ref from_flags(struct lift *l, bool xcc, u32 cond)
{
    struct ir_unit *u = l->u;
    switch (cond) {
    case 0: return ir_b1(u, false);
    case 1: return flag(l, xcc, SPARC_CC_Z);
    case 2: return ir_or(u, flag(l, xcc, SPARC_CC_Z), less(l, xcc));
    case 3: return less(l, xcc);
    case 4: return ir_or(u, flag(l, xcc, SPARC_CC_C), flag(l, xcc, SPARC_CC_Z));
    case 5: return flag(l, xcc, SPARC_CC_C);
    case 6: return flag(l, xcc, SPARC_CC_N);
    default: return flag(l, xcc, SPARC_CC_V);
    }
}

/* The same after a subtraction in this unit. */
static ir_ref from_sub(struct lift *l, bool xcc, u32 cond)
{
    struct ir_unit *u = l->u;
    switch (cond) {
    case 1: return ir_eq(u, op_a(l, xcc), op_b(l, xcc));
    case 2: return ir_sle(u, op_a(l, xcc), op_b(l, xcc));
    case 3: return ir_slt(u, op_a(l, xcc), op_b(l, xcc));
    case 4: return ir_ule(u, op_a(l, xcc), op_b(l, xcc));
    default: return from_flags(l, xcc, cond);
    }
}

ir_ref sparc_cond(struct lift *l, u32 cc, u32 cond)
{
    bool xcc = cc & 2;
    u32 kind = in_ccr(l) ? SPARC_CC_SLOTS : sparc_unit(l)->cc_kind;
    ir_ref c = kind == SPARC_CC_SUB ? from_sub(l, xcc, cond & 7) : from_flags(l, xcc, cond & 7);
    return cond & 8 ? ir_not(l->u, c) : c;
}

ir_ref sparc_get_ccr(struct lift *l)
{
    struct ir_unit *u = l->u;
    if (in_ccr(l)) return ir_zext(u, IR_i64, ir_get(u, IR_i8, SPARC_OFF(ccr)));
    ir_ref v = ir_i64(u, 0);
    for (u32 n = 0; n < 8; n++) {
        ir_ref bit = ir_zext(u, IR_i64, flag(l, n >= 4, 1u << (n & 3)));
        v = ir_or(u, v, ir_shl(u, bit, ir_i64(u, n)));
    }
    return v;
}

void sparc_put_ccr(struct lift *l, ir_ref v)
{
    sparc_unit(l)->mode |= SPARC_KEY_CCR;
    ir_put(l->u, SPARC_OFF(ccr), v);
}

/* --- floating-point conditions (V9 A.5) and register conditions (A.3) --- */

/* By condition 0..7, the set of relations that satisfy it, as bits 1 << relation (E 1, L 2, G 4, U 8):
 * never, ne, lg, ul, l, ug, g, u. The others are complements. */
static const u8 relations[8] = {0, 14, 6, 10, 2, 12, 4, 8};

ir_ref sparc_fcond(struct lift *l, u32 cc, u32 cond)
{
    struct ir_unit *u = l->u;
    u32 set = relations[cond & 7];
    if (cond & 8) set ^= 15;
    if (set == 0 || set == 15) return ir_b1(u, set != 0);
    ir_ref rel = ir_get(u, IR_i8, SPARC_OFF(fcc0) + cc);
    u32 small = __builtin_popcount(set) > 2 ? set ^ 15 : set;
    ir_ref c = IR_NONE;
    for (u32 r = 0; r < 4; r++) {
        if (!(small >> r & 1)) continue;
        ir_ref is = ir_eq(u, rel, ir_const(u, IR_i8, r));
        c = c == IR_NONE ? is : ir_or(u, c, is);
    }
    return small == set ? c : ir_not(u, c);
}

ir_ref sparc_rcond(struct lift *l, u32 rs1, u32 cond)
{
    struct ir_unit *u = l->u;
    ir_ref v = sparc_reg(l, rs1), zero = ir_i64(u, 0);
    switch (cond) {
    case 1: return ir_eq(u, v, zero);
    case 2: return ir_sle(u, v, zero);
    case 3: return ir_slt(u, v, zero);
    case 5: return ir_ne(u, v, zero);
    case 6: return ir_slt(u, zero, v);
    default: return ir_sle(u, zero, v);
    }
}
