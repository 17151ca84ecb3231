/* Registers, keys and jumps in IR: what every ARM lifter builds on. The pc is a constant of the instruction;
 * writing it ends the unit. The rules of what bit 0 of a new pc means are those of ARMv7 (A2.3.1, A2.3.2:
 * BXWritePC, LoadWritePC, ALUWritePC). */
#include "frontend/arm/arm.h"

ir_ref arm_reg(struct lift *l, u32 n)
{
    if (n == ARM_PC) return ir_addr(l->u, IR_i32, (u32)l->pc + (arm_thumb(l) ? 4 : 8));
    return ir_get(l->u, IR_i32, arm_reg_off(n));
}

u32 arm_pc_aligned(const struct lift *l)
{
    return ((u32)l->pc + (arm_thumb(l) ? 4 : 8)) & ~3u;
}

ir_ref arm_pc_base(struct lift *l)
{
    return ir_addr(l->u, IR_i32, arm_pc_aligned(l));
}

ir_ref arm_predicated(struct lift *l, ir_ref v, enum ir_type t, u32 offset)
{
    ir_ref p = arm_unit(l)->pred;
    return p == IR_NONE ? v : ir_select(l->u, p, v, ir_get(l->u, t, offset));
}

void arm_set_reg(struct lift *l, u32 n, ir_ref v)
{
    if (n == ARM_PC) return;
    ir_put(l->u, arm_reg_off(n), arm_predicated(l, v, IR_i32, arm_reg_off(n)));
}

void arm_set_pc(struct lift *l, ir_ref v)
{
    if (arm_thumb(l)) v = ir_or(l->u, v, ir_i32(l->u, 1)); /* BranchWritePC */
    arm_jump_to(l, v, ARM_JUMP);
}

void arm_set_ge(struct lift *l, ir_ref mask)
{
    ir_put(l->u, ARM_OFF(ge), arm_predicated(l, mask, IR_i32, ARM_OFF(ge)));
}

u64 arm_key(const struct lift *l, u32 addr, bool thumb)
{
    return (l->key & ARM_KEY_KEPT) | (thumb ? (addr & ~1u) | 1u : addr & ~3u);
}

u64 arm_next_key(const struct lift *l)
{
    u64 key = arm_key(l, (u32)l->next, arm_thumb(l));
    return key | (u64)arm_unit_const(l)->it_next << ARM_IT_SHIFT;
}

/* A bit 0 of zero leads to A32, whose addresses end in two zeros; bit 1 is then unpredictable and is dropped
 * as the processors do that the kernel runs on. */
ir_ref arm_key_of(struct lift *l, ir_ref addr)
{
    struct ir_unit *u = l->u;
    u64 v, kept = l->key & ARM_KEY_KEPT;
    if (ir_addr_value(u, addr, &v)) return ir_addr(u, IR_i64, kept | (v & 1 ? v : v & ~(u64)3));
    if (ir_const_value(u, addr, &v)) return ir_i64(u, kept | (v & 1 ? v : v & ~(u64)3));
    ir_ref key = ir_zext(u, IR_i64, addr);
    return kept ? ir_or(u, key, ir_i64(u, kept)) : key;
}

void arm_goto(struct lift *l, u32 addr, bool thumb)
{
    lift_goto(l, arm_key(l, addr, thumb));
}

/* lr holds the address behind this instruction: what jumps now is a call (`mov lr, pc; bx r3`). */
static bool lr_is_next(struct lift *l)
{
    u64 v;
    if (!ir_addr_value(l->u, ir_get(l->u, IR_i32, ARM_OFF(lr)), &v)) return false;
    return v == ((u32)l->next | arm_thumb(l));
}

void arm_jump_to(struct lift *l, ir_ref addr, enum arm_jump kind)
{
    struct ir_unit *u = l->u;
    u64 v;
    if (kind == ARM_JUMP && lr_is_next(l)) kind = ARM_CALL;
    ir_ref key = arm_key_of(l, addr);
    l->done = true;
    if (kind == ARM_RET)
        ir_exit_ret(u, key);
    else if (kind == ARM_CALL)
        ir_exit_call(u, key, arm_next_key(l));
    else if (ir_addr_value(u, key, &v))
        lift_goto(l, v);
    else
        ir_exit_ind(u, key);
}
