/* The verifier's rules for one instruction: types by signature, what signatures cannot say, slots, helpers.
 */
#include "ir/verify.h"
#include "ir/builder.h"
#include "ir/cpu.h"
#include <string.h>

static enum ir_class class_of(enum ir_type t)
{
    return ir_type_class[t];
}

/* --- by signature --- */

static bool matches(struct verifier *v, u32 i, char kind, enum ir_type t, enum ir_type *bound_s,
                    enum ir_type *bound_t)
{
    switch (kind) {
    case 'b': return t == IR_b1 || verify_fail(v, i, "an operand must be b1");
    case 'w': return t == IR_i32 || verify_fail(v, i, "an operand must be i32");
    case 'd':
    case 'c': return t == IR_i64 || verify_fail(v, i, "an operand must be i64");
    case 'y': return t == IR_i8 || verify_fail(v, i, "an operand must be i8");
    case 'a': return t == IR_i32 || t == IR_i64 || verify_fail(v, i, "an address must be i32 or i64");
    case 's':
    case 't': {
        enum ir_type *bound = kind == 's' ? bound_s : bound_t;
        if (*bound == IR_none) *bound = t;
        return *bound == t ||
               verify_fail(v, i, "%s and %s do not agree", ir_type_name[*bound], ir_type_name[t]);
    }
    default: return true;
    }
}

static bool by_signature(struct verifier *v, u32 i, enum ir_type *s, enum ir_type *t)
{
    const struct ir_insn *n = &v->u->insns[i];
    const char *sig = ir_ops[n->op].sig;
    const u32 operand[3] = {n->a, n->b, n->c};
    *s = IR_none;
    *t = IR_none;
    if ((sig[0] == '-') != (n->type == IR_none) && n->op != IR_OP_call)
        return verify_fail(v, i, "type of the result");
    if (sig[0] != '-' && n->op != IR_OP_call && !matches(v, i, sig[0], n->type, s, t)) return false;
    for (int k = 0; sig[2 + k] && sig[2 + k] != '-'; k++)
        if (ir_kind_is_value(sig[2 + k]) && !matches(v, i, sig[2 + k], type_of(v->u, operand[k]), s, t))
            return false;
    return true;
}

/* --- beyond it --- */

/* Integer ops that exist for 128 bits. */
static bool is_simple(enum ir_op op)
{
    switch (op) {
    case IR_OP_add:
    case IR_OP_sub:
    case IR_OP_and:
    case IR_OP_or:
    case IR_OP_xor:
    case IR_OP_shl:
    case IR_OP_shr:
    case IR_OP_sar:
    case IR_OP_neg:
    case IR_OP_not:
    case IR_OP_eq:
    case IR_OP_ne: return true;
    default: return false;
    }
}

static bool int_op(struct verifier *v, u32 i, enum ir_op op, enum ir_type t)
{
    if (class_of(t) != IR_CLASS_INT) return verify_fail(v, i, "not for %s", ir_type_name[t]);
    if (t == IR_i128 && !is_simple(op)) return verify_fail(v, i, "not for i128");
    if (op == IR_OP_bswap && t < IR_i16) return verify_fail(v, i, "not for %s", ir_type_name[t]);
    return true;
}

static bool fp_type(struct verifier *v, u32 i, enum ir_type t)
{
    bool sign_only = v->u->insns[i].op == IR_OP_fneg || v->u->insns[i].op == IR_OP_fabs;
    if (class_of(t) != IR_CLASS_FLT) return verify_fail(v, i, "not for %s", ir_type_name[t]);
    if (t == IR_f80 && !sign_only) return verify_fail(v, i, "no arithmetic of f80");
    return true;
}

static bool conversion(struct verifier *v, u32 i, enum ir_op op, enum ir_type from, enum ir_type to)
{
    u32 f = ir_type_bits[from], t = ir_type_bits[to];
    bool ints = class_of(from) == IR_CLASS_INT && class_of(to) == IR_CLASS_INT;
    bool ok = op == IR_OP_trunc ? ints && t < f : op == IR_OP_bits ? t == f && from != to : ints && t > f;
    return ok || verify_fail(v, i, "from %s to %s", ir_type_name[from], ir_type_name[to]);
}

static bool fp_conversion(struct verifier *v, u32 i, enum ir_op op, enum ir_type from, enum ir_type to)
{
    bool to_fp = op == IR_OP_s2f || op == IR_OP_u2f, from_fp = op == IR_OP_f2s || op == IR_OP_f2u;
    enum ir_type integer = to_fp ? from : to;
    if ((to_fp || from_fp) &&
        (class_of(integer) != IR_CLASS_INT || integer == IR_b1 || ir_type_bits[integer] > 64))
        return verify_fail(v, i, "from %s to %s", ir_type_name[from], ir_type_name[to]);
    if (op == IR_OP_fcvt && from == to) return verify_fail(v, i, "from %s to itself", ir_type_name[from]);
    return (to_fp || fp_type(v, i, from)) && (from_fp || fp_type(v, i, to));
}

static bool atomic(struct verifier *v, u32 i, enum ir_type t)
{
    return (class_of(t) == IR_CLASS_INT && t != IR_b1) || verify_fail(v, i, "not for %s", ir_type_name[t]);
}

