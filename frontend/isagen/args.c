/*
 * Ties every row to an argument struct. A struct belongs to the guest, so that sets can share lifters. It is
 * named by &name, else after the format, else (the row adds arguments of its own) after the row. Rows with
 * equal lists share one struct; the other names become synonyms.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

struct argset *isagen_real(struct argset *a)
{
    while (a->same) a = a->same;
    return a;
}

static struct argset *find_set(struct isagen *g, const char *name)
{
    struct argset *a = g->argsets;
    while (a && strcmp(a->name, name)) a = a->next;
    return a;
}

/* Same fields with the same signs, in whatever order. */
static bool equal_args(const struct argset *a, const struct argset *b)
{
    if (a->fields != b->fields) return false;
    for (unsigned i = 0; i < a->fields; i++) {
        int k = isagen_find_name(b->field, b->fields, a->field[i]);
        if (k < 0 || a->is_signed[i] != b->is_signed[k]) return false;
    }
    return true;
}

static bool fits_declared(struct isagen *g, const struct row *r, const struct argset *a)
{
    for (unsigned i = 0; i < a->fields; i++)
        if (!isagen_find_arg(&r->p, a->field[i]))
            return isagen_error(g, &r->loc, "'%s' gives no '%s' for &%s (%s:%d)", r->name, a->field[i],
                                a->name, a->loc.file, a->loc.line);
    for (unsigned i = 0; i < r->p.args; i++) {
        const struct arg *x = &r->p.arg[i];
        int k = isagen_find_name(a->field, a->fields, x->name);
        if (k < 0)
            return isagen_error(g, &r->loc, "'%s' of '%s' is not in &%s (%s:%d)", x->name, r->name, a->name,
                                a->loc.file, a->loc.line);
        if (x->kind == ARG_CONST ? x->value < 0 && !a->is_signed[k] : x->is_signed != a->is_signed[k])
            return isagen_error(g, &r->loc, "'%s' is %s in &%s (%s:%d)", x->name,
                                a->is_signed[k] ? "signed" : "unsigned", a->name, a->loc.file, a->loc.line);
    }
    return true;
}

static bool name_declared(struct isagen *g, struct row *r)
{
    struct argset *a = find_set(g, r->p.argset);

    if (!a || !a->declared) return isagen_error(g, &r->loc, "unknown argument struct '&%s'", r->p.argset);
    if (!fits_declared(g, r, a)) return false;
    r->args = a;
    return true;
}

/* The struct that has this list, whatever its name. */
static struct argset *find_equal(struct isagen *g, const struct argset *a)
{
    struct argset *o = g->argsets;
    while (o && (o->same || !equal_args(o, a))) o = o->next;
    return o;
}

static struct argset *own_args(struct isagen *g, const struct row *r, unsigned format_args)
{
    struct argset *a = isagen_alloc(g, sizeof *a);

    a->name = !r->p.args ? "none" : r->format_name && r->p.args == format_args ? r->format_name : r->name;
    a->loc = r->loc;
    for (unsigned i = 0; i < r->p.args; i++) {
        a->field[a->fields] = r->p.arg[i].name;
        a->is_signed[a->fields++] = r->p.arg[i].is_signed;
    }
    return a;
}

/* A name that is taken by another list is no trouble as long as the list has a struct already. */
static bool name_own(struct isagen *g, struct row *r, unsigned format_args)
{
    struct argset *a = own_args(g, r, format_args), *old = find_set(g, a->name), *equal = find_equal(g, a);

    if (isagen_is_keyword(a->name))
        return isagen_error(g, &r->loc, "an argument struct cannot be called '%s': name one with &", a->name);
    if (old && !equal)
        return isagen_error(g, &r->loc, "argument struct '%s' differs from the one of %s:%d: name one with &",
                            a->name, old->loc.file, old->loc.line);
    r->args = equal;
    if (old) return true;
    a->same = equal;
    *g->argset_tail = a;
    g->argset_tail = &a->next;
    r->args = a;
    return true;
}

static unsigned format_args(const struct row *r)
{
    for (const struct format *f = r->set->format; f; f = f->next)
        if (r->format_name && !strcmp(f->name, r->format_name)) return f->p.args;
    return 0;
}

static const char *lifter(const struct row *r)
{
    return r->lift ? r->lift : r->name;
}

/* Rows before r, over all sets of the guest. */
static bool check_lifter(struct isagen *g, const struct row *r)
{
    for (const struct set *s = g->sets; s; s = s->next) {
        for (const struct row *o = s->row; o; o = o->next) {
            if (o == r) return true;
            if (o->todo || !o->args || strcmp(lifter(o), lifter(r))) continue;
            if (isagen_real(o->args) == isagen_real(r->args)) return true;
            return isagen_error(g, &r->loc,
                                "lifter '%s' takes struct '%s' at %s:%d, not '%s': give both one &name",
                                lifter(r), o->args->name, o->loc.file, o->loc.line, r->args->name);
        }
    }
    return true;
}

bool isagen_name_args(struct isagen *g)
{
    for (struct set *s = g->sets; s; s = s->next)
        for (struct row *r = s->row; r; r = r->next)
            r->p.argset ? name_declared(g, r) : name_own(g, r, format_args(r));
    for (struct set *s = g->sets; s && !g->errors; s = s->next)
        for (struct row *r = s->row; r; r = r->next)
            if (!r->todo) check_lifter(g, r);
    return !g->errors;
}
