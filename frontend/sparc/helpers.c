/* The functions behind helpers.def that are not VIS (those: vis.c), and the table of all. */
#include "frontend/sparc/helpers.h"

#include "runtime/base/x86_64/vdso.h"

u64 sparc_help_overflow(struct cpu_head *cpu)
{
    return sparc_window_overflow((struct sparc_cpu *)(void *)cpu);
}
u64 sparc_help_underflow(struct cpu_head *cpu)
{
    return sparc_window_underflow((struct sparc_cpu *)(void *)cpu);
}
u64 sparc_help_flush(struct cpu_head *cpu, u32 current)
{
    return sparc_window_flush((struct sparc_cpu *)(void *)cpu, current);
}

/* %tick counts at 1 GHz. */
u64 sparc_help_tick(void)
{
    struct timespec ts;
    vdso_clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

const struct ir_helper sparc_helpers[SPARC_HELPER_COUNT] = {
#define HELPER(name, sig, reads, writes, faults)                                                             \
    {#name, sig, (void (*)(void))sparc_help_##name, (reads), (writes), (faults)},
#include "frontend/sparc/helpers.def"
};
