// fuzz_elf.c: any bytes as a program: reading its headers, loading it into an address space with a base, its `#!` line. A
// refusal must have a reason in words.
#include "elf/elf.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/space.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct mm mm;
static int fd = -1;
static char path[32];

static void must(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "fuzz_elf: %s\n", what);
    abort();
}

static void set_up(void)
{
    must(space_setup(32, SPACE_BASE, 0, 0x10000) == 0, "no guest memory");
    mm_init(&mm, 32, 4096);
    fd = memfd_create("program", MFD_CLOEXEC);
    must(fd >= 0 && fchmod(fd, 0755) == 0, "no file");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
}

static void load(const struct elf_image *im, u32 page_size, gaddr bias)
{
    struct elf_error err = {{0}};
    gaddr loaded;
    mm.page_size = page_size;
    int r = elf_map(im, &mm, bias, &loaded, &err);
    must(r <= 0 && (r == 0 || err.text[0]), "refused without a reason");
    must(r == 0 || mm_count(&mm) == 0, "something is left of a refused program");
    must(mm_unmap(&mm, 0, 1ull << 32) == 0 && mm_count(&mm) == 0, "cannot be unmapped");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct elf_image im;
    struct elf_error err = {{0}};
    struct elf_script s;
    if (fd < 0) set_up();
    must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size, "cannot be written");
    int r = elf_open(path, &im, &err);
    must(r <= 0 && (r == 0 || err.text[0]), "refused without a reason");
    if (r == 0) {
        must(im.nseg > 0 && im.nseg <= ELF_SEGMENTS && im.lo < im.hi, "no segments");
        must(strnlen(im.interp, sizeof im.interp) < sizeof im.interp, "an endless name");
        for (u32 page = 4096; page <= 8192; page *= 2) load(&im, page, im.dyn ? ELF_BIAS_ANY : 0);
        if (im.dyn) load(&im, 4096, 0x400000);
        elf_close(&im);
    }
    if (elf_parse_script((const char *)data, size, &s) == 1) {
        const char *end = s.line + sizeof s.line;
        must(s.interpreter > s.line && s.interpreter < end && *s.interpreter, "no interpreter");
        must(!s.argument || (s.argument > s.interpreter && s.argument < end), "a stray argument");
    }
    return 0;
}
