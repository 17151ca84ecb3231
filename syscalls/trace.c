/* trace.c: --strace: one line for each call, from the same rows as the call itself: "pid name(arguments) = result". Memory is
 * read when the call has ended, so buffers show what the kernel stored. Calls that do not come back (exit, exec) are
 * shown when they begin. */
#include <linux/futex.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "runtime/base/error.h"
#include "runtime/base/gmem.h"
#include "runtime/base/log.h"
#include "syscalls/private.h"

/* Numbers that the host's headers hide on 64 bits. */
#define F_GETLK64_32  12
#define F_SETLK64_32  13
#define F_SETLKW64_32 14

static const struct { u8 family; bool value; u32 number; const char *name; } names[] = {
#define NAME(family, constant)  {SYS_FLAGS_##family, false, (u32)(constant), #constant},
#define VNAME(family, constant) {SYS_FLAGS_##family, true, (u32)(constant), #constant},
#include "syscalls/flag_names.def"
#undef NAME
#undef VNAME
};

static void show_flags(struct out *o, u32 family, u64 v)
{
    bool any = false;
    if (family == SYS_FLAGS_open && (v & 3) == 0) {
        out_puts(o, "O_RDONLY");
        any = true;
    }
    for (u32 i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].family != family) continue;
        if (names[i].value && v == names[i].number) {
            out_puts(o, names[i].name);
            return;
        }
        if (names[i].value || names[i].number == 0 || (v & names[i].number) != names[i].number) continue;
        out_printf(o, "%s%s", any ? "|" : "", names[i].name);
        v &= ~(u64)names[i].number;
        any = true;
    }
    if (v || !any) out_printf(o, any ? "|0x%lx" : v > 9 ? "0x%lx" : "%lu", v);
}

static void show_char(struct out *o, u8 c)
{
    static const char plain[] = "\n\t\r\f\v\\\"", escaped[] = "ntrfv\\\"";
    const char *p = c ? memchr(plain, c, sizeof plain - 1) : NULL;
    if (p)
        out_printf(o, "\\%c", escaped[p - plain]);
    else if (c >= ' ' && c < 127)
        out_putc(o, (char)c);
    else
        out_printf(o, "\\%o", c);
}

#define SHOW_BYTES 32
#define SHOW_PATH  256

static void show_bytes(struct out *o, gaddr addr, u64 n)
{
    u8 b[SHOW_BYTES];
    u64 shown = MIN(n, (u64)SHOW_BYTES);
    if (gmem_read(b, addr, shown)) {
        out_printf(o, "0x%lx", addr);
        return;
    }
    out_putc(o, '"');
    for (u64 i = 0; i < shown; i++) show_char(o, b[i]);
    out_puts(o, n > shown ? "\"..." : "\"");
}

static void show_string(struct out *o, gaddr addr)
{
    char s[SHOW_PATH];
    long n = gmem_strncpy(s, addr, sizeof s);
    if (n == -EFAULT) {
        out_printf(o, addr ? "0x%lx" : "NULL", addr);
        return;
    }
    bool cut = n < 0;
    if (cut) n = sizeof s;
    out_putc(o, '"');
    for (long i = 0; i < n; i++) show_char(o, (u8)s[i]);
    out_puts(o, cut ? "\"..." : "\"");
}

#define SHOW_STRINGS 16

static void show_strings(struct out *o, struct sys_ctx *c, gaddr addr)
{
    u64 at;
    out_putc(o, '[');
    for (u32 i = 0; i < SHOW_STRINGS; i++) {
        if (sys_get_word(c, addr + i * c->abi->word, &at) || at == 0) break;
        if (i) out_puts(o, ", ");
        show_string(o, at);
        if (i == SHOW_STRINGS - 1) out_puts(o, ", ...");
    }
    out_putc(o, ']');
}

static void show_stat(struct out *o, const struct stat *st)
{
    static const char *const types[16] = {[1] = "S_IFIFO", [2] = "S_IFCHR", [4] = "S_IFDIR", [6] = "S_IFBLK",
                                          [8] = "S_IFREG", [10] = "S_IFLNK", [12] = "S_IFSOCK"};
    const char *type = types[st->st_mode >> 12 & 15];
    out_printf(o, "{st_mode=%s|0%o, st_size=%ld, ...}", type ? type : "0", st->st_mode & 07777u, st->st_size);
}

/* Structures that say much in few words; others are shown by their address. */
static void show_struct(struct out *o, struct sys_ctx *c, enum sys_layout_id id, gaddr addr)
{
    union { struct stat st; s64 n[4]; u64 u[4]; struct host_statx x; struct winsize w; u8 room[512]; } v;
    if (!addr || sys_get(c, id, addr, &v)) {
        out_printf(o, addr ? "0x%lx" : "NULL", addr);
        return;
    }
    switch (id) {
    case SYS_LAYOUT_stat:
    case SYS_LAYOUT_stat64:
    case SYS_LAYOUT_oldstat: show_stat(o, &v.st); break;
    case SYS_LAYOUT_statx: out_printf(o, "{stx_mode=0%o, stx_size=%lu, ...}", v.x.mode, v.x.size); break;
    case SYS_LAYOUT_timespec:
    case SYS_LAYOUT_timespec64: out_printf(o, "{tv_sec=%ld, tv_nsec=%ld}", v.n[0], v.n[1]); break;
    case SYS_LAYOUT_timeval: out_printf(o, "{tv_sec=%ld, tv_usec=%ld}", v.n[0], v.n[1]); break;
    case SYS_LAYOUT_itimerval:
    case SYS_LAYOUT_itimerspec:
    case SYS_LAYOUT_itimerspec64:
        out_printf(o, "{{%ld, %ld}, {%ld, %ld}}", v.n[0], v.n[1], v.n[2], v.n[3]);
        break;
    case SYS_LAYOUT_rlimit:
    case SYS_LAYOUT_rlimit64:
        out_printf(o, "{rlim_cur=%ld, rlim_max=%ld}", v.n[0], v.n[1]); /* -1 is infinity */
        break;
    default: out_printf(o, "0x%lx", addr); break;
    }
}

