/* Private to the room: the passes. */
#ifndef CALQUE_IR_OPT_H
#define CALQUE_IR_OPT_H

#include "ir/ir.h"

#define IR_PASS(name, text) void pass_##name(struct ir_unit *u);
#include "ir/passes.def"

/* What the passes ask of an op, derived from its row: see facts.c. */
enum {
    OP_USES = 7,       /* bit n: operand n may be an instruction's value (constants that must be are none) */
    OP_ARGS = 8,       /* there are values in the side array too */
    OP_REMOVABLE = 16, /* no effect: it may go if nobody uses its value */
    OP_STATE = 32,     /* reads, writes or may see the CPU state */
};
extern const u8 op_facts[IR_OP_COUNT];

/* Makes instruction i nothing; `compact` removes it. */
static inline void make_nop(struct ir_unit *u, u32 i)
{
    u->insns[i] = (struct ir_insn){.op = IR_OP_nop, .a = IR_NONE, .b = IR_NONE, .c = IR_NONE};
    if (i < u->gap) u->gap = i;
}

#endif
