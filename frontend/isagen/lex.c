/*
 * Cuts the input into statements (a line, or several joined by a backslash at the end) and those into tokens:
 * runs of non-blank characters, or strings in double quotes. `#` where a token could start begins a comment.
 */
#include "frontend/isagen/isagen.h"

#include <string.h>

void isagen_lex_init(struct lexer *lx, struct isagen *g, const char *file, const char *text, size_t len)
{
    memset(lx, 0, sizeof *lx);
    lx->g = g;
    lx->file = file;
    lx->p = text;
    lx->end = text + len;
    lx->line = 1;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Skips blanks, comments and joined line ends. True when a token starts here, false at the end of the
 * statement. */
static bool skip(struct lexer *lx)
{
    while (lx->p < lx->end) {
        if (blank(*lx->p)) {
            lx->p++;
        } else if (*lx->p == '\\' && lx->p + 1 < lx->end && lx->p[1] == '\n') {
            lx->p += 2;
            lx->line++;
        } else if (*lx->p == '#') {
            while (lx->p < lx->end && *lx->p != '\n') lx->p++;
        } else {
            return *lx->p != '\n';
        }
    }
    return false;
}

static bool lex_string(struct lexer *lx, struct token *t)
{
    const char *start = ++lx->p;

    while (lx->p < lx->end && *lx->p != '"' && *lx->p != '\n') {
        if (*lx->p == '\\' && lx->p + 1 < lx->end && lx->p[1] != '\n') lx->p++;
        lx->p++;
    }
    if (lx->p >= lx->end || *lx->p != '"')
        return isagen_error(lx->g, &lx->loc, "string without closing quote");
    t->s = isagen_strndup(lx->g, start, (size_t)(lx->p - start));
    t->is_string = true;
    lx->p++;
    if (lx->p < lx->end && !blank(*lx->p) && *lx->p != '\n')
        return isagen_error(lx->g, &lx->loc, "a blank must follow the string \"%s\"", t->s);
    return true;
}

static bool lex_word(struct lexer *lx, struct token *t)
{
    const char *start = lx->p;

    for (; lx->p < lx->end && !blank(*lx->p) && *lx->p != '\n' && *lx->p != '"'; lx->p++) {
        if (*lx->p == '\\' && lx->p + 1 < lx->end && lx->p[1] == '\n') break;
        if ((unsigned char)*lx->p < ' ' || (unsigned char)*lx->p > '~')
            return isagen_error(lx->g, &lx->loc, "byte 0x%02x outside a string", (unsigned char)*lx->p);
    }
    t->s = isagen_strndup(lx->g, start, (size_t)(lx->p - start));
    t->is_string = false;
    if (lx->p < lx->end && *lx->p == '"')
        return isagen_error(lx->g, &lx->loc, "a blank must stand before the string after '%s'", t->s);
    return true;
}

static void skip_line(struct lexer *lx)
{
    while (lx->p < lx->end && *lx->p != '\n') lx->p++;
}

static bool lex_tokens(struct lexer *lx)
{
    while (skip(lx)) {
        struct token *t = &lx->tok[lx->toks];
        if (lx->toks == MAX_TOKENS) return isagen_error(lx->g, &lx->loc, "more than %d words", MAX_TOKENS);
        if (!(*lx->p == '"' ? lex_string(lx, t) : lex_word(lx, t))) return false;
        lx->toks++;
    }
    return true;
}

bool isagen_lex(struct lexer *lx)
{
    while (lx->p < lx->end) {
        const char *nl = memchr(lx->p, '\n', (size_t)(lx->end - lx->p));
        size_t n = nl ? (size_t)(nl - lx->p) : (size_t)(lx->end - lx->p);

        lx->toks = 0;
        lx->loc = (struct loc){lx->file, lx->line, isagen_strndup(lx->g, lx->p, n)};
        bool ok = lex_tokens(lx);
        if (!ok) skip_line(lx);
        if (lx->p < lx->end) lx->p++;
        lx->line++;
        if (ok && lx->toks) return true;
    }
    return false;
}
