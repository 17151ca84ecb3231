/*
 * Random tables of 16 bits, dense with overlap: the planned decision tree must find, for every word, the
 * first row in file order whose bits and conditions fit. Also that the check for overlap agrees with trying
 * all words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/isagen/isagen.h"

static uint64_t seed = 4711;
static unsigned random_below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 16) % n;
}

/* Random fixed bits; a and b are four-bit fields somewhere, conditions compare them. */
static void random_row(FILE *f, int n, unsigned density)
{
    static const char *const op[] = {"=", "!=", "<", "<=", ">", ">="};

    fprintf(f, "r%d ", n);
    for (int bit = 0; bit < 16; bit++)
        fputc(random_below(100) < density ? '0' + (int)random_below(2) : '-', f);
    fprintf(f, " a=%%a%u b=%%b%u &args \"r\"", random_below(4), random_below(4));
    if (!random_below(3))
        fprintf(f, " when a%s%u", op[random_below(6)], random_below(16));
    else if (!random_below(3))
        fprintf(f, " when a%sb", op[random_below(6)]);
    fputc('\n', f);
}

static char *random_table(int rows, unsigned density, bool ordered)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    assert_non_null(f);
    fputs("%set t guest=g width=16\n&args a b\n", f);
    for (unsigned i = 0; i < 4; i++) {
        fprintf(f, "%%a%u %u:2 %u:2\n", i, random_below(15), random_below(15));
        fprintf(f, "%%b%u %u:4\n", i, random_below(13));
    }
    if (ordered) fputs("{\n", f);
    for (int i = 0; i < rows; i++) random_row(f, i, density);
    if (ordered) fputs("}\n", f);
    fclose(f);
    return text;
}

static bool fits(const struct row *r, uint32_t word)
{
    if ((word & r->p.fixed) != r->p.value) return false;
    for (unsigned i = 0; i < r->p.conds; i++)
        if (isagen_cond_truth(&r->p.cond[i], UINT32_MAX, word) != TRUE_) return false;
    return true;
}

static const struct row *walk(const struct node *nd, uint32_t word)
{
    while (nd->len) {
        unsigned v = word >> nd->pos & ((1U << nd->len) - 1);
        const struct node *next = NULL;
        for (unsigned i = 0; i < nd->ncases; i++)
            for (unsigned k = 0; k < nd->cases[i].n; k++)
                if (nd->cases[i].values[k] == v) {
                    assert_null(next); /* a value stands in one case only */
                    next = nd->cases[i].child;
                }
        if (!next) return NULL;
        nd = next;
        assert_int_equal(word & nd->known, nd->value & nd->known);
    }
    for (int i = 0; i < nd->rows; i++)
        if (fits(nd->row[i], word)) return nd->row[i];
    return NULL;
}

static const struct row *first_fit(const struct set *s, uint32_t word)
{
    const struct row *r = s->row;
    while (r && !fits(r, word)) r = r->next;
    return r;
}

static void tree_finds_the_first_row_that_fits(void **state)
{
    static const struct {
        int rows;
        unsigned density;
    } shapes[] = {{4, 40}, {20, 30}, {60, 45}, {200, 60}, {400, 75}};
    int hits = 0;
    (void)state;

    for (int round = 0; round < 20; round++) {
        struct isagen g;
        int shape = round % 5;
        char *text = random_table(shapes[shape].rows, shapes[shape].density, true);

        isagen_init(&g, stderr);
        isagen_parse(&g, "random.isa", text, strlen(text));
        assert_true(isagen_resolve(&g) && isagen_name_args(&g)); /* rows that never match may occur */
        const struct node *tree = isagen_tree(&g, g.sets);
        for (uint32_t w = 0; w < 0x10000; w++) {
            const struct row *want = first_fit(g.sets, w);
            assert_ptr_equal(walk(tree, w), want);
            hits += want != NULL;
        }
        isagen_free(&g);
        free(text);
    }
    assert_true(hits > 0x10000);
}

/* Does some word fit two rows? */
static bool any_overlap(const struct set *s)
{
    for (uint32_t w = 0; w < 0x10000; w++) {
        int n = 0;
        for (const struct row *r = s->row; r; r = r->next) n += fits(r, w);
        if (n > 1) return true;
    }
    return false;
}

/* The check may see an overlap where conditions exclude it in ways it does not follow; never the other way
 * round. */
static void check_misses_no_overlap(void **state)
{
    int overlaps = 0, passed = 0;
    FILE *null = fopen("/dev/null", "w");
    (void)state;

    assert_non_null(null);
    for (int round = 0; round < 400; round++) {
        struct isagen g;
        char *text = random_table(3, 50, false);

        isagen_init(&g, null);
        isagen_parse(&g, "random.isa", text, strlen(text));
        assert_true(isagen_resolve(&g) && isagen_name_args(&g));
        bool ok = isagen_check(&g);
        if (ok) assert_false(any_overlap(g.sets));
        passed += ok;
        overlaps += !ok;
        isagen_free(&g);
        free(text);
    }
    fclose(null);
    assert_true(overlaps > 10 && passed > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_finds_the_first_row_that_fits),
        cmocka_unit_test(check_misses_no_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
