/* A guest thread: a host thread with a guest CPU state. What the kernel keeps per task, mm, files, sighand and fs is
 * split the same way here and shared or copied by the same CLONE_* flags. Used by syscalls/ and runtime/exec. */
#ifndef CALQUE_RUNTIME_VM_TASK_H
#define CALQUE_RUNTIME_VM_TASK_H

#include <stdbool.h>
#include "ir/cpu.h"
#include "runtime/base/types.h"
#include "runtime/vm/fs.h" /* for those who include this one alone */
#include "runtime/vm/mm.h"
#include "runtime/vm/sighand.h"

struct guest;
struct options;

/* What is fixed for the life of the process: set once by main, read everywhere. */
struct process {
    const struct guest *guest;     /* the guest of this process */
    bool guest_be;                 /* its byte order and word size, for what vm itself reads and writes */
    u32 guest_bits;
    const struct options *options;
    int self_fd;                   /* descriptor of calque's own program file, high, close-on-exec; for execveat; or -1 */
    const char *exe_path;          /* the guest program as the host sees it, absolute: /proc/self/exe */
    const char *uname_release;     /* what uname gives, or NULL for the host's */
    u64 at_secure;
    gaddr stack_lo, stack_hi;      /* main stack: guest addresses */
    gaddr arg_lo, arg_hi, env_lo, env_hi; /* argument and environment strings on it: /proc/self/cmdline, environ */
    gaddr auxv_lo, auxv_hi;
};
extern struct process process;

struct task {
    struct cpu_head *cpu;      /* the guest's CPU state (cpu->task points back) */
    struct mm *mm;
    struct sighand *sighand;
    int tid;
    gaddr clear_child_tid;     /* set_tid_address, CLONE_CHILD_CLEARTID: cleared and woken at exit */
    gaddr robust_list;         /* set_robust_list, as the guest gave it */
    u64 robust_len;
    struct sig_task sig;       /* mask, altstack, the signal taken and not yet delivered */
    void *stack_map;           /* stack and thread block of the host thread; NULL for the first thread */
    size_t stack_map_size;
    bool vfork_child;          /* its parent waits, and frees it */
    int vfork_fd;              /* a forked child's end of the pipe that its parent waits at, plus 1; 0 if none */
    struct task *next, **pprev; /* list of all tasks of the process, under tasks_lock */
    void *exec;                /* runtime/exec's own per-task data: caches, stacks */
};

/* The running thread's task. */
static inline struct task *task_of(struct cpu_head *cpu) { return cpu->task; }
struct task *task_self(void);

/* clone(2) as the guest's calls mean it. Flags are the kernel's (they are the same on every guest). */
struct task_clone_args {
    u64 flags;                 /* CLONE_* and the exit signal in the low byte (host number) */
    gaddr stack;               /* new stack pointer, 0 to keep */
    gaddr parent_tid, child_tid, tls, pidfd;
};
/* Creates the child; the new thread or process starts in the dispatch loop behind the same system call with result 0.
 * Returns the child's id or -errno in the parent. The guest's abi sets its registers (abi->clone_child). */
s64 task_clone(struct task *t, const struct task_clone_args *a);
/* Ends the calling thread: clear_child_tid, robust list of the guest's byte order, resources. The last one of the process
 * runs the at_exit hook. Does not return. */
_Noreturn void task_exit(struct task *t, int status);
/* Ends the process. */
_Noreturn void task_exit_group(struct task *t, int status);

/* A system call made for the guest: the one stub. Returns the kernel's result or -errno; -SYS_RESTART when a signal came
 * before or during the call and must be delivered first: the caller unwinds to the dispatch loop, which delivers it and
 * repeats or fails the call with EINTR as the kernel would have done. Every handler that can block uses it. */
#define SYS_RESTART 512 /* the kernel's ERESTARTSYS: never seen by a guest */
s64 task_syscall(struct task *t, long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);

#endif
