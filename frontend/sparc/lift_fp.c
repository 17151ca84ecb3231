/* Floating-point arithmetic, conversions and comparisons (V9 A.12 to A.18; V8 B.33, N). Quads are computed
 * here, where hardware traps and the kernel computes. Rounding is the current mode's but for conversions to
 * integers, which truncate. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

static ir_ref op1(struct lift *l, enum ir_op op, ir_ref a)
{
    return ir_fp(l->u, op, ir_type_of(l->u, a), 0, a, IR_NONE, IR_NONE);
}
static ir_ref op2(struct lift *l, enum ir_op op, ir_ref a, ir_ref b)
{
    return ir_fp(l->u, op, ir_type_of(l->u, a), 0, a, b, IR_NONE);
}
static ir_ref convert(struct lift *l, enum ir_type t, ir_ref a)
{
    return ir_fp(l->u, IR_OP_fcvt, t, 0, a, IR_NONE, IR_NONE);
}
static ir_ref from_int(struct lift *l, enum ir_type t, ir_ref a)
{
    return ir_fp(l->u, IR_OP_s2f, t, 0, a, IR_NONE, IR_NONE);
}
static ir_ref to_int(struct lift *l, enum ir_type t, ir_ref a)
{
    return ir_fp(l->u, IR_OP_f2s, t, IR_RM_RTZ, a, IR_NONE, IR_NONE);
}

/* --- arithmetic --- */

#define ARITH(name, op)                                                                                      \
    bool sparc_lift_##name##s(struct lift *l, const struct sparc_args_fp2 *a)                                \
    {                                                                                                        \
        sparc_fp_begin(l);                                                                                   \
        ir_ref r = op2(l, op, sparc_fs(l, a->rs1), sparc_fs(l, a->rs2));                                     \
        sparc_fp_end(l);                                                                                     \
        sparc_set_fs(l, a->rd, r);                                                                           \
        return true;                                                                                         \
    }                                                                                                        \
    bool sparc_lift_##name##d(struct lift *l, const struct sparc_args_fp2 *a)                                \
    {                                                                                                        \
        sparc_fp_begin(l);                                                                                   \
        ir_ref r = op2(l, op, sparc_fd(l, a->rs1), sparc_fd(l, a->rs2));                                     \
        sparc_fp_end(l);                                                                                     \
        sparc_set_fd(l, a->rd, r);                                                                           \
        return true;                                                                                         \
    }                                                                                                        \
    bool sparc_lift_##name##q(struct lift *l, const struct sparc_args_fp2 *a)                                \
    {                                                                                                        \
        if (sparc_bad_quad(a->rs1) || sparc_bad_quad(a->rs2) || sparc_bad_quad(a->rd)) return false;         \
        sparc_fp_begin(l);                                                                                   \
        ir_ref r = op2(l, op, sparc_fq(l, a->rs1), sparc_fq(l, a->rs2));                                     \
        sparc_fp_end(l);                                                                                     \
        sparc_set_fq(l, a->rd, r);                                                                           \
        return true;                                                                                         \
    }
ARITH(fadd, IR_OP_fadd)
ARITH(fsub, IR_OP_fsub)
ARITH(fmul, IR_OP_fmul)
ARITH(fdiv, IR_OP_fdiv)

bool sparc_lift_fsqrts(struct lift *l, const struct sparc_args_fp1 *a)
{
    sparc_fp_begin(l);
    ir_ref r = op1(l, IR_OP_fsqrt, sparc_fs(l, a->rs2));
    sparc_fp_end(l);
    sparc_set_fs(l, a->rd, r);
    return true;
}

bool sparc_lift_fsqrtd(struct lift *l, const struct sparc_args_fp1 *a)
{
    sparc_fp_begin(l);
    ir_ref r = op1(l, IR_OP_fsqrt, sparc_fd(l, a->rs2));
    sparc_fp_end(l);
    sparc_set_fd(l, a->rd, r);
    return true;
}

bool sparc_lift_fsqrtq(struct lift *l, const struct sparc_args_fp1 *a)
{
    if (sparc_bad_quad(a->rs2) || sparc_bad_quad(a->rd)) return false;
    sparc_fp_begin(l);
    ir_ref r = op1(l, IR_OP_fsqrt, sparc_fq(l, a->rs2));
    sparc_fp_end(l);
    sparc_set_fq(l, a->rd, r);
    return true;
}

/* Products that are exact but for the range of NaNs: the operands are widened first. */
bool sparc_lift_fsmuld(struct lift *l, const struct sparc_args_fp2 *a)
{
    sparc_fp_begin(l);
    ir_ref x = convert(l, IR_f64, sparc_fs(l, a->rs1)), y = convert(l, IR_f64, sparc_fs(l, a->rs2));
    ir_ref r = op2(l, IR_OP_fmul, x, y);
    sparc_fp_end(l);
    sparc_set_fd(l, a->rd, r);
    return true;
}

