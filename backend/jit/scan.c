/* The backward walk over a block: next uses, folding into users, and results that can go right into a pin.
 *
 * Folding moves a pure value to its only user, so the value's operands are counted as used there. What is
 * folded: sums into addresses, truncations (of any number of users) into whoever reads only low bits, extensions into the load before
 * them, masks of shift amounts that the host applies anyway. */
#include "backend/jit/jit.h"
#include "ir/walk.h"

static inline bool count(struct jval *val, ir_ref r, u32 first, u32 n)
{
    if (ir_is_const(r) || r == IR_NONE) return false;
    u8 *uses = &val[r].uses;
    *uses = (u8)(*uses + (*uses < 255));
    return r - first >= n;
}

static bool count_args(struct jit *j, const struct ir_insn *x, u32 first, u32 n)
{
    struct ir_insn copy = *x;
    struct ir_uses it = ir_uses(j->u, &copy);
    bool crosses = false;
    for (const u32 *arg = it.arg; arg < it.arg_end; arg++) crosses |= count(j->val, *arg, first, n);
    return crosses;
}

bool jit_count_uses(struct jit *j)
{
    bool crosses = false;
    struct jval *val = j->val;
    IR_EACH_BLOCK(j->u, b)
    {
        u32 first = j->u->blocks[b].first, n = j->u->blocks[b].end - first;
        for (const struct ir_insn *x = &j->insns[first], *end = x + n; x < end; x++) {
            u32 m = ir_op_values[x->op];
            if (m & 1) crosses |= count(val, x->a, first, n);
            if (m & 2) crosses |= count(val, x->b, first, n);
            if (m & 4) crosses |= count(val, x->c, first, n);
            if (unlikely(ir_has_args(x->op))) crosses |= count_args(j, x, first, n);
        }
    }
    return crosses;
}

u8 jit_slot_pin_odd(const struct jit *j, u32 offset, u32 size)
{
    for (u32 i = 0; i < j->pins.n; i++) {
        const struct jit_pin *p = &j->pins.pin[i];
        if (p->offset == offset && p->size == size) return p->reg;
        if (p->offset < offset + size && offset < p->offset + p->size) return JIT_PARTLY;
    }
    return JIT_NOREG;
}

/* The instruction that makes r if r is used once and made in this block by `op`; NULL otherwise. */
static const struct ir_insn *sole(const struct jit *j, ir_ref r, enum ir_op op, u32 first)
{
    if (ir_is_const(r) || r == IR_NONE || r < first) return NULL;
    const struct ir_insn *d = &j->insns[r];
    return d->op == op && j->val[r].uses == 1 ? d : NULL;
}

static inline void use(struct jit *j, struct jinsn *ji, int n, ir_ref r, u32 at)
{
    ji->ref[n] = r;
    if (ir_is_const(r) || r == IR_NONE) return;
    ji->values |= (u8)(1u << n);
    ji->nxt[n] = j->val[r].next;
    j->val[r].next = at;
}

/* r without a truncation to `t` or narrower that is only made for this use. */
static ir_ref past_trunc(struct jit *j, ir_ref r, u32 first)
{
    const struct ir_insn *d = sole(j, r, IR_OP_trunc, first);
    if (!d || d->type == IR_b1 || jit_is_fp(jit_type(j, d->a))) return r;
    j->ji[r].flags |= JI_SKIP;
    return d->a;
}

/* For a user that looks at 32 bits and no more: what r is the low half of, or r. */
static ir_ref low_half(const struct jit *j, ir_ref r, u32 first)
{
    if (ir_is_const(r) || r == IR_NONE || r < first) return r;
    const struct ir_insn *d = &j->insns[r];
    bool half = d->op == IR_OP_trunc && d->type == IR_i32 && !ir_is_const(d->a) && jit_type(j, d->a) == IR_i64;
    return half ? d->a : r;
}

static bool reads_low_half(const struct jit *j, const struct ir_insn *x)
{
    switch (x->op) {
    case IR_OP_add:
    case IR_OP_sub:
    case IR_OP_and:
    case IR_OP_or:
    case IR_OP_xor: return x->type == IR_i32;
    default: return x->op >= IR_OP_eq && x->op <= IR_OP_sle && jit_type(j, x->a) == IR_i32;
    }
}

