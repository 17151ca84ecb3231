! calls.sparc.S: calls and returns that do not look like calls and returns, or do not match: jumps with %o7 set by hand,
! call as a jump, return addresses changed, exchanged and skipped, a structure's unimp word of the right and the wrong size,
! a callee that returns for its caller, sibling calls, returns without a window. Prints sums as hexadecimal. SPARC V8 B.21,
! B.24, B.25, B.31, D.4.
    .register %g2, #scratch
    .register %g3, #scratch
    .text
    .globl _start

hex:                        ! %o0 as eight digits and a new line
    save %sp, -96, %sp
    set buffer, %l0
    mov 28, %l1
1:  srl %i0, %l1, %l2
    and %l2, 15, %l2
    cmp %l2, 10
    bl 2f
    add %l2, '0', %l3
    add %l2, 'a' - 10, %l3
2:  stb %l3, [%l0]
    inc %l0
    subcc %l1, 4, %l1
    bpos 1b
    nop
    mov '\n', %l3
    stb %l3, [%l0]
    mov 1, %o0
    set buffer, %o1
    mov 9, %o2
    mov 4, %g1
    ta 0x10
    ret
    restore

callee0:                    ! %g2 is the sum
    sll %g2, 2, %g3
    retl
    add %g2, %g3, %g2
callee1:
    save %sp, -96, %sp
    add %g2, 1, %g2
    jmpl %i7 + 8, %g0
    restore
callee2:                    ! a sibling call out of a window
    save %sp, -96, %sp
    add %g2, 7, %g2
    call callee0
    restore
callee3:                    ! a sibling call that keeps %o7 by hand
    mov %o7, %g3
    xor %g2, 90, %g2
    call callee4
    mov %g3, %o7
callee4:
    jmp %o7 + 8
    add %g2, 4, %g2
callee5:                    ! return in the slot of a jump, the other way round
    save %sp, -96, %sp
    mov %i7, %l0
    restore %l0, 0, %o7
    retl
    add %g2, 5, %g2

structure:                  ! returns a structure: skips the unimp word if it says the right size
    save %sp, -96, %sp
    ld [%i7 + 8], %l0
    cmp %l0, 12
    be,a 1f
    add %i7, 4, %i7
    add %g2, 100, %g2
1:  add %g2, 3, %g2
    jmp %i7 + 8
    restore
skipper:                    ! returns behind the word that follows the call's slot
    ld [%o7 + 8], %g3
    add %g2, %g3, %g2
    jmp %o7 + 12
    nop
back:                       ! returns to the call itself, once
    cmp %g4, 0
    be 1f
    mov 1, %g4
    retl
    add %g2, 3, %g2
1:  jmp %o7
    add %g2, 1, %g2
for_caller:                 ! pops its own and its caller's window and returns for it
    save %sp, -96, %sp
    add %g2, 17, %g2
    restore
    ret
    restore
calls_for_caller:
    save %sp, -96, %sp
    add %g2, 2, %g2
    call for_caller
    nop
    mov 0, %g2              ! never
    ret
    restore
deep:                       ! %o0 levels, called by hand
    save %sp, -96, %sp
    subcc %i0, 1, %o0
    be 1f
    nop
    set deep, %l0
    jmpl %l0, %o7
    nop
    sll %i0, 1, %l1
    add %g2, %l1, %g2
1:  ret
    restore

_start:
    save %sp, -256, %sp
    mov 1, %g2
    set 5000, %l6
1:  set table, %l5          ! every callee, called by hand in different ways
2:  ld [%l5], %l4
    cmp %l4, 0
    be 3f
    inc 4, %l5
    jmpl %l4, %o7
    nop
    set 4f - 8, %o7
    jmp %l4
    nop
    mov 0, %g2
4:  call %l4
    nop
    set 5f - 8, %o7         ! the caller's own choice, backward
    ba 6f
    nop
5:  ba 2b
    nop
6:  jmpl %l4, %g0
    nop
3:  subcc %l6, 1, %l6
    bne 1b
    nop
    call hex
    mov %g2, %o0

    mov 1, %g2
    set 3000, %l6
1:  call structure
    nop
    unimp 12
    call structure          ! another size: no skip, and here no unimp to run into
    nop
    .word 0x01000000 + 8    ! nop's kin: sethi of %g0
    call skipper
    nop
    .word 0x00010193        ! unimp
    mov 0, %g4
    call back
    nop
    call calls_for_caller
    nop
    subcc %l6, 1, %l6
    bne 1b
    nop
    call hex
    mov %g2, %o0

    mov 0, %g2
    set 20000, %l6          ! call as a jump: calls that never come back
1:  call 2f
    add %g2, %l6, %g2
    mov 0, %g2
2:  and %o7, 3, %g3
    add %g2, %g3, %g2
    subcc %l6, 1, %l6
    bne 1b
    nop
    call hex
    mov %g2, %o0

    mov 0, %g2
    set 20000, %o0
    call deep
    nop
    call hex
    mov %g2, %o0

    mov 0, %g2              ! returns from a call to three places
    set 4000, %l6
1:  set 2f - 8, %o7
    andcc %l6, 3, %g3
    be,a 5f
    add %o7, 3f - 2f, %o7
    cmp %g3, 1
    be,a 5f
    add %o7, 4f - 2f, %o7
5:  set callee4, %l4
    jmp %l4
    nop
2:  add %g2, 1, %g2
3:  add %g2, 2, %g2
4:  add %g2, 3, %g2
    subcc %l6, 1, %l6
    bne 1b
    nop
    call hex
    mov %g2, %o0

    mov 0, %g2              ! the exchange
    set 1000, %l6
1:  set 4f, %g4
    save %sp, -96, %sp
    mov %g4, %i5
    call 7f
    nop
8:  add %g2, 1, %g2
    jmp %g3 + 8             ! behind call exchange
    nop
7:  mov %o7, %g5
    set 8b - 8, %g3
    call 9f                 ! its return address goes to %g3; the return is to 8
    nop
    add %g2, 256, %g2
    restore
    jmp %g4
    nop
9:  mov %g3, %o5
    mov %o7, %g3
    jmp %o5 + 8
    nop
4:  subcc %l6, 1, %l6
    bne 1b
    nop
    call hex
    mov %g2, %o0
    mov 0, %o0
    mov 1, %g1
    ta 0x10
    .data
    .align 4
table: .word callee0, callee1, callee2, callee3, callee4, callee5, 0
    .bss
buffer: .skip 16
