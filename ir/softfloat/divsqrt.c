/*
 * Division and square root. Quotients and roots are developed to a few bits more than the format holds, the
 * rest jammed into the last of them, and rounded by parts.c.
 */
#include "ir/softfloat/parts.h"

/* a / b for significands of at most 64 bits: one hardware division's worth. Result * 2^SF_TOP, 62 bits or
 * more. */
static u128 divide_short(u128 a, u64 b)
{
    u64 q = (u64)(a / b);
    bool rest = (u128)q * b != a;
    return (u128)q << 63 | rest;
}

#define QUOTIENT_BITS 116 /* quad's 113, one for a quotient below 1, two for rounding */

/* The same for any significands, a bit a turn. */
static u128 divide_long(u128 a, u128 b)
{
    u128 q = 0;

    for (int i = 0; i < QUOTIENT_BITS; i++) {
        bool bit = a >= b;
        q = q << 1 | bit;
        a = (a - (bit ? b : 0)) << 1;
    }
    return q << (SF_TOP + 1 - QUOTIENT_BITS) | (a != 0);
}

static struct sf_parts div_finite(const struct sf_parts *a, const struct sf_parts *b, bool wide)
{
    struct sf_parts p = {0, a->exp - b->exp, SF_FINITE, a->neg ^ b->neg, false};

    if (wide)
        p.sig = divide_long(a->sig, b->sig);
    else
        p.sig = divide_short(a->sig, (u64)(b->sig >> 63));
    sf_normalize(&p);
    return p;
}

static struct sf_parts parts_div(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                                 bool wide)
{
    bool neg = a->neg ^ b->neg;

    if (sf_is_nan(a) || sf_is_nan(b)) return sf_nan2(env, a, b);
    if (a->kind == b->kind && a->kind != SF_FINITE)
        return sf_nan_invalid(env, a->kind == SF_INF ? SF_INV_IDI : SF_INV_ZDZ);
    if (b->kind == SF_ZERO && a->kind == SF_FINITE)
        env->flags |= SF_DIVZERO;
    else
        sf_note_subnormal(env, a->subnormal | b->subnormal);
    if (a->kind == SF_INF || b->kind == SF_ZERO) return sf_infinity(neg);
    if (a->kind == SF_ZERO || b->kind == SF_INF) return sf_zero(neg);
    return div_finite(a, b, wide);
}

/* The integer root of m >= 2^126 by Newton's iteration from above; *rest: m is no square. */
static u64 root_short(u128 m, bool *rest)
{
    u64 x = ~(u64)0, next = x;
    do {
        x = next;
        next = (u64)(((u128)x + (u64)(m / x)) >> 1);
    } while (next < x);
    *rest = (u128)x * x != m;
    return x;
}

/* The root of m / 2^124, 1 <= it < 4, to `bits` bits, times 2^124, a bit a turn; the rest jammed. */
static u128 root_long(u128 m, int bits)
{
    u128 root = 0, twice = 0; /* twice: 2 * root, aligned to the bit being tried */

    for (u128 bit = SF_BIT(124); bits-- > 0; bit >>= 1) {
        if (twice + bit <= m) {
            m -= twice + bit;
            twice += 2 * bit;
            root += bit;
        }
        m <<= 1;
    }
    return root | (m != 0);
}

static struct sf_parts sqrt_finite(struct sf_parts a, bool wide)
{
    bool odd = a.exp & 1, rest;

    a.exp = (a.exp - odd) / 2;
    if (wide) {
        a.sig = root_long(a.sig << odd >> 2, QUOTIENT_BITS) << 2;
    } else {
        u64 root = root_short(a.sig << odd, &rest);
        a.sig = (u128)root << 63 | rest;
    }
    a.subnormal = false;
    return a;
}

static struct sf_parts parts_sqrt(struct sf_env *env, const struct sf_parts *a, bool wide)
{
    if (sf_is_nan(a)) return sf_nan1(env, a);
    if (a->neg && a->kind != SF_ZERO) return sf_nan_invalid(env, SF_INV_SQRT);
    sf_note_subnormal(env, a->subnormal);
    return a->kind == SF_FINITE ? sqrt_finite(*a, wide) : *a;
}

#define FORMAT(f, wide)                                                                                      \
    sf_##f sf_div_##f(struct sf_env *env, sf_##f a, sf_##f b)                                                \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts y = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(b));                                     \
        struct sf_parts r = parts_div(env, &x, &y, wide);                                                    \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
    }                                                                                                        \
    sf_##f sf_sqrt_##f(struct sf_env *env, sf_##f a)                                                         \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts r = parts_sqrt(env, &x, wide);                                                       \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
    }

FORMAT(f16, false)
FORMAT(f32, false)
FORMAT(f64, false)
FORMAT(f128, true)
