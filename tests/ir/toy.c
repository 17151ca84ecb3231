/* The toy guest: see toy.h. */
#include "tests/ir/toy.h"
#include "runtime/base/gmem.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* --- state --- */

static const struct ir_slot slots[] = {
    {"key", offsetof(struct cpu_head, key), IR_i64, 0, IR_SLOT_PC},
    {"aux", offsetof(struct cpu_head, aux), IR_i64, 0, IR_SLOT_AUX},
#define TOY(type, name, flags) {#name, offsetof(struct toy_cpu, name), IR_##type, 0, flags},
#include "tests/ir/toy.def"
};

/* --- helpers: each does one thing that the tests can see --- */

static u64 get_u64(const struct toy_cpu *c, size_t offset)
{
    u64 v;
    memcpy(&v, (const u8 *)c + offset, 8);
    return v;
}

static u32 help_sum(u32 a, u32 b)
{
    return a + b;
}
static u64 help_mix(u64 a, u32 b, u64 c)
{
    return a * 3 + b + (c ^ 0xff);
}
static void help_bump(struct toy_cpu *c)
{
    u64 v = get_u64(c, offsetof(struct toy_cpu, x0)) + 1;
    memcpy(c->x0, &v, 8);
}
static u64 help_peek(const struct toy_cpu *c)
{
    return get_u64(c, offsetof(struct toy_cpu, x1));
}
static float help_halve(float a)
{
    return a / 2;
}
static double help_add(double a, double b)
{
    return a + b;
}
static void help_flags(struct toy_cpu *c, u32 flags)
{
    c->head.fp_flags |= flags;
}
static u32 help_byte(struct toy_cpu *c, u64 addr)
{
    u8 v = 0xee;
    (void)c;
    gmem_load_u8(addr, &v);
    return v;
}

#define FN(f) ((void (*)(void))(f))
static const struct ir_helper helpers[] = {
    {"sum", "u32:u32,u32", FN(help_sum), 0, 0, 0},
    {"mix", "u64:u64,u32,u64", FN(help_mix), 0, 0, 0},
    {"bump", "void:cpu", FN(help_bump), IR_HELP_STATE, IR_HELP_STATE, 0},
    {"peek", "u64:cpu", FN(help_peek), IR_HELP_STATE, 0, 0},
    {"halve", "f32:f32", FN(help_halve), 0, 0, 0},
    {"addd", "f64:f64,f64", FN(help_add), 0, 0, 0},
    {"raise", "void:cpu,u32", FN(help_flags), IR_HELP_FPENV, IR_HELP_FPENV, 0},
    {"byte", "u32:cpu,u64", FN(help_byte), IR_HELP_MEM, 0, 1},
};

const struct ir_layout toy_layout = {
    .guest = "toy",
    .slots = slots,
    .nslots = ARRAY_LEN(slots),
    .size = sizeof(struct toy_cpu),
    .window_base = offsetof(struct toy_cpu, wbase),
    .window_lo = offsetof(struct toy_cpu, window),
    .window_hi = offsetof(struct toy_cpu, window) + sizeof(u32) * TOY_WINDOW_CELLS,
    .helpers = helpers,
    .nhelpers = ARRAY_LEN(helpers),
    .addr_bits = 64,
};

const struct ir_slot *toy_slot(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        if (strcmp(slots[i].name, name) == 0) return &slots[i];
    return NULL;
}

void toy_reset_cpu(struct toy_cpu *cpu)
{
    u64 base = toy_layout.window_lo + sizeof(u32) * TOY_WINDOW_CELLS / 2;
    memset(cpu, 0, sizeof *cpu);
    memcpy(cpu->wbase, &base, sizeof base);
}

/* --- memory and faults --- */

struct cpu_head *toy_running;
bool (*toy_fault_hook)(int sig, const void *siginfo, void *ucontext);

static void on_fault(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    u64 pc = (u64)uc->uc_mcontext.gregs[REG_RIP], rax;
    if (gmem_fixup(&pc, &rax)) {
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
        uc->uc_mcontext.gregs[REG_RAX] = (greg_t)rax;
        if (toy_running) {
            toy_running->exit_info = CPU_FAULT_INFO(sig, info->si_code);
            toy_running->exit_detail = gmem_addr(info->si_addr);
        }
        return;
    }
    if (toy_fault_hook && toy_fault_hook(sig, info, context)) return;
    signal(sig, SIG_DFL);
}

void toy_setup(void)
{
    static u8 *ram;
    static u8 stack[1 << 16]; /* translated code has no stack of the host's kind */
    stack_t alt = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alt, NULL);
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    if (ram) return;
    /* Far from everything else, and where each sanitizer lets a program map: what lies beyond the end must not exist for
     * translated code either. */
    ram = mmap((void *)0x7ea000000000, TOY_END, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (ram == MAP_FAILED) abort();
    gmem_setup((u64)ram, ~(u64)0, TOY_END);
    toy_reset_memory();
}

void toy_reset_memory(void)
{
    u8 *p = gmem_ptr(TOY_RAM);
    if (mprotect(p, TOY_NONE - TOY_RAM, PROT_READ | PROT_WRITE)) abort();
    for (u32 a = TOY_RAM; a < TOY_NONE; a++) p[a - TOY_RAM] = (u8)(a * 7 + (a >> 8));
    if (mprotect(gmem_ptr(TOY_ROM), TOY_NONE - TOY_ROM, PROT_READ)) abort();
}
