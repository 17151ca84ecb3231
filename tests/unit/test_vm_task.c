// test_vm_task.c: clone in its forms, thread ids in both byte orders, robust lists, with a stand-in for the dispatch loop:
// a child runs the function that its parent put into `next_child`. Guest addresses are host addresses here.
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/vm/robust.h"
#include "runtime/vm/task.h"
#include "runtime/vm/task_hooks.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <cmocka.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static struct mm mm;
static struct sighand sighand;
static struct task *t;
static u8 *mem; // a page below 2 GiB, shared with every child
static void (*next_child)(struct task *);
static u32 inits, frees, exits; // of the hooks
static struct task_clone_args regs_seen;

static u64 addr(u32 offset)
{
    return (u64)mem + offset;
}
static u32 raw_at(u32 offset)
{
    return __atomic_load_n((u32 *)(void *)(mem + offset), __ATOMIC_SEQ_CST);
}
static u32 word_at(u32 offset) // in the guest's byte order
{
    return process.guest_be ? __builtin_bswap32(raw_at(offset)) : raw_at(offset);
}
static void put_word(u32 offset, u32 v)
{
    gmem_store_u32(addr(offset), process.guest_be, v);
}

// ---- the hooks ----

static void child_init(struct task *child, struct task *parent)
{
    child->cpu = heap_alloc(sizeof *child->cpu);
    memcpy(child->cpu, parent->cpu, sizeof *child->cpu);
    child->cpu->poll = 0;
    child->cpu->task = child;
    __atomic_add_fetch(&inits, 1, __ATOMIC_SEQ_CST);
}
static void child_free(struct task *child)
{
    heap_free(child->cpu);
    __atomic_add_fetch(&frees, 1, __ATOMIC_SEQ_CST);
}
static void child_regs(struct task *child, const struct task_clone_args *a)
{
    child->cpu->exit_detail = (u64)next_child;
    regs_seen = *a;
}
__attribute__((noreturn)) static void run(struct task *c)
{
    sig_resume(c);
    ((void (*)(struct task *))c->cpu->exit_detail)(c);
    task_exit(c, 0);
}
static void nothing(struct task *c)
{
    (void)c;
}
static void nothing_in_child(struct task *c, u32 parent_tid)
{
    (void)c, (void)parent_tid;
}
static void at_exit_hook(void)
{
    exits++;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    u64 pc = (u64)regs[REG_RIP], rax = 0;
    if ((sig == SIGSEGV || sig == SIGBUS) && info->si_code > 0) {
        if (!gmem_fixup(&pc, &rax)) {
            signal(sig, SIG_DFL);
            return;
        }
        regs[REG_RIP] = (greg_t)pc;
        regs[REG_RAX] = (greg_t)rax;
        return;
    }
    sig_note(task_self(), sig, info, context);
}

static int set_up(void **state)
{
    (void)state;
    static struct cpu_head cpu;
    static struct task first;
    memset(&first, 0, sizeof first);
    memset(&cpu, 0, sizeof cpu);
    t = &first;
    mem = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (mem == MAP_FAILED) return -1;
    gmem_setup(0, ~0ull, 0);
    process.guest_be = false;
    process.guest_bits = 64;
    mm_init(&mm, 64, 4096);
    (void)__atomic_load_n(&sighand.refs, __ATOMIC_ACQUIRE); // the last test's threads are through with it
    memset(&sighand, 0, sizeof sighand);
    sighand.refs = 1;
    first.cpu = &cpu;
    cpu.task = t;
    first.mm = &mm;
    first.sighand = &sighand;
    first.tid = (int)thread_tid();
    tasks = NULL;
    inits = frees = exits = 0;
    thread_set_self_data(t);
    task_hooks = (struct task_hooks){child_init, child_free, child_regs, run, nothing, nothing, nothing_in_child, at_exit_hook};
    sig_host_handler = on_signal;
    u64 none = 0;
    raw_rt_sigprocmask(SIG_SETMASK, &none, NULL);
    sig_init(t);
    task_link(t);
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    return munmap(mem, 65536);
}

