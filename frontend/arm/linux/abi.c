/* ARM Linux: numbers, registers of a call, private calls, auxv, exceptions as signals (the kernel's
 * arch/arm), for EABI and for the ABI before it (OABI). Frames of signals are in sigframe.c, the page of
 * helpers in vectors.c. Read by syscalls/ and runtime/exec. */
#include <errno.h>
#include <string.h>

#include "frontend/arm/cpu.h"
#include "frontend/arm/linux/linux.h"
#include "frontend/guest.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/sighand.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arm_cpu *arm(struct cpu_head *cpu)
{
    return (struct arm_cpu *)(void *)cpu;
}

/* --- tables --- */

static const u16 base_calls[] = {
#define SYS SYS_CALL_ROW
#include "frontend/arm/linux/syscalls.tbl"
#undef SYS
};

enum {
    SYS_CALL_own_first = SYS_CALL_OWN - 1,
#define CALL(name, ret, impl, ...) SYS_CALL_##name,
#include "frontend/arm/linux/calls.def"
#undef CALL
};

#define CALL SYS_CALL_DECL
#include "frontend/arm/linux/calls.def"
#undef CALL

static const struct sys_call own_calls[] = {
#define ARG  SYS_ARG_ROW
#define CALL SYS_CALL_STRUCT
#include "frontend/arm/linux/calls.def"
#undef CALL
#undef ARG
};

static const u16 private_calls[] = {
#define SYS SYS_CALL_ROW
#include "frontend/arm/linux/private.tbl"
#undef SYS
};

#define ARM_PRIVATE 0xf0000

static const struct sys_numbers numbers[] = {
    {0, COUNT(base_calls), base_calls}, {ARM_PRIVATE, COUNT(private_calls), private_calls}, {0, 0, NULL}};

static const struct sys_flag flags[] = {
#define FLAG  SYS_FLAG_ROW
#define VALUE SYS_VALUE_ROW
#include "frontend/arm/linux/flags.def"
#undef FLAG
#undef VALUE
};

static const struct sys_ioctl_nr ioctls[] = {
#define IOCTL_NR SYS_IOCTL_ROW
#include "frontend/arm/linux/ioctls.def"
#undef IOCTL_NR
};

/* What OABI's compilers lay out unlike EABI's: 64-bit members aligned to 4, structures padded to 4. */
static const struct sys_field oabi_structs[] = {
#define LAYOUT SYS_LAYOUT_ROW
#define FIELD  SYS_FIELD_ROW
#include "frontend/arm/linux/oabi.def"
#undef LAYOUT
#undef FIELD
};

/* --- private calls --- */

s64 sys_do_arm_breakpoint(struct sys_ctx *c)
{
    sig_force(c->t, SIGTRAP, TRAP_BRKPT, (u32)c->t->cpu->key & ~1u);
    return 0;
}

/* The range is [start, end); flags must be 0. */
s64 sys_do_arm_cacheflush(struct sys_ctx *c)
{
    u64 start = c->a[0], end = c->a[1];
    if (end < start || c->a[2]) return -EINVAL;
    if (mm_code_changed) mm_code_changed(start, end - start);
    return 0;
}

s64 sys_do_arm_usr(struct sys_ctx *c)
{
    (void)c;
    return 0;
}

s64 sys_do_arm_set_tls(struct sys_ctx *c)
{
    arm(c->t->cpu)->tpidruro = (u32)c->a[0];
    return 0;
}

s64 sys_do_arm_get_tls(struct sys_ctx *c)
{
    return arm(c->t->cpu)->tpidruro;
}

/* --- registers of a call --- */

enum { OABI_BASE = 0x900000, OABI_SYSCALL = 113 };

/* The number: SVC #0 has it in r7; any other immediate is an OABI call, 0x900000 + number. OABI's syscall(2)
 * has it in r0, and the arguments begin in r1. */
static int get(struct cpu_head *cpu, u32 trap_no, u64 *nr, u64 args[8])
{
    struct arm_cpu *c = arm(cpu);
    *nr = trap_no ? trap_no ^ OABI_BASE : c->r7;
    u32 first = trap_no && *nr == OABI_SYSCALL;
    if (first) *nr = c->r0 & ~(u32)OABI_BASE;
    for (u32 i = 0; i < 7; i++) args[i] = *arm_cpu_reg(c, first + i);
    args[7] = 0;
    return 0;
}

static void set(struct cpu_head *cpu, u32 trap_no, s64 result, int err)
{
    (void)trap_no;
    arm(cpu)->r0 = err ? (u32)-err : (u32)result;
}

