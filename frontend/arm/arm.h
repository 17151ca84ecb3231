/* What the ARM lifters share: registers, flags, conditions, jumps. Private to frontend/arm. */
#ifndef CALQUE_FRONTEND_ARM_ARM_H
#define CALQUE_FRONTEND_ARM_ARM_H

#include "frontend/arm/cpu.h"
#include "frontend/guest.h"

/* Where the flags stand that the unit has set so far. n and z are i32 (sign, zero), c and v are b1; IR_NONE:
 * in the slot. With kind SUB the flags are those of a - b, so a condition is one comparison; with FCMP a is
 * the i8 relation of a floating-point comparison. */
enum arm_flag_kind { ARM_FL_PARTS, ARM_FL_SUB, ARM_FL_FCMP };

/* The guest's part of struct lift. */
struct arm_unit {
    u8 flag_kind;
    u8 began;       /* set up at the unit's first instruction */
    u8 it, it_next; /* ITSTATE of the instruction being lifted and of the one behind it */
    u8 flags_set;   /* an instruction of the conditional region has set flags: they are not known behind it */
    ir_ref
        pred; /* the instruction is conditional and its register writes are selects on this b1; or IR_NONE */
    ir_ref fa, fb; /* operands of the comparison */
    ir_ref n, z, c, v;
    ir_ref relation; /* of the last VFP comparison, whose flags the FPSCR holds; or IR_NONE */
};
static inline struct arm_unit *arm_unit(struct lift *l)
{
    return (struct arm_unit *)(void *)l->scratch;
}
static inline const struct arm_unit *arm_unit_const(const struct lift *l)
{
    return (const struct arm_unit *)(const void *)l->scratch;
}
_Static_assert(sizeof(struct arm_unit) <= sizeof(((struct lift *)0)->scratch),
               "fits the lifter's scratch space");

enum { ARM_SP = 13, ARM_LR = 14, ARM_PC = 15, ARM_COND_AL = 14 };

/* --- registers (state.c) --- */
/* Core register n as an operand; 15 is the address of the instruction + 8 (Thumb: + 4). */
ir_ref arm_reg(struct lift *l, u32 n);
/* Writes register n. A write of 15 is dropped: it is unpredictable but where a lifter calls arm_set_pc. */
void arm_set_reg(struct lift *l, u32 n, ir_ref v);
/* Jumps as an ALU operation does that writes the pc: interworking from A32, plain from Thumb (ALUWritePC). */
void arm_set_pc(struct lift *l, ir_ref v);
/* The GE bits as a mask of bytes. */
void arm_set_ge(struct lift *l, ir_ref mask);
/* v, or in a predicated instruction: v where the condition holds, else the slot's value. */
ir_ref arm_predicated(struct lift *l, ir_ref v, enum ir_type t, u32 offset);
/* Align(PC, 4), the base of literals. */
u32 arm_pc_aligned(const struct lift *l);
ir_ref arm_pc_base(struct lift *l); /* the same as an operand */
static inline u32 arm_reg_off(u32 n)
{
    return ARM_OFF(r0) + 4 * n;
}
/* Constant key of an address in the current or the other instruction set, with the modes that stay. */
u64 arm_key(const struct lift *l, u32 addr, bool thumb);
u64 arm_next_key(const struct lift *l);
/* Key of an i32 whose bit 0 chooses the instruction set (BXWritePC). */
ir_ref arm_key_of(struct lift *l, ir_ref addr);
static inline bool arm_thumb(const struct lift *l)
{
    return (l->key & ARM_KEY_THUMB) != 0;
}
/* Memory flags of the current data byte order. */
static inline u8 arm_mem(const struct lift *l)
{
    return l->key & ARM_KEY_FIELD(E) ? IR_MEM_BE : 0;
}

/* --- flags (flags.c) --- */
void arm_flags_nzc(struct lift *l, ir_ref result, ir_ref carry);       /* carry b1, or IR_NONE: unchanged */
void arm_flags_sub(struct lift *l, ir_ref a, ir_ref b, ir_ref result); /* of a - b */
void arm_flags_set(struct lift *l, ir_ref n, ir_ref z, ir_ref c, ir_ref v);
void arm_flags_fcmp(struct lift *l, ir_ref relation);
void arm_flags_forget(struct lift *l);     /* at a join: what the slots hold is all that is known */
ir_ref arm_carry(struct lift *l);          /* C as b1 */
ir_ref arm_cond(struct lift *l, u32 cond); /* condition 0..13 as b1 */
ir_ref arm_psr_nzcv(struct lift *l);       /* i32 with the four flags in bits 31..28 */
void arm_set_psr_nzcv(struct lift *l, ir_ref v);
void arm_set_q(struct lift *l, ir_ref saturated); /* b1: Q |= saturated */

/* --- shifts (lift_dp.c) --- */
/* rm shifted by the constant `shift` (imm5 << 2 | type); *carry gets the carry out as b1, or IR_NONE if
 * unchanged. */
ir_ref arm_shift_imm(struct lift *l, ir_ref v, u32 shift, ir_ref *carry);

/* --- jumps (state.c) --- */
void arm_goto(struct lift *l, u32 addr, bool thumb);
/* Ends the unit with a jump to an i32 whose bit 0 chooses the instruction set. A jump that leaves the address
 * behind it in lr is a call, whatever the lifter says. */
enum arm_jump { ARM_JUMP, ARM_CALL, ARM_RET };
void arm_jump_to(struct lift *l, ir_ref addr, enum arm_jump kind);
/* ITSTATE of the next instruction (A2.5.2, ITAdvance). */
static inline u8 arm_it_next(u8 it)
{
    return it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
}

/* --- units --- */
void arm_lift_insn(struct lift *l);  /* unit.c */
bool arm_lift_kuser(struct lift *l); /* kuser.c: lifts the kernel's user helper at l->pc, if that is one */
#define ARM_KUSER_PAGE 0xffff0000u

/* --- printing (print.c) --- */
u32 arm_print_insn(struct out *o, u64 key, const u8 *bytes, size_t len);

#endif
