/* Where blocks meet. At every block boundary pinned slots are in their pins. A block with one predecessor
 * that lies before it goes on with the registers as that left them (a snapshot); any other finds the values
 * that are live into it in their home cells, spill cells kept for the whole unit, and so do block parameters.
 */
#include "backend/jit/jit.h"
#include <errno.h>
#include <string.h>
#include "ir/walk.h"
#include "runtime/base/arena.h"

struct jit_snapshot {
    u64 cells[2];
    struct jflags flags;
    u32 n;
    struct {
        u32 id;
        struct jval v;
    } val[];
};

/* --- the beginning of a block --- */

static void reset(struct jit *j)
{
    j->busy = 0;
    for (int r = 0; r < 16; r++) j->pinval[r] = IR_NONE;
    j->nslotvals = j->nccvals = j->nsure = 0;
    j->flags.kind = JF_NONE;
}

static bool is_home(const struct jval *x)
{
    return x->cell != JIT_NOCELL && (x->cell & JIT_HOME);
}

static void home(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    if (is_home(x)) return;
    if (x->cell == JIT_NOCELL) x->cell = (u8)jr_cell(j, x->type);
    u64 m = (u64)(ir_type_bits[x->type] > 64 ? 3 : 1) << (x->cell % 64);
    j->home_cells[x->cell / 64] |= m;
    x->cell |= JIT_HOME;
}

static void settle_home(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    home(j, v);
    x->reg = JIT_NOREG;
    x->pins = 0;
    x->cc = JIT_NOCC;
    x->mem = JM_SPILL;
    x->off = (s32)jit_cell(x) * 8;
}

static void restore(struct jit *j, const struct jit_snapshot *s)
{
    j->cells[0] = s->cells[0] | j->home_cells[0];
    j->cells[1] = s->cells[1] | j->home_cells[1];
    j->flags = s->flags;
    for (u32 i = 0; i < s->n; i++) {
        u32 v = s->val[i].id;
        struct jval old = j->val[v], *x = &j->val[v];
        *x = s->val[i].v;
        if (is_home(&old)) x->cell = old.cell;
        if (x->reg != JIT_NOREG) {
            j->busy |= 1u << x->reg;
            j->occ[x->reg] = v;
        }
        for (u32 m = x->pins; m; m &= m - 1) j->pinval[__builtin_ctz(m)] = v;
        if (x->mem == JM_SLOT || x->mem == JM_WIN) j->slotval[j->nslotvals++] = v;
    }
}

void jb_enter(struct jit *j, u32 b)
{
    struct jblock *blk = &j->blk[b];
    reset(j);
    if (!blk->canon && blk->snap) {
        restore(j, blk->snap);
        return;
    }
    j->cells[0] = j->home_cells[0];
    j->cells[1] = j->home_cells[1];
    for (u32 w = 0; w < j->live_words && blk->livein; w++)
        for (u64 m = blk->livein[w]; m; m &= m - 1) settle_home(j, w * 64 + (u32)__builtin_ctzl(m));
    const struct ir_block *ib = &j->u->blocks[b];
    for (u32 i = 0; i < ib->nparams; i++) settle_home(j, ib->first + i);
    j->cells[0] |= j->home_cells[0];
    j->cells[1] |= j->home_cells[1];
}

/* --- edges --- */

static void take_snapshot(struct jit *j, struct jblock *to)
{
    u32 n = 0;
    for (u32 w = 0; w < j->live_words; w++) n += (u32)__builtin_popcountl(to->livein[w]);
    struct jit_snapshot *s = arena_alloc(j->arena, sizeof *s + n * sizeof s->val[0], 8);
    s->cells[0] = j->cells[0];
    s->cells[1] = j->cells[1];
    s->flags = j->flags;
    for (u32 w = 0; w < j->live_words; w++) {
        for (u64 m = to->livein[w]; m; m &= m - 1) {
            u32 v = w * 64 + (u32)__builtin_ctzl(m);
            s->val[s->n].id = v;
            s->val[s->n].v = j->val[v];
            s->val[s->n++].v.cc = JIT_NOCC;
        }
    }
    to->snap = s;
}

void jb_ready(struct jit *j, u32 to)
{
    const struct jblock *t = &j->blk[to];
    if (!t->canon) return;
    for (u32 w = 0; w < j->live_words; w++) {
        for (u64 m = t->livein[w]; m; m &= m - 1) {
            u32 v = w * 64 + (u32)__builtin_ctzl(m);
            home(j, v);
            if (j->val[v].mem == JM_SPILL) continue;
            j->lock = 0;
            if (jr_where(j, v) == JIT_NOREG && j->val[v].cc == JIT_NOCC) jr_use(j, v);
            jr_spill(j, v);
        }
    }
}

