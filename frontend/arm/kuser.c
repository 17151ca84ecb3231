/* The user helpers that the kernel offers every ARM process at fixed addresses below 0xffff1000 (the kernel's
 * Documentation/arm/kernel_user_helpers): a call of one becomes a few operations here instead of the code in
 * that page. linux/vectors.c maps the page, with real code in it, for programs that read it or enter it
 * elsewhere. */
#include "frontend/arm/arm.h"

#define KUSER_CMPXCHG64      0xffff0f60u
#define KUSER_MEMORY_BARRIER 0xffff0fa0u
#define KUSER_CMPXCHG        0xffff0fc0u
#define KUSER_GET_TLS        0xffff0fe0u

/* r0 and the flags as `rsbs r0, difference, #0` leaves them: zero and carry on success. */
static void finish(struct lift *l, ir_ref difference)
{
    ir_ref zero = ir_i32(l->u, 0), r = ir_sub(l->u, zero, difference);
    arm_flags_sub(l, zero, difference, r);
    arm_set_reg(l, 3, difference);
    arm_set_reg(l, 0, r);
}

/* r0: expected, r1: new, r2: address. */
static void cmpxchg(struct lift *l)
{
    ir_ref expected = arm_reg(l, 0);
    ir_ref old = ir_cas(l->u, arm_reg(l, 2), expected, arm_reg(l, 1), IR_MEM_ALIGN | IR_MEM_SC | arm_mem(l));
    finish(l, ir_sub(l->u, old, expected));
}

/* r0: address of the expected value, r1: of the new one, r2: of the doubleword. */
static void cmpxchg64(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref expected = ir_load(u, IR_i64, arm_reg(l, 0), IR_MEM_ALIGN4 | arm_mem(l));
    ir_ref desired = ir_load(u, IR_i64, arm_reg(l, 1), IR_MEM_ALIGN4 | arm_mem(l));
    ir_ref old = ir_cas(u, arm_reg(l, 2), expected, desired, IR_MEM_ALIGN | IR_MEM_SC | arm_mem(l));
    finish(l, ir_zext(u, IR_i32, ir_ne(u, old, expected)));
}

bool arm_lift_kuser(struct lift *l)
{
    u32 pc = (u32)l->pc;
    if (arm_thumb(l) ||
        (pc != KUSER_CMPXCHG && pc != KUSER_CMPXCHG64 && pc != KUSER_GET_TLS && pc != KUSER_MEMORY_BARRIER))
        return false;
    l->u->rel = false; /* the kernel's page is at one place */
    l->next = pc + 4;
    ir_insn(l->u, l->key, 0);
    if (pc == KUSER_CMPXCHG)
        cmpxchg(l);
    else if (pc == KUSER_CMPXCHG64)
        cmpxchg64(l);
    else if (pc == KUSER_GET_TLS)
        arm_set_reg(l, 0, ir_get(l->u, IR_i32, ARM_OFF(tpidruro)));
    else
        ir_fence(l->u, IR_FENCE_ALL);
    arm_jump_to(l, arm_reg(l, ARM_LR), ARM_RET);
    return true;
}
