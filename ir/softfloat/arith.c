/*
 * Addition, subtraction, multiplication, scaling and the remainder. Each op is one function on parts, made
 * into one public function per format at the end of the file.
 */
#include "ir/softfloat/parts.h"

/* An exact zero sum of opposite signs is +0, but -0 when rounding down. */
static struct sf_parts zero_sum(const struct sf_env *env, bool a_neg, bool b_neg)
{
    return sf_zero(a_neg == b_neg ? a_neg : env->rm == SF_RDN);
}

static bool magnitude_below(const struct sf_parts *a, const struct sf_parts *b)
{
    return a->exp != b->exp ? a->exp < b->exp : a->sig < b->sig;
}

/*
 * Aligning by a jamming shift is exact enough: bits are lost only over a distance at which the difference
 * keeps all but one of its leading bits, and every format leaves more than two bits below its last place.
 */
struct sf_parts sf_add_finite(const struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                              bool subtract)
{
    bool b_neg = b->neg ^ subtract, differ = a->neg != b_neg, swap = magnitude_below(a, b);
    const struct sf_parts *large = swap ? b : a, *small = swap ? a : b;
    u128 aligned = sf_shift_jam(small->sig, large->exp - small->exp);
    struct sf_parts r = {large->sig + (differ ? -aligned : aligned), large->exp, SF_FINITE,
                         swap ? b_neg : a->neg, false};

    if (!r.sig) return zero_sum(env, a->neg, b_neg);
    sf_normalize(&r);
    return r;
}

static struct sf_parts add_special(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                                   bool subtract)
{
    bool b_neg = b->neg ^ subtract;

    if (sf_is_nan(a) || sf_is_nan(b)) return sf_nan2(env, a, b);
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    if (a->kind == SF_INF && b->kind == SF_INF && a->neg != b_neg) return sf_nan_invalid(env, SF_INV_ISI);
    if (a->kind == SF_ZERO && b->kind == SF_ZERO) return zero_sum(env, a->neg, b_neg);
    struct sf_parts r = a->kind > b->kind ? *a : *b; /* zero, number, infinity: the greater kind is the sum */
    r.neg = a->kind > b->kind ? a->neg : b_neg;
    return r;
}

static struct sf_parts add(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                           bool subtract)
{
    if (unlikely(a->kind != SF_FINITE || b->kind != SF_FINITE)) return add_special(env, a, b, subtract);
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    return sf_add_finite(env, a, b, subtract);
}

static struct sf_parts parts_add(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b)
{
    return add(env, a, b, false);
}

static struct sf_parts parts_sub(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b)
{
    return add(env, a, b, true);
}

u128 sf_mul_full(u128 a, u128 b, u128 *low)
{
    u64 al = (u64)a, ah = (u64)(a >> 64), bl = (u64)b, bh = (u64)(b >> 64);
    u128 ll = (u128)al * bl, hl = (u128)ah * bl, lh = (u128)al * bh;
    u128 middle = (ll >> 64) + (u64)hl + (u64)lh;

    *low = middle << 64 | (u64)ll;
    return (u128)ah * bh + (hl >> 64) + (lh >> 64) + (middle >> 64);
}

struct sf_parts sf_mul_finite(const struct sf_parts *a, const struct sf_parts *b)
{
    struct sf_parts p = {0, a->exp + b->exp, SF_FINITE, a->neg ^ b->neg, false};
    u128 x = a->sig << 1, y = b->sig << 1, low;

    if ((u64)x | (u64)y) {
        p.sig = sf_mul_full(x, y, &low);
        p.sig |= low != 0;
    } else {
        p.sig = (u128)(u64)(x >> 64) * (u64)(y >> 64);
    }
    sf_normalize(&p);
    return p;
}

static struct sf_parts mul_special(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b)
{
    bool neg = a->neg ^ b->neg;

    if (sf_is_nan(a) || sf_is_nan(b)) return sf_nan2(env, a, b);
    if (a->kind + b->kind == SF_INF + SF_ZERO && a->kind != b->kind) return sf_nan_invalid(env, SF_INV_IMZ);
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    return a->kind == SF_INF || b->kind == SF_INF ? sf_infinity(neg) : sf_zero(neg);
}

static struct sf_parts parts_mul(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b)
{
    if (unlikely(a->kind != SF_FINITE || b->kind != SF_FINITE)) return mul_special(env, a, b);
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    return sf_mul_finite(a, b);
}

/* Exponents beyond this round like it in every format. */
#define SCALE_MAX 100000

static struct sf_parts parts_scalbn(struct sf_env *env, struct sf_parts a, s32 n)
{
    if (sf_is_nan(&a)) return sf_nan1(env, &a);
    sf_note_subnormal(env, a.subnormal);
    if (a.kind == SF_FINITE) a.exp += n > SCALE_MAX ? SCALE_MAX : n < -SCALE_MAX ? -SCALE_MAX : n;
    return a;
}

/*
 * |a| modulo |b| by long division, a bit a turn, for distance = a.exp - b.exp >= -1; then to the nearer side.
 * *odd: the integer quotient is.
 */
static u128 modulo(u128 a, u128 b, s32 distance, bool *odd)
{
    *odd = false;
    if (distance < 0) return a >> 1;
    for (;; a <<= 1) {
        *odd = a >= b;
        a -= *odd ? b : 0;
        if (distance-- == 0) return a;
    }
}

static struct sf_parts rem_finite(const struct sf_parts *a, const struct sf_parts *b)
{
    struct sf_parts r = {0, b->exp, SF_FINITE, a->neg, false};
    bool odd;

    if (a->exp - b->exp < -1) return *a;
    r.sig = modulo(a->sig, b->sig, a->exp - b->exp, &odd);
    if (2 * r.sig > b->sig || (2 * r.sig == b->sig && odd)) {
        r.sig = b->sig - r.sig;
        r.neg ^= 1;
    }
    if (!r.sig) return sf_zero(a->neg);
    sf_normalize(&r);
    return r;
}

static struct sf_parts parts_rem(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b)
{
    if (sf_is_nan(a) || sf_is_nan(b)) return sf_nan2(env, a, b);
    if (a->kind == SF_INF || b->kind == SF_ZERO)
        return sf_nan_invalid(env, a->kind == SF_INF ? SF_INV_IDI : SF_INV_ZDZ);
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    return a->kind == SF_ZERO || b->kind == SF_INF ? *a : rem_finite(a, b);
}

#define BINARY(op, f)                                                                                        \
    sf_##f sf_##op##_##f(struct sf_env *env, sf_##f a, sf_##f b)                                             \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts y = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(b));                                     \
        struct sf_parts r = parts_##op(env, &x, &y);                                                         \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
    }

#define FORMAT(f)                                                                                            \
    BINARY(add, f)                                                                                           \
    BINARY(sub, f)                                                                                           \
    BINARY(mul, f)                                                                                           \
    BINARY(rem, f)                                                                                           \
    sf_##f sf_scalbn_##f(struct sf_env *env, sf_##f a, s32 n)                                                \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts r = parts_scalbn(env, x, n);                                                         \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
    }

FORMAT(f16)
FORMAT(f32)
FORMAT(f64)
FORMAT(f128)
