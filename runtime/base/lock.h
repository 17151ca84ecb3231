// lock.h: a mutual-exclusion lock of one word, on a private futex, that records its owner.
//
// The word is 0 when free, else the owner's thread id, with bit 31 set while somebody may be waiting. Knowing
// the owner is what lets the child of a fork free the locks of threads that it does not have, and lets a
// thread that locks twice end in a clear report instead of a hang. Not for signal handlers that may interrupt
// a holder.
//
// A process that shares our memory (CLONE_VM) may be killed while it holds a lock. Who waits looks from time to
// time whether the owner still lives, and takes the lock over from a dead one.
#ifndef CALQUE_RUNTIME_BASE_LOCK_H
#define CALQUE_RUNTIME_BASE_LOCK_H

#include "runtime/base/types.h"

struct lock {
    u32 word;
};
#define LOCK_INIT ((struct lock){0})

// Take the lock, sleeping in the kernel while another thread has it. Acquire order. Taking it twice is a
// bug(). True when it was taken over from an owner that died: what it guards may be half changed.
bool lock_acquire(struct lock *l);

// From now on owners are taken to be alive: thread ids no longer say who is who, because a process in another
// pid namespace shares our memory.
void lock_forbid_takeover(void);

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
