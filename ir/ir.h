/* The IR: SSA over a unit's control-flow graph. The front door of the room ir/.
 *
 * A unit is what is translated at once: a guest block at first, a region later. It holds an array of 16-byte
 * instructions, grouped into blocks that lie one after another; block 0 is the entry. A value is named by the index of
 * the instruction that makes it, or, with IR_CONST set, by an index into the interned constants. Front ends build units
 * through the functions below, ir_opt improves them, back ends read them. The README is the language's manual.
 *
 * The builder folds constants, numbers values within a block and forwards state: a `get` after a `put` or `get` of the
 * same slot in the block yields the known value. So what a lifter writes need not be what stands in the unit. */
#ifndef CALQUE_IR_IR_H
#define CALQUE_IR_IR_H

#include <stdbool.h>
#include <stddef.h>
#include "runtime/base/types.h"

struct arena;
struct out;

enum ir_type {
#define IR_TYPE(n, bits, cls) IR_##n,
#include "ir/types.def"
    IR_TYPE_COUNT
};

enum ir_op {
#define IR_OP(n, sig, eff, text) IR_OP_##n,
#include "ir/ops.def"
    IR_OP_COUNT
};

/* Effects of an op, see ops.def. */
enum ir_effect {
    IR_EFF_PURE = 1,
    IR_EFF_COMM = 2,
    IR_EFF_STATE = 4,
    IR_EFF_MEM = 8,
    IR_EFF_FP = 16,
    IR_EFF_CALL = 32,
    IR_EFF_TERM = 64,
    IR_EFF_EVENT = 128,
};

/* A value: index of an instruction, or IR_CONST | index of a constant. */
typedef u32 ir_ref;
#define IR_CONST 0x80000000u
#define IR_NONE  0x7fffffffu /* no value */
static inline bool ir_is_const(ir_ref r) { return (r & IR_CONST) != 0; }

struct ir_insn {
    u16 op;   /* enum ir_op */
    u8 type;  /* enum ir_type of the result; of a put/store: none */
    u8 flags; /* IR_MEM_*, IR_FP_*, IR_EXIT_* by op */
    u32 a, b, c;
};
_Static_assert(sizeof(struct ir_insn) == 16, "an instruction is 16 bytes");

/* Op, type and flags of an instruction in one word: the builder passes and compares them so. */
static inline u32 ir_head(enum ir_op op, enum ir_type t, u8 flags) { return (u32)op | (u32)t << 16 | (u32)flags << 24; }

/* Flags of memory ops. */
enum {
    IR_MEM_BE = 1,         /* big-endian access */
    IR_MEM_ALIGN = 2,      /* natural alignment demanded: a misaligned address is the guest's alignment fault */
    IR_MEM_ALIGN4 = 4,     /* word alignment demanded whatever the size (ARM LDRD/LDM) */
    IR_MEM_ACQUIRE = 8,    /* load-acquire */
    IR_MEM_RELEASE = 16,   /* store-release */
    IR_MEM_SC = 32,        /* sequentially consistent */
    IR_MEM_NOFAULT = 64,   /* of a load of an integer: where memory cannot be read it gives 0; alignment is demanded as ever */
};
/* Mask of `fence`: first letter before the fence, second after it. */
enum { IR_FENCE_LL = 1, IR_FENCE_LS = 2, IR_FENCE_SL = 4, IR_FENCE_SS = 8, IR_FENCE_ALL = 15 };

