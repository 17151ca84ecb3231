/*
 * The families' NaN rules applied: which operand becomes the result, what the default NaN looks like, what an
 * integer gets that cannot hold the value. The facts are the rows of rules.def; the ops' files ask here.
 */
#include "ir/softfloat/parts.h"

const struct sf_rule sf_rules[SF_RULE_COUNT] = {
#define SF_CONVERT(...)
#define SF_RULE(name, tininess, subnormal, snan_first, order2, order3, inf_zero, quiet, fill, sign)          \
    {SF_TINY_##tininess,                                                                                     \
     SF_CONVERT_##name,                                                                                      \
     subnormal,                                                                                              \
     snan_first,                                                                                             \
     order2,                                                                                                 \
     order3,                                                                                                 \
     SF_INF_ZERO_##inf_zero,                                                                                 \
     quiet,                                                                                                  \
     fill,                                                                                                   \
     sign},
#include "ir/softfloat/rules.def"
};

const struct sf_convert sf_converts[SF_CONVERT_COUNT] = {
#define SF_RULE(...)
#define SF_CONVERT(name, nan, range) {SF_INT_##nan, SF_INT_##range},
#include "ir/softfloat/rules.def"
};

void sf_env_init(struct sf_env *env, enum sf_nan_rule rule)
{
    *env = (struct sf_env){
        .nan_rule = (u8)rule, .convert = sf_rules[rule].convert, .tininess = sf_rules[rule].tininess};
}

void sf_env_flush(struct sf_env *env, bool results, bool operands)
{
    bool arm = env->nan_rule == SF_RULE_ARM;
    env->ftz = !results ? SF_FTZ_OFF : arm ? SF_FTZ_ARM : SF_FTZ_X86;
    env->daz = !operands ? SF_DAZ_OFF : arm ? SF_DAZ_ARM : SF_DAZ_X86;
}

static struct sf_parts default_nan(const struct sf_env *env)
{
    const struct sf_rule *rule = &sf_rules[env->nan_rule];
    u128 top = SF_BIT(SF_TOP - 1);
    u128 sig = (rule->quiet ? top : 0) | (rule->fill ? top - 1 : 0);
    return (struct sf_parts){sig, 0, SF_QNAN, rule->sign, false};
}

struct sf_parts sf_nan_invalid(struct sf_env *env, u32 reason)
{
    env->flags |= SF_INVALID | reason;
    return default_nan(env);
}

/* The first operand in the order that is a NaN at least as good as `kind`. */
static const struct sf_parts *first_nan(const char *order, const struct sf_parts *const *ops,
                                        enum sf_kind kind)
{
    for (; *order; order++)
        if (ops[*order - 'a']->kind >= kind) return ops[*order - 'a'];
    return NULL;
}

/* Where a set top bit means signaling, clearing it could leave infinity: there, only quiet NaNs survive. */
static struct sf_parts quieted(const struct sf_env *env, const struct sf_parts *nan)
{
    if (nan->kind == SF_SNAN && !sf_rules[env->nan_rule].quiet) return default_nan(env);
    struct sf_parts p = *nan;
    if (nan->kind == SF_SNAN) p.sig |= SF_BIT(SF_TOP - 1);
    p.kind = SF_QNAN;
    return p;
}

static struct sf_parts choose(struct sf_env *env, const char *order, const struct sf_parts *const *ops,
                              unsigned n)
{
    const struct sf_parts *nan = NULL;
    bool signaling = false;

    for (unsigned i = 0; i < n; i++) signaling |= ops[i]->kind == SF_SNAN;
    if (signaling) env->flags |= SF_INVALID | SF_INV_SNAN;
    if (env->default_nan || !*order) return default_nan(env);
    if (signaling && sf_rules[env->nan_rule].snan_first) nan = first_nan(order, ops, SF_SNAN);
    return quieted(env, nan ? nan : first_nan(order, ops, SF_QNAN));
}

struct sf_parts sf_nan1(struct sf_env *env, const struct sf_parts *a)
{
    const struct sf_parts *ops[] = {a};
    return choose(env, *sf_rules[env->nan_rule].order2 ? "a" : "", ops, 1);
}

struct sf_parts sf_nan2(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b)
{
    const struct sf_parts *ops[] = {a, b};
    return choose(env, sf_rules[env->nan_rule].order2, ops, 2);
}

static bool inf_times_zero(const struct sf_parts *a, const struct sf_parts *b)
{
    return (a->kind == SF_INF && b->kind == SF_ZERO) || (a->kind == SF_ZERO && b->kind == SF_INF);
}

struct sf_parts sf_nan3(struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                        const struct sf_parts *c)
{
    const struct sf_rule *rule = &sf_rules[env->nan_rule];
    const struct sf_parts *ops[] = {a, b, c};

    if (inf_times_zero(a, b)) {
        if (rule->inf_zero != SF_INF_ZERO_KEEP) env->flags |= SF_INVALID | SF_INV_IMZ;
        if (rule->inf_zero == SF_INF_ZERO_DEFAULT && c->kind == SF_QNAN) return default_nan(env);
    }
    return choose(env, rule->order3, ops, 3);
}

u64 sf_nan_to_int(struct sf_env *env, const struct sf_parts *a, unsigned bits, bool is_signed)
{
    const struct sf_convert *convert = &sf_converts[env->convert];
    u64 all = ~(u64)0 >> (64 - bits);
    u64 max = is_signed ? all >> 1 : all;
    u64 min = is_signed ? ~max : 0; /* sign-extended */

    env->flags |= SF_INVALID | SF_INV_CVT | (a->kind == SF_SNAN ? SF_INV_SNAN : 0);
    switch ((enum sf_wrong_int)(sf_is_nan(a) ? convert->nan : convert->range)) {
    case SF_INT_ZERO: return 0;
    case SF_INT_MIN: return min;
    case SF_INT_MAX: return max;
    case SF_INT_BY_SIGN: return a->neg ? min : max;
    case SF_INT_INDEFINITE: break;
    }
    return is_signed ? min : max;
}
