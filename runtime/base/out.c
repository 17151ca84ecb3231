// out.c: the text sink of fmt.h, over memory or a file descriptor. The formatter stands in fmt.c.
#include "runtime/base/fmt.h"
#include "runtime/base/rawsys.h"
#include <errno.h>
#include <string.h>

int fd_write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        long done = raw_write(fd, p, n);
        if (done == -EINTR) continue;
        if (done < 0) return (int)done;
        if (done == 0) return -EIO;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

void out_init_mem(struct out *o, char *buf, size_t cap)
{
    *o = (struct out){.buf = buf, .cap = cap, .fd = -1};
    if (cap > 0) buf[0] = 0;
}

void out_init_fd(struct out *o, int fd, char *buf, size_t cap)
{
    *o = (struct out){.buf = buf, .cap = cap, .fd = fd};
}

static void out_emit(struct out *o, const char *data, size_t n)
{
    int err = fd_write_all(o->fd, data, n);
    if (err && !o->error) o->error = err;
}

int out_flush(struct out *o)
{
    if (o->fd < 0) return 0;
    out_emit(o, o->buf, o->len);
    o->len = 0;
    return o->error;
}

static void out_write_mem(struct out *o, const char *data, size_t n)
{
    if (o->cap == 0) return;
    n = MIN(n, o->cap - 1 - o->len);
    memcpy(o->buf + o->len, data, n);
    o->len += n;
    o->buf[o->len] = 0;
}

void out_write(struct out *o, const void *data, size_t n)
{
    if (n == 0) return;
    o->total += n;
    if (o->fd < 0) {
        out_write_mem(o, data, n);
        return;
    }
    if (n > o->cap - o->len) out_flush(o);
    if (n > o->cap) {
        out_emit(o, data, n);
        return;
    }
    memcpy(o->buf + o->len, data, n);
    o->len += n;
}

void out_putc(struct out *o, char c)
{
    out_write(o, &c, 1);
}

void out_puts(struct out *o, const char *s)
{
    out_write(o, s, strlen(s));
}

void out_pad(struct out *o, char c, size_t n)
{
    char run[64];
    memset(run, c, MIN(n, sizeof run));
    for (; n > sizeof run; n -= sizeof run) out_write(o, run, sizeof run);
    out_write(o, run, n);
}
