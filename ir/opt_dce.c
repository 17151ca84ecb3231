/* Dead code: one walk backwards drops every instruction without effect whose value nobody uses. Loads stay,
 * for they may fault, and FP arithmetic stays, for its flags may be read. */
#include "ir/builder.h"
#include "ir/opt.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"

static bool removable(const struct ir_insn *i)
{
    u16 op = i->op;
    return ir_ops[op].effects & IR_EFF_PURE || op == IR_OP_get || op == IR_OP_getw || op == IR_OP_fpget;
}

static inline void mark_value(u8 *used, ir_ref r)
{
    if (!ir_is_const(r)) used[r] = 1;
}

static void mark_args(const struct ir_unit *u, struct ir_insn *i, u8 *used)
{
    struct ir_uses uses = ir_uses(u, i);
    for (const ir_ref *r = uses.arg; r < uses.arg_end; r++) mark_value(used, *r);
}

static inline void mark(const struct ir_unit *u, struct ir_insn *i, u8 *used)
{
    u32 values = ir_op_values[i->op];
    if (values & 1) mark_value(used, i->a);
    if (values & 2) mark_value(used, i->b);
    if (values & 4) mark_value(used, i->c);
    if (unlikely(ir_has_args(i->op))) mark_args(u, i, used);
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
    u8 *used = arena_array(u->arena, u8, u->ninsns);
    if (ir_jumps_back(u)) mark_forward(u, used);
    for (u32 i = u->ninsns; i-- > 0;) {
        struct ir_insn *n = &u->insns[i];
        if (!used[i] && removable(n))
            make_nop(n);
        else
            mark(u, n, used);
    }
    arena_release(u->arena, mark_point);
}
