/* Frames of signal handlers on 32-bit SPARC: built by signal_setup, taken back by sigreturn and rt_sigreturn.
 * What a frame holds where is in sigframe.def. It lies on the guest's stack, so everything in it is the
 * program's to change.
 *
 * The handler runs in the interrupted window: its own save makes the frame the caller's, and where that
 * window has been spilled meanwhile it is filled from the copy at the frame's start. Handlers get (signal,
 * siginfo or registers, registers) and return to %o7 + 8, which is the restorer or the two instructions in
 * the frame. */
#include <errno.h>
#include <string.h>

#include "frontend/sparc/cpu.h"
#include "frontend/sparc/linux/linux.h"
#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/sighand.h"

enum {
#define AREA(name, offset, size) name = (offset), name##_SIZE = (size),
#define RT_AREA                  AREA
#define FPU_AREA                 AREA
#define RWIN_AREA                AREA
#include "frontend/sparc/linux/sigframe.def"
};

#define FRAME_MAX    (RT_FRAME_END + FPU_END + RWIN_END)
#define RWIN_MAX     7
#define V8PLUS_MAGIC 0x130e269u
#define V8PLUS_SIZE  68
#define PSR_V8PLUS                                                                                           \
    0xff000000u /* in place of implementation and version: 64-bit registers, and xcc below icc */
/* Both halves: the processor may say so at any time, and sigreturn takes back what is dirty. */
#define FPRS_DIRTY   3u
#define PSR_S        0x80u
#define PSR_EF       0x1000u
#define SIGRETURN    0x821020d8u /* mov 216, %g1 */
#define RT_SIGRETURN 0x82102065u /* mov 101, %g1 */
#define TRAP_10      0x91d02010u /* ta 0x10 */

/* Where the two kinds of frame hold the same things. */
struct places {
    u32 regs, fpu_save, insns, extra_size, upper, asi, rwin_save, end;
};
static const struct places plain = {REGS, FPU_SAVE, INSNS, EXTRA_SIZE, UPPER, ASI, RWIN_SAVE, FRAME_END};
static const struct places with_info = {RT_REGS,  RT_FPU_SAVE, RT_INSNS,     RT_EXTRA_SIZE,
                                        RT_UPPER, RT_ASI,      RT_RWIN_SAVE, RT_FRAME_END};

static void put(u8 *f, u32 offset, u32 v)
{
    store_be32(f + offset, v);
}
static u32 take(const u8 *f, u32 offset)
{
    return load_be32(f + offset);
}

static u32 psr_of(const struct sparc_cpu *c)
{
    u32 ccr = sparc_ccr(c);
    return PSR_V8PLUS | PSR_S | PSR_EF | (ccr & 15) << 20 | (ccr >> 4) << 16;
}

static void set_psr(struct sparc_cpu *c, u32 psr)
{
    u32 ccr = psr >> 20 & 15;
    if ((psr & PSR_V8PLUS) == PSR_V8PLUS) ccr |= (psr >> 16 & 15) << 4;
    sparc_set_ccr(c, ccr);
}

/* --- saving --- */

static void save_registers(u8 *f, const struct places *p, const struct sparc_cpu *c)
{
    put(f, p->regs, psr_of(c));
    put(f, p->regs + 4, sparc_cpu_pc(c));
    put(f, p->regs + 8, sparc_npc(c));
    put(f, p->regs + 12, c->y);
    put(f, p->upper, V8PLUS_MAGIC);
    put(f, p->extra_size, V8PLUS_SIZE);
    for (u32 i = 0; i < 16; i++) {
        u64 v = sparc_cpu_get(c, i);
        put(f, p->regs + 16 + 4 * i, (u32)v);
        if (i) put(f, p->upper + 4 * i, (u32)(v >> 32));
    }
    put(f, p->asi, c->asi);
    put(f, p->rwin_save, 0);
}

static void save_window(u8 *f, const struct sparc_cpu *c)
{
    for (u32 i = 0; i < 16; i++) put(f, 4 * i, (u32)sparc_cpu_get(c, SPARC_L0 + i));
}

