/*
 * The words that formats and rows share: bits, fields, references, constants, conditions, features,
 * attributes.
 */
#include "frontend/isagen/isagen.h"

#include <stdlib.h>
#include <string.h>

static bool add_arg(struct isagen *g, const struct lexer *lx, struct pattern *p, const struct arg *a)
{
    if (isagen_find_arg(p, a->name)) return isagen_error(g, &lx->loc, "argument '%s' given twice", a->name);
    if (isagen_is_keyword(a->name)) return isagen_error(g, &lx->loc, "'%s' is a reserved word", a->name);
    if (p->args == MAX_ARGS) return isagen_error(g, &lx->loc, "more than %d arguments", MAX_ARGS);
    p->arg[p->args++] = *a;
    return true;
}

static bool add_width(struct isagen *g, const struct lexer *lx, struct pattern *p, const char *at, unsigned n,
                      unsigned width)
{
    if (n > width - p->width)
        return isagen_error(g, &lx->loc, "the pattern is longer than %u bits at '%s'", width, at);
    p->width += n;
    return true;
}

static bool parse_bits(struct isagen *g, const struct lexer *lx, struct pattern *p, const char *s,
                       unsigned width)
{
    if (!add_width(g, lx, p, s, (unsigned)strnlen(s, 64), width)) return false;
    for (unsigned pos = width - p->width + (unsigned)strlen(s); *s; s++) {
        uint32_t bit = UINT32_C(1) << --pos;
        if (*s == '0' || *s == '1') p->fixed |= bit;
        if (*s == '1') p->value |= bit;
        if (*s == '-' || *s == '+') p->ignored |= bit;
        if (*s == '+') p->ones |= bit;
    }
    return true;
}

/* name:len, name:slen */
static bool parse_field_word(struct isagen *g, const struct lexer *lx, struct pattern *p, const char *s,
                             const char *colon, unsigned width)
{
    bool sign = colon[1] == 's';
    const char *digits = colon + 1 + sign;
    int64_t len;
    struct arg a = {.name = isagen_strndup(g, s, (size_t)(colon - s)), .kind = ARG_FIELD, .is_signed = sign};

    if (*digits == '-' || !isagen_number(digits, &len) || len < 1 || len > 32)
        return isagen_error(g, &lx->loc, "'%s' is not name:length", s);
    if (!add_width(g, lx, p, s, (unsigned)len, width)) return false;
    a.field =
        (struct field){.name = a.name, .loc = lx->loc, .pieces = 1, .bits = (uint8_t)len, .is_signed = sign};
    a.field.piece[0] = (struct piece){(uint8_t)(width - p->width), (uint8_t)len};
    return add_arg(g, lx, p, &a);
}

/* name=%field, name=number */
static bool parse_assign(struct isagen *g, const struct lexer *lx, struct pattern *p, const char *s,
                         const char *eq)
{
    struct arg a = {.name = isagen_strndup(g, s, (size_t)(eq - s)), .kind = ARG_CONST};

    if (eq[1] == '%') {
        a.kind = ARG_REF;
        a.ref = eq + 2;
    } else if (!isagen_number(eq + 1, &a.value) || a.value < INT32_MIN) {
        return isagen_error(g, &lx->loc, "'%s' is neither a number nor a %%field", eq + 1);
    }
    a.is_signed = a.value < 0;
    return add_arg(g, lx, p, &a);
}

/* A,B,C behind if= or attr= */
static bool parse_list(struct isagen *g, const struct lexer *lx, const char *s, const char **list,
                       unsigned *n)
{
    while (*s) {
        size_t len = strcspn(s, ",");
        size_t bang = *s == '!';
        if (!isagen_is_ident(s + bang, len - bang)) return isagen_error(g, &lx->loc, "not a name: '%s'", s);
        if (*n == 8) return isagen_error(g, &lx->loc, "more than 8 names at '%s'", s);
        list[(*n)++] = isagen_strndup(g, s, len);
        s += len;
        if (*s && !*++s) break;
        if (!*s) return true;
    }
    return isagen_error(g, &lx->loc, "empty list after '='");
}

