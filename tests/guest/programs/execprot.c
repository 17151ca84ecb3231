// Permission to execute: asked for at every fetch, taken and given by mprotect, and looked at anew where a jump has failed
// before: behind an unmapped address, a page without permission, and a file's end.
#include <setjmp.h>
#include <sys/personality.h>

#include "code.h"

#ifndef READ_IMPLIES_EXEC
#define READ_IMPLIES_EXEC 0x0400000 // old C libraries do not name it
#endif

static sigjmp_buf back;
static char *volatile where; // the function called
static volatile int got_signal, got_code, got_place;
static char *volatile given; // what a handler makes executable before it returns
static size_t page;

static void handler(int sig, siginfo_t *info, void *context)
{
    (void)context;
    got_signal = sig;
    got_code = info->si_code;
    got_place = info->si_addr == where;
    if (given) {
        char *m = given;
        given = NULL;
        if (mprotect(m, page, PROT_READ | PROT_EXEC) == 0) return;
    }
    siglongjmp(back, 1);
}

static const char *code_name(int sig, int code)
{
    if (sig == SIGSEGV) return code == SEGV_MAPERR ? "MAPERR" : code == SEGV_ACCERR ? "ACCERR" : "?";
    return code == BUS_ADRERR ? "ADRERR" : "?";
}

static void call(const char *what, char *f)
{
    got_signal = got_code = got_place = 0;
    where = f;
    printf("%s: ", what);
    if (sigsetjmp(back, 1) == 0) printf("%u", code_call(f));
    else printf("signal");
    if (got_signal)
        printf(" %s %s at %s", got_signal == SIGSEGV ? "SEGV" : "BUS", code_name(got_signal, got_code),
               got_place ? "the function" : "another place");
    printf("\n");
}

static char *map(char *at, int prot, int flags, int fd)
{
    char *m = mmap(at, page, prot, MAP_PRIVATE | flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
    if (m == MAP_FAILED) exit(1);
    return m;
}

static void write_function(char *f, unsigned v) { t_flush(f, code_constant(f, v)); }

static void protections(void)
{
    char *m = map(NULL, PROT_READ | PROT_WRITE, 0, -1);
    write_function(m, 11);
    call("never executable", m);
    TRY(mprotect(m, page, PROT_READ | PROT_EXEC));
    call("executable", m);
    TRY(mprotect(m, page, PROT_READ));
    call("taken away", m);
    TRY(mprotect(m, page, PROT_NONE));
    call("nothing allowed", m);
    TRY(mprotect(m, page, PROT_EXEC));
    call("execution alone", m);
    TRY(mprotect(m, page, PROT_READ | PROT_WRITE));
    given = m;
    call("given by the handler", m);
    munmap(m, page);
    call("unmapped", m);
    char *again = map(m, PROT_READ | PROT_WRITE | PROT_EXEC, 0, -1); // a hint: it is free, so it is taken
    CHECK(again == m);
    write_function(again, 22);
    call("mapped by a hint", again);
    munmap(again, page);
}

// One page of two loses its permission while the other runs on, and a call between them is linked already.
static void neighbours(void)
{
    char *m = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned sum = 0;
    write_function(m, 1);
    write_function(m + page, 2);
    for (int i = 0; i < 100; i++) sum += code_call(m) + code_call(m + page);
    printf("sum %u\n", sum);
    TRY(mprotect(m + page, page, PROT_READ | PROT_WRITE));
    call("first page", m);
    call("second page", m + page);
    write_function(m + page, 3);
    TRY(mprotect(m + page, page, PROT_READ | PROT_WRITE | PROT_EXEC));
    call("second page", m + page);
    munmap(m, 2 * page);
}

static void views(void)
{
    int fd = open("code", O_RDWR | O_CREAT, 0700);
    char text[CODE_BYTES];
    size_t n = code_constant(text, 33);
    char *data = map(NULL, PROT_READ, 0, fd), *code = map(NULL, PROT_READ | PROT_EXEC, 0, fd);
    call("empty file", code);
    if (write(fd, text, n) != (ssize_t)n) exit(1);
    call("file as data", data);
    call("file as code", code);
    CHECK(mremap(code, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, data) == data);
    call("moved", data);
    call("moved away", code);
    munmap(data, page);
    close(fd);
    unlink("code");
}

// A program whose PT_GNU_STACK asks for no executable stack has none.
static void stack(void)
{
    char local[2 * CODE_BYTES] __attribute__((aligned(8)));
    write_function(local, 44);
    call("stack", local);
}

static void personalities(void)
{
    int before = personality(0xffffffff);
    CHECK(before != -1 && !(before & READ_IMPLIES_EXEC));
    CHECK(personality((unsigned)before | READ_IMPLIES_EXEC) == before);
    CHECK(personality(0xffffffff) == (before | READ_IMPLIES_EXEC));
    char *m = map(NULL, PROT_READ | PROT_WRITE, 0, -1);
    write_function(m, 66);
    call("all that is readable", m);
    CHECK(personality((unsigned)before) == (before | READ_IMPLIES_EXEC));
    char *n = map(NULL, PROT_READ | PROT_WRITE, 0, -1);
    write_function(n, 77);
    call("as before", n);
    call("the one of then", m);
    TRY(mprotect(m, page, PROT_READ | PROT_WRITE));
    call("the one of then, changed", m);
}

int main(void)
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    page = (size_t)sysconf(_SC_PAGESIZE);
    sigaction(SIGSEGV, &a, NULL);
    sigaction(SIGBUS, &a, NULL);
    protections();
    neighbours();
    views();
    stack();
    personalities();
    return 0;
}
