/*
 * Fused multiply and add. The product of two f16, f32 or f64 fits a significand exactly and is added as any
 * number; a quad's does not, and fma128.c adds it.
 */
#include "ir/softfloat/parts.h"

/* a * b with a kind of its own; NaNs and inf * 0 are out of the way. */
static struct sf_parts product(const struct sf_parts *a, const struct sf_parts *b)
{
    bool neg = a->neg ^ b->neg;

    if (a->kind == SF_INF || b->kind == SF_INF) return sf_infinity(neg);
    if (a->kind == SF_ZERO || b->kind == SF_ZERO) return sf_zero(neg);
    return sf_mul_finite(a, b);
}

static struct sf_parts sum(struct sf_env *env, const struct sf_parts *p, const struct sf_parts *c,
                           bool subtract)
{
    bool c_neg = c->neg ^ subtract;

    if (p->kind == SF_FINITE && c->kind == SF_FINITE) return sf_add_finite(env, p, c, subtract);
    if (p->kind == SF_INF && c->kind == SF_INF && p->neg != c_neg) return sf_nan_invalid(env, SF_INV_ISI);
    if (p->kind == SF_ZERO && c->kind == SF_ZERO) return sf_zero(p->neg == c_neg ? c_neg : env->rm == SF_RDN);
    struct sf_parts r = p->kind > c->kind ? *p : *c;
    r.neg = p->kind > c->kind ? p->neg : c_neg;
    return r;
}

static struct sf_parts parts_fma(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                                 const struct sf_parts *c, unsigned mode, bool wide)
{
    if (sf_is_nan(a) || sf_is_nan(b) || sf_is_nan(c)) return sf_nan3(env, a, b, c);
    if (a->kind + b->kind == SF_INF + SF_ZERO && a->kind != b->kind) return sf_nan_invalid(env, SF_INV_IMZ);
    struct sf_parts r;
    if (wide && a->kind == SF_FINITE && b->kind == SF_FINITE && c->kind == SF_FINITE) {
        r = sf_fma_wide(env, a, b, c, mode);
    } else {
        struct sf_parts p = product(a, b);
        p.neg ^= (mode & SF_NEG_PRODUCT) != 0;
        r = sum(env, &p, c, mode & SF_NEG_ADDEND);
    }
    if (!sf_is_nan(&r)) sf_note_subnormal(env, a->subnormal | b->subnormal | c->subnormal);
    return r;
}

/* The result is negated after rounding, so that a directed mode sees the sign of the sum (PowerPC fnmadd). */
static u128 finish(struct sf_env *env, const struct sf_format *f, struct sf_parts *r, unsigned mode)
{
    if (r->kind == SF_FINITE && (mode & SF_HALVE)) r->exp--;
    u128 bits = sf_pack(env, f, r);
    if ((mode & SF_NEG_RESULT) && !sf_is_nan(r)) bits ^= SF_BIT(f->exp_bits + f->frac_bits);
    return bits;
}

#define FORMAT(f, wide)                                                                                      \
    sf_##f sf_fma_##f(struct sf_env *env, sf_##f a, sf_##f b, sf_##f c, unsigned mode)                       \
    {                                                                                                        \
        struct sf_parts x = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(a));                                     \
        struct sf_parts y = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(b));                                     \
        struct sf_parts z = sf_unpack(env, &sf_fmt_##f, sf_bits_##f(c));                                     \
        struct sf_parts r = parts_fma(env, &x, &y, &z, mode, wide);                                          \
        return sf_value_##f(finish(env, &sf_fmt_##f, &r, mode));                                             \
    }

FORMAT(f16, false)
FORMAT(f32, false)
FORMAT(f64, false)
FORMAT(f128, true)
