// Code that is written, run, rewritten and run again, with the flush that the processor asks for: in place, by a
// second mapping, after munmap, and a thousand times.
#include "code.h"

static void write_code(void *where, void *flush, unsigned v)
{
    size_t n = code_constant(where, v);
    t_flush(flush, n);
}

int main(void)
{
    const size_t P = 65536;
    char *m = mmap(NULL, P, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned sum = 0;
    for (unsigned i = 0; i < 2000; i++) {
        write_code(m, m, i * 7 & 0xffff);
        sum += code_call(m);
    }
    printf("rewritten in place: %u\n", sum);
    for (unsigned i = 0; i < 200; i++) write_code(m + i * 64, m + i * 64, i);
    sum = 0;
    for (unsigned round = 0; round < 5; round++)
        for (unsigned i = 0; i < 200; i++) sum = sum * 3 + code_call(m + i * 64);
    printf("many functions: %u\n", sum);
    CHECK(mprotect(m, P, PROT_READ | PROT_EXEC) == 0 && code_call(m + 64) == 1);
    CHECK(mprotect(m, P, PROT_READ | PROT_WRITE) == 0);
    write_code(m, m, 999);
    CHECK(mprotect(m, P, PROT_READ | PROT_EXEC) == 0 && code_call(m) == 999);
    munmap(m, P);
    char *again = mmap(m, P, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    write_code(again, again, 1234);
    CHECK(code_call(again) == 1234);

    int fd = open("code", O_RDWR | O_CREAT, 0700);
    if (ftruncate(fd, (off_t)P)) return 1;
    char *w = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *x = mmap(NULL, P, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    sum = 0;
    for (unsigned i = 0; i < 500; i++) {
        write_code(w + (i & 3) * 32, x + (i & 3) * 32, i);
        sum += code_call(x + (i & 3) * 32) + code_call(x);
    }
    printf("through a second mapping: %u\n", sum);
    // another file's content at the same address
    int fd2 = open("code2", O_RDWR | O_CREAT, 0700);
    uint32_t buf[4];
    size_t n = code_constant(buf, 77);
    if (ftruncate(fd2, (off_t)P) || pwrite(fd2, buf, n, 0) != (ssize_t)n) return 1;
    CHECK(mmap(x, P, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd2, 0) == x && code_call(x) == 77);
    // read() into executable memory
    lseek(fd2, 0, SEEK_SET);
    write_code(again, again, 1);
    code_call(again);
    if (read(fd2, again, n) != (ssize_t)n) return 1;
    t_flush(again, n);
    CHECK(code_call(again) == 77);
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        write_code(again, again, 55);
        _exit((int)code_call(again));
    }
    int st;
    waitpid(p, &st, 0);
    CHECK(WEXITSTATUS(st) == 55 && code_call(again) == 77);
    return 0;
}
