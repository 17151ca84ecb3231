// fmt.c: the formatter behind out_printf and fmt_snprintf, and the number reader. The sinks stand in out.c.
#include "runtime/base/fmt.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

// One conversion: %[flags][width][.precision][length]conv
struct spec {
    bool left, zero, plus, space, alt;
    int width;
    int prec; // -1: none given
    int size; // bytes of the integer argument
    char conv;
};

// ---- reading a conversion ----

static const char *parse_flags(struct spec *s, const char *p)
{
    for (;; p++) {
        switch (*p) {
        case '-': s->left = true; break;
        case '0': s->zero = true; break;
        case '+': s->plus = true; break;
        case ' ': s->space = true; break;
        case '#': s->alt = true; break;
        default: return p;
        }
    }
}

// Digits into *value, held at INT_MAX / 2 so that no sum of two overflows.
static const char *parse_number(const char *p, int *value)
{
    long v = 0;
    for (; *p >= '0' && *p <= '9'; p++) v = MIN(v * 10 + (*p - '0'), (long)INT_MAX / 2);
    *value = (int)v;
    return p;
}

static const char *parse_length(struct spec *s, const char *p)
{
    switch (*p) {
    case 'h': s->size = p[1] == 'h' ? 1 : 2; return p + (p[1] == 'h' ? 2 : 1);
    case 'l': s->size = 8; return p + (p[1] == 'l' ? 2 : 1);
    case 'z':
    case 'j':
    case 't': s->size = 8; return p + 1;
    default: return p;
    }
}

// va_list may be an array type: it travels between functions inside a structure.
struct args {
    va_list ap;
};

static const char *parse_spec(struct spec *s, const char *p, struct args *a)
{
    *s = (struct spec){.prec = -1, .size = 4};
    p = parse_flags(s, p);
    if (*p == '*') {
        s->width = va_arg(a->ap, int);
        if (s->width < 0) {
            s->left = true;
            s->width = s->width == INT_MIN ? INT_MAX : -s->width;
        }
        p++;
    } else {
        p = parse_number(p, &s->width);
    }
    if (*p == '.') {
        if (p[1] == '*') {
            s->prec = va_arg(a->ap, int);
            if (s->prec < 0) s->prec = -1;
            p += 2;
        } else {
            p = parse_number(p + 1, &s->prec);
        }
    }
    p = parse_length(s, p);
    s->conv = *p;
    return *p ? p + 1 : p;
}

// ---- writing one ----

// Left pad, body, right pad for text.
static void put_text(struct out *o, const struct spec *s, const char *text, size_t n)
{
    size_t pad = (size_t)s->width > n ? (size_t)s->width - n : 0;
    if (!s->left) out_pad(o, ' ', pad);
    out_write(o, text, n);
    if (s->left) out_pad(o, ' ', pad);
}

// Digits of v, most significant first, ending at `end`; returns their start. Nothing for 0.
static char *digits(char *end, u64 v, unsigned base, bool upper)
{
    const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    while (v) {
        *--end = set[v % base];
        v /= base;
    }
    return end;
}

// The order on paper: spaces, prefix (sign or 0x), zeros, digits, spaces.
static void put_number(struct out *o, const struct spec *s, u64 v, unsigned base, const char *prefix)
{
    char buf[24];
    char *end = buf + sizeof buf;
    char *start = digits(end, v, base, s->conv == 'X');
    size_t n = (size_t)(end - start), plen = strlen(prefix);
    size_t want = s->prec < 0 ? 1 : (size_t)s->prec;
    size_t zeros = want > n ? want - n : 0;
    if (base == 8 && s->alt && zeros == 0 && (n == 0 || *start != '0')) zeros = 1;
    size_t len = plen + zeros + n;
    size_t pad = (size_t)s->width > len ? (size_t)s->width - len : 0;
    if (s->zero && !s->left && s->prec < 0) {
        zeros += pad;
        pad = 0;
    }
    if (!s->left) out_pad(o, ' ', pad);
    out_write(o, prefix, plen);
    out_pad(o, '0', zeros);
    out_write(o, start, n);
    if (s->left) out_pad(o, ' ', pad);
}

