/* The local register allocator. Selection asks for registers in the words use, scratch, dest, define and
 * never sees a spill. What is evicted is the value whose next use is farthest; a value that also stands in a
 * pin or in memory is dropped for free.
 *
 * A pin always holds the current value of its slot, so that any fault finds the state complete. A value read
 * from a slot stays there (alias of the pin or of the slot's memory) until a put is about to overwrite it. */
#include "backend/jit/jit.h"
#include <errno.h>
#include "backend/jit/host.h"

/* The common ways through the allocator are short: what is rare stands in functions of its own, so that the short ways
 * save no registers for it. */
#define RARE __attribute__((noinline, cold)) static

const struct jval jit_unmade = {
    .next = JIT_NEVER, .reg = JIT_NOREG, .hint = JIT_NOREG, .cc = JIT_NOCC, .cell = JIT_NOCELL};

static inline u32 bit(u8 reg)
{
    return 1u << reg;
}
static inline u32 class_mask(enum ir_type t)
{
    return jit_is_fp(t) ? JIT_XMMS : JIT_GPRS;
}

static void leave_reg(struct jit *j, u32 v)
{
    u8 r = j->val[v].reg;
    if (r == JIT_NOREG) return;
    j->busy &= ~bit(r);
    j->val[v].reg = JIT_NOREG;
}

static void enter_reg(struct jit *j, u32 v, u8 reg)
{
    j->busy |= bit(reg);
    j->occ[reg] = v;
    j->val[v].reg = reg;
}

static inline bool empty(const struct jit *j, u8 reg)
{
    return !(j->busy >> reg & 1);
}

/* --- spill cells --- */

static bool cell_taken(const struct jit *j, u32 c)
{
    return j->cells[c / 64] >> (c % 64) & 1;
}

int jr_cell(struct jit *j, enum ir_type t)
{
    u32 step = ir_type_bits[t] > 64 ? 2 : 1;
    for (u32 c = 0; c + step <= JIT_SOFT_CELL; c += step) {
        if (cell_taken(j, c) || (step == 2 && cell_taken(j, c + 1))) continue;
        j->cells[c / 64] |= (u64)(step == 2 ? 3 : 1) << (c % 64);
        return (int)c;
    }
    jit_fail(j, -E2BIG, "no spill cell left");
    return 0;
}

static void free_cell(struct jit *j, struct jval *v)
{
    if (v->cell & JIT_HOME) return; /* or none */
    u32 c = v->cell;
    j->cells[c / 64] &= ~((u64)(ir_type_bits[v->type] > 64 ? 3 : 1) << (c % 64));
    v->cell = JIT_NOCELL;
}

static void drop_slotval(struct jit *j, u32 v)
{
    for (u32 i = 0; i < j->nslotvals; i++) {
        if (j->slotval[i] != v) continue;
        j->slotval[i] = j->slotval[--j->nslotvals];
        return;
    }
}

static void leave_mem(struct jit *j, u32 v)
{
    if (j->val[v].mem == JM_SLOT || j->val[v].mem == JM_WIN) drop_slotval(j, v);
    j->val[v].mem = JM_NONE;
}

void jr_spill(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    if (x->mem == JM_SPILL) return;
    if (x->cell == JIT_NOCELL) x->cell = (u8)jr_cell(j, x->type);
    s32 off = (s32)jit_cell(x) * 8;
    if (x->cc != JIT_NOCC && x->reg == JIT_NOREG && !x->pins) {
        jh_condition_mem(j, off, x->cc);
    } else {
        u8 from = jr_where(j, v);
        if (from == JIT_NOREG) { /* a slot about to be overwritten and no register free: through one */
            from = jr_alloc(j, class_mask(x->type));
            jh_load(j, from, x->mem, x->off, x->type);
            j->lock &= ~bit(from);
        }
        jh_store(j, JM_SPILL, off, from, x->type);
    }
    leave_mem(j, v);
    x->mem = JM_SPILL;
    x->off = off;
}

static void evict(struct jit *j, u8 reg)
{
    u32 v = j->occ[reg];
    struct jval *x = &j->val[v];
    if (!x->pins && x->mem == JM_NONE) jr_spill(j, v);
    leave_reg(j, v);
}

