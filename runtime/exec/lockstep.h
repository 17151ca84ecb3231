/* -lockstep: every unit runs in the interpreter and translated, from the same state, and the first difference ends the
 * process with a report. Private to runtime/exec.
 *
 * The interpreter goes first, with every store recorded by gmem_write_hook; its stores are undone, the translated unit
 * runs, and registers, the way it was left and the pages that the interpreter stored to are compared. The translated
 * unit's results are what the guest goes on with; a system call or trap that a unit ends in is made once, afterwards.
 *
 * Units run one at a time, whatever the number of guest threads. What the kernel or another process changes meanwhile is
 * none of ours: a difference counts when it shows in three attempts. Not compared, but counted: units that call a helper
 * whose result varies (clocks), and those that store to memory shared with other processes, which would see the stores
 * come and go. */
#ifndef CALQUE_RUNTIME_EXEC_LOCKSTEP_H
#define CALQUE_RUNTIME_EXEC_LOCKSTEP_H

#include "runtime/exec/unit.h"

struct lockstep; /* a task's journal */

/* By --stats. */
extern struct lockstep_stats {
    u64 compared;      /* entries compared */
    u64 repeated;      /* attempts made again */
    u64 varying;       /* entries not compared: a helper's result varies */
    u64 shared;        /* … a store to shared memory */
    u64 untranslated;  /* … no host code: an op that the JIT does not have */
} lockstep_stats;

/* Installs the hook on stores. */
void lockstep_init(void);
struct lockstep *lockstep_new(void);
void lockstep_free(struct lockstep *l);
/* The right to run a unit; to be waited for at a safe point. */
void lockstep_begin(struct task *t);
void lockstep_end(struct task *t);
/* In the child of a fork, whose parent had the right. */
void lockstep_after_fork(void);
/* Runs the unit both ways; `enter` runs its host code. Does not return after a difference. */
enum cpu_exit lockstep_run(struct task *t, struct unit *u, enum cpu_exit (*enter)(struct task *, struct unit *));
/* True if the unit calls a helper whose result varies. */
bool lockstep_varies(const struct ir_unit *iu);

/* --- compare.c --- */
/* What one way of running a unit came to. */
struct outcome {
    const struct cpu_head *cpu;
    enum cpu_exit why;
};
/* A piece of memory as both left it. */
struct memory_pair {
    gaddr addr;
    const u8 *interp, *jit;
    u32 size;
};
/* The number of differences; each is a line on `o` unless that is NULL. */
u32 compare_states(struct out *o, const struct ir_layout *l, const struct outcome *interp, const struct outcome *jit);
u32 compare_memory(struct out *o, const struct memory_pair *m);

#endif
