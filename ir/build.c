/* Building units: the arrays and their growth, blocks, value numbering, events and terminators.
 * Lifters call it through ir.h. Folding is fold.c's, knowledge of the CPU state state.c's.
 *
 * Nothing here fails: memory comes from the arena, which never says no. A lifter's mistake (an instruction in
 * a closed block, a block placed twice) is remembered and reported by ir_finish. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "ir/match.h"
#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include <errno.h>
#include <string.h>

enum { FIRST_INSNS = 160, FIRST_CONSTS = 64, FIRST_SIDE = 32, FIRST_BLOCKS = 8 };

/* --- arrays --- */

void *grown(struct arena *a, const void *old, u32 n, u32 cap, size_t size)
{
    void *p = arena_alloc_raw(a, (size_t)cap * size, 16);
    memcpy(p, old, (size_t)n * size);
    return p;
}

u32 side_reserve(struct ir_unit *u, u32 n)
{
    RESERVE(u, side, nside, n);
    u32 at = u->nside;
    u->nside += n;
    return at;
}

/* What a new unit gets, in one piece. */
struct first {
    struct ir_builder builder;
    struct ir_insn insns[FIRST_INSNS];
    struct ir_const consts[FIRST_CONSTS];
    struct ir_block blocks[FIRST_BLOCKS];
    u32 side[FIRST_SIDE];
    u8 block_marks[FIRST_BLOCKS];
};

/* The compiler may not know how much: it would use `rep stos`, which is slow to begin. */
static void clear(void *p, size_t n)
{
    __asm__("" : "+r"(n));
    memset(p, 0, n);
}

static void builder_init(struct ir_builder *b, u8 *block_marks)
{
    clear(b, offsetof(struct ir_builder, plain));
    map_init(&b->plain);
    map_init(&b->window);
    b->const_hash = b->first_hash;
    b->const_mask = FIRST_HASH - 1;
    b->aux_ref = IR_NONE;
    b->blocks = block_marks;
    b->blocks[0] = BLOCK_PLACED;
    b->limit = FIRST_INSNS;
}

void ir_unit_init(struct ir_unit *u, struct arena *arena, const struct ir_layout *layout, u64 key)
{
    struct first *f = arena_alloc_raw(arena, sizeof *f, _Alignof(struct first));
    builder_init(&f->builder, f->block_marks);
    *u = (struct ir_unit){
        .layout = layout,
        .arena = arena,
        .key = key,
        .insns = f->insns,
        .insns_cap = FIRST_INSNS,
        .consts = f->consts,
        .consts_cap = FIRST_CONSTS,
        .side = f->side,
        .side_cap = FIRST_SIDE,
        .blocks = f->blocks,
        .blocks_cap = FIRST_BLOCKS,
        .nblocks = 1,
        .builder = &f->builder,
        .gap = IR_NONE,
    };
    f->blocks[0] = (struct ir_block){0};
}

/* --- blocks --- */

u32 ir_block(struct ir_unit *u)
{
    if (u->nblocks == u->blocks_cap)
        u->builder->blocks = grown(u->arena, u->builder->blocks, u->nblocks, u->nblocks * 2 + 2, 1);
    u->builder->blocks[u->nblocks] = 0;
    RESERVE(u, blocks, nblocks, 1);
    u->blocks[u->nblocks] = (struct ir_block){0};
    return u->nblocks++;
}

void ir_place(struct ir_unit *u, u32 block)
{
    struct ir_builder *b = u->builder;
    if (block >= u->nblocks || b->blocks[block] & BLOCK_PLACED || !b->closed) {
        b->misused = true;
        return;
    }
    b->blocks[block] |= BLOCK_PLACED;
    b->closed = false;
    b->limit = u->insns_cap;
    b->fp_floor = u->ninsns;
    u->cur = block;
    u->blocks[block].first = u->blocks[block].end = u->ninsns;
    state_forget(u);
}

ir_ref ir_param(struct ir_unit *u, enum ir_type t)
{
    struct ir_block *b = &u->blocks[u->cur];
    if (u->ninsns != b->first + b->nparams) u->builder->misused = true;
    return append_head(u, ir_head(IR_OP_param, t, 0), b->nparams++, IR_NONE, IR_NONE);
}

bool ir_block_open(const struct ir_unit *u)
{
    return !u->builder->closed;
}

/* --- instructions --- */

ir_ref append_slow(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    enum ir_type t = head >> 16 & 255;
    if (u->builder->closed) {
        u->builder->misused = true;
        return t == IR_none ? IR_NONE : ir_const(u, t, 0);
    }
    RESERVE(u, insns, ninsns, 1);
    u->builder->limit = u->insns_cap;
    return append_head(u, head, a, b, c);
}

