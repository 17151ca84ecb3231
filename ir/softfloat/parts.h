/*
 * The unpacked form that every op works on, and the steps they share: taking a value apart, rounding and
 * packing it, choosing a NaN. Private to the softfloat folder; the ops' files include it, the world sees
 * softfloat.h.
 *
 * One form serves all formats: a 128-bit significand holds quad precision with 14 bits to spare, and the
 * exact product of two doubles, so that only rounding knows which format is meant.
 */
#ifndef CALQUE_IR_SOFTFLOAT_PARTS_H
#define CALQUE_IR_SOFTFLOAT_PARTS_H

#include "ir/softfloat/softfloat.h"

#define SF_TOP    126 /* the leading bit of a normalized significand; bit 127 takes a carry */
#define SF_BIT(n) ((u128)1 << (n))

/* Ordered: everything from SF_QNAN up is a NaN. */
enum sf_kind { SF_ZERO, SF_FINITE, SF_INF, SF_QNAN, SF_SNAN };

/*
 * FINITE: sig * 2^(exp - SF_TOP), bit SF_TOP of sig set, bit 127 clear.
 * NaN: the fraction, its top bit (the one that tells quiet from signaling) in bit SF_TOP - 1.
 */
struct sf_parts {
    u128 sig;
    s32 exp;
    u8 kind; /* enum sf_kind */
    bool neg;
    bool subnormal; /* was so in its format */
};

/* Whether a format obeys sf_env's ftz and daz. */
enum sf_flush { SF_FLUSH, SF_FLUSH_IF_F16, SF_FLUSH_NEVER };

struct sf_format {
    u8 exp_bits, frac_bits; /* sign, exponent, fraction, from the top */
    u8 flush;               /* enum sf_flush */
    bool alt;               /* the largest exponent is a number's like any other */
};

/* f16cvt, f16alt: the half that conversions see, IEEE's and ARM's alternative. */
static const struct sf_format sf_fmt_f16 = {5, 10, SF_FLUSH_IF_F16, false};
static const struct sf_format sf_fmt_f16cvt = {5, 10, SF_FLUSH_NEVER, false};
static const struct sf_format sf_fmt_f16alt = {5, 10, SF_FLUSH_NEVER, true};
static const struct sf_format sf_fmt_f32 = {8, 23, SF_FLUSH, false};
static const struct sf_format sf_fmt_f64 = {11, 52, SF_FLUSH, false};
static const struct sf_format sf_fmt_f128 = {15, 112, SF_FLUSH, false};

static inline s32 sf_exp_max(const struct sf_format *f)
{
    return (1 << f->exp_bits) - 1;
}

static inline s32 sf_bias(const struct sf_format *f)
{
    return (1 << (f->exp_bits - 1)) - 1;
}

/* Rows of rules.def, their columns explained there. */
enum sf_inf_zero { SF_INF_ZERO_DEFAULT, SF_INF_ZERO_RAISE, SF_INF_ZERO_KEEP };
enum sf_wrong_int { SF_INT_ZERO, SF_INT_MIN, SF_INT_MAX, SF_INT_BY_SIGN, SF_INT_INDEFINITE };

struct sf_rule {
    u8 tininess, convert, subnormal, snan_first;
    char order2[3], order3[4];
    u8 inf_zero, quiet, fill, sign;
};
struct sf_convert {
    u8 nan, range; /* enum sf_wrong_int */
};

extern const struct sf_rule sf_rules[SF_RULE_COUNT];
extern const struct sf_convert sf_converts[SF_CONVERT_COUNT];

/* Raw bits as one integer, and back. */
static inline u128 sf_bits_f16(sf_f16 a)
{
    return a;
}
static inline u128 sf_bits_f32(sf_f32 a)
{
    return a;
}
static inline u128 sf_bits_f64(sf_f64 a)
{
    return a;
}
static inline u128 sf_bits_f128(sf_f128 a)
{
    return (u128)a.hi << 64 | a.lo;
}
static inline sf_f16 sf_value_f16(u128 bits)
{
    return (sf_f16)bits;
}
static inline sf_f32 sf_value_f32(u128 bits)
{
    return (sf_f32)bits;
}
static inline sf_f64 sf_value_f64(u128 bits)
{
    return (sf_f64)bits;
}
static inline sf_f128 sf_value_f128(u128 bits)
{
    return (sf_f128){.lo = (u64)bits, .hi = (u64)(bits >> 64)};
}

/* sig >> n, with a one in bit 0 if any bit fell off; n may be anything from 0. */
static inline u128 sf_shift_jam(u128 sig, s32 n)
{
    if (n == 0) return sig;
    if (n > 127) return sig != 0;
    return sig >> n | ((sig << (128 - n)) != 0);
}

/* Brings a nonzero significand to its normal place. */
static inline void sf_normalize(struct sf_parts *p)
{
    u64 hi = (u64)(p->sig >> 64);
    s32 lead = hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((u64)p->sig);
    p->sig = lead ? p->sig << (lead - 1) : sf_shift_jam(p->sig, 1);
    p->exp += 1 - lead;
}

