/*
 * The generated decoder, printer and dispatcher of the invented guest. What a word decodes to follows from
 * the tables by hand, or from the plain reading of the rows (first row in file order whose bits, conditions
 * and features fit).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "tests/isagen/toy_guest.h"
#include "toy.h"
#include "toy16.h"

#define ALL (TOY_HAS_MUL | TOY_HAS_WIDE | TOY_HAS_OLD | TOY_HAS_EXT)

static int plain_decode(const struct isa_row *rows, u32 n, u32 word, u64 features)
{
    for (u32 i = 0; i < n; i++)
        if (isa_row_matches(&rows[i], word) && (features & rows[i].need) == rows[i].need &&
            !(features & rows[i].forbid))
            return (int)i;
    return -1;
}

static int tree_decode(u32 word, u64 features)
{
    struct toy_rec r;
    return toy_decode(word, features, &r) ? (int)r.id : -1;
}

static int tree_decode16(u32 word, u64 features)
{
    struct toy16_rec r;
    return toy16_decode(word, features, &r) ? (int)r.id : -1;
}

static void toy_decodes_16_bit_words_as_rows_say(void **state)
{
    int hits = 0;
    (void)state;
    for (u64 features = 0; features <= ALL; features++)
        for (u32 w = 0; w < 0x10000; w++) {
            int want = plain_decode(toy16_rows, toy16_row_count, w, features);
            assert_int_equal(tree_decode16(w, features), want);
            hits += want >= 0;
        }
    assert_true(hits > 0x10000);
}

static void check_word(u32 w, u64 features, u64 *hits)
{
    int want = plain_decode(toy_rows, toy_row_count, w, features);
    int got = tree_decode(w, features);
    if (want != got) fail_msg("word %08x features %lx: %d, not %d", w, features, got, want);
    *hits += want >= 0;
}

static void toy_decodes_32_bit_words_as_rows_say(void **state)
{
    u64 seed = 1, hits = 0;
    (void)state;
    for (int i = 0; i < 500000; i++) check_word((u32)toy_random(&seed), toy_random(&seed) & ALL, &hits);
    /* Words near rows: one bit off, or none. */
    for (int i = 0; i < 20000; i++)
        for (u32 k = 0; k < toy_row_count; k++) {
            u32 w = isa_random_word(&toy_rows[k], toy_random, &seed);
            check_word(w, toy_random(&seed) & ALL, &hits);
            check_word(w ^ UINT32_C(1) << (toy_random(&seed) & 31), toy_random(&seed) & ALL, &hits);
        }
    assert_true(hits > 20000 * toy_row_count);
}

/* Every row's random words match it, and decode to it or to an earlier row. */
static void random_words_property(const struct isa_row *rows, u32 n, int (*decode)(u32, u64))
{
    u64 seed = 77;

    for (u32 k = 0; k < n; k++) {
        int own = 0;
        for (int i = 0; i < 2000; i++) {
            u32 w = isa_random_word(&rows[k], toy_random, &seed);
            int got = decode(w, (toy_random(&seed) & ALL & ~rows[k].forbid) | rows[k].need);
            assert_true(isa_row_matches(&rows[k], w));
            assert_int_equal(w & rows[k].ignored, rows[k].ones);
            assert_in_range(got, 0, k);
            own += got == (int)k;
        }
        if (!own) fail_msg("no random word of %s decodes to it", rows[k].name);
    }
}

static void toy_random_words_decode_to_their_row(void **state)
{
    (void)state;
    random_words_property(toy_rows, toy_row_count, tree_decode);
    random_words_property(toy16_rows, toy16_row_count, tree_decode16);
}

/* Word, what it prints at pc 0x1000 with all features but OLD, its row, the lifter's name and first argument.
 */