/* Takes sums apart into base + index * scale + disp. */
static void fold_address(struct jit *j, struct jinsn *ji, ir_ref addr, bool indexed, u32 first)
{
    ir_ref base = addr, index = IR_NONE;
    bool wide = jit_type(j, addr) == IR_i64;
    s64 disp = 0;
    for (;;) {
        const struct ir_insn *d = sole(j, base, IR_OP_add, first);
        bool minus = false;
        if (!d && (d = sole(j, base, IR_OP_sub, first)) != NULL) minus = true;
        if (!d) break;
        if (jit_rel(j, d->b)) break;
        if (ir_is_const(d->b)) {
            s64 k = wide ? (s64)jit_const(j, d->b) : (s32)jit_const(j, d->b);
            s64 sum = (s64)((u64)disp + (minus ? 0 - (u64)k : (u64)k));
            if (wide && sum != (s32)sum) break;
            disp = wide ? sum : (s32)sum;
        } else if (!minus && indexed && index == IR_NONE) {
            const struct ir_insn *s = sole(j, d->b, IR_OP_shl, first);
            index = d->b;
            if (s && jit_plain(j, s->b) && jit_const(j, s->b) <= 3) {
                j->ji[index].flags |= JI_SKIP;
                ji->scale = (u8)jit_const(j, s->b);
                index = s->a;
            }
        } else {
            break;
        }
        j->ji[base].flags |= JI_SKIP;
        base = d->a;
        ji->flags |= JI_SUM;
    }
    ji->disp = (s32)disp;
    ji->ref[0] = wide ? base : low_half(j, base, first);
    ji->ref[3] = wide ? index : low_half(j, index, first);
    if (ji->ref[0] != base || ji->ref[3] != index) ji->flags |= JI_LOW;
}

static void scan_memory(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at, u32 first)
{
    ir_ref v = x->b, c = x->op == IR_OP_cas ? x->c : IR_NONE;
    bool plain = x->op == IR_OP_load || x->op == IR_OP_store;
    fold_address(j, ji, x->a, plain && !(x->flags & (IR_MEM_ALIGN | IR_MEM_ALIGN4)), first);
    if (x->op == IR_OP_load) v = IR_NONE;
    if (x->op == IR_OP_store) v = past_trunc(j, v, first);
    use(j, ji, 3, ji->ref[3], at);
    use(j, ji, 2, c, at);
    use(j, ji, 1, v, at);
    use(j, ji, 0, ji->ref[0], at);
}

/* An extension of a load that nothing else uses is made by the load. True if so. */
static bool fuse_load(struct jit *j, const struct ir_insn *x, u32 at, u32 first)
{
    const struct ir_insn *d = sole(j, x->a, IR_OP_load, first);
    if (!d || d->type == IR_b1 || jit_is_fp(d->type) || jit_is_fp(x->type)) return false;
    if ((d->flags & IR_MEM_BE) && d->type != IR_i16 && !(d->type == IR_i32 && x->op == IR_OP_zext))
        return false;
    j->ji[x->a].flags |= JI_EXT;
    j->ji[x->a].as = at;
    j->ji[at].flags |= JI_SKIP;
    return true;
}

static ir_ref shift_amount(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 first)
{
    u32 width = ir_type_bits[x->type];
    const struct ir_insn *d = sole(j, x->b, IR_OP_and, first);
    bool rotate = x->op == IR_OP_ror || x->op == IR_OP_rol;
    if (rotate) ji->flags |= JI_MASKED;
    if (!d || width < 32 || !jit_plain(j, d->b)) return x->b;
    u64 k = jit_const(j, d->b);
    if (k != width - 1 && !(rotate && (k & (width - 1)) == width - 1)) return x->b;
    ji->flags |= JI_MASKED;
    j->ji[x->b].flags |= JI_SKIP;
    return d->a;
}

/* --- flags --- */

static bool same_pair(const struct ir_insn *x, const struct ir_insn *y, bool either_order)
{
    return (x->a == y->a && x->b == y->b) || (either_order && x->a == y->b && x->b == y->a);
}

/* Does the sum or difference y answer x, a comparison, carry or overflow? */
static bool answers(const struct ir_insn *y, const struct ir_insn *x)
{
    switch (x->op) {
    case IR_OP_add_c:
    case IR_OP_add_v: return y->op == IR_OP_add && same_pair(x, y, true);
    case IR_OP_adc_c:
    case IR_OP_adc_v: return y->op == IR_OP_adc && same_pair(x, y, false) && x->c == y->c;
    case IR_OP_sbb_c:
    case IR_OP_sbb_v: return y->op == IR_OP_sbb && same_pair(x, y, false) && x->c == y->c;
    case IR_OP_sub_v: return y->op == IR_OP_sub && same_pair(x, y, false);
    default: return y->op == IR_OP_sub && same_pair(x, y, true);
    }
}

