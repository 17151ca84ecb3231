/* VIS 1 and 2 by UltraSPARC Architecture 2007, chapter 7, apart from calque's own: what oracle_sparc.c and
 * tests/guest/own/vis.sparc.c expect of the instructions on packed integers. Elements are numbered as the
 * manual's figures are read, the highest first. Compiled for the guest and for the host.
 *
 * Written from knowledge of the manual, whose text was not at hand, and checked against others: qemu 7.2 and
 * Linux's visemul.c where they are right; Sun's mediaLib, whose masks and 16-bit products need FCMP's bit
 * order and FMUL8ULx16's scale to be these; gcc's vshuf, vec-init, bmaskbshuf and pdist tests, which pass.
 * That ARRAY takes three bits of rs2 and 6 and 7 as 5 rests on a note in Oracle SPARC Architecture 2015, as
 * others cite it. */
#ifndef CALQUE_TESTS_INSN_VIS_MANUAL_H
#define CALQUE_TESTS_INSN_VIS_MANUAL_H

#include <string.h>

typedef unsigned long long vis_u64;
typedef long long vis_s64;
struct vis_regs {
    vis_u64 r[32], d[32], gsr; /* d: %d0, %d2 … %d62 */
    unsigned ccr;
};

/* --- elements --- */

static vis_u64 vis_elem(vis_u64 v, int bits, int total, int i)
{
    return (v >> (total - bits * (i + 1))) & ((1ull << bits) - 1);
}
static vis_s64 vis_selem(vis_u64 v, int bits, int total, int i)
{
    vis_s64 e = (vis_s64)vis_elem(v, bits, total, i);
    return e >= 1ll << (bits - 1) ? e - (1ll << bits) : e;
}
static vis_u64 vis_append(vis_u64 v, int bits, vis_s64 e)
{
    return v << bits | ((vis_u64)e & ((1ull << bits) - 1));
}
static vis_s64 vis_floor(vis_s64 a, vis_s64 b)
{
    vis_s64 q = a / b;
    return q * b > a ? q - 1 : q;
}
static vis_s64 vis_round(vis_s64 a, vis_s64 b) /* a / b to nearest, a tie upwards */
{
    return vis_floor(2 * a + b, 2 * b);
}
static vis_s64 vis_clip(vis_s64 v, vis_s64 low, vis_s64 high)
{
    if (v < low) v = low;
    if (v > high) v = high;
    return v;
}

/* --- registers --- */

static int vis_dnum(unsigned field) /* index into d */
{
    return (int)((field >> 1) | (field & 1) << 4);
}
static vis_u64 vis_single(const struct vis_regs *s, unsigned f)
{
    return f & 1 ? s->d[f >> 1] & 0xffffffff : s->d[f >> 1] >> 32;
}
static void vis_set_single(struct vis_regs *s, unsigned f, vis_u64 v)
{
    vis_u64 *d = &s->d[f >> 1];
    v &= 0xffffffff;
    *d = f & 1 ? (*d & 0xffffffff00000000ull) | v : (*d & 0xffffffff) | v << 32;
}

/* --- the instructions --- */

static unsigned vis_codes(vis_s64 r, int n, vis_u64 a, vis_u64 b)
{
    vis_u64 top = 1ull << (n - 1), mask = top | (top - 1), res = (vis_u64)r & mask;
    unsigned neg = (res & top) != 0, zero = res == 0, carry = (b & mask) > (a & mask);
    unsigned over = ((a & top) != 0) != ((b & top) != 0) && neg != ((a & top) != 0);
    return neg << 3 | zero << 2 | over << 1 | carry;
}

/* opf 0 to 11: EDGE size, little, no condition codes. */
static void vis_edge(struct vis_regs *s, unsigned opf, unsigned rd, vis_u64 a, vis_u64 b)
{
    unsigned size = 1u << (opf >> 2), little = opf >> 1 & 1, n = 8 / size;
    vis_u64 mask = 0;
    int same = (unsigned)a / 8 == (unsigned)b / 8; /* PSTATE.AM is 1 */
    for (unsigned e = 0; e < n; e++) {             /* in the order of their addresses */
        unsigned first = e * size, last = first + size - 1;
        int in = last >= (a & 7) && (!same || first <= (b & 7));
        if (in) mask |= 1u << (little ? e : n - 1 - e);
    }
    s->r[rd] = mask;
    if (opf & 1) return;
    s->ccr = vis_codes((vis_s64)(a - b), 64, a, b) << 4 | vis_codes((vis_s64)(a - b), 32, a, b);
}

