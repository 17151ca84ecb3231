/* Private to the interpreter: the form that a unit takes, and the frame its steps work on.
 *
 * A prepared unit is one step per instruction, in the same order, so that a block's first instruction is a
 * step's index. Every value has a cell of 32 bytes, an integer zero-extended in it: step i writes cell i,
 * constant k is cell ninsns + k. An op is a function interp_<op>, prototyped from ops.def: one that is
 * missing does not link. */
#ifndef CALQUE_BACKEND_INTERP_INTERP_H
#define CALQUE_BACKEND_INTERP_INTERP_H

#include "backend/backend.h"

union cell {
    u128 w;   /* integers, and FP bits up to 128, upper bits zero */
    u64 q[4]; /* v256 */
};

struct frame;
struct step;
typedef void interp_fn(struct frame *f, const struct step *s);

struct step {
    interp_fn *fn;
    u32 dst;     /* own cell */
    u32 a, b, c; /* by op: a cell, a number, an index into `side` */
    u8 op, type; /* of the instruction */
    u8 stype;    /* type of its first value operand */
    u8 flags;
};

struct helper_site; /* a prepared libffi call, call.c */

struct interp_code {
    const struct ir_layout *layout;
    struct ir_fp_rules fp;
    struct step *steps;
    union cell *consts;
    u32 *side;  /* as the unit's, values renamed to cells */
    u32 *first; /* first step of each block */
    struct helper_site *sites;
    u32 nsteps, nconsts, nsites;
    u32 wbase;   /* offset of the window base's slot, or ~0 */
    u32 pc, aux; /* offsets of slots that mirror head.key and head.aux, or ~0 */
    u8 pc_type, aux_type;
};

struct frame {
    union cell *cell;
    const struct interp_code *code;
    struct cpu_head *cpu;
    const struct step *next;
    u64 key, aux; /* of the insn mark in force */
    bool left;
    enum cpu_exit why;
};

#define IR_OP(n, sig, eff, text) interp_fn interp_##n;
#include "ir/ops.def"

static inline u128 type_mask(enum ir_type t)
{
    return ir_type_bits[t] >= 128 ? ~(u128)0 : ((u128)1 << ir_type_bits[t]) - 1;
}

static inline void set(struct frame *f, const struct step *s, u128 v)
{
    f->cell[s->dst].w = v & type_mask(s->type);
}

/* Leaves with head.key = key. flow.c */
void interp_leave(struct frame *f, enum cpu_exit why, u64 key);
/* Makes head.key and head.aux those of the insn mark. flow.c */
void interp_precise(struct frame *f);

/* call.c */
size_t interp_sites_size(u32 n);
/* Prepares the call of one instruction; false if the helper's signature cannot be read. */
bool interp_site_init(struct helper_site *sites, u32 n, const struct ir_helper *h);

#endif
