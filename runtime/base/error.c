// error.c: the ends that are not the guest's. See error.h.
#include "runtime/base/error.h"
#include "runtime/base/rawsys.h"
#include <string.h>

#define STDERR     2
#define LINE_BYTES 1024 // longer messages are cut

static bug_hook hook;

// "calque: <kind><text>\n" in one write, so that lines of several processes stay whole.
static void report(const char *kind, const char *fmt, va_list ap)
{
    char line[LINE_BYTES];
    struct out o;
    out_init_mem(&o, line, sizeof line - 1); // room for the newline
    out_printf(&o, "calque: %s", kind);
    out_vprintf(&o, fmt, ap);
    line[o.len] = '\n';
    fd_write_all(STDERR, line, o.len + 1);
}

void die(int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report("", fmt, ap);
    va_end(ap);
    raw_exit_group(status);
}

void warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report("warning: ", fmt, ap);
    va_end(ap);
}

void bug_set_hook(bug_hook h)
{
    __atomic_store_n(&hook, h, __ATOMIC_RELEASE);
}

// One thread gets to tell its state; a second bug, in the hook or in another thread, ends the process at
// once.
void bug(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report("internal error: ", fmt, ap);
    va_end(ap);
    bug_hook h = __atomic_exchange_n(&hook, NULL, __ATOMIC_ACQ_REL);
    if (h) {
        char buf[LINE_BYTES];
        struct out o;
        out_init_fd(&o, STDERR, buf, sizeof buf);
        h(&o);
        out_flush(&o);
    }
    raw_exit_group(STATUS_BUG);
}

// The two functions of libc are look-ups in constant tables: no locale, no state.
const char *error_text(int err)
{
    const char *text = strerrordesc_np(err < 0 ? -err : err);
    return text ? text : "unknown error";
}

const char *error_name(int err)
{
    return strerrorname_np(err < 0 ? -err : err);
}
