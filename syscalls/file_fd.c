/* file_fd.c: descriptors: closing and copying them (calque's own stay hidden), pipes, fcntl, and which of them carry data
 * that has a byte order (eventfd, timerfd, signalfd, inotify). */
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/uio.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/net.h"
#include "syscalls/private.h"

#define KINDS 4096
static u8 kinds[KINDS];

void sys_fd_set_kind(int fd, enum sys_fd_kind kind)
{
    if (fd >= 0 && fd < KINDS && kinds[fd] != kind) __atomic_store_n(&kinds[fd], (u8)kind, __ATOMIC_RELAXED);
}

enum sys_fd_kind sys_fd_kind(int fd)
{
    return fd >= 0 && fd < KINDS ? (enum sys_fd_kind)__atomic_load_n(&kinds[fd], __ATOMIC_RELAXED) : SYS_FD_PLAIN;
}

static s64 made(s64 fd, enum sys_fd_kind kind)
{
    if (fd >= 0) sys_fd_set_kind((int)fd, kind);
    return fd;
}

s64 sys_do_eventfd(struct sys_ctx *c) { return made(sys_host_call(c, SYS_eventfd), SYS_FD_U64); }
s64 sys_do_eventfd2(struct sys_ctx *c) { return made(sys_host_call(c, SYS_eventfd2), SYS_FD_U64); }
s64 sys_do_timerfd_create(struct sys_ctx *c) { return made(sys_host_call(c, SYS_timerfd_create), SYS_FD_U64); }
s64 sys_do_inotify_init(struct sys_ctx *c) { return made(sys_host_call(c, SYS_inotify_init), SYS_FD_INOTIFY); }
s64 sys_do_inotify_init1(struct sys_ctx *c) { return made(sys_host_call(c, SYS_inotify_init1), SYS_FD_INOTIFY); }

static s64 signal_fd(struct sys_ctx *c, u64 guest_flags)
{
    u64 mask, flags;
    if (c->a[2] != 8) return -EINVAL;
    s64 r = sys_get_sigset(c, c->a[1], &mask);
    if (r == 0) r = sys_flags(c, SYS_FLAGS_fd, guest_flags, &flags);
    if (r) return r;
    return made(sys_host(c, SYS_signalfd4, c->a[0], (u64)&mask, 8, flags, 0, 0), SYS_FD_SIGNAL);
}

s64 sys_do_signalfd(struct sys_ctx *c) { return signal_fd(c, 0); }
s64 sys_do_signalfd4(struct sys_ctx *c) { return signal_fd(c, c->a[3]); }

static int fix_inotify(struct sys_ctx *c, gaddr buf, u64 n)
{
    for (u64 at = 0; at + sizeof(struct inotify_event) <= n;) {
        struct inotify_event e;
        if (gmem_read(&e, buf + at, sizeof e)) return -EFAULT;
        u32 v[4] = {(u32)e.wd, e.mask, e.cookie, e.len};
        for (u32 i = 0; i < 4; i++)
            if (sys_put_u32(c, buf + at + 4 * i, v[i])) return -EFAULT;
        at += sizeof e + e.len;
    }
    return 0;
}

static int fix_signals(struct sys_ctx *c, gaddr buf, u64 n)
{
    struct signalfd_siginfo s;
    for (u64 at = 0; at + sizeof s <= n; at += sizeof s) {
        if (gmem_read(&s, buf + at, sizeof s)) return -EFAULT;
        if (s.ssi_signo == SIGCHLD && s.ssi_code != CLD_EXITED)
            s.ssi_status = sys_signal_to_guest(c->abi, s.ssi_status);
        s.ssi_signo = (u32)sys_signal_to_guest(c->abi, (int)s.ssi_signo);
        if (s.ssi_errno == SIG_SENT) s.ssi_errno = 0;
        if (sys_put(c, SYS_LAYOUT_signalfd_siginfo, buf + at, &s)) return -EFAULT;
    }
    return 0;
}

