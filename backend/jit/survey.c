/* The first walk over a unit, before any block is translated: its values are set up as not made yet, their uses
 * counted, its blocks told how they are entered. One walk for all three: most units are short, and a walk costs
 * as much as what is done in it. */
#include "backend/jit/jit.h"
#include <string.h>
#include "ir/walk.h"
#include "runtime/base/arena.h"

/* Is r made in another block than [first, first + n)? */
static inline bool count(u8 *uses, ir_ref r, u32 first, u32 n)
{
    if (r - first < n) {
        uses[r] = (u8)(uses[r] << 1 | 1);
        return false;
    }
    if (!jit_made(r)) return false;
    uses[r] = (u8)(uses[r] << 1 | 1);
    return true;
}

static __attribute__((noinline)) bool count_rare(struct jit *j, const struct ir_insn *x, u32 f, u32 first, u32 n)
{
    bool crosses = f & 4 ? count(j->uses, x->c, first, n) : false;
    if (!(f & IR_FACT_ARGS)) return crosses;
    struct ir_insn copy = *x;
    struct ir_uses it = ir_uses(j->u, &copy);
    for (const u32 *arg = it.arg; arg < it.arg_end; arg++) crosses |= count(j->uses, *arg, first, n);
    return crosses;
}

static bool survey_insns(struct jit *j, u32 first, u32 n)
{
    bool crosses = false;
    u8 *uses = j->uses;
    struct jval *val = &j->val[first];
    for (const struct ir_insn *x = &j->insns[first], *end = x + n; x < end; x++, val++) {
        *val = jit_unmade;
        val->type = x->type;
        u32 f = ir_op_facts[x->op] & (IR_FACT_USES | IR_FACT_ARGS);
        if (!f) continue;
        if (f & 1) crosses |= count(uses, x->a, first, n);
        if (f & 2) crosses |= count(uses, x->b, first, n);
        if (unlikely(f > 3)) crosses |= count_rare(j, x, f, first, n);
    }
    return crosses;
}

static void survey_edges(struct jit *j, const struct ir_block *blk)
{
    struct ir_edge e[2];
    int n = ir_edges(j->u, &j->insns[blk->end - 1], e);
    for (int k = 0; k < n; k++) {
        struct jblock *to = &j->blk[e[k].block];
        to->npreds++;
        if (to->npreds > 1 || j->u->blocks[e[k].block].first < blk->end) to->canon = true;
    }
}

/* What there is one of for each instruction or block, in one piece. */
static void allocate(struct jit *j)
{
    const struct ir_unit *u = j->u;
    const size_t n = u->ninsns;
    u8 *p = arena_alloc_raw(j->arena, n * (sizeof *j->val + sizeof *j->ji + 2) + u->nblocks * sizeof *j->blk + u->nside * 4 + 16, 16);
    j->val = (struct jval *)p;
    j->ji = (struct jinsn *)(j->val + n);
    j->blk = (struct jblock *)(j->ji + n);
    j->side_nxt = (u32 *)(j->blk + u->nblocks);
    j->flag = (u8 *)(j->side_nxt + u->nside);
    j->uses = j->flag + n;
    memset(j->flag, 0, 2 * n);
    for (u32 b = 0; b < u->nblocks; b++)
        j->blk[b] = (struct jblock){.label = ~0u, .canon = u->blocks[b].nparams > 0};
    j->blk[0].canon = true;
    j->blk[0].npreds = 1;
}

bool jit_survey(struct jit *j)
{
    bool crosses = false;
    allocate(j);
    u32 *next = &j->first_block;
    IR_EACH_BLOCK(j->u, b)
    {
        const struct ir_block *blk = &j->u->blocks[b];
        const struct ir_insn *last = &j->insns[blk->end - 1];
        *next = b;
        next = &j->blk[b].next;
        crosses |= survey_insns(j, blk->first, blk->end - blk->first);
        if (last->op == IR_OP_br || last->op == IR_OP_brc) survey_edges(j, blk);
    }
    *next = IR_NONE;
    return crosses;
}
