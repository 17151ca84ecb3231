/* The backward walk over a block: next uses, folding into users, and results that can go right into a pin.
 *
 * Folding moves a pure value to its only user, so the value's operands are counted as used there. What is
 * folded: sums into addresses, truncations (of any number of users) into whoever reads only low bits, extensions into the load before
 * them, masks of shift amounts that the host applies anyway. */
#include "backend/jit/jit.h"
#include "ir/walk.h"

u8 jit_slot_pin_odd(const struct jit *j, u32 offset, u32 size)
{
    for (u32 i = 0; i < j->layout->pins.n; i++) {
        const struct jit_pin *p = &j->layout->pins.pin[i];
        if (p->offset == offset && p->size == size) return p->reg;
        if (p->offset < offset + size && offset < p->offset + p->size) return JIT_PARTLY;
    }
    return JIT_NOREG;
}

/* The instruction that makes r if r is used once and made in this block; NULL otherwise. */
static inline const struct ir_insn *only_user(const struct jit *j, ir_ref r, u32 first)
{
    return jit_made(r) && r >= first && j->uses[r] == 1 ? &j->insns[r] : NULL;
}

/* The same if that is an `op`. */
static inline const struct ir_insn *sole(const struct jit *j, ir_ref r, enum ir_op op, u32 first)
{
    if (!jit_made(r) || r < first) return NULL;
    const struct ir_insn *d = &j->insns[r];
    return d->op == op && j->uses[r] == 1 ? d : NULL;
}

static inline void use(struct jit *j, struct jinsn *ji, u32 n, ir_ref r, u32 at)
{
    ji->ref[n] = r;
    if (!jit_made(r)) return;
    struct jval *v = &j->val[r];
    u32 next = v->next;
    v->next = at;
    ji->nxt[n] = next;
    ji->values |= (u8)(1u << n);
    if (next == JIT_NEVER) ji->dies |= (u8)(1u << n);
}

/* r without a truncation to `t` or narrower that is only made for this use. */
static ir_ref past_trunc(struct jit *j, ir_ref r, u32 first)
{
    const struct ir_insn *d = sole(j, r, IR_OP_trunc, first);
    if (!d || d->type == IR_b1 || jit_is_fp(jit_type(j, d->a))) return r;
    j->flag[r] |= JI_SKIP;
    return d->a;
}

/* For a user that looks at 32 bits and no more: what r is the low half of, or r. */
static ir_ref low_half(const struct jit *j, ir_ref r, u32 first)
{
    if (!jit_made(r) || r < first) return r;
    const struct ir_insn *d = &j->insns[r];
    bool half = d->op == IR_OP_trunc && d->type == IR_i32 && !ir_is_const(d->a) && jit_type(j, d->a) == IR_i64;
    return half ? d->a : r;
}

static inline void forget_hints(struct jit *j)
{
    j->pending = 0;
}

/* The second summand as the index of an address; if it is shifted by no more than the host can. */
__attribute__((noinline)) static ir_ref fold_index(struct jit *j, struct jinsn *ji, ir_ref index, u32 first)
{
    const struct ir_insn *s = sole(j, index, IR_OP_shl, first);
    if (!s || !jit_plain(j, s->b) || jit_const(j, s->b) > 3) return index;
    j->flag[index] |= JI_SKIP;
    ji->scale = (u8)jit_const(j, s->b);
    return s->a;
}

/* Takes sums apart into base + index * scale + disp. */
static inline void fold_address(struct jit *j, struct jinsn *ji, u8 *flag, ir_ref addr, bool indexed, u32 first)
{
    ir_ref base = addr, index = IR_NONE;
    bool wide = jit_type(j, addr) == IR_i64;
    s64 disp = 0;
    ji->scale = 0;
    for (;;) {
        const struct ir_insn *d = only_user(j, base, first);
        if (!d || (d->op != IR_OP_add && d->op != IR_OP_sub)) break;
        bool minus = d->op == IR_OP_sub;
        if (jit_rel(j, d->b)) break;
        if (ir_is_const(d->b)) {
            s64 k = wide ? (s64)jit_const(j, d->b) : (s32)jit_const(j, d->b);
            s64 sum = (s64)((u64)disp + (minus ? 0 - (u64)k : (u64)k));
            if (wide && sum != (s32)sum) break;
            disp = wide ? sum : (s32)sum;
        } else if (!minus && indexed && index == IR_NONE) {
            index = fold_index(j, ji, d->b, first);
        } else {
            break;
        }
        j->flag[base] |= JI_SKIP;
        base = d->a;
        *flag |= JI_SUM;
    }
    ji->disp = (s32)disp;
    ji->ref[0] = wide ? base : low_half(j, base, first);
    if (index == IR_NONE) {
        if (ji->ref[0] != base) *flag |= JI_LOW;
        return;
    }
    ji->ref[3] = wide ? index : low_half(j, index, first);
    if (ji->ref[0] != base || ji->ref[3] != index) *flag |= JI_LOW;
}

