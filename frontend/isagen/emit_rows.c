/*
 * Writes NAME_rows.c: the rows as data (isa_rows.h), for random instruction words and coverage. It stands in
 * a file of its own so that the linker leaves it out of programs that do not ask for it.
 */
#include "frontend/isagen/isagen.h"

#include <inttypes.h>

static void emit_field(FILE *f, const struct field *x)
{
    const char *name = x->name;
    fprintf(f, "    {\"%s\", %u, %u, %s, {", name, x->pieces, x->shift, x->is_signed ? "true" : "false");
    for (unsigned i = 0; i < x->pieces; i++)
        fprintf(f, "%s{%u, %u}", i ? ", " : "", x->piece[i].pos, x->piece[i].len);
    fputs("}},\n", f);
}

static bool is_bits(const struct operand *o)
{
    return o->arg && o->arg->kind != ARG_CONST;
}

/* Arguments first, then the fields that only conditions use, in the order of the conditions. */
static unsigned emit_fields(FILE *f, const struct row *r)
{
    unsigned n = 0;

    for (unsigned i = 0; i < r->p.args; i++)
        if (r->p.arg[i].kind != ARG_CONST && ++n) emit_field(f, &r->p.arg[i].field);
    for (unsigned i = 0; i < r->p.conds; i++) {
        const struct operand *o[2] = {&r->p.cond[i].lhs, &r->p.cond[i].rhs};
        for (int k = 0; k < 2; k++)
            if (is_bits(o[k]) && o[k]->name[0] == '%' && ++n) emit_field(f, &o[k]->arg->field);
    }
    return n;
}

static void emit_operand(FILE *f, const struct row *r, const struct operand *o, unsigned *extra)
{
    int index = 0;

    if (!is_bits(o)) {
        fprintf(f, "-1, %" PRId64, o->arg ? o->arg->value : o->value);
        return;
    }
    if (o->name[0] == '%') {
        fprintf(f, "%u, 0", (*extra)++);
        return;
    }
    for (const struct arg *a = r->p.arg; a != o->arg; a++) index += a->kind != ARG_CONST;
    fprintf(f, "%d, 0", index);
}

static void emit_conds(FILE *f, const struct row *r)
{
    static const char *const op[] = {"ISA_EQ", "ISA_NE", "ISA_LT", "ISA_LE", "ISA_GT", "ISA_GE"};
    unsigned extra = 0;

    for (unsigned i = 0; i < r->p.args; i++) extra += r->p.arg[i].kind != ARG_CONST;
    for (unsigned i = 0; i < r->p.conds; i++) {
        fprintf(f, "    {%s, {", op[r->p.cond[i].op]);
        emit_operand(f, r, &r->p.cond[i].lhs, &extra);
        fputs("}, {", f);
        emit_operand(f, r, &r->p.cond[i].rhs, &extra);
        fputs("}},\n", f);
    }
}

static void emit_row(FILE *f, const struct row *r, unsigned field, unsigned fields, unsigned cond)
{
    fprintf(f, "    {\"%s\", \"%s\", 0x%08xu, 0x%08xu, 0x%08xu, 0x%08xu, ", r->name, r->ref ? r->ref : "",
            r->p.fixed, r->p.value, r->p.ignored, r->p.ones);
    fprintf(f, "UINT64_C(0x%" PRIx64 "), UINT64_C(0x%" PRIx64 "), UINT64_C(0x%" PRIx64 "),\n", r->p.need,
            r->p.forbid, r->attrs);
    fprintf(f, "     fields + %u, conds + %u, %u, %u, %u, %s},\n", field, cond, fields, r->p.conds,
            r->set->width, r->todo ? "true" : "false");
}

void isagen_emit_rows(struct isagen *g, const struct set *s, FILE *f)
{
    unsigned *count = isagen_alloc(g, (size_t)s->rows * sizeof *count);
    unsigned field = 0, cond = 0;

    isagen_emit_banner(f, "Rows");
    fprintf(f, "#include \"%s.h\"\n\nstatic const struct isa_field fields[] = {\n", s->name);
    for (struct row *r = s->row; r; r = r->next) count[r->id] = emit_fields(f, r);
    fputs("    {\"\", 0, 0, false, {{0, 0}}},\n};\n\nstatic const struct isa_cond conds[] = {\n", f);
    for (struct row *r = s->row; r; r = r->next) emit_conds(f, r);
    fprintf(f, "    {ISA_EQ, {-1, 0}, {-1, 0}},\n};\n\nconst struct isa_row %s_rows[] = {\n", s->name);
    for (struct row *r = s->row; r; r = r->next) {
        emit_row(f, r, field, count[r->id], cond);
        field += count[r->id];
        cond += r->p.conds;
    }
    fprintf(f, "};\nconst uint32_t %s_row_count = %d;\n", s->name, s->rows);
}
