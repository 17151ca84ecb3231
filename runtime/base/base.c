// base.c: what concerns the room as a whole. See base.h.
#include "runtime/base/base.h"
#include "runtime/base/heap.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread_private.h"

#define FD_HIGH 1000 // programs that close or reuse "all" descriptors rarely look this far up
#define FD_ROOM 16   // numbers left between a descriptor of ours and the top of a small limit

void base_after_fork(u32 parent_tid)
{
    thread_after_fork_pthread();
    heap_after_fork(parent_tid);
}

// The lowest number to ask for, given the soft limit.
static int high_floor(void)
{
    struct rlimit rl;
    if (raw_prlimit(0, RLIMIT_NOFILE, NULL, &rl) < 0 || rl.rlim_cur >= FD_HIGH + FD_ROOM) return FD_HIGH;
    return rl.rlim_cur > FD_ROOM ? (int)rl.rlim_cur - FD_ROOM : 0;
}

int base_fd_copy_high(int fd)
{
    return (int)raw_fcntl(fd, F_DUPFD_CLOEXEC, high_floor());
}

int base_fd_move_high(int fd)
{
    int high = base_fd_copy_high(fd);
    if (high >= 0) raw_close(fd);
    return high;
}
