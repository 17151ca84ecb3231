// test_elf_load.c: loading programs of both classes and byte orders, real files cut short, what PT_INTERP may say, the
// initial stack read back, and #! lines beside what this host's kernel does with the same script.
#include "elf/elf.h"
#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/space.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[] = "/tmp/calque-elf-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    char cmd[64];
    snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
    return chdir("/") || system(cmd);
}

// ---- crafted files ----

struct image {
    bool wide, big; // class and byte order
    u8 bytes[0x6000];
    u32 size, nph;
};

static void put(struct image *f, u32 at, u32 width, u64 v)
{
    for (u32 i = 0; i < width; i++) f->bytes[at + (f->big ? width - 1 - i : i)] = (u8)(v >> 8 * i);
}

static void begin(struct image *f, bool wide, bool big, u32 type)
{
    memset(f, 0, sizeof *f);
    f->wide = wide;
    f->big = big;
    f->size = sizeof f->bytes;
    for (u32 i = 0x200; i < f->size; i++) f->bytes[i] = (u8)(1 + i % 251);
    memcpy(f->bytes, ELFMAG, SELFMAG);
    f->bytes[EI_CLASS] = wide ? ELFCLASS64 : ELFCLASS32;
    f->bytes[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
    f->bytes[EI_VERSION] = EV_CURRENT;
    put(f, 16, 2, type);
    put(f, 18, 2, EM_SPARC);
    put(f, 20, 4, EV_CURRENT);
    u32 w = wide ? 8 : 4;
    put(f, 24, w, 0x10080);                // e_entry
    put(f, 24 + w, w, wide ? 64 : 52);     // e_phoff
    u32 tail = 24 + 3 * w + 4;             // e_ehsize
    put(f, tail, 2, wide ? 64 : 52);
    put(f, tail + 2, 2, wide ? 56 : 32);
}

static void segment(struct image *f, u32 type, u32 flags, u64 offset, u64 vaddr, u64 filesz, u64 memsz, u64 align)
{
    if (f->wide) {
        u32 at = 64 + 56 * f->nph;
        put(f, at, 4, type);
        put(f, at + 4, 4, flags);
        const u64 v[6] = {offset, vaddr, vaddr, filesz, memsz, align};
        for (u32 i = 0; i < 6; i++) put(f, at + 8 + 8 * i, 8, v[i]);
    } else {
        u32 at = 52 + 32 * f->nph;
        const u64 v[8] = {type, offset, vaddr, vaddr, filesz, memsz, flags, align};
        for (u32 i = 0; i < 8; i++) put(f, at + 4 * i, 4, v[i]);
    }
    f->nph++;
    put(f, f->wide ? 56 : 44, 2, f->nph);
}

static struct elf_image im;
static struct elf_error err;

static int open_image(const struct image *f)
{
    int fd = open("image", O_CREAT | O_TRUNC | O_WRONLY, 0755);
    assert_int_equal(write(fd, f->bytes, f->size), f->size);
    close(fd);
    memset(&err, 0, sizeof err);
    return elf_open("image", &im, &err);
}

static void usual(struct image *f, bool wide, bool big, u32 type)
{
    begin(f, wide, big, type);
    segment(f, PT_LOAD, PF_R | PF_X, 0, 0x10000, 0x1800, 0x1800, 0x10000);
    segment(f, PT_LOAD, PF_R | PF_W, 0x2100, 0x22100, 0x1234, 0x6000, 0x10000);
}

#define EACH_FORM(wide, big)                                                                                 \
    for (int form = 0, wide = 0, big = 0; form < 4; form++, wide = form >> 1, big = form & 1)

// ---- in a child: memory of its own ----

static struct mm mm;

static void in_child(u32 page, void (*test)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        if (space_setup(32, SPACE_BASE, 0, 0x10000) != 0) _exit(2);
        mm_init(&mm, 32, page);
        test();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status) fail_msg("pages of %u: status 0x%x", page, (unsigned)status);
}

