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

#define ARCH_SET_GS 0x1001
#define RANGE32 (1ull << 32)
#define GUARD (64 * 1024ull) /* behind the range: an access that begins at its last bytes faults */

/* Reserves the 32-bit range, at `want` if that is not 0. */
static int reserve_base(u64 want, u64 *base)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (want ? MAP_FIXED_NOREPLACE : 0);
    long r = raw_mmap((void *)want, RANGE32 + GUARD, PROT_NONE, flags, -1, 0);
    if (raw_is_error(r)) return (int)r;
    *base = (u64)r;
    return 0;
}

/* True if the lowest address of the image can be mapped in place, tried with a page that goes away again. */
static bool can_map_at(gaddr lowest)
{
    gaddr page = lowest & ~4095ull;
    long r = raw_mmap((void *)page, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (raw_is_error(r)) return false;
    if ((u64)r != page) { /* a kernel that does not know NOREPLACE took it as a hint */
        raw_munmap((void *)r, 4096);
        return false;
    }
    raw_munmap((void *)page, 4096);
    return true;
}

int space_setup(u32 bits, enum space_mode mode, u64 want_base, gaddr lowest)
{
    if (bits != 32) {
        if (mode == SPACE_BASE || want_base) return -EOPNOTSUPP;
        gmem_setup(0, ~0ull, 0);
        return 0;
    }
    bool base_mode = mode == SPACE_BASE || want_base;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    base_mode = base_mode || mode == SPACE_AUTO; /* the sanitizers' shadow takes low addresses */
#endif
    if (!base_mode && !can_map_at(lowest)) {
        if (mode == SPACE_IDENTITY) return -EADDRINUSE;
        base_mode = true;
    }
    u64 base = 0;
    if (base_mode) {
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