static bool helper_arg(const char **p, enum ir_type *t)
{
    static const struct {
        const char *name;
        enum ir_type type;
    } types[] = {
        {"void", IR_none}, {"u32", IR_i32}, {"u64", IR_i64},
        {"f32", IR_f32},   {"f64", IR_f64}, {"cpu", IR_TYPE_COUNT},
    };
    size_t n = strcspn(*p, ":,");
    for (size_t k = 0; k < ARRAY_LEN(types); k++) {
        if (strlen(types[k].name) != n || memcmp(types[k].name, *p, n) != 0) continue;
        *t = types[k].type;
        *p += n;
        if (**p) ++*p;
        return true;
    }
    return false;
}

static bool call(struct verifier *v, u32 i)
{
    const struct ir_unit *u = v->u;
    const struct ir_insn *n = &u->insns[i];
    if (!u->layout || n->a >= u->layout->nhelpers) return verify_fail(v, i, "no helper %u", n->a);
    const struct ir_helper *h = &u->layout->helpers[n->a];
    const char *p = h->sig;
    const u32 *side = &u->side[n->b];
    enum ir_type t;
    u32 given = 0;
    if (!helper_arg(&p, &t) || t == IR_TYPE_COUNT)
        return verify_fail(v, i, "%s: signature \"%s\"", h->name, h->sig);
    if (t != n->type) return verify_fail(v, i, "%s yields %s", h->name, ir_type_name[t]);
    while (*p) {
        if (!helper_arg(&p, &t) || t == IR_none)
            return verify_fail(v, i, "%s: signature \"%s\"", h->name, h->sig);
        if (t == IR_TYPE_COUNT) continue; /* cpu */
        if (given == side[0]) return verify_fail(v, i, "%s: too few arguments", h->name);
        if (type_of(u, side[1 + given]) != t)
            return verify_fail(v, i, "%s: argument %u must be %s", h->name, given, ir_type_name[t]);
        given++;
    }
    return given == side[0] || verify_fail(v, i, "%s: too many arguments", h->name);
}

bool verify_types(struct verifier *v, u32 i)
{
    const struct ir_insn *n = &v->u->insns[i];
    enum ir_type s, t;
    if (!by_signature(v, i, &s, &t)) return false;
    switch (n->op) {
    case IR_OP_zext:
    case IR_OP_sext:
    case IR_OP_trunc:
    case IR_OP_bits: return conversion(v, i, n->op, s, t);
    case IR_OP_pair:
        if ((s == IR_i32 && t == IR_i64) || (s == IR_i64 && t == IR_i128)) return true;
        return verify_fail(v, i, "a pair of %s as %s", ir_type_name[s], ir_type_name[t]);
    case IR_OP_fcvt:
    case IR_OP_s2f:
    case IR_OP_u2f:
    case IR_OP_f2s:
    case IR_OP_f2u: return fp_conversion(v, i, n->op, s, t);
    case IR_OP_fcmp:
    case IR_OP_fcmps: return fp_type(v, i, s);
    case IR_OP_fneg:
    case IR_OP_fabs: return fp_type(v, i, t);
    case IR_OP_select: return true;
    case IR_OP_cas:
    case IR_OP_rmw_xchg:
    case IR_OP_rmw_add:
    case IR_OP_rmw_and:
    case IR_OP_rmw_or:
    case IR_OP_rmw_xor: return atomic(v, i, t);
    case IR_OP_fence: return n->a <= IR_FENCE_ALL || verify_fail(v, i, "mask %u", n->a);
    case IR_OP_exit_trap: return t == IR_i64 || verify_fail(v, i, "the detail must be i64");
    case IR_OP_call: return call(v, i);
    default: break;
    }
    if (ir_ops[n->op].effects & IR_EFF_FP) return t == IR_none || fp_type(v, i, t);
    if (ir_ops[n->op].effects & IR_EFF_PURE && n->op != IR_OP_nop) return int_op(v, i, n->op, t ? t : s);
    return true;
}

/* --- slots --- */

/* An access may be a slot, a part of one, or several whole ones; it may not cut a slot and reach out of it.
 */
static bool cuts(const struct ir_slot *s, u32 lo, u32 hi)
{
    u32 slo = s->offset, shi = s->offset + ir_type_size[s->type];
    bool apart = hi <= slo || shi <= lo, inside = slo <= lo && hi <= shi, around = lo <= slo && shi <= hi;
    return !apart && !inside && !around;
}

static bool windowed(struct verifier *v, u32 i)
{
    const struct ir_layout *l = v->u->layout;
    for (u32 k = 0; l && k < l->nslots; k++)
        if (l->slots[k].flags & IR_SLOT_WBASE && l->slots[k].offset == l->window_base) return true;
    return verify_fail(v, i, "the layout has no window base");
}

bool verify_slot(struct verifier *v, u32 i)
{
    const struct ir_insn *n = &v->u->insns[i];
    const struct ir_layout *l = v->u->layout;
    if (n->op == IR_OP_getw || n->op == IR_OP_putw || n->op == IR_OP_rebase) return windowed(v, i);
    if (n->op != IR_OP_get && n->op != IR_OP_put) return true;
    u32 size = ir_type_size[n->op == IR_OP_get ? n->type : type_of(v->u, n->b)];
    if (!l) return verify_fail(v, i, "there is no state");
    if (n->a < sizeof(((struct cpu_head *)0)->spill))
        return verify_fail(v, i, "offset %u is a spill cell", n->a);
    if (n->a > l->size || size > l->size - n->a)
        return verify_fail(v, i, "offset %u is outside the state", n->a);
    for (u32 k = 0; k < l->nslots; k++)
        if (cuts(&l->slots[k], n->a, n->a + size))
            return verify_fail(v, i, "cuts through slot %s", l->slots[k].name);
    return true;
}
