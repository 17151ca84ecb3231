/*
 * Reads statements into the tool's model: sets, features, attribute words, fields, argument structs, formats,
 * groups, rows and aliases. Names are only collected here; model.c resolves them when every file has been
 * read.
 */
#include "frontend/isagen/isagen.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct isagen *g;
    struct lexer *lx;
    struct set *set;
    struct group *group;
};

static bool fail_at(struct parser *ps, const char *what, const char *word)
{
    return isagen_error(ps->g, &ps->lx->loc, "%s '%s'", what, word);
}

/* For functions that answer 1 taken, 0 not mine, -1 reported. */
static int reject(struct parser *ps, const char *what, const char *word)
{
    fail_at(ps, what, word);
    return -1;
}

static struct set *find_set(struct isagen *g, const char *name)
{
    struct set *s = g->sets;
    while (s && strcmp(s->name, name)) s = s->next;
    return s;
}

static struct set *new_set(struct isagen *g, const char *name, const struct loc *at, unsigned width)
{
    struct set *s = isagen_alloc(g, sizeof *s);
    s->name = name;
    s->loc = *at;
    s->width = width;
    s->root.loc = *at;
    s->row_tail = &s->row;
    s->alias_tail = &s->alias;
    *g->set_tail = s;
    g->set_tail = &s->next;
    return s;
}

static bool set_guest(struct parser *ps, const char *guest)
{
    struct isagen *g = ps->g;
    if (!isagen_is_ident(guest, strlen(guest))) return fail_at(ps, "not a name:", guest);
    if (!g->guest) {
        g->guest = guest;
        g->guest_loc = ps->lx->loc;
    }
    if (strcmp(g->guest, guest))
        return isagen_error(g, &ps->lx->loc, "guest '%s', but %s:%d says '%s'", guest, g->guest_loc.file,
                            g->guest_loc.line, g->guest);
    return true;
}

/* %set NAME [guest=GUEST] [width=16|32]; both are needed where NAME appears first. */
static bool parse_set(struct parser *ps)
{
    struct lexer *lx = ps->lx;
    bool has_guest = false;
    int64_t width = 0;

    if (lx->toks < 2 || !isagen_is_ident(lx->tok[1].s, strlen(lx->tok[1].s)))
        return isagen_error(ps->g, &lx->loc, "%%set needs a name");
    if (ps->set) return isagen_error(ps->g, &lx->loc, "a file has one %%set, and it stands first");
    for (unsigned i = 2; i < lx->toks; i++) {
        const char *s = lx->tok[i].s;
        if (!strncmp(s, "guest=", 6)) {
            if (!set_guest(ps, s + 6)) return false;
            has_guest = true;
        } else if (!strncmp(s, "width=", 6)) {
            if (!isagen_number(s + 6, &width) || (width != 16 && width != 32))
                return fail_at(ps, "width must be 16 or 32, not", s + 6);
        } else {
            return fail_at(ps, "unexpected", s);
        }
    }
    ps->set = find_set(ps->g, lx->tok[1].s);
    if (ps->set && width && ps->set->width != width)
        return isagen_error(ps->g, &lx->loc, "width %d, but %s:%d says %u", (int)width, ps->set->loc.file,
                            ps->set->loc.line, ps->set->width);
    if (!ps->set) {
        if (!has_guest || !width)
            return isagen_error(ps->g, &lx->loc, "the first %%set %s needs guest= and width=", lx->tok[1].s);
        ps->set = new_set(ps->g, lx->tok[1].s, &lx->loc, (unsigned)width);
    }
    ps->group = &ps->set->root;
    return true;
}

/* %feature A B … and %attr a b … */
static bool parse_names(struct parser *ps, const char **names, unsigned *n)
{
    struct lexer *lx = ps->lx;
    for (unsigned i = 1; i < lx->toks; i++) {
        const char *s = lx->tok[i].s;
        if (lx->tok[i].is_string || !isagen_is_ident(s, strlen(s))) return fail_at(ps, "not a name:", s);
        if (isagen_find_name(names, *n, s) >= 0) return fail_at(ps, "declared twice:", s);
        if (*n == MAX_NAMES) return isagen_error(ps->g, &lx->loc, "more than %d names", MAX_NAMES);
        names[(*n)++] = s;
    }
    return true;
}

