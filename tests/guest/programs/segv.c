// Faults of the program: SIGSEGV with its address and code, a handler that mends the mapping and one that jumps
// out, faults inside libc's string functions, in a call of a bad address, SIGBUS past the end of a file.
#include "t.h"
#include <setjmp.h>

static sigjmp_buf out;
static volatile uintptr_t fault_at;
static volatile int fault_code, fault_sig, mended;
static char *page;
static long size;

static void jump(int s, siginfo_t *si, void *uc)
{
    (void)uc;
    fault_sig = s, fault_code = si->si_code, fault_at = (uintptr_t)si->si_addr;
    siglongjmp(out, 1);
}
static void mend(int s, siginfo_t *si, void *uc)
{
    (void)s, (void)uc;
    uintptr_t at = (uintptr_t)si->si_addr & ~((uintptr_t)size - 1);
    mended++;
    if (mprotect((void *)at, (size_t)size, PROT_READ | PROT_WRITE)) _exit(50);
}
static void on(int s, void (*h)(int, siginfo_t *, void *))
{
    struct sigaction sa = {.sa_sigaction = h, .sa_flags = SA_SIGINFO};
    sigaction(s, &sa, NULL);
}

static const char *code_name(void)
{
    if (fault_sig == SIGSEGV) return fault_code == SEGV_MAPERR ? "SEGV_MAPERR" : fault_code == SEGV_ACCERR ? "SEGV_ACCERR" : "?";
    return fault_sig == SIGBUS && fault_code == BUS_ADRERR ? "BUS_ADRERR" : "?";
}

#define FAULT(what, offset, statement)                                                                       \
    do {                                                                                                     \
        if (sigsetjmp(out, 1) == 0) {                                                                        \
            statement;                                                                                       \
            puts(what ": no fault");                                                                         \
        } else                                                                                               \
            printf(what ": signal %s %s, address %s\n", fault_sig == SIGSEGV ? "SEGV" : "BUS", code_name(),  \
                   fault_at == (uintptr_t)(offset) ? "right" : "WRONG");                                     \
    } while (0)

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 1000);
    size = sysconf(_SC_PAGESIZE);
    page = mmap(NULL, (size_t)size * 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile char *v = page;
    on(SIGSEGV, jump), on(SIGBUS, jump);
    FAULT("null", 0, *(volatile int *)OPAQUE((uintptr_t)0) = 1);
    FAULT("null plus 100", 100, (void)*(volatile char *)OPAQUE((uintptr_t)100));
    FAULT("write to read-only", page + 5, v[5] = 1);
    munmap(page + size * 19, (size_t)size);
    FAULT("read of unmapped", page + size * 19 + 8, (void)*(volatile int *)(v + size * 19 + 8));
    mprotect(page + size, (size_t)size, PROT_NONE);
    FAULT("read of PROT_NONE", page + size, (void)v[size]);
    FAULT("jump to null", 0, ((void (*)(void))OPAQUE((uintptr_t)0))());
    FAULT("64-bit write", page + 16, *(volatile uint64_t *)(v + 16) = 1);
    char *volatile forbidden = page + size;
    FAULT("string function", page + size, strlen(memset(forbidden, 1, 3)));
    for (volatile int i = 0; i < 3000; i++)
        if (sigsetjmp(out, 1) == 0) v[i & 63] = 1;
    puts("many faults");

    on(SIGSEGV, mend);
    uint32_t sum = 0;
    for (long i = 0; i < 10 * size; i += 97) v[i] = (char)i, sum = sum * 31 + (unsigned char)(v[i] == (char)i);
    printf("mended %s, sum %s\n", mended == 10 ? "10 pages" : "?", sum ? "set" : "0");
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    if (ftruncate(fd, 10)) return 1;
    char *m = mmap(NULL, (size_t)size * 2, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    on(SIGSEGV, jump);
    m[9] = 'x';
    FAULT("past the end of the file", m + size + 7, ((volatile char *)m)[size + 7] = 1);
    char c = 0;
    CHECK(pread(fd, &c, 1, 9) == 1 && c == 'x');
    TRY(write(1, (char *)OPAQUE((uintptr_t)8), 4));
    TRY(read(fd, (char *)OPAQUE((uintptr_t)8), 4));
    TRY(open((char *)OPAQUE((uintptr_t)8), O_RDONLY));
    return 0;
}
