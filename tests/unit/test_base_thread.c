// test_base_thread.c: threads by raw clone, the fork door, locks, and the heap and the log used by many at
// once.
//
// A plain program, not a cmocka one, so that it can also be linked statically, as calque is: raw-cloned
// threads must find their thread block laid out right under static, static PIE and dynamic linking. Code that
// runs in a raw-cloned thread calls nothing of libc but mem* and str*. The log file is checked by the parent.
#include "runtime/base/base.h"
#include "runtime/base/heap.h"
#include "runtime/base/lock.h"
#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(cond)                                                                                          \
    do {                                                                                                     \
        if (!(cond)) failed(__LINE__, #cond);                                                                \
    } while (0)

static u32 failures;

static void failed(int line, const char *what)
{
    char text[200];
    int n = fmt_snprintf(text, sizeof text, "line %d: %s is false (thread %d)\n", line, what, raw_gettid());
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    fd_write_all(2, text, (size_t)n);
}

// ---- threads ----

#define THREADS 4
#define THREAD_FLAGS                                                                                         \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |                      \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

struct worker {
    struct thread_block block;
    int (*fn)(struct worker *);
    int tid; // cleared by the kernel when the thread has gone
    int parent_tid;
    u32 number;
    u32 rng;
};

static int worker_main(void *arg)
{
    struct worker *w = arg;
    thread_set_self_data(w);
    return w->fn(w);
}

static void worker_start(struct worker *w, int (*fn)(struct worker *), u32 number)
{
    *w = (struct worker){.fn = fn, .number = number, .rng = 0x1234567 + number * 77777, .tid = -1};
    CHECK(thread_block_map(&w->block, 128 * KiB) == 0);
    long tid = thread_clone(THREAD_FLAGS, w->block.stack_top, &w->block.tls, worker_main, w, &w->parent_tid,
                            &w->tid);
    CHECK(tid > 0);
    CHECK(w->parent_tid == (int)tid);
    if (tid <= 0) exit(1);
}

// The word is -1 until the kernel clears it.
static void worker_wait(struct worker *w)
{
    int now;
    while ((now = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)) != 0)
        raw_futex((u32 *)&w->tid, FUTEX_WAIT, (u32)now, NULL, NULL, 0);
}

static void worker_join(struct worker *w)
{
    worker_wait(w);
    thread_block_unmap(&w->block);
}

static struct worker workers[THREADS];

static void run_workers(int (*fn)(struct worker *))
{
    for (u32 i = 0; i < THREADS; i++) worker_start(&workers[i], fn, i);
    for (u32 i = 0; i < THREADS; i++) worker_join(&workers[i]);
}

static u32 next(u32 *rng)
{
    *rng ^= *rng << 13;
    *rng ^= *rng >> 17;
    return *rng ^= *rng << 5;
}

static bool all_bytes(const u8 *p, u8 byte, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != byte) return false;
    return true;
}

// ---- the thread block ----

static __thread u32 tls_number = 0xfeedface;
static __thread u64 tls_zero[7];
static __thread char tls_text[11] = "image";
static __thread char tls_aligned[64] __attribute__((aligned(64))) = "aligned";

static u64 canary(void)
{
    u64 v;
    __asm__("movq %%fs:0x28, %0" : "=r"(v));
    return v;
}
static u64 parent_canary;

// An array that gcc's stack protector guards when it is on.
__attribute__((noinline)) static size_t guarded_frame(u32 n)
{
    volatile char text[64];
    for (u32 i = 0; i < sizeof text; i++) text[i] = (char)(n + i);
    return (size_t)(u8)text[n % 64];
}

