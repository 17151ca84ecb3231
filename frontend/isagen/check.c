/*
 * Proves that rows do not overlap by accident: two rows that some word matches must stand in a common `{ }`,
 * the nearest group around both. Also finds rows that can never match. Conditions count: what `f=c` fixes and
 * what `f!=c` excludes is taken into account where it follows from single bits.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

/* Bits that every word of a row (or of two rows together) has. */
struct cube {
    uint32_t known, value;
};

uint32_t isagen_field_mask(const struct field *f)
{
    uint32_t m = 0;
    for (unsigned i = 0; i < f->pieces; i++) m |= UINT32_MAX >> (32 - f->piece[i].len) << f->piece[i].pos;
    return m;
}

int64_t isagen_extract(const struct field *f, uint32_t word)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < f->pieces; i++)
        v = v << f->piece[i].len | (word >> f->piece[i].pos & UINT32_MAX >> (32 - f->piece[i].len));
    if (f->is_signed && v >> (f->bits - 1)) v -= UINT64_C(1) << f->bits;
    return (int64_t)(v << f->shift);
}

/* The bits of the word that give the field this value; false when no bits do. */
static bool deposit(const struct field *f, int64_t v, uint32_t *out)
{
    uint64_t raw = (uint64_t)v >> f->shift;
    *out = 0;
    for (unsigned i = f->pieces; i--;) {
        *out |= (uint32_t)(raw & UINT32_MAX >> (32 - f->piece[i].len)) << f->piece[i].pos;
        raw >>= f->piece[i].len;
    }
    return isagen_extract(f, *out) == v;
}

static bool operand_known(const struct operand *o, uint32_t known, uint32_t value, int64_t *out)
{
    if (!o->arg || o->arg->kind == ARG_CONST) {
        *out = o->arg ? o->arg->value : o->value;
        return true;
    }
    *out = isagen_extract(&o->arg->field, value);
    return !(isagen_field_mask(&o->arg->field) & ~known);
}

enum truth isagen_cond_truth(const struct cond *c, uint32_t known, uint32_t value)
{
    int64_t a, b;
    bool t = false;

    if (!operand_known(&c->lhs, known, value, &a) || !operand_known(&c->rhs, known, value, &b)) return MAYBE_;
    switch (c->op) {
    case OP_EQ: t = a == b; break;
    case OP_NE: t = a != b; break;
    case OP_LT: t = a < b; break;
    case OP_LE: t = a <= b; break;
    case OP_GT: t = a > b; break;
    case OP_GE: t = a >= b; break;
    }
    return t ? TRUE_ : FALSE_;
}

/* Adds the bits that `field=number` conditions settle. False: no word satisfies them. */
static bool pin(const struct pattern *p, struct cube *c)
{
    for (unsigned i = 0; i < p->conds; i++) {
        const struct cond *k = &p->cond[i];
        const struct operand *f = k->lhs.name ? &k->lhs : &k->rhs, *n = f == &k->lhs ? &k->rhs : &k->lhs;
        int64_t v;
        uint32_t bits, mask;
        if (k->op != OP_EQ || !f->arg || f->arg->kind == ARG_CONST || !operand_known(n, 0, 0, &v)) continue;
        mask = isagen_field_mask(&f->arg->field);
        if (!deposit(&f->arg->field, v, &bits) || (bits ^ c->value) & mask & c->known) return false;
        c->known |= mask;
        c->value |= bits;
    }
    return true;
}

static bool any_false(const struct pattern *p, const struct cube *c)
{
    for (unsigned i = 0; i < p->conds; i++)
        if (isagen_cond_truth(&p->cond[i], c->known, c->value) == FALSE_) return true;
    return false;
}

static bool row_cube(const struct row *r, struct cube *c)
{
    *c = (struct cube){r->p.fixed, r->p.value};
    return pin(&r->p, c) && !any_false(&r->p, c);
}

static bool overlap(const struct row *a, const struct row *b)
{
    if (a->p.fixed & b->p.fixed & (a->p.value ^ b->p.value)) return false;
    if ((a->p.need & b->p.forbid) || (b->p.need & a->p.forbid)) return false;
    struct cube c = {a->p.fixed | b->p.fixed, a->p.value | b->p.value};
    return pin(&a->p, &c) && pin(&b->p, &c) && !any_false(&a->p, &c) && !any_false(&b->p, &c);
}

/* Does every word of b match a? */
static bool covers(const struct row *a, const struct row *b)
{
    struct cube c;

    row_cube(b, &c);
    if (a->p.fixed & ~c.known || (a->p.value ^ c.value) & a->p.fixed) return false;
    if (a->p.need & ~b->p.need || a->p.forbid & ~b->p.forbid) return false;
    for (unsigned i = 0; i < a->p.conds; i++)
        if (isagen_cond_truth(&a->p.cond[i], c.known, c.value) != TRUE_) return false;
    return true;
}

static const struct group *common_group(const struct group *a, const struct group *b)
{
    while (a != b) {
        if (a->depth >= b->depth)
            a = a->up;
        else
            b = b->up;
    }
    return a;
}

static void check_pair(struct isagen *g, const struct row *a, const struct row *b)
{
    if (!overlap(a, b)) return;
    if (!common_group(a->group, b->group)->ordered)
        isagen_error(g, &b->loc, "'%s' overlaps '%s' at %s:%d (order them in { })", b->name, a->name,
                     a->loc.file, a->loc.line);
    else if (covers(a, b))
        isagen_error(g, &b->loc, "'%s' can never match: '%s' at %s:%d covers it", b->name, a->name,
                     a->loc.file, a->loc.line);
}

bool isagen_check(struct isagen *g)
{
    struct cube c;

    for (struct set *s = g->sets; s; s = s->next)
        for (struct row *r = s->row; r; r = r->next)
            if (!row_cube(r, &c))
                isagen_error(g, &r->loc, "'%s' can never match: its conditions contradict its bits", r->name);
    for (struct set *s = g->sets; s && !g->errors; s = s->next)
        for (struct row *a = s->row; a; a = a->next)
            for (struct row *b = a->next; b; b = b->next) check_pair(g, a, b);
    return !g->errors;
}
