/* Registers, keys and traps in IR: what every SPARC lifter builds on. Integer registers are 64 bits wide;
 * globals are slots of the state block, the others stand relative to the window base. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

static s32 window_offset(u32 n)
{
    return 8 * (s32)n - 128;
}

ir_ref sparc_reg(struct lift *l, u32 n)
{
    if (n == 0) return ir_i64(l->u, 0);
    if (n < 8) return ir_get(l->u, IR_i64, SPARC_OFF(g1) + 8 * (n - 1));
    return ir_getw(l->u, IR_i64, window_offset(n));
}

ir_ref sparc_reg32(struct lift *l, u32 n)
{
    return ir_trunc(l->u, IR_i32, sparc_reg(l, n));
}

void sparc_set_reg(struct lift *l, u32 n, ir_ref v)
{
    if (n == 0) return;
    if (n < 8)
        ir_put(l->u, SPARC_OFF(g1) + 8 * (n - 1), v);
    else
        ir_putw(l->u, window_offset(n), v);
}

void sparc_set_reg32(struct lift *l, u32 n, ir_ref v)
{
    sparc_set_reg(l, n, ir_zext(l->u, IR_i64, v));
}

ir_ref sparc_op2(struct lift *l, u32 i, u32 rs2, s32 imm)
{
    return i ? ir_i64(l->u, (u64)(s64)imm) : sparc_reg(l, rs2);
}

ir_ref sparc_address(struct lift *l, u32 rs1, u32 i, u32 rs2, s32 imm)
{
    ir_ref b = i ? ir_i32(l->u, (u32)imm) : sparc_reg32(l, rs2);
    return ir_add(l->u, sparc_reg32(l, rs1), b);
}

ir_ref sparc_key_of(struct lift *l, ir_ref addr)
{
    u64 mode = sparc_unit(l)->mode;
    ir_ref key = ir_zext(l->u, IR_i64, addr);
    return mode ? ir_or(l->u, key, ir_i64(l->u, mode)) : key;
}

void sparc_trap_if(struct lift *l, ir_ref cond, u32 trap, ir_ref detail)
{
    struct ir_unit *u = l->u;
    u32 raise = ir_block(u), on = ir_block(u);
    ir_brc(u, cond, raise, on);
    ir_place(u, raise);
    ir_exit_trap(u, trap, detail);
    ir_place(u, on);
}

/* --- floating-point registers --- */

/* %f n, 0..31: the even one of a pair is the upper half. */
static u32 single_offset(u32 n)
{
    return SPARC_OFF(d0) + 8 * (n >> 1) + (n & 1 ? 0 : 4);
}
static u32 double_offset(u32 n)
{
    return SPARC_OFF(d0) + 4 * n;
}

ir_ref sparc_fs(struct lift *l, u32 field)
{
    return ir_get(l->u, IR_f32, single_offset(field));
}
ir_ref sparc_fd(struct lift *l, u32 field)
{
    return ir_get(l->u, IR_f64, double_offset(sparc_dnum(field)));
}
void sparc_set_fs(struct lift *l, u32 field, ir_ref v)
{
    ir_put(l->u, single_offset(field), v);
}
void sparc_set_fd(struct lift *l, u32 field, ir_ref v)
{
    ir_put(l->u, double_offset(sparc_dnum(field)), v);
}

/* The double with the lower number holds the upper half of a quad. */
ir_ref sparc_fq(struct lift *l, u32 field)
{
    struct ir_unit *u = l->u;
    u32 at = double_offset(sparc_dnum(field));
    ir_ref high = ir_get(u, IR_i64, at), low = ir_get(u, IR_i64, at + 8);
    return ir_bits(u, IR_f128, ir_pair(u, low, high));
}

void sparc_set_fq(struct lift *l, u32 field, ir_ref v)
{
    struct ir_unit *u = l->u;
    u32 at = double_offset(sparc_dnum(field));
    ir_ref n = ir_bits(u, IR_i128, v);
    ir_put(u, at, ir_trunc(u, IR_i64, ir_shr(u, n, ir_const(u, IR_i128, 64))));
    ir_put(u, at + 8, ir_trunc(u, IR_i64, n));
}

ir_ref sparc_fs_bits(struct lift *l, u32 field)
{
    return ir_bits(l->u, IR_i32, sparc_fs(l, field));
}
ir_ref sparc_fd_bits(struct lift *l, u32 field)
{
    return ir_bits(l->u, IR_i64, sparc_fd(l, field));
}
void sparc_set_fs_bits(struct lift *l, u32 field, ir_ref v)
{
    sparc_set_fs(l, field, ir_bits(l->u, IR_f32, v));
}
void sparc_set_fd_bits(struct lift *l, u32 field, ir_ref v)
{
    sparc_set_fd(l, field, ir_bits(l->u, IR_f64, v));
}

/* RD and irnd: 0 nearest, 1 zero, 2 up, 3 down; the IR numbers them in the same order from 1. */
void sparc_fp_round(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref gsr = ir_get(u, IR_i32, SPARC_OFF(gsr)), fsr = ir_get(u, IR_i32, SPARC_OFF(fsr));
    ir_ref im = ir_ne(u, ir_and(u, gsr, ir_i32(u, SPARC_GSR_IM)), ir_i32(u, 0));
    ir_ref irnd = ir_and(u, ir_shr(u, gsr, ir_i32(u, SPARC_GSR_IRND_SHIFT)), ir_i32(u, 3));
    ir_ref rd = ir_shr(u, fsr, ir_i32(u, SPARC_FSR_RD_SHIFT));
    ir_fprm(u, ir_add(u, ir_select(u, im, irnd, rd), ir_i32(u, IR_RM_RNE)));
}

/* --- fields of the tables (v9.isa) --- */

/* The bit that chooses between %icc and %xcc where %fcc cannot stand. */
u32 sparc_map_icc(u32 xcc)
{
    return 4 + 2 * xcc;
}
