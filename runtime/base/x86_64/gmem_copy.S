// gmem_copy.S: the accesses to guest memory that may fault, for an x86-64 host. Called by gmem.c only, with host
// pointers (System V calling convention). No routine keeps anything on the stack or changes the direction flag, so
// the landing for a fault at any guarded instruction is a plain return: gmem_fixup has put -EFAULT into rax.

        .macro  entry name
        .globl  \name
        .hidden \name
        .type   \name, @function
        .p2align 4
\name:
        .cfi_startproc
        .endm

        .macro  done name
        .cfi_endproc
        .size   \name, . - \name
        .endm

// Guard the instructions from label `start` up to here: a row of {start, end, landing}, each relative to itself.
        .macro  guarded start
.Lend\@:
        .pushsection calque_guards, "a", @progbits
        .p2align 2
        .long   \start - .
        .long   .Lend\@ - .
        .long   .Lfault - .
        .popsection
        .endm

        .text
        .p2align 4
.Lfault:
        ret

// long gmem_raw_copy(void *dst, const void *src, size_t n), n > 0.
// Up to 32 bytes by two overlapping moves, up to 512 by a loop of 16 with an overlapping tail, then rep movsb.
entry   gmem_raw_copy
        xorl    %eax, %eax
        cmpq    $16, %rdx
        jae     2f
        cmpl    $8, %edx
        jae     3f
        cmpl    $4, %edx
        jae     4f
.Lcopy:
        movzbl  (%rsi), %ecx                    // 1 to 3 bytes: first, middle and last
        movq    %rdx, %r10
        shrq    %r10
        movzbl  (%rsi,%r10), %r9d
        movzbl  -1(%rsi,%rdx), %r8d
        movb    %cl, (%rdi)
        movb    %r9b, (%rdi,%r10)
        movb    %r8b, -1(%rdi,%rdx)
        ret
3:      movq    (%rsi), %rcx
        movq    -8(%rsi,%rdx), %r8
        movq    %rcx, (%rdi)
        movq    %r8, -8(%rdi,%rdx)
        ret
4:      movl    (%rsi), %ecx
        movl    -4(%rsi,%rdx), %r8d
        movl    %ecx, (%rdi)
        movl    %r8d, -4(%rdi,%rdx)
        ret
2:      cmpq    $512, %rdx
        ja      7f
        movups  -16(%rsi,%rdx), %xmm1           // the tail
        leaq    -16(%rdx), %rcx                 // where the tail goes
        xorl    %r8d, %r8d
        jmp     8f
6:      movups  (%rsi,%r8), %xmm0
        movups  %xmm0, (%rdi,%r8)
        addq    $16, %r8
8:      cmpq    %rcx, %r8
        jb      6b
        movups  %xmm1, (%rdi,%rcx)
        ret
7:      movq    %rdx, %rcx
        rep movsb
        ret
        guarded .Lcopy
done    gmem_raw_copy

// long gmem_raw_set(void *dst, u8 byte, size_t n)
entry   gmem_raw_set
        movl    %esi, %eax
        movq    %rdx, %rcx
.Lset:
        rep stosb
        guarded .Lset
        xorl    %eax, %eax
        ret
done    gmem_raw_set

// long gmem_raw_strncpy(char *dst, const char *src, size_t max): bytes before the NUL, or max.
entry   gmem_raw_strncpy
        xorl    %eax, %eax
        jmp     2f
1:
.Lstrncpy:
        movzbl  (%rsi,%rax), %ecx
        guarded .Lstrncpy
        movb    %cl, (%rdi,%rax)
        testl   %ecx, %ecx
        jz      3f
        incq    %rax
2:      cmpq    %rdx, %rax
        jb      1b
3:      ret
done    gmem_raw_strncpy

// long gmem_raw_strnlen(const char *src, size_t max)
entry   gmem_raw_strnlen
        xorl    %eax, %eax
        jmp     2f
1:
.Lstrnlen:
        cmpb    $0, (%rdi,%rax)
        guarded .Lstrnlen
        je      3f
        incq    %rax
2:      cmpq    %rsi, %rax
        jb      1b
3:      ret
done    gmem_raw_strnlen

// long gmem_raw_loadN(const void *src, uN *value); only the first access is the guest's.
        .macro  load bits, insn, reg, part
entry   gmem_raw_load\bits
.Lload\bits:
        \insn   (%rdi), \reg
        guarded .Lload\bits
        xorl    %eax, %eax
        mov     \part, (%rsi)
        ret
done    gmem_raw_load\bits
        .endm

        load    8, movzbl, %ecx, %cl
        load    16, movzwl, %ecx, %cx
        load    32, movl, %ecx, %ecx
        load    64, movq, %rcx, %rcx

// long gmem_raw_storeN(void *dst, uN value)
        .macro  store bits, part
entry   gmem_raw_store\bits
.Lstore\bits:
        mov     \part, (%rdi)
        guarded .Lstore\bits
        xorl    %eax, %eax
        ret
done    gmem_raw_store\bits
        .endm

        store   8, %sil
        store   16, %si
        store   32, %esi
        store   64, %rsi

// long gmem_raw_cmpxchgN(void *p, uN desired, uN *old): *old is what is expected, and gets what was there.
        .macro  exchange bits, part, acc
entry   gmem_raw_cmpxchg\bits
        mov     (%rdx), \acc
.Lexchange\bits:
        lock cmpxchg \part, (%rdi)
        guarded .Lexchange\bits
        mov     \acc, (%rdx)
        xorl    %eax, %eax
        ret
done    gmem_raw_cmpxchg\bits
        .endm

        exchange 8, %sil, %al
        exchange 16, %si, %ax
        exchange 32, %esi, %eax
        exchange 64, %rsi, %rax

// long gmem_raw_cmpxchg128(void *p, const u64 desired[2], u64 old[2]), p aligned to 16. rbx waits in r10, so this one
// has a landing of its own.
entry   gmem_raw_cmpxchg128
        movq    %rbx, %r10
        movq    %rdx, %r8
        movq    (%rsi), %rbx
        movq    8(%rsi), %rcx
        movq    (%r8), %rax
        movq    8(%r8), %rdx
.Lexchange128:
        lock cmpxchg16b (%rdi)
        .pushsection calque_guards, "a", @progbits
        .p2align 2
        .long   .Lexchange128 - .
        .long   .Lexchanged128 - .
        .long   .Lland128 - .
        .popsection
.Lexchanged128:
        movq    %rax, (%r8)
        movq    %rdx, 8(%r8)
        xorl    %eax, %eax
.Lland128:
        movq    %r10, %rbx
        ret
done    gmem_raw_cmpxchg128

        .section .note.GNU-stack, "", @progbits
