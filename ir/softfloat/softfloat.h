/*
 * softfloat: IEEE 754 arithmetic in integers only. It is the meaning of the IR's FP ops (the interpreter
 * calls it) and the slow path of the JIT where the host's FPU would answer otherwise than the guest's.
 *
 * It never touches the host's FPU, keeps no state outside the struct sf_env that the caller hands in, calls
 * no libc and needs no memory. What differs between guests is data: a row of rules.def (NaNs, conversions out
 * of range) and the modes in sf_env. Guests' control and status registers stay with the guests' front ends.
 *
 * Every function exists for the formats f16, f32, f64 and f128 unless said otherwise, by the name
 * sf_<op>_<format>; values are raw bits in host byte order. Guests are free to hand in any bit pattern.
 */
#ifndef CALQUE_IR_SOFTFLOAT_H
#define CALQUE_IR_SOFTFLOAT_H

#include "runtime/base/types.h"

typedef u16 sf_f16;
typedef u32 sf_f32;
typedef u64 sf_f64;
typedef struct sf_f128 {
    u64 lo, hi; /* hi: sign, 15 exponent bits, top 48 fraction bits */
} sf_f128;

/* Rounding modes. The first four are IEEE's of 1985; RNA: nearest, ties away from zero; ODD: von Neumann. */
enum sf_rm { SF_RNE, SF_RTZ, SF_RUP, SF_RDN, SF_RNA, SF_ODD };

/*
 * Flags, or-ed into sf_env.flags; no function ever clears one, so an op's own flags are had by clearing
 * first. The low six are as with all traps masked, placed as in MXCSR and the IR's fpget. The others say
 * more, for guests whose status register tells reasons (PowerPC), that trap on exact tiny results, or that
 * report a rounding up.
 */
enum sf_flag {
    SF_INVALID = 1 << 0,
    SF_DENORMAL = 1 << 1, /* x86: a subnormal operand was used; ARM (IDC): one was flushed */
    SF_DIVZERO = 1 << 2,
    SF_OVERFLOW = 1 << 3,
    SF_UNDERFLOW = 1 << 4, /* tiny and inexact, or flushed */
    SF_INEXACT = 1 << 5,
    SF_IEEE_FLAGS = 63,

    SF_TINY = 1 << 6,       /* tiny before flushing, exact or not */
    SF_ROUNDED_UP = 1 << 7, /* rounding increased the magnitude (PowerPC FR, x87 C1) */
    SF_INV_SNAN = 1 << 8,   /* reasons for SF_INVALID: a signaling NaN operand */
    SF_INV_ISI = 1 << 9,    /* inf - inf */
    SF_INV_IDI = 1 << 10,   /* inf / inf */
    SF_INV_ZDZ = 1 << 11,   /* 0 / 0 */
    SF_INV_IMZ = 1 << 12,   /* inf * 0 */
    SF_INV_SQRT = 1 << 13,  /* square root of a negative number */
    SF_INV_CMP = 1 << 14,   /* NaN in a signaling comparison, or in x86's min and max */
    SF_INV_CVT = 1 << 15,   /* conversion to an integer: NaN or out of range */
};

/* When a result counts as tiny: before or after rounding to the format's precision. */
enum sf_tininess { SF_TINY_AFTER, SF_TINY_BEFORE };

/*
 * Flushing tiny results to zero. X86: tested as tininess says, zero raises UNDERFLOW|INEXACT.
 * ARM: tested before rounding, raises UNDERFLOW only.
 */
enum sf_ftz { SF_FTZ_OFF, SF_FTZ_X86, SF_FTZ_ARM };

/* Subnormal operands taken as zero: silently (x86), or raising DENORMAL (ARM). */
enum sf_daz { SF_DAZ_OFF, SF_DAZ_X86, SF_DAZ_ARM };

/* Rows of rules.def: how a family of processors treats NaNs, and conversions to integers that cannot succeed.
 */
enum sf_nan_rule {
#define SF_RULE(name, ...) SF_RULE_##name,
#define SF_CONVERT(...)
#include "ir/softfloat/rules.def"
    SF_RULE_COUNT
};
enum sf_convert_rule {
#define SF_RULE(...)
#define SF_CONVERT(name, ...) SF_CONVERT_##name,
#include "ir/softfloat/rules.def"
    SF_CONVERT_COUNT
};