#define CHECK(x)                                                                                             \
    do {                                                                                                     \
        if (!(x)) {                                                                                          \
            fprintf(stderr, "%s:%d: %s (%s)\n", __func__, __LINE__, #x, err.text);                           \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static void fresh(void)
{
    mm_unmap(&mm, 0, 1ull << 32);
}

static u8 byte_at(gaddr a)
{
    u8 v = 0xee;
    CHECK(gmem_load_u8(a, &v) == 0);
    return v;
}

static struct image file;

static void load_every_form(void)
{
    EACH_FORM(wide, big)
    {
        gaddr bias;
        fresh();
        usual(&file, wide, big, ET_EXEC);
        CHECK(open_image(&file) == 0);
        CHECK(im.elf_class == (wide ? ELFCLASS64 : ELFCLASS32) && im.data == (big ? ELFDATA2MSB : ELFDATA2LSB));
        CHECK(im.machine == EM_SPARC && im.entry == 0x10080 && im.nseg == 2 && im.lo == 0x10000 && im.hi == 0x28100);
        CHECK(im.phdr == 0x10000 + (wide ? 64 : 52) && im.phnum == 2 && im.align == 0x10000);
        CHECK(elf_map(&im, &mm, 0, &bias, &err) == 0 && bias == 0);
        elf_close(&im);
        for (u32 a = 0; a < 0x1800; a += 7) CHECK(byte_at(0x10000 + a) == file.bytes[a]);
        for (u32 a = 0; a < 0x1234; a += 7) CHECK(byte_at(0x22100 + a) == file.bytes[0x2100 + a]);
        for (u32 a = 0x1234; a < 0x6000; a++) CHECK(byte_at(0x22100 + a) == 0); // the file's bytes behind are cleared
        CHECK(byte_at(0x220ff) == file.bytes[0x20ff]);                          // those before are not
        CHECK(byte_at(0x10000 + 0x1fff) == file.bytes[0x1fff]);                 // read-only: as in the file
        CHECK(mm_prot(&mm, 0x10000) == (PROT_READ | PROT_EXEC) && mm_prot(&mm, 0x22000) == (PROT_READ | PROT_WRITE));
        CHECK(mm_prot(&mm, 0x18000) == -1 && mm_prot(&mm, 0x20000 - 1) == -1); // what lies between is free
        CHECK(elf_map(&im, &mm, 0, &bias, &err) == -EEXIST);                   // and nothing is replaced
    }
}

static void load_anywhere(void)
{
    EACH_FORM(wide, big)
    {
        gaddr bias, second;
        usual(&file, wide, big, ET_DYN);
        CHECK(open_image(&file) == 0 && im.dyn);
        CHECK(elf_map(&im, &mm, ELF_BIAS_ANY, &bias, &err) == 0);
        CHECK(bias != 0 && bias % 0x10000 == 0); // p_align
        CHECK(byte_at(bias + 0x10000 + 100) == file.bytes[100] && byte_at(bias + 0x22100 + 0x1234) == 0);
        CHECK(elf_map(&im, &mm, ELF_BIAS_ANY, &second, &err) == 0 && second != bias);
        fresh();
        CHECK(elf_map(&im, &mm, 0x400000, &bias, &err) == 0 && bias == 0x400000);
        CHECK(byte_at(0x410000) == 0x7f);
        fresh();
        elf_close(&im);
    }
    gaddr bias;
    usual(&file, true, true, ET_DYN);
    put(&file, 64 + 48, 8, 1ull << 62); // p_align: larger than any room
    CHECK(open_image(&file) == 0 && elf_map(&im, &mm, ELF_BIAS_ANY, &bias, &err) == -ENOMEM && err.text[0]);
    CHECK(mm_count(&mm) == 0);
    elf_close(&im);
}

static void load_refusals_leave_nothing(void)
{
    EACH_FORM(wide, big)
    {
        gaddr bias;
        begin(&file, wide, big, ET_EXEC); // memory that there is not, behind a segment that fits
        segment(&file, PT_LOAD, PF_R, 0, 0x10000, 0x1000, 0x1000, 4096);
        segment(&file, PT_LOAD, PF_R | PF_W, 0x1000, 0x21000, 0x1000, wide ? 1ull << 45 : 0xfffd0000u, 4096);
        CHECK(open_image(&file) == 0);
        CHECK(elf_map(&im, &mm, 0, &bias, &err) == (wide ? -ENOMEM : 0) || strstr(err.text, "room"));
        fresh();
        elf_close(&im);
        begin(&file, wide, big, ET_EXEC); // address 0
        segment(&file, PT_LOAD, PF_R, 0, 0, 0x1000, 0x1000, 4096);
        CHECK(open_image(&file) == 0 && elf_map(&im, &mm, 0, &bias, &err) == -EPERM && strstr(err.text, "0x0"));
        elf_close(&im);
        CHECK(mm_count(&mm) == 0);
        begin(&file, wide, big, ET_EXEC); // no file part at all: offset and congruence mean nothing
        segment(&file, PT_LOAD, PF_R, 0xfffff123, 0x30000, 0, 0x5000, 4096);
        CHECK(open_image(&file) == 0 && elf_map(&im, &mm, 0, &bias, &err) == 0);
        CHECK(byte_at(0x34fff) == 0 && im.phdr == 0);
        fresh();
        elf_close(&im);
    }
}

// A page of 8 KiB: offset and address must agree in it, or the guest's kernel could not map it either.
static void load_large_pages(void)
{
    gaddr bias;
    begin(&file, false, true, ET_EXEC);
    segment(&file, PT_LOAD, PF_R | PF_W, 0x1000, 0x21000, 0x234, 0x2000, 4096);
    CHECK(open_image(&file) == 0 && elf_map(&im, &mm, 0, &bias, &err) == 0);
    CHECK(byte_at(0x20000) == 0x7f && byte_at(0x21000) == file.bytes[0x1000] && byte_at(0x21234) == 0);
    elf_close(&im);
    fresh();
    begin(&file, false, true, ET_EXEC);
    segment(&file, PT_LOAD, PF_R | PF_W, 0x1000, 0x20000, 0x234, 0x2000, 4096);
    CHECK(open_image(&file) == 0 && elf_map(&im, &mm, 0, &bias, &err) == -ENOEXEC && strstr(err.text, "8192"));
    CHECK(mm_count(&mm) == 0);
    elf_close(&im);
    // the file ends in the first half of the last page
    begin(&file, false, true, ET_EXEC);
    segment(&file, PT_LOAD, PF_R | PF_W, 0x4000, 0x24000, 0x100, 0x3000, 4096);
    file.size = 0x4100;
    CHECK(open_image(&file) == 0 && elf_map(&im, &mm, 0, &bias, &err) == 0);
    for (u32 a = 0x100; a < 0x3000; a++) CHECK(byte_at(0x24000 + a) == 0);
    elf_close(&im);
    fresh();
}

static void elf_load_every_form(void **state)
{
    (void)state;
    in_child(4096, load_every_form);
    in_child(8192, load_every_form);
}
static void elf_load_anywhere(void **state)
{
    (void)state;
    in_child(4096, load_anywhere);
    in_child(8192, load_anywhere);
}
static void elf_load_refusals_leave_nothing(void **state)
{
    (void)state;
    in_child(4096, load_refusals_leave_nothing);
}
static void elf_load_large_pages(void **state)
{
    (void)state;
    in_child(8192, load_large_pages);
}

// ---- PT_INTERP ----

static void elf_load_interpreter_names(void **state)
{
    (void)state;
    const struct {
        const char *text;
        u32 n; // p_filesz
        const char *says; // NULL: good
    } rows[] = {
        {"/lib/ld.so", 11, NULL},
        {"/lib/ld.so", 10, "no end"},
        {"/lib/ld.so", 1, "unusable"},
        {"", 0, "unusable"},
        {"\0\0\0", 3, "empty"},
        {"x", 2, NULL},
        {"x", PATH_MAX + 1, "unusable"},
        {"x", 0x7fffffff, "unusable"},
    };
    EACH_FORM(wide, big)
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        usual(&file, wide, big, ET_EXEC);
        segment(&file, PT_INTERP, PF_R, 0x3800, 0, rows[i].n, rows[i].n, 1);
        memset(file.bytes + 0x3800, 0, 64);
        memcpy(file.bytes + 0x3800, rows[i].text, strlen(rows[i].text));
        int r = open_image(&file);
        if (!rows[i].says) {
            assert_int_equal(r, 0);
            assert_string_equal(im.interp, rows[i].text);
            elf_close(&im);
            continue;
        }
        assert_int_equal(r, -ENOEXEC);
        if (!strstr(err.text, rows[i].says)) fail_msg("row %u: \"%s\"", i, err.text);
    }
    usual(&file, true, false, ET_EXEC); // the first of two counts
    strcpy((char *)file.bytes + 0x3800, "/one");
    strcpy((char *)file.bytes + 0x3810, "/two");
    segment(&file, PT_INTERP, PF_R, 0x3800, 0, 5, 5, 1);
    segment(&file, PT_INTERP, PF_R, 0x3810, 0, 5, 5, 1);
    assert_int_equal(open_image(&file), 0);
    assert_string_equal(im.interp, "/one");
    elf_close(&im);
}

static void elf_load_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("fifo", 0755), 0);
    assert_int_equal(elf_open("fifo", &im, &err), -EACCES); // and does not wait for a writer
    struct elf_script s;
    assert_true(elf_read_script("fifo", &s) <= 0);
    assert_int_equal(elf_open("image/x", &im, &err), -ENOTDIR);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_int_equal(elf_open("loop", &im, &err), -ELOOP);
    assert_non_null(strstr(err.text, ": "));
    close(open("empty", O_CREAT | O_WRONLY, 0755));
    assert_int_equal(elf_open("empty", &im, &err), -ENOEXEC);
    assert_memory_equal(err.text, "not an ELF", 10);
}