static const struct {
    u32 word;
    const char *text, *row, *lifter;
    s64 first;
} words[] = {
    {0x005201b3, "add x3, x4, x5", "add", "add", 3},
    {0x005001b3, "mv x3, x5", "add", "add", 3},      /* first alias */
    {0x000201b3, "copy x3, x4", "add", "add", 3},    /* second */
    {0x000181b3, "add x3, x3, x0", "add", "add", 3}, /* its rd!=rs1 fails */
    {0x405201b3, "sub x3, x4, x5", "sub", "sub", 3},
    {0x025201b3, "mul x3, x4, x5", "mul", "mul", 3},
    {0x045201b3, "muladd x3, x4, x5", "muladd", "muladd", 3}, /* from the second file */
    {0x00000013, "nop", "nop", "nop", 0},
    {0x00100013, "li x0, 1", "li", "li", 1},
    {0x80000093, "li x1, -2048", "li", "li", -2048},
    {0x00108093, "inc x1", "inc", "addi", 1},
    {0x00110093, "addi x1, x2, 0x1", "addi", "addi", 1},
    {0xffc10093, "addi x1, x2, -0x4", "addi", "addi", -4},
    {0xfe312e23, "sw x3, -4(x2)", "sw", "sw", -4}, /* imm in two pieces: 7f, 1c */
    {0x7e312fa3, "sw x3, 2047(x2)", "sw", "sw", 2047},
    {0x00208463, "beq x1, x2, 1008", "beq", "beq", 8},
    {0xfe209ee3, "bne x1, x2, ffc", "bne", "bne", -4},
    {0x80208063, "beq x1, x2, 0", "beq", "beq", -4096},
    {0x7e208fe3, "beq x1, x2, 1ffe", "beq", "beq", 4094},
    /* Ignored bits as encoders write them, then the other way. */
    {0x1d194dab, "shs! lsr {1 by 3} x5", "shift", "shift", 1},
    {0x1d1972ab, "shs! lsr {1 by 3} x5", "shift", "shift", 1},
    {0x13000dab, "sh r|r {3 by 0} x0", "shift", "shift", 3},
    {0x2301c0ab, "sh0 3 x7", "shift0", "shift", 3}, /* type is constant */
    {0xe0000056, "neg -5", "neg", "neg", -5},
    {0xe0000057, "neg -5", "neg", "neg", -5},
    {0xf023006b, "pair 2 3 2", "pair", "pair", 2},
    {0xfd23006b, "pair 2 3 2", "pair", "pair", 2},
    {0xfe44006b, "same -2", "same", "same", -2},
    {0xf044006b | 8 << 24, "same -8", "same", "same", -8},
    {0xf043006b, "gone 4 3", "gone", "gone", 4},
    {0x5700006b, "only7", "only7", "only7", 7},
    {0x5600006b, "not7 6", "not7", "not7", 6},
    {0x6000006b, "new", "new", "nop", 0},
    {0x1020007b, "mapped 0x184", "mapped", "mapped", 0x184}, /* (2:1 << 2) ^ 0x100 */
};

static void toy_prints_and_lifts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct toy_rec r;
        struct lift l = {0};
        struct out o;
        char buf[100];

        out_init_mem(&o, buf, sizeof buf);
        assert_true(toy_decode(words[i].word, ALL & ~TOY_HAS_OLD, &r));
        assert_string_equal(toy_name(r.id), words[i].row);
        assert_string_equal(toy_rows[r.id].name, words[i].row);
        assert_int_equal(r.word, words[i].word);
        toy_print(&o, &r, 0x1000);
        assert_string_equal(buf, words[i].text);
        assert_int_equal(toy_lift(&l, &r), ISA_OK);
        assert_string_equal(l.called, words[i].lifter);
        assert_int_equal(l.first, words[i].first);
    }
}

