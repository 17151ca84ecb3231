/* Guest programs: reading an ELF file, loading it, and the initial stack. The front door of elf/. Runs before the first guest
 * instruction, so it may use libc; only image.c knows libelf. Called by runtime/main.c.
 *
 * Every function returns 0 or a negative errno and then says in `err` what is wrong and what to do, in a form that goes
 * behind "calque: FILE: ". */
#ifndef CALQUE_ELF_ELF_H
#define CALQUE_ELF_ELF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "runtime/base/types.h"

struct mm;

struct elf_error {
    char text[512];
};

struct elf_segment {
    gaddr vaddr;
    u64 offset, filesz, memsz;
    int prot;                 /* PROT_* */
};

#define ELF_SEGMENTS 64
/* What a program's headers say, checked against the file's size and against each other. */
struct elf_image {
    int fd;                   /* the open file; the caller closes it by elf_close */
    u64 file_size;
    u8 elf_class, data;       /* ELFCLASS*, ELFDATA* */
    u16 machine;              /* EM_* */
    u32 flags;                /* e_flags */
    bool dyn;                 /* ET_DYN: may be placed anywhere */
    gaddr entry;
    u64 phoff;
    u32 phnum, phentsize;
    gaddr phdr;               /* address of the headers in memory, 0 if no segment holds them */
    struct elf_segment seg[ELF_SEGMENTS];
    u32 nseg;
    gaddr lo, hi;             /* of all segments, not yet biased */
    u64 align;                /* largest p_align, at least 4096 */
    char interp[PATH_MAX];    /* PT_INTERP, or "" */
    bool exec_stack;          /* PT_GNU_STACK asks for an executable stack, or is missing */
};

/* Opens and checks a program. -ENOENT, -EACCES, -EISDIR for the file itself; -ENOEXEC with err->text beginning with "not an
 * ELF" for other content (the caller looks for #!), else for a broken or unsupported ELF file. */
int elf_open(const char *path, struct elf_image *im, struct elf_error *err);
void elf_close(struct elf_image *im);

/* The name of an e_machine for messages; "an unknown machine" for what machines.def does not list. */
const char *elf_machine_name(u16 machine);

/* Maps the segments, at `bias` added (multiple of the guest's page; 0 for ET_EXEC; ELF_BIAS_ANY lets mm choose).
 * *loaded_bias gets what was added. Leaves brk alone. */
#define ELF_BIAS_ANY (~0ull)
int elf_map(const struct elf_image *im, struct mm *mm, gaddr bias, gaddr *loaded_bias, struct elf_error *err);

/* Everything the initial stack is made from. */
struct elf_stack {
    u8 word;                  /* bytes of a guest word: 4 or 8 */
    bool big_endian;
    u32 align;                /* of the stack pointer */
    u32 reserve;              /* bytes below argc that belong to the first frame (sparc: a register window) */
    u64 size;                 /* bytes of stack to map; 0: by mm->limit_stack */
    bool exec;                /* guest-executable */
    int argc;
    char **argv, **envp;
    const char *execfn;       /* AT_EXECFN */
    const char *platform;     /* AT_PLATFORM, or NULL */
    const u8 *random;         /* 16 bytes for AT_RANDOM */
    const u64 (*auxv)[2];     /* the other entries, without AT_NULL */
    u32 nauxv;
    /* results */
    gaddr sp, lo, hi;
    gaddr arg_lo, arg_hi, env_lo, env_hi, auxv_lo, auxv_hi;
};
/* Maps the stack at the top of the address space; needs size, exec, word, argv and envp. Before anything else is placed by
 * mm, which from then on looks for room below it. -E2BIG if the strings will not fit. */
int elf_map_stack(struct elf_stack *s, struct mm *mm, struct elf_error *err);
/* Fills it (System V ABI: argc, argv, envp, auxv, strings) and gives the results. */
int elf_fill_stack(struct elf_stack *s, struct elf_error *err);

/* A `#!` line by execve's rules: at most 256 bytes, interpreter and one optional argument (the rest of the line, trailing
 * blanks cut). 1 if it is one, 0 if the file begins otherwise, -ENOEXEC for an empty or overlong interpreter. */
struct elf_script {
    char line[257];
    char *interpreter, *argument; /* into line; argument NULL if none */
};
int elf_read_script(const char *path, struct elf_script *s);
/* The same for the first n bytes of a file, of which ELF_HEAD are looked at. */
#define ELF_HEAD 256
int elf_parse_script(const char *head, size_t n, struct elf_script *s);

#endif
