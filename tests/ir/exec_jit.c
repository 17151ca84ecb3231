/* The JIT as an executor of the IR's tests: a code buffer, thunks, a return stack, a jump table, and the
 * fault handler's part that runtime/exec plays in the program. Each variant has its own pins and host
 * features. */
#include "tests/ir/exec_jit.h"
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "backend/backend.h"
#include "ir/softfloat/softfloat.h"
#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "tests/ir/toy.h"

enum { CODE_BYTES = 1 << 20, RET_BYTES = 1 << 14, MAX_SLOTS = 64, MAX_REASONS = 16 };

static const struct jit_code *running;
static const struct jit_thunks *running_thunks;
static const struct ir_layout *running_layout;
static u64 running_at;
static u8 *code_memory;
static struct jump_entry jump_table[1 << JUMP_TABLE_BITS];

static struct {
    const char *why;
    unsigned times;
} refusals[MAX_REASONS];

/* Counts it; false for what only a bug of the JIT brings about. */
static bool note_refusal(const char *why)
{
    for (u32 i = 0; i < MAX_REASONS; i++) {
        if (refusals[i].why && strcmp(refusals[i].why, why)) continue;
        refusals[i].why = why;
        refusals[i].times++;
        break;
    }
    return !strstr(why, "promised") && !strstr(why, "more registers");
}

void exec_jit_report(void)
{
    for (u32 i = 0; i < MAX_REASONS && refusals[i].why; i++)
        printf("  refused %u times: %s\n", refusals[i].times, refusals[i].why);
}

static bool on_fault(int sig, const void *siginfo, void *ucontext)
{
    const siginfo_t *info = siginfo;
    ucontext_t *uc = ucontext;
    u64 at = (u64)uc->uc_mcontext.gregs[REG_RIP] - running_at;
    if (!running || at >= running->size) return false;
    const struct side_fault *f = running->faults;
    for (u32 n = 0; n < running->nfaults; n++, f++) {
        if (at >= f->host_end) continue;
        if (f->zeroed) {
            jit_load_zero(f->zeroed, ucontext);
            uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(running_at + f->host_end);
            return true;
        }
        jit_state_from_context(running_layout, toy_running, ucontext);
        toy_running->key = f->key;
        toy_running->aux = f->aux;
        toy_running->exit_info = CPU_FAULT_INFO(sig, info->si_code);
        toy_running->exit_detail = gmem_addr(info->si_addr);
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)running_thunks->fault_leave;
        return true;
    }
    return false;
}

const struct ir_layout *exec_jit_layout(const struct ir_layout *l, const char *pins, struct ir_layout *copy,
                                        struct ir_slot *slots)
{
    *copy = *l;
    memcpy(slots, l->slots, l->nslots * sizeof *slots);
    copy->slots = slots;
    for (u32 i = 0; i < l->nslots; i++) {
        slots[i].pin = 0;
        u8 rank = 0;
        for (const char *p = pins; *p; p += strspn(p, " ")) {
            size_t n = strcspn(p, " ");
            rank++;
            if (strlen(slots[i].name) == n && !strncmp(slots[i].name, p, n)) slots[i].pin = rank;
            p += n;
        }
    }
    return copy;
}

static void once(void)
{
    if (code_memory) return;
    code_memory =
        mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code_memory == MAP_FAILED) abort();
    syscall(SYS_arch_prctl, ARCH_SET_GS, gmem_base);
    toy_fault_hook = on_fault;
    jump_table[jump_hash(0)].key = 2; /* which is never looked for here: no key matches an empty entry */
}

bool exec_jit_run(const struct ir_unit *given, struct cpu_head *cpu, const char *pins, u64 masked,
                  enum cpu_exit *why, char *err, size_t errsize)
{
    static u64 ret_stack[RET_BYTES / 8];
    static struct arena arena;
    once();
    struct ir_layout layout;
    struct ir_slot slots[MAX_SLOTS];
    struct ir_unit u = *given;
    u.layout = exec_jit_layout(given->layout, pins, &layout, slots);
    struct backend_options opt = {.gmem_base = gmem_base,
                                  .use_base = true,
                                  .host_features = jit_host_features(masked),
                                  .x86_fp = u.fp.nan_rule == SF_RULE_X86};
    struct jit_thunks thunks;
    long used = jit_make_thunks(u.layout, &opt, code_memory, CODE_BYTES, (u64)code_memory, &thunks);
    if (used < 0) abort();
    struct jit_code code;
    int e = jit_translate(&u, &opt, &arena, &code);
    if (e) {
        fmt_snprintf(err, errsize, "jit_translate: %s (%s)", error_text(e), code.why ? code.why : "?");
        arena_reset(&arena);
        *why = EXEC_JIT_REFUSED;
        return e == -ENOSYS && note_refusal(code.why);
    }
    u8 *at = code_memory + (((u64)used + 63) & ~(u64)63);
    jit_place(&code, u.layout, &thunks, at, (u64)at, 0);
    cpu->ret_base = cpu->ret_sp =
        jit_return_stack_init((u8 *)ret_stack, (u8 *)ret_stack + sizeof ret_stack, &thunks);
    cpu->jump_table = (u64)jump_table;
    toy_running = cpu;
    running = &code, running_thunks = &thunks, running_layout = u.layout, running_at = (u64)at;
    *why = ((enum cpu_exit(*)(struct cpu_head *, u64))thunks.enter)(cpu, (u64)at);
    running = NULL;
    toy_running = NULL;
    if (*why == CPU_EXIT_LINK) *why = CPU_EXIT_LOOKUP; /* the loop would go on at the key either way */
    arena_reset(&arena);
    return true;
}
