/* The one stub through which every system call for the guest is made (see task_syscall in task.h).
 *
 *   s64 sys_stub(const u32 *poll, long nr, const u64 args[6])
 *
 * A signal that comes between the test of the poll flag and the syscall instruction would be noted too late for the
 * test and too early for the kernel to interrupt the call. The host handler therefore looks whether the interrupted pc
 * lies in [sys_stub_test, sys_stub_call]: then it moves it to sys_stub_abort. A pc at sys_stub_call itself also means that
 * the kernel has backed up to restart the call (SA_RESTART). */
    .text
    .globl  sys_stub, sys_stub_test, sys_stub_call, sys_stub_done, sys_stub_abort
    .hidden sys_stub, sys_stub_test, sys_stub_call, sys_stub_done, sys_stub_abort
    .type   sys_stub, @function
sys_stub:
    .cfi_startproc
    movq    %rsi, %rax
    movq    %rdi, %rcx
    movq    %rdx, %r11
    movq    0(%r11), %rdi
    movq    8(%r11), %rsi
    movq    16(%r11), %rdx
    movq    24(%r11), %r10
    movq    32(%r11), %r8
    movq    40(%r11), %r9
sys_stub_test:
    cmpl    $0, (%rcx)
    jne     sys_stub_abort
sys_stub_call:
    syscall
sys_stub_done:
    ret
sys_stub_abort:
    movq    $-512, %rax
    ret
    .cfi_endproc
    .size   sys_stub, . - sys_stub
    .section .note.GNU-stack, "", @progbits
