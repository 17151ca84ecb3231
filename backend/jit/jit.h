/* The host-independent half of the JIT: what it knows of a unit while translating it, and the vocabulary in
 * which a host's selection speaks of registers. A host (backend/x86_64) includes this, supplies the jh_
 * functions and the op emitters; nobody else does.
 *
 * A block is translated in two walks. The backward walk (scan.c) finds for every operand where its value is
 * used next, which pure values can be folded into their only user, and which results can be computed right
 * into the pin that a later put writes. The forward walk emits code; the allocator (regs.c) evicts by
 * next-use distance. Where blocks meet, blocks.c says what stands where. */
#ifndef CALQUE_JIT_JIT_H
#define CALQUE_JIT_JIT_H

#include "backend/backend.h"
#include "backend/jit/codebuf.h"

/* --- registers: 0..15 general, 16..31 floating point and vectors --- */
#define JIT_REGS       32
#define JIT_NOREG      0xff
#define JIT_FP0        16
#define JIT_FP_SCRATCH 31 /* never allocated: op emitters and edges may use it between two instructions */
#define JIT_GPRS       0x0000ffffu
#define JIT_XMMS       0xffff0000u

/* A number that code holds, and whether it is an address of the guest's code, which moves with its file. */
struct jit_num {
    u64 v;
    bool rel;
};

#define JIT_MAX_PINS 10
struct jit_pin {
    u8 reg, size, type;
    u32 offset; /* of its slot */
};
struct jit_pins {
    u32 n, mask;   /* number, registers taken */
    u8 wbase;      /* register of the window base, or JIT_NOREG */
    u32 wbase_off; /* its slot; 0 if the guest has no windows */
    struct jit_pin pin[JIT_MAX_PINS];
};
/* Which slots live in which registers: a function of the layout alone (pins.c). */
void jit_pins(const struct ir_layout *l, struct jit_pins *p);
/* The same with the quick look-up: pinned register by (offset - CPU_HOT) / 4, JIT_NOREG for none. */
#define JIT_SLOT_REGS 256
struct jit_layout {
    struct jit_pins pins;
    u8 slot_reg[JIT_SLOT_REGS];
    u8 pin_of[16]; /* index of a pinned register in pins.pin */
};
/* That of l if jit_layout_keep(l) was called, else NULL. */
const struct jit_layout *jit_layout_kept(const struct ir_layout *l);
void jit_layout_make(const struct ir_layout *l, struct jit_layout *out);
/* Keeps it for the process, which has one guest; before the first translation, and again before a layout
 * changes. */
void jit_layout_keep(const struct ir_layout *l);

/* --- values --- */
#define JIT_NEVER   0xffffffffu /* next use: none; in another block */
#define JIT_LIVEOUT 0xfffffffeu
enum jit_mem { JM_NONE, JM_SPILL, JM_SLOT, JM_WIN }; /* JM_WIN: relative to the window base */
#define JIT_NOCC 0xff

/* Where a value is. It may be in several places at once; a value with none is dead or not yet made. Sixteen
 * bytes: there is one for each instruction of every unit. */
struct jval {
    u32 next;          /* position of its next use, JIT_LIVEOUT or JIT_NEVER */
    s32 off;           /* of mem: from the start of the state block, or from the window base */
    u16 pins;          /* pinned registers that hold it */
    u8 reg;            /* a register of its own, or JIT_NOREG */
    u8 hint;           /* pinned register that a put right after wants it in, or JIT_NOREG */
    u8 mem;            /* enum jit_mem */
    u8 cc;             /* condition of the host's flags that it is, or JIT_NOCC */
    u8 cell;           /* spill cell, or JIT_NOCELL; with JIT_HOME it is kept for the whole unit: the value crosses
                          into a block with several predecessors */
    u8 type;           /* enum ir_type */
};
/* One that is not made, but for its type. In another file than what copies it: the compiler would store it field by
 * field. */
extern const struct jval jit_unmade;
#define JIT_NOCELL 0xff
#define JIT_HOME   0x80
static inline u32 jit_cell(const struct jval *v)
{
    return v->cell & (JIT_HOME - 1u);
}
_Static_assert(sizeof(struct jval) == 16, "a value is sixteen bytes");

