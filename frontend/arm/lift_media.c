/* Bits and bytes within registers: bit fields, extension, packing, reversal, saturation (A5.2.6, A5.2.12,
 * A5.4.3). The parallel additions are in lift_parallel.c. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

bool arm_lift_bfx(struct lift *l, const struct arm_args_bfx *a)
{
    struct ir_unit *u = l->u;
    u32 width = a->width1 + 1;
    if (a->lsb + width > 32) return false;
    ir_ref up = ir_shl(u, arm_reg(l, a->rn), ir_i32(u, 32 - width - a->lsb));
    ir_ref by = ir_i32(u, 32 - width);
    arm_set_reg(l, a->rd, a->u ? ir_shr(u, up, by) : ir_sar(u, up, by));
    return true;
}

/* rn 15 is BFC. */
bool arm_lift_bfi(struct lift *l, const struct arm_args_bfi *a)
{
    struct ir_unit *u = l->u;
    if (a->msb < a->lsb) return false;
    u32 mask = (~0u >> (31 - (a->msb - a->lsb))) << a->lsb;
    ir_ref r = ir_and(u, arm_reg(l, a->rd), ir_i32(u, ~mask));
    if (a->rn != 15) {
        ir_ref field = ir_and(u, ir_shl(u, arm_reg(l, a->rn), ir_i32(u, a->lsb)), ir_i32(u, mask));
        r = ir_or(u, r, field);
    }
    arm_set_reg(l, a->rd, r);
    return true;
}

/* size 0 byte, 1 half, 3 two bytes into two halves; rn 15: no addend. */
bool arm_lift_ext(struct lift *l, const struct arm_args_ext *a)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_ror(u, arm_reg(l, a->rm), ir_i32(u, 8 * a->rot)), r;
    if (a->size == 3) {
        ir_ref low = ir_and(u, v, ir_i32(u, 0x00ff00ff));
        if (!a->u) { /* (x ^ 0x80) - 0x80 in each half, with no borrow between them */
            ir_ref sign = ir_and(u, low, ir_i32(u, 0x00800080));
            low = ir_or(u, low, ir_mul(u, sign, ir_i32(u, 0x1fe)));
        }
        r = low;
        if (a->rn != 15) {
            ir_ref n = arm_reg(l, a->rn), mask = ir_i32(u, 0xffff0000);
            ir_ref top = ir_add(u, ir_and(u, n, mask), ir_and(u, r, mask));
            ir_ref bottom = ir_and(u, ir_add(u, n, r), ir_i32(u, 0xffff));
            r = ir_or(u, top, bottom);
        }
    } else {
        ir_ref part = ir_trunc(u, a->size ? IR_i16 : IR_i8, v);
        r = a->u ? ir_zext(u, IR_i32, part) : ir_sext(u, IR_i32, part);
        if (a->rn != 15) r = ir_add(u, arm_reg(l, a->rn), r);
    }
    arm_set_reg(l, a->rd, r);
    return true;
}

/* op 0 PKHBT, 1 PKHTB; a shift of zero of PKHTB is ASR #32. */
bool arm_lift_pkh(struct lift *l, const struct arm_args_dp_reg *a)
{
    struct ir_unit *u = l->u;
    ir_ref carry, n = arm_reg(l, a->rn),
                  m = arm_shift_imm(l, arm_reg(l, a->rm), a->shift | (a->op ? 2 : 0), &carry);
    ir_ref top = a->op ? n : m, bottom = a->op ? m : n;
    ir_ref r = ir_or(u, ir_and(u, top, ir_i32(u, 0xffff0000)), ir_and(u, bottom, ir_i32(u, 0xffff)));
    arm_set_reg(l, a->rd, r);
    return true;
}

bool arm_lift_sel(struct lift *l, const struct arm_args_rrr *a)
{
    struct ir_unit *u = l->u;
    ir_ref ge = ir_get(u, IR_i32, ARM_OFF(ge));
    ir_ref n = ir_and(u, arm_reg(l, a->rn), ge), m = ir_and(u, arm_reg(l, a->rm), ir_not(u, ge));
    arm_set_reg(l, a->rd, ir_or(u, n, m));
    return true;
}

static ir_ref swap_in_halves(struct lift *l, ir_ref v)
{
    struct ir_unit *u = l->u;
    return ir_ror(u, ir_bswap(u, v), ir_i32(u, 16));
}

bool arm_lift_rev(struct lift *l, const struct arm_args_rr *a)
{
    arm_set_reg(l, a->rd, ir_bswap(l->u, arm_reg(l, a->rm)));
    return true;
}

bool arm_lift_rev16(struct lift *l, const struct arm_args_rr *a)
{
    arm_set_reg(l, a->rd, swap_in_halves(l, arm_reg(l, a->rm)));
    return true;
}

bool arm_lift_revsh(struct lift *l, const struct arm_args_rr *a)
{
    arm_set_reg(l, a->rd, ir_sar(l->u, ir_bswap(l->u, arm_reg(l, a->rm)), ir_i32(l->u, 16)));
    return true;
}

