/* The ARM registers that the state block keeps in parts, put together and taken apart: CPSR (B1.3.3) and
 * FPSCR (A2.5.3). linux/ uses it for signal frames and core files, the runtime for -d cpu. Translated code
 * does the same in IR. */
#include "frontend/arm/cpu.h"

u32 arm_cpsr(const struct arm_cpu *c)
{
    u32 v = ARM_PSR_USER | (c->nf & ARM_PSR_N) | (c->zf ? 0 : ARM_PSR_Z) | (u32)c->cf << 29 |
            (u32)c->vf << 28 | (u32)c->qf << 27;
    for (u32 i = 0; i < 4; i++) v |= (c->ge >> (8 * i) & 1) << (16 + i);
    u64 key = c->head.key;
    if (key & ARM_KEY_THUMB) v |= ARM_PSR_T;
    if (key & ARM_KEY_FIELD(E)) v |= ARM_PSR_E;
    u32 it = (u32)(key >> ARM_IT_SHIFT) & 0xff;
    return v | (it & 3) << 25 | (it >> 2) << 10;
}

void arm_set_cpsr(struct arm_cpu *c, u32 v)
{
    c->nf = v & ARM_PSR_N;
    c->zf = !(v & ARM_PSR_Z);
    c->cf = v >> 29 & 1;
    c->vf = v >> 28 & 1;
    c->qf = v >> 27 & 1;
    c->ge = 0;
    for (u32 i = 0; i < 4; i++)
        if (v >> (16 + i) & 1) c->ge |= 0xffu << (8 * i);
    u64 key = c->head.key & ~(ARM_KEY_THUMB | ARM_KEY_FIELD(E) | ARM_KEY_FIELD(IT));
    if (v & ARM_PSR_E) key |= ARM_KEY_FIELD(E);
    if (v & ARM_PSR_T) key |= ARM_KEY_THUMB | (u64)((v >> 25 & 3) | (v >> 8 & 0xfc)) << ARM_IT_SHIFT;
    c->head.key = key;
}

/* Sticky flags: ours against FPSCR's. */
static const struct {
    u32 ours, theirs;
} sticky[] = {
    {IR_FPF_INVALID, 1},   {IR_FPF_DIVZERO, 2},  {IR_FPF_OVERFLOW, 4},
    {IR_FPF_UNDERFLOW, 8}, {IR_FPF_INEXACT, 16}, {IR_FPF_DENORM, 0x80},
};

u32 arm_fpscr(const struct arm_cpu *c)
{
    u32 v = (c->fpscr & ARM_FPSCR_KEPT) | (u32)c->fpnzcv << 28;
    for (u32 i = 0; i < sizeof sticky / sizeof sticky[0]; i++)
        if (c->head.fp_flags & sticky[i].ours) v |= sticky[i].theirs;
    return v;
}

void arm_set_fpscr(struct arm_cpu *c, u32 v)
{
    static const u8 rm[4] = {IR_RM_RNE, IR_RM_RUP, IR_RM_RDN, IR_RM_RTZ};
    c->fpscr = v & ARM_FPSCR_KEPT;
    c->fpnzcv = (u8)(v >> 28);
    c->head.fp_flags = 0;
    for (u32 i = 0; i < sizeof sticky / sizeof sticky[0]; i++)
        if (v & sticky[i].theirs) c->head.fp_flags |= sticky[i].ours;
    c->head.fp_control = rm[v >> 22 & 3] | (v & ARM_FPSCR_FZ ? IR_FP_FTZ | IR_FP_DAZ : 0);
    c->head.key = arm_key_fpmodes(c->head.key, v);
}