static int see_thread_block(struct worker *w)
{
    CHECK(tls_number == 0xfeedface);
    CHECK(all_bytes((const u8 *)tls_zero, 0, sizeof tls_zero));
    CHECK(strcmp(tls_text, "image") == 0);
    CHECK(strcmp(tls_aligned, "aligned") == 0);
    CHECK(is_aligned((u64)tls_aligned, 64));
    CHECK(canary() == parent_canary);
    CHECK(guarded_frame(w->number) == (u8)(2 * w->number));
    CHECK(thread_self_data() == w);
    CHECK(thread_tid() == (u32)raw_gettid());
    char here;
    if (!THREAD_BY_PTHREAD) CHECK(&here >= (char *)w->block.stack && &here < (char *)w->block.stack_top);
    tls_number = w->number; // nobody else's
    memset(tls_zero, 0xff, sizeof tls_zero);
    raw_sched_yield();
    CHECK(tls_number == w->number);
    return 0;
}

static void threads_have_their_own_variables(void)
{
    parent_canary = canary();
    thread_set_self_data(&parent_canary);
    run_workers(see_thread_block);
    CHECK(thread_self_data() == &parent_canary);
    CHECK(tls_number == 0xfeedface);
    CHECK(thread_tid() == (u32)raw_gettid());
}

// ---- locks ----

static struct lock lock;
static u64 counter;

static int count_up(struct worker *w)
{
    for (int i = 0; i < 20000; i++) {
        if (i % 16 != 0 || !lock_try(&lock)) lock_acquire(&lock);
        CHECK(lock_owned(&lock));
        u64 seen = *(volatile u64 *)&counter;
        if (i % 512 == 0) raw_sched_yield(); // so that others really wait
        *(volatile u64 *)&counter = seen + 1;
        lock_release(&lock);
    }
    CHECK(w->number < THREADS);
    return 0;
}

static void lock_excludes(void)
{
    run_workers(count_up);
    CHECK(counter == (u64)THREADS * 20000);
    CHECK(lock.word == 0);
    CHECK(!lock_owned(&lock));
}

static int try_taken_lock(struct worker *w)
{
    (void)w;
    CHECK(!lock_try(&lock));
    CHECK(!lock_owned(&lock));
    return 0;
}

static void lock_try_fails_on_a_taken_lock(void)
{
    lock_acquire(&lock);
    run_workers(try_taken_lock);
    lock_release(&lock);
}

// ---- heap ----

#define SLOTS 64

// Objects pass from thread to thread through this table.
static struct shared_slot {
    struct lock lock;
    u8 *p;
    size_t n;
} slots[SLOTS];

static int churn(struct worker *w)
{
    for (int i = 0; i < 8000; i++) {
        struct shared_slot *s = &slots[next(&w->rng) % SLOTS];
        lock_acquire(&s->lock);
        u8 *old = s->p;
        size_t old_n = s->n;
        s->n = next(&w->rng) % (i % 64 == 0 ? 70000 : 900);
        s->p = memset(heap_alloc(s->n + 1), (u8)s->n, s->n + 1);
        lock_release(&s->lock);
        if (old) CHECK(all_bytes(old, (u8)old_n, old_n + 1));
        heap_free(old);
    }
    return 0;
}

static void heap_objects_stay_intact_among_threads(void)
{
    run_workers(churn);
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].p) CHECK(all_bytes(slots[i].p, (u8)slots[i].n, slots[i].n + 1));
        heap_free(slots[i].p);
    }
}

// ---- ends ----

static int exit_unmapped(struct worker *w)
{
    struct thread_block b = w->block;
    thread_exit(0, b.map, b.size);
}

static void thread_exit_unmaps_its_own_stack(void)
{
    worker_start(&workers[0], exit_unmapped, 0);
    worker_wait(&workers[0]);
    struct thread_block *b = &workers[0].block;
    for (size_t at = 0; at < b->size; at += 4096) {
        unsigned char in_core;
        CHECK(mincore((char *)b->map + at, 4096, &in_core) == -1 && errno == ENOMEM);
    }
}

// ---- fork ----