static void rewind_call(struct cpu_head *cpu, u32 trap_no)
{
    (void)trap_no;
    cpu->key -= cpu->key & ARM_KEY_THUMB ? 2 : 4;
}

static void clone_child(struct cpu_head *cpu, gaddr newsp)
{
    arm(cpu)->r0 = 0;
    if (newsp) arm(cpu)->sp = (u32)newsp;
}

static void set_tls(struct cpu_head *cpu, gaddr tls)
{
    arm(cpu)->tpidruro = (u32)tls;
}
static gaddr get_sp(const struct cpu_head *cpu)
{
    return ((const struct arm_cpu *)(const void *)cpu)->sp;
}

/* --- exceptions --- */

/* Undefined instructions that Linux takes for breakpoints. */
static bool is_breakpoint(const struct cpu_head *cpu, u32 word)
{
    if (cpu->key & ARM_KEY_THUMB) return word == 0xde01 || word == 0xf7f0a000;
    return (word & 0x0fffffff) == 0x07f001f0;
}

static void trap(struct task *t, u32 trap_no, u64 detail)
{
    gaddr pc = (u32)t->cpu->key & ~1u;
    switch (trap_no) {
    case GUEST_TRAP_ALIGN_PC: sig_force(t, SIGBUS, BUS_ADRALN, (gaddr)detail); break;
    case GUEST_TRAP_BREAK: sig_force(t, SIGTRAP, TRAP_HWBKPT, pc); break;
    default:
        if (is_breakpoint(t->cpu, (u32)detail))
            sig_force(t, SIGTRAP, TRAP_BRKPT, pc);
        else
            sig_force(t, SIGILL, ILL_ILLOPC, pc);
        break;
    }
}

/* --- what the program sees of the machine --- */

/* HWCAP_* and HWCAP2_*, with the names /proc/cpuinfo has for them. */
#define HWCAP_ROWS(X)                                                                                        \
    X(1 << 0, "swp")                                                                                         \
    X(1 << 1, "half")                                                                                        \
    X(1 << 2, "thumb")                                                                                       \
    X(1 << 4, "fastmult") X(1 << 6, "vfp") X(1 << 7, "edsp") X(1 << 13, "vfpv3") X(1 << 15, "tls")           \
        X(1 << 16, "vfpv4") X(1 << 17, "idiva") X(1 << 18, "idivt") X(1 << 19, "vfpd32")
#define HWCAP_BIT(bit, name)  | (bit)
#define HWCAP_NAME(bit, name) name " "

static void cpuinfo(struct out *o)
{
    out_puts(o, "processor\t: 0\n"
                "model name\t: ARMv7 Processor rev 1 (v7l)\n"
                "BogoMIPS\t: 100.00\n"
                "Features\t: " HWCAP_ROWS(HWCAP_NAME) "\n"
                                                      "CPU implementer\t: 0x41\n"
                                                      "CPU architecture: 7\n"
                                                      "CPU variant\t: 0x2\n"
                                                      "CPU part\t: 0xc0f\n"
                                                      "CPU revision\t: 1\n\n"
                                                      "Hardware\t: Generic ARM\n"
                                                      "Revision\t: 0000\n"
                                                      "Serial\t\t: 0000000000000000\n");
}

#define ARM_ABI                                                                                              \
    .variant = variant, .machine = "armv7l", .platform = "v7l", .word = 4, .ioc_dir_bits = 2,                \
    .numbers = numbers, .own_calls = own_calls, .nown_calls = COUNT(own_calls), .flags = flags,              \
    .nflags = COUNT(flags), .ioctls = ioctls, .nioctls = COUNT(ioctls), .hwcap = 0 HWCAP_ROWS(HWCAP_BIT),    \
    .hwcap2 = 0, .exec_stack_all = true, .stack_align = 8, .map_pages = arm_map_vectors, .get = get, .set = set,                     \
    .rewind = rewind_call, .clone_child = clone_child, .set_tls = set_tls, .get_sp = get_sp,                 \
    .signal_setup = arm_signal_setup, .signal_return = arm_signal_return, .trap = trap, .cpuinfo = cpuinfo

static const struct sys_abi *variant(u32 elf_flags);

const struct sys_abi arm_abi = {ARM_ABI, .pair_aligned = true};

/* Programs from before EABI: 64-bit arguments anywhere, structures of their own. */
static const struct sys_abi oabi = {ARM_ABI, .structs = oabi_structs, .nstructs = COUNT(oabi_structs),
                                    .sockaddr_un_size = 112};

static const struct sys_abi *variant(u32 elf_flags)
{
    enum { EF_ARM_EABIMASK = (int)0xff000000 };
    return elf_flags & (u32)EF_ARM_EABIMASK ? &arm_abi : &oabi;
}
