/* Reading a program's headers with libelf, the only file that knows it. Nothing of the file is believed: sizes are checked
 * against the file, segments against each other, before anything is mapped. */
#include "elf/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/error.h"

int elf_fail(struct elf_error *err, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return code;
}

static int open_file(const char *path, struct elf_image *im, struct elf_error *err)
{
    struct stat st;
    im->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe without a writer must not block */
    if (im->fd < 0) {
        int e = errno;
        if (e == ENOENT)
            return elf_fail(err, -ENOENT, "no such file: check the path");
        if (e == EACCES) return elf_fail(err, -e, "no permission to read it: try chmod +r, and +x on its directories");
        return elf_fail(err, -e, "cannot be opened: %s; check the path", strerror(e));
    }
    if (fstat(im->fd, &st) != 0) return elf_fail(err, -errno, "cannot be read: %s; check the file system", strerror(errno));
    if (S_ISDIR(st.st_mode)) return elf_fail(err, -EISDIR, "is a directory: name a program in it");
    if (!S_ISREG(st.st_mode)) return elf_fail(err, -EACCES, "is not a regular file: name a program");
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
        return elf_fail(err, -EACCES, "no permission to execute it: try chmod +x");
    im->file_size = (u64)st.st_size;
    return 0;
}

#define PHDRS_MAX 65536u /* bytes of program headers: the kernel's limit */

static int check_header(struct elf_image *im, const GElf_Ehdr *eh, const unsigned char *ident, struct elf_error *err)
{
    im->elf_class = ident[EI_CLASS];
    im->data = ident[EI_DATA];
    im->machine = eh->e_machine;
    im->flags = eh->e_flags;
    im->entry = eh->e_entry;
    im->phoff = eh->e_phoff;
    im->phnum = eh->e_phnum;
    im->phentsize = eh->e_phentsize;
    im->dyn = eh->e_type == ET_DYN;
    if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
        return elf_fail(err, -ENOEXEC, "is an ELF file but no program (%s): link it first",
                        eh->e_type == ET_REL ? "an object file" : eh->e_type == ET_CORE ? "a core dump" : "unknown type");
    u64 want = im->elf_class == ELFCLASS64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (im->phnum == 0 || im->phentsize != want || im->phnum * want > PHDRS_MAX)
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: it has no usable program headers; get the file anew");
    if (im->phoff > im->file_size || im->phnum * want > im->file_size - im->phoff)
        return elf_fail(err, -ENOEXEC, "truncated ELF file: its program headers lie beyond its %llu bytes; get the file anew",
                        (unsigned long long)im->file_size);
    return 0;
}

