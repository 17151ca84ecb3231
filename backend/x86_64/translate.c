/* Translates one unit: block by block, a backward walk and then the forward walk that emits each instruction
 * through the table below; then what stands out of line, and the side tables. Called by runtime/exec through
 * backend.h. */
#include "backend/backend.h"
#include <errno.h>
#include "backend/jit/jit.h"
#include "backend/x86_64/sel.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"

/* An op that is missing here makes jit_translate return -ENOSYS, and the unit is interpreted. */
static sel_fn *const emitters[IR_OP_COUNT] = {
    [IR_OP_get] = sel_get,
    [IR_OP_put] = sel_put,
    [IR_OP_getw] = sel_getw,
    [IR_OP_putw] = sel_putw,
    [IR_OP_rebase] = sel_rebase,
    [IR_OP_add] = sel_binary,
    [IR_OP_sub] = sel_binary,
    [IR_OP_and] = sel_binary,
    [IR_OP_or] = sel_binary,
    [IR_OP_xor] = sel_binary,
    [IR_OP_mul] = sel_mul,
    [IR_OP_mulhu] = sel_mulh,
    [IR_OP_mulhs] = sel_mulh,
    [IR_OP_divu] = sel_div,
    [IR_OP_divs] = sel_div,
    [IR_OP_remu] = sel_div,
    [IR_OP_rems] = sel_div,
    [IR_OP_shl] = sel_shift,
    [IR_OP_shr] = sel_shift,
    [IR_OP_sar] = sel_shift,
    [IR_OP_ror] = sel_shift,
    [IR_OP_rol] = sel_shift,
    [IR_OP_neg] = sel_unary,
    [IR_OP_not] = sel_unary,
    [IR_OP_clz] = sel_count,
    [IR_OP_ctz] = sel_count,
    [IR_OP_popcnt] = sel_count,
    [IR_OP_bswap] = sel_bswap,
    [IR_OP_select] = sel_select,
    [IR_OP_adc] = sel_carry_op,
    [IR_OP_sbb] = sel_carry_op,
    [IR_OP_add_c] = sel_carry,
    [IR_OP_add_v] = sel_carry,
    [IR_OP_sub_v] = sel_carry,
    [IR_OP_adc_c] = sel_carry,
    [IR_OP_adc_v] = sel_carry,
    [IR_OP_sbb_c] = sel_carry,
    [IR_OP_sbb_v] = sel_carry,
    [IR_OP_eq] = sel_compare,
    [IR_OP_ne] = sel_compare,
    [IR_OP_ult] = sel_compare,
    [IR_OP_ule] = sel_compare,
    [IR_OP_slt] = sel_compare,
    [IR_OP_sle] = sel_compare,
    [IR_OP_zext] = sel_extend,
    [IR_OP_sext] = sel_extend,
    [IR_OP_trunc] = sel_trunc,
    [IR_OP_bits] = sel_bits,
    [IR_OP_pair] = sel_pair,
    [IR_OP_load] = sel_load,
    [IR_OP_store] = sel_store,
    [IR_OP_cas] = sel_cas,
    [IR_OP_rmw_xchg] = sel_rmw,
    [IR_OP_rmw_add] = sel_rmw,
    [IR_OP_rmw_and] = sel_rmw,
    [IR_OP_rmw_or] = sel_rmw,
    [IR_OP_rmw_xor] = sel_rmw,
    [IR_OP_fence] = sel_fence,
    [IR_OP_call] = sel_call,
    [IR_OP_br] = sel_br,
    [IR_OP_brc] = sel_brc,
    [IR_OP_poll] = sel_poll,
    [IR_OP_exit] = sel_exit,
    [IR_OP_exit_ind] = sel_exit_ind,
    [IR_OP_exit_call] = sel_exit_call,
    [IR_OP_exit_ret] = sel_exit_ret,
    [IR_OP_exit_sys] = sel_exit_sys,
    [IR_OP_exit_trap] = sel_exit_trap,
    [IR_OP_fadd] = sel_fp2,
    [IR_OP_fsub] = sel_fp2,
    [IR_OP_fmul] = sel_fp2,
    [IR_OP_fdiv] = sel_fp2,
    [IR_OP_fma] = sel_fma,
    [IR_OP_fsqrt] = sel_fsqrt,
    [IR_OP_fneg] = sel_fsign,
    [IR_OP_fabs] = sel_fsign,
    [IR_OP_fmin] = sel_fminmax,
    [IR_OP_fmax] = sel_fminmax,
    [IR_OP_fminnm] = sel_fminmax,
    [IR_OP_fmaxnm] = sel_fminmax,
    [IR_OP_fcmp] = sel_fcmp,
    [IR_OP_fcmps] = sel_fcmp,
    [IR_OP_fcvt] = sel_fcvt,
    [IR_OP_s2f] = sel_int2f,
    [IR_OP_u2f] = sel_int2f,
    [IR_OP_f2s] = sel_f2int,
    [IR_OP_f2u] = sel_f2int,
    [IR_OP_frint] = sel_frint,
    [IR_OP_fpget] = sel_fpget,
    [IR_OP_fpset] = sel_fpset,
    [IR_OP_fprm] = sel_fprm,
};

enum { ROOM_PER_OP = 640, ROOM_PER_BLOCK = 1024 };