/* --- what the backward walk found out about an instruction --- */
struct jinsn {
    u32 ref[4]; /* operands after folding: value refs or IR_NONE. Memory ops: base, value, third operand,
                   index */
    u32 nxt[4]; /* next use of each after this instruction */
    u32 as;     /* JI_EXT: the extension whose result this load makes; JI_NARROW: the type that is read */
    s32 disp;   /* memory ops */
    u8 scale;   /* of the index, 0..3 */
    u8 values;  /* bit n: ref[n] is made by an instruction */
    u8 dies;    /* bit n: and is used here for the last time */
    u8 pin;     /* get, put: the slot's register, as jit_slot_pin says */
    u8 type;    /* put, putw: of the value */
};
/* What it found out that others than the instruction itself tell it: in bytes of their own, jit.flag. */
enum {
    JI_SKIP = 1,    /* nothing is emitted: dead, or folded into its user */
    JI_SUM = 2,     /* the address is a sum: a 32-bit one must wrap */
    JI_EXT = 4,     /* load that yields its extension's value (as) */
    JI_MASKED = 8,  /* shift amount known to be below the width but for the bits the host ignores */
    JI_NARROW = 16, /* operand 0 stands before a truncation or extension: read only the low bits */
    JI_SERVED = 32, /* a question that the flags of a sum before it answer: its operands are not looked at */
    JI_KEEP = 64,   /* the sum: emitted though nobody wants its value */
    JI_LOW = 128    /* a register of the 32-bit address may have more bits */
};

/* Host flags as the last flag-setting instruction left them. */
enum jit_flags_kind { JF_NONE, JF_SUB, JF_ADD, JF_ADC, JF_SBB, JF_RESULT };
struct jflags {
    u8 kind, size; /* RESULT: zero and sign of `result` only */
    u8 result_zs;  /* zero and sign are those of `result` too */
    u32 a, b, c, result;
};

struct jit;
struct jit_snapshot;
struct jblock {
    u32 next; /* block that lies behind it, or IR_NONE */
    u32 npreds;
    bool canon;  /* values come in their home cells; else in the state its only predecessor left */
    bool marked; /* the mark in force on entry is known: */
    u32 mark;
    bool absorbed; /* its exit was folded into the branch that leads here */
    u32 label;     /* offset once emitted, or ~0 */
    u32 patches;   /* chain of fields to patch, through jit.patch */
    struct jit_snapshot *snap;
    u64 *livein;
};

/* Code that stands out of line, after the unit's blocks. */
struct jit_ool {
    void (*emit)(struct jit *j, struct jit_ool *o);
    u32 from; /* offset of the rel32 field that leads here */
    u32 back; /* offset to come back to */
    u32 mark; /* in force there */
    struct jit_num key;
    u32 n, m; /* for the emitter */
    u8 reg[4];
    u8 same; /* the code before serves: only another way in */
};

struct jit_patch {
    u32 field, chain;
};

/* An address that the block has been left at unless it was aligned: a constant distance from a value. */
struct jit_sure {
    u32 root, off, to;
};
#define JIT_SURE 8

#define JIT_SLOTVALS    24
#define JIT_CCVALS      12
#define JIT_FLAGS_REACH 8  /* how far a sum's flags are looked for */
#define JIT_SOFT_CELL   88 /* cells from here on carry operands of soft calls: a, b, c, result, two each */

struct jit {
    struct codebuf code;
    const struct ir_unit *u;
    const struct ir_insn *insns;
    const struct backend_options *opt;
    struct arena *arena;
    const struct jit_layout *layout;
    u32 pin_mask; /* registers taken by pins */
    u8 wbase;     /* that of the window base, or JIT_NOREG */

    struct jval *val;
    struct jinsn *ji; /* of what is not JI_SKIP; the backward walk fills it */
    u8 *flag;         /* JI_* */
    u8 *uses;         /* number of uses in the unit as ones from the lowest bit: 0, 1, 3, 7, …, 255 */
    u32 *side_nxt;
    struct jblock *blk;
    u32 first_block; /* in layout order; jblock.next leads on */
    u32 b, i; /* block and instruction being emitted */
    struct jinsn *cur;

    u32 temps; /* registers the allocator may use */
    u32 busy;  /* those of occ that hold a value */
    u64 cells[2];
    u32 nslotvals, nccvals;
    struct jflags flags;
    u32 nsure;
    u32 pending; /* backward walk: pins that a later put wants a value in */
    u32 mark;    /* the `insn` mark in force: an instruction, MARK_ENTRY before the first, MARK_OUTSIDE behind the blocks */

    struct side_fault *faults;
    struct side_link *links;
    struct side_reloc *relocs;
    struct jit_ool *ools;
    u32 cfaults, clinks, crelocs, cools;
    struct jit_moved {
        bool folded; /* the value of an address constant went into code without a relocation */
    } *moved;

