@ Only exits: what starting costs.
    .globl _start
_start:
    mov r0, #0
    mov r7, #1
    swi 0
