/* Register windows (V9 6.3.7, A.21, A.45, A.47): save and restore move the window base; where the file has no
 * room or no window a helper spills or fills, as the kernel's trap handlers would (windows.c). */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

/* Traps if a window helper reported bad memory. */
static void check_result(struct lift *l, ir_ref r)
{
    sparc_trap_if(l, ir_ne(l->u, r, ir_i64(l->u, 0)), SPARC_TRAP_WINDOW, r);
}

static void helper_if(struct lift *l, ir_ref cond, u32 helper)
{
    struct ir_unit *u = l->u;
    u32 slow = ir_block(u), on = ir_block(u);
    ir_brc(u, cond, slow, on);
    ir_place(u, slow);
    check_result(l, ir_call(u, helper, 0, NULL));
    ir_br(u, on, 0, NULL);
    ir_place(u, on);
}

void sparc_window_save(struct lift *l)
{
    ir_ref base = ir_get(l->u, IR_i64, SPARC_OFF(wbase));
    helper_if(l, ir_eq(l->u, base, ir_i64(l->u, SPARC_WBASE_LOW)), SPARC_HELPER_overflow);
}

void sparc_window_restore(struct lift *l)
{
    ir_ref base = ir_get(l->u, IR_i64, SPARC_OFF(wbase)), top = ir_get(l->u, IR_i64, SPARC_OFF(wtop));
    helper_if(l, ir_eq(l->u, base, top), SPARC_HELPER_underflow);
}

/* Operands are read in the old window, the sum written in the new one. */
bool sparc_lift_save(struct lift *l, const struct sparc_args_alu *a)
{
    sparc_window_save(l);
    ir_ref sum = ir_add(l->u, sparc_reg(l, a->rs1), sparc_op2(l, a->i, a->rs2, a->imm));
    ir_rebase(l->u, -SPARC_WINDOW);
    sparc_set_reg(l, a->rd, sum);
    return true;
}

bool sparc_lift_restore(struct lift *l, const struct sparc_args_alu *a)
{
    sparc_window_restore(l);
    ir_ref sum = ir_add(l->u, sparc_reg(l, a->rs1), sparc_op2(l, a->i, a->rs2, a->imm));
    ir_rebase(l->u, SPARC_WINDOW);
    sparc_set_reg(l, a->rd, sum);
    return true;
}

bool sparc_lift_flushw(struct lift *l, const struct sparc_args_none *a)
{
    ir_ref current = ir_i32(l->u, 0);
    (void)a;
    check_result(l, ir_call(l->u, SPARC_HELPER_flush, 1, &current));
    return true;
}
