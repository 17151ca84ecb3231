/* The words of the text form: see lex.h. */
#include "ir/lex.h"
#include "runtime/base/fmt.h"
#include <string.h>

bool lex_fail(struct lex *l, const char *fmt, ...)
{
    if (l->failed) return false;
    l->failed = true;
    int n = fmt_snprintf(l->err, l->errsize, "line %u: ", l->line);
    if ((size_t)n >= l->errsize) return false;
    va_list ap;
    va_start(ap, fmt);
    fmt_vsnprintf(l->err + n, l->errsize - (size_t)n, fmt, ap);
    va_end(ap);
    return false;
}

void lex_blanks(struct lex *l)
{
    while (*l->p == ' ' || *l->p == '\t' || *l->p == '\r') l->p++;
    if (*l->p == ';')
        while (*l->p && *l->p != '\n') l->p++;
}

void lex_lines(struct lex *l)
{
    for (lex_blanks(l); *l->p == '\n'; lex_blanks(l)) {
        l->p++;
        l->line++;
    }
}

bool lex_take(struct lex *l, char c)
{
    lex_blanks(l);
    if (l->failed || *l->p != c) return false;
    l->p++;
    return true;
}

bool lex_want(struct lex *l, char c)
{
    return lex_take(l, c) || lex_fail(l, "expected '%c'", c);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool lex_word(struct lex *l, char *word, size_t size)
{
    size_t n = 0;
    while (is_word(l->p[n])) n++;
    if (l->failed || n == 0 || n >= size) return false;
    memcpy(word, l->p, n);
    word[n] = 0;
    l->p += n;
    return true;
}

static int digit(char c, u32 base)
{
    int d = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : 99;
    return d < (int)base ? d : -1;
}

bool lex_number(struct lex *l, u128 *v)
{
    lex_blanks(l);
    const char *p = l->p;
    bool negative = *p == '-';
    u32 base = 10;
    u128 n = 0;
    p += negative;
    if (p[0] == '0' && p[1] == 'x') {
        base = 16;
        p += 2;
    }
    if (l->failed || digit(*p, base) < 0) return lex_fail(l, "expected a number");
    for (; digit(*p, base) >= 0; p++) {
        if (n > (~(u128)0 - 15) / base) return lex_fail(l, "number too large");
        n = n * base + (u32)digit(*p, base);
    }
    l->p = p;
    *v = negative ? -n : n;
    return true;
}

bool lex_indexed(struct lex *l, char prefix, u32 limit, u32 *v)
{
    lex_blanks(l);
    const char *p = l->p;
    u32 n = 0;
    if (l->failed || *p++ != prefix || digit(*p, 10) < 0) return false;
    for (; digit(*p, 10) >= 0; p++) {
        n = n * 10 + (u32)digit(*p, 10);
        if (n >= limit) return lex_fail(l, "%c%u: number too large", prefix, n);
    }
    if (is_word(*p)) return false;
    l->p = p;
    *v = n;
    return true;
}
