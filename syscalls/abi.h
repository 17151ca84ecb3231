/* abi.h: `struct sys_abi`, a guest's Linux side: what frontend/<guest>/linux/ fills in and the room reads. Tables hold
 * what differs from the host (x86-64) or from generic/; functions hold what touches the guest's registers and stack.
 *
 * A guest's folder linux/ holds, all included by its abi.c:
 *   syscalls.tbl   SYS(number, call)                    call is a row of syscalls/calls.def or of its own calls.def
 *   errno.def      ERRNO(ENAME, number)                 only numbers that differ from the host's
 *   signals.def    SIGNAL(SIGNAME, number)              only numbers that differ
 *   flags.def      FLAG(family, HOST_CONST, bits) and VALUE(family, HOST_CONST, number); a family with no row is
 *                  the same on both sides (families.def lists them); bits that agree need no row if every
 *                  other row's bits stay clear of them on both sides
 *   structs.def    LAYOUT/FIELD rows for structures unlike generic/structs32.def or structs64.def
 *   ioctls.def     IOCTL_NR(NAME, number)               requests outside the _IO encoding that differ
 *   sigframe.c     signal_setup, signal_return;  abi.c the rest.
 * syscalls/README.md shows a complete abi.c.
 *
 * Everything here is read-only and shared by all threads. Functions run on the calque C stack of the task and may not
 * keep state. Guest memory is touched by gmem_* and sys_* only. */
#ifndef CALQUE_SYSCALLS_ABI_H
#define CALQUE_SYSCALLS_ABI_H

#include <signal.h>

#include "ir/cpu.h"
#include "runtime/base/fmt.h"
#include "runtime/base/types.h"
#include "runtime/vm/task.h"
#include "syscalls/call.h"
#include "syscalls/ioctl.h"
#include "syscalls/layout.h"

/* Rows of the tables. */
struct sys_flag { u8 family; bool value; u32 host, guest; };
struct sys_ioctl_nr { u16 ioctl; u32 guest; };               /* index in ioctls.def, its number on the guest */
struct sys_numbers { u32 first, count; const u16 *calls; };  /* numbers first … first+count-1: call ids, 0 = none */

#define SYS_CALL_ROW(number, name)      [number] = SYS_CALL_##name,   /* #define SYS SYS_CALL_ROW */
#define SYS_ERRNO_ROW(name, number)     [name] = (number),            /* #define ERRNO SYS_ERRNO_ROW: u16[SYS_ERRNO_MAX] */
#define SYS_SIGNAL_ROW(name, number)    [name] = (number),            /* #define SIGNAL …: u8[32] */
#define SYS_FLAG_ROW(fam, host, guest)  {SYS_FLAGS_##fam, false, (u32)(host), (guest)},
#define SYS_VALUE_ROW(fam, host, guest) {SYS_FLAGS_##fam, true, (u32)(host), (guest)},
#define SYS_IOCTL_ROW(name, number)     {SYS_IOCTL_##name, (number)},
#define SYS_ERRNO_MAX 134

struct sys_abi {
    /* The ABI of a program with these e_flags, where a guest has had several: its calls' arguments and structures follow it;
     * registers, signals and start-up are of the first. NULL: all programs alike. */
    const struct sys_abi *(*variant)(u32 elf_flags);

    /* ---- data model ---- */
    const char *machine;   /* uname -m */
    const char *platform;  /* AT_PLATFORM, or NULL */
    u8 word;               /* bytes of a long and of a pointer: 4 or 8 */
    bool big_endian;
    bool pair_aligned;     /* 32-bit guests: a 64-bit argument starts at an even argument (arm EABI, ppc, mips) */
    u8 mmap2_shift;        /* mmap2's offset unit as a power of two; 0 means 12 (4096) */
    u8 ioc_dir_bits;       /* _IOC encoding: 2 (asm-generic: none 0 write 1 read 2, 14 size bits) or
                              3 (sparc mips ppc alpha: none 1 read 2 write 4, 13 size bits) */
    bool siginfo_code_first; /* mips: si_code before si_errno */
    u8 sockaddr_un_size;   /* sizeof(struct sockaddr_un) as the guest's compiler pads it; 0: 110, unpadded */
    u64 rlim_infinity;     /* RLIM_INFINITY of getrlimit/setrlimit; 0 means all ones of a word */

    /* ---- tables ---- */
    const struct sys_numbers *numbers; /* ends with count 0 */
    const struct sys_call *own_calls;  /* calls of this guest alone: ids SYS_CALL_OWN + index; NULL none */
    u32 nown_calls;
    const u16 *errno_map;              /* [SYS_ERRNO_MAX] by host errno, 0 = the same; NULL: all the same */
    const u8 *signal_map;              /* [32] by host signal, 0 = the same; NULL: all. Real-time signals are the same */
    const struct sys_flag *flags;
    u32 nflags;
    const struct sys_field *structs;   /* own layouts, before the generic ones of the word size; NULL none */
    u32 nstructs;
    const struct sys_ioctl_nr *ioctls;
    u32 nioctls;
    const u8 *cc_index;                /* [NCCS of the kernel, 19] termios c_cc: guest index by host index; 0xff none;
                                          NULL: the same */

