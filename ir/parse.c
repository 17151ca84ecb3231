/* Reads the text form. What stands there is built as it stands, nothing is folded; whether it makes sense is
 * the verifier's question. Any text gives a unit or an error, so this is safe on hostile input.
 *
 * Values may be used before the line that defines them: while reading, an operand holds the number in the
 * value's name, and a last walk puts the instruction's index in its place. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "ir/lex.h"
#include "ir/names.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"
#include <errno.h>
#include <string.h>

enum { MAX_NAME = 1 << 20, MAX_BLOCK = 1 << 16, MAX_ARGS = 64 };

struct parser {
    struct lex lex;
    struct ir_unit *u;
    u32 *value; /* by number of a name: index of the instruction + 1 */
    u32 nvalues;
    u32 *line; /* by instruction */
    u32 nlines;
};

struct list {
    u32 n;
    ir_ref v[MAX_ARGS];
};

/* --- words --- */

static bool parse_type(struct parser *p, enum ir_type *t)
{
    char word[16];
    if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected a type");
    for (*t = IR_b1; *t < IR_TYPE_COUNT; ++*t)
        if (strcmp(word, ir_type_name[*t]) == 0) return true;
    return lex_fail(&p->lex, "no type '%s'", word);
}

static bool parse_u64(struct parser *p, u64 *v)
{
    u128 n;
    if (!lex_number(&p->lex, &n)) return false;
    *v = (u64)n;
    s128 s = (s128)n;
    return (s >= INT64_MIN && (s < 0 || n <= ~(u64)0)) || lex_fail(&p->lex, "number needs more than 64 bits");
}

static bool parse_u32(struct parser *p, u32 *v)
{
    u64 n;
    if (!parse_u64(p, &n)) return false;
    *v = (u32)n;
    return ((s64)n >= INT32_MIN && (s64)n <= UINT32_MAX) ||
           lex_fail(&p->lex, "number needs more than 32 bits");
}

static bool parse_const(struct parser *p, enum ir_type def, ir_ref *r)
{
    u128 n;
    enum ir_type t = def;
    bool rel = lex_take(&p->lex, '@');
    if (!lex_number(&p->lex, &n)) return false;
    if (lex_take(&p->lex, ':')) {
        if (!parse_type(p, &t)) return false;
    } else if (def == IR_none) {
        return lex_fail(&p->lex, "a constant needs its type here, as in 1:i32");
    }
    u32 bits = ir_type_bits[t];
    if (bits < 128) {
        s128 s = (s128)n;
        bool fits = n >> bits == 0 || (s < 0 && s >= -((s128)1 << (bits - 1)));
        if (!fits) return lex_fail(&p->lex, "constant does not fit %s", ir_type_name[t]);
    }
    if (rel && t != IR_i32 && t != IR_i64)
        return lex_fail(&p->lex, "an address constant is an i32 or i64, not %s", ir_type_name[t]);
    if (rel && t == IR_i32 && p->u->layout && p->u->layout->addr_bits != 32)
        return lex_fail(&p->lex, "an address constant is an i64 here");
    *r = rel ? ir_addr(p->u, t, (u64)n) : ir_const128(p->u, t, (u64)n, (u64)(n >> 64));
    return true;
}

static bool parse_value(struct parser *p, enum ir_type def, ir_ref *r)
{
    if (lex_indexed(&p->lex, 'v', MAX_NAME, r)) return true;
    return parse_const(p, def, r);
}

/* The type a bare number has in an operand of this kind; none: it must say. */
static enum ir_type default_type(char kind)
{
    switch (kind) {
    case 'b': return IR_b1;
    case 'w': return IR_i32;
    case 'y': return IR_i8;
    case 'c':
    case 'd': return IR_i64;
    default: return IR_none;
    }
}

/* "(v1, v2)" or, if optional, nothing. */
static bool parse_list(struct parser *p, struct list *list, bool optional)
{
    list->n = 0;
    if (!lex_take(&p->lex, '(')) return optional || lex_fail(&p->lex, "expected '('");
    if (lex_take(&p->lex, ')')) return true;
    do {
        if (list->n == MAX_ARGS) return lex_fail(&p->lex, "more than %d arguments", MAX_ARGS);
        if (!parse_value(p, IR_none, &list->v[list->n++])) return false;
    } while (lex_take(&p->lex, ','));
    return lex_want(&p->lex, ')');
}

