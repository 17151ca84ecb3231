/* Which state slots live in which registers. The guest gives an order (ir_slot.pin), the host a list of registers;
 * both come to one table that translation, the thunks and the fault handler share. */
#include "backend/jit/jit.h"
#include "backend/jit/host.h"

static const struct ir_slot *window_base(const struct ir_layout *l)
{
    for (u32 i = 0; i < l->nslots; i++)
        if (l->slots[i].flags & IR_SLOT_WBASE) return &l->slots[i];
    return NULL;
}

static bool pinnable(const struct ir_slot *s)
{
    return s->type == IR_b1 || s->type == IR_i8 || s->type == IR_i16 || s->type == IR_i32 || s->type == IR_i64;
}

static void take(struct jit_pins *p, const struct ir_slot *s, u32 *order)
{
    /* The window base is an index in every windowed access: not in a register that is dear to encode. */
    u32 at = *order;
    u8 regs[JIT_MAX_PINS];
    for (u32 i = 0; i < JIT_MAX_PINS; i++) regs[i] = jh_pin_order[i];
    while (at < JIT_MAX_PINS && (p->mask >> regs[at] & 1)) at++;
    *order = at;
    if (s->flags & IR_SLOT_WBASE)
        while (at < JIT_MAX_PINS && ((jh_dear_bases >> regs[at] & 1) || (p->mask >> regs[at] & 1))) at++;
    if (at >= JIT_MAX_PINS) return;
    u32 size = jit_bytes(s->type);
    p->pin[p->n++] = (struct jit_pin){.reg = regs[at], .size = (u8)size, .type = s->type, .offset = s->offset};
    p->mask |= 1u << regs[at];
    if (s->flags & IR_SLOT_WBASE) p->wbase = regs[at];
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
    u32 order = 0;
    for (u32 r = 1; r < 32; r++) {
        if (!rank[r]) continue;
        bool last = p->n + 1 >= JIT_MAX_PINS && w && p->wbase == JIT_NOREG;
        if (p->n < JIT_MAX_PINS && !(last && rank[r] != w)) take(p, rank[r], &order);
    }
    if (w && p->wbase == JIT_NOREG && p->n < JIT_MAX_PINS) take(p, w, &order);
}
