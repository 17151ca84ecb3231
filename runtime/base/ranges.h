// ranges.h: sets of address ranges as options write them: -dfilter, -interp-units, -no-opt-units.
//
// "0x8000..0x8fff,0x9000+0x100,0xa000-0x100": first..last (both included), start+length, or the length bytes
// just below end-length. Where units can be meant by their number too, "@5" and "@0..99" are the units that
// were made sixth, and first to hundredth.
#ifndef CALQUE_RUNTIME_BASE_RANGES_H
#define CALQUE_RUNTIME_BASE_RANGES_H

#include "runtime/base/fmt.h"

#define RANGES_MAX 32

// Both ends are included, so that a range can reach the last address.
struct ranges {
    struct {
        u64 first, last;
        bool number; // of units, not of addresses
    } range[RANGES_MAX];
    u32 count;
};

// 0, -EINVAL or -E2BIG with a message in err. `numbers`: ranges of numbers are allowed.
int ranges_parse(struct ranges *r, const char *text, bool numbers, struct out *err);

// True when an address, or a number, lies in one of the ranges.
bool ranges_have(const struct ranges *r, u64 addr);
bool ranges_have_number(const struct ranges *r, u64 number);

#endif
