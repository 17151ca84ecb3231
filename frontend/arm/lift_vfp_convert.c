/* VFP conversions of fixed point and half precision (A8.8.308, A8.8.310 and neighbours). The two halves of a
 * word and the alternative half-precision format make them a file of their own. */
#include "arm_isa.h"
#include "frontend/arm/helpers.h"
#include "frontend/arm/vfp.h"

static ir_ref fixed_source(struct lift *l, const struct arm_args_vfix *a)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_get(u, IR_i32, arm_vreg_off(a->sz, a->d));
    if (a->sx) return v;
    ir_ref half = ir_trunc(u, IR_i16, v);
    return a->u ? ir_zext(u, IR_i32, half) : ir_sext(u, IR_i32, half);
}

static s32 fraction_bits(const struct arm_args_vfix *a)
{
    return (a->sx ? 32 : 16) - (s32)a->fbits;
}

/* 2 to the power of -n, in either precision. */
static ir_ref power(struct lift *l, u32 sz, s32 n)
{
    return ir_const(l->u, arm_vtype(sz), sz ? (u64)(1023 - n) << 52 : (u64)(127 - n) << 23);
}

/* Rounds to nearest whatever the mode; scaling by a power of two is exact here. */
bool arm_lift_vcvt_from_fixed(struct lift *l, const struct arm_args_vfix *a)
{
    struct ir_unit *u = l->u;
    s32 n = fraction_bits(a);
    if (n < 0) return false;
    ir_ref v = fixed_source(l, a);
    ir_ref f = ir_fp(u, a->u ? IR_OP_u2f : IR_OP_s2f, arm_vtype(a->sz), IR_RM_RNE, v, IR_NONE, IR_NONE);
    arm_set_vreg(l, a->sz, a->d, ir_fmul(u, f, power(l, a->sz, n)));
    return true;
}

bool arm_lift_vcvt_to_fixed(struct lift *l, const struct arm_args_vfix *a)
{
    struct ir_unit *u = l->u;
    s32 n = fraction_bits(a);
    if (n < 0) return false;
    u32 spec = (u32)n | (a->sx ? 0 : ARM_FIX_HALF) | (a->u ? ARM_FIX_UNSIGNED : 0);
    ir_ref args[2] = {ir_get(u, a->sz ? IR_i64 : IR_i32, arm_vreg_off(a->sz, a->d)), ir_i32(u, spec)};
    ir_ref r = ir_call(u, a->sz ? ARM_HELP_fixed_f64 : ARM_HELP_fixed_f32, 2, args);
    if (a->sz)
        ir_put(u, arm_vreg_off(1, a->d), a->u ? ir_zext(u, IR_i64, r) : ir_sext(u, IR_i64, r));
    else
        arm_set_vword(l, a->d, r);
    return true;
}

static bool alternative(const struct lift *l)
{
    return (l->key & ARM_KEY_FIELD(AHP)) != 0;
}

/* op: the top half of the source or destination. */
bool arm_lift_vcvt_from_half(struct lift *l, const struct arm_args_vcvt *a)
{
    struct ir_unit *u = l->u;
    ir_ref half = ir_get(u, IR_i16, arm_vreg_off(0, a->m) + (a->op ? 2 : 0));
    if (alternative(l)) {
        ir_ref arg = ir_zext(u, IR_i32, half);
        arm_set_vword(l, a->d, ir_call(u, ARM_HELP_half_f32, 1, &arg));
    } else {
        arm_set_vreg(l, 0, a->d, ir_fcvt(u, IR_f32, ir_bits(u, IR_f16, half)));
    }
    return true;
}

bool arm_lift_vcvt_to_half(struct lift *l, const struct arm_args_vcvt *a)
{
    struct ir_unit *u = l->u;
    ir_ref half;
    if (alternative(l)) {
        ir_ref arg = arm_vword(l, a->m);
        half = ir_trunc(u, IR_i16, ir_call(u, ARM_HELP_f32_half, 1, &arg));
    } else {
        half = ir_bits(u, IR_i16, ir_fcvt(u, IR_f16, arm_vreg(l, 0, a->m)));
    }
    ir_put(u, arm_vreg_off(0, a->d) + (a->op ? 2 : 0), half);
    return true;
}
