// fault.c: the fault handler of the targets that touch guest memory.
#include "runtime/base/gmem.h"
#include "tests/fuzz/fuzz.h"
#include <signal.h>
#include <ucontext.h>

static struct sigaction before[2]; // of SIGSEGV, SIGBUS: the fuzzer's, which tells what the input was

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)info;
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    u64 pc = (u64)regs[REG_RIP], rax = 0;
    if (!gmem_fixup(&pc, &rax)) {
        sigaction(sig, &before[sig == SIGBUS], NULL); // happens again, and is its
        return;
    }
    regs[REG_RIP] = (greg_t)pc;
    regs[REG_RAX] = (greg_t)rax;
}

void fuzz_guard_faults(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, &before[0]);
    sigaction(SIGBUS, &sa, &before[1]);
}
