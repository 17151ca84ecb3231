/* FP operations by the softfloat, one entry for translated code. Where the host's FPU would answer otherwise
 * than the guest's (NaNs, conversions out of range, formats the host lacks), selection stores the operands
 * into the soft cells and comes here; the interpreter means the same thing by each op. */
#include "backend/jit/softcalls.h"
#include <string.h>
#include "backend/jit/jit.h"
#include "ir/softfloat/softfloat.h"

struct soft {
    struct cpu_head *cpu;
    struct sf_env env;
    u8 op, type, from, flags;
};

u32 jit_soft_descriptor(const struct ir_unit *u, const struct ir_insn *x, enum ir_type operand)
{
    return (u32)x->op | (u32)(x->type & 15) << 8 | (u32)(operand & 15) << 12 | (u32)x->flags << 16 |
           (u32)(u->fp.nan_rule & 7) << 24 | (u32)(u->fp.default_nan & 1) << 27 |
           (u32)(u->fp.tininess & 1) << 28 | (u32)(u->fp.convert & 7) << 29;
}

static enum sf_rm rounding(u32 rm)
{
    switch (rm & IR_RM_MASK) {
    case IR_RM_RTZ: return SF_RTZ;
    case IR_RM_RUP: return SF_RUP;
    case IR_RM_RDN: return SF_RDN;
    case IR_RM_RNA: return SF_RNA;
    default: return SF_RNE;
    }
}

static void unpack(struct soft *s, struct cpu_head *cpu, u32 d)
{
    *s = (struct soft){
        .cpu = cpu, .op = (u8)d, .type = d >> 8 & 15, .from = d >> 12 & 15, .flags = (u8)(d >> 16)};
    bool std = s->flags & IR_FP_STD;
    u32 control = std ? IR_FP_FTZ | IR_FP_DAZ : cpu->fp_control;
    u32 rm = s->flags & IR_RM_MASK;
    s->env.nan_rule = d >> 24 & 7;
    s->env.default_nan = (d >> 27 & 1) || std;
    s->env.tininess = d >> 28 & 1;
    s->env.convert = (u8)(d >> 29);
    s->env.rm = (u8)rounding(rm || std ? rm : control);
    sf_env_flush(&s->env, control & IR_FP_FTZ, control & IR_FP_DAZ);
}

/* SF_* and IR_FPF_* are the same bits. DENORM is kept in the state block, see sel_fpget. */
static void raise_flags(struct soft *s)
{
    s->cpu->mxcsr |= s->env.flags & SF_IEEE_FLAGS & ~(u32)IR_FPF_DENORM;
    s->cpu->fp_flags |= s->env.flags & IR_FPF_DENORM;
}

static const void *operand(const struct soft *s, int n)
{
    return &s->cpu->spill[JIT_SOFT_CELL + 2 * n];
}
static void result(struct soft *s, const void *v, size_t size)
{
    memcpy(&s->cpu->spill[JIT_SOFT_CELL + 6], v, size);
}

static unsigned minmax_kind(u8 op)
{
    switch (op) {
    case IR_OP_fmin: return SF_MIN_PROPAGATE;
    case IR_OP_fmax: return SF_MIN_PROPAGATE | SF_MAX;
    case IR_OP_fminnm: return SF_MIN_NUM2008;
    default: return SF_MIN_NUM2008 | SF_MAX;
    }
}

