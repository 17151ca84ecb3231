// nofault.sparc.c: loads from the no-fault address spaces (SPARC V9 manual, 8.3 and A.28: "primary no-fault"), which give
// zero where memory cannot be read. Self-checking; glibc's strcmp lives on them.
#include "../programs/t.h"
#include <setjmp.h>

static sigjmp_buf back;
static int sig, code;

static void handler(int s, siginfo_t *si, void *uc)
{
    (void)uc;
    sig = s, code = si->si_code;
    siglongjmp(back, 1);
}

#define LOAD(name, insn)                                                                                     \
    static uint32_t name(const void *p)                                                                      \
    {                                                                                                        \
        uint32_t v = 0x5a5a5a5a;                                                                             \
        __asm__ volatile(insn : "+r"(v) : "r"(p) : "memory");                                                \
        return v;                                                                                            \
    }
LOAD(byte, "lduba [%1] 0x82, %0")
LOAD(half, "lduha [%1] 0x82, %0")
LOAD(plain, "lda [%1] 0x82, %0")
LOAD(signed_byte, "ldsba [%1] 0x82, %0")
LOAD(signed_half, "ldsha [%1] 0x82, %0")
LOAD(little_half, "lduha [%1] 0x8a, %0")
LOAD(little, "lda [%1] 0x8a, %0")

static uint64_t extended(const void *p)
{
    uint32_t high, low;
    __asm__ volatile("ldxa [%2] 0x82, %%g1; srl %%g1, 0, %1; srlx %%g1, 32, %0" : "=&r"(high), "=r"(low) : "r"(p) : "g1", "memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t pair(const void *p)
{
    uint32_t high, low;
    __asm__ volatile("ldda [%2] 0x82, %%g2; mov %%g2, %0; mov %%g3, %1" : "=&r"(high), "=r"(low) : "r"(p) : "g2", "g3", "memory");
    return (uint64_t)high << 32 | low;
}

static double fp(const void *p)
{
    double d;
    __asm__ volatile("ldda [%1] 0x82, %0" : "=e"(d) : "r"(p) : "memory");
    return d;
}

static void look(const char *title, const char *p)
{
    printf("%s: %x %x %x %x %x %x %x %llx %llx %g\n", title, byte(p), half(p), plain(p), signed_byte(p), signed_half(p),
           little_half(p), little(p), (unsigned long long)extended(p), (unsigned long long)pair(p), fp(p));
}

// Loads beside ordinary ones, in one unit: a fault of those is a fault as ever.
static uint32_t mixed(const void *good, const void *none)
{
    uint32_t a, b, c;
    __asm__ volatile("lda [%4] 0x82, %0; ld [%3], %1; lda [%4] 0x82, %2" : "=&r"(a), "=&r"(b), "=&r"(c) : "r"(good), "r"(none) : "memory");
    return a + b + c;
}

int main(void)
{
    long page = sysconf(_SC_PAGESIZE);
    char *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const unsigned char text[8] = {0xc0, 0x08, 0x84, 0xf3, 0x81, 0x02, 0x83, 0x04};
    memcpy(p, text, sizeof text);
    memcpy(p + page - 8, text, sizeof text);
    look("memory", p);
    look("its end", p + page - 8);
    CHECK(mprotect(p + page, page, PROT_NONE) == 0 && munmap(p + 2 * page, page) == 0);
    look("no access", p + page);
    look("nothing mapped", p + 2 * page);
    look("null", NULL);
    int fd = open("short", O_RDWR | O_CREAT, 0600);
    CHECK(write(fd, text, 8) == 8);
    char *m = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, 0);
    look("a file", m);
    look("behind its end", m + page);
    printf("mixed: %x\n", mixed(p, p + page));

    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &sa, NULL), sigaction(SIGSEGV, &sa, NULL);
    if (sigsetjmp(back, 1) == 0) printf("misaligned: %x\n", plain(p + 2));
    CHECK(sig == SIGBUS && code == BUS_ADRALN);
    sig = 0;
    if (sigsetjmp(back, 1) == 0) printf("misaligned, nothing mapped: %x\n", half(p + 2 * page + 1));
    CHECK(sig == SIGBUS && code == BUS_ADRALN);
    sig = 0;
    if (sigsetjmp(back, 1) == 0) printf("an ordinary load: %x\n", mixed(p + page, p));
    CHECK(sig == SIGSEGV && code == SEGV_ACCERR);
    return 0;
}
