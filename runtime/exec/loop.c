/* The dispatch loop: find the unit of the guest's key, run it, act on the reason it came back for. */
#include "runtime/exec/exec.h"

#include <signal.h>
#include <sys/mman.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/gmem.h"
#include "runtime/base/log.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "runtime/debug/debug.h"
#include "runtime/exec/lockstep.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"
#include "syscalls/abi.h"
#include "syscalls/syscalls.h"

struct exec_stats exec_stats;

/* -signal-every: raises the signal before every Nth unit that runs while it could be delivered. A handler's own units do
 * not count while it blocks the signal, and the unit that was interrupted runs before the next: the program gets on. */
static void raise_for_test(struct task *t)
{
    const struct options *o = process.options;
    const int sig = o->signal_raised ? (int)o->signal_raised : SIGPROF;
    struct sig_action a;
    if (sig >= SIG_COUNT || (t->sig.mask & 1ull << (sig - 1))) return;
    sig_get_action(t, sig, &a);
    if (a.handler <= 1) return;
    if (exec_of(t)->since_raised++ < o->signal_every) return;
    exec_of(t)->since_raised = 0;
    raw_tgkill(raw_getpid(), t->tid, sig);
}

static enum cpu_exit enter(struct task *t, struct unit *u)
{
    exec_count(&exec_stats.entries_jit);
    return ((enum cpu_exit(*)(struct cpu_head *, u64))cache.thunks.enter)(t->cpu, u->host);
}

static enum cpu_exit run_unit(struct task *t, struct unit *u)
{
    if (log_on(LOG_exec) || log_on(LOG_cpu)) debug_log_entry(t->cpu, u->key);
    if (!u->interp) return enter(t, u);
    exec_count(&exec_stats.entries_interp);
    return exec_of(t)->lockstep ? lockstep_run(t, u, enter) : interp_run(u->interp, t->cpu);
}

/* The unit to run next; the task is in the unsafe state when it returns. */
static struct unit *next_unit(struct task *t)
{
    for (;;) {
        exec_safe_end(t);
        struct unit *u = cache_find(t->cpu->key);
        if (u) return u;
        exec_safe_begin(t);
        exec_unit(t, t->cpu->key);
    }
}

/* Code looked for the unit and did not find it: the next time it does. */
static void note_jump(struct task *t, const struct unit *u)
{
    if (exec_backend.no_chain || !u->host) return;
    exec_of(t)->jumps[jump_hash(u->key)] = (struct jump_entry){u->key, u->host};
}

/* Links the site that the last unit was left through to the unit of its key. */
static void link_site(struct task *t, struct unit *to, u32 generation)
{
    if (exec_backend.no_chain || generation != exec_of(t)->generation || !to->host) return;
    /* The site's unit may have been entered through another task's link, not found in a table: its code was placed before
     * it was counted. */
    (void)__atomic_load_n(&cache.nby_host, __ATOMIC_ACQUIRE);
    jit_patch_link(t->cpu->exit_site, to->host);
    exec_count(&exec_stats.links);
}

/* A fault of the guest: a mapping that grows down gets its pages, and the access is made again; the rest is a signal. What
 * is not mapped may be reserved on the host, so the code comes from the guest's own table. */
static void fault(struct task *t)
{
    const u64 info = t->cpu->exit_info;
    const int sig = CPU_FAULT_SIGNAL(info);
    int code = CPU_FAULT_CODE(info);
    exec_count(&exec_stats.faults);
    if (sig == SIGSEGV && (code == SEGV_MAPERR || code == SEGV_ACCERR)) {
        bool mapped = mm_prot(t->mm, t->cpu->exit_detail) >= 0;
        if (!mapped && mm_grow(t->mm, t->cpu->exit_detail) == 0) return;
        code = mapped ? SEGV_ACCERR : SEGV_MAPERR;
    }
    sig_force(t, sig, code, t->cpu->exit_detail);
}

/* An instruction could not be fetched when its unit was made. What is mapped there may be another by now: then the unit is
 * made anew, else it is a signal. */
