/* Frames of signal handlers on ARM: built by signal_setup, taken back by sigreturn and rt_sigreturn. What a
 * frame holds where is in sigframe.def. It lies on the guest's stack, so everything in it is the program's to
 * change. */
#include <errno.h>
#include <string.h>

#include "frontend/arm/cpu.h"
#include "frontend/arm/linux/linux.h"
#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/sighand.h"

enum {
#define AREA(name, offset, size) name = (offset), name##_SIZE = (size),
#include "frontend/arm/linux/sigframe.def"
};

#define FRAME_SIZE    (UC_RETCODE + UC_RETCODE_SIZE)
#define OLD_UC_MARK   0x5ac3c35au /* uc_flags of a frame without siginfo */
#define VFP_MAGIC     0x56465001u
#define VFP_SIZE      (UC_VFP_END - UC_VFP_MAGIC)
#define FPEXC_ENABLED 0x40000000u

static void put(u8 *frame, u32 offset, u32 v)
{
    store_le32(frame + offset, v);
}
static u32 take(const u8 *frame, u32 offset)
{
    return load_le32(frame + offset);
}

static void save_registers(u8 *f, struct arm_cpu *c)
{
    for (u32 i = 0; i < 15; i++) put(f, UC_REGS + 4 * i, *arm_cpu_reg(c, i));
    put(f, UC_REGS + 60, (u32)c->head.key & ~1u);
    put(f, UC_CPSR, arm_cpsr(c));
}

static void save_vfp(u8 *f, struct arm_cpu *c)
{
    put(f, UC_VFP_MAGIC, VFP_MAGIC);
    put(f, UC_VFP_SIZE, VFP_SIZE);
    for (u32 i = 0; i < 32; i++) store_le64(f + UC_VFP_REGS + 8 * i, *arm_cpu_dreg(c, i));
    put(f, UC_VFP_FPSCR, arm_fpscr(c));
    put(f, UC_VFP_EXC, FPEXC_ENABLED);
    put(f, UC_VFP_END, 0);
}

/* What the kernel tells of the last exception: for a data abort its number and address. */
static void save_fault(u8 *f, const siginfo_t *info)
{
    if ((info->si_signo != SIGSEGV && info->si_signo != SIGBUS) || info->si_code <= 0) return;
    put(f, UC_TRAP_NO, 14);
    put(f, UC_FAULT_ADDRESS, (u32)(u64)info->si_addr);
}

static void fill_frame(u8 *f, struct task *t, const siginfo_t *info, gaddr sp, bool rt)
{
    struct arm_cpu *c = (struct arm_cpu *)(void *)t->cpu;
    struct sig_altstack alt;
    u64 mask = t->sig.mask;
    put(f, UC_FLAGS, rt ? 0 : OLD_UC_MARK);
    sys_altstack_get(t, sp, &alt);
    put(f, UC_STACK, (u32)alt.sp);
    put(f, UC_STACK + 4, alt.flags);
    put(f, UC_STACK + 8, (u32)alt.size);
    save_registers(f, c);
    save_fault(f, info);
    put(f, UC_OLDMASK, (u32)sys_sigset_to_guest(&arm_abi, mask));
    sys_sigset_pack(&arm_abi, f + UC_SIGMASK, mask);
    save_vfp(f, c);
}

/* The address a handler without restorer returns to; also written into the frame, where debuggers look for
 * it. */
static u32 return_code(u8 *f, bool thumb, bool rt)
{
    static const u32 a32[2] = {0xe3a07077, 0xe3a070ad}, svc[2] = {0xef900077, 0xef9000ad};
    static const u32 t16[2] = {0xdf002777, 0xdf0027ad};
    put(f, UC_RETCODE, thumb ? t16[rt] : a32[rt]);
    if (!thumb) put(f, UC_RETCODE + 4, svc[rt]);
    return ARM_SIGRETURN_CODE + (thumb ? 16 + 4u * rt + 1 : 8u * rt);
}

int arm_signal_setup(struct task *t, int sig, const siginfo_t *info, const struct sig_action *act)
{
    struct arm_cpu *c = (struct arm_cpu *)(void *)t->cpu;
    u8 bytes[SYS_SIGINFO_SIZE + FRAME_SIZE] = {0};
    u8 *f = bytes + SYS_SIGINFO_SIZE;
    bool rt = act->flags & SA_SIGINFO, thumb = act->handler & 1;
    u32 head = rt ? SYS_SIGINFO_SIZE : 0;
    gaddr sp = c->sp, at = (u32)(sys_signal_stack(t, act, sp) - head - FRAME_SIZE) & ~7u;

    if (rt) sys_siginfo_to_guest(&arm_abi, info, bytes);
    fill_frame(f, t, info, sp, rt);
    u32 back = return_code(f, thumb, rt);
    if (gmem_write(at, f - head, head + FRAME_SIZE)) return -EFAULT;
    c->r0 = (u32)sys_signal_to_guest(&arm_abi, sig);
    if (rt) {
        c->r1 = (u32)at;
        c->r2 = (u32)at + head;
    }
    c->sp = (u32)at;
    c->lr = act->flags & 0x04000000 /* SA_RESTORER */ ? (u32)act->restorer : back;
    u64 kept = c->head.key & ARM_KEY_KEPT & ~ARM_KEY_FIELD(E);
    c->head.key = kept | (u32)(thumb ? act->handler : act->handler & ~(gaddr)3);
    c->head.excl_valid = 0;
    return 0;
}

int arm_signal_return(struct task *t, bool rt)
{
    struct arm_cpu *c = (struct arm_cpu *)(void *)t->cpu;
    u8 f[FRAME_SIZE];
    gaddr at = c->sp;
    if (at & 7 || gmem_read(f, (u32)(at + (rt ? SYS_SIGINFO_SIZE : 0)), FRAME_SIZE)) return -EFAULT;
    for (u32 i = 0; i < 15; i++) *arm_cpu_reg(c, i) = take(f, UC_REGS + 4 * i);
    u32 cpsr = take(f, UC_CPSR), pc = take(f, UC_REGS + 60);
    c->head.key = (c->head.key & ARM_KEY_KEPT) | (cpsr & ARM_PSR_T ? pc & ~1u : pc & ~3u);
    arm_set_cpsr(c, cpsr);
    if (take(f, UC_VFP_MAGIC) == VFP_MAGIC && take(f, UC_VFP_SIZE) == VFP_SIZE) {
        for (u32 i = 0; i < 32; i++) *arm_cpu_dreg(c, i) = load_le64(f + UC_VFP_REGS + 8 * i);
        arm_set_fpscr(c, take(f, UC_VFP_FPSCR));
    }
    sig_set_mask(t, sys_sigset_unpack(&arm_abi, f + UC_SIGMASK));
    c->head.excl_valid = 0;
    if (rt) {
        struct sig_altstack alt = {take(f, UC_STACK), take(f, UC_STACK + 8), take(f, UC_STACK + 4)};
        sys_altstack_restore(t, c->sp, &alt);
    }
    return 0;
}
