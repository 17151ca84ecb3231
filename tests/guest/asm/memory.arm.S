@ memory.arm.S: loads and stores in every addressing mode, LDM and STM in every order and with the base in the list,
@ byte, halfword, double and exclusive ones, SWP, unaligned words, and pc as source, base and destination; Thumb by
@ bx and blx. Prints registers and memory as hexadecimal. ARM ARM A5.2-A5.4, A7.
    .arch armv6
    .text
    .globl _start

    .macro show reg
    mov r0, \reg
    bl hex
    .endm
    .macro line
    mov r0, #'\n'
    bl putc
    .endm

hex:
    push {r1, r2, r4, r5, lr}
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
    pop {r1, r2, r4, r5, pc}
putc:
    push {r1, r2}
    ldr r1, =buffer_end
    ldr r2, [r1]
    strb r0, [r2], #1
    str r2, [r1]
    pop {r1, r2}
    bx lr

dump:                       @ sixteen words of the area
    push {r4, r5, lr}
    ldr r4, =area
    mov r5, #16
1:  ldr r0, [r4], #4
    bl hex
    subs r5, r5, #1
    bne 1b
    line
    pop {r4, r5, pc}

fill:                       @ the area with a pattern, r6 in its middle
    ldr r6, =area
    ldr r0, =0x03020100
    ldr r1, =0x04040404
    mov r2, #16
1:  str r0, [r6], #4
    add r0, r0, r1
    subs r2, r2, #1
    bne 1b
    sub r6, r6, #32
    bx lr

    .macro base insn:vararg @ an access, then what it loaded and where the base went
    bl fill
    mov r4, #0
    mov r5, #8
    \insn
    show r4
    ldr r5, =area
    sub r6, r6, r5
    show r6
    .endm

_start:
    base ldr r4, [r6]
    base ldr r4, [r6, #4]
    base ldr r4, [r6, #-8]!
    base ldr r4, [r6], #12
    base ldr r4, [r6, r5]
    base ldr r4, [r6, -r5]!
    base ldr r4, [r6], r5, lsl #1
    base ldr r4, [r6, -r5, asr #1]
    line
    base ldrb r4, [r6, #1]
    base ldrb r4, [r6], #-3
    base ldrh r4, [r6, #2]!
    base ldrsh r4, [r6, #-2]
    base ldrsb r4, [r6, r5]
    base ldrh r4, [r6], -r5
    base ldr r4, [r6, #1]
    base ldrh r4, [r6, #3]
    line
    ldr r7, =0xa1b2c3d4
    bl fill
    str r7, [r6, #-4]!
    strb r7, [r6, #9]
    strh r7, [r6, #14]
    str r7, [r6], #20
    str r7, [r6, #1]
    bl dump
    .irp mode, ia, ib, da, db
    bl fill
    mov r7, #7
    mov r8, #8
    mov r9, #9
    stm\mode r6!, {r7, r8, r9}
    ldr r5, =area
    sub r6, r6, r5
    show r6
    bl dump
    bl fill
    ldm\mode r6!, {r7, r8, r9}
    show r7
    show r8
    show r9
    ldr r5, =area
    sub r6, r6, r5
    show r6
    bl fill
    ldm\mode r6, {r5, r6, r7}
    show r5
    show r6
    show r7
    line
    .endr
    bl fill
    ldrd r4, r5, [r6, #8]
    show r4
    show r5
    strd r4, r5, [r6, #-16]!
    bl dump
    bl fill
    mov r4, #99
    swp r5, r4, [r6]
    show r5
    swpb r5, r4, [r6]
    show r5
    ldr r4, [r6]
    show r4
    ldrex r4, [r6]
    add r4, r4, #1
    strex r5, r4, [r6]
    show r4
    show r5
    strex r5, r4, [r6]      @ no reservation is left
    show r5
    line
    adr r4, 1f              @ the pc as destination of loads and moves, and as operand
    ldr pc, =1f
    mov r4, #0
1:  ldr r5, =2f
    mov pc, r5
    mov r4, #0
2:  adr r5, 3f
    sub r6, pc, r5
    show r6
3:  line
    mov lr, pc              @ a call that is not BL
    ldr pc, =plain_function
    show r5
    ldr r4, =thumb_function
    mov r0, #20
    blx r4
    show r0
    mov r0, #5
    mov lr, pc
    bx r4
    show r0
    ldr r1, =table
    mov r2, #2
    ldr pc, [r1, r2, lsl #2]
case0:
case1:
    mov r4, #0
case2:
    mov r4, #0x77
    show r4
    cmp r4, #0x77
    addeq pc, pc, #0        @ skips the next instruction
    mov r4, #1
    show r4
    line
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
plain_function:
    mov r5, #0x55
    bx lr
    .ltorg

    .thumb
    .thumb_func
thumb_function:
    push {r4, lr}
    add r0, #3
    lsl r4, r0, #2
    sub r4, r4, r0
    mov r0, r4
    cmp r0, #30
    bgt 1f
    add r0, #100
1:  pop {r4, pc}
    .arm

    .data
    .align 3
table: .word case0, case1, case2
    .space 12
area: .space 64
    .space 64
buffer_end: .word buffer
    .bss
buffer: .space 65536
