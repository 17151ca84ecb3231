/* signal.c: actions, masks, pending signals, waiting for them, alternate stacks. runtime/vm keeps the state and mirrors it
 * on the host; here it passes between the guest's numbers and layouts and the host's. */
#include <string.h>

#include "runtime/base/gmem.h"
#include "syscalls/private.h"

#define NSIG_BYTES 8

static int to_host(struct sys_ctx *c, u64 guest) { return sys_signal_to_host(c->abi, (int)(s32)guest); }

static s64 change_action(struct sys_ctx *c, u64 guest_sig, enum sys_layout_id id, gaddr act, gaddr old, gaddr restorer)
{
    struct host_sigaction g;
    struct sig_action a, o;
    int sig = to_host(c, guest_sig);
    if (sig <= 0) return -EINVAL;
    if (act) {
        s64 r = sys_get(c, id, act, &g);
        if (r) return r;
        u64 flags = sys_flags_to_host(c->abi, SYS_FLAGS_sa, g.flags, NULL);
        a = (struct sig_action){g.handler, flags, g.mask, restorer ? restorer : g.restorer};
    }
    s64 r = sig_set_action(c->t, sig, act ? &a : NULL, old ? &o : NULL);
    if (r || !old) return r;
    g = (struct host_sigaction){o.handler, sys_flags_to_guest(c->abi, SYS_FLAGS_sa, o.flags), o.restorer, o.mask};
    return sys_put(c, id, old, &g);
}

s64 sys_do_rt_sigaction(struct sys_ctx *c)
{
    if (c->a[3] != NSIG_BYTES) return -EINVAL;
    return change_action(c, c->a[0], SYS_LAYOUT_sigaction, c->a[1], c->a[2], 0);
}

s64 sys_do_rt_sigaction_restorer(struct sys_ctx *c)
{
    if (c->a[4] != NSIG_BYTES) return -EINVAL;
    return change_action(c, c->a[0], SYS_LAYOUT_sigaction, c->a[1], c->a[2], c->a[3]);
}

s64 sys_do_sigaction(struct sys_ctx *c)
{
    return change_action(c, c->a[0], SYS_LAYOUT_old_sigaction, c->a[1], c->a[2], 0);
}

/* Libraries of one guest mark "new-style" signals by a negative number. */
s64 sys_do_sigaction_signed(struct sys_ctx *c)
{
    s32 sig = (s32)c->a[0];
    return change_action(c, (u64)(s64)(sig < 0 ? -sig : sig), SYS_LAYOUT_old_sigaction, c->a[1], c->a[2], 0);
}

/* The first Unix signal(): one shot, not blocked while it runs. */
s64 sys_do_signal(struct sys_ctx *c)
{
    int sig = to_host(c, c->a[0]);
    if (sig <= 0) return -EINVAL;
    struct sig_action a = {.handler = c->a[1], .flags = SA_RESETHAND | SA_NODEFER}, old;
    s64 r = sig_set_action(c->t, sig, &a, &old);
    return r ? r : (s64)old.handler;
}

static s64 change_mask(struct sys_ctx *c, u64 guest_how, u64 set, u64 which)
{
    u64 how, now = c->t->sig.mask;
    s64 r = sys_flags(c, SYS_FLAGS_how, guest_how, &how);
    if (r) return r;
    switch ((int)how) {
    case SIG_BLOCK: now |= set; break;
    case SIG_UNBLOCK: now &= ~set; break;
    case SIG_SETMASK: now = (now & ~which) | set; break;
    default: return -EINVAL;
    }
    return sig_change_mask(c->t, now);
}

s64 sys_do_rt_sigprocmask(struct sys_ctx *c)
{
    u64 set, old = c->t->sig.mask;
    s64 r = c->a[3] != NSIG_BYTES ? -EINVAL : 0;
    if (r == 0 && c->a[1]) {
        r = sys_get_sigset(c, c->a[1], &set);
        if (r == 0) r = change_mask(c, c->a[0], set, ~0ull);
    }
    return r || !c->a[2] ? r : sys_put_sigset(c, c->a[2], old);
}

