// pages.c: whole pages from the kernel. See pages.h.
//
// A sanitizer has to see memory come and go, or it takes what a new owner does for a conflict with the last
// one: its builds go through libc, which it watches.
#include "runtime/base/pages.h"
#include "runtime/base/error.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include <errno.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#define WITH_ASAN __has_feature(address_sanitizer)
#else
#define WITH_ASAN 0
#endif
#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

#if THREAD_BY_PTHREAD

static long map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -errno : (long)p;
}

void pages_unmap(void *p, size_t size)
{
    munmap(p, size);
}

#else

static long map(size_t size)
{
    return raw_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void pages_unmap(void *p, size_t size)
{
    raw_munmap(p, size);
}

#endif

#if WITH_ASAN

void pages_clear_marks(void *p, size_t size)
{
    __asan_unpoison_memory_region(p, size);
}

#else

void pages_clear_marks(void *p, size_t size)
{
    (void)p, (void)size;
}

#endif

static void *result(long p, size_t size)
{
    if (raw_is_error(p))
        die(STATUS_HOST, "out of memory: cannot map %zu bytes: %s", size, error_text((int)p));
    return (void *)p;
}

void *pages_map(size_t size)
{
    return result(map(size), size);
}

void *pages_remap(void *p, size_t old_size, size_t new_size)
{
    return result(raw_mremap(p, old_size, new_size, MREMAP_MAYMOVE, NULL), new_size);
}
