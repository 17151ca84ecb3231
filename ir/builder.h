/* Private to the room: the builder's memory of the unit under construction, and small inline helpers.
 *
 * All tables are fixed in size and small, for a unit is often five guest instructions long: what cannot be
 * remembered is forgotten, never wrong. Everything known about values and state holds for the current block
 * only. */
#ifndef CALQUE_IR_BUILDER_H
#define CALQUE_IR_BUILDER_H

#include "ir/ir.h"
#include "ir/known.h"

#define VN_SIZE    256 /* direct-mapped: hash of an instruction -> its index + 1 */
#define FIRST_HASH 64

enum { BLOCK_PLACED = 1, BLOCK_ENTERED = 2 }; /* ENTERED: an edge leads to it */

struct ir_builder {
    u32 limit;    /* instructions below this index may be appended: 0 while no block is open */
    bool closed;  /* the current block has its terminator */
    bool misused; /* a lifter's bug was seen: ir_finish reports it */
    bool tangled; /* the unit's flow is not plain: see ir_unit */
    bool raw;     /* the parser's mode: append as written, fold nothing */
    bool plain_in_window;
    u32 seen;        /* puts before this index have been seen: see opt_dead_put.c */
    s32 shift;       /* sum of the block's rebases */
    u32 wbase_lo;    /* offset of the window base's slot; its size is 8 */
    u32 fp_floor;    /* FP ops before this index may not be reused */
    u8 *blocks;      /* BLOCK_*, by block */
    u32 *const_hash; /* open addressing, index + 1; const_mask + 1 cells */
    u32 const_mask;
    u32 nhashed;   /* constants in it: the keys of marks are not */
    u64 aux_value; /* the last mark's aux, and the constant, or IR_NONE */
    ir_ref aux_ref;
    u32 first_hash[FIRST_HASH];
    u16 vn[VN_SIZE];
    struct known_map plain, window; /* the last: what stands before them begins as zeros */
};

static inline enum ir_type type_of(const struct ir_unit *u, ir_ref r)
{
    return ir_type_of(u, r);
}

/* The instruction that makes r, or NULL for a constant. */
static inline const struct ir_insn *def_of(const struct ir_unit *u, ir_ref r)
{
    return r < u->ninsns ? &u->insns[r] : NULL;
}

/* The constant r, an address constant too; NULL for an instruction. */
static inline const struct ir_const *any_const_of(const struct ir_unit *u, ir_ref r)
{
    return ir_is_const(r) ? &u->consts[r & ~IR_CONST] : NULL;
}

/* A constant whose value may be reasoned with: address constants are none. */
static inline const struct ir_const *const_of(const struct ir_unit *u, ir_ref r)
{
    const struct ir_const *k = any_const_of(u, r);
    return k && !k->rel ? k : NULL;
}
static inline bool is_addr(const struct ir_unit *u, ir_ref r)
{
    return ir_is_const(r) && u->consts[r & ~IR_CONST].rel;
}

static inline u64 low_mask(u32 bits)
{
    return bits >= 64 ? ~(u64)0 : ((u64)1 << bits) - 1;
}

/* Nobody knows which puts cover another. */
static inline void any_overwrite(struct ir_unit *u)
{
    u->over_lo = 0;
    u->over_hi = IR_NONE;
}