// By the test itself: cmocka installs handlers of its own before it calls one.
static void catch_faults(void)
{
    sig_init(t);
}

static s64 clone_with(u64 flags, u32 parent_off, u32 child_off, void (*fn)(struct task *))
{
    struct task_clone_args a = {.flags = flags};
    if (flags & CLONE_PARENT_SETTID) a.parent_tid = addr(parent_off);
    if (flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) a.child_tid = addr(child_off);
    next_child = fn;
    return task_clone(t, &a);
}

// The kernel clears the word and wakes: what pthread_join does. False after 10 s.
static bool wait_cleared(u32 offset)
{
    struct timespec limit = {10, 0};
    for (u32 v; (v = raw_at(offset)) != 0;)
        if (raw_futex((u32 *)(void *)(mem + offset), FUTEX_WAIT, v, &limit, NULL, 0) == -ETIMEDOUT) return false;
    return true;
}

static int wait_status(s64 pid)
{
    int status = -1;
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    return status;
}

static u32 map_count(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    u32 n = 0;
    for (int c; (c = getc(f)) != EOF;) n += c == '\n';
    fclose(f);
    return n;
}

// ---- threads ----

static void store_own_tid(struct task *c)
{
    put_word(64, (u32)c->tid);
    put_word(68, word_at(0));
    put_word(72, word_at(4));
    assert_true(task_self() == c);
}

static void thread_ids(bool be)
{
    process.guest_be = be;
    memset(mem, 0, 256);
    const u64 flags = THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    struct task_clone_args a = {flags, 0x5000, addr(0), addr(4), 0x6000, 0};
    put_word(4, 1);
    next_child = store_own_tid;
    s64 tid = task_clone(t, &a);
    assert_true(tid > 0);
    assert_int_equal(word_at(0), tid); // at once
    assert_true(wait_cleared(4));
    assert_int_equal(word_at(64), tid);
    assert_int_equal(word_at(68), tid);
    assert_int_equal(word_at(72), tid);
    assert_int_equal(regs_seen.stack, 0x5000);
    assert_int_equal(regs_seen.tls, 0x6000);
}

static void vm_task_thread_ids_in_both_byte_orders(void **state)
{
    (void)state;
    thread_ids(false);
    thread_ids(true);
}

static void end_at_once(struct task *c)
{
    (void)c;
}

// pthread_create's habit: one word is the parent's copy and what the kernel clears. A late store by the parent would make the
// join wait for ever.
static void vm_task_parents_copy_never_comes_late(void **state)
{
    (void)state;
    u32 times = getenv("CALQUE_LONG") ? 200000 : 4000;
    u32 maps = 0;
    for (u32 i = 0; i < times; i++) {
        process.guest_be = i & 1;
        s64 tid = clone_with(THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, 0, 0, end_at_once);
        assert_true(tid > 0);
        u32 v = word_at(0);
        assert_true(v == (u32)tid || v == 0);
        assert_true(wait_cleared(0));
        if (i == 100) maps = map_count();
    }
    assert_int_equal(raw_at(0), 0);
    assert_int_equal(inits, times);
    assert_int_equal(frees, times);
    assert_int_equal(sighand.refs, 1);
    if (!THREAD_BY_PTHREAD) // libc keeps stacks there
        assert_true(map_count() <= maps + 4); // the heap may have grown
    assert_ptr_equal(tasks, t);
    assert_null(t->next);
}

static void bad_store(struct task *c)
{
    put_word(64, (u32)c->tid);
}

