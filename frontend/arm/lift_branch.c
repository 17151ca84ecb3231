/* Branches, supervisor call, breakpoints (A5.5, A5.6, A5.7, A6.2.6, A6.3.4). What is a call and what a return
 * is said here, once, for the return stack: bl and blx call; bx lr, mov pc,lr and popping the pc return. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

static u32 pc_value(const struct lift *l)
{
    return (u32)l->pc + (arm_thumb(l) ? 4 : 8);
}

static void call(struct lift *l, ir_ref key)
{
    ir_put(l->u, ARM_OFF(lr), ir_addr(l->u, IR_i32, (u32)l->next | arm_thumb(l)));
    ir_exit_call(l->u, key, arm_next_key(l));
    l->done = true;
}

bool arm_lift_b(struct lift *l, const struct arm_args_b *a)
{
    arm_goto(l, pc_value(l) + (u32)a->off, arm_thumb(l));
    return true;
}

bool arm_lift_bl(struct lift *l, const struct arm_args_b *a)
{
    call(l, ir_addr(l->u, IR_i64, arm_key(l, pc_value(l) + (u32)a->off, arm_thumb(l))));
    return true;
}

/* Changes the instruction set; from Thumb the offset counts from Align(PC, 4). */
bool arm_lift_blx_imm(struct lift *l, const struct arm_args_b *a)
{
    u32 from = arm_thumb(l) ? arm_pc_aligned(l) : pc_value(l);
    call(l, ir_addr(l->u, IR_i64, arm_key(l, from + (u32)a->off, !arm_thumb(l))));
    return true;
}

bool arm_lift_blx_reg(struct lift *l, const struct arm_args_bx *a)
{
    if (a->rm == ARM_PC) return false;
    call(l, arm_key_of(l, arm_reg(l, a->rm)));
    return true;
}

bool arm_lift_bx(struct lift *l, const struct arm_args_bx *a)
{
    arm_jump_to(l, arm_reg(l, a->rm), a->rm == ARM_LR ? ARM_RET : ARM_JUMP);
    return true;
}

/* The number of an OABI call is in the A32 instruction; EABI's is 0 with the number in r7: linux/abi.c tells
 * them apart. */
bool arm_lift_svc(struct lift *l, const struct arm_args_imm *a)
{
    ir_exit_sys(l->u, arm_next_key(l), arm_thumb(l) ? 0 : a->imm);
    l->done = true;
    return true;
}

bool arm_lift_bkpt(struct lift *l, const struct arm_args_imm *a)
{
    lift_trap(l, GUEST_TRAP_BREAK, a->imm);
    return true;
}

/* UDF, and the encodings of it that Linux uses as breakpoints are undefined instructions to user programs. */
bool arm_lift_udf(struct lift *l, const struct arm_args_imm *a)
{
    (void)l, (void)a;
    return false;
}