// ---- a real program, cut short ----

static void elf_load_real_program_cut_at_every_byte_of_its_headers(void **state)
{
    (void)state;
    assert_int_equal(elf_open("/proc/self/exe", &im, &err), 0);
    struct elf_image whole = im;
    u64 headers = im.phoff + (u64)im.phnum * im.phentsize, ends = 0;
    for (u32 i = 0; i < im.nseg; i++) ends = MAX(ends, im.seg[i].offset + im.seg[i].filesz);
    assert_true(headers < 4096 && ends > headers);
    u8 *bytes = malloc(whole.file_size);
    assert_int_equal(pread(im.fd, bytes, whole.file_size, 0), whole.file_size);
    elf_close(&im);
    int fd = open("cut", O_CREAT | O_RDWR | O_TRUNC, 0755);
    assert_int_equal(write(fd, bytes, whole.file_size), whole.file_size);
    for (u64 n = whole.file_size; n-- > 0;) {
        bool interesting = n <= headers + 1 || n + 2 >= ends || n % 4093 == 0;
        if (!interesting) continue;
        assert_int_equal(ftruncate(fd, (off_t)n), 0);
        int r = elf_open("cut", &im, &err);
        if (n >= ends) { // only section headers are missing
            assert_int_equal(r, 0);
            elf_close(&im);
            continue;
        }
        assert_int_equal(r, -ENOEXEC);
        if (!strstr(err.text, n < 4 ? "not an ELF" : "runcated")) fail_msg("%llu bytes: %s", (unsigned long long)n, err.text);
    }
    close(fd);
    free(bytes);
}

