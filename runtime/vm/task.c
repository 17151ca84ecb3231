/* Guest threads: making them by raw clone, ending them, and the list of them. The dispatch loop that a new task runs is
 * runtime/exec's and comes in through task_hooks; so does everything that a task owns there. */
#include "runtime/vm/task.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/base.h"
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/vm/robust.h"
#include "runtime/vm/space.h"
#include "runtime/vm/task_hooks.h"

struct process process;
struct task_hooks task_hooks;
struct lock tasks_lock;
struct task *tasks;

#define THREAD_STACK (256 * 1024) /* bytes of C stack a guest thread's host thread gets; touched pages only */

s64 sys_stub(const u32 *poll, long nr, const u64 *args);

struct task *task_self(void) { return thread_self_data(); }

s64 task_syscall(struct task *t, long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    u64 args[6] = {a, b, c, d, e, f};
    return sys_stub(&t->cpu->poll, nr, args);
}

/* The links forward are sound at every moment; those back may lag behind in a list that a dead task leaves. */
void tasks_lock_acquire(void)
{
    if (likely(!lock_acquire(&tasks_lock))) return;
    for (struct task **link = &tasks; *link; link = &(*link)->next) (*link)->pprev = link;
}

void task_link(struct task *t)
{
    tasks_lock_acquire();
    struct task *first = tasks;
    t->next = first;
    t->pprev = &tasks;
    __atomic_store_n(&tasks, t, __ATOMIC_RELEASE); /* lock-step looks whether it is alone, without the lock */
    if (first) first->pprev = &t->next;
    lock_release(&tasks_lock);
}

static void task_unlink(struct task *t)
{
    tasks_lock_acquire();
    __atomic_store_n(t->pprev, t->next, __ATOMIC_RELEASE);
    if (t->next) t->next->pprev = t->pprev;
    lock_release(&tasks_lock);
}

#define FAULTS (1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1))

/* Everything but the faults that guarded accesses to guest memory may raise: those would kill if they were blocked. */
static u64 block_all(void)
{
    u64 all = ~FAULTS, old = 0;
    raw_rt_sigprocmask(SIG_SETMASK, &all, &old);
    return old;
}

static void set_mask(u64 mask) { raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL); }

/* The guest reads ids in its own byte order. */
static void store_id(gaddr where, int id)
{
    if (where) gmem_store_u32(where, process.guest_be, (u32)id);
}

/* A child's task that shares or copies what the flags say. Its CPU state is a copy of the parent's. */
static struct task *make_child(struct task *t, const struct task_clone_args *a)
{
    struct task *c = heap_calloc(1, sizeof *c);
    c->mm = t->mm;
    c->sighand = t->sighand;
    if (a->flags & CLONE_SIGHAND)
        __atomic_add_fetch(&t->sighand->refs, 1, __ATOMIC_RELAXED);
    else
        c->sighand = sighand_copy(t->sighand);
    c->sig.mask = t->sig.mask;
    if (a->flags & CLONE_VFORK)
        c->sig.alt = t->sig.alt;
    else
        c->sig.alt.flags = 2; /* SS_DISABLE */
    c->vfork_child = (a->flags & CLONE_VFORK) != 0;
    task_hooks.child_init(c, t);
    task_hooks.child_regs(c, a);
    return c;
}

static void free_child(struct task *c)
{
    task_hooks.child_free(c);
    sighand_put(c->sighand);
    heap_free(c);
}

/* What a child that shares our memory starts from. The parent and the child each hold it; the last one frees it, and
 * after a vfork the parent, whatever the child came to. */
struct child_start {
    struct task *task;
    u64 flags;
    gaddr parent_tid, child_tid;
    struct thread_block block;
    u32 stored; /* the parent_tid: 0 not yet, 1 being stored, 2 done */
    u32 refs;
};

static void put_start(struct child_start *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) heap_free(s);
}

/* Whoever comes first stores, the other waits: the id stands before either side's guest goes on, and never comes late, when
 * the child has ended and cleared the same word (CLONE_CHILD_CLEARTID), or its memory is something else. */
