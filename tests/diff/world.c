/* A guest process made for tests: two mapped areas, one task, the code cache, and both ways of running a unit. */
#include "tests/diff/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "runtime/base/gmem.h"
#include "runtime/base/options.h"
#include "runtime/base/thread.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"
#include "runtime/vm/space.h"
#include "syscalls/abi.h"
#include "syscalls/syscalls.h"

u64 units_interp, units_jit;
static struct options options;
static struct arena arena;

static void check(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "diff: %s\n", what);
    exit(2);
}

static void make_task(struct world *w)
{
    static struct mm mm;
    static struct sighand sighand = {.refs = 1};
    struct task *t = w->task = calloc(1, sizeof *t);
    t->mm = &mm;
    t->sighand = &sighand;
    t->tid = (int)thread_tid();
    t->cpu = aligned_alloc(64, (w->guest->layout.size + 63) & ~63u);
    memset(t->cpu, 0, w->guest->layout.size);
    mm_init(&mm, w->guest->layout.addr_bits, w->guest->page_size);
    thread_set_self_data(t);
    exec_task_init(t);
}

void world_init(struct world *w, const char *guest, bool base_mode)
{
    w->guest = guest_by_name(guest);
    check(w->guest != NULL, "no such guest");
    process.options = &options;
    process.guest = w->guest;
    process.guest_be = w->guest->layout.big_endian;
    process.guest_bits = w->guest->layout.addr_bits;
    check(space_setup(w->guest->layout.addr_bits, base_mode ? SPACE_BASE : SPACE_IDENTITY, 0, CODE_ADDR) == 0,
          "guest memory cannot be set up");
    sys_init(w->guest->abi);
    exec_init();
    make_task(w);
    sig_init(w->task);
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    check(mm_map(w->task->mm, CODE_ADDR, CODE_SIZE, PROT_READ | PROT_EXEC | PROT_WRITE, flags, -1, 0) >= 0, "code");
    check(mm_map(w->task->mm, DATA_ADDR, DATA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) >= 0, "data");
    w->code = gmem_ptr(CODE_ADDR);
    w->data = gmem_ptr(DATA_ADDR);
}

static bool goes_on(const struct world *w, enum cpu_exit why)
{
    gaddr pc = w->guest->pc_of_key(w->task->cpu->key);
    return (why == CPU_EXIT_LOOKUP || why == CPU_EXIT_LINK) && pc >= CODE_ADDR && pc < CODE_ADDR + CODE_SIZE;
}

/* The same unit in either form must give the same: what the interpreter gets is not improved. */
static enum cpu_exit interp_unit(struct world *w, u64 key, u32 len)
{
    struct ir_unit u;
    arena_reset(&arena);
    char err[256] = "blocks misused";
    if (guest_lift(w->guest, key, len, &u, &arena) != 0 || ir_verify(&u, err, sizeof err) != 0) {
        fprintf(stderr, "diff: the lifted unit at 0x%llx is not well-formed: %s\n", (unsigned long long)key, err);
        diff_report();
        exit(1);
    }
    struct interp_code *c = interp_prepare(&u);
    enum cpu_exit why = interp_run(c, w->task->cpu);
    interp_free(c);
    units_interp++;
    return why;
}

enum cpu_exit world_run_interp(struct world *w, u64 key, u32 len, u32 steps)
{
    enum cpu_exit why = CPU_EXIT_LOOKUP;
    w->task->cpu->key = key;
    for (u32 i = 0; i < steps; i++) {
        why = interp_unit(w, w->task->cpu->key, len);
        if (!goes_on(w, why)) break;
    }
    return why;
}

enum cpu_exit world_run_jit(struct world *w, u64 key, u32 len, u32 steps)
{
    enum cpu_exit why = CPU_EXIT_LOOKUP;
    struct cpu_head *cpu = w->task->cpu;
    (void)len;
    cpu->key = key;
    for (u32 i = 0; i < steps; i++) {
        struct unit *u = exec_unit(w->task, cpu->key);
        exec_safe_end(w->task);
        why = ((enum cpu_exit(*)(struct cpu_head *, u64))cache.thunks.enter)(cpu, u->host);
        exec_safe_begin(w->task);
        units_jit++;
        if (!goes_on(w, why)) break;
    }
    cache_invalidate(CODE_ADDR, CODE_SIZE);
    task_exec_clear(w->task);
    return why;
}
