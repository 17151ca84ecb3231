/* Load and store multiple (A5.5, A6.3.5). All accesses come first and the registers are written behind the
 * last, so that a fault in the third word finds them unchanged. The lowest register is at the lowest address.
 * A word's alignment is demanded, once for the whole: the other words share it. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

enum { DA, IA, DB, IB }; /* mode */

struct span {
    ir_ref low;  /* address of the first word */
    ir_ref base; /* what the base register becomes */
};

static struct span span_of(struct lift *l, const struct arm_args_ldm *a)
{
    struct ir_unit *u = l->u;
    u32 bytes = 4 * (u32)__builtin_popcount(a->list);
    ir_ref b = arm_reg(l, a->rn);
    u32 low = a->mode == IA ? 0 : a->mode == IB ? 4 : a->mode == DB ? 0u - bytes : 4 - bytes;
    ir_ref to = ir_i32(u, a->mode & 1 ? bytes : 0u - bytes);
    return (struct span){ir_add(u, b, ir_i32(u, low)), ir_add(u, b, to)};
}

bool arm_lift_ldm(struct lift *l, const struct arm_args_ldm *a)
{
    struct ir_unit *u = l->u;
    ir_ref v[16];
    if (a->list == 0 || a->rn == ARM_PC) return false;
    struct span s = span_of(l, a);
    u32 n = 0;
    for (u32 r = 0; r < 16; r++) {
        if (!(a->list >> r & 1)) continue;
        ir_ref addr = ir_add(u, s.low, ir_i32(u, 4 * n));
        v[r] = ir_load(u, IR_i32, addr, arm_mem(l) | (n ? 0 : IR_MEM_ALIGN4));
        n++;
    }
    if (a->w) arm_set_reg(l, a->rn, s.base);
    for (u32 r = 0; r < 15; r++)
        if (a->list >> r & 1) arm_set_reg(l, r, v[r]);
    /* Popping the pc, or loading sp with it as old frame-pointer epilogues do, is a return. */
    if (a->list >> 15) arm_jump_to(l, v[15], a->rn == ARM_SP || (a->list >> ARM_SP & 1) ? ARM_RET : ARM_JUMP);
    return true;
}

bool arm_lift_stm(struct lift *l, const struct arm_args_ldm *a)
{
    struct ir_unit *u = l->u;
    if (a->list == 0 || a->rn == ARM_PC) return false;
    struct span s = span_of(l, a);
    u32 n = 0;
    for (u32 r = 0; r < 16; r++) {
        if (!(a->list >> r & 1)) continue;
        ir_ref addr = ir_add(u, s.low, ir_i32(u, 4 * n));
        ir_store(u, addr, arm_reg(l, r), arm_mem(l) | (n ? 0 : IR_MEM_ALIGN4));
        n++;
    }
    if (a->w) arm_set_reg(l, a->rn, s.base);
    return true;
}
