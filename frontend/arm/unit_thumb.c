/* Lifts one Thumb instruction: 16 or 32 bits, and the conditions that IT blocks give (A2.5.2). ITSTATE is
 * part of the key, so a unit may begin inside a block. Coprocessor and Advanced SIMD instructions go through
 * the decoder of A32. */
#include "frontend/arm/thumb.h"

#include "a32.h"
#include "arm_isa.h"
#include "t16.h"
#include "t32.h"

/* A decoded instruction of any of the three sets. */
struct thumb_insn {
    enum { NONE, T16, T32, A32 } set;
    u32 word;
    union {
        struct t16_rec t16;
        struct t32_rec t32;
        struct a32_rec a32;
    } r;
};

u32 arm_thumb_to_a32(u32 word)
{
    u32 top = word >> 24;
    if ((top & 0xef) == 0xef)
        return 0xf2000000 | (word & 0x10000000) >> 4 | (word & 0xffffff);        /* Advanced SIMD */
    if (top == 0xf9 && !(word >> 20 & 1)) return 0xf4000000 | (word & 0xffffff); /* its loads, stores */
    if ((word >> 26 & 3) == 3 && (word >> 24 & 3) != 3) return word;             /* coprocessors, VFP */
    return 0;
}

static void decode(struct lift *l, struct thumb_insn *t)
{
    if (t->word <= 0xffff)
        t->set = t16_decode(t->word, l->features, &t->r.t16) ? T16 : NONE;
    else if (arm_thumb_to_a32(t->word))
        t->set = a32_decode(arm_thumb_to_a32(t->word), l->features, &t->r.a32) ? A32 : NONE;
    else
        t->set = t32_decode(t->word, l->features, &t->r.t32) ? T32 : NONE;
}

/* Reads the instruction at addr and sets *size. False: not readable, at *fault. */
static bool fetch(struct lift *l, gaddr addr, u32 *word, u32 *size, gaddr *fault)
{
    u16 first, second;
    *fault = addr;
    *size = 2;
    if (!lift_fetch16(l, addr, false, &first)) return false;
    *word = first;
    if (first >> 11 < 0x1d) return true;
    *fault = (u32)(addr + 2);
    *size = 4;
    if (!lift_fetch16(l, *fault, false, &second)) return false;
    *word = (u32)first << 16 | second;
    return true;
}

static void lift_decoded(struct lift *l, const struct thumb_insn *t)
{
    enum isa_result got = ISA_UNDEF;
    const char *name = "";
    if (t->set == T16) {
        got = t16_lift(l, &t->r.t16);
        name = t16_name(t->r.t16.id);
    } else if (t->set == T32) {
        got = t32_lift(l, &t->r.t32);
        name = t32_name(t->r.t32.id);
    } else if (t->set == A32) {
        got = a32_lift(l, &t->r.a32);
        name = a32_name(t->r.a32.id);
    }
    if (got != ISA_OK) lift_illegal(l, t->word, got == ISA_TODO, name);
}

/* Instructions in an IT block whose only effects are writes of core registers, Q and GE. */
static bool computes_only(u32 word)
{
    if (word <= 0xffff) {
        u32 top = word >> 10;
        if (top == 0x10) return word != 0 && (0x0d00u >> (word >> 6 & 15) & 1) == 0; /* not TST, CMP, CMN */
        if (top == 0x11) return (word >> 8 & 3) != 1 && (word >> 8 & 3) != 3 && (word & 0x87) != 0x87;
        if (word >> 11 == 5) return false; /* CMP */
        return word >> 14 == 0 || word >> 12 == 10 || (word & 0xff00) == 0xb200;
    }
    if ((word >> 8 & 15) == 15 || (word >> 20 & 1)) return false;
    return word >> 25 == 0x75 || (word >> 27 == 0x1e && !(word >> 15 & 1)) || word >> 25 == 0x7d;
}

static void set_it(struct lift *l, u8 it)
{
    l->mode = (l->mode & ~ARM_KEY_FIELD(IT)) | (u64)it << ARM_IT_SHIFT;
}

static void mark(struct lift *l, u32 size)
{
    struct arm_unit *s = arm_unit(l);
    s->it = (u8)(l->key >> ARM_IT_SHIFT);
    s->it_next = arm_it_next(s->it);
    l->next = (u32)(l->pc + size);
    ir_insn(l->u, l->key, 0);
}

