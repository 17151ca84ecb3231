/* Between the two decoders of the ARM guest: what unit.c (A32) and unit_thumb.c share of making instructions
 * conditional. Private to frontend/arm. */
#ifndef CALQUE_FRONTEND_ARM_THUMB_H
#define CALQUE_FRONTEND_ARM_THUMB_H

#include "frontend/arm/arm.h"

/* A block that instructions stand in that run only if a condition holds. */
struct arm_region {
    struct arm_unit saved; /* what was known of the flags before it */
    u32 behind;
};
void arm_cond_open(struct lift *l, struct arm_region *r, ir_ref c);
/* Joins behind the region; if it ended the unit (l->done), the failed condition goes on at the next
 * instruction. */
void arm_cond_close(struct lift *l, const struct arm_region *r);
/* The next instruction may be lifted into the same region. */
bool arm_may_extend(const struct lift *l);
/* Goes on to the next instruction within one call of lift_insn. */
void arm_step(struct lift *l);

void arm_lift_thumb(struct lift *l); /* unit_thumb.c */
/* The A32 word of a 32-bit Thumb instruction that both sets have alike: coprocessors with condition "always",
 * Advanced SIMD. 0: there is none. */
u32 arm_thumb_to_a32(u32 word);

#endif
