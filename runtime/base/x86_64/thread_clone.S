// thread_clone.S: the clone system calls of an x86-64 host, in forms that C can call. Called by thread.c (the
// _raw ones) and by everyone (thread_fork, thread_fork3); thread.h documents them.
//
// The kernel keeps every register but rax, rcx and r11, in the parent and in the child.
#define SYS_munmap      11
#define SYS_clone       56
#define SYS_exit        60
#define SYS_clone3      435
#define EINVAL          22
#define CLONE_VM        0x00000100
#define CLONE_VFORK     0x00004000
#define CLONE_SETTLS    0x00080000

        .macro  entry name
        .globl  \name
        .type   \name, @function
        .p2align 4
\name:
        .cfi_startproc
        .endm

        .macro  done name
        .cfi_endproc
        .size   \name, . - \name
        .endm

        .text

// What a child of the two functions below starts with: fn and arg on its stack, which is then aligned to 16.
        .p2align 4
child_start:
        .cfi_startproc
        .cfi_undefined rip
        xorl    %ebp, %ebp
        popq    %rax
        popq    %rdi
        call    *%rax
        movl    %eax, %edi
        movl    $SYS_exit, %eax
        syscall
        ud2
        .cfi_endproc

// long thread_clone_raw(u64 flags, void *stack_top, int *ptid, int *ctid, void *tp, int (*fn)(void *), void *arg)
        .hidden thread_clone_raw
entry   thread_clone_raw
        movq    8(%rsp), %rax
        andq    $-16, %rsi
        subq    $16, %rsi
        movq    %r9, (%rsi)
        movq    %rax, 8(%rsi)
        movq    %rcx, %r10
        movl    $SYS_clone, %eax
        syscall
        testq   %rax, %rax
        jz      child_start
        ret
done    thread_clone_raw

// long thread_clone3_raw(const struct clone_args *args, size_t size, u64 *top, int (*fn)(void *), void *arg)
// `top` points at the two words that child_start pops; args->stack + stack_size is the same address.
        .hidden thread_clone3_raw
entry   thread_clone3_raw
        movq    %rcx, (%rdx)
        movq    %r8, 8(%rdx)
        movl    $SYS_clone3, %eax
        syscall
        testq   %rax, %rax
        jz      child_start
        ret
done    thread_clone3_raw

// The fork forms. The return address waits in r9: a child that borrows the stack (CLONE_VM with CLONE_VFORK) has
// overwritten its slot by the time the parent goes on. r8d is CLONE_VM if the child shares memory.
        .macro  fork_form flags
        movl    \flags, %r8d
        andl    $(CLONE_VM | CLONE_VFORK), %r8d
        cmpl    $CLONE_VM, %r8d
        je      .Lrefuse
        andl    $CLONE_VM, %r8d
        popq    %r9
        .cfi_adjust_cfa_offset -8
        .cfi_register rip, r9
        .endm

// Both processes return. A child with memory of its own forgets the thread id that it copied.
        .macro  fork_return
        pushq   %r9
        .cfi_adjust_cfa_offset 8
        .cfi_offset rip, -8
        testq   %rax, %rax
        jnz     1f
        testl   %r8d, %r8d
        jnz     1f
        movl    $0, %fs:thread_tid_slot@tpoff
1:      ret
        .endm

// long thread_fork(u64 flags, int *ptid, int *ctid). The tls argument, in r8, is not read: CLONE_SETTLS is clear.
entry   thread_fork
        fork_form %edi
        andq    $~CLONE_SETTLS, %rdi
        movq    %rdx, %r10
        movq    %rsi, %rdx
        xorl    %esi, %esi
        movl    $SYS_clone, %eax
        syscall
        fork_return
done    thread_fork

// long thread_fork3(const struct clone_args *args, size_t size)
entry   thread_fork3
        fork_form (%rdi)
        movl    $SYS_clone3, %eax
        syscall
        fork_return
done    thread_fork3

        .p2align 4
.Lrefuse:
        .cfi_startproc
        movq    $-EINVAL, %rax
        ret
        .cfi_endproc

// _Noreturn void thread_exit_raw(int status, void *map, size_t size): the stack is gone after the first call.
        .hidden thread_exit_raw
entry   thread_exit_raw
        movl    %edi, %r12d
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        movl    $SYS_munmap, %eax
        syscall
        movl    %r12d, %edi
        movl    $SYS_exit, %eax
        syscall
        ud2
done    thread_exit_raw

        .section .note.GNU-stack, "", @progbits
