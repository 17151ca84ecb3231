/* Robust futexes of a task that ends: the kernel walks lists only in its own layout and byte order. */
#ifndef CALQUE_RUNTIME_VM_ROBUST_H
#define CALQUE_RUNTIME_VM_ROBUST_H

struct task;
/* Walks the guest's robust list (set_robust_list), marks the futexes it owns as left by a dead owner, and wakes a waiter
 * each. A broken list ends the walk. */
void robust_list_exit(struct task *t);
/* The same for all tasks of this process, just before it ends. */
void robust_list_exit_group(void);

#endif
