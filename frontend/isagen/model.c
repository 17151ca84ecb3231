/*
 * Turns what parse.c collected into checked rows: merges every row with its format, resolves fields,
 * features, attribute words, conditions and templates, ties aliases to rows and numbers the rows of each set
 * in file order.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

const struct arg *isagen_find_arg(const struct pattern *p, const char *name)
{
    for (unsigned i = 0; i < p->args; i++)
        if (!strcmp(p->arg[i].name, name)) return &p->arg[i];
    return NULL;
}

static bool resolve_refs(struct isagen *g, struct set *s, const struct loc *at, struct pattern *p)
{
    for (unsigned i = 0; i < p->args; i++) {
        struct arg *a = &p->arg[i];
        if (a->kind != ARG_REF) continue;
        const struct field *f = isagen_find_field(s, a->ref);
        if (!f) return isagen_error(g, at, "unknown field '%%%s'", a->ref);
        a->field = *f;
        a->field.name = a->name;
        a->is_signed = f->is_signed;
    }
    return true;
}

static bool resolve_features(struct isagen *g, const struct loc *at, struct pattern *p)
{
    for (unsigned i = 0; i < p->nfeatures; i++) {
        bool bang = p->features[i][0] == '!';
        int n = isagen_find_name(g->feature, g->features, p->features[i] + bang);
        if (n < 0)
            return isagen_error(g, at, "unknown feature '%s' (declare it: %%feature)", p->features[i] + bang);
        *(bang ? &p->forbid : &p->need) |= UINT64_C(1) << n;
    }
    if (p->need & p->forbid) return isagen_error(g, at, "if= both demands and forbids a feature");
    return true;
}

static bool resolve_attrs(struct isagen *g, struct row *r, const struct pattern *p)
{
    for (unsigned i = 0; i < p->nattrs; i++) {
        int n = isagen_find_name(g->attr, g->attrs, p->attrs[i]);
        if (n < 0)
            return isagen_error(g, &r->loc, "unknown attribute '%s' (declare it: %%attr)", p->attrs[i]);
        r->attrs |= UINT64_C(1) << n;
    }
    return true;
}

static bool merge_bits(struct isagen *g, struct row *r, const struct format *f)
{
    struct pattern *p = &r->p;
    uint32_t clash = (p->fixed & f->p.fixed & (p->value ^ f->p.value)) | (p->ignored & f->p.fixed);

    for (int bit = 31; bit >= 0; bit--)
        if (clash >> bit & 1)
            return isagen_error(g, &r->loc, "bit %d contradicts @%s at %s:%d", bit, f->name, f->loc.file,
                                f->loc.line);
    p->fixed |= f->p.fixed;
    p->value |= f->p.value;
    p->ones |= f->p.ones & ~p->ignored;
    p->ignored |= f->p.ignored;
    p->ignored &= ~p->fixed;
    p->ones &= p->ignored;
    if (!p->width) p->width = f->p.width;
    return true;
}

/* The format's arguments and conditions come first. */
static bool merge(struct isagen *g, struct row *r, const struct format *f)
{
    struct pattern own = r->p, *p = &r->p;

    if (f->p.args + own.args > MAX_ARGS) return isagen_error(g, &r->loc, "more than %d arguments", MAX_ARGS);
    if (f->p.conds + own.conds > MAX_CONDS)
        return isagen_error(g, &r->loc, "more than %d conditions", MAX_CONDS);
    if (own.argset && f->p.argset)
        return isagen_error(g, &r->loc, "@%s already says &%s", f->name, f->p.argset);
    if (!merge_bits(g, r, f)) return false;
    memcpy(p->arg, f->p.arg, f->p.args * sizeof p->arg[0]);
    p->args = f->p.args;
    for (unsigned i = 0; i < own.args; i++) {
        if (isagen_find_arg(p, own.arg[i].name))
            return isagen_error(g, &r->loc, "argument '%s' already in @%s", own.arg[i].name, f->name);
        p->arg[p->args++] = own.arg[i];
    }
    memcpy(p->cond, f->p.cond, f->p.conds * sizeof p->cond[0]);
    memcpy(p->cond + f->p.conds, own.cond, own.conds * sizeof p->cond[0]);
    p->conds = f->p.conds + own.conds;
    p->need |= f->p.need;
    p->forbid |= f->p.forbid;
    if (f->p.argset) p->argset = f->p.argset;
    if (p->need & p->forbid) return isagen_error(g, &r->loc, "if= both demands and forbids a feature");
    return resolve_attrs(g, r, &f->p);
}

