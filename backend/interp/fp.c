/* The meaning of the FP ops: softfloat's functions, in an environment made from the unit's rules, the guest's
 * modes in head.fp_control and the op's flags; what they raise goes to head.fp_flags. */
#include "backend/interp/interp.h"
#include "ir/softfloat/softfloat.h"

#define A (f->cell[s->a].w)
#define B (f->cell[s->b].w)
#define C (f->cell[s->c].w)

/* --- the environment --- */

static enum sf_rm rounding(const struct frame *f, u8 flags)
{
    static const u8 modes[8] = {[IR_RM_CUR] = SF_RNE, [IR_RM_RNE] = SF_RNE, [IR_RM_RTZ] = SF_RTZ,
                                [IR_RM_RUP] = SF_RUP, [IR_RM_RDN] = SF_RDN, [IR_RM_RNA] = SF_RNA};
    u32 rm = flags & IR_RM_MASK;
    if (rm == IR_RM_CUR && !(flags & IR_FP_STD)) rm = f->cpu->fp_control & IR_RM_MASK;
    return modes[rm];
}

static struct sf_env env_of(const struct frame *f, u8 flags)
{
    const struct ir_fp_rules *rules = &f->code->fp;
    bool std = flags & IR_FP_STD;
    u32 control = std ? IR_FP_FTZ | IR_FP_DAZ : f->cpu->fp_control;
    struct sf_env env = {
        .rm = rounding(f, flags),
        .nan_rule = rules->nan_rule,
        .convert = rules->convert,
        .tininess = rules->tininess,
        .default_nan = rules->default_nan || std,
    };
    sf_env_flush(&env, control & IR_FP_FTZ, control & IR_FP_DAZ);
    return env;
}

static void raise_flags(struct frame *f, const struct sf_env *env)
{
    f->cpu->fp_flags |= env->flags & SF_IEEE_FLAGS;
}

static sf_f128 quad(u128 v)
{
    return (sf_f128){(u64)v, (u64)(v >> 64)};
}

static u128 bits_of(sf_f128 v)
{
    return (u128)v.hi << 64 | v.lo;
}

/* expr16, expr32, … by the type of the operands. */
#define BY_FORMAT(type, e16, e32, e64, e128)                                                                 \
    ((type) == IR_f16   ? (u128)(e16)                                                                        \
     : (type) == IR_f32 ? (u128)(e32)                                                                        \
     : (type) == IR_f64 ? (u128)(e64)                                                                        \
                        : (u128)(e128))

/* --- arithmetic --- */

