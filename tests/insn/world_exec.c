/* The world of tests/diff for single instructions: the interpreter on the unit as lifted, the JIT on the
 * improved one. */
#include "tests/diff/diff.h"
#include "tests/insn/insn_world.h"

struct cpu_head *world_cpu;
u8 *world_code, *world_data;
const bool world_has_jit = true;
static struct world world;

void world_init_insn(const struct guest *g)
{
    world_init(&world, g->name, false);
    world_cpu = world.task->cpu;
    world_code = world.code + 0x1000;
    world_data = world.data;
}

/* The line that fails is named by run_insn. */
void diff_report(void) {}

enum cpu_exit world_run(struct cpu_head *cpu, u64 key, u32 max, bool jit)
{
    (void)cpu;
    return jit ? world_run_jit(&world, key, max, 1) : world_run_interp(&world, key, max, 1);
}
