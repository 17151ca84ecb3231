/* Multiplication and division (V9 A.11, A.36, A.38, A.39; V8 B.17 to B.19): the 32-bit forms with %y, the
 * step, the 64-bit forms. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

static ir_ref src1(struct lift *l, const struct sparc_args_alu *a)
{
    return sparc_reg(l, a->rs1);
}
static ir_ref src2(struct lift *l, const struct sparc_args_alu *a)
{
    return sparc_op2(l, a->i, a->rs2, a->imm);
}
static ir_ref low(struct lift *l, ir_ref v)
{
    return ir_trunc(l->u, IR_i32, v);
}

static ir_ref get_y(struct lift *l)
{
    return ir_get(l->u, IR_i32, SPARC_OFF(y));
}
static void put_y(struct lift *l, ir_ref v)
{
    ir_put(l->u, SPARC_OFF(y), v);
}

/* --- multiplication --- */

static bool multiply(struct lift *l, const struct sparc_args_alu *a, bool sign, bool cc)
{
    struct ir_unit *u = l->u;
    ir_ref x = low(l, src1(l, a)), y = low(l, src2(l, a));
    x = sign ? ir_sext(u, IR_i64, x) : ir_zext(u, IR_i64, x);
    y = sign ? ir_sext(u, IR_i64, y) : ir_zext(u, IR_i64, y);
    ir_ref r = ir_mul(u, x, y);
    put_y(l, low(l, ir_shr(u, r, ir_i64(u, 32))));
    if (cc) sparc_cc_logic(l, r);
    sparc_set_reg(l, a->rd, r);
    return true;
}

bool sparc_lift_umul(struct lift *l, const struct sparc_args_alu *a)
{
    return multiply(l, a, false, false);
}
bool sparc_lift_smul(struct lift *l, const struct sparc_args_alu *a)
{
    return multiply(l, a, true, false);
}
bool sparc_lift_umulcc(struct lift *l, const struct sparc_args_alu *a)
{
    return multiply(l, a, false, true);
}
bool sparc_lift_smulcc(struct lift *l, const struct sparc_args_alu *a)
{
    return multiply(l, a, true, true);
}

bool sparc_lift_mulx(struct lift *l, const struct sparc_args_alu *a)
{
    sparc_set_reg(l, a->rd, ir_mul(l->u, src1(l, a), src2(l, a)));
    return true;
}

/* A step of multiplication (A.39): adds the multiplicand if %y's low bit is set to the partial product
 * shifted right, with N xor V shifted in; %y shifts right and takes the product's low bit. */
bool sparc_lift_mulscc(struct lift *l, const struct sparc_args_alu *a)
{
    struct ir_unit *u = l->u;
    ir_ref y = get_y(l), x = low(l, src1(l, a)), m = ir_zext(u, IR_i64, low(l, src2(l, a)));
    ir_ref in = ir_zext(u, IR_i32, sparc_cond(l, 4, 3)); /* "less" is N xor V */
    ir_ref part = ir_or(u, ir_shl(u, in, ir_i32(u, 31)), ir_shr(u, x, ir_i32(u, 1)));
    ir_ref b = ir_select(u, ir_trunc(u, IR_b1, y), m, ir_i64(u, 0));
    ir_ref sum = ir_add(u, ir_zext(u, IR_i64, part), b);
    put_y(l, ir_or(u, ir_shl(u, x, ir_i32(u, 31)), ir_shr(u, y, ir_i32(u, 1))));
    sparc_cc_add(l, b, sum);
    sparc_set_reg(l, a->rd, sum);
    return true;
}

/* --- division --- */

static void trap_if_zero(struct lift *l, ir_ref v)
{
    ir_ref zero = ir_const(l->u, ir_type_of(l->u, v), 0);
    sparc_trap_if(l, ir_eq(l->u, v, zero), SPARC_TRAP_DIV0, ir_i64(l->u, 0));
}

static ir_ref dividend(struct lift *l, const struct sparc_args_alu *a)
{
    return ir_pair(l->u, low(l, src1(l, a)), get_y(l));
}

/* The quotient's C and V of xcc are clear; icc.V says that the quotient overflowed. */
static void cc_quotient(struct lift *l, ir_ref r, ir_ref overflow)
{
    ir_ref no = ir_b1(l->u, false);
    sparc_cc_bits(l, r, no, overflow, no, no);
}

static bool divide_unsigned(struct lift *l, const struct sparc_args_alu *a, bool cc)
{
    struct ir_unit *u = l->u;
    trap_if_zero(l, low(l, src2(l, a)));
    ir_ref q = ir_divu(u, dividend(l, a), ir_zext(u, IR_i64, low(l, src2(l, a))));
    ir_ref max = ir_i64(u, 0xffffffff), over = ir_ult(u, max, q), r = ir_select(u, over, max, q);
    if (cc) cc_quotient(l, r, over);
    sparc_set_reg(l, a->rd, r);
    return true;
}

/* Overflow gives the largest or the smallest number, sign-extended. The most negative dividend by -1
 * overflows 64 bits too: its quotient is positive. */
static bool divide_signed(struct lift *l, const struct sparc_args_alu *a, bool cc)
{
    struct ir_unit *u = l->u;
    trap_if_zero(l, low(l, src2(l, a)));
    ir_ref n = dividend(l, a), d = ir_sext(u, IR_i64, low(l, src2(l, a))), q = ir_divs(u, n, d);
    ir_ref over = ir_ne(u, q, ir_sext(u, IR_i64, low(l, q)));
    ir_ref negative = ir_slt(u, ir_xor(u, n, d), ir_i64(u, 0));
    ir_ref limit = ir_select(u, negative, ir_i64(u, 0xffffffff80000000), ir_i64(u, 0x7fffffff));
    ir_ref r = ir_select(u, over, limit, q);
    if (cc) cc_quotient(l, r, over);
    sparc_set_reg(l, a->rd, r);
    return true;
}

bool sparc_lift_udiv(struct lift *l, const struct sparc_args_alu *a)
{
    return divide_unsigned(l, a, false);
}
bool sparc_lift_udivcc(struct lift *l, const struct sparc_args_alu *a)
{
    return divide_unsigned(l, a, true);
}
bool sparc_lift_sdiv(struct lift *l, const struct sparc_args_alu *a)
{
    return divide_signed(l, a, false);
}
bool sparc_lift_sdivcc(struct lift *l, const struct sparc_args_alu *a)
{
    return divide_signed(l, a, true);
}

bool sparc_lift_udivx(struct lift *l, const struct sparc_args_alu *a)
{
    trap_if_zero(l, src2(l, a));
    sparc_set_reg(l, a->rd, ir_divu(l->u, src1(l, a), src2(l, a)));
    return true;
}

bool sparc_lift_sdivx(struct lift *l, const struct sparc_args_alu *a)
{
    trap_if_zero(l, src2(l, a));
    sparc_set_reg(l, a->rd, ir_divs(l->u, src1(l, a), src2(l, a)));
    return true;
}
