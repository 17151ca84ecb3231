/*
 * Writes the two kinds of header: GUEST_isa.h (features, attribute words, argument structs, and the
 * prototypes of what the guest's author writes: lifters, print kinds, map functions) and NAME.h (the set's
 * ids, record, functions).
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

static void emit_names(FILE *f, const char *guest, const char *one, const char *many, const char *has,
                       const char *const *name, unsigned n)
{
    fputs("\n#define ", f);
    isagen_emit_upper(f, guest);
    fprintf(f, "_%s(X)", many);
    for (unsigned i = 0; i < n; i++) fprintf(f, " X(%s)", name[i]);
    fprintf(f, "\nenum %s_", guest);
    for (const char *s = one; *s; s++) fputc(*s | 0x20, f);
    fputs(" {\n", f);
    for (unsigned i = 0; i <= n; i++) {
        fputs("    ", f);
        isagen_emit_upper(f, guest);
        fprintf(f, "_%s_%s,\n", one, i < n ? name[i] : "_COUNT");
    }
    fputs("};\n", f);
    for (unsigned i = 0; i < n; i++) {
        fputs("#define ", f);
        isagen_emit_upper(f, guest);
        fprintf(f, "_%s_%s (UINT64_C(1) << %u)\n", has, name[i], i);
    }
}

static void emit_argset(FILE *f, const char *guest, const struct argset *a)
{
    if (a->same) {
        const struct argset *real = a->same;
        while (real->same) real = real->same;
        fprintf(f, "#define %s_args_%s %s_args_%s\n", guest, a->name, guest, real->name);
        return;
    }
    fprintf(f, "struct %s_args_%s {\n", guest, a->name);
    for (unsigned i = 0; i < a->fields; i++)
        fprintf(f, "    %s %s;\n", a->is_signed[i] ? "int32_t" : "uint32_t", a->field[i]);
    if (!a->fields) fputs("    uint32_t unused_;\n", f);
    fputs("};\n", f);
}

static const char *lifter(const struct row *r)
{
    return r->lift ? r->lift : r->name;
}

/* Is r the first row, over all sets, that names its lifter? */
static bool first_use(const struct isagen *g, const struct row *r)
{
    for (const struct set *s = g->sets; s; s = s->next)
        for (const struct row *o = s->row; o; o = o->next) {
            if (o == r) return true;
            if (!o->todo && !strcmp(lifter(o), lifter(r))) return false;
        }
    return true;
}

static void emit_prototypes(const struct isagen *g, FILE *f)
{
    fputs("\nstruct lift;\nstruct out;\n", f);
    if (g->maps) fputs("\n/* Field values by function (map=): pure, from the scaled raw value. */\n", f);
    for (const struct callee *c = g->maps; c; c = c->next)
        fprintf(f, "uint32_t %s_map_%s(uint32_t raw);\n", g->guest, c->name);
    if (g->kinds) fputs("\n/* Print kinds. pc is the address of the instruction. */\n", f);
    for (const struct callee *c = g->kinds; c; c = c->next) {
        fprintf(f, "void %s_fmt_%s(struct out *o, ", g->guest, c->name);
        for (unsigned i = 0; i < c->arity; i++) fprintf(f, "int64_t v%u, ", i);
        fputs("uint64_t pc);\n", f);
    }
    fputs("\n/* Lifters. False: this encoding turns out to be undefined. */\n", f);
    for (const struct set *s = g->sets; s; s = s->next)
        for (struct row *r = s->row; r; r = r->next)
            if (!r->todo && first_use(g, r))
                fprintf(f, "bool %s_lift_%s(struct lift *l, const struct %s_args_%s *a);\n", g->guest,
                        lifter(r), g->guest, isagen_real(r->args)->name);
}

static void open_guard(FILE *f, const char *name, const char *suffix)
{
    for (int i = 0; i < 2; i++) {
        fputs(i ? "#define CALQUE_ISA_" : "#ifndef CALQUE_ISA_", f);
        isagen_emit_upper(f, name);
        fprintf(f, "%s\n", suffix);
    }
}

void isagen_emit_guest(const struct isagen *g, FILE *f)
{
    isagen_emit_banner(f, "Arguments, lifters, print kinds, features");
    open_guard(f, g->guest, "_ISA_H");
    fputs("#include <stdbool.h>\n#include <stdint.h>\n", f);
    emit_names(f, g->guest, "FEATURE", "FEATURES", "HAS", g->feature, g->features);
    emit_names(f, g->guest, "ATTR", "ATTRS", "IS", g->attr, g->attrs);
    fputs("\n/* One struct per distinct argument list; a #define is a second name of a struct. */\n", f);
    for (const struct argset *a = g->argsets; a; a = a->next) emit_argset(f, g->guest, a);
    emit_prototypes(g, f);
    fputs("\n#endif\n", f);
}

static void emit_record(const struct isagen *g, const struct set *s, FILE *f)
{
    fprintf(
        f,
        "\n/* A decoded instruction; `a` has the member of its argument struct's name. */\nstruct %s_rec {\n",
        s->name);
    fputs("    uint16_t id;\n    uint32_t word;\n    union {\n", f);
    for (const struct argset *a = g->argsets; a; a = a->next) {
        bool here = false;
        for (struct row *r = s->row; r && !here; r = r->next) here = isagen_real(r->args) == a;
        if (here) fprintf(f, "        struct %s_args_%s %s;\n", g->guest, a->name, a->name);
    }
    fputs("    } a;\n};\n", f);
}

void isagen_emit_header(const struct isagen *g, const struct set *s, FILE *f)
{
    isagen_emit_banner(f, s->name);
    open_guard(f, s->name, "_H");
    fprintf(f, "#include \"frontend/isagen/isa_rows.h\"\n#include \"%s_isa.h\"\n", g->guest);
    fprintf(f, "\nenum %s_insn {\n", s->name);
    for (struct row *r = s->row; r; r = r->next) {
        fputs("    ", f);
        isagen_emit_id(f, r);
        fputs(",\n", f);
    }
    fputs("    ", f);
    isagen_emit_upper(f, s->name);
    fprintf(f, "__COUNT,\n};\n");
    emit_record(g, s, f);
    fprintf(f, "\n/* Fills *out; false: no such encoding with these features (bits %s_feature). */\n",
            g->guest);
    fprintf(f, "bool %s_decode(uint32_t word, uint64_t features, struct %s_rec *out);\n", s->name, s->name);
    fprintf(f, "enum isa_result %s_lift(struct lift *l, const struct %s_rec *r);\n", s->name, s->name);
    fprintf(f, "void %s_print(struct out *o, const struct %s_rec *r, uint64_t pc);\n", s->name, s->name);
    fprintf(f, "const char *%s_name(unsigned id); /* the row's name */\n", s->name);
    fprintf(f, "\nextern const struct isa_row %s_rows[]; /* indexed by id */\n", s->name);
    fprintf(f, "extern const uint32_t %s_row_count;\n\n#endif\n", s->name);
}
