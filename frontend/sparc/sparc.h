/* What the SPARC lifters share: registers, condition codes, control transfer. Private to frontend/sparc. */
#ifndef CALQUE_FRONTEND_SPARC_SPARC_H
#define CALQUE_FRONTEND_SPARC_SPARC_H

#include "frontend/guest.h"
#include "frontend/sparc/cpu.h"

/* What is known of the condition codes in the unit. SLOTS: nothing, they stand in ca, cb, cr. SUB: they are
 * those of a - b (r); ADD: a is the sum, and the codes those of (a - b) but N and Z, which are a's. */
enum sparc_cc_kind { SPARC_CC_SLOTS, SPARC_CC_SUB, SPARC_CC_ADD };

/* The guest's part of struct lift. */
struct sparc_unit {
    u64 mode; /* mode bits of keys made from here on */
    u8 began; /* set up at the unit's first instruction */
    u8 cc_kind;
    u8 cc_set; /* the instruction has set the codes */
    ir_ref ca, cb, cr;
    ir_ref npc;      /* in a unit of mode NPC: nPC as i32 */
    ir_ref fp_flags; /* in mode TEM: the sticky flags before this instruction */
};
static inline struct sparc_unit *sparc_unit(struct lift *l)
{
    return (struct sparc_unit *)(void *)l->scratch;
}
_Static_assert(sizeof(struct sparc_unit) <= sizeof(((struct lift *)0)->scratch),
               "fits the lifter's scratch space");

/* --- registers (state.c) --- */
ir_ref sparc_reg(struct lift *l, u32 n);               /* i64 */
ir_ref sparc_reg32(struct lift *l, u32 n);             /* its low half, i32 */
void sparc_set_reg(struct lift *l, u32 n, ir_ref v);   /* i64; %g0 takes nothing */
void sparc_set_reg32(struct lift *l, u32 n, ir_ref v); /* i32, zero-extended */
/* The second operand: register or sign-extended immediate. */
ir_ref sparc_op2(struct lift *l, u32 i, u32 rs2, s32 imm);
/* rs1 + the second operand, an i32 address: PSTATE.AM is 1. */
ir_ref sparc_address(struct lift *l, u32 rs1, u32 i, u32 rs2, s32 imm);
static inline u64 sparc_key(struct lift *l, u32 addr)
{
    return sparc_unit(l)->mode | addr;
}
/* The key of an i32 address, i64. */
ir_ref sparc_key_of(struct lift *l, ir_ref addr);
/* The trap if b1 `cond`; code goes on where it does not hold. */
void sparc_trap_if(struct lift *l, ir_ref cond, u32 trap, ir_ref detail);

/* --- floating-point registers by field (state.c) --- */
static inline u32 sparc_dnum(u32 field)
{
    return (field & 0x1e) | (field & 1) << 5;
} /* %f number of a double */
ir_ref sparc_fs(struct lift *l, u32 field); /* f32 */
ir_ref sparc_fd(struct lift *l, u32 field); /* f64 */
ir_ref sparc_fq(struct lift *l, u32 field); /* f128 */
void sparc_set_fs(struct lift *l, u32 field, ir_ref v);
void sparc_set_fd(struct lift *l, u32 field, ir_ref v);
void sparc_set_fq(struct lift *l, u32 field, ir_ref v);
/* The bits of a single or a double: i32, i64. */
ir_ref sparc_fs_bits(struct lift *l, u32 field);
ir_ref sparc_fd_bits(struct lift *l, u32 field);
void sparc_set_fs_bits(struct lift *l, u32 field, ir_ref v);
void sparc_set_fd_bits(struct lift *l, u32 field, ir_ref v);
void sparc_fp_round(struct lift *l); /* sets the rounding mode that slots gsr and fsr ask for */
static inline bool sparc_bad_quad(u32 field)
{
    return (field & 2) != 0;
} /* invalid_fp_register */

/* Around the operations of one instruction, before its results are written (traps.c). In mode TEM they find
 * out what the instruction raised, keep it as FSR.cexc, and trap if that is enabled; else they do nothing. */
void sparc_fp_begin(struct lift *l);
void sparc_fp_end(struct lift *l);
void sparc_fp_quiet(struct lift *l); /* an instruction that raises nothing */
/* The exception bits of FSR.cexc that the IR's sticky flags are. */
ir_ref sparc_fp_exceptions(struct lift *l, ir_ref flags);

