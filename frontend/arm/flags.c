/* The condition flags, set lazily: the unit remembers what last set them, so that a condition becomes one
 * comparison of the original operands, while the slots get their values as pure operations that vanish when
 * the flags die. */
#include "frontend/arm/arm.h"

static ir_ref zero(struct lift *l)
{
    return ir_i32(l->u, 0);
}

void arm_flags_forget(struct lift *l)
{
    struct arm_unit *a = arm_unit(l);
    a->flag_kind = ARM_FL_PARTS;
    a->n = a->z = a->c = a->v = a->fa = a->fb = a->relation = IR_NONE;
}

static void put_flag(struct lift *l, u32 offset, ir_ref b)
{
    ir_put(l->u, offset, ir_zext(l->u, IR_i8, b));
}

void arm_flags_set(struct lift *l, ir_ref n, ir_ref z, ir_ref c, ir_ref v)
{
    struct arm_unit *a = arm_unit(l);
    a->flag_kind = ARM_FL_PARTS;
    a->flags_set = 1;
    a->n = n;
    a->z = z;
    ir_put(l->u, ARM_OFF(nf), n);
    ir_put(l->u, ARM_OFF(zf), z);
    if (c != IR_NONE) put_flag(l, ARM_OFF(cf), a->c = c);
    if (v != IR_NONE) put_flag(l, ARM_OFF(vf), a->v = v);
}

void arm_flags_nzc(struct lift *l, ir_ref result, ir_ref carry)
{
    arm_flags_set(l, result, result, carry, IR_NONE);
}

void arm_flags_sub(struct lift *l, ir_ref a, ir_ref b, ir_ref result)
{
    arm_flags_set(l, result, result, ir_ule(l->u, b, a), ir_sub_v(l->u, a, b));
    struct arm_unit *s = arm_unit(l);
    s->flag_kind = ARM_FL_SUB;
    s->fa = a;
    s->fb = b;
}

/* N: less. Z: equal. C: not less. V: unordered (A2.5.3). */
void arm_flags_fcmp(struct lift *l, ir_ref rel)
{
    struct ir_unit *u = l->u;
    ir_ref less = ir_eq(u, rel, ir_const(u, IR_i8, 1));
    ir_ref n = ir_shl(u, ir_zext(u, IR_i32, less), ir_i32(u, 31));
    arm_flags_set(l, n, ir_zext(u, IR_i32, rel), ir_not(u, less), ir_eq(u, rel, ir_const(u, IR_i8, 3)));
    arm_unit(l)->flag_kind = ARM_FL_FCMP;
    arm_unit(l)->fa = rel;
}

static ir_ref slot_flag(struct lift *l, u32 offset)
{
    return ir_ne(l->u, ir_get(l->u, IR_i8, offset), ir_const(l->u, IR_i8, 0));
}

ir_ref arm_carry(struct lift *l)
{
    struct arm_unit *a = arm_unit(l);
    return a->c != IR_NONE ? a->c : slot_flag(l, ARM_OFF(cf));
}

static ir_ref overflow(struct lift *l)
{
    struct arm_unit *a = arm_unit(l);
    return a->v != IR_NONE ? a->v : slot_flag(l, ARM_OFF(vf));
}

static ir_ref negative(struct lift *l)
{
    struct arm_unit *a = arm_unit(l);
    ir_ref n = a->n != IR_NONE ? a->n : ir_get(l->u, IR_i32, ARM_OFF(nf));
    return ir_slt(l->u, n, zero(l));
}

static ir_ref is_zero(struct lift *l)
{
    struct arm_unit *a = arm_unit(l);
    ir_ref z = a->z != IR_NONE ? a->z : ir_get(l->u, IR_i32, ARM_OFF(zf));
    return ir_eq(l->u, z, zero(l));
}

/* Conditions with an even number from the flags themselves; A8.3. */
static ir_ref cond_parts(struct lift *l, u32 cond)
{
    struct ir_unit *u = l->u;
    switch (cond) {
    case 0: return is_zero(l);
    case 2: return arm_carry(l);
    case 4: return negative(l);
    case 6: return overflow(l);
    case 8: return ir_and(u, arm_carry(l), ir_not(u, is_zero(l)));
    case 10: return ir_not(u, ir_xor(u, negative(l), overflow(l)));
    default: return ir_and(u, ir_not(u, is_zero(l)), ir_not(u, ir_xor(u, negative(l), overflow(l))));
    }
}

static ir_ref cond_sub(struct lift *l, u32 cond)
{
    struct arm_unit *s = arm_unit(l);
    switch (cond) {
    case 0: return ir_eq(l->u, s->fa, s->fb);
    case 2: return ir_ule(l->u, s->fb, s->fa);
    case 8: return ir_ult(l->u, s->fb, s->fa);
    case 10: return ir_sle(l->u, s->fb, s->fa);
    case 12: return ir_slt(l->u, s->fb, s->fa);
    default: return cond_parts(l, cond);
    }
}

static ir_ref cond_fcmp(struct lift *l, u32 cond)
{
    struct ir_unit *u = l->u;
    ir_ref rel = arm_unit(l)->fa;
    switch (cond) { /* 0 equal, 1 less, 2 greater, 3 unordered */
    case 0: return ir_eq(u, rel, ir_const(u, IR_i8, 0));
    case 2: return ir_ne(u, rel, ir_const(u, IR_i8, 1));
    case 4: return ir_eq(u, rel, ir_const(u, IR_i8, 1));
    case 6: return ir_eq(u, rel, ir_const(u, IR_i8, 3));
    case 8: return ir_ule(u, ir_const(u, IR_i8, 2), rel);
    case 10: return ir_not(u, ir_trunc(u, IR_b1, rel));
    default: return ir_eq(u, rel, ir_const(u, IR_i8, 2));
    }
}

ir_ref arm_cond(struct lift *l, u32 cond)
{
    u32 kind = arm_unit(l)->flag_kind, even = cond & ~1u;
    ir_ref c = kind == ARM_FL_SUB    ? cond_sub(l, even)
               : kind == ARM_FL_FCMP ? cond_fcmp(l, even)
                                     : cond_parts(l, even);
    return cond & 1 ? ir_not(l->u, c) : c;
}

static ir_ref flag_bit(struct lift *l, ir_ref b, u32 bit)
{
    return ir_shl(l->u, ir_zext(l->u, IR_i32, b), ir_i32(l->u, bit));
}

ir_ref arm_psr_nzcv(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref nz = ir_or(u, flag_bit(l, negative(l), 31), flag_bit(l, is_zero(l), 30));
    return ir_or(u, nz, ir_or(u, flag_bit(l, arm_carry(l), 29), flag_bit(l, overflow(l), 28)));
}

static ir_ref bit_of(struct lift *l, ir_ref v, u32 bit)
{
    return ir_trunc(l->u, IR_b1, ir_shr(l->u, v, ir_i32(l->u, bit)));
}

void arm_set_psr_nzcv(struct lift *l, ir_ref v)
{
    ir_ref z = ir_zext(l->u, IR_i32, ir_not(l->u, bit_of(l, v, 30)));
    arm_flags_set(l, v, z, bit_of(l, v, 29), bit_of(l, v, 28));
}

void arm_set_q(struct lift *l, ir_ref saturated)
{
    struct ir_unit *u = l->u;
    ir_ref p = arm_unit(l)->pred;
    if (p != IR_NONE) saturated = ir_and(u, saturated, p);
    ir_ref q = ir_get(u, IR_i8, ARM_OFF(qf));
    ir_put(u, ARM_OFF(qf), ir_or(u, q, ir_zext(u, IR_i8, saturated)));
}