static bool cheap(const struct jit *j, u32 v)
{
    return j->val[v].pins || j->val[v].mem != JM_NONE;
}

/* The best victim among the registers of `mask`, all occupied. */
static u8 victim(const struct jit *j, u32 mask)
{
    u8 best = JIT_NOREG;
    u32 far = 0;
    for (; mask; mask &= mask - 1) {
        u8 r = (u8)__builtin_ctz(mask);
        u32 next = j->val[j->occ[r]].next;
        if (cheap(j, j->occ[r]) && next > j->i) next |= 0x40000000; /* costs no store */
        if (best == JIT_NOREG || next > far) best = r, far = next;
    }
    return best;
}

RARE u8 alloc_by_eviction(struct jit *j, u32 among)
{
    u32 can = among & j->temps & ~j->lock;
    u8 r = victim(j, can & ~j->soft);
    if (r == JIT_NOREG) r = victim(j, can);
    if (r == JIT_NOREG) { /* selection asked for more than there is: a bug of an op's emitter */
        jit_fail(j, -ENOSYS, "an operation needs more registers than there are");
        return (u8)__builtin_ctz(among & j->temps);
    }
    evict(j, r);
    j->lock |= bit(r);
    return r;
}

u8 jr_alloc(struct jit *j, u32 among)
{
    u32 free = among & j->temps & ~j->lock & ~j->busy;
    if (unlikely(!free)) return alloc_by_eviction(j, among);
    u32 nice = free & jh_alloc_first;
    u8 r = (u8)__builtin_ctz(nice ? nice : free);
    j->lock |= bit(r);
    return r;
}

/* --- an instruction's frame --- */

void jr_drop_cc(struct jit *j, u32 v)
{
    for (u32 i = 0; i < j->nccvals; i++)
        if (j->ccval[i] == v) j->ccval[i] = j->ccval[--j->nccvals];
    j->val[v].cc = JIT_NOCC;
}

RARE void leave_elsewhere(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    leave_mem(j, v);
    free_cell(j, x);
    if (x->cc != JIT_NOCC) jr_drop_cc(j, v);
}

static inline void bury(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    if (x->reg != JIT_NOREG) {
        j->busy &= ~bit(x->reg);
        x->reg = JIT_NOREG;
    }
    for (u32 m = x->pins; m; m &= m - 1)
        if (j->pinval[__builtin_ctz(m)] == v) j->pinval[__builtin_ctz(m)] = IR_NONE;
    x->pins = 0;
    if (x->mem != JM_NONE || (x->cc & x->cell) != 0xff) leave_elsewhere(j, v);
}

void jr_bury(struct jit *j, u32 v)
{
    bury(j, v);
}

RARE void bury_several(struct jit *j, const struct jinsn *ji)
{
    for (u32 m = ji->dies; m; m &= m - 1) bury(j, ji->ref[__builtin_ctz(m)]);
}

void jr_bury_all(struct jit *j, const struct jinsn *ji)
{
    u32 m = ji->dies;
    if (m & (m - 1))
        bury_several(j, ji);
    else
        bury(j, ji->ref[__builtin_ctz(m)]);
}

/* --- use --- */

/* Puts r's value into reg, which is empty and stays no value's register. */
static void fill(struct jit *j, u8 reg, ir_ref r)
{
    if (ir_is_const(r)) {
        jh_const(j, reg, r);
        return;
    }
    struct jval *v = &j->val[r];
    u8 from = jr_where(j, r);
    if (from != JIT_NOREG)
        jh_move(j, reg, from, v->type);
    else if (v->mem != JM_NONE)
        jh_load(j, reg, v->mem, v->off, v->type);
    else if (v->cc != JIT_NOCC)
        jh_condition(j, reg, v->cc);
    else
        jit_fail(j, -EINVAL, "a value is used that was never made");
}

RARE u8 bring(struct jit *j, ir_ref r)
{
    u8 reg = jr_alloc(j, class_mask(jit_type(j, r)));
    fill(j, reg, r);
    if (!ir_is_const(r)) enter_reg(j, r, reg);
    j->lock |= bit(reg);
    return reg;
}

