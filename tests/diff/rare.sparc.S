! Prints 5: the one `sdivx` of the program, among units that have none.
        .text
        .global _start
        .type   count, #function
_start: mov     3, %l0
1:      subcc   %l0, 1, %l0
        bne     1b
         nop
        call    count
         nop
        call    show
         nop
        ba      2f
         nop
2:      ba      3f
         nop
3:      mov     0, %o0
        mov     1, %g1          ! exit
        ta      0x10
count:  set     value, %o0
        ld      [%o0], %o0
        sdivx   %o0, 3, %o0
        retl
         nop
show:   add     %o0, '0', %o0
        set     text, %o1
        stb     %o0, [%o1]
        st      %o0, [%o1 + 4]
        mov     1, %o0
        mov     2, %o2
        mov     4, %g1          ! write
        ta      0x10
        retl
         nop
        .data
        .align  4
value:  .word   15
text:   .ascii  "?\n"
        .align  4
        .word   0
