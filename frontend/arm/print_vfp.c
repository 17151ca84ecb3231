/* Print kinds of vfp.isa and neon.isa: registers by width, data types, lists, immediates. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"
#include "runtime/base/fmt.h"

/* --- VFP --- */

void arm_fmt_sreg(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    out_printf(o, "s%d", (int)n);
}

void arm_fmt_dreg(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    out_printf(o, "d%d", (int)n);
}

void arm_fmt_spair(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    out_printf(o, "s%d, s%d", (int)n, (int)n + 1);
}

/* An immediate aBcdefgh: (16 + efgh) * 2^(e - 7) with e = 0 to 7, so a multiple of 1/128. */
void arm_fmt_fimm(struct out *o, int64_t imm, uint64_t key)
{
    (void)key;
    u32 e = ((imm >> 4 & 7) ^ 4), n = (16 + (imm & 15)) << e; /* in units of 1/128 */
    u32 frac = (n & 127) * 78125;                             /* 10^7 / 128 */
    out_printf(o, "#%s%u.", imm >> 7 & 1 ? "-" : "", n >> 7);
    u32 digits = 7;
    while (digits > 1 && frac % 10 == 0) frac /= 10, digits--;
    out_printf(o, "%0*u", (int)digits, frac);
}

void arm_fmt_fbits(struct out *o, int64_t sx, int64_t fbits, uint64_t key)
{
    (void)key;
    out_printf(o, "#%d", (sx ? 32 : 16) - (int)fbits);
}

void arm_fmt_wback(struct out *o, int64_t puw, uint64_t key)
{
    (void)key;
    if (puw & 1) out_putc(o, '!');
}

void arm_fmt_vlist(struct out *o, int64_t d, int64_t words, int64_t sz, uint64_t key)
{
    (void)key;
    const char *comma = "";
    int count = sz ? (int)words / 2 : (int)words;
    if (count > 32 - d) count = 32 - (int)d;
    out_putc(o, '{');
    for (int i = 0; i < count; i++) {
        out_printf(o, "%s%c%d", comma, sz ? 'd' : 's', (int)d + i);
        comma = ", ";
    }
    out_putc(o, '}');
}

/* VMRS to the pc means the flags, from FPSCR. */
void arm_fmt_vmrsrt(struct out *o, int64_t rt, int64_t sysreg, uint64_t key)
{
    (void)key;
    if (rt == 15 && sysreg == 1)
        out_puts(o, "apsr_nzcv");
    else
        arm_fmt_r(o, rt, key);
}

void arm_fmt_vsys(struct out *o, int64_t reg, uint64_t key)
{
    static const char names[16][8] = {"fpsid", "fpscr", "",      "",       "",       "mvfr2",
                                      "mvfr1", "mvfr0", "fpexc", "fpinst", "fpinst2"};
    (void)key;
    if (names[reg][0])
        out_puts(o, names[reg]);
    else
        out_printf(o, "c%d", (int)reg);
}

/* --- Advanced SIMD --- */

void arm_fmt_qreg(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    out_printf(o, "q%d", (int)n / 2);
}

void arm_fmt_vreg(struct out *o, int64_t n, int64_t q, uint64_t key)
{
    if (q)
        arm_fmt_qreg(o, n, key);
    else
        arm_fmt_dreg(o, n, key);
}

void arm_fmt_vbits(struct out *o, int64_t size, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", 8 << size);
}

/* Of the wider operand of a narrowing. */
void arm_fmt_vbits2(struct out *o, int64_t size, uint64_t key)
{
    arm_fmt_vbits(o, size + 1, key);
}

void arm_fmt_vdt(struct out *o, int64_t u, int64_t size, uint64_t key)
{
    out_putc(o, u ? 'u' : 's');
    arm_fmt_vbits(o, size, key);
}

/* A scalar operand M:Vm: of halves Vm<2:0> with the lane in M:Vm<3>, of words Vm with the lane in M. */
void arm_fmt_vscalar(struct out *o, int64_t m, int64_t size, uint64_t key)
{
    (void)key;
    if (size == 1)
        out_printf(o, "d%d[%d]", (int)m & 7, (int)(m >> 3 & 3));
    else
        out_printf(o, "d%d[%d]", (int)m & 15, (int)(m >> 4));
}

/* L:imm6 holds the element size as its highest set bit, and the shift in the rest. */
static int shift_size(int64_t imm)
{
    return imm & 64 ? 64 : imm & 32 ? 32 : imm & 16 ? 16 : 8;
}

void arm_fmt_vshbits(struct out *o, int64_t imm, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", shift_size(imm));
}

void arm_fmt_vshbits2(struct out *o, int64_t imm, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", 2 * shift_size(imm));
}

void arm_fmt_vshr(struct out *o, int64_t imm, uint64_t key)
{
    (void)key;
    out_printf(o, "#%d", 2 * shift_size(imm) - (int)imm);
}

void arm_fmt_vshl(struct out *o, int64_t imm, uint64_t key)
{
    (void)key;
    out_printf(o, "#%d", (int)imm - shift_size(imm));
}

