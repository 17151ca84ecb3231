/* Guest signals, at the dispatch loop: the kernel has queued them and sig_note has taken one; here it becomes a handler's
 * frame on the guest's stack, or the end of the process. */
#include <signal.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/task_exec.h"
#include "syscalls/abi.h"
#include "syscalls/syscalls.h"

#define BIT(sig) (1ull << ((sig) - 1))
#define IGNORED_BY_DEFAULT (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))
#define STOPS_BY_DEFAULT (BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))
#define HANDLER_DFL 0
#define HANDLER_IGN 1

static void log_signal(struct task *t, int sig, const siginfo_t *info, gaddr handler)
{
    log_printf(LOG_signal, "task %d: signal %d code %d addr 0x%llx at 0x%llx -> handler 0x%llx", t->tid, sig,
               info->si_code, (unsigned long long)(u64)info->si_addr, (unsigned long long)t->cpu->key,
               (unsigned long long)handler);
}

/* A call that a signal undid is made again; before the first handler's frame, which holds the state to go on from. */
static void restart_syscall(struct task *t, bool handler_runs)
{
    if (!exec_of(t)->restart) return;
    exec_of(t)->restart = false;
    sys_restart(t, handler_runs);
}

/* Builds the frame; what cannot be built is a SIGSEGV, and a SIGSEGV that cannot be ends the process. */
static void run_handler(struct task *t, int sig, const siginfo_t *info, const struct sig_action *a)
{
    if (a->flags & SA_RESETHAND) {
        struct sig_action dfl = *a;
        dfl.handler = HANDLER_DFL;
        sig_set_action(t, sig, &dfl, NULL);
    }
    restart_syscall(t, true);
    if (process.guest->abi->signal_setup(t, sig, info, a) != 0) {
        if (sig == SIGSEGV) sig_die(t, SIGSEGV);
        sig_force(t, SIGSEGV, SI_KERNEL, 0);
        return;
    }
    t->sig.mask = sig_handler_base(t) | a->mask;
    if (!(a->flags & SA_NODEFER)) t->sig.mask |= BIT(sig);
    t->sig.mask &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
}

static void deliver(struct task *t, const siginfo_t *info, bool forced)
{
    const int sig = info->si_signo;
    struct sig_action a;
    sig_get_action(t, sig, &a);
    exec_count(&exec_stats.signals);
    if (log_on(LOG_signal)) log_signal(t, sig, info, a.handler);
    if (forced && (a.handler == HANDLER_IGN || (t->sig.mask & BIT(sig)))) sig_die(t, sig);
    if (a.handler == HANDLER_IGN) return;
    if (a.handler == HANDLER_DFL) {
        /* Noted while there was a handler, which has gone since. */
        if (!forced && (BIT(sig) & STOPS_BY_DEFAULT))
            raw_kill(raw_getpid(), SIGSTOP);
        else if (forced || !(BIT(sig) & IGNORED_BY_DEFAULT))
            sig_die(t, sig);
        return;
    }
    run_handler(t, sig, info, &a);
}

/* As the kernel does before it goes back to a program: a frame for everything that is pending and not blocked, before the
 * first handler's first instruction. */
void exec_pending(struct task *t)
{
    siginfo_t info;
    bool forced;
    do {
        while (sig_next(t, &info, &forced)) deliver(t, &info, forced);
        restart_syscall(t, false);
        sig_resume(t); /* lets the next one in */
    } while (__atomic_load_n(&t->cpu->poll, __ATOMIC_ACQUIRE) & POLL_SIGNAL);
}
