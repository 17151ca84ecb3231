/* Checks a unit against every invariant that the passes and the back ends rely on. Called by tests after each
 * pass, by the fuzzers, and by the driver when asked to. Bad units give a message, never a crash: a check may
 * rely only on the ones before it.
 *
 *  1. Blocks lie one after another, begin with block 0 at 0, and cover all instructions.
 *  2. A block has exactly one terminator, its last instruction; its parameters are its first instructions,
 * numbered from 0, and nowhere else.
 *  3. Operands that are values name an instruction that yields one, or a constant that exists; where the
 * signature says c, and for the return key of exit_call, an i64 constant.
 *  4. Types follow the signature, and what it cannot say: widths of conversions, pair, classes; integer ops
 * of i128 are the simple ones; no arithmetic of f80.
 *  5. Flags are those the op knows.
 *  6. Definitions dominate uses: earlier in the block, or in a block that dominates it.
 *  7. A branch leads to a block that exists and passes one argument of the right type for each parameter;
 * block 0 has no parameters and is not branched to.
 *  8. get and put lie inside the layout, behind the spill cells, and cut through no declared slot: they touch
 * whole slots or a part of one. Windowed ops occur only where the layout has a window base.
 *  9. Within one guest instruction, put, putw and rebase follow the last op that may fault: load, store, cas,
 * rmw, and calls of helpers that fault.
 * 10. A block with an edge to itself or to a block that lies before it has a poll, so no loop runs for ever
 * without a look at the poll flag.
 * 11. Where an op may fault or trap, the guest instruction is known: the insn mark that was passed last is
 * the same whatever way the op was reached, and it is the last one before the op in the layout, for back ends
 * go by that.
 * 12. Helper calls give the helper's arguments and take its result's type. */
#include "ir/verify.h"
#include "ir/builder.h"
#include "ir/names.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include <errno.h>
#include <string.h>

bool verify_fail(struct verifier *v, u32 at, const char *fmt, ...)
{
    va_list ap;
    int n = 0;
    if (at != IR_NONE) n = fmt_snprintf(v->err, v->errsize, "v%u (%s): ", at, op_name(v->u->insns[at].op));
    if ((size_t)n >= v->errsize) return false;
    va_start(ap, fmt);
    fmt_vsnprintf(v->err + n, v->errsize - (size_t)n, fmt, ap);
    va_end(ap);
    return false;
}

/* --- 1, 2: shape --- */

static bool check_block(struct verifier *v, u32 b)
{
    const struct ir_unit *u = v->u;
    const struct ir_block *k = &u->blocks[b];
    if (k->end > u->ninsns) return verify_fail(v, IR_NONE, "b%u ends beyond the unit", b);
    if (k->nparams >= k->end - k->first)
        return verify_fail(v, IR_NONE, "b%u has no room for its parameters", b);
    for (u32 i = k->first; i < k->end; i++) {
        const struct ir_insn *n = &u->insns[i];
        if (n->op >= IR_OP_COUNT || n->type >= IR_TYPE_COUNT)
            return verify_fail(v, IR_NONE, "v%u is no instruction", i);
        bool term = ir_ops[n->op].effects & IR_EFF_TERM, param = n->op == IR_OP_param;
        if (term != (i == k->end - 1))
            return verify_fail(v, i, term ? "terminator inside b%u" : "b%u does not end in a terminator", b);
        if (param != (i < k->first + k->nparams)) return verify_fail(v, i, "not at the head of b%u", b);
        if (param && n->a != i - k->first) return verify_fail(v, i, "parameter %u out of order", n->a);
        v->block_of[i] = b;
    }
    return true;
}

static bool check_shape(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    u32 at = 0;
    if (u->nblocks == 0 || u->ninsns == 0) return verify_fail(v, IR_NONE, "no instructions");
    if (u->blocks[0].nparams) return verify_fail(v, IR_NONE, "b0 has parameters");
    if (u->blocks[0].first != 0) return verify_fail(v, IR_NONE, "b0 is not the first block");
    IR_EACH_BLOCK(u, b)
    {
        if (u->blocks[b].end <= at) return verify_fail(v, IR_NONE, "b%u lies over another block", b);
        at = u->blocks[b].end;
        v->order[v->norder++] = b;
        v->present[b] = true;
        if (!check_block(v, b)) return false;
        if (v->norder > u->nblocks) return verify_fail(v, IR_NONE, "blocks overlap");
    }
    if (at != u->ninsns) return verify_fail(v, IR_NONE, "v%u belongs to no block", at);
    for (u32 b = 0; b < u->nblocks; b++)
        if (!v->present[b] && u->blocks[b].end > u->blocks[b].first)
            return verify_fail(v, IR_NONE, "b%u lies over another block", b);
    return true;
}

