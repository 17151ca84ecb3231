/* Private to the room: the passes. */
#ifndef CALQUE_IR_OPT_H
#define CALQUE_IR_OPT_H

#include "ir/ir.h"

#define IR_PASS(name, text) void pass_##name(struct ir_unit *u);
#include "ir/passes.def"

/* Makes instruction i nothing; `compact` removes it. */
static inline void make_nop(struct ir_unit *u, u32 i)
{
    u->insns[i] = (struct ir_insn){.op = IR_OP_nop, .a = IR_NONE, .b = IR_NONE, .c = IR_NONE};
    if (i < u->gap) u->gap = i;
}

#endif