bool sparc_lift_fdmulq(struct lift *l, const struct sparc_args_fp2 *a)
{
    if (sparc_bad_quad(a->rd)) return false;
    sparc_fp_begin(l);
    ir_ref x = convert(l, IR_f128, sparc_fd(l, a->rs1)), y = convert(l, IR_f128, sparc_fd(l, a->rs2));
    ir_ref r = op2(l, IR_OP_fmul, x, y);
    sparc_fp_end(l);
    sparc_set_fq(l, a->rd, r);
    return true;
}

/* --- conversions: the register kinds of source and destination, and the operation between --- */

#define CONVERT(name, bad, set, expression)                                                                  \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_fp1 *a)                                   \
    {                                                                                                        \
        if (bad) return false;                                                                               \
        sparc_fp_begin(l);                                                                                   \
        ir_ref r = expression;                                                                               \
        sparc_fp_end(l);                                                                                     \
        set(l, a->rd, r);                                                                                    \
        return true;                                                                                         \
    }
CONVERT(fstoi, false, sparc_set_fs_bits, to_int(l, IR_i32, sparc_fs(l, a->rs2)))
CONVERT(fdtoi, false, sparc_set_fs_bits, to_int(l, IR_i32, sparc_fd(l, a->rs2)))
CONVERT(fqtoi, sparc_bad_quad(a->rs2), sparc_set_fs_bits, to_int(l, IR_i32, sparc_fq(l, a->rs2)))
CONVERT(fstox, false, sparc_set_fd_bits, to_int(l, IR_i64, sparc_fs(l, a->rs2)))
CONVERT(fdtox, false, sparc_set_fd_bits, to_int(l, IR_i64, sparc_fd(l, a->rs2)))
CONVERT(fqtox, sparc_bad_quad(a->rs2), sparc_set_fd_bits, to_int(l, IR_i64, sparc_fq(l, a->rs2)))
CONVERT(fitos, false, sparc_set_fs, from_int(l, IR_f32, sparc_fs_bits(l, a->rs2)))
CONVERT(fitod, false, sparc_set_fd, from_int(l, IR_f64, sparc_fs_bits(l, a->rs2)))
CONVERT(fitoq, sparc_bad_quad(a->rd), sparc_set_fq, from_int(l, IR_f128, sparc_fs_bits(l, a->rs2)))
CONVERT(fxtos, false, sparc_set_fs, from_int(l, IR_f32, sparc_fd_bits(l, a->rs2)))
CONVERT(fxtod, false, sparc_set_fd, from_int(l, IR_f64, sparc_fd_bits(l, a->rs2)))
CONVERT(fxtoq, sparc_bad_quad(a->rd), sparc_set_fq, from_int(l, IR_f128, sparc_fd_bits(l, a->rs2)))
CONVERT(fstod, false, sparc_set_fd, convert(l, IR_f64, sparc_fs(l, a->rs2)))
CONVERT(fdtos, false, sparc_set_fs, convert(l, IR_f32, sparc_fd(l, a->rs2)))
CONVERT(fstoq, sparc_bad_quad(a->rd), sparc_set_fq, convert(l, IR_f128, sparc_fs(l, a->rs2)))
CONVERT(fdtoq, sparc_bad_quad(a->rd), sparc_set_fq, convert(l, IR_f128, sparc_fd(l, a->rs2)))
CONVERT(fqtos, sparc_bad_quad(a->rs2), sparc_set_fs, convert(l, IR_f32, sparc_fq(l, a->rs2)))
CONVERT(fqtod, sparc_bad_quad(a->rs2), sparc_set_fd, convert(l, IR_f64, sparc_fq(l, a->rs2)))

/* --- comparisons; the E forms raise invalid for quiet NaNs too --- */

#define COMPARE(name, bad, get, signaling)                                                                   \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_fp2 *a)                                   \
    {                                                                                                        \
        if (bad) return false;                                                                               \
        sparc_fp_begin(l);                                                                                   \
        ir_ref r = ir_fcmp(l->u, get(l, a->rs1), get(l, a->rs2), signaling);                                 \
        sparc_fp_end(l);                                                                                     \
        ir_put(l->u, SPARC_OFF(fcc0) + a->rd, r);                                                            \
        return true;                                                                                         \
    }
COMPARE(fcmps, false, sparc_fs, false)
COMPARE(fcmpd, false, sparc_fd, false)
COMPARE(fcmpq, sparc_bad_quad(a->rs1) || sparc_bad_quad(a->rs2), sparc_fq, false)
COMPARE(fcmpes, false, sparc_fs, true)
COMPARE(fcmped, false, sparc_fd, true)
COMPARE(fcmpeq, sparc_bad_quad(a->rs1) || sparc_bad_quad(a->rs2), sparc_fq, true)
