// rawcall.h: the system call instruction of an x86-64 host, and what its kernel ABI asks of a caller.
//
// Private to runtime/base/rawsys.h. Number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax; the
// instruction destroys rcx and r11 (System V ABI, AMD64 supplement, A.2.1).
#ifndef CALQUE_RUNTIME_BASE_X86_64_RAWCALL_H
#define CALQUE_RUNTIME_BASE_X86_64_RAWCALL_H

// The six-argument form serves all: a spare zero costs one xor.
static inline long raw_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long ret;
    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

static inline long raw_syscall3(long nr, long a, long b, long c)
{
    long ret;
    __asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return ret;
}

static inline void raw_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}

#endif
