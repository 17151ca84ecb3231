! flags.sparc.S: icc after every instruction that sets it, over corner operands; all sixteen conditions; shifts by
! register; addx and subx chains; tagged arithmetic. Prints hexadecimal. SPARC V8 manual B.10-B.24.
    .register %g2, #scratch
    .register %g3, #scratch
    .text
    .globl _start
hex:
    mov 28, %o1
1:  srl %o0, %o1, %o2
    and %o2, 15, %o2
    cmp %o2, 10
    bl 2f
    add %o2, '0', %o3
    add %o2, 'a' - 10, %o3
2:  stb %o3, [%g7]
    inc %g7
    subcc %o1, 4, %o1
    bpos 1b
    nop
    mov ' ', %o3
    stb %o3, [%g7]
    retl
    inc %g7

! the condition codes as a mask of the conditions that hold: %g4
    .macro condition name bit
    b\name,a 1f
    or %g4, \bit, %g4
1:
    .endm
conditions:
    mov 0, %g4
    condition e, 1
    condition ne, 2
    condition l, 4
    condition le, 8
    condition leu, 16
    condition cs, 32
    condition neg, 64
    condition vs, 128
    condition g, 256
    condition ge, 512
    condition gu, 1024
    condition cc, 2048
    retl
    nop

    .macro op insn
    cmp %g0, 1              ! carry set, so that addx and subx have something to take
    \insn
    mov %o0, %l7
    call conditions
    nop
    call hex
    mov %l7, %o0
    call hex
    mov %g4, %o0
    mov '\n', %o3
    stb %o3, [%g7]
    inc %g7
    .endm

_start:
    sub %sp, 96, %sp
    set buffer, %g7
    set operands, %l6
next:
    ld [%l6], %l0
    ld [%l6 + 4], %l1
    op "addcc %l0, %l1, %o0"
    op "addxcc %l0, %l1, %o0"
    op "subcc %l0, %l1, %o0"
    op "subxcc %l0, %l1, %o0"
    op "andcc %l0, %l1, %o0"
    op "andncc %l0, %l1, %o0"
    op "orcc %l0, %l1, %o0"
    op "orncc %l0, %l1, %o0"
    op "xorcc %l0, %l1, %o0"
    op "xnorcc %l0, %l1, %o0"
    op "taddcc %l0, %l1, %o0"
    op "tsubcc %l0, %l1, %o0"
    op "umulcc %l0, %l1, %o0"
    op "smulcc %l0, %l1, %o0"
    op "addx %l0, %l1, %o0"
    op "subx %l0, %l1, %o0"
    op "sll %l0, %l1, %o0"
    op "srl %l0, %l1, %o0"
    op "sra %l0, %l1, %o0"
    op "addcc %l0, -1, %o0"
    op "subcc %l0, 4095, %o0"
    op "sethi %hi(0x12345400), %o0"
    op "mulscc %l0, %l1, %o0"
    add %l6, 8, %l6
    set operands_end, %l5
    cmp %l6, %l5
    bl next
    nop
    ! division: %y and both signs, overflow saturates
    .macro divide high, op
    set \high, %l2
    wr %l2, 0, %y
    nop
    nop
    nop
    op "\op %l0, %l1, %o0"
    .endm
    set 0x00000007, %l1
    set 0x80000001, %l0
    divide 3, udivcc
    divide 3, sdivcc
    divide 0xffffffff, sdivcc
    divide 7, udivcc
    divide 8, sdivcc
    divide 0x80000000, sdivcc
    set buffer, %o1
    sub %g7, %o1, %o2
    mov 1, %o0
    mov 4, %g1
    ta 0x10
    mov 0, %o0
    mov 1, %g1
    ta 0x10
    nop

    .data
    .align 4
operands:
    .word 0, 0,  1, 0xffffffff,  0x7fffffff, 1,  0x80000000, 0x80000000,  0x80000000, 1,  0xffffffff, 0xffffffff
    .word 0x12345678, 0x9abcdef0,  5, 7,  7, 5,  6, 4,  0xfffffffe, 33,  0x7ffffffc, 8
operands_end:
    .bss
    .align 8
buffer: .space 65536