/* A terminator. */
static void close_block(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    append_head(u, head, a, b, c);
    u->builder->closed = true;
    u->builder->limit = 0;
    u->blocks[u->cur].end = u->ninsns;
}

ir_ref append(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b, u32 c)
{
    u32 head = ir_head(op, t, flags);
    if (op == IR_OP_put || op == IR_OP_putw) any_overwrite(u);
    if (op == IR_OP_nop && u->gap > u->ninsns) u->gap = u->ninsns;
    if (op == IR_OP_br || op == IR_OP_brc) u->loops = u->builder->tangled = true;
    if (!(ir_ops[op].effects & IR_EFF_TERM)) return append_head(u, head, a, b, c);
    u32 at = u->ninsns;
    close_block(u, head, a, b, c);
    return at;
}

ir_ref number_slow(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    u16 *cell = vn_cell(u, head, a, b, c);
    ir_ref r = append_head(u, head, a, b, c);
    *cell = r < 0xffff ? (u16)(r + 1) : 0;
    return r;
}

ir_ref number_pure(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    return number(u, u->blocks[u->cur].first, head, a, b, c);
}

/* FP ops that only read or only write the environment are no values to be numbered. */
static bool fp_is_value(enum ir_op op)
{
    return op != IR_OP_fpget && op != IR_OP_fpset && op != IR_OP_fprm;
}

/* The state's ops through the general door: what is known of the state must follow. */
static ir_ref emit_state(struct ir_unit *u, enum ir_op op, enum ir_type t, u32 a, u32 b)
{
    switch (op) {
    case IR_OP_get: return ir_get(u, t, a);
    case IR_OP_getw: return ir_getw(u, t, (s32)a);
    case IR_OP_put: ir_put(u, a, b); return IR_NONE;
    case IR_OP_putw: ir_putw(u, (s32)a, b); return IR_NONE;
    default: ir_rebase(u, (s32)a); return IR_NONE;
    }
}

static ir_ref emit_call(struct ir_unit *u, enum ir_type t, u32 helper, u32 side)
{
    const struct ir_helper *h = &u->layout->helpers[helper];
    ir_ref r = append_head(u, ir_head(IR_OP_call, t, 0), helper, side, IR_NONE);
    if (h->writes & IR_HELP_STATE) state_forget(u);
    if (h->writes & IR_HELP_FPENV) u->builder->fp_floor = u->ninsns;
    return r;
}

/* Any op but a pure one, and that in raw mode. */
__attribute__((noinline)) static ir_ref emit_effect(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    enum ir_op op = head & 0xffff;
    enum ir_type t = head >> 16 & 255;
    u16 eff = ir_ops[op].effects;
    if (u->builder->raw) return append(u, op, t, (u8)(head >> 24), a, b, c);
    if (eff & IR_EFF_STATE) return emit_state(u, op, t, a, b);
    if (eff & IR_EFF_CALL) return emit_call(u, t, a, b);
    if (eff & IR_EFF_FP) {
        if (fp_is_value(op)) return number(u, u->builder->fp_floor, head, a, b, c);
        ir_ref r = append_head(u, head, a, b, c);
        if (op != IR_OP_fpget) u->builder->fp_floor = u->ninsns;
        return r;
    }
    if (op == IR_OP_exit_ind) {
        ir_exit_ind(u, a);
        return IR_NONE;
    }
    return append(u, op, t, (u8)(head >> 24), a, b, c);
}

ir_ref ir_emit_head(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    enum ir_op op = head & 0xffff;
    u16 eff = ir_ops[op].effects;
    if (unlikely(!(eff & IR_EFF_PURE) || u->builder->raw)) return emit_effect(u, head, a, b, c);
    if (eff & IR_EFF_COMM && a > b) { /* constants come last */
        u32 swap = a;
        a = b;
        b = swap;
    }
    if (may_fold(u, op, head >> 16 & 255, a, b)) return emit_folding(u, head, a, b, c);
#ifndef NDEBUG
    bug_unless(fold(u, head, a, b, c) == IR_NONE);
#endif
    return number_pure(u, head, a, b, c);
}

