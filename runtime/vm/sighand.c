/* Signals of the guest on the host kernel's queue: dispositions and masks are mirrored, the handler notes one signal at a
 * time, the dispatch loop takes it. What the frame looks like is the guest's abi's business; what a fault means is
 * runtime/exec's. */
#include "runtime/vm/sighand.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "runtime/base/heap.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/vm/robust.h"
#include "runtime/vm/task.h"

#define BIT(sig) (1ull << ((sig) - 1))
#define NEVER_BLOCKED (BIT(SIGSEGV) | BIT(SIGBUS))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))

void (*sig_host_handler)(int sig, siginfo_t *info, void *host_ucontext);

extern const char sys_stub_test[], sys_stub_call[], sys_stub_done[], sys_stub_abort[];

u64 sig_host_mask(u64 guest_mask) { return guest_mask & ~NEVER_BLOCKED; }

static bool is_fault_signal(int sig) { return sig == SIGSEGV || sig == SIGBUS; }

/* What calque's own code may raise too, by a bug: it wants its handler where the guest has the default action, which the
 * dispatch loop carries out. Ignored or blocked by the guest they stay so on the host. */
static bool may_be_own(int sig) { return sig == SIGILL || sig == SIGFPE; }

static bool host_acts_alone(int sig, gaddr handler)
{
    return !is_fault_signal(sig) && (handler == 1 /* SIG_IGN */ || (handler == 0 && !may_be_own(sig)));
}

static void set_host_mask(u64 mask) { raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL); }

