! fault.sparc.S: precise faults. Loads and stores of a missing page in plain code, in delay slots of taken, untaken and
! annulled branches, of a call and of a jump, and in the frame of a function three windows deep; a misaligned load, an
! overflow of tagged arithmetic, a division by zero. The handler prints the signal, pc and nPC relative to the
! instruction that was marked, two registers and the condition codes, mends %g2 in the frame and returns; then the
! resumed result. V9 6.3.4, 7.6; the frame is that of the kernel's signal32.c.
    .register %g2, #scratch
    .register %g3, #scratch
    .text
    .globl _start

! A leaf: %o0 as eight digits and a blank into the buffer that `end` points to. Uses %o1-%o5.
hex:
    sethi %hi(end), %o5
    or %o5, %lo(end), %o5
    ld [%o5], %o4
    mov 28, %o1
1:  srl %o0, %o1, %o2
    and %o2, 15, %o2
    cmp %o2, 10
    bl 2f
    add %o2, '0', %o3
    add %o2, 'a' - 10, %o3
2:  stb %o3, [%o4]
    inc %o4
    subcc %o1, 4, %o1
    bpos 1b
    nop
    mov ' ', %o3
    stb %o3, [%o4]
    inc %o4
    retl
    st %o4, [%o5]

    .macro show what
    call hex
    mov \what, %o0
    .endm
    .macro line
    call newline
    nop
    .endm
newline:
    sethi %hi(end), %o5
    or %o5, %lo(end), %o5
    ld [%o5], %o4
    mov '\n', %o3
    stb %o3, [%o4]
    inc %o4
    retl
    st %o4, [%o5]

! handler(signal, siginfo, registers): psr, pc, npc, y, %g0-%g7, %o0-%o7
handler:
    save %sp, -96, %sp
    mov %i2, %l0
    sethi %hi(mark), %l1
    ld [%l1 + %lo(mark)], %l2
    show %i0                ! signal
    ld [%l0 + 4], %l3
    sub %l3, %l2, %l3
    show %l3                ! pc
    ld [%l0 + 8], %l3
    sub %l3, %l2, %l3
    show %l3                ! nPC
    ld [%l0 + 16 + 4 * 3], %l3
    show %l3                ! %g3
    ld [%l0 + 16 + 4 * 9], %l3
    show %l3                ! %o1
    ld [%l0], %l3
    srl %l3, 20, %l3
    and %l3, 15, %l3
    show %l3                ! icc
    sethi %hi(good), %l3
    or %l3, %lo(good), %l3
    st %l3, [%l0 + 16 + 4 * 2] ! %g2
    mov 5, %l3
    st %l3, [%l0 + 16 + 4 * 4] ! %g4: a divisor, and no tag
    mov 0, %l3
    st %l3, [%l0 + 16 + 4 * 5] ! %g5
    ret
    restore

! Before each: %g2 bad, %g3 and %o1 known, codes N and C; `at` is where pc and nPC count from.
    .macro begin at
    sethi %hi(mark), %g6
    sethi %hi(\at), %g2
    or %g2, %lo(\at), %g2
    st %g2, [%g6 + %lo(mark)]
    mov 0x400, %g2
    mov 0x33, %g3
    mov 0x111, %o1
    mov 0, %o3
    mov 0, %l5
    cmp %g0, 1              ! N and C
    .endm
! After each: what was loaded, and what else ran.
    .macro show_results
    mov %o3, %l6
    show %l6
    show %l5
    line
    .endm

deep:                       ! faults three windows down, comes back
    save %sp, -96, %sp
    subcc %i0, 1, %o0
    bne 1f
    mov 0x77, %l1
    mov 0x222, %o1
    cmp %g0, 1
fault_deep:
    ld [%g2], %l2
    ret
    restore %l2, %l1, %o0
1:  call deep
    nop
    ret
    restore %o0, 1, %o0

_start:
    sub %sp, 96, %sp
    sethi %hi(buffer), %g1
    or %g1, %lo(buffer), %g1
    sethi %hi(end), %g2
    st %g1, [%g2 + %lo(end)]
    ! sigaction of SIGSEGV 11, SIGBUS 10, SIGEMT 7, SIGFPE 8 by rt_sigaction(102) without restorer
    set signals, %l7
5:  ldub [%l7], %o0
    tst %o0
    be 6f
    inc %l7
    set action, %o1
    mov 0, %o2
    mov 0, %o3
    mov 8, %o4
    mov 102, %g1
    ta 0x10
    ba 5b
    nop
6:
    ! plain load and store
    begin plain_load
plain_load:
    ld [%g2], %o3
    show_results
    begin plain_store
    mov 0x99, %o4
plain_store:
    st %o4, [%g2 + 8]
    set good, %o3
    ld [%o3 + 8], %o3
    show_results
    ! a pair, whose even register must not be written before the odd one is known
    begin pair
    mov 1, %l2
    mov 2, %l3
pair:
    ldd [%g2], %l2
    add %l2, %l3, %o3
    show_results
    ! delay slots: taken, not taken, annulled form taken, always, call, jump
    begin taken
taken:
    bneg 1f
    ld [%g2], %o3
    mov 1, %l5
1:  show_results
    begin untaken
untaken:
    be 1f
    ld [%g2], %o3
    mov 1, %l5
1:  show_results
    begin annulled
annulled:
    bne,a 1f
    ld [%g2], %o3
    mov 1, %l5
1:  show_results
    begin always
always:
    ba 1f
    ld [%g2], %o3
    mov 1, %l5
1:  show_results
    begin by_call
by_call:
    call 1f
    ld [%g2], %o3
    mov 1, %l5
1:  show_results
    begin by_jump
    set 1f, %g1
by_jump:
    jmp %g1
    ld [%g2], %o3
    mov 1, %l5
1:  show_results
    ! the slot of a branch that is itself in a slot
    begin couple
couple:
    ba 1f
    ba 2f
    mov 1, %l5
1:  ld [%g2], %o3           ! its nPC is 2f
    mov 2, %l5
2:  show_results
    ! misaligned
    begin misaligned
    mov 0x401, %g2
misaligned:
    ld [%g2], %o3
    show_results
    ! division by zero, tag overflow
    begin divide
    mov 0, %g4
    mov 100, %o4
    wr %g0, 0, %y
    nop
    nop
    nop
divide:
    udiv %o4, %g4, %o3
    show_results
    begin tagged
    mov 1, %g5
tagged:
    taddcctv %g5, 8, %o3
    show_results
    ! inside windows
    begin fault_deep
    call deep
    mov 3, %o0
    mov %o0, %o3
    show_results

    set buffer, %o1
    set end, %g1
    ld [%g1], %o2
    sub %o2, %o1, %o2
    mov 1, %o0
    mov 4, %g1
    ta 0x10
    mov 0, %o0
    mov 1, %g1
    ta 0x10
    nop

    .data
    .align 8
good: .word 0xabcdef01, 0x12345678, 0, 0
action: .word handler, 0x200, 0, 0, 0   ! SA_SIGINFO
mark: .word 0
end: .word 0
signals: .byte 11, 10, 7, 8, 0
    .bss
    .align 8
buffer: .space 8192
