! windows.sparc.S: register windows far past any number of them, with what save and restore compute, spilled values
! seen in memory, ta 3, calls with a structure's unimp word, tail calls, annulled and taken delay slots, a branch in a
! delay slot's neighbourhood, jmpl with a destination, and %y. Prints hexadecimal. SPARC V8 manual 4.1, 5.1, B.20-B.25.
    .register %g2, #scratch
    .register %g3, #scratch
    .text
    .globl _start

! A leaf: %o0 as eight digits and a blank into the buffer whose end is %g7. Uses %o1-%o3 and %g1.
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

    .macro show what
    call hex
    mov \what, %o0
    .endm
    .macro line
    mov '\n', %o3
    stb %o3, [%g7]
    inc %g7
    .endm

! sum(n) = n == 0 ? 1 : 3 * sum(n - 1) + n, with every local and in register live across the call
sum:
    save %sp, -96, %sp
    mov %i0, %l0
    add %i0, 1, %l1
    add %i0, 2, %l2
    add %i0, 3, %l3
    add %i0, 4, %l4
    add %i0, 5, %l5
    add %i0, 6, %l6
    add %i0, 7, %l7
    mov %i0, %i1
    add %i0, 10, %i5
    cmp %i0, 0
    be,a 1f
    mov 1, %i0
    call sum
    sub %i0, 1, %o0
    add %o0, %o0, %o1
    add %o0, %o1, %o0
    add %o0, %l0, %i0
    sub %l7, %l6, %o1       ! 1
    sub %l5, %l4, %o2       ! 1
    sub %l3, %l2, %o3       ! 1
    sub %l1, %l0, %o4       ! 1
    add %o1, %o2, %o1
    add %o3, %o4, %o3
    add %o1, %o3, %o1
    sub %o1, 4, %o1         ! 0
    add %i0, %o1, %i0
    sub %i5, %i1, %o1
    sub %o1, 10, %o1        ! 0
    add %i0, %o1, %i0
1:  ret
    restore %i0, 0, %o0

! returns a structure: skips the unimp word of its caller
structure:
    save %sp, -96, %sp
    ld [%fp + 64], %l0
    st %i0, [%l0]
    jmp %i7 + 12
    restore

tail:                       ! a sibling call: the callee returns to our caller
    or %o7, %g0, %g1
    call double_it
    or %g1, %g0, %o7
double_it:
    retl
    add %o0, %o0, %o0

_start:
    mov 0, %fp
    sub %sp, 96, %sp
    set buffer, %g7
    mov 0, %l0
    mov 1, %l1
1:  call sum
    mov %l1, %o0
    show %o0
    add %l1, %l1, %l1
    cmp %l1, 2048
    bl 1b
    add %l1, 1, %l1
    line
    ! spilled windows: ta 3 writes the callers' registers to their stacks
    set 0x1111, %l0
    set 0x2222, %l5
    set 0x3333, %i3
    save %sp, -96, %sp
    ta 3
    ld [%fp], %o4
    show %o4
    ld [%fp + 20], %o4
    show %o4
    ld [%fp + 44], %o4
    show %o4
    set 0x4444, %o4
    st %o4, [%fp]
    restore %g0, 0x55, %o2
    show %o2
    line
    ! save and restore as additions across windows
    mov 5, %l1
    mov 6, %l2
    save %l1, %l2, %l3
    show %l3
    mov 30, %l4
    restore %l4, -10, %l5
    show %l5
    line
    set area, %o4
    st %o4, [%sp + 64]
    call structure
    mov 77, %o0
    unimp 8
    set area, %o4
    ld [%o4], %o4
    show %o4
    call tail
    mov 21, %o0
    show %o0
    line
    ! delay slots: taken, not taken, annulled
    mov 0, %l0
    cmp %g0, 1
    bne 1f
    add %l0, 1, %l0         ! executed
    add %l0, 100, %l0
1:  bne,a 2f
    add %l0, 2, %l0         ! executed, since taken
    add %l0, 100, %l0
2:  be,a 3f
    add %l0, 100, %l0       ! annulled
    add %l0, 4, %l0
3:  ba 4f
    add %l0, 8, %l0         ! executed
    add %l0, 100, %l0
4:  ba,a 5f
    add %l0, 100, %l0       ! annulled, though taken
5:  bn,a 6f
    add %l0, 100, %l0       ! annulled
6:  bn 5b
    add %l0, 16, %l0        ! executed
    show %l0
    ! a couple of branches: the first one's slot is the second
    mov 0, %l0
    cmp %g0, 0
    be 7f
    be 8f
    add %l0, 100, %l0
7:  add %l0, 1, %l0         ! the one instruction at the first destination
    add %l0, 100, %l0
8:  show %l0
    ! jmpl keeps its own address
    set 9f, %l1
    jmpl %l1, %l2
    nop
9:  sub %l1, %l2, %l3
    show %l3
    line
    ! %y, multiplication and division steps
    set 0x09abcdef, %l0
    set 0x0edcba98, %l1
    umul %l0, %l1, %l2
    rd %y, %l3
    show %l2
    show %l3
    set 0x89abcdef, %l0
    set 0xfedcba98, %l1
    umul %l0, %l1, %l2
    rd %y, %l3
    show %l2
    show %l3
    smulcc %l0, %l1, %l2
    rd %y, %l3
    show %l2
    show %l3
    mov 0x12, %l4
    wr %l4, 0x21, %y        ! exclusive or
    nop
    nop
    nop
    rd %y, %l3
    show %l3
    udiv %l0, %l1, %l2
    show %l2
    wr %l1, 0, %y           ! the multiplier; 33 steps leave the product in %l2 and %y
    nop
    nop
    nop
    mov 0, %l2
    andcc %g0, %g0, %l2
    .rept 32
    mulscc %l2, %l0, %l2
    .endr
    mulscc %l2, %g0, %l2
    rd %y, %l3
    show %l2
    show %l3
    line
    ! doubleword and byte accesses, swap and ldstub
    set area2, %l0
    ldd [%l0], %l2
    show %l2
    show %l3
    std %l2, [%l0 + 8]
    ldsb [%l0 + 1], %l4
    show %l4
    ldsh [%l0 + 6], %l4
    show %l4
    lduh [%l0 + 6], %l4
    show %l4
    set 0x1234, %l4
    swap [%l0 + 8], %l4
    show %l4
    ldstub [%l0 + 12], %l4
    show %l4
    ld [%l0 + 8], %l4
    show %l4
    ld [%l0 + 12], %l4
    show %l4
    sth %l4, [%l0 + 2]
    ld [%l0], %l4
    show %l4
    line
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
    .align 8
area: .word 0
    .word 0
area2: .word 0x80ff1234, 0x5678fedc, 0, 0
    .bss
    .align 8
buffer: .space 65536
