/*
 * Writes NAME_decode.c: one small function per way of filling an argument struct, and the decision tree over
 * them.
 */
#include "frontend/isagen/isagen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void emit_arg(const struct isagen *g, FILE *f, const struct row *r, const struct arg *a)
{
    fprintf(f, "    r->a.%s.%s = ", isagen_real(r->args)->name, a->name);
    if (a->kind == ARG_CONST) {
        fprintf(f, "%" PRId64, a->value);
    } else {
        if (a->field.map)
            fprintf(f, "%s%s_map_%s((uint32_t)", a->is_signed ? "(int32_t)" : "", g->guest, a->field.map);
        isagen_emit_extract(f, &a->field, "w");
        if (a->field.map) fputc(')', f);
    }
    fputs(";\n", f);
}

static char *render_args(const struct isagen *g, const struct row *r)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (!f) exit(1);
    for (unsigned i = 0; i < r->p.args; i++) emit_arg(g, f, r, &r->p.arg[i]);
    fclose(f);
    return text;
}

/* Rows that fill the same struct from the same bits share a function. */
static void emit_extractors(const struct isagen *g, const struct set *s, FILE *f)
{
    char **body = calloc((size_t)s->rows, sizeof *body);
    int n = 0;

    if (!body) exit(1);
    for (struct row *r = s->row; r; r = r->next) {
        char *text = render_args(g, r);
        for (r->extractor = 0; r->extractor < n && strcmp(body[r->extractor], text);) r->extractor++;
        if (r->extractor < n) {
            free(text);
            continue;
        }
        body[n++] = text;
        fprintf(f, "\nstatic bool x%d(uint32_t w, uint16_t id, struct %s_rec *r)\n{\n", r->extractor,
                s->name);
        fprintf(f, "    r->id = id;\n    r->word = w;\n%s    return true;\n}\n", text);
    }
    while (n) free(body[--n]);
    free(body);
}

static void indent(FILE *f, int depth)
{
    fprintf(f, "%*s", 4 * depth, "");
}

static void emit_candidate(FILE *f, const struct node *nd, const struct row *r, int depth)
{
    const char *join = "if (";
    uint32_t rest = r->p.fixed & ~nd->known;

    indent(f, depth);
    if (rest) {
        fprintf(f, "if ((w & 0x%08xu) == 0x%08xu", rest, r->p.value & rest);
        join = " && ";
    }
    if (r->p.need) {
        fprintf(f, "%s(features & UINT64_C(0x%" PRIx64 ")) == UINT64_C(0x%" PRIx64 ")", join, r->p.need,
                r->p.need);
        join = " && ";
    }
    if (r->p.forbid) {
        fprintf(f, "%s!(features & UINT64_C(0x%" PRIx64 "))", join, r->p.forbid);
        join = " && ";
    }
    for (unsigned i = 0; i < r->p.conds; i++) {
        if (isagen_cond_truth(&r->p.cond[i], nd->known, nd->value) == TRUE_) continue;
        fputs(join, f);
        isagen_emit_cond(f, &r->p.cond[i], false, "w");
        join = " && ";
    }
    fprintf(f, "%sreturn x%d(w, ", *join == ' ' ? ") " : "", r->extractor);
    isagen_emit_id(f, r);
    fputs(", out);\n", f);
}

static bool surely_returns(const struct node *nd)
{
    const struct row *r = nd->rows ? nd->row[nd->rows - 1] : NULL;

    if (nd->len || !r || r->p.fixed & ~nd->known || r->p.need || r->p.forbid) return false;
    for (unsigned i = 0; i < r->p.conds; i++)
        if (isagen_cond_truth(&r->p.cond[i], nd->known, nd->value) != TRUE_) return false;
    return true;
}

static void emit_node(FILE *f, const struct node *nd, int depth)
{
    if (!nd->len) {
        for (int i = 0; i < nd->rows; i++) emit_candidate(f, nd, nd->row[i], depth);
        if (depth > 1 && !surely_returns(nd)) {
            indent(f, depth);
            fputs("return false;\n", f);
        }
        return;
    }
    indent(f, depth);
    if (nd->pos)
        fprintf(f, "switch (w >> %u & 0x%x) {\n", nd->pos, (1U << nd->len) - 1);
    else
        fprintf(f, "switch (w & 0x%x) {\n", (1U << nd->len) - 1);
    for (unsigned i = 0; i < nd->ncases; i++) {
        for (unsigned k = 0; k < nd->cases[i].n; k++) {
            if (k % 8 == 0) indent(f, depth);
            fprintf(f, "case 0x%x:%s", nd->cases[i].values[k],
                    k % 8 == 7 || k + 1 == nd->cases[i].n ? "\n" : " ");
        }
        emit_node(f, nd->cases[i].child, depth + 1);
    }
    indent(f, depth);
    fputs("}\n", f);
    if (depth > 1) {
        indent(f, depth);
        fputs("return false;\n", f);
    }
}

void isagen_emit_decode(struct isagen *g, const struct set *s, FILE *f)
{
    isagen_emit_banner(f, "Decoder");
    fprintf(f, "#include \"%s.h\"\n", s->name);
    emit_extractors(g, s, f);
    fprintf(f, "\nbool %s_decode(uint32_t w, uint64_t features, struct %s_rec *out)\n{\n", s->name, s->name);
    fputs("    (void)features;\n", f);
    emit_node(f, isagen_tree(g, s), 1);
    fputs("    return false;\n}\n", f);
}
