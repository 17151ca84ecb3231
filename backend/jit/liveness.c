/* Which values are live where a block begins, for units of several blocks: backward dataflow over bit sets,
 * one bit an instruction. Units of one block need none of it. */
#include "backend/jit/jit.h"
#include <string.h>
#include "ir/walk.h"
#include "runtime/base/arena.h"

static void visit_uses(struct jit *j, u32 at, u64 *set)
{
    struct ir_insn copy = j->insns[at];
    struct ir_uses it = ir_uses(j->u, &copy);
    for (ir_ref *r; (r = ir_next_use(&it)) != NULL;)
        if (!ir_is_const(*r) && *r != IR_NONE) set[*r / 64] |= (u64)1 << (*r % 64);
}

static void block_live(struct jit *j, u32 b, u64 *live)
{
    const struct ir_block *blk = &j->u->blocks[b];
    struct ir_edge e[2];
    int n = ir_edges(j->u, &j->insns[blk->end - 1], e);
    memset(live, 0, j->live_words * sizeof(u64));
    for (int k = 0; k < n; k++)
        for (u32 w = 0; w < j->live_words; w++) live[w] |= j->blk[e[k].block].livein[w];
    for (u32 i = blk->end; i-- > blk->first;) {
        live[i / 64] &= ~((u64)1 << (i % 64));
        visit_uses(j, i, live);
    }
}

void jit_liveness(struct jit *j)
{
    u32 nb = j->u->nblocks;
    j->live_words = (j->u->ninsns + 63) / 64;
    u64 *bits = arena_array(j->arena, u64, (size_t)j->live_words * (nb + 1));
    for (u32 b = 0; b < nb; b++) j->blk[b].livein = bits + (size_t)b * j->live_words;
    u64 *live = bits + (size_t)nb * j->live_words;
    for (bool changed = true; changed;) {
        changed = false;
        for (u32 b = nb; b-- > 0;) {
            if (j->u->blocks[b].end == j->u->blocks[b].first) continue;
            block_live(j, b, live);
            if (!memcmp(live, j->blk[b].livein, j->live_words * sizeof(u64))) continue;
            memcpy(j->blk[b].livein, live, j->live_words * sizeof(u64));
            changed = true;
        }
    }
}
