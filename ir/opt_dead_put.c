/* Dead puts: within a block, a put (putw) whose bytes are all written again before anything can see them.
 * State is seen by gets, by whatever may fault (the guest's handler sees exact state), by helpers that read
 * state, by polls and at the block's end. Marks of guest instructions see nothing. A walk backwards keeps the
 * ranges that are going to be overwritten. */
#include "ir/builder.h"
#include "ir/known.h"
#include "ir/opt.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"

struct overwritten {
    struct known_map plain, window;
    bool plain_in_window; /* a plain one may be of bytes that windows alias */
};

static void forget(struct overwritten *o)
{
    map_clear(&o->plain);
    map_clear(&o->window);
}

static bool in_window(const struct ir_layout *l, u32 offset, u32 size)
{
    return offset < l->window_hi && offset + size > l->window_lo;
}

/* Whatever the windows may alias. */
static void forget_window(const struct ir_unit *u, struct overwritten *o, u32 offset, u32 size)
{
    if (in_window(u->layout, offset, size)) map_clear(&o->window);
}

static bool plain_put(struct ir_unit *u, struct overwritten *o, const struct ir_insn *n)
{
    enum ir_type t = type_of(u, n->b);
    if (map_cover(&o->plain, (s32)n->a, ir_type_size[t])) return true;
    map_add(&o->plain, (s32)n->a, t, n->b, 0);
    if (in_window(u->layout, n->a, ir_type_size[t])) o->plain_in_window = true;
    return false;
}

static bool window_put(struct ir_unit *u, struct overwritten *o, const struct ir_insn *n)
{
    enum ir_type t = type_of(u, n->b);
    if (map_cover(&o->window, (s32)n->a, ir_type_size[t])) return true;
    map_add(&o->window, (s32)n->a, t, n->b, 0);
    return false;
}

static inline bool sees_state(const struct ir_unit *u, const struct ir_insn *n)
{
    if (n->op == IR_OP_call) {
        const struct ir_helper *h = &u->layout->helpers[n->a];
        return h->faults || h->reads & IR_HELP_STATE || h->writes & IR_HELP_STATE;
    }
    return ir_ops[n->op].effects & (IR_EFF_MEM | IR_EFF_TERM) || n->op == IR_OP_poll;
}

/* A put of the window base changes what windowed offsets mean. */
static bool moves_window(const struct ir_unit *u, const struct ir_insn *n)
{
    u32 base = u->layout->window_base;
    return u->layout->window_hi && n->a < base + 8 && base < n->a + ir_type_size[type_of(u, n->b)];
}

static void visit(struct ir_unit *u, struct overwritten *o, u32 i)
{
    const struct ir_insn *n = &u->insns[i];
    switch (n->op) {
    case IR_OP_put:
        if (moves_window(u, n)) forget(o);
        if (plain_put(u, o, n)) make_nop(u, i);
        return;
    case IR_OP_putw:
        if (window_put(u, o, n)) make_nop(u, i);
        return;
    case IR_OP_get:
        map_kill(&o->plain, (s32)n->a, ir_type_size[n->type]);
        forget_window(u, o, n->a, ir_type_size[n->type]);
        return;
    case IR_OP_getw:
        map_kill(&o->window, (s32)n->a, ir_type_size[n->type]);
        if (o->plain_in_window)
            map_kill_range(&o->plain, (s32)u->layout->window_lo, (s32)u->layout->window_hi);
        return;
    case IR_OP_rebase: forget(o); return; /* reads the base, and moves what windowed offsets mean */
    default:
        if (sees_state(u, n)) forget(o);
        return;
    }
}

void pass_dead_put(struct ir_unit *u)
{
    u32 lo = u->over_lo, hi = MIN(u->over_hi, u->ninsns);
    if (lo >= hi) return;
    struct arena_mark start = arena_mark(u->arena);
    struct overwritten *o = arena_alloc_raw(u->arena, sizeof *o, _Alignof(struct overwritten));
    map_init(&o->plain);
    map_init(&o->window);
    o->plain_in_window = false;
    for (u32 i = hi; i-- > lo;)
        if (ir_op_facts[u->insns[i].op] & IR_FACT_STATE) visit(u, o, i);
    arena_release(u->arena, start);
}
