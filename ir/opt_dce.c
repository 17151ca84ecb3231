/* Dead code: one walk backwards drops every instruction without effect whose value nobody uses. Loads stay,
 * for they may fault, and FP arithmetic stays, for its flags may be read. */
#include "ir/opt.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"
#include <string.h>

static inline void mark_value(u8 *used, ir_ref r)
{
    if (!ir_is_const(r)) used[r] = 1;
}

__attribute__((noinline)) static void mark_args(const struct ir_unit *u, struct ir_insn *i, u8 *used)
{
    struct ir_uses uses = ir_uses(u, i);
    for (const ir_ref *r = uses.arg; r < uses.arg_end; r++) mark_value(used, *r);
}

static inline void mark(const struct ir_unit *u, struct ir_insn *i, u32 facts, u8 *used)
{
    if (facts & 1) mark_value(used, i->a);
    if (facts & 2) mark_value(used, i->b);
    if (likely(!(facts & (4 | IR_FACT_ARGS)))) return;
    if (facts & 4) mark_value(used, i->c);
    if (facts & IR_FACT_ARGS) mark_args(u, i, used);
}

/* A block may lie before the one whose values it uses: such uses are marked beforehand. */
static void mark_forward(const struct ir_unit *u, u8 *used)
{
    for (u32 i = 0; i < u->ninsns; i++) {
        struct ir_uses uses = ir_uses(u, &u->insns[i]);
        for (ir_ref *r; (r = ir_next_use(&uses)) != NULL;)
            if (!ir_is_const(*r) && *r >= i) used[*r] = 1;
    }
}

void pass_dce(struct ir_unit *u)
{
    struct arena_mark mark_point = arena_mark(u->arena);
    u8 *used = arena_alloc_raw(u->arena, u->ninsns, 1);
    memset(used, 0, u->ninsns);
    if (ir_jumps_back(u)) mark_forward(u, used);
    const u8 *live = used + u->ninsns;
    for (struct ir_insn *n = u->insns + u->ninsns; n-- > u->insns;) {
        u32 facts = ir_op_facts[n->op];
        live--;
        if (facts & IR_FACT_REMOVABLE && !*live)
            make_nop(u, (u32)(n - u->insns));
        else if (facts & (IR_FACT_USES | IR_FACT_ARGS))
            mark(u, n, facts, used);
    }
    arena_release(u->arena, mark_point);
}
