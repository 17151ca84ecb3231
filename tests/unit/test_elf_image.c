/* Reading programs: hand-made ELF files, whole and broken in one field each, and `#!` lines. Which files are refused follows
 * the ELF specification (chapter 1 and 2: header, program header) and the kernel's binfmt_elf and binfmt_script. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "elf/elf.h"
#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/space.h"

/* A 32-bit big-endian program: header, two segments to load, one for the stack's flags, then zeros up to 8192 bytes. */
struct file {
    u8 bytes[8192];
    size_t size;
};

static void half(struct file *f, u32 at, u16 v) { store_be16(f->bytes + at, v); }
static void word(struct file *f, u32 at, u32 v) { store_be32(f->bytes + at, v); }

#define PH(i) (52u + 32u * (i))
enum { P_TYPE = 0, P_OFFSET = 4, P_VADDR = 8, P_FILESZ = 16, P_MEMSZ = 20, P_FLAGS = 24, P_ALIGN = 28 };

static void segment(struct file *f, u32 i, u32 type, u32 offset, u32 vaddr, u32 filesz, u32 memsz, u32 flags)
{
    const u32 v[8] = {type, offset, vaddr, vaddr, filesz, memsz, flags, 4096};
    for (u32 k = 0; k < 8; k++) word(f, PH(i) + 4 * k, v[k]);
}

static struct file good(void)
{
    struct file f = {.size = sizeof f.bytes};
    memcpy(f.bytes, ELFMAG, SELFMAG);
    f.bytes[EI_CLASS] = ELFCLASS32;
    f.bytes[EI_DATA] = ELFDATA2MSB;
    f.bytes[EI_VERSION] = EV_CURRENT;
    half(&f, 16, ET_EXEC);
    half(&f, 18, EM_SPARC);
    word(&f, 20, EV_CURRENT);
    word(&f, 24, 0x10074); /* e_entry */
    word(&f, 28, 52);      /* e_phoff */
    half(&f, 40, 52);      /* e_ehsize */
    half(&f, 42, 32);      /* e_phentsize */
    half(&f, 44, 3);       /* e_phnum */
    segment(&f, 0, PT_LOAD, 0, 0x10000, 0x1000, 0x1000, PF_R | PF_X);
    segment(&f, 1, PT_LOAD, 0x1000, 0x21000, 0x800, 0x3000, PF_R | PF_W);
    segment(&f, 2, PT_GNU_STACK, 0, 0, 0, 0, PF_R | PF_W);
    return f;
}

static char path[64];

static const char *write_file(const void *data, size_t n, int mode)
{
    strcpy(path, "/tmp/test_elf_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), (ssize_t)n);
    fchmod(fd, (mode_t)mode);
    close(fd);
    return path;
}

static int open_file(const struct file *f, struct elf_image *im, struct elf_error *err)
{
    int r = elf_open(write_file(f->bytes, f->size, 0755), im, err);
    unlink(path);
    return r;
}

static void elf_image_of_a_good_file(void **state)
{
    (void)state;
    struct file f = good();
    struct elf_image im;
    struct elf_error err;
    assert_int_equal(open_file(&f, &im, &err), 0);
    assert_int_equal(im.elf_class, ELFCLASS32);
    assert_int_equal(im.data, ELFDATA2MSB);
    assert_int_equal(im.machine, EM_SPARC);
    assert_int_equal(im.entry, 0x10074);
    assert_int_equal(im.nseg, 2);
    assert_int_equal(im.seg[1].vaddr, 0x21000);
    assert_int_equal(im.seg[1].memsz, 0x3000);
    assert_int_equal(im.seg[1].prot, PROT_READ | PROT_WRITE);
    assert_int_equal(im.phdr, 0x10034);
    assert_int_equal(im.lo, 0x10000);
    assert_int_equal(im.hi, 0x24000);
    assert_false(im.exec_stack);
    assert_false(im.dyn);
    elf_close(&im);
}

/* One field made wrong: where, its width, the value, a word that the message must have. */
static const struct { const char *name; u32 at, width, value; const char *says; } broken[] = {
    {"class", EI_CLASS, 1, 3, "corrupt"},
    {"byte order", EI_DATA, 1, 9, "corrupt"},
    {"type relocatable", 16, 2, ET_REL, "object file"},
    {"type core", 16, 2, ET_CORE, "core"},
    {"type unknown", 16, 2, 77, "no program"},
    {"no program headers", 44, 2, 0, "program headers"},
    {"too many program headers", 44, 2, 0x4000, "program headers"},
    {"most program headers", 44, 2, 0xffff, "elf"},
    {"size of program headers", 42, 2, 31, "program headers"},
    {"place of program headers", 28, 4, 0xfffffff0, "beyond"},
    {"segment outside the file", PH(1) + P_OFFSET, 4, 0x3000, "truncated"},
    {"segment longer than the file", PH(1) + P_FILESZ, 4, 0x1001, "truncated"},
    {"segment of 4 GiB", PH(1) + P_MEMSZ, 4, 0xffffffff, "address space"},
    {"offset at the end", PH(1) + P_OFFSET, 4, 0xfffff000, "truncated"},
    {"file part larger than memory", PH(1) + P_MEMSZ, 4, 0x7ff, "larger in the file"},
    {"address not congruent", PH(1) + P_VADDR, 4, 0x21004, "page"},
    {"segments out of order", PH(1) + P_VADDR, 4, 0x9000, "order"},
    {"segments overlap", PH(1) + P_VADDR, 4, 0x10000, "overlap"},
    {"interpreter too long", PH(2) + P_TYPE, 4, PT_INTERP, "interpreter"},
};

static void elf_image_refuses_broken_fields(void **state)
{
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(broken); i++) {
        struct file f = good();
        struct elf_image im;
        struct elf_error err = {{0}};
        u32 v = broken[i].value;
        for (u32 k = 0; k < broken[i].width; k++) f.bytes[broken[i].at + k] = (u8)(v >> 8 * (broken[i].width - 1 - k));
        int r = open_file(&f, &im, &err);
        if (r != -ENOEXEC) fail_msg("%s: %d instead of ENOEXEC", broken[i].name, r);
        char lower[sizeof err.text];
        for (size_t k = 0; k < sizeof lower; k++) lower[k] = (char)(err.text[k] >= 'A' && err.text[k] <= 'Z' ? err.text[k] | 32 : err.text[k]);
        if (!strstr(lower, broken[i].says)) fail_msg("%s: the message \"%s\" says nothing of \"%s\"", broken[i].name, err.text, broken[i].says);
    }
}

