/* Constants that a host gives the host-independent half. */
#ifndef CALQUE_JIT_HOST_H
#define CALQUE_JIT_HOST_H

#include "backend/jit/jit.h"

extern const u8 jh_pin_order[JIT_MAX_PINS]; /* registers for pins, hottest slot first */
extern const u32 jh_dear_bases;             /* registers whose use in an address takes a longer encoding */
extern const u32 jh_alloc_first;            /* registers to prefer for values without wishes */

#endif