static bool parse_operand(struct isagen *g, const struct lexer *lx, struct operand *o, const char *s)
{
    size_t percent = *s == '%';

    if (!percent && isagen_number(s, &o->value)) return true;
    if (!isagen_is_ident(s + percent, strlen(s + percent)))
        return isagen_error(g, &lx->loc, "'%s' is neither a number nor a field", s);
    o->name = s;
    return true;
}

static bool parse_cond(struct isagen *g, const struct lexer *lx, struct pattern *p, const char *s)
{
    static const struct {
        const char *text;
        enum cond_op op;
    } ops[] = {{"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"=", OP_EQ}, {"<", OP_LT}, {">", OP_GT}};
    size_t n = strcspn(s, "!<>=");

    if (p->conds == MAX_CONDS) return isagen_error(g, &lx->loc, "more than %d conditions", MAX_CONDS);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (strncmp(s + n, ops[i].text, strlen(ops[i].text))) continue;
        struct cond *c = &p->cond[p->conds++];
        *c = (struct cond){.op = ops[i].op};
        return parse_operand(g, lx, &c->lhs, isagen_strndup(g, s, n)) &&
               parse_operand(g, lx, &c->rhs, s + n + strlen(ops[i].text));
    }
    return isagen_error(g, &lx->loc, "'%s' is no condition (a=b, a!=b, a<b, …)", s);
}

/* At `when`: conditions joined by commas; a comma at the end of a word continues in the next. */
bool isagen_parse_conds(struct isagen *g, const struct lexer *lx, unsigned *i, struct pattern *p)
{
    bool more = true;

    for (++*i; more; ++*i) {
        if (*i >= lx->toks || lx->tok[*i].is_string)
            return isagen_error(g, &lx->loc, "a condition is missing");
        const char *s = lx->tok[*i].s;
        for (more = true; more && *s;) {
            size_t n = strcspn(s, ",");
            if (!parse_cond(g, lx, p, isagen_strndup(g, s, n))) return false;
            s += n;
            more = *s == ',';
            if (more) s++;
        }
    }
    return true;
}

int isagen_parse_pattern(struct isagen *g, const struct lexer *lx, unsigned *i, struct pattern *p,
                         unsigned width)
{
    const char *s = lx->tok[*i].s, *mark;
    bool ok;

    if (lx->tok[*i].is_string) return 0;
    if (!strcmp(s, "when")) return isagen_parse_conds(g, lx, i, p) ? 1 : -1;
    if (*s && !s[strspn(s, "01.-+")]) {
        ok = parse_bits(g, lx, p, s, width);
    } else if (!strncmp(s, "if=", 3)) {
        ok = parse_list(g, lx, s + 3, p->features, &p->nfeatures);
    } else if (!strncmp(s, "attr=", 5)) {
        ok = parse_list(g, lx, s + 5, p->attrs, &p->nattrs);
    } else if (*s == '%') {
        struct arg a = {.name = s + 1, .kind = ARG_REF, .ref = s + 1};
        ok = add_arg(g, lx, p, &a);
    } else if (*s == '&') {
        ok = !p->argset || isagen_error(g, &lx->loc, "second argument struct '%s'", s);
        p->argset = s + 1;
    } else if ((mark = strchr(s, '=')) && isagen_is_ident(s, (size_t)(mark - s))) {
        ok = parse_assign(g, lx, p, s, mark);
    } else if ((mark = strchr(s, ':')) && isagen_is_ident(s, (size_t)(mark - s))) {
        ok = parse_field_word(g, lx, p, s, mark, width);
    } else {
        return 0;
    }
    ++*i;
    return ok ? 1 : -1;
}
