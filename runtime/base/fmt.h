// fmt.h: text output: a sink (memory or a file descriptor) and a printf of our own that keeps no state.
//
// Conversions: d i u x X o c s p %, with the flags - 0 + space #, width and precision (also *), and the
// lengths hh h l ll z j t; results as the C standard says, NULL for %s and %p as glibc prints it. No floating
// point, no wide characters, no %n: an unknown conversion is printed as it stands. Safe in a signal handler
// (given a sink of its own).
#ifndef CALQUE_RUNTIME_BASE_FMT_H
#define CALQUE_RUNTIME_BASE_FMT_H

#include "runtime/base/types.h"
#include <stdarg.h>

#define FMT_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

struct out {
    char *buf;
    size_t cap;
    size_t len;   // bytes in buf
    size_t total; // bytes ever put, those that did not fit included
    int fd;       // -1: memory
    int error;    // first -errno of a write to fd, else 0
};

// A sink into memory: keeps what fits in cap - 1 bytes and counts the rest; buf is always a C string (cap >=
// 1).
void out_init_mem(struct out *o, char *buf, size_t cap);

// A sink into a descriptor through the caller's buffer; nothing is written before the buffer is full or
// out_flush.
void out_init_fd(struct out *o, int fd, char *buf, size_t cap);

void out_write(struct out *o, const void *data, size_t n);
void out_putc(struct out *o, char c);
void out_puts(struct out *o, const char *s); // no newline added
void out_pad(struct out *o, char c, size_t n);
void out_printf(struct out *o, const char *fmt, ...) FMT_PRINTF(2, 3);
void out_vprintf(struct out *o, const char *fmt, va_list ap) FMT_PRINTF(2, 0);

// Write out what is buffered. 0, or the first -errno that any write to this sink met. No effect on memory.
int out_flush(struct out *o);

// Memory sinks: true when something did not fit.
static inline bool out_truncated(const struct out *o)
{
    return o->fd < 0 && o->total > o->len;
}

// As snprintf: writes at most size bytes with the NUL, returns the length the whole text has.
int fmt_snprintf(char *buf, size_t size, const char *fmt, ...) FMT_PRINTF(3, 4);
int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) FMT_PRINTF(3, 0);

// Write n bytes to fd, going on after short writes and EINTR. 0 or -errno.
int fd_write_all(int fd, const void *data, size_t n);

// Numbers as people type them: decimal, 0x hexadecimal or 0 octal; the whole of text[0..n) must be one.
// With `suffix`, an ending k, K, M, G or T multiplies by powers of 1024. 0, -EINVAL, or -ERANGE beyond 64
// bits.
int fmt_parse_u64(const char *text, size_t n, bool suffix, u64 *value);

#endif
