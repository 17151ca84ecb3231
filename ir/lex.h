/* Private to the room: the words of the text form, for parse.c. A cursor over the text that counts lines and
 * keeps the first error; after an error every function fails. */
#ifndef CALQUE_IR_LEX_H
#define CALQUE_IR_LEX_H

#include "runtime/base/types.h"

struct lex {
    const char *p;
    u32 line;
    bool failed;
    char *err;
    size_t errsize;
};

/* Reports "line N: …" once; always false. */
bool lex_fail(struct lex *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Blanks on this line, or (lines) comments and line ends too. */
void lex_blanks(struct lex *l);
void lex_lines(struct lex *l);
/* Takes the character c, after blanks, if it is next. */
bool lex_take(struct lex *l, char c);
/* The same, and an error if it is not. */
bool lex_want(struct lex *l, char c);
/* A word of letters, digits and _ at the cursor; false (no error) if there is none or it does not fit. */
bool lex_word(struct lex *l, char *word, size_t size);
/* A number, decimal or 0x, perhaps with a minus; up to 128 bits. */
bool lex_number(struct lex *l, u128 *v);
/* `prefix` and a decimal number below `limit`, such as v12; false (no error) if something else stands there.
 */
bool lex_indexed(struct lex *l, char prefix, u32 limit, u32 *v);

#endif
