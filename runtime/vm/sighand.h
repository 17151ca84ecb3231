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

/* si_errno of what a program sends itself with the si_code of a fault (crash handlers raise a signal anew so); the kernel's
 * faults have 0 there. The guest sees 0. */
#define SIG_SENT 0x0ca1e5e7
#define SIG_KEPT 16

struct sig_altstack { gaddr sp; u64 size; u32 flags; };

struct sig_task {
    u64 mask;                   /* the guest's blocked set (host numbering) */
    struct sig_altstack alt;
    volatile bool taken;        /* info is valid: not yet delivered; every other asynchronous signal is blocked */
    siginfo_t info;             /* host form */
    bool forced;                /* forced_info is valid: a synchronous signal (fault) that must be delivered */
    siginfo_t forced_info;
    u64 wait_mask;              /* the mask that the call being made waits under */
    bool waits;                 /* it is valid */
    bool let_through;           /* `info` came in under wait_mask: `mask` says nothing about it */
    volatile u64 held;          /* SIGSEGV and SIGBUS that others sent, not yet delivered: the host cannot block them; and
                                 * those in kept */
    siginfo_t held_info[2];     /* of SIGSEGV, SIGBUS */
    siginfo_t kept[SIG_KEPT];   /* blocked again after they were noted, and the kernel's queue was full; in order */
    u32 nkept;
};

/* sigaction for the guest: `act` and `old` may be NULL. Mirrors to the host. 0 or -EINVAL. */
int sig_set_action(struct task *t, int sig, const struct sig_action *act, struct sig_action *old);
void sig_get_action(struct task *t, int sig, struct sig_action *out);
/* Sets the guest's mask and mirrors it. A signal that was noted under the old mask and is blocked by the new one goes back to
 * the kernel. */
void sig_set_mask(struct task *t, u64 mask);
/* The same for sigprocmask, which can be made again: where sig_set_mask would give a signal back nothing changes, and the
 * result is -SYS_RESTART: the signal came before the call. Else 0. */
s64 sig_change_mask(struct task *t, u64 mask);
/* The guest's mask as the host gets it: without the signals that are never blocked. */
u64 sig_host_mask(u64 guest_mask);
/* The mask to hand to the host in calls that wait under one (rt_sigsuspend, ppoll, pselect6, epoll_pwait; signalfd is not
 * one). t->sig.mask stays: a signal that the wait lets through is delivered whatever it says, the handler starts from the
 * wait's mask, and t->sig.mask is what its frame restores. The dispatch loop calls sig_wait_done behind every call. */
u64 sig_wait_mask(struct task *t, u64 guest_mask);
void sig_wait_done(struct task *t);
/* The mask that the handler of the signal just taken starts from, when its frame stands; asked once. */
u64 sig_handler_base(struct task *t);
/* Queues a synchronous, forced signal of the running task (guest fault): delivered before the next guest instruction;
 * if blocked or ignored it kills, as the kernel does. */
void sig_force(struct task *t, int sig, int code, gaddr addr);
/* Pending signals of the task, in guest terms (rt_sigpending): the blocked ones among what waits. */
u64 sig_pending(struct task *t);
/* For sigtimedwait and signalfd: takes a SIGSEGV or SIGBUS of `set` that others sent while the guest blocks it, which the
 * host's call cannot see. False if there is none. */
bool sig_take_held(struct task *t, u64 set, siginfo_t *info);
/* Installs the host's handlers at start-up, adopting the mask, ignored dispositions and pending signals inherited over exec. */
void sig_init(struct task *t);

/* Around the host's execve: a blocked SIGSEGV or SIGBUS, pending ones and ignored ones become the host's, so that the next
 * program inherits them as it does the others. If the call comes back, they are taken back. No access to guest memory may
 * fault in between. */
void sig_before_exec(struct task *t);
void sig_exec_failed(struct task *t);

/* --- for the dispatch loop and the fault handler (runtime/exec) --- */
/* Notes an asynchronous signal from inside the host handler: stores it, raises the poll flag, blocks the others in the
 * interrupted context and, if that was the system-call stub before its syscall instruction, makes it return -SYS_RESTART.
 * A SIGSEGV or SIGBUS of another process has a place of its own, and is delivered when the guest does not block it. */
void sig_note(struct task *t, int sig, const siginfo_t *info, void *host_ucontext);
/* The next signal to deliver, forced ones first; false if there is none. Asynchronous signals stay blocked on the host
 * until sig_resume. */
bool sig_next(struct task *t, siginfo_t *info, bool *forced);
/* Lets signals in again: the host's mask becomes the guest's. Clears the poll flag unless a signal waits. */
void sig_resume(struct task *t);
/* Ends the process by the default action of `sig`, as the kernel would have. */
_Noreturn void sig_die(struct task *t, int sig);
/* The host handler: runtime/exec sets it before sig_init. */
extern void (*sig_host_handler)(int sig, siginfo_t *info, void *host_ucontext);
/* In the child of a fork, which inherits no pending signal: forgets what was noted, and lets signals in. */
void sig_after_fork(struct task *t);
/* CLONE_CLEAR_SIGHAND, in a child with a table of its own: what is not ignored gets its default action. */
void sig_clear_handlers(struct task *t);
struct sighand *sighand_copy(struct sighand *s);
void sighand_put(struct sighand *s);
/* poll flag bits (cpu_head.poll) */
enum { POLL_SIGNAL = 1, POLL_STOP = 2 };

#endif
