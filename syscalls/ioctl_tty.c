/* ioctl_tty.c: terminal settings. The flag words are families of flags; the control characters have the guest's order
 * (cc_index of its abi). */
#include "syscalls/ioctl_private.h"

#include <string.h>

#define CCS 19 /* of the kernel's termios */

/* Both directions keep the speed bits, which all guests number alike but for those above B38400, which the rows of
 * cflag give. */
static void flags_to_host(struct sys_ctx *c, struct host_termios *t)
{
    t->c_iflag = (u32)sys_flags_to_host(c->abi, SYS_FLAGS_iflag, t->c_iflag, NULL);
    t->c_oflag = (u32)sys_flags_to_host(c->abi, SYS_FLAGS_oflag, t->c_oflag, NULL);
    t->c_cflag = (u32)sys_flags_to_host(c->abi, SYS_FLAGS_cflag, t->c_cflag, NULL);
    t->c_lflag = (u32)sys_flags_to_host(c->abi, SYS_FLAGS_lflag, t->c_lflag, NULL);
}

static void flags_to_guest(struct sys_ctx *c, struct host_termios *t)
{
    t->c_iflag = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_iflag, t->c_iflag);
    t->c_oflag = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_oflag, t->c_oflag);
    t->c_cflag = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_cflag, t->c_cflag);
    t->c_lflag = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_lflag, t->c_lflag);
}

/* Places of c_cc that two characters share (VMIN with VEOF, VTIME with VEOL on sparc) belong to the later in canonical
 * mode and to the earlier otherwise: the rows of cc_index give each its place, and the mode decides who writes it. */
enum { CC_EOF = 4, CC_TIME = 5, CC_MIN = 6, CC_EOL = 11, LFLAG_ICANON = 2 };

static bool is_raw_cc(u32 i) { return i == CC_TIME || i == CC_MIN; }
static bool is_line_cc(u32 i) { return i == CC_EOF || i == CC_EOL; }

static void chars_to_host(struct sys_ctx *c, const struct host_termios *old, struct host_termios *t)
{
    u8 in[CCS];
    if (!c->abi->cc_index) return;
    memcpy(in, t->c_cc, CCS);
    memcpy(t->c_cc, old->c_cc, CCS);
    bool line = t->c_lflag & LFLAG_ICANON;
    for (u32 i = 0; i < CCS; i++) {
        u8 at = c->abi->cc_index[i];
        if (at >= CCS || (line ? is_raw_cc(i) : is_line_cc(i))) continue;
        t->c_cc[i] = in[at];
    }
}

static void chars_to_guest(struct sys_ctx *c, struct host_termios *t)
{
    u8 out[CCS] = {0};
    if (!c->abi->cc_index) return;
    bool line = t->c_lflag & LFLAG_ICANON;
    for (u32 i = 0; i < CCS; i++) {
        u8 at = c->abi->cc_index[i];
        if (at >= CCS || (line ? is_raw_cc(i) : is_line_cc(i))) continue;
        out[at] = t->c_cc[i];
    }
    memcpy(t->c_cc, out, CCS);
}

static s64 get(struct sys_ctx *c, u32 host, enum sys_layout_id id, gaddr arg)
{
    struct host_termios t = {0};
    s64 r = sys_host(c, SYS_ioctl, c->a[0], host, (u64)&t, 0, 0, 0);
    if (r < 0) return r;
    chars_to_guest(c, &t); /* looks at the host's flags */
    flags_to_guest(c, &t);
    s64 e = sys_put(c, id, arg, &t);
    return e ? e : r;
}

static s64 set(struct sys_ctx *c, u32 host, u32 host_get, enum sys_layout_id id, gaddr arg)
{
    struct host_termios t, old = {0};
    s64 r = sys_get(c, id, arg, &t);
    if (r == 0) r = sys_host(c, SYS_ioctl, c->a[0], host_get, (u64)&old, 0, 0, 0);
    if (r < 0) return r;
    flags_to_host(c, &t);
    chars_to_host(c, &old, &t);
    return sys_host(c, SYS_ioctl, c->a[0], host, (u64)&t, 0, 0, 0);
}

#define HOST_TCGETS         0x5401u
#define HOST_TCGETS2        0x802c542au
#define HOST_TIOCGLCKTRMIOS 0x5456u
#define HOST_TIOCSLCKTRMIOS 0x5457u

s64 ioctl_tcget(struct sys_ctx *c, u32 host, u64 arg) { return get(c, host, SYS_LAYOUT_termios, arg); }
s64 ioctl_tcget2(struct sys_ctx *c, u32 host, u64 arg) { return get(c, host, SYS_LAYOUT_termios2, arg); }
s64 ioctl_tcset2(struct sys_ctx *c, u32 host, u64 arg) { return set(c, host, HOST_TCGETS2, SYS_LAYOUT_termios2, arg); }

/* System V's struct termio: the low halves of the flags and the first eight characters. TCGETA, TCSETA, TCSETAW and TCSETAF
 * are TCGETS and its followers, four numbers on. */
enum { TERMIO_STEP = 4, TERMIO_CCS = 8 };

s64 ioctl_tcgeta(struct sys_ctx *c, u32 host, u64 arg) { return get(c, host - TERMIO_STEP, SYS_LAYOUT_termio, arg); }

static u32 low_half(u32 flags, u32 low) { return (flags & ~0xffffu) | (low & 0xffff); }

s64 ioctl_tcseta(struct sys_ctx *c, u32 host, u64 arg)
{
    struct host_termios low, old = {0}, t;
    s64 r = sys_get(c, SYS_LAYOUT_termio, arg, &low);
    if (r == 0) r = sys_host(c, SYS_ioctl, c->a[0], HOST_TCGETS, (u64)&old, 0, 0, 0);
    if (r < 0) return r;
    t = old;
    chars_to_guest(c, &t);
    flags_to_guest(c, &t);
    t.c_iflag = low_half(t.c_iflag, low.c_iflag);
    t.c_oflag = low_half(t.c_oflag, low.c_oflag);
    t.c_cflag = low_half(t.c_cflag, low.c_cflag);
    t.c_lflag = low_half(t.c_lflag, low.c_lflag);
    t.c_line = low.c_line;
    memcpy(t.c_cc, low.c_cc, TERMIO_CCS);
    flags_to_host(c, &t);
    chars_to_host(c, &old, &t);
    return sys_host(c, SYS_ioctl, c->a[0], host - TERMIO_STEP, (u64)&t, 0, 0, 0);
}

/* What is locked is a termios too. */
s64 ioctl_tcset(struct sys_ctx *c, u32 host, u64 arg)
{
    u32 host_get = host == HOST_TIOCSLCKTRMIOS ? HOST_TIOCGLCKTRMIOS : HOST_TCGETS;
    return set(c, host, host_get, SYS_LAYOUT_termios, arg);
}

/* TIOCGPTPEER: the argument is open flags. */
s64 ioctl_flagsfd(struct sys_ctx *c, u32 host, u64 arg)
{
    u64 flags;
    s64 r = sys_flags(c, SYS_FLAGS_open, arg, &flags);
    return r ? r : sys_host(c, SYS_ioctl, c->a[0], host, flags, 0, 0, 0);
}