u8 jr_use(struct jit *j, ir_ref r)
{
    u8 reg = jr_where(j, r);
    if (reg == JIT_NOREG) return bring(j, r);
    j->lock |= bit(reg);
    return reg;
}

void jr_claim(struct jit *j, u8 reg)
{
    j->lock |= bit(reg);
    if (empty(j, reg)) return;
    u32 v = j->occ[reg];
    struct jval *x = &j->val[v];
    u32 others = j->temps & ~j->lock & class_mask(x->type);
    for (u32 m = others; m && !x->pins && x->mem == JM_NONE; m &= m - 1) {
        u8 r = (u8)__builtin_ctz(m);
        if (!empty(j, r)) continue;
        jh_move(j, r, reg, x->type);
        leave_reg(j, v);
        enter_reg(j, v, r);
        if (j->soft & bit(reg)) j->soft |= bit(r);
        return;
    }
    evict(j, reg);
}

void jr_use_at(struct jit *j, ir_ref r, u8 reg)
{
    if (!ir_is_const(r) && j->val[r].reg == reg) {
        j->lock |= bit(reg);
        if (!jit_dies(j, r) && !cheap(j, r)) {
            u32 others = j->temps & ~j->lock & class_mask(j->val[r].type);
            for (u32 m = others; m; m &= m - 1) {
                u8 to = (u8)__builtin_ctz(m);
                if (!empty(j, to)) continue;
                jh_move(j, to, reg, j->val[r].type);
                leave_reg(j, r);
                enter_reg(j, r, to);
                return;
            }
            jr_spill(j, r);
        } else if (!cheap(j, r)) {
            /* It dies here, but another operand of this instruction may be the same value. */
            struct jinsn *ji = j->cur;
            int times = 0;
            for (int n = 0; n < 4; n++) times += ji->ref[n] == r;
            if (times > 1) jr_spill(j, r);
        }
        leave_reg(j, r);
        return;
    }
    jr_claim(j, reg);
    fill(j, reg, r);
}

/* Takes over the register of a value that dies here; JIT_NOREG if it cannot be had. */
static u8 take_over(struct jit *j, ir_ref r)
{
    if (!jit_dies(j, r) || j->val[r].reg == JIT_NOREG) return JIT_NOREG;
    int times = 0;
    for (int n = 0; n < 4; n++) times += j->cur->ref[n] == r;
    if (times > 1) return JIT_NOREG;
    u8 reg = j->val[r].reg;
    leave_reg(j, r);
    j->lock |= bit(reg);
    return reg;
}

u8 jr_use_scratch(struct jit *j, ir_ref r)
{
    u8 reg = take_over(j, r);
    if (reg != JIT_NOREG) return reg;
    reg = jr_alloc(j, class_mask(jit_type(j, r)));
    fill(j, reg, r);
    return reg;
}

/* --- define --- */

/* The hinted pin if its old value is not lost by overwriting it now. */
static u8 hinted(struct jit *j, u32 v)
{
    u8 p = j->val[v].hint;
    if (p == JIT_NOREG) return JIT_NOREG;
    u32 w = j->pinval[p];
    if (w == IR_NONE || w == v) return p;
    const struct jval *x = &j->val[w];
    if (x->next == JIT_NEVER || x->reg != JIT_NOREG || x->mem != JM_NONE || (x->pins & ~bit(p))) return p;
    return JIT_NOREG;
}

static bool is_operand_reg(const struct jit *j, u8 reg)
{
    for (int n = 0; n < 4; n++) {
        ir_ref r = j->cur->ref[n];
        if (!jit_made(r)) continue;
        if (j->val[r].reg == reg || (reg < 16 && j->val[r].pins >> reg & 1)) return true;
    }
    return false;
}

u8 jr_dest_early(struct jit *j, u32 v)
{
    u8 p = hinted(j, v);
    if (p != JIT_NOREG && !is_operand_reg(j, p) && !(j->lock & bit(p))) {
        j->lock |= bit(p);
        return p;
    }
    return jr_alloc(j, class_mask(j->val[v].type));
}