    /* ---- program start ---- */
    bool exec_stack_all;               /* a program whose stack is executable may execute whatever it can read: the kernel's
                                          elf_read_implies_exec */
    bool heap_exec;                    /* brk's pages are executable: VM_DATA_DEFAULT_FLAGS */
    u64 hwcap, hwcap2;                 /* of the default CPU model */
    u8 stack_align;                    /* of the initial stack pointer, a power of two; 0 means 16 */
    u16 stack_reserve;                 /* bytes that the initial stack pointer lies below argc (sparc: 64, a window) */
    /* Extra auxv entries: fills at most 8 pairs type, value; returns how many. NULL: none. */
    u32 (*auxv)(struct task *t, u64 (*out)[2]);
    /* Maps what the kernel gives every process: signal return code, user helpers, vectors. 0 or -errno. NULL: none.
     * After an exec's image is loaded, before the first instruction. */
    int (*map_pages)(struct task *t);
    /* Last touch on the registers of a fresh program, after cpu_init with pc and sp. NULL: none. */
    void (*start)(struct cpu_head *cpu, gaddr sp);

    /* ---- calls ---- */
    /* The number and up to eight words of arguments behind trap `trap_no`, as they are in the registers (zero-extended
     * words on 32-bit guests; o32-like guests fetch the rest from the stack). 0, or -EFAULT, which fails the call. */
    int (*get)(struct cpu_head *cpu, u32 trap_no, u64 *nr, u64 args[8]);
    /* The result: err is the guest's error number, or 0 and then `result` is the value. */
    void (*set)(struct cpu_head *cpu, u32 trap_no, s64 result, int err);
    /* Second result register, where pipe() and fork() have one (sparc, mips, alpha, ia64): then pipe does not write
     * memory. NULL: none. fork and clone call it with 0 in the parent. */
    void (*set_second)(struct cpu_head *cpu, u64 second);
    /* head.key (the instruction after the trap) becomes the trap instruction again. Arguments are still as the program
     * left them: set() was not called. */
    void (*rewind)(struct cpu_head *cpu, u32 trap_no);
    /* The child of clone/fork/vfork: all that set() does for a result of 0 (flags that tell an error included), which is
     * not called in the child; sparc: %o1 = 1 also; and, if newsp is not 0, the stack pointer.
     * set_tls follows where CLONE_SETTLS asks for it. */
    void (*clone_child)(struct cpu_head *cpu, gaddr newsp);
    void (*set_tls)(struct cpu_head *cpu, gaddr tls);
    gaddr (*get_sp)(const struct cpu_head *cpu);

    /* ---- signals ---- */
    /* Builds the handler's frame on the guest's stack (or t->sig.alt) and points the CPU at act->handler. `sig`, info and
     * act->mask are the host's numbering; sys_signal_to_guest, sys_siginfo_to_guest convert. The mask to save in the
     * frame is t->sig.mask; the caller changes it afterwards.
     * 0, or -EFAULT: the caller forces SIGSEGV. */
    int (*signal_setup)(struct task *t, int sig, const siginfo_t *info, const struct sig_action *act);
    /* sigreturn / rt_sigreturn: takes registers, mask (sig_set_mask) and, for rt, the altstack back from the frame.
     * 0, or -EFAULT: the caller forces SIGSEGV. The registers are final: no result is stored. */
    int (*signal_return)(struct task *t, bool rt);
    /* A guest exception (GUEST_TRAP_* but FETCH, or its own): calls sig_force with the guest kernel's signal and si_code, or
     * changes the CPU and goes on. head.key is the instruction. */
    void (*trap)(struct task *t, u32 trap, u64 detail);

    /* ---- views ---- */
    void (*cpuinfo)(struct out *o);   /* the text of /proc/cpuinfo */
};

/* ---- helpers for a guest's linux/ ---- */

/* Signal numbers and sets, host <-> guest. A guest number with no host counterpart gives 0; out of range -1. */
int sys_signal_to_guest(const struct sys_abi *abi, int sig);
int sys_signal_to_host(const struct sys_abi *abi, int sig);
u64 sys_sigset_to_guest(const struct sys_abi *abi, u64 host_mask); /* bit n-1 = signal n on both sides */
u64 sys_sigset_to_host(const struct sys_abi *abi, u64 guest_mask);
/* A guest sigset_t of 8 bytes in memory (array of longs, first word holds signals 1 to 32 or 64). */
void sys_sigset_pack(const struct sys_abi *abi, u8 out[8], u64 host_mask);
u64 sys_sigset_unpack(const struct sys_abi *abi, const u8 in[8]);

int sys_errno_to_guest(const struct sys_abi *abi, int err); /* positive host errno to the guest's */

/* The 128 bytes of the guest's siginfo_t, and back. */
#define SYS_SIGINFO_SIZE 128
void sys_siginfo_to_guest(const struct sys_abi *abi, const siginfo_t *info, u8 out[SYS_SIGINFO_SIZE]);
void sys_siginfo_to_host(const struct sys_abi *abi, const u8 in[SYS_SIGINFO_SIZE], siginfo_t *info);

/* The stack pointer that a handler starts from: the alternate stack if act asks for it and the task is not on it, else
 * sp. (The kernel's sigsp().) */
gaddr sys_signal_stack(const struct task *t, const struct sig_action *act, gaddr sp);
/* The fields of a guest stack_t as it goes into a frame: ss_sp, ss_flags (SS_ONSTACK/SS_DISABLE by sp), ss_size. */
void sys_altstack_get(const struct task *t, gaddr sp, struct sig_altstack *out);
/* The kernel's restore_altstack(): sets it from a frame, errors ignored. */
void sys_altstack_restore(struct task *t, gaddr sp, const struct sig_altstack *in);

/* Flags of a family: guest to host (*rest gets guest bits with no meaning on the host; may be NULL) and back. */
u64 sys_flags_to_host(const struct sys_abi *abi, enum sys_family family, u64 guest, u64 *rest);
u64 sys_flags_to_guest(const struct sys_abi *abi, enum sys_family family, u64 host);

#endif