#define CARRY(name)                                                                                          \
    ir_ref ir_##name(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref cin)                                      \
    {                                                                                                        \
        return ir_emit(u, IR_OP_##name, IR_b1, 0, a, b, cin);                                                \
    }
CARRY(adc_c)
CARRY(adc_v)
CARRY(sbb_c)
CARRY(sbb_v)

/* The key of a mark is no operand that is ever compared: it is not interned. */
static ir_ref mark_key(struct ir_unit *u, u64 key)
{
    return fresh_const(u, IR_i64, u->rel, key, 0);
}

void ir_insn_aux(struct ir_unit *u, u64 key, ir_ref aux)
{
    u->guest_insns++;
    append_head(u, ir_head(IR_OP_insn, IR_none, 0), mark_key(u, key), aux, IR_NONE);
}

/* Another aux than the last mark's. */
__attribute__((noinline)) static void insn_with_aux(struct ir_unit *u, u64 key, u64 aux)
{
    struct ir_builder *b = u->builder;
    ir_ref k = mark_key(u, key); /* it stands before aux among the constants */
    b->aux_value = aux;
    b->aux_ref = ir_i64(u, aux);
    u->guest_insns++;
    append_head(u, ir_head(IR_OP_insn, IR_none, 0), k, b->aux_ref, IR_NONE);
}

void ir_insn(struct ir_unit *u, u64 key, u64 aux)
{
    const struct ir_builder *b = u->builder;
    if (unlikely(aux != b->aux_value || b->aux_ref == IR_NONE || u->nconsts == u->consts_cap)) {
        insn_with_aux(u, key, aux);
        return;
    }
    u->guest_insns++;
    append_head(u, ir_head(IR_OP_insn, IR_none, 0), mark_key(u, key), b->aux_ref, IR_NONE);
}

/* --- memory and floating point --- */

/* A guest access; it may fault, so it sees the state. */
static ir_ref access_memory(struct ir_unit *u, u32 head, ir_ref addr, u32 b, u32 c)
{
    ir_ref r = append_head(u, head, addr, b, c);
    u->builder->seen = u->ninsns;
    return r;
}

ir_ref ir_load(struct ir_unit *u, enum ir_type t, ir_ref addr, u8 mem_flags)
{
    return access_memory(u, ir_head(IR_OP_load, t, mem_flags), addr, IR_NONE, IR_NONE);
}

void ir_store(struct ir_unit *u, ir_ref addr, ir_ref v, u8 mem_flags)
{
    access_memory(u, ir_head(IR_OP_store, IR_none, mem_flags), addr, v, IR_NONE);
}

ir_ref ir_cas(struct ir_unit *u, ir_ref addr, ir_ref expected, ir_ref desired, u8 mem_flags)
{
    return access_memory(u, ir_head(IR_OP_cas, type_of(u, expected), mem_flags), addr, expected, desired);
}

ir_ref ir_rmw(struct ir_unit *u, enum ir_op op, ir_ref addr, ir_ref v, u8 mem_flags)
{
    return access_memory(u, ir_head(op, type_of(u, v), mem_flags), addr, v, IR_NONE);
}

void ir_fence(struct ir_unit *u, u32 mask)
{
    append_head(u, ir_head(IR_OP_fence, IR_none, 0), mask, IR_NONE, IR_NONE);
}

ir_ref ir_fp(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 fp_flags, ir_ref a, ir_ref b, ir_ref c)
{
    return ir_emit(u, op, t, fp_flags, a, b, c);
}

ir_ref ir_fcmp(struct ir_unit *u, ir_ref a, ir_ref b, bool signaling)
{
    return ir_emit(u, signaling ? IR_OP_fcmps : IR_OP_fcmp, IR_i8, 0, a, b, IR_NONE);
}

ir_ref ir_fpget(struct ir_unit *u)
{
    return ir_emit(u, IR_OP_fpget, IR_i32, 0, IR_NONE, IR_NONE, IR_NONE);
}

void ir_fpset(struct ir_unit *u, ir_ref flags)
{
    ir_emit(u, IR_OP_fpset, IR_none, 0, flags, IR_NONE, IR_NONE);
}

void ir_fprm(struct ir_unit *u, ir_ref modes)
{
    ir_emit(u, IR_OP_fprm, IR_none, 0, modes, IR_NONE, IR_NONE);
}

/* --- helpers --- */

static enum ir_type helper_result(const struct ir_helper *h)
{
    static const struct {
        const char *name;
        enum ir_type type;
    } results[] = {
        {"void", IR_none}, {"u32", IR_i32}, {"u64", IR_i64}, {"f32", IR_f32}, {"f64", IR_f64},
    };
    const char *colon = strchr(h->sig, ':');
    size_t n = colon ? (size_t)(colon - h->sig) : strlen(h->sig);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        if (strlen(results[i].name) == n && memcmp(results[i].name, h->sig, n) == 0) return results[i].type;
    return IR_TYPE_COUNT;
}

ir_ref ir_call(struct ir_unit *u, u32 helper, u32 nargs, const ir_ref *args)
{
    if (helper >= u->layout->nhelpers || helper_result(&u->layout->helpers[helper]) == IR_TYPE_COUNT) {
        u->builder->misused = true;
        return IR_NONE;
    }
    const struct ir_helper *h = &u->layout->helpers[helper];
    u32 at = side_reserve(u, nargs + 1);
    u->side[at] = nargs;
    for (u32 i = 0; i < nargs; i++) u->side[at + 1 + i] = args[i];
    return emit_call(u, helper_result(h), helper, at);
}

/* --- terminators --- */

static void note_edge(struct ir_unit *u, u32 block)
{
    struct ir_builder *b = u->builder;
    if (unlikely(block >= u->nblocks)) return;
    if (b->blocks[block] & BLOCK_PLACED) u->loops = true;
    if (b->blocks[block] & BLOCK_ENTERED) b->tangled = true;
    b->blocks[block] |= BLOCK_ENTERED;
}

void ir_br(struct ir_unit *u, u32 block, u32 nargs, const ir_ref *args)
{
    u32 at = side_reserve(u, nargs);
    for (u32 i = 0; i < nargs; i++) u->side[at + i] = args[i];
    note_edge(u, block);
    u->builder->tangled = true;
    close_block(u, ir_head(IR_OP_br, IR_none, 0), block, at, nargs);
}

void ir_brc(struct ir_unit *u, ir_ref cond, u32 yes, u32 no)
{
    ir_brc_args(u, cond, yes, 0, NULL, no, 0, NULL);
}

void ir_brc_args(struct ir_unit *u, ir_ref cond, u32 yes, u32 nyes, const ir_ref *yargs, u32 no, u32 nno,
                 const ir_ref *nargs)
{
    const struct ir_insn *d = def_of(u, cond);
    if (d && d->op == IR_OP_not && !u->builder->raw) {
        ir_brc_args(u, d->a, no, nno, nargs, yes, nyes, yargs);
        return;
    }
    u64 known;
    if (!u->builder->raw && ir_const_value(u, cond, &known)) {
        if (known)
            ir_br(u, yes, nyes, yargs);
        else
            ir_br(u, no, nno, nargs);
        return;
    }
    u32 at = side_reserve(u, 2 + nyes + nno);
    u->side[at] = yes;
    u->side[at + 1] = no;
    for (u32 i = 0; i < nyes; i++) u->side[at + 2 + i] = yargs[i];
    for (u32 i = 0; i < nno; i++) u->side[at + 2 + nyes + i] = nargs[i];
    note_edge(u, yes);
    note_edge(u, no);
    if (u->builder->raw) u->builder->tangled = true; /* the condition may be a constant */
    close_block(u, ir_head(IR_OP_brc, IR_none, 0), cond, at, nyes | nno << 16);
}

void ir_poll(struct ir_unit *u, u64 key)
{
    append_head(u, ir_head(IR_OP_poll, IR_none, 0), key_const(u, key), IR_NONE, IR_NONE);
}

void ir_exit_to(struct ir_unit *u, ir_ref key, bool poll)
{
    close_block(u, ir_head(IR_OP_exit, IR_none, poll ? IR_EXIT_POLL : 0), key, IR_NONE, IR_NONE);
}

void ir_exit(struct ir_unit *u, u64 key, bool poll)
{
    ir_exit_to(u, key_const(u, key), poll);
}

/* To a constant key it is a direct exit, which can be linked; it might lead backward, so it polls. */
void ir_exit_ind(struct ir_unit *u, ir_ref key)
{
    if (!u->builder->raw && ir_is_const(key)) {
        ir_exit_to(u, key, true);
        return;
    }
    close_block(u, ir_head(IR_OP_exit_ind, IR_none, 0), key, IR_NONE, IR_NONE);
}

void ir_exit_call(struct ir_unit *u, ir_ref key, u64 return_key)
{
    close_block(u, ir_head(IR_OP_exit_call, IR_none, 0), key, key_const(u, return_key), IR_NONE);
}

void ir_exit_ret(struct ir_unit *u, ir_ref key)
{
    close_block(u, ir_head(IR_OP_exit_ret, IR_none, 0), key, IR_NONE, IR_NONE);
}

void ir_exit_sys(struct ir_unit *u, u64 next_key, u32 number)
{
    close_block(u, ir_head(IR_OP_exit_sys, IR_none, 0), key_const(u, next_key), number, IR_NONE);
}

void ir_exit_trap(struct ir_unit *u, u32 trap, ir_ref detail)
{
    close_block(u, ir_head(IR_OP_exit_trap, IR_none, 0), trap, detail, IR_NONE);
}

int ir_finish(struct ir_unit *u)
{
    struct ir_builder *b = u->builder;
    u8 every = b->blocks[0] | BLOCK_ENTERED;
    for (u32 i = 1; i < u->nblocks; i++) every &= b->blocks[i];
    if (!(every & BLOCK_PLACED)) b->misused = true;
    u->plain_flow = every & BLOCK_ENTERED && !b->tangled;
    return b->misused || !b->closed ? -EINVAL : 0;
}
