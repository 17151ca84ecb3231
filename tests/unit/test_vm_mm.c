// test_vm_mm.c: the guest's address space in identity and base mode, with pages of 4 and 8 KiB. Where a corner is the
// kernel's business the host's own kernel is asked with the same call; content is read back from memory.
#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/space.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <cmocka.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)
#define AT   0x20000000ull // where fixed requests of the tests go

static struct mm mm;
static enum space_mode mode;
static u32 page;
static u64 changed; // bytes that mm_code_changed was told

static void on_change(gaddr addr, u64 len)
{
    (void)addr;
    changed += len;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)info;
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    u64 pc = (u64)regs[REG_RIP], rax = 0;
    if (!gmem_fixup(&pc, &rax)) {
        signal(sig, SIG_DFL);
        return;
    }
    regs[REG_RIP] = (greg_t)pc;
    regs[REG_RAX] = (greg_t)rax;
}

// Every test runs in a child of its own: identity mode's low 4 GiB and the shared state begin anew.
static void in_child(enum space_mode m, u32 page_size, void (*test)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
        sigaction(SIGSEGV, &sa, NULL);
        sigaction(SIGBUS, &sa, NULL);
        mode = m;
        page = page_size;
        int e = space_setup(32, m, 0, AT);
        if (e) {
            fprintf(stderr, "space_setup: %d\n", e);
            _exit(2);
        }
        mm_init(&mm, 32, page);
        mm_code_changed = on_change;
        test();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        fail_msg("%s, pages of %u: status 0x%x", m == SPACE_BASE ? "base" : "identity", page_size, (unsigned)status);
}

static void everywhere(void (*test)(void))
{
    if (!THREAD_BY_PTHREAD) { // a sanitizer's shadow lies in the low 4 GiB
        in_child(SPACE_IDENTITY, 4096, test);
        in_child(SPACE_IDENTITY, 8192, test);
    }
    in_child(SPACE_BASE, 4096, test);
    in_child(SPACE_BASE, 8192, test);
}

