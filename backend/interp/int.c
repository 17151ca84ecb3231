/* The meaning of the integer ops. Operands come zero-extended; results are cut to their type by set().
 * Everything up to 64 bits is computed exactly in 128 and cut, which keeps the corners visible. */
#include "backend/interp/interp.h"

#define A (f->cell[s->a].w)
#define B (f->cell[s->b].w)
#define C (f->cell[s->c].w)
#define W ((u32)ir_type_bits[s->stype]) /* width of the operands */

/* void interp_name(frame, step): one op whose result is `expr`. */
#define OP(name, expr)                                                                                       \
    void interp_##name(struct frame *f, const struct step *s)                                                \
    {                                                                                                        \
        set(f, s, (u128)(expr));                                                                             \
    }

/* The value read as signed. */
static s128 sx(u128 v, u32 width)
{
    return width < 128 && v >> (width - 1) & 1 ? (s128)(v | ~(u128)0 << width) : (s128)v;
}
#define SA sx(A, W)
#define SB sx(B, W)

/* A signed number that does not fit in `width` bits. */
static bool overflows(s128 v, u32 width)
{
    s128 limit = (s128)1 << (width - 1);
    return v < -limit || v >= limit;
}

OP(add, A + B)
OP(sub, A - B)
OP(mul, A *B)
OP(mulhu, A *B >> W)
OP(mulhs, SA *SB >> W)
OP(divu, B ? A / B : 0)
OP(divs, B ? SA / SB : 0)
OP(remu, B ? A % B : A)
OP(rems, B ? SA % SB : SA)
OP(and, A &B)
OP(or, A | B)
OP(xor, A ^ B)
OP(neg, -A)
OP(not, ~A)

OP(shl, B < W ? A << (u32)B : 0)
OP(shr, B < W ? A >> (u32)B : 0)
OP(sar, SA >> (B < W ? (u32)B : W - 1))

static u128 rotate_left(u128 v, u32 n, u32 width)
{
    for (n %= width; n; n--) v = (v << 1 | (v >> (width - 1) & 1)) & (((u128)1 << (width - 1) << 1) - 1);
    return v;
}
OP(rol, rotate_left(A, (u32)(B % W), W))
OP(ror, rotate_left(A, W - (u32)(B % W), W))

OP(clz, (u64)A ? (u32)__builtin_clzll((u64)A) + W - 64 : W)
OP(ctz, (u64)A ? (u32)__builtin_ctzll((u64)A) : W)
OP(popcnt, __builtin_popcountll((u64)A))
OP(bswap, W == 8    ? A
          : W == 16 ? __builtin_bswap16((u16)A)
          : W == 32 ? __builtin_bswap32((u32)A)
                    : __builtin_bswap64((u64)A))

void interp_select(struct frame *f, const struct step *s)
{
    f->cell[s->dst] = f->cell[A ? s->b : s->c];
}

OP(adc, A + B + C)
OP(sbb, A - B - C)
OP(add_c, (A + B) >> W)
OP(add_v, overflows(SA + SB, W))
OP(sub_v, overflows(SA - SB, W))
OP(adc_c, (A + B + C) >> W)
OP(adc_v, overflows(SA + SB + (s128)C, W))
OP(sbb_c, A < B + C)
OP(sbb_v, overflows(SA - SB - (s128)C, W))

OP(eq, A == B)
OP(ne, A != B)
OP(ult, A < B)
OP(ule, A <= B)
OP(slt, SA < SB)
OP(sle, SA <= SB)

OP(zext, A)
OP(sext, SA)
OP(trunc, A)
OP(pair, A | B << W)

void interp_bits(struct frame *f, const struct step *s)
{
    f->cell[s->dst] = f->cell[s->a];
}
