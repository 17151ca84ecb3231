// pages.h: whole pages for the allocators of this room. Private to runtime/base.
#ifndef CALQUE_RUNTIME_BASE_PAGES_H
#define CALQUE_RUNTIME_BASE_PAGES_H

#include "runtime/base/types.h"

#define PAGE_BYTES 4096u

// `size` (a multiple of PAGE_BYTES) zeroed bytes; never NULL: out of memory ends the process with one line.
void *pages_map(size_t size);

// The same memory at another size, moved if need be; what is added is zero.
void *pages_remap(void *p, size_t old_size, size_t new_size);

void pages_unmap(void *p, size_t size);

// For memory that a stack has lain in. AddressSanitizer marks the frames of a stack; what a thread or a vfork child leaves
// behind without returning would be held against the memory's next owner. Does nothing in other builds.
void pages_clear_marks(void *p, size_t size);

#endif
