/*
 * Taking values apart and putting them together: unpacking, rounding, overflow, tininess, flushing, packing,
 * for every format from its two field widths. What a NaN becomes is nan.c's; what the ops compute is theirs.
 */
#include "ir/softfloat/parts.h"

static bool may_flush(const struct sf_env *env, const struct sf_format *f)
{
    return f->flush == SF_FLUSH || (f->flush == SF_FLUSH_IF_F16 && env->flush_f16);
}

static struct sf_parts unpack_subnormal(struct sf_env *env, const struct sf_format *f, u128 frac, bool neg)
{
    if (env->daz && may_flush(env, f)) {
        if (env->daz == SF_DAZ_ARM) env->flags |= SF_DENORMAL;
        return sf_zero(neg);
    }
    struct sf_parts p = {frac, 1 - sf_bias(f), SF_FINITE, neg, true};
    sf_normalize(&p);
    return p;
}

static struct sf_parts unpack_special(const struct sf_env *env, u128 frac, bool neg)
{
    if (!frac) return sf_infinity(neg);
    bool top = frac >> (SF_TOP - 1) & 1;
    return (struct sf_parts){frac, 0, top == sf_rules[env->nan_rule].quiet ? SF_QNAN : SF_SNAN, neg, false};
}

struct sf_parts sf_unpack_rare(struct sf_env *env, const struct sf_format *f, u128 frac, s32 exp, bool neg)
{
    if (exp == 0) return frac ? unpack_subnormal(env, f, frac, neg) : sf_zero(neg);
    if (!f->alt) return unpack_special(env, frac, neg);
    return (struct sf_parts){frac | SF_BIT(SF_TOP), exp - sf_bias(f), SF_FINITE, neg, false};
}

/* Overflow gives infinity, or the largest number where the mode rounds towards zero. */
static u128 pack_overflow(struct sf_env *env, const struct sf_format *f, bool neg)
{
    enum sf_rm rm = env->rm;
    s32 exp_max = sf_exp_max(f);
    u128 frac_max = SF_BIT(f->frac_bits) - 1;

    if (f->alt) {
        env->flags |= SF_INVALID;
        return sf_assemble(f, neg, exp_max, frac_max);
    }
    env->flags |= SF_OVERFLOW | SF_INEXACT;
    if (rm == SF_RTZ || rm == SF_ODD || rm == (neg ? SF_RUP : SF_RDN))
        return sf_assemble(f, neg, exp_max - 1, frac_max);
    env->flags |= SF_ROUNDED_UP;
    return sf_assemble(f, neg, exp_max, 0);
}

/* Below the least normal number: is it still when rounded as if the exponent had no bound? */
static bool tiny_after(const struct sf_env *env, const struct sf_parts *p, s32 below, s32 cut)
{
    u128 rest;
    bool up;
    return below > 1 || !(sf_round_at(p->sig, cut, env->rm, p->neg, &rest, &up) >> (SF_TOP + 1 - cut));
}

static u128 pack_flushed(struct sf_env *env, const struct sf_format *f, bool neg)
{
    env->flags |= env->ftz == SF_FTZ_ARM ? SF_UNDERFLOW : SF_UNDERFLOW | SF_INEXACT;
    return sf_assemble(f, neg, 0, 0);
}

static u128 pack_subnormal(struct sf_env *env, const struct sf_format *f, const struct sf_parts *p, s32 below)
{
    s32 cut = SF_TOP - f->frac_bits;
    bool flush = env->ftz && may_flush(env, f);
    bool before = env->tininess == SF_TINY_BEFORE || (flush && env->ftz == SF_FTZ_ARM);
    bool tiny = before || tiny_after(env, p, below, cut);
    u128 rest;
    bool up;

    env->flags |= tiny ? SF_TINY : 0;
    if (tiny && flush) return pack_flushed(env, f, p->neg);
    u128 frac = sf_round_at(sf_shift_jam(p->sig, below), cut, env->rm, p->neg, &rest, &up);
    if (rest) env->flags |= SF_INEXACT | (tiny ? SF_UNDERFLOW : 0) | (up ? SF_ROUNDED_UP : 0);
    return sf_assemble(f, p->neg, 0, 0) + frac; /* a carry makes it the least normal number */
}

static u128 pack_finite(struct sf_env *env, const struct sf_format *f, const struct sf_parts *p)
{
    s32 exp = p->exp + sf_bias(f);
    u128 rest;
    bool up;

    if (exp < 1) return pack_subnormal(env, f, p, 1 - exp);
    u128 whole = sf_round_at(p->sig, SF_TOP - f->frac_bits, env->rm, p->neg, &rest, &up);
    exp += (s32)(whole >> (f->frac_bits + 1));
    if (exp >= sf_exp_max(f) + f->alt) return pack_overflow(env, f, p->neg);
    if (rest) env->flags |= SF_INEXACT | (up ? SF_ROUNDED_UP : 0);
    return sf_assemble(f, p->neg, exp, whole & (SF_BIT(f->frac_bits) - 1));
}

/* The alternative half has neither infinity nor NaN: FPConvert and FPRoundCV of the ARM manual. */
static u128 pack_alt_special(struct sf_env *env, const struct sf_format *f, const struct sf_parts *p)
{
    if (p->kind == SF_INF) return pack_overflow(env, f, p->neg);
    env->flags |= SF_INVALID;
    return sf_assemble(f, p->neg, 0, 0);
}

u128 sf_pack_rare(struct sf_env *env, const struct sf_format *f, const struct sf_parts *p)
{
    s32 exp_max = sf_exp_max(f);

    if (p->kind == SF_FINITE) return pack_finite(env, f, p);
    if (p->kind == SF_ZERO) return sf_assemble(f, p->neg, 0, 0);
    if (f->alt) return pack_alt_special(env, f, p);
    if (p->kind == SF_INF) return sf_assemble(f, p->neg, exp_max, 0);
    return sf_assemble(f, p->neg, exp_max, p->sig >> (SF_TOP - f->frac_bits));
}
