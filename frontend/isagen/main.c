/*
 * isagen OUTDIR FILE.isa …: reads the tables of one guest (any number of sets, several files each) and writes
 * OUTDIR/GUEST_isa.h and, for every set, NAME.h, NAME_decode.c, NAME_lift.c, NAME_names.c, NAME_print.c,
 * NAME_rows.c. With -n as first word it only checks. Exit status 1 and messages `file:line: text` when the
 * tables are wrong.
 */
#include "frontend/isagen/isagen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(struct isagen *g, const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t n, cap = 0;

    *len = 0;
    if (!f) {
        fprintf(stderr, "isagen: cannot open %s: %s\n", path, strerror(errno));
        exit(1);
    }
    do {
        char *bigger = isagen_alloc(g, cap = cap * 2 + 65536);
        if (text) memcpy(bigger, text, *len);
        text = bigger;
        n = fread(text + *len, 1, cap - *len, f);
        *len += n;
    } while (n && *len == cap);
    if (ferror(f)) {
        fprintf(stderr, "isagen: cannot read %s: %s\n", path, strerror(errno));
        exit(1);
    }
    fclose(f);
    return text;
}

static FILE *create(const char *dir, const char *name, const char *suffix)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
    FILE *f = n < (int)sizeof path ? fopen(path, "w") : NULL;

    if (!f) {
        fprintf(stderr, "isagen: cannot write %s/%s%s: %s\n", dir, name, suffix, strerror(errno));
        exit(1);
    }
    return f;
}

static void finish(FILE *f)
{
    if (ferror(f) | fclose(f)) {
        fprintf(stderr, "isagen: cannot write: %s\n", strerror(errno));
        exit(1);
    }
}

static void write_set(struct isagen *g, const struct set *s, const char *dir)
{
    FILE *f;

    isagen_emit_header(g, s, f = create(dir, s->name, ".h"));
    finish(f);
    isagen_emit_decode(g, s, f = create(dir, s->name, "_decode.c"));
    finish(f);
    isagen_emit_lift(g, s, f = create(dir, s->name, "_lift.c"));
    finish(f);
    isagen_emit_names(s, f = create(dir, s->name, "_names.c"));
    finish(f);
    isagen_emit_print(g, s, f = create(dir, s->name, "_print.c"));
    finish(f);
    isagen_emit_rows(g, s, f = create(dir, s->name, "_rows.c"));
    finish(f);
}

int main(int argc, char **argv)
{
    struct isagen g;
    bool check_only = argc > 1 && !strcmp(argv[1], "-n");

    if (argc < 3) {
        fputs("usage: isagen OUTDIR FILE.isa...   writes the generated sources\n"
              "       isagen -n FILE.isa...       only checks\n",
              stderr);
        return 2;
    }
    isagen_init(&g, stderr);
    for (int i = 2; i < argc; i++) {
        size_t len;
        char *text = read_file(&g, argv[i], &len);
        isagen_parse(&g, argv[i], text, len);
    }
    bool ok = isagen_run(&g);
    if (ok && !check_only) {
        FILE *f = create(argv[1], g.guest, "_isa.h");
        isagen_emit_guest(&g, f);
        finish(f);
        for (const struct set *s = g.sets; s; s = s->next) write_set(&g, s, argv[1]);
    }
    if (g.errors > MAX_ERRORS) fprintf(stderr, "isagen: %d errors in all\n", g.errors);
    isagen_free(&g);
    return ok ? 0 : 1;
}
