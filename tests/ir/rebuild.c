/* A unit built anew through the builder: what a lifter would have got had it asked for these instructions. */
#include "ir/walk.h"
#include "runtime/base/arena.h"
#include "tests/ir/toy.h"
#include <string.h>

enum { MAX_ARGS = 64 };

struct rebuild {
    struct ir_unit *u;
    const struct ir_unit *src;
    ir_ref *to; /* by instruction of src */
};

static ir_ref value(struct rebuild *r, ir_ref v)
{
    if (!ir_is_const(v)) return r->to[v];
    const struct ir_const *k = &r->src->consts[v & ~IR_CONST];
    return k->rel ? ir_addr(r->u, (enum ir_type)k->type, k->lo) : ir_const128(r->u, k->type, k->lo, k->hi);
}

static void values(struct rebuild *r, ir_ref *out, const ir_ref *in, u32 n)
{
    for (u32 i = 0; i < n; i++) out[i] = value(r, in[i]);
}

static void branch(struct rebuild *r, const struct ir_insn *n)
{
    struct ir_edge e[2];
    ir_ref a[2][MAX_ARGS];
    int edges = ir_edges(r->src, n, e);
    for (int k = 0; k < edges; k++) values(r, a[k], e[k].args, e[k].nargs);
    if (edges == 1)
        ir_br(r->u, e[0].block, e[0].nargs, a[0]);
    else
        ir_brc_args(r->u, value(r, n->a), e[0].block, e[0].nargs, a[0], e[1].block, e[1].nargs, a[1]);
}

static ir_ref instruction(struct rebuild *r, const struct ir_insn *n)
{
    struct ir_unit *u = r->u;
    u32 in[3] = {n->a, n->b, n->c};
    const char *kind = ir_ops[n->op].sig + 2;
    ir_ref args[MAX_ARGS];
    switch (n->op) {
    case IR_OP_nop: return IR_NONE;
    case IR_OP_param: return ir_param(u, n->type);
    case IR_OP_br:
    case IR_OP_brc: branch(r, n); return IR_NONE;
    case IR_OP_call:
        values(r, args, &r->src->side[n->b + 1], r->src->side[n->b]);
        return ir_call(u, n->a, r->src->side[n->b], args);
    default: break;
    }
    for (int k = 0; kind[k] && kind[k] != '-'; k++)
        if (ir_kind_is_value(kind[k])) in[k] = value(r, in[k]);
    return ir_emit(u, n->op, n->type, n->flags, in[0], in[1], in[2]);
}

bool toy_rebuild(struct ir_unit *dst, struct arena *arena, const struct ir_unit *src)
{
    struct rebuild r = {.u = dst, .src = src, .to = arena_array(arena, ir_ref, src->ninsns)};
    ir_unit_init(dst, arena, src->layout, src->key);
    dst->rel = src->rel;
    dst->fp = src->fp;
    dst->guest_lo = src->guest_lo;
    dst->guest_hi = src->guest_hi;
    while (dst->nblocks < src->nblocks) ir_block(dst);
    for (u32 i = 0; i < src->ninsns; i++) r.to[i] = IR_NONE;
    IR_EACH_BLOCK(src, b)
    {
        if (b) ir_place(dst, b);
        for (u32 i = src->blocks[b].first; i < src->blocks[b].end; i++) {
            struct ir_insn copy = src->insns[i];
            struct ir_uses uses = ir_uses(src, &copy);
            for (ir_ref *v; (v = ir_next_use(&uses)) != NULL;)
                if (!ir_is_const(*v) && r.to[*v] == IR_NONE) return false;
            r.to[i] = instruction(&r, &src->insns[i]);
        }
    }
    return true;
}