/* --- 3, 7: operands, side arrays, edges --- */

static bool check_side(struct verifier *v, u32 i)
{
    const struct ir_unit *u = v->u;
    const struct ir_insn *n = &u->insns[i];
    u64 need = 0;
    if (n->op == IR_OP_br) need = n->c;
    if (n->op == IR_OP_brc) need = 2 + (n->c & 0xffff) + (n->c >> 16);
    if (n->op == IR_OP_call) need = (u64)1 + (n->b < u->nside ? u->side[n->b] : 0);
    if (need && (n->b >= u->nside || need > u->nside - n->b))
        return verify_fail(v, i, "arguments beyond the side array");
    return true;
}

static bool check_uses(struct verifier *v, u32 i)
{
    const struct ir_unit *u = v->u;
    struct ir_insn copy = u->insns[i];
    struct ir_uses uses = ir_uses(u, &copy);
    for (ir_ref *r; (r = ir_next_use(&uses)) != NULL;)
        if (type_of(u, *r) == IR_none) return verify_fail(v, i, "operand names no value");
    const u32 operand[3] = {copy.a, copy.b, copy.c};
    const char *kind = ir_ops[copy.op].sig + 2;
    for (int k = 0; kind[k]; k++) {
        bool key = kind[k] == 'c' || (copy.op == IR_OP_exit_call && k == 1);
        if (key && (!ir_is_const(operand[k]) || type_of(u, operand[k]) != IR_i64))
            return verify_fail(v, i, "operand %d is not an i64 constant", k);
    }
    return true;
}

static bool check_edges(struct verifier *v, u32 i)
{
    const struct ir_unit *u = v->u;
    struct ir_edge e[2];
    int n = ir_edges(u, &u->insns[i], e);
    for (int k = 0; k < n; k++) {
        u32 to = e[k].block;
        if (to >= u->nblocks || !v->present[to]) return verify_fail(v, i, "b%u does not exist", to);
        if (to == 0) return verify_fail(v, i, "a branch to b0");
        const struct ir_block *b = &u->blocks[to];
        if (e[k].nargs != b->nparams)
            return verify_fail(v, i, "%u arguments for the %u parameters of b%u", e[k].nargs, b->nparams, to);
        for (u32 j = 0; j < e[k].nargs; j++)
            if (type_of(u, e[k].args[j]) != u->insns[b->first + j].type)
                return verify_fail(v, i, "argument %u of b%u has another type", j, to);
    }
    return true;
}

static bool check_flags(struct verifier *v, u32 i)
{
    const struct ir_insn *n = &v->u->insns[i];
    u32 known = 0;
    for (const struct flag_name *f = flag_names(n->op); f && f->name; f++)
        known |= f->mask ? f->mask : f->value;
    if (n->flags & ~known) return verify_fail(v, i, "flags 0x%x", n->flags & ~known);
    if (ir_ops[n->op].effects & IR_EFF_MEM && n->flags & IR_MEM_NOFAULT && (n->op != IR_OP_load || n->type > IR_i64))
        return verify_fail(v, i, "nofault belongs to loads of integers");
    if (ir_ops[n->op].effects & IR_EFF_FP && (n->flags & IR_RM_MASK) > IR_RM_RNA)
        return verify_fail(v, i, "rounding mode");
    return true;
}

/* --- 6: dominance --- */

/* Nearest common dominator, by position in reverse postorder. */
static u32 meet(const u32 *idom, u32 a, u32 b)
{
    while (a != b) {
        while (a > b) a = idom[a];
        while (b > a) b = idom[b];
    }
    return a;
}