/* The next instruction has the same condition and may join the region. */
static bool next_joins(struct lift *l, u32 cond, struct thumb_insn *t, u32 *size)
{
    struct arm_unit *s = arm_unit(l);
    gaddr fault;
    if (!arm_may_extend(l) || s->flags_set || s->it_next >> 4 != cond || !s->it_next) return false;
    if (!fetch(l, l->next, &t->word, size, &fault)) return false;
    decode(l, t);
    return true;
}

static void lift_conditional(struct lift *l, u32 cond, struct thumb_insn *t)
{
    struct arm_unit *s = arm_unit(l);
    struct arm_region region;
    u32 size;
    ir_ref c = arm_cond(l, cond);
    if (computes_only(t->word)) {
        s->pred = c;
        lift_decoded(l, t);
        s->pred = IR_NONE;
        return;
    }
    arm_cond_open(l, &region, c);
    lift_decoded(l, t);
    while (next_joins(l, cond, t, &size)) {
        set_it(l, s->it_next);
        arm_step(l);
        mark(l, size);
        lift_decoded(l, t);
    }
    arm_cond_close(l, &region);
}

/* B<c> outside IT blocks has a condition of its own. */
static u32 own_condition(const struct thumb_insn *t)
{
    if (t->set == T16 && t->r.t16.id == T16_bcond) return t->r.t16.a.b.cond;
    if (t->set == T32 && t->r.t32.id == T32_bcond) return t->r.t32.a.b.cond;
    return ARM_COND_AL;
}

void arm_lift_thumb(struct lift *l)
{
    struct arm_unit *s = arm_unit(l);
    struct thumb_insn t;
    gaddr fault;
    u32 size;
    bool readable = fetch(l, l->pc, &t.word, &size, &fault);
    mark(l, size);
    if (!readable) {
        lift_trap(l, GUEST_TRAP_FETCH, fault);
        return;
    }
    decode(l, &t);
    u32 cond = s->it ? s->it >> 4 : own_condition(&t);
    if (cond < ARM_COND_AL)
        lift_conditional(l, cond, &t);
    else
        lift_decoded(l, &t);
    set_it(l, s->it_next);
}

/* --- lifters that only Thumb has --- */

bool arm_lift_it(struct lift *l, const struct arm_args_it *a)
{
    if (arm_unit(l)->it) return false; /* an IT block within an IT block is unpredictable */
    arm_unit(l)->it_next = (u8)a->state;
    return true;
}

bool arm_lift_adr(struct lift *l, const struct arm_args_adr *a)
{
    u32 pc = arm_pc_aligned(l);
    arm_set_reg(l, a->rd, ir_addr(l->u, IR_i32, a->sub ? pc - a->imm : pc + a->imm));
    return true;
}

bool arm_lift_cbz(struct lift *l, const struct arm_args_cbz *a)
{
    struct ir_unit *u = l->u;
    if (arm_unit(l)->it) return false;
    struct arm_region region;
    ir_ref zero = ir_eq(u, arm_reg(l, a->rn), ir_i32(u, 0));
    arm_cond_open(l, &region, a->nz ? ir_not(u, zero) : zero);
    arm_goto(l, (u32)l->pc + 4 + a->off, true);
    arm_cond_close(l, &region);
    return true;
}

/* TBB, TBH: twice the table's entry beyond the pc. */
bool arm_lift_tb(struct lift *l, const struct arm_args_tb *a)
{
    struct ir_unit *u = l->u;
    ir_ref index = arm_reg(l, a->rm);
    ir_ref addr = ir_add(u, arm_reg(l, a->rn), a->h ? ir_shl(u, index, ir_i32(u, 1)) : index);
    ir_ref entry = ir_zext(u, IR_i32, ir_load(u, a->h ? IR_i16 : IR_i8, addr, a->h ? arm_mem(l) : 0));
    ir_ref to = ir_add(u, ir_addr(u, IR_i32, (u32)l->pc + 4 + 1), ir_shl(u, entry, ir_i32(u, 1)));
    arm_jump_to(l, to, ARM_JUMP);
    return true;
}