/* Ops that no host needs the flags for. A comparison stands here because it is answered by the same sum, or
 * else ends the search: see the caller. */
static bool keeps_flags(enum ir_op op)
{
    return op == IR_OP_get || op == IR_OP_put || op == IR_OP_getw || op == IR_OP_putw || op == IR_OP_insn ||
           op == IR_OP_nop;
}

static bool asks_flags(enum ir_op op)
{
    return op >= IR_OP_add_c && op <= IR_OP_sle;
}

/* Is x answered by the flags that a sum shortly before leaves? Then its operands need not live until here. */
static bool served(struct jit *j, const struct ir_insn *x, u32 at, u32 first)
{
    u32 asked[JIT_FLAGS_REACH], n = 0;
    for (u32 k = at; k-- > first && at - k < JIT_FLAGS_REACH;) {
        const struct ir_insn *y = &j->insns[k];
        if (j->ji[k].flags & JI_SKIP) continue; /* folded into its user */
        if (answers(y, x) && (y->type == IR_i32 || y->type == IR_i64)) {
            for (u32 m = 0; m < n; m++) { /* what lies between must be answered by it too */
                const struct ir_insn *z = &j->insns[asked[m]];
                bool of_result = z->a == k && jit_plain(j, z->b) && jit_const(j, z->b) == 0 &&
                                 (z->op == IR_OP_eq || z->op == IR_OP_ne || z->op == IR_OP_slt);
                if (!answers(y, z) && !of_result) return false;
            }
            j->ji[k].flags |= JI_KEEP;
            return true;
        }
        if (asks_flags(y->op))
            asked[n++] = k;
        else if (!keeps_flags(y->op))
            return false;
    }
    return false;
}

/* A truth value made a byte only to be stored: it is one already. */
static ir_ref byte_of_bool(struct jit *j, ir_ref r, u32 first)
{
    const struct ir_insn *d = sole(j, r, IR_OP_zext, first);
    if (!d || d->type != IR_i8 || jit_type(j, d->a) != IR_b1) return r;
    j->ji[r].flags |= JI_SKIP;
    return d->a;
}

static void want_in_pin(struct jit *j, u8 pin, ir_ref v, u32 first)
{
    j->pending &= ~(1u << pin);
    if (ir_is_const(v) || v < first || pin == j->pins.wbase) return; /* windowed aliases hang on the base */
    j->pending |= 1u << pin;
    j->pend[pin] = v;
    j->val[v].hint = pin;
}

/* The pin that v, made here, can be computed into; JIT_NOREG if a put does not follow or cannot be
 * anticipated. */
static void settle_hint(struct jit *j, u32 v)
{
    u8 h = j->val[v].hint;
    if (h != JIT_NOREG && !(j->pending >> h & 1 && j->pend[h] == v)) j->val[v].hint = JIT_NOREG;
}

static inline void forget_hints(struct jit *j)
{
    j->pending = 0;
}

static void scan_state(struct jit *j, const struct ir_insn *x, u32 first)
{
    bool put = x->op == IR_OP_put;
    u8 pin = jit_slot_pin(j, x->a, jit_bytes(put ? jit_type(j, x->b) : x->type));
    if (pin == JIT_PARTLY)
        forget_hints(j);
    else if (pin != JIT_NOREG && put)
        want_in_pin(j, pin, byte_of_bool(j, x->b, first), first);
    else if (pin != JIT_NOREG)
        j->pending &= ~(1u << pin);
}

static void scan_args(struct jit *j, const struct ir_insn *x, u32 at)
{
    struct ir_insn copy = *x;
    struct ir_uses it = ir_uses(j->u, &copy);
    for (u32 *a = it.arg_end; a && a-- > it.arg;) {
        if (ir_is_const(*a) || *a == IR_NONE) continue;
        j->side_nxt[a - j->u->side] = j->val[*a].next;
        j->val[*a].next = at;
    }
}

/* A key that is only an i32 extended: a register holds it extended already. */
static ir_ref key_operand(struct jit *j, ir_ref key, u32 first)
{
    const struct ir_insn *d = sole(j, key, IR_OP_zext, first);
    if (!d || jit_type(j, d->a) != IR_i32) return key;
    j->ji[key].flags |= JI_SKIP;
    return d->a;
}