static s64 arg_signed(const struct spec *s, struct args *a)
{
    if (s->size == 8) return va_arg(a->ap, s64);
    int v = va_arg(a->ap, int);
    return s->size == 1 ? (s8)v : s->size == 2 ? (s16)v : v;
}

static u64 arg_unsigned(const struct spec *s, struct args *a)
{
    if (s->size == 8) return va_arg(a->ap, u64);
    unsigned v = va_arg(a->ap, unsigned);
    return s->size == 1 ? (u8)v : s->size == 2 ? (u16)v : v;
}

static void put_signed(struct out *o, const struct spec *s, s64 v)
{
    const char *sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";
    put_number(o, s, v < 0 ? -(u64)v : (u64)v, 10, sign);
}

static void put_hex(struct out *o, const struct spec *s, u64 v)
{
    put_number(o, s, v, 16, s->alt && v ? (s->conv == 'X' ? "0X" : "0x") : "");
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
    // A precision that has no room for all of "(null)" prints nothing, as glibc does.
    if (!text) text = s->prec < 0 || s->prec >= 6 ? "(null)" : "";
    put_text(o, s, text, s->prec < 0 ? strlen(text) : strnlen(text, (size_t)s->prec));
}

static void put_pointer(struct out *o, struct spec *s, const void *p)
{
    if (!p) {
        put_text(o, s, "(nil)", 5);
        return;
    }
    s->alt = true;
    put_hex(o, s, (u64)p);
}

// One conversion; false when it is not one of ours.
static bool put_spec(struct out *o, struct spec *s, struct args *a)
{
    char c;
    switch (s->conv) {
    case 'd':
    case 'i': put_signed(o, s, arg_signed(s, a)); return true;
    case 'u': put_number(o, s, arg_unsigned(s, a), 10, ""); return true;
    case 'o': put_number(o, s, arg_unsigned(s, a), 8, ""); return true;
    case 'x':
    case 'X': put_hex(o, s, arg_unsigned(s, a)); return true;
    case 'c':
        c = (char)va_arg(a->ap, int);
        put_text(o, s, &c, 1);
        return true;
    case 's': put_string(o, s, va_arg(a->ap, const char *)); return true;
    case 'p': put_pointer(o, s, va_arg(a->ap, void *)); return true;
    case '%': out_putc(o, '%'); return true;
    default: return false;
    }
}

void out_vprintf(struct out *o, const char *fmt, va_list ap)
{
    struct args a;
    va_copy(a.ap, ap);
    while (*fmt) {
        size_t plain = strcspn(fmt, "%");
        out_write(o, fmt, plain);
        fmt += plain;
        if (!*fmt) break;
        struct spec s;
        const char *next = parse_spec(&s, fmt + 1, &a);
        if (!put_spec(o, &s, &a)) out_write(o, fmt, (size_t)(next - fmt));
        fmt = next;
    }
    va_end(a.ap);
}

void out_printf(struct out *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    out_vprintf(o, fmt, ap);
    va_end(ap);
}

int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o;
    out_init_mem(&o, buf, size);
    out_vprintf(&o, fmt, ap);
    return o.total > INT_MAX ? -EOVERFLOW : (int)o.total;
}

int fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = fmt_vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

// ---- reading a number ----

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

// The power of two that a suffix stands for; -1 for none.
static int suffix_shift(char c)
{
    switch (c) {
    case 'k':
    case 'K': return 10;
    case 'm':
    case 'M': return 20;
    case 'g':
    case 'G': return 30;
    case 't':
    case 'T': return 40;
    default: return -1;
    }
}

int fmt_parse_u64(const char *text, size_t n, bool suffix, u64 *value)
{
    unsigned base = 10;
    int shift = 0;
    u64 v = 0;
    if (suffix && n > 1 && suffix_shift(text[n - 1]) > 0) shift = suffix_shift(text[--n]);
    if (n > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
        n -= 2;
    } else if (n > 1 && text[0] == '0') {
        base = 8;
    }
    if (n == 0) return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)digit_value(text[i]);
        if (d >= base) return -EINVAL;
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v)) return -ERANGE;
    }
    if (v << shift >> shift != v) return -ERANGE;
    *value = v << shift;
    return 0;
}
