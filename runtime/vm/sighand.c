/* Signals of the guest on the host kernel's queue: dispositions and masks are mirrored, the handler notes one signal at a
 * time, the dispatch loop takes it. What the frame looks like is the guest's abi's business; what a fault means is
 * runtime/exec's. */
#include "runtime/vm/sighand.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "runtime/base/heap.h"
#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/task.h"

#define BIT(sig) (1ull << ((sig) - 1))
#define NEVER_BLOCKED (BIT(SIGSEGV) | BIT(SIGBUS))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))

void (*sig_host_handler)(int sig, siginfo_t *info, void *host_ucontext);

extern const char sys_stub_test[], sys_stub_call[], sys_stub_abort[];

u64 sig_host_mask(u64 guest_mask) { return guest_mask & ~NEVER_BLOCKED; }

static bool is_fault_signal(int sig) { return sig == SIGSEGV || sig == SIGBUS; }

static void set_host_mask(u64 mask) { raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL); }

/* Gives the host the disposition that mirrors the guest's. */
static int mirror_action(int sig, const struct sig_action *a)
{
    struct raw_sigaction h = {.mask = ~0ull & ~NEVER_BLOCKED, .restorer = raw_sigreturn};
    h.flags = RAW_SA_RESTORER | SA_SIGINFO | SA_ONSTACK | (a->flags & (SA_RESTART | SA_NOCLDSTOP | SA_NOCLDWAIT));
    if (!is_fault_signal(sig) && a->handler <= 1)
        h.handler = (void *)a->handler /* SIG_DFL is 0, SIG_IGN 1, here as there */;
    else
        h.handler = (void *)(u64)sig_host_handler;
    return (int)raw_rt_sigaction(sig, &h, NULL);
}

int sig_set_action(struct task *t, int sig, const struct sig_action *act, struct sig_action *old)
{
    if (sig < 1 || sig >= SIG_COUNT) return -EINVAL;
    if (act && (BIT(sig) & UNBLOCKABLE)) return -EINVAL;
    struct sighand *s = t->sighand;
    lock_acquire(&s->lock);
    if (old) *old = s->action[sig];
    int e = 0;
    if (act) {
        s->action[sig] = *act;
        s->action[sig].mask &= ~UNBLOCKABLE;
        e = mirror_action(sig, act);
    }
    lock_release(&s->lock);
    return e;
}

void sig_get_action(struct task *t, int sig, struct sig_action *out)
{
    lock_acquire(&t->sighand->lock);
    *out = t->sighand->action[sig];
    lock_release(&t->sighand->lock);
}

/* Queues held SIGSEGV/SIGBUS that the new mask lets through. */
static void release_held(struct task *t)
{
    u64 ready = t->sig.held & ~t->sig.mask;
    if (!ready || t->sig.taken) return;
    int sig = ready & BIT(SIGSEGV) ? SIGSEGV : SIGBUS;
    t->sig.held &= ~BIT(sig);
    t->sig.info = t->sig.held_info[sig == SIGBUS];
    t->sig.taken = true;
    __atomic_or_fetch(&t->cpu->poll, POLL_SIGNAL, __ATOMIC_SEQ_CST);
}

void sig_set_mask(struct task *t, u64 mask)
{
    t->sig.mask = mask & ~UNBLOCKABLE;
    release_held(t);
    /* While a signal waits for delivery the others stay blocked; sig_resume sets the host's mask then. */
    if (!t->sig.taken) set_host_mask(sig_host_mask(t->sig.mask));
}

void sig_force(struct task *t, int sig, int code, gaddr addr)
{
    siginfo_t *i = &t->sig.forced_info;
    memset(i, 0, sizeof *i);
    i->si_signo = sig;
    i->si_code = code;
    i->si_addr = (void *)addr;
    t->sig.forced = true;
    __atomic_or_fetch(&t->cpu->poll, POLL_SIGNAL, __ATOMIC_SEQ_CST);
}

u64 sig_pending(struct task *t)
{
    u64 set = 0;
    raw_rt_sigpending(&set);
    return set | t->sig.held;
}

/* A signal in the stub before its syscall instruction, or at it because the kernel wants to restart: undo the call. */
static void rewind_stub(ucontext_t *uc)
{
    u64 pc = (u64)uc->uc_mcontext.gregs[REG_RIP];
    if (pc >= (u64)sys_stub_test && pc <= (u64)sys_stub_call) uc->uc_mcontext.gregs[REG_RIP] = (greg_t)sys_stub_abort;
}

void sig_note(struct task *t, int sig, const siginfo_t *info, void *host_ucontext)
{
    ucontext_t *uc = host_ucontext;
    if (is_fault_signal(sig) && ((t->sig.mask & BIT(sig)) || t->sig.taken)) {
        t->sig.held |= BIT(sig);
        t->sig.held_info[sig == SIGBUS] = *info;
        return;
    }
    t->sig.info = *info;
    t->sig.taken = true;
    __atomic_or_fetch(&t->cpu->poll, POLL_SIGNAL, __ATOMIC_SEQ_CST);
    u64 all = ~NEVER_BLOCKED;
    memcpy(&uc->uc_sigmask, &all, sizeof all);
    rewind_stub(uc);
}

bool sig_next(struct task *t, siginfo_t *info, bool *forced)
{
    if (t->sig.forced) {
        *info = t->sig.forced_info;
        *forced = true;
        t->sig.forced = false;
        return true;
    }
    if (!t->sig.taken) return false;
    *info = t->sig.info;
    *forced = false;
    t->sig.taken = false;
    return true;
}

void sig_resume(struct task *t)
{
    __atomic_and_fetch(&t->cpu->poll, ~(u32)POLL_SIGNAL, __ATOMIC_SEQ_CST);
    release_held(t);
    if (!t->sig.taken) set_host_mask(sig_host_mask(t->sig.mask));
}

void sig_die(struct task *t, int sig)
{
    (void)t;
    struct raw_sigaction dfl = {.handler = NULL /* SIG_DFL */, .flags = RAW_SA_RESTORER, .restorer = raw_sigreturn};
    raw_rt_sigaction(sig, &dfl, NULL);
    u64 all_but = ~BIT(sig);
    raw_rt_sigprocmask(SIG_SETMASK, &all_but, NULL);
    raw_tgkill(raw_getpid(), raw_gettid(), sig);
    raw_exit_group(128 + sig); /* a signal whose default action does not end the process */
}

struct sighand *sighand_copy(struct sighand *s)
{
    struct sighand *c = heap_alloc(sizeof *c);
    lock_acquire(&s->lock);
    *c = *s;
    lock_release(&s->lock);
    c->lock = LOCK_INIT;
    c->refs = 1;
    return c;
}

void sighand_put(struct sighand *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) heap_free(s);
}

void sig_init(struct task *t)
{
    u64 mask = 0;
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &mask);
    t->sig.mask = mask;
    t->sig.alt.flags = SS_DISABLE;
    for (int sig = 1; sig < SIG_COUNT; sig++) {
        struct sig_action *a = &t->sighand->action[sig];
        struct raw_sigaction old;
        memset(a, 0, sizeof *a);
        if (raw_rt_sigaction(sig, NULL, &old) == 0 && (u64)old.handler == 1 /* SIG_IGN */) a->handler = 1;
        if (is_fault_signal(sig)) mirror_action(sig, a);
    }
    set_host_mask(sig_host_mask(mask));
}
