/* The thunks' numbers: relocations name them. The thunk area begins with a table of their addresses' offsets kept in
 * struct jit_thunks; helpers' addresses stand in a table of data words at its start. */
#ifndef CALQUE_X86_64_THUNKS_H
#define CALQUE_X86_64_THUNKS_H

#include "backend/backend.h"

enum jit_thunk {
    THUNK_LEAVE,                  /* + enum cpu_exit */
    THUNK_LOOKUP = THUNK_LEAVE + 8,
    THUNK_RET_MISS,
    THUNK_SOFT,                   /* calls the softfloat front: descriptor in eax */
    THUNK_FP_OUT,                 /* around helpers that use the FPU */
    THUNK_FP_IN,
    THUNK_COUNT,
    THUNK_HELPER = 256,           /* + helper number: the data word that holds its address */
};
/* Address of a thunk or helper word. */
u64 jit_thunk_address(const struct jit_thunks *t, u32 which);

#endif