/* Ops whose operands and result are of one format. */
#define ARITHMETIC(f)                                                                                        \
    static void arith_##f(struct soft *s)                                                                    \
    {                                                                                                        \
        sf_##f a, b, c, r;                                                                                   \
        struct sf_env *e = &s->env;                                                                          \
        memcpy(&a, operand(s, 0), sizeof a);                                                                 \
        memcpy(&b, operand(s, 1), sizeof b);                                                                 \
        memcpy(&c, operand(s, 2), sizeof c);                                                                 \
        switch (s->op) {                                                                                     \
        case IR_OP_fadd: r = sf_add_##f(e, a, b); break;                                                     \
        case IR_OP_fsub: r = sf_sub_##f(e, a, b); break;                                                     \
        case IR_OP_fmul: r = sf_mul_##f(e, a, b); break;                                                     \
        case IR_OP_fdiv: r = sf_div_##f(e, a, b); break;                                                     \
        case IR_OP_fma: r = sf_fma_##f(e, a, b, c, 0); break;                                                \
        case IR_OP_fsqrt: r = sf_sqrt_##f(e, a); break;                                                      \
        case IR_OP_frint: r = sf_rint_##f(e, a, e->rm, s->flags & IR_FP_EXACT); break;                       \
        default: r = sf_minmax_##f(e, a, b, minmax_kind(s->op)); break;                                      \
        }                                                                                                    \
        result(s, &r, sizeof r);                                                                             \
    }                                                                                                        \
    static void compare_##f(struct soft *s)                                                                  \
    {                                                                                                        \
        static const u8 code[4] = {1, 0, 2, 3}; /* by sf_relation + 1 */                                     \
        sf_##f a, b;                                                                                         \
        memcpy(&a, operand(s, 0), sizeof a);                                                                 \
        memcpy(&b, operand(s, 1), sizeof b);                                                                 \
        u64 r = code[sf_cmp_##f(&s->env, a, b, s->op == IR_OP_fcmps) + 1];                                   \
        result(s, &r, sizeof r);                                                                             \
    }                                                                                                        \
    static void to_int_##f(struct soft *s)                                                                   \
    {                                                                                                        \
        sf_##f a;                                                                                            \
        memcpy(&a, operand(s, 0), sizeof a);                                                                 \
        u64 r = sf_##f##_to_int(&s->env, a, s->env.rm, ir_type_bits[s->type], s->op == IR_OP_f2s, 0);        \
        result(s, &r, sizeof r);                                                                             \
    }                                                                                                        \
    static void from_int_##f(struct soft *s, u64 v)                                                          \
    {                                                                                                        \
        sf_##f r = sf_int_to_##f(&s->env, v, s->op == IR_OP_s2f, 0);                                         \
        result(s, &r, sizeof r);                                                                             \
    }
ARITHMETIC(f16)
ARITHMETIC(f32)
ARITHMETIC(f64)
ARITHMETIC(f128)

#define CONVERT(from, to)                                                                                    \
    static void cvt_##from##_##to(struct soft *s)                                                            \
    {                                                                                                        \
        sf_##from a;                                                                                         \
        memcpy(&a, operand(s, 0), sizeof a);                                                                 \
        sf_##to r = sf_##from##_to_##to(&s->env, a);                                                         \
        result(s, &r, sizeof r);                                                                             \
    }
CONVERT(f16, f32)
CONVERT(f16, f64)
CONVERT(f16, f128)
CONVERT(f32, f16)
CONVERT(f32, f64)
CONVERT(f32, f128)
CONVERT(f64, f16)
CONVERT(f64, f32)
CONVERT(f64, f128)
CONVERT(f128, f16)
CONVERT(f128, f32)
CONVERT(f128, f64)

typedef void soft_fn(struct soft *);
enum { H, S, D, Q }; /* f16 f32 f64 f128 */

static int format(u8 type)
{
    return type == IR_f16 ? H : type == IR_f32 ? S : type == IR_f64 ? D : Q;
}

static u64 int_operand(const struct soft *s)
{
    u64 v = 0;
    u32 bits = ir_type_bits[s->from];
    memcpy(&v, operand(s, 0), jit_bytes(s->from));
    if (s->op == IR_OP_s2f && bits < 64) v = (u64)((s64)(v << (64 - bits)) >> (64 - bits));
    return v;
}

static void dispatch(struct soft *s)
{
    static soft_fn *const arith[4] = {arith_f16, arith_f32, arith_f64, arith_f128};
    static soft_fn *const compare[4] = {compare_f16, compare_f32, compare_f64, compare_f128};
    static soft_fn *const to_int[4] = {to_int_f16, to_int_f32, to_int_f64, to_int_f128};
    static soft_fn *const convert[4][4] = {{0, cvt_f16_f32, cvt_f16_f64, cvt_f16_f128},
                                           {cvt_f32_f16, 0, cvt_f32_f64, cvt_f32_f128},
                                           {cvt_f64_f16, cvt_f64_f32, 0, cvt_f64_f128},
                                           {cvt_f128_f16, cvt_f128_f32, cvt_f128_f64, 0}};
    static void (*const from_int[4])(struct soft *, u64) = {from_int_f16, from_int_f32, from_int_f64,
                                                            from_int_f128};
    switch (s->op) {
    case IR_OP_fcmp:
    case IR_OP_fcmps: compare[format(s->from)](s); break;
    case IR_OP_f2s:
    case IR_OP_f2u: to_int[format(s->from)](s); break;
    case IR_OP_s2f:
    case IR_OP_u2f: from_int[format(s->type)](s, int_operand(s)); break;
    case IR_OP_fcvt:
        if (s->from == s->type)
            result(s, operand(s, 0), 16);
        else
            convert[format(s->from)][format(s->type)](s);
        break;
    default: arith[format(s->type)](s); break;
    }
}

void jit_soft_call(struct cpu_head *cpu, u32 descriptor)
{
    struct soft s;
    unpack(&s, cpu, descriptor);
    dispatch(&s);
    raise_flags(&s);
}
