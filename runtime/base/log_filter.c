// log_filter.c: the address ranges of -dfilter. See log.h.
#include "runtime/base/log.h"
#include "runtime/base/ranges.h"

static struct ranges active; // empty: everything passes

int log_check_filter(const char *text, struct out *err)
{
    struct ranges r;
    return ranges_parse(&r, text, false, err);
}

int log_set_filter(const char *text, struct out *err)
{
    struct ranges r;
    int ret = ranges_parse(&r, text, false, err);
    if (ret == 0) active = r;
    return ret;
}

bool log_in_filter(gaddr addr)
{
    return active.count == 0 || ranges_have(&active, addr);
}
