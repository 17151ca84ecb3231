/* Where guest memory lies on the host: the choice between the two equal modes. Called once, by main, before the program
 * is loaded.
 *
 *   identity   guest address = host address. One cycle less latency; needs the range free and no image below the
 *              kernel's mmap_min_addr.
 *   base       host address = base + guest address, the base in gs. Serves every image and every sanitizer build. */
#include "runtime/vm/space.h"

#include <errno.h>
#include <sys/mman.h>

#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"

#define ARCH_SET_GS 0x1001
#define RANGE32 (1ull << 32)
#define GUARD (64 * 1024ull) /* behind the range: an access that begins at its last bytes faults */
#define ROOM (1ull << 38)    /* kept free below calque's own mappings for those that it has yet to make */

/* Where the reservation goes. The kernel looks for room from the top of the address space down (or, with an unlimited
 * stack, from a third of it up): at these places a hole that remapping leaves in the reservation for a moment is not what
 * another thread's mmap gets. The first is free under AddressSanitizer, the second under ThreadSanitizer. */
static const u64 places[] = {0x200000000000, 0x1000000000};

static long reserve_at(u64 want)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return want ? raw_mmap_free((void *)want, RANGE32 + GUARD, PROT_NONE, flags, -1, 0)
                : raw_mmap(NULL, RANGE32 + GUARD, PROT_NONE, flags, -1, 0);
}

/* Reserves the 32-bit range, at `want` if that is not 0. */
static int reserve_base(u64 want, u64 *base)
{
    long r = -EEXIST;
    if (want) r = reserve_at(want);
    for (u32 i = 0; !want && r == -EEXIST && i < ARRAY_LEN(places); i++) r = reserve_at(places[i]);
    if (!want && r == -EEXIST) r = reserve_at(0);
    if (raw_is_error(r)) return (int)r;
    *base = (u64)r;
    return 0;
}

/* A page at an address, or at 0 anywhere, which goes away again: its address, or -errno. */
static long try_page(gaddr at)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    long r = at ? raw_mmap_free((void *)at, 4096, PROT_NONE, flags, -1, 0) : raw_mmap(NULL, 4096, PROT_NONE, flags, -1, 0);
    if (!raw_is_error(r)) raw_munmap((void *)r, 4096);
    return r;
}

/* True if the lowest address of the image can be mapped in place. */
static bool can_map_at(gaddr lowest)
{
    gaddr page = lowest & ~4095ull;
    return page != 0 && (u64)try_page(page) == page;
}

/* Where calque's own pages begin, for a 64-bit guest that shares the address space with them: its image, or what the
 * kernel hands out next, with room for more. */
static gaddr own_pages(void)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    u64 low = (u64)__ehdr_start;
    long next = try_page(0);
    if (!raw_is_error(next)) {
        u64 n = (u64)next;
        if (n > GMEM_LIMIT_MAX / 2) n -= ROOM; /* handed out downward */
        if (n < low) low = n;
    }
    return low & ~((2ull << 20) - 1);
}

int space_setup(u32 bits, enum space_mode mode, u64 want_base, gaddr lowest)
{
    if (bits != 32) {
        if (mode == SPACE_BASE || want_base) return -EOPNOTSUPP;
        gmem_setup(0, ~0ull, own_pages());
        return 0;
    }
    bool with_base = mode == SPACE_BASE || want_base;
    bool in_place = !with_base && can_map_at(lowest);
    if (mode == SPACE_IDENTITY && !with_base && !in_place) return -EADDRINUSE;
    if (THREAD_BY_PTHREAD && mode != SPACE_IDENTITY) in_place = false; /* a sanitizer's shadow takes low addresses */
    u64 base = 0;
    if (!in_place) {
        int e = reserve_base(want_base, &base);
        if (e) return e;
    }
    gmem_setup(base, 0xffffffffull, 0);
    return space_enter_thread();
}

int space_enter_thread(void)
{
    if (!gmem_base) return 0;
    return (int)raw_syscall2(SYS_arch_prctl, ARCH_SET_GS, (long)gmem_base);
}
