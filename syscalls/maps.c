/* maps.c: numbers of the guest and of the host: errors, signals, signal sets, flags. All from the guest's tables; reverse
 * maps are made once. */
#include <string.h>

#include "runtime/base/endian.h"
#include "syscalls/private.h"

static u8 sig_from_guest[32];
static struct { u16 first, end; } family_rows[SYS_FLAGS_COUNT];

static void index_families(const struct sys_abi *abi)
{
    memset(family_rows, 0, sizeof family_rows);
    for (u32 i = 0; i < abi->nflags; i++) {
        u8 f = abi->flags[i].family;
        if (family_rows[f].end == 0) family_rows[f].first = (u16)i;
        family_rows[f].end = (u16)(i + 1);
    }
}

void sys_maps_init(const struct sys_abi *abi)
{
    for (u32 host = 0; host < 32; host++) sig_from_guest[host] = (u8)(abi->signal_map ? 0 : host);
    for (u32 host = 1; abi->signal_map && host < 32; host++) {
        u8 guest = abi->signal_map[host];
        sig_from_guest[guest ? guest : host] = (u8)host;
    }
    index_families(abi);
}

int sys_errno_to_guest(const struct sys_abi *abi, int err)
{
    if (!abi->errno_map || err <= 0 || err >= SYS_ERRNO_MAX || abi->errno_map[err] == 0) return err;
    return abi->errno_map[err];
}

int sys_signal_to_guest(const struct sys_abi *abi, int sig)
{
    if (sig < 0 || sig > 64) return -1;
    if (sig >= 32 || !abi->signal_map || abi->signal_map[sig] == 0) return sig;
    return abi->signal_map[sig];
}

int sys_signal_to_host(const struct sys_abi *abi, int sig)
{
    (void)abi;
    if (sig < 0 || sig > 64) return -1;
    return sig >= 32 ? sig : sig_from_guest[sig];
}

u64 sys_sigset_to_guest(const struct sys_abi *abi, u64 host)
{
    if (!abi->signal_map) return host;
    u64 guest = host & ~0x7fffffffull;
    for (int s = 1; s < 32; s++)
        if (host >> (s - 1) & 1) guest |= 1ull << (sys_signal_to_guest(abi, s) - 1);
    return guest;
}

u64 sys_sigset_to_host(const struct sys_abi *abi, u64 guest)
{
    if (!abi->signal_map) return guest;
    u64 host = guest & ~0x7fffffffull;
    for (int s = 1; s < 32; s++)
        if ((guest >> (s - 1) & 1) && sig_from_guest[s]) host |= 1ull << (sig_from_guest[s] - 1);
    return host;
}

void sys_sigset_pack(const struct sys_abi *abi, u8 out[8], u64 host_mask)
{
    u64 set = sys_sigset_to_guest(abi, host_mask);
    if (abi->word == 8) {
        store_u64(out, set, abi->big_endian);
        return;
    }
    store_u32(out, (u32)set, abi->big_endian);
    store_u32(out + 4, (u32)(set >> 32), abi->big_endian);
}

u64 sys_sigset_unpack(const struct sys_abi *abi, const u8 in[8])
{
    u64 set = abi->word == 8
                  ? load_u64(in, abi->big_endian)
                  : load_u32(in, abi->big_endian) | (u64)load_u32(in + 4, abi->big_endian) << 32;
    return sys_sigset_to_host(abi, set);
}

/* One direction of a family's rows. Numbers first: an exact VALUE ends it. Then bits, in the order of the rows; bits of
 * no row pass unless the other side means something else by them. */
static u64 translate(const struct sys_abi *abi, enum sys_family family, u64 in, bool to_host, u64 *rest)
{
    if (family == SYS_FLAGS_fd) family = SYS_FLAGS_open;
    u64 out = 0, claimed = 0, unknown = 0;
    bool value_claimed = false, bits = false;
    for (u32 i = family_rows[family].first; i < family_rows[family].end; i++) {
        const struct sys_flag *f = &abi->flags[i];
        if (f->family != family) continue;
        u64 from = to_host ? f->guest : f->host, to = to_host ? f->host : f->guest;
        if (f->value) {
            if (in == from) {
                if (rest) *rest = 0;
                return to;
            }
            value_claimed |= in == to;
            continue;
        }
        bits = true;
        claimed |= to;
        if (from && (in & from) == from) {
            in &= ~from;
            out |= to;
        }
    }
    if (bits)
        unknown = in & claimed;
    else if (value_claimed)
        unknown = in ? in : ~0ull;
    if (rest) *rest = unknown;
    return bits || !value_claimed ? out | (in & ~unknown) : in;
}

u64 sys_flags_to_host(const struct sys_abi *abi, enum sys_family family, u64 guest, u64 *rest)
{
    return translate(abi, family, guest, true, rest);
}

u64 sys_flags_to_guest(const struct sys_abi *abi, enum sys_family family, u64 host)
{
    return translate(abi, family, host, false, NULL);
}

static const bool refuses[SYS_FLAGS_COUNT] = {
#define refuse true
#define ignore false
#define FAMILY(name, unknown) unknown,
#include "syscalls/families.def"
#undef FAMILY
#undef refuse
#undef ignore
};

int sys_flags(struct sys_ctx *c, enum sys_family family, u64 guest, u64 *host)
{
    u64 rest;
    *host = sys_flags_to_host(c->abi, family, guest, &rest);
    return rest && refuses[family] ? -EINVAL : 0;
}
