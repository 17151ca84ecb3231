/*
 * What generated code and its users share at run time: the result of lifting, and instruction rows as data
 * for random words and coverage. Generated headers include this; the tool itself does not.
 */
#ifndef CALQUE_FRONTEND_ISAGEN_ISA_ROWS_H
#define CALQUE_FRONTEND_ISAGEN_ISA_ROWS_H

#include <stdbool.h>
#include <stdint.h>

enum isa_result {
    ISA_OK,    /* lifted */
    ISA_UNDEF, /* the lifter found the encoding undefined */
    ISA_TODO,  /* the row is declared, its lifter is not written yet */
};

struct isa_piece {
    uint8_t pos, len; /* bits pos .. pos+len-1 */
};

/* A value cut out of the word: pieces, most significant first, shifted left by `shift`. map= is not applied.
 */
struct isa_field {
    const char *name;
    uint8_t pieces, shift;
    bool is_signed;
    struct isa_piece piece[8];
};

enum isa_cond_op { ISA_EQ, ISA_NE, ISA_LT, ISA_LE, ISA_GT, ISA_GE };

struct isa_operand {
    int16_t field; /* index into the row's fields, or -1: a number */
    int64_t value;
};

struct isa_cond {
    enum isa_cond_op op;
    struct isa_operand lhs, rhs;
};

struct isa_row {
    const char *name, *ref;
    uint32_t mask, value;   /* fixed bits */
    uint32_t ignored, ones; /* bits decoding ignores; those of them that encoders write as one */
    uint64_t need, forbid;  /* features */
    uint64_t attrs;
    const struct isa_field *field; /* arguments in order, then fields only conditions use */
    const struct isa_cond *cond;
    uint8_t fields, conds, width;
    bool todo;
};

int64_t isa_field_get(const struct isa_field *f, uint32_t word);
/* The word with the field set to the low bits of v (after undoing the scale). */
uint32_t isa_field_set(const struct isa_field *f, uint32_t word, int64_t v);
/* Fixed bits and conditions; not features, and not rows that win over this one. */
bool isa_row_matches(const struct isa_row *r, uint32_t word);
/*
 * A word that matches the row: ignored bits as encoders write them, fields random with all-zeros and all-ones
 * more often than chance. rnd returns 64 random bits. When 1000 attempts fail to satisfy the conditions the
 * last attempt is returned: ask isa_row_matches where conditions are that unlikely.
 */
uint32_t isa_random_word(const struct isa_row *r, uint64_t (*rnd)(void *), void *rnd_arg);

#endif
