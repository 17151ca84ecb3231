/* See exec_jit.c. */
#ifndef CALQUE_TESTS_IR_EXEC_JIT_H
#define CALQUE_TESTS_IR_EXEC_JIT_H

#include "ir/cpu.h"
#include "ir/ir.h"

#define EXEC_JIT_REFUSED                                                                                     \
    ((enum cpu_exit)0x7f) /* the JIT has no translation for an op of the unit (-ENOSYS) */

/* Runs a unit by the JIT. pins: slots to pin, hottest first; masked: host features not to use. */
bool exec_jit_run(const struct ir_unit *u, struct cpu_head *cpu, const char *pins, u64 masked,
                  enum cpu_exit *why, char *err, size_t errsize);

/* Prints what was refused and how often. */
void exec_jit_report(void);
/* A copy of the layout with other pins: the slots' names in order, separated by spaces. `slots` has room for
 * l->nslots. */
const struct ir_layout *exec_jit_layout(const struct ir_layout *l, const char *pins, struct ir_layout *copy,
                                        struct ir_slot *slots);

#endif
