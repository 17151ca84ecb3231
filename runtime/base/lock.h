// lock.h: a mutual-exclusion lock of one word, on a private futex, that records its owner.
//
// The word is 0 when free, else the owner's thread id, with bit 31 set while somebody may be waiting. Knowing
// the owner is what lets the child of a fork free the locks of threads that it does not have, and lets a
// thread that locks twice end in a clear report instead of a hang. Not for signal handlers that may interrupt
// a holder.
#ifndef CALQUE_RUNTIME_BASE_LOCK_H
#define CALQUE_RUNTIME_BASE_LOCK_H

#include "runtime/base/types.h"

struct lock {
    u32 word;
};
#define LOCK_INIT ((struct lock){0})

// Take the lock, sleeping in the kernel while another thread has it. Acquire order. Taking it twice is a
// bug().
void lock_acquire(struct lock *l);

// Take it if it is free; true when taken.
bool lock_try(struct lock *l);

// Give it back. Release order. Releasing a lock that the caller does not own is a bug().
void lock_release(struct lock *l);

// True when the calling thread holds it.
bool lock_owned(const struct lock *l);

// In the child of a fork, which has copied the word: a lock that the forking thread held (parent_tid is its
// id in the parent) now belongs to the caller; one that any other thread held is freed, and true says so:
// what it guards may be half changed. Call before the child takes any lock.
bool lock_break_after_fork(struct lock *l, u32 parent_tid);

#endif