static struct jit *begin(const struct ir_unit *u, const struct backend_options *o, struct arena *a)
{
    const struct jit_layout *l = jit_layout_kept(u->layout);
    if (!l) {
        struct jit_layout *own = arena_new(a, struct jit_layout);
        jit_layout_make(u->layout, own);
        l = own;
    }
    struct jit *j = arena_alloc_raw(a, sizeof *j, 16);
    memset(&j->live_words, 0, offsetof(struct jit, occ) - offsetof(struct jit, live_words));
    j->code.nfar = 0;
    j->u = u, j->insns = u->insns, j->opt = o, j->arena = a, j->layout = l;
    j->mark = MARK_ENTRY;
    j->pin_mask = l->pins.mask;
    j->wbase = l->pins.wbase;
    j->temps = (JIT_GPRS & ~(1u << RSP | 1u << RBP) & ~j->pin_mask) | (JIT_XMMS & ~(1u << JIT_FP_SCRATCH));
    j->faults = j->first_faults, j->cfaults = ARRAY_LEN(j->first_faults);
    j->links = j->first_links, j->clinks = ARRAY_LEN(j->first_links);
    j->relocs = j->first_relocs, j->crelocs = ARRAY_LEN(j->first_relocs);
    j->ools = j->first_ools, j->cools = ARRAY_LEN(j->first_ools);
    return j;
}

/* The displacements that the last instruction's code noted. */
static __attribute__((noinline)) void relocate(struct jit *j)
{
    if ((j->code.nfar & ~CODE_FAILED) > ARRAY_LEN(j->code.far))
        jit_fail(j, -EINVAL, "an instruction with too many addresses");
    else
        jit_reloc_far(j);
}

static __attribute__((noinline, cold)) void no_emitter(struct jit *j, const struct ir_insn *x)
{
    if (x->op != IR_OP_param) jit_fail(j, -ENOSYS, ir_ops[x->op].name);
}

static inline void emit_insn(struct jit *j, u32 i, const struct ir_insn *x)
{
    sel_fn *fn = emitters[x->op];
    if (unlikely(!fn || (1u << x->type & (1u << IR_f80 | 1u << IR_v256)))) {
        no_emitter(j, x);
        return;
    }
    struct jinsn *ji = &j->ji[i];
    jit_code_room(j, ROOM_PER_OP);
    j->i = i;
    j->cur = ji;
    jr_begin(j, ji);
    fn(j, i, x);
    jr_end(j, ji);
    if (unlikely(j->code.nfar)) relocate(j);
}

static void emit_insns(struct jit *j, u32 first, u32 end)
{
    const struct ir_insn *x = &j->insns[first];
    for (const u8 *flag = &j->flag[first], *last = &j->flag[end]; flag < last; flag++, x++) {
        if (*flag & JI_SKIP) continue;
        const u32 i = (u32)(flag - j->flag);
        if (x->op == IR_OP_insn) {
            jit_mark(j, i);
        } else {
            emit_insn(j, i, x);
            if (unlikely(j->code.nfar)) return;
        }
    }
}

static void place_label(struct jit *j, u32 b)
{
    j->blk[b].label = code_offset(&j->code);
    for (u32 p = j->blk[b].patches; p; p = j->patches[p - 1].chain)
        x_link(j->code.base + j->patches[p - 1].field, j->code.p);
}

static void emit_block(struct jit *j, u32 b)
{
    const struct ir_block *blk = &j->u->blocks[b];
    if (j->blk[b].absorbed) return;
    jit_code_room(j, ROOM_PER_BLOCK);
    j->b = b;
    place_label(j, b);
    if (j->blk[b].marked) jit_mark(j, j->blk[b].mark);
    jb_enter(j, b);
    jit_scan(j, b);
    emit_insns(j, blk->first, blk->end);
}

static void kill_stub(struct jit *j, struct jit_num key)
{
    u32 at = code_offset(&j->code);
    memcpy(j->code.base + 5, &at, 3); /* see jit_kill */
    sel_leave_at(j, KEYED_LOOKUP, key);
}

/* What is emitted here adds nothing to the list. */
static void emit_out_of_line(struct jit *j)
{
    u32 start = 0;
    for (struct jit_ool *o = j->ools, *end = o + j->nools; o < end && !j->error; o++) {
        jit_code_room(j, ROOM_PER_OP);
        if (!o->same) start = code_offset(&j->code);
        x_link(j->code.base + o->from, j->code.base + start);
        if (o->same) continue;
        o->emit(j, o);
        if (unlikely(j->code.nfar)) relocate(j);
    }
}

int jit_translate(const struct ir_unit *u, const struct backend_options *o, struct arena *arena,
                  struct jit_code *out)
{
    struct jit *j = begin(u, o, arena);
    struct jit_moved moved = {0};
    const struct jit_num key = {u->key, u->rel};
    j->moved = &moved;
    *out = (struct jit_code){0};
    jit_code_init(j);
    if (jit_survey(j)) jit_liveness(j);
    static const u8 entry_slot[8] = {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0};
    memcpy(j->code.p, entry_slot, 8);
    j->code.p += 8;
    for (u32 b = j->first_block; b != IR_NONE && !j->error; b = j->blk[b].next) emit_block(j, b);
    jit_mark(j, MARK_OUTSIDE);
    emit_out_of_line(j);
    jit_code_room(j, ROOM_PER_OP);
    kill_stub(j, key);
    out->why = j->why;
    if (j->error) return j->error;
    out->code = j->code.base;
    out->size = code_offset(&j->code);
    out->faults = j->faults, out->nfaults = j->nfaults;
    out->links = j->links, out->nlinks = j->nlinks;
    out->relocs = j->relocs, out->nrelocs = j->nrelocs;
    out->fixed = !u->rel ? "no guest file" : moved.folded ? "an address in a form that cannot move" : NULL;
    out->landings = j->landings, out->nlandings = j->nlandings;
    return 0;
}
