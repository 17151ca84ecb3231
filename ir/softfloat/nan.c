/*
 * The families' NaN rules applied: which operand becomes the result, what the default NaN looks like.
 * The facts are the rows of rules.def; the ops' files ask here.
 */
#include "ir/softfloat/softfloat.h"

static const u8 reset_tininess[SF_RULE_COUNT] = {
#define SF_RULE(name, tininess, ...) SF_TINY_##tininess,
#include "ir/softfloat/rules.def"
#undef SF_RULE
};

void sf_env_init(struct sf_env *env, enum sf_nan_rule rule)
{
    *env = (struct sf_env){.nan_rule = (u8)rule, .tininess = reset_tininess[rule]};
}
