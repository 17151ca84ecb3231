@ fault.arm.S: precise faults. LDM and STM whose third word lies in a missing page, with and without write-back, LDRD's
@ neighbour, a post-indexed load and a faulting store: a SIGSEGV handler prints the base, the registers of the list,
@ the flags and si_addr (relative to the page), mends the base in the frame and returns; then the resumed result.
@ Nothing of the faulting instruction may have happened when the handler runs. ARM ARM A2.6.5, A4.1.20.
    .arch armv6
    .text
    .globl _start

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
    .macro show reg
    mov r0, \reg
    bl hex
    .endm

@ handler(r0 = signal, r1 = siginfo, r2 = ucontext): the registers begin at 32, cpsr is at 96
handler:
    push {r4, r5, r6, r7, lr}
    mov r4, r2
    ldr r6, =page
    ldr r6, [r6]
    ldr r0, [r1, #12]       @ si_addr
    sub r0, r0, r6
    bl hex
    ldr r0, [r4, #32 + 4 * 1]
    sub r0, r0, r6
    bl hex                  @ the base, r1
    add r5, r4, #32 + 4 * 4
    mov r7, #4
1:  ldr r0, [r5], #4
    bl hex                  @ r4 to r7
    subs r7, r7, #1
    bne 1b
    ldr r0, [r4, #96]
    lsr r0, r0, #28
    bl hex
    ldr r0, =good
    str r0, [r4, #32 + 4 * 1]
    pop {r4, r5, r6, r7, pc}
restorer:
    mov r7, #173            @ rt_sigreturn
    swi 0

@ One faulting instruction on the base r1, OFFSET bytes before the end of the mapped page; r4 to r7 are known before.
    .macro fault offset, insn:vararg
    ldr r1, =page
    ldr r1, [r1]
    sub r1, r1, #\offset
    mov r4, #0x44
    mov r5, #0x55
    mov r6, #0x66
    mov r7, #0x77
    adds r0, r4, #0         @ flags: none
    subs r0, r4, #0x44      @ flags: Z and C
    \insn
    mrs r8, cpsr
    lsr r8, r8, #28
    ldr r9, =good
    sub r9, r1, r9
    show r4
    show r5
    show r6
    show r7
    show r8
    show r9
    ldr r9, =good
    ldr r0, [r9]
    bl hex
    ldr r0, [r9, #8]
    bl hex
    mov r0, #'\n'
    bl putc
    .endm

_start:
    mov r0, #0              @ mmap2 of two pages, the second one taken away
    mov r1, #0x2000
    mov r2, #3
    mov r3, #0x22
    mvn r4, #0
    mov r5, #0
    mov r7, #192
    swi 0
    add r0, r0, #0x1000
    ldr r1, =page
    str r0, [r1]
    mov r1, #0x1000
    mov r7, #91
    swi 0
    mov r0, #11
    ldr r1, =action
    mov r2, #0
    mov r3, #8
    mov r7, #174
    swi 0

    fault 8, ldmia r1!, {r4, r5, r6}
    fault 8, ldmia r1, {r4, r5, r6}
    fault 4, ldmib r1!, {r4, r5, r6, r7}
    fault 8, stmia r1!, {r4, r5, r6}
    fault 8, stmia r1, {r4, r5, r6, r7}
    fault 0, ldr r4, [r1], #4
    fault 4, ldr r4, [r1, #4]!
    fault 0, strb r5, [r1], #1
    fault 0, ldrh r4, [r1]
    fault 0, ldrd r4, r5, [r1]
    fault 8, ldmia r1!, {r4, r5, r6, r7}
    fault 0, swp r4, r5, [r1]
    fault 0, ldrex r4, [r1]
    fault 0, ldrsb r4, [r1], #1
    fault 0, ldreq r4, [r1]

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
    .align 3
    .word 0x0badbad0, 0x0badbad1
good: .word 0x11111111, 0x22222222, 0x33333333, 0x81818181, 0x55555555, 0x66666666
page: .word 0
action: .word handler, 0x04000004, restorer, 0, 0
buffer_end: .word buffer
    .bss
buffer: .space 65536
