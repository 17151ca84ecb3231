/* The front door of the back ends: what runtime/exec asks of one.
 *
 * A back end turns a unit of IR into something runnable. The JIT (backend/x86_64) emits host code with side tables
 * into memory that runtime/exec owns; the interpreter (backend/interp) keeps a copy of the unit and is the definition
 * of what the IR means. Back ends know no guest: only the state layout and its pin order. */
#ifndef CALQUE_BACKEND_BACKEND_H
#define CALQUE_BACKEND_BACKEND_H

#include <stdbool.h>
#include "ir/cpu.h"
#include "ir/ir.h"

/* One row of a unit's fault table: host code at [.., host_end) belongs to a guest access of instruction `key`. Rows
 * are sorted by host_end; the first row whose host_end is above the faulting offset is the one. */
struct side_fault {
    u32 host_end;    /* byte offset from the unit's start */
    u8 rel;          /* SIDE_REL_*: which of the two are guest addresses, which move with the file */
    u8 zeroed;       /* not 0: a load that does not fault. jit_load_zero(zeroed), and the unit goes on at host_end */
    u64 key;         /* operands of the `insn` mark in force */
    u64 aux;
};
enum { SIDE_REL_KEY = 1, SIDE_REL_AUX = 2 };

/* A place in published code that leaves to another unit and can be linked. */
struct side_link {
    u32 offset;      /* of the rel32 field (4-byte aligned) in the unit's code */
    u32 stub;        /* offset the unlinked rel32 leads to: loads exit_site, leaves with CPU_EXIT_LINK */
    u64 key;         /* where it goes */
    bool rel;        /* the key moves with the file */
};

/* A place that refers to something outside the unit, so that the code can be stored and moved. The addend of a guest
 * address is its value where the unit was lifted; the field holds its low 4 bytes (GUEST_KEY of size 4), all 8, or bytes
 * 4 to 7 (GUEST_KEY_HIGH). */
struct side_reloc {
    u32 offset;
    u8 kind;         /* enum reloc_kind */
    u8 size;         /* 4 or 8 bytes */
    u64 addend;      /* guest key, helper number, thunk number, by kind */
};
enum reloc_kind { RELOC_GUEST_KEY, RELOC_HELPER, RELOC_THUNK_REL32, RELOC_CONST, RELOC_GUEST_KEY_HIGH };

struct jit_code {            /* what translating one unit yields; arrays live in the unit's arena */
    u8 *code;                /* position-independent but for relocs; its own buffer until published */
    u32 size;
    u32 entry;               /* offset of the entry slot (0) */
    const struct side_fault *faults;
    u32 nfaults;
    const struct side_link *links;
    u32 nlinks;
    const struct side_reloc *relocs;
    u32 nrelocs;
    const u32 *landings;       /* offsets of the landings (host return addresses), each with a slot like the entry's */
    u32 nlandings;
    const char *why;           /* what jit_translate returned an error for */
    const char *fixed;         /* why the code holds for this guest address only: it cannot be stored; NULL: it can */
};

/* Addresses in the code cache that units jump to; made once per code cache by the host's back end. */
struct jit_thunks {
    u64 enter;        /* enum cpu_exit enter(struct cpu_head *, u64 host_code): C to translated code; returns the reason of the leave */
    u64 leave[8];     /* by enum cpu_exit: pins to the state block, back to C */
    u64 lookup;       /* key in the key register: probes the jump table, jumps there or leaves with CPU_EXIT_LOOKUP */
    u64 ret_miss;     /* a landing whose key did not match: tries deeper entries, else lookup */
    u64 resolver;     /* leaves with CPU_EXIT_LOOKUP at the key in the key register */
    u64 fault_leave;  /* where the fault handler resumes after it has made the state precise */
    u64 lo, hi;       /* the thunks' own range */
    u64 bottom;       /* what the lowest word of a return stack leads to */
    u64 abandon;      /* noreturn void abandon(struct cpu_head *, u64 info, u64 detail): a helper declared `faults` leaves
                       * by it with CPU_EXIT_FAULT at its instruction; state, key and aux were written before the call */
    u64 lookup_miss, soft, fp_out, fp_in, consts, keyed[8]; /* private to the JIT */
};

