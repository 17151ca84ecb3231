/* The JIT's door to the softfloat: one C function for every FP operation, operands and result in the state
 * block's soft cells (a, b, c, result: two 8-byte cells each from JIT_SOFT_CELL on). Called through a thunk
 * that preserves all registers. */
#ifndef CALQUE_JIT_SOFTCALLS_H
#define CALQUE_JIT_SOFTCALLS_H

#include "ir/cpu.h"
#include "ir/ir.h"

/* What to compute, in one word: op 8 bits, result type 4, operand type 4, IR_FP_* flags 8, NaN rule 3,
 * default NaN 1, tininess 1, conversion rule 3. */
u32 jit_soft_descriptor(const struct ir_unit *u, const struct ir_insn *x, enum ir_type operand);
/* Computes it; raises the flags in cpu->mxcsr, where the guest's MXCSR is while C runs. */
void jit_soft_call(struct cpu_head *cpu, u32 descriptor);

#endif
