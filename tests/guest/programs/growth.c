// A mapping that grows down, by faults and under a system call, as old thread libraries' stacks do; what bounds memory:
// RLIMIT_AS, RLIMIT_DATA.
#include "t.h"
#include <setjmp.h>
#include <sys/resource.h>

#define MIB ((size_t)1 << 20)
static sigjmp_buf back;

static void on_fault(int sig)
{
    siglongjmp(back, sig);
}

static bool touch(volatile char *p)
{
    if (sigsetjmp(back, 1)) return false;
    *p = 1;
    return true;
}

int main(void)
{
    const size_t P = 65536;
    setvbuf(stdout, NULL, _IOLBF, 1000);
    signal(SIGSEGV, on_fault);
    char *room = mmap(NULL, 16 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(room != MAP_FAILED && munmap(room + 4 * MIB, 12 * MIB) == 0);
    char *top = room + 12 * MIB;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN;
    CHECK(mmap(top, P, PROT_READ | PROT_WRITE, flags, -1, 0) == top);
    CHECK(touch(top - 4));
    CHECK(touch(top - 3 * P));
    CHECK(top[-(ptrdiff_t)P] == 0);
    CHECK(touch(top - 7 * MIB));
    CHECK(!touch(room + 4 * MIB - P)); // the part without access
    CHECK(mprotect(top, P, PROT_READ | PROT_GROWSDOWN) == 0);
    CHECK(!touch(top - 3 * P) && top[-(ptrdiff_t)(3 * P)] == 1);
    CHECK(munmap(room, 16 * MIB) == 0 && !touch(top));

    struct rlimit old, limit = {256 * MIB, RLIM_INFINITY}, now;
    CHECK(getrlimit(RLIMIT_AS, &old) == 0);
    limit.rlim_max = old.rlim_max;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0 && getrlimit(RLIMIT_AS, &now) == 0 && now.rlim_cur == 256 * MIB);
    TRY(mmap(NULL, 300 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *some = mmap(NULL, 100 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(some != MAP_FAILED);
    TRY(mremap(some, 100 * MIB, 260 * MIB, MREMAP_MAYMOVE));
    limit.rlim_cur = old.rlim_cur;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(getrlimit(RLIMIT_DATA, &old) == 0);
    limit = (struct rlimit){64 * MIB, old.rlim_max};
    CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
    TRY(mprotect(some, 100 * MIB, PROT_READ | PROT_WRITE));
    TRY(mmap(NULL, 70 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    TRY(mmap(NULL, 70 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    TRY(sbrk(70 * (intptr_t)MIB));
    TRY(sbrk(1000));
    CHECK(setrlimit(RLIMIT_DATA, &old) == 0);
    TRY(mprotect(some, 100 * MIB, PROT_READ | PROT_WRITE));
    return 0;
}