static void store_parent_tid(struct child_start *s, int id)
{
    u32 open = 0;
    if (!(s->flags & CLONE_PARENT_SETTID)) return;
    if (__atomic_compare_exchange_n(&s->stored, &open, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        store_id(s->parent_tid, id);
        __atomic_store_n(&s->stored, 2, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(&s->stored, __ATOMIC_ACQUIRE) != 2) raw_sched_yield();
}

/* First code of a child that shares our memory: on its own stack, all signals blocked. */
static int child_main(void *arg)
{
    struct child_start *s = arg;
    struct task *c = s->task;
    const u64 flags = s->flags;
    thread_set_self_data(c);
    __atomic_store_n(&c->tid, (int)thread_tid(), __ATOMIC_RELAXED); /* others look at it: is it gone? */
    c->stack_map = s->block.map;
    c->stack_map_size = s->block.size;
    space_enter_thread();
    store_parent_tid(s, c->tid);
    if (flags & CLONE_CHILD_SETTID) store_id(s->child_tid, c->tid);
    put_start(s);
    if (flags & CLONE_CLEAR_SIGHAND) sig_clear_handlers(c);
    task_hooks.run(c);
    return 0; /* not reached */
}

/* The host's call gets what the kernel does as well for us: not the stores in the guest's byte order, not the guest's TLS,
 * and handlers are cleared by the child. */
static u64 host_flags(const struct task_clone_args *a)
{
    return a->flags & ~(u64)(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_SETTLS | CLONE_CLEAR_SIGHAND);
}

static int *clear_tid_word(const struct task_clone_args *a)
{
    return a->flags & CLONE_CHILD_CLEARTID ? gmem_ptr(a->child_tid) : NULL;
}

static void store_pidfd(const struct task_clone_args *a, int pidfd)
{
    if (a->flags & CLONE_PIDFD) gmem_store_u32(a->pidfd, process.guest_be, (u32)pidfd);
}

static struct child_start *make_start(struct task *t, const struct task_clone_args *a)
{
    struct child_start *s = heap_calloc(1, sizeof *s);
    if (thread_block_map(&s->block, THREAD_STACK) != 0) {
        heap_free(s);
        return NULL;
    }
    s->task = make_child(t, a);
    s->task->clear_child_tid = a->flags & CLONE_CHILD_CLEARTID ? a->child_tid : 0;
    s->flags = a->flags;
    s->parent_tid = a->parent_tid;
    s->child_tid = a->child_tid;
    s->refs = 2;
    return s;
}

/* CLONE_VM: a thread, a vfork child, or anything between. */
static s64 clone_shared(struct task *t, const struct task_clone_args *a)
{
    struct child_start *s = make_start(t, a);
    if (!s) return -ENOMEM;
    struct thread_block block = s->block;
    struct task *c = s->task;
    int pidfd = -1;
    task_link(c);
    if (a->flags & CLONE_NEWPID) lock_forbid_takeover();
    u64 old = block_all();
    long r = thread_clone(host_flags(a), block.stack_top, &block.tls, child_main, s, &pidfd, clear_tid_word(a));
    if (r > 0) {
        store_parent_tid(s, (int)r);
        store_pidfd(a, pidfd);
    }
    if (r < 0 || (a->flags & CLONE_VFORK)) { /* a vfork child has left our memory when we come back */
        heap_free(s);
        task_unlink(c);
        free_child(c);
        thread_block_unmap(&block);
    } else
        put_start(s);
    set_mask(old);
    return r;
}

/* The locks whose data both sides go on with: taken around a fork, so that the child's copies are whole. */
static void take_fork_locks(struct task *t)
{
    lock_acquire(&t->mm->lock);
    tasks_lock_acquire();
    lock_acquire(&t->sighand->lock);
}

static void release_fork_locks(struct task *t)
{
    lock_release(&t->sighand->lock);
    lock_release(&tasks_lock);
    lock_release(&t->mm->lock);
}

static void close_vfork_fd(struct task *t)
{
    if (t->vfork_fd) raw_close(t->vfork_fd - 1);
    t->vfork_fd = 0;
}

/* The child of a fork: the only task of a process of its own. */
static void become_only_task(struct task *t, const struct task_clone_args *a, u32 parent_tid)
{
    base_after_fork(parent_tid);
    lock_break_after_fork(&tasks_lock, parent_tid);
    lock_break_after_fork(&t->mm->lock, parent_tid);
    lock_break_after_fork(&t->sighand->lock, parent_tid);
    release_fork_locks(t);
    tasks = NULL;
    task_link(t);
    __atomic_store_n(&t->sighand->refs, 1, __ATOMIC_RELAXED);
    t->tid = (int)thread_tid();
    t->vfork_child = false;
    close_vfork_fd(t);
    t->clear_child_tid = a->flags & CLONE_CHILD_CLEARTID ? a->child_tid : 0;
    t->robust_list = 0;
    if (a->flags & CLONE_CHILD_SETTID) store_id(a->child_tid, t->tid);
    task_hooks.after_fork(t, parent_tid);
    task_hooks.child_regs(t, a);
    if (a->flags & CLONE_CLEAR_SIGHAND) sig_clear_handlers(t);
}

/* CLONE_VFORK without CLONE_VM: the parent holds locks during the host's call, so it waits behind it, for the end of a pipe
 * whose other side the child loses by exec or exit. */
struct vfork_wait {
    int fd[2]; /* read, write; -1 if there is nothing to wait for */
};

static void vfork_prepare(struct vfork_wait *w, u64 flags)
{
    w->fd[0] = w->fd[1] = -1;
    if (!(flags & CLONE_VFORK) || (flags & CLONE_FILES) || raw_pipe2(w->fd, O_CLOEXEC) != 0) return;
    for (int i = 0; i < 2; i++) {
        int high = base_fd_move_high(w->fd[i]);
        if (high >= 0) w->fd[i] = high;
    }
}

static void vfork_in_child(struct task *t, const struct vfork_wait *w)
{
    if (w->fd[0] < 0) return;
    raw_close(w->fd[0]);
    t->vfork_fd = w->fd[1] + 1;
}

static void vfork_in_parent(const struct vfork_wait *w, bool wait)
{
    char none;
    if (w->fd[0] < 0) return;
    raw_close(w->fd[1]);
    if (wait) raw_read(w->fd[0], &none, 1); /* signals are blocked; nothing is ever written */
    raw_close(w->fd[0]);
}

/* No CLONE_VM: the child goes on here, on a copy of everything. */
static s64 clone_copied(struct task *t, const struct task_clone_args *a)
{
    struct vfork_wait wait;
    int pidfd = -1;
    u32 me = thread_tid();
    u64 old = block_all();
    vfork_prepare(&wait, a->flags);
    task_hooks.before_fork(t);
    take_fork_locks(t);
    long r = thread_fork(host_flags(a) & ~(u64)CLONE_VFORK, &pidfd, clear_tid_word(a));
    if (r == 0) {
        become_only_task(t, a, me);
        vfork_in_child(t, &wait);
        sig_after_fork(t);
        return 0;
    }
    release_fork_locks(t);
    task_hooks.after_fork_parent(t);
    if (r > 0 && (a->flags & CLONE_PARENT_SETTID)) store_id(a->parent_tid, (int)r);
    if (r > 0) store_pidfd(a, pidfd);
    vfork_in_parent(&wait, r > 0);
    set_mask(old);
    return r;
}

/* What the kernel checks and the host's call, made with other flags and pointers, would not. */
static int check_clone(const struct task_clone_args *a)
{
    const u64 f = a->flags;
    u64 old;
    if (f >> 32 & ~(CLONE_CLEAR_SIGHAND >> 32)) return -EINVAL; /* cgroups: not for clone(2)'s form of the call */
    if ((f & CLONE_SIGHAND) && (!(f & CLONE_VM) || (f & CLONE_CLEAR_SIGHAND))) return -EINVAL;
    if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND)) return -EINVAL;
    if (!(f & CLONE_PIDFD)) return 0;
    if ((f & CLONE_PARENT_SETTID) && a->pidfd == a->parent_tid) return -EINVAL;
    return gmem_cmpxchg_any(a->pidfd, 4, process.guest_be, 0, 0, &old); /* can it be stored to? */
}

s64 task_clone(struct task *t, const struct task_clone_args *a)
{
    int e = check_clone(a);
    if (e) return e;
    return a->flags & CLONE_VM ? clone_shared(t, a) : clone_copied(t, a);
}

static bool none_left(void)
{
    tasks_lock_acquire();
    bool none = !tasks;
    lock_release(&tasks_lock);
    return none;
}

void task_exit(struct task *t, int status)
{
    block_all();
    robust_list_exit(t);
    if (t->vfork_child) raw_exit(status); /* its parent frees it */
    task_unlink(t);
    if (none_left() && task_hooks.at_exit) task_hooks.at_exit();
    void *map = t->stack_map;
    size_t size = t->stack_map_size;
    if (!map) raw_exit(status); /* the first task's memory is not ours to free */
    set_mask(~0ull); /* blocks all: from here on there is no task to note a signal for */
    free_child(t);
    thread_exit(status, map, size);
}

void task_exit_group(struct task *t, int status)
{
    robust_list_exit_group();
    if (task_hooks.at_exit && !t->vfork_child) task_hooks.at_exit();
    raw_exit_group(status);
}