u8 jr_dest(struct jit *j, u32 v)
{
    u8 p = hinted(j, v);
    if (p != JIT_NOREG) return p;
    u32 mask = class_mask(j->val[v].type);
    for (int n = 0; n < 4; n++) {
        ir_ref r = j->cur->ref[n];
        if (!jit_dies(j, r)) continue;
        u8 reg = j->val[r].reg;
        if (reg != JIT_NOREG && (bit(reg) & mask)) {
            leave_reg(j, r); /* its last reader is the instruction that writes the result */
            return reg;
        }
    }
    return jr_alloc(j, mask);
}

u8 jr_dest_from(struct jit *j, u32 v, ir_ref a, ir_ref b)
{
    u8 p = hinted(j, v);
    if (p != JIT_NOREG && (j->lock & bit(p)) && jr_where(j, a) != p) p = JIT_NOREG;
    if (p != JIT_NOREG) {
        bool b_there = b != IR_NONE && !ir_is_const(b) && b != a && (j->val[b].pins >> p & 1);
        bool a_there = !ir_is_const(a) && (j->val[a].pins >> p & 1);
        if (b == a && a_there) b_there = false;
        if (!b_there) {
            if (!a_there) fill(j, p, a);
            return p;
        }
    }
    if (a != b) {
        u8 reg = take_over(j, a);
        if (reg != JIT_NOREG) return reg;
    }
    u8 reg = jr_alloc(j, class_mask(j->val[v].type));
    fill(j, reg, a);
    return reg;
}

static void set_pinval(struct jit *j, u8 pin, u32 v)
{
    u32 w = j->pinval[pin];
    if (w != IR_NONE) j->val[w].pins &= (u16)~bit(pin);
    j->pinval[pin] = v;
    if (v != IR_NONE) j->val[v].pins |= (u16)bit(pin);
}

void jr_define(struct jit *j, u32 v, u8 reg)
{
    if (jit_pinned(j, reg))
        set_pinval(j, reg, v);
    else if (j->val[v].next != JIT_NEVER)
        enter_reg(j, v, reg);
}

/* No room to remember that v stands in memory: it goes to a register now. */
RARE void define_mem_late(struct jit *j, u32 v, enum jit_mem mem, s32 off)
{
    if (jr_where(j, v) != JIT_NOREG || j->val[v].cc != JIT_NOCC) return;
    u8 reg = jr_alloc(j, class_mask(j->val[v].type));
    jh_load(j, reg, mem, off, j->val[v].type);
    enter_reg(j, v, reg);
}

void jr_define_mem(struct jit *j, u32 v, enum jit_mem mem, s32 off)
{
    struct jval *x = &j->val[v];
    if (x->mem != JM_NONE || x->next == JIT_NEVER) return;
    if (unlikely(j->nslotvals == JIT_SLOTVALS)) {
        define_mem_late(j, v, mem, off);
        return;
    }
    j->slotval[j->nslotvals++] = v;
    x->mem = (u8)mem;
    x->off = off;
}

/* --- conditions --- */

static void materialise(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    if (x->reg == JIT_NOREG && !x->pins && x->mem == JM_NONE) {
        u32 free = j->temps & ~j->lock & ~j->busy & JIT_GPRS;
        if (free) {
            u8 reg = (u8)(31 - __builtin_clz(free));
            jh_condition(j, reg, x->cc);
            enter_reg(j, v, reg);
            if (x->next == j->i || j->i == JIT_NEVER) j->soft |= bit(reg);
        } else {
            jr_spill(j, v);
        }
    }
    x->cc = JIT_NOCC;
}

void jr_define_cc(struct jit *j, u32 v, u8 cc)
{
    if (j->nccvals == JIT_CCVALS) {
        materialise(j, j->ccval[0]);
        j->ccval[0] = j->ccval[--j->nccvals];
    }
    j->ccval[j->nccvals++] = v;
    j->val[v].cc = cc;
}

void jr_settle_conditions(struct jit *j)
{
    for (u32 i = 0; i < j->nccvals; i++) materialise(j, j->ccval[i]);
    j->nccvals = 0;
}

/* --- state --- */

