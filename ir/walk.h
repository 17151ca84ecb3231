/* Walking a unit: blocks in the order they lie in, the arguments of a branch, the values an instruction uses.
 * For the passes, the verifier, the printer and the back ends. */
#ifndef CALQUE_IR_WALK_H
#define CALQUE_IR_WALK_H

#include "ir/ir.h"

/* The block that lies at instruction `at` (the first at 0, then each at the end of the one before), or
 * IR_NONE after the last. A block whose first equals its end has been removed and is never met. `hint` is
 * where to look first: the id after that of the block before. */
static inline u32 ir_block_at(const struct ir_unit *u, u32 at, u32 hint)
{
    if (at >= u->ninsns) return IR_NONE;
    if (hint < u->nblocks && u->blocks[hint].first == at && u->blocks[hint].end > at) return hint;
    for (u32 b = 0; b < u->nblocks; b++)
        if (u->blocks[b].first == at && u->blocks[b].end > at) return b;
    return IR_NONE;
}

/* for (u32 b; …): every block of u in layout order. */
#define IR_EACH_BLOCK(u, b)                                                                                  \
    for (u32 b = ir_block_at(u, 0, 0); b != IR_NONE; b = ir_block_at(u, (u)->blocks[b].end, b + 1))

/* One way out of a block to another block of the unit. */
struct ir_edge {
    u32 block; /* where to */
    u32 nargs;
    ir_ref *args; /* in the side array; valid until it grows */
};

/* The edges of a terminator: 0, 1 (br) or 2 (brc: taken when true, then when false). `c` of a br is its
 * number of arguments, of a brc the two numbers, the second shifted left by 16. */
static inline int ir_edges(const struct ir_unit *u, const struct ir_insn *term, struct ir_edge e[2])
{
    u32 *side = u->side + term->b;
    if (term->op == IR_OP_br) {
        e[0] = (struct ir_edge){term->a, term->c, side};
        return 1;
    }
    if (term->op != IR_OP_brc) return 0;
    u32 nyes = term->c & 0xffff;
    e[0] = (struct ir_edge){side[0], nyes, side + 2};
    e[1] = (struct ir_edge){side[1], term->c >> 16, side + 2 + nyes};
    return 2;
}

/* Does a jump lead to its own block or one that lies before it? Only then may a value be used before the place where it
 * is made. */
static inline bool ir_jumps_back(const struct ir_unit *u)
{
    if (!u->loops) return false;
    for (u32 b = 0; b < u->nblocks; b++) {
        const struct ir_block *k = &u->blocks[b];
        struct ir_edge e[2];
        if (k->end == k->first) continue;
        int n = ir_edges(u, &u->insns[k->end - 1], e);
        for (int i = 0; i < n; i++)
            if (u->blocks[e[i].block].first <= k->first) return true;
    }
    return false;
}

/* True of the ops whose uses stand in the side array too. */
static inline bool ir_has_args(enum ir_op op)
{
    return op == IR_OP_call || op == IR_OP_br || op == IR_OP_brc;
}

/* Every place where `insn` names a value (constants too), in order: its operands, then its block or helper
 * arguments. Usage: struct ir_uses it = ir_uses(u, insn); for (ir_ref *r; (r = ir_next_use(&it)) != NULL;) …
 */
struct ir_uses {
    u32 *field; /* the operands a, b, c */
    u32 left;   /* bit n: operand n is still to come */
    u32 *arg, *arg_end;
};

static inline struct ir_uses ir_uses(const struct ir_unit *u, struct ir_insn *insn)
{
    struct ir_uses it = {.field = &insn->a, .left = ir_op_values[insn->op]};
    if (insn->op == IR_OP_call) {
        it.arg = &u->side[insn->b + 1];
        it.arg_end = it.arg + u->side[insn->b];
    } else if (insn->op == IR_OP_br) {
        it.arg = &u->side[insn->b];
        it.arg_end = it.arg + insn->c;
    } else if (insn->op == IR_OP_brc) {
        it.arg = &u->side[insn->b + 2];
        it.arg_end = it.arg + (insn->c & 0xffff) + (insn->c >> 16);
    }
    return it;
}

static inline ir_ref *ir_next_use(struct ir_uses *it)
{
    if (it->left) {
        u32 n = (u32)__builtin_ctz(it->left);
        it->left &= it->left - 1;
        return &it->field[n];
    }
    return it->arg < it->arg_end ? it->arg++ : NULL;
}

#endif