static int prot_of(u32 flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

/* What a segment takes from the file, if anything, against the file. */
static int check_file_part(const struct elf_image *im, const GElf_Phdr *ph, struct elf_error *err)
{
    if (ph->p_filesz == 0) return 0;
    if (ph->p_offset > im->file_size || ph->p_filesz > im->file_size - ph->p_offset)
        return elf_fail(err, -ENOEXEC, "truncated ELF file: a segment of %llu bytes at %llu, the file has %llu; get the file anew",
                        (unsigned long long)ph->p_filesz, (unsigned long long)ph->p_offset,
                        (unsigned long long)im->file_size);
    if ((ph->p_vaddr ^ ph->p_offset) & 4095)
        return elf_fail(err, -ENOEXEC, "a segment's address and file offset differ within the page: it cannot be mapped; "
                                       "link the program with page-aligned segments");
    return 0;
}

static int add_load(struct elf_image *im, const GElf_Phdr *ph, struct elf_error *err)
{
    const u64 limit = im->elf_class == ELFCLASS64 ? 1ull << 47 : 1ull << 32;
    if (ph->p_filesz > ph->p_memsz)
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: a segment is larger in the file than in memory; get the file anew");
    if (ph->p_memsz == 0) return 0;
    if (im->nseg == ELF_SEGMENTS)
        return elf_fail(err, -ENOEXEC, "more than %d segments to load: link the program with fewer", ELF_SEGMENTS);
    int r = check_file_part(im, ph, err);
    if (r != 0) return r;
    if (ph->p_vaddr > limit || ph->p_memsz > limit - ph->p_vaddr)
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: a segment lies outside the address space; get the file anew");
    struct elf_segment *s = &im->seg[im->nseg];
    *s = (struct elf_segment){ph->p_vaddr, ph->p_offset, ph->p_filesz, ph->p_memsz, prot_of(ph->p_flags)};
    if (im->nseg > 0 && s->vaddr < s[-1].vaddr + s[-1].memsz)
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: its segments overlap or are not in order; get the file anew");
    im->nseg++;
    if (ph->p_align > im->align && (ph->p_align & (ph->p_align - 1)) == 0) im->align = ph->p_align;
    return 0;
}

/* The first PT_INTERP counts, as in the kernel. */
static int read_interp(struct elf_image *im, const GElf_Phdr *ph, struct elf_error *err)
{
    if (im->interp[0]) return 0;
    if (ph->p_filesz < 2 || ph->p_filesz > sizeof im->interp)
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: the name of its interpreter is unusable; get the file anew");
    if (ph->p_offset > im->file_size || ph->p_filesz > im->file_size - ph->p_offset)
        return elf_fail(err, -ENOEXEC, "truncated ELF file: the name of its interpreter lies beyond its %llu bytes; get the "
                                       "file anew", (unsigned long long)im->file_size);
    ssize_t n = pread(im->fd, im->interp, ph->p_filesz, (off_t)ph->p_offset);
    if (n != (ssize_t)ph->p_filesz || im->interp[n - 1] != 0)
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: the name of its interpreter has no end; get the file anew");
    if (!im->interp[0])
        return elf_fail(err, -ENOEXEC, "corrupt ELF file: the name of its interpreter is empty; get the file anew");
    return 0;
}

/* Where the program headers lie in memory: in the first segment whose file part holds them. */
static gaddr phdr_address(const struct elf_image *im)
{
    for (u32 i = 0; i < im->nseg; i++) {
        const struct elf_segment *s = &im->seg[i];
        if (im->phoff >= s->offset && im->phoff - s->offset < s->filesz) return s->vaddr + (im->phoff - s->offset);
    }
    return 0;
}

static int read_segments(struct elf_image *im, Elf *e, struct elf_error *err)
{
    im->align = 4096;
    im->exec_stack = true;
    for (u32 i = 0; i < im->phnum; i++) {
        GElf_Phdr ph;
        int r = 0;
        if (!gelf_getphdr(e, (int)i, &ph))
            return elf_fail(err, -ENOEXEC, "corrupt ELF file: %s; get the file anew", elf_errmsg(-1));
        if (ph.p_type == PT_LOAD) r = add_load(im, &ph, err);
        if (ph.p_type == PT_INTERP) r = read_interp(im, &ph, err);
        if (ph.p_type == PT_GNU_STACK) im->exec_stack = ph.p_flags & PF_X;
        if (r != 0) return r;
    }
    if (im->nseg == 0) return elf_fail(err, -ENOEXEC, "corrupt ELF file: it has nothing to load; get the file anew");
    im->lo = im->seg[0].vaddr;
    im->hi = im->seg[im->nseg - 1].vaddr + im->seg[im->nseg - 1].memsz;
    im->phdr = phdr_address(im);
    return 0;
}

static int read_all(struct elf_image *im, struct elf_error *err)
{
    unsigned char ident[EI_NIDENT];
    ssize_t n = pread(im->fd, ident, sizeof ident, 0);
    if (n < 0) return elf_fail(err, -errno, "cannot be read: %s; check the file system", strerror(errno));
    if (n < SELFMAG || memcmp(ident, ELFMAG, SELFMAG) != 0)
        return elf_fail(err, -ENOEXEC, "not an ELF file and no #! script: name a program");
    if (n < EI_NIDENT) return elf_fail(err, -ENOEXEC, "truncated ELF file: it has %d bytes; get the file anew", (int)n);
    if (elf_version(EV_CURRENT) == EV_NONE) return elf_fail(err, -ENOEXEC, "libelf: %s", elf_errmsg(-1));
    Elf *e = elf_begin(im->fd, ELF_C_READ, NULL);
    GElf_Ehdr eh;
    int r;
    if (!e || elf_kind(e) != ELF_K_ELF || !gelf_getehdr(e, &eh))
        r = elf_fail(err, -ENOEXEC, "truncated or corrupt ELF file: its header is not usable; get the file anew");
    else if ((r = check_header(im, &eh, ident, err)) == 0)
        r = read_segments(im, e, err);
    if (e) elf_end(e);
    return r;
}

const char *elf_machine_name(u16 machine)
{
    switch (machine) {
#define MACHINE(number, name) case number: return name;
#include "elf/machines.def"
    default: return "an unknown machine";
    }
}

int elf_open(const char *path, struct elf_image *im, struct elf_error *err)
{
    memset(im, 0, sizeof *im);
    int r = open_file(path, im, err);
    if (r == 0) r = read_all(im, err);
    if (r != 0) elf_close(im);
    return r;
}

void elf_close(struct elf_image *im)
{
    if (im->fd >= 0) close(im->fd);
    im->fd = -1;
}