int sys_fd_after_read(struct sys_ctx *c, int fd, gaddr buf, s64 n)
{
    u64 v;
    if (n <= 0) return 0;
    switch (sys_fd_kind(fd)) {
    case SYS_FD_PLAIN: return 0;
    case SYS_FD_U64:
        if (n < 8) return 0;
        if (gmem_load_u64(buf, HOST_BIG_ENDIAN, &v)) return -EFAULT;
        return sys_put_u64(c, buf, v);
    case SYS_FD_INOTIFY: return c->abi->big_endian == HOST_BIG_ENDIAN ? 0 : fix_inotify(c, buf, (u64)n);
    case SYS_FD_SIGNAL: return fix_signals(c, buf, (u64)n);
    case SYS_FD_ROUTE: return (int)net_route_in(c, &(struct iovec){gmem_ptr(buf), (u64)n}, 1, (u64)n);
    }
    return 0;
}

s64 sys_do_close(struct sys_ctx *c)
{
    sys_fd_set_kind((int)c->a[0], SYS_FD_PLAIN);
    return sys_host(c, SYS_close, c->a[0], 0, 0, 0, 0, 0);
}

/* Around the descriptors that are calque's own. */
s64 sys_do_close_range(struct sys_ctx *c)
{
    u64 first = c->a[0], last = c->a[1];
    if (first > last) return -EINVAL;
    for (u64 fd = first; !(c->a[2] & CLOSE_RANGE_CLOEXEC) && fd <= last && fd < KINDS; fd++)
        sys_fd_set_kind((int)fd, SYS_FD_PLAIN);
    while (first <= last) {
        int hidden = fs_next_hidden((int)MIN(first, 0x7fffffffu));
        u64 end = hidden >= 0 && (u64)hidden <= last ? (u64)hidden : last + 1;
        if (end > first) {
            s64 r = sys_host(c, SYS_close_range, first, end - 1, c->a[2], 0, 0, 0);
            if (r < 0) return r;
        }
        if (end == last + 1) break;
        first = end + 1;
    }
    return 0;
}

static s64 copied(struct sys_ctx *c, s64 r)
{
    if (r >= 0) sys_fd_set_kind((int)r, sys_fd_kind((int)c->a[0]));
    return r;
}

s64 sys_do_dup(struct sys_ctx *c) { return copied(c, sys_host_call(c, SYS_dup)); }
s64 sys_do_dup2(struct sys_ctx *c) { return copied(c, sys_host_call(c, SYS_dup2)); }
s64 sys_do_dup3(struct sys_ctx *c) { return copied(c, sys_host_call(c, SYS_dup3)); }

static s64 pipe_with(struct sys_ctx *c, u64 guest_flags, bool two_registers)
{
    u64 flags;
    int fd[2];
    s64 r = sys_flags(c, SYS_FLAGS_fd, guest_flags, &flags);
    if (r == 0) r = sys_host(c, SYS_pipe2, (u64)fd, flags, 0, 0, 0, 0);
    if (r < 0) return r;
    if (two_registers && c->abi->set_second) {
        c->abi->set_second(c->t->cpu, (u64)fd[1]);
        return fd[0];
    }
    if (sys_put_u32(c, c->a[0], (u32)fd[0]) == 0 && sys_put_u32(c, c->a[0] + 4, (u32)fd[1]) == 0) return 0;
    sys_host(c, SYS_close, (u64)fd[0], 0, 0, 0, 0, 0);
    sys_host(c, SYS_close, (u64)fd[1], 0, 0, 0, 0, 0);
    return -EFAULT;
}

s64 sys_do_pipe(struct sys_ctx *c) { return pipe_with(c, 0, true); }
s64 sys_do_pipe2(struct sys_ctx *c) { return pipe_with(c, c->a[1], false); }

/* Record locks. Commands carry the numbers of asm-generic on 32 bits: 5 to 7 with word offsets, 12 to 14 with 64-bit
 * ones; the open-file-description ones (36 to 38) always have those. */
enum { LOCK_GET = 5, LOCK_GET64 = 12, LOCK_SET64 = 13, LOCK_SETW64 = 14 };

