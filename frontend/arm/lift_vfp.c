/* VFP arithmetic, comparison and moves between its registers (A7.5). Short vectors: with FPSCR.LEN set an
 * operation repeats over registers of a bank (the manual's appendix on VFP vector operation); length and
 * stride are modes of the key, so scalar code knows nothing of it. A NaN's sign is flipped by negation, as
 * everywhere in ARM. */
#include "arm_isa.h"
#include "frontend/arm/vfp.h"

static u32 vector_length(const struct lift *l)
{
    return (u32)(l->key >> ARM_LEN_SHIFT & 7) + 1;
}
static u32 vector_stride(const struct lift *l)
{
    return (l->key >> ARM_STRIDE_SHIFT & 3) ? 2 : 1;
}

/* Registers of bank 0 hold scalars: s0 to s7, d0 to d3, d16 to d19. */
static bool scalar_bank(u32 sz, u32 n)
{
    return sz ? (n & 15) < 4 : n < 8;
}

/* The next register of a vector: within its bank of 8 singles or 4 doubles. */
static u32 step(u32 sz, u32 n, u32 stride)
{
    u32 in_bank = sz ? 3 : 7;
    return (n & ~in_bank) | ((n + stride) & in_bank);
}

/* The registers of an operation over its elements. */
struct vector {
    u32 sz, count, stride;
    u32 d, n, m;
    bool m_scalar;
};

static struct vector vector_of(const struct lift *l, u32 sz, u32 d, u32 n, u32 m)
{
    struct vector v = {sz, vector_length(l), vector_stride(l), d, n, m, scalar_bank(sz, m)};
    if (scalar_bank(sz, d)) v.count = 1;
    return v;
}

static void advance(struct vector *v)
{
    v->d = step(v->sz, v->d, v->stride);
    v->n = step(v->sz, v->n, v->stride);
    if (!v->m_scalar) v->m = step(v->sz, v->m, v->stride);
}

typedef ir_ref op3(struct ir_unit *u, ir_ref d, ir_ref n, ir_ref m);
typedef ir_ref op2(struct ir_unit *u, ir_ref m);

static bool each3(struct lift *l, const struct arm_args_vfp3 *a, op3 *op)
{
    struct vector v = vector_of(l, a->sz, a->d, a->n, a->m);
    for (u32 i = 0; i < v.count; i++, advance(&v)) {
        ir_ref d = arm_vreg(l, v.sz, v.d), n = arm_vreg(l, v.sz, v.n), m = arm_vreg(l, v.sz, v.m);
        arm_set_vreg(l, v.sz, v.d, op(l->u, d, n, m));
    }
    return true;
}

static bool each2(struct lift *l, const struct arm_args_vfp2 *a, op2 *op)
{
    struct vector v = vector_of(l, a->sz, a->d, a->d, a->m);
    for (u32 i = 0; i < v.count; i++, advance(&v))
        arm_set_vreg(l, v.sz, v.d, op(l->u, arm_vreg(l, v.sz, v.m)));
    return true;
}

