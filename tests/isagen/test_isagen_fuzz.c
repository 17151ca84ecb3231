/*
 * Damaged tables: the tool must come back with an error or a result, whatever it reads. The toy's tables are
 * cut off at every byte, and then have bytes and lines changed, dropped and doubled. Run under the sanitizers
 * for full effect.
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

static char text[1 << 16];
static size_t text_len;
static FILE *null;

/* True: the table passed, and everything was emitted. */
static bool run(const char *s, size_t n)
{
    struct isagen g;

    isagen_init(&g, null);
    isagen_parse(&g, "fuzz.isa", s, n);
    bool ok = isagen_run(&g);
    assert_int_equal(ok, g.errors == 0);
    if (ok) {
        isagen_emit_guest(&g, null);
        for (const struct set *t = g.sets; t; t = t->next) {
            isagen_emit_header(&g, t, null);
            isagen_emit_decode(&g, t, null);
            isagen_emit_lift(&g, t, null);
            isagen_emit_names(t, null);
            isagen_emit_print(&g, t, null);
            isagen_emit_rows(&g, t, null);
        }
    }
    isagen_free(&g);
    return ok;
}

static void isagen_survives_truncation(void **state)
{
    int good = 0;
    (void)state;
    assert_true(run(text, text_len));
    for (size_t n = 0; n < text_len; n++) good += run(text, n);
    assert_in_range(good, 1, text_len - 1); /* some prefixes are whole tables, others are not */
}

static uint64_t seed = 99;
static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

/* One change at a random place. Returns the new length. */
static size_t damage(char *s, size_t n)
{
    static const char odd[] = "\0\n\\\"{}[]#%@&=:,.!<>-+01 9s|?\377";
    size_t at = random_below(n), len = 1 + random_below(12);

    if (len > n - at) len = n - at;
    switch (random_below(4)) {
    case 0: s[at] = odd[random_below(sizeof odd)]; break;
    case 1: memmove(s + at, s + at + len, n - at - len); return n - len;
    case 2: memmove(s + at + len, s + at, n - at); return n + len;
    default: memmove(s + at, s + random_below(n - len + 1), len); break;
    }
    return n;
}

static void isagen_survives_damage(void **state)
{
    int bad = 0;
    (void)state;
    for (int i = 0; i < 4000; i++) {
        char *s = malloc(text_len + 100);
        size_t n = text_len;
        assert_non_null(s);
        memcpy(s, text, text_len);
        for (uint64_t k = 1 + random_below(5); k; k--) n = damage(s, n);
        s = realloc(s, n); /* exact: the sanitizer sees a read past the end */
        assert_non_null(s);
        bad += !run(s, n);
        free(s);
    }
    assert_true(bad > 1000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isagen_survives_truncation),
        cmocka_unit_test(isagen_survives_damage),
    };
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;

    if (!f || !(null = fopen("/dev/null", "w"))) return 2;
    text_len = fread(text, 1, sizeof text, f);
    fclose(f);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fclose(null);
    return failed;
}