    /* Cleared for each unit: */
    u32 live_words;
    u32 lock; /* handed out during this instruction */
    u32 soft; /* hold operands of this instruction that were not asked for yet */
    bool mark_faults;
    u64 home_cells[2];
    struct jit_patch *patches;
    u32 *landings;
    u32 nfaults, nlinks, nrelocs, nools, npatches, cpatches, nlandings, clandings;
    const char *why; /* what the error is about */
    int error;

    /* And not cleared, for there are counts: */
    u32 occ[JIT_REGS];              /* value in each busy register */
    u32 pinval[16];                 /* value known to be in each pin */
    u32 slotval[JIT_SLOTVALS];      /* values with a JM_SLOT or JM_WIN place */
    u32 ccval[JIT_CCVALS];          /* values that are conditions */
    struct jit_sure sure[JIT_SURE]; /* the last nsure, round and round */
    u32 pend[16];                   /* backward walk: the value wanted in a pin, of those pending */
    struct side_fault first_faults[8]; /* where the arrays begin */
    struct side_link first_links[4];
    struct side_reloc first_relocs[16];
    struct jit_ool first_ools[8];
};

static inline const struct ir_insn *jit_insn(const struct jit *j, u32 v)
{
    return &j->insns[v];
}
static inline enum ir_type jit_type(const struct jit *j, ir_ref r)
{
    return ir_is_const(r) ? j->u->consts[r & ~IR_CONST].type : j->insns[r].type;
}
/* An address constant: its value may go into code only with a relocation (jit_number, jh_const). */
static inline bool jit_rel(const struct jit *j, ir_ref r)
{
    return ir_is_const(r) && j->u->consts[r & ~IR_CONST].rel;
}
/* A constant whose value code may be made for. */
static inline bool jit_plain(const struct jit *j, ir_ref r)
{
    return ir_is_const(r) && !j->u->consts[r & ~IR_CONST].rel;
}
/* Its value. Of an address constant too, but then the unit's code holds at this bias only, which is noted. */
static inline u64 jit_const(const struct jit *j, ir_ref r)
{
    const struct ir_const *k = &j->u->consts[r & ~IR_CONST];
    if (unlikely(k->rel)) j->moved->folded = true;
    return k->lo;
}
static inline struct jit_num jit_number(const struct jit *j, ir_ref r)
{
    const struct ir_const *k = &j->u->consts[r & ~IR_CONST];
    return (struct jit_num){k->lo, k->rel};
}
static inline bool jit_same(struct jit_num a, struct jit_num b)
{
    return a.v == b.v && a.rel == b.rel;
}
/* What the `insn` mark says: most are never asked. */
enum { MARK_ENTRY = IR_NONE, MARK_OUTSIDE = IR_NONE - 1 };
struct jit_num jit_mark_key(const struct jit *j, u32 mark);
struct jit_num jit_mark_aux(const struct jit *j, u32 mark);
static inline bool jit_is_fp(enum ir_type t)
{
    const u32 gprs = 1u << IR_none | 1u << IR_b1 | 1u << IR_i8 | 1u << IR_i16 | 1u << IR_i32 | 1u << IR_i64 | 1u << IR_f16;
    return !(gprs >> t & 1);
}
/* Bytes of a value in memory (b1: 1). */
static inline u32 jit_bytes(enum ir_type t)
{
    return ir_type_size[t];
}
/* Names r a value that an instruction makes: no constant, and not nothing? */
static inline bool jit_made(ir_ref r)
{
    return r < IR_NONE;
}
static inline bool jit_dies(const struct jit *j, ir_ref r)
{
    return jit_made(r) && j->val[r].next == JIT_NEVER;
}
static inline bool jit_pinned(const struct jit *j, u8 reg)
{
    return reg < 16 && (j->pin_mask >> reg & 1);
}
static inline void jit_fail(struct jit *j, int error, const char *why)
{
    j->code.nfar |= CODE_FAILED;
    if (!j->error) {
        j->error = error;
        j->why = why;
    }
}

/* --- scan.c, liveness.c --- */
/* The first look at a unit: no value has a place, uses are counted, blocks know how they are entered. True if a value is
 * used in another block than its own. */
bool jit_survey(struct jit *j);
void jit_liveness(struct jit *j);
void jit_scan(struct jit *j, u32 block);
/* Pinned register of the slot [offset, +size); JIT_NOREG if none; JIT_PARTLY if it meets a pinned slot
 * otherwise. */
