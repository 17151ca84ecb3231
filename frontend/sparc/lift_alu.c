/* Integer arithmetic, logic, shifts and conditional moves (V9 A.2, A.31, A.37, A.49, A.56, A.59; A.33, A.34).
 * All work on 64 bits; icc follows from the low halves. */
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

#define PLAIN(name, expression)                                                                              \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_alu *a)                                   \
    {                                                                                                        \
        struct ir_unit *u = l->u;                                                                            \
        ir_ref x = src1(l, a), y = src2(l, a);                                                               \
        sparc_set_reg(l, a->rd, expression);                                                                 \
        return true;                                                                                         \
    }
#define LOGIC(name, expression)                                                                              \
    PLAIN(name, expression)                                                                                  \
    bool sparc_lift_##name##cc(struct lift *l, const struct sparc_args_alu *a)                               \
    {                                                                                                        \
        struct ir_unit *u = l->u;                                                                            \
        ir_ref x = src1(l, a), y = src2(l, a), r = expression;                                               \
        sparc_cc_logic(l, r);                                                                                \
        sparc_set_reg(l, a->rd, r);                                                                          \
        return true;                                                                                         \
    }

PLAIN(add, ir_add(u, x, y))
PLAIN(sub, ir_sub(u, x, y))
LOGIC(and, ir_and(u, x, y))
LOGIC(or, ir_or(u, x, y))
LOGIC(xor, ir_xor(u, x, y))
LOGIC(andn, ir_and(u, x, ir_not(u, y)))
LOGIC(orn, ir_or(u, x, ir_not(u, y)))
LOGIC(xnor, ir_xor(u, x, ir_not(u, y)))
PLAIN(addc, ir_adc(u, x, y, sparc_carry(l)))
PLAIN(subc, ir_sbb(u, x, y, sparc_carry(l)))

bool sparc_lift_addcc(struct lift *l, const struct sparc_args_alu *a)
{
    ir_ref b = src2(l, a), sum = ir_add(l->u, src1(l, a), b);
    sparc_cc_add(l, b, sum);
    sparc_set_reg(l, a->rd, sum);
    return true;
}

bool sparc_lift_subcc(struct lift *l, const struct sparc_args_alu *a)
{
    ir_ref x = src1(l, a), y = src2(l, a), r = ir_sub(l->u, x, y);
    sparc_cc_sub(l, x, y, r);
    sparc_set_reg(l, a->rd, r);
    return true;
}

static ir_ref low(struct lift *l, ir_ref v)
{
    return ir_trunc(l->u, IR_i32, v);
}

bool sparc_lift_addccc(struct lift *l, const struct sparc_args_alu *a)
{
    struct ir_unit *u = l->u;
    ir_ref x = src1(l, a), y = src2(l, a), c = sparc_carry(l), r = ir_adc(u, x, y, c);
    sparc_cc_bits(l, r, ir_adc_c(u, low(l, x), low(l, y), c), ir_adc_v(u, low(l, x), low(l, y), c),
                  ir_adc_c(u, x, y, c), ir_adc_v(u, x, y, c));
    sparc_set_reg(l, a->rd, r);
    return true;
}

bool sparc_lift_subccc(struct lift *l, const struct sparc_args_alu *a)
{
    struct ir_unit *u = l->u;
    ir_ref x = src1(l, a), y = src2(l, a), c = sparc_carry(l), r = ir_sbb(u, x, y, c);
    sparc_cc_bits(l, r, ir_sbb_c(u, low(l, x), low(l, y), c), ir_sbb_v(u, low(l, x), low(l, y), c),
                  ir_sbb_c(u, x, y, c), ir_sbb_v(u, x, y, c));
    sparc_set_reg(l, a->rd, r);
    return true;
}

/* --- tagged arithmetic (A.60): icc.V also if a tag, bits 1..0 of an operand, is not zero --- */

static ir_ref tagged(struct lift *l, ir_ref x, ir_ref y)
{
    struct ir_unit *u = l->u;
    ir_ref tags = ir_and(u, low(l, ir_or(u, x, y)), ir_i32(u, 3));
    return ir_ne(u, tags, ir_i32(u, 0));
}

static ir_ref tadd_v(struct lift *l, ir_ref x, ir_ref y)
{
    return ir_or(l->u, tagged(l, x, y), ir_add_v(l->u, low(l, x), low(l, y)));
}

static ir_ref tsub_v(struct lift *l, ir_ref x, ir_ref y)
{
    return ir_or(l->u, tagged(l, x, y), ir_sub_v(l->u, low(l, x), low(l, y)));
}

static bool finish_tadd(struct lift *l, u32 rd, ir_ref x, ir_ref y, ir_ref v)
{
    struct ir_unit *u = l->u;
    ir_ref r = ir_add(u, x, y);
    sparc_cc_bits(l, r, ir_add_c(u, low(l, x), low(l, y)), v, ir_add_c(u, x, y), ir_add_v(u, x, y));
    sparc_set_reg(l, rd, r);
    return true;
}