/* A leading % names a field of the set, else an argument. Scaled and signed as the argument holds it. */
static bool resolve_operand(struct isagen *g, struct set *s, const struct loc *at, const struct pattern *p,
                            struct operand *o, bool in_alias)
{
    if (!o->name) return true;
    o->arg = isagen_find_arg(p, o->name);
    if (o->name[0] == '%') {
        const struct field *f = isagen_find_field(s, o->name + 1);
        if (in_alias) return isagen_error(g, at, "an alias tests arguments only, not '%s'", o->name);
        if (!f) return isagen_error(g, at, "unknown field '%s'", o->name);
        struct arg *a = isagen_alloc(g, sizeof *a);
        *a = (struct arg){.name = o->name, .kind = ARG_FIELD, .is_signed = f->is_signed, .field = *f};
        o->arg = a;
    }
    if (!o->arg) return isagen_error(g, at, "no argument '%s' to test", o->name);
    if (!in_alias && o->arg->kind != ARG_CONST && o->arg->field.map)
        return isagen_error(g, at, "'%s' has map=: test an unmapped field of its bits", o->name);
    return true;
}

static bool resolve_conds(struct isagen *g, struct set *s, const struct loc *at, const struct pattern *p,
                          struct cond *c, unsigned n, bool in_alias)
{
    for (; n--; c++) {
        if (!c->lhs.name && !c->rhs.name) return isagen_error(g, at, "a condition compares two numbers");
        if (!resolve_operand(g, s, at, p, &c->lhs, in_alias) ||
            !resolve_operand(g, s, at, p, &c->rhs, in_alias))
            return false;
    }
    return true;
}

static bool add_callee(struct isagen *g, struct callee **list, const char *name, unsigned arity,
                       const struct loc *at)
{
    for (; *list; list = &(*list)->next) {
        if (strcmp((*list)->name, name)) continue;
        if ((*list)->arity == arity) return true;
        return isagen_error(g, at, "print kind '%s' takes %u fields here but %u at %s:%d", name, arity,
                            (*list)->arity, (*list)->loc.file, (*list)->loc.line);
    }
    *list = isagen_alloc(g, sizeof **list);
    **list = (struct callee){.name = name, .loc = *at, .arity = arity};
    return true;
}

static unsigned words(const char *s)
{
    unsigned n = 1;
    for (; *s; s++) {
        if (*s == '\\' && s[1])
            s++;
        else if (*s == '|')
            n++;
    }
    return n;
}

static bool check_choice(struct isagen *g, const struct loc *at, const struct part *p, const struct arg *a)
{
    unsigned n = words(p->text);
    if (!p->by_index && n > 2) return isagen_error(g, at, "{?%s:…} has %u words, not 1 or 2", a->name, n);
    if (!p->by_index || a->kind == ARG_CONST) return true;
    if (a->is_signed || a->field.bits > 8 || a->field.shift || a->field.map)
        return isagen_error(g, at, "{=%s:…} needs a plain unsigned field of at most 8 bits", a->name);
    if (n != 1U << a->field.bits)
        return isagen_error(g, at, "{=%s:…} has %u words for %u values", a->name, n, 1U << a->field.bits);
    return true;
}

static bool resolve_template(struct isagen *g, const struct loc *at, const struct pattern *p,
                             const struct template *t)
{
    for (unsigned i = 0; i < t->parts; i++) {
        const struct part *part = &t->part[i];
        for (unsigned k = 0; k < part->fields; k++) {
            const struct arg *a = isagen_find_arg(p, part->field[k]);
            if (!a) return isagen_error(g, at, "no argument '%s' to print", part->field[k]);
            if (part->kind == PART_CHOICE && !check_choice(g, at, part, a)) return false;
        }
        if (part->kind == PART_CALL && !add_callee(g, &g->kinds, part->text, part->fields, at)) return false;
    }
    return true;
}

static bool check_cover(struct isagen *g, const struct row *r)
{
    uint32_t all = UINT32_MAX >> (32 - r->set->width), got = r->p.fixed | r->p.ignored;

    if (!r->p.width) return isagen_error(g, &r->loc, "row '%s' has no bit pattern", r->name);
    for (unsigned i = 0; i < r->p.args; i++)
        if (r->p.arg[i].kind != ARG_CONST) got |= isagen_field_mask(&r->p.arg[i].field);
    for (int bit = (int)r->set->width - 1; bit >= 0; bit--)
        if (~got & all & UINT32_C(1) << bit)
            return isagen_error(g, &r->loc, "bit %d of '%s' is neither fixed nor in a field nor ignored", bit,
                                r->name);
    return true;
}

