// thread.c: threads by raw clone. The system calls themselves stand in x86_64/thread_clone.S, the thread
// block in x86_64/thread_tls.c, the sanitizer builds' way in thread_pthread.c. See thread.h.
#include "runtime/base/thread.h"
#include "runtime/base/fmt.h"
#include "runtime/base/pages.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread_private.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u

__thread void *thread_self_slot __attribute__((tls_model("local-exec")));
__thread u32 thread_tid_slot __attribute__((tls_model("local-exec")));

u32 thread_tid(void)
{
    if (unlikely(thread_tid_slot == 0)) thread_tid_slot = (u32)raw_gettid();
    return thread_tid_slot;
}

// The thread's state as /proc tells it, or 0.
static char thread_state(u32 tid)
{
    char path[40], text[512];
    fmt_snprintf(path, sizeof path, "/proc/%u/stat", tid);
    int fd = (int)raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    long n = raw_read(fd, text, sizeof text - 1);
    raw_close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *state = strrchr(text, ')'); // behind the name, which may hold anything
    return state && state[1] ? state[2] : 0;
}

bool thread_gone(u32 tid)
{
    if (raw_syscall2(SYS_tkill, (long)tid, 0) == -ESRCH) return true;
    char state = thread_state(tid);
    return state == 'Z' || state == 'X';
}

// ---- memory ----

int thread_block_map(struct thread_block *b, size_t stack_size)
{
    size_t stack = align_up(stack_size, PAGE), tls = align_up(thread_tls_size(), PAGE);
    size_t size = PAGE + stack + tls;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE;
    long map = raw_mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (raw_is_error(map)) return (int)map;
    long err = raw_mprotect((void *)map, PAGE, PROT_NONE);
    if (err) {
        raw_munmap((void *)map, size);
        return (int)err;
    }
    char *low = (char *)map + PAGE;
    *b = (struct thread_block){(void *)map, size, low, low + stack, {0}};
    thread_tls_init(&b->tls, b->stack_top); // page-aligned, which is enough for any PT_TLS in practice
    return 0;
}

void thread_block_unmap(struct thread_block *b)
{
    pages_clear_marks(b->map, b->size);
    raw_munmap(b->map, b->size);
    *b = (struct thread_block){0};
}

// ---- making ----

// What the kernel would take but no C code could live with: two threads on one stack, or running at the same
// time on one thread block.
static bool clone_is_sound(u64 flags, const void *stack_top, const struct thread_tls *tls)
{
    if (!(flags & CLONE_VM)) return stack_top != NULL;
    return stack_top && (tls || (flags & CLONE_VFORK));
}

// A child must not find another thread's cached id: neither the caller's, whose thread block it copies or
// borrows when it has none of its own, nor that of the last thread that its block has served. A signal
// handler that runs between hide and show just asks the kernel again.
static u32 tid_hide(const struct thread_tls *tls)
{
    u32 tid = thread_tid();
    if (tls)
        thread_tls_forget(tls);
    else
        thread_tid_slot = 0;
    return tid;
}

static long tid_show(u32 tid, long ret)
{
    thread_tid_slot = tid;
    return ret;
}

static u64 with_settls(u64 flags, const struct thread_tls *tls)
{
    return tls ? flags | CLONE_SETTLS : flags & ~(u64)CLONE_SETTLS;
}

long thread_clone(u64 flags, void *stack_top, const struct thread_tls *tls, int (*fn)(void *), void *arg,
                  int *ptid, int *ctid)
{
    if (!clone_is_sound(flags, stack_top, tls)) return -EINVAL;
    if (THREAD_BY_PTHREAD) {
        if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
            return thread_clone_pthread(flags, fn, arg, ptid, ctid);
        tls = NULL; // only libc can lay out a block there
    }
    void *self = thread_self_slot; // a vfork child without a block of its own has set it
    u32 tid = tid_hide(tls);
    long ret = thread_clone_raw(with_settls(flags, tls), stack_top, ptid, ctid, tls ? tls->tp : NULL, fn, arg);
    thread_self_slot = self;
    return tid_show(tid, ret);
}

long thread_clone3(const struct clone_args *args, size_t size, void *stack_top, const struct thread_tls *tls,
                   int (*fn)(void *), void *arg)
{
    struct clone_args own = {0};
    if (size > sizeof own || size < CLONE_ARGS_SIZE_VER0) return -EINVAL;
    memcpy(&own, args, size);
    if (!clone_is_sound(own.flags, stack_top, tls)) return -EINVAL;
    if (THREAD_BY_PTHREAD) {
        if ((own.flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) return -ENOSYS;
        tls = NULL;
    }
    u64 *top = (u64 *)align_down((u64)stack_top, 16) - 2;
    own.stack = (u64)top - 16; // the kernel adds the two and wants neither to be 0
    own.stack_size = 16;
    own.flags = with_settls(own.flags, tls);
    own.tls = tls ? (u64)tls->tp : 0;
    void *self = thread_self_slot;
    u32 tid = tid_hide(tls);
    long ret = thread_clone3_raw(&own, size, top, fn, arg);
    thread_self_slot = self;
    return tid_show(tid, ret);
}

// ---- ending ----

void thread_exit(int status, void *map, size_t size)
{
    if (THREAD_BY_PTHREAD) thread_exit_pthread(status, map, size);
    if (!map) raw_exit(status);
    u64 all = ~(u64)0;
    raw_rt_sigprocmask(SIG_BLOCK, &all, NULL);
    thread_exit_raw(status, map, size);
}
