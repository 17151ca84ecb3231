/* What the x86-64 selection shares between its files: operands, state addresses, the frame of an op's
 * emitter. Private to this folder. */
#ifndef CALQUE_X86_64_SEL_H
#define CALQUE_X86_64_SEL_H

#include "backend/jit/jit.h"
#include "backend/x86_64/emit.h"
#include "backend/x86_64/thunks.h"

/* Host features (backend_options.host_features). */
enum host_feature {
    HOST_BMI2 = 1,
    HOST_LZCNT = 2,
    HOST_TZCNT = 4,
    HOST_POPCNT = 8,
    HOST_MOVBE = 16,
    HOST_SSE41 = 32,
    HOST_FMA = 64,
    HOST_CX16 = 128,
    HOST_AVX = 256,
};
static inline bool has(const struct jit *j, u64 feature)
{
    return (j->opt->host_features & feature) != 0;
}

#define OFF(field) ((s32)offsetof(struct cpu_head, field))

/* [state block + off] */
static inline struct xmem sel_cpu(s32 off)
{
    return (struct xmem){.base = RBP, .index = XNOREG, .disp = off - (s32)CPU_BIAS};
}
static inline struct xmem sel_at(u8 base, s32 disp)
{
    return (struct xmem){.base = base, .index = XNOREG, .disp = disp};
}
/* Place of a value in memory; a windowed one may need a register for the base. */
struct xmem sel_mem(struct jit *j, enum jit_mem mem, s32 off);
u8 sel_window(struct jit *j);

/* Encoder number of an allocator's register. */
static inline u8 xr(u8 reg)
{
    return reg & 15;
}

/* A source operand of an ALU instruction. */
struct sel_src {
    enum { SRC_REG, SRC_IMM, SRC_MEM } kind;
    u8 reg;
    s32 imm;
    struct xmem m;
};
/* r as an immediate if it is a fitting constant, as memory if that is where it is and it dies here, else a
 * register. */
struct sel_src sel_source(struct jit *j, ir_ref r, int size);
void sel_alu(struct jit *j, enum xalu op, int size, u8 dst, struct sel_src s);

/* Width of integer arithmetic on a type: narrow types compute in 32 bits, their upper bits are anything. */
static inline int sel_size(enum ir_type t)
{
    return t == IR_i64 ? 8 : 4;
}

/* Leaves: writes the key, then the given thunk. Out of line. */
void sel_store_key(struct jit *j, struct jit_num key); /* rcx is lost */
/* What stands out of line and does nothing but leave at a key: a call of a thunk with the key behind it. */
void sel_leave_at(struct jit *j, enum jit_keyed why, struct jit_num key);
bool sel_narrow_key(const struct jit *j, struct jit_num key); /* four bytes hold it, wherever it moves to */
/* sel_store_key anywhere in a unit, for any place: longer, but needs no register. */
void sel_store_num(struct jit *j, s32 off, struct jit_num n);
void sel_mov_addr(struct jit *j, u8 dst, u64 v); /* dst := an address constant, in a form that fits any */
void sel_store_u64(struct jit *j, s32 off, u64 v);
void sel_thunk(struct jit *j, u8 *field, enum jit_thunk which); /* the rel32 field leads to a thunk */
void sel_leave(struct jit *j, enum cpu_exit why);               /* jmp to the leave thunk */

/* Condition code that says b1 value r (sets the flags if it must). */
u8 sel_condition(struct jit *j, ir_ref r);

/* Emitters by subject; `i` is the instruction's index, which names its value. */
typedef void sel_fn(struct jit *j, u32 i, const struct ir_insn *x);
sel_fn sel_get, sel_put, sel_getw, sel_putw, sel_rebase;
sel_fn sel_binary, sel_mul, sel_mulh, sel_div, sel_shift, sel_unary, sel_count, sel_bswap, sel_select,
    sel_carry_op;
sel_fn sel_carry, sel_compare, sel_extend, sel_trunc, sel_bits, sel_pair;
sel_fn sel_load, sel_store, sel_cas, sel_rmw, sel_fence;
sel_fn sel_fp2, sel_fma, sel_fsqrt, sel_fsign, sel_fminmax, sel_fcmp, sel_fcvt, sel_int2f, sel_f2int,
    sel_frint;
sel_fn sel_fpget, sel_fpset, sel_fprm;
sel_fn sel_call;
sel_fn sel_br, sel_brc, sel_poll, sel_exit, sel_exit_ind, sel_exit_call, sel_exit_ret, sel_exit_sys,
    sel_exit_trap;

/* Emits an FP operation as a call of the softfloat routines; operands are r[0..n). */
void sel_soft(struct jit *j, u32 i, const struct ir_insn *x, const ir_ref *r, int n);

#endif
