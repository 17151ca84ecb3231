/* The thunks' numbers: relocations name them. The thunk area begins with a table of
 * data words, the addresses of C functions: that of the softfloat front, then those of the guest's helpers.
 */
#ifndef CALQUE_X86_64_THUNKS_H
#define CALQUE_X86_64_THUNKS_H

#include "backend/backend.h"
#include "backend/jit/codebuf.h"

enum jit_thunk {
    THUNK_LEAVE, /* + enum cpu_exit */
    THUNK_LOOKUP = THUNK_LEAVE + 8,
    THUNK_LOOKUP_MISS,
    THUNK_RET_MISS,
    THUNK_SOFT,   /* calls the softfloat front: descriptor in eax */
    THUNK_FP_OUT, /* around helpers that use the FPU */
    THUNK_FP_IN,
    THUNK_KEYED, /* + enum jit_keyed, + KEYED_COUNT for a key of 8 bytes: called, with data behind the call */
    THUNK_COUNT = THUNK_KEYED + 2 * 4,
    THUNK_CONST = 128,  /* + enum jit_const_id: 16 bytes of data */
    THUNK_HELPER = 256, /* + helper number: the data word that holds its address */
};
/* Ways out that find the key behind their call, as 4 or 8 bytes; LINK, behind it, the distance from the key to the rel32
 * that was left through. MISALIGNED: a fault at an address that stands in exit_detail, of an instruction without aux. */
enum jit_keyed { KEYED_LOOKUP, KEYED_POLL, KEYED_LINK, KEYED_MISALIGNED, KEYED_COUNT };
/* Constants that FP code reads. */
enum jit_const_id {
    CONST_ABS32,
    CONST_ABS64,
    CONST_SIGN32,
    CONST_SIGN64,
    CONST_TINY32,
    CONST_TINY64,
    CONST_COUNT
};
/* Address of a thunk, a constant or a helper's word. */
u64 jit_thunk_address(const struct jit_thunks *t, u32 which);
/* The probe of the jump table with the key in rax; jumps on a hit, falls through on a miss. Overwrites rcx,
 * rdx. */
void x86_probe(struct codebuf *b);

#endif
