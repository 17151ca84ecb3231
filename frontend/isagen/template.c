/*
 * Print templates: text with {field}, {field:#}, {field:kind}, {a,b:kind}, {?f:nonzero|zero} and {=f:a|b|c}.
 * A backslash takes the special meaning from the next character.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

struct cursor {
    struct isagen *g;
    const struct loc *at;
    const char *s;
    struct template *t;
};

static struct part *add_part(struct cursor *c, enum part_kind kind)
{
    if (c->t->parts == MAX_PARTS) {
        isagen_error(c->g, c->at, "more than %d parts in \"%s\"", MAX_PARTS, c->t->source);
        return NULL;
    }
    struct part *p = &c->t->part[c->t->parts++];
    p->kind = kind;
    return p;
}

/* Copies up to an unescaped stop character. Escapes are removed, but for \| inside a choice, which keeps its
 * own. */
static const char *take_text(struct cursor *c, const char *stop, bool keep_bar)
{
    char *d = isagen_alloc(c->g, 2 * strlen(c->s) + 1);
    size_t n = 0;

    while (*c->s && !strchr(stop, *c->s)) {
        if (*c->s == '\\' && c->s[1]) {
            c->s++;
            if (*c->s == '|' && keep_bar) d[n++] = '\\';
            d[n++] = *c->s == 't' ? '\t' : *c->s;
            c->s++;
        } else {
            d[n++] = *c->s++;
        }
    }
    return d;
}

static bool take_fields(struct cursor *c, struct part *p)
{
    const char *open = c->s;
    do {
        size_t n = strcspn(c->s, ",:}");
        if (p->fields == MAX_PART_ARGS)
            return isagen_error(c->g, c->at, "more than %d fields at \"{%.40s\"", MAX_PART_ARGS, open);
        if (!isagen_is_ident(c->s, n)) return isagen_error(c->g, c->at, "no field name at \"{%.40s\"", open);
        p->field[p->fields++] = isagen_strndup(c->g, c->s, n);
        c->s += n;
    } while (*c->s == ',' && c->s++);
    return true;
}

static bool take_kind(struct cursor *c, struct part *p, const char *open)
{
    size_t n = strcspn(c->s, "}");
    p->kind = PART_CALL;
    p->text = isagen_strndup(c->g, c->s, n);
    c->s += n;
    if (!strcmp(p->text, "#")) {
        p->kind = PART_HEX;
        return p->fields == 1 || isagen_error(c->g, c->at, "# prints one field, at \"{%.40s\"", open);
    }
    if (!isagen_is_ident(p->text, n)) return isagen_error(c->g, c->at, "no print kind at \"{%.40s\"", open);
    return true;
}

/* Behind `{`. */
static bool take_part(struct cursor *c)
{
    const char *open = c->s;
    struct part *p = add_part(c, PART_DEC);

    if (!p) return false;
    bool choice = *c->s == '?' || *c->s == '=';
    if (choice) {
        p->kind = PART_CHOICE;
        p->by_index = *c->s++ == '=';
    }
    if (!take_fields(c, p)) return false;
    if (choice) {
        if (*c->s != ':' || p->fields != 1)
            return isagen_error(c->g, c->at, "a choice is {?field:text|text}, not \"{%.40s\"", open);
        c->s++;
        p->text = take_text(c, "}", true);
    } else if (*c->s == ':') {
        c->s++;
        if (!take_kind(c, p, open)) return false;
    } else if (p->fields != 1) {
        return isagen_error(c->g, c->at, "several fields need a print kind, at \"{%.40s\"", open);
    }
    if (*c->s != '}') return isagen_error(c->g, c->at, "no closing brace for \"{%.40s\"", open);
    c->s++;
    return true;
}

bool isagen_parse_template(struct isagen *g, const struct loc *at, const char *s, struct template *t)
{
    struct cursor c = {g, at, s, t};

    memset(t, 0, sizeof *t);
    t->source = s;
    while (*c.s) {
        if (*c.s == '{') {
            c.s++;
            if (!take_part(&c)) return false;
        } else if (*c.s == '}') {
            return isagen_error(g, at, "'}' without '{' in \"%s\" (\\} prints one)", s);
        } else {
            struct part *p = add_part(&c, PART_TEXT);
            if (!p) return false;
            p->text = take_text(&c, "{}", false);
        }
    }
    return true;
}