static inline bool sf_rounds_up(enum sf_rm rm, bool neg, bool odd, u128 rest, u128 half)
{
    switch (rm) {
    case SF_RNE: return rest > half || (rest == half && odd);
    case SF_RNA: return rest >= half;
    case SF_RUP: return rest && !neg;
    case SF_RDN: return rest && neg;
    case SF_ODD: return rest && !odd;
    case SF_RTZ: break;
    }
    return false;
}

/* The integer sig / 2^cut (cut 1 to 127) rounded; *rest is what was cut off, *up whether the magnitude grew.
 */
static inline u128 sf_round_at(u128 sig, s32 cut, enum sf_rm rm, bool neg, u128 *rest, bool *up)
{
    u128 whole = sig >> cut;
    *rest = sig & (SF_BIT(cut) - 1);
    *up = sf_rounds_up(rm, neg, whole & 1, *rest, SF_BIT(cut - 1));
    return whole + *up;
}

/* Both halves of the road have an inline stretch for ordinary numbers; parts.c has the rest. */
struct sf_parts sf_unpack_rare(struct sf_env *env, const struct sf_format *f, u128 frac, s32 exp, bool neg);
u128 sf_pack_rare(struct sf_env *env, const struct sf_format *f, const struct sf_parts *p);

/* Takes a value apart; flushes a subnormal operand if the environment says so. */
static inline struct sf_parts sf_unpack(struct sf_env *env, const struct sf_format *f, u128 bits)
{
    u128 frac = bits << (128 - f->frac_bits) >> (127 - SF_TOP + 1);
    s32 exp = (s32)(bits >> f->frac_bits) & sf_exp_max(f);
    bool neg = bits >> (f->exp_bits + f->frac_bits) & 1;

    if (unlikely(exp == 0 || exp == sf_exp_max(f))) return sf_unpack_rare(env, f, frac, exp, neg);
    return (struct sf_parts){frac | SF_BIT(SF_TOP), exp - sf_bias(f), SF_FINITE, neg, false};
}

static inline u128 sf_assemble(const struct sf_format *f, bool neg, s32 exp, u128 frac)
{
    return (u128)neg << (f->exp_bits + f->frac_bits) | (u128)(u32)exp << f->frac_bits | frac;
}

/* Rounds and packs any kind of parts, with the flags that follow from rounding. NaNs must have passed a rule.
 */
static inline u128 sf_pack(struct sf_env *env, const struct sf_format *f, const struct sf_parts *p)
{
    s32 exp = p->exp + sf_bias(f);
    u128 rest;
    bool up;

    if (unlikely(p->kind != SF_FINITE || env->rm != SF_RNE || exp < 1 || exp > sf_exp_max(f) - 2))
        return sf_pack_rare(env, f, p);
    u128 whole = sf_round_at(p->sig, SF_TOP - f->frac_bits, SF_RNE, p->neg, &rest, &up);
    if (rest) env->flags |= SF_INEXACT | (up ? SF_ROUNDED_UP : 0);
    return sf_assemble(f, p->neg, exp - 1, 0) +
           whole; /* the leading bit, and a carry, count up the exponent */
}

/* The default NaN for an invalid operation: raises INVALID with `reason`. */
struct sf_parts sf_nan_invalid(struct sf_env *env, u32 reason);

/* The NaN result for operands of which at least one is a NaN; raises INVALID if one is signaling. */
struct sf_parts sf_nan1(struct sf_env *env, const struct sf_parts *a);
struct sf_parts sf_nan2(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b);
struct sf_parts sf_nan3(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                        const struct sf_parts *c);

/* What an invalid conversion to an integer of `bits` gives: for a NaN, or for a number out of range. */
u64 sf_nan_to_int(struct sf_env *env, const struct sf_parts *a, unsigned bits, bool is_signed);

/* Operands, any of them subnormal, are about to be used as numbers: raises DENORMAL where the family does. */
static inline void sf_note_subnormal(struct sf_env *env, bool any)
{
    if (any && sf_rules[env->nan_rule].subnormal) env->flags |= SF_DENORMAL;
}

static inline bool sf_is_nan(const struct sf_parts *p)
{
    return p->kind >= SF_QNAN;
}

static inline struct sf_parts sf_zero(bool neg)
{
    return (struct sf_parts){.kind = SF_ZERO, .neg = neg};
}

static inline struct sf_parts sf_infinity(bool neg)
{
    return (struct sf_parts){.kind = SF_INF, .neg = neg};
}

/* a + b, or a - b, of two finite nonzero numbers (arith.c; fma.c adds its product by it). */
struct sf_parts sf_add_finite(const struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                              bool subtract);

/* The high half of a 256-bit product, and the low one (arith.c). */
u128 sf_mul_full(u128 a, u128 b, u128 *low);

/* a * b + c of three finite nonzero numbers, in 256 bits (fma128.c). */
struct sf_parts sf_fma_wide(const struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                            const struct sf_parts *c, unsigned mode);

/* The product of two finite nonzero significands, exact but for f128, whose lost bits are jammed. */
struct sf_parts sf_mul_finite(const struct sf_parts *a, const struct sf_parts *b);

#endif
