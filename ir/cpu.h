/* The head of every guest's CPU state block: what translated code, the interpreter and the runtime share whatever the
 * guest. A guest's state is `struct arm_cpu { struct cpu_head head; …registers… }`, made from its cpu.def.
 *
 * A host register points CPU_BIAS bytes into the block, so that the hot part of the head and the first ~200 bytes of
 * the guest's registers are within a signed 8-bit displacement: guests declare their hottest registers first. */
#ifndef CALQUE_IR_CPU_H
#define CALQUE_IR_CPU_H

#include <stddef.h>
#include "runtime/base/types.h"

enum cpu_exit {       /* why translated code came back to the dispatch loop */
    CPU_EXIT_LOOKUP,  /* go on at head.key: no translation known, or it is not linked */
    CPU_EXIT_LINK,    /* the same, from the linkable site head.exit_site: resolve, patch, go on */
    CPU_EXIT_POLL,    /* the poll flag was seen; go on at head.key afterwards */
    CPU_EXIT_SYSCALL, /* system call: head.key is the next instruction, head.exit_info the trap number */
    CPU_EXIT_TRAP,    /* guest exception: head.key its instruction, head.exit_info number, head.exit_detail */
    CPU_EXIT_FAULT,   /* host fault at a guest access: head.key the instruction, exit_info host signal, detail address */
};

/* exit_info of CPU_EXIT_FAULT: host signal and si_code. */
#define CPU_FAULT_INFO(sig, code) ((u64)(u32)(sig) | (u64)(u32)(code) << 32)
#define CPU_FAULT_SIGNAL(info) ((int)(u32)(info))
#define CPU_FAULT_CODE(info) ((int)((info) >> 32))

#define CPU_SPILL 96 /* 8-byte spill cells for one unit */

struct cpu_head {
    u64 spill[CPU_SPILL];  /* cold, below the bias: the allocator's spill cells (16-aligned pairs hold vectors) */
    u64 key;               /* guest pc and mode bits: where the guest is when no translated code runs */
    u64 aux;               /* extra state of a precise point (nPC, IT bits), from the `insn` mark */
    u64 exit_info, exit_detail;
    u64 exit_site;         /* host address of the link slot that was left through */
    u64 host_sp;           /* C stack pointer to return to */
    u64 ret_sp;            /* return-stack pointer while C runs */
    u64 ret_base;          /* top of the usable return stack (it grows down from here) */
    u64 jump_table;        /* host address of the task's indirect-jump table */
    void *task;            /* struct task of runtime/vm */
    u32 fp_flags;          /* sticky flags IR_FPF_* while C runs; MXCSR while translated code runs */
    u32 fp_control;        /* IR_RM_* | IR_FP_FTZ | IR_FP_DAZ */
    u32 mxcsr;             /* the host image of the two */
    u32 host_mxcsr;
    /* hot from here on */
    u32 poll;              /* nonzero: leave at the next poll */
    u32 excl_valid;        /* LL/SC monitor: armed */
    u64 excl_addr;         /* … for this guest address */
    u64 excl_value[2];     /* … which held this value */
};
#define CPU_HOT  offsetof(struct cpu_head, poll)
#define CPU_BIAS (CPU_HOT + 128)

#endif