/* Flags of FP ops: rounding in the low three bits; 0 means the guest's current mode. */
enum {
    IR_RM_CUR = 0,
    IR_RM_RNE = 1,
    IR_RM_RTZ = 2,
    IR_RM_RUP = 3,
    IR_RM_RDN = 4,
    IR_RM_RNA = 5,
    IR_RM_MASK = 7,
    IR_FP_EXACT = 8,  /* frint raises inexact */
    IR_FP_FTZ = 16,   /* (operand of fprm) flush subnormal results to zero */
    IR_FP_DAZ = 32,   /* (operand of fprm) subnormal operands are zero */
    IR_FP_STD = 64,   /* op in the fixed environment: nearest, flush, default NaN (ARM NEON "standard") */
};
/* Sticky FP flags as fpget gives them. */
enum { IR_FPF_INVALID = 1, IR_FPF_DENORM = 2, IR_FPF_DIVZERO = 4, IR_FPF_OVERFLOW = 8, IR_FPF_UNDERFLOW = 16,
       IR_FPF_INEXACT = 32 };

/* Flags of exits. */
enum { IR_EXIT_POLL = 1 }; /* backward jump: look at the poll flag before leaving */

struct ir_const {
    u8 type;
    bool rel; /* an address constant: it moves with the file the guest code comes from (see ir_addr) */
    u64 lo, hi;
};

struct ir_block {
    u32 first, end;  /* its instructions: [first, end); the last is a terminator */
    u32 nparams;
};

/* How FP behaves where architectures differ; the guest declares one per unit (ir/softfloat defines the values). */
struct ir_fp_rules {
    u8 nan_rule;    /* enum sf_nan_rule: operand choice and default NaN */
    u8 convert;     /* enum sf_convert_rule: float to integer out of range */
    u8 tininess;    /* enum sf_tininess */
    u8 default_nan; /* the unit runs in default-NaN mode (a mode bit of the key) */
    u8 no_flush;    /* no mode that flushes subnormals is on where the unit begins (a mode bit of the key) */
};

/* What a helper is and what the optimiser may assume of it; rows of HELPER() in each guest's helpers.def. */
struct ir_helper {
    const char *name;
    const char *sig;   /* "ret:arg,arg": void u32 u64 f32 f64 cpu; `cpu` is the state block pointer */
    void (*fn)(void);
    u8 reads, writes;  /* IR_HELP_*: what state it reads / writes */
    u8 faults;         /* may touch guest memory and leave by a guest fault */
};
/* Bits of reads and writes. IR_HELP_VARIES, of reads: a clock or the like, another result each time. */
enum { IR_HELP_NONE = 0, IR_HELP_STATE = 1, IR_HELP_MEM = 2, IR_HELP_FPENV = 4, IR_HELP_VARIES = 8 };

/* One slot of a guest's CPU state, derived from its cpu.def. Offsets count from the start of struct cpu_head. */
struct ir_slot {
    const char *name;
    u32 offset;
    u8 type;   /* enum ir_type */
    u8 pin;    /* 0 none; 1 hottest, 2 next, … */
    u8 flags;  /* IR_SLOT_* */
};
enum {
    IR_SLOT_WBASE = 1,   /* the window base: byte offset into the state block, i64 */
    IR_SLOT_PC = 2,      /* the key: pc and mode, written by exits */
    IR_SLOT_AUX = 4,     /* where the second operand of `insn` goes when state is made precise */
    IR_SLOT_HIDDEN = 8,  /* not architectural: not printed, not compared */
};
/* The state layout of one guest, as ir/ and the back ends see it. */
struct ir_layout {
    const char *guest;
    const struct ir_slot *slots;
    u32 nslots;
    u32 size;          /* of the whole state block */
    u32 window_lo, window_hi; /* byte range of the register windows, or 0,0 */
    u32 window_base;          /* with windows: offset of the slot flagged IR_SLOT_WBASE */
    const struct ir_helper *helpers;
    u32 nhelpers;
    u8 addr_bits;      /* 32 or 64 */
    u8 big_endian;
};