// ---- the stack ----

static struct elf_stack st;
static char *args[] = {(char *)"prog", (char *)"", (char *)"two words", NULL};
static char *env[] = {(char *)"HOME=/", (char *)"X=", NULL};
static u8 randoms[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const u64 auxv[][2] = {{AT_PAGESZ, 8192}, {AT_HWCAP, 0x87654321}};

static u64 word_at(gaddr a)
{
    u64 v = 0;
    u32 w = 0;
    if (st.word == 8)
        CHECK(gmem_load_u64(a, st.big_endian, &v) == 0);
    else {
        CHECK(gmem_load_u32(a, st.big_endian, &w) == 0);
        v = w;
    }
    return v;
}

static bool string_at(u64 a, const char *want)
{
    char got[64];
    return gmem_strncpy(got, a, sizeof got) == (long)strlen(want) && strcmp(got, want) == 0;
}

static void read_stack_back(void)
{
    gaddr p = st.sp + st.reserve;
    CHECK(p % st.align == 0 && st.sp >= st.lo && st.hi == mm.hi);
    CHECK(word_at(p) == 3);
    for (u32 i = 0; i < 3; i++) CHECK(string_at(word_at(p += st.word), args[i]));
    CHECK(word_at(p += st.word) == 0);
    for (u32 i = 0; i < 2; i++) CHECK(string_at(word_at(p += st.word), env[i]));
    CHECK(word_at(p += st.word) == 0);
    u64 seen[64] = {0};
    CHECK(st.auxv_lo == p + st.word);
    for (;;) {
        u64 type = word_at(p += st.word), value = word_at(p += st.word);
        if (type == AT_NULL) break;
        CHECK(type < 64 && !seen[type] && value);
        seen[type] = value;
    }
    CHECK(st.auxv_hi == p + st.word);
    CHECK(seen[AT_PAGESZ] == 8192 && seen[AT_HWCAP] == 0x87654321 && string_at(seen[AT_EXECFN], "/bin/prog"));
    CHECK(seen[AT_RANDOM] % 16 == 0);
    for (u32 i = 0; i < 16; i++) CHECK(byte_at(seen[AT_RANDOM] + i) == randoms[i]);
    CHECK(st.platform ? string_at(seen[AT_PLATFORM], st.platform) : !seen[AT_PLATFORM]);
    // /proc/PID/cmdline and environ: the strings one behind the other, the kernel's order up to the top
    CHECK(st.arg_hi - st.arg_lo == 5 + 1 + 10 && st.env_hi - st.env_lo == 7 + 3 && st.arg_hi == st.env_lo);
    CHECK(string_at(st.arg_lo, "prog") && string_at(st.env_lo, "HOME=/") && seen[AT_EXECFN] == st.env_hi);
    CHECK(seen[AT_EXECFN] + 10 + st.word == st.hi && word_at(st.hi - st.word) == 0);
    CHECK(p + st.word <= seen[AT_RANDOM] && seen[AT_RANDOM] + 16 <= st.arg_lo);
}

static void stack_forms(void)
{
    for (u32 i = 0; i < 32; i++) {
        fresh();
        mm.mmap_top = mm.hi;
        st = (struct elf_stack){.word = i & 1 ? 8 : 4, .big_endian = i & 2, .align = i & 4 ? 16 : 8, .size = 1 << 20};
        st.reserve = i & 8 ? 64 : 0;
        st.platform = i & 16 ? "v8" : NULL;
        st.exec = i & 4;
        st.argc = 3, st.argv = args, st.envp = env;
        st.execfn = "/bin/prog";
        st.random = randoms;
        st.auxv = auxv, st.nauxv = 2;
        CHECK(elf_map_stack(&st, &mm, &err) == 0 && elf_fill_stack(&st, &err) == 0);
        read_stack_back();
        CHECK(mm_prot(&mm, st.lo) == (PROT_READ | PROT_WRITE | (st.exec ? PROT_EXEC : 0)));
        CHECK(st.hi - st.lo == 1 << 20 && mm_prot(&mm, st.lo - 1) == -1);
        CHECK(mm_map(&mm, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < (s64)st.lo - (1 << 20));
    }
}

static void stack_limits(void)
{
    static char long_arg[65536];
    memset(long_arg, 'a', sizeof long_arg - 1);
    char *long_args[8] = {long_arg, long_arg, long_arg, long_arg, long_arg};
    st = (struct elf_stack){.word = 4, .align = 8, .size = 1 << 20, .argc = 5, .argv = long_args, .envp = env};
    CHECK(elf_map_stack(&st, &mm, &err) == -E2BIG && strstr(err.text, "-s")); // more than a quarter
    CHECK(mm_count(&mm) == 0);
    char **many = calloc(100001, sizeof *many);
    for (u32 i = 0; i < 100000; i++) many[i] = (char *)"";
    st.argv = many, st.argc = 100000;
    CHECK(elf_map_stack(&st, &mm, &err) == -E2BIG); // the pointers count too
    st.argv = args, st.argc = 3;
    const u64 sizes[] = {~0ull, 1ull << 40, 0xfffff000ull, 3ull << 30};
    for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
        st.size = sizes[i];
        CHECK(elf_map_stack(&st, &mm, &err) == -ENOMEM && strstr(err.text, "-s"));
    }
    st.size = 1; // at least what a program needs to start
    CHECK(elf_map_stack(&st, &mm, &err) == 0 && st.hi - st.lo >= 128 * 1024);
    fresh();
    const u64 limit[] = {1 << 20, RLIM_INFINITY};
    for (u32 i = 0; i < 2; i++) {
        mm.mmap_top = mm.hi;
        st.size = 0;
        mm_set_limit(&mm, RLIMIT_STACK, limit[i]);
        CHECK(elf_map_stack(&st, &mm, &err) == 0 && st.hi - st.lo == (i ? 256u << 20 : 1u << 20));
        fresh();
    }
}

static void elf_load_stack_forms(void **state)
{
    (void)state;
    in_child(4096, stack_forms);
    in_child(8192, stack_forms);
}
static void elf_load_stack_limits(void **state)
{
    (void)state;
    in_child(8192, stack_limits);
}

// ---- #! beside the host's kernel ----

// The interpreter is `show`, which prints its arguments, one a line. False if the kernel refuses to run the script.
static bool ask_kernel(const char *script, char *out, size_t size)
{
    unlink("argv");
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("argv", O_CREAT | O_WRONLY | O_TRUNC, 0644);
        dup2(fd, 1);
        char *argv[] = {(char *)script, (char *)"last", NULL}, *envp[] = {NULL};
        execve(script, argv, envp);
        _exit(111);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 111) return false;
    int fd = open("argv", O_RDONLY);
    ssize_t n = read(fd, out, size - 1);
    close(fd);
    out[n < 0 ? 0 : n] = 0;
    return true;
}

