/* Branches, calls, jumps, traps on condition (V9 A.3 to A.8, A.24, A.43, A.61). What is a call and what a
 * return is said here, once, for the return stack. transfer.c does the rest. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

/* cond 0 is never, 8 always, whatever the codes. */
static bool branch(struct lift *l, u32 cond, bool annul, s32 off, ir_ref (*test)(struct lift *, u32, u32),
                   u32 cc)
{
    struct sparc_transfer t = {
        .cond = IR_NONE, .annul = annul, .never = cond == 0, .dest = ir_addr(l->u, IR_i32, (u32)l->pc + (u32)off)};
    if (cond & 7) t.cond = test(l, cc, cond);
    sparc_transfer(l, &t);
    return true;
}

bool sparc_lift_bicc(struct lift *l, const struct sparc_args_branch *a)
{
    return branch(l, a->cond, a->a, a->off, sparc_cond, a->cc);
}

bool sparc_lift_fbfcc(struct lift *l, const struct sparc_args_branch *a)
{
    return branch(l, a->cond, a->a, a->off, sparc_fcond, a->cc);
}

bool sparc_lift_bpr(struct lift *l, const struct sparc_args_breg *a)
{
    struct sparc_transfer t = {.cond = sparc_rcond(l, a->rs1, a->cond),
                               .annul = a->a,
                               .dest = ir_addr(l->u, IR_i32, (u32)l->pc + (u32)a->off)};
    sparc_transfer(l, &t);
    return true;
}

/* A delay instruction that writes %o7, or restores the window, gives the callee another return address than
 * ours: a sibling call. */
static bool slot_hides_o7(struct lift *l)
{
    u32 word;
    if (!lift_fetch32(l, (u32)(l->pc + 4), true, &word)) return false;
    u32 op = word >> 30, op3 = word >> 19 & 63, rd = word >> 25 & 31;
    if (op == 2 && (op3 == 0x3c || op3 == 0x3d)) return true;
    if (rd != SPARC_O7) return false;
    return op == 2 ? op3 < 0x30 : op == 3 && (op3 & 0x24) == 0 && op3 != 0x0e;
}

static u8 kind_of_call(struct lift *l)
{
    return slot_hides_o7(l) ? SPARC_JUMP : SPARC_CALL;
}

bool sparc_lift_call(struct lift *l, const struct sparc_args_call *a)
{
    struct sparc_transfer t = {
        .cond = IR_NONE, .kind = kind_of_call(l), .dest = ir_addr(l->u, IR_i32, (u32)l->pc + (u32)a->off)};
    sparc_set_reg(l, SPARC_O7, ir_addr(l->u, IR_i64, (u32)l->pc));
    sparc_transfer(l, &t);
    return true;
}

/* `ret` and `retl`, and the forms that skip a structure's unimp word. */
static bool is_return(const struct sparc_args_alu *a)
{
    return a->rd == 0 && (a->rs1 == SPARC_O7 || a->rs1 == SPARC_I7) && a->i && (a->imm == 8 || a->imm == 12);
}

static void trap_if_misaligned(struct lift *l, ir_ref dest)
{
    struct ir_unit *u = l->u;
    ir_ref low = ir_and(u, dest, ir_i32(u, 3));
    sparc_trap_if(l, ir_ne(u, low, ir_i32(u, 0)), SPARC_TRAP_ALIGN, ir_zext(u, IR_i64, dest));
}

/* The address that a return uses was made by a call: it is not checked here, and a bad one traps where it
 * leads. */
bool sparc_lift_jmpl(struct lift *l, const struct sparc_args_alu *a)
{
    struct sparc_transfer t = {.cond = IR_NONE, .dest = sparc_address(l, a->rs1, a->i, a->rs2, a->imm)};
    if (is_return(a))
        t.kind = SPARC_RET;
    else
        trap_if_misaligned(l, t.dest);
    if (a->rd == SPARC_O7) t.kind = kind_of_call(l);
    sparc_set_reg(l, a->rd, ir_addr(l->u, IR_i64, (u32)l->pc));
    sparc_transfer(l, &t);
    return true;
}

bool sparc_lift_return(struct lift *l, const struct sparc_args_alu *a)
{
    struct sparc_transfer t = {.cond = IR_NONE,
                               .kind = is_return(a) ? SPARC_RET : SPARC_JUMP,
                               .dest = sparc_address(l, a->rs1, a->i, a->rs2, a->imm)};
    trap_if_misaligned(l, t.dest);
    sparc_window_restore(l);
    ir_rebase(l->u, SPARC_WINDOW);
    sparc_transfer(l, &t);
    return true;
}

/* --- traps on condition --- */

/* The key of what comes behind a system call: in mode NPC, this instruction with SKIP. */
static u64 key_behind(struct lift *l)
{
    if (l->key & SPARC_KEY_NPC) return sparc_key(l, (u32)l->pc) | SPARC_KEY_NPC | SPARC_KEY_SKIP;
    return sparc_key(l, (u32)l->pc + 4);
}

static void trap_always(struct lift *l, const struct sparc_args_tcc *a)
{
    struct ir_unit *u = l->u;
    ir_ref n = a->i ? ir_i64(u, a->imm) : sparc_reg(l, a->rs2);
    u64 known;
    n = ir_and(u, ir_add(u, sparc_reg(l, a->rs1), n), ir_i64(u, 0x7f));
    if (ir_const_value(u, n, &known) && known == 0x10)
        ir_exit_sys(u, key_behind(l), (u32)known);
    else
        ir_exit_trap(u, SPARC_TRAP_SOFT, n);
}

bool sparc_lift_tcc(struct lift *l, const struct sparc_args_tcc *a)
{
    if (a->cond == 0) return true;
    if (a->cond == 8) {
        trap_always(l, a);
        l->done = true;
        return true;
    }
    u32 raise = ir_block(l->u), on = ir_block(l->u);
    ir_brc(l->u, sparc_cond(l, a->cc, a->cond), raise, on);
    ir_place(l->u, raise);
    trap_always(l, a);
    ir_place(l->u, on);
    return true;
}

bool sparc_lift_illtrap(struct lift *l, const struct sparc_args_illtrap *a)
{
    (void)l, (void)a;
    return false;
}