static int wait_for(long pid)
{
    int status = -1;
    CHECK(raw_wait4((int)pid, &status, __WALL, NULL) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Ends the child of a fork: with 0 when all its checks held.
_Noreturn static void child_end(u32 failures_before)
{
    raw_exit_group(failures == failures_before ? 0 : 99);
}

static void fork_child_has_an_id_of_its_own(void)
{
    u32 parent = thread_tid(), before = failures;
    int child_tid = -1, parent_view = -1;
    long pid = thread_fork(SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_SETTLS, &parent_view,
                           &child_tid);
    if (pid == 0) {
        CHECK(thread_tid() == (u32)raw_gettid() && thread_tid() != parent);
        CHECK(child_tid == raw_gettid());
        CHECK(raw_getppid() == (int)parent);
        child_end(before);
    }
    CHECK(pid > 0);
    CHECK(parent_view == (int)pid && child_tid == -1);
    CHECK(thread_tid() == parent);
    CHECK(wait_for(pid) == 0);
}

static struct lock held_by_other, held_by_me, held_by_none;
static u32 stage;

static int hold_a_lock(struct worker *w)
{
    (void)w;
    lock_acquire(&held_by_other);
    __atomic_store_n(&stage, 1, __ATOMIC_RELEASE);
    raw_futex(&stage, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 2)
        raw_futex(&stage, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    CHECK(lock_owned(&held_by_other));
    lock_release(&held_by_other);
    return 0;
}

static void check_locks_in_child(u32 parent)
{
    CHECK(!lock_break_after_fork(&held_by_none, parent));
    CHECK(!lock_break_after_fork(&held_by_me, parent));
    CHECK(lock_break_after_fork(&held_by_other, parent));
    CHECK(lock_owned(&held_by_me));
    lock_release(&held_by_me);
    CHECK(lock_try(&held_by_other) && lock_try(&held_by_me) && lock_try(&held_by_none));
}

static void fork_child_breaks_locks_of_threads_it_lacks(void)
{
    u32 before = failures, parent = thread_tid();
    worker_start(&workers[0], hold_a_lock, 0);
    while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 1)
        raw_futex(&stage, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    lock_acquire(&held_by_me);
    long pid = thread_fork(SIGCHLD, NULL, NULL);
    if (pid == 0) {
        check_locks_in_child(parent);
        child_end(before);
    }
    CHECK(wait_for(pid) == 0);
    CHECK(lock_owned(&held_by_me));
    lock_release(&held_by_me);
    __atomic_store_n(&stage, 2, __ATOMIC_RELEASE);
    raw_futex(&stage, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    worker_join(&workers[0]);
}

static u32 stop;

static int churn_until_stopped(struct worker *w)
{
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        void *p[8];
        for (u32 i = 0; i < 8; i++) p[i] = heap_alloc(next(&w->rng) % 2000);
        for (u32 i = 0; i < 8; i++) heap_free(p[i]);
    }
    return 0;
}

static void use_heap_in_child(void)
{
    static u8 *p[400];
    for (u32 i = 0; i < ARRAY_LEN(p); i++) p[i] = memset(heap_alloc(i * 6), (u8)i, i * 6);
    for (u32 i = 0; i < ARRAY_LEN(p); i++) CHECK(all_bytes(p[i], (u8)i, i * 6));
    for (u32 i = 0; i < ARRAY_LEN(p); i++) heap_free(p[i]);
}

// The thread sanitizer's own locks do not survive a raw fork among running threads: the child would hang in
// it.
#if defined(__SANITIZE_THREAD__)
#define FORK_AMONG_THREADS 0
#elif defined(__has_feature)
#define FORK_AMONG_THREADS !__has_feature(thread_sanitizer)
#else
#define FORK_AMONG_THREADS 1
#endif

static void fork_amid_heap_use_leaves_a_sound_heap(void)
{
    if (!FORK_AMONG_THREADS) return;
    u32 before = failures, parent = thread_tid();
    for (u32 i = 0; i < THREADS; i++) worker_start(&workers[i], churn_until_stopped, i);
    for (int i = 0; i < 100; i++) {
        long pid = thread_fork(SIGCHLD, NULL, NULL);
        if (pid == 0) {
            base_after_fork(parent);
            use_heap_in_child();
            child_end(before);
        }
        CHECK(pid > 0);
        CHECK(wait_for(pid) == 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (u32 i = 0; i < THREADS; i++) worker_join(&workers[i]);
}

// ---- children that share memory ----

static volatile u32 shared_word;

static int write_and_exit(void *arg)
{
    u32 parent = *(u32 *)arg;
    CHECK(thread_tid() == (u32)raw_gettid() && thread_tid() != parent);
    shared_word = thread_tid();
    return 7;
}

// Calls of the child overwrite the slot that held thread_fork's return address, below the borrowed frame.
__attribute__((noinline)) static u32 dirty_the_stack(u32 seed)
{
    volatile u64 junk[64];
    for (u32 i = 0; i < ARRAY_LEN(junk); i++) junk[i] = seed * i;
    return (u32)junk[1];
}

static void vfork_on_the_same_stack(void)
{
    u32 parent = thread_tid();
    shared_word = 0;
    long pid = thread_fork(CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL);
    if (pid == 0) {
        shared_word = dirty_the_stack(41); // seen by the parent, which runs on only after this
        raw_exit(9);
    }
    CHECK(pid > 0 && shared_word == 41);
    CHECK(wait_for(pid) == 9);
    CHECK(thread_tid() == parent);
}

static void vfork_on_its_own_stack(const struct thread_block *b, const struct thread_tls *tls)
{
    u32 parent = thread_tid();
    shared_word = 0;
    long pid = thread_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, b->stack_top, tls, write_and_exit, &parent,
                            NULL, NULL);
    CHECK(pid > 0 && shared_word == (u32)pid);
    CHECK(wait_for(pid) == 7);
    CHECK(thread_tid() == parent);
}

static void clone3_with_its_own_stack(const struct thread_block *b)
{
    u32 parent = thread_tid();
    struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    shared_word = 0;
    long pid = thread_clone3(&args, sizeof args, b->stack_top, &b->tls, write_and_exit, &parent);
    if (pid == -ENOSYS) return; // an old kernel, or a filter
    CHECK(pid > 0 && shared_word == (u32)pid);
    CHECK(wait_for(pid) == 7);
    u32 before = failures;
    struct clone_args fork_args = {.exit_signal = SIGCHLD};
    pid = thread_fork3(&fork_args, sizeof fork_args);
    if (pid == 0) {
        CHECK(thread_tid() == (u32)raw_gettid() && thread_tid() != parent);
        child_end(before);
    }
    CHECK(wait_for(pid) == 0);
}

static int read_copy(void *arg)
{
    CHECK(*(u32 *)arg != (u32)raw_gettid() && thread_tid() == (u32)raw_gettid());
    shared_word = 5; // its own copy
    return 3;
}

static void children_with_memory_shared_or_copied(void)
{
    struct thread_block b;
    u32 parent = thread_tid();
    CHECK(thread_block_map(&b, 64 * KiB) == 0);
    vfork_on_the_same_stack();
    vfork_on_its_own_stack(&b, &b.tls);
    vfork_on_its_own_stack(&b, NULL);
    clone3_with_its_own_stack(&b);
    shared_word = 0;
    long pid = thread_clone(SIGCHLD, b.stack_top, NULL, read_copy, &parent, NULL, NULL);
    CHECK(wait_for(pid) == 3);
    CHECK(shared_word == 0);
    thread_block_unmap(&b);
}

static void unsound_clones_are_refused(void)
{
    int none = 0;
    struct thread_block b;
    struct clone_args shared = {.flags = CLONE_VM, .exit_signal = SIGCHLD};
    CHECK(thread_block_map(&b, 4096) == 0);
    CHECK(thread_fork(CLONE_VM | SIGCHLD, NULL, NULL) == -EINVAL);
    CHECK(thread_fork3(&shared, sizeof shared) == -EINVAL);
    CHECK(thread_clone(CLONE_VM | SIGCHLD, NULL, &b.tls, read_copy, &none, NULL, NULL) == -EINVAL);
    CHECK(thread_clone(CLONE_VM | SIGCHLD, b.stack_top, NULL, read_copy, &none, NULL, NULL) == -EINVAL);
    CHECK(thread_clone(SIGCHLD, NULL, NULL, read_copy, &none, NULL, NULL) == -EINVAL);
    CHECK(thread_clone3(&shared, 8, b.stack_top, &b.tls, read_copy, &none) == -EINVAL);
    thread_block_unmap(&b);
}

static void guard_page_stops_a_stack_overflow(void)
{
    struct thread_block b;
    CHECK(thread_block_map(&b, 8192) == 0);
    long pid = thread_fork(SIGCHLD, NULL, NULL);
    if (pid == 0) {
        struct raw_sigaction dfl = {.handler = NULL};
        raw_rt_sigaction(SIGSEGV, &dfl, NULL);
        ((volatile char *)b.stack)[0] = 1;
        ((volatile char *)b.stack)[-1] = 1;
        raw_exit_group(0);
    }
    CHECK(wait_for(pid) == 128 + SIGSEGV);
    thread_block_unmap(&b);
}

// ---- signals by the raw door ----

static volatile int handled;
static void on_signal(int sig)
{
    handled = sig;
}

static void raw_sigaction_returns_through_its_restorer(void)
{
    struct raw_sigaction act = {(void *)(u64)on_signal, RAW_SA_RESTORER, raw_sigreturn, 0}, old, now;
    CHECK(raw_rt_sigaction(SIGUSR1, &act, &old) == 0);
    CHECK(raw_tgkill(raw_getpid(), raw_gettid(), SIGUSR1) == 0);
    CHECK(handled == SIGUSR1);
    CHECK(raw_rt_sigaction(SIGUSR1, &old, &now) == 0);
    CHECK(now.handler == (void *)(u64)on_signal && now.restorer == raw_sigreturn);
}

// ---- the log among threads and processes ----

#define LOG_LINES 300

static void write_lines(u32 number)
{
    for (u32 i = 0; i < LOG_LINES; i++)
        log_printf(
            LOG_exec, "<%u:%u:%.*s>", number, i, (int)(i % 90),
            "----------------------------------------------------------------------------------------------");
}

static int write_lines_in_thread(struct worker *w)
{
    write_lines(w->number);
    return 0;
}

static void check_log(FILE *f, u32 writers)
{
    char line[256];
    static u32 seen[THREADS + 1];
    while (fgets(line, sizeof line, f)) {
        unsigned number, i;
        int at = 0;
        CHECK(sscanf(line, "<%u:%u:%n", &number, &i, &at) == 2 && number < writers);
        CHECK(at > 0 && strspn(line + at, "-") == i % 90 && strcmp(line + at + i % 90, ">\n") == 0);
        if (number < writers) CHECK(seen[number]++ == i); // each writer's lines in their order
    }
    for (u32 i = 0; i < writers; i++) CHECK(seen[i] == LOG_LINES);
}

static void log_lines_of_threads_and_processes_stay_whole(void)
{
    char path[] = "/tmp/calque-log-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && log_open(path, false) == 0);
    log_mask = (u64)1 << LOG_exec;
    long pid = thread_fork(SIGCHLD, NULL, NULL);
    if (pid == 0) {
        write_lines(THREADS);
        raw_exit_group(0);
    }
    run_workers(write_lines_in_thread);
    CHECK(wait_for(pid) == 0);
    log_mask = 0;
    FILE *f = fdopen(fd, "r");
    check_log(f, THREADS + 1);
    fclose(f);
    unlink(path);
}

int main(void)
{
    threads_have_their_own_variables();
    lock_excludes();
    lock_try_fails_on_a_taken_lock();
    heap_objects_stay_intact_among_threads();
    thread_exit_unmaps_its_own_stack();
    fork_child_has_an_id_of_its_own();
    fork_child_breaks_locks_of_threads_it_lacks();
    fork_amid_heap_use_leaves_a_sound_heap();
    children_with_memory_shared_or_copied();
    unsound_clones_are_refused();
    guard_page_stops_a_stack_overflow();
    raw_sigaction_returns_through_its_restorer();
    log_lines_of_threads_and_processes_stay_whole();
    if (failures) printf("%u checks failed\n", failures);
    return failures != 0;
}
