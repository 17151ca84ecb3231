/* Lifters, print kinds and the map function of the invented guest. */
#include "tests/isagen/toy_guest.h"

#include "runtime/base/fmt.h"
#include "toy_isa.h"

/* xorshift64 */
u64 toy_random(void *state)
{
    u64 *s = state, x = *s;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *s = x;
}

u32 toy_map_twist(u32 raw)
{
    return raw ^ 0x100;
}

void toy_fmt_x(struct out *o, s64 v0, u64 pc)
{
    (void)pc;
    out_printf(o, "x%ld", v0);
}

void toy_fmt_pcrel(struct out *o, s64 v0, u64 pc)
{
    out_printf(o, "%lx", (u64)v0 + pc);
}

void toy_fmt_shift(struct out *o, s64 v0, s64 v1, u64 pc)
{
    (void)pc;
    out_printf(o, "%ld by %ld", v0, v1);
}

#define LIFT(row, args, field)                                                                               \
    bool toy_lift_##row(struct lift *l, const struct toy_args_##args *a)                                     \
    {                                                                                                        \
        l->called = #row;                                                                                    \
        l->first = a->field;                                                                                 \
        return !l->refuse;                                                                                   \
    }

LIFT(add, r, rd)
LIFT(sub, r, rd)
LIFT(mul, r, rd)
LIFT(muladd, r, rd)
LIFT(li, alu, imm)
LIFT(addi, alu, imm)
LIFT(sw, s, imm)
LIFT(beq, b, off)
LIFT(bne, b, off)
LIFT(shift, shift, type)
LIFT(neg, neg, k)
LIFT(pair, pair, low4)
LIFT(same, same, c)
LIFT(gone, two, a)
LIFT(any, two, a)
LIFT(two, two, a)
LIFT(only7, only7, q)
LIFT(not7, only7, q)
LIFT(mapped, mapped, imm_x)
LIFT(short_b, b16, off)
LIFT(one, s0, a)

bool toy_lift_nop(struct lift *l, const struct toy_args_none *a)
{
    (void)a;
    l->called = "nop";
    return true;
}

bool toy_lift_old(struct lift *l, const struct toy_args_none *a)
{
    return toy_lift_nop(l, a);
}

bool toy_lift_new(struct lift *l, const struct toy_args_none *a)
{
    return toy_lift_nop(l, a);
}
