/* CPU state: get and put of slots and of windowed slots. Reads are aliases until somebody needs them in a
 * register; a put happens where it stands, so that state is exact at every fault. */
#include "backend/x86_64/sel.h"

enum { ALL_FROM = -0x40000000, ALL_SIZE = 0x7fffffff };

static bool overlaps(const struct jit_pin *p, u32 off, u32 size)
{
    return p->offset < off + size && off < p->offset + p->size;
}

static void pin_store(struct jit *j, const struct jit_pin *p)
{
    x_store(&j->code, p->size, sel_cpu((s32)p->offset), p->reg);
}

static void pin_load(struct jit *j, const struct jit_pin *p)
{
    x_load(&j->code, p->size, p->reg, sel_cpu((s32)p->offset));
}

/* A read that meets a pinned slot in part: the pins go to memory first. */
static void get_partly(struct jit *j, u32 i, const struct ir_insn *x)
{
    u32 size = jit_bytes(x->type);
    for (u32 n = 0; n < j->layout->pins.n; n++)
        if (overlaps(&j->layout->pins.pin[n], x->a, size)) pin_store(j, &j->layout->pins.pin[n]);
    u8 d = jr_alloc(j, jit_is_fp(x->type) ? JIT_XMMS : JIT_GPRS);
    jh_load(j, d, JM_SLOT, (s32)x->a, x->type);
    jr_define(j, i, d);
}

void sel_get(struct jit *j, u32 i, const struct ir_insn *x)
{
    u8 pin = j->cur->pin;
    if (pin == JIT_PARTLY || (pin != JIT_NOREG && jit_is_fp(x->type))) {
        get_partly(j, i, x);
    } else if (pin != JIT_NOREG) {
        u32 w = j->pinval[pin];
        if (w == IR_NONE || j->val[w].next == JIT_NEVER) {
            jr_define(j, i, pin);
        } else { /* a second reader of the same slot */
            u8 d = jr_alloc(j, JIT_GPRS);
            jh_move(j, d, pin, x->type);
            jr_define(j, i, d);
        }
    } else {
        jr_define_mem(j, i, JM_SLOT, (s32)x->a);
    }
}

void sel_getw(struct jit *j, u32 i, const struct ir_insn *x)
{
    jr_define_mem(j, i, JM_WIN, (s32)x->a);
}

/* A constant, if an instruction takes it. */
static bool store_const(struct jit *j, enum jit_mem mem, s32 off, ir_ref r, enum ir_type t)
{
    int size = (int)jit_bytes(t);
    if (!jit_plain(j, r) || size > 8) return false;
    u64 k = jit_const(j, r);
    if (size == 8 && !x_fits32((s64)k)) return false;
    x_store_i(&j->code, size, sel_mem(j, mem, off), (s32)(t == IR_b1 ? k & 1 : k));
    return true;
}

/* Stores r to memory of the state block, in the cheapest way there is. */
static void store_state(struct jit *j, enum jit_mem mem, s32 off, ir_ref r)
{
    enum ir_type t = (enum ir_type)j->cur->type;
    if (ir_is_const(r)) {
        if (store_const(j, mem, off, r, t)) return;
    } else if (j->val[r].cc != JIT_NOCC && jr_where(j, r) == JIT_NOREG && j->val[r].mem == JM_NONE) {
        x_setcc_m(&j->code, j->val[r].cc, sel_mem(j, mem, off));
        return;
    }
    jh_store(j, mem, off, jr_use(j, r), t);
}

static void put_partly(struct jit *j, const struct ir_insn *x, ir_ref v)
{
    u32 size = jit_bytes(jit_type(j, v));
    for (u32 n = 0; n < j->layout->pins.n; n++)
        if (overlaps(&j->layout->pins.pin[n], x->a, size)) pin_store(j, &j->layout->pins.pin[n]);
    store_state(j, JM_SLOT, (s32)x->a, v);
    for (u32 n = 0; n < j->layout->pins.n; n++) {
        if (!overlaps(&j->layout->pins.pin[n], x->a, size)) continue;
        jr_save_pinval(j, j->layout->pins.pin[n].reg);
        pin_load(j, &j->layout->pins.pin[n]);
    }
}

/* To a slot that is not, or not as a whole, in a pin. */
static void put_memory(struct jit *j, const struct ir_insn *x, ir_ref v, bool partly)
{
    jr_slot_written(j, JM_SLOT, (s32)x->a, jit_bytes(j->cur->type));
    if (partly) {
        put_partly(j, x, v);
        return;
    }
    store_state(j, JM_SLOT, (s32)x->a, v);
    if (!ir_is_const(v)) jr_define_mem(j, v, JM_SLOT, (s32)x->a);
}

/* Values relative to the window base stand where the slot [off, +size) does, or move with it. */
static bool moves_windows(const struct jit *j, u32 off, u32 size)
{
    const struct ir_layout *l = j->u->layout;
    u32 wbase = j->layout->pins.wbase_off;
    return (off < l->window_hi && off + size > l->window_lo) || (off < wbase + 8 && off + size > wbase);
}

void sel_put(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    const struct jinsn *ji = j->cur;
    u8 pin = ji->pin;
    if (j->u->layout->window_hi && moves_windows(j, x->a, jit_bytes(ji->type)))
        jr_slot_written(j, JM_WIN, ALL_FROM, ALL_SIZE);
    bool partly = pin == JIT_PARTLY || (pin != JIT_NOREG && jit_is_fp(ji->type));
    if (partly || pin == JIT_NOREG)
        put_memory(j, x, ji->ref[1], partly);
    else
        jr_put_pin(j, pin, ji->ref[1]);
}

void sel_putw(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    const struct ir_layout *l = j->u->layout;
    ir_ref v = j->cur->ref[1];
    jr_slot_written(j, JM_WIN, (s32)x->a, jit_bytes((enum ir_type)j->cur->type));
    jr_slot_written(j, JM_SLOT, (s32)l->window_lo, l->window_hi - l->window_lo);
    store_state(j, JM_WIN, (s32)x->a, v);
    if (!ir_is_const(v)) jr_define_mem(j, v, JM_WIN, (s32)x->a);
}

void sel_rebase(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    u8 w = sel_window(j);
    jr_save_pinval(j, w);
    x_lea(&j->code, 8, w, sel_at(w, (s32)x->a)); /* leaves the flags alone */
    jr_window_moved(j, (s32)x->a);
}
