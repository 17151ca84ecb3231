/* The ARM state block, made from cpu.def, and the registers of the architecture that are kept in parts: CPSR,
 * FPSCR. Used by the lifters (offsets), helpers, and linux/ (signal frames). */
#ifndef CALQUE_FRONTEND_ARM_CPU_H
#define CALQUE_FRONTEND_ARM_CPU_H

#include "ir/cpu.h"
#include "ir/ir.h"

typedef u8 arm_c_i8;
typedef u32 arm_c_i32;
typedef u64 arm_c_f64; /* the bits */

struct arm_cpu {
    struct cpu_head head;
#define ARM_SLOT(name, type, pin, flags, text) arm_c_##type name;
#include "frontend/arm/cpu.def"
};

#define ARM_OFF(name) ((u32)offsetof(struct arm_cpu, name))

enum {
#define ARM_MODE(name, bit, width, text) ARM_##name##_SHIFT = (bit), ARM_##name##_BITS = (width),
#include "frontend/arm/cpu.def"
};
#define ARM_KEY_FIELD(name) ((((u64)1 << ARM_##name##_BITS) - 1) << ARM_##name##_SHIFT)
#define ARM_KEY_THUMB       ((u64)1)
/* The mode bits that stay when the program jumps: all but Thumb and ITSTATE. */
#define ARM_KEY_FPMODES                                                                                      \
    (ARM_KEY_FIELD(LEN) | ARM_KEY_FIELD(STRIDE) | ARM_KEY_FIELD(DN) | ARM_KEY_FIELD(AHP) | ARM_KEY_FIELD(FZ))
#define ARM_KEY_KEPT    (ARM_KEY_FIELD(E) | ARM_KEY_FPMODES)

/* CPSR */
#define ARM_PSR_N    0x80000000u
#define ARM_PSR_Z    (1u << 30)
#define ARM_PSR_C    (1u << 29)
#define ARM_PSR_V    (1u << 28)
#define ARM_PSR_Q    (1u << 27)
#define ARM_PSR_GE   (15u << 16)
#define ARM_PSR_E    (1u << 9)
#define ARM_PSR_T    (1u << 5)
#define ARM_PSR_USER 0x10

/* FPSCR */
#define ARM_FPSCR_NZCV   (15u << 28)
#define ARM_FPSCR_QC     (1u << 27)
#define ARM_FPSCR_AHP    (1u << 26)
#define ARM_FPSCR_DN     (1u << 25)
#define ARM_FPSCR_FZ     (1u << 24)
#define ARM_FPSCR_RM     (3u << 22)
#define ARM_FPSCR_STRIDE (3u << 20)
#define ARM_FPSCR_LEN    (7u << 16)
#define ARM_FPSCR_EXC    0x9f
/* what the slot fpscr holds; the trap-enable bits read as zero: no VFP of ours traps */
#define ARM_FPSCR_KEPT (ARM_FPSCR_QC | 0x7f70000u)

/* A core register 0..14 or double 0..31 of the block. */
static inline u32 *arm_cpu_reg(struct arm_cpu *c, u32 n)
{
    return (u32 *)((u8 *)c + ARM_OFF(r0) + 4 * n);
}
static inline u64 *arm_cpu_dreg(struct arm_cpu *c, u32 n)
{
    return (u64 *)((u8 *)c + ARM_OFF(d0) + 8 * n);
}

/* CPSR as a program sees it, mode bits of the key included. Writing takes T, E and IT into the key. */
u32 arm_cpsr(const struct arm_cpu *c);
void arm_set_cpsr(struct arm_cpu *c, u32 v);
/* FPSCR with the sticky flags that stand in head.fp_flags; writing sets the head's FP control and the key's
 * modes. */
u32 arm_fpscr(const struct arm_cpu *c);
void arm_set_fpscr(struct arm_cpu *c, u32 v);
/* The same for a key alone. */
static inline u64 arm_key_fpmodes(u64 key, u32 fpscr)
{
    key &= ~ARM_KEY_FPMODES;
    return key | (u64)(fpscr >> 16 & 7) << ARM_LEN_SHIFT | (u64)(fpscr >> 20 & 3) << ARM_STRIDE_SHIFT |
           (u64)(fpscr >> 25 & 3) << ARM_DN_SHIFT | (u64)(fpscr >> 24 & 1) << ARM_FZ_SHIFT;
}

#endif
