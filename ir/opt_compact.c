/* Closes gaps: instructions that have become nops, and those that belong to no block any more, go; values are
 * renamed. Printed units thus number their values without holes, and back ends meet no nops. */
#include "ir/opt.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"

static inline void rename(ir_ref *r, const u32 *to)
{
    if (!ir_is_const(*r)) *r = to[*r];
}

static inline void rename_uses(struct ir_unit *u, struct ir_insn *n, const u32 *to)
{
    u32 values = ir_op_values[n->op];
    if (values & 1) rename(&n->a, to);
    if (values & 2) rename(&n->b, to);
    if (values & 4) rename(&n->c, to);
    if (likely(!ir_has_args(n->op))) return;
    struct ir_uses uses = ir_uses(u, n);
    for (ir_ref *r = uses.arg; r < uses.arg_end; r++) rename(r, to);
}

static bool has_gaps(const struct ir_unit *u)
{
    u32 at = 0;
    for (u32 i = 0; i < u->ninsns; i++)
        if (u->insns[i].op == IR_OP_nop) return true;
    for (u32 b = 0; b < u->nblocks; b++) at += u->blocks[b].end - u->blocks[b].first;
    return at != u->ninsns;
}

void pass_compact(struct ir_unit *u)
{
    if (!has_gaps(u)) return;
    struct arena_mark start = arena_mark(u->arena);
    u32 *to = arena_alloc_raw(u->arena, u->ninsns * sizeof *to, _Alignof(u32));
    bool later = ir_jumps_back(u); /* a use may stand before what it names: rename when all is in place */
    u32 n = 0;
    for (u32 at = 0, hint = 0; at < u->ninsns;) {
        u32 b = ir_block_at(u, at, hint);
        if (b == IR_NONE) { /* of no block */
            at++;
            continue;
        }
        struct ir_block *k = &u->blocks[b];
        u32 first = n;
        for (u32 i = k->first; i < k->end; i++) {
            if (u->insns[i].op == IR_OP_nop) continue;
            to[i] = n;
            u->insns[n] = u->insns[i];
            if (!later) rename_uses(u, &u->insns[n], to);
            n++;
        }
        at = k->end;
        hint = b + 1;
        k->first = first;
        k->end = n;
    }
    u->ninsns = n;
    for (u32 i = 0; later && i < n; i++) rename_uses(u, &u->insns[i], to);
    arena_release(u->arena, start);
}
