// lock.c: the futex lock that records its owner. See lock.h.
#include "runtime/base/lock.h"
#include "runtime/base/error.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"

#define LOCK_WAITERS 0x80000000u // somebody may sleep on the word; a thread id never has this bit
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

// Sleep until the lock is free. Who has slept takes it with the waiters bit set: others may still be asleep.
static void lock_sleep(struct lock *l, u32 self)
{
    for (;;) {
        u32 word = __atomic_load_n(&l->word, __ATOMIC_RELAXED);
        if (word == 0) {
            if (lock_change(l, 0, self | LOCK_WAITERS)) return;
            continue;
        }
        if (!(word & LOCK_WAITERS) && !lock_change(l, word, word | LOCK_WAITERS)) continue;
        raw_futex(&l->word, FUTEX_WAIT_PRIVATE, word | LOCK_WAITERS, NULL, NULL, 0);
    }
}

void lock_acquire(struct lock *l)
{
    u32 self = thread_tid();
    if (likely(lock_change(l, 0, self))) return;
    if (lock_owned(l)) bug("lock %p taken twice by thread %u", (void *)l, self);
    for (int i = 0; i < LOCK_SPINS; i++) {
        raw_pause();
        if (__atomic_load_n(&l->word, __ATOMIC_RELAXED) == 0 && lock_change(l, 0, self)) return;
    }
    lock_sleep(l, self);
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
    u32 owner = lock_owner(l->word);
    if (owner == parent_tid && owner != 0) {
        l->word = thread_tid();
        return false;
    }
    l->word = 0;
    return owner != 0;
}