struct field *isagen_find_field(struct set *s, const char *name)
{
    for (struct field_def *d = s->field; d; d = d->next)
        if (!strcmp(d->f.name, name)) return &d->f;
    return NULL;
}

/* pos:len or pos:slen */
static bool parse_piece(struct isagen *g, const struct lexer *lx, struct field *f, const char *s,
                        unsigned width)
{
    char *end;
    unsigned long pos = strtoul(s, &end, 10), len;
    bool sign = *end == ':' && end[1] == 's';

    if (end == s || *end != ':') return isagen_error(g, &lx->loc, "unexpected '%s', a piece is pos:len", s);
    const char *l = end + 1 + sign;
    len = strtoul(l, &end, 10);
    if (end == l || *end || *l == '-' || *l == '+' || *s == '-' || *s == '+')
        return isagen_error(g, &lx->loc, "unexpected '%s', a piece is pos:len", s);
    if (len == 0 || len > width || pos > width - len)
        return isagen_error(g, &lx->loc, "piece '%s' does not lie in %u bits", s, width);
    if (sign && f->pieces)
        return isagen_error(g, &lx->loc, "only the first piece can be signed, not '%s'", s);
    if (f->pieces == MAX_PIECES) return isagen_error(g, &lx->loc, "more than %d pieces", MAX_PIECES);
    f->is_signed |= sign;
    f->piece[f->pieces++] = (struct piece){(uint8_t)pos, (uint8_t)len};
    if (f->bits + len > 32) return isagen_error(g, &lx->loc, "field wider than 32 bits at '%s'", s);
    f->bits += (uint8_t)len;
    return true;
}

/* The tokens after the name: pieces, then <<N and map=FUNCTION. */
bool isagen_parse_field(struct isagen *g, const struct lexer *lx, struct field *f, unsigned width)
{
    f->loc = lx->loc;
    for (unsigned i = 1; i < lx->toks; i++) {
        const char *s = lx->tok[i].s;
        int64_t n;
        if (!strncmp(s, "<<", 2)) {
            if (!isagen_number(s + 2, &n) || n < 1 || n > 31)
                return isagen_error(g, &lx->loc, "scale '%s' is not <<1 to <<31", s);
            f->shift = (uint8_t)n;
        } else if (!strncmp(s, "map=", 4)) {
            if (!isagen_is_ident(s + 4, strlen(s + 4)))
                return isagen_error(g, &lx->loc, "not a name: '%s'", s + 4);
            f->map = s + 4;
        } else if (!parse_piece(g, lx, f, s, width)) {
            return false;
        }
    }
    if (!f->pieces) return isagen_error(g, &lx->loc, "field '%s' has no pieces", f->name);
    if (f->bits + f->shift > 32) return isagen_error(g, &lx->loc, "field '%s' wider than 32 bits", f->name);
    return true;
}

static bool parse_field_def(struct parser *ps)
{
    const char *name = ps->lx->tok[0].s + 1;
    struct field_def *d = isagen_alloc(ps->g, sizeof *d);
    struct field *old;

    if (!isagen_is_ident(name, strlen(name)) || isagen_is_keyword(name))
        return fail_at(ps, "not a field name:", name);
    if (!strcmp(name, "map") || !strcmp(name, "operand")) return fail_at(ps, "kept for x86 tables:", name);
    if ((old = isagen_find_field(ps->set, name)))
        return isagen_error(ps->g, &ps->lx->loc, "field '%s' already at %s:%d", name, old->loc.file,
                            old->loc.line);
    d->f.name = name;
    if (!isagen_parse_field(ps->g, ps->lx, &d->f, ps->set->width)) return false;
    d->next = ps->set->field;
    ps->set->field = d;
    return true;
}

