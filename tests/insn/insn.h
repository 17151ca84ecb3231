/* Lines of instruction tests: what the runner and the generator share. A guest gives its registers by name.
 */
#ifndef CALQUE_TESTS_INSN_INSN_H
#define CALQUE_TESTS_INSN_INSN_H

#include <stdbool.h>

#include "frontend/guest.h"

#define CODE_ADDR 0x00101000u /* the words; code memory is CODE_MAP to CODE_MAP + CODE_SIZE */
#define CODE_MAP  0x00100000u
#define CODE_SIZE 0x2000u
#define DATA_ADDR 0x00200000u
#define DATA_SIZE 0x4000u
#define MAX_WORDS 8
#define NO_SYS    (~(u64)0)
#define MAX_REGS  80

/* The registers of a guest as tests name them: r0, cpsr, d5. pc is everyone's and not among them. */
struct insn_guest {
    const char *name;
    u32 nregs;
    const char *(*reg_name)(u32 i);
    u64 (*get)(const struct cpu_head *cpu, u32 i);
    void (*set)(struct cpu_head *cpu, u32 i, u64 v);
    u32 (*fill)(const struct guest_isa *isa); /* the undefined word that fills memory around the words */
    u32 (*digits)(u32 i);                     /* hexadecimal digits of register i */
    /* A random value for register i: `mem` for rows that access memory, whose registers should point to DATA.
     */
    u64 (*random)(u32 i, bool mem, u64 (*rnd)(void *), void *arg);
    bool (*wants)(const struct isa_row *row,
                  u32 word); /* the architecture says what this word does; may be NULL */
    /* The word number n (from 1) that stands behind `first`, for rows that mean nothing alone; false: none.
     * May be NULL. */
    bool (*more)(const struct guest_isa *isa, const struct isa_row *row, u32 first, u32 n, u64 r, u32 *word);
    /* The row accesses memory; NULL: by the names of its fields. */
    bool (*is_mem)(const struct isa_row *row);
    /* The host's signal for a trap of the guest; NULL: those that all guests have. */
    u32 (*trap_signal)(u64 trap, u64 detail);
};
#define INSN_GUEST(name) extern const struct insn_guest insn_##name;
#include "insn_guests.def"
#undef INSN_GUEST
const struct insn_guest *insn_guest_by_name(const char *name);

struct insn_line {
    const struct guest_isa *isa;
    u32 word[MAX_WORDS];
    u32 nwords;
    u64 in[MAX_REGS], out[MAX_REGS];
    bool out_known[MAX_REGS]; /* named after -> */
    u64 pc;                   /* expected */
    u32 sig;
    u64 sys;            /* number of the trap of a system call, or NO_SYS */
    const char *memory; /* rest of the line with @… parts */
};
/* Parses a line. False with a message in err. */
bool insn_parse(const struct guest *g, const struct insn_guest *r, const char *text, struct insn_line *l,
                char *err, size_t n);
/* Writes a word into code memory; returns its bytes. */
u32 insn_put_word(const struct guest *g, const struct guest_isa *isa, u8 *at, u32 word);
static inline u8 insn_data_byte(u32 offset)
{
    return (u8)(offset * 73 + 41);
}

#endif
