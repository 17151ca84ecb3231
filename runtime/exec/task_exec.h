/* What a task owns in runtime/exec, and safe points: private to the room. */
#ifndef CALQUE_RUNTIME_EXEC_TASK_EXEC_H
#define CALQUE_RUNTIME_EXEC_TASK_EXEC_H

#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "runtime/vm/task.h"

struct task_exec {
    u32 safe;                /* 1 while the task runs no translated code and holds no pointer into the cache */
    u32 generation;          /* of the cache, when its stacks and table were last cleared */
    u32 since_raised;        /* -signal-every: units run since the last signal */
    struct lockstep *lockstep; /* -lockstep: the journal */
    bool restart;            /* the last system call must be made again: see sys_restart */
    u8 *map;                 /* one mapping: jump table, guard, return stack, guard, signal stack */
    size_t map_size;
    u8 *ret_lo, *ret_hi;     /* usable return stack; the guard page lies below ret_lo */
    struct jump_entry *jumps;
    u8 *sigstack;
    struct arena scratch;    /* IR and code of the unit being translated */
    void *cpu_map;           /* the state block's memory, or NULL for the first task */
};
static inline struct task_exec *exec_of(struct task *t) { return t->exec; }

/* The task leaves / enters translated code and the cache. Entering waits while the cache is being emptied and clears
 * what pointed into an older generation. */
void exec_safe_begin(struct task *t);
void exec_safe_end(struct task *t);
/* Takes cache.lock. What a task that was killed while it held it leaves is not trusted: the cache is emptied. The caller is
 * at a safe point. */
void cache_lock(struct task *t);
/* Brings every other task to a safe point; the caller holds cache.lock and stays the only one in the cache until
 * stop_end. */
void stop_begin(struct task *t);
void stop_end(struct task *t);

/* Forgets what a task remembers of code: return stack and jump table. */
void task_exec_clear(struct task *t);
void tasks_install_hooks(void);
/* Delivers what is pending: signals, stops. */
void exec_pending(struct task *t);
/* The host signal handler. */
void exec_host_signal(int sig, siginfo_t *info, void *host_ucontext);

#endif
