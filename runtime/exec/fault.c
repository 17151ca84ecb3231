/* The host's signal handler. What a signal means is decided by the host pc alone: translated code (the guest's fault),
 * a guarded access of C code (-EFAULT), the guard below a return stack (start it anew), else our own bug. Signals that
 * others sent are noted for the dispatch loop. Host registers are named here and in backend/<host> only. */
#include <signal.h>
#include <ucontext.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/gmem.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"

#define PAGE 4096ull

static u64 get_reg(ucontext_t *uc, int reg) { return (u64)uc->uc_mcontext.gregs[reg]; }
static void set_reg(ucontext_t *uc, int reg, u64 v) { uc->uc_mcontext.gregs[reg] = (greg_t)v; }

/* The fault row of a host pc in a unit, or NULL. */
static const struct side_fault *fault_row(const struct unit *u, u64 pc)
{
    u32 at = (u32)(pc - u->host), lo = 0, hi = u->nfaults;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (u->faults[mid].host_end <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < u->nfaults ? &u->faults[lo] : NULL;
}

/* The guest address of a fault: what the MMU said; nothing for addresses no MMU translates. */
static gaddr guest_fault_address(const siginfo_t *info)
{
    return info->si_code == SI_KERNEL ? 0 : ((u64)info->si_addr - gmem_base) & gmem_mask;
}

static void note_fault(struct cpu_head *cpu, const siginfo_t *info)
{
    cpu->exit_info = CPU_FAULT_INFO(info->si_signo, info->si_code == SI_KERNEL ? SEGV_MAPERR : info->si_code);
    cpu->exit_detail = guest_fault_address(info);
}

/* A guest access in translated code: makes the state precise and goes back to the loop. */
static bool guest_fault(struct task *t, const siginfo_t *info, ucontext_t *uc)
{
    struct unit *u = cache_unit_of(get_reg(uc, REG_RIP));
    const struct side_fault *row = u ? fault_row(u, get_reg(uc, REG_RIP)) : NULL;
    if (!row) return false;
    if (row->zeroed) {
        jit_load_zero(row->zeroed, uc);
        set_reg(uc, REG_RIP, u->host + row->host_end);
        return true;
    }
    jit_state_from_context(&process.guest->layout, t->cpu, uc);
    t->cpu->key = row->key;
    t->cpu->aux = row->aux;
    note_fault(t->cpu, info);
    set_reg(uc, REG_RIP, cache.thunks.fault_leave);
    return true;
}

/* A push below the return stack: it is a hint, so it begins again at its base and the call is repeated. */
static bool return_stack_overflow(struct task *t, const siginfo_t *info, ucontext_t *uc)
{
    const struct task_exec *x = exec_of(t);
    u64 addr = (u64)info->si_addr;
    if (addr < (u64)x->ret_lo - PAGE || addr >= (u64)x->ret_lo) return false;
    set_reg(uc, REG_RSP, t->cpu->ret_base);
    return true;
}

static bool handle_fault(struct task *t, const siginfo_t *info, ucontext_t *uc)
{
    u64 pc = get_reg(uc, REG_RIP), rax;
    if (gmem_fixup(&pc, &rax)) {
        set_reg(uc, REG_RIP, pc);
        set_reg(uc, REG_RAX, rax);
        if (t && t->cpu) note_fault(t->cpu, info); /* the interpreter asks why its access failed */
        return true;
    }
    return t && (return_stack_overflow(t, info, uc) || guest_fault(t, info, uc));
}

/* For the report of our own bug: where the host was and, in translated code, the guest's registers and about its pc. */
static void note_bug(struct task *t, ucontext_t *uc)
{
    if (debug_fault_pc) return; /* a fault in the report */
    debug_fault_pc = get_reg(uc, REG_RIP);
    struct unit *u = cache_unit_of(debug_fault_pc);
    if (!t || !u) return;
    const struct side_fault *row = fault_row(u, debug_fault_pc);
    jit_state_from_context(&process.guest->layout, t->cpu, uc);
    t->cpu->key = row ? row->key : u->key;
}

void exec_host_signal(int sig, siginfo_t *info, void *host_ucontext)
{
    ucontext_t *uc = host_ucontext;
    struct task *t = task_self();
    bool faults = sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE;
    bool by_hardware = faults && info->si_code > 0 && info->si_errno != SIG_SENT;
    if (by_hardware) {
        if ((sig == SIGSEGV || sig == SIGBUS) && handle_fault(t, info, uc)) return;
        note_bug(t, uc);
        bug("host signal %d (code %d, address 0x%llx) at host pc 0x%llx", sig, info->si_code,
            (unsigned long long)(u64)info->si_addr, (unsigned long long)get_reg(uc, REG_RIP));
    }
    if (t) sig_note(t, sig, info, uc);
}
