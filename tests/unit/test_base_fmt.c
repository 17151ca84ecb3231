// test_base_fmt.c: the formatter against the host's snprintf, on a table and on random conversions; the
// sinks; the number reader against strtoull.
#include "runtime/base/fmt.h"
#include "test_base_capture.h"
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// Both formatters on the same arguments; room for the longest width used here.
static void same(const char *fmt, ...)
{
    char ours[1024], host[1024];
    va_list ap, aq;
    va_start(ap, fmt);
    va_copy(aq, ap);
    int n = fmt_vsnprintf(ours, sizeof ours, fmt, ap);
    int m = vsnprintf(host, sizeof host, fmt, aq);
    va_end(ap);
    va_end(aq);
    if (n != m || strcmp(ours, host) != 0)
        print_error("format '%s': ours '%s', host '%s'\n", fmt, ours, host);
    assert_int_equal(n, m);
    assert_string_equal(ours, host);
}

static void fmt_table_equals_host(void **state)
{
    (void)state;
    same("plain text");
    same("%%|%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
    same("%i %d %d", INT_MIN, INT_MAX, 0);
    same("%ld %lld %jd %zd %td", LONG_MIN, LLONG_MAX, INTMAX_MIN, (ssize_t)-1, (ptrdiff_t)-7);
    same("%lu %llu %ju %zu", ULONG_MAX, ULLONG_MAX, UINTMAX_MAX, SIZE_MAX);
    same("%hhd %hhu %hd %hu %hhx %hx", 200, 456, 40000, 70000, 0x1ff, 0x12345);
    same("%x %X %#x %#X %#x %o %#o %#o", 0xbeefu, 0xbeefu, 0xbeefu, 0xbeefu, 0u, 8u, 8u, 0u);
    same("%.0d|%.0x|%#.0x|%#.0o|%.0u|%5.0d|%-5.0d|", 0, 0u, 0u, 0u, 0u, 0, 0);
    same("%.5d|%8.5d|%-8.5d|%08.5d|%+.3d|%#.6x|%#10.4x|%-#10x|%#010x", 42, 42, 42, 42, 7, 255u, 255u, 255u,
         255u);
    same("%+d %+d % d % 05d %+05d", 0, -1, -1, 3, 3);
    same("%s|%10s|%-10s|%.2s|%.10s|%5.1s|%.0s|", "abc", "abc", "abc", "abc", "abc", "abc", "abc");
    same("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
    same("%p %20p %-20p|", (void *)0x1234, (void *)0xffffffffffffffff, (void *)1);
    same("%p|%10p|%-10p|", NULL, NULL, NULL);
    same("%*d|%-*d|%*d|%.*d|%.*s|%*.*x|%.*d", 6, 1, 6, 2, -6, 3, 4, 5, 2, "xyz", 8, 4, 0xau, -1, 9);
    same("%s%s%s", "", "x", "");
    same("%200d|%-200s|%0200x", 1, "left", 0xfu);
    const char *none = NULL;
    same("%s|%10s|%.3s|%.6s|", none, none, none, none);
}

static u32 rng = 0x2545f491;
static u32 next(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 17;
    return rng ^= rng << 5;
}

static u64 random_value(void)
{
    u64 v = (u64)next() << 32 | next();
    switch (next() % 4) {
    case 0: return v;
    case 1: return v >> (next() % 64);
    case 2: return (u64)0 - (v >> (next() % 64));
    default: return next() % 3;
    }
}

// A conversion with only those flags that the C standard defines for it.
static char random_format(char *fmt, const char **length)
{
    static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z", "j", "t"};
    char conv = "diuxXocs%"[next() % 9];
    bool number = strchr("diuxXo", conv) != NULL;
    char *p = fmt;
    *p++ = '%';
    *length = "";
    if (conv != '%') {
        if (next() % 3 == 0) *p++ = '-';
        if (number && next() % 3 == 0) *p++ = '0';
        if (strchr("di", conv) && next() % 3 == 0) *p++ = "+ "[next() % 2];
        if (strchr("xXo", conv) && next() % 2 == 0) *p++ = '#';
        if (next() % 2) p += sprintf(p, "%u", 1 + next() % 40);
        if (conv != 'c' && next() % 2) p += next() % 8 ? sprintf(p, ".%u", next() % 30) : sprintf(p, ".");
        if (number) *length = lengths[next() % 8];
        p += sprintf(p, "%s", *length);
    }
    *p++ = conv;
    *p = 0;
    return conv;
}

static void fmt_random_equals_host(void **state)
{
    (void)state;
    static const char *const strings[] = {"", "a", "hello", "a rather longer piece of text"};
    for (int i = 0; i < 200000; i++) {
        char fmt[64];
        const char *length;
        char conv = random_format(fmt, &length);
        u64 v = random_value();
        if (conv == 's')
            same(fmt, strings[next() % 4]);
        else if (conv == 'c')
            same(fmt, 1 + (int)(v % 126));
        else if (*length && *length != 'h')
            same(fmt, v);
        else
            same(fmt, (u32)v);
    }
}

static void fmt_unknown_conversion_is_printed_as_it_stands(void **state)
{
    (void)state;
    char buf[64];
    const char *fmt = "a %5Q b %", *tail = "%-08.3l";
    assert_int_equal(fmt_snprintf(buf, sizeof buf, fmt, 0), 9);
    assert_string_equal(buf, fmt);
    fmt_snprintf(buf, sizeof buf, tail, 0);
    assert_string_equal(buf, tail);
}

static void fmt_snprintf_truncates_and_counts_like_host(void **state)
{
    (void)state;
    for (size_t size = 0; size < 12; size++) {
        char ours[16], host[16];
        memset(ours, 'z', sizeof ours);
        memset(host, 'z', sizeof host);
        volatile size_t cap = size; // so that the compiler does not warn of the truncation asked for
        int n = fmt_snprintf(ours, cap, "%d-%s", 1234, "abc");
        int m = snprintf(host, cap, "%d-%s", 1234, "abc");
        assert_int_equal(n, m);
        assert_memory_equal(ours, host, sizeof ours);
    }
}

static void out_fd_keeps_order_across_flushes(void **state)
{
    (void)state;
    static struct capture c;
    char want[4096] = "", small[16];
    capture_begin(&c, 2);
    struct out o;
    out_init_fd(&o, 2, small, sizeof small);
    for (int i = 0; i < 100; i++) {
        out_printf(&o, "%d,", i);
        if (i % 10 == 0) out_puts(&o, "a text longer than the buffer;");
    }
    assert_int_equal(out_flush(&o), 0);
    const char *got = capture_end(&c);
    for (int i = 0, n = 0; i < 100; i++)
        n += sprintf(want + n, "%d,%s", i, i % 10 == 0 ? "a text longer than the buffer;" : "");
    assert_string_equal(got, want);
    assert_int_equal(o.total, strlen(want));
}

static void out_fd_reports_the_first_error(void **state)
{
    (void)state;
    char buf[8];
    struct out o;
    out_init_fd(&o, 999999, buf, sizeof buf);
    out_puts(&o, "some text for a descriptor that is not open");
    assert_int_equal(out_flush(&o), -EBADF);
}

static void parse_u64_equals_strtoull(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0", "1", "0x0", "0xff", "0XFF", "017", "4096", "07", "18446744073709551615", "0xffffffffffffffff"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        u64 v;
        assert_int_equal(fmt_parse_u64(good[i], strlen(good[i]), false, &v), 0);
        assert_int_equal(v, strtoull(good[i], NULL, 0));
    }
    static const char *const bad[] = {"", "x", "0x", "-1", "+1", "08", "1 ", " 1", "1k", "0xg", "k"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        u64 v;
        assert_int_equal(fmt_parse_u64(bad[i], strlen(bad[i]), false, &v), -EINVAL);
    }
}

static void parse_u64_knows_suffixes_and_range(void **state)
{
    (void)state;
    u64 v;
    assert_int_equal(fmt_parse_u64("8M", 2, true, &v), 0);
    assert_int_equal(v, 8388608);
    assert_int_equal(fmt_parse_u64("0x10k", 5, true, &v), 0);
    assert_int_equal(v, 16384);
    assert_int_equal(fmt_parse_u64("3T", 2, true, &v), 0);
    assert_int_equal(v, 3298534883328);
    assert_int_equal(fmt_parse_u64("18446744073709551616", 20, true, &v), -ERANGE);
    assert_int_equal(fmt_parse_u64("17179869184G", 12, true, &v), -ERANGE);
    assert_int_equal(fmt_parse_u64("G", 1, true, &v), -EINVAL);
    assert_int_equal(fmt_parse_u64("0xk", 3, true, &v), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fmt_table_equals_host),
        cmocka_unit_test(fmt_random_equals_host),
        cmocka_unit_test(fmt_unknown_conversion_is_printed_as_it_stands),
        cmocka_unit_test(fmt_snprintf_truncates_and_counts_like_host),
        cmocka_unit_test(out_fd_keeps_order_across_flushes),
        cmocka_unit_test(out_fd_reports_the_first_error),
        cmocka_unit_test(parse_u64_equals_strtoull),
        cmocka_unit_test(parse_u64_knows_suffixes_and_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