static void fetch_fault(struct task *t, gaddr addr)
{
    const u32 longest = process.guest->insn_max;
    u8 byte;
    int prot = mm_prot(t->mm, addr);
    exec_count(&exec_stats.faults);
    if (prot < 0 && mm_grow(t->mm, addr) == 0) prot = mm_prot(t->mm, addr);
    if (prot < 0 || !(prot & PROT_EXEC))
        sig_force(t, SIGSEGV, prot < 0 ? SEGV_MAPERR : SEGV_ACCERR, addr);
    else if (gmem_read(&byte, addr, 1) != 0)
        sig_force(t, SIGBUS, BUS_ADRERR, addr); /* behind the end of a file */
    else
        cache_invalidate(addr - MIN(addr, longest), longest + 1);
}

static void trap(struct task *t)
{
    const u32 number = (u32)t->cpu->exit_info;
    const u64 detail = t->cpu->exit_detail;
    if (number == GUEST_TRAP_FETCH)
        fetch_fault(t, detail);
    else
        process.guest->abi->trap(t, number, detail);
}

void exec_loop(struct task *t)
{
    struct cpu_head *cpu = t->cpu;
    const struct sys_abi *abi = process.guest->abi;
    enum cpu_exit why = CPU_EXIT_LOOKUP;
    u32 generation = 0;
    for (;;) {
        if (unlikely(process.options->signal_every)) raise_for_test(t);
        if (unlikely((__atomic_load_n(&cpu->poll, __ATOMIC_RELAXED) & POLL_SIGNAL) || exec_of(t)->restart)) {
            exec_pending(t);
            why = CPU_EXIT_LOOKUP; /* the key may be a handler's now: not what the site leads to */
        }
        const bool lockstep = exec_of(t)->lockstep != NULL;
        if (unlikely(lockstep)) lockstep_begin(t);
        struct unit *u = next_unit(t);
        if (why == CPU_EXIT_LINK) link_site(t, u, generation);
        if (why == CPU_EXIT_LOOKUP) note_jump(t, u);
        why = run_unit(t, u);
        generation = exec_of(t)->generation;
        exec_safe_begin(t);
        if (unlikely(lockstep)) lockstep_end(t);
        switch (why) {
        case CPU_EXIT_SYSCALL:
            exec_count(&exec_stats.syscalls);
            if (unlikely(t->mm->grows)) mm_grow(t->mm, abi->get_sp(cpu)); /* what lies on the stack may be untouched yet */
            exec_of(t)->restart = !sys_dispatch(t, (u32)cpu->exit_info);
            sig_wait_done(t);
            break;
        case CPU_EXIT_TRAP: trap(t); break;
        case CPU_EXIT_FAULT: fault(t); break;
        case CPU_EXIT_LOOKUP:
        case CPU_EXIT_LINK:
        case CPU_EXIT_POLL: break;
        }
    }
}

/* -host-without: bits of features that code must not use. */
static u64 masked_features(const struct option_list *l)
{
    u64 mask = 0;
    for (u32 i = 0; i < l->count; i++) {
        u64 bits = jit_host_feature_by_name(l->item[i]);
        if (!bits) die(STATUS_USAGE, "-host-without: no feature is called '%s'; --help names them", l->item[i]);
        mask |= bits;
    }
    return mask;
}

static u32 stub_data(u64 to, u32 *key_bytes, const char **why)
{
    return jit_stub_data(&cache.thunks, to, key_bytes, why);
}

void exec_init(void)
{
    const struct options *o = process.options;
    sig_host_handler = exec_host_signal;
    tasks_install_hooks();
    cache_init();
    mm_code_changed = cache_invalidate;
    guest_may_execute = cache_may_execute;
    debug_find_unit = exec_find_unit;
    debug_stub_data = stub_data;
    exec_interp = o->backend == BACKEND_INTERP;
    translate_init();
    if (o->lockstep && exec_interp) die(STATUS_USAGE, "-lockstep compares with translated code: run without --backend=interp");
    if (o->lockstep) lockstep_init();
    exec_backend = (struct backend_options){
        .gmem_base = gmem_base,
        .use_base = gmem_base != 0,
        .host_features = jit_host_features(masked_features(&o->host_without)),
        .no_chain = o->no_chain || log_on(LOG_exec) || log_on(LOG_cpu) || o->signal_every || o->lockstep,
    };
    if (exec_interp) return;
    long n = jit_make_thunks(&process.guest->layout, &exec_backend, cache.base, (size_t)(cache.end - cache.base),
                             (u64)cache.base, &cache.thunks);
    if (n < 0) bug("the code cache's thunks: %s", error_text((int)n));
    cache.next = cache.units_from = cache.base + ((n + 15) & ~15l);
}
