/* Looking inside: what the log channels show of each stage, and the report of our own bugs. The front door of
 * runtime/debug; nothing here runs while its channel is off. */
#ifndef CALQUE_RUNTIME_DEBUG_DEBUG_H
#define CALQUE_RUNTIME_DEBUG_DEBUG_H

#include "frontend/guest.h"
#include "runtime/base/log.h"

/* Guest instructions of a unit, one a line, headed by its address and number. */
void debug_log_guest(enum log_channel ch, const struct guest *g, const struct ir_unit *u, u32 number);
/* A unit's IR text. */
void debug_log_ir(enum log_channel ch, const struct ir_unit *u);
/* Installed by runtime/exec: jit_stub_data of its thunks. */
extern u32 (*debug_stub_data)(u64 to, u32 *key_bytes, const char **why);
/* Host code, disassembled. */
void debug_log_host(enum log_channel ch, u64 key, const u8 *code, u32 size);
/* exec: the unit that is entered, with the guest symbol; cpu: the registers before it. */
void debug_log_entry(const struct cpu_head *cpu, u64 key);
/* "0x00010000 <main>" */
void debug_print_location(struct out *o, gaddr pc);
/* The instructions from those of key on, up to address `end`. */
void debug_print_guest(struct out *o, const struct guest *g, u64 key, gaddr end);
/* All architectural registers, several a line. */
void debug_print_cpu(struct out *o, const struct cpu_head *cpu);

/* --- reports: bug.c, unit.c --- */

/* A unit as reports show it: they lift and improve it again. */
struct debug_unit {
    u64 key;
    u32 number;          /* of units made before it */
    u32 max;             /* guest instructions to lift */
    u64 disabled;        /* passes left out, as ir_optimise takes them */
    const u8 *host;      /* its code, or NULL */
    u32 host_size;
};
/* Installed by runtime/exec: the unit that holds a host address or, where none does (0: not asked), the unit of a key. False
 * if there is no such unit; then `out` says how one would be made, without host code. Takes no lock. */
extern bool (*debug_find_unit)(u64 key, u64 host_pc, struct debug_unit *out);
/* Set by the fault handler before it calls bug(): where the host was. */
extern u64 debug_fault_pc;
/* Makes bug() show the guest's pc, bytes, registers, IR, host code and how to reproduce it; a fault while it does so
 * costs the part it happened in, and it ends within seconds. The strings of argv and envp must stay. */
void debug_install_bug_hook(int argc, char **argv, char **envp);
/* The parts of a unit: guest instructions; IR as lifted; improved; host code. */
void debug_print_insns(struct out *o, const struct debug_unit *u);
void debug_print_lifted(struct out *o, const struct debug_unit *u);
void debug_print_improved(struct out *o, const struct debug_unit *u);
void debug_print_host(struct out *o, const struct debug_unit *u);
/* The command line of this process, ready for a shell, the environment's options in front, `more` behind calque's name. */
void debug_print_command(struct out *o, const char *more);
/* The difference that -lockstep found in the unit of `key`: its head; then, after the differences, the unit and the command. */
void debug_begin_difference(struct out *o, u64 key);
void debug_end_difference(struct out *o, u64 key);

/* Guest symbols: adds those of an ELF file mapped with the given load bias. Reads the file with the raw system calls when
 * the first look-up comes; keeps only the path and the bias until then. */
void debug_add_symbols(const char *path, gaddr bias);
/* "name+0x10" for an address, or "" . The string is the thread's until the next call. */
const char *debug_symbol(gaddr addr, char *buf, size_t size);

#endif
