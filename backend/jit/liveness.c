/* Which values are live where a block begins, for units of several blocks: backward dataflow over bit sets,
 * one bit an instruction. Units of one block need none of it. */
#include "backend/jit/jit.h"
#include <string.h>
#include "ir/walk.h"
#include "runtime/base/arena.h"

static inline void live_value(u64 *set, ir_ref r)
{
    if (jit_made(r)) set[r / 64] |= (u64)1 << (r % 64);
}

static void visit_uses(struct jit *j, const struct ir_insn *x, u64 *set)
{
    u32 m = ir_op_values[x->op];
    if (m & 1) live_value(set, x->a);
    if (m & 2) live_value(set, x->b);
    if (m & 4) live_value(set, x->c);
    if (likely(!ir_has_args(x->op))) return;
    struct ir_insn copy = *x;
    struct ir_uses it = ir_uses(j->u, &copy);
    for (const u32 *arg = it.arg; arg < it.arg_end; arg++) live_value(set, *arg);
}

static void block_live(struct jit *j, const struct ir_block *blk, u64 *live)
{
    struct ir_edge e[2];
    int n = ir_edges(j->u, &j->insns[blk->end - 1], e);
    memset(live, 0, j->live_words * sizeof(u64));
    for (int k = 0; k < n; k++)
        for (u32 w = 0; w < j->live_words; w++) live[w] |= j->blk[e[k].block].livein[w];
    for (u32 i = blk->end; i-- > blk->first;) {
        const struct ir_insn *x = &j->insns[i];
        if (x->op == IR_OP_insn) continue;
        live[i / 64] &= ~((u64)1 << (i % 64));
        visit_uses(j, x, live);
    }
}

/* One walk over all blocks, the last first. True if it found anything new. */
static bool walk(struct jit *j, const u32 *order, u32 n, u64 *live)
{
    bool changed = false;
    while (n-- > 0) {
        u64 *in = j->blk[order[n]].livein;
        block_live(j, &j->u->blocks[order[n]], live);
        if (!memcmp(live, in, j->live_words * sizeof(u64))) continue;
        memcpy(in, live, j->live_words * sizeof(u64));
        changed = true;
    }
    return changed;
}

void jit_liveness(struct jit *j)
{
    u32 nb = j->u->nblocks, n = 0;
    j->live_words = (j->u->ninsns + 63) / 64;
    u64 *bits = arena_array(j->arena, u64, (size_t)j->live_words * (nb + 1));
    u32 *order = arena_alloc_raw(j->arena, nb * sizeof(u32), 4);
    for (u32 b = 0; b < nb; b++) j->blk[b].livein = bits + (size_t)b * j->live_words;
    for (u32 b = j->first_block; b != IR_NONE; b = j->blk[b].next) order[n++] = b;
    u64 *live = bits + (size_t)nb * j->live_words;
    bool again = ir_jumps_back(j->u); /* else every block comes after those it leads to */
    while (walk(j, order, n, live) && again) {}
}
