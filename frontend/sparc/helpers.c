/* The functions behind helpers.def, and the table of them. */
#include "frontend/sparc/sparc.h"

#include "runtime/base/x86_64/vdso.h"

static u64 overflow(struct cpu_head *cpu)
{
    return sparc_window_overflow((struct sparc_cpu *)(void *)cpu);
}
static u64 underflow(struct cpu_head *cpu)
{
    return sparc_window_underflow((struct sparc_cpu *)(void *)cpu);
}
static u64 flush(struct cpu_head *cpu, u32 current)
{
    return sparc_window_flush((struct sparc_cpu *)(void *)cpu, current);
}

/* %tick counts at 1 GHz. */
static u64 tick(void)
{
    struct timespec ts;
    vdso_clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

const struct ir_helper sparc_helpers[SPARC_HELPER_COUNT] = {
#define HELPER(name, sig, reads, writes, faults)                                                             \
    {#name, sig, (void (*)(void))(name), (reads), (writes), (faults)},
#include "frontend/sparc/helpers.def"
};
