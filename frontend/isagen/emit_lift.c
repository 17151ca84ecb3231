/*
 * Writes NAME_lift.c: the dispatcher from a decoded record to the guest's lifter, and the names of the rows.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

static void emit_names(const struct set *s, FILE *f)
{
    size_t at = 0;

    fputs(
        "\n/* Offsets instead of pointers: nothing to relocate at start-up. */\nstatic const char names[] =",
        f);
    for (struct row *r = s->row; r; r = r->next) fprintf(f, "\n    \"%s\\0\"", r->name);
    fputs(";\nstatic const uint32_t name_at[] = {", f);
    for (struct row *r = s->row; r; r = r->next) {
        fprintf(f, "%s%zu,", r->id % 16 ? " " : "\n    ", at);
        at += strlen(r->name) + 1;
    }
    fprintf(f, "\n};\n\nconst char *%s_name(unsigned id)\n{\n", s->name);
    fputs("    return id < sizeof name_at / sizeof name_at[0] ? names + name_at[id] : \"?\";\n}\n", f);
}

void isagen_emit_lift(const struct isagen *g, const struct set *s, FILE *f)
{
    isagen_emit_banner(f, "Dispatcher to the lifters");
    fprintf(f, "#include \"%s.h\"\n", s->name);
    fprintf(f, "\nenum isa_result %s_lift(struct lift *l, const struct %s_rec *r)\n{\n", s->name, s->name);
    fputs("    bool ok;\n\n    switch (r->id) {\n", f);
    for (struct row *r = s->row; r; r = r->next) {
        fputs("    case ", f);
        isagen_emit_id(f, r);
        if (r->todo)
            fputs(": return ISA_TODO;\n", f);
        else
            fprintf(f, ": ok = %s_lift_%s(l, &r->a.%s); break;\n", g->guest, r->lift ? r->lift : r->name,
                    isagen_real(r->args)->name);
    }
    fputs("    default: return ISA_UNDEF;\n    }\n    return ok ? ISA_OK : ISA_UNDEF;\n}\n", f);
}

void isagen_emit_names(const struct set *s, FILE *f)
{
    isagen_emit_banner(f, "Names of the rows");
    fprintf(f, "#include \"%s.h\"\n", s->name);
    emit_names(s, f);
}
