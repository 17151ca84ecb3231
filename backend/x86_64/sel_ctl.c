/* Control: branches between the unit's blocks, and exits. Every direct exit is a rel32 at a multiple of four
 * which leads to a stub until it is linked; calls put their landing on the return stack. backend/README.md
 * has the layouts. */
#include "backend/x86_64/sel.h"
#include <errno.h>
#include "ir/walk.h"

/* --- links --- */

/* Out of line: what an unlinked exit leads to. */
static void link_stub(struct jit *j, struct jit_ool *o)
{
    u32 stub = code_offset(&j->code);
    if (j->opt->no_chain) {
        sel_leave_at(j, KEYED_LOOKUP, o->key);
        return;
    }
    jit_link(j, o->from, stub, o->key);
    sel_leave_at(j, KEYED_LINK, o->key);
    x_u32(&j->code, o->from - (stub + 5)); /* from the key, behind the call's five bytes */
}

static void linkable(struct jit *j, u8 *field, struct jit_num key)
{
    jit_out_of_line(j, link_stub, (u32)(field - j->code.base))->key = key;
}

/* No-operations up to where an instruction of `opcode_bytes` before its rel32 has the field at offset `at`
 * mod `of`. */
static void align_field(struct jit *j, u32 opcode_bytes, u32 at, u32 of)
{
    x_nops(&j->code, (at - code_offset(&j->code) - opcode_bytes) & (of - 1));
}

static void jump_to_key(struct jit *j, struct jit_num key)
{
    align_field(j, 1, 0, 4);
    linkable(j, x_jmp(&j->code), key);
}

static void jump_to_key_if(struct jit *j, u8 cc, struct jit_num key)
{
    align_field(j, 2, 0, 4);
    linkable(j, x_jcc(&j->code, cc), key);
}

/* --- polls --- */

static void poll_stub(struct jit *j, struct jit_ool *o)
{
    if (!o->n) {
        sel_leave_at(j, KEYED_POLL, o->key);
        return;
    }
    x_store(&j->code, 8, sel_cpu(OFF(key)), RAX);
    sel_leave(j, CPU_EXIT_POLL);
}

static struct jit_ool *poll(struct jit *j)
{
    x_alu_mi(&j->code, ALU_CMP, 4, sel_cpu(OFF(poll)), 0);
    return jit_out_of_line(j, poll_stub, (u32)(x_jcc(&j->code, CC_NZ) - j->code.base));
}

void sel_poll(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    jr_forget_flags(j);
    poll(j)->key = jit_number(j, x->a);
}

/* --- exits --- */

void sel_exit(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    struct jit_num key = jit_number(j, x->a);
    if (x->flags & IR_EXIT_POLL) poll(j)->key = key;
    jump_to_key(j, key);
}

/* The key, in rax, to the state block, and out. */
static void leave_for_lookup(struct jit *j)
{
    x_store(&j->code, 8, sel_cpu(OFF(key)), RAX);
    sel_leave(j, CPU_EXIT_LOOKUP);
}

void sel_exit_ind(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i, (void)x;
    jr_use_at(j, j->cur->ref[0], RAX);
    if (j->opt->no_chain) {
        leave_for_lookup(j);
        return;
    }
    poll(j)->n = 1;
    x86_probe(&j->code);
    sel_thunk(j, x_jmp(&j->code), THUNK_LOOKUP_MISS);
}

void sel_exit_ret(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i, (void)x;
    jr_use_at(j, j->cur->ref[0], RAX);
    if (j->opt->no_chain)
        leave_for_lookup(j);
    else
        x_ret(&j->code);
}

static void landing(struct jit *j, struct jit_num key)
{
    jit_landing(j, code_offset(&j->code));
    x_nops(&j->code, 5);
    bool narrow = sel_narrow_key(j, key);
    if (narrow) {
        x_rr(&j->code, 0xc7, 0,
             RCX); /* mov ecx, imm32, the long form: the constant is where the 64-bit one is */
        x_u32(&j->code, (u32)key.v);
    } else {
        x_mov_ri64(&j->code, RCX, key.v);
    }
    if (key.rel) jit_reloc_key(j, code_offset(&j->code) - (narrow ? 4 : 8), key.v);
    x_alu_rr(&j->code, ALU_CMP, 8, RAX, RCX);
    linkable(j, x_jcc(&j->code, CC_Z), key);
    sel_thunk(j, x_jmp(&j->code), THUNK_RET_MISS);
}

void sel_exit_call(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    ir_ref to = j->cur->ref[0];
    bool direct = ir_is_const(to);
    struct jit_num back = jit_number(j, x->b);
    if (j->opt->no_chain) {
        jr_use_at(j, to, RAX);
        leave_for_lookup(j);
        return;
    }
    if (!direct) jr_use_at(j, to, RAX);
    struct jit_ool *p = poll(j);
    p->n = !direct;
    if (direct) p->key = jit_number(j, to);
    align_field(j, 1, 4, 8); /* so that the return address is a multiple of eight */
    u8 *field = x_call(&j->code);
    if (direct)
        linkable(j, field, jit_number(j, to));
    else
        sel_thunk(j, field, THUNK_LOOKUP);
    landing(j, back);
}