/* &name field field:s … */
static bool parse_argset(struct parser *ps)
{
    struct lexer *lx = ps->lx;
    struct argset *a = isagen_alloc(ps->g, sizeof *a);

    a->name = lx->tok[0].s + 1;
    a->loc = lx->loc;
    a->declared = true;
    if (!isagen_is_ident(a->name, strlen(a->name)) || isagen_is_keyword(a->name))
        return fail_at(ps, "not a name:", a->name);
    for (struct argset *o = ps->g->argsets; o; o = o->next)
        if (!strcmp(o->name, a->name))
            return isagen_error(ps->g, &lx->loc, "&%s already at %s:%d", a->name, o->loc.file, o->loc.line);
    for (unsigned i = 1; i < lx->toks; i++) {
        const char *s = lx->tok[i].s, *colon = strchr(s, ':');
        size_t n = colon ? (size_t)(colon - s) : strlen(s);
        const char *name = isagen_strndup(ps->g, s, n);
        if (a->fields == MAX_ARGS) return isagen_error(ps->g, &lx->loc, "more than %d fields", MAX_ARGS);
        if (!isagen_is_ident(s, n) || isagen_is_keyword(name) || (colon && strcmp(colon, ":s")))
            return fail_at(ps, "not a field (name or name:s):", s);
        if (isagen_find_name(a->field, a->fields, name) >= 0) return fail_at(ps, "field named twice:", name);
        a->is_signed[a->fields] = colon != NULL;
        a->field[a->fields++] = name;
    }
    *ps->g->argset_tail = a;
    ps->g->argset_tail = &a->next;
    return true;
}

static bool parse_format(struct parser *ps)
{
    struct lexer *lx = ps->lx;
    struct format *f = isagen_alloc(ps->g, sizeof *f);

    f->name = lx->tok[0].s + 1;
    f->loc = lx->loc;
    f->set = ps->set;
    if (!isagen_is_ident(f->name, strlen(f->name))) return fail_at(ps, "not a name:", f->name);
    for (struct format *o = ps->set->format; o; o = o->next)
        if (!strcmp(o->name, f->name))
            return isagen_error(ps->g, &lx->loc, "@%s already at %s:%d", f->name, o->loc.file, o->loc.line);
    for (unsigned i = 1; i < lx->toks;) {
        int r = isagen_parse_pattern(ps->g, lx, &i, &f->p, ps->set->width);
        if (r < 0) return false;
        if (r == 0) return fail_at(ps, "unexpected in a format:", lx->tok[i].s);
    }
    f->next = ps->set->format;
    ps->set->format = f;
    return true;
}

static bool parse_group(struct parser *ps)
{
    char c = ps->lx->tok[0].s[0];

    if (ps->lx->toks > 1)
        return fail_at(ps, "a group bracket stands alone on its line, not with", ps->lx->tok[1].s);
    if (c == '{' || c == '[') {
        struct group *n = isagen_alloc(ps->g, sizeof *n);
        *n = (struct group){ps->group, c == '{', ps->group->depth + 1, ps->lx->loc};
        if (n->depth > MAX_DEPTH)
            return isagen_error(ps->g, &ps->lx->loc, "groups nested deeper than %d", MAX_DEPTH);
        ps->group = n;
        return true;
    }
    if (!ps->group->up) return isagen_error(ps->g, &ps->lx->loc, "'%c' without an open group", c);
    if (ps->group->ordered != (c == '}'))
        return isagen_error(ps->g, &ps->lx->loc, "'%c' closes the group opened with '%c' at line %d", c,
                            ps->group->ordered ? '{' : '[', ps->group->loc.line);
    ps->group = ps->group->up;
    return true;
}

/* alias ROW when COND "template" */
static bool parse_alias(struct parser *ps)
{
    struct lexer *lx = ps->lx;
    struct alias *a = isagen_alloc(ps->g, sizeof *a);
    unsigned i = 2;

    a->loc = lx->loc;
    a->set = ps->set;
    if (lx->toks < 2) return isagen_error(ps->g, &lx->loc, "alias needs a row");
    a->row_name = lx->tok[1].s;
    if (i >= lx->toks || lx->tok[i].is_string || strcmp(lx->tok[i].s, "when"))
        return isagen_error(ps->g, &lx->loc, "alias %s needs `when`", a->row_name);
    if (!isagen_parse_conds(ps->g, lx, &i, &a->p)) return false;
    if (i + 1 != lx->toks || !lx->tok[i].is_string)
        return isagen_error(ps->g, &lx->loc, "alias %s must end with one print template", a->row_name);
    if (!isagen_parse_template(ps->g, &lx->loc, lx->tok[i].s, &a->print)) return false;
    *ps->set->alias_tail = a;
    ps->set->alias_tail = &a->next;
    return true;
}