static void save_fpu(u8 *f, const struct sparc_cpu *c)
{
    for (u32 i = 0; i < 64; i++) put(f, FPU_REGS + 4 * i, sparc_f_word(c, i));
    store_be64(f + FPU_FSR, sparc_fsr(c));
    store_be64(f + FPU_GSR, c->gsr);
    store_be64(f + FPU_FPRS, c->fprs | FPRS_DIRTY);
}

static void save_mask(const struct sys_abi *abi, u8 *f, u64 mask, bool rt)
{
    u64 set = sys_sigset_to_guest(abi, mask);
    put(f, rt ? RT_MASK : MASK_LOW, (u32)set);
    put(f, rt ? RT_MASK + 4 : MASK_HIGH, (u32)(set >> 32));
}

static void save_altstack(u8 *f, const struct task *t, gaddr sp)
{
    struct sig_altstack alt;
    sys_altstack_get(t, sp, &alt);
    put(f, RT_STACK, (u32)alt.sp);
    put(f, RT_STACK + 4, alt.flags);
    put(f, RT_STACK + 8, (u32)alt.size);
}

static void fill_frame(u8 *f, struct task *t, const siginfo_t *info, gaddr at, bool rt)
{
    const struct sparc_cpu *c = (const struct sparc_cpu *)(const void *)t->cpu;
    const struct places *p = rt ? &with_info : &plain;
    save_window(f, c);
    save_registers(f, p, c);
    save_mask(&sparc_abi, f, t->sig.mask, rt);
    put(f, p->fpu_save, (u32)at + p->end);
    put(f, p->insns, rt ? RT_SIGRETURN : SIGRETURN);
    put(f, p->insns + 4, TRAP_10);
    save_fpu(f + p->end, c);
    if (!rt) return;
    sys_siginfo_to_guest(&sparc_abi, info, f + RT_INFO);
    save_altstack(f, t, sparc_cpu_get(c, SPARC_SP));
}

static void enter_handler(struct sparc_cpu *c, const struct sig_action *act, int guest_sig, u32 at, bool rt)
{
    const struct places *p = rt ? &with_info : &plain;
    *sparc_cpu_reg(c, SPARC_O0) = (u32)guest_sig;
    *sparc_cpu_reg(c, SPARC_O1) = at + (rt ? (u32)RT_INFO : (u32)REGS);
    *sparc_cpu_reg(c, SPARC_O1 + 1) = at + p->regs;
    *sparc_cpu_reg(c, SPARC_SP) = at;
    *sparc_cpu_reg(c, SPARC_O7) = act->restorer ? (u32)act->restorer : at + p->insns - 8;
    sparc_set_pc(c, (u32)act->handler, (u32)act->handler + 4);
    if (!act->restorer && mm_code_changed) mm_code_changed(at + p->insns, 8);
}

/* Windows that could not be written to their frames, as after the stack's overflow. */
static void save_windows(u8 *f, const struct sparc_kept_window *w, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        for (u32 r = 0; r < 16; r++) store_be64(f + RWIN_WINDOWS + 128 * i + 8 * r, w[i].reg[r]);
        store_be64(f + RWIN_STACKS + 8 * i, w[i].sp);
    }
    put(f, RWIN_COUNT, n);
}

int sparc_signal_setup(struct task *t, int sig, const siginfo_t *info, const struct sig_action *act)
{
    struct sparc_cpu *c = (struct sparc_cpu *)(void *)t->cpu;
    u8 frame[FRAME_MAX] = {0};
    struct sparc_kept_window kept[RWIN_MAX];
    bool rt = act->flags & SA_SIGINFO;
    const struct places *p = rt ? &with_info : &plain;
    u32 size = p->end + FPU_END, sp = (u32)sparc_cpu_get(c, SPARC_SP);
    u32 n = sparc_window_flush_or_keep(c, kept, RWIN_MAX), windows = n ? size : 0;
    if (n) size += RWIN_END;
    u32 at = ((u32)sys_signal_stack(t, act, sp) - size) & ~15u;
    fill_frame(frame, t, info, at, rt);
    if (n) {
        save_windows(frame + windows, kept, n);
        put(frame, p->rwin_save, at + windows);
    }
    if (gmem_write(at, frame, size)) return -EFAULT;
    enter_handler(c, act, sys_signal_to_guest(&sparc_abi, sig), at, rt);
    return 0;
}

