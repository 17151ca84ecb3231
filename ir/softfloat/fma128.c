/*
 * The sum in a quad's fused multiply and add: the product of two quads needs 226 bits, so this adds in 256.
 * Called by fma.c for finite operands; everything else about fma is there.
 */
#include "ir/softfloat/parts.h"

/* A number like sf_parts with 128 more bits below its significand. */
struct wide {
    u128 hi, lo;
    s32 exp;
    bool neg;
};

static void shift_left(struct wide *w, s32 n)
{
    if (n) {
        w->hi = w->hi << n | w->lo >> (128 - n);
        w->lo <<= n;
    }
    w->exp -= n;
}

static void shift_right_jam(struct wide *w, s32 n)
{
    bool lost = false;

    for (; n > 0; n -= 127) {
        s32 step = n > 127 ? 127 : n;
        lost |= w->lo << (128 - step) != 0;
        w->lo = w->lo >> step | w->hi << (128 - step);
        w->hi >>= step;
        if (n > 3 * 127) n = 3 * 127; /* nothing is left by then */
    }
    w->lo |= lost;
}

static struct wide product(const struct sf_parts *a, const struct sf_parts *b)
{
    struct wide w = {.exp = a->exp + b->exp + 1, .neg = a->neg ^ b->neg};
    w.hi = sf_mul_full(a->sig << 1, b->sig, &w.lo); /* its leading bit is 126 or 125 */
    shift_left(&w, !(w.hi >> SF_TOP));
    return w;
}

static bool magnitude_below(const struct wide *a, const struct wide *b)
{
    if (a->exp != b->exp) return a->exp < b->exp;
    return a->hi != b->hi ? a->hi < b->hi : a->lo < b->lo;
}

static struct sf_parts fold(struct wide *w)
{
    if (!w->hi) {
        w->hi = w->lo;
        w->lo = 0;
        w->exp -= 128;
    }
    u64 top = (u64)(w->hi >> 64);
    s32 lead = top ? __builtin_clzll(top) : 64 + __builtin_clzll((u64)w->hi);
    shift_left(w, lead ? lead - 1 : 0);
    struct sf_parts p = {w->hi | (w->lo != 0), w->exp, SF_FINITE, w->neg, false};
    sf_normalize(&p);
    return p;
}

struct sf_parts sf_fma_wide(const struct sf_env *env, const struct sf_parts *a, const struct sf_parts *b,
                            const struct sf_parts *c, unsigned mode)
{
    struct wide p = product(a, b), q = {c->sig, 0, c->exp, c->neg}, *large = &p, *small = &q;

    p.neg ^= (mode & SF_NEG_PRODUCT) != 0;
    q.neg ^= (mode & SF_NEG_ADDEND) != 0;
    if (magnitude_below(&p, &q)) {
        large = &q;
        small = &p;
    }
    shift_right_jam(small, large->exp - small->exp);
    if (large->neg == small->neg) {
        large->lo += small->lo;
        large->hi += small->hi + (large->lo < small->lo);
    } else {
        large->hi -= small->hi + (large->lo < small->lo);
        large->lo -= small->lo;
    }
    return large->hi | large->lo ? fold(large) : sf_zero(env->rm == SF_RDN);
}
