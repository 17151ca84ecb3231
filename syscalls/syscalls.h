/* syscalls.h: the front door of the room, for runtime/exec and main. */
#ifndef CALQUE_SYSCALLS_SYSCALLS_H
#define CALQUE_SYSCALLS_SYSCALLS_H

#include <stdbool.h>

#include "runtime/base/types.h"
#include "runtime/vm/task.h"

struct sys_abi;

/* Prepares the tables for the guest of this process. Once, before its first instruction; allocates nothing. */
void sys_init(const struct sys_abi *abi);

/* The limits on memory that options give: calque applies them to the guest's memory alone. Before the program is loaded. */
struct options;
void sys_start_limits(struct mm *mm, const struct options *o);

/* Does the system call behind trap `trap_no` (head.exit_info); head.key is the instruction after the trap.
 *   true   done: the result is stored, or sigreturn has set the registers; go on at head.key.
 *   false  a signal came before the call was made, or it slept and the host's kernel would restart it. Nothing is stored,
 *          the registers are as the program left them. The loop now delivers what signals there are; before the first
 *          handler's frame is built, or when none is to run, it calls sys_restart.
 * EINTR is never decided here: flags (SA_RESTART), dispositions and masks are mirrored on the host, so its kernel has
 * decided; and a signal that comes before the host's call begins is one that came before the guest's call. Calls under a
 * mask of their own (sigsuspend, ppoll, pselect6, epoll_pwait) hand the mask to the host's call and need nothing else;
 * so do sleeps with a time left (restart_block): the host keeps it. */
bool sys_dispatch(struct task *t, u32 trap_no);

/* After sys_dispatch gave false, once: head.key becomes the trap again, so that the program makes the call anew, at once or
 * when the handler returns. `handler_runs` is for the log. */
void sys_restart(struct task *t, bool handler_runs);

#endif