/* Blocks in reverse postorder into v->order; their positions into v->rpo (IR_NONE: not reachable). */
static void number_blocks(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    u32 *stack = arena_array(&v->scratch, u32, u->nblocks + 1);
    u8 *next = arena_array(&v->scratch, u8, u->nblocks);
    u32 sp = 0, left = u->nblocks;
    for (u32 b = 0; b < u->nblocks; b++) v->rpo[b] = IR_NONE;
    stack[sp++] = 0;
    v->rpo[0] = 0;
    while (sp) {
        u32 b = stack[sp - 1];
        struct ir_edge e[2];
        int n = ir_edges(u, &u->insns[u->blocks[b].end - 1], e);
        if (next[b] < n) {
            u32 to = e[next[b]++].block;
            if (v->rpo[to] == IR_NONE) {
                v->rpo[to] = 0;
                stack[sp++] = to;
            }
        } else {
            v->order[--left] = b;
            sp--;
        }
    }
    v->norder = u->nblocks - left;
    memmove(v->order, v->order + left, v->norder * sizeof(u32));
    for (u32 i = 0; i < v->norder; i++) v->rpo[v->order[i]] = i;
}

static void find_dominators(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    v->idom = arena_array(&v->scratch, u32, u->nblocks);
    for (u32 i = 0; i < v->norder; i++) v->idom[i] = IR_NONE;
    v->idom[0] = 0;
    for (bool changed = true; changed;) {
        u32 before[2];
        changed = false;
        for (u32 i = 0; i < v->norder; i++) {
            struct ir_edge e[2];
            int n = ir_edges(u, &u->insns[u->blocks[v->order[i]].end - 1], e);
            for (int k = 0; k < n; k++) {
                u32 to = v->rpo[e[k].block];
                before[0] = v->idom[to];
                if (to == 0 || v->idom[i] == IR_NONE) continue;
                before[1] = before[0] == IR_NONE ? i : meet(v->idom, before[0], i);
                if (before[1] != before[0]) changed = true;
                v->idom[to] = before[1];
            }
        }
    }
}

static bool dominates(const struct verifier *v, u32 a, u32 b)
{
    a = v->rpo[a];
    b = v->rpo[b];
    if (b == IR_NONE) return true; /* code that never runs */
    if (a == IR_NONE) return false;
    while (b > a) b = v->idom[b];
    return a == b;
}

static bool check_dominance(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    for (u32 i = 0; i < u->ninsns; i++) {
        struct ir_insn copy = u->insns[i];
        struct ir_uses uses = ir_uses(u, &copy);
        for (ir_ref *r; (r = ir_next_use(&uses)) != NULL;) {
            if (ir_is_const(*r)) continue;
            u32 here = v->block_of[i], there = v->block_of[*r];
            if (here == there ? *r >= i : !dominates(v, there, here))
                return verify_fail(v, i, "uses v%u, which need not have been computed", *r);
        }
    }
    return true;
}

/* --- 9, 10: order --- */

static bool may_fault(const struct ir_unit *u, const struct ir_insn *n)
{
    if (n->op == IR_OP_call) return u->layout->helpers[n->a].faults;
    return ir_ops[n->op].effects & IR_EFF_MEM;
}

static bool writes_state(u16 op)
{
    return op == IR_OP_put || op == IR_OP_putw || op == IR_OP_rebase;
}

/* Guest instructions may span blocks. A block is entered with "state has been written since the mark" if any
 * way to it says so; worked out to a fixed point. */
static bool written_after(const struct ir_unit *u, u32 b, bool in, u32 *fault)
{
    *fault = IR_NONE;
    for (u32 i = u->blocks[b].first; i < u->blocks[b].end; i++) {
        const struct ir_insn *n = &u->insns[i];
        if (n->op == IR_OP_insn) in = false;
        if (in && may_fault(u, n) && *fault == IR_NONE) *fault = i;
        if (writes_state(n->op)) in = true;
    }
    return in;
}

static bool check_precision(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    bool *written = arena_array(&v->scratch, bool, u->nblocks);
    u32 fault;
    for (bool changed = true; changed;) {
        changed = false;
        for (u32 i = 0; i < v->norder; i++) {
            u32 b = v->order[i];
            struct ir_edge e[2];
            bool out = written_after(u, b, written[b], &fault);
            int n = ir_edges(u, &u->insns[u->blocks[b].end - 1], e);
            for (int k = 0; k < n; k++) {
                if (!out || written[e[k].block]) continue;
                written[e[k].block] = changed = true;
            }
        }
    }
    for (u32 i = 0; i < v->norder; i++) {
        written_after(u, v->order[i], written[v->order[i]], &fault);
        if (fault != IR_NONE)
            return verify_fail(v, fault, "may fault after its guest instruction has written state");
    }
    return true;
}

/* The operands of an insn mark; a is IR_NONE before the first, UNCLEAR where ways with different marks meet.
 */
struct mark {
    ir_ref a, b;
};
enum { UNCLEAR = IR_NONE - 1 };

