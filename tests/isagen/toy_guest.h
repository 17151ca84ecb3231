/* The hand-written half of the invented guest that the tests of isagen decode, print and lift. */
#ifndef CALQUE_TESTS_ISAGEN_TOY_H
#define CALQUE_TESTS_ISAGEN_TOY_H

#include "runtime/base/types.h"

/* What the lifters of the toy do: remember who was called, and the first argument. */
struct lift {
    const char *called;
    s64 first;
    bool refuse; /* the lifter finds the encoding undefined */
};

u64 toy_random(void *state); /* state: a u64, not zero */

#endif
