/* proc.c: processes: making them, ending, waiting. Their substance is runtime/vm's task_clone; programs are exec.c. */
#include <sched.h>
#include <sys/wait.h>

#include "runtime/base/gmem.h"
#include "syscalls/private.h"

s64 sys_do_exit(struct sys_ctx *c) { task_exit(c->t, (int)c->a[0]); }
s64 sys_do_exit_group(struct sys_ctx *c) { task_exit_group(c->t, (int)c->a[0]); }

/* The parent's second result register says "parent". A child that comes back here (not CLONE_VM) has its registers from
 * abi->clone_child already. */
static s64 clone_as(struct sys_ctx *c, const struct task_clone_args *a)
{
    const u64 own = a->flags & (CLONE_VM | CLONE_VFORK | CLONE_THREAD);
    struct sys_limits limits;
    if (own == (CLONE_VM | CLONE_VFORK)) sys_limits_save(&limits, c->t->mm);
    s64 r = task_clone(c->t, a);
    if (own == (CLONE_VM | CLONE_VFORK)) sys_limits_restore(&limits, c->t->mm);
    if (r > 0 && c->abi->set_second) c->abi->set_second(c->t->cpu, 0);
    if (r == 0) c->no_result = true;
    return r;
}

s64 sys_do_fork(struct sys_ctx *c) { return clone_as(c, &(struct task_clone_args){.flags = SIGCHLD}); }

s64 sys_do_vfork(struct sys_ctx *c)
{
    return clone_as(c, &(struct task_clone_args){.flags = CLONE_VFORK | CLONE_VM | SIGCHLD});
}

/* The low byte of the flags is the signal for the parent. */
static s64 clone_flags(struct sys_ctx *c, gaddr child_tid, gaddr tls)
{
    int sig = sys_signal_to_host(c->abi, (int)(c->a[0] & CSIGNAL));
    if (sig < 0) return -EINVAL;
    struct task_clone_args a = {
        .flags = (c->a[0] & ~(u64)CSIGNAL) | (u64)sig,
        .stack = c->a[1],
        .parent_tid = c->a[2],
        .child_tid = child_tid,
        .tls = tls,
        .pidfd = c->a[2],
    };
    return clone_as(c, &a);
}

s64 sys_do_clone(struct sys_ctx *c) { return clone_flags(c, c->a[3], c->a[4]); }
s64 sys_do_clone_backwards(struct sys_ctx *c) { return clone_flags(c, c->a[4], c->a[3]); }

#define CLONE_ARGS_VER0 64

s64 sys_do_clone3(struct sys_ctx *c)
{
    u8 raw[sizeof(struct clone_args)] = {0};
    struct clone_args k;
    if (c->a[1] < CLONE_ARGS_VER0) return -EINVAL;
    if (c->a[1] > sizeof raw) return -E2BIG;
    if (gmem_read(raw, c->a[0], c->a[1])) return -EFAULT;
    sys_layout_to_host(SYS_LAYOUT_clone_args, &k, raw);
    if (k.set_tid_size || (k.flags & (CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND))) {
        sys_unimp(c, "clone3 flags", k.flags);
        return -ENOSYS; /* callers fall back to clone */
    }
    int sig = sys_signal_to_host(c->abi, (int)k.exit_signal);
    if (sig < 0 || (k.flags & CSIGNAL) || (!k.stack != !k.stack_size)) return -EINVAL;
    struct task_clone_args a = {
        .flags = k.flags | (u64)sig,
        .stack = k.stack ? k.stack + k.stack_size : 0,
        .parent_tid = k.parent_tid,
        .child_tid = k.child_tid,
        .tls = k.tls,
        .pidfd = k.pidfd,
    };
    return clone_as(c, &a);
}

/* A wait status with the guest's signal number in it. */
static u32 status_to_guest(struct sys_ctx *c, int s)
{
    if (WIFSIGNALED(s)) return (u32)((s & ~0x7f) | sys_signal_to_guest(c->abi, WTERMSIG(s)));
    if (WIFSTOPPED(s)) return (u32)((s & ~0xff00) | sys_signal_to_guest(c->abi, WSTOPSIG(s)) << 8);
    return (u32)s;
}

static s64 wait_for(struct sys_ctx *c, gaddr rusage)
{
    int status = 0;
    struct rusage ru;
    s64 pid = sys_host(c, SYS_wait4, c->a[0], (u64)&status, c->a[2], rusage ? (u64)&ru : 0, 0, 0);
    if (pid <= 0) return pid;
    s64 r = c->a[1] ? sys_put_u32(c, c->a[1], status_to_guest(c, status)) : 0;
    if (r == 0 && rusage) r = sys_put(c, SYS_LAYOUT_rusage, rusage, &ru);
    return r ? r : pid;
}

s64 sys_do_wait4(struct sys_ctx *c) { return wait_for(c, c->a[3]); }
s64 sys_do_waitpid(struct sys_ctx *c) { return wait_for(c, 0); }

s64 sys_do_waitid(struct sys_ctx *c)
{
    siginfo_t info = {0};
    struct rusage ru;
    u8 out[SYS_SIGINFO_SIZE];
    s64 r = sys_host(c, SYS_waitid, c->a[0], c->a[1], (u64)&info, c->a[3], c->a[4] ? (u64)&ru : 0, 0);
    if (r < 0) return r;
    sys_siginfo_to_guest(c->abi, &info, out);
    if (c->a[2] && gmem_write(c->a[2], out, sizeof out)) return -EFAULT;
    if (c->a[4] && info.si_signo) r = sys_put(c, SYS_LAYOUT_rusage, c->a[4], &ru);
    return r;
}

s64 sys_do_pidfd_send_signal(struct sys_ctx *c)
{
    siginfo_t info;
    u8 raw[SYS_SIGINFO_SIZE];
    int sig = sys_signal_to_host(c->abi, (int)c->a[1]);
    if (sig < 0) return -EINVAL;
    if (c->a[2] && gmem_read(raw, c->a[2], sizeof raw)) return -EFAULT;
    if (c->a[2]) sys_siginfo_to_host(c->abi, raw, &info);
    return sys_host(c, SYS_pidfd_send_signal, c->a[0], (u64)sig, c->a[2] ? (u64)&info : 0, c->a[3], 0, 0);
}