/* VMOV, VMVN, VORR, VBIC (immediate): by op and cmode (A7.4.6). */
void arm_fmt_vimmop(struct out *o, int64_t op, int64_t cmode, uint64_t key)
{
    (void)key;
    if (cmode >= 12 ? cmode < 14 && op : !(cmode & 1) && op)
        out_puts(o, "vmvn");
    else if (cmode < 12 && (cmode & 1))
        out_puts(o, op ? "vbic" : "vorr");
    else
        out_puts(o, "vmov");
    out_puts(o, cmode < 8     ? ".i32"
                : cmode < 12  ? ".i16"
                : cmode < 14  ? ".i32"
                : cmode == 15 ? ".f32"
                : op          ? ".i64"
                              : ".i8");
}

void arm_fmt_vimm(struct out *o, int64_t imm, int64_t cmode, int64_t op, uint64_t key)
{
    u32 v = (u32)imm;
    u64 wide = 0;
    if (cmode == 15) {
        arm_fmt_fimm(o, imm, key);
        return;
    }
    if (cmode == 14 && op) {
        for (u32 i = 0; i < 8; i++)
            if (v >> i & 1) wide |= (u64)0xff << (8 * i);
    } else if (cmode < 12) {
        wide = v << (cmode < 8 ? 8 * (cmode >> 1) : 8 * (cmode >> 1 & 1));
    } else {
        wide = cmode == 12 ? v << 8 | 0xff : cmode == 13 ? v << 16 | 0xffff : v;
    }
    out_printf(o, wide < 10 ? "#%llu" : "#0x%llx", (unsigned long long)wide);
}

static void list(struct out *o, int64_t d, int count, int step, const char *lane)
{
    const char *comma = "";
    out_putc(o, '{');
    for (int i = 0; i < count; i++, comma = ", ")
        out_printf(o, "%sd%d%s", comma, ((int)d + i * step) & 31, lane);
    out_putc(o, '}');
}

void arm_fmt_vtable(struct out *o, int64_t n, int64_t len, uint64_t key)
{
    (void)key;
    list(o, n, (int)len + 1, 1, "");
}

#define LIST(name, count, step)                                                                              \
    void arm_fmt_##name(struct out *o, int64_t d, uint64_t key)                                              \
    {                                                                                                        \
        (void)key;                                                                                           \
        list(o, d, count, step, "");                                                                         \
    }
LIST(vl1, 1, 1)
LIST(vl2, 2, 1)
LIST(vl2s, 2, 2)
LIST(vl3, 3, 1)
LIST(vl3s, 3, 2)
LIST(vl4, 4, 1)
LIST(vl4s, 4, 2)

/* index_align: the lane above, spacing and alignment below, by size (A8.8.321 and its neighbours). */
static void lanes(struct out *o, int64_t d, int64_t size, int64_t index, int count)
{
    char lane[8];
    bool two = size && (index >> (size == 1 ? 1 : 2) & 1) && count > 1;
    fmt_snprintf(lane, sizeof lane, "[%d]", (int)(index >> (size + 1)));
    list(o, d, count, two ? 2 : 1, lane);
}

#define LANES(n)                                                                                             \
    void arm_fmt_vlane##n(struct out *o, int64_t d, int64_t size, int64_t index, uint64_t key)               \
    {                                                                                                        \
        (void)key;                                                                                           \
        lanes(o, d, size, index, n);                                                                         \
    }                                                                                                        \
    void arm_fmt_vall##n(struct out *o, int64_t d, int64_t index, uint64_t key)                              \
    {                                                                                                        \
        (void)key;                                                                                           \
        list(o, d, n == 1 ? 1 + (int)(index >> 1 & 1) : n, n == 1 ? 1 : 1 + (int)(index >> 1 & 1), "[]");    \
    }
LANES(1)
LANES(2)
LANES(3)
LANES(4)

void arm_fmt_vallbits(struct out *o, int64_t index, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", index >> 2 == 3 ? 32 : 8 << (index >> 2));
}

/* rm 15: no write-back; 13: by the bytes transferred; else by rm. */
static void update(struct out *o, int64_t rm, uint64_t key)
{
    out_puts(o, rm == 13 ? "]!" : "]");
    if (rm == 13 || rm == 15) return;
    out_puts(o, ", ");
    arm_fmt_r(o, rm, key);
}

void arm_fmt_vaddr(struct out *o, int64_t rn, int64_t align, int64_t rm, uint64_t key)
{
    out_putc(o, '[');
    arm_fmt_r(o, rn, key);
    if (align) out_printf(o, ":%d", 32 << align);
    update(o, rm, key);
}

void arm_fmt_vaddr1(struct out *o, int64_t rn, int64_t rm, uint64_t key)
{
    out_putc(o, '[');
    arm_fmt_r(o, rn, key);
    update(o, rm, key);
}

/* imm4 of VDUP (scalar): the lowest set bit is the size, the bits above it the lane. */
void arm_fmt_vdupbits(struct out *o, int64_t imm, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", 8 << __builtin_ctz((u32)imm | 8));
}

void arm_fmt_vduplane(struct out *o, int64_t m, int64_t imm, uint64_t key)
{
    (void)key;
    out_printf(o, "d%d[%d]", (int)m, (int)(imm >> (__builtin_ctz((u32)imm | 8) + 1)));
}

void arm_fmt_vdupsize(struct out *o, int64_t b, int64_t e, uint64_t key)
{
    (void)key;
    out_puts(o, b ? "8" : e ? "16" : "32");
}