static bool check_width(struct isagen *g, const struct loc *at, const struct pattern *p, unsigned width)
{
    if (!p->width || p->width == width) return true;
    return isagen_error(g, at, "the pattern has %u bits, not %u", p->width, width);
}

/* A bit that a condition looks at is not ignored. */
static void heed_conds(struct pattern *p)
{
    for (unsigned i = 0; i < p->conds; i++) {
        const struct arg *a[2] = {p->cond[i].lhs.arg, p->cond[i].rhs.arg};
        for (int k = 0; k < 2; k++)
            if (a[k] && a[k]->kind != ARG_CONST) p->ignored &= ~isagen_field_mask(&a[k]->field);
    }
    p->ones &= p->ignored;
}

static bool resolve_row(struct isagen *g, struct row *r)
{
    struct set *s = r->set;
    struct format *f = s->format;

    if (!check_width(g, &r->loc, &r->p, s->width) || !resolve_refs(g, s, &r->loc, &r->p) ||
        !resolve_features(g, &r->loc, &r->p) || !resolve_attrs(g, r, &r->p))
        return false;
    if (r->format_name) {
        while (f && strcmp(f->name, r->format_name)) f = f->next;
        if (!f) return isagen_error(g, &r->loc, "unknown format '@%s'", r->format_name);
        if (!merge(g, r, f)) return false;
    }
    if (!check_cover(g, r) || !resolve_conds(g, s, &r->loc, &r->p, r->p.cond, r->p.conds, false) ||
        !resolve_template(g, &r->loc, &r->p, &r->print))
        return false;
    heed_conds(&r->p);
    for (unsigned i = 0; i < r->p.args; i++)
        if (r->p.arg[i].kind != ARG_CONST && r->p.arg[i].field.map &&
            !add_callee(g, &g->maps, r->p.arg[i].field.map, 1, &r->loc))
            return false;
    return true;
}

static void resolve_formats(struct isagen *g, struct set *s)
{
    for (struct format *f = s->format; f; f = f->next) {
        if (check_width(g, &f->loc, &f->p, s->width) && resolve_refs(g, s, &f->loc, &f->p))
            resolve_features(g, &f->loc, &f->p);
    }
}

static void resolve_alias(struct isagen *g, struct set *s, struct alias *a)
{
    struct row *r = s->row;
    struct alias **tail;

    while (r && strcmp(r->name, a->row_name)) r = r->next;
    if (!r) {
        isagen_error(g, &a->loc, "unknown row '%s'", a->row_name);
        return;
    }
    if (!resolve_conds(g, s, &a->loc, &r->p, a->p.cond, a->p.conds, true) ||
        !resolve_template(g, &a->loc, &r->p, &a->print))
        return;
    for (tail = &r->aliases; *tail;) tail = &(*tail)->row_next;
    *tail = a;
}

static void number_rows(struct isagen *g, struct set *s)
{
    for (struct row *r = s->row; r; r = r->next) {
        r->id = s->rows++;
        for (struct row *o = s->row; o != r; o = o->next) {
            if (strcmp(o->name, r->name)) continue;
            isagen_error(g, &r->loc, "row '%s' already at %s:%d (lift= lets rows share a lifter)", r->name,
                         o->loc.file, o->loc.line);
            break;
        }
    }
    if (!s->rows) isagen_error(g, &s->loc, "set '%s' has no rows", s->name);
    if (!strncmp(s->name, g->guest, strlen(g->guest)) && !strcmp(s->name + strlen(g->guest), "_isa"))
        isagen_error(g, &s->loc, "a set called '%s' would overwrite the guest's header", s->name);
    if (s->rows > UINT16_MAX) isagen_error(g, &s->loc, "set '%s' has more than 65535 rows", s->name);
}

bool isagen_resolve(struct isagen *g)
{
    for (struct set *s = g->sets; s; s = s->next) {
        number_rows(g, s);
        resolve_formats(g, s);
    }
    if (g->errors) return false;
    for (struct set *s = g->sets; s; s = s->next) {
        for (struct row *r = s->row; r; r = r->next) resolve_row(g, r);
        for (struct alias *a = s->alias; a && !g->errors; a = a->next) resolve_alias(g, s, a);
    }
    return !g->errors;
}

bool isagen_run(struct isagen *g)
{
    return !g->errors && isagen_resolve(g) && isagen_name_args(g) && isagen_check(g);
}
