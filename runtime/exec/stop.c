/* Safe points, and bringing every task to one so that the code cache can be emptied. A task is safe while it runs C code
 * that holds no pointer into the cache: in system calls, and wherever it may wait. */
#include "runtime/base/error.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"
#include "runtime/vm/task_hooks.h"

#include <linux/membarrier.h>

#define YIELDS 16 /* a task that runs is safe within microseconds */

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
        cache_lock(t); /* the stopper holds it until it is done */
        lock_release(&cache.lock);
    }
    __atomic_and_fetch(&t->cpu->poll, ~(u32)POLL_STOP, __ATOMIC_SEQ_CST);
    if (x->generation != __atomic_load_n(&cache.generation, __ATOMIC_RELAXED)) task_exec_clear(t);
}

/* A process that shares our memory and was killed. */
static bool is_gone(const struct task *t)
{
    int tid = __atomic_load_n(&t->tid, __ATOMIC_RELAXED);
    return tid != 0 && thread_gone((u32)tid);
}

static void wait_until_safe(struct task *t)
{
    const struct timespec pause = {.tv_nsec = 50000};
    for (u32 spins = 0; !__atomic_load_n(&exec_of(t)->safe, __ATOMIC_ACQUIRE); spins++) {
        if (spins < YIELDS) {
            raw_sched_yield();
            continue;
        }
        if (is_gone(t)) return;
        raw_nanosleep(&pause, NULL); /* a yield gives the processor away for long where many want it */
    }
}

void stop_begin(struct task *t)
{
    bug_unless(lock_owned(&cache.lock));
    __atomic_store_n(&stopper, t, __ATOMIC_SEQ_CST);
    tasks_lock_acquire();
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

void cache_lock(struct task *t)
{
    if (likely(!lock_acquire(&cache.lock))) return;
    __atomic_store_n(&stopper, NULL, __ATOMIC_SEQ_CST); /* the one that died, or nobody */
    stop_begin(t);
    cache_reset();
    stop_end(t);
}