static bool finish_tsub(struct lift *l, u32 rd, ir_ref x, ir_ref y, ir_ref v)
{
    struct ir_unit *u = l->u;
    ir_ref r = ir_sub(u, x, y);
    sparc_cc_bits(l, r, ir_ult(u, low(l, x), low(l, y)), v, ir_ult(u, x, y), ir_sub_v(u, x, y));
    sparc_set_reg(l, rd, r);
    return true;
}

bool sparc_lift_taddcc(struct lift *l, const struct sparc_args_alu *a)
{
    ir_ref x = src1(l, a), y = src2(l, a);
    return finish_tadd(l, a->rd, x, y, tadd_v(l, x, y));
}

bool sparc_lift_tsubcc(struct lift *l, const struct sparc_args_alu *a)
{
    ir_ref x = src1(l, a), y = src2(l, a);
    return finish_tsub(l, a->rd, x, y, tsub_v(l, x, y));
}

bool sparc_lift_taddcctv(struct lift *l, const struct sparc_args_alu *a)
{
    ir_ref x = src1(l, a), y = src2(l, a);
    sparc_trap_if(l, tadd_v(l, x, y), SPARC_TRAP_TAG, ir_i64(l->u, 0));
    return finish_tadd(l, a->rd, x, y, ir_b1(l->u, false));
}

bool sparc_lift_tsubcctv(struct lift *l, const struct sparc_args_alu *a)
{
    ir_ref x = src1(l, a), y = src2(l, a);
    sparc_trap_if(l, tsub_v(l, x, y), SPARC_TRAP_TAG, ir_i64(l->u, 0));
    return finish_tsub(l, a->rd, x, y, ir_b1(l->u, false));
}

/* --- shifts --- */

/* The amount as a value of type t: 5 bits, 6 in the 64-bit form. */
static ir_ref amount(struct lift *l, const struct sparc_args_shift *a, enum ir_type t)
{
    struct ir_unit *u = l->u;
    u32 mask = a->x ? 63 : 31;
    if (a->i) return ir_const(u, t, a->imm & mask);
    ir_ref n = sparc_reg(l, a->rs2);
    if (t == IR_i32) n = ir_trunc(u, IR_i32, n);
    return ir_and(u, n, ir_const(u, t, mask));
}

bool sparc_lift_sll(struct lift *l, const struct sparc_args_shift *a)
{
    sparc_set_reg(l, a->rd, ir_shl(l->u, sparc_reg(l, a->rs1), amount(l, a, IR_i64)));
    return true;
}

bool sparc_lift_srl(struct lift *l, const struct sparc_args_shift *a)
{
    if (a->x)
        sparc_set_reg(l, a->rd, ir_shr(l->u, sparc_reg(l, a->rs1), amount(l, a, IR_i64)));
    else
        sparc_set_reg32(l, a->rd, ir_shr(l->u, sparc_reg32(l, a->rs1), amount(l, a, IR_i32)));
    return true;
}

bool sparc_lift_sra(struct lift *l, const struct sparc_args_shift *a)
{
    struct ir_unit *u = l->u;
    if (a->x)
        sparc_set_reg(l, a->rd, ir_sar(u, sparc_reg(l, a->rs1), amount(l, a, IR_i64)));
    else
        sparc_set_reg(l, a->rd, ir_sext(u, IR_i64, ir_sar(u, sparc_reg32(l, a->rs1), amount(l, a, IR_i32))));
    return true;
}

bool sparc_lift_sethi(struct lift *l, const struct sparc_args_sethi *a)
{
    sparc_set_reg(l, a->rd, ir_i64(l->u, (u64)a->imm << 10));
    return true;
}

bool sparc_lift_popc(struct lift *l, const struct sparc_args_alu *a)
{
    sparc_set_reg(l, a->rd, ir_popcnt(l->u, src2(l, a)));
    return true;
}

/* --- conditional moves --- */

static bool move_if(struct lift *l, ir_ref cond, u32 rd, ir_ref v)
{
    if (rd) sparc_set_reg(l, rd, ir_select(l->u, cond, v, sparc_reg(l, rd)));
    return true;
}

bool sparc_lift_movcc(struct lift *l, const struct sparc_args_movcc *a)
{
    return move_if(l, sparc_cond(l, a->cc, a->cond), a->rd, sparc_op2(l, a->i, a->rs2, a->imm));
}

bool sparc_lift_movfcc(struct lift *l, const struct sparc_args_movcc *a)
{
    return move_if(l, sparc_fcond(l, a->cc, a->cond), a->rd, sparc_op2(l, a->i, a->rs2, a->imm));
}

bool sparc_lift_movr(struct lift *l, const struct sparc_args_movr *a)
{
    return move_if(l, sparc_rcond(l, a->rs1, a->cond), a->rd, sparc_op2(l, a->i, a->rs2, a->imm));
}
