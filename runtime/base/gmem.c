// gmem.c: guarded accesses of C code to guest memory: ranges and byte order here, the accesses that may fault
// in gmem_copy.S. See gmem.h.
#include "runtime/base/gmem.h"
#include "runtime/base/endian.h"
#include <errno.h>

u64 gmem_base;
u64 gmem_mask = ~(u64)0;
u64 gmem_limit = GMEM_LIMIT_MAX;
bool (*gmem_write_hook)(gaddr addr, size_t n);

void gmem_setup(u64 base, u64 mask, u64 limit)
{
    gmem_base = base;
    gmem_mask = mask;
    gmem_limit = limit ? limit : mask < GMEM_LIMIT_MAX ? mask + 1 : GMEM_LIMIT_MAX - base;
}

// ---- the assembly routines: 0 or -EFAULT (counts where stated); host pointers, already checked ----

long gmem_raw_copy(void *dst, const void *src, size_t n);
long gmem_raw_set(void *dst, u8 byte, size_t n);
long gmem_raw_strncpy(char *dst, const char *src, size_t max); // bytes before the NUL, max when there is none
long gmem_raw_strnlen(const char *src, size_t max);
long gmem_raw_load8(const void *src, u8 *value);
long gmem_raw_load16(const void *src, u16 *value);
long gmem_raw_load32(const void *src, u32 *value);
long gmem_raw_load64(const void *src, u64 *value);
long gmem_raw_store8(void *dst, u8 value);
long gmem_raw_store16(void *dst, u16 value);
long gmem_raw_store32(void *dst, u32 value);
long gmem_raw_store64(void *dst, u64 value);
// *old holds what is expected on entry, what was there on return.
long gmem_raw_cmpxchg8(void *p, u8 desired, u8 *old);
long gmem_raw_cmpxchg16(void *p, u16 desired, u16 *old);
long gmem_raw_cmpxchg32(void *p, u32 desired, u32 *old);
long gmem_raw_cmpxchg64(void *p, u64 desired, u64 *old);
long gmem_raw_cmpxchg128(void *p, const u64 desired[2], u64 old[2]);

// True when a write is to be made.
static inline bool may_write(gaddr addr, size_t n)
{
    return likely(!gmem_write_hook) || gmem_write_hook(addr & gmem_mask, n);
}

// ---- ranges ----

int gmem_read(void *dst, gaddr src, size_t n)
{
    if (n == 0) return 0;
    if (!gmem_range_ok(src, n)) return -EFAULT;
    return (int)gmem_raw_copy(dst, gmem_ptr(src), n);
}

int gmem_write(gaddr dst, const void *src, size_t n)
{
    if (n == 0) return 0;
    if (!gmem_range_ok(dst, n)) return -EFAULT;
    if (!may_write(dst, n)) return 0;
    return (int)gmem_raw_copy(gmem_ptr(dst), src, n);
}

int gmem_copy(gaddr dst, gaddr src, size_t n)
{
    if (n == 0) return 0;
    if (!gmem_range_ok(dst, n) || !gmem_range_ok(src, n)) return -EFAULT;
    if (!may_write(dst, n)) return 0;
    return (int)gmem_raw_copy(gmem_ptr(dst), gmem_ptr(src), n);
}

int gmem_set(gaddr dst, u8 byte, size_t n)
{
    if (n == 0) return 0;
    if (!gmem_range_ok(dst, n)) return -EFAULT;
    if (!may_write(dst, n)) return 0;
    return (int)gmem_raw_set(gmem_ptr(dst), byte, n);
}

// ---- strings ----

// How far a string at `src` may be read: max, or what lies below the limit. 0 when src itself is out.
static size_t string_room(gaddr src, size_t max)
{
    src &= gmem_mask;
    return src >= gmem_limit ? 0 : MIN(max, gmem_limit - src);
}

long gmem_strncpy(char *dst, gaddr src, size_t max)
{
    size_t room = string_room(src, max);
    if (room == 0) return max == 0 ? -ENAMETOOLONG : -EFAULT;
    long n = gmem_raw_strncpy(dst, gmem_ptr(src), room);
    if (n < 0 || (size_t)n < room) return n;
    return room < max ? -EFAULT : -ENAMETOOLONG;
}

long gmem_strnlen(gaddr src, size_t max)
{
    size_t room = string_room(src, max);
    if (room == 0) return max == 0 ? 0 : -EFAULT;
    long n = gmem_raw_strnlen(gmem_ptr(src), room);
    return n >= 0 && (size_t)n == room && room < max ? -EFAULT : n;
}

// ---- single accesses ----

int gmem_load_u8(gaddr addr, u8 *value)
{
    return gmem_range_ok(addr, 1) ? (int)gmem_raw_load8(gmem_ptr(addr), value) : -EFAULT;
}

int gmem_store_u8(gaddr addr, u8 value)
{
    if (!gmem_range_ok(addr, 1)) return -EFAULT;
    return may_write(addr, 1) ? (int)gmem_raw_store8(gmem_ptr(addr), value) : 0;
}

