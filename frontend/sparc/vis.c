/* Arithmetic of VIS that would be long in IR (UltraSPARC Architecture 2007, chapter 7): pure functions of
 * registers. Elements are counted from the low end of a register. */
#include "frontend/sparc/helpers.h"

static u32 byte(u64 v, u32 i)
{
    return (u8)(v >> 8 * i);
}
static s32 half(u64 v, u32 i)
{
    return (s16)(v >> 16 * i);
}
static s32 word(u64 v, u32 i)
{
    return (s32)(v >> 32 * i);
}
static u64 put_half(s32 v, u32 i)
{
    return (u64)(u16)v << 16 * i;
}
static u64 put_word(s32 v, u32 i)
{
    return (u64)(u32)v << 32 * i;
}

/* --- ARRAY<8|16|32>: a point of three fixed-point numbers of 11 fraction bits to the index of a blocked
 * array of 2^size by 2^size blocks of 64 bytes. Bits of the integers, low ones first: X2 Y2 Z1 in a line, X4
 * Y4 Z4 in a page, the rest. Sizes beyond 5 count as 5. --- */

static u64 cut(u64 v, u32 from, u32 n)
{
    return v >> from & (((u64)1 << n) - 1);
}

u64 sparc_help_array(u64 point, u64 size)
{
    u32 n = (u32)(size & 7) > 5 ? 5 : (u32)(size & 7);
    u64 x = cut(point, 11, 11), y = cut(point, 33, 11), z = cut(point, 55, 9);
    u64 line = cut(x, 0, 2) | cut(y, 0, 2) << 2 | cut(z, 0, 1) << 4;
    u64 page = cut(x, 2, 4) | cut(y, 2, 4) << 4 | cut(z, 1, 4) << 8;
    u64 rest = cut(x, 6, n) | cut(y, 6, n) << n | cut(z, 5, 4) << 2 * n;
    return line | page << 5 | rest << 17;
}

/* --- FCMP<le|ne|gt|eq>: a bit per element, signed --- */

static u64 holds(s32 a, s32 b, u32 rel)
{
    switch (rel) {
    case 0: return a <= b;
    case 1: return a != b;
    case 2: return a > b;
    default: return a == b;
    }
}

u64 sparc_help_compare16(u64 a, u64 b, u32 rel)
{
    u64 r = 0;
    for (u32 i = 0; i < 4; i++) r |= holds(half(a, i), half(b, i), rel) << i;
    return r;
}
u64 sparc_help_compare32(u64 a, u64 b, u32 rel)
{
    return holds(word(a, 0), word(b, 0), rel) | holds(word(a, 1), word(b, 1), rel) << 1;
}

/* --- multiplication: 8 by 16 bits, rounded to the upper 16 of 24 (or of 32, sign-extended: ul) --- */

u64 sparc_help_mul8x16(u32 a, u64 b)
{
    u64 r = 0;
    for (u32 i = 0; i < 4; i++) r |= put_half(((s32)byte(a, i) * half(b, i) + 0x80) >> 8, i);
    return r;
}

/* The upper bytes of a's halfwords, signed. */
u64 sparc_help_mul8sux16(u64 a, u64 b)
{
    u64 r = 0;
    for (u32 i = 0; i < 4; i++) r |= put_half(((half(a, i) >> 8) * half(b, i) + 0x80) >> 8, i);
    return r;
}

/* The lower ones, unsigned. */
u64 sparc_help_mul8ulx16(u64 a, u64 b)
{
    u64 r = 0;
    for (u32 i = 0; i < 4; i++) r |= put_half(((s32)byte(a, 2 * i) * half(b, i) + 0x8000) >> 16, i);
    return r;
}

/* FMULD8*: not rounded; su in the upper 24 bits of a word. */
u64 sparc_help_muld8sux16(u32 a, u32 b)
{
    u64 r = 0;
    for (u32 i = 0; i < 2; i++) r |= put_word((half(a, i) >> 8) * half(b, i) * 256, i);
    return r;
}
u64 sparc_help_muld8ulx16(u32 a, u32 b)
{
    u64 r = 0;
    for (u32 i = 0; i < 2; i++) r |= put_word((s32)byte(a, 2 * i) * half(b, i), i);
    return r;
}

/* --- FPACK: fixed point, scaled by GSR.scale, to integers that saturate --- */

static s32 clamp(s64 v, s32 low, s32 high)
{
    return v < low ? low : v > high ? high : (s32)v;
}
static s64 scaled(s32 v, u64 gsr, u32 mask)
{
    return (s64)v * ((s64)1 << (gsr >> 3 & mask));
}

/* FPACK16 takes four of the scale's five bits. */
u32 sparc_help_pack16(u64 v, u64 gsr)
{
    u32 r = 0;
    for (u32 i = 0; i < 4; i++) r |= (u32)clamp(scaled(half(v, i), gsr, 15) >> 7, 0, 255) << 8 * i;
    return r;
}

/* Each word of `old` moves up a byte. */
u64 sparc_help_pack32(u64 old, u64 v, u64 gsr)
{
    u64 r = old << 8 & 0xffffff00ffffff00;
    for (u32 i = 0; i < 2; i++) r |= put_word(clamp(scaled(word(v, i), gsr, 31) >> 23, 0, 255), i);
    return r;
}
u32 sparc_help_packfix(u64 v, u64 gsr)
{
    u64 r = 0;
    for (u32 i = 0; i < 2; i++) r |= put_half(clamp(scaled(word(v, i), gsr, 31) >> 16, -32768, 32767), i);
    return (u32)r;
}

/* --- bytes --- */

/* PDIST: adds the distances of eight pairs. */
u64 sparc_help_pdist(u64 a, u64 b, u64 sum)
{
    for (u32 i = 0; i < 8; i++) {
        u32 x = byte(a, i), y = byte(b, i);
        sum += x > y ? x - y : y - x;
    }
    return sum;
}

/* BSHUFFLE: eight of sixteen bytes, a's highest being number 0, by GSR.mask. */
u64 sparc_help_shuffle(u64 a, u64 b, u64 gsr)
{
    u64 r = 0;
    for (u32 i = 0; i < 8; i++) {
        u32 from = (u32)(gsr >> (32 + 4 * i)) & 15;
        r |= (u64)byte(from < 8 ? a : b, 7 - (from & 7)) << 8 * i;
    }
    return r;
}
