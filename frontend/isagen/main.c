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

/* A file is written in memory first, and to disk only if it differs: one changed row rebuilds little. */
struct output {
    char path[4096];
    FILE *f;
    char *text;
    size_t size;
};

static _Noreturn void cannot_write(const struct output *o)
{
    fprintf(stderr, "isagen: cannot write %s: %s\n", o->path, strerror(errno));
    exit(1);
}

static FILE *create(struct output *o, const char *dir, const char *name, const char *suffix)
{
    int n = snprintf(o->path, sizeof o->path, "%s/%s%s", dir, name, suffix);

    errno = ENAMETOOLONG;
    if (n >= (int)sizeof o->path) cannot_write(o);
    o->f = open_memstream(&o->text, &o->size);
    if (!o->f) cannot_write(o);
    return o->f;
}

static bool unchanged(const struct output *o)
{
    FILE *f = fopen(o->path, "rb");
    char *old = f ? malloc(o->size + 1) : NULL;
    bool same = old && fread(old, 1, o->size + 1, f) == o->size && !memcmp(old, o->text, o->size);

    if (f) fclose(f);
    free(old);
    return same;
}

static void finish(struct output *o)
{
    if (fclose(o->f)) cannot_write(o);
    if (!unchanged(o)) {
        FILE *f = fopen(o->path, "wb");
        if (!f || fwrite(o->text, 1, o->size, f) != o->size || fclose(f)) cannot_write(o);
    }
    free(o->text);
}

static void write_set(struct isagen *g, const struct set *s, const char *dir)
{
    struct output o;

    isagen_emit_header(g, s, create(&o, dir, s->name, ".h"));
    finish(&o);
    isagen_emit_decode(g, s, create(&o, dir, s->name, "_decode.c"));
    finish(&o);
    isagen_emit_lift(g, s, create(&o, dir, s->name, "_lift.c"));
    finish(&o);
    isagen_emit_names(s, create(&o, dir, s->name, "_names.c"));
    finish(&o);
    isagen_emit_print(g, s, create(&o, dir, s->name, "_print.c"));
    finish(&o);
    isagen_emit_rows(g, s, create(&o, dir, s->name, "_rows.c"));
    finish(&o);
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
        struct output o;
        isagen_emit_guest(&g, create(&o, argv[1], g.guest, "_isa.h"));
        finish(&o);
        for (const struct set *s = g.sets; s; s = s->next) write_set(&g, s, argv[1]);
    }
    if (g.errors > MAX_ERRORS) fprintf(stderr, "isagen: %d errors in all\n", g.errors);
    isagen_free(&g);
    return ok ? 0 : 1;
}
