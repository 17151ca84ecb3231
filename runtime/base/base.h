// base.h: the few calls that concern the room as a whole. Everything else has its own header.
#ifndef CALQUE_RUNTIME_BASE_BASE_H
#define CALQUE_RUNTIME_BASE_BASE_H

#include "runtime/base/types.h"

// In the child right after thread_fork, before anything else of this room: frees or takes over the room's
// locks. parent_tid is the forking thread's id in the parent, noted before the fork.
void base_after_fork(u32 parent_tid);

// Move a descriptor of calque's own out of the guest's way: to 1000 or above, or as near to the top of
// RLIMIT_NOFILE as there is room; close-on-exec. Closes `fd` and returns the new number; on failure -errno
// and `fd` stays open.
int base_fd_move_high(int fd);

// The same without closing: a private copy.
int base_fd_copy_high(int fd);

#endif
