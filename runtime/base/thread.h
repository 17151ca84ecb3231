// thread.h: the only door to threads and processes: raw clone with any CLONE_* flags.
//
// Raw clone, because pthread_create and fork know a few fixed combinations of flags and the guest may ask for
// any. A thread so made needs what libc would have given it: thread_block_map lays out its stack and a thread
// block (a copy of the program's PT_TLS image and a control block as static glibc on x86-64 expects it), so
// that
// __thread variables and the stack protector work in it. It may call nothing of libc that keeps state.
//
// Builds with a sanitizer are dynamic and need libc's own threads: there thread_clone uses pthread_create
// behind the same interface (see THREAD_BY_PTHREAD).
//
// Signals: a child starts with its parent's mask. Block all around thread_clone and thread_fork, and let the
// child unblock when its state stands.
#ifndef CALQUE_RUNTIME_BASE_THREAD_H
#define CALQUE_RUNTIME_BASE_THREAD_H

#include "runtime/base/types.h"
#include <linux/sched.h> // CLONE_* and struct clone_args

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define THREAD_BY_PTHREAD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define THREAD_BY_PTHREAD 1
#endif
#endif
#ifndef THREAD_BY_PTHREAD
#define THREAD_BY_PTHREAD 0
#endif

// For functions of signal handlers with atomic operations: ThreadSanitizer has a lock of its own for each atomic
// variable, whose holder the handler may have interrupted.
#if THREAD_BY_PTHREAD
#define THREAD_HANDLER_ATOMIC __attribute__((no_sanitize("thread")))
#else
#define THREAD_HANDLER_ATOMIC
#endif

// ---- the calling thread ----

extern __thread void *thread_self_slot __attribute__((tls_model("local-exec")));
extern __thread u32 thread_tid_slot __attribute__((tls_model("local-exec"))); // 0: not asked yet

// One pointer per thread, for the current task. NULL until set. Safe in signal handlers.
static inline void *thread_self_data(void)
{
    return thread_self_slot;
}
static inline void thread_set_self_data(void *data)
{
    thread_self_slot = data;
}

// The calling thread's id, cached: the system call is made once a thread. Safe in signal handlers.
u32 thread_tid(void);

// True if the thread of that id has ended, waited for or not. The id is of the caller's pid namespace.
bool thread_gone(u32 tid);

// ---- memory for a thread ----

// A laid-out thread block; tp is what the thread pointer register holds.
struct thread_tls {
    void *tp;
};

// Bytes and alignment of a thread block, and laying one out in zeroed memory of that size and alignment. The
// canary and the pointer guard are the caller's, since frames may cross from one thread's code to the
// other's.
size_t thread_tls_size(void);
size_t thread_tls_align(void);
void thread_tls_init(struct thread_tls *tls, void *mem);

// One mapping with all a thread needs: a guard page, its stack, its thread block.
struct thread_block {
    void *map;
    size_t size;     // of the whole mapping
    void *stack;     // lowest usable byte
    void *stack_top; // stack grows down from here
    struct thread_tls tls;
};

// stack_size in bytes, rounded up to pages. 0 or -errno.
int thread_block_map(struct thread_block *b, size_t stack_size);
void thread_block_unmap(struct thread_block *b);

// ---- making and ending ----

// Clone a child that runs fn(arg) on its own stack and ends with fn's result as its exit status.
//   flags      CLONE_* and the exit signal in the low byte; CLONE_SETTLS is set or cleared according to `tls`
//   stack_top  the child's stack (grows down); required with CLONE_VM
//   tls        its thread block; NULL to copy the caller's, or with CLONE_VM to borrow it: only together with
//              CLONE_VFORK (the caller sleeps until the child has gone, and gets its thread_self_data back)
//   ptid       for CLONE_PARENT_SETTID, or the pidfd for CLONE_PIDFD
//   ctid       for CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID
// The child's id, or -errno (-EINVAL for what the above forbids). The caller owns stack and block; they may
// be freed when the kernel has cleared *ctid, or by the child itself through thread_exit. Used again for
// another child, a block keeps what the last one left in its variables, but thread_self_data starts at NULL
// again.
long thread_clone(u64 flags, void *stack_top, const struct thread_tls *tls, int (*fn)(void *), void *arg,
                  int *ptid, int *ctid);

// The same through clone3, for what clone cannot say (set_tid, cgroup, pidfd beside parent_tid,
// CLONE_CLEAR_SIGHAND). args->stack and stack_size are ignored in favour of stack_top, args->tls in favour of
// tls. -ENOSYS where the kernel or a filter refuses clone3. In a sanitizer build a thread cannot be made this
// way: -ENOSYS.
long thread_clone3(const struct clone_args *args, size_t size, void *stack_top, const struct thread_tls *tls,
                   int (*fn)(void *), void *arg);

// Clone a child that goes on from here, on a copy of this stack: returns 0 in the child, its id in the
// parent, or -errno. CLONE_SETTLS is ignored. CLONE_VM is refused with -EINVAL unless CLONE_VFORK comes with
// it; then the child borrows this stack, and the function that called thread_fork must not return in the
// child (as for vfork). A guest's vfork is better served by thread_clone with a stack and a block of its own.
// Without CLONE_VM the child calls base_after_fork first.
long thread_fork(u64 flags, int *ptid, int *ctid) __attribute__((returns_twice));

// The same through clone3: the caller leaves stack, stack_size and tls zero and CLONE_SETTLS clear.
long thread_fork3(const struct clone_args *args, size_t size) __attribute__((returns_twice));

// End the calling thread. With map != NULL unmap that first (its own stack and thread block): nothing of it
// is used afterwards, and all signals stay blocked. Under THREAD_BY_PTHREAD the mapping is freed in a safe
// way.
_Noreturn void thread_exit(int status, void *map, size_t size);

#endif