/* The figures of ARRAY8: where the bits of the result come from, low ones first. */
static vis_u64 vis_array(vis_u64 a, unsigned n)
{
    static const unsigned char fixed[17] = {11, 12, 33, 34, 55, 13, 14, 15, 16,
                                            35, 36, 37, 38, 56, 57, 58, 59};
    unsigned char from[32];
    unsigned bits = 17;
    vis_u64 v = 0;
    if (n > 5) n = 5;
    memcpy(from, fixed, sizeof fixed);
    for (unsigned i = 0; i < n; i++) from[bits++] = (unsigned char)(17 + i);
    for (unsigned i = 0; i < n; i++) from[bits++] = (unsigned char)(39 + i);
    for (unsigned i = 0; i < 4; i++) from[bits++] = (unsigned char)(60 + i);
    while (bits-- > 0) v = v << 1 | (a >> from[bits] & 1);
    return v;
}

/* opf 20 to 2e: le ne gt eq, bit 2 for words. */
static vis_u64 vis_fcmp(unsigned opf, vis_u64 a, vis_u64 b)
{
    int bits = opf & 4 ? 32 : 16;
    vis_u64 v = 0;
    for (int i = 0; i < 64 / bits; i++) {
        vis_s64 x = vis_selem(a, bits, 64, i), y = vis_selem(b, bits, 64, i);
        int less = x < y, equal = x == y;
        switch (opf & 0xa) {
        case 0x0: v = vis_append(v, 1, less || equal); break;
        case 0x2: v = vis_append(v, 1, !equal); break;
        case 0x8: v = vis_append(v, 1, !less && !equal); break;
        default: v = vis_append(v, 1, equal); break;
        }
    }
    return v;
}

/* opf 50 to 57: bit 2 subtracts, bit 1 words, bit 0 singles. */
static vis_u64 vis_fpadd(unsigned opf, vis_u64 a, vis_u64 b)
{
    int bits = opf & 2 ? 32 : 16, total = opf & 1 ? 32 : 64;
    vis_u64 v = 0;
    for (int i = 0; i < total / bits; i++) {
        vis_s64 x = vis_selem(a, bits, total, i), y = vis_selem(b, bits, total, i);
        v = vis_append(v, bits, opf & 4 ? x - y : x + y);
    }
    return v;
}

static vis_u64 vis_mul(unsigned opf, vis_u64 a, vis_u64 b, vis_u64 sa, vis_u64 sb)
{
    vis_u64 v = 0;
    for (int i = 0; i < (opf >= 0x38 ? 2 : 4); i++) {
        vis_s64 pixel = (vis_s64)vis_elem(sa, 8, 32, i), x = vis_selem(b, 16, 64, i);
        switch (opf) {
        case 0x31: v = vis_append(v, 16, vis_round(pixel * x, 256)); break;
        case 0x33: v = vis_append(v, 16, vis_round(pixel * vis_selem(sb, 16, 32, 0), 256)); break;
        case 0x35: v = vis_append(v, 16, vis_round(pixel * vis_selem(sb, 16, 32, 1), 256)); break;
        case 0x36: v = vis_append(v, 16, vis_round(vis_selem(a, 8, 64, 2 * i) * x, 256)); break;
        case 0x37: v = vis_append(v, 16, vis_round((vis_s64)vis_elem(a, 8, 64, 2 * i + 1) * x, 65536)); break;
        case 0x38: v = vis_append(v, 32, vis_selem(sa, 8, 32, 2 * i) * vis_selem(sb, 16, 32, i) * 256); break;
        case 0x39:
            v = vis_append(v, 32, (vis_s64)vis_elem(sa, 8, 32, 2 * i + 1) * vis_selem(sb, 16, 32, i));
            break;
        }
    }
    return v;
}