void sel_exit_sys(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    sel_store_key(j, jit_number(j, x->a));
    sel_store_u64(j, OFF(exit_info), x->b);
    sel_leave(j, CPU_EXIT_SYSCALL);
}

void sel_exit_trap(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    if (ir_is_const(x->b))
        sel_store_num(j, OFF(exit_detail), jit_number(j, x->b));
    else
        x_store(&j->code, 8, sel_cpu(OFF(exit_detail)), jr_use(j, x->b));
    sel_store_key(j, jit_mark_key(j, j->mark));
    sel_store_num(j, OFF(aux), jit_mark_aux(j, j->mark));
    sel_store_u64(j, OFF(exit_info), x->a);
    sel_leave(j, CPU_EXIT_TRAP);
}

/* --- branches inside the unit --- */

/* A block that is nothing but a plain exit: branches to it may leave themselves. */
static const struct ir_insn *only_exit(const struct jit *j, u32 b)
{
    const struct ir_block *blk = &j->u->blocks[b];
    const struct ir_insn *x = &j->insns[blk->first];
    return blk->end == blk->first + 1 && x->op == IR_OP_exit && !(x->flags & IR_EXIT_POLL) ? x : NULL;
}

static u32 next_block(const struct jit *j)
{
    u32 b = j->b;
    do b = j->blk[b].next;
    while (b != IR_NONE && j->blk[b].absorbed);
    return b;
}

/* An exit that a branch leaves by itself: nothing has to be ready for it, and its block may go. */
static void absorb(struct jit *j, u32 b)
{
    if (--j->blk[b].npreds == 0) j->blk[b].absorbed = true;
}

static void goto_block(struct jit *j, u32 b, const struct ir_insn *exit)
{
    if (exit) {
        absorb(j, b);
        jump_to_key(j, jit_number(j, exit->a));
    } else if (b != next_block(j)) {
        jb_jump(j, (u32)(x_jmp(&j->code) - j->code.base), b);
    }
}

static void goto_block_if(struct jit *j, u8 cc, u32 b, const struct ir_insn *exit)
{
    if (exit) {
        absorb(j, b);
        jump_to_key_if(j, cc, jit_number(j, exit->a));
    } else {
        jb_jump(j, (u32)(x_jcc(&j->code, cc) - j->code.base), b);
    }
}

void sel_br(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    struct ir_edge e[2] = {0};
    ir_edges(j->u, x, e);
    const struct ir_insn *exit = only_exit(j, e[0].block);
    jr_settle_conditions(j);
    if (!exit) {
        jb_ready(j, e[0].block);
        j->lock = 0;
        u8 scratch = e[0].nargs ? jr_alloc(j, JIT_GPRS) : JIT_NOREG;
        jb_edge(j, e[0].block, e[0].args, e[0].nargs, scratch);
    }
    goto_block(j, e[0].block, exit);
}

/* Both ways take arguments along: a piece of code for each. */
static void branch_with_arguments(struct jit *j, const struct ir_edge e[2], u8 cc, u8 scratch)
{
    u8 *yes = x_jcc(&j->code, cc);
    jb_edge(j, e[1].block, e[1].args, e[1].nargs, scratch);
    jb_jump(j, (u32)(x_jmp(&j->code) - j->code.base), e[1].block);
    x_link(yes, j->code.p);
    jb_edge(j, e[0].block, e[0].args, e[0].nargs, scratch);
    goto_block(j, e[0].block, NULL);
}

void sel_brc(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    struct ir_edge e[2] = {0};
    ir_edges(j->u, x, e);
    const struct ir_insn *exit[2] = {only_exit(j, e[0].block), only_exit(j, e[1].block)};
    ir_ref c = j->cur->ref[0];
    u8 cc = sel_condition(j, c);
    if (jit_dies(j, c) && j->val[c].cc != JIT_NOCC) jr_drop_cc(j, c);
    jr_settle_conditions(j);
    if (!exit[0]) jb_ready(j, e[0].block);
    if (!exit[1]) jb_ready(j, e[1].block);
    j->lock = 0;
    u8 scratch = e[0].nargs || e[1].nargs ? jr_alloc(j, JIT_GPRS) : JIT_NOREG;
    if (e[0].nargs && e[1].nargs) {
        branch_with_arguments(j, e, cc, scratch);
        return;
    }
    /* The edge without code is the conditional one. */
    int over = e[1].nargs ? 0 : e[0].nargs || e[0].block == next_block(j) ? 1 : 0;
    if (!exit[over]) jb_edge(j, e[over].block, e[over].args, 0, scratch);
    goto_block_if(j, over ? cc ^ 1 : cc, e[over].block, exit[over]);
    if (!exit[!over]) jb_edge(j, e[!over].block, e[!over].args, e[!over].nargs, scratch);
    goto_block(j, e[!over].block, exit[!over]);
}