/* Every length from nothing to just past the headers: refused, or accepted only if what is loaded is there. */
static void elf_image_of_truncated_files(void **state)
{
    (void)state;
    for (size_t n = 0; n < 0x1800; n += n < 200 ? 1 : 97) {
        struct file f = good();
        struct elf_image im;
        struct elf_error err;
        f.size = n;
        assert_int_equal(open_file(&f, &im, &err), -ENOEXEC);
    }
    struct file f = good();
    struct elf_image im;
    struct elf_error err;
    f.size = 0x1800; /* the end of the second segment's file part */
    assert_int_equal(open_file(&f, &im, &err), 0);
    elf_close(&im);
}

static void elf_image_names_what_is_no_program(void **state)
{
    (void)state;
    struct elf_image im;
    struct elf_error err;
    struct file f = good();
    assert_int_equal(elf_open("/nonexistent/program", &im, &err), -ENOENT);
    assert_int_equal(elf_open("/tmp", &im, &err), -EISDIR);
    assert_int_equal(elf_open(write_file(f.bytes, f.size, 0644), &im, &err), -EACCES);
    unlink(path);
    assert_int_equal(elf_open(write_file("hello\n", 6, 0755), &im, &err), -ENOEXEC);
    assert_memory_equal(err.text, "not an ELF", 10);
    unlink(path);
}

/* Any byte of the headers replaced by any of a few values: never a crash, and what is accepted lies inside the file. */
static void elf_image_survives_mutation(void **state)
{
    (void)state;
    static const u8 values[] = {0, 1, 0x7f, 0x80, 0xff};
    for (u32 at = 4; at < PH(3); at++) {
        for (u32 k = 0; k < ARRAY_LEN(values); k++) {
            struct file f = good();
            struct elf_image im;
            struct elf_error err;
            f.bytes[at] = values[k];
            if (open_file(&f, &im, &err) != 0) continue;
            for (u32 i = 0; i < im.nseg; i++) {
                assert_true(im.seg[i].offset + im.seg[i].filesz <= f.size);
                assert_true(im.seg[i].filesz <= im.seg[i].memsz);
                assert_true(im.seg[i].vaddr + im.seg[i].memsz <= 1ull << 32 || im.elf_class == ELFCLASS64);
            }
            elf_close(&im);
        }
    }
}

/* ---- #! ---- */

static void script_is(const char *line, const char *interpreter, const char *argument)
{
    struct elf_script s;
    assert_int_equal(elf_parse_script(line, strlen(line), &s), 1);
    assert_string_equal(s.interpreter, interpreter);
    if (argument)
        assert_string_equal(s.argument, argument);
    else
        assert_null(s.argument);
}

