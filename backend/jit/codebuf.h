/* The buffer that host code is written into: a bump pointer. The encoder writes without checks; the
 * translation loop calls jit_code_room (side.c) before every op, which moves the buffer when it is nearly
 * full, so that nothing keeps a pointer into it across ops: places are remembered as offsets. */
#ifndef CALQUE_JIT_CODEBUF_H
#define CALQUE_JIT_CODEBUF_H

#include "runtime/base/types.h"

struct codebuf {
    u8 *p;    /* where the next byte goes */
    u8 *base; /* the unit's first byte */
    u8 *end;
    u32 far[2]; /* offsets of displacements that are guest addresses (XM_FAR), not yet made relocations */
    u32 nfar;   /* their number, and CODE_FAILED: one look after each instruction tells both */
};
#define CODE_FAILED 0x80000000u

static inline u32 code_offset(const struct codebuf *b)
{
    return (u32)(b->p - b->base);
}

#endif
