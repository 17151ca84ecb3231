/* Parallel addition and subtraction on halves and bytes: signed, unsigned, saturating, halving (A5.4.1,
 * A5.4.2). Lanes are widened to 32 bits, where every sum is exact. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

enum { S, Q, SH, U, UQ, UH };                /* kind */
enum { ADD16, ASX, SAX, SUB16, ADD8, SUB8 }; /* op */

struct lanes {
    struct lift *l;
    u32 kind, width; /* 8 or 16 */
    ir_ref result, ge;
};

static ir_ref lane(struct lanes *p, ir_ref v, u32 at)
{
    struct ir_unit *u = p->l->u;
    enum ir_type t = p->width == 8 ? IR_i8 : IR_i16;
    ir_ref part = ir_trunc(u, t, at ? ir_shr(u, v, ir_i32(u, at)) : v);
    return p->kind >= U ? ir_zext(u, IR_i32, part) : ir_sext(u, IR_i32, part);
}

static ir_ref clamp(struct lanes *p, ir_ref v)
{
    struct ir_unit *u = p->l->u;
    s32 high = p->kind == UQ ? (1 << p->width) - 1 : (1 << (p->width - 1)) - 1;
    s32 low = p->kind == UQ ? 0 : -high - 1;
    ir_ref lo = ir_i32(u, (u32)low), hi = ir_i32(u, (u32)high);
    return ir_select(u, ir_slt(u, v, lo), lo, ir_select(u, ir_slt(u, hi, v), hi, v));
}

/* The GE bits of a lane: signed: the exact result is not negative; unsigned: the sum carried, the difference
 * did not borrow. */
static ir_ref lane_ge(struct lanes *p, ir_ref exact, bool subtract)
{
    struct ir_unit *u = p->l->u;
    ir_ref least = ir_i32(u, p->kind == U && !subtract ? 1u << p->width : 0);
    return ir_sle(u, least, exact);
}

static void set_lane(struct lanes *p, u32 at, ir_ref a, ir_ref b, bool subtract)
{
    struct ir_unit *u = p->l->u;
    ir_ref mask = ir_i32(u, ((1u << p->width) - 1) << at);
    ir_ref r = subtract ? ir_sub(u, a, b) : ir_add(u, a, b);
    if (p->kind == S || p->kind == U) {
        ir_ref ge = ir_and(u, ir_sext(u, IR_i32, lane_ge(p, r, subtract)), mask);
        p->ge = p->ge == IR_NONE ? ge : ir_or(u, p->ge, ge);
    } else if (p->kind == Q || p->kind == UQ) {
        r = clamp(p, r);
    } else {
        r = ir_sar(u, r, ir_i32(u, 1));
    }
    r = ir_and(u, at ? ir_shl(u, r, ir_i32(u, at)) : r, mask);
    p->result = p->result == IR_NONE ? r : ir_or(u, p->result, r);
}

bool arm_lift_par(struct lift *l, const struct arm_args_par *a)
{
    struct lanes p = {l, a->kind, a->op >= ADD8 ? 8 : 16, IR_NONE, IR_NONE};
    ir_ref n = arm_reg(l, a->rn), m = arm_reg(l, a->rm);
    bool crossed = a->op == ASX || a->op == SAX;
    for (u32 at = 0; at < 32; at += p.width) {
        bool subtract = a->op == SUB16 || a->op == SUB8 || (crossed && (a->op == ASX) == (at == 0));
        set_lane(&p, at, lane(&p, n, at), lane(&p, m, crossed ? 16 - at : at), subtract);
    }
    if (p.ge != IR_NONE) arm_set_ge(l, p.ge);
    arm_set_reg(l, a->rd, p.result);
    return true;
}