#define OP3(name, expr)                                                                                      \
    static ir_ref name##_op(struct ir_unit *u, ir_ref d, ir_ref n, ir_ref m)                                 \
    {                                                                                                        \
        (void)d;                                                                                             \
        return expr;                                                                                         \
    }                                                                                                        \
    bool arm_lift_##name(struct lift *l, const struct arm_args_vfp3 *a)                                      \
    {                                                                                                        \
        return each3(l, a, name##_op);                                                                       \
    }

OP3(vadd, ir_fadd(u, n, m))
OP3(vsub, ir_fsub(u, n, m))
OP3(vmul, ir_fmul(u, n, m))
OP3(vnmul, ir_fneg(u, ir_fmul(u, n, m)))
OP3(vdiv, ir_fdiv(u, n, m))
OP3(vmla, ir_fadd(u, d, ir_fmul(u, n, m)))
OP3(vmls, ir_fadd(u, d, ir_fneg(u, ir_fmul(u, n, m))))
OP3(vnmla, ir_fadd(u, ir_fneg(u, d), ir_fneg(u, ir_fmul(u, n, m))))
OP3(vnmls, ir_fadd(u, ir_fneg(u, d), ir_fmul(u, n, m)))
OP3(vfma, ir_fma(u, n, m, d))
OP3(vfms, ir_fma(u, ir_fneg(u, n), m, d))
OP3(vfnma, ir_fma(u, ir_fneg(u, n), m, ir_fneg(u, d)))
OP3(vfnms, ir_fma(u, n, m, ir_fneg(u, d)))

static ir_ref copy_op(struct ir_unit *u, ir_ref m)
{
    (void)u;
    return m;
}

bool arm_lift_vmov(struct lift *l, const struct arm_args_vfp2 *a)
{
    return each2(l, a, copy_op);
}
bool arm_lift_vabs(struct lift *l, const struct arm_args_vfp2 *a)
{
    return each2(l, a, ir_fabs);
}
bool arm_lift_vneg(struct lift *l, const struct arm_args_vfp2 *a)
{
    return each2(l, a, ir_fneg);
}
bool arm_lift_vsqrt(struct lift *l, const struct arm_args_vfp2 *a)
{
    return each2(l, a, ir_fsqrt);
}

/* aBcdefgh: sign, exponent NOT(B) and B repeated, then cd, fraction efgh (A7.5.1). */
static u64 expand_imm(u32 sz, u32 imm)
{
    u64 sign = imm >> 7, b = imm >> 6 & 1, cd = imm >> 4 & 3, frac = imm & 15;
    if (sz) return sign << 63 | (b ? 0xffull : 0x100ull) << 54 | cd << 52 | frac << 48;
    return sign << 31 | (b ? 0x1full : 0x20ull) << 25 | cd << 23 | frac << 19;
}

bool arm_lift_vmovi(struct lift *l, const struct arm_args_vfpi *a)
{
    struct vector v = vector_of(l, a->sz, a->d, a->d, 0);
    ir_ref c = ir_const(l->u, arm_vtype(a->sz), expand_imm(a->sz, a->imm));
    for (u32 i = 0; i < v.count; i++, advance(&v)) arm_set_vreg(l, v.sz, v.d, c);
    return true;
}

/* --- comparison: N Z C V of less 1000, equal 0110, greater 0010, unordered 0011 --- */

#define NZCV_OF_RELATION 0x3286u

static bool compare(struct lift *l, ir_ref a, ir_ref b, bool signaling)
{
    struct ir_unit *u = l->u;
    ir_ref rel = ir_fcmp(u, a, b, signaling);
    ir_ref by = ir_shl(u, ir_zext(u, IR_i32, rel), ir_i32(u, 2));
    ir_ref nzcv = ir_and(u, ir_shr(u, ir_i32(u, NZCV_OF_RELATION), by), ir_i32(u, 15));
    ir_put(u, ARM_OFF(fpnzcv), ir_trunc(u, IR_i8, nzcv));
    arm_unit(l)->relation = rel;
    arm_unit(l)->flags_set = 1;
    return true;
}

bool arm_lift_vcmp(struct lift *l, const struct arm_args_vcmp *a)
{
    return compare(l, arm_vreg(l, a->sz, a->d), arm_vreg(l, a->sz, a->m), a->e);
}

bool arm_lift_vcmpz(struct lift *l, const struct arm_args_vcmpz *a)
{
    return compare(l, arm_vreg(l, a->sz, a->d), ir_const(l->u, arm_vtype(a->sz), 0), a->e);
}

/* --- conversion --- */

/* sz is the precision of the source. */
bool arm_lift_vcvt_ff(struct lift *l, const struct arm_args_vcvt *a)
{
    arm_set_vreg(l, !a->sz, a->d, ir_fcvt(l->u, arm_vtype(!a->sz), arm_vreg(l, a->sz, a->m)));
    return true;
}

bool arm_lift_vcvt_from_int(struct lift *l, const struct arm_args_vcvt *a)
{
    ir_ref v = arm_vword(l, a->m);
    enum ir_type t = arm_vtype(a->sz);
    arm_set_vreg(l, a->sz, a->d, a->op ? ir_s2f(l->u, t, v) : ir_u2f(l->u, t, v));
    return true;
}

bool arm_lift_vcvt_to_int(struct lift *l, const struct arm_args_vcvt *a)
{
    ir_ref v = arm_vreg(l, a->sz, a->m);
    u8 rm = a->op & 2 ? IR_RM_RTZ : IR_RM_CUR;
    arm_set_vword(l, a->d, ir_fp(l->u, a->op & 1 ? IR_OP_f2s : IR_OP_f2u, IR_i32, rm, v, IR_NONE, IR_NONE));
    return true;
}
