/* The SPARC registers that the state block keeps in parts, put together and taken apart: pc and nPC, CCR,
 * FSR, FP registers as words. linux/ uses it for signal frames, the runtime for -d cpu. Translated code does
 * the same in IR. */
#include "frontend/sparc/cpu.h"

u32 sparc_npc(const struct sparc_cpu *c)
{
    if (!(c->head.key & SPARC_KEY_NPC)) return (u32)c->head.key + 4;
    return c->head.aux == SPARC_AUX_SLOT ? c->npc : (u32)c->head.aux;
}

void sparc_set_pc(struct sparc_cpu *c, u32 pc, u32 npc)
{
    u64 mode = c->head.key & SPARC_KEY_KEPT;
    if (npc != pc + 4) mode |= SPARC_KEY_NPC;
    c->head.key = mode | pc;
    c->head.aux = SPARC_AUX_SLOT;
    c->npc = npc;
}

/* --- CCR --- */

static u32 codes(bool n, bool z, bool v, bool c)
{
    return (n ? SPARC_CC_N : 0) | (z ? SPARC_CC_Z : 0) | (v ? SPARC_CC_V : 0) | (c ? SPARC_CC_C : 0);
}

u32 sparc_ccr(const struct sparc_cpu *c)
{
    s32 d32;
    s64 d64;
    if (c->head.key & SPARC_KEY_CCR) return c->ccr;
    bool v32 = __builtin_sub_overflow((s32)c->ca, (s32)c->cb, &d32),
         v64 = __builtin_sub_overflow((s64)c->ca, (s64)c->cb, &d64);
    u32 icc = codes((s32)c->cr < 0, (u32)c->cr == 0, v32, (u32)c->ca < (u32)c->cb);
    return icc | codes((s64)c->cr < 0, c->cr == 0, v64, c->ca < c->cb) << 4;
}

/* Is there a number with these N and Z of its low half and of all of it? */
static bool have_result(u32 icc, u32 xcc, u64 *r)
{
    u32 nz = SPARC_CC_N | SPARC_CC_Z;
    if ((icc & nz) == nz || (xcc & nz) == nz || ((xcc & SPARC_CC_Z) && !(icc & SPARC_CC_Z))) return false;
    u32 low = icc & SPARC_CC_N ? 0x80000000u : !(icc & SPARC_CC_Z);
    u32 high = xcc & SPARC_CC_N ? 0x80000000u : !(xcc & SPARC_CC_Z);
    *r = (u64)high << 32 | low;
    return true;
}

/* Operands whose difference has the codes' C and V (cc.c has the same in IR). */
static void operands(u32 cc, u32 even, u32 *a, u32 *b)
{
    bool carry = cc & SPARC_CC_C;
    if (cc & SPARC_CC_V) {
        *a = carry ? 0x7fffffffu : 0x80000000u;
        *b = carry ? 0x80000000u : 1;
    } else {
        *a = carry ? 0 : even;
        *b = carry;
    }
}

void sparc_set_ccr(struct sparc_cpu *c, u32 ccr)
{
    u64 r;
    u32 a[2], b[2];
    c->ccr = (u8)ccr;
    if (!have_result(ccr & 15, ccr >> 4, &r)) {
        c->head.key |= SPARC_KEY_CCR;
        return;
    }
    c->head.key &= ~SPARC_KEY_CCR;
    operands(ccr & 15, 0, &a[0], &b[0]);
    operands(ccr >> 4, 1, &a[1], &b[1]);
    c->ca = (u64)a[1] << 32 | a[0];
    c->cb = (u64)b[1] << 32 | b[0];
    c->cr = r;
}

/* --- FSR --- */

static const struct {
    u32 ours, theirs;
} sticky[] = {
    {IR_FPF_INVALID, SPARC_FX_NV}, {IR_FPF_OVERFLOW, SPARC_FX_OF}, {IR_FPF_UNDERFLOW, SPARC_FX_UF},
    {IR_FPF_DIVZERO, SPARC_FX_DZ}, {IR_FPF_INEXACT, SPARC_FX_NX},
};

static void set_rounding(struct sparc_cpu *c)
{
    u64 rd = c->gsr & SPARC_GSR_IM ? c->gsr >> SPARC_GSR_IRND_SHIFT & 3 : c->fsr >> SPARC_FSR_RD_SHIFT;
    c->head.fp_control = IR_RM_RNE + (u32)rd;
}

u64 sparc_fsr(const struct sparc_cpu *c)
{
    u64 v = c->fsr | (u32)c->fcc0 << 10;
    for (u32 i = 0; i < sizeof sticky / sizeof sticky[0]; i++)
        if (c->head.fp_flags & sticky[i].ours) v |= sticky[i].theirs << 5;
    return v | (u64)c->fcc1 << 32 | (u64)c->fcc2 << 34 | (u64)c->fcc3 << 36;
}

void sparc_set_fsr(struct sparc_cpu *c, u64 v, bool all)
{
    c->fsr = (u32)v & SPARC_FSR_KEPT;
    c->head.key = (c->head.key & ~SPARC_KEY_TEM) | (v & SPARC_FSR_TEM ? SPARC_KEY_TEM : 0);
    c->fcc0 = v >> 10 & 3;
    if (all) {
        c->fcc1 = v >> 32 & 3;
        c->fcc2 = v >> 34 & 3;
        c->fcc3 = v >> 36 & 3;
    }
    c->head.fp_flags = 0;
    for (u32 i = 0; i < sizeof sticky / sizeof sticky[0]; i++)
        if (v >> 5 & sticky[i].theirs) c->head.fp_flags |= sticky[i].ours;
    set_rounding(c);
}

void sparc_set_gsr(struct sparc_cpu *c, u64 v)
{
    c->gsr = v;
    set_rounding(c);
}

/* --- FP registers --- */

static u32 *f_word(struct sparc_cpu *c, u32 n)
{
    return (u32 *)(void *)((u8 *)c + SPARC_OFF(d0) + 8 * (n >> 1) + (n & 1 ? 0 : 4));
}

u32 sparc_f_word(const struct sparc_cpu *c, u32 n)
{
    return *f_word((struct sparc_cpu *)(u64)c, n);
}
void sparc_set_f_word(struct sparc_cpu *c, u32 n, u32 v)
{
    *f_word(c, n) = v;
}