/* Old calls know the first word of signals. */
static u64 old_set_to_host(struct sys_ctx *c, u64 word) { return sys_sigset_to_host(c->abi, word); }
static u64 old_set_to_guest(struct sys_ctx *c, u64 mask) { return sys_sigset_to_guest(c->abi, mask); }
#define OLD_SIGNALS 0xffffffffull /* signals 1 to 32 are the same set on both sides */

s64 sys_do_sigprocmask(struct sys_ctx *c)
{
    u64 set, old = c->t->sig.mask;
    s64 r = 0;
    if (c->a[1]) {
        r = sys_get_word(c, c->a[1], &set);
        if (r == 0) r = change_mask(c, c->a[0], old_set_to_host(c, set), OLD_SIGNALS);
    }
    return r || !c->a[2] ? r : sys_put_word(c, c->a[2], old_set_to_guest(c, old));
}

s64 sys_do_sgetmask(struct sys_ctx *c) { return (u32)old_set_to_guest(c, c->t->sig.mask); }

s64 sys_do_ssetmask(struct sys_ctx *c)
{
    u64 old = c->t->sig.mask;
    s64 r = sig_change_mask(c->t, old_set_to_host(c, c->a[0]));
    return r ? r : (u32)old_set_to_guest(c, old);
}

s64 sys_do_sigpending(struct sys_ctx *c)
{
    return sys_put_word(c, c->a[0], old_set_to_guest(c, sig_pending(c->t)));
}

s64 sys_do_rt_sigpending(struct sys_ctx *c)
{
    u8 set[8];
    if (c->a[1] > NSIG_BYTES) return -EINVAL;
    sys_sigset_pack(c->abi, set, sig_pending(c->t));
    return gmem_write(c->a[0], set, c->a[1]);
}

static s64 suspend(struct sys_ctx *c, u64 host_mask)
{
    u64 mask = sig_wait_mask(c->t, host_mask);
    return sys_host(c, SYS_rt_sigsuspend, (u64)&mask, NSIG_BYTES, 0, 0, 0, 0);
}

s64 sys_do_sigsuspend(struct sys_ctx *c) { return suspend(c, old_set_to_host(c, c->a[0])); }
s64 sys_do_sigsuspend3(struct sys_ctx *c) { return suspend(c, old_set_to_host(c, c->a[2])); }

s64 sys_do_rt_sigsuspend(struct sys_ctx *c)
{
    u64 mask;
    if (c->a[1] != NSIG_BYTES) return -EINVAL;
    s64 r = sys_get_sigset(c, c->a[0], &mask);
    return r ? r : suspend(c, mask);
}

s64 sys_do_pause(struct sys_ctx *c) { return sys_host(c, SYS_pause, 0, 0, 0, 0, 0, 0); }

static s64 timed_wait(struct sys_ctx *c, enum sys_layout_id id)
{
    u64 set;
    siginfo_t info;
    struct timespec ts;
    void *timeout;
    u8 out[SYS_SIGINFO_SIZE];
    if (c->a[3] != NSIG_BYTES) return -EINVAL;
    s64 r = sys_get_sigset(c, c->a[0], &set);
    if (r == 0) r = sys_get_opt(c, id, c->a[2], &ts, &timeout);
    if (r) return r;
    s64 sig;
    if (sig_take_held(c->t, set, &info))
        sig = info.si_signo;
    else if ((sig = sys_host(c, SYS_rt_sigtimedwait, (u64)&set, (u64)&info, (u64)timeout, NSIG_BYTES, 0, 0)) < 0)
        return sig;
    sys_siginfo_to_guest(c->abi, &info, out);
    if (c->a[1] && gmem_write(c->a[1], out, sizeof out)) return -EFAULT;
    return sys_signal_to_guest(c->abi, (int)sig);
}