static void scan_operands(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at, u32 first)
{
    if (reads_low_half(j, x)) {
        use(j, ji, 1, low_half(j, x->b, first), at);
        use(j, ji, 0, low_half(j, x->a, first), at);
        return;
    }
    u32 m = ir_op_values[x->op];
    if (m & 4) use(j, ji, 2, x->c, at);
    if (m & 2) use(j, ji, 1, x->b, at);
    if (m & 1) use(j, ji, 0, x->a, at);
}

static void scan_insn(struct jit *j, u32 at, u32 first)
{
    const struct ir_insn *x = &j->insns[at];
    struct jinsn *ji = &j->ji[at];
    u16 eff = ir_ops[x->op].effects;
    struct jval *v = &j->val[at];
    if (ji->flags & JI_SKIP) return;
    for (int n = 0; n < 4; n++) ji->ref[n] = IR_NONE;
    ji->values = 0;
    bool fused = ji->flags & JI_EXT;
    if (fused) settle_hint(j, ji->as);
    bool reads = x->op == IR_OP_get || x->op == IR_OP_getw || x->op == IR_OP_nop;
    if (((eff & IR_EFF_PURE) || reads) && v->next == JIT_NEVER && !(ji->flags & JI_KEEP)) {
        ji->flags |= JI_SKIP;
        return;
    }
    settle_hint(j, at);
    if (eff & (IR_EFF_MEM | IR_EFF_CALL | IR_EFF_TERM) || x->op == IR_OP_poll || x->op == IR_OP_rebase)
        forget_hints(j);
    if (x->op == IR_OP_get || x->op == IR_OP_put) scan_state(j, x, first);
    if (x->op == IR_OP_call || x->op == IR_OP_br || x->op == IR_OP_brc) scan_args(j, x, at);

    ir_ref a = x->a;
    switch (x->op) {
    case IR_OP_load:
    case IR_OP_store:
    case IR_OP_cas:
    case IR_OP_rmw_xchg:
    case IR_OP_rmw_add:
    case IR_OP_rmw_and:
    case IR_OP_rmw_or:
    case IR_OP_rmw_xor: scan_memory(j, ji, x, at, first); return;
    case IR_OP_shl:
    case IR_OP_shr:
    case IR_OP_sar:
    case IR_OP_ror:
    case IR_OP_rol:
        if (x->type == IR_i32 || x->type == IR_i64) {
            use(j, ji, 1, shift_amount(j, ji, x, first), at);
            use(j, ji, 0, a, at);
            return;
        }
        break;
    case IR_OP_zext:
    case IR_OP_sext:
        if (fuse_load(j, x, at, first)) {
            /* The value is made where the load stands; the load's own walk sees its uses through `as`. */
            return;
        }
        a = past_trunc(j, a, first);
        if (a != x->a) {
            ji->flags |= JI_NARROW;
            ji->as = jit_type(j, x->a);
        }
        use(j, ji, 0, a, at);
        return;
    case IR_OP_put:
    case IR_OP_putw: use(j, ji, 1, byte_of_bool(j, x->b, first), at); return;
    case IR_OP_exit_ind:
    case IR_OP_exit_ret:
    case IR_OP_exit_call: use(j, ji, 0, key_operand(j, a, first), at); return;
    default:
        if (asks_flags(x->op) && served(j, x, at, first)) {
            ji->flags |= JI_SERVED;
            return;
        }
        break;
    }
    scan_operands(j, ji, x, at, first);
}

static void scan_begin(struct jit *j, u32 b)
{
    struct ir_edge e[2];
    int n = ir_edges(j->u, &j->insns[j->u->blocks[b].end - 1], e);
    for (u32 w = 0; w < j->live_words; w++) {
        u64 live = 0;
        for (int k = 0; k < n; k++) live |= j->blk[e[k].block].livein[w];
        for (u64 m = j->blk[b].livein[w] & ~live; m; m &= m - 1)
            j->val[w * 64 + (u32)__builtin_ctzl(m)].next = JIT_NEVER;
        for (; live; live &= live - 1) j->val[w * 64 + (u32)__builtin_ctzl(live)].next = JIT_LIVEOUT;
    }
}

void jit_scan(struct jit *j, u32 b)
{
    const struct ir_block *blk = &j->u->blocks[b];
    scan_begin(j, b);
    forget_hints(j);
    for (u32 i = blk->end; i-- > blk->first;) scan_insn(j, i, blk->first);
}
