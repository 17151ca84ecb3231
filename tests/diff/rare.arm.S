@ Prints 5: the one `clz` of the program, among units that have none.
        .arch armv6
        .text
        .global _start
        .type   count, %function
_start: mov     r4, #3
1:      subs    r4, r4, #1
        bne     1b
        bl      count
        bl      show
        b       2f
2:      b       3f
3:      mov     r0, #0
        mov     r7, #1          @ exit
        svc     0
count:  ldr     r0, =value
        ldr     r0, [r0]
        clz     r0, r0
        bx      lr
show:   add     r0, r0, #'0'
        ldr     r1, =text
        strb    r0, [r1]
        str     r0, [r1, #4]
        mov     r0, #1
        mov     r2, #2
        mov     r7, #4          @ write
        svc     0
        bx      lr
        .data
value:  .word   0x04000000
text:   .ascii  "?\n"
        .balign 4
        .word   0