static void vm_task_bad_id_addresses_are_survived(void **state)
{
    (void)state;
    catch_faults();
    const u64 bad = 0x10; // never mapped
    struct task_clone_args a = {.flags = THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, .parent_tid = bad, .child_tid = bad};
    next_child = bad_store;
    mem[64] = 0;
    s64 tid = task_clone(t, &a); // the kernel ignores it as well
    assert_true(tid > 0);
    while (word_at(64) != (u32)tid) raw_sched_yield();
    a = (struct task_clone_args){.flags = SIGCHLD | CLONE_PIDFD, .pidfd = bad};
    assert_int_equal(task_clone(t, &a), -EFAULT);
    a = (struct task_clone_args){.flags = SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, .parent_tid = bad, .child_tid = bad};
    tid = task_clone(t, &a);
    if (tid == 0) raw_exit_group(0);
    assert_int_equal(wait_status(tid), 0);
}

static void vm_task_flags_that_the_kernel_refuses(void **state)
{
    (void)state;
    const u64 rows[] = {
        CLONE_SIGHAND, CLONE_THREAD, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_SIGHAND, CLONE_NEWNS | CLONE_FS,
        THREAD | CLONE_NEWUSER, CLONE_NEWIPC | CLONE_SYSVSEM,
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        if (THREAD_BY_PTHREAD && (rows[i] & CLONE_VM)) continue; // libc makes the thread there, from its own flags
        /* refused, or else it would run on a stack of zeros */
        long host = raw_syscall5(SYS_clone, (long)(rows[i] | SIGCHLD), rows[i] & CLONE_VM ? (long)mem + 32768 : 0, 0, 0, 0);
        if (host == 0) raw_exit_group(0);
        struct task_clone_args a = {.flags = rows[i] | SIGCHLD};
        next_child = end_at_once;
        s64 ours = task_clone(t, &a);
        if (ours == 0) raw_exit_group(0);
        assert_int_equal(ours, host);
    }
    struct task_clone_args a = {.flags = SIGCHLD | CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = addr(0), .parent_tid = addr(0)};
    assert_int_equal(task_clone(t, &a), -EINVAL);
    a = (struct task_clone_args){.flags = SIGCHLD | 1ull << 33}; // CLONE_INTO_CGROUP
    assert_int_equal(task_clone(t, &a), -EINVAL);
    a = (struct task_clone_args){.flags = THREAD | CLONE_CLEAR_SIGHAND};
    assert_int_equal(task_clone(t, &a), -EINVAL);
    assert_int_equal(inits, frees);
}

// ---- vfork ----

static void write_and_exit(struct task *c)
{
    put_word(0, 4711);
    put_word(4, (u32)c->tid);
    task_exit(c, 7);
}
static void exit_group_7(struct task *c)
{
    task_exit_group(c, 7);
}
static void die_by_signal(struct task *c)
{
    (void)c;
    raw_kill(raw_getpid(), SIGKILL);
}
static void die_by_guest_signal(struct task *c)
{
    sig_die(c, SIGTERM);
}

static void vm_task_vfork_child_writes_the_parents_memory_and_leaves_nothing(void **state)
{
    (void)state;
    const u64 flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    u32 maps = 0;
    for (u32 i = 0; i < 120; i++) {
        put_word(0, 0);
        s64 pid = clone_with(flags, 0, 0, write_and_exit);
        assert_true(pid > 0);
        assert_int_equal(word_at(0), 4711); // it has run before we go on
        assert_int_equal(word_at(4), pid);
        assert_int_equal(wait_status(pid), 7 << 8);
        assert_int_equal(wait_status(clone_with(flags, 0, 0, exit_group_7)), 7 << 8);
        assert_int_equal(wait_status(clone_with(flags, 0, 0, die_by_signal)), SIGKILL);
        assert_int_equal(wait_status(clone_with(flags, 0, 0, die_by_guest_signal)), SIGTERM);
        if (i == 20) maps = map_count();
    }
    assert_int_equal(inits, 480);
    assert_int_equal(frees, 480);
    assert_int_equal(exits, 0); // the hook is not for them
    assert_int_equal(map_count(), maps);
    assert_ptr_equal(tasks, t);
    assert_null(t->next);
    u64 mask;
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(mask, 0);
}

