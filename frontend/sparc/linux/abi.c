/* SPARC Linux, 32-bit programs on a 64-bit kernel: numbers, registers of a call, exceptions as signals (the
 * kernel's arch/sparc). Frames of signals are in sigframe.c. Read by syscalls/ and runtime/exec. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>

#include "frontend/guest.h"
#include "frontend/sparc/cpu.h"
#include "frontend/sparc/linux/linux.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/sighand.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define EMT_TAGOVF 1

static struct sparc_cpu *sparc(struct cpu_head *cpu)
{
    return (struct sparc_cpu *)(void *)cpu;
}

/* --- tables --- */

enum {
    SYS_CALL_own_first = SYS_CALL_OWN - 1,
#define CALL(name, ret, impl, ...) SYS_CALL_##name,
#include "frontend/sparc/linux/calls.def"
#undef CALL
};

#define CALL SYS_CALL_DECL
#include "frontend/sparc/linux/calls.def"
#undef CALL

static const struct sys_call own_calls[] = {
#define ARG  SYS_ARG_ROW
#define CALL SYS_CALL_STRUCT
#include "frontend/sparc/linux/calls.def"
#undef CALL
#undef ARG
};

static const u16 base_calls[] = {
#define SYS SYS_CALL_ROW
#include "frontend/sparc/linux/syscalls.tbl"
#undef SYS
};

static const struct sys_numbers numbers[] = {{0, COUNT(base_calls), base_calls}, {0, 0, NULL}};

static const u16 errnos[SYS_ERRNO_MAX] = {
#define ERRNO SYS_ERRNO_ROW
#include "frontend/sparc/linux/errno.def"
#undef ERRNO
};

static const u8 signals[32] = {
#define SIGNAL SYS_SIGNAL_ROW
#include "frontend/sparc/linux/signals.def"
#undef SIGNAL
};

static const struct sys_flag flags[] = {
#define FLAG  SYS_FLAG_ROW
#define VALUE SYS_VALUE_ROW
#include "frontend/sparc/linux/flags.def"
#undef FLAG
#undef VALUE
};

static const struct sys_field structs[] = {
#define LAYOUT SYS_LAYOUT_ROW
#define FIELD  SYS_FIELD_ROW
#include "frontend/sparc/linux/structs.def"
#undef LAYOUT
#undef FIELD
};

static const struct sys_ioctl_nr ioctls[] = {
#define IOCTL_NR SYS_IOCTL_ROW
#include "frontend/sparc/linux/ioctls.def"
#undef IOCTL_NR
};

/* termios c_cc: VMIN shares its place with VEOF, VTIME with VEOL; there is no VSWTC of its own beyond. */
static const u8 cc_index[19] = {0, 1, 2, 3, 4, 5, 4, 7, 8, 9, 10, 5, 12, 13, 14, 15, 6, 0xff, 0xff};

/* --- calls of its own --- */

s64 sys_do_sparc_getpagesize(struct sys_ctx *c)
{
    (void)c;
    return 8192;
}

s64 sys_do_sparc_getdomainname(struct sys_ctx *c)
{
    struct {
        char name[6][65];
    } uts;
    s64 size = (s32)c->a[1];
    if (size < 0) return -EINVAL;
    s64 r = sys_host(c, SYS_uname, (u64)&uts, 0, 0, 0, 0, 0);
    if (r) return r;
    s64 n = (s64)strnlen(uts.name[5], 64) + 1;
    if (size < n) return -EINVAL;
    return gmem_write(c->a[0], uts.name[5], (size_t)n) ? -EFAULT : 0;
}

/* Mixed-mode stacks: the one feature there is. */
s64 sys_do_sparc_kern_features(struct sys_ctx *c)
{
    (void)c;
    return 1;
}

/* --- registers of a call --- */

static int get(struct cpu_head *cpu, u32 trap_no, u64 *nr, u64 args[8])
{
    const struct sparc_cpu *c = sparc(cpu);
    (void)trap_no;
    *nr = (u32)c->g1;
    for (u32 i = 0; i < 6; i++) args[i] = (u32)sparc_cpu_get(c, SPARC_O0 + i);
    args[6] = args[7] = 0;
    return 0;
}

