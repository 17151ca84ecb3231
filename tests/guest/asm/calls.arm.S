@ calls.arm.S: calls and returns that do not look like calls and returns, or do not match: mov lr, pc and a jump, lr computed,
@ bl as a jump, return addresses changed, exchanged and skipped, a callee that returns for its caller, sibling calls, every
@ instruction that can return. Prints sums as hexadecimal. ARM ARM A8.8.18, A8.8.27, A8.8.58.
    .arch armv6
    .syntax unified
    .text
    .globl _start

hex:                        @ r0 as eight digits and a new line
    push {r4, r5, lr}
    mov r4, r0
    mov r5, #8
    ldr r1, =buffer
1:  ror r4, r4, #28
    and r0, r4, #15
    cmp r0, #10
    addlo r0, r0, #'0'
    addhs r0, r0, #'a' - 10
    strb r0, [r1], #1
    subs r5, r5, #1
    bne 1b
    mov r0, #'\n'
    strb r0, [r1]
    mov r0, #1
    ldr r1, =buffer
    mov r2, #9
    mov r7, #4
    svc 0
    pop {r4, r5, pc}
    .ltorg

    .macro callee n, ret:vararg
callee\n: add r10, r10, r10, lsl #2
    add r10, r10, #\n
    \ret
    .endm
    callee 0, bx lr
    callee 1, mov pc, lr
    callee 2, add pc, lr, #0
    .text
callee3:                    @ returns by the stack, three ways in turn
    push {lr}
    add r10, r10, r10, lsl #1
    pop {pc}
callee4:
    push {r3, lr}
    eor r10, r10, #0x5a
    ldr lr, [sp, #4]
    add sp, sp, #8
    bx lr
callee5:
    str lr, [sp, #-4]!
    add r10, r10, #9
    ldr pc, [sp], #4
callee6:                    @ a sibling call
    add r10, r10, #1
    b callee7
callee7:
    rsb r10, r10, r10, lsl #3
    ldr r3, =callee0
    bx r3
skipper:                    @ returns behind the word that follows the call
    ldr r3, [lr]
    add r10, r10, r3
    add lr, lr, #4
    bx lr
back:                       @ returns to the call itself, once
    cmp r9, #0
    mov r9, #1
    subeq lr, lr, #4
    add r10, r10, #3
    bx lr
for_caller:                 @ pops its caller's frame and returns for it
    add r10, r10, #17
    pop {r4, pc}
calls_for_caller:
    push {r4, lr}
    add r10, r10, #2
    bl for_caller
    mov r10, #0             @ never
    pop {r4, pc}
exchange:                   @ exchanges its return address with its caller's: they return in the other's place
    ldr r3, [sp, #4]
    str lr, [sp, #4]
    mov lr, r3
    bx lr
calls_exchange:
    push {r4, lr}
    add r10, r10, #4
    bl exchange
    add r10, r10, #0x100    @ second, since the caller runs on first
    pop {r4, lr}
    bx r8
deep:                       @ r0 levels by mov lr, pc
    push {r0, lr}
    subs r0, r0, #1
    beq 1f
    ldr r3, =deep
    mov lr, pc
    bx r3
    ldr r3, [sp]
    add r10, r10, r3, lsl #1
1:  pop {r0, pc}
    .ltorg

_start:
    mov r10, #1
    ldr r6, =5000
1:  ldr r5, =table          @ every callee by mov lr, pc; bx and by mov pc, in turn
2:  ldr r3, [r5], #4
    cmp r3, #0
    beq 3f
    mov lr, pc
    bx r3
    mov lr, pc
    mov pc, r3
    blx r3
    add lr, pc, #4          @ skips the next
    mov pc, r3
    mov r10, #0
    mov lr, pc
    ldr pc, [r5, #-4]
    b 2b
3:  subs r6, r6, #1
    bne 1b
    mov r0, r10
    bl hex

    mov r10, #1
    ldr r6, =3000
1:  bl skipper
    .word 0x01000193
    mov r9, #0
    bl back
    bl calls_for_caller
    subs r6, r6, #1
    bne 1b
    mov r0, r10
    bl hex

    mov r10, #0
    ldr r6, =20000          @ bl as a jump: calls that never come back
1:  bl 2f
    mov r10, #0
2:  add r10, r10, r6
    sub r3, lr, pc
    add r10, r10, r3
    subs r6, r6, #1
    bne 1b
    mov r0, r10
    bl hex

    mov r10, #0
    ldr r6, =1000
1:  ldr r8, =4f
    bl calls_exchange
    add r10, r10, #1        @ the first return comes here, its frame still on the stack
    ldr lr, [sp, #4]        @ where the exchanged one wants to go: behind bl exchange
    bx lr
4:  subs r6, r6, #1
    bne 1b
    mov r0, r10
    bl hex

    mov r10, #0
    ldr r0, =20000
    bl deep
    mov r0, r10
    bl hex

    mov r10, #0             @ returns from a call to three places, by conditions
    ldr r6, =4000
1:  ands r3, r6, #3
    adr lr, 2f
    adreq lr, 3f
    cmp r3, #1
    adreq lr, 4f
    ldr r3, =callee0
    bx r3
2:  add r10, r10, #1
3:  add r10, r10, #2
4:  add r10, r10, #3
    subs r6, r6, #1
    bne 1b
    mov r0, r10
    bl hex
    mov r0, #0
    mov r7, #1
    svc 0
    .ltorg
    .data
table: .word callee0, callee1, callee2, callee3, callee4, callee5, callee6, 0
    .bss
buffer: .space 16
