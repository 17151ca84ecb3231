// lock.c: the futex lock that records its owner. See lock.h.
#include "runtime/base/lock.h"
#include "runtime/base/error.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include <errno.h>
#include <time.h>

#define LOCK_WAITERS 0x80000000u // somebody may sleep on the word; a thread id never has this bit
#define PATIENCE_NS  20000000    // asleep this long, a waiter looks whether the owner lives
#define LOCK_SPINS   64          // tries before the first sleep: about as long as the sleep costs

static u32 lock_owner(u32 word)
{
    return word & ~LOCK_WAITERS;
}

static bool lock_change(struct lock *l, u32 from, u32 to)
{
    return __atomic_compare_exchange_n(&l->word, &from, to, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

bool lock_try(struct lock *l)
{
    return lock_change(l, 0, thread_tid());
}

static bool takeover_forbidden;

void lock_forbid_takeover(void)
{
    __atomic_store_n(&takeover_forbidden, true, __ATOMIC_RELAXED);
}

// Take the lock from an owner that is gone. `word` is what was slept on.
static bool take_over(struct lock *l, u32 word, u32 self)
{
    if (__atomic_load_n(&takeover_forbidden, __ATOMIC_RELAXED) || !thread_gone(lock_owner(word))) return false;
    return lock_change(l, word, self | LOCK_WAITERS);
}

// Sleep until the lock is free. Who has slept takes it with the waiters bit set: others may still be asleep.
// True when it was taken over from the dead.
static bool lock_sleep(struct lock *l, u32 self)
{
    const struct timespec patience = {.tv_nsec = PATIENCE_NS};
    for (;;) {
        u32 word = __atomic_load_n(&l->word, __ATOMIC_RELAXED);
        if (word == 0) {
            if (lock_change(l, 0, self | LOCK_WAITERS)) return false;
            continue;
        }
        if (!(word & LOCK_WAITERS) && !lock_change(l, word, word | LOCK_WAITERS)) continue;
        word |= LOCK_WAITERS;
        long r = raw_futex(&l->word, FUTEX_WAIT_PRIVATE, word, &patience, NULL, 0);
        if (r == -ETIMEDOUT && take_over(l, word, self)) return true;
    }
}

bool lock_acquire(struct lock *l)
{
    u32 self = thread_tid();
    if (likely(lock_change(l, 0, self))) return false;
    if (lock_owned(l)) bug("lock %p taken twice by thread %u", (void *)l, self);
    for (int i = 0; i < LOCK_SPINS; i++) {
        raw_pause();
        if (__atomic_load_n(&l->word, __ATOMIC_RELAXED) == 0 && lock_change(l, 0, self)) return false;
    }
    return lock_sleep(l, self);
}

void lock_release(struct lock *l)
{
    u32 word = __atomic_exchange_n(&l->word, 0, __ATOMIC_RELEASE);
    if (unlikely(lock_owner(word) != thread_tid()))
        bug("lock %p released by thread %u, owner is %u", (void *)l, thread_tid(), lock_owner(word));
    if (word & LOCK_WAITERS) raw_futex(&l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

bool lock_owned(const struct lock *l)
{
    return lock_owner(__atomic_load_n(&l->word, __ATOMIC_RELAXED)) == thread_tid();
}

bool lock_break_after_fork(struct lock *l, u32 parent_tid)
{
    u32 owner = lock_owner(__atomic_load_n(&l->word, __ATOMIC_RELAXED));
    if (owner == parent_tid && owner != 0) {
        __atomic_store_n(&l->word, thread_tid(), __ATOMIC_RELAXED);
        return false;
    }
    __atomic_store_n(&l->word, 0, __ATOMIC_RELAXED);
    return owner != 0;
}