/* Gives the host the disposition that mirrors the guest's. */
static int mirror_action(int sig, const struct sig_action *a)
{
    struct raw_sigaction h = {.mask = ~0ull & ~NEVER_BLOCKED, .restorer = raw_sigreturn};
    h.flags = RAW_SA_RESTORER | SA_SIGINFO | SA_ONSTACK | (a->flags & (SA_RESTART | SA_NOCLDSTOP | SA_NOCLDWAIT));
    if (host_acts_alone(sig, a->handler))
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

/* --- masks --- */

THREAD_HANDLER_ATOMIC static void raise_poll(struct task *t)
{
    __atomic_or_fetch(&t->cpu->poll, POLL_SIGNAL, __ATOMIC_SEQ_CST);
}

static u64 held_ready(const struct task *t) { return t->sig.held & ~t->sig.mask; }

/* Back into the kernel's queue. What was sent to the process goes to the process where the kernel lets us; what sigqueue
 * sent may have been for the thread. */
static bool requeue(const siginfo_t *info)
{
    siginfo_t copy = *info;
    const int pid = raw_getpid(), sig = info->si_signo;
    if (info->si_code != SI_TKILL && info->si_code != SI_QUEUE && raw_rt_sigqueueinfo(pid, sig, &copy) == 0) return true;
    return raw_rt_tgsigqueueinfo(pid, raw_gettid(), sig, &copy) == 0;
}

/* Gives back a signal that is not to be delivered now. The kernel refuses to queue real-time signals beyond RLIMIT_SIGPENDING:
 * some are held here then. Runs with all signals blocked that it can see. False: it is still the caller's. */
THREAD_HANDLER_ATOMIC static bool put_back(struct task *t, const siginfo_t *info)
{
    if (requeue(info)) return true;
    if (t->sig.nkept == SIG_KEPT) return false;
    t->sig.kept[t->sig.nkept++] = *info;
    __atomic_or_fetch(&t->sig.held, BIT(info->si_signo), __ATOMIC_SEQ_CST);
    return true;
}

/* Makes the host's mask the guest's. By the stub, which does nothing once a signal is noted: opening the mask then would let
 * a second one in on top of it. */
static void open_mask(struct task *t)
{
    u64 mask = sig_host_mask(t->sig.mask);
    if (task_syscall(t, SYS_rt_sigprocmask, SIG_SETMASK, (u64)&mask, 0, sizeof mask, 0, 0) != -SYS_RESTART) return;
    set_host_mask(~NEVER_BLOCKED); /* the flag is up, perhaps for another reason: from here on nothing is noted */
    if (!t->sig.taken) set_host_mask(mask);
}

/* Sets the mask unless a signal waits that it blocks: then false, and the host's mask blocks all. */
static bool try_mask(struct task *t, u64 mask)
{
    u64 host = sig_host_mask(mask);
    if (task_syscall(t, SYS_rt_sigprocmask, SIG_SETMASK, (u64)&host, 0, sizeof host, 0, 0) == -SYS_RESTART) {
        set_host_mask(~NEVER_BLOCKED);
        if (t->sig.taken && (mask & BIT(t->sig.info.si_signo))) return false;
        if (!t->sig.taken) set_host_mask(host); /* else sig_resume does it after delivery */
    }
    t->sig.mask = mask;
    if (held_ready(t)) raise_poll(t);
    return true;
}

s64 sig_change_mask(struct task *t, u64 mask) { return try_mask(t, mask & ~UNBLOCKABLE) ? 0 : -SYS_RESTART; }

void sig_set_mask(struct task *t, u64 mask)
{
    mask &= ~UNBLOCKABLE;
    if (try_mask(t, mask)) return;
    if (put_back(t, &t->sig.info)) t->sig.taken = false;
    if (!t->sig.taken) set_host_mask(sig_host_mask(mask));
    t->sig.mask = mask;
    if (held_ready(t)) raise_poll(t);
}

u64 sig_wait_mask(struct task *t, u64 guest_mask)
{
    t->sig.wait_mask = guest_mask & ~UNBLOCKABLE;
    t->sig.waits = true;
    return sig_host_mask(t->sig.wait_mask);
}

void sig_wait_done(struct task *t) { t->sig.waits = false; }

u64 sig_handler_base(struct task *t)
{
    bool waited = t->sig.let_through;
    t->sig.let_through = false;
    return waited ? t->sig.wait_mask : t->sig.mask;
}

/* --- signals that the program itself raises or asks for --- */

void sig_force(struct task *t, int sig, int code, gaddr addr)
{
    siginfo_t *i = &t->sig.forced_info;
    memset(i, 0, sizeof *i);
    i->si_signo = sig;
    i->si_code = code;
    i->si_addr = (void *)addr;
    t->sig.forced = true;
    raise_poll(t);
}

u64 sig_pending(struct task *t)
{
    u64 set = 0;
    raw_rt_sigpending(&set);
    return (set | t->sig.held) & t->sig.mask;
}

/* The oldest of a number that the kernel did not take back. */
static void take_kept(struct task *t, int sig, siginfo_t *info)
{
    u32 i = 0, more = 0;
    while (t->sig.kept[i].si_signo != sig) i++;
    *info = t->sig.kept[i];
    t->sig.nkept--;
    for (; i < t->sig.nkept; i++) {
        t->sig.kept[i] = t->sig.kept[i + 1];
        more += t->sig.kept[i].si_signo == sig;
    }
    if (!more) __atomic_and_fetch(&t->sig.held, ~BIT(sig), __ATOMIC_SEQ_CST);
}

/* The lowest number first, as the kernel does. */
static void take_held(struct task *t, u64 ready, siginfo_t *info)
{
    int sig = __builtin_ctzll(ready) + 1;
    if (!is_fault_signal(sig)) {
        take_kept(t, sig, info);
        return;
    }
    *info = t->sig.held_info[sig == SIGBUS];
    __atomic_and_fetch(&t->sig.held, ~BIT(sig), __ATOMIC_SEQ_CST);
}

bool sig_take_held(struct task *t, u64 set, siginfo_t *info)
{
    u64 ready = t->sig.held & set;
    if (ready) take_held(t, ready, info);
    return ready != 0;
}

/* --- from the host's handler to the dispatch loop --- */

/* A signal in the stub before its syscall instruction, or at it because the kernel wants to restart: undo the call. */
static void rewind_stub(ucontext_t *uc)
{
    u64 pc = (u64)uc->uc_mcontext.gregs[REG_RIP];
    if (pc >= (u64)sys_stub_test && pc <= (u64)sys_stub_call) uc->uc_mcontext.gregs[REG_RIP] = (greg_t)sys_stub_abort;
}

/* The first one waits; the kernel merges the others with it too. */
THREAD_HANDLER_ATOMIC static void note_held(struct task *t, int sig, const siginfo_t *info, ucontext_t *uc)
{
    if (!(t->sig.held & BIT(sig))) {
        t->sig.held_info[sig == SIGBUS] = *info;
        __atomic_or_fetch(&t->sig.held, BIT(sig), __ATOMIC_SEQ_CST);
    }
    if (t->sig.mask & BIT(sig)) return;
    raise_poll(t);
    rewind_stub(uc);
}

/* True if the call in the stub has ended because of the signal. Had it ended by itself, or not begun, the signal would have
 * come under the task's own mask. */
static bool call_was_interrupted(const ucontext_t *uc)
{
    return (u64)uc->uc_mcontext.gregs[REG_RIP] == (u64)sys_stub_done && uc->uc_mcontext.gregs[REG_RAX] == -EINTR;
}

void sig_note(struct task *t, int sig, const siginfo_t *info, void *host_ucontext)
{
    ucontext_t *uc = host_ucontext;
    if (is_fault_signal(sig)) {
        note_held(t, sig, info, uc);
        return;
    }
    if (!t->sig.taken) {
        t->sig.info = *info;
        t->sig.taken = true;
        t->sig.let_through = t->sig.waits && call_was_interrupted(uc);
    } else
        put_back(t, info); /* blocked, as of the next line: it comes again */
    raise_poll(t);
    u64 all = ~NEVER_BLOCKED;
    memcpy(&uc->uc_sigmask, &all, sizeof all);
    rewind_stub(uc);
}

/* A handler begun since it was taken blocks it. */
static bool taken_is_blocked(const struct task *t)
{
    return t->sig.taken && !t->sig.let_through && (t->sig.mask & BIT(t->sig.info.si_signo));
}

bool sig_next(struct task *t, siginfo_t *info, bool *forced)
{
    *forced = t->sig.forced;
    if (t->sig.forced) {
        *info = t->sig.forced_info;
        t->sig.forced = false;
        return true;
    }
    if (taken_is_blocked(t) && put_back(t, &t->sig.info)) t->sig.taken = false;
    u64 ready = held_ready(t);
    if (t->sig.taken && !(ready & BIT(t->sig.info.si_signo))) { /* of two with one number the held one is older */
        *info = t->sig.info;
        t->sig.taken = false;
        return true;
    }
    if (ready) take_held(t, ready, info);
    return ready != 0;
}

void sig_resume(struct task *t)
{
    if (!t->sig.taken) t->sig.let_through = false;
    __atomic_and_fetch(&t->cpu->poll, ~(u32)POLL_SIGNAL, __ATOMIC_SEQ_CST);
    if (t->sig.taken || t->sig.forced || held_ready(t)) raise_poll(t); /* noted before the flag went down */
    if (!t->sig.taken) open_mask(t);
}

void sig_after_fork(struct task *t)
{
    set_host_mask(~NEVER_BLOCKED);
    t->sig.taken = t->sig.forced = false;
    t->sig.held = t->sig.nkept = 0;
    sig_resume(t);
}

void sig_die(struct task *t, int sig)
{
    (void)t;
    robust_list_exit_group();
    struct raw_sigaction dfl = {.handler = NULL /* SIG_DFL */, .flags = RAW_SA_RESTORER, .restorer = raw_sigreturn};
    raw_rt_sigaction(sig, &dfl, NULL);
    u64 all_but = ~BIT(sig);
    raw_rt_sigprocmask(SIG_SETMASK, &all_but, NULL);
    raw_tgkill(raw_getpid(), raw_gettid(), sig);
    raw_exit_group(128 + sig); /* a signal whose default action does not end the process */
}

/* --- execve --- */

/* A program finds SIGSEGV and SIGBUS ignored as it finds the others; here they have a handler. With another thread about,
 * which may meet a fault of a guarded access meanwhile, they stay as they are. */
static void mirror_ignored_faults(struct task *t, bool exec)
{
    struct sighand *s = t->sighand;
    if (__atomic_load_n(&s->refs, __ATOMIC_ACQUIRE) != 1) return;
    for (int sig = SIGBUS; sig <= SIGSEGV; sig += SIGSEGV - SIGBUS) {
        if (s->action[sig].handler != 1 /* SIG_IGN */) continue;
        struct raw_sigaction ignore = {.handler = (void *)1, .flags = RAW_SA_RESTORER, .restorer = raw_sigreturn};
        if (exec)
            raw_rt_sigaction(sig, &ignore, NULL);
        else
            mirror_action(sig, &s->action[sig]);
    }
}

void sig_before_exec(struct task *t)
{
    u64 block = t->sig.mask & NEVER_BLOCKED, old;
    mirror_ignored_faults(t, true);
    if (block) raw_rt_sigprocmask(SIG_BLOCK, &block, &old);
    siginfo_t info;
    while (sig_take_held(t, t->sig.mask, &info)) raw_rt_tgsigqueueinfo(raw_getpid(), raw_gettid(), info.si_signo, &info);
}

void sig_exec_failed(struct task *t)
{
    u64 faults = NEVER_BLOCKED;
    mirror_ignored_faults(t, false);
    if (t->sig.mask & faults) raw_rt_sigprocmask(SIG_UNBLOCK, &faults, NULL); /* and the handler holds what is pending */
}

/* --- tables --- */

void sig_clear_handlers(struct task *t)
{
    struct sighand *s = t->sighand;
    lock_acquire(&s->lock);
    for (int sig = 1; sig < SIG_COUNT; sig++) {
        struct sig_action *a = &s->action[sig];
        if (a->handler == 0 /* SIG_DFL */ && !is_fault_signal(sig)) continue;
        *a = (struct sig_action){.handler = a->handler == 1 /* SIG_IGN */};
        mirror_action(sig, a);
    }
    lock_release(&s->lock);
}

struct sighand *sighand_copy(struct sighand *s)
{
    struct sighand *c = heap_alloc(sizeof *c);
    lock_acquire(&s->lock);
    memcpy(c->action, s->action, sizeof c->action); /* not the lock, which others try meanwhile */
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
        if (!host_acts_alone(sig, a->handler)) mirror_action(sig, a);
    }
    set_host_mask(sig_host_mask(mask));
}