/* --- condition codes (cc.c) --- */
void sparc_cc_sub(struct lift *l, ir_ref a, ir_ref b, ir_ref result); /* of a - b */
void sparc_cc_add(struct lift *l, ir_ref b, ir_ref sum);              /* of a + b */
void sparc_cc_logic(struct lift *l, ir_ref result);                   /* N and Z; C and V clear */
/* N and Z of result; C and V of icc (low) and xcc given as b1. */
void sparc_cc_bits(struct lift *l, ir_ref result, ir_ref c32, ir_ref v32, ir_ref c64, ir_ref v64);
ir_ref sparc_cond(struct lift *l, u32 cc, u32 cond);   /* integer condition 0..15 on cc 4 or 6, b1 */
ir_ref sparc_fcond(struct lift *l, u32 cc, u32 cond);  /* floating-point condition on fcc 0..3 */
ir_ref sparc_rcond(struct lift *l, u32 rs1, u32 cond); /* of a register's value (brz …) */
ir_ref sparc_carry(struct lift *l);                    /* icc.C, b1 */
ir_ref sparc_get_ccr(struct lift *l);                  /* CCR as i64 */
void sparc_put_ccr(struct lift *l, ir_ref v);          /* from an i8 */

/* --- control transfer (transfer.c) --- */
enum sparc_jump { SPARC_JUMP, SPARC_CALL, SPARC_RET };
struct sparc_transfer {
    ir_ref cond; /* b1, or IR_NONE: always taken */
    bool annul;  /* the a bit */
    bool never;  /* never taken */
    u8 kind;     /* enum sparc_jump */
    ir_ref dest; /* destination as i32: a constant, or computed */
};
/* Ends the unit with the transfer of the instruction at l->pc and the instruction in its delay slot. */
void sparc_transfer(struct lift *l, const struct sparc_transfer *t);

/* --- units (unit.c) --- */
void sparc_lift_insn(struct lift *l);
/* Lifts a decoded word at l->pc, already marked. */
void sparc_lift_word(struct lift *l, u32 word);

/* --- windows (lift_window.c) --- */
void sparc_window_save(struct lift *l);    /* checks for room and moves the window base */
void sparc_window_restore(struct lift *l); /* checks for a window; does not move the base */

/* --- memory (lift_mem.c) --- */
ir_ref sparc_load(struct lift *l, u32 size, ir_ref addr, u8 flags); /* i64: 0 byte … 3 doubleword, 4 signed */
void sparc_store(struct lift *l, u32 size, ir_ref addr, ir_ref v, u8 flags);
/* The instruction's alternate space: its own (i=0) or %asi (i=1). False: the unit has ended, with a trap or
 * to begin anew at this instruction with %asi known. */
enum sparc_space_kind {
    SPARC_SPACE_NONE,
    SPARC_SPACE_PLAIN,
    SPARC_SPACE_NO_FAULT, /* of loads only */
    /* VIS, of doubles only: */
    SPARC_SPACE_BLOCK,  /* 64 bytes */
    SPARC_SPACE_SHORT,  /* 8 or 16 bits */
    SPARC_SPACE_PARTIAL /* elements chosen by a mask; stores only */
};
struct sparc_space {
    u8 kind;  /* enum sparc_space_kind */
    u8 size;  /* of short accesses and of the elements of partial ones, log2 of bytes */
    u8 flags; /* of memory accesses */
};
bool sparc_asi(struct lift *l, u32 i, u32 asi, ir_ref addr, struct sparc_space *space);
/* Ends the unit with the trap of a space that is not for this access. */
bool sparc_bad_space(struct lift *l, ir_ref addr);
/* A load in such a space, zero-extended: 0 where there is nothing. Traps if misaligned. */
ir_ref sparc_load_nofault(struct lift *l, u32 size, ir_ref addr, const struct sparc_space *s);

enum sparc_helper {
#define HELPER(name, sig, reads, writes, faults) SPARC_HELPER_##name,
#include "frontend/sparc/helpers.def"
    SPARC_HELPER_COUNT
};
extern const struct ir_helper sparc_helpers[SPARC_HELPER_COUNT];

/* --- printing (print.c) --- */
u32 sparc_print_insn(struct out *o, u64 key, const u8 *bytes, size_t len);

#endif