RARE void move_pinval(struct jit *j, u8 pin, u32 w)
{
    u8 reg = jr_alloc(j, JIT_GPRS);
    jh_move(j, reg, pin, j->val[w].type);
    enter_reg(j, w, reg);
    j->lock &= ~bit(reg);
}

static inline void save_pinval(struct jit *j, u8 pin)
{
    u32 w = j->pinval[pin];
    if (w == IR_NONE) return;
    struct jval *x = &j->val[w];
    if (x->next != JIT_NEVER && x->reg == JIT_NOREG && x->mem == JM_NONE && !(x->pins & ~bit(pin)))
        move_pinval(j, pin, w);
    x->pins &= (u16)~bit(pin);
    j->pinval[pin] = IR_NONE;
}

void jr_save_pinval(struct jit *j, u8 pin)
{
    save_pinval(j, pin);
}

RARE void put_const(struct jit *j, u8 pin, ir_ref r)
{
    save_pinval(j, pin);
    jh_const(j, pin, r);
}

void jr_put_pin(struct jit *j, u8 pin, ir_ref r)
{
    if (ir_is_const(r)) {
        put_const(j, pin, r);
        return;
    }
    struct jval *x = &j->val[r];
    if (x->pins >> pin & 1) return;
    save_pinval(j, pin);
    fill(j, pin, r);
    j->pinval[pin] = r;
    x->pins |= (u16)bit(pin);
    if (x->cc != JIT_NOCC) jr_drop_cc(j, r);
}

static bool is_operand(const struct jit *j, u32 v)
{
    const u32 *r = j->cur->ref;
    return r[0] == v || r[1] == v || r[2] == v || r[3] == v;
}

/* The memory that v stands in is about to change. */
RARE void leave_alias(struct jit *j, u32 v)
{
    struct jval *x = &j->val[v];
    enum jit_mem kind = (enum jit_mem)x->mem;
    if ((x->next != JIT_NEVER || is_operand(j, v)) && x->reg == JIT_NOREG && !x->pins) {
        u8 reg = jr_alloc(j, class_mask(x->type));
        jh_load(j, reg, kind, x->off, x->type);
        enter_reg(j, v, reg);
        j->lock &= ~bit(reg);
    }
    if (x->mem == kind) leave_mem(j, v);
}

void jr_alias_written(struct jit *j, enum jit_mem kind, s32 off, u32 size)
{
    for (u32 i = j->nslotvals; i-- > 0;) {
        const struct jval *x = &j->val[j->slotval[i]];
        if (x->mem != kind || x->off >= off + (s32)size || off >= x->off + (s32)jit_bytes(x->type)) continue;
        leave_alias(j, j->slotval[i]);
        if (i > j->nslotvals) i = j->nslotvals;
    }
}

void jr_window_moved(struct jit *j, s32 bytes)
{
    for (u32 i = 0; i < j->nslotvals; i++)
        if (j->val[j->slotval[i]].mem == JM_WIN) j->val[j->slotval[i]].off -= bytes;
}

void jr_spill_temps(struct jit *j, bool pins_too)
{
    for (u32 r = 0; r < JIT_REGS; r++) {
        if (!(j->temps & j->busy & bit((u8)r))) continue;
        u32 v = j->occ[r];
        if (j->val[v].next != JIT_NEVER && j->val[v].mem == JM_NONE && (pins_too || !j->val[v].pins))
            jr_spill(j, v);
    }
    if (!pins_too) return;
    for (u32 i = 0; i < j->layout->pins.n; i++) {
        u32 v = j->pinval[j->layout->pins.pin[i].reg];
        if (v != IR_NONE && j->val[v].next != JIT_NEVER && j->val[v].mem == JM_NONE) jr_spill(j, v);
    }
    for (u32 i = j->nslotvals; i-- > 0;) {
        u32 v = j->slotval[i];
        if (j->val[v].next != JIT_NEVER) jr_spill(j, v);
        if (i > j->nslotvals) i = j->nslotvals;
    }
}

void jr_drop_pinvals(struct jit *j, u32 mask)
{
    for (u32 m = mask & j->pin_mask; m; m &= m - 1) set_pinval(j, (u8)__builtin_ctz(m), IR_NONE);
}
