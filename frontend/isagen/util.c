/*
 * Memory, messages and names for the tool. All memory is freed at once by isagen_free, so nothing here or
 * elsewhere frees single objects. Messages have the form `file:line: text` followed by the line itself.
 */
#include "frontend/isagen/isagen.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
    struct chunk *next;
    max_align_t data[];
};

void isagen_init(struct isagen *g, FILE *err)
{
    memset(g, 0, sizeof *g);
    g->err = err;
    g->set_tail = &g->sets;
    g->argset_tail = &g->argsets;
}

void isagen_free(struct isagen *g)
{
    while (g->chunks) {
        struct chunk *c = g->chunks;
        g->chunks = c->next;
        free(c);
    }
}

void *isagen_alloc(struct isagen *g, size_t size)
{
    struct chunk *c = calloc(1, sizeof *c + size);
    if (!c) {
        fputs("isagen: out of memory\n", stderr);
        exit(1);
    }
    c->next = g->chunks;
    g->chunks = c;
    return c->data;
}

char *isagen_strndup(struct isagen *g, const char *s, size_t n)
{
    char *d = isagen_alloc(g, n + 1);
    memcpy(d, s, n);
    return d;
}

bool isagen_error(struct isagen *g, const struct loc *at, const char *fmt, ...)
{
    va_list ap;

    if (g->errors++ >= MAX_ERRORS) return false;
    fprintf(g->err, "%s:%d: ", at->file, at->line);
    va_start(ap, fmt);
    vfprintf(g->err, fmt, ap);
    va_end(ap);
    fputc('\n', g->err);
    if (at->text && *at->text) fprintf(g->err, "  %5d | %.200s\n", at->line, at->text);
    return false;
}

bool isagen_is_ident(const char *s, size_t n)
{
    if (n == 0 || n > 64 || !(isalpha((unsigned char)s[0]) || s[0] == '_')) return false;
    for (size_t i = 1; i < n; i++)
        if (!(isalnum((unsigned char)s[i]) || s[i] == '_')) return false;
    return true;
}

bool isagen_is_keyword(const char *s)
{
    static const char *const words[] = {
        "asm",    "auto",     "bool",     "break",  "case",   "char",   "const",  "continue", "default",
        "do",     "double",   "else",     "enum",   "extern", "false",  "float",  "for",      "goto",
        "if",     "inline",   "int",      "long",   "ref",    "return", "short",  "signed",   "sizeof",
        "static", "restrict", "register", "struct", "switch", "true",   "typeof", "typedef",  "union",
        "when",   "unsigned", "void",     "while",  "attr",   "lift",   "todo",   "alias",    "volatile",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(s, words[i])) return true;
    return false;
}

bool isagen_number(const char *s, int64_t *out)
{
    bool minus = *s == '-';
    int base = 10;
    uint64_t v = 0;

    s += minus;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'b')) {
        base = s[1] == 'x' ? 16 : 2;
        s += 2;
    }
    if (!*s) return false;
    for (; *s; s++) {
        int d = isdigit((unsigned char)*s)    ? *s - '0'
                : isxdigit((unsigned char)*s) ? tolower((unsigned char)*s) - 'a' + 10
                                              : 99;
        if (d >= base) return false;
        v = v * (unsigned)base + (unsigned)d;
        if (v > UINT32_MAX) return false;
    }
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

int isagen_find_name(const char *const *names, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return (int)i;
    return -1;
}
