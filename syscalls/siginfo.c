/* siginfo.c: siginfo_t between the host's form and the guest's 128 bytes, by what the signal and its code mean (the
 * kernel's siginfo_layout()); and the pieces of sigaltstack that frames need. */
#include <string.h>

#include "syscalls/private.h"

#define NSIGPOLL 6 /* the highest of POLL_IN ... */

enum shape { SHAPE_KILL, SHAPE_RT, SHAPE_TIMER, SHAPE_CHILD, SHAPE_FAULT, SHAPE_POLL, SHAPE_SYS };

static enum shape shape_of(int sig, int code)
{
    if (code > SI_USER && code < SI_KERNEL) {
        switch (sig) {
        case SIGILL:
        case SIGFPE:
        case SIGSEGV:
        case SIGBUS:
        case SIGTRAP: return SHAPE_FAULT;
        case SIGCHLD: return SHAPE_CHILD;
        case SIGPOLL: return SHAPE_POLL;
        case SIGSYS: return SHAPE_SYS;
        default: return code <= NSIGPOLL ? SHAPE_POLL : SHAPE_KILL; /* any signal, by F_SETSIG */
        }
    }
    if (code == SI_TIMER) return SHAPE_TIMER;
    if (code == SI_SIGIO) return SHAPE_POLL;
    return code < 0 && code != SI_TKILL ? SHAPE_RT : SHAPE_KILL;
}

/* A cursor over the guest's bytes: naturally aligned members one after the other. */
struct cursor {
    const struct sys_abi *abi;
    u8 *at; /* NULL when reading */
    const u8 *in;
    u32 off;
};

static void put(struct cursor *k, u32 size, u64 v)
{
    k->off = (u32)align_up(k->off, size);
    sys_store_n(k->at + k->off, size, k->abi->big_endian, v);
    k->off += size;
}

static u64 get(struct cursor *k, u32 size)
{
    k->off = (u32)align_up(k->off, size);
    u64 v = sys_load_n(k->in + k->off, size, k->abi->big_endian);
    k->off += size;
    return v;
}

static void put_child(struct cursor *k, const siginfo_t *i)
{
    bool killed = i->si_code != CLD_EXITED;
    put(k, 4, (u32)i->si_pid);
    put(k, 4, i->si_uid);
    put(k, 4, (u32)(killed ? sys_signal_to_guest(k->abi, i->si_status) : i->si_status));
    put(k, k->abi->word, (u64)i->si_utime);
    put(k, k->abi->word, (u64)i->si_stime);
}

void sys_siginfo_to_guest(const struct sys_abi *abi, const siginfo_t *i, u8 out[SYS_SIGINFO_SIZE])
{
    struct cursor k = {.abi = abi, .at = out};
    const u32 word = abi->word;
    memset(out, 0, SYS_SIGINFO_SIZE);
    put(&k, 4, (u32)sys_signal_to_guest(abi, i->si_signo));
    /* as the sender gave it: the kernel itself leaves it 0, or what a filter of system calls says */
    u64 err = i->si_errno == SIG_SENT ? 0 : (u32)i->si_errno, code = (u32)i->si_code;
    put(&k, 4, abi->siginfo_code_first ? code : err);
    put(&k, 4, abi->siginfo_code_first ? err : code);
    k.off = (u32)align_up(k.off, word);
    switch (shape_of(i->si_signo, i->si_code)) {
    case SHAPE_KILL:
    case SHAPE_RT:
    case SHAPE_TIMER: /* si_timerid and si_overrun lie where si_pid and si_uid do */
        put(&k, 4, (u32)i->si_pid);
        put(&k, 4, i->si_uid);
        put(&k, word, (u64)i->si_value.sival_ptr);
        break;
    case SHAPE_CHILD: put_child(&k, i); break;
    case SHAPE_FAULT:
        put(&k, word, (u64)i->si_addr);
        put(&k, 2, (u16)i->si_addr_lsb);
        break;
    case SHAPE_POLL:
        put(&k, word, (u64)i->si_band);
        put(&k, 4, (u32)i->si_fd);
        break;
    case SHAPE_SYS:
        put(&k, word, (u64)i->si_call_addr);
        put(&k, 4, (u32)i->si_syscall);
        put(&k, 4, i->si_arch);
        break;
    }
}

void sys_siginfo_to_host(const struct sys_abi *abi, const u8 in[SYS_SIGINFO_SIZE], siginfo_t *i)
{
    struct cursor k = {.abi = abi, .in = in};
    memset(i, 0, sizeof *i);
    i->si_signo = sys_signal_to_host(abi, (s32)get(&k, 4));
    s32 a = (s32)get(&k, 4), b = (s32)get(&k, 4);
    i->si_errno = abi->siginfo_code_first ? b : a;
    i->si_code = abi->siginfo_code_first ? a : b;
    if (i->si_code > 0 && i->si_errno == 0) i->si_errno = SIG_SENT;
    k.off = (u32)align_up(k.off, abi->word);
    i->si_pid = (s32)get(&k, 4);
    i->si_uid = (u32)get(&k, 4);
    i->si_value.sival_ptr = (void *)get(&k, abi->word);
}

static bool on_stack(const struct sig_altstack *a, gaddr sp) { return a->size && sp > a->sp && sp - a->sp <= a->size; }

gaddr sys_signal_stack(const struct task *t, const struct sig_action *act, gaddr sp)
{
    const struct sig_altstack *a = &t->sig.alt;
    if (!(act->flags & SA_ONSTACK) || a->size == 0 || on_stack(a, sp)) return sp;
    return a->sp + a->size;
}

#define AUTODISARM (1u << 31)

void sys_altstack_get(const struct task *t, gaddr sp, struct sig_altstack *out)
{
    *out = t->sig.alt;
    out->flags &= AUTODISARM;
    if (out->size == 0)
        out->flags |= SS_DISABLE;
    else if (on_stack(out, sp))
        out->flags |= SS_ONSTACK;
}

void sys_altstack_restore(struct task *t, gaddr sp, const struct sig_altstack *in)
{
    if (on_stack(&t->sig.alt, sp)) return;
    u32 mode = in->flags & ~AUTODISARM;
    if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE) return;
    bool off = mode == SS_DISABLE;
    t->sig.alt = (struct sig_altstack){off ? 0 : in->sp, off ? 0 : in->size, in->flags & AUTODISARM};
}