#define JIT_PARTLY 0xfe
u8 jit_slot_pin_odd(const struct jit *j, u32 offset, u32 size); /* the same, slowly */
static inline u8 jit_slot_pin(const struct jit *j, u32 offset, u32 size)
{
    u32 w = (offset - (u32)CPU_HOT) / 4;
    if (unlikely(w + 1 >= JIT_SLOT_REGS || size > 8)) return jit_slot_pin_odd(j, offset, size);
    u8 r = j->layout->slot_reg[w];
    if (r == JIT_NOREG) {
        if (likely(size <= 4) || j->layout->slot_reg[w + 1] == JIT_NOREG) return JIT_NOREG;
        return jit_slot_pin_odd(j, offset, size);
    }
    const struct jit_pin *p = &j->layout->pins.pin[j->layout->pin_of[r]];
    return likely(p->offset == offset && p->size == size) ? r : jit_slot_pin_odd(j, offset, size);
}

/* --- regs.c: use, scratch, define. Every register handed out stays locked until the instruction ends. --- */
void jr_bury(struct jit *j, u32 v); /* v is dead: its places are free */
void jr_bury_all(struct jit *j, const struct jinsn *ji); /* what dies in an instruction, something does */
/* An instruction ends: what died is freed. */
static inline void jr_end(struct jit *j, const struct jinsn *ji)
{
    if (ji->dies) jr_bury_all(j, ji);
    j->lock = j->soft = 0;
}
/* An instruction begins: next uses step on. The one before left nothing locked. */
static inline void jr_begin(struct jit *j, const struct jinsn *ji)
{
    u32 soft = 0;
    for (u32 m = ji->values; m; m &= m - 1) {
        u32 n = (u32)__builtin_ctz(m);
        struct jval *v = &j->val[ji->ref[n]];
        v->next = ji->nxt[n];
        soft |= 1u << (v->reg & 31); /* JIT_NOREG is JIT_FP_SCRATCH then, which nobody holds */
    }
    j->soft = soft;
}
u8 jr_alloc(struct jit *j, u32 among);           /* a free register of the mask */
u8 jr_use(struct jit *j, ir_ref r);              /* read-only, wherever it is best */
void jr_use_at(struct jit *j, ir_ref r, u8 reg); /* a copy in this temporary, to be overwritten at will */
u8 jr_use_scratch(struct jit *j, ir_ref r);      /* a copy that may be overwritten */
static inline void jr_unlock(struct jit *j, u8 reg)
{
    if (reg < JIT_REGS) j->lock &= ~(1u << reg);
}
void jr_claim(struct jit *j, u8 reg);   /* this temporary, emptied */
u8 jr_dest(struct jit *j, u32 v);       /* for a result written by the instruction that reads the operands */
u8 jr_dest_early(struct jit *j, u32 v); /* for a result written while operands are still needed */
u8 jr_dest_from(struct jit *j, u32 v, ir_ref a, ir_ref b); /* holds a, will be overwritten; b is not in it */
void jr_define(struct jit *j, u32 v, u8 reg);              /* v is now in reg */
void jr_define_mem(struct jit *j, u32 v, enum jit_mem mem, s32 off);
void jr_define_cc(struct jit *j, u32 v, u8 cc);
/* A register that holds r now, or JIT_NOREG. */
static inline u8 jr_where(const struct jit *j, ir_ref r)
{
    if (!jit_made(r)) return JIT_NOREG;
    const struct jval *v = &j->val[r];
    return v->reg != JIT_NOREG ? v->reg : v->pins ? (u8)__builtin_ctz(v->pins) : JIT_NOREG;
}
void jr_settle_conditions(struct jit *j);         /* conditions become values; the flags stay */
/* Before an instruction that changes the flags. */
static inline void jr_forget_flags(struct jit *j)
{
    if (j->nccvals) jr_settle_conditions(j);
    j->flags.kind = JF_NONE;
}
void jr_drop_cc(struct jit *j, u32 v);            /* v is no condition any more */
void jr_put_pin(struct jit *j, u8 pin, ir_ref r); /* pin := r */
void jr_save_pinval(struct jit *j, u8 pin); /* before a pin is overwritten: keep its value if it is needed */
void jr_alias_written(struct jit *j, enum jit_mem kind, s32 off, u32 size);
/* Before memory under aliases changes. */
static inline void jr_slot_written(struct jit *j, enum jit_mem kind, s32 off, u32 size)
{
    if (j->nslotvals) jr_alias_written(j, kind, off, size);
}
void jr_window_moved(struct jit *j, s32 bytes);
void jr_spill(struct jit *j, u32 v);               /* v has a spill cell afterwards */
void jr_spill_temps(struct jit *j, bool pins_too); /* before a call: no live value in a register only */
void jr_drop_pinvals(struct jit *j, u32 mask);
int jr_cell(struct jit *j, enum ir_type t);