static vis_u64 vis_fpack(unsigned opf, vis_u64 a, vis_u64 b, unsigned scale)
{
    vis_u64 v = 0;
    if (opf == 0x3b) {
        for (int i = 0; i < 4; i++)
            v = vis_append(v, 8,
                           vis_clip(vis_floor(vis_selem(b, 16, 64, i) * (1ll << (scale & 15)), 128), 0, 255));
        return v;
    }
    for (int i = 0; i < 2; i++) {
        vis_s64 x = vis_selem(b, 32, 64, i) * (1ll << scale);
        if (opf == 0x3d)
            v = vis_append(v, 16, vis_clip(vis_floor(x, 65536), -32768, 32767));
        else
            v = vis_append(vis_append(v, 24, (vis_s64)vis_elem(a, 32, 64, i)), 8,
                           vis_clip(vis_floor(x, 1 << 23), 0, 255));
    }
    return v;
}

static vis_u64 vis_bytes(unsigned opf, vis_u64 a, vis_u64 b, vis_u64 old, vis_u64 mask, vis_u64 sa,
                         vis_u64 sb)
{
    vis_u64 v = opf == 0x3e ? old : 0;
    for (int i = 0; i < 8; i++) {
        vis_s64 x = (vis_s64)vis_elem(a, 8, 64, i), y = (vis_s64)vis_elem(b, 8, 64, i);
        int from = (int)vis_elem(mask, 4, 32, i);
        switch (opf) {
        case 0x3e: v += (vis_u64)(x < y ? y - x : x - y); break;
        case 0x4b: v = vis_append(v, 8, (vis_s64)vis_elem(i & 1 ? sb : sa, 8, 32, i / 2)); break;
        case 0x4c: v = vis_append(v, 8, (vis_s64)vis_elem(from & 8 ? b : a, 8, 64, from & 7)); break;
        case 0x4d:
            if (i < 4) v = vis_append(v, 16, (vis_s64)vis_elem(sb, 8, 32, i) * 16);
            break;
        }
    }
    return v;
}

static void vis_on_integers(struct vis_regs *s, unsigned opf, unsigned rd, unsigned rs1, unsigned rs2)
{
    vis_u64 a = rs1 ? s->r[rs1] : 0, b = rs2 ? s->r[rs2] : 0;
    if (opf < 0x10) {
        vis_edge(s, opf, rd, a, b);
    } else if (opf == 0x19) {
        s->r[rd] = a + b;
        s->gsr = (s->gsr & 0xffffffff) | (a + b) << 32;
    } else {
        s->r[rd] = vis_array(a, (unsigned)b & 7) << (opf - 0x10) / 2;
    }
    s->r[0] = 0;
}

/* Executes a word: 1, or 0 if it is none of these instructions. */
static int vis_manual(unsigned word, struct vis_regs *s)
{
    unsigned rd = word >> 25 & 31, rs1 = word >> 14 & 31, rs2 = word & 31, opf = word >> 5 & 511;
    vis_u64 a = s->d[vis_dnum(rs1)], b = s->d[vis_dnum(rs2)], *d = &s->d[vis_dnum(rd)];
    vis_u64 sa = vis_single(s, rs1), sb = vis_single(s, rs2);
    unsigned scale = (unsigned)(s->gsr >> 3) & 31;
    if ((word & 0xc1f80000) != 0x81b00000) return 0;
    if (opf < 12 || opf == 0x10 || opf == 0x12 || opf == 0x14 || opf == 0x19)
        vis_on_integers(s, opf, rd, rs1, rs2);
    else if (opf >= 0x20 && opf < 0x30 && !(opf & 1)) {
        s->r[rd] = vis_fcmp(opf, a, b);
        s->r[0] = 0;
    } else if (opf == 0x3b || opf == 0x3d)
        vis_set_single(s, rd, vis_fpack(opf, a, b, scale));
    else if (opf == 0x3a)
        *d = vis_fpack(opf, a, b, scale);
    else if (opf >= 0x31 && opf <= 0x39 && opf != 0x32 && opf != 0x34)
        *d = vis_mul(opf, a, b, sa, sb);
    else if (opf == 0x3e || opf == 0x4b || opf == 0x4c || opf == 0x4d)
        *d = vis_bytes(opf, a, b, *d, s->gsr >> 32, sa, sb);
    else if (opf >= 0x50 && opf < 0x58 && opf & 1)
        vis_set_single(s, rd, vis_fpadd(opf, sa, sb));
    else if (opf >= 0x50 && opf < 0x58)
        *d = vis_fpadd(opf, a, b);
    else if (opf == 0x81)
        s->gsr = (s->gsr & ~(7ull << 25)) | (vis_u64)(rs2 & 7) << 25;
    else
        return 0;
    return 1;
}

#endif