/* The floating-point environment of one op: modes in, flags out. Zero is IEEE's default with the first row's
 * NaNs. */
struct sf_env {
    u8 rm;          /* enum sf_rm */
    u8 nan_rule;    /* enum sf_nan_rule */
    u8 convert;     /* enum sf_convert_rule */
    u8 tininess;    /* enum sf_tininess */
    u8 ftz;         /* enum sf_ftz */
    u8 daz;         /* enum sf_daz */
    u8 default_nan; /* every NaN result is the default NaN (ARM's DN) */
    u8 flush_f16;   /* ftz and daz hold for f16 arithmetic too (ARM's FZ16); conversions never flush f16 */
    u8 alt_f16;     /* conversions from and to f16 mean ARM's alternative half: no infinity, no NaN (AHP) */
    u32 flags;      /* enum sf_flag, sticky */
};

/* The environment of a family just after reset: nearest, no flushing, its tininess and conversions, no flags.
 */
void sf_env_init(struct sf_env *env, enum sf_nan_rule rule);
/* Sets flushing of subnormal results and operands in the way of env->nan_rule's architecture. */
void sf_env_flush(struct sf_env *env, bool results, bool operands);

/* sf_fma: a * b + c rounded once. Signs are changed of numbers only, never of NaNs (x86, PowerPC); a guest
 * whose negation reaches NaNs too (ARM) flips the operand's sign bit itself. HALVE: (a * b + c) / 2 rounded
 * once. */
enum sf_fma_mode { SF_NEG_PRODUCT = 1, SF_NEG_ADDEND = 2, SF_NEG_RESULT = 4, SF_HALVE = 8 };

enum sf_relation { SF_LT = -1, SF_EQ = 0, SF_GT = 1, SF_UNORDERED = 2 };

/*
 * Kinds of minimum and maximum; or in SF_MAX, and SF_MAG to compare magnitudes first. -0 is below +0 but for
 * X86. PROPAGATE: a NaN operand gives a NaN (ARM FMIN, IEEE 2019 minimum). NUM2008: a quiet NaN loses to a
 * number, a signaling one gives a NaN (ARM FMINNM, PowerPC xsmindp). NUM2019: any NaN loses to a number;
 * INVALID for a signaling one (RISC-V, IEEE 2019 minimumNumber). X86: a < b ? a : b, so b for two zeros or
 * any NaN, b untouched; INVALID for any NaN.
 */
enum sf_minmax { SF_MIN_PROPAGATE, SF_MIN_NUM2008, SF_MIN_NUM2019, SF_MIN_X86, SF_MAX = 8, SF_MAG = 16 };

/* sf_class: one of these bits, and SF_IS_NEG with it if the sign bit is set. */
enum sf_class {
    SF_IS_ZERO = 1,
    SF_IS_SUBNORMAL = 2,
    SF_IS_NORMAL = 4,
    SF_IS_INF = 8,
    SF_IS_QNAN = 16,
    SF_IS_SNAN = 32,
    SF_IS_NEG = 64
};

/*
 * The ops. `env` is read for modes and gets flags; `rm` where given is used in place of env->rm.
 *
 * cmp:    INVALID for a signaling NaN, or for any NaN if `signaling`.
 * rint:   to an integral value; INEXACT only if `inexact`. A result of zero keeps a's sign.
 * scalbn: a * 2^n rounded once.
 * rem:    a - b * n exactly, n the integer nearest a / b, ties to even (IEEE remainder).
 * to_int: to a two's-complement or unsigned integer of `bits` (8 to 64), of a * 2^fbits (fbits 0 to 64), NaN
 * and out of range as the NaN rule says, with INVALID and no INEXACT. Signed results come sign-extended
 * to 64. from_int: the integer v (all 64 bits; signed or not) / 2^fbits, rounded once.
 */