/* --- blocks.c --- */
void jb_enter(struct jit *j, u32 block);
void jb_ready(struct jit *j, u32 to); /* values live into `to` are at home; before the branch */
/* On the way to `to`: block arguments (n of them; `scratch` may be overwritten), or the snapshot. Changes no
 * state of the allocator. */
void jb_edge(struct jit *j, u32 to, const u32 *args, u32 n, u8 scratch);
void jb_jump(struct jit *j, u32 field, u32 to); /* the rel32 at offset `field` leads to block `to` */

/* --- side.c --- */
void jit_code_init(struct jit *j);
void jit_code_grow(struct jit *j, u32 bytes);
static inline void jit_code_room(struct jit *j, u32 bytes)
{
    if (unlikely((size_t)(j->code.end - j->code.p) < bytes)) jit_code_grow(j, bytes);
}
void jit_end_row(struct jit *j); /* of the fault table: what comes belongs to another guest instruction */
static inline void jit_mark(struct jit *j, u32 mark) /* a guest instruction begins here */
{
    if (unlikely(j->mark_faults)) jit_end_row(j);
    j->mark = mark;
}
/* Between the two stands a load into a general register that gives 0 where it would fault; whether the guest instruction has
 * accesses before it. */
void jit_nofault_begin(struct jit *j, bool faulted_before);
void jit_nofault_end(struct jit *j, u8 reg);
/* Room for one more element in one of the growing arrays: its address. */
void *jit_grow(struct jit *j, void *array, u32 n, u32 *cap, size_t size);
#define JIT_PUSH(j, name)                                                                                    \
    (unlikely((j)->n##name == (j)->c##name)                                                                  \
         ? (void)((j)->name = jit_grow(j, (j)->name, (j)->n##name, &(j)->c##name, sizeof *(j)->name))        \
         : (void)0,                                                                                          \
     &(j)->name[(j)->n##name++])
static inline void jit_link(struct jit *j, u32 field, u32 stub, struct jit_num key)
{
    struct side_link *l = JIT_PUSH(j, links);
    *l = (struct side_link){.offset = field, .stub = stub, .key = key.v, .rel = key.rel};
}
static inline void jit_reloc_sized(struct jit *j, u32 offset, enum reloc_kind kind, u8 size, u64 addend)
{
    struct side_reloc *r = JIT_PUSH(j, relocs);
    *r = (struct side_reloc){.offset = offset, .kind = (u8)kind, .size = size, .addend = addend};
}
/* Room for n relocations behind those that there are. */
static inline struct side_reloc *jit_reloc_room(struct jit *j, u32 n)
{
    while (unlikely(j->nrelocs + n > j->crelocs))
        j->relocs = jit_grow(j, j->relocs, j->nrelocs, &j->crelocs, sizeof *j->relocs);
    return &j->relocs[j->nrelocs];
}
static inline void jit_reloc(struct jit *j, u32 offset, enum reloc_kind kind, u64 addend)
{
    jit_reloc_sized(j, offset, kind, 4, addend);
}
static inline void jit_reloc_key(struct jit *j, u32 offset, u64 key) /* the guest address at offset: 4 or 8 bytes by the guest */
{
    jit_reloc_sized(j, offset, RELOC_GUEST_KEY, j->u->layout->addr_bits / 8, key);
}
void jit_reloc_far(struct jit *j);                      /* those that the encoder noted */
static inline struct jit_ool *jit_out_of_line(struct jit *j, void (*emit)(struct jit *, struct jit_ool *), u32 from)
{
    struct jit_ool *o = JIT_PUSH(j, ools);
    o->emit = emit;
    o->from = from;
    o->mark = j->mark;
    o->n = o->same = 0;
    return o; /* the rest is the emitter's, if it asks for it */
}
void jit_landing(struct jit *j, u32 offset);
void jit_block_patch(struct jit *j, u32 block, u32 field); /* a field to patch when the block is placed */

/* --- what the host supplies --- */
void jh_move(struct jit *j, u8 dst, u8 src, enum ir_type t);
void jh_load(struct jit *j, u8 dst, enum jit_mem mem, s32 off, enum ir_type t);
void jh_store(struct jit *j, enum jit_mem mem, s32 off, u8 src, enum ir_type t);
void jh_store_const(struct jit *j, s32 off,
                    ir_ref r);                   /* into a spill cell; may use no register but a scratch */
void jh_const(struct jit *j, u8 dst, ir_ref r);  /* leaves the flags alone */
void jh_condition(struct jit *j, u8 dst, u8 cc); /* 0 or 1 */
void jh_condition_mem(struct jit *j, s32 off, u8 cc);

#endif
