/*
 * Operands that are hard on floating-point arithmetic, for any format of at most 128 bits: extreme and near
 * exponents, subnormals, fractions made of runs of ones, NaNs with payloads. Deterministic from the seed.
 * The count per operation is the first argument of the program, else CALQUE_FP_COUNT, else the default.
 */
#ifndef TEST_SOFTFLOAT_GEN_H
#define TEST_SOFTFLOAT_GEN_H

#include "runtime/base/types.h"

#include <stdlib.h>

struct gen {
    u64 state;
    unsigned exp_bits, frac_bits;
};

static inline u64 gen_u64(struct gen *g)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return g->state * 0x2545f4914f6cdd1dull;
}

static inline unsigned gen_below(struct gen *g, unsigned n)
{
    return (unsigned)((gen_u64(g) >> 32) % n);
}

static inline u128 gen_u128(struct gen *g)
{
    u128 hi = gen_u64(g);
    return hi << 64 | gen_u64(g);
}

static inline u128 gen_ones(unsigned n) { return n >= 128 ? ~(u128)0 : ((u128)1 << n) - 1; }

static inline u128 gen_frac(struct gen *g)
{
    unsigned n = g->frac_bits, i = gen_below(g, n + 1), j = gen_below(g, n + 1);
    u128 all = gen_ones(n), r = gen_u128(g) & all;

    switch (gen_below(g, 12)) {
    case 0: return 0;
    case 1: return all;
    case 2: return ((u128)1 << i) & all;
    case 3: return gen_ones(i);
    case 4: return all ^ gen_ones(i);
    case 5: return gen_ones(i) ^ gen_ones(j);
    case 6: return all ^ (((u128)1 << i) & all);
    case 7: return r & ~gen_ones(n / 2);
    case 8: return r & ~gen_ones(i);
    case 9: return r | gen_ones(i);
    default: return r;
    }
}

static inline unsigned gen_exp(struct gen *g)
{
    unsigned max = (1u << g->exp_bits) - 1, bias = max / 2, near = g->frac_bits + 3;

    switch (gen_below(g, 10)) {
    case 0: return 0;
    case 1: return gen_below(g, 4);
    case 2: return max - gen_below(g, 4);
    case 3: return gen_below(g, near) % max;
    case 4: return max - gen_below(g, near) % max;
    case 5:
    case 6: return (bias + gen_below(g, 2 * near) - near) % max;
    case 7: return (bias / 2 + gen_below(g, 2 * near)) % max; /* products near the least number */
    default: return gen_below(g, max + 1);
    }
}

static inline u128 gen_make(struct gen *g, bool neg, unsigned exp, u128 frac)
{
    return (u128)neg << (g->exp_bits + g->frac_bits) | (u128)exp << g->frac_bits | frac;
}

static inline u128 gen_one(struct gen *g) { return gen_make(g, gen_below(g, 2), gen_exp(g), gen_frac(g)); }

/* An operand for use beside `a`: often of a near exponent, often sharing bits with it. */
static inline u128 gen_beside(struct gen *g, u128 a)
{
    unsigned max = (1u << g->exp_bits) - 1, near = g->frac_bits + 3;
    unsigned exp = (unsigned)(a >> g->frac_bits) & max;
    u128 sign = (u128)gen_below(g, 2) << (g->exp_bits + g->frac_bits);

    switch (gen_below(g, 6)) {
    case 0:
    case 1:
        exp = exp + gen_below(g, 2 * near) - near;
        return gen_make(g, gen_below(g, 2), exp > max ? max / 2 : exp, gen_frac(g));
    case 2: return sign ^ a ^ gen_below(g, 4);
    case 3: return sign ^ (a + gen_below(g, 8) - 4);
    default: return gen_one(g);
    }
}

static inline unsigned long gen_count(int argc, char **argv, unsigned long otherwise)
{
    const char *s = argc > 1 ? argv[1] : getenv("CALQUE_FP_COUNT");
    return s ? strtoul(s, NULL, 0) : otherwise;
}

#endif
