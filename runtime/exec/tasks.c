/* What a task owns in runtime/exec: its state block, return stack, jump table and signal stack, for the first task and for
 * children made by clone and fork. One mapping holds all but the state block:
 *
 *   jump table | guard | return stack | guard | signal stack
 */
#include <string.h>
#include <sys/mman.h>

#include <signal.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/heap.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/lockstep.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"
#include "runtime/vm/task_hooks.h"
#include "syscalls/abi.h"

#define GUARD 4096
#define RET_STACK (64 * 1024)
#define SIG_STACK (64 * 1024) /* room for the largest vector state and our handler */
#define JUMP_BYTES (sizeof(struct jump_entry) << JUMP_TABLE_BITS)
#define SCRATCH_CHUNK (256 * KiB)

void task_exec_clear(struct task *t)
{
    struct task_exec *x = exec_of(t);
    /* An empty entry is all zero; only key 0 could be taken for one, so its slot holds another key. */
    if (x->generation) memset(x->jumps, 0, JUMP_BYTES);
    x->jumps[jump_hash(0)].key = 2; /* looked for elsewhere: jump_hash(2) is 1 */
    t->cpu->ret_base = jit_return_stack_init(x->ret_lo, x->ret_hi, &cache.thunks);
    t->cpu->ret_sp = t->cpu->ret_base;
    /* A child is made without the cache's lock: should it be emptied now, the child clears again before it looks there. */
    x->generation = __atomic_load_n(&cache.generation, __ATOMIC_RELAXED);
}

static void use_signal_stack(const struct task_exec *x)
{
    stack_t ss = {.ss_sp = x->sigstack, .ss_size = SIG_STACK};
    raw_sigaltstack(&ss, NULL);
}

static void map_all(struct task_exec *x)
{
    x->map_size = JUMP_BYTES + GUARD + RET_STACK + GUARD + SIG_STACK;
    long r = raw_mmap(NULL, x->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw_is_error(r)) die(STATUS_HOST, "no memory for a thread's stacks: raise the address-space limit (ulimit -v)");
    x->map = (u8 *)r;
    x->jumps = (void *)x->map;
    x->ret_lo = x->map + JUMP_BYTES + GUARD;
    x->ret_hi = x->ret_lo + RET_STACK;
    x->sigstack = x->ret_hi + GUARD;
    raw_mprotect(x->ret_lo - GUARD, GUARD, PROT_NONE);
    raw_mprotect(x->ret_hi, GUARD, PROT_NONE);
}

/* Stacks and tables for a task whose cpu is in place. */
static void make_exec(struct task *t)
{
    struct task_exec *x = heap_calloc(1, sizeof *x);
    map_all(x);
    arena_init(&x->scratch, SCRATCH_CHUNK);
    x->safe = 1;
    t->exec = x;
    t->cpu->task = t;
    t->cpu->jump_table = (u64)x->jumps;
    if (process.options->lockstep) x->lockstep = lockstep_new();
    task_exec_clear(t);
}

void exec_task_init(struct task *t)
{
    make_exec(t);
    use_signal_stack(exec_of(t));
    task_link(t);
}

static void child_init(struct task *child, struct task *parent)
{
    u32 size = process.guest->layout.size;
    child->cpu = heap_alloc(size);
    memcpy(child->cpu, parent->cpu, size);
    child->cpu->poll = 0;
    make_exec(child);
}

static void child_free(struct task *child)
{
    struct task_exec *x = exec_of(child);
    if (x->lockstep) lockstep_free(x->lockstep);
    arena_free(&x->scratch);
    raw_munmap(x->map, x->map_size);
    heap_free(x);
    heap_free(child->cpu);
}

static void child_regs(struct task *child, const struct task_clone_args *a)
{
    const struct sys_abi *abi = process.guest->abi;
    abi->clone_child(child->cpu, a->stack);
    if (a->flags & CLONE_SETTLS) abi->set_tls(child->cpu, a->tls);
}

__attribute__((noreturn)) static void run_child(struct task *t)
{
    use_signal_stack(exec_of(t));
    sig_resume(t);
    exec_loop(t);
}

static void before_fork(struct task *t)
{
    hints_take(t);
    if (process.options->lockstep) lockstep_begin(t); /* nobody is between the two runs of a unit */
    cache_lock(t);
}

static void after_fork_parent(struct task *t)
{
    lock_release(&cache.lock);
    if (process.options->lockstep) lockstep_end(t);
}

static void after_fork(struct task *t, u32 parent_tid)
{
    (void)t;
    lock_break_after_fork(&cache.lock, parent_tid);
    lock_release(&cache.lock); /* taken by before_fork */
    if (process.options->lockstep) lockstep_after_fork();
}

static void print_stats(void)
{
    if (!process.options->stats) return;
    const struct exec_stats *s = &exec_stats;
    struct out o;
    char buf[1024];
    out_init_fd(&o, 2, buf, sizeof buf);
    out_printf(&o, "units jit=%llu interp=%llu\n", (unsigned long long)s->units_jit,
               (unsigned long long)s->units_interp);
    out_printf(&o, "entries jit=%llu interp=%llu\n", (unsigned long long)s->entries_jit,
               (unsigned long long)s->entries_interp);
    out_printf(&o, "guest_insns %llu\nhost_bytes %llu\n", (unsigned long long)s->guest_insns,
               (unsigned long long)s->host_bytes);
    out_printf(&o, "translate_ns_per_insn %llu\n",
               (unsigned long long)(s->guest_insns ? translate_ns() / s->guest_insns : 0));
    out_printf(&o, "links %llu\nkills %llu\nflushes %llu\n", (unsigned long long)s->links,
               (unsigned long long)s->kills, (unsigned long long)s->flushes);
    out_printf(&o, "syscalls %llu\nfaults %llu\nsignals %llu\n", (unsigned long long)s->syscalls,
               (unsigned long long)s->faults, (unsigned long long)s->signals);
    const struct lockstep_stats *l = &lockstep_stats;
    if (process.options->lockstep)
        out_printf(&o, "lockstep compared=%llu repeated=%llu not_compared varying=%llu shared=%llu untranslated=%llu\n",
                   (unsigned long long)l->compared, (unsigned long long)l->repeated, (unsigned long long)l->varying,
                   (unsigned long long)l->shared, (unsigned long long)l->untranslated);
    if (process.options->check_storable)
        out_printf(&o, "storable units=%llu fixed=%llu fileless=%llu\n", (unsigned long long)s->storable,
                   (unsigned long long)s->storable_fixed, (unsigned long long)s->storable_fileless);
    out_flush(&o);
}

void tasks_install_hooks(void)
{
    task_hooks = (struct task_hooks){
        .child_init = child_init,
        .child_free = child_free,
        .child_regs = child_regs,
        .run = run_child,
        .before_fork = before_fork,
        .after_fork_parent = after_fork_parent,
        .after_fork = after_fork,
        .at_exit = print_stats,
    };
}
