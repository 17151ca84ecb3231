// ranges.c: the parser of address ranges. See ranges.h.
#include "runtime/base/ranges.h"
#include <errno.h>
#include <string.h>

// The number at text[0..n).
static int parse_address(const char *text, size_t n, u64 *value)
{
    return fmt_parse_u64(text, n, false, value);
}

// start+len and end-len: `at` is the number before the sign.
static int range_by_length(u64 r[2], u64 at, char sign, u64 len)
{
    if (len == 0) return -EINVAL;
    r[0] = sign == '+' ? at : at - len;
    r[1] = r[0] + (len - 1);
    bool wraps = sign == '+' ? r[1] < r[0] : len > at;
    return wraps ? -ERANGE : 0;
}

static int parse_range(u64 r[2], const char *text, size_t n)
{
    size_t first = 0;
    while (first < n && !strchr("+-.", text[first])) first++;
    u64 a, b;
    int ret = parse_address(text, first, &a);
    if (ret) return ret;
    size_t sep = first < n && text[first] == '.' ? 2 : 1;
    if (first + sep > n || (sep == 2 && text[first + 1] != '.')) return -EINVAL;
    ret = parse_address(text + first + sep, n - first - sep, &b);
    if (ret) return ret;
    if (sep == 1) return range_by_length(r, a, text[first], b);
    r[0] = a, r[1] = b;
    return a <= b ? 0 : -ERANGE;
}

// "@N" or "@N..M".
static int parse_numbers(u64 r[2], const char *text, size_t n)
{
    size_t first = 0;
    while (first < n && text[first] != '.') first++;
    if (first < n) return parse_range(r, text, n);
    int ret = parse_address(text, n, &r[0]);
    r[1] = r[0];
    return ret;
}

int ranges_parse(struct ranges *r, const char *text, bool numbers, struct out *err)
{
    r->count = 0;
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        if (r->count == RANGES_MAX) {
            out_printf(err, "too many address ranges; the limit is %d", RANGES_MAX);
            return -E2BIG;
        }
        u64 ends[2];
        bool number = numbers && *p == '@';
        if (number ? parse_numbers(ends, p + 1, n - 1) : parse_range(ends, p, n)) {
            out_printf(err, "bad address range '%.*s'; write FIRST..LAST, START+LENGTH or END-LENGTH%s", (int)n, p,
                       numbers ? ", or @FIRST..LAST for numbers of units" : "");
            return -EINVAL;
        }
        r->range[r->count].first = ends[0];
        r->range[r->count].last = ends[1];
        r->range[r->count++].number = number;
        p += n;
        if (!*p) return 0;
    }
}

static bool have(const struct ranges *r, bool number, u64 v)
{
    for (u32 i = 0; i < r->count; i++)
        if (r->range[i].number == number && v >= r->range[i].first && v <= r->range[i].last) return true;
    return false;
}

bool ranges_have(const struct ranges *r, u64 addr)
{
    return have(r, false, addr);
}

bool ranges_have_number(const struct ranges *r, u64 number)
{
    return have(r, true, number);
}