static void scan_address(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at, u32 first)
{
    bool plain = x->op == IR_OP_load || x->op == IR_OP_store;
    forget_hints(j);
    fold_address(j, ji, &j->flag[at], x->a, plain && !(x->flags & (IR_MEM_ALIGN | IR_MEM_ALIGN4)), first);
    if (ji->ref[3] != IR_NONE) use(j, ji, 3, ji->ref[3], at);
}

/* An extension of a load that nothing else uses is made by the load. True if so. */
static bool fuse_load(struct jit *j, const struct ir_insn *x, u32 at, u32 first)
{
    const struct ir_insn *d = sole(j, x->a, IR_OP_load, first);
    if (!d || d->type == IR_b1 || jit_is_fp(d->type) || jit_is_fp(x->type)) return false;
    if ((d->flags & IR_MEM_BE) && d->type != IR_i16 && !(d->type == IR_i32 && x->op == IR_OP_zext))
        return false;
    j->flag[x->a] |= JI_EXT;
    j->ji[x->a].as = at;
    j->flag[at] |= JI_SKIP;
    return true;
}

static ir_ref shift_amount(struct jit *j, u8 *flag, const struct ir_insn *x, u32 first)
{
    u32 width = ir_type_bits[x->type];
    const struct ir_insn *d = sole(j, x->b, IR_OP_and, first);
    bool rotate = x->op == IR_OP_ror || x->op == IR_OP_rol;
    if (rotate) *flag |= JI_MASKED;
    if (!d || width < 32 || !jit_plain(j, d->b)) return x->b;
    u64 k = jit_const(j, d->b);
    if (k != width - 1 && !(rotate && (k & (width - 1)) == width - 1)) return x->b;
    *flag |= JI_MASKED;
    j->flag[x->b] |= JI_SKIP;
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

static inline bool sums(enum ir_op op)
{
    return op == IR_OP_add || op == IR_OP_sub || op == IR_OP_adc || op == IR_OP_sbb;
}

/* Is x answered by the flags that a sum shortly before leaves? Then its operands need not live until here. */
static bool served(struct jit *j, const struct ir_insn *x, u32 at, u32 first)
{
    u32 asked[JIT_FLAGS_REACH], n = 0;
    for (u32 k = at; k-- > first && at - k < JIT_FLAGS_REACH;) {
        const struct ir_insn *y = &j->insns[k];
        if (j->flag[k] & JI_SKIP) continue; /* folded into its user */
        if (sums(y->op) && answers(y, x) && (y->type == IR_i32 || y->type == IR_i64)) {
            for (u32 m = 0; m < n; m++) { /* what lies between must be answered by it too */
                const struct ir_insn *z = &j->insns[asked[m]];
                bool of_result = z->a == k && jit_plain(j, z->b) && jit_const(j, z->b) == 0 &&
                                 (z->op == IR_OP_eq || z->op == IR_OP_ne || z->op == IR_OP_slt);
                if (!answers(y, z) && !of_result) return false;
            }
            j->flag[k] |= JI_KEEP;
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
    j->flag[r] |= JI_SKIP;
    return d->a;
}

static void want_in_pin(struct jit *j, u8 pin, ir_ref v, u32 first)
{
    j->pending &= ~(1u << pin);
    if (ir_is_const(v) || v < first || pin == j->wbase) return; /* windowed aliases hang on the base */
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

/* What a put writes, and its type. */
static inline ir_ref put_operand(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 first)
{
    ji->type = (u8)jit_type(j, x->b);
    if (likely(ji->type != IR_i8)) return x->b;
    ir_ref v = byte_of_bool(j, x->b, first);
    if (v != x->b) ji->type = IR_b1;
    return v;
}

static void scan_put(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at, u32 first)
{
    ir_ref v = put_operand(j, ji, x, first);
    u8 pin = ji->pin = jit_slot_pin(j, x->a, jit_bytes(ji->type));
    if (pin == JIT_PARTLY)
        forget_hints(j);
    else if (pin != JIT_NOREG)
        want_in_pin(j, pin, v, first);
    use(j, ji, 1, v, at);
}

static void scan_get(struct jit *j, struct jinsn *ji, const struct ir_insn *x)
{
    u8 pin = ji->pin = jit_slot_pin(j, x->a, jit_bytes(x->type));
    if (pin == JIT_PARTLY)
        forget_hints(j);
    else if (pin != JIT_NOREG)
        j->pending &= ~(1u << pin);
}

static void scan_args(struct jit *j, const struct ir_insn *x, u32 at)
{
    struct ir_insn copy = *x;
    struct ir_uses it = ir_uses(j->u, &copy);
    for (u32 *a = it.arg_end; a && a-- > it.arg;) {
        if (!jit_made(*a)) continue;
        j->side_nxt[a - j->u->side] = j->val[*a].next;
        j->val[*a].next = at;
    }
}

/* A key that is only an i32 extended: a register holds it extended already. */
static ir_ref key_operand(struct jit *j, ir_ref key, u32 first)
{
    const struct ir_insn *d = sole(j, key, IR_OP_zext, first);
    if (!d || jit_type(j, d->a) != IR_i32) return key;
    j->flag[key] |= JI_SKIP;
    return d->a;
}

static void scan_operands(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at)
{
    u32 m = ir_op_values[x->op];
    if (m & 4) use(j, ji, 2, x->c, at);
    if (m & 2) use(j, ji, 1, x->b, at);
    if (m & 1) use(j, ji, 0, x->a, at);
}

/* Operands of which only the low halves are read. */
static void scan_low(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at, u32 first)
{
    use(j, ji, 1, low_half(j, x->b, first), at);
    use(j, ji, 0, low_half(j, x->a, first), at);
}

static void scan_extension(struct jit *j, struct jinsn *ji, const struct ir_insn *x, u32 at, u32 first)
{
    if (fuse_load(j, x, at, first)) return; /* the value is made where the load stands, which is then asked for it */
    ir_ref a = past_trunc(j, x->a, first);
    if (a != x->a) {
        j->flag[at] |= JI_NARROW;
        ji->as = jit_type(j, x->a);
    }
    use(j, ji, 0, a, at);
}

/* How the walk looks at an op. What stands before PLAIN is not made if nobody uses it. */
enum scan {
    SCAN_OTHER, /* no way of its own; dropped if it is pure */
    SCAN_GET,
    SCAN_GETW,
    SCAN_LOGIC,
    SCAN_SHIFT,
    SCAN_EXTEND,
    SCAN_CARRY,
    SCAN_COMPARE,
    SCAN_NOP,
    SCAN_PLAIN,
    SCAN_MARK,
    SCAN_PUT,
    SCAN_PUTW,
    SCAN_LOAD,
    SCAN_STORE,
    SCAN_ATOMIC,
    SCAN_FORGET,
    SCAN_ARGS,
    SCAN_KEY,
};
static const u8 scan_of[IR_OP_COUNT] = {
    [IR_OP_nop] = SCAN_NOP,          [IR_OP_insn] = SCAN_MARK,       [IR_OP_param] = SCAN_MARK,
    [IR_OP_get] = SCAN_GET,          [IR_OP_getw] = SCAN_GETW,       [IR_OP_put] = SCAN_PUT,
    [IR_OP_putw] = SCAN_PUTW,        [IR_OP_rebase] = SCAN_FORGET,   [IR_OP_poll] = SCAN_FORGET,
    [IR_OP_add] = SCAN_LOGIC,        [IR_OP_sub] = SCAN_LOGIC,       [IR_OP_and] = SCAN_LOGIC,
    [IR_OP_or] = SCAN_LOGIC,         [IR_OP_xor] = SCAN_LOGIC,       [IR_OP_shl] = SCAN_SHIFT,
    [IR_OP_shr] = SCAN_SHIFT,        [IR_OP_sar] = SCAN_SHIFT,       [IR_OP_ror] = SCAN_SHIFT,
    [IR_OP_rol] = SCAN_SHIFT,        [IR_OP_zext] = SCAN_EXTEND,     [IR_OP_sext] = SCAN_EXTEND,
    [IR_OP_add_c] = SCAN_CARRY,      [IR_OP_add_v] = SCAN_CARRY,     [IR_OP_sub_v] = SCAN_CARRY,
    [IR_OP_adc_c] = SCAN_CARRY,      [IR_OP_adc_v] = SCAN_CARRY,     [IR_OP_sbb_c] = SCAN_CARRY,
    [IR_OP_sbb_v] = SCAN_CARRY,      [IR_OP_eq] = SCAN_COMPARE,      [IR_OP_ne] = SCAN_COMPARE,
    [IR_OP_ult] = SCAN_COMPARE,      [IR_OP_ule] = SCAN_COMPARE,     [IR_OP_slt] = SCAN_COMPARE,
    [IR_OP_sle] = SCAN_COMPARE,      [IR_OP_load] = SCAN_LOAD,       [IR_OP_store] = SCAN_STORE,
    [IR_OP_cas] = SCAN_ATOMIC,       [IR_OP_rmw_xchg] = SCAN_ATOMIC, [IR_OP_rmw_add] = SCAN_ATOMIC,
    [IR_OP_rmw_and] = SCAN_ATOMIC,   [IR_OP_rmw_or] = SCAN_ATOMIC,   [IR_OP_rmw_xor] = SCAN_ATOMIC,
    [IR_OP_call] = SCAN_ARGS,        [IR_OP_br] = SCAN_ARGS,         [IR_OP_brc] = SCAN_ARGS,
    [IR_OP_exit] = SCAN_PLAIN,       [IR_OP_exit_ind] = SCAN_KEY,    [IR_OP_exit_ret] = SCAN_KEY,
    [IR_OP_exit_call] = SCAN_KEY,    [IR_OP_exit_sys] = SCAN_PLAIN,  [IR_OP_exit_trap] = SCAN_PLAIN,
};

/* Is nobody interested in the value that x, of the kind k, would make, nor in its flags? */
static inline bool idle(const struct jit *j, const struct ir_insn *x, enum scan k, u32 at, u8 flag)
{
    if (k >= SCAN_PLAIN || j->val[at].next != JIT_NEVER || (flag & JI_KEEP)) return false;
    return k != SCAN_OTHER || (ir_ops[x->op].effects & IR_EFF_PURE);
}

static inline void scan_insn(struct jit *j, const struct ir_insn *x, enum scan k, u8 *flag, u32 at, u32 first)
{
    struct jinsn *ji = &j->ji[at];
    for (int n = 0; n < 4; n++) ji->ref[n] = IR_NONE;
    ji->values = ji->dies = 0;
    settle_hint(j, at);
    switch (k) {
    case SCAN_GET: scan_get(j, ji, x); return;
    case SCAN_PUT: scan_put(j, ji, x, at, first); return;
    case SCAN_PUTW: use(j, ji, 1, put_operand(j, ji, x, first), at); return;
    case SCAN_LOAD:
        if (*flag & JI_EXT) settle_hint(j, ji->as);
        scan_address(j, ji, x, at, first);
        use(j, ji, 0, ji->ref[0], at);
        return;
    case SCAN_STORE:
        scan_address(j, ji, x, at, first);
        use(j, ji, 1, past_trunc(j, x->b, first), at);
        use(j, ji, 0, ji->ref[0], at);
        return;
    case SCAN_ATOMIC:
        scan_address(j, ji, x, at, first);
        if (x->op == IR_OP_cas) use(j, ji, 2, x->c, at);
        use(j, ji, 1, x->b, at);
        use(j, ji, 0, ji->ref[0], at);
        return;
    case SCAN_LOGIC:
        if (x->type != IR_i32) break;
        scan_low(j, ji, x, at, first);
        return;
    case SCAN_SHIFT:
        if (x->type != IR_i32 && x->type != IR_i64) break;
        use(j, ji, 1, shift_amount(j, flag, x, first), at);
        use(j, ji, 0, x->a, at);
        return;
    case SCAN_EXTEND: scan_extension(j, ji, x, at, first); return;
    case SCAN_CARRY:
    case SCAN_COMPARE:
        if (served(j, x, at, first)) {
            *flag |= JI_SERVED;
            return;
        }
        if (k == SCAN_CARRY || jit_type(j, x->a) != IR_i32) break;
        scan_low(j, ji, x, at, first);
        return;
    case SCAN_KEY: use(j, ji, 0, key_operand(j, x->a, first), at); return;
    case SCAN_FORGET: forget_hints(j); break;
    case SCAN_ARGS:
        forget_hints(j);
        scan_args(j, x, at);
        break;
    default: break;
    }
    scan_operands(j, ji, x, at);
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
    if (j->live_words) scan_begin(j, b);
    const u32 first = blk->first;
    forget_hints(j);
    const struct ir_insn *x = &j->insns[blk->end];
    for (u8 *flag = &j->flag[blk->end], *begin = &j->flag[first]; flag-- > begin;) {
        x--;
        if (*flag & JI_SKIP) continue;
        const enum scan k = (enum scan)scan_of[x->op];
        if (k == SCAN_MARK) continue;
        const u32 at = (u32)(flag - j->flag);
        if (idle(j, x, k, at, *flag))
            *flag |= JI_SKIP;
        else
            scan_insn(j, x, k, flag, at, first);
    }
}
