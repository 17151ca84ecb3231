/* The SPARC state block, made from cpu.def, with the window file behind the slots, and the registers that are
 * kept in parts: CCR, FSR. Used by the lifters (offsets), helpers, and linux/ (signal frames).
 *
 * The window file: SPARC_WINDOWS windows of 16 eight-byte registers. wbase is the offset, from the start of
 * the state block, of the current window's %l0; around it stand the 24 registers of the window, outs below,
 * ins above:
 *
 *     wbase - 64   %o0 … %o7        wbase   %l0 … %l7        wbase + 64   %i0 … %i7
 *
 * `save` subtracts 128 from wbase, so that outs become ins; `restore` adds 128. The file is no ring: when
 * wbase reaches its low end, a save first spills the oldest windows to the guest's stack and moves the rest
 * up (windows.c). Windows from wbase up to wtop are valid; a restore at wtop fills one from the guest's
 * stack. */
#ifndef CALQUE_FRONTEND_SPARC_CPU_H
#define CALQUE_FRONTEND_SPARC_CPU_H

#include "ir/cpu.h"
#include "ir/ir.h"

typedef u8 sparc_c_i8;
typedef u32 sparc_c_i32;
typedef u64 sparc_c_i64;
typedef u64 sparc_c_f64; /* the bits */

enum { SPARC_WINDOWS = 64, SPARC_WINDOW = 128 /* bytes */ };

struct sparc_cpu {
    struct cpu_head head;
#define SPARC_SLOT(name, type, pin, flags, text) sparc_c_##type name;
#include "frontend/sparc/cpu.def"
    u64 file[8 + 16 * SPARC_WINDOWS];
};

#define SPARC_OFF(name)  ((u32)offsetof(struct sparc_cpu, name))
#define SPARC_WBASE_LOW  ((u64)SPARC_OFF(file) + 64)                            /* the newest place */
#define SPARC_WBASE_HIGH (SPARC_WBASE_LOW + SPARC_WINDOW * (SPARC_WINDOWS - 1)) /* the oldest place */

enum {
#define SPARC_MODE(name, bit, width, text) SPARC_##name##_SHIFT = (bit), SPARC_##name##_BITS = (width),
#include "frontend/sparc/cpu.def"
};
#define SPARC_KEY_CCR  ((u64)1 << SPARC_CCR_SHIFT)
#define SPARC_KEY_NPC  ((u64)1 << SPARC_NPC_SHIFT)
#define SPARC_KEY_ASI  ((u64)1 << SPARC_ASI_SHIFT)
#define SPARC_KEY_TEM  ((u64)1 << SPARC_TEM_SHIFT)
#define SPARC_KEY_KEPT (SPARC_KEY_CCR | SPARC_KEY_TEM) /* the mode bits that stay when the program jumps */
#define SPARC_KEY_SKIP ((u64)1 << SPARC_SKIP_SHIFT)
/* head.aux with SPARC_KEY_NPC in the key: nPC itself, or this: it is in slot npc. No instruction stands at
 * address 1. */
#define SPARC_AUX_SLOT 1

/* Register numbers: 0..7 globals, 8..15 outs, 16..23 locals, 24..31 ins. */
enum {
    SPARC_O0 = 8,
    SPARC_O1 = 9,
    SPARC_SP = 14,
    SPARC_O7 = 15,
    SPARC_L0 = 16,
    SPARC_I0 = 24,
    SPARC_FP = 30,
    SPARC_I7 = 31
};

/* CCR: icc in the low four bits, xcc in the high ones, each N Z V C from bit 3 down. */
enum { SPARC_CC_C = 1, SPARC_CC_V = 2, SPARC_CC_Z = 4, SPARC_CC_N = 8 };

/* GSR: mask 63..32, im, irnd, scale 7..3, align 2..0. With im, irnd rounds in place of FSR.RD. */
#define SPARC_GSR_IM         0x08000000u
#define SPARC_GSR_IRND_SHIFT 25

/* FSR */
#define SPARC_FSR_RD_SHIFT  30
#define SPARC_FSR_TEM       0x0f800000u
#define SPARC_FSR_TEM_SHIFT 23
#define SPARC_FSR_IEEE      0x00004000u /* ftt: IEEE_754_exception */
#define SPARC_FSR_NS        0x00400000u
#define SPARC_FSR_VER       0x000e0000u /* version 7: none that a program could know */
#define SPARC_FSR_FTT       0x0001c000u
#define SPARC_FSR_AEXC      0x000003e0u
#define SPARC_FSR_CEXC      0x0000001fu
#define SPARC_FSR_KEPT                                                                                       \
    (3u << SPARC_FSR_RD_SHIFT | SPARC_FSR_TEM | SPARC_FSR_NS | SPARC_FSR_FTT | SPARC_FSR_CEXC)