/* An error sets the carry of icc and xcc. */
static void set(struct cpu_head *cpu, u32 trap_no, s64 result, int err)
{
    struct sparc_cpu *c = sparc(cpu);
    u32 carry = SPARC_CC_C | SPARC_CC_C << 4, ccr = sparc_ccr(c);
    (void)trap_no;
    *sparc_cpu_reg(c, SPARC_O0) = (u64)(s64)(s32)(err ? err : result);
    sparc_set_ccr(c, err ? ccr | carry : ccr & ~carry);
}

static void set_second(struct cpu_head *cpu, u64 second)
{
    *sparc_cpu_reg(sparc(cpu), SPARC_O1) = second;
}

static void rewind_call(struct cpu_head *cpu, u32 trap_no)
{
    (void)trap_no;
    if (cpu->key & SPARC_KEY_SKIP)
        cpu->key &= ~SPARC_KEY_SKIP;
    else
        cpu->key -= 4;
}

/* The child has one window; the others are on the stack. With a new stack it gets a copy of its frame there.
 */
static void clone_child(struct cpu_head *cpu, gaddr newsp)
{
    struct sparc_cpu *c = sparc(cpu);
    u32 sp = (u32)sparc_cpu_get(c, SPARC_SP), fp = (u32)sparc_cpu_get(c, SPARC_FP), to = (u32)newsp & ~15u;
    sparc_window_flush(c, 1);
    c->wtop = c->wbase;
    set(cpu, 0, 0, 0); /* the carry too: no error */
    *sparc_cpu_reg(c, SPARC_O1) = 1;
    if (newsp == 0 || (u32)newsp == sp) return;
    u32 size = fp - sp;
    if (gmem_copy(to - size, sp, size) == 0) gmem_store_u32(to - size + 4 * 14, true, to);
    *sparc_cpu_reg(c, SPARC_SP) = to - size;
    *sparc_cpu_reg(c, SPARC_FP) = to;
}

static void set_tls(struct cpu_head *cpu, gaddr tls)
{
    sparc(cpu)->g7 = tls;
}
static gaddr get_sp(const struct cpu_head *cpu)
{
    return (u32)sparc_cpu_get((const struct sparc_cpu *)(const void *)cpu, SPARC_SP);
}

/* --- exceptions --- */

static void go_behind(struct sparc_cpu *c)
{
    u32 npc = sparc_npc(c);
    sparc_set_pc(c, npc, npc + 4);
}

static void window_fault(struct task *t, u64 r)
{
    sig_force(t, SPARC_WINDOW_SIG(r), SPARC_WINDOW_CODE(r), (u32)r);
}

static void flush_windows(struct task *t, struct sparc_cpu *c)
{
    u64 r = sparc_window_flush(c, 1);
    if (r)
        window_fault(t, r);
    else
        go_behind(c);
}

/* Traps of Tcc (the kernel's ttable_64.S): 1 breakpoint, 2 division by zero, 3 windows to memory, 0x20 and
 * 0x21 read and write icc through %g1, 0x22 reads the PSR that V8 would have. */
static void soft_trap(struct task *t, struct sparc_cpu *c, u32 n)
{
    switch (n) {
    case 1: sig_force(t, SIGTRAP, TRAP_BRKPT, sparc_cpu_pc(c)); return;
    case 2: sig_force(t, SIGFPE, FPE_INTDIV, sparc_cpu_pc(c)); return;
    case 3: flush_windows(t, c); return;
    case 0x20: c->g1 = sparc_ccr(c) & 15; break;
    case 0x21: sparc_set_ccr(c, (sparc_ccr(c) & 0xf0) | (c->g1 & 15)); break;
    case 0x22: c->g1 = 0xff001080u | (sparc_ccr(c) & 15) << 20 | (sparc_ccr(c) >> 4) << 16; break;
    default: sig_force(t, SIGILL, ILL_ILLTRP, sparc_cpu_pc(c)); return;
    }
    go_behind(c);
}

