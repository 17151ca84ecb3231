// thread_pthread.c: threads of sanitizer builds, whose run-time libraries know only threads made by libc.
//
// A clone with CLONE_THREAD becomes a detached pthread with a stack of libc's choosing; what the kernel does
// with *ptid and *ctid is done by hand. Only reached where THREAD_BY_PTHREAD is 1. Here too is what calque asks of a
// sanitizer, so that a user's own run of a sanitizer build needs nothing in its environment.
#include "runtime/base/thread_private.h"
#include "runtime/base/error.h"
#include "runtime/base/rawsys.h"

#if THREAD_BY_PTHREAD

#include "runtime/base/heap.h"
#include <errno.h>
#include <pthread.h>

// What all of them are told: the dispositions of signals are the guest's, and inherited; memory is not given back at exit.
#define OPTIONS "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:detect_leaks=0"

const char *__asan_default_options(void);
const char *__tsan_default_options(void);

// AddressSanitizer at the end of a thread unmaps the thread's alternate signal stack, believing it its own; ours is the
// task's. Frames stay on the stacks that they are made on: vfork children and handlers run on others.
const char *__asan_default_options(void)
{
    return OPTIONS ":use_sigaltstack=0:detect_stack_use_after_return=0";
}

// ThreadSanitizer would give its verdict in an exit handler, which a guest's end does not run: it ends at once.
const char *__tsan_default_options(void)
{
    return OPTIONS ":halt_on_error=1";
}

// What pthread_create cannot do differently.
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

struct start {
    u64 flags;
    int (*fn)(void *);
    void *arg;
    int *ctid;
    u32 tid; // 0 until the child has come up
};

static __thread int *clear_tid; // CLONE_CHILD_CLEARTID

// What ThreadSanitizer remembers of a process's other threads goes with a fork into the child, where they are not: whatever
// the child does next it would take for a race with them, and the locks of its own that they held stay held. Its own fork
// ignores the child from there on, and so do we.
static u32 running; // threads that thread_clone_pthread made
static __thread bool counted;
static bool ignored;

#ifdef __SANITIZE_THREAD__

void AnnotateIgnoreSyncBegin(const char *file, int line);
void AnnotateIgnoreSyncEnd(const char *file, int line);
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

static void ignore_thread(void)
{
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__); // and writes
}

// It dies of a thread that ends ignored.
static void watch_thread(void)
{
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}

#else

static void ignore_thread(void)
{
}

static void watch_thread(void)
{
}

#endif

// The first thread of a process counts as running, whether it is or not.
THREAD_HANDLER_ATOMIC void thread_after_fork_pthread(void)
{
    const bool alone = __atomic_load_n(&running, __ATOMIC_RELAXED) == 0;
    __atomic_store_n(&running, counted, __ATOMIC_RELAXED);
    if (alone || ignored) return;
    ignored = true;
    ignore_thread();
}

static void child_gone(void)
{
    if (counted) __atomic_sub_fetch(&running, 1, __ATOMIC_RELAXED);
    if (ignored) watch_thread();
    if (!clear_tid) return;
    __atomic_store_n(clear_tid, 0, __ATOMIC_SEQ_CST);
    raw_futex((u32 *)clear_tid, FUTEX_WAKE, 0x7fffffff, NULL, NULL, 0);
}

static void *child_main(void *p)
{
    struct start *shared = p, s = *shared;
    if (ignored) ignore_thread();
    counted = true;
    if (s.flags & CLONE_CHILD_SETTID) *s.ctid = (int)thread_tid();
    if (s.flags & CLONE_CHILD_CLEARTID) clear_tid = s.ctid;
    __atomic_store_n(&shared->tid, thread_tid(), __ATOMIC_RELEASE); // the parent may go on: `shared` is gone
    raw_futex(&shared->tid, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    s.fn(s.arg);
    child_gone();
    return NULL;
}

long thread_clone_pthread(u64 flags, int (*fn)(void *), void *arg, int *ptid, int *ctid)
{
    if ((flags & THREAD_FLAGS) != (THREAD_FLAGS & ~(u64)CLONE_SYSVSEM) &&
        (flags & THREAD_FLAGS) != THREAD_FLAGS)
        return -ENOSYS;
    struct start s = {flags, fn, arg, ctid, 0};
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    __atomic_add_fetch(&running, 1, __ATOMIC_RELAXED);
    int err = pthread_create(&thread, &attr, child_main, &s);
    pthread_attr_destroy(&attr);
    if (err) {
        __atomic_sub_fetch(&running, 1, __ATOMIC_RELAXED);
        return -err;
    }
    while (__atomic_load_n(&s.tid, __ATOMIC_ACQUIRE) == 0)
        raw_futex(&s.tid, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    if (flags & CLONE_PARENT_SETTID) *ptid = (int)s.tid;
    return s.tid;
}

// libc's stack is in use, not `map`, so it can be freed first. A process's first thread ends the raw way:
// libc would run the whole process's exit handlers for it.
void thread_exit_pthread(int status, void *map, size_t size)
{
    if (map) raw_munmap(map, size);
    child_gone();
    if (raw_getpid() == (int)thread_tid()) raw_exit(status);
    pthread_exit(NULL);
}

#else

long thread_clone_pthread(u64 flags, int (*fn)(void *), void *arg, int *ptid, int *ctid)
{
    (void)flags, (void)fn, (void)arg, (void)ptid, (void)ctid;
    bug("thread_clone_pthread in a build without a sanitizer");
}

void thread_exit_pthread(int status, void *map, size_t size)
{
    (void)status, (void)map, (void)size;
    bug("thread_exit_pthread in a build without a sanitizer");
}

void thread_after_fork_pthread(void)
{
}

#endif