/* ref=, lift=, todo, @format, template: what only a row can say. 1 taken, 0 not one of these, -1 reported. */
static int parse_row_word(struct parser *ps, struct row *r, const struct token *t)
{
    if (t->is_string) {
        if (r->print.source) return reject(ps, "second print template", t->s);
        return isagen_parse_template(ps->g, &ps->lx->loc, t->s, &r->print) ? 1 : -1;
    }
    if (t->s[0] == '@') {
        if (r->format_name) return reject(ps, "second format", t->s);
        r->format_name = t->s + 1;
    } else if (!strncmp(t->s, "ref=", 4)) {
        r->ref = t->s + 4;
    } else if (!strncmp(t->s, "lift=", 5)) {
        r->lift = t->s + 5;
        if (!isagen_is_ident(r->lift, strlen(r->lift))) return reject(ps, "not a name:", r->lift);
    } else if (!strcmp(t->s, "todo")) {
        r->todo = true;
    } else {
        return 0;
    }
    return 1;
}

static bool parse_row(struct parser *ps)
{
    struct lexer *lx = ps->lx;
    struct row *r = isagen_alloc(ps->g, sizeof *r);

    r->name = lx->tok[0].s;
    r->loc = lx->loc;
    r->set = ps->set;
    r->group = ps->group;
    if (lx->tok[0].is_string || !isagen_is_ident(r->name, strlen(r->name)))
        return fail_at(ps, "not the name of a row:", r->name);
    for (unsigned i = 1; i < lx->toks;) {
        int taken = parse_row_word(ps, r, &lx->tok[i]);
        if (taken > 0) {
            i++;
            continue;
        }
        if (taken == 0) taken = isagen_parse_pattern(ps->g, lx, &i, &r->p, ps->set->width);
        if (taken == 0) return fail_at(ps, "unexpected in a row:", lx->tok[i].s);
        if (taken < 0) return false;
    }
    if (!r->print.source) return isagen_error(ps->g, &lx->loc, "row '%s' has no print template", r->name);
    *ps->set->row_tail = r;
    ps->set->row_tail = &r->next;
    return true;
}

static bool parse_statement(struct parser *ps)
{
    const struct token *t = &ps->lx->tok[0];
    char c = t->is_string ? '"' : t->s[0];

    if (c == '%' && !strcmp(t->s, "%set")) return parse_set(ps);
    if (!ps->set) {
        isagen_error(ps->g, &ps->lx->loc, "the file must begin with %%set");
        ps->lx->p = ps->lx->end;
        return false;
    }
    if (c == '%' && !strcmp(t->s, "%feature")) return parse_names(ps, ps->g->feature, &ps->g->features);
    if (c == '%' && !strcmp(t->s, "%attr")) return parse_names(ps, ps->g->attr, &ps->g->attrs);
    if (c == '%') return parse_field_def(ps);
    if (c == '&') return parse_argset(ps);
    if (c == '@') return parse_format(ps);
    if (strchr("{}[]", c) && !t->s[1]) return parse_group(ps);
    if (!strcmp(t->s, "alias") && c != '"') return parse_alias(ps);
    return parse_row(ps);
}

void isagen_parse(struct isagen *g, const char *file, const char *text, size_t len)
{
    struct lexer *lx = isagen_alloc(g, sizeof *lx);
    struct parser ps = {g, lx, NULL, NULL};

    isagen_lex_init(lx, g, file, text, len);
    while (g->errors < MAX_ERRORS && isagen_lex(lx)) parse_statement(&ps);
    if (!ps.set && !g->errors)
        isagen_error(g, &(struct loc){file, 1, NULL}, "the file must begin with %%set");
    if (ps.group && ps.group->up) isagen_error(g, &ps.group->loc, "this group is never closed");
}
