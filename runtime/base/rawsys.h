// rawsys.h: the host's system calls without libc: no errno, no cancellation, no hidden state.
//
// Every function returns the kernel's result, or -errno. Typed wrappers exist for the calls that calque makes
// for itself; a call made on behalf of the guest goes through the system-call room and its interruptible stub
// instead. Structures are the kernel's; where glibc's is the same (stat, timespec, rlimit) its type is used.
#ifndef CALQUE_RUNTIME_BASE_RAWSYS_H
#define CALQUE_RUNTIME_BASE_RAWSYS_H

#include "runtime/base/types.h"
#include "runtime/base/x86_64/rawcall.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static inline long raw_syscall0(long nr)
{
    return raw_syscall3(nr, 0, 0, 0);
}
static inline long raw_syscall1(long nr, long a)
{
    return raw_syscall3(nr, a, 0, 0);
}
static inline long raw_syscall2(long nr, long a, long b)
{
    return raw_syscall3(nr, a, b, 0);
}
static inline long raw_syscall4(long nr, long a, long b, long c, long d)
{
    return raw_syscall6(nr, a, b, c, d, 0, 0);
}
static inline long raw_syscall5(long nr, long a, long b, long c, long d, long e)
{
    return raw_syscall6(nr, a, b, c, d, e, 0);
}

// True where a result is an error number rather than a value (addresses included).
static inline bool raw_is_error(long ret)
{
    return (unsigned long)ret > -4096ul;
}

// ---- memory ----

// The address of the mapping, or -errno as a long: test with raw_is_error.
static inline long raw_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
    return raw_syscall6(SYS_mmap, (long)addr, (long)len, prot, flags, fd, off);
}
static inline long raw_munmap(void *addr, size_t len)
{
    return raw_syscall2(SYS_munmap, (long)addr, (long)len);
}
static inline long raw_mprotect(void *addr, size_t len, int prot)
{
    return raw_syscall3(SYS_mprotect, (long)addr, (long)len, prot);
}
// A mapping at addr that replaces nothing: -EEXIST if the range is not free. Kernels before 4.17, which do not know
// MAP_FIXED_NOREPLACE, take the address for a hint and may choose another.
static inline long raw_mmap_free(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
    long r = raw_mmap(addr, len, prot, flags | MAP_FIXED_NOREPLACE, fd, off);
    if (raw_is_error(r) || r == (long)addr) return r;
    raw_munmap((void *)r, len);
    return -EEXIST;
}
static inline long raw_mremap(void *old, size_t old_len, size_t new_len, int flags, void *new_addr)
{
    return raw_syscall5(SYS_mremap, (long)old, (long)old_len, (long)new_len, flags, (long)new_addr);
}
static inline long raw_madvise(void *addr, size_t len, int advice)
{
    return raw_syscall3(SYS_madvise, (long)addr, (long)len, advice);
}
static inline long raw_membarrier(int cmd, unsigned flags)
{
    return raw_syscall2(SYS_membarrier, cmd, flags);
}
static inline long raw_memfd_create(const char *name, unsigned flags)
{
    return raw_syscall2(SYS_memfd_create, (long)name, flags);
}

// ---- files ----

static inline long raw_openat(int dirfd, const char *path, int flags, unsigned mode)
{
    return raw_syscall4(SYS_openat, dirfd, (long)path, flags, mode);
}
static inline long raw_close(int fd)
{
    return raw_syscall1(SYS_close, fd);
}
static inline long raw_read(int fd, void *buf, size_t n)
{
    return raw_syscall3(SYS_read, fd, (long)buf, (long)n);
}
static inline long raw_write(int fd, const void *buf, size_t n)
{
    return raw_syscall3(SYS_write, fd, (long)buf, (long)n);
}
static inline long raw_pread(int fd, void *buf, size_t n, off_t off)
{
    return raw_syscall4(SYS_pread64, fd, (long)buf, (long)n, off);
}
static inline long raw_pwrite(int fd, const void *buf, size_t n, off_t off)
{
    return raw_syscall4(SYS_pwrite64, fd, (long)buf, (long)n, off);
}
static inline long raw_lseek(int fd, off_t off, int whence)
{
    return raw_syscall3(SYS_lseek, fd, off, whence);
}
static inline long raw_ftruncate(int fd, off_t len)
{
    return raw_syscall2(SYS_ftruncate, fd, len);
}
static inline long raw_fstat(int fd, struct stat *st)
{
    return raw_syscall2(SYS_fstat, fd, (long)st);
}
static inline long raw_fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
    return raw_syscall4(SYS_newfstatat, dirfd, (long)path, (long)st, flags);
}
static inline long raw_readlinkat(int dirfd, const char *path, char *buf, size_t n)
{
    return raw_syscall4(SYS_readlinkat, dirfd, (long)path, (long)buf, (long)n);
}
static inline long raw_faccessat(int dirfd, const char *path, int mode)
{
    return raw_syscall3(SYS_faccessat, dirfd, (long)path, mode);
}
static inline long raw_unlinkat(int dirfd, const char *path, int flags)
{
    return raw_syscall3(SYS_unlinkat, dirfd, (long)path, flags);
}
static inline long raw_renameat(int olddir, const char *old, int newdir, const char *new_path)
{
    return raw_syscall4(SYS_renameat, olddir, (long)old, newdir, (long)new_path);
}
static inline long raw_mkdirat(int dirfd, const char *path, unsigned mode)
{
    return raw_syscall3(SYS_mkdirat, dirfd, (long)path, mode);
}
static inline long raw_fcntl(int fd, int cmd, long arg)
{
    return raw_syscall3(SYS_fcntl, fd, cmd, arg);
}
static inline long raw_ioctl(int fd, unsigned long cmd, void *arg)
{
    return raw_syscall3(SYS_ioctl, fd, (long)cmd, (long)arg);
}
static inline long raw_dup3(int oldfd, int newfd, int flags)
{
    return raw_syscall3(SYS_dup3, oldfd, newfd, flags);
}
static inline long raw_pipe2(int fds[2], int flags)
{
    return raw_syscall2(SYS_pipe2, (long)fds, flags);
}
static inline long raw_getdents64(int fd, void *buf, size_t n)
{
    return raw_syscall3(SYS_getdents64, fd, (long)buf, (long)n);
}

