/* Safe points, and bringing every task to one so that the code cache can be emptied. A task is safe while it runs C code
 * that holds no pointer into the cache: in system calls, and wherever it may wait. */
#include <string.h>

#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/rawsys.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"
#include "runtime/vm/task_hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>

static struct task *stopper; /* the task that is emptying the cache, or NULL */
static bool membarrier_ready;

void exec_safe_begin(struct task *t) { __atomic_store_n(&exec_of(t)->safe, 1, __ATOMIC_RELEASE); }

void exec_safe_end(struct task *t)
{
    struct task_exec *x = exec_of(t);
    for (;;) {
        __atomic_store_n(&x->safe, 0, __ATOMIC_SEQ_CST);
        struct task *s = __atomic_load_n(&stopper, __ATOMIC_SEQ_CST);
        if (!s || s == t) break;
        __atomic_store_n(&x->safe, 1, __ATOMIC_RELEASE);
        lock_acquire(&cache.lock); /* the stopper holds it until it is done */
        lock_release(&cache.lock);
    }
    __atomic_and_fetch(&t->cpu->poll, ~(u32)POLL_STOP, __ATOMIC_SEQ_CST);
    if (x->generation != cache.generation) task_exec_clear(t);
}

/* The thread's state as /proc tells it, or 0. */
static char thread_state(int tid)
{
    char path[40], text[512];
    fmt_snprintf(path, sizeof path, "/proc/%d/stat", tid);
    int fd = (int)raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    long n = raw_read(fd, text, sizeof text - 1);
    raw_close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *state = strrchr(text, ')'); /* behind the name, which may hold anything */
    return state && state[1] ? state[2] : 0;
}

/* True if the task's thread is gone: a process that shares our memory and was killed, waited for or not. */
static bool is_gone(const struct task *t)
{
    if (t->tid == 0) return false;
    if (raw_syscall2(SYS_tkill, t->tid, 0) == -ESRCH) return true;
    char state = thread_state(t->tid);
    return state == 'Z' || state == 'X';
}

static void wait_until_safe(struct task *t)
{
    for (u32 spins = 0; !__atomic_load_n(&exec_of(t)->safe, __ATOMIC_ACQUIRE); spins++) {
        if (spins % 1024 == 1023 && is_gone(t)) return;
        raw_sched_yield();
    }
}

void stop_begin(struct task *t)
{
    bug_unless(lock_owned(&cache.lock));
    __atomic_store_n(&stopper, t, __ATOMIC_SEQ_CST);
    lock_acquire(&tasks_lock);
    for (struct task *o = tasks; o; o = o->next)
        if (o != t) __atomic_or_fetch(&o->cpu->poll, POLL_STOP, __ATOMIC_SEQ_CST);
    for (struct task *o = tasks; o; o = o->next)
        if (o != t) wait_until_safe(o);
    lock_release(&tasks_lock);
}

/* Code memory is about to hold other instructions: every core must fetch them anew. */
static void serialise_cores(void)
{
    if (!membarrier_ready) {
        raw_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0);
        membarrier_ready = true;
    }
    raw_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0);
}

void stop_end(struct task *t)
{
    (void)t;
    serialise_cores();
    __atomic_store_n(&stopper, NULL, __ATOMIC_SEQ_CST);
}