#define SF_DECLARE(f)                                                                                        \
    sf_##f sf_add_##f(struct sf_env *env, sf_##f a, sf_##f b);                                               \
    sf_##f sf_sub_##f(struct sf_env *env, sf_##f a, sf_##f b);                                               \
    sf_##f sf_mul_##f(struct sf_env *env, sf_##f a, sf_##f b);                                               \
    sf_##f sf_div_##f(struct sf_env *env, sf_##f a, sf_##f b);                                               \
    sf_##f sf_rem_##f(struct sf_env *env, sf_##f a, sf_##f b);                                               \
    sf_##f sf_sqrt_##f(struct sf_env *env, sf_##f a);                                                        \
    sf_##f sf_fma_##f(struct sf_env *env, sf_##f a, sf_##f b, sf_##f c, unsigned mode);                      \
    sf_##f sf_minmax_##f(struct sf_env *env, sf_##f a, sf_##f b, unsigned kind);                             \
    sf_##f sf_rint_##f(struct sf_env *env, sf_##f a, enum sf_rm rm, bool inexact);                           \
    sf_##f sf_scalbn_##f(struct sf_env *env, sf_##f a, s32 n);                                               \
    enum sf_relation sf_cmp_##f(struct sf_env *env, sf_##f a, sf_##f b, bool signaling);                     \
    unsigned sf_class_##f(const struct sf_env *env, sf_##f a);                                               \
    u64 sf_##f##_to_int(struct sf_env *env, sf_##f a, enum sf_rm rm, unsigned bits, bool is_signed,          \
                        unsigned fbits);                                                                     \
    sf_##f sf_int_to_##f(struct sf_env *env, u64 v, bool is_signed, unsigned fbits);                         \
    static inline s32 sf_##f##_to_s32(struct sf_env *env, sf_##f a, enum sf_rm rm)                           \
    {                                                                                                        \
        return (s32)sf_##f##_to_int(env, a, rm, 32, true, 0);                                                \
    }                                                                                                        \
    static inline u32 sf_##f##_to_u32(struct sf_env *env, sf_##f a, enum sf_rm rm)                           \
    {                                                                                                        \
        return (u32)sf_##f##_to_int(env, a, rm, 32, false, 0);                                               \
    }                                                                                                        \
    static inline s64 sf_##f##_to_s64(struct sf_env *env, sf_##f a, enum sf_rm rm)                           \
    {                                                                                                        \
        return (s64)sf_##f##_to_int(env, a, rm, 64, true, 0);                                                \
    }                                                                                                        \
    static inline u64 sf_##f##_to_u64(struct sf_env *env, sf_##f a, enum sf_rm rm)                           \
    {                                                                                                        \
        return sf_##f##_to_int(env, a, rm, 64, false, 0);                                                    \
    }                                                                                                        \
    static inline sf_##f sf_s32_to_##f(struct sf_env *env, s32 v)                                            \
    {                                                                                                        \
        return sf_int_to_##f(env, (u64)(s64)v, true, 0);                                                     \
    }                                                                                                        \
    static inline sf_##f sf_u32_to_##f(struct sf_env *env, u32 v)                                            \
    {                                                                                                        \
        return sf_int_to_##f(env, v, false, 0);                                                              \
    }                                                                                                        \
    static inline sf_##f sf_s64_to_##f(struct sf_env *env, s64 v)                                            \
    {                                                                                                        \
        return sf_int_to_##f(env, (u64)v, true, 0);                                                          \
    }                                                                                                        \
    static inline sf_##f sf_u64_to_##f(struct sf_env *env, u64 v)                                            \
    {                                                                                                        \
        return sf_int_to_##f(env, v, false, 0);                                                              \
    }

SF_DECLARE(f16)
SF_DECLARE(f32)
SF_DECLARE(f64)
SF_DECLARE(f128)

/* Between formats, rounded by env->rm: sf_f64_to_f32 and so on. A NaN keeps the top of its payload, quieted.
 */
#define SF_DECLARE_CONVERT(from, to) sf_##to sf_##from##_to_##to(struct sf_env *env, sf_##from a);
SF_DECLARE_CONVERT(f16, f32)
SF_DECLARE_CONVERT(f16, f64)
SF_DECLARE_CONVERT(f16, f128)
SF_DECLARE_CONVERT(f32, f16)
SF_DECLARE_CONVERT(f32, f64)
SF_DECLARE_CONVERT(f32, f128)
SF_DECLARE_CONVERT(f64, f16)
SF_DECLARE_CONVERT(f64, f32)
SF_DECLARE_CONVERT(f64, f128)
SF_DECLARE_CONVERT(f128, f16)
SF_DECLARE_CONVERT(f128, f32)
SF_DECLARE_CONVERT(f128, f64)

#endif