static void toy_features_gate_rows(void **state)
{
    static const struct {
        u32 word;
        u64 features;
        const char *row; /* NULL: none */
    } gated[] = {
        {0x025201b3, 0, NULL},
        {0x025201b3, TOY_HAS_MUL, "mul"},
        {0x025201bb, TOY_HAS_MUL, NULL}, /* needs two */
        {0x025201bb, TOY_HAS_WIDE, NULL},
        {0x025201bb, TOY_HAS_MUL | TOY_HAS_WIDE, "mulw"},
        {0x045201b3, ALL & ~TOY_HAS_EXT, NULL},
        {0x6000006b, TOY_HAS_OLD, "old"},
        {0x6000006b, 0, "new"},
        {0xf043006b, TOY_HAS_OLD, "any"},
        {0xf013006b, 0, NULL}, /* pair wants a>=2 */
        {0xf013006b, TOY_HAS_OLD, "any"},
        {0xff44006b, 0, NULL}, /* same wants c<=-2 */
        {0xf753006b, TOY_HAS_OLD, "any"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(gated); i++) {
        struct toy_rec r;
        bool found = toy_decode(gated[i].word, gated[i].features, &r);
        assert_string_equal(found ? toy_name(r.id) : "none", gated[i].row ? gated[i].row : "none");
    }
}

static void toy_todo_and_refusal_are_reported(void **state)
{
    struct lift l = {.refuse = true};
    struct toy_rec r;
    struct out o;
    char buf[100];
    (void)state;

    out_init_mem(&o, buf, sizeof buf);
    assert_true(toy_decode(0x025201bb, ALL, &r));
    assert_int_equal(toy_lift(&l, &r), ISA_TODO);
    assert_null(l.called);
    assert_true(toy_rows[r.id].todo);
    toy_print(&o, &r, 0);
    assert_string_equal(buf, "mulw x3, x4, x5");

    assert_true(toy_decode(0x005201b3, ALL, &r));
    assert_int_equal(toy_lift(&l, &r), ISA_UNDEF);
    assert_string_equal(l.called, "add");
    assert_string_equal(toy_name(TOY__COUNT), "?");
}

static void toy_short_set_shares_lifters(void **state)
{
    struct lift l = {0};
    struct toy16_rec r;
    struct out o;
    char buf[100];
    (void)state;

    out_init_mem(&o, buf, sizeof buf);
    assert_true(toy16_decode(0x3f12, 0, &r));
    toy16_print(&o, &r, 0);
    assert_string_equal(buf, "addi x2, x1, -0x1");
    assert_int_equal(toy16_lift(&l, &r), ISA_OK);
    assert_string_equal(l.called, "addi");
    assert_int_equal(l.first, -1);

    out_init_mem(&o, buf, sizeof buf);
    assert_true(toy16_decode(0x4f0e, 0, &r));
    toy16_print(&o, &r, 0x1000);
    assert_string_equal(buf, "b ffc");
    toy16_lift(&l, &r);
    assert_string_equal(l.called, "short_b");
    assert_int_equal(l.first, -4);
}

static void toy_rows_carry_their_facts(void **state)
{
    const struct isa_row *add = &toy_rows[TOY_add], *sw = &toy_rows[TOY_sw], *shift = &toy_rows[TOY_shift];
    const struct isa_row *beq = &toy_rows[TOY_beq], *mulw = &toy_rows[TOY_mulw];
    (void)state;

    assert_int_equal(toy_row_count, TOY__COUNT);
    assert_int_equal(toy16_row_count, TOY16__COUNT);
    assert_string_equal(add->ref, "2.4.2");
    assert_int_equal(add->mask, 0xfe00707f);
    assert_int_equal(add->value, 0x33);
    assert_int_equal(add->width, 32);
    assert_int_equal(toy16_rows[0].width, 16);
    assert_int_equal(add->fields, 3);
    assert_string_equal(add->field[0].name, "rs2");
    assert_int_equal(sw->attrs, TOY_IS_mem);
    assert_int_equal(beq->attrs, TOY_IS_branch);
    assert_int_equal(shift->ignored, 0x3f00);
    assert_int_equal(shift->ones, 0x0d00);
    assert_int_equal(mulw->need, TOY_HAS_MUL | TOY_HAS_WIDE);
    assert_int_equal(toy_rows[TOY_new].forbid, TOY_HAS_OLD);
    assert_string_equal(beq->field[2].name, "off");
    assert_int_equal(isa_field_get(&beq->field[2], 0xfe209ee3), -4);
    assert_int_equal(isa_field_set(&beq->field[2], 0x00209063, -4), 0xfe209ee3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toy_decodes_16_bit_words_as_rows_say),
        cmocka_unit_test(toy_decodes_32_bit_words_as_rows_say),
        cmocka_unit_test(toy_random_words_decode_to_their_row),
        cmocka_unit_test(toy_prints_and_lifts),
        cmocka_unit_test(toy_features_gate_rows),
        cmocka_unit_test(toy_todo_and_refusal_are_reported),
        cmocka_unit_test(toy_short_set_shares_lifters),
        cmocka_unit_test(toy_rows_carry_their_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
