/* Random words for a row, and the plain definition of what a row matches: tests hold the generated decoder to
 * it. */
#include "frontend/isagen/isa_rows.h"

static uint32_t low_bits(unsigned n)
{
    return UINT32_MAX >> (32 - n);
}

int64_t isa_field_get(const struct isa_field *f, uint32_t word)
{
    uint64_t v = 0;
    unsigned bits = 0;

    for (unsigned i = 0; i < f->pieces; i++) {
        v = v << f->piece[i].len | (word >> f->piece[i].pos & low_bits(f->piece[i].len));
        bits += f->piece[i].len;
    }
    if (f->is_signed && v >> (bits - 1)) v -= UINT64_C(1) << bits;
    return (int64_t)(v << f->shift);
}

uint32_t isa_field_set(const struct isa_field *f, uint32_t word, int64_t v)
{
    uint64_t raw = (uint64_t)v >> f->shift;

    for (unsigned i = f->pieces; i--;) {
        uint32_t m = low_bits(f->piece[i].len);
        word = (word & ~(m << f->piece[i].pos)) | ((uint32_t)raw & m) << f->piece[i].pos;
        raw >>= f->piece[i].len;
    }
    return word;
}

static int64_t operand(const struct isa_row *r, const struct isa_operand *o, uint32_t word)
{
    return o->field < 0 ? o->value : isa_field_get(&r->field[o->field], word);
}

static bool holds(const struct isa_row *r, const struct isa_cond *c, uint32_t word)
{
    int64_t a = operand(r, &c->lhs, word), b = operand(r, &c->rhs, word);

    switch (c->op) {
    case ISA_EQ: return a == b;
    case ISA_NE: return a != b;
    case ISA_LT: return a < b;
    case ISA_LE: return a <= b;
    case ISA_GT: return a > b;
    case ISA_GE: return a >= b;
    }
    return false;
}

bool isa_row_matches(const struct isa_row *r, uint32_t word)
{
    if ((word & r->mask) != r->value || (r->width < 32 && word >> r->width)) return false;
    for (unsigned i = 0; i < r->conds; i++)
        if (!holds(r, &r->cond[i], word)) return false;
    return true;
}

/* One field in four becomes all zeros or all ones. */
static uint32_t bias_fields(const struct isa_row *r, uint32_t word, uint64_t bits)
{
    for (unsigned i = 0; i < r->fields; i++, bits = bits >> 3 | bits << 61) {
        if ((bits & 7) == 0) word = isa_field_set(&r->field[i], word, 0);
        if ((bits & 7) == 1) word = isa_field_set(&r->field[i], word, -1);
    }
    return word;
}

static uint32_t fix(const struct isa_row *r, uint32_t word)
{
    word = (word & ~r->ignored) | r->ones;
    word = (word & ~r->mask) | r->value;
    return word & low_bits(r->width);
}

/* Makes equalities true by copying; what this breaks the next attempt may mend. */
static uint32_t satisfy(const struct isa_row *r, uint32_t word)
{
    for (unsigned i = 0; i < r->conds; i++) {
        const struct isa_cond *c = &r->cond[i];
        if (c->op != ISA_EQ) continue;
        if (c->lhs.field >= 0)
            word = isa_field_set(&r->field[c->lhs.field], word, operand(r, &c->rhs, word));
        else
            word = isa_field_set(&r->field[c->rhs.field], word, c->lhs.value);
    }
    return fix(r, word);
}

uint32_t isa_random_word(const struct isa_row *r, uint64_t (*rnd)(void *), void *rnd_arg)
{
    uint32_t word = 0;

    for (int i = 0; i < 1000; i++) {
        word = fix(r, bias_fields(r, (uint32_t)rnd(rnd_arg), rnd(rnd_arg)));
        if (!isa_row_matches(r, word)) word = satisfy(r, word);
        if (isa_row_matches(r, word)) break;
    }
    return word;
}
