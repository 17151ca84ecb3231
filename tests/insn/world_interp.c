/* The world with the interpreter alone: no task, no dispatch loop. Used where runtime/exec is not built. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "runtime/base/gmem.h"
#include "tests/insn/insn.h"
#include "tests/insn/insn_world.h"

struct cpu_head *world_cpu;
u8 *world_code, *world_data;
const bool world_has_jit = false;
static const struct guest *guest;
static struct arena arena;

static void on_fault(int sig, siginfo_t *info, void *ctx)
{
    ucontext_t *uc = ctx;
    u64 pc = (u64)uc->uc_mcontext.gregs[REG_RIP], rax = (u64)uc->uc_mcontext.gregs[REG_RAX];
    (void)info;
    if (!gmem_fixup(&pc, &rax)) {
        signal(sig, SIG_DFL);
        return;
    }
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
    uc->uc_mcontext.gregs[REG_RAX] = (greg_t)rax;
}

static u8 *map(gaddr at, size_t size)
{
    void *p = mmap(gmem_ptr(at), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p == MAP_FAILED) {
        perror("insn: mmap");
        exit(2);
    }
    return p;
}

void world_init_insn(const struct guest *g)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    guest = g;
    gmem_setup(0, g->layout.addr_bits == 32 ? 0xffffffffu : ~(u64)0, 0);
    world_code = map(CODE_MAP, CODE_SIZE) + (CODE_ADDR - CODE_MAP);
    world_data = map(DATA_ADDR, DATA_SIZE);
    world_cpu = aligned_alloc(64, (g->layout.size + 63) & ~63u);
    memset(world_cpu, 0, g->layout.size);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
}

enum cpu_exit world_run(struct cpu_head *cpu, u64 key, u32 max, bool jit)
{
    struct ir_unit u;
    char err[256];
    (void)jit;
    arena_reset(&arena);
    if (guest_lift(guest, key, max, &u, &arena) != 0) {
        fprintf(stderr, "insn: the lifter failed\n");
        exit(2);
    }
    if (ir_verify(&u, err, sizeof err) != 0) printf("    ill-formed unit: %s\n", err);
    struct interp_code *c = interp_prepare(&u);
    enum cpu_exit why = interp_run(c, cpu);
    interp_free(c);
    return why;
}
