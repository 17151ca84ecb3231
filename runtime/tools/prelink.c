/* Build step: gives a static-PIE its final address, so that it starts without applying tens of thousands of relocations and
 * without touching the pages they stand in.
 *
 *   prelink IN OUT BASE
 *
 * Applies every R_X86_64_RELATIVE entry for the load address BASE, takes those entries out of the table that libc's start
 * code walks (DT_RELA, DT_RELASZ, DT_RELACOUNT), makes the file ET_EXEC, and adds BASE to the entry point, to the loadable
 * segments and, for debuggers, to sections and symbols. PT_TLS, PT_DYNAMIC and PT_GNU_RELRO keep their addresses: the start
 * code of a static-PIE adds the load address to those itself. Other relocation kinds (IRELATIVE) stay for it to do. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned char *file;
static size_t file_size;
static uint64_t base;

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "prelink: %s\n", what);
    exit(1);
}

static void *at(uint64_t offset, uint64_t size)
{
    if (offset > file_size || size > file_size - offset) fail("a header points outside the file");
    return file + offset;
}

static Elf64_Ehdr *header(void) { return at(0, sizeof(Elf64_Ehdr)); }
static Elf64_Phdr *segment(int i) { return at(header()->e_phoff + (uint64_t)i * sizeof(Elf64_Phdr), sizeof(Elf64_Phdr)); }

/* File bytes of a (not yet moved) address. */
static void *at_address(uint64_t address, uint64_t size)
{
    for (int i = 0; i < header()->e_phnum; i++) {
        const Elf64_Phdr *p = segment(i);
        if (p->p_type == PT_LOAD && address >= p->p_vaddr && address - p->p_vaddr <= p->p_filesz &&
            size <= p->p_filesz - (address - p->p_vaddr))
            return at(p->p_offset + (address - p->p_vaddr), size);
    }
    fail("an address is in no segment");
}

static Elf64_Dyn *dynamic_entry(int64_t tag)
{
    for (int i = 0; i < header()->e_phnum; i++) {
        const Elf64_Phdr *p = segment(i);
        if (p->p_type != PT_DYNAMIC) continue;
        Elf64_Dyn *d = at(p->p_offset, p->p_filesz);
        for (; d->d_tag != DT_NULL; d++)
            if (d->d_tag == tag) return d;
    }
    return NULL;
}

/* Applies the relative entries and keeps the others, moved to the front of the table. Returns how many were applied. */
static uint64_t apply_relative(void)
{
    Elf64_Dyn *rela = dynamic_entry(DT_RELA), *size = dynamic_entry(DT_RELASZ), *count = dynamic_entry(DT_RELACOUNT);
    if (!rela || !size) fail("no relocations: is it a static-PIE?");
    uint64_t n = size->d_un.d_val / sizeof(Elf64_Rela), kept = 0;
    Elf64_Rela *r = at_address(rela->d_un.d_ptr, size->d_un.d_val);
    for (uint64_t i = 0; i < n; i++) {
        if (ELF64_R_TYPE(r[i].r_info) == R_X86_64_RELATIVE) {
            uint64_t value = base + (uint64_t)r[i].r_addend;
            memcpy(at_address(r[i].r_offset, sizeof value), &value, sizeof value);
        } else {
            r[kept++] = r[i];
        }
    }
    size->d_un.d_val = kept * sizeof(Elf64_Rela);
    if (count) count->d_un.d_val = 0;
    return n - kept;
}

static void move_symbols(const Elf64_Shdr *s)
{
    Elf64_Sym *sym = at(s->sh_offset, s->sh_size);
    for (uint64_t i = 0; i < s->sh_size / sizeof *sym; i++)
        if (sym[i].st_shndx != SHN_UNDEF && sym[i].st_shndx < SHN_LORESERVE && ELF64_ST_TYPE(sym[i].st_info) != STT_TLS)
            sym[i].st_value += base;
}

/* For debuggers and profilers only; nothing of this is loaded. */
static void move_sections(void)
{
    for (int i = 0; i < header()->e_shnum; i++) {
        Elf64_Shdr *s = at(header()->e_shoff + (uint64_t)i * sizeof *s, sizeof *s);
        if (s->sh_type == SHT_SYMTAB) move_symbols(s);
        if (s->sh_flags & SHF_ALLOC) s->sh_addr += base;
    }
}

static void move_program(void)
{
    move_sections();
    for (int i = 0; i < header()->e_phnum; i++) {
        Elf64_Phdr *p = segment(i);
        if (p->p_type != PT_LOAD) continue;
        p->p_vaddr += base;
        p->p_paddr += base;
    }
    header()->e_type = ET_EXEC;
    header()->e_entry += base;
}

static void read_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0) fail(strerror(errno));
    file_size = (size_t)st.st_size;
    file = malloc(file_size + 1);
    if (!file || read(fd, file, file_size) != (ssize_t)file_size) fail("cannot read the input");
    close(fd);
}

static void write_file(const char *path)
{
    unlink(path); /* a running program keeps its old file */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (fd < 0 || write(fd, file, file_size) != (ssize_t)file_size || close(fd) != 0) fail("cannot write the output");
}

int main(int argc, char **argv)
{
    if (argc != 4) fail("usage: prelink IN OUT BASE");
    base = strtoull(argv[3], NULL, 0);
    if (base == 0 || base % 4096) fail("BASE must be a multiple of the page size");
    read_file(argv[1]);
    if (memcmp(header()->e_ident, ELFMAG, SELFMAG) != 0 || header()->e_type != ET_DYN || header()->e_machine != EM_X86_64)
        fail("the input is no x86-64 static-PIE");
    uint64_t n = apply_relative();
    move_program();
    write_file(argv[2]);
    printf("prelink: %llu relocations applied for 0x%llx\n", (unsigned long long)n, (unsigned long long)base);
    return 0;
}