static bool parse_slot(struct parser *p, u32 *offset)
{
    char word[64];
    const struct ir_layout *l = p->u->layout;
    u32 distance;
    if (lex_take(&p->lex, '@')) return parse_u32(p, offset);
    lex_blanks(&p->lex);
    if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected a slot");
    for (u32 i = 0; l && i < l->nslots; i++) {
        if (strcmp(l->slots[i].name, word) != 0) continue;
        *offset = l->slots[i].offset;
        if (!lex_take(&p->lex, '+')) return true;
        if (!parse_u32(p, &distance)) return false;
        *offset += distance;
        return true;
    }
    return lex_fail(&p->lex, "no slot '%s'", word);
}

/* --- instructions --- */

static bool parse_op(struct parser *p, u32 *op)
{
    char word[24];
    lex_blanks(&p->lex);
    if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected an op");
    for (*op = 0; *op < IR_OP_COUNT; ++*op)
        if (strcmp(word, ir_ops[*op].name) == 0) return true;
    return lex_fail(&p->lex, "no op '%s'", word);
}

static bool parse_flags(struct parser *p, enum ir_op op, u8 *flags)
{
    char word[16];
    for (*flags = 0; *p->lex.p == '.';) {
        p->lex.p++;
        const struct flag_name *f = flag_names(op);
        if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected a flag");
        while (f && f->name && strcmp(f->name, word) != 0) f++;
        if (!f || !f->name) return lex_fail(&p->lex, "no flag '%s' on %s", word, ir_ops[op].name);
        *flags |= f->value;
    }
    return true;
}

static bool parse_fence(struct parser *p, u32 *mask)
{
    char word[8];
    *mask = 0;
    do {
        lex_blanks(&p->lex);
        if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected ll, ls, sl or ss");
        if (strcmp(word, "none") == 0) return true;
        const struct flag_name *f = fence_names;
        while (f->name && strcmp(f->name, word) != 0) f++;
        if (!f->name) return lex_fail(&p->lex, "no fence '%s'", word);
        *mask |= f->value;
    } while (lex_take(&p->lex, '|'));
    return true;
}

static bool parse_call(struct parser *p, struct ir_insn *i)
{
    char word[64];
    struct list args;
    const struct ir_layout *l = p->u->layout;
    lex_blanks(&p->lex);
    if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected a helper");
    for (i->a = 0; l && i->a < l->nhelpers; i->a++)
        if (strcmp(l->helpers[i->a].name, word) == 0) break;
    if (!l || i->a == l->nhelpers) return lex_fail(&p->lex, "no helper '%s'", word);
    if (!parse_list(p, &args, false)) return false;
    i->b = side_reserve(p->u, args.n + 1);
    p->u->side[i->b] = args.n;
    memcpy(&p->u->side[i->b + 1], args.v, args.n * sizeof(u32));
    return true;
}

static bool parse_edge(struct parser *p, u32 *block, struct list *args)
{
    if (!lex_indexed(&p->lex, 'b', MAX_BLOCK, block)) return lex_fail(&p->lex, "expected a block");
    return parse_list(p, args, true);
}

static bool parse_br(struct parser *p, struct ir_insn *i)
{
    struct list args;
    if (!parse_edge(p, &i->a, &args)) return false;
    i->b = side_reserve(p->u, args.n);
    i->c = args.n;
    memcpy(&p->u->side[i->b], args.v, args.n * sizeof(u32));
    return true;
}

static bool parse_brc(struct parser *p, struct ir_insn *i)
{
    struct list yes, no;
    u32 block[2];
    bool ok = parse_value(p, IR_b1, &i->a) && lex_want(&p->lex, ',') && parse_edge(p, &block[0], &yes) &&
              lex_want(&p->lex, ',') && parse_edge(p, &block[1], &no);
    if (!ok) return false;
    i->b = side_reserve(p->u, 2 + yes.n + no.n);
    i->c = yes.n | no.n << 16;
    memcpy(&p->u->side[i->b], block, sizeof block);
    memcpy(&p->u->side[i->b + 2], yes.v, yes.n * sizeof(u32));
    memcpy(&p->u->side[i->b + 2 + yes.n], no.v, no.n * sizeof(u32));
    return true;
}

