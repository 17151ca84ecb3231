// log.c: channels and output of the log. The address filter stands in log_filter.c. See log.h.
#include "runtime/base/log.h"
#include "runtime/base/base.h"
#include "runtime/base/rawsys.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

#define STDERR     2
#define LINE_BYTES 2048

u64 log_mask;

static int output = STDERR;

static const struct {
    const char *name, *help;
} channels[] = {
#define LOG_CHANNEL(name, help) {#name, help},
#define LOG_ALIAS(name, channel)
#include "runtime/base/channels.def"
#undef LOG_CHANNEL
#undef LOG_ALIAS
};

// Every word that -d takes, with the bits it stands for.
static const struct {
    const char *name;
    u64 bits;
} words[] = {
#define LOG_CHANNEL(name, help)  {#name, (u64)1 << LOG_##name},
#define LOG_ALIAS(name, channel) {#name, (u64)1 << LOG_##channel},
#include "runtime/base/channels.def"
#undef LOG_CHANNEL
#undef LOG_ALIAS
    {"all", ((u64)1 << LOG_COUNT) - 1},
};

// ---- channels ----

static u64 word_bits(const char *word, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].name) == n && memcmp(words[i].name, word, n) == 0) return words[i].bits;
    return 0;
}

static void unknown_channel(struct out *err, const char *word, size_t n)
{
    out_printf(err, "unknown log channel '%.*s'; there are", (int)n, word);
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) out_printf(err, " %s", channels[i].name);
    out_puts(err, " and all");
}

int log_parse_mask(const char *text, u64 *mask, struct out *err)
{
    u64 bits = 0;
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        u64 b = word_bits(p, n);
        if (b == 0) {
            unknown_channel(err, p, n);
            return -EINVAL;
        }
        bits |= b;
        p += n;
        if (!*p) break;
    }
    *mask = bits;
    return 0;
}

int log_set_mask(const char *text, struct out *err)
{
    u64 bits;
    int ret = log_parse_mask(text, &bits, err);
    if (ret == 0) log_mask |= bits;
    return ret;
}

void log_list_channels(struct out *o)
{
    out_puts(o, "Log channels (-d NAME,NAME...; all for every one):\n");
    for (size_t i = 0; i < ARRAY_LEN(channels); i++)
        out_printf(o, "  %-9s %s\n", channels[i].name, channels[i].help);
}

// ---- output ----

// `path` with %d replaced by the process id and %% by a percent sign.
static int expand_path(const char *path, char *buf, size_t cap)
{
    struct out o;
    out_init_mem(&o, buf, cap);
    for (const char *p = path; *p; p++) {
        if (p[0] == '%' && p[1] == 'd') {
            out_printf(&o, "%d", raw_getpid());
            p++;
        } else {
            if (p[0] == '%' && p[1] == '%') p++;
            out_putc(&o, *p);
        }
    }
    return out_truncated(&o) ? -ENAMETOOLONG : 0;
}

static int open_file(const char *path, bool append)
{
    char name[PATH_MAX];
    int ret = expand_path(path, name, sizeof name);
    if (ret) return ret;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | (append ? 0 : O_TRUNC);
    int fd = (int)raw_openat(AT_FDCWD, name, flags, 0666);
    if (fd < 0) return fd;
    int high = base_fd_move_high(fd);
    if (high < 0) raw_close(fd);
    return high;
}

int log_open(const char *path, bool append)
{
    int fd = path ? open_file(path, append) : base_fd_copy_high(STDERR);
    if (fd < 0) return fd;
    if (output != STDERR) raw_close(output);
    output = fd;
    return 0;
}

int log_fd(void)
{
    return output;
}

void log_write(const char *text, size_t n)
{
    fd_write_all(output, text, n); // there is nowhere to report that the log cannot be written
}

// A line that does not fit the buffer is cut there and ends in "...".
void log_line(const char *fmt, ...)
{
    char line[LINE_BYTES];
    struct out o;
    va_list ap;
    out_init_mem(&o, line, sizeof line - 1);
    va_start(ap, fmt);
    out_vprintf(&o, fmt, ap);
    va_end(ap);
    if (out_truncated(&o)) memcpy(line + o.len - 3, "...", 3);
    if (o.len == 0 || line[o.len - 1] != '\n') line[o.len++] = '\n';
    log_write(line, o.len);
}
