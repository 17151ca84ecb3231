// heap.h: malloc's place: objects of any size, freed one by one, from any thread.
//
// Size classes over mapped memory, a futex lock a class. Not async-signal-safe. Alignment 16. Large objects
// are mappings of their own. Out of memory ends the process with one clear line; a pointer that heap_alloc
// never gave, or that is freed twice, is a bug(). Signatures are those that capstone's cs_opt_mem wants.
#ifndef CALQUE_RUNTIME_BASE_HEAP_H
#define CALQUE_RUNTIME_BASE_HEAP_H

#include "runtime/base/types.h"

// `size` bytes of undefined content; never NULL, size 0 gives a distinct pointer.
void *heap_alloc(size_t size);

// Zeroed; count * size is checked for overflow.
void *heap_calloc(size_t count, size_t size);

// As realloc: NULL allocates; content is kept up to the smaller size. Size 0 gives a live object of size 0.
void *heap_realloc(void *p, size_t size);

// NULL is allowed.
void heap_free(void *p);

char *heap_strdup(const char *s);
char *heap_strndup(const char *s, size_t n); // at most n bytes of s, NUL added

// In the child of a fork: see lock_break_after_fork. base_after_fork calls it.
void heap_after_fork(u32 parent_tid);

#endif
