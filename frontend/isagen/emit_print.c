/*
 * Writes NAME_print.c: a switch over the ids; aliases are tried first, in file order.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

static void emit_string(FILE *f, const char *s, size_t n)
{
    fputc('"', f);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < ' ' || c > '~' || c == '?')
            fprintf(f, "\\%03o", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

/* The next word of a choice, to an unescaped |. Returns the rest, NULL after the last word. */
static const char *emit_word(FILE *f, const char *s)
{
    char word[256];
    size_t n = 0;

    for (; *s && *s != '|'; s++) {
        if (*s == '\\' && s[1]) s++;
        if (n < sizeof word) word[n++] = *s;
    }
    emit_string(f, word, n);
    return *s ? s + 1 : NULL;
}

static void emit_choice(FILE *f, const struct part *p)
{
    const char *s = p->text;

    if (p->by_index) {
        fputs("{\n        static const char *const w[] = {", f);
        unsigned n = 0;
        for (; s; n++) {
            if (n) fputs(", ", f);
            s = emit_word(f, s);
        }
        fprintf(f, "};\n        out_puts(o, a->%s < %u ? w[a->%s] : \"\");\n    }\n", p->field[0], n,
                p->field[0]);
        return;
    }
    fprintf(f, "out_puts(o, a->%s ? ", p->field[0]);
    s = emit_word(f, s);
    fputs(" : ", f);
    if (s)
        emit_word(f, s);
    else
        fputs("\"\"", f);
    fputs(");\n", f);
}

static void emit_part(const struct isagen *g, FILE *f, const struct part *p)
{
    fputs("    ", f);
    switch (p->kind) {
    case PART_TEXT:
        fputs("out_puts(o, ", f);
        emit_string(f, p->text, strlen(p->text));
        fputs(");\n", f);
        break;
    case PART_DEC: fprintf(f, "isa_print_dec(o, a->%s);\n", p->field[0]); break;
    case PART_HEX: fprintf(f, "isa_print_hex(o, a->%s);\n", p->field[0]); break;
    case PART_CHOICE: emit_choice(f, p); break;
    case PART_CALL:
        fprintf(f, "%s_fmt_%s(o, ", g->guest, p->text);
        for (unsigned i = 0; i < p->fields; i++) fprintf(f, "a->%s, ", p->field[i]);
        fputs("pc);\n", f);
        break;
    }
}

static void emit_function(const struct isagen *g, FILE *f, const struct row *r, const struct template *t,
                          int alias)
{
    fprintf(f, "\nstatic void p%d", r->id);
    if (alias) fprintf(f, "_%d", alias);
    fprintf(f,
            "(struct out *o, const struct %s_args_%s *a, uint64_t pc)\n{\n    (void)o, (void)a, (void)pc;\n",
            g->guest, isagen_real(r->args)->name);
    for (unsigned i = 0; i < t->parts; i++) emit_part(g, f, &t->part[i]);
    fputs("}\n", f);
}

static void emit_call(const struct isagen *g, FILE *f, const struct row *r)
{
    const char *args = isagen_real(r->args)->name;
    int n = 0;

    fputs("    case ", f);
    isagen_emit_id(f, r);
    fputs(": {\n", f);
    fprintf(f, "        const struct %s_args_%s *a = &r->a.%s;\n", g->guest, args, args);
    for (const struct alias *x = r->aliases; x; x = x->row_next) {
        fputs("        if (", f);
        for (unsigned i = 0; i < x->p.conds; i++) {
            if (i) fputs(" && ", f);
            isagen_emit_cond(f, &x->p.cond[i], true, "a->");
        }
        fprintf(f, ") {\n            p%d_%d(o, a, pc);\n            break;\n        }\n", r->id, ++n);
    }
    fprintf(f, "        p%d(o, a, pc);\n        break;\n    }\n", r->id);
}

void isagen_emit_print(const struct isagen *g, const struct set *s, FILE *f)
{
    isagen_emit_banner(f, "Printer");
    fprintf(f, "#include \"%s.h\"\n#include \"frontend/isagen/isa_print.h\"\n", s->name);
    for (struct row *r = s->row; r; r = r->next) {
        int n = 0;
        emit_function(g, f, r, &r->print, 0);
        for (const struct alias *x = r->aliases; x; x = x->row_next) emit_function(g, f, r, &x->print, ++n);
    }
    fprintf(f,
            "\nvoid %s_print(struct out *o, const struct %s_rec *r, uint64_t pc)\n{\n    switch (r->id) {\n",
            s->name, s->name);
    for (struct row *r = s->row; r; r = r->next) emit_call(g, f, r);
    fputs("    default: out_puts(o, \"\\077\");\n    }\n}\n", f);
}