#define GMEM_ACCESS(N)                                                                                       \
    int gmem_load_u##N(gaddr addr, bool be, u##N *value)                                                     \
    {                                                                                                        \
        if (!gmem_range_ok(addr, N / 8)) return -EFAULT;                                                     \
        u##N raw;                                                                                            \
        int ret = (int)gmem_raw_load##N(gmem_ptr(addr), &raw);                                               \
        if (ret == 0) *value = be == HOST_BIG_ENDIAN ? raw : bswap##N(raw);                                  \
        return ret;                                                                                          \
    }                                                                                                        \
    int gmem_store_u##N(gaddr addr, bool be, u##N value)                                                     \
    {                                                                                                        \
        if (!gmem_range_ok(addr, N / 8)) return -EFAULT;                                                     \
        if (!may_write(addr, N / 8)) return 0;                                                               \
        return (int)gmem_raw_store##N(gmem_ptr(addr), be == HOST_BIG_ENDIAN ? value : bswap##N(value));      \
    }

GMEM_ACCESS(16)
GMEM_ACCESS(32)
GMEM_ACCESS(64)

// A number of `size` bytes between the host's byte order and `be`; its own inverse.
static u64 swap_sized(u64 v, unsigned size, bool be)
{
    return be == HOST_BIG_ENDIAN ? v : bswap64(v) >> (64 - 8 * size);
}

static long cmpxchg_sized(void *p, unsigned size, u64 desired, u64 *old)
{
    u8 o8 = (u8)*old;
    u16 o16 = (u16)*old;
    u32 o32 = (u32)*old;
    long ret;
    switch (size) {
    case 1:
        ret = gmem_raw_cmpxchg8(p, (u8)desired, &o8);
        *old = o8;
        return ret;
    case 2:
        ret = gmem_raw_cmpxchg16(p, (u16)desired, &o16);
        *old = o16;
        return ret;
    case 4:
        ret = gmem_raw_cmpxchg32(p, (u32)desired, &o32);
        *old = o32;
        return ret;
    default: return gmem_raw_cmpxchg64(p, desired, old);
    }
}

int gmem_cmpxchg(gaddr addr, unsigned size, bool be, u64 expected, u64 desired, u64 *old)
{
    if (is_pow2(size) && !is_aligned(addr, size)) return -EINVAL;
    return gmem_cmpxchg_any(addr, size, be, expected, desired, old);
}

int gmem_cmpxchg_any(gaddr addr, unsigned size, bool be, u64 expected, u64 desired, u64 *old)
{
    if (size > 8 || !is_pow2(size)) return -EINVAL;
    if (!gmem_range_ok(addr, size)) return -EFAULT;
    u64 raw = swap_sized(expected, size, be);
    if (!may_write(addr, size)) { // as if it were made
        raw = 0;
        if (gmem_raw_copy(&raw, gmem_ptr(addr), size)) return -EFAULT;
        *old = swap_sized(raw, size, be);
        return 0;
    }
    long ret = cmpxchg_sized(gmem_ptr(addr), size, swap_sized(desired, size, be), &raw);
    if (ret == 0) *old = swap_sized(raw, size, be);
    return (int)ret;
}

int gmem_cmpxchg16(gaddr addr, bool be, const u64 expected[2], const u64 desired[2], u64 old[2])
{
    if (!is_aligned(addr, 16)) return -EINVAL;
    if (!gmem_range_ok(addr, 16)) return -EFAULT;
    bool swap = be != HOST_BIG_ENDIAN;
    u64 raw[2] = {swap ? bswap64(expected[1]) : expected[0], swap ? bswap64(expected[0]) : expected[1]};
    u64 next[2] = {swap ? bswap64(desired[1]) : desired[0], swap ? bswap64(desired[0]) : desired[1]};
    long ret = may_write(addr, 16) ? gmem_raw_cmpxchg128(gmem_ptr(addr), next, raw) : gmem_raw_copy(raw, gmem_ptr(addr), 16);
    if (ret) return (int)ret;
    old[0] = swap ? bswap64(raw[1]) : raw[0];
    old[1] = swap ? bswap64(raw[0]) : raw[1];
    return 0;
}

// ---- faults ----

// One row of the table that gmem_copy.S fills: distances from the field itself, so that it needs no
// relocation.
struct guard {
    s32 start, end, landing;
};
extern const struct guard __start_calque_guards[] __attribute__((visibility("hidden")));
extern const struct guard __stop_calque_guards[] __attribute__((visibility("hidden")));

static u64 guard_address(const s32 *field)
{
    return (u64)field + (u64)(s64)*field;
}

bool gmem_fixup(u64 *host_pc, u64 *rax)
{
    for (const struct guard *g = __start_calque_guards; g < __stop_calque_guards; g++) {
        if (*host_pc < guard_address(&g->start) || *host_pc >= guard_address(&g->end)) continue;
        *host_pc = guard_address(&g->landing);
        *rax = (u64)-EFAULT;
        return true;
    }
    return false;
}