struct ir_unit {
    const struct ir_layout *layout;
    struct arena *arena;       /* everything below lives there; freed with it */
    u64 key;                   /* entry key: pc and mode bits */
    bool rel;                  /* the keys that are given as numbers are address constants: guest_lift sets it */
    struct ir_fp_rules fp;
    struct ir_insn *insns;
    u32 ninsns, insns_cap;
    struct ir_const *consts;
    u32 nconsts, consts_cap;
    u32 *side;                 /* side array: block arguments, helper arguments */
    u32 nside, side_cap;
    struct ir_block *blocks;
    u32 nblocks, blocks_cap;
    u32 cur;                   /* block being built */
    u32 guest_insns;           /* number of guest instructions in it */
    u32 gap;                   /* no instruction before this one is a nop or of no block; IR_NONE: none is at all */
    /* What the builder has seen, so that passes need not look: */
    u32 over_lo, over_hi;      /* all puts that cover another, with nothing between that sees the state, and those
                                * that they cover, are among the instructions [over_lo, over_hi) */
    bool loops;                /* a branch may lead to a block that lies before it */
    bool plain_flow;           /* to every block but the entry leads one edge, of a brc */
    gaddr guest_lo, guest_hi;  /* guest bytes the unit was made from: [lo, hi) */
    struct ir_builder *builder; /* private: value numbers, known state, constant hash */
};

/* --- facts about ops and types (ir/facts.c) --- */
struct ir_op_info {
    const char *name, *sig, *text;
    u16 effects;
};
extern const struct ir_op_info ir_ops[IR_OP_COUNT];
extern const char *const ir_type_name[IR_TYPE_COUNT];
extern const u16 ir_type_bits[IR_TYPE_COUNT];
enum ir_class { IR_CLASS_INT, IR_CLASS_FLT, IR_CLASS_VEC };
extern const u8 ir_type_class[IR_TYPE_COUNT]; /* enum ir_class */
extern const u8 ir_type_size[IR_TYPE_COUNT];  /* bytes in the state block and in guest memory; b1: 1, f80: 10 */
/* Kind letter of operand n (0..2) of an op, '-' if it has none. */
char ir_operand_kind(enum ir_op op, int n);
/* Bit n: operand n names a value (a constant among them). The same as ir_kind_is_value(ir_operand_kind(op, n)). */
extern const u8 ir_op_values[IR_OP_COUNT];
/* What passes and back ends ask of an op, derived from its row: see facts.c. */
enum {
    IR_FACT_USES = 7,       /* bit n: operand n may be an instruction's value (constants that must be are none) */
    IR_FACT_ARGS = 8,       /* there are values in the side array too */
    IR_FACT_REMOVABLE = 16, /* no effect: it may go if nobody uses its value */
    IR_FACT_STATE = 32,     /* reads, writes or may see the CPU state */
};
extern const u8 ir_op_facts[IR_OP_COUNT];
/* True for the letters that name a value (a constant among them), not a number or a place in the side array. */
static inline bool ir_kind_is_value(char kind) { return kind != '-' && kind != 'n' && kind != 'x'; }

/* --- building (ir/build.c) --- */
/* Begins an empty unit with block 0 open. Everything is allocated from `arena`. */
void ir_unit_init(struct ir_unit *u, struct arena *arena, const struct ir_layout *layout, u64 key);
/* New block (not yet placed); ir_place makes it current: blocks are laid out in placement order, each placed once. */
u32 ir_block(struct ir_unit *u);
void ir_place(struct ir_unit *u, u32 block);
ir_ref ir_param(struct ir_unit *u, enum ir_type t); /* next parameter of the current block, right after ir_place */
bool ir_block_open(const struct ir_unit *u);        /* current block has no terminator yet */

ir_ref ir_const(struct ir_unit *u, enum ir_type t, u64 v); /* truncated to t */
ir_ref ir_const128(struct ir_unit *u, enum ir_type t, u64 lo, u64 hi);
ir_ref ir_const_exact(struct ir_unit *u, enum ir_type t, u64 v); /* v fits t, which has at most 64 bits */
static inline ir_ref ir_i32(struct ir_unit *u, u32 v) { return ir_const_exact(u, IR_i32, v); }
static inline ir_ref ir_i64(struct ir_unit *u, u64 v) { return ir_const_exact(u, IR_i64, v); }
static inline ir_ref ir_b1(struct ir_unit *u, bool v) { return ir_const_exact(u, IR_b1, v); }
/* An address constant, i32 or i64: a value that comes from the guest's pc, so that it is another where the file is loaded
 * at another (page-aligned) bias. Sums with plain constants are address constants again; what cannot stay one is not
 * folded, for the result would be right at one bias only. With 32-bit addresses it is the low half of an i64 that moves. */