static void compare_line(const char *line, size_t n)
{
    int fd = open("script", O_CREAT | O_WRONLY | O_TRUNC, 0755);
    assert_int_equal(write(fd, line, n), n);
    close(fd);
    struct elf_script s;
    char theirs[2048], ours[2048];
    int r = elf_read_script("./script", &s);
    bool runs = ask_kernel("./script", theirs, sizeof theirs);
    // An interpreter that is none: the kernel fails with ENOENT behind its parsing, which we cannot tell from ENOEXEC here.
    bool we_run = r == 1 && access(s.interpreter, X_OK) == 0;
    if (runs != we_run) fail_msg("%.40s...: the kernel %s, we %d", line, runs ? "runs it" : "refuses it", r);
    if (!runs) return;
    snprintf(ours, sizeof ours, "%s%s./script\nlast\n", s.argument ? s.argument : "", s.argument ? "\n" : "");
    if (strcmp(ours, theirs) != 0) fail_msg("%.40s...: ours \"%s\", the kernel's \"%s\"", line, ours, theirs);
}

static void elf_load_scripts_as_the_kernel_does(void **state)
{
    (void)state;
    // printf '%s\n' "$@" as a program: the kernel does not take a script's script's argument apart again
    FILE *f = fopen("show", "w");
    fputs("#!/bin/sh\nshift 0\nfor a; do printf '%s\\n' \"$a\"; done\n", f);
    fclose(f);
    chmod("show", 0755);
    static const char *const lines[] = {
        "#!./show\n",       "#! ./show\n",        "#!\t ./show \t\n",   "#!./show a\n",    "#!./show a b  c \t \n",
        "#!./show\ta\tb\n", "#!./show a\nmore\n", "#!./show",           "#!./show a",      "#!./show a  ",
        "#!\n",             "#!  \t \n",          "#!",                 "#! ",             "#!./nothing\n",
        "#!./show -x -y\n", "#!./show \"a b\"\n", "#!./show # no\n",    "#!./show a\r\n",  "# !./show\n",
        "#!./show  \n",     "#",                  "#!./show a\n\n#!./x", "\n#!./show\n",
    };
    for (u32 i = 0; i < ARRAY_LEN(lines); i++) compare_line(lines[i], strlen(lines[i]));
    compare_line("#!./show\0 a\n", 12);
    compare_line("#!./show a\0b\n", 13);
    compare_line("#!./show \0a\n", 12);
    compare_line("#!\0./show\n", 10);
    // around the 256 bytes that are looked at
    for (u32 n = 240; n < 270; n++) {
        char line[600];
        memset(line, 'a', sizeof line);
        memcpy(line, "#!./show ", 9);
        line[n] = '\n';
        compare_line(line, n + 1); // an argument cut off
        compare_line(line, n);     // the file's end instead of the line's
        line[n - 1] = ' ';
        compare_line(line, n + 1);
        memset(line + 2, '/', n - 8);
        line[2] = '.';
        memcpy(line + n - 4, "show", 4);
        compare_line(line, n + 1); // a long name that ends there
        compare_line(line, n);
        memset(line + 2, ' ', n - 2); // blanks before it
        memcpy(line + n - 6, "./show", 6);
        compare_line(line, n + 1);
        memset(line, ' ', sizeof line);
        memcpy(line, "#!./show", 8);
        compare_line(line, n); // blanks behind it
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elf_load_every_form),
        cmocka_unit_test(elf_load_anywhere),
        cmocka_unit_test(elf_load_refusals_leave_nothing),
        cmocka_unit_test(elf_load_large_pages),
        cmocka_unit_test(elf_load_interpreter_names),
        cmocka_unit_test(elf_load_what_is_no_file),
        cmocka_unit_test(elf_load_real_program_cut_at_every_byte_of_its_headers),
        cmocka_unit_test(elf_load_stack_forms),
        cmocka_unit_test(elf_load_stack_limits),
        cmocka_unit_test(elf_load_scripts_as_the_kernel_does),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