/* --- taking back --- */

static void take_registers(const u8 *f, const struct places *p, struct sparc_cpu *c)
{
    u32 psr = take(f, p->regs);
    bool upper = (psr & PSR_V8PLUS) == PSR_V8PLUS && take(f, p->upper) == V8PLUS_MAGIC;
    c->y = take(f, p->regs + 12);
    for (u32 i = 1; i < 16; i++) {
        u64 v = take(f, p->regs + 16 + 4 * i);
        if (upper) v |= (u64)take(f, p->upper + 4 * i) << 32;
        *sparc_cpu_reg(c, i) = v;
    }
    if (upper) c->asi = (u8)take(f, p->asi);
    set_psr(c, psr);
    sparc_set_pc(c, take(f, p->regs + 4), take(f, p->regs + 8));
}

static int take_fpu(u32 at, struct sparc_cpu *c)
{
    u8 f[FPU_END];
    if ((at & 7) || gmem_read(f, at, sizeof f)) return -EFAULT;
    u64 fprs = load_be64(f + FPU_FPRS);
    for (u32 i = 0; i < 64; i++)
        if (fprs & (i < 32 ? 1 : 2)) sparc_set_f_word(c, i, take(f, FPU_REGS + 4 * i));
    sparc_set_fsr(c, load_be64(f + FPU_FSR), true);
    sparc_set_gsr(c, load_be64(f + FPU_GSR));
    return 0;
}

/* Back to their frames, which the handler may have made writable; the kernel does not go on without. */
static int take_windows(u32 at)
{
    u8 f[RWIN_END];
    if (at & 3 || gmem_read(f, at, sizeof f)) return -EFAULT;
    u32 n = take(f, RWIN_COUNT);
    if (n > RWIN_MAX) return -EFAULT;
    for (u32 i = 0; i < n; i++) {
        struct sparc_kept_window w = {.sp = (u32)load_be64(f + RWIN_STACKS + 8 * i)};
        for (u32 r = 0; r < 16; r++) w.reg[r] = load_be64(f + RWIN_WINDOWS + 128 * i + 8 * r);
        if (sparc_window_write(&w)) return -EFAULT;
    }
    return 0;
}

static void take_mask(struct task *t, const u8 *f, bool rt)
{
    u64 low = take(f, rt ? RT_MASK : MASK_LOW), high = take(f, rt ? RT_MASK + 4 : MASK_HIGH);
    sig_set_mask(t, sys_sigset_to_host(&sparc_abi, high << 32 | low));
}

static void take_altstack(struct task *t, const u8 *f, gaddr sp)
{
    struct sig_altstack alt = {
        .sp = take(f, RT_STACK), .flags = take(f, RT_STACK + 4), .size = take(f, RT_STACK + 8)};
    sys_altstack_restore(t, sp, &alt);
}

int sparc_signal_return(struct task *t, bool rt)
{
    struct sparc_cpu *c = (struct sparc_cpu *)(void *)t->cpu;
    const struct places *p = rt ? &with_info : &plain;
    u8 f[RT_FRAME_END];
    u32 at = (u32)sparc_cpu_get(c, SPARC_SP);
    if ((at & 3) || gmem_read(f, at, p->end)) return -EFAULT;
    if ((take(f, p->regs + 4) | take(f, p->regs + 8)) & 3) return -EFAULT;
    if (take(f, p->fpu_save) && take_fpu(take(f, p->fpu_save), c)) return -EFAULT;
    sparc_window_flush(c, 1);
    if (take(f, p->rwin_save) && take_windows(take(f, p->rwin_save))) return -EFAULT;
    take_registers(f, p, c);
    if (sparc_window_reload(c)) return -EFAULT; /* the handler may have changed the frame, as on the real machine */
    if (rt) take_altstack(t, f, at);
    take_mask(t, f, rt);
    return 0;
}
