// fuzz.h: what every target here has: libFuzzer's entry. A target is linked either with libFuzzer (tests/fuzz/run) or with
// replay.c, which runs files and simple changes of them.
#ifndef CALQUE_TESTS_FUZZ_H
#define CALQUE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Turns faults of guarded guest accesses into -EFAULT; any other ends the process. In fault.c.
void fuzz_guard_faults(void);

#endif
