/* Multiplication and division: A5.2.5 (multiply), A5.2.7 (halfword multiply), A5.4.4 (signed multiply,
 * divide), and the sums of absolute differences of A5.4. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

static ir_ref wide(struct lift *l, u32 reg, bool is_signed)
{
    ir_ref v = arm_reg(l, reg);
    return is_signed ? ir_sext(l->u, IR_i64, v) : ir_zext(l->u, IR_i64, v);
}

static ir_ref low(struct lift *l, ir_ref v)
{
    return ir_trunc(l->u, IR_i32, v);
}
static ir_ref high(struct lift *l, ir_ref v)
{
    return ir_trunc(l->u, IR_i32, ir_shr(l->u, v, ir_i64(l->u, 32)));
}

/* The signed half of a register: top or bottom. */
static ir_ref half(struct lift *l, ir_ref v, bool top)
{
    struct ir_unit *u = l->u;
    return top ? ir_sar(u, v, ir_i32(u, 16)) : ir_sext(u, IR_i32, ir_trunc(u, IR_i16, v));
}

/* a + b into rd, and Q if the sum leaves 32 bits. */
static void accumulate_q(struct lift *l, u32 rd, ir_ref a, ir_ref b)
{
    arm_set_q(l, ir_add_v(l->u, a, b));
    arm_set_reg(l, rd, ir_add(l->u, a, b));
}

static bool finish32(struct lift *l, const struct arm_args_mul *a, ir_ref r)
{
    if (a->s == 1 || (a->s == 2 && !arm_unit(l)->it)) arm_flags_nzc(l, r, IR_NONE);
    arm_set_reg(l, a->rd, r);
    return true;
}

bool arm_lift_mul(struct lift *l, const struct arm_args_mul *a)
{
    return finish32(l, a, ir_mul(l->u, arm_reg(l, a->rn), arm_reg(l, a->rm)));
}

bool arm_lift_mla(struct lift *l, const struct arm_args_mul *a)
{
    ir_ref p = ir_mul(l->u, arm_reg(l, a->rn), arm_reg(l, a->rm));
    return finish32(l, a, ir_add(l->u, p, arm_reg(l, a->ra)));
}

bool arm_lift_mls(struct lift *l, const struct arm_args_mul *a)
{
    ir_ref p = ir_mul(l->u, arm_reg(l, a->rn), arm_reg(l, a->rm));
    return finish32(l, a, ir_sub(l->u, arm_reg(l, a->ra), p));
}

/* hi:lo = r, with N and Z of 64 bits. */
static bool finish64(struct lift *l, const struct arm_args_mull *a, ir_ref r)
{
    ir_ref lo = low(l, r), hi = high(l, r);
    if (a->s) arm_flags_set(l, hi, ir_or(l->u, lo, hi), IR_NONE, IR_NONE);
    arm_set_reg(l, a->lo, lo);
    arm_set_reg(l, a->hi, hi);
    return true;
}

static ir_ref pair(struct lift *l, u32 lo, u32 hi)
{
    return ir_pair(l->u, arm_reg(l, lo), arm_reg(l, hi));
}

static ir_ref product(struct lift *l, const struct arm_args_mull *a, bool is_signed)
{
    return ir_mul(l->u, wide(l, a->rn, is_signed), wide(l, a->rm, is_signed));
}

bool arm_lift_umull(struct lift *l, const struct arm_args_mull *a)
{
    return finish64(l, a, product(l, a, false));
}
bool arm_lift_smull(struct lift *l, const struct arm_args_mull *a)
{
    return finish64(l, a, product(l, a, true));
}

bool arm_lift_umlal(struct lift *l, const struct arm_args_mull *a)
{
    return finish64(l, a, ir_add(l->u, product(l, a, false), pair(l, a->lo, a->hi)));
}

bool arm_lift_smlal(struct lift *l, const struct arm_args_mull *a)
{
    return finish64(l, a, ir_add(l->u, product(l, a, true), pair(l, a->lo, a->hi)));
}

bool arm_lift_umaal(struct lift *l, const struct arm_args_mull *a)
{
    ir_ref sum = ir_add(l->u, wide(l, a->lo, false), wide(l, a->hi, false));
    return finish64(l, a, ir_add(l->u, product(l, a, false), sum));
}

/* --- halves --- */

static ir_ref half_product(struct lift *l, u32 rn, bool x, u32 rm, bool y)
{
    return ir_mul(l->u, half(l, arm_reg(l, rn), x), half(l, arm_reg(l, rm), y));
}

bool arm_lift_smulxy(struct lift *l, const struct arm_args_mulx *a)
{
    arm_set_reg(l, a->rd, half_product(l, a->rn, a->x, a->rm, a->y));
    return true;
}

bool arm_lift_smlaxy(struct lift *l, const struct arm_args_mulx *a)
{
    accumulate_q(l, a->rd, half_product(l, a->rn, a->x, a->rm, a->y), arm_reg(l, a->ra));
    return true;
}

/* Bits 47..16 of rn times a half of rm. */
static ir_ref word_half(struct lift *l, const struct arm_args_mulx *a)
{
    struct ir_unit *u = l->u;
    ir_ref h = ir_sext(u, IR_i64, half(l, arm_reg(l, a->rm), a->y));
    return low(l, ir_shr(u, ir_mul(u, wide(l, a->rn, true), h), ir_i64(u, 16)));
}

bool arm_lift_smulwy(struct lift *l, const struct arm_args_mulx *a)
{
    arm_set_reg(l, a->rd, word_half(l, a));
    return true;
}