s64 sys_do_rt_sigtimedwait(struct sys_ctx *c) { return timed_wait(c, SYS_LAYOUT_timespec); }
s64 sys_do_rt_sigtimedwait_time64(struct sys_ctx *c) { return timed_wait(c, SYS_LAYOUT_timespec64); }

static s64 get_info(struct sys_ctx *c, gaddr addr, siginfo_t *info)
{
    u8 raw[SYS_SIGINFO_SIZE];
    s64 r = gmem_read(raw, addr, sizeof raw);
    if (r == 0) sys_siginfo_to_host(c->abi, raw, info);
    return r;
}

s64 sys_do_rt_sigqueueinfo(struct sys_ctx *c)
{
    siginfo_t info;
    int sig = to_host(c, c->a[1]);
    s64 r = sig < 0 ? -EINVAL : get_info(c, c->a[2], &info);
    return r ? r : sys_host(c, SYS_rt_sigqueueinfo, c->a[0], (u64)sig, (u64)&info, 0, 0, 0);
}

s64 sys_do_rt_tgsigqueueinfo(struct sys_ctx *c)
{
    siginfo_t info;
    int sig = to_host(c, c->a[2]);
    s64 r = sig < 0 ? -EINVAL : get_info(c, c->a[3], &info);
    return r ? r : sys_host(c, SYS_rt_tgsigqueueinfo, c->a[0], c->a[1], (u64)sig, (u64)&info, 0, 0);
}

/* ---- alternate stacks ---- */

#define ALTSTACK_MIN 2048u /* the kernel's MINSIGSTKSZ on most guests */
#define AUTODISARM   (1u << 31)

static s64 set_altstack(struct sys_ctx *c, gaddr sp, const stack_t *ss)
{
    struct sig_altstack now;
    u32 mode = (u32)ss->ss_flags & ~AUTODISARM;
    sys_altstack_get(c->t, sp, &now);
    if (now.flags & SS_ONSTACK) return -EPERM;
    if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE) return -EINVAL;
    if (mode != SS_DISABLE && ss->ss_size < ALTSTACK_MIN) return -ENOMEM;
    struct sig_altstack want = {(u64)ss->ss_sp, ss->ss_size, mode | ((u32)ss->ss_flags & AUTODISARM)};
    sys_altstack_restore(c->t, sp, &want);
    return 0;
}

s64 sys_do_sigaltstack(struct sys_ctx *c)
{
    stack_t ss, old = {0};
    struct sig_altstack now;
    gaddr sp = c->abi->get_sp(c->t->cpu);
    s64 r = c->a[0] ? sys_get(c, SYS_LAYOUT_stack_t, c->a[0], &ss) : 0;
    sys_altstack_get(c->t, sp, &now);
    if (r == 0 && c->a[0]) r = set_altstack(c, sp, &ss);
    if (r || !c->a[1]) return r;
    old.ss_sp = (void *)now.sp;
    old.ss_size = now.size;
    old.ss_flags = (int)now.flags;
    return sys_put(c, SYS_LAYOUT_stack_t, c->a[1], &old);
}

/* ---- return from a handler ---- */

/* What waits comes first: it was let in by the handler's mask, which is about to go. */
static s64 sig_return(struct sys_ctx *c, bool rt)
{
    if (c->t->sig.taken) return -SYS_RESTART;
    c->no_result = true;
    if (c->abi->signal_return(c->t, rt)) sig_force(c->t, SIGSEGV, SI_KERNEL, 0);
    return 0;
}

s64 sys_do_sigreturn(struct sys_ctx *c) { return sig_return(c, false); }
s64 sys_do_rt_sigreturn(struct sys_ctx *c) { return sig_return(c, true); }

/* The kernel sends a program here itself to go on with an interrupted sleep; calque never does. */
s64 sys_do_restart_syscall(struct sys_ctx *c) { (void)c; return -EINTR; }
