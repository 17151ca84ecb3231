/* Lifts one instruction of a unit: sets the unit up, marks the instruction, fetches, decodes, and makes it
 * conditional.
 *
 * A conditional instruction that only computes writes its registers through a select (no jump is
 * mispredicted). Any other stands in a block of its own that the failed condition jumps over, and takes the
 * instructions behind it that have the same condition along. A conditional jump ends the unit with two exits.
 */
#include "frontend/arm/arm.h"

#include "a32.h"
#include "arm_isa.h"
#include "frontend/arm/thumb.h"

static void begin_unit(struct lift *l)
{
    struct arm_unit *s = arm_unit(l);
    if (s->began) return;
    s->began = 1;
    s->pred = IR_NONE;
    arm_flags_forget(l);
}

void arm_cond_open(struct lift *l, struct arm_region *r, ir_ref c)
{
    r->saved = *arm_unit(l);
    r->behind = ir_block(l->u);
    u32 inside = ir_block(l->u);
    arm_unit(l)->flags_set = 0;
    ir_brc(l->u, c, inside, r->behind);
    ir_place(l->u, inside);
}

void arm_cond_close(struct lift *l, const struct arm_region *r)
{
    struct arm_unit *s = arm_unit(l);
    bool joins = !l->done;
    if (joins) ir_br(l->u, r->behind, 0, NULL);
    ir_place(l->u, r->behind);
    if (joins && s->flags_set) {
        arm_flags_forget(l);
        s->flags_set = 1;
    } else {
        u8 it = s->it, it_next = s->it_next;
        *s = r->saved;
        s->it = it;
        s->it_next = it_next;
    }
    if (!joins) lift_goto(l, arm_next_key(l));
}

bool arm_may_extend(const struct lift *l)
{
    return !l->done && l->count + 1 < l->max && ((l->next ^ l->start) & ~(u64)(l->guest->page_size - 1)) == 0;
}

void arm_step(struct lift *l)
{
    l->count++;
    l->pc = l->next;
    l->key = l->pc | l->mode;
}

/* --- A32 --- */

static void lift_a32(struct lift *l, const struct a32_rec *r)
{
    enum isa_result got = a32_lift(l, r);
    if (got != ISA_OK) lift_illegal(l, r->word, got == ISA_TODO, a32_name(r->id));
}

/* Instructions whose only effects are writes of core registers, Q and GE: data processing without S and not
 * to the pc, multiplications, media instructions. */
static bool computes_only(u32 word)
{
    u32 top = word >> 25 & 7;
    if ((word >> 12 & 15) == 15) return false;
    if (top == 3) return word >> 4 & 1;
    if (top > 1 || (word >> 20 & 1)) return false;
    if (top == 0 && (word & 0x90) == 0x90) return (word >> 24 & 1) == 0 && (word & 0xf0) == 0x90;
    return (word >> 23 & 3) != 2 || (top == 1 && !(word >> 21 & 1));
}

static bool next_has_cond(struct lift *l, u32 cond, struct a32_rec *r)
{
    u32 word;
    if (!arm_may_extend(l) || arm_unit(l)->flags_set) return false;
    if (!lift_fetch32(l, l->next, false, &word) || word >> 28 != cond) return false;
    return a32_decode(word, l->features, r);
}

static void mark_a32(struct lift *l)
{
    l->next = (u32)l->pc + 4;
    ir_insn(l->u, l->key, 0);
}

static void lift_conditional(struct lift *l, u32 cond, const struct a32_rec *first)
{
    struct arm_unit *s = arm_unit(l);
    ir_ref c = arm_cond(l, cond);
    if (computes_only(first->word)) {
        s->pred = c;
        lift_a32(l, first);
        s->pred = IR_NONE;
        return;
    }
    struct arm_region region;
    struct a32_rec r;
    arm_cond_open(l, &region, c);
    lift_a32(l, first);
    while (next_has_cond(l, cond, &r)) {
        arm_step(l);
        mark_a32(l);
        lift_a32(l, &r);
    }
    arm_cond_close(l, &region);
}

static void lift_a32_insn(struct lift *l)
{
    struct a32_rec r;
    u32 word;
    mark_a32(l);
    if (l->pc & 3) {
        lift_trap(l, GUEST_TRAP_ALIGN_PC, l->pc);
        return;
    }
    if (!lift_fetch32(l, l->pc, false, &word)) {
        lift_trap(l, GUEST_TRAP_FETCH, l->pc);
        return;
    }
    if (!a32_decode(word, l->features, &r)) {
        lift_illegal(l, word, false, NULL);
        return;
    }
    if (word >> 28 < ARM_COND_AL)
        lift_conditional(l, word >> 28, &r);
    else
        lift_a32(l, &r);
}

void arm_lift_insn(struct lift *l)
{
    begin_unit(l);
    if ((l->pc & ~(u64)0xfff) == ARM_KUSER_PAGE && arm_lift_kuser(l)) return;
    if (arm_thumb(l))
        arm_lift_thumb(l);
    else
        lift_a32_insn(l);
}
