/* What runtime/exec lends to runtime/vm, which must not know it: the dispatch loop and what a task owns there. Set once
 * by exec_init. */
#ifndef CALQUE_RUNTIME_VM_TASK_HOOKS_H
#define CALQUE_RUNTIME_VM_TASK_HOOKS_H

#include "runtime/vm/task.h"

struct task_hooks {
    void (*child_init)(struct task *child, struct task *parent); /* CPU state copied, stacks and tables made */
    void (*child_free)(struct task *child);
    void (*child_regs)(struct task *child, const struct task_clone_args *a); /* result 0, new stack pointer, TLS */
    void (*run)(struct task *t) __attribute__((noreturn)); /* unblocks signals and runs the dispatch loop */
    void (*before_fork)(struct task *t);        /* takes exec's locks */
    void (*after_fork_parent)(struct task *t);  /* gives them back */
    void (*after_fork)(struct task *t, u32 parent_tid); /* in the child: takes them over; there is one task now */
    void (*at_exit)(void);                      /* prints counters and the like */
};
extern struct task_hooks task_hooks;

extern struct lock tasks_lock;
extern struct task *tasks;
/* Takes tasks_lock; makes the list whole when a task died that was changing it. */
void tasks_lock_acquire(void);
void task_link(struct task *t);

#endif
