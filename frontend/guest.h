/* The front door of the guests: what the runtime asks of one, and what the lifters of all of them share (lift.c: fetch,
 * decode, lift, end the unit). A guest is one folder; its struct guest is data and functions. */
#ifndef CALQUE_FRONTEND_GUEST_H
#define CALQUE_FRONTEND_GUEST_H

#include <stdbool.h>
#include "ir/cpu.h"
#include "ir/ir.h"

struct out;
struct sys_abi;   /* syscalls/abi.h: the guest's Linux side */
struct isa_row;

/* What of an ELF header decides about the guest, in host byte order. */
struct guest_elf {
    u8 elf_class;   /* ELFCLASS32/64 */
    u8 data;        /* ELFDATA2LSB/MSB */
    u16 machine;    /* EM_* */
    u32 flags;      /* e_flags */
};

#define LIFT_CHUNK 64 /* bytes; a chunk is aligned, so it lies in one page */

/* Lifting one unit. The common driver owns it; lifters read pc, key, u and call the functions below. */
struct lift {
    struct ir_unit *u;
    const struct guest *guest;
    u64 features;       /* enabled instruction-set features, for the decoders */
    u64 key;            /* key of the instruction being lifted: pc and mode bits */
    u64 mode;           /* mode bits of the next instruction's key; lift_insn changes them where modes change in a unit */
    gaddr pc;           /* its address */
    gaddr next;         /* address of the instruction after it; the guest's lift_insn sets it */
    gaddr start;        /* address of the unit's first instruction */
    gaddr page;         /* the last page that was found executable; its offset bits are set before the first */
    u32 count;          /* instructions lifted before this one */
    u32 max;            /* at most so many */
    bool done;          /* the unit is ended: lift_insn emitted its exits */
    u64 scratch[8];     /* the guest's own, zero at the start of a unit */
    gaddr chunk;        /* address of the bytes in `code`; its low bits are set before there are any */
    u8 code[LIFT_CHUNK]; /* guest code is read by the chunk */
};

/* Random-test and coverage access to a guest's instruction tables. */
struct guest_isa {
    const char *name;              /* e.g. "a32" */
    const struct isa_row *rows;
    const u32 *count;
    u8 width;                      /* bits of a word */
    bool halves;                   /* a 32-bit word is two 16-bit units in memory, the first in its high half */
    u64 key_bits;                  /* mode bits to put in the key for this set */
    u64 varying;                   /* attributes of rows whose result is another each time (clocks) */
};

struct guest {
    const char *name;              /* "arm": the folder, -cpu families, tests */
    const char *title;             /* for people: "32-bit ARM (EABI), ARMv4 to ARMv7" */
    struct ir_layout layout;
    u32 page_size;
    u32 insn_max;                  /* longest instruction in bytes */
    u64 default_features;
    /* Claims a program by its header. */
    bool (*accepts)(const struct guest_elf *e);
    /* The FP rules of units with this key. */
    struct ir_fp_rules (*fp_rules)(u64 key);
    /* Key and pc. entry: an ELF entry or function address as programs write it (ARM: bit 0 is Thumb). */
    u64 (*key_of_entry)(gaddr entry);
    gaddr (*pc_of_key)(u64 key);
    /* State becomes that of a reset user program: registers zero, modes default; pc and sp. */
    void (*cpu_init)(struct cpu_head *cpu, gaddr entry, gaddr sp);
    /* Lifts the instruction at l->pc: emits the insn mark and IR, sets l->next, and l->done if it ended the unit. */
    void (*lift_insn)(struct lift *l);
    /* Prints the instruction at pc of a buffer of `len` bytes; returns its length in bytes. */
    u32 (*print_insn)(struct out *o, u64 key, const u8 *bytes, size_t len);
    /* Architectural registers beyond the slots' plain values, for -d cpu; NULL: slots as they are. */
    void (*print_cpu)(struct out *o, const struct cpu_head *cpu);
    const struct guest_isa *isas;
    u32 nisas;
    const struct sys_abi *abi;
};

/* Guests by row of guests.def. */
extern const struct guest *const guests[];
extern const u32 guest_count;
const struct guest *guest_for_elf(const struct guest_elf *e);
const struct guest *guest_by_name(const char *name);

/* Traps that every guest has; numbers from GUEST_TRAP_FIRST up are the guest's own (its abi turns them into signals). */
enum {
    GUEST_TRAP_ILLEGAL,     /* undefined or not implemented instruction; detail = the word */
    GUEST_TRAP_FETCH,       /* instruction fetch fault; detail = address */
    GUEST_TRAP_ALIGN_PC,    /* misaligned pc */
    GUEST_TRAP_BREAK,       /* breakpoint instruction */
    GUEST_TRAP_FIRST = 16,
};

/* Lifts a unit of at most `max` guest instructions at `key` from guest memory into u (initialised here with `arena`).
 * Always yields a unit: a fetch fault or undefined instruction becomes a trap. 0, or -EINVAL for a lifter's bug. */
int guest_lift(const struct guest *g, u64 key, u32 max, struct ir_unit *u, struct arena *arena);

/* Asked for each page that instructions are fetched from: may the guest execute it? runtime/exec installs it; NULL: whatever
 * can be read. */
extern bool (*guest_may_execute)(gaddr addr);

/* --- for lifters --- */
/* Fetches a word of guest code at addr, which is aligned, in the given byte order, and counts its bytes to the unit.
 * False: it cannot be read, or not be executed. */
bool lift_fetch16(struct lift *l, gaddr addr, bool be, u16 *out);
bool lift_fetch32(struct lift *l, gaddr addr, bool be, u32 *out);
/* Ends the unit with a trap at the current instruction. The detail of FETCH and ALIGN_PC is an address of the guest's code. */
void lift_trap(struct lift *l, u32 trap, u64 detail);
/* The illegal-instruction trap; `todo` logs once per encoding that it is known but not implemented. */
void lift_illegal(struct lift *l, u32 word, bool todo, const char *name);
/* Ends the unit with a jump to a constant key: a poll goes with it when it leads backward. */
void lift_goto(struct lift *l, u64 key);

#endif