// ---- processes and threads ----

static inline int raw_getpid(void)
{
    return (int)raw_syscall0(SYS_getpid);
}
static inline int raw_getppid(void)
{
    return (int)raw_syscall0(SYS_getppid);
}
static inline int raw_gettid(void)
{
    return (int)raw_syscall0(SYS_gettid);
}
static inline long raw_kill(int pid, int sig)
{
    return raw_syscall2(SYS_kill, pid, sig);
}
static inline long raw_tgkill(int tgid, int tid, int sig)
{
    return raw_syscall3(SYS_tgkill, tgid, tid, sig);
}
static inline long raw_wait4(int pid, int *status, int options, struct rusage *ru)
{
    return raw_syscall4(SYS_wait4, pid, (long)status, options, (long)ru);
}
static inline long raw_execveat(int dirfd, const char *path, char *const *argv, char *const *envp, int flags)
{
    return raw_syscall5(SYS_execveat, dirfd, (long)path, (long)argv, (long)envp, flags);
}
static inline long raw_prctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return raw_syscall5(SYS_prctl, op, (long)a, (long)b, (long)c, (long)d);
}
static inline long raw_prlimit(int pid, int resource, const struct rlimit *new_limit,
                               struct rlimit *old_limit)
{
    return raw_syscall4(SYS_prlimit64, pid, resource, (long)new_limit, (long)old_limit);
}
static inline long raw_sched_yield(void)
{
    return raw_syscall0(SYS_sched_yield);
}
static inline long raw_set_tid_address(int *tidptr)
{
    return raw_syscall1(SYS_set_tid_address, (long)tidptr);
}

// Ends the calling thread alone; its stack and thread block stay mapped (see thread_exit).
_Noreturn static inline void raw_exit(int status)
{
    for (;;) raw_syscall1(SYS_exit, status);
}
// Ends the process.
_Noreturn static inline void raw_exit_group(int status)
{
    for (;;) raw_syscall1(SYS_exit_group, status);
}

// `op` is FUTEX_* with FUTEX_PRIVATE_FLAG as wanted; `val2` is the timeout pointer or the second count.
static inline long raw_futex(u32 *word, int op, u32 val, const void *val2, u32 *word2, u32 val3)
{
    return raw_syscall6(SYS_futex, (long)word, op, val, (long)val2, (long)word2, val3);
}

// ---- signals ----

// The kernel's own forms: a 64-bit mask (bit n-1 for signal n) and a structure that names its restorer.
struct raw_sigaction {
    void *handler; // or SIG_DFL, SIG_IGN
    u64 flags;     // RAW_SA_RESTORER and the SA_* of <signal.h>
    void (*restorer)(void);
    u64 mask;
};
#define RAW_SA_RESTORER 0x04000000ul

// What `restorer` is to point at: it issues rt_sigreturn. Never called directly.
void raw_sigreturn(void);

static inline long raw_rt_sigaction(int sig, const struct raw_sigaction *act, struct raw_sigaction *old)
{
    return raw_syscall4(SYS_rt_sigaction, sig, (long)act, (long)old, sizeof(u64));
}
static inline long raw_rt_sigprocmask(int how, const u64 *set, u64 *old)
{
    return raw_syscall4(SYS_rt_sigprocmask, how, (long)set, (long)old, sizeof(u64));
}
static inline long raw_rt_sigpending(u64 *set)
{
    return raw_syscall2(SYS_rt_sigpending, (long)set, sizeof(u64));
}
static inline long raw_rt_sigsuspend(const u64 *mask)
{
    return raw_syscall2(SYS_rt_sigsuspend, (long)mask, sizeof(u64));
}
static inline long raw_rt_sigtimedwait(const u64 *set, void *siginfo, const struct timespec *timeout)
{
    return raw_syscall4(SYS_rt_sigtimedwait, (long)set, (long)siginfo, (long)timeout, sizeof(u64));
}
static inline long raw_rt_sigqueueinfo(int pid, int sig, void *siginfo)
{
    return raw_syscall3(SYS_rt_sigqueueinfo, pid, sig, (long)siginfo);
}
static inline long raw_rt_tgsigqueueinfo(int tgid, int tid, int sig, void *siginfo)
{
    return raw_syscall4(SYS_rt_tgsigqueueinfo, tgid, tid, sig, (long)siginfo);
}
static inline long raw_sigaltstack(const void *ss, void *old) // both are stack_t
{
    return raw_syscall2(SYS_sigaltstack, (long)ss, (long)old);
}

// ---- time, identity, randomness ----

static inline long raw_clock_gettime(int clock, struct timespec *ts)
{
    return raw_syscall2(SYS_clock_gettime, clock, (long)ts);
}
static inline long raw_nanosleep(const struct timespec *req, struct timespec *rem)
{
    return raw_syscall2(SYS_nanosleep, (long)req, (long)rem);
}
static inline long raw_uname(void *utsname)
{
    return raw_syscall1(SYS_uname, (long)utsname);
}
static inline long raw_getrandom(void *buf, size_t n, unsigned flags)
{
    return raw_syscall3(SYS_getrandom, (long)buf, (long)n, flags);
}

#endif