/* Operands by the letters of the signature. `insn` may lack its second; a slot's number is a slot. */
static bool parse_general(struct parser *p, struct ir_insn *i)
{
    u32 *field[3] = {&i->a, &i->b, &i->c};
    const char *kind = ir_ops[i->op].sig + 2;
    bool slots = i->op == IR_OP_get || i->op == IR_OP_put;
    for (int k = 0; kind[k] && kind[k] != '-'; k++) {
        if (k && !lex_take(&p->lex, ',')) {
            if (i->op != IR_OP_insn) return lex_fail(&p->lex, "expected ','");
            i->b = ir_i64(p->u, 0);
            return true;
        }
        bool ok = kind[k] == 'n' ? slots ? parse_slot(p, field[k]) : parse_u32(p, field[k])
                                 : parse_value(p, default_type(kind[k]), field[k]);
        if (!ok) return false;
    }
    return true;
}

static bool parse_operands(struct parser *p, struct ir_insn *i)
{
    i->a = i->b = i->c = IR_NONE;
    switch (i->op) {
    case IR_OP_fence: return parse_fence(p, &i->a);
    case IR_OP_call: return parse_call(p, i);
    case IR_OP_br: return parse_br(p, i);
    case IR_OP_brc: return parse_brc(p, i);
    case IR_OP_param: return lex_fail(&p->lex, "a parameter stands in its block's head");
    default: return parse_general(p, i);
    }
}

/* Appends and, if it has a name, enters it. */
static bool define(struct parser *p, const struct ir_insn *i, u32 name)
{
    struct ir_unit *u = p->u;
    if (u->builder->closed) return lex_fail(&p->lex, "after the block's terminator");
    u32 at = append(u, i->op, i->type, i->flags, i->a, i->b, i->c);
    if (at >= p->nlines) {
        u32 *line = arena_array(u->arena, u32, at * 2 + 64);
        if (at) memcpy(line, p->line, at * sizeof(u32));
        p->line = line;
        p->nlines = at * 2 + 64;
    }
    p->line[at] = p->lex.line;
    if (i->op == IR_OP_insn) u->guest_insns++;
    if (i->type == IR_none) return true;
    if (name >= p->nvalues) {
        u32 *value = arena_array(u->arena, u32, name * 2 + 64);
        if (p->nvalues) memcpy(value, p->value, p->nvalues * sizeof(u32));
        p->value = value;
        p->nvalues = name * 2 + 64;
    }
    if (p->value[name]) return lex_fail(&p->lex, "v%u is defined twice", name);
    p->value[name] = at + 1;
    return true;
}

static bool parse_insn(struct parser *p)
{
    struct ir_insn i = {.type = IR_none};
    enum ir_type t = IR_none;
    u32 name = 0, op = 0;
    if (lex_indexed(&p->lex, 'v', MAX_NAME, &name))
        if (!lex_want(&p->lex, ':') || !parse_type(p, &t) || !lex_want(&p->lex, '=')) return false;
    if (!parse_op(p, &op)) return false;
    i.op = (u16)op;
    i.type = (u8)t;
    bool yields = ir_ops[op].sig[0] != '-';
    if (op != IR_OP_call && yields != (t != IR_none))
        return lex_fail(&p->lex, "%s %s", ir_ops[op].name,
                        yields ? "yields a value: v1:type = …" : "yields no value");
    return parse_flags(p, op, &i.flags) && parse_operands(p, &i) && define(p, &i, name);
}

/* --- blocks and the unit --- */

static bool parse_params(struct parser *p, u32 block)
{
    if (!lex_take(&p->lex, '(')) return true;
    do {
        struct ir_insn i = {
            .op = IR_OP_param, .a = p->u->blocks[block].nparams++, .b = IR_NONE, .c = IR_NONE};
        enum ir_type t;
        u32 name;
        if (!lex_indexed(&p->lex, 'v', MAX_NAME, &name)) return lex_fail(&p->lex, "expected a parameter");
        if (!lex_want(&p->lex, ':') || !parse_type(p, &t)) return false;
        i.type = (u8)t;
        if (!define(p, &i, name)) return false;
    } while (lex_take(&p->lex, ','));
    return lex_want(&p->lex, ')');
}