#define CHECK(x)                                                                                             \
    do {                                                                                                     \
        if (!(x)) {                                                                                          \
            fprintf(stderr, "%s:%d: %s\n", __func__, __LINE__, #x);                                          \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)
#define EQUAL(a, b)                                                                                          \
    do {                                                                                                     \
        long long a_ = (long long)(a), b_ = (long long)(b);                                                  \
        if (a_ != b_) {                                                                                      \
            fprintf(stderr, "%s:%d: %s is %lld (0x%llx), not %s = %lld (0x%llx)\n", __func__, __LINE__, #a, a_, \
                    (unsigned long long)a_, #b, b_, (unsigned long long)b_);                                 \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static s64 map_anon(gaddr at, u64 len, int more)
{
    return mm_map(&mm, at, len, RW, ANON | more, -1, 0);
}

static u32 peek(gaddr a) // 0xffffffff where it faults
{
    u32 v;
    return gmem_load_u32(a, false, &v) == 0 ? v : 0xffffffffu;
}

static int poke(gaddr a, u32 v)
{
    return gmem_store_u32(a, false, v);
}

static int temp_file(u64 size)
{
    char name[] = "/tmp/calque-mm-XXXXXX";
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    unlink(name);
    for (u32 i = 0; i < size; i += 4) CHECK(write(fd, &i, MIN(4, size - i)) > 0);
    return fd;
}

// What the table says of a range, for comparison in one word: protection, or 9 where it is not mapped.
static bool all_prot(gaddr from, u64 len, int prot)
{
    for (gaddr a = from; a < from + len; a += page)
        if (mm_prot(&mm, a) != prot) return false;
    return true;
}

// ---- mmap and munmap ----

static void map_places(void)
{
    s64 a = map_anon(0, 1, 0), b = map_anon(0, 3 * page, 0);
    EQUAL(a, 0xffff0000u - page); // top down from the last 64 KiB
    EQUAL(b, a - 3 * page);
    EQUAL(peek((gaddr)a), 0);
    EQUAL(mm_unmap(&mm, (gaddr)b, 3 * page), 0);
    EQUAL(map_anon(0, page, 0), a - page);
    EQUAL(map_anon(AT + 5, page, 0), AT);            // a hint, rounded down
    EQUAL(map_anon(AT, page, 0), a - 2 * page);      // a hint that is taken
    EQUAL(map_anon(page / 2, page, 0), a - 3 * page); // rounds down to none
    EQUAL(map_anon(page, page, 0), 65536);           // below mmap_min_addr: rounded up to it
    EQUAL(map_anon(AT + page, 3 * page, MAP_FIXED), AT + page);
    EQUAL(map_anon(0xffff0000u, page, MAP_FIXED), 0xffff0000u);
    EQUAL(map_anon(0x100000000ull - page, page, MAP_FIXED), 0x100000000ull - page);
    mm.mmap_top = AT;
    EQUAL(map_anon(0, page, 0), AT - page);
    EQUAL(map_anon(0, AT, 0), 0xffff0000u - 4 * page - AT); // above mmap_top when there is no room below
}

static void map_refuses(void)
{
    int fd = open("/dev/null", O_RDONLY), dir = open("/", O_RDONLY);
    void *free_page = mmap(NULL, 4096, PROT_NONE, ANON, -1, 0);
    munmap(free_page, 4096);
    // pairs: ours and the host's for the same request
#define SAME(ours, ...)                                                                                      \
    do {                                                                                                     \
        long host_ = raw_mmap(__VA_ARGS__);                                                                  \
        EQUAL(ours, host_);                                                                                  \
    } while (0)
    SAME(mm_map(&mm, 0, 0, RW, ANON, -1, 0), NULL, 0, RW, ANON, -1, 0);
    SAME(mm_map(&mm, 0, page, RW, MAP_PRIVATE, fd, 7), NULL, page, RW, MAP_PRIVATE, fd, 7);
    SAME(mm_map(&mm, 0, page, RW, MAP_PRIVATE, 999, 0), NULL, page, RW, MAP_PRIVATE, 999, 0);
    SAME(mm_map(&mm, 0, page, RW, MAP_PRIVATE, dir, 0), NULL, page, RW, MAP_PRIVATE, dir, 0);
    SAME(mm_map(&mm, 0, page, RW, MAP_ANONYMOUS, -1, 0), NULL, page, RW, MAP_ANONYMOUS, -1, 0);
    SAME(mm_map(&mm, AT + 1, page, RW, ANON | MAP_FIXED, -1, 0), (char *)free_page + 1, page, RW, ANON | MAP_FIXED, -1, 0);
    SAME(mm_map(&mm, 0x100000000ull, page, RW, ANON | MAP_FIXED, -1, 0), (void *)(1ull << 47), page, RW, ANON | MAP_FIXED,
         -1, 0);
    SAME(mm_map(&mm, 0x100000000ull - page, 2 * page, RW, ANON | MAP_FIXED, -1, 0), (void *)((1ull << 47) - 8192), 4 * 4096,
         RW, ANON | MAP_FIXED, -1, 0);
    SAME(mm_map(&mm, 0, 1ull << 63, RW, ANON, -1, 0), NULL, 1ull << 63, RW, ANON, -1, 0);
    SAME(mm_map(&mm, 0, ~0ull, RW, ANON, -1, 0), NULL, ~0ull, RW, ANON, -1, 0);
    int readonly = open("/proc/self/exe", O_RDONLY);
    SAME(mm_map(&mm, 0, page, RW, MAP_SHARED, readonly, 0), NULL, page, RW, MAP_SHARED, readonly, 0);
    EQUAL(mm_map(&mm, 0, page, RW, ANON | MAP_FIXED, -1, 0), -EPERM); // what the host says to users but root
    EQUAL(map_anon(AT, page, MAP_FIXED), AT);
    void *taken = mmap(NULL, 4096, RW, ANON, -1, 0);
    SAME(map_anon(AT, page, MAP_FIXED_NOREPLACE), taken, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    SAME(map_anon(AT - page, 3 * page, MAP_FIXED_NOREPLACE), taken, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    EQUAL(map_anon(AT + page, page, MAP_FIXED_NOREPLACE), AT + page);
    EQUAL(mm_count(&mm), 1);
}

static void map_replaces_and_unmaps(void)
{
    EQUAL(map_anon(AT, 8 * page, MAP_FIXED), AT);
    for (u32 i = 0; i < 8; i++) EQUAL(poke(AT + i * page, i + 1), 0);
    changed = 0;
    EQUAL(map_anon(AT + 2 * page, 2 * page, MAP_FIXED), AT + 2 * page);
    EQUAL(changed, 2 * page);
    EQUAL(peek(AT + page), 2);
    EQUAL(peek(AT + 2 * page), 0);
    EQUAL(peek(AT + 4 * page), 5);
    EQUAL(mm_unmap(&mm, AT + page, page + 1), 0); // rounded up: two pages
    EQUAL(changed, 4 * page);
    EQUAL(peek(AT), 1);
    EQUAL(peek(AT + page), 0xffffffffu);
    EQUAL(peek(AT + 2 * page), 0xffffffffu);
    EQUAL(mm_prot(&mm, AT + 2 * page), -1);
    EQUAL(mm_prot(&mm, AT + 3 * page), RW);
    EQUAL(mm_unmap(&mm, AT, 100 * page), 0); // holes are no error
    EQUAL(mm_unmap(&mm, AT, page), 0);
    EQUAL(mm_count(&mm), 0);
    EQUAL(peek(AT + 7 * page), 0xffffffffu);
    EQUAL(mm_unmap(&mm, AT + 1, page), raw_munmap((void *)1, 4096));
    EQUAL(mm_unmap(&mm, AT, 0), raw_munmap((void *)4096, 0));
    EQUAL(mm_unmap(&mm, 0xfffff000u & ~(page - 1), 4 * page), raw_munmap((void *)((1ull << 47) - 4096), 3 * 4096));
    EQUAL(mm_unmap(&mm, AT, ~0ull), -EINVAL);
}

// An mmap that the kernel refuses after it has unmapped what was there: table and memory must still agree.
static void failed_map_leaves_a_true_table(void)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(ftruncate(fd, 4 * page) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    EQUAL(map_anon(AT, 3 * page, MAP_FIXED), AT);
    for (u32 i = 0; i < 3; i++) poke(AT + i * page, 7);
    EQUAL(mm_map(&mm, AT + page, page, RW, MAP_SHARED | MAP_FIXED, fd, 0), -EPERM);
    for (u32 i = 0; i < 3; i++) {
        bool there = peek(AT + i * page) == 7;
        EQUAL(mm_prot(&mm, AT + i * page), there ? RW : -1);
    }
    EQUAL(map_anon(AT, 3 * page, MAP_FIXED), AT);
    EQUAL(mm_map(&mm, AT + 5 * page, page, RW, MAP_SHARED | MAP_FIXED, fd, 0), -EPERM);
    EQUAL(map_anon(AT + 5 * page, page, MAP_FIXED_NOREPLACE), AT + 5 * page);
    EQUAL(poke(AT + 5 * page, 1), 0);
}

static void file_ends_inside_a_guest_page(void)
{
    const u64 sizes[] = {1, 4095, 4096, 4097, 8192, 8193, 12288, 12289, 16384};
    for (u32 i = 0; i < ARRAY_LEN(sizes); i++)
        for (int share = 0; share < 2; share++) {
            int fd = temp_file(sizes[i]);
            int flags = share ? MAP_SHARED : MAP_PRIVATE;
            EQUAL(mm_map(&mm, AT, 3 * page, RW, flags | MAP_FIXED, fd, 0), AT);
            EQUAL(mm_count(&mm), 1);
            u64 last = (sizes[i] + page - 1) & ~(u64)(page - 1); // end of the guest page that holds the end
            for (u64 a = 0; a < 3 * page; a += 4096) {
                u32 want = a < sizes[i] ? (u32)a : a < last ? 0 : 0xffffffffu;
                if (a == sizes[i] - 1) want &= 0xff; // one byte of it exists
                if (share && a >= sizes[i]) want = 0xffffffffu; // documented: SIGBUS there
                EQUAL(peek(AT + a), want);
            }
            if (!share && last <= 3 * page) EQUAL(poke(AT + last - 4, 42), 0); // ld.so clears up to there
            close(fd);
        }
}

static void file_offsets_and_regions(void)
{
    int fd = temp_file(6 * page);
    struct mm_region r;
    struct stat st;
    fstat(fd, &st);
    EQUAL(mm_map(&mm, AT, 2 * page, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, page), AT);
    EQUAL(peek(AT), page);
    EQUAL(mm_map(&mm, AT + 2 * page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 3 * page), AT + 2 * page);
    EQUAL(mm_count(&mm), 1); // one file, offsets in line
    EQUAL(mm_map(&mm, AT + 3 * page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0), AT + 3 * page);
    EQUAL(mm_count(&mm), 2);
    CHECK(mm_find(&mm, AT + page, &r) && r.start == AT && r.end == AT + 3 * page && r.offset == page);
    EQUAL(r.ino, st.st_ino);
    EQUAL(r.dev, st.st_dev);
    mm_unmap(&mm, AT, page);
    CHECK(mm_find(&mm, AT + page, &r) && r.offset == 2 * page);
    CHECK(!mm_find(&mm, AT, &r));
    EQUAL(poke(AT + page, 1), -EFAULT);
}

// ---- mprotect ----

static void protect_corners(void)
{
    EQUAL(map_anon(AT, 2 * page, MAP_FIXED), AT);
    EQUAL(map_anon(AT + 3 * page, 2 * page, MAP_FIXED), AT + 3 * page);
    EQUAL(mm_protect(&mm, AT + page, page, PROT_NONE), 0);
    EQUAL(peek(AT + page), 0xffffffffu);
    EQUAL(mm_protect(&mm, AT + page, page, PROT_READ | PROT_EXEC), 0);
    EQUAL(peek(AT + page), 0);
    EQUAL(poke(AT + page, 1), -EFAULT);
    EQUAL(mm_protect(&mm, AT + page, page, PROT_EXEC), 0); // code is data for us: readable on the host
    EQUAL(peek(AT + page), 0);
    // a hole: what lies before it is changed, as on the host
    char *host = mmap(NULL, 5 * 4096, RW, ANON, -1, 0);
    munmap(host + 2 * 4096, 4096);
    EQUAL(mm_protect(&mm, AT, 5 * page, PROT_READ), raw_mprotect(host, 5 * 4096, PROT_READ));
    CHECK(all_prot(AT, 2 * page, PROT_READ) && all_prot(AT + 3 * page, 2 * page, RW));
    EQUAL(poke(AT, 1), -EFAULT);
    EQUAL(poke(AT + 3 * page, 1), 0);
    EQUAL(mm_protect(&mm, AT + 2 * page, 2 * page, PROT_READ), raw_mprotect(host + 2 * 4096, 4096, PROT_READ));
    CHECK(all_prot(AT + 3 * page, 2 * page, RW));
    EQUAL(mm_protect(&mm, AT + 1, page, PROT_READ), raw_mprotect(host + 1, 4096, PROT_READ));
    EQUAL(mm_protect(&mm, AT, page, 0x40), raw_mprotect(host, 4096, 0x40));
    EQUAL(mm_protect(&mm, AT, 0, 0x40), raw_mprotect(host, 0, 0x40));
    EQUAL(mm_protect(&mm, AT, page, RW | 8), raw_mprotect(host, 4096, RW | 8)); // PROT_SEM
    EQUAL(mm_protect(&mm, AT, ~0ull - 9, RW), -ENOMEM);
    EQUAL(mm_protect(&mm, AT, page, RW | PROT_GROWSDOWN), raw_mprotect(host, 4096, RW | PROT_GROWSDOWN));
    EQUAL(mm_protect(&mm, AT, page, RW | PROT_GROWSUP), raw_mprotect(host, 4096, RW | PROT_GROWSUP));
    int fd = open("/proc/self/exe", O_RDONLY);
    EQUAL(mm_map(&mm, AT + 2 * page, page, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0), AT + 2 * page);
    EQUAL(mm_protect(&mm, AT, 5 * page, PROT_READ | PROT_WRITE), -EACCES); // the file is open for reading
    CHECK(all_prot(AT, 2 * page, RW) && all_prot(AT + 2 * page, page, PROT_READ));
}

// ---- mremap ----

static void remap_grow_shrink_move(void)
{
    EQUAL(map_anon(AT, 4 * page, MAP_FIXED), AT);
    for (u32 i = 0; i < 4; i++) poke(AT + i * page, i + 1);
    EQUAL(mm_remap(&mm, AT, 4 * page, 6 * page, 0, 0), AT); // there is room behind
    EQUAL(poke(AT + 5 * page, 6), 0);
    EQUAL(mm_remap(&mm, AT, 6 * page, 2 * page, 0, 0), AT);
    EQUAL(peek(AT + 2 * page), 0xffffffffu);
    EQUAL(mm_prot(&mm, AT + 2 * page), -1);
    EQUAL(map_anon(AT + 2 * page, page, MAP_FIXED | MAP_NORESERVE), AT + 2 * page);
    mm_protect(&mm, AT + 2 * page, page, PROT_READ);
    EQUAL(mm_remap(&mm, AT, 2 * page, 4 * page, 0, 0), -ENOMEM); // no room, may not move
    s64 to = mm_remap(&mm, AT, 2 * page, 4 * page, MREMAP_MAYMOVE, 0);
    EQUAL(to, 0xffff0000u - 4 * page);
    EQUAL(peek((gaddr)to + page), 2);
    EQUAL(poke((gaddr)to + 3 * page, 9), 0);
    EQUAL(mm_prot(&mm, AT), -1);
    EQUAL(peek(AT), 0xffffffffu);
    EQUAL(map_anon(AT, page, MAP_FIXED_NOREPLACE), AT); // the old place is the guest's still
    EQUAL(mm_remap(&mm, (gaddr)to, 4 * page, page, MREMAP_MAYMOVE | MREMAP_FIXED, AT), AT);
    EQUAL(peek(AT), 1);
    EQUAL(mm_prot(&mm, (gaddr)to + 3 * page), -1); // a smaller new size unmaps the rest
    EQUAL(mm_remap(&mm, AT, page, page, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0) > 0, 1);
    EQUAL(peek(AT), 0);
    EQUAL(mm_prot(&mm, AT), RW);
}

static void remap_refuses(void)
{
    char *host = mmap(NULL, 8 * 4096, RW, ANON, -1, 0), *gone = host + 6 * 4096;
    munmap(gone, 2 * 4096);
    EQUAL(map_anon(AT, 6 * page, MAP_FIXED), AT);
    const struct {
        s64 from;    // pages from the beginning
        s64 bytes;   // added to it
        u32 oldlen, newlen;
        int flags;
        s64 to;
    } rows[] = {
        {0, 0, 1, 1, 0x80, 0},
        {0, 1, 1, 1, 0, 0},
        {0, 0, 1, 0, 0, 0},
        {0, 0, 0, 1, MREMAP_MAYMOVE, 0}, // size 0: shared mappings only
        {0, 0, 1, 1, MREMAP_FIXED, 4},
        {0, 0, 1, 1, MREMAP_DONTUNMAP, 4},
        {0, 0, 1, 2, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, 4},
        {0, 0, 2, 2, MREMAP_FIXED | MREMAP_MAYMOVE, 1}, // overlap
        {1, 0, 2, 2, MREMAP_FIXED | MREMAP_MAYMOVE, 0},
        {6, 0, 1, 2, MREMAP_MAYMOVE, 0}, // not mapped
        {5, 0, 2, 4, MREMAP_MAYMOVE, 0}, // half mapped
        {2, 0, 1, 2, 0, 0},              // not at the mapping's end
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        s64 ours = mm_remap(&mm, AT + (u64)(rows[i].from * page + rows[i].bytes), rows[i].oldlen * page,
                            rows[i].newlen * page, rows[i].flags, AT + (u64)(rows[i].to * page));
        long theirs = raw_mremap(host + rows[i].from * 4096 + rows[i].bytes, rows[i].oldlen * 4096, rows[i].newlen * 4096,
                                 rows[i].flags, host + rows[i].to * 4096);
        if (ours != theirs) fprintf(stderr, "row %u\n", i);
        EQUAL(ours, theirs);
    }
    EQUAL(mm_remap(&mm, AT, page, page, MREMAP_FIXED | MREMAP_MAYMOVE, AT + 1), -EINVAL);
    EQUAL(mm_remap(&mm, AT, page, 1ull << 33, MREMAP_MAYMOVE, 0), -EINVAL);
    EQUAL(mm_remap(&mm, AT, page, 0xff000000u, MREMAP_MAYMOVE, 0), -ENOMEM);
    CHECK(all_prot(AT, 6 * page, RW) && mm_count(&mm) == 1);
}

static void remap_shared(void)
{
    int fd = temp_file(4 * page);
    EQUAL(mm_map(&mm, AT, 2 * page, RW, MAP_SHARED | MAP_FIXED, fd, page), AT);
    s64 twin = mm_remap(&mm, AT, 0, 2 * page, MREMAP_MAYMOVE, 0); // a second view
    CHECK(twin > 0 && twin != (s64)AT);
    EQUAL(peek((gaddr)twin), page);
    poke((gaddr)twin, 77);
    EQUAL(peek(AT), 77);
    struct mm_region r;
    CHECK(mm_find(&mm, (gaddr)twin, &r) && r.offset == page && r.ino != 0 && r.end - r.start == 2 * page);
    EQUAL(mm_remap(&mm, AT, 0, page, 0, 0), -ENOMEM); // needs MAYMOVE
    EQUAL(mm_remap(&mm, AT, 2 * page, 3 * page, 0, 0), AT); // a file grows in place too
    EQUAL(peek(AT + 2 * page), 3 * page);
}

// Two regions of different protection at once: as this host's kernel does it.
static void remap_several(void)
{
    char *host = mmap(NULL, 16 * 4096, RW, ANON, -1, 0);
    mprotect(host + 4096, 4096, PROT_READ);
    EQUAL(map_anon(AT, 4 * page, MAP_FIXED), AT);
    for (u32 i = 0; i < 4; i++) poke(AT + i * page, i + 1);
    mm_protect(&mm, AT + page, page, PROT_READ);
    EQUAL(mm_remap(&mm, AT, 4 * page, 8 * page, MREMAP_MAYMOVE, 0), raw_mremap(host, 4 * 4096, 8 * 4096, MREMAP_MAYMOVE, NULL));
    long theirs = raw_mremap(host, 4 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, host + 8 * 4096);
    s64 ours = mm_remap(&mm, AT, 4 * page, 4 * page, MREMAP_MAYMOVE | MREMAP_FIXED, AT + 8 * page);
    EQUAL(ours < 0 ? ours : 0, theirs < 0 ? theirs : 0);
    gaddr now = ours < 0 ? AT : AT + 8 * page;
    for (u32 i = 0; i < 4; i++) EQUAL(peek(now + i * page), i + 1);
    CHECK(all_prot(now, page, RW) && all_prot(now + page, page, PROT_READ) && all_prot(now + 2 * page, 2 * page, RW));
    EQUAL(mm_remap(&mm, now, 4 * page, 2 * page, 0, 0), now); // shrinking takes what comes
    EQUAL(mm_prot(&mm, now + 2 * page), -1);
}

// ---- brk ----

static void brk_moves(void)
{
    mm_set_brk(&mm, AT + 123);
    const gaddr start = AT + page;
    EQUAL(mm_brk(&mm, 0), start);
    EQUAL(mm_brk(&mm, start - 1), start);
    EQUAL(mm_brk(&mm, start + 10), start + 10);
    EQUAL(poke(start + page - 4, 5), 0);
    EQUAL(peek(start + page), 0xffffffffu);
    for (u32 i = 1; i <= 64; i++) EQUAL(mm_brk(&mm, start + i * page), start + i * page);
    EQUAL(mm_count(&mm), 1); // one heap, not one a call
    struct mm_region r;
    CHECK(mm_find(&mm, start, &r) && strcmp(r.name, "[heap]") == 0 && r.end == start + 64 * page);
    EQUAL(mm_brk(&mm, start + page + 1), start + page + 1);
    EQUAL(peek(start + page), 0);
    EQUAL(peek(start + 2 * page), 0xffffffffu);
    EQUAL(peek(start + page - 4), 5);
    EQUAL(mm_brk(&mm, ~0ull), start + page + 1);     // the end of the address space must not wrap
    EQUAL(mm_brk(&mm, 0xffffffffu), start + page + 1);
    EQUAL(peek(start + page - 4), 5);
    // up to a mapping, but for one page
    EQUAL(map_anon(start + 10 * page, page, MAP_FIXED), start + 10 * page);
    EQUAL(mm_brk(&mm, start + 10 * page), start + page + 1);
    EQUAL(mm_brk(&mm, start + 9 * page), start + 9 * page);
    // a hole in the heap and a mapping in it: shrinking takes them along
    mm_unmap(&mm, start + 2 * page, page);
    EQUAL(map_anon(start + 4 * page, page, MAP_FIXED), start + 4 * page);
    EQUAL(mm_brk(&mm, start), start);
    CHECK(all_prot(start, 10 * page, -1));
    EQUAL(mm_brk(&mm, start + page), start + page);
    EQUAL(peek(start), 0); // and comes back as zeros
}

// ---- limits ----

static void limits_apply(void)
{
    EQUAL(mm_set_limit(&mm, RLIMIT_CORE, 1), -EINVAL);
    EQUAL(mm_set_limit(&mm, RLIMIT_AS, 10 * page + 1), 0);
    EQUAL(map_anon(AT, 8 * page, MAP_FIXED), AT);
    EQUAL(map_anon(0, 3 * page, 0), -ENOMEM);
    EQUAL(map_anon(AT + 6 * page, 4 * page, MAP_FIXED), AT + 6 * page); // two of them replace
    EQUAL(map_anon(0, 1, 0), -ENOMEM);
    EQUAL(mm_remap(&mm, AT, 10 * page, 11 * page, MREMAP_MAYMOVE, 0), -ENOMEM);
    mm_unmap(&mm, AT, 2 * page);
    CHECK(map_anon(0, page, 0) > 0);
    mm_set_limit(&mm, RLIMIT_AS, RLIM_INFINITY);
    EQUAL(mm_set_limit(&mm, RLIMIT_DATA, 12 * page), 0); // 9 pages are data now
    EQUAL(map_anon(0, 4 * page, 0), -ENOMEM);
    s64 ro = mm_map(&mm, 0, 4 * page, PROT_READ, ANON, -1, 0);
    CHECK(ro > 0); // no data
    EQUAL(mm_protect(&mm, (gaddr)ro, 4 * page, RW), -ENOMEM);
    EQUAL(mm_protect(&mm, (gaddr)ro, 3 * page, RW), 0);
    CHECK(mm_map(&mm, 0, 4 * page, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0) > 0);
    mm_set_brk(&mm, 0x10000000);
    EQUAL(mm_brk(&mm, 0x10000000 + page), 0x10000000);
    mm_set_limit(&mm, RLIMIT_DATA, 13 * page);
    EQUAL(mm_brk(&mm, 0x10000000 + page), 0x10000000 + page);
}

static void growing_down(void)
{
    mm_set_limit(&mm, RLIMIT_STACK, 64 * page);
    EQUAL(map_anon(AT, 2 * page, MAP_FIXED | MAP_GROWSDOWN), AT);
    EQUAL(poke(AT - 4, 1), -EFAULT);
    EQUAL(mm_grow(&mm, AT - 3 * page - 4), 0);
    EQUAL(poke(AT - 4 * page, 1), 0);
    EQUAL(mm_prot(&mm, AT - 4 * page), RW);
    EQUAL(mm_count(&mm), 1);
    EQUAL(mm_grow(&mm, AT), 0);                                    // another thread was faster
    EQUAL(mm_grow(&mm, AT - 63 * page), -ENOMEM);                  // RLIMIT_STACK
    EQUAL(mm_grow(&mm, AT + 2 * page), -EFAULT);
    EQUAL(map_anon(AT - 16 * page, page, MAP_FIXED), AT - 16 * page);
    EQUAL(mm_grow(&mm, AT - 5 * page), -ENOMEM);                   // the kernel's guard above another mapping
    mm_protect(&mm, AT - 16 * page, page, PROT_NONE);
    EQUAL(mm_grow(&mm, AT - 15 * page), 0);                        // which one without access does not need
    EQUAL(mm_protect(&mm, AT, page, PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN), 0);
    EQUAL(mm_prot(&mm, AT - 15 * page), PROT_READ | PROT_WRITE | PROT_EXEC);
    EQUAL(mm_prot(&mm, AT + page), RW);
}

// ---- System V shared memory ----

static void shared_memory(void)
{
    int id = shmget(IPC_PRIVATE, 3 * 4096 + 1, IPC_CREAT | 0600);
    CHECK(id >= 0);
    const u64 len = (3 * 4096 + 1 + page - 1) & ~(u64)(page - 1);
    s64 a = mm_shmat(&mm, id, 0, 0), b = mm_shmat(&mm, id, AT, SHM_RDONLY);
    EQUAL(a, 0xffff0000u - len);
    EQUAL(b, AT);
    EQUAL(poke((gaddr)a + 4096, 99), 0);
    EQUAL(peek(AT + 4096), 99);
    EQUAL(poke(AT, 1), -EFAULT);
    EQUAL(poke((gaddr)a + len - 4, 5), 0); // the guest's last page is whole
    EQUAL(mm_prot(&mm, AT), PROT_READ);
    EQUAL(mm_shmat(&mm, id, AT, 0), -EINVAL); // taken
    EQUAL(mm_shmat(&mm, id, AT + len + 8, 0), -EINVAL);
    EQUAL(mm_shmat(&mm, id, AT + len + 8, SHM_RND), AT + len);
    EQUAL(mm_shmat(&mm, id, 8, SHM_RND | SHM_REMAP), -EINVAL);
    EQUAL(mm_shmat(&mm, id, AT, SHM_REMAP), AT);
    EQUAL(poke(AT, 1), 0);
    EQUAL(mm_shmat(&mm, 123456789, 0, 0), -EINVAL);
    EQUAL(mm_shmdt(&mm, AT + page), -EINVAL);
    EQUAL(mm_shmdt(&mm, AT + 1), -EINVAL);
    EQUAL(mm_unmap(&mm, AT, page), 0); // the rest is still attached there
    EQUAL(mm_shmdt(&mm, AT), 0);
    CHECK(all_prot(AT, len, -1));
    EQUAL(peek(AT + page), 0xffffffffu);
    EQUAL(mm_prot(&mm, AT + len), RW); // the neighbour stays
    EQUAL(mm_shmdt(&mm, AT), -EINVAL);
    EQUAL(mm_shmdt(&mm, AT + len), 0);
    EQUAL(mm_shmdt(&mm, (gaddr)a), 0);
    EQUAL(mm_count(&mm), 0);
    EQUAL(map_anon(AT, page, MAP_FIXED_NOREPLACE), AT);
    struct shmid_ds ds;
    CHECK(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_nattch == 0);
    mm.shmlba = 4 * page; // arm
    EQUAL(mm_shmat(&mm, id, AT + 5 * page, 0), -EINVAL);
    EQUAL(mm_shmat(&mm, id, AT + 5 * page, SHM_RND), AT + 4 * page);
    EQUAL(mm_shmat(&mm, id, 0, 0) & (4 * page - 1), 0);
    shmctl(id, IPC_RMID, NULL);
}

// ---- the reservation ----

static void nothing_of_the_host_gets_into_the_reservation(void)
{
    if (!gmem_base) return;
    EQUAL(map_anon(AT, 256 * page, MAP_FIXED), AT);
    for (u32 i = 0; i < 50; i++) {
        mm_remap(&mm, AT, 256 * page, 256 * page, MREMAP_MAYMOVE | MREMAP_FIXED, AT + 512 * page);
        mm_remap(&mm, AT + 512 * page, 256 * page, 256 * page, MREMAP_MAYMOVE | MREMAP_FIXED, AT);
        mm_unmap(&mm, AT + 7 * page, page);
        map_anon(AT + 7 * page, page, MAP_FIXED);
    }
    // all of the 4 GiB is mapped still, and a page of the host's is not in it
    for (u64 a = 0; a < 1ull << 32; a += 1 << 20)
        EQUAL(raw_mmap((void *)(gmem_base + a), 4096, PROT_NONE, ANON | MAP_FIXED_NOREPLACE, -1, 0), -EEXIST);
    u8 vec;
    EQUAL(raw_syscall3(SYS_mincore, (long)gmem_base, 4096, (long)&vec), 0);
    // a hole is not what the kernel hands out next
    munmap((void *)(gmem_base + 0x50000000), 1 << 20);
    for (int i = 0; i < 100; i++) {
        u64 p = (u64)mmap(NULL, 4096, PROT_NONE, ANON, -1, 0);
        CHECK(p < gmem_base || p >= gmem_base + (1ull << 32));
    }
}

// ---- 64-bit guests ----

static void sixty_four_bits(void)
{
    extern const char __ehdr_start[];
    pid_t pid = fork();
    if (pid == 0) {
        EQUAL(space_setup(64, SPACE_BASE, 0, 0), -EOPNOTSUPP);
        EQUAL(space_setup(64, SPACE_AUTO, 0, AT), 0);
        page = 4096;
        mm_init(&mm, 64, page);
        int local;
        CHECK(!gmem_range_ok((u64)&local, 1) && !gmem_range_ok((u64)__ehdr_start, 1));
        CHECK(mm.end > 1ull << 40 && mm.end == gmem_limit);
        for (int i = 0; i < 64; i++) { // nothing that the host hands out is the guest's
            void *p = mmap(NULL, 1 << 24, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
            CHECK(!gmem_range_ok((u64)p, 1));
        }
        EQUAL(map_anon(0, page, 0), mm.end - page);
        EQUAL(map_anon((gaddr)&local & ~4095ull, page, MAP_FIXED), -ENOMEM);
        EQUAL(map_anon(1ull << 40, page, MAP_FIXED), 1ll << 40);
        mm_set_brk(&mm, 1ull << 41);
        EQUAL(mm_brk(&mm, ~0ull), 1ll << 41);
        EQUAL(peek(1ull << 40), 0);
        // something of the host's in the guest's range is passed by, and given up only by force
        void *mine = mmap((void *)(mm.end - 8 * 4096), 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
        CHECK(mine != MAP_FAILED);
        *(int *)mine = 5;
        s64 at = map_anon(0, 16 * 4096, 0);
        CHECK(at > 0 && (u64)at + 16 * 4096 <= (u64)mine && *(int *)mine == 5);
        EQUAL(map_anon((u64)mine, page, MAP_FIXED_NOREPLACE), -EEXIST);
        CHECK(map_anon((u64)mine, page, 0) != (s64)(u64)mine);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static void identity_refused_where_the_image_cannot_lie(void **state)
{
    (void)state;
    assert_int_equal(space_setup(32, SPACE_IDENTITY, 0, 0), -EADDRINUSE);
    void *p = mmap((void *)AT, 4096, PROT_NONE, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_equal(p, (void *)AT);
    assert_int_equal(space_setup(32, SPACE_IDENTITY, 0, AT + 100), -EADDRINUSE);
    munmap(p, 4096);
}

#define TEST(name)                                                                                           \
    static void vm_mm_##name(void **state)                                                                   \
    {                                                                                                        \
        (void)state;                                                                                         \
        everywhere(name);                                                                                    \
    }
TEST(map_places)
TEST(map_refuses)
TEST(map_replaces_and_unmaps)
TEST(failed_map_leaves_a_true_table)
TEST(file_ends_inside_a_guest_page)
TEST(file_offsets_and_regions)
TEST(protect_corners)
TEST(remap_grow_shrink_move)
TEST(remap_refuses)
TEST(remap_shared)
TEST(remap_several)
TEST(brk_moves)
TEST(limits_apply)
TEST(growing_down)
TEST(shared_memory)
TEST(nothing_of_the_host_gets_into_the_reservation)

static void vm_mm_sixty_four_bits(void **state)
{
    (void)state;
    sixty_four_bits();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vm_mm_map_places),
        cmocka_unit_test(vm_mm_map_refuses),
        cmocka_unit_test(vm_mm_map_replaces_and_unmaps),
        cmocka_unit_test(vm_mm_failed_map_leaves_a_true_table),
        cmocka_unit_test(vm_mm_file_ends_inside_a_guest_page),
        cmocka_unit_test(vm_mm_file_offsets_and_regions),
        cmocka_unit_test(vm_mm_protect_corners),
        cmocka_unit_test(vm_mm_remap_grow_shrink_move),
        cmocka_unit_test(vm_mm_remap_refuses),
        cmocka_unit_test(vm_mm_remap_shared),
        cmocka_unit_test(vm_mm_remap_several),
        cmocka_unit_test(vm_mm_brk_moves),
        cmocka_unit_test(vm_mm_limits_apply),
        cmocka_unit_test(vm_mm_growing_down),
        cmocka_unit_test(vm_mm_shared_memory),
        cmocka_unit_test(vm_mm_nothing_of_the_host_gets_into_the_reservation),
        cmocka_unit_test(vm_mm_sixty_four_bits),
        cmocka_unit_test(identity_refused_where_the_image_cannot_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
