! Only exits: what starting costs.
    .globl _start
_start:
    mov 0, %o0
    mov 1, %g1
    ta 0x10
    nop
