/* Memory and a CPU for instruction tests, and the ways of running a unit. */
#ifndef CALQUE_TESTS_INSN_INSN_WORLD_H
#define CALQUE_TESTS_INSN_INSN_WORLD_H

#include "frontend/guest.h"
#include "ir/cpu.h"

extern struct cpu_head *world_cpu;
extern u8 *world_code, *world_data; /* host views of CODE_ADDR and DATA_ADDR */
extern const bool world_has_jit;
void world_init_insn(const struct guest *g);
/* Runs the unit of at most `max` instructions at `key`; the reason it left. */
enum cpu_exit world_run(struct cpu_head *cpu, u64 key, u32 max, bool jit);

#endif
