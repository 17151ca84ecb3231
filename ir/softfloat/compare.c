/*
 * Comparison, minimum and maximum in the families' variants, and classification.
 */
#include "ir/softfloat/parts.h"

static int order_magnitudes(const struct sf_parts *a, const struct sf_parts *b)
{
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind != SF_FINITE) return 0;
    if (a->exp != b->exp) return a->exp < b->exp ? -1 : 1;
    return a->sig == b->sig ? 0 : a->sig < b->sig ? -1 : 1;
}

/* Of two numbers; -0 equals +0. */
static enum sf_relation order(const struct sf_parts *a, const struct sf_parts *b)
{
    if (a->kind == SF_ZERO && b->kind == SF_ZERO) return SF_EQ;
    if (a->neg != b->neg) return a->neg ? SF_LT : SF_GT;
    int magnitudes = order_magnitudes(a, b);
    return (enum sf_relation)(a->neg ? -magnitudes : magnitudes);
}

static enum sf_relation parts_cmp(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                                  bool signaling)
{
    if (sf_is_nan(a) || sf_is_nan(b)) {
        bool snan = a->kind == SF_SNAN || b->kind == SF_SNAN;
        if (snan) env->flags |= SF_INVALID | SF_INV_SNAN;
        if (signaling) env->flags |= SF_INVALID | SF_INV_CMP;
        return SF_UNORDERED;
    }
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    return order(a, b);
}

/* a before b in the order that minima go by: magnitudes first if asked, -0 below +0. */
static bool goes_below(const struct sf_parts *a, const struct sf_parts *b, unsigned kind)
{
    int by_magnitude = kind & SF_MAG ? order_magnitudes(a, b) : 0;
    if (by_magnitude) return by_magnitude < 0;
    enum sf_relation r = order(a, b);
    return r == SF_EQ ? a->neg : r == SF_LT;
}

static struct sf_parts minmax_nan(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                                  unsigned kind)
{
    unsigned variant = kind & 7;
    bool snan = a->kind == SF_SNAN || b->kind == SF_SNAN;
    bool number = !sf_is_nan(a) || !sf_is_nan(b);

    if (!number || variant == SF_MIN_PROPAGATE || (variant == SF_MIN_NUM2008 && snan))
        return sf_nan2(env, a, b);
    if (snan) env->flags |= SF_INVALID | SF_INV_SNAN;
    return sf_is_nan(a) ? *b : *a;
}

static struct sf_parts parts_minmax(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                                    unsigned kind)
{
    if (sf_is_nan(a) || sf_is_nan(b)) return minmax_nan(env, a, b, kind);
    sf_note_subnormal(env, a->subnormal | b->subnormal);
    bool second = kind & SF_MAX ? goes_below(a, b, kind) : goes_below(b, a, kind);
    return second ? *b : *a;
}

/* x86's selects an operand by comparing; what DAZ made zero of comes out as zero. */
static u128 x86_minmax(struct sf_env *env, const struct sf_format *f, u128 a, u128 b, unsigned kind)
{
    struct sf_parts x = sf_unpack(env, f, a);
    struct sf_parts y = sf_unpack(env, f, b);
    bool first = parts_cmp(env, &x, &y, true) == (kind & SF_MAX ? SF_GT : SF_LT);
    const struct sf_parts *chosen = first ? &x : &y;
    return chosen->kind == SF_ZERO ? sf_pack(env, f, chosen) : first ? a : b;
}

static unsigned parts_class(const struct sf_parts *a)
{
    static const u8 bits[] = {SF_IS_ZERO, SF_IS_NORMAL, SF_IS_INF, SF_IS_QNAN, SF_IS_SNAN};
    unsigned kind = a->subnormal ? SF_IS_SUBNORMAL : bits[a->kind];
    return kind | (a->neg ? SF_IS_NEG : 0);
}

#define FORMAT(f)                                                                                            \
    enum sf_relation sf_cmp_##f(struct sf_env *env, sf_##f a, sf_##f b, bool signaling)                      \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts y = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(b));                                     \
        return parts_cmp(env, &x, &y, signaling);                                                            \
    }                                                                                                        \
    sf_##f sf_minmax_##f(struct sf_env *env, sf_##f a, sf_##f b, unsigned kind)                              \
    {                                                                                                        \
        if ((kind & 7) == SF_MIN_X86)                                                                        \
            return sf_value_##f(x86_minmax(env, &sf_fmt_##f, sf_bits_##f(a), sf_bits_##f(b), kind));         \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts y = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(b));                                     \
        struct sf_parts r = parts_minmax(env, &x, &y, kind);                                                 \
        return sf_value_##f(sf_pack(env, &sf_fmt_##f, &r));                                                  \
    }                                                                                                        \
    unsigned sf_class_##f(const struct sf_env *env, sf_##f a)                                                \
    {                                                                                                        \
        struct sf_env plain = {.nan_rule = env->nan_rule};                                                   \
        struct sf_parts x = sf_unpack(&plain, &sf_fmt_##f, sf_bits_##f(a));                                  \
        return parts_class(&x);                                                                              \
    }

FORMAT(f16)
FORMAT(f32)
FORMAT(f64)
FORMAT(f128)
