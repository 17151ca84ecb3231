/* Signals. The kernel is the queue: masks, dispositions and SA_RESTART of the host mirror the guest's; the host handler
 * stores one siginfo, raises the poll flag and returns with asynchronous signals blocked until the dispatch loop has
 * delivered it. Signal numbers here are the host's; the guest's abi tables translate. SIGSEGV and SIGBUS are never blocked
 * on the host. */
#ifndef CALQUE_RUNTIME_VM_SIGHAND_H
#define CALQUE_RUNTIME_VM_SIGHAND_H

#include <signal.h>
#include <stdbool.h>
#include "runtime/base/lock.h"
#include "runtime/base/types.h"

struct task;

#define SIG_COUNT 65
struct sig_action {
    gaddr handler;     /* guest address, or 0 SIG_DFL, 1 SIG_IGN */
    u64 flags;         /* SA_* as the host numbers them */
    u64 mask;          /* host numbering: bit n-1 is signal n */
    gaddr restorer;    /* guest's sa_restorer, 0 if none */
};

struct sighand {
    struct lock lock;
    u32 refs;
    struct sig_action action[SIG_COUNT];
};

struct sig_altstack { gaddr sp; u64 size; u32 flags; };

struct sig_task {
    u64 mask;                   /* the guest's blocked set (host numbering) */
    u64 saved_mask;             /* to restore after a sigsuspend-like call's handler */
    bool restore_mask;
    struct sig_altstack alt;
    volatile bool taken;        /* info is valid: not yet delivered */
    siginfo_t info;             /* host form */
    u64 forced;                 /* synchronous signals (faults) to be forced: info in forced_info */
    siginfo_t forced_info;
    bool in_syscall;            /* the dispatch loop is inside a system call of the guest */
};

/* sigaction for the guest: `act` and `old` may be NULL. Mirrors to the host. 0 or -EINVAL. */
int sig_set_action(struct task *t, int sig, const struct sig_action *act, struct sig_action *old);
void sig_get_action(struct task *t, int sig, struct sig_action *out);
/* sigprocmask for the guest: sets the guest's mask and mirrors it. */
void sig_set_mask(struct task *t, u64 mask);
/* For sigsuspend, ppoll, pselect6, epoll_pwait: `mask` holds for the call that follows; the old one comes back after the
 * handler has run (or at once by sig_end_temp_mask if no signal came). */
void sig_begin_temp_mask(struct task *t, u64 mask);
void sig_end_temp_mask(struct task *t);
/* Queues a synchronous, forced signal of the running task (guest fault): delivered before the next guest instruction;
 * if blocked or ignored it kills, as the kernel does. */
void sig_force(struct task *t, int sig, int code, gaddr addr);
/* Pending signals of the task, in guest terms (rt_sigpending): what the kernel says plus the one taken. */
u64 sig_pending(struct task *t);
/* sigtimedwait must see a signal that was taken but not delivered. True and info if one of `set` is there. */
bool sig_take_if(struct task *t, u64 set, siginfo_t *info);
/* Installs the host's handlers at start-up, adopting ignored dispositions inherited over exec. */
void sig_init(struct task *t);

#endif