#define ARITH2(name, sf)                                                                                     \
    void interp_##name(struct frame *f, const struct step *s)                                                \
    {                                                                                                        \
        struct sf_env e = env_of(f, s->flags);                                                               \
        set(f, s,                                                                                            \
            BY_FORMAT(s->type, sf_##sf##_f16(&e, (u16)A, (u16)B), sf_##sf##_f32(&e, (u32)A, (u32)B),         \
                      sf_##sf##_f64(&e, (u64)A, (u64)B), bits_of(sf_##sf##_f128(&e, quad(A), quad(B)))));    \
        raise_flags(f, &e);                                                                                  \
    }
ARITH2(fadd, add)
ARITH2(fsub, sub)
ARITH2(fmul, mul)
ARITH2(fdiv, div)

void interp_fma(struct frame *f, const struct step *s)
{
    struct sf_env e = env_of(f, s->flags);
    set(f, s,
        BY_FORMAT(s->type, sf_fma_f16(&e, (u16)A, (u16)B, (u16)C, 0),
                  sf_fma_f32(&e, (u32)A, (u32)B, (u32)C, 0), sf_fma_f64(&e, (u64)A, (u64)B, (u64)C, 0),
                  bits_of(sf_fma_f128(&e, quad(A), quad(B), quad(C), 0))));
    raise_flags(f, &e);
}

void interp_fsqrt(struct frame *f, const struct step *s)
{
    struct sf_env e = env_of(f, s->flags);
    set(f, s,
        BY_FORMAT(s->type, sf_sqrt_f16(&e, (u16)A), sf_sqrt_f32(&e, (u32)A), sf_sqrt_f64(&e, (u64)A),
                  bits_of(sf_sqrt_f128(&e, quad(A)))));
    raise_flags(f, &e);
}

static u128 sign_bit(enum ir_type t)
{
    return (u128)1 << (ir_type_bits[t] - 1);
}

void interp_fneg(struct frame *f, const struct step *s)
{
    set(f, s, A ^ sign_bit(s->type));
}

void interp_fabs(struct frame *f, const struct step *s)
{
    set(f, s, A & ~sign_bit(s->type));
}

#define MINMAX(name, kind)                                                                                   \
    void interp_##name(struct frame *f, const struct step *s)                                                \
    {                                                                                                        \
        struct sf_env e = env_of(f, s->flags);                                                               \
        set(f, s,                                                                                            \
            BY_FORMAT(s->type, sf_minmax_f16(&e, (u16)A, (u16)B, kind),                                      \
                      sf_minmax_f32(&e, (u32)A, (u32)B, kind), sf_minmax_f64(&e, (u64)A, (u64)B, kind),      \
                      bits_of(sf_minmax_f128(&e, quad(A), quad(B), kind))));                                 \
        raise_flags(f, &e);                                                                                  \
    }
MINMAX(fmin, SF_MIN_PROPAGATE)
MINMAX(fmax, SF_MIN_PROPAGATE | SF_MAX)
MINMAX(fminnm, SF_MIN_NUM2008)
MINMAX(fmaxnm, SF_MIN_NUM2008 | SF_MAX)

/* --- comparison --- */

static void compare(struct frame *f, const struct step *s, bool signaling)
{
    struct sf_env e = env_of(f, s->flags);
    enum sf_relation r;
    switch (s->stype) {
    case IR_f16: r = sf_cmp_f16(&e, (u16)A, (u16)B, signaling); break;
    case IR_f32: r = sf_cmp_f32(&e, (u32)A, (u32)B, signaling); break;
    case IR_f64: r = sf_cmp_f64(&e, (u64)A, (u64)B, signaling); break;
    default: r = sf_cmp_f128(&e, quad(A), quad(B), signaling); break;
    }
    set(f, s, r == SF_EQ ? 0 : r == SF_LT ? 1 : r == SF_GT ? 2 : 3);
    raise_flags(f, &e);
}

void interp_fcmp(struct frame *f, const struct step *s)
{
    compare(f, s, false);
}

void interp_fcmps(struct frame *f, const struct step *s)
{
    compare(f, s, true);
}

/* --- conversions --- */

static u128 convert_f16(struct sf_env *e, enum ir_type to, u16 v)
{
    return BY_FORMAT(to, v, sf_f16_to_f32(e, v), sf_f16_to_f64(e, v), bits_of(sf_f16_to_f128(e, v)));
}
static u128 convert_f32(struct sf_env *e, enum ir_type to, u32 v)
{
    return BY_FORMAT(to, sf_f32_to_f16(e, v), v, sf_f32_to_f64(e, v), bits_of(sf_f32_to_f128(e, v)));
}
static u128 convert_f64(struct sf_env *e, enum ir_type to, u64 v)
{
    return BY_FORMAT(to, sf_f64_to_f16(e, v), sf_f64_to_f32(e, v), v, bits_of(sf_f64_to_f128(e, v)));
}
static u128 convert_f128(struct sf_env *e, enum ir_type to, sf_f128 v)
{
    return BY_FORMAT(to, sf_f128_to_f16(e, v), sf_f128_to_f32(e, v), sf_f128_to_f64(e, v), bits_of(v));
}

void interp_fcvt(struct frame *f, const struct step *s)
{
    struct sf_env e = env_of(f, s->flags);
    set(f, s,
        BY_FORMAT(s->stype, convert_f16(&e, s->type, (u16)A), convert_f32(&e, s->type, (u32)A),
                  convert_f64(&e, s->type, (u64)A), convert_f128(&e, s->type, quad(A))));
    raise_flags(f, &e);
}

static void from_int(struct frame *f, const struct step *s, u64 v, bool is_signed)
{
    struct sf_env e = env_of(f, s->flags);
    set(f, s,
        BY_FORMAT(s->type, sf_int_to_f16(&e, v, is_signed, 0), sf_int_to_f32(&e, v, is_signed, 0),
                  sf_int_to_f64(&e, v, is_signed, 0), bits_of(sf_int_to_f128(&e, v, is_signed, 0))));
    raise_flags(f, &e);
}

void interp_s2f(struct frame *f, const struct step *s)
{
    u32 unused = 64 - ir_type_bits[s->stype];
    from_int(f, s, (u64)((s64)((u64)A << unused) >> unused), true);
}

void interp_u2f(struct frame *f, const struct step *s)
{
    from_int(f, s, (u64)A, false);
}

static void to_int(struct frame *f, const struct step *s, bool is_signed)
{
    struct sf_env e = env_of(f, s->flags);
    enum sf_rm rm = e.rm;
    u32 n = ir_type_bits[s->type];
    set(f, s,
        BY_FORMAT(s->stype, sf_f16_to_int(&e, (u16)A, rm, n, is_signed, 0),
                  sf_f32_to_int(&e, (u32)A, rm, n, is_signed, 0),
                  sf_f64_to_int(&e, (u64)A, rm, n, is_signed, 0),
                  sf_f128_to_int(&e, quad(A), rm, n, is_signed, 0)));
    raise_flags(f, &e);
}

void interp_f2s(struct frame *f, const struct step *s)
{
    to_int(f, s, true);
}

void interp_f2u(struct frame *f, const struct step *s)
{
    to_int(f, s, false);
}

void interp_frint(struct frame *f, const struct step *s)
{
    struct sf_env e = env_of(f, s->flags);
    enum sf_rm rm = e.rm;
    bool exact = s->flags & IR_FP_EXACT;
    set(f, s,
        BY_FORMAT(s->type, sf_rint_f16(&e, (u16)A, rm, exact), sf_rint_f32(&e, (u32)A, rm, exact),
                  sf_rint_f64(&e, (u64)A, rm, exact), bits_of(sf_rint_f128(&e, quad(A), rm, exact))));
    raise_flags(f, &e);
}

/* --- the environment itself --- */

void interp_fpget(struct frame *f, const struct step *s)
{
    set(f, s, f->cpu->fp_flags);
}

void interp_fpset(struct frame *f, const struct step *s)
{
    f->cpu->fp_flags = (u32)A & SF_IEEE_FLAGS;
}

void interp_fprm(struct frame *f, const struct step *s)
{
    f->cpu->fp_control = (u32)A & (IR_RM_MASK | IR_FP_FTZ | IR_FP_DAZ);
}
