@ flags.arm.S: the four flags after every data-processing instruction, with every kind of shifter operand, and all
@ sixteen conditions. Prints result and flags of each as hexadecimal. ARM ARM A3.2, A4.1, A5.1.
    .arch armv6
    .text
    .globl _start

@ Run one instruction on r0, r1, r2 under the carry given and print r0 and the flags.
    .macro op c, insn:vararg
    mov r0, r8
    mov r1, r9
    mov r2, r10
    .if \c
    cmp r0, r0              @ C set
    .else
    cmn r10, #0             @ r10 >= 0 here or not: C clear, since nothing carries out
    .endif
    \insn
    bl report
    .endm

report:
    mrs r3, cpsr
    lsr r3, r3, #28
    push {r4, lr}
    mov r4, r3
    bl hex
    mov r0, r4
    bl hex
    mov r0, #'\n'
    bl putc
    pop {r4, pc}

hex:                        @ r0 as eight digits and a blank
    push {r4, r5, lr}
    mov r4, r0
    mov r5, #8
1:  ror r4, r4, #28
    and r0, r4, #15
    cmp r0, #10
    addlo r0, r0, #'0'
    addhs r0, r0, #'a' - 10
    bl putc
    subs r5, r5, #1
    bne 1b
    mov r0, #' '
    bl putc
    pop {r4, r5, pc}

putc:                       @ into the buffer, flushed at the end
    ldr r1, =buffer_end
    ldr r2, [r1]
    strb r0, [r2], #1
    str r2, [r1]
    bx lr

conditions:                 @ a bit for each condition that holds, under the flags in r0
    msr cpsr_f, r0
    mov r0, #0
    orreq r0, r0, #1
    orrne r0, r0, #2
    orrcs r0, r0, #4
    orrcc r0, r0, #8
    orrmi r0, r0, #16
    orrpl r0, r0, #32
    orrvs r0, r0, #64
    orrvc r0, r0, #128
    orrhi r0, r0, #256
    orrls r0, r0, #512
    orrge r0, r0, #1024
    orrlt r0, r0, #2048
    orrgt r0, r0, #4096
    orrle r0, r0, #8192
    bx lr

    .macro all carry
    op \carry, adds r0, r0, r1
    op \carry, adcs r0, r0, r1
    op \carry, subs r0, r0, r1
    op \carry, sbcs r0, r0, r1
    op \carry, rsbs r0, r0, r1
    op \carry, rscs r0, r0, r1
    op \carry, ands r0, r0, r1
    op \carry, eors r0, r0, r1
    op \carry, orrs r0, r0, r1
    op \carry, bics r0, r0, r1
    op \carry, movs r0, r1
    op \carry, mvns r0, r1
    op \carry, cmp r0, r1
    op \carry, cmn r0, r1
    op \carry, tst r0, r1
    op \carry, teq r0, r1
    op \carry, muls r0, r1, r2
    op \carry, mlas r0, r1, r2, r8
    op \carry, umulls r0, r3, r1, r2
    op \carry, smulls r0, r3, r1, r2
    op \carry, movs r0, r1, lsl #1
    op \carry, movs r0, r1, lsl #31
    op \carry, movs r0, r1, lsr #1
    op \carry, movs r0, r1, lsr #32
    op \carry, movs r0, r1, asr #1
    op \carry, movs r0, r1, asr #32
    op \carry, movs r0, r1, ror #7
    op \carry, movs r0, r1, rrx
    op \carry, movs r0, r1, lsl r2
    op \carry, movs r0, r1, lsr r2
    op \carry, movs r0, r1, asr r2
    op \carry, movs r0, r1, ror r2
    op \carry, ands r0, r1, #0x80000000
    op \carry, tst r0, #0xff00
    op \carry, movs r0, #0xf0000000
    op \carry, adds r0, r0, r1, lsl r2
    op \carry, eors r0, r0, r1, ror #8
    op \carry, rsbs r0, r0, r1, asr r2
    .endm

one_row:
    push {lr}
    all 0
    all 1
    pop {pc}

_start:
    ldr r11, =operands
next_row:
    ldmia r11!, {r8, r9, r10}
    bl one_row
    ldr r0, =operands_end
    cmp r11, r0
    blo next_row
    mov r4, #0
1:  mov r0, r4, lsl #28
    bl conditions
    bl hex
    add r4, r4, #1
    cmp r4, #16
    blo 1b
    mov r0, #'\n'
    bl putc
    ldr r1, =buffer
    ldr r2, =buffer_end
    ldr r2, [r2]
    sub r2, r2, r1
    mov r0, #1
    mov r7, #4
    swi 0
    mov r0, #0
    mov r7, #1
    swi 0
    .ltorg

    .data
    .align 2
operands:
    .word 0, 0, 0
    .word 1, 0xffffffff, 1
    .word 0x7fffffff, 1, 31
    .word 0x80000000, 0x80000000, 32
    .word 0x80000000, 1, 33
    .word 0xffffffff, 0xffffffff, 255
    .word 0x12345678, 0x9abcdef0, 256
    .word 5, 7, 0x1f04
operands_end:
buffer_end: .word buffer
    .bss
buffer: .space 65536