enum { SPARC_FX_NX = 1, SPARC_FX_DZ = 2, SPARC_FX_UF = 4, SPARC_FX_OF = 8, SPARC_FX_NV = 16 };

/* Where register 1..31 of the current window stands. */
static inline u64 *sparc_cpu_reg(struct sparc_cpu *c, u32 n)
{
    u8 *block = (u8 *)c;
    return (u64 *)(void *)(n < 8 ? block + SPARC_OFF(g1) + 8 * (n - 1) : block + c->wbase - 128 + 8 * n);
}
static inline u64 sparc_cpu_get(const struct sparc_cpu *c, u32 n)
{
    return n ? *sparc_cpu_reg((struct sparc_cpu *)(u64)c, n) : 0;
}
static inline u32 sparc_cpu_pc(const struct sparc_cpu *c)
{
    return (u32)c->head.key;
}

/* nPC of a precise state. */
u32 sparc_npc(const struct sparc_cpu *c);
/* pc and nPC: the key's mode bits follow. */
void sparc_set_pc(struct sparc_cpu *c, u32 pc, u32 npc);
/* CCR as a number. Writing chooses the form that stays out of mode CCR if there is one. */
u32 sparc_ccr(const struct sparc_cpu *c);
void sparc_set_ccr(struct sparc_cpu *c, u32 ccr);
/* FSR; writing sets the head's FP control and sticky flags, and mode TEM. */
u64 sparc_fsr(const struct sparc_cpu *c);
void sparc_set_fsr(struct sparc_cpu *c, u64 v, bool all); /* all: the 64-bit form, with fcc1 to fcc3 */
/* GSR, which may decide how is rounded. */
void sparc_set_gsr(struct sparc_cpu *c, u64 v);
/* f0..f31 as words, f32..f63 as halves of doubles: as a memory image has them in order. */
u32 sparc_f_word(const struct sparc_cpu *c, u32 n);
void sparc_set_f_word(struct sparc_cpu *c, u32 n, u32 v);

/* --- the window file (windows.c). Results: 0, or what goes with SPARC_TRAP_WINDOW. --- */
/* Makes room for one more window below wbase. */
u64 sparc_window_overflow(struct sparc_cpu *c);
/* Fills the window above wbase. */
u64 sparc_window_underflow(struct sparc_cpu *c);
/* Writes all windows but the current one to the guest's stack, and the current one too if `current` (it stays
 * valid). */
u64 sparc_window_flush(struct sparc_cpu *c, u32 current);
/* A window whose frame cannot be written: what the kernel keeps in its buffer and in signal frames. */
struct sparc_kept_window {
    u64 reg[16];
    u32 sp;
};
/* Writes all windows, the current one too; those that cannot be written go to out[0..max), the newest first,
 * and more of them than `max` are lost. Only the current one stays valid. Returns how many were kept. */
u32 sparc_window_flush_or_keep(struct sparc_cpu *c, struct sparc_kept_window *out, u32 max);
/* Locals and ins of the current window become what its frame holds; no other window is valid. 0 or -EFAULT. */
int sparc_window_reload(struct sparc_cpu *c);
/* Writes one to its frame. 0 or -EFAULT. */
int sparc_window_write(const struct sparc_kept_window *w);

/* A guest fault that a window's memory gave: signal, si_code, address. */
#define SPARC_WINDOW_FAULT(sig, code, addr)                                                                  \
    ((u64)1 << 63 | (u64)(sig) << 40 | (u64)(code) << 32 | (u32)(addr))
#define SPARC_WINDOW_SIG(v)  ((int)((v) >> 40 & 0xff))
#define SPARC_WINDOW_CODE(v) ((int)((v) >> 32 & 0xff))

/* Exceptions of this guest, beyond GUEST_TRAP_*: what linux/abi.c turns into signals. */
enum {
    SPARC_TRAP_SOFT = 16, /* Tcc: detail = trap number 0..127; the pc is the instruction itself */
    SPARC_TRAP_WINDOW,    /* a window's stack could not be read or written: detail as above */
    SPARC_TRAP_DIV0,
    SPARC_TRAP_TAG, /* tagged arithmetic overflowed */
    SPARC_TRAP_PRIVILEGED,
    SPARC_TRAP_ALIGN, /* a misaligned jump: detail = address */
    SPARC_TRAP_FP,    /* IEEE exception with its trap enabled: detail = the exception bits */
    SPARC_TRAP_ASI,   /* an alternate space that does not exist: detail = address */
    SPARC_TRAP_FLUSH, /* not an exception: code at detail has changed; go on behind the instruction */
};

#endif
