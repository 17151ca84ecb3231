/* Ranges of addresses and of numbers of units, as ranges.h defines them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/ranges.h"

static char message[256];

static int parse(struct ranges *r, const char *text, bool numbers)
{
    struct out err;
    out_init_mem(&err, message, sizeof message);
    return ranges_parse(r, text, numbers, &err);
}

static void ranges_numbers_and_addresses_are_apart(void **state)
{
    (void)state;
    struct ranges r;
    assert_int_equal(parse(&r, "0x10..0x1f,@3,@5..7,100+2", true), 0);
    for (u64 i = 0; i < 300; i++) {
        assert_int_equal(ranges_have(&r, i), (i >= 0x10 && i <= 0x1f) || i == 100 || i == 101);
        assert_int_equal(ranges_have_number(&r, i), i == 3 || (i >= 5 && i <= 7));
    }
}

static void ranges_reach_both_ends(void **state)
{
    (void)state;
    struct ranges r;
    assert_int_equal(parse(&r, "0..0xffffffffffffffff", false), 0);
    assert_true(ranges_have(&r, 0) && ranges_have(&r, ~(u64)0));
    assert_false(ranges_have_number(&r, 0));
}

static void ranges_bad_ones_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"@", "@x", "@5..3", "@1..", "@1+2", "@1,", "5", ""};
    struct ranges r;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(parse(&r, bad[i], true), -EINVAL);
    assert_int_equal(parse(&r, "@1", false), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_numbers_and_addresses_are_apart),
        cmocka_unit_test(ranges_reach_both_ends),
        cmocka_unit_test(ranges_bad_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
