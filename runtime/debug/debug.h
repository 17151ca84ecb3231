/* Looking inside: what the log channels show of each stage, and the report of our own bugs. The front door of
 * runtime/debug; nothing here runs while its channel is off. */
#ifndef CALQUE_RUNTIME_DEBUG_DEBUG_H
#define CALQUE_RUNTIME_DEBUG_DEBUG_H

#include "frontend/guest.h"
#include "runtime/base/log.h"

/* Guest instructions of a unit, one a line. */
void debug_log_guest(enum log_channel ch, const struct guest *g, const struct ir_unit *u);
/* A unit's IR text. */
void debug_log_ir(enum log_channel ch, const struct ir_unit *u);
/* Host code, disassembled. */
void debug_log_host(enum log_channel ch, u64 key, const u8 *code, u32 size);
/* exec: the unit that is entered, with the guest symbol; cpu: the registers before it. */
void debug_log_entry(const struct cpu_head *cpu, u64 key);
/* All architectural registers, several a line. */
void debug_print_cpu(struct out *o, const struct cpu_head *cpu);
/* Makes bug() show the guest's pc, bytes, IR and how to reproduce it. The strings of argv must stay. */
void debug_install_bug_hook(int argc, char **argv);

/* Guest symbols: adds those of an ELF file mapped with the given load bias. Reads the file with the raw system calls when
 * the first look-up comes; keeps only the path and the bias until then. */
void debug_add_symbols(const char *path, gaddr bias);
/* "name+0x10" for an address, or "" . The string is the thread's until the next call. */
const char *debug_symbol(gaddr addr, char *buf, size_t size);

#endif
