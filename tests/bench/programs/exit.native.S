# Only exits: what starting costs.
    .globl _start
_start:
    xor %edi, %edi
    mov $60, %eax
    syscall
    .section .note.GNU-stack, "", @progbits
