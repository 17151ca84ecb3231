// Memory mappings: anonymous, of files, shared with a child, fixed, moved, resized, unmapped, protected; brk.
#include "t.h"
#include <sys/syscall.h>

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 1000);
    const size_t P = 65536; // a multiple of every page size
    char *a = mmap(NULL, 4 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(a != MAP_FAILED && ((uintptr_t)a & 4095) == 0 && a[0] == 0 && a[4 * P - 1] == 0);
    memset(a, 'a', 4 * P);
    CHECK(munmap(a + P, P) == 0);
    CHECK(a[P - 1] == 'a' && a[2 * P] == 'a');
    TRY(msync(a + P, P, MS_SYNC));
    char *b = mmap(a + P, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(b == a + P && b[0] == 0);
    CHECK(mprotect(b, P, PROT_READ | PROT_WRITE) == 0 && (b[5] = 'b') == 'b');
    CHECK(mmap(a, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(madvise(a, P, MADV_DONTNEED) == 0 && a[0] == 0 && a[P - 1] == 0 && a[2 * P] == 'a');
    char *c = mremap(a + 3 * P, P, 8 * P, MREMAP_MAYMOVE);
    CHECK(c != MAP_FAILED && c[0] == 'a' && c[P - 1] == 'a' && c[P] == 0 && c[8 * P - 1] == 0);
    c[7 * P] = 'c';
    CHECK(mremap(c, 8 * P, 2 * P, 0) == c && c[P - 1] == 'a');
    CHECK(mremap(c, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, a) == a && a[P - 1] == 'a' && a[2 * P] == 'a');
    TRY(mprotect(c, P, PROT_READ));

    int fd = open("f", O_RDWR | O_CREAT, 0600);
    CHECK(ftruncate(fd, (off_t)(3 * P)) == 0 && pwrite(fd, "file", 4, (off_t)P) == 4);
    char *m = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)P), *q = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, (off_t)P);
    CHECK(memcmp(m, "file", 4) == 0 && memcmp(q, "file", 4) == 0);
    m[0] = 'F';
    q[1] = 'Q';
    char back[4];
    CHECK(pread(fd, back, 4, (off_t)P) == 4 && memcmp(back, "File", 4) == 0 && memcmp(m, "File", 4) == 0);
    CHECK(msync(m, 2 * P, MS_SYNC) == 0);
    close(fd);
    m[P] = 1;
    TRY(mmap(NULL, P, PROT_READ, MAP_PRIVATE, 77, 0) == MAP_FAILED ? -1 : 0);
    TRY(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    TRY(munmap(a + 1, P));

    volatile int *shared = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        *shared = 4711;
        a[0] = 'x';
        _exit(0);
    }
    waitpid(p, NULL, 0);
    CHECK(*shared == 4711 && a[0] == 'a');

    char *start = sbrk(0), *old = sbrk((intptr_t)(5 * P));
    CHECK(old == start && sbrk(0) == start + 5 * P && old[0] == 0);
    memset(old, 7, 5 * P);
    CHECK(sbrk(-(intptr_t)(4 * P)) == start + 5 * P && old[P - 1] == 7);
    CHECK(sbrk((intptr_t)P) == start + P && old[P] == 0);
    char *big = mmap(NULL, 500u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(big != MAP_FAILED && (big[400u << 20] = 1) && munmap(big, 500u << 20) == 0);
    unsigned char vec[64];
    CHECK(mincore(a, P, vec) == 0);
    CHECK(mlock(a, 4096) == 0 && munlock(a, 4096) == 0);
    return 0;
}