bool arm_lift_rbit(struct lift *l, const struct arm_args_rr *a)
{
    static const u32 mask[3] = {0x55555555, 0x33333333, 0x0f0f0f0f};
    struct ir_unit *u = l->u;
    ir_ref v = arm_reg(l, a->rm);
    for (u32 i = 0; i < 3; i++) {
        ir_ref m = ir_i32(u, mask[i]), by = ir_i32(u, 1u << i);
        v = ir_or(u, ir_and(u, ir_shr(u, v, by), m), ir_shl(u, ir_and(u, v, m), by));
    }
    arm_set_reg(l, a->rd, ir_bswap(u, v));
    return true;
}

bool arm_lift_clz(struct lift *l, const struct arm_args_rr *a)
{
    arm_set_reg(l, a->rd, ir_clz(l->u, arm_reg(l, a->rm)));
    return true;
}

/* --- saturation --- */

/* v clamped to [low, high], signed; *sat is whether it was outside. */
static ir_ref clamp(struct lift *l, ir_ref v, s32 low, s32 high, ir_ref *sat)
{
    struct ir_unit *u = l->u;
    ir_ref lo = ir_i32(u, (u32)low), hi = ir_i32(u, (u32)high);
    ir_ref under = ir_slt(u, v, lo), over = ir_slt(u, hi, v);
    *sat = ir_or(u, under, over);
    return ir_select(u, under, lo, ir_select(u, over, hi, v));
}

/* Range of SSAT (bits is the width - 1) and USAT (bits is the width). */
static void sat_range(bool is_unsigned, u32 bits, s32 *low, s32 *high)
{
    *low = is_unsigned ? 0 : (s32)(0 - (1u << bits));
    *high = (s32)((1u << bits) - 1);
}

bool arm_lift_sat(struct lift *l, const struct arm_args_sat *a)
{
    ir_ref carry, sat, v = arm_shift_imm(l, arm_reg(l, a->rn), a->shift, &carry);
    s32 low, high;
    sat_range(a->u, a->bits, &low, &high);
    ir_ref r = clamp(l, v, low, high, &sat);
    arm_set_q(l, sat);
    arm_set_reg(l, a->rd, r);
    return true;
}

bool arm_lift_sat16(struct lift *l, const struct arm_args_sat16 *a)
{
    struct ir_unit *u = l->u;
    ir_ref v = arm_reg(l, a->rn), sat0, sat1;
    s32 low, high;
    sat_range(a->u, a->bits, &low, &high);
    ir_ref r0 = clamp(l, ir_sext(u, IR_i32, ir_trunc(u, IR_i16, v)), low, high, &sat0);
    ir_ref r1 = clamp(l, ir_sar(u, v, ir_i32(u, 16)), low, high, &sat1);
    arm_set_q(l, ir_or(u, sat0, sat1));
    arm_set_reg(l, a->rd, ir_or(u, ir_and(u, r0, ir_i32(u, 0xffff)), ir_shl(u, r1, ir_i32(u, 16))));
    return true;
}

/* The saturated value where a sum or difference of sign `a` overflowed: INT_MAX, or INT_MIN if a is negative.
 */
static ir_ref limit(struct lift *l, ir_ref a)
{
    return ir_xor(l->u, ir_sar(l->u, a, ir_i32(l->u, 31)), ir_i32(l->u, 0x7fffffff));
}

static ir_ref saturating_add(struct lift *l, ir_ref a, ir_ref b)
{
    ir_ref v = ir_add_v(l->u, a, b);
    arm_set_q(l, v);
    return ir_select(l->u, v, limit(l, a), ir_add(l->u, a, b));
}

static ir_ref saturating_sub(struct lift *l, ir_ref a, ir_ref b)
{
    ir_ref v = ir_sub_v(l->u, a, b);
    arm_set_q(l, v);
    return ir_select(l->u, v, limit(l, a), ir_sub(l->u, a, b));
}

bool arm_lift_qadd(struct lift *l, const struct arm_args_rrr *a)
{
    arm_set_reg(l, a->rd, saturating_add(l, arm_reg(l, a->rm), arm_reg(l, a->rn)));
    return true;
}

bool arm_lift_qsub(struct lift *l, const struct arm_args_rrr *a)
{
    arm_set_reg(l, a->rd, saturating_sub(l, arm_reg(l, a->rm), arm_reg(l, a->rn)));
    return true;
}

bool arm_lift_qdadd(struct lift *l, const struct arm_args_rrr *a)
{
    ir_ref n = arm_reg(l, a->rn), twice = saturating_add(l, n, n);
    arm_set_reg(l, a->rd, saturating_add(l, arm_reg(l, a->rm), twice));
    return true;
}

bool arm_lift_qdsub(struct lift *l, const struct arm_args_rrr *a)
{
    ir_ref n = arm_reg(l, a->rn), twice = saturating_add(l, n, n);
    arm_set_reg(l, a->rd, saturating_sub(l, arm_reg(l, a->rm), twice));
    return true;
}