static void slow_exec(struct task *c)
{
    (void)c;
    char *argv[] = {(char *)"true", NULL}, *envp[] = {NULL};
    put_word(0, 1);
    raw_execveat(AT_FDCWD, "/bin/true", argv, envp, 0);
    raw_exit_group(99);
}

static void vm_task_vfork_child_execs(void **state)
{
    (void)state;
    s64 pid = clone_with(CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, slow_exec);
    assert_int_equal(word_at(0), 1);
    assert_int_equal(wait_status(pid), 0);
    assert_int_equal(frees, 1);
}

// CLONE_VFORK alone: the child has memory of its own, and still the parent waits until it has exited or called exec.
static void vm_task_vfork_without_shared_memory_waits(void **state)
{
    (void)state;
    for (int exec = 0; exec < 2; exec++) {
        int open_before = dup(0);
        close(open_before);
        put_word(0, 0);
        struct task_clone_args a = {.flags = CLONE_VFORK | SIGCHLD};
        s64 pid = task_clone(t, &a);
        if (pid == 0) {
            struct timespec nap = {0, 30000000};
            raw_nanosleep(&nap, NULL);
            put_word(0, 1); // mem is a shared mapping
            if (exec) slow_exec(t);
            task_exit_group(t, 0);
        }
        assert_int_equal(word_at(0), 1);
        assert_int_equal(wait_status(pid), 0);
        int now = dup(0);
        assert_int_equal(now, open_before); // no descriptor stays
        close(now);
    }
}

// A process that shares memory and goes its own way: neither thread nor vfork.
static void vm_task_process_that_shares_memory(void **state)
{
    (void)state;
    if (THREAD_BY_PTHREAD) skip(); // a sanitizer build makes a thread of it
    process.guest_be = true;
    s64 pid = clone_with(CLONE_VM | SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, 16, 20, write_and_exit);
    assert_true(pid > 0);
    assert_int_equal(word_at(16), pid);
    assert_int_equal(wait_status(pid), 7 << 8);
    assert_int_equal(word_at(0), 4711);
    assert_int_equal(word_at(20), pid);
    assert_int_equal(frees, 1);
}

// ---- fork ----

static void fork_ids(bool be)
{
    process.guest_be = be;
    memset(mem, 0, 64);
    u32 *copied = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct task_clone_args a = {.flags = SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_PIDFD};
    a.parent_tid = (u64)&copied[0];
    a.child_tid = (u64)&copied[1];
    a.pidfd = addr(8);
    t->robust_list = 0x1000;
    s64 pid = task_clone(t, &a);
    if (pid == 0) {
        u32 self = be ? __builtin_bswap32((u32)getpid()) : (u32)getpid();
        bool ok = copied[0] == 0 && copied[1] == self && t->tid == getpid() && t->robust_list == 0 && tasks == t && !t->next &&
                  !t->clear_child_tid;
        raw_exit_group(ok ? 5 : 6);
    }
    u32 want = be ? __builtin_bswap32((u32)pid) : (u32)pid;
    assert_int_equal(copied[0], want);
    assert_int_equal(copied[1], 0);
    int fd = (int)word_at(8);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    assert_int_equal(waitid((idtype_t)3 /* P_PIDFD */, (id_t)fd, &info, WEXITED), 0);
    assert_int_equal(info.si_status, 5);
    close(fd);
    munmap(copied, 4096);
    t->robust_list = 0;
}

static void vm_task_fork_ids_in_both_byte_orders(void **state)
{
    (void)state;
    fork_ids(false);
    fork_ids(true);
}