static bool same_mark(struct mark m, struct mark n)
{
    return m.a == n.a && m.b == n.b;
}

static struct mark mark_after(const struct ir_unit *u, u32 b, struct mark m)
{
    for (u32 i = u->blocks[b].first; i < u->blocks[b].end; i++)
        if (u->insns[i].op == IR_OP_insn) m = (struct mark){u->insns[i].a, u->insns[i].b};
    return m;
}

/* Marks at the entry of each block, to a fixed point. */
static void flow_marks(struct verifier *v, struct mark *in, bool *known)
{
    const struct ir_unit *u = v->u;
    in[0] = (struct mark){IR_NONE, IR_NONE};
    known[0] = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (u32 i = 0; i < v->norder; i++) {
            u32 b = v->order[i];
            struct ir_edge e[2];
            if (!known[b]) continue;
            struct mark out = mark_after(u, b, in[b]);
            int n = ir_edges(u, &u->insns[u->blocks[b].end - 1], e);
            for (int k = 0; k < n; k++) {
                u32 to = e[k].block;
                if (known[to] && (same_mark(in[to], out) || in[to].a == UNCLEAR)) continue;
                in[to] = known[to] ? (struct mark){UNCLEAR, UNCLEAR} : out;
                known[to] = changed = true;
            }
        }
    }
}

static bool check_marks(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    struct mark *in = arena_array(&v->scratch, struct mark, u->nblocks);
    bool *known = arena_array(&v->scratch, bool, u->nblocks);
    struct mark before = {IR_NONE, IR_NONE}, here = before; /* in the layout, and by control flow */
    flow_marks(v, in, known);
    for (u32 i = 0; i < u->ninsns; i++) {
        const struct ir_insn *n = &u->insns[i];
        u32 b = v->block_of[i];
        if (i == u->blocks[b].first) here = in[b];
        if (n->op == IR_OP_insn) before = here = (struct mark){n->a, n->b};
        if (!known[b] || !(may_fault(u, n) || n->op == IR_OP_exit_trap)) continue;
        if (here.a == IR_NONE) return verify_fail(v, i, "may fault before the first insn mark");
        if (here.a == UNCLEAR) return verify_fail(v, i, "may fault in more than one guest instruction");
        if (!same_mark(here, before))
            return verify_fail(v, i, "the last insn mark before it is of another instruction");
    }
    return true;
}

static bool has_poll(const struct ir_unit *u, u32 b)
{
    for (u32 i = u->blocks[b].first; i < u->blocks[b].end; i++)
        if (u->insns[i].op == IR_OP_poll) return true;
    return false;
}

static bool check_polls(struct verifier *v)
{
    const struct ir_unit *u = v->u;
    for (u32 b = 0; b < u->nblocks; b++) {
        struct ir_edge e[2];
        if (!v->present[b]) continue;
        u32 last = u->blocks[b].end - 1;
        int n = ir_edges(u, &u->insns[last], e);
        for (int k = 0; k < n; k++)
            if (u->blocks[e[k].block].first <= u->blocks[b].first && !has_poll(u, b))
                return verify_fail(v, last, "a back edge to b%u without a poll", e[k].block);
    }
    return true;
}

static bool each(struct verifier *v, bool (*check)(struct verifier *, u32))
{
    for (u32 i = 0; i < v->u->ninsns; i++)
        if (!check(v, i)) return false;
    return true;
}

static bool check_all(struct verifier *v)
{
    if (!check_shape(v)) return false;
    if (!each(v, check_side) || !each(v, check_uses)) return false;
    if (!each(v, verify_types) || !each(v, check_flags) || !each(v, verify_slot)) return false;
    if (!each(v, check_edges)) return false;
    number_blocks(v);
    find_dominators(v);
    return check_dominance(v) && check_precision(v) && check_marks(v) && check_polls(v);
}

int ir_verify(const struct ir_unit *u, char *err, size_t errsize)
{
    struct verifier v = {.u = u, .err = err, .errsize = errsize};
    arena_init(&v.scratch, 0);
    v.block_of = arena_array(&v.scratch, u32, u->ninsns + 1);
    v.order = arena_array(&v.scratch, u32, u->nblocks + 1);
    v.rpo = arena_array(&v.scratch, u32, u->nblocks + 1);
    v.present = arena_array(&v.scratch, bool, u->nblocks + 1);
    bool ok = check_all(&v);
    arena_free(&v.scratch);
    return ok ? 0 : -EINVAL;
}
