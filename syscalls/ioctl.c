/* ioctl.c: device requests by the rows of ioctls.def. The guest's number of each row is worked out once: requests of the
 * _IO encoding are encoded anew with the guest's direction bits and structure size, others are the host's number or the
 * guest's own. Terminal and interface requests that need more are ioctl_tty.c and ioctl_net.c. */
#include "syscalls/ioctl.h"

#include <asm/termbits.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/if_tun.h>
#include <linux/kd.h>
#include <linux/loop.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/vt.h>
#include <linux/watchdog.h>

#include "syscalls/ioctl_private.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum how { HOW_NONE, HOW_VALUE, HOW_IN, HOW_OUT, HOW_INOUT, HOW_FN };

struct row {
    u32 host;
    u8 how, layout;
    bool long_size;       /* the number holds the size of a long */
    ioctl_handler *fn;
    const char *name;
};

#define IOCTL_NONE     HOW_NONE, 0, false, NULL
#define IOCTL_VALUE    HOW_VALUE, 0, false, NULL
#define IOCTL_IN(l)    HOW_IN, SYS_LAYOUT_##l, false, NULL
#define IOCTL_INL(l)   HOW_IN, SYS_LAYOUT_##l, true, NULL
#define IOCTL_OUT(l)   HOW_OUT, SYS_LAYOUT_##l, false, NULL
#define IOCTL_OUTL(l)  HOW_OUT, SYS_LAYOUT_##l, true, NULL
#define IOCTL_INOUT(l) HOW_INOUT, SYS_LAYOUT_##l, false, NULL
#define IOCTL_FN(f)    HOW_FN, 0, false, ioctl_##f

static const struct row rows[SYS_IOCTL_COUNT] = {
#define IOCTL(request, arg) {(u32)request, IOCTL_##arg, #request},
#include "syscalls/ioctls.def"
#undef IOCTL
};
static u32 guest_number[SYS_IOCTL_COUNT];

/* The asm-generic encoding: dir:2 size:14 type:8 nr:8. Rows without direction are encoded ones only for block devices. */
static u32 encode(const struct sys_abi *abi, const struct row *r)
{
    u32 dir = _IOC_DIR(r->host), size = _IOC_SIZE(r->host), low = r->host & 0xffff;
    if (abi->ioc_dir_bits != 3) {
        if (dir == 0) return r->host;
    } else if (dir == 0 && _IOC_TYPE(r->host) != 0x12) {
        return r->host;
    }
    if (r->long_size)
        size = abi->word;
    else if (r->layout && size == sys_layout_host_size((enum sys_layout_id)r->layout))
        size = sys_layout_size((enum sys_layout_id)r->layout);
    if (abi->ioc_dir_bits != 3) return dir << 30 | size << 16 | low;
    u32 bits = dir == _IOC_NONE ? 1 : (dir & _IOC_READ ? 2u : 0) | (dir & _IOC_WRITE ? 4u : 0);
    return bits << 29 | size << 16 | low;
}

void sys_ioctl_init(const struct sys_abi *abi)
{
    for (u32 i = 0; i < SYS_IOCTL_COUNT; i++) guest_number[i] = encode(abi, &rows[i]);
    for (u32 i = 0; i < abi->nioctls; i++) guest_number[abi->ioctls[i].ioctl] = abi->ioctls[i].guest;
}

static const struct row *find(u32 guest)
{
    for (u32 i = 0; i < SYS_IOCTL_COUNT; i++)
        if (guest_number[i] == guest) return &rows[i];
    return NULL;
}

const char *sys_ioctl_name(u32 guest)
{
    const struct row *r = find(guest);
    return r ? r->name : NULL;
}

static s64 with_struct(struct sys_ctx *c, const struct row *r, gaddr arg)
{
    _Alignas(8) u8 host[512] = {0};
    enum sys_layout_id id = (enum sys_layout_id)r->layout;
    s64 e = 0;
    if (r->how != HOW_OUT) e = sys_get(c, id, arg, host);
    if (e) return e;
    s64 n = sys_host(c, SYS_ioctl, c->a[0], r->host, (u64)host, 0, 0, 0);
    if (n < 0 || r->how == HOW_IN) return n;
    e = sys_put(c, id, arg, host);
    return e ? e : n;
}

s64 sys_do_ioctl(struct sys_ctx *c)
{
    const struct row *r = find((u32)c->a[1]);
    if (!r) {
        sys_unimp(c, "request", c->a[1]);
        return -ENOTTY;
    }
    switch (r->how) {
    case HOW_NONE: return sys_host(c, SYS_ioctl, c->a[0], r->host, 0, 0, 0, 0);
    case HOW_VALUE: return sys_host(c, SYS_ioctl, c->a[0], r->host, c->a[2], 0, 0, 0);
    case HOW_FN: return r->fn(c, r->host, c->a[2]);
    default: return with_struct(c, r, c->a[2]);
    }
}