/* An entry of a task's indirect-jump table: 2^JUMP_TABLE_BITS of them, probed in the code. */
struct jump_entry { u64 key; u64 host; };
#define JUMP_TABLE_BITS 12
static inline u32 jump_hash(u64 key) { return (u32)((key >> 1) ^ (key >> 11)) & ((1u << JUMP_TABLE_BITS) - 1); }

struct backend_options {
    u64 gmem_base;         /* base of guest memory; used when use_base */
    bool use_base;         /* address guest memory through gs */
    u64 host_features;     /* HOST_* bits that may be used */
    bool no_chain;         /* every exit leaves to the dispatch loop */
    bool x86_fp;           /* IR_FPF_DENORM is x86's flag: a subnormal operand was used */
};

/* --- the JIT (backend/x86_64/jit.h has the rest) --- */
/* Detects the host's features. `mask` clears some (tests). */
u64 jit_host_features(u64 mask);
/* The HOST_* bit of a feature's name; "all" has every bit; 0 if there is none of that name. */
u64 jit_host_feature_by_name(const char *name);
/* Emits the thunks into [buf, buf+size), to run at address `at`. Returns bytes used or -ENOSPC. */
long jit_make_thunks(const struct ir_layout *l, const struct backend_options *o, u8 *buf, size_t size, u64 at,
                     struct jit_thunks *t);
/* For listings: behind a call of `to`, a thunk that is called by stubs, stands a key of *key_bytes, and more; returns the
 * bytes of both and says in *why what the stub leaves for. 0 if `to` is none of them. */
u32 jit_stub_data(const struct jit_thunks *t, u64 to, u32 *key_bytes, const char **why);
/* Translates a unit. 0 or -ENOMEM/-E2BIG (the unit is too large: the caller lifts a shorter one). */
int jit_translate(const struct ir_unit *u, const struct backend_options *o, struct arena *arena, struct jit_code *out);
/* Copies code to dst, to run at address `at`, resolving relocations against thunks and helpers. The guest code lies
 * `bias_delta` bytes (a multiple of the page size) above where it was when it was lifted; 0 if c->fixed. */
void jit_place(const struct jit_code *c, const struct ir_layout *l, const struct jit_thunks *t, u8 *dst, u64 at,
               u64 bias_delta);
/* Patches the rel32 at `site` (host address, 4-byte aligned) to lead to `to`: one store, safe against running code. */
void jit_patch_link(u64 site, u64 to);
/* Turns the 5-byte slot at `entry` into a jump to `to` (kill, or a newer unit): one 8-byte store. */
void jit_patch_slot(u64 entry, u64 to);
/* Kills the unit placed at `entry`: from now on who enters it leaves with CPU_EXIT_LOOKUP at its key. One store. */
void jit_kill(u64 entry);
/* Writes the pinned slots from a signal's register file into the state block (and FP state): the fault handler. */
void jit_state_from_context(const struct ir_layout *l, struct cpu_head *cpu, const void *host_ucontext);
/* In a signal's register file: the load of a row's `zeroed` gives 0. */
void jit_load_zero(u8 zeroed, void *host_ucontext);
/* Writes the words that stand at the bottom of a return stack in [lo, hi) (it grows down from hi) and returns the initial
 * stack pointer, head.ret_base. */
u64 jit_return_stack_init(u8 *lo, u8 *hi, const struct jit_thunks *t);
/* The hash of the indirect-jump table, slot and landing layout are in backend/README.md. */

/* --- the interpreter --- */
struct interp_code; /* a unit made ready for interpretation */
/* Copies a unit into memory of its own (heap); NULL when out of memory. */
struct interp_code *interp_prepare(const struct ir_unit *u);
void interp_free(struct interp_code *c);
/* Runs one unit to its exit; fills head.key, exit_info, exit_detail; the reason as translated code would give it.
 * Guest faults come back as CPU_EXIT_FAULT with precise state. */
enum cpu_exit interp_run(const struct interp_code *c, struct cpu_head *cpu);

#endif