static void elf_script_lines(void **state)
{
    (void)state;
    script_is("#!/bin/sh\n", "/bin/sh", NULL);
    script_is("#!/bin/sh", "/bin/sh", NULL);
    script_is("#! \t/bin/sh  \t\n", "/bin/sh", NULL);
    script_is("#!/bin/sh -e  -x \nrest\n", "/bin/sh", "-e  -x");
    script_is("#!/usr/bin/env\tpython3 -u\n", "/usr/bin/env", "python3 -u");
    struct elf_script s;
    assert_int_equal(elf_parse_script("#!\n", 3, &s), -ENOEXEC);
    assert_int_equal(elf_parse_script("#!   \n", 6, &s), -ENOEXEC);
    assert_int_equal(elf_parse_script("# !/bin/sh\n", 11, &s), 0);
    assert_int_equal(elf_parse_script("#", 1, &s), 0);
    assert_int_equal(elf_parse_script("", 0, &s), 0);
    char longline[400];
    memset(longline, 'a', sizeof longline);
    memcpy(longline, "#!/", 3);
    assert_int_equal(elf_parse_script(longline, sizeof longline, &s), -ENOEXEC); /* cut off inside the name */
    longline[20] = ' ';
    assert_int_equal(elf_parse_script(longline, sizeof longline, &s), 1);        /* inside the argument: kept so far */
}

/* ---- the initial stack ---- */

static gaddr load_at(gaddr at)
{
    u32 v = 0;
    assert_int_equal(gmem_load_u32(at, true, &v), 0);
    return v;
}

static void string_at(gaddr at, const char *want)
{
    char s[64];
    assert_true(gmem_strncpy(s, at, sizeof s) >= 0);
    assert_string_equal(s, want);
}

static u64 in_auxv(gaddr at, u64 type)
{
    for (; load_at(at) != AT_NULL; at += 8)
        if (load_at(at) == type) return load_at(at + 4);
    return 0;
}

/* A 32-bit big-endian stack: argc, argv, 0, envp, 0, auxv above the reserved window (System V ABI, process stack). */
static void elf_stack_big_endian(void **state)
{
    (void)state;
    static struct mm mm;
    char *argv[] = {"prog", "a b", "", NULL}, *envp[] = {"X=1", NULL};
    const u64 aux[][2] = {{AT_PAGESZ, 8192}, {AT_ENTRY, 0x10074}};
    const u8 random[16] = "0123456789abcde";
    struct elf_error err;
    struct elf_stack s = {.word = 4, .big_endian = true, .align = 8, .reserve = 64, .size = 256 * 1024, .argc = 3,
                          .argv = argv, .envp = envp, .execfn = "./prog", .platform = "v9", .random = random,
                          .auxv = aux, .nauxv = 2};
    assert_int_equal(mm_init(&mm, 32, 8192), 0);
    assert_int_equal(elf_map_stack(&s, &mm, &err), 0);
    assert_int_equal(elf_fill_stack(&s, &err), 0);
    assert_int_equal(s.sp % 8, 0);
    gaddr at = s.sp + 64;
    assert_int_equal(load_at(at), 3);
    for (u32 i = 0; i < 3; i++) string_at(load_at(at + 4 + 4 * i), argv[i]);
    assert_int_equal(load_at(at + 16), 0);
    string_at(load_at(at + 20), "X=1");
    assert_int_equal(load_at(at + 24), 0);
    gaddr auxv = at + 28;
    assert_int_equal(in_auxv(auxv, AT_PAGESZ), 8192);
    assert_int_equal(in_auxv(auxv, AT_ENTRY), 0x10074);
    string_at(in_auxv(auxv, AT_EXECFN), "./prog");
    string_at(in_auxv(auxv, AT_PLATFORM), "v9");
    u8 back[16];
    assert_int_equal(gmem_read(back, in_auxv(auxv, AT_RANDOM), 16), 0);
    assert_memory_equal(back, random, 16);
    assert_int_equal(load_at(s.hi - 4), 0);
    assert_true(s.arg_lo < s.arg_hi && s.arg_hi <= s.env_lo && s.env_lo < s.env_hi && s.env_hi <= s.hi);
}

static void elf_stack_too_small_for_its_strings(void **state)
{
    (void)state;
    static struct mm mm;
    static char big[200 * 1024];
    memset(big, 'x', sizeof big - 1);
    char *argv[] = {"prog", big, NULL}, *envp[] = {NULL};
    struct elf_error err;
    struct elf_stack s = {.word = 4, .align = 8, .size = 256 * 1024, .argc = 2, .argv = argv, .envp = envp,
                          .execfn = "prog", .random = (const u8 *)"0123456789abcdef"};
    assert_int_equal(mm_init(&mm, 32, 4096), 0);
    assert_int_equal(elf_map_stack(&s, &mm, &err), -E2BIG); /* more than a quarter, the kernel's limit */
}

/* Guest memory with a base: the host's own low addresses may be taken (sanitizers). */
static int set_up_memory(void **state)
{
    (void)state;
    return space_setup(32, SPACE_BASE, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elf_image_of_a_good_file),       cmocka_unit_test(elf_image_refuses_broken_fields),
        cmocka_unit_test(elf_image_of_truncated_files),   cmocka_unit_test(elf_image_names_what_is_no_program),
        cmocka_unit_test(elf_image_survives_mutation),    cmocka_unit_test(elf_script_lines),
        cmocka_unit_test(elf_stack_big_endian),           cmocka_unit_test(elf_stack_too_small_for_its_strings),
    };
    return cmocka_run_group_tests(tests, set_up_memory, NULL);
}