/* --- build.c --- */
/* A copy of n elements with room for cap. */
__attribute__((noinline, cold)) void *grown(struct arena *a, const void *old, u32 n, u32 cap, size_t size);
#define RESERVE(u, field, count, more)                                                                       \
    do {                                                                                                     \
        if (unlikely((u)->count + (more) > (u)->field##_cap)) {                                              \
            (u)->field##_cap = ((u)->count + (more)) * 2;                                                    \
            (u)->field = grown((u)->arena, (u)->field, (u)->count, (u)->field##_cap, sizeof *(u)->field);    \
        }                                                                                                    \
    } while (0)

/* Appends an instruction as it is. */
ir_ref append(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b, u32 c);
/* The same where there is no room, or no open block. */
__attribute__((noinline, cold)) ir_ref append_slow(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c);
/* The same at index u->ninsns, for which there is room. */
static inline ir_ref append_at(struct ir_unit *u, u32 at, u32 head, u32 a, u32 b, u32 c)
{
    u->ninsns = at + 1;
    u->insns[at] = (struct ir_insn){
        .op = (u16)head, .type = (u8)(head >> 16), .flags = (u8)(head >> 24), .a = a, .b = b, .c = c};
    return at;
}
/* The same for anything but a terminator. */
static inline ir_ref append_head(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    u32 at = u->ninsns;
    return likely(at < u->builder->limit) ? append_at(u, at, head, a, b, c) : append_slow(u, head, a, b, c);
}
/* Room for n words in the side array; their index. */
u32 side_reserve(struct ir_unit *u, u32 n);

/* --- consts.c --- */
/* Room for one more, in the array and in the hash. */
__attribute__((noinline, cold)) void grow_consts(struct ir_unit *u);
/* The constant of a key given as a number. */
ir_ref key_const(struct ir_unit *u, u64 key);
/* A constant that is not looked for, nor found later. */
static inline ir_ref fresh_const(struct ir_unit *u, u32 t, bool rel, u64 lo, u64 hi)
{
    if (unlikely(u->nconsts == u->consts_cap)) grow_consts(u);
    u32 at = u->nconsts++;
    u->consts[at] = (struct ir_const){.type = (u8)t, .rel = rel, .lo = lo, .hi = hi};
    return IR_CONST | at;
}

/* --- value numbers (build.c) --- */
static inline u16 *vn_cell(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c)
{
    u32 op = head & 0xffff, type_flags = __builtin_bswap16((u16)(head >> 16));
    u64 h = (((u64)a << 32 | b) + c) * 0x9e3779b97f4a7c15u + (op << 16 | type_flags) * 0xc2b2ae3d27d4eb4fu;
    return &u->builder->vn[h >> 56];
}
_Static_assert(VN_SIZE == 256, "vn_cell takes the hash's top 8 bits");

static inline bool same_insn(const struct ir_insn *i, u32 head, u32 a, u32 b, u32 c)
{
    return ir_head(i->op, i->type, i->flags) == head && i->a == a && i->b == b && i->c == c;
}

/* Appends what has no room, no open block, or an index that is too high for the table. */
__attribute__((noinline, cold)) ir_ref number_slow(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c);

/* An equal instruction at or after `floor`, else the instruction itself, appended. */
static inline ir_ref number(struct ir_unit *u, u32 floor, u32 head, u32 a, u32 b, u32 c)
{
    u16 *cell = vn_cell(u, head, a, b, c);
    if (*cell > floor && same_insn(&u->insns[*cell - 1], head, a, b, c)) return *cell - 1u;
    u32 at = u->ninsns;
    if (unlikely(at >= u->builder->limit || at >= 0xffff)) return number_slow(u, head, a, b, c);
    *cell = (u16)(at + 1);
    return append_at(u, at, head, a, b, c);
}

/* The same for a pure op, in the current block. Not inlined: its callers would save registers for it. */
__attribute__((noinline)) ir_ref number_pure(struct ir_unit *u, u32 head, u32 a, u32 b, u32 c);

/* --- fold.c --- */
/* What a pure op comes to: a value that exists, a simpler op just built, or IR_NONE if it stays. */
ir_ref fold(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c);
/* A pure op, folded or numbered. */
ir_ref emit_folding(struct ir_unit *u, u32 head, ir_ref a, ir_ref b, ir_ref c);
/* --- fold_bool.c: the same for ops whose result is b1 --- */
ir_ref fold_bool(struct ir_unit *u, enum ir_op op, ir_ref a, ir_ref b, ir_ref c);
/* --- fold_const.c: an integer op of constants. False if the op is not one that it knows. --- */
bool fold_const(struct ir_unit *u, enum ir_op op, enum ir_type t, const ir_ref in[3], ir_ref *out);

/* --- fold_addr.c: the same where at least one operand is an address constant --- */
ir_ref fold_addr(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b);

/* --- state.c --- */
void state_forget(struct ir_unit *u); /* everything: a new block, a helper that writes state */

#endif
