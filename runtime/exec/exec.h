/* Running guest code: the front door of runtime/exec. It finds or makes the translation of a key, keeps the code cache,
 * links units, runs them, and turns what comes back (system calls, traps, faults, signals) into the guest's world.
 *
 *   loop.c        the dispatch loop            translate.c   lift, improve, emit, publish
 *   cache.c       code memory and unit table   invalidate.c  code that changes: by page
 *   fault.c       host signal handlers         deliver.c     guest signals at the loop
 *   tasks.c       what a task owns here        stop.c        all tasks at a safe point: emptying the cache */
#ifndef CALQUE_RUNTIME_EXEC_EXEC_H
#define CALQUE_RUNTIME_EXEC_EXEC_H

#include "runtime/vm/task.h"

/* Prepares the code cache and the back end that the options name, and installs the hooks of runtime/vm. The guest and its
 * memory are set up. Dies with a clear line if the host refuses memory. */
void exec_init(void);
/* What a task needs before it can run: return stack, jump table, signal stack. The first task's; children get theirs by
 * the hooks. cpu must be zeroed state of the guest's size. */
void exec_task_init(struct task *t);
/* Runs the guest from cpu->key on. Does not return. */
_Noreturn void exec_loop(struct task *t);

/* Counters, by --stats. */
struct exec_stats {
    u64 units_jit, units_interp;     /* units translated for each back end */
    u64 entries_jit, entries_interp; /* entries into units from the loop (linked jumps are not seen) */
    u64 guest_insns;                 /* guest instructions translated */
    u64 host_bytes;                  /* code emitted */
    u64 translate_ticks;             /* time for all translation, in host_ticks */
    u64 storable, storable_fixed;    /* -check-storable: units compared; units that hold for one guest address */
    u64 storable_fileless;           /* ... and units of the guest kernel's own pages, which no file holds */
    u64 links, kills, flushes, syscalls, faults, signals;
};
extern struct exec_stats exec_stats;

/* One more, counted outside of the cache's lock. Tasks count side by side, and may lose a count: a locked addition would cost
 * more than the statistics are worth. */
static inline void exec_count(u64 *n)
{
    __atomic_store_n(n, __atomic_load_n(n, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}

#endif
