/* Closes gaps: instructions that have become nops, and those that belong to no block any more, go; values are
 * renamed. Printed units thus number their values without holes, and back ends meet no nops. */
#include "ir/builder.h"
#include "ir/opt.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"

static inline void rename(ir_ref *r, const u32 *to)
{
    if (!ir_is_const(*r)) *r = to[*r];
}

static inline void rename_uses(struct ir_unit *u, struct ir_insn *n, const u32 *to)
{
    u32 facts = ir_op_facts[n->op];
    if (!(facts & (IR_FACT_USES | IR_FACT_ARGS))) return;
    if (facts & 1) rename(&n->a, to);
    if (facts & 2) rename(&n->b, to);
    if (likely(!(facts & (4 | IR_FACT_ARGS)))) return;
    if (facts & 4) rename(&n->c, to);
    if (!(facts & IR_FACT_ARGS)) return;
    struct ir_uses uses = ir_uses(u, n);
    for (ir_ref *r = uses.arg; r < uses.arg_end; r++) rename(r, to);
}

/* Moves the instructions of block k to index n and on; `now`: renames what they use. What lies before the
 * first gap stays as it is. The index behind the block. */
static u32 move_block(struct ir_unit *u, struct ir_block *k, u32 n, u32 *to, bool now)
{
    u32 i = k->first, end = k->end;
    k->first = n;
    for (u32 stays = MIN(u->gap, end); i < stays; i++) to[i] = n++;
    struct ir_insn *at = &u->insns[n];
    for (const struct ir_insn *from = &u->insns[i]; i < end; i++, from++) {
        if (from->op == IR_OP_nop) continue;
        to[i] = n++;
        *at = *from;
        if (now) rename_uses(u, at, to);
        at++;
    }
    return k->end = n;
}

void pass_compact(struct ir_unit *u)
{
    if (u->gap >= u->ninsns) return;
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
        at = u->blocks[b].end;
        hint = b + 1;
        n = move_block(u, &u->blocks[b], n, to, !later);
    }
    u->ninsns = n;
    for (u32 i = 0; later && i < n; i++) rename_uses(u, &u->insns[i], to);
    u->gap = IR_NONE;
    if (u->over_hi) any_overwrite(u); /* they have other numbers now */
    arena_release(u->arena, start);
}
