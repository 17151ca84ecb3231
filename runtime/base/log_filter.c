// log_filter.c: the address ranges of -dfilter. See log.h.
#include "runtime/base/log.h"
#include <errno.h>
#include <string.h>

#define RANGES_MAX 32

// Both ends are included, so that a range can reach the last address.
struct range {
    gaddr first, last;
};
struct filter {
    struct range range[RANGES_MAX];
    u32 count;
};

static struct filter active; // empty: everything passes

// The number at text[0..n).
static int parse_address(const char *text, size_t n, u64 *value)
{
    return fmt_parse_u64(text, n, false, value);
}

// start+len and end-len: `at` is the number before the sign.
static int range_by_length(struct range *r, u64 at, char sign, u64 len)
{
    if (len == 0) return -EINVAL;
    r->first = sign == '+' ? at : at - len;
    r->last = r->first + (len - 1);
    bool wraps = sign == '+' ? r->last < r->first : len > at;
    return wraps ? -ERANGE : 0;
}

static int parse_range(struct range *r, const char *text, size_t n)
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
    *r = (struct range){a, b};
    return a <= b ? 0 : -ERANGE;
}

static int parse_filter(struct filter *f, const char *text, struct out *err)
{
    f->count = 0;
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        if (f->count == RANGES_MAX) {
            out_printf(err, "too many address ranges; the limit is %d", RANGES_MAX);
            return -E2BIG;
        }
        if (parse_range(&f->range[f->count++], p, n)) {
            out_printf(err, "bad address range '%.*s'; write FIRST..LAST, START+LENGTH or END-LENGTH", (int)n,
                       p);
            return -EINVAL;
        }
        p += n;
        if (!*p) return 0;
    }
}

int log_check_filter(const char *text, struct out *err)
{
    struct filter f;
    return parse_filter(&f, text, err);
}

int log_set_filter(const char *text, struct out *err)
{
    struct filter f;
    int ret = parse_filter(&f, text, err);
    if (ret == 0) active = f;
    return ret;
}

bool log_in_filter(gaddr addr)
{
    for (u32 i = 0; i < active.count; i++)
        if (addr >= active.range[i].first && addr <= active.range[i].last) return true;
    return active.count == 0;
}