static bool parse_head(struct parser *p, u32 block)
{
    struct ir_unit *u = p->u;
    if (u->ninsns == 0) {
        if (block != 0) return lex_fail(&p->lex, "the first block must be b0");
        return parse_params(p, block) && lex_want(&p->lex, ':');
    }
    while (u->nblocks <= block) ir_block(u);
    if (!u->builder->closed) return lex_fail(&p->lex, "b%u has no terminator", u->cur);
    if (u->builder->blocks[block] & BLOCK_PLACED) return lex_fail(&p->lex, "b%u stands there twice", block);
    ir_place(u, block);
    return parse_params(p, block) && lex_want(&p->lex, ':');
}

static bool parse_line(struct parser *p)
{
    u32 block;
    if (lex_indexed(&p->lex, 'b', MAX_BLOCK, &block)) {
        if (!parse_head(p, block)) return false;
    } else {
        if (!parse_insn(p)) return false;
    }
    lex_blanks(&p->lex);
    return *p->lex.p == '\n' || *p->lex.p == '}' || lex_fail(&p->lex, "expected the end of the line");
}

static bool parse_attribute(struct parser *p)
{
    struct ir_unit *u = p->u;
    char word[24];
    u64 v;
    if (!lex_word(&p->lex, word, sizeof word)) return lex_fail(&p->lex, "expected '{'");
    if (!lex_want(&p->lex, '=')) return false;
    if (strcmp(word, "key") == 0) u->rel = lex_take(&p->lex, '@');
    if (!parse_u64(p, &v)) return false;
    if (strcmp(word, "key") == 0)
        u->key = v;
    else if (strcmp(word, "nan_rule") == 0)
        u->fp.nan_rule = (u8)v;
    else if (strcmp(word, "convert") == 0)
        u->fp.convert = (u8)v;
    else if (strcmp(word, "tininess") == 0)
        u->fp.tininess = (u8)v;
    else if (strcmp(word, "default_nan") == 0)
        u->fp.default_nan = (u8)v;
    else if (strcmp(word, "no_flush") == 0)
        u->fp.no_flush = (u8)v;
    else if (strcmp(word, "guest") == 0) {
        u->guest_lo = v;
        return lex_want(&p->lex, '.') && lex_want(&p->lex, '.') && parse_u64(p, &u->guest_hi);
    } else
        return lex_fail(&p->lex, "no attribute '%s'", word);
    return true;
}

static bool parse_unit(struct parser *p)
{
    char word[8];
    struct lex *l = &p->lex;
    lex_lines(l);
    if (!lex_word(l, word, sizeof word) || strcmp(word, "unit") != 0) return lex_fail(l, "expected 'unit'");
    while (!lex_take(l, '{')) {
        lex_blanks(l);
        if (!parse_attribute(p)) return false;
    }
    for (lex_lines(l); !lex_take(l, '}'); lex_lines(l)) {
        if (!*l->p) return lex_fail(l, "expected '}'");
        if (!parse_line(p)) return false;
    }
    if (!p->u->builder->closed) return lex_fail(l, "b%u has no terminator", p->u->cur);
    lex_lines(l);
    return !*l->p || lex_fail(l, "text after the unit");
}

/* Names to indices. */
static bool resolve(struct parser *p)
{
    struct ir_unit *u = p->u;
    for (u32 i = 0; i < u->ninsns; i++) {
        struct ir_uses uses = ir_uses(u, &u->insns[i]);
        for (ir_ref *r; (r = ir_next_use(&uses)) != NULL;) {
            if (ir_is_const(*r)) continue;
            p->lex.line = p->line[i];
            if (*r >= p->nvalues || !p->value[*r]) return lex_fail(&p->lex, "v%u is not defined", *r);
            *r = p->value[*r] - 1;
        }
    }
    return true;
}

int ir_parse(struct ir_unit *u, struct arena *arena, const struct ir_layout *layout, const char *text,
             char *err, size_t errsize)
{
    struct parser p = {.lex = {.p = text, .line = 1, .err = err, .errsize = errsize}, .u = u};
    ir_unit_init(u, arena, layout, 0);
    u->builder->raw = true;
    bool ok = parse_unit(&p) && resolve(&p);
    u->builder->raw = false;
    return ok ? 0 : -EINVAL;
}
