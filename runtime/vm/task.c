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

void task_link(struct task *t)
{
    lock_acquire(&tasks_lock);
    t->next = tasks;
    t->pprev = &tasks;
    if (tasks) tasks->pprev = &t->next;
    tasks = t;
    lock_release(&tasks_lock);
}

static void task_unlink(struct task *t)
{
    lock_acquire(&tasks_lock);
    *t->pprev = t->next;
    if (t->next) t->next->pprev = t->pprev;
    lock_release(&tasks_lock);
}

static u64 block_all(void)
{
    u64 all = ~0ull, old = 0;
    raw_rt_sigprocmask(SIG_SETMASK, &all, &old);
    return old;
}

static void unblock(u64 old) { raw_rt_sigprocmask(SIG_SETMASK, &old, NULL); }

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
    c->files = t->files;
    c->fs = t->fs;
    c->sighand = t->sighand;
    if (a->flags & CLONE_SIGHAND)
        __atomic_add_fetch(&t->sighand->refs, 1, __ATOMIC_RELAXED);
    else
        c->sighand = sighand_copy(t->sighand);
    c->sig.mask = t->sig.mask;
    if (!(a->flags & CLONE_VM) || (a->flags & CLONE_VFORK))
        c->sig.alt = t->sig.alt;
    else
        c->sig.alt.flags = 2; /* SS_DISABLE */
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

struct child_start {
    struct task *task;
    u64 flags;
    gaddr parent_tid, child_tid;
    struct thread_block block;
};

/* First code of a child that shares our memory: on its own stack, all signals blocked. */
static int child_main(void *arg)
{
    struct child_start *s = arg;
    struct task *c = s->task;
    thread_set_self_data(c);
    c->tid = (int)thread_tid();
    c->stack_map = s->block.map;
    c->stack_map_size = s->block.size;
    space_enter_thread();
    if (s->flags & CLONE_PARENT_SETTID) store_id(s->parent_tid, c->tid);
    if (s->flags & CLONE_CHILD_SETTID) store_id(s->child_tid, c->tid);
    heap_free(s);
    task_hooks.run(c);
    return 0; /* not reached */
}

/* CLONE_VM: a thread, a vfork child, or anything between. */
static s64 clone_shared(struct task *t, const struct task_clone_args *a)
{
    struct child_start *s = heap_calloc(1, sizeof *s);
    int e = thread_block_map(&s->block, THREAD_STACK);
    if (e) {
        heap_free(s);
        return e;
    }
    struct thread_block block = s->block;
    struct task *c = s->task = make_child(t, a);
    s->flags = a->flags;
    s->parent_tid = a->parent_tid;
    s->child_tid = a->child_tid;
    c->vfork_child = (a->flags & CLONE_VFORK) != 0;
    task_link(c);
    u64 flags = a->flags & ~(u64)(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_SETTLS);
    int pidfd = -1;
    int *ctid = a->flags & CLONE_CHILD_CLEARTID ? gmem_ptr(a->child_tid) : NULL;
    if (ctid) c->clear_child_tid = a->child_tid;
    u64 old = block_all();
    long r = thread_clone(flags, block.stack_top, &block.tls, child_main, s, &pidfd, ctid);
    bool gone = r < 0 || (a->flags & CLONE_VFORK); /* a vfork child has left our memory when we come back */
    if (r < 0) heap_free(s);
    if (gone) {
        task_unlink(c);
        free_child(c);
        thread_block_unmap(&block);
    }
    if (r > 0 && (a->flags & CLONE_PARENT_SETTID)) store_id(a->parent_tid, (int)r);
    if (r > 0 && (a->flags & CLONE_PIDFD)) gmem_store_u32(a->pidfd, process.guest_be, (u32)pidfd);
    unblock(old);
    return r;
}

/* The locks whose data both sides go on with: taken around a fork, so that the child's copies are whole. */
static void take_fork_locks(struct task *t)
{
    lock_acquire(&t->mm->lock);
    lock_acquire(&tasks_lock);
    lock_acquire(&t->sighand->lock);
}

static void release_fork_locks(struct task *t)
{
    lock_release(&t->sighand->lock);
    lock_release(&tasks_lock);
    lock_release(&t->mm->lock);
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
    t->tid = (int)thread_tid();
    t->clear_child_tid = a->flags & CLONE_CHILD_CLEARTID ? a->child_tid : 0;
    t->robust_list = 0;
    t->sig.held = 0;
    if (a->flags & CLONE_CHILD_SETTID) store_id(a->child_tid, t->tid);
    task_hooks.after_fork(t, parent_tid);
    task_hooks.child_regs(t, a);
}

/* No CLONE_VM: the child goes on here, on a copy of everything. */
static s64 clone_copied(struct task *t, const struct task_clone_args *a)
{
    u64 flags = a->flags & ~(u64)(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_SETTLS);
    int pidfd = -1;
    int *ctid = a->flags & CLONE_CHILD_CLEARTID ? gmem_ptr(a->child_tid) : NULL;
    u32 me = thread_tid();
    u64 old = block_all();
    task_hooks.before_fork(t);
    take_fork_locks(t);
    long r = thread_fork(flags, &pidfd, ctid);
    if (r == 0) {
        become_only_task(t, a, me);
        unblock(old);
        return 0;
    }
    release_fork_locks(t);
    task_hooks.after_fork_parent(t);
    if (r > 0 && (a->flags & CLONE_PARENT_SETTID)) store_id(a->parent_tid, (int)r);
    if (r > 0 && (a->flags & CLONE_PIDFD)) gmem_store_u32(a->pidfd, process.guest_be, (u32)pidfd);
    unblock(old);
    return r;
}

s64 task_clone(struct task *t, const struct task_clone_args *a)
{
    if ((a->flags & CLONE_SIGHAND) && !(a->flags & CLONE_VM)) return -EINVAL;
    if ((a->flags & CLONE_THREAD) && !(a->flags & CLONE_SIGHAND)) return -EINVAL;
    if ((a->flags & (CLONE_PIDFD | CLONE_PARENT_SETTID)) == (CLONE_PIDFD | CLONE_PARENT_SETTID) &&
        a->pidfd == a->parent_tid)
        return -EINVAL;
    return a->flags & CLONE_VM ? clone_shared(t, a) : clone_copied(t, a);
}

void task_exit(struct task *t, int status)
{
    block_all();
    robust_list_exit(t);
    void *map = t->stack_map;
    size_t size = t->stack_map_size;
    if (!map || t->vfork_child) raw_exit(status); /* stays in the list: others end it */
    task_unlink(t);
    free_child(t);
    thread_exit(status, map, size);
}

void task_exit_group(struct task *t, int status)
{
    (void)t;
    if (task_hooks.at_exit) task_hooks.at_exit();
    raw_exit_group(status);
}