static s64 record_lock(struct sys_ctx *c, u64 cmd, enum sys_layout_id id, gaddr addr)
{
    struct flock l;
    u64 type;
    s64 r = sys_get(c, id, addr, &l);
    if (r == 0) r = sys_flags(c, SYS_FLAGS_flock, (u16)l.l_type, &type);
    if (r) return r;
    l.l_type = (s16)type;
    r = sys_host(c, SYS_fcntl, c->a[0], cmd, (u64)&l, 0, 0, 0);
    if (r < 0 || (cmd != F_GETLK && cmd != F_OFD_GETLK)) return r;
    l.l_type = (s16)sys_flags_to_guest(c->abi, SYS_FLAGS_flock, (u16)l.l_type);
    return sys_put(c, id, addr, &l);
}

static s64 owner_ex(struct sys_ctx *c, u64 cmd, gaddr addr)
{
    struct f_owner_ex o = {0};
    s64 r = cmd == F_SETOWN_EX ? sys_get(c, SYS_LAYOUT_f_owner_ex, addr, &o) : 0;
    if (r) return r;
    r = sys_host(c, SYS_fcntl, c->a[0], cmd, (u64)&o, 0, 0, 0);
    return r < 0 || cmd == F_SETOWN_EX ? r : sys_put(c, SYS_LAYOUT_f_owner_ex, addr, &o);
}

static s64 rw_hint(struct sys_ctx *c, u64 cmd, gaddr addr)
{
    bool set = cmd == F_SET_RW_HINT || cmd == F_SET_FILE_RW_HINT;
    u64 v = 0;
    s64 r = set ? sys_get_u64(c, addr, &v) : 0;
    if (r == 0) r = sys_host(c, SYS_fcntl, c->a[0], cmd, (u64)&v, 0, 0, 0);
    return r < 0 || set ? r : sys_put_u64(c, addr, v);
}

static s64 file_control(struct sys_ctx *c, u64 cmd, u64 arg)
{
    enum sys_layout_id word_lock = SYS_LAYOUT_flock, big_lock = sys_is32(c) ? SYS_LAYOUT_flock64 : SYS_LAYOUT_flock;
    s64 r;
    switch (cmd) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW: return record_lock(c, cmd, word_lock, arg);
    case LOCK_GET64:
    case LOCK_SET64:
    case LOCK_SETW64: return record_lock(c, cmd - LOCK_GET64 + LOCK_GET, SYS_LAYOUT_flock64, arg);
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW: return record_lock(c, cmd, big_lock, arg);
    case F_GETFL:
        r = sys_host(c, SYS_fcntl, c->a[0], cmd, 0, 0, 0, 0);
        return r < 0 ? r : (s64)sys_flags_to_guest(c->abi, SYS_FLAGS_open, (u64)r);
    case F_SETFL: sys_flags(c, SYS_FLAGS_open, arg, &arg); break; /* unknown bits are ignored */
    case F_SETSIG: arg = (u64)(s64)sys_signal_to_host(c->abi, (s32)arg); break;
    case F_GETSIG:
        r = sys_host(c, SYS_fcntl, c->a[0], cmd, 0, 0, 0, 0);
        return r < 0 ? r : sys_signal_to_guest(c->abi, (int)r);
    case F_GETOWN_EX:
    case F_SETOWN_EX: return owner_ex(c, cmd, arg);
    case F_GET_RW_HINT:
    case F_SET_RW_HINT:
    case F_GET_FILE_RW_HINT:
    case F_SET_FILE_RW_HINT: return rw_hint(c, cmd, arg);
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: return copied(c, sys_host(c, SYS_fcntl, c->a[0], cmd, arg, 0, 0, 0));
    case F_SETOWN: arg = (u64)(s64)(s32)arg; break;
    default: break;
    }
    return sys_host(c, SYS_fcntl, c->a[0], cmd, arg, 0, 0, 0);
}

s64 sys_do_fcntl64(struct sys_ctx *c)
{
    u64 cmd;
    s64 r = sys_flags(c, SYS_FLAGS_fcntl, c->a[1], &cmd);
    return r ? r : file_control(c, cmd, c->a[2]);
}

s64 sys_do_fcntl(struct sys_ctx *c) { return sys_do_fcntl64(c); }
