/* Which state slots live in which registers. The guest gives an order (ir_slot.pin), the host a list of
 * registers; both come to one table that translation, the thunks and the fault handler share. */
#include "backend/jit/jit.h"
#include <string.h>
#include "backend/jit/host.h"

static const struct ir_slot *window_base(const struct ir_layout *l)
{
    for (u32 i = 0; i < l->nslots; i++)
        if (l->slots[i].flags & IR_SLOT_WBASE) return &l->slots[i];
    return NULL;
}

static bool pinnable(const struct ir_slot *s)
{
    return s->type == IR_b1 || s->type == IR_i8 || s->type == IR_i16 || s->type == IR_i32 ||
           s->type == IR_i64;
}

static void take(struct jit_pins *p, const struct ir_slot *s, u8 reg)
{
    p->pin[p->n++] =
        (struct jit_pin){.reg = reg, .size = (u8)jit_bytes(s->type), .type = s->type, .offset = s->offset};
    p->mask |= 1u << reg;
    if (s->flags & IR_SLOT_WBASE) p->wbase = reg;
}

/* The window base is part of every windowed access: it always has a pin, and not one that is dear to encode.
 */
static u32 window_rank(const struct ir_slot *const rank[32], const struct ir_slot *w)
{
    u32 at = 0;
    for (u32 r = 1; r < 32 && rank[r] != w; r++) at += rank[r] != NULL;
    while (at >= JIT_MAX_PINS || (jh_dear_bases >> jh_pin_order[at] & 1)) at--;
    return at;
}

void jit_pins(const struct ir_layout *l, struct jit_pins *p)
{
    const struct ir_slot *rank[32] = {0};
    for (u32 i = 0; i < l->nslots; i++) {
        const struct ir_slot *s = &l->slots[i];
        if (s->pin && s->pin < 32 && pinnable(s) && !rank[s->pin]) rank[s->pin] = s;
    }
    const struct ir_slot *w = window_base(l);
    *p = (struct jit_pins){.wbase = JIT_NOREG, .wbase_off = w ? w->offset : 0};
    u32 wrank = w ? window_rank(rank, w) : JIT_MAX_PINS, r = 0;
    for (u32 at = 0; at < JIT_MAX_PINS; at++) {
        if (at == wrank) {
            take(p, w, jh_pin_order[at]);
            continue;
        }
        do r++;
        while (r < 32 && (!rank[r] || rank[r] == w));
        if (r < 32) take(p, rank[r], jh_pin_order[at]);
    }
}

static const struct ir_layout *kept_for;
static struct jit_layout kept;

void jit_layout_make(const struct ir_layout *l, struct jit_layout *out)
{
    jit_pins(l, &out->pins);
    memset(out->slot_reg, JIT_NOREG, sizeof out->slot_reg);
    for (u32 i = 0; i < out->pins.n; i++) {
        const struct jit_pin *p = &out->pins.pin[i];
        out->pin_of[p->reg] = (u8)i;
        for (u32 b = 0; b < p->size; b += 4) {
            u32 w = (p->offset + b - (u32)CPU_HOT) / 4;
            if (w < JIT_SLOT_REGS) out->slot_reg[w] = p->reg;
        }
    }
}

const struct jit_layout *jit_layout_kept(const struct ir_layout *l)
{
    return l == kept_for ? &kept : NULL;
}

void jit_layout_keep(const struct ir_layout *l)
{
    jit_layout_make(l, &kept);
    kept_for = l;
}
