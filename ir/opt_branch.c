/* Control flow: a condition that is constant or leads to one place either way becomes a jump; an edge to a
 * block that only jumps on goes straight there; blocks that nobody reaches go; a block that follows its only
 * predecessor joins it. Edges are only followed forward in the layout, so no back edge appears where there
 * was none. */
#include "ir/builder.h"
#include "ir/opt.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"
#include <string.h>

static struct ir_insn *terminator(const struct ir_unit *u, u32 b)
{
    return &u->insns[u->blocks[b].end - 1];
}

static void make_br(struct ir_unit *u, struct ir_insn *n, const struct ir_edge *e)
{
    u32 at = (u32)(e->args - u->side);
    *n = (struct ir_insn){.op = IR_OP_br, .a = e->block, .b = at, .c = e->nargs};
}

static bool same_edge(const struct ir_edge *e, const struct ir_edge *f)
{
    return e->block == f->block && e->nargs == f->nargs &&
           memcmp(e->args, f->args, e->nargs * sizeof(u32)) == 0;
}

static void decide(struct ir_unit *u, struct ir_insn *n)
{
    struct ir_edge e[2];
    u64 known;
    if (n->op != IR_OP_brc) return;
    ir_edges(u, n, e);
    if (ir_const_value(u, n->a, &known))
        make_br(u, n, &e[known ? 0 : 1]);
    else if (same_edge(&e[0], &e[1]))
        make_br(u, n, &e[0]);
}

/* Where a jump to `block` ends up: past blocks that hold nothing but a jump without arguments. (A mark of a
 * guest instruction is something: what follows may belong to it.) */
static u32 thread(const struct ir_unit *u, u32 block)
{
    for (u32 steps = 0; steps < 8; steps++) {
        const struct ir_block *k = &u->blocks[block];
        u32 i = k->first;
        while (i < k->end - 1 && u->insns[i].op == IR_OP_nop) i++;
        const struct ir_insn *n = &u->insns[i];
        if (i != k->end - 1 || n->op != IR_OP_br || n->c) return block;
        if (u->blocks[n->a].first <= k->first) return block; /* backward */
        block = n->a;
    }
    return block;
}

static void retarget(struct ir_unit *u, struct ir_insn *n)
{
    if (n->op == IR_OP_br && n->c == 0) n->a = thread(u, n->a);
    if (n->op != IR_OP_brc) return;
    u32 *side = &u->side[n->b];
    if ((n->c & 0xffff) == 0) side[0] = thread(u, side[0]);
    if (n->c >> 16 == 0) side[1] = thread(u, side[1]);
}

/* Numbers of edges that lead to each reachable block. */
static void count_edges(const struct ir_unit *u, u32 *preds)
{
    u32 *stack = arena_array(u->arena, u32, u->nblocks + 1);
    u32 sp = 0;
    stack[sp++] = 0;
    preds[0] = 1;
    while (sp) {
        struct ir_edge e[2];
        u32 b = stack[--sp];
        int n = ir_edges(u, terminator(u, b), e);
        for (int k = 0; k < n; k++)
            if (preds[e[k].block]++ == 0) stack[sp++] = e[k].block;
    }
}

static void remove_block(struct ir_unit *u, u32 b)
{
    struct ir_block *k = &u->blocks[b];
    for (u32 i = k->first; i < k->end; i++) make_nop(u, i);
    *k = (struct ir_block){0};
}

/* b's successor by a plain jump, if that lies right behind it and has no other way in. */
static bool join(struct ir_unit *u, u32 b, const u32 *preds)
{
    struct ir_block *k = &u->blocks[b];
    struct ir_insn *n = terminator(u, b);
    if (n->op != IR_OP_br || n->c || preds[n->a] != 1) return false;
    struct ir_block *next = &u->blocks[n->a];
    if (next->first != k->end) return false;
    make_nop(u, k->end - 1);
    k->end = next->end;
    *next = (struct ir_block){0};
    any_overwrite(u); /* the builder has looked at the two alone */
    return true;
}

void pass_branch(struct ir_unit *u)
{
    if (u->nblocks == 1 || u->plain_flow) return;
    struct arena_mark start = arena_mark(u->arena);
    u32 *preds = arena_array(u->arena, u32, u->nblocks);
    for (u32 b = 0; b < u->nblocks; b++) {
        if (u->blocks[b].end == u->blocks[b].first) continue;
        decide(u, terminator(u, b));
        retarget(u, terminator(u, b));
        decide(u, terminator(u, b));
    }
    count_edges(u, preds);
    for (u32 b = 0; b < u->nblocks; b++)
        if (!preds[b] && u->blocks[b].end > u->blocks[b].first) remove_block(u, b);
    pass_compact(u);
    for (u32 b = 0; b < u->nblocks; b++)
        while (preds[b] && u->blocks[b].end > u->blocks[b].first && join(u, b, preds)) continue;
    arena_release(u->arena, start);
}