ir_ref ir_addr(struct ir_unit *u, enum ir_type t, u64 v);
static inline enum ir_type ir_type_of(const struct ir_unit *u, ir_ref r) /* none for what is no value of the unit */
{
    u32 i = r & ~IR_CONST;
    if (ir_is_const(r)) return i < u->nconsts ? u->consts[i].type : IR_none;
    return i < u->ninsns ? u->insns[i].type : IR_none;
}
/* True and its low 64 bits if r is a constant that does not move. */
bool ir_const_value(const struct ir_unit *u, ir_ref r, u64 *v);
/* The same for an address constant. Compare it with other addresses of the unit only, never with a plain number. */
bool ir_addr_value(const struct ir_unit *u, ir_ref r, u64 *v);

/* The general door: emits (or folds) one instruction. The typed functions below are made from it. */
ir_ref ir_emit_head(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c);
static inline ir_ref ir_emit(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b, u32 c)
{
    return ir_emit_head(u, ir_head(op, t, flags), a, b, c);
}

#define IR_OP(n, sig, eff, text)
#define IR_UN(n, sig, eff, text)                                                                                    \
    static inline ir_ref ir_##n(struct ir_unit *u, ir_ref a)                                                        \
    {                                                                                                               \
        return ir_emit(u, IR_OP_##n, ir_type_of(u, a), 0, a, IR_NONE, IR_NONE);                                     \
    }
#define IR_BIN(n, sig, eff, text)                                                                                   \
    static inline ir_ref ir_##n(struct ir_unit *u, ir_ref a, ir_ref b)                                              \
    {                                                                                                               \
        return ir_emit(u, IR_OP_##n, ir_bin_type(u, IR_OP_##n, a), 0, a, b, IR_NONE);                               \
    }
#define IR_TER(n, sig, eff, text)                                                                                   \
    static inline ir_ref ir_##n(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref c)                                    \
    {                                                                                                               \
        return ir_emit(u, IR_OP_##n, ir_type_of(u, b), 0, a, b, c);                                                 \
    }
#define IR_CMP(n, sig, eff, text)                                                                                   \
    static inline ir_ref ir_##n(struct ir_unit *u, ir_ref a, ir_ref b)                                              \
    {                                                                                                               \
        return ir_emit(u, IR_OP_##n, IR_b1, 0, a, b, IR_NONE);                                                      \
    }
#define IR_CVT(n, sig, eff, text)                                                                                   \
    static inline ir_ref ir_##n(struct ir_unit *u, enum ir_type t, ir_ref a)                                        \
    {                                                                                                               \
        return ir_emit(u, IR_OP_##n, t, 0, a, IR_NONE, IR_NONE);                                                    \
    }
/* Result type of a two-operand op: that of its operands, doubled for `pair`. */
static inline enum ir_type ir_bin_type(const struct ir_unit *u, enum ir_op op, ir_ref a)
{
    enum ir_type t = ir_type_of(u, a);
    return op != IR_OP_pair ? t : t == IR_i32 ? IR_i64 : IR_i128;
}
#include "ir/ops.def"

ir_ref ir_adc_c(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref cin);
ir_ref ir_adc_v(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref cin);
ir_ref ir_sbb_c(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref cin);
ir_ref ir_sbb_v(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref cin);

void ir_insn(struct ir_unit *u, u64 key, u64 aux);           /* guest instruction mark */
void ir_insn_aux(struct ir_unit *u, u64 key, ir_ref aux);    /* the same with an i64 constant */
ir_ref ir_get(struct ir_unit *u, enum ir_type t, u32 offset);
void ir_put(struct ir_unit *u, u32 offset, ir_ref v);
ir_ref ir_getw(struct ir_unit *u, enum ir_type t, s32 offset);
void ir_putw(struct ir_unit *u, s32 offset, ir_ref v);
void ir_rebase(struct ir_unit *u, s32 bytes);
ir_ref ir_load(struct ir_unit *u, enum ir_type t, ir_ref addr, u8 mem_flags);
void ir_store(struct ir_unit *u, ir_ref addr, ir_ref v, u8 mem_flags);
ir_ref ir_cas(struct ir_unit *u, ir_ref addr, ir_ref expected, ir_ref desired, u8 mem_flags);
ir_ref ir_rmw(struct ir_unit *u, enum ir_op op, ir_ref addr, ir_ref v, u8 mem_flags);
void ir_fence(struct ir_unit *u, u32 mask);
ir_ref ir_fp(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 fp_flags, ir_ref a, ir_ref b, ir_ref c);
ir_ref ir_fcmp(struct ir_unit *u, ir_ref a, ir_ref b, bool signaling); /* i8 relation */
ir_ref ir_fpget(struct ir_unit *u);
void ir_fpset(struct ir_unit *u, ir_ref flags);
void ir_fprm(struct ir_unit *u, ir_ref modes);
ir_ref ir_call(struct ir_unit *u, u32 helper, u32 nargs, const ir_ref *args); /* `cpu` arguments are not listed */
void ir_br(struct ir_unit *u, u32 block, u32 nargs, const ir_ref *args);
/* Conditional branch without block arguments, and the general one. */
void ir_brc(struct ir_unit *u, ir_ref cond, u32 yes, u32 no);
void ir_brc_args(struct ir_unit *u, ir_ref cond, u32 yes, u32 nyes, const ir_ref *yargs, u32 no, u32 nno,
                 const ir_ref *nargs);
void ir_poll(struct ir_unit *u, u64 key);
void ir_exit(struct ir_unit *u, u64 key, bool poll);
void ir_exit_to(struct ir_unit *u, ir_ref key, bool poll); /* the same with an i64 constant */
void ir_exit_ind(struct ir_unit *u, ir_ref key);
void ir_exit_call(struct ir_unit *u, ir_ref key, u64 return_key);
void ir_exit_ret(struct ir_unit *u, ir_ref key);
void ir_exit_sys(struct ir_unit *u, u64 next_key, u32 number);
void ir_exit_trap(struct ir_unit *u, u32 trap, ir_ref detail); /* detail i64 */
/* Ends the building: checks that every block is placed and closed. 0, or -EINVAL (a lifter's bug). */
int ir_finish(struct ir_unit *u);

/* --- walking (inline, ir/walk.h has more) --- */

/* --- text (ir/print.c, ir/parse.c) --- */
void ir_print(struct out *o, const struct ir_unit *u);
void ir_print_insn(struct out *o, const struct ir_unit *u, u32 index); /* one line, no newline */
/* Parses the text form; on error -EINVAL with "line N: …" in err. The layout resolves slot names. */
int ir_parse(struct ir_unit *u, struct arena *arena, const struct ir_layout *layout, const char *text, char *err,
             size_t errsize);
/* Checks every invariant (listed at the top of ir/verify.c). 0 or -EINVAL with a message. */
int ir_verify(const struct ir_unit *u, char *err, size_t errsize);

/* --- passes (ir/passes.def, ir/opt.c) --- */
/* Runs the passes of the tier in order, but for those whose bit is set in `disabled` (bit = row of passes.def). */
void ir_optimise(struct ir_unit *u, u64 disabled);
int ir_pass_index(const char *name); /* row of passes.def, or -1 */
const char *ir_pass_name(u32 row);    /* NULL beyond the last */

#endif
