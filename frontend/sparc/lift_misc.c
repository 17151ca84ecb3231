/* State registers and memory barriers (V9 A.32, A.44, A.50, A.62). A write is the exclusive or of the
 * operands. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

static ir_ref written(struct lift *l, const struct sparc_args_wr *a)
{
    return ir_xor(l->u, sparc_reg(l, a->rs1), sparc_op2(l, a->i, a->rs2, a->imm));
}

static ir_ref byte_slot(struct lift *l, u32 offset)
{
    return ir_zext(l->u, IR_i64, ir_get(l->u, IR_i8, offset));
}

#define READ(name, value)                                                                                    \
    bool sparc_lift_rd##name(struct lift *l, const struct sparc_args_rd *a)                                  \
    {                                                                                                        \
        sparc_set_reg(l, a->rd, value);                                                                      \
        return true;                                                                                         \
    }
READ(y, ir_zext(l->u, IR_i64, ir_get(l->u, IR_i32, SPARC_OFF(y))))
READ(ccr, sparc_get_ccr(l))
READ(asi, byte_slot(l, SPARC_OFF(asi)))
READ(tick, ir_call(l->u, SPARC_HELPER_tick, 0, NULL))
READ(pc, ir_addr(l->u, IR_i64, (u32)l->pc))
READ(fprs, byte_slot(l, SPARC_OFF(fprs)))
READ(gsr, ir_get(l->u, IR_i64, SPARC_OFF(gsr)))

bool sparc_lift_wry(struct lift *l, const struct sparc_args_wr *a)
{
    ir_put(l->u, SPARC_OFF(y), ir_trunc(l->u, IR_i32, written(l, a)));
    return true;
}

bool sparc_lift_wrccr(struct lift *l, const struct sparc_args_wr *a)
{
    sparc_put_ccr(l, ir_trunc(l->u, IR_i8, written(l, a)));
    return true;
}

bool sparc_lift_wrasi(struct lift *l, const struct sparc_args_wr *a)
{
    ir_put(l->u, SPARC_OFF(asi), ir_trunc(l->u, IR_i8, written(l, a)));
    return true;
}

/* The kernel enables the FPU at its next use whatever FEF says: only the value is kept. */
bool sparc_lift_wrfprs(struct lift *l, const struct sparc_args_wr *a)
{
    ir_ref v = ir_and(l->u, ir_trunc(l->u, IR_i8, written(l, a)), ir_const(l->u, IR_i8, 7));
    ir_put(l->u, SPARC_OFF(fprs), v);
    return true;
}

bool sparc_lift_wrgsr(struct lift *l, const struct sparc_args_wr *a)
{
    ir_put(l->u, SPARC_OFF(gsr), written(l, a));
    sparc_fp_round(l);
    return true;
}

bool sparc_lift_privileged(struct lift *l, const struct sparc_args_priv *a)
{
    (void)a;
    lift_trap(l, SPARC_TRAP_PRIVILEGED, 0);
    return true;
}

bool sparc_lift_stbar(struct lift *l, const struct sparc_args_none *a)
{
    (void)a;
    ir_fence(l->u, IR_FENCE_SS);
    return true;
}

/* mmask: LoadLoad 1, StoreLoad 2, LoadStore 4, StoreStore 8. Any bit of cmask orders everything. */
bool sparc_lift_membar(struct lift *l, const struct sparc_args_membar *a)
{
    u32 m = a->mmask, mask = 0;
    if (m & 1) mask |= IR_FENCE_LL;
    if (m & 2) mask |= IR_FENCE_SL;
    if (m & 4) mask |= IR_FENCE_LS;
    if (m & 8) mask |= IR_FENCE_SS;
    if (a->cmask) mask = IR_FENCE_ALL;
    if (mask) ir_fence(l->u, mask);
    return true;
}
