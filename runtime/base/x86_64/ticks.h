// ticks.h: the time-stamp counter of an x86-64 host, to measure what is too short for a system call. It counts real time
// at a constant rate on every processor since 2008; what a tick lasts, the user compares with a clock.
#ifndef CALQUE_RUNTIME_BASE_X86_64_TICKS_H
#define CALQUE_RUNTIME_BASE_X86_64_TICKS_H

#include "runtime/base/types.h"

static inline u64 host_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

#endif