/* FSR.cexc, which has one bit. */
static void fp_trap(struct task *t, gaddr pc, u32 cexc)
{
    int code = cexc & SPARC_FX_NV   ? FPE_FLTINV
               : cexc & SPARC_FX_OF ? FPE_FLTOVF
               : cexc & SPARC_FX_UF ? FPE_FLTUND
               : cexc & SPARC_FX_DZ ? FPE_FLTDIV
                                    : FPE_FLTRES;
    sig_force(t, SIGFPE, code, pc);
}

static void trap(struct task *t, u32 trap_no, u64 detail)
{
    struct sparc_cpu *c = sparc(t->cpu);
    gaddr pc = sparc_cpu_pc(c);
    switch (trap_no) {
    case SPARC_TRAP_SOFT: soft_trap(t, c, (u32)detail); break;
    case SPARC_TRAP_WINDOW: window_fault(t, detail); break;
    case SPARC_TRAP_DIV0: sig_force(t, SIGFPE, FPE_INTDIV, pc); break;
    case SPARC_TRAP_TAG: sig_force(t, SIGSTKFLT /* SIGEMT */, EMT_TAGOVF, pc); break;
    case SPARC_TRAP_PRIVILEGED: sig_force(t, SIGILL, ILL_PRVOPC, pc); break;
    case GUEST_TRAP_ALIGN_PC:
    case SPARC_TRAP_ALIGN: sig_force(t, SIGBUS, BUS_ADRALN, (gaddr)detail); break;
    case SPARC_TRAP_ASI: sig_force(t, SIGSEGV, SEGV_MAPERR, (gaddr)detail); break;
    case SPARC_TRAP_FP: fp_trap(t, pc, (u32)detail); break;
    case SPARC_TRAP_FLUSH:
        if (mm_code_changed) mm_code_changed((gaddr)detail & ~(gaddr)7, 8);
        go_behind(c);
        break;
    default: sig_force(t, SIGILL, ILL_ILLOPC, pc); break;
    }
}

/* --- what the program sees of the machine --- */

/* HWCAP_SPARC_*: flush, stbar, swap, muldiv, v9, ultra3, mul32, div32, fsmuld, v8plus, vis, vis2. */
#define HWCAP (0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x100 | 0x200 | 0x400 | 0x800 | 0x2000 | 0x4000)

static void cpuinfo(struct out *o)
{
    out_puts(o, "cpu\t\t: TI UltraSparc III (Cheetah)\n"
                "fpu\t\t: UltraSparc III integrated FPU\n"
                "pmu\t\t: ultra3\n"
                "prom\t\t: OBP 3.23.1\n"
                "type\t\t: sun4u\n"
                "ncpus probed\t: 1\n"
                "ncpus active\t: 1\n"
                "D$ parity tl1\t: 0\n"
                "I$ parity tl1\t: 0\n"
                "cpucaps\t\t: flush,stbar,swap,muldiv,v9,ultra3,mul32,div32,fsmuld,v8plus,vis,vis2\n"
                "Cpu0ClkTck\t: 000000003b9aca00\n"
                "MMU Type\t: Cheetah\n");
}

const struct sys_abi sparc_abi = {
    .machine = "sparc64",
    .word = 4,
    .big_endian = true,
    .ioc_dir_bits = 3,
    .rlim_infinity = 0x7fffffff,
    .numbers = numbers,
    .own_calls = own_calls,
    .nown_calls = COUNT(own_calls),
    .errno_map = errnos,
    .signal_map = signals,
    .flags = flags,
    .nflags = COUNT(flags),
    .structs = structs,
    .nstructs = COUNT(structs),
    .ioctls = ioctls,
    .nioctls = COUNT(ioctls),
    .cc_index = cc_index,
    .hwcap = HWCAP,
    .heap_exec = true,
    .stack_align = 16,
    .stack_reserve = 64,
    .get = get,
    .set = set,
    .set_second = set_second,
    .rewind = rewind_call,
    .clone_child = clone_child,
    .set_tls = set_tls,
    .get_sp = get_sp,
    .signal_setup = sparc_signal_setup,
    .signal_return = sparc_signal_return,
    .trap = trap,
    .cpuinfo = cpuinfo,
};