static void vm_task_fork_passes_no_pending_signal_on(void **state)
{
    (void)state;
    struct sig_action a = {.handler = 0x1234};
    sig_set_action(t, SIGUSR1, &a, NULL);
    sig_set_mask(t, 1ull << (SIGHUP - 1));
    raw_kill(raw_getpid(), SIGUSR1);
    assert_true(t->sig.taken);
    s64 pid = clone_with(SIGCHLD, 0, 0, NULL);
    if (pid == 0) {
        siginfo_t info;
        bool forced;
        u64 mask;
        raw_rt_sigprocmask(SIG_SETMASK, NULL, &mask);
        bool ok = !sig_next(t, &info, &forced) && mask == 1ull << (SIGHUP - 1) && t->cpu->poll == 0;
        raw_kill(raw_getpid(), SIGUSR1);
        raw_exit_group(ok && t->sig.taken ? 0 : 1);
    }
    assert_int_equal(wait_status(pid), 0);
    assert_true(t->sig.taken); // it is the parent's
    siginfo_t info;
    bool forced;
    assert_true(sig_next(t, &info, &forced));
    sig_resume(t);
    sig_set_mask(t, 0);
    struct sig_action dfl = {0};
    sig_set_action(t, SIGUSR1, &dfl, NULL);
}

static void vm_task_clear_sighand(void **state)
{
    (void)state;
    struct sig_action a = {.handler = 0x1234}, ign = {.handler = 1}, now;
    sig_set_action(t, SIGUSR1, &a, NULL);
    sig_set_action(t, SIGUSR2, &ign, NULL);
    s64 pid = clone_with(SIGCHLD | CLONE_CLEAR_SIGHAND, 0, 0, NULL);
    if (pid == 0) {
        struct raw_sigaction h;
        raw_rt_sigaction(SIGUSR1, NULL, &h);
        sig_get_action(t, SIGUSR1, &now);
        bool ok = now.handler == 0 && h.handler == NULL;
        raw_rt_sigaction(SIGUSR2, NULL, &h);
        sig_get_action(t, SIGUSR2, &now);
        raw_exit_group(ok && now.handler == 1 && h.handler == (void *)1 ? 0 : 1);
    }
    assert_int_equal(wait_status(pid), 0);
    sig_get_action(t, SIGUSR1, &now);
    assert_int_equal(now.handler, 0x1234);
    struct sig_action dfl = {0};
    sig_set_action(t, SIGUSR1, &dfl, NULL);
    sig_set_action(t, SIGUSR2, &dfl, NULL);
}

static bool stop_busy;