bool arm_lift_smlawy(struct lift *l, const struct arm_args_mulx *a)
{
    accumulate_q(l, a->rd, word_half(l, a), arm_reg(l, a->ra));
    return true;
}

static void set_pair(struct lift *l, const struct arm_args_mullx *a, ir_ref r)
{
    ir_ref lo = low(l, r), hi = high(l, r);
    arm_set_reg(l, a->lo, lo);
    arm_set_reg(l, a->hi, hi);
}

bool arm_lift_smlalxy(struct lift *l, const struct arm_args_mullx *a)
{
    ir_ref p = ir_sext(l->u, IR_i64, half_product(l, a->rn, a->x, a->rm, a->y));
    set_pair(l, a, ir_add(l->u, p, pair(l, a->lo, a->hi)));
    return true;
}

/* --- dual multiplies: bottom products and top products; x exchanges the halves of rm first --- */

struct dual {
    ir_ref bottom, top;
};

static struct dual dual_products(struct lift *l, u32 rn, u32 rm, bool exchange)
{
    ir_ref m = arm_reg(l, rm), n = arm_reg(l, rn);
    if (exchange) m = ir_ror(l->u, m, ir_i32(l->u, 16));
    return (struct dual){ir_mul(l->u, half(l, n, 0), half(l, m, 0)),
                         ir_mul(l->u, half(l, n, 1), half(l, m, 1))};
}

/* Sum in 64 bits of the products and ra (15: none), to 32 bits; Q if it does not fit. The difference of two
 * products always fits. */
static bool dual(struct lift *l, const struct arm_args_mulx *a, bool subtract)
{
    struct ir_unit *u = l->u;
    struct dual p = dual_products(l, a->rn, a->rm, a->x);
    ir_ref b = ir_sext(u, IR_i64, p.bottom), t = ir_sext(u, IR_i64, p.top);
    ir_ref r = subtract ? ir_sub(u, b, t) : ir_add(u, b, t);
    if (a->ra != 15) r = ir_add(u, r, wide(l, a->ra, true));
    ir_ref r32 = low(l, r);
    if (a->ra != 15 || !subtract) arm_set_q(l, ir_ne(u, ir_sext(u, IR_i64, r32), r));
    arm_set_reg(l, a->rd, r32);
    return true;
}

bool arm_lift_smlad(struct lift *l, const struct arm_args_mulx *a)
{
    return dual(l, a, false);
}
bool arm_lift_smlsd(struct lift *l, const struct arm_args_mulx *a)
{
    return dual(l, a, true);
}

static bool dual_long(struct lift *l, const struct arm_args_mullx *a, bool subtract)
{
    struct ir_unit *u = l->u;
    struct dual p = dual_products(l, a->rn, a->rm, a->x);
    ir_ref b = ir_sext(u, IR_i64, p.bottom), t = ir_sext(u, IR_i64, p.top);
    set_pair(l, a, ir_add(u, subtract ? ir_sub(u, b, t) : ir_add(u, b, t), pair(l, a->lo, a->hi)));
    return true;
}

bool arm_lift_smlald(struct lift *l, const struct arm_args_mullx *a)
{
    return dual_long(l, a, false);
}
bool arm_lift_smlsld(struct lift *l, const struct arm_args_mullx *a)
{
    return dual_long(l, a, true);
}

/* --- most significant words; x rounds; ra 15: no addend --- */

static bool most_significant(struct lift *l, const struct arm_args_mulx *a, bool subtract)
{
    struct ir_unit *u = l->u;
    ir_ref r = ir_mul(u, wide(l, a->rn, true), wide(l, a->rm, true));
    if (a->ra != 15) {
        ir_ref acc = ir_shl(u, ir_zext(u, IR_i64, arm_reg(l, a->ra)), ir_i64(u, 32));
        r = subtract ? ir_sub(u, acc, r) : ir_add(u, acc, r);
    }
    if (a->x) r = ir_add(u, r, ir_i64(u, 0x80000000u));
    arm_set_reg(l, a->rd, high(l, r));
    return true;
}

bool arm_lift_smmla(struct lift *l, const struct arm_args_mulx *a)
{
    return most_significant(l, a, false);
}

bool arm_lift_smmls(struct lift *l, const struct arm_args_mulx *a)
{
    return most_significant(l, a, true);
}

bool arm_lift_sdiv(struct lift *l, const struct arm_args_rrr *a)
{
    arm_set_reg(l, a->rd, ir_divs(l->u, arm_reg(l, a->rn), arm_reg(l, a->rm)));
    return true;
}

bool arm_lift_udiv(struct lift *l, const struct arm_args_rrr *a)
{
    arm_set_reg(l, a->rd, ir_divu(l->u, arm_reg(l, a->rn), arm_reg(l, a->rm)));
    return true;
}

bool arm_lift_usada8(struct lift *l, const struct arm_args_mul *a)
{
    struct ir_unit *u = l->u;
    ir_ref n = arm_reg(l, a->rn), m = arm_reg(l, a->rm), sum = a->ra == 15 ? ir_i32(u, 0) : arm_reg(l, a->ra);
    for (u32 i = 0; i < 4; i++) {
        ir_ref x = ir_and(u, ir_shr(u, n, ir_i32(u, 8 * i)), ir_i32(u, 255));
        ir_ref y = ir_and(u, ir_shr(u, m, ir_i32(u, 8 * i)), ir_i32(u, 255));
        sum = ir_add(u, sum, ir_select(u, ir_ult(u, x, y), ir_sub(u, y, x), ir_sub(u, x, y)));
    }
    arm_set_reg(l, a->rd, sum);
    return true;
}
