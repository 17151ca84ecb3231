/*
 * Conversions: between formats, to and from integers (with a binary point for fixed-point guests), and
 * rounding to an integral value.
 */
#include "ir/softfloat/parts.h"

/* Between formats. x86 takes a subnormal half for granted (VCVTPH2PS raises no DE), hence the flush test. */
static u128 convert(struct sf_env *env, const struct sf_format *from, const struct sf_format *to, u128 bits)
{
    struct sf_parts a = sf_unpack(env, from, bits);

    if (sf_is_nan(&a) && !to->alt)
        a = sf_nan1(env, &a);
    else if (a.subnormal && from->flush != SF_FLUSH_NEVER)
        sf_note_subnormal(env, true);
    return sf_pack(env, to, &a);
}

static const struct sf_format *format_f16(const struct sf_env *env)
{
    return env->alt_f16 ? &sf_fmt_f16alt : &sf_fmt_f16cvt;
}

static const struct sf_format *format_f32(const struct sf_env *env)
{
    (void)env;
    return &sf_fmt_f32;
}

static const struct sf_format *format_f64(const struct sf_env *env)
{
    (void)env;
    return &sf_fmt_f64;
}

static const struct sf_format *format_f128(const struct sf_env *env)
{
    (void)env;
    return &sf_fmt_f128;
}

/*
 * The magnitude rounded to an integer, for a number below 2^126. A number under a half has its bits jammed to
 * one that is still under a half.
 */
static u128 integral(const struct sf_parts *a, enum sf_rm rm, u128 *rest, bool *up)
{
    s32 cut = SF_TOP - a->exp;

    if (cut > 127) return sf_round_at(1, 127, rm, a->neg, rest, up);
    return sf_round_at(a->sig, cut, rm, a->neg, rest, up);
}

static struct sf_parts rint_finite(struct sf_env *env, struct sf_parts a, enum sf_rm rm, bool inexact)
{
    u128 rest;
    bool up;

    if (a.exp >= SF_TOP) return a;
    u128 whole = integral(&a, rm, &rest, &up);
    if (rest && inexact) env->flags |= SF_INEXACT | (up ? SF_ROUNDED_UP : 0);
    if (!whole) return sf_zero(a.neg);
    struct sf_parts r = {whole, SF_TOP, SF_FINITE, a.neg, false};
    sf_normalize(&r);
    return r;
}

static struct sf_parts parts_rint(struct sf_env *env, const struct sf_parts *a, enum sf_rm rm, bool inexact)
{
    if (sf_is_nan(a)) return sf_nan1(env, a);
    return a->kind == SF_FINITE ? rint_finite(env, *a, rm, inexact) : *a;
}

static bool fits(u128 whole, bool neg, unsigned bits, bool is_signed)
{
    u128 half = SF_BIT(bits - 1);
    if (is_signed) return whole <= half - !neg;
    return neg ? whole == 0 : whole < 2 * half;
}

static u64 parts_to_int(struct sf_env *env, struct sf_parts *a, enum sf_rm rm, unsigned bits, bool is_signed,
                        unsigned fbits)
{
    u128 rest;
    bool up;

    if (a->kind == SF_ZERO) return 0;
    a->exp += (s32)fbits;
    if (a->kind != SF_FINITE || a->exp > 64) return sf_nan_to_int(env, a, bits, is_signed);
    u128 whole = integral(a, rm, &rest, &up);
    if (!fits(whole, a->neg, bits, is_signed)) return sf_nan_to_int(env, a, bits, is_signed);
    if (rest) env->flags |= SF_INEXACT | (up ? SF_ROUNDED_UP : 0);
    return a->neg ? -(u64)whole : (u64)whole;
}

static struct sf_parts from_int(u64 v, bool is_signed, unsigned fbits)
{
    bool neg = is_signed && v >> 63;

    if (!v) return sf_zero(false);
    struct sf_parts p = {neg ? -v : v, SF_TOP - (s32)fbits, SF_FINITE, neg, false};
    sf_normalize(&p);
    return p;
}

#define CONVERT(from, to)                                                                                    \
    sf_##to sf_##from##_to_##to(struct sf_env *env, sf_##from a)                                             \
    {                                                                                                        \
        return sf_value_##to(convert(env, format_##from(env), format_##to(env), sf_bits_##from(a)));         \
    }

#define FORMAT(f)                                                                                            \
    sf_##f sf_rint_##f(struct sf_env *env, sf_##f a, enum sf_rm rm, bool inexact)                            \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts r = parts_rint(env, &x, rm, inexact);                                                \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
    }                                                                                                        \
    u64 sf_##f##_to_int(struct sf_env *env, sf_##f a, enum sf_rm rm, unsigned bits, bool is_signed,          \
                        unsigned fbits)                                                                      \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        return parts_to_int(env, &x, rm, bits, is_signed, fbits);                                            \
    }                                                                                                        \
    sf_##f sf_int_to_##f(struct sf_env *env, u64 v, bool is_signed, unsigned fbits)                          \
    {                                                                                                        \
        struct sf_parts r = from_int(v, is_signed, fbits);                                                   \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
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

FORMAT(f16)
FORMAT(f32)
FORMAT(f64)
FORMAT(f128)
