// thread_private.h: what thread.c shares with the files behind it. Private to runtime/base.
#ifndef CALQUE_RUNTIME_BASE_THREAD_PRIVATE_H
#define CALQUE_RUNTIME_BASE_THREAD_PRIVATE_H

#include "runtime/base/thread.h"

// x86_64/thread_clone.S
long thread_clone_raw(u64 flags, void *stack_top, int *ptid, int *ctid, void *tp, int (*fn)(void *),
                      void *arg);
long thread_clone3_raw(const struct clone_args *args, size_t size, u64 *top, int (*fn)(void *), void *arg);
_Noreturn void thread_exit_raw(int status, void *map, size_t size);

// x86_64/thread_tls.c: clear thread_self_data and the cached id of a block that no thread is using.
void thread_tls_forget(const struct thread_tls *tls);

// thread_pthread.c; empty shells but in sanitizer builds.
long thread_clone_pthread(u64 flags, int (*fn)(void *), void *arg, int *ptid, int *ctid);
_Noreturn void thread_exit_pthread(int status, void *map, size_t size);
// In the child of a fork.
void thread_after_fork_pthread(void);

#endif