/* Where an argument is read from: its register, or memory. */
static void pass(struct jit *j, s32 to, u32 arg, s32 off, u8 scratch)
{
    if (ir_is_const(arg)) {
        jh_store_const(j, to, arg);
        return;
    }
    const struct jval *x = &j->val[arg];
    u8 r = jr_where(j, arg);
    if (r == JIT_NOREG) {
        r = jit_is_fp(x->type) ? JIT_FP_SCRATCH : scratch;
        jh_load(j, r, x->mem, off, x->type);
    }
    jh_store(j, JM_SPILL, to, r, x->type);
}

/* Block arguments into the parameters' cells. An argument that stands in the cell of another parameter is
 * copied elsewhere before that cell is written. The allocator's state does not change: two edges of a branch
 * do this on two paths. */
static void pass_arguments(struct jit *j, u32 to, const u32 *args, u32 n, u8 scratch)
{
    u32 first = j->u->blocks[to].first;
    enum { MAX_ARGS = 64 };
    if (n > MAX_ARGS) {
        jit_fail(j, -ENOSYS, "too many block parameters");
        return;
    }
    s32 off[MAX_ARGS];
    u64 cells[2] = {j->cells[0], j->cells[1]};
    for (u32 i = 0; i < n; i++) {
        home(j, first + i);
        if (ir_is_const(args[i])) continue;
        const struct jval *x = &j->val[args[i]];
        off[i] = x->off;
        bool other = args[i] >= first && args[i] < first + n && args[i] != first + i;
        if (other && jr_where(j, args[i]) == JIT_NOREG && x->mem == JM_SPILL) {
            s32 c = jr_cell(j, x->type) * 8;
            pass(j, c, args[i], x->off, scratch);
            off[i] = c;
        }
    }
    for (u32 i = 0; i < n; i++) {
        bool same = args[i] == first + i && j->val[args[i]].mem == JM_SPILL;
        if (!same) pass(j, (s32)jit_cell(&j->val[first + i]) * 8, args[i], ir_is_const(args[i]) ? 0 : off[i], scratch);
    }
    j->cells[0] = cells[0] | j->home_cells[0];
    j->cells[1] = cells[1] | j->home_cells[1];
}

/* Does the block look at the mark that was in force before it, or hand it on? */
static bool needs_mark(const struct jit *j, u32 b)
{
    const struct ir_block *blk = &j->u->blocks[b];
    for (u32 i = blk->first; i < blk->end; i++) {
        const struct ir_insn *x = &j->insns[i];
        if (x->op == IR_OP_insn) return false;
        if ((ir_ops[x->op].effects & (IR_EFF_MEM | IR_EFF_CALL)) || x->op == IR_OP_exit_trap ||
            x->op == IR_OP_br || x->op == IR_OP_brc)
            return true;
    }
    return false;
}

static bool same_mark(const struct jit *j, u32 a, u32 b)
{
    return a == b || (jit_same(jit_mark_key(j, a), jit_mark_key(j, b)) && jit_same(jit_mark_aux(j, a), jit_mark_aux(j, b)));
}

/* Which guest instruction a fault belongs to is written down per host address: it must not depend on the way
 * here. */
static void pass_mark(struct jit *j, u32 to)
{
    struct jblock *t = &j->blk[to];
    if (!t->marked) {
        t->marked = true;
        t->mark = j->mark;
    } else if (!same_mark(j, t->mark, j->mark) && needs_mark(j, to)) {
        jit_fail(j, -ENOSYS, "an instruction mark that depends on the path");
    }
}

void jb_edge(struct jit *j, u32 to, const u32 *args, u32 n, u8 scratch)
{
    struct jblock *t = &j->blk[to];
    pass_mark(j, to);
    if (t->canon)
        pass_arguments(j, to, args, n, scratch);
    else
        take_snapshot(j, t);
}

void jb_jump(struct jit *j, u32 field, u32 to)
{
    u32 label = j->blk[to].label;
    if (label == ~0u) {
        jit_block_patch(j, to, field);
        return;
    }
    s32 d = (s32)(label - (field + 4));
    memcpy(j->code.base + field, &d, 4);
}