static void show_family(struct out *o, struct sys_ctx *c, u32 family, u64 v)
{
    show_flags(o, family, sys_flags_to_host(c->abi, (enum sys_family)family, v, NULL));
}

static void show_request(struct out *o, struct sys_ctx *c, u64 v)
{
    const char *name = c->call->fn == sys_do_ioctl ? sys_ioctl_name((u32)v) : NULL;
    if (name)
        out_puts(o, name);
    else
        out_printf(o, v ? "0x%lx" : "0", v);
}

static void show_arg(struct out *o, struct sys_ctx *c, u32 i, s64 result)
{
    const struct sys_arg *a = &c->call->args[i];
    const u64 v = c->a[i];
    switch (a->kind & 0xff) {
    case SYS_KIND_int:
    case SYS_KIND_pid:
    case SYS_KIND_fd:
    case SYS_KIND_long:
    case SYS_KIND_off:
    case SYS_KIND_off64:
    case SYS_KIND_lohi: out_printf(o, "%ld", (s64)v); break;
    case SYS_KIND_uid:
    case SYS_KIND_uid16: out_printf(o, "%d", (s32)v); break;
    case SYS_KIND_uint:
    case SYS_KIND_ulong:
    case SYS_KIND_size: out_printf(o, "%lu", v); break;
    case SYS_KIND_mode: out_printf(o, "0%lo", v); break;
    case SYS_KIND_dirfd: (s32)v == AT_FDCWD ? out_puts(o, "AT_FDCWD") : out_printf(o, "%d", (s32)v); break;
    case SYS_KIND_sig: show_flags(o, SYS_FLAGS_signal, (u64)sys_signal_to_host(c->abi, (s32)v)); break;
    case SYS_KIND_flags: show_family(o, c, a->kind >> 8, v); break;
    case SYS_KIND_path:
    case SYS_KIND_str: show_string(o, v); break;
    case SYS_KIND_strv: show_strings(o, c, v); break;
    case SYS_KIND_inbuf: show_bytes(o, v, c->a[i + 1]); break;
    case SYS_KIND_outbuf:
        if (result < 0)
            out_printf(o, "0x%lx", v);
        else
            show_bytes(o, v, (u64)result);
        break;
    case SYS_KIND_in:
    case SYS_KIND_inout: show_struct(o, c, (enum sys_layout_id)(a->kind >> 8), v); break;
    case SYS_KIND_out:
        if (result < 0)
            out_printf(o, v ? "0x%lx" : "NULL", v);
        else
            show_struct(o, c, (enum sys_layout_id)(a->kind >> 8), v);
        break;
    case SYS_KIND_hex: show_request(o, c, v); break;
    default: out_printf(o, v ? "0x%lx" : "NULL", v); break;
    }
}

static void show_call(struct out *o, struct sys_ctx *c, s64 result)
{
    out_printf(o, "%d ", c->t->tid);
    if (!c->call) {
        out_printf(o, "syscall_%lu(...)", c->nr);
        return;
    }
    out_printf(o, "%s(", c->call->name);
    for (u32 i = 0; c->call->args[i].kind != SYS_KIND_end; i++) {
        if (i) out_puts(o, ", ");
        show_arg(o, c, i, result);
    }
    out_putc(o, ')');
}

static void show_result(struct out *o, struct sys_ctx *c, s64 r)
{
    if (r == -SYS_RESTART)
        out_puts(o, " = ? ERESTARTSYS (a signal comes first)");
    else if (r < 0 && r >= -4095)
        out_printf(o, " = -1 %s (%s)", error_name((int)r) ? error_name((int)r) : "?", error_text((int)r));
    else if (c->call && c->call->ret == SYS_KIND_hex)
        out_printf(o, " = 0x%lx", sys_is32(c) ? (u32)r : (u64)r);
    else
        out_printf(o, " = %ld", r);
}

static bool shown_first(const struct sys_ctx *c)
{
    return c->call && (c->call->ret == SYS_KIND_none || c->call->fn == sys_do_execve || c->call->fn == sys_do_execveat);
}

#define LINE 2048

void sys_trace_enter(struct sys_ctx *c)
{
    char line[LINE];
    struct out o;
    if (!shown_first(c)) return;
    out_init_mem(&o, line, sizeof line);
    show_call(&o, c, -1);
    log_line("%s = ?", line);
}

void sys_trace_leave(struct sys_ctx *c, s64 result)
{
    char line[LINE];
    struct out o;
    if (c->no_result) return;
    out_init_mem(&o, line, sizeof line);
    show_call(&o, c, result);
    show_result(&o, c, result);
    log_line("%s", line);
}
