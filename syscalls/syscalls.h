/* syscalls.h: the front door of the room, for runtime/exec and main. */
#ifndef CALQUE_SYSCALLS_SYSCALLS_H
#define CALQUE_SYSCALLS_SYSCALLS_H

#include <stdbool.h>

#include "runtime/base/types.h"
#include "runtime/vm/task.h"

struct sys_abi;

/* Prepares the tables for the guest of this process. Once, before its first instruction; allocates nothing. */
void sys_init(const struct sys_abi *abi);

/* Does the system call behind trap `trap_no`; head.key is the instruction after the trap.
 *   true   done: result stored (or registers replaced by sigreturn); go on at head.key.
 *   false  a signal came before the call could be made or while it slept in a way the kernel restarts; nothing is
 *          stored, registers are as the program left them. The loop now looks at the signal:
 *            a handler is to run:   sys_restart(t, true), then abi->signal_setup (whose frame then holds the state that
 *                                   sigreturn goes on from), only before the first of several handlers
 *            none is (ignored, or the process was stopped and continued): sys_restart(t, false)
 *          and goes on at head.key.
 * A call interrupted for good (no SA_RESTART, or of the kind that never restarts) was already given EINTR by the host's
 * kernel, on which flags and dispositions are mirrored: that is `true`. */
bool sys_dispatch(struct task *t, u32 trap_no);

/* After sys_dispatch gave false: makes the program repeat the call (head.key is the trap again), or, when a handler runs
 * and the call waits under a signal mask of its own (sigsuspend, pselect6, ppoll, epoll_pwait), stores EINTR. */
void sys_restart(struct task *t, bool handler_ran);

#endif
