// sigreturn.S: what a signal handler returns to: struct raw_sigaction's restorer on an x86-64 host.
//
// Unwinders know the frame by this very instruction pair (rt_sigreturn is call 15), and look it up at the return
// address minus one: hence the nop before the symbol.
        .text
        nop
        .globl  raw_sigreturn
        .type   raw_sigreturn, @function
        .p2align 4
raw_sigreturn:
        movq    $15, %rax
        syscall
        ud2
        .size   raw_sigreturn, . - raw_sigreturn

        .section .note.GNU-stack, "", @progbits