// Every lock of the room and the heap's, all the time.
static void busy(struct task *c)
{
    struct sig_action a;
    while (!__atomic_load_n(&stop_busy, __ATOMIC_RELAXED)) {
        s64 at = mm_map(c->mm, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        sig_get_action(c, SIGUSR1, &a);
        if (at > 0) mm_unmap(c->mm, (gaddr)at, 4096);
        heap_free(heap_alloc(100));
        lock_acquire(&tasks_lock);
        lock_release(&tasks_lock);
    }
}

static void vm_task_fork_while_another_thread_holds_locks(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); // the child would inherit the sanitizer's own locks, some held by threads that it does not have
#endif
    __atomic_store_n(&stop_busy, false, __ATOMIC_RELAXED);
    for (u32 i = 0; i < 2; i++) {
        put_word(32 + 4 * i, 1);
        assert_true(clone_with(THREAD | CLONE_CHILD_CLEARTID, 0, 32 + 4 * i, busy) > 0);
    }
    for (u32 i = 0; i < 200; i++) {
        s64 pid = clone_with(SIGCHLD, 0, 0, NULL);
        if (pid == 0) {
            alarm(60); // a lock that stays taken would hang
            struct sig_action a = {.handler = 1};
            s64 at = mm_map(&mm, 0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            bool ok = at > 0 && mm_unmap(&mm, (gaddr)at, 8192) == 0 && sig_set_action(t, SIGUSR2, &a, NULL) == 0;
            lock_acquire(&tasks_lock);
            lock_release(&tasks_lock);
            heap_free(heap_alloc(100));
            raw_exit_group(ok && tasks == t && !t->next ? 0 : 1);
        }
        assert_int_equal(wait_status(pid), 0);
    }
    __atomic_store_n(&stop_busy, true, __ATOMIC_RELAXED);
    assert_true(wait_cleared(32) && wait_cleared(36));
}

static void vm_task_last_exit_runs_the_hook(void **state)
{
    (void)state;
    s64 pid = clone_with(SIGCHLD, 0, 0, NULL);
    if (pid == 0) {
        task_hooks.at_exit = NULL;
        put_word(0, 0);
        task_exit(t, 3);
    }
    assert_int_equal(wait_status(pid), 3 << 8);
    pid = clone_with(SIGCHLD, 0, 0, NULL);
    if (pid == 0) task_exit_group(t, 4);
    assert_int_equal(wait_status(pid), 4 << 8);
    assert_int_equal(exits, 0); // those were the children's
}

// ---- robust lists ----

static u32 word_size;

static void put(u32 offset, u64 v)
{
    if (word_size == 8)
        gmem_store_u64(addr(offset), process.guest_be, v);
    else
        gmem_store_u32(addr(offset), process.guest_be, (u32)v);
}

#define HEAD   0x100u
#define ENTRY  0x200u // entry i at ENTRY + 0x20 * i, its futex word 12 bytes before it
#define FUTEX  (-12)
#define WAIT   0x80000000u
#define DIED   0x40000000u

static u32 entry(u32 i)
{
    return ENTRY + 0x20 * i;
}
static void set_futex(u32 i, u32 v)
{
    put_word(entry(i) - 12, v);
}
static u32 futex(u32 i)
{
    return word_at(entry(i) - 12);
}

// A list of n entries; the last one's next is the head.
static void make_list(u32 n, u32 pending)
{
    memset(mem, 0, 4096);
    put(HEAD, n ? addr(entry(0)) : addr(HEAD));
    put(HEAD + word_size, (u64)(s64)FUTEX);
    put(HEAD + 2 * word_size, pending ? addr(entry(pending)) : 0);
    for (u32 i = 0; i < n; i++) put(entry(i), i + 1 < n ? addr(entry(i + 1)) : addr(HEAD));
    t->robust_list = addr(HEAD);
}

static void robust_walk(void)
{
    const u32 me = (u32)t->tid;
    make_list(4, 0);
    set_futex(0, me);
    set_futex(1, me | WAIT);
    set_futex(2, me + 1); // another's
    set_futex(3, 0);
    robust_list_exit(t);
    assert_int_equal(futex(0), DIED);
    assert_int_equal(futex(1), DIED | WAIT);
    assert_int_equal(futex(2), me + 1);
    assert_int_equal(futex(3), 0);
    assert_int_equal(t->robust_list, 0);
    make_list(0, 5); // a lock operation was under way
    set_futex(5, me);
    robust_list_exit(t);
    assert_int_equal(futex(5), DIED);
    make_list(2, 1); // pending and in the list: once, as pending
    set_futex(0, me);
    set_futex(1, me);
    robust_list_exit(t);
    assert_int_equal(futex(0), DIED);
    assert_int_equal(futex(1), DIED);
    make_list(2, 0); // priority inheritance: bit 0 of the pointer
    put(HEAD, addr(entry(0)) | 1);
    put(entry(0), addr(entry(1)) | 1);
    set_futex(0, me | WAIT);
    set_futex(1, me);
    robust_list_exit(t);
    assert_int_equal(futex(0), DIED | WAIT);
    assert_int_equal(futex(1), DIED);
}

static void robust_broken(void)
{
    const u32 me = (u32)t->tid;
    make_list(3, 6); // an entry that cannot be read ends the walk behind its futex, pending and all
    put(entry(0), 0x10);
    set_futex(0, me);
    set_futex(1, me);
    set_futex(6, me);
    robust_list_exit(t);
    assert_int_equal(futex(0), DIED);
    assert_int_equal(futex(1), me);
    assert_int_equal(futex(6), me);
    make_list(1, 0); // a circle that misses the head ends
    put(entry(0), addr(entry(0)));
    set_futex(0, me);
    robust_list_exit(t);
    assert_int_equal(futex(0), DIED);
    make_list(1, 0); // a futex that is not aligned
    put(HEAD + word_size, (u64)(s64)(FUTEX + 1));
    set_futex(0, me);
    robust_list_exit(t);
    assert_int_equal(futex(0), me);
    t->robust_list = 0x10;
    robust_list_exit(t);
    t->robust_list = 0;
    robust_list_exit(t);
}

static void sleep_on_futex(struct task *c)
{
    (void)c;
    struct timespec limit = {20, 0};
    u32 v = raw_at(entry(0) - 12);
    put_word(0x80, 1);
    long r = raw_futex((u32 *)(void *)(mem + entry(0) - 12), FUTEX_WAIT, v, &limit, NULL, 0);
    put_word(0x84, r == 0 ? 1 : r == -EAGAIN ? 2 : 3);
}

static void robust_wakes(bool pending)
{
    make_list(pending ? 0 : 1, 0);
    if (pending) put(HEAD + 2 * word_size, addr(entry(0)));
    set_futex(0, pending ? 0 : (u32)t->tid | WAIT); // pending with 0: it died between unlocking and waking
    put_word(0x88, 1);
    assert_true(clone_with(THREAD | CLONE_CHILD_CLEARTID, 0, 0x88, sleep_on_futex) > 0);
    while (!word_at(0x80)) raw_sched_yield();
    struct timespec nap = {0, 20000000}; // most likely asleep then; if not it finds the word changed
    raw_nanosleep(&nap, NULL);
    robust_list_exit(t);
    assert_true(wait_cleared(0x88));
    assert_true(word_at(0x84) == 1 || (!pending && word_at(0x84) == 2));
}

static void vm_task_robust_lists_in_all_layouts(void **state)
{
    (void)state;
    catch_faults();
    for (u32 bits = 32; bits <= 64; bits += 32)
        for (int be = 0; be < 2; be++) {
            process.guest_bits = bits;
            process.guest_be = be;
            word_size = bits / 8;
            robust_walk();
            robust_broken();
            robust_wakes(false);
            robust_wakes(true);
        }
}

static void leave_locked(struct task *c)
{
    c->robust_list = addr(HEAD);
    set_futex(0, (u32)c->tid);
}

static void vm_task_robust_lists_at_every_end(void **state)
{
    (void)state;
    catch_faults();
    process.guest_bits = 32;
    process.guest_be = true;
    word_size = 4;
    make_list(1, 0);
    t->robust_list = 0;
    put_word(0x88, 1);
    assert_true(clone_with(THREAD | CLONE_CHILD_CLEARTID, 0, 0x88, leave_locked) > 0);
    assert_true(wait_cleared(0x88));
    assert_int_equal(futex(0), DIED); // a thread's exit
    for (int how = 0; how < 3; how++) {
        make_list(1, 0);
        t->robust_list = 0;
        s64 pid = clone_with(SIGCHLD, 0, 0, NULL);
        if (pid == 0) {
            leave_locked(t);
            if (how == 0) task_exit(t, 0);
            if (how == 1) task_exit_group(t, 0);
            sig_die(t, SIGTERM);
        }
        assert_int_equal(wait_status(pid), how == 2 ? SIGTERM : 0);
        assert_int_equal(futex(0), DIED);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(vm_task_thread_ids_in_both_byte_orders),
        T(vm_task_parents_copy_never_comes_late),
        T(vm_task_bad_id_addresses_are_survived),
        T(vm_task_flags_that_the_kernel_refuses),
        T(vm_task_vfork_child_writes_the_parents_memory_and_leaves_nothing),
        T(vm_task_vfork_child_execs),
        T(vm_task_vfork_without_shared_memory_waits),
        T(vm_task_process_that_shares_memory),
        T(vm_task_fork_ids_in_both_byte_orders),
        T(vm_task_fork_passes_no_pending_signal_on),
        T(vm_task_clear_sighand),
        T(vm_task_fork_while_another_thread_holds_locks),
        T(vm_task_last_exit_runs_the_hook),
        T(vm_task_robust_lists_in_all_layouts),
        T(vm_task_robust_lists_at_every_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
