/*
 * Every message of the tool, provoked. bad.txt holds the cases: a line `== title`, the table, and after `>>`
 * the first message as `line: text`. `>> ok` is a table that must pass. A title ending in `+` puts `%set t
 * guest=g width=16` before the table as line 1. A line
 * `---` begins a second file, two.isa, in which the message then is expected.
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

static const char *cases_path;

static void check_case(const char *title, const char *table, const char *want)
{
    struct isagen g;
    char *err = NULL, text[1024] = "ok";
    size_t size;
    FILE *f = open_memstream(&err, &size);

    assert_non_null(f);
    isagen_init(&g, f);
    const char *cut = strstr(table, "---\n");
    isagen_parse(&g, "bad.isa", table, cut ? (size_t)(cut - table) : strlen(table));
    if (cut) isagen_parse(&g, "two.isa", cut + 4, strlen(cut + 4));
    bool ok = isagen_run(&g);
    fclose(f);
    if (!ok) {
        assert_memory_equal(err, cut ? "two.isa:" : "bad.isa:", 8);
        snprintf(text, sizeof text, "%.*s", (int)strcspn(err + 8, "\n"), err + 8);
    }
    assert_int_equal(ok, g.errors == 0);
    if (strcmp(text, want)) fail_msg("%s:\n  got:  %s\n  want: %s", title, text, want);
    isagen_free(&g);
    free(err);
}

static void isagen_reports_bad_tables(void **state)
{
    FILE *f = fopen(cases_path, "r");
    char line[4096], title[256] = "", table[16384] = "";
    int cases = 0;
    (void)state;

    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (!strncmp(line, "== ", 3)) {
            snprintf(title, sizeof title, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
            strcpy(table, title[strlen(title) - 1] == '+' ? "%set t guest=g width=16\n" : "");
        } else if (!strncmp(line, ">> ", 3)) {
            line[strcspn(line, "\n")] = 0;
            check_case(title, table, line + 3);
            cases++;
        } else {
            assert_true(strlen(table) + strlen(line) < sizeof table);
            strcat(table, line);
        }
    }
    fclose(f);
    assert_true(cases > 80);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(isagen_reports_bad_tables)};

    if (argc != 2) return 2;
    cases_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
